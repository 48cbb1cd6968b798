"""The network sizer, driven in a real browser and held against torch and the book's networks."""

from __future__ import annotations

import json
from math import prod

import numpy as np
import pytest
import torch
from torch import nn

from book.networks import VGG16, AlexNet, GoogLeNet, LeNet5, ResNet50, ZFNet, googlenet, layers
from book.networks import resnet as book_resnet
from tests.browser import NARROW, WIDE, barriers, overflow

pytestmark = pytest.mark.browser

SIZER = "network-sizer"
TABLE = "network-sizer table.layers:not(.beside)"
PRESETS = {
    "lenet5": LeNet5,
    "alexnet": AlexNet,
    "zfnet": ZFNet,
    "vgg16": VGG16,
    "googlenet": GoogLeNet,
    "resnet50": ResNet50,
}
SMALL = ["input 3x8x8", "conv 4 3x3 p1", "relu", "pool 2x2", "fc 5"]
SIZE_ALL = """async lists => {
    const { sizeNetwork } = await import('./network-math.mjs');
    return lists.map(lines => sizeNetwork(lines));
}"""


def state(page):
    return page.locator("network-sizer").evaluate("sizer => sizer.state")


def write(page, lines):
    page.get_by_label("Layers, one a line").fill("\n".join(lines))


def drawn(page):
    """The table's cells as a reader sees them, row by row."""
    return page.locator(TABLE).evaluate(
        "table => [...table.tBodies[0].rows].map(row => [...row.cells].map(c => c.textContent))"
    )


def counts(row):
    """What the sizer and the book's tables both say of a layer."""
    return tuple(row.shape), row.weights, row.biases, row.values, row.multiply_adds


def sizer_counts(layer):
    numbers = (layer[key] for key in ("weights", "biases", "values", "multiplyAdds"))
    return tuple(layer["shape"]), *numbers


def number(text):
    return int(text.replace(",", ""))


def test_presets_are_the_books_networks_layer_by_layer(show):
    """Shapes, weights, biases, values and multiply-adds of every row, and of the drawn table."""
    page = show(SIZER)
    for name, make in PRESETS.items():
        page.get_by_role("combobox", name="Network").select_option(name)
        sized, rows = state(page), layers(make)
        assert sized["network"] == name and sized["error"] is None
        assert [*map(sizer_counts, sized["layers"])] == [*map(counts, rows)]
        totals = sized["totals"]
        assert totals["parameters"] == sum(row.weights + row.biases for row in rows)
        assert totals["values"] == sum(row.values for row in rows)
        assert totals["bytes"] == 4 * totals["values"]
        assert totals["bytesWithGradients"] == 2 * totals["bytes"]
        assert totals["multiplyAdds"] == sum(row.multiply_adds for row in rows)
        for cells, row in zip(drawn(page), rows, strict=True):
            assert cells[2].rstrip("*") == "×".join(map(str, row.shape))
            assert number(cells[3]) == row.weights + row.biases
            assert (number(cells[4]), number(cells[6])) == (row.values, row.multiply_adds)
        sums = page.locator("network-sizer tfoot td").all_inner_texts()
        assert [number(sums[at]) for at in (2, 3, 5)] == [
            totals[key] for key in ("parameters", "values", "multiplyAdds")
        ]


def test_the_attribute_chooses_a_preset_with_the_published_parameters(show):
    """A page names the network that it starts with; a new attribute brings another."""
    page = show(SIZER, 'network="lenet5"')
    assert state(page)["totals"]["parameters"] == 60_000
    published = {
        "alexnet": 60_965_224,
        "zfnet": 62_357_608,
        "vgg16": 138_357_544,
        "googlenet": 6_998_552,
        "resnet50": 25_557_032,
    }
    for name, parameters in published.items():
        page.locator("network-sizer").evaluate(f"sizer => sizer.setAttribute('network', '{name}')")
        assert state(page)["totals"]["parameters"] == parameters
        assert f"{parameters:,}" in page.locator("network-sizer dl").inner_text()


def test_opened_blocks_have_a_row_for_each_part(show):
    """Inception blocks and bottlenecks opened are the book's tables with every part told."""
    page = show(SIZER, 'network="googlenet"')
    page.get_by_label("Open blocks").check()
    for name in ("googlenet", "resnet50"):
        page.get_by_role("combobox", name="Network").select_option(name)
        rows = layers(PRESETS[name], depth=None)
        assert [*map(sizer_counts, state(page)["layers"])] == [*map(counts, rows)]
    assert "bottleneck: conv 256 1×1" in page.locator(TABLE).inner_text()


class RandomNetwork:
    """Lines for the sizer and the same layers for torch; no layer that would not fit."""

    def __init__(self, rng):
        self.rng = rng
        self.shape = (int(rng.integers(1, 9)), *map(int, rng.integers(12, 80, size=2)))
        self.input_shape = self.shape
        self.lines, self.modules = [f"input {'x'.join(map(str, self.shape))}"], []
        for _ in range(rng.integers(2, 9)):
            kind = rng.choice(["conv", "conv", "conv", "pool", "norm", "inception", "bottleneck"])
            getattr(self, kind)()
        if rng.random() < 0.4:
            self.append("global average", nn.AdaptiveAvgPool2d(1))
        if rng.random() < 0.7:
            self.append("flatten", nn.Flatten())
            for _ in range(rng.integers(1, 4)):
                self.fc()

    def append(self, line, *modules):
        with torch.device("meta"):
            shape = nn.Sequential(*modules).eval()(torch.empty(1, *self.shape)).shape
        self.shape = tuple(shape[1:])
        self.lines.append(line)
        self.modules.append(nn.Sequential(*modules) if len(modules) > 1 else modules[0])
        if self.rng.random() < 0.4:
            self.lines.append("relu")  # has no row, in torch's table either

    def draw(self, least, most):
        return int(self.rng.integers(least, most + 1))

    def window(self, pad, dilation=1):
        """Sides, each of them such that it fits into the padded maps."""
        sides = [
            min(self.draw(1, 5), (side + 2 * pad - 1) // dilation + 1) for side in self.shape[1:]
        ]
        return tuple(max(1, side) for side in sides)

    def conv(self):
        pad, stride, dilation = self.draw(0, 3), self.draw(1, 3), self.draw(1, 2)
        kernel, below = self.window(pad, dilation), self.shape[0]
        groups = int(self.rng.choice([g for g in range(1, 5) if below % g == 0]))
        filters, bias = groups * self.draw(1, 9), bool(self.rng.random() < 0.7)
        line = f"conv {filters} {kernel[0]}x{kernel[1]} s{stride} p{pad} g{groups} d{dilation}"
        module = nn.Conv2d(
            below, filters, kernel, stride, pad, dilation=dilation, groups=groups, bias=bias
        )
        if self.rng.random() < 0.2:
            line += " batchnorm"
            module = nn.Sequential(module, nn.BatchNorm2d(filters))
        self.append(line + ("" if bias else " nobias"), module)

    def pool(self):
        kernel = self.window(0)
        pad, stride = self.draw(0, min(kernel) // 2), self.draw(1, 3)
        ceil = bool(self.rng.random() < 0.5)
        line = f"pool {kernel[0]}x{kernel[1]} s{stride} p{pad}{' ceil' * ceil}"
        self.append(line, nn.MaxPool2d(kernel, stride, pad, ceil_mode=ceil))

    def norm(self):
        if self.rng.random() < 0.5:
            self.append("lrn", nn.LocalResponseNorm(5))
        else:
            self.append("batchnorm", nn.BatchNorm2d(self.shape[0]))

    def inception(self):
        maps = tuple(self.draw(1, 16) for _ in range(6))
        block = googlenet.Inception(self.shape[0], maps, large_kernel=5, batch_norm=False)
        self.append("inception " + " ".join(map(str, maps)), block)

    def bottleneck(self):
        mid, stride = self.draw(1, 8), self.draw(1, 2)
        block = book_resnet.Bottleneck(self.shape[0], mid, stride, stride_in_3x3=False)
        self.append(f"bottleneck {mid} {4 * mid} {stride}", block)

    def fc(self):
        units, bias = self.draw(1, 50), bool(self.rng.random() < 0.7)
        line = f"fc {units}" + ("" if bias else " nobias")
        self.append(line, nn.Linear(self.shape[0], units, bias=bias))


def test_fifty_random_networks_have_the_sizes_that_torch_finds(show):
    """Shapes, parameters and multiply-adds row by row, from torch on the meta device."""
    rng = np.random.default_rng(50)
    with torch.device("meta"):
        networks = [RandomNetwork(rng) for _ in range(50)]
    sized = show(SIZER).evaluate(SIZE_ALL, [network.lines for network in networks])
    kinds = set()
    for network, found in zip(networks, sized, strict=True):
        assert found["error"] is None, network.lines
        rows = layers(lambda found=network: nn.Sequential(*found.modules), network.input_shape)
        assert [*map(sizer_counts, found["layers"])] == [*map(counts, rows)], network.lines
        assert found["layers"][-1]["values"] == prod(network.shape)
        kinds |= {layer["kind"] for layer in found["layers"]}
    assert len(kinds) == 9, kinds


FIELDS = [
    ["conv 1 3x3", "conv 1 3x3"],
    ["conv 1 3x5 s2", "pool 2x3 s2", "conv 1 3x3 d2"],
    ["conv 2 3x3 s2 p1", "relu", "pool 3x3 s2 p1", "conv 2 3x3 p1", "lrn", "conv 1 1x1 s2"],
    ["pool 3x3 s2 ceil", "conv 2 5x5 p2 g1", "batchnorm"],
    ["conv 2 3x3 p1", "inception 1 1 1 1 1 1", "pool 2x2"],
    ["conv 4 3x3 s2 p1", "bottleneck 2 8 2", "bottleneck 2 8 1", "bottleneck 2 8 2"],
]


def averaging(line, below):
    """A layer of positive weights or averages, so that a gradient is 0 only where none looks."""
    kind, *words = line.split()
    options = {word[0]: int(word[1:]) for word in words if word[0] in "spdg"}
    pad, dilation = options.get("p", 0), options.get("d", 1)
    if kind in ("conv", "pool"):
        kernel = tuple(map(int, words[kind == "conv"].split("x")))
        stride = options.get("s", kernel if kind == "pool" else 1)
        if kind == "pool":
            return nn.AvgPool2d(kernel, stride, pad, ceil_mode="ceil" in words)
        return nn.Conv2d(below, int(words[0]), kernel, stride, pad, dilation=dilation)
    numbers = tuple(map(int, words))
    if kind == "inception":
        block = googlenet.Inception(below, numbers, large_kernel=5, batch_norm=False)
        block.pooled[0] = nn.AvgPool2d(3, stride=1, padding=1)
        return block
    if kind == "bottleneck":
        return book_resnet.Bottleneck(below, numbers[0], numbers[2], stride_in_3x3=False)
    return nn.Identity()


def reached(lines):
    """Over how many rows and columns one output in the middle sends a gradient back."""
    x = torch.zeros(1, 1, 121, 121, dtype=torch.float64, requires_grad=True)
    value = x + 1
    for line in lines:
        module = averaging(line, value.shape[1]).double().eval()
        for parameter in module.parameters():
            nn.init.constant_(parameter, 0.1)
        value = module(value)
    row, column = (side // 2 for side in value.shape[2:])
    value[0, :, row, column].sum().backward()
    return [int(np.ptp(places)) + 1 for places in np.nonzero(x.grad[0, 0].numpy())]


def test_the_receptive_field_is_where_a_gradient_reaches(show):
    """For strides, dilation, padding and blocks, as many rows and columns as autograd finds."""
    sized = show(SIZER).evaluate(SIZE_ALL, [["input 1x121x121", *lines] for lines in FIELDS])
    assert [found["error"] for found in sized] == [None] * len(FIELDS)
    assert [found["layers"][-1]["field"] for found in sized] == [*map(reached, FIELDS)]


def test_a_fully_connected_layer_sees_what_all_places_together_see(show):
    """VGG-16's pool5 sees 212 pixels and fc6 404; a layer after it sees as much."""
    sized = state(show(SIZER))
    fields = {layer["name"]: layer["field"] for layer in sized["layers"]}
    assert [layer["field"][0] for layer in sized["layers"]][-4:] == [212, 404, 404, 404]
    assert fields["fc 4096"] == fields["fc 1000"] == sized["totals"]["field"] == [404, 404]


def test_a_line_typed_by_keyboard_changes_the_table_at_once(show):
    """Tab reaches the networks, the box and the lines; what is typed there is sized."""
    page = show(SIZER, 'network="lenet5"')
    stops = []
    for _ in range(5):
        page.keyboard.press("Tab")
        stops.append(
            page.locator("network-sizer").evaluate(
                "sizer => { const at = sizer.shadowRoot.activeElement; return at.name || at.id ||"
                " at.localName }"
            )
        )
    assert stops == ["network", "open", "beside", "lines", "summary"]
    page.keyboard.press("Shift+Tab")
    before = state(page)
    page.keyboard.press("Control+End")
    page.keyboard.type("\ntanh\nfc 7")
    after = state(page)
    assert after["network"] == "own"
    assert after["lines"] == [*before["lines"], "tanh", "fc 7"]
    assert after["totals"]["parameters"] == before["totals"]["parameters"] + 77
    assert drawn(page)[-1][1:4] == ["fc 7", "7", "77"]
    assert drawn(page)[-2][1] == "fc 10 fixed tanh"
    for _ in "\ntanh\nfc 7":
        page.keyboard.press("Backspace")
    assert state(page) == before


def test_own_lines_are_kept_while_a_preset_is_looked_at(show):
    """Choosing a preset loses nothing that was typed: Your own brings it back."""
    page = show(SIZER)
    choice = page.get_by_role("combobox", name="Network")
    assert choice.locator("option[value=own]").is_disabled()
    write(page, SMALL)
    choice.select_option("alexnet")
    assert state(page)["network"] == "alexnet"
    choice.select_option("own")
    assert state(page)["lines"] == SMALL
    assert page.get_by_label("Layers, one a line").input_value() == "\n".join(SMALL)


ERRORS = {
    "cnv 4 3x3": "expected a layer (input, conv, pool,",
    "conv four 3x3": "expected a number of filters, found “four”. For example: conv 64 3x3 s1 p1",
    "conv 4": "expected a window such as 3x3, found the end of the line.",
    "conv 4 3x3 q1": "expected s1, p1, g1, d1, nobias, batchnorm or nothing more, found “q1”",
    "conv 4 3x3 s0": "expected a number from 1 to 10,000 in s0, found 0.",
    "conv 6 3x3 g3": "expected maps and filters that 3 groups divide, found 4 and 6.",
    "conv 4 9x9 p1": "a window that fits into the padded maps of 6×6, found one of 9×9.",
    "conv 2 3x3 sees 4": "expected 2 numbers after sees",
    "conv 2 3x3 sees 4 5": "expected filters that see at most the 4 maps there are.",
    "pool 3x3 p2": "expected a padding of at most half the window, found “p2”",
    "fc 4 relu": "expected nobias, fixed or nothing more, found “relu”",
    "global maximum": "expected average, found “maximum”",
    "inception 1 2 3": "expected a number (5×5 reduced), found the end of the line.",
    "bottleneck 1 2 3 4": "expected nothing more, found “4”",
    "input 3x8x8": "expected one input only, at the top.",
    "fc 6\npool 2x2": "expected maps with rows and columns for pool, found 6 values.",
}


def test_an_error_names_its_line_and_the_table_before_it_stays(show):
    """The first line that is no layer is told with what was expected; the rows above stay."""
    page = show(SIZER)
    field = page.get_by_label("Layers, one a line")
    for line, expected in ERRORS.items():
        lines = ["# remark", "input 3x8x8", "conv 4 3x3 p1", "relu", "pool 2x2", *line.split("\n")]
        write(page, [*lines, "fc 5"])
        found = state(page)
        assert found["error"]["line"] == len(lines)
        told = page.locator("network-sizer .refusal").inner_text()
        assert told == found["error"]["message"]
        assert told.startswith(f"Line {len(lines)}, “{lines[-1]}”: ") and expected in told
        rows = drawn(page)
        kept = [["2", "input 3x8x8"], ["3", "conv 4 3x3 p1 relu"], ["5", "pool 2x2"]]
        assert [row[:2] for row in rows[:3]] == kept
        assert len(rows) == 3 + line.count("\n")
        assert "Sum so far" in page.locator("network-sizer tfoot").inner_text()
        assert field.get_attribute("aria-invalid") == "true"
    write(page, SMALL)
    assert state(page)["error"] is None and field.get_attribute("aria-invalid") is None
    assert page.locator("network-sizer .refusal").is_hidden()


def test_lines_before_any_input_and_numbers_too_large_are_told(show):
    """Without an input there is no table; sums that lose digits are refused, not rounded."""
    lists = [
        [],
        ["", "# nothing"],
        ["conv 4 3x3"],
        ["relu"],
        ["input 1000000x1000000x1000000"],
        ["input 3x1000000x1000000", "conv 1000000 3x3"],
    ]
    found = show(SIZER).evaluate(SIZE_ALL, lists)
    for sized, start in zip(
        found,
        ["Line 1: expected input 3x224x224"] * 2
        + ["Line 1, “conv 4 3x3”: expected the input first", "Line 1, “relu”: expected the input"]
        + ["Line 1, “input 1000000x1000000x1000000”: expected a smaller layer"]
        + ["Line 2, “conv 1000000 3x3”: expected a smaller layer"],
        strict=True,
    ):
        assert sized["error"]["message"].startswith(start)
    assert [len(sized["layers"]) for sized in found] == [0, 0, 0, 0, 0, 1]


def test_a_size_that_does_not_tile_is_marked_as_rounded(show):
    """Where the formula gives no whole number, a star says that torch rounds it."""
    page = show(SIZER)
    assert page.get_by_text("It is rounded as PyTorch does").is_hidden()
    write(page, ["input 1x8x8", "conv 1 3x3 s2", "pool 3x3 s3"])
    assert [row[2] for row in drawn(page)] == ["1×8×8", "1×3×3*", "1×1×1"]
    assert page.get_by_text("It is rounded as PyTorch does").is_visible()


def test_each_change_fires_an_event_and_is_said_when_typing_rests(show):
    """A page can follow the sizer by a plain object; a screen reader hears the result once."""
    page = show(SIZER)
    page.clock.install()
    page.evaluate(
        "window.heard = []; document.addEventListener('network-sizer:change',"
        " event => window.heard.push(JSON.stringify(event.detail)))"
    )
    write(page, SMALL)
    write(page, [*SMALL, "oops"])
    status = page.locator("network-sizer [role=status]")
    assert status.inner_text() == ""
    page.clock.run_for(1000)
    assert status.inner_text().startswith("Line 6, “oops”: expected a layer")
    assert "Out of line 5" in status.inner_text()
    first, second = map(json.loads, page.evaluate("window.heard"))
    assert {"network", "lines", "layers", "totals", "error"} <= set(first)
    assert (first["error"], second["error"]["line"]) == (None, 6)
    assert first["totals"] == second["totals"]
    page.get_by_role("combobox", name="Network").select_option("lenet5")
    assert "Out of line 16 come 10 values" in status.inner_text()
    page.clock.run_for(5000)
    assert len(page.evaluate("window.heard")) == 3, "nothing should move by itself"


def test_a_network_that_is_not_known_gives_an_alert_and_the_fallback(show):
    """An author's slip ends in a sentence with the names there are, and the children stay."""
    page = show(SIZER, 'network="vgg19"', "<p>kept</p>")
    assert page.get_by_role("alert").inner_text() == (
        'network-sizer: network="vgg19" is not one of lenet5, alexnet, zfnet, vgg16, googlenet, '
        "resnet50."
    )
    assert page.get_by_text("kept").is_visible()
    assert state(page) is None
    page.locator("network-sizer").evaluate("sizer => sizer.setAttribute('network', 'vgg16')")
    assert state(page)["network"] == "vgg16"
    assert page.get_by_text("kept").is_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_has_no_barriers_and_fits_the_page(show, theme):
    """axe-core finds nothing moderate or worse and nothing scrolls sideways, error or not."""
    page = show(SIZER, theme=theme)
    page.locator("network-sizer summary").click()
    for viewport, lines in ((WIDE, None), (NARROW, [*SMALL, "conv 64 3x3 " + "s1" * 40])):
        page.set_viewport_size(viewport)
        assert overflow(page) <= 0
        if lines:
            write(page, lines)
        assert barriers(page, impacts=("moderate", "serious", "critical")) == []
        assert overflow(page) <= 0


def test_a_table_too_wide_scrolls_in_a_box_the_keyboard_reaches(show):
    """On a phone the table's box is a labelled tab stop; where it fits, it is none."""
    page = show(SIZER, viewport=NARROW)
    box = page.get_by_role("region", name="Table of the layers")
    assert box.get_attribute("tabindex") == "0"
    page.set_viewport_size(WIDE)
    page.locator("network-sizer .scroll:not([tabindex], .both)").wait_for()
    heads = page.locator("network-sizer thead th")
    assert set(heads.evaluate_all("heads => heads.map(head => head.scope)")) == {"col"}
    assert page.locator("network-sizer tbody th[scope=row]").count() == 22


def test_the_address_holds_what_the_reader_set(show):
    """Opened with its address, the figure has the same network; a cut address harms nothing."""
    page = show(SIZER)
    page.get_by_role("combobox", name="Network").select_option("alexnet")
    assert page.url.endswith("#network-sizer=alexnet")
    page.clock.install()
    write(page, SMALL)
    page.clock.run_for(1000)
    assert "#network-sizer=input" in page.url
    page.reload()
    page.wait_for_function("document.querySelector('network-sizer').state !== null")
    assert page.locator("textarea").input_value().split("\n") == SMALL
    assert page.get_by_role("combobox", name="Network").input_value() == "own"
    page.evaluate("location.hash = '#network-sizer=%E0%A4%A'")
    page.reload()
    page.wait_for_function("document.querySelector('network-sizer').state.network === 'vgg16'")


def test_two_networks_stand_beside_each_other(show):
    """Another preset's sums are shown next to those of the lines, with bars to compare them."""
    page = show(SIZER)
    page.get_by_label("Beside it").select_option("alexnet")
    rows = page.locator(".beside tbody tr").all_inner_texts()
    assert [row.split("\t")[1:] for row in rows] == [
        ["138,357,544", "60,965,224"],
        ["61 MB", "5.65 MB"],
        ["15,470,264,320", "724,406,816"],
    ]
    assert page.locator(".beside thead th").all_inner_texts() == ["VGG-16", "AlexNet"]
    assert page.url.endswith("#network-sizer=vgg16&beside=alexnet")
    page.reload()
    page.wait_for_function("document.querySelector('network-sizer').state?.beside === 'alexnet'")
    page.set_viewport_size(NARROW)
    assert overflow(page) <= 0
    assert barriers(page, impacts=("moderate", "serious", "critical")) == []


def test_their_layers_stand_beside_each_other(show):
    """In the table of pairs both networks are whole, in order, and sizes that are alike meet."""
    page = show(SIZER)
    page.get_by_label("Beside it").select_option("alexnet")
    cells = page.locator("table.pairs").evaluate(
        "table => [...table.tBodies[0].rows].map(row => [...row.cells].map(c => c.textContent))"
    )
    left, right = (
        [[*row[at].rsplit(" ", 1), *row[at + 1 : at + 3]] for row in cells if row[at]]
        for at in (0, 3)
    )
    assert [name for name, *_ in left] == [layer["name"] for layer in state(page)["layers"]]
    assert [name for name, *_ in right][1:3] == ["conv 96 11x11 s4", "lrn"]
    assert right[-1] == ["fc 1000", "1000", "4.1\N{NO-BREAK SPACE}M", "4.1\N{NO-BREAK SPACE}M"]
    sides = [
        [name.rsplit(" ", 1)[1].split("×") for name in (row[0], row[3]) if name] for row in cells
    ]
    both = [pair for pair in sides if len(pair) == 2]
    assert len(both) >= 3
    assert all(one[1:2] == other[1:2] for one, other in both)
    feet = page.locator("table.pairs tfoot tr > *").all_inner_texts()
    assert [feet[1], feet[4]] == ["138\N{NO-BREAK SPACE}M", "61\N{NO-BREAK SPACE}M"]


def test_every_pair_of_random_networks_is_whole(show):
    """Nothing is lost, doubled or out of order, wherever maps grow or shrink."""
    rng = np.random.default_rng(98)
    lists = [[[int(n) for n in rng.integers(1, 9, rng.integers(0, 9))] for _ in range(2)]
             for _ in range(50)]  # fmt: skip
    pairs = show(SIZER).evaluate(
        """async lists => {
            const { pairLayers } = await import('./network-pairs.mjs');
            return lists.map(two => pairLayers(...two.map(sides =>
                sides.map((side, at) => ({ at, shape: [1, side, side] })))));
        }""",
        lists,
    )
    for two, found in zip(lists, pairs, strict=True):
        for which, sides in enumerate(two):
            assert [pair[which]["at"] for pair in found if pair[which]] == [*range(len(sides))]
        alike = [[layer["shape"][1] for layer in pair if layer] for pair in found]
        assert all(len(set(sides)) == 1 for sides in alike)
