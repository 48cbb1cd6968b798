"""The sizes of layers in the network sizer, held against torch and the book's networks."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
import torch
from torch import nn

from book.networks import VGG16, AlexNet, GoogLeNet, LeNet5, ResNet50, ZFNet, googlenet, layers
from book.networks import resnet as book_resnet
from tests.book.live_figures import state
from tests.book.network_sizer import SIZER, TABLE, drawn, sizes_of

pytestmark = pytest.mark.browser

PRESETS = {
    "lenet5": LeNet5,
    "alexnet": AlexNet,
    "zfnet": ZFNet,
    "vgg16": VGG16,
    "googlenet": GoogLeNet,
    "resnet50": ResNet50,
}


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
        sized, rows = state(page, SIZER), layers(make)
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
    assert state(page, SIZER)["totals"]["parameters"] == 60_000
    published = {
        "alexnet": 60_965_224,
        "zfnet": 62_357_608,
        "vgg16": 138_357_544,
        "googlenet": 6_998_552,
        "resnet50": 25_557_032,
    }
    for name, parameters in published.items():
        page.locator("network-sizer").evaluate(f"sizer => sizer.setAttribute('network', '{name}')")
        assert state(page, SIZER)["totals"]["parameters"] == parameters
        assert f"{parameters:,}" in page.locator("network-sizer dl").inner_text()


def test_opened_blocks_have_a_row_for_each_part(show):
    """Inception blocks and bottlenecks opened are the book's tables with every part told."""
    page = show(SIZER, 'network="googlenet"')
    page.get_by_label("Open blocks").check()
    for name in ("googlenet", "resnet50"):
        page.get_by_role("combobox", name="Network").select_option(name)
        rows = layers(PRESETS[name], depth=None)
        assert [*map(sizer_counts, state(page, SIZER)["layers"])] == [*map(counts, rows)]
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
    sized = sizes_of(show(SIZER), [network.lines for network in networks])
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
    sized = sizes_of(show(SIZER), [["input 1x121x121", *lines] for lines in FIELDS])
    assert [found["error"] for found in sized] == [None] * len(FIELDS)
    assert [found["layers"][-1]["field"] for found in sized] == [*map(reached, FIELDS)]


def test_a_fully_connected_layer_sees_what_all_places_together_see(show):
    """VGG-16's pool5 sees 212 pixels and fc6 404; a layer after it sees as much."""
    sized = state(show(SIZER), SIZER)
    fields = {layer["name"]: layer["field"] for layer in sized["layers"]}
    assert [layer["field"][0] for layer in sized["layers"]][-4:] == [212, 404, 404, 404]
    assert fields["fc 4096"] == fields["fc 1000"] == sized["totals"]["field"] == [404, 404]
