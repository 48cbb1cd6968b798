"""The live convolution demo, driven in a real browser and held against PyTorch."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.book.live_figures import figure_pages
from tests.browser import NARROW, WIDE, barriers, opened, overflow, served

pytestmark = pytest.mark.browser

ASSETS = Path(__file__).parents[2] / "book" / "assets"
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Demo</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>:root {{ color-scheme: light dark }}</style></head><body><main><h1>Demo</h1>
<script type="module" src="conv-demo.mjs"></script>{element}</main></body></html>"""


@pytest.fixture
def show(browser, tmp_path):
    """Opens a page that holds the given element, and at the end finds no fault on it."""
    site = tmp_path / "site"
    shutil.copytree(ASSETS, site)
    found = []  # one list of faults for each page, still filling while the test runs
    with ExitStack() as stack:
        address = stack.enter_context(served(site))

        def open_page(markup="<conv-demo></conv-demo>", **settings):
            (site / "index.html").write_text(PAGE.format(element=markup), encoding="utf-8")
            page, faults = stack.enter_context(opened(browser, f"{address}/", **settings))
            found.append(faults)
            page.wait_for_function("document.querySelector('conv-demo').shadowRoot !== null")
            return page

        yield open_page
    assert not any(found), found


@pytest.fixture
def show_figure(browser, tmp_path):
    """Opens the demo as the other figures are opened."""
    with figure_pages(browser, tmp_path) as open_page:
        yield open_page


def element(numbers, fallback="", **attributes):
    """The markup of a demo with numbers of its own."""
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    data = f'<script type="application/json">{json.dumps(numbers)}</script>'
    return f"<conv-demo{written}>{data}{fallback}</conv-demo>"


def torch_output(numbers, stride, pad):
    """The layer's output as PyTorch computes it in float64."""
    x, w, b = (torch.tensor(numbers[name], dtype=torch.float64) for name in "xwb")
    return torch.nn.functional.conv2d(x[None], w, b, stride=stride, padding=pad)[0].numpy()


def random_numbers(rng, *, size, kernel, filters, depth):
    return {
        "x": rng.normal(size=(depth, size, size)).round(2).tolist(),
        "w": rng.normal(size=(filters, depth, kernel, kernel)).round(2).tolist(),
        "b": rng.normal(size=filters).round(2).tolist(),
    }


def read(page, name):
    return page.locator("conv-demo").evaluate(f"demo => demo.{name}")


def chosen(page):
    cell = read(page, "selected")
    return cell["filter"], cell["row"], cell["column"]


def drawn_volume(page, kind):
    """The numbers in the tables of one kind, as a reader sees them: [tables, rows, columns]."""
    tables = page.locator(f"conv-demo table.{kind}").evaluate_all(
        "tables => tables.map(t => [...t.rows].map(r => [...r.cells].map(c => c.textContent)))"
    )
    return np.array([[[number(text) for text in row] for row in table] for table in tables])


def number(text):
    return float(text.replace("\N{MINUS SIGN}", "-"))


def value_of(written):
    """What a written sum comes to: "2·(−1) + 3·0" is −2. Both sides of "=" must agree."""
    left, right = written.replace("\N{MINUS SIGN}", "-").split("=")
    total = 0.0
    for term in left.split("+"):
        factors = [float(factor.strip().strip("()")) for factor in term.split("·")]
        total += np.prod(factors)
    assert total == pytest.approx(float(right))
    return total


def test_default_output_is_what_torch_computes_from_the_drawn_numbers(show):
    """What is drawn is a convolution: torch, fed the page's input and filters, agrees."""
    page = show()
    padded, slices = drawn_volume(page, "x"), drawn_volume(page, "w")
    biases = page.locator("conv-demo").evaluate(
        "demo => [...demo.shadowRoot.querySelector('.volumes').textContent"
        ".matchAll(/b\\[\\d\\] = (\\S)/g)].map(found => Number(found[1]))"
    )
    assert padded.shape == (3, 7, 7)
    assert biases == [1, 0]
    x, w = padded[:, 1:-1, 1:-1], slices.reshape(2, 3, 3, 3)
    assert set(np.unique(x)) == {0, 1, 2}
    assert set(np.unique(w)) == {-1, 0, 1}
    assert padded.sum() == x.sum(), "the frame around the input should be zeros"
    expected = torch_output({"x": x, "w": w, "b": biases}, stride=2, pad=1)
    np.testing.assert_array_equal(read(page, "output"), expected)
    np.testing.assert_array_equal(drawn_volume(page, "y"), expected)


def test_numbers_from_the_page_are_used_and_give_the_sizes(show):
    """Numbers in a JSON child replace the defaults, and no attribute need repeat their sizes."""
    numbers = random_numbers(np.random.default_rng(3), size=6, kernel=2, filters=3, depth=1)
    page = show(element(numbers, stride=2, pad=1))
    np.testing.assert_allclose(
        read(page, "output"), torch_output(numbers, stride=2, pad=1), rtol=1e-12, atol=1e-12
    )


def test_fifty_random_layers_equal_torch_or_are_refused_with_the_formula(show):
    """Sizes that tile give torch's numbers; the others give the formula and never a floor."""
    rng = np.random.default_rng(50)
    page = show()
    valid = refused = 0
    for _ in range(50):
        size, kernel = int(rng.integers(3, 9)), int(rng.integers(1, 5))
        stride, pad = int(rng.integers(1, 5)), int(rng.integers(0, 3))
        filters, depth = int(rng.integers(1, 4)), int(rng.integers(1, 4))
        numbers = random_numbers(rng, size=size, kernel=kernel, filters=filters, depth=depth)
        page.evaluate(
            "markup => { document.querySelector('main').innerHTML = markup }",
            element(numbers, stride=stride, pad=pad),
        )
        output = read(page, "output")
        span = size - kernel + 2 * pad
        if span >= 0 and span % stride == 0:
            valid += 1
            expected = torch_output(numbers, stride, pad)
            np.testing.assert_allclose(output, expected, rtol=1e-12, atol=1e-12)
            assert page.locator("conv-demo .refusal").count() == 0
        else:
            refused += 1
            assert output is None
            reason = page.locator("conv-demo .refusal").inner_text()
            assert f"({size} − {kernel} + 2·{pad})/{stride} + 1 = " in reason
            assert page.locator("conv-demo [role=gridcell]").count() == 0
    assert valid >= 15 and refused >= 15, (valid, refused)


def test_a_stride_that_does_not_tile_is_refused_in_words(show):
    """Stride 3 on the default layer shows the formula, the reason, and strides that are valid."""
    page = show()
    page.get_by_label("Stride").select_option("3")
    assert page.locator(".refusal").inner_text() == (
        "(5 − 3 + 2·1)/3 + 1 = 2.33… is not an integer: a 3×3 window at stride 3 "
        "does not tile this input. Nearest valid strides: 2 and 4."
    )
    assert read(page, "output") is None
    assert read(page, "selected") is None
    assert "2.33…" in page.get_by_role("status").inner_text()
    for name in ("Play", "Step", "Back"):
        assert page.get_by_role("button", name=name).is_disabled()
    page.get_by_label("Stride").select_option("4")
    assert np.shape(read(page, "output")) == (2, 2, 2)
    assert page.locator(".refusal").count() == 0
    assert page.get_by_role("button", name="Play").is_enabled()


def test_a_window_larger_than_the_padded_input_is_refused(show):
    """A kernel that does not fit is refused for that reason, whatever the stride."""
    page = show('<conv-demo input="3" kernel="6" pad="1" stride="1"></conv-demo>')
    assert page.locator(".refusal").inner_text() == (
        "(3 − 6 + 2·1)/1 + 1 = 0: a 6×6 window does not fit into the padded input of 5×5."
    )


@pytest.mark.parametrize("stride, pad", [(1, 0), (1, 1), (1, 2), (2, 0), (2, 2), (3, 2), (4, 1)])
def test_the_written_products_sum_to_the_value_of_every_cell(show, stride, pad):
    """For each output value the page writes K·K products a channel, and they add up to it."""
    page = show(f'<conv-demo stride="{stride}" pad="{pad}"></conv-demo>')
    output = np.array(read(page, "output"))
    written = page.locator("conv-demo").evaluate(
        """demo => [...demo.shadowRoot.querySelectorAll('[role=gridcell]')].map(cell => {
            cell.focus();
            const lines = [...demo.shadowRoot.querySelectorAll('.products p')];
            const { filter, row, column } = demo.selected;
            return [[filter, row, column], lines.map(line => line.textContent.split(': ')[1])];
        })"""
    )
    assert [tuple(place) for place, _ in written] == [*np.ndindex(output.shape)]
    for place, (*channels, total) in written:
        value = output[tuple(place)]
        assert [line.count("·") for line in channels] == [9, 9, 9]
        assert sum(map(value_of, channels)) + [1, 0][place[0]] == value
        assert value_of(total) == value


def test_the_highlighted_patch_and_filter_are_the_ones_multiplied(show):
    """The marked input and filter cells, multiplied by the test itself, give the value."""
    page = show()
    page.locator("conv-demo [role=gridcell]").nth(9 + 5).click()  # filter 1, row 1, column 2
    patch = page.locator("table.x td.on").all_inner_texts()
    weights = page.locator("table.w td.on").all_inner_texts()
    assert len(patch) == len(weights) == 27
    pairs = zip(patch, weights, strict=True)
    total = sum(number(value) * number(weight) for value, weight in pairs)
    assert total == read(page, "output")[1][1][2]  # the second bias is 0
    assert number(page.locator("table.y td.on").inner_text()) == total


def test_step_and_back_walk_through_every_output_value(show):
    """Step visits all 18 values, row by row and filter by filter, and comes round; Back returns."""
    page = show()
    places = [chosen(page)]
    for _ in range(18):
        page.get_by_role("button", name="Step").click()
        places.append(chosen(page))
    assert places == [*np.ndindex(2, 3, 3), (0, 0, 0)]
    page.get_by_role("button", name="Back").click()
    assert chosen(page) == (1, 2, 2)


def test_play_steps_once_a_second_until_paused_and_stops_at_the_end(show):
    """Play moves by itself, Pause holds it, and the last value ends it."""
    page = show()
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(2500)
    assert chosen(page) == (0, 0, 2)
    page.get_by_role("button", name="Pause").click()
    page.clock.run_for(5000)
    assert chosen(page) == (0, 0, 2)
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(60_000)
    assert chosen(page) == (1, 2, 2)
    assert page.get_by_role("button", name="Play").is_visible()


def test_playing_speaks_seldom_and_stepping_speaks_each_time(show):
    """The polite live region changes with every step by hand, but only each 5 s while playing."""
    page = show()
    status = page.get_by_role("status")
    assert status.inner_text() == "", "a page that was only opened should not speak"
    page.get_by_role("button", name="Step").click()
    value = read(page, "selected")["value"]
    assert status.inner_text() == f"Filter 0, row 0, column 1: {value}.".replace("-", "−")
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    page.locator("conv-demo").evaluate(
        """demo => {
            window.spoken = [];
            new MutationObserver(() => window.spoken.push(Date.now()))
                .observe(demo.shadowRoot.querySelector('.live'), { childList: true });
        }"""
    )
    page.get_by_role("button", name="Play").click()
    for _ in range(12):
        page.clock.run_for(1000)
    assert chosen(page) == (1, 1, 1)
    spoken = page.evaluate("window.spoken")
    assert len(spoken) == 2
    assert spoken[1] - spoken[0] >= 5000


def test_the_keyboard_alone_reaches_and_drives_everything(show):
    """Tab reaches each control and one cell of each map; arrows move; Space and Enter press."""
    page = show()
    stops = []
    for _ in range(12):
        page.keyboard.press("Tab")
        stops.append(
            page.locator("conv-demo").evaluate(
                "demo => { const at = demo.shadowRoot.activeElement;"
                " return at.name || at.getAttribute('role') }"
            )
        )
    controls = [
        "play",
        "step",
        "back",
        "reset",
        "stride",
        "pad",
        "filter",
        "kernel",
        "random",
        "edit",
    ]
    assert stops == [*controls, "gridcell", "gridcell"]
    assert chosen(page) == (1, 0, 0)
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    assert chosen(page) == (1, 1, 1), "the right edge should hold the focus"
    page.keyboard.press("Shift+Tab")
    assert chosen(page) == (0, 1, 1), "the other map should be entered at the same place"
    page.get_by_role("button", name="Step").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert chosen(page) == (0, 2, 0)


def test_arrows_in_the_output_do_not_scroll_the_page(show):
    """The grid takes the arrow keys for itself, at its edge too, and leaves all other keys."""
    page = show()
    taken = page.locator("conv-demo [role=gridcell]").first.evaluate(
        """cell => ['ArrowUp', 'ArrowDown', 'PageDown', 'Tab'].map(key => !cell.dispatchEvent(
            new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })))"""
    )
    assert taken == [True, True, False, False]


def test_choosing_a_filter_keeps_the_place(show):
    """The filter list goes through the depth column: same row and column, another filter."""
    page = show()
    page.locator("conv-demo [role=gridcell]").nth(4).click()
    page.get_by_label("Filter").select_option("1")
    assert chosen(page) == (1, 1, 1)


def test_reset_returns_to_the_settings_in_the_markup(show):
    """After any play with it, Reset shows the layer as the page's author wrote it."""
    page = show('<conv-demo stride="1" pad="0"></conv-demo>')
    before = read(page, "output")
    page.get_by_label("Stride").select_option("4")
    page.get_by_label("Padding").select_option("2")
    page.get_by_role("button", name="Reset").click()
    assert read(page, "output") == before
    assert chosen(page) == (0, 0, 0)
    assert page.get_by_label("Stride").input_value() == "1"
    assert page.get_by_label("Padding").input_value() == "0"


def equals_torch(page, stride, pad):
    """Whether the output is what PyTorch computes from the numbers that the demo has now."""
    numbers = {
        name: page.locator("conv-demo").evaluate(f"demo => demo.state.{name}") for name in "xwb"
    }
    expected = torch_output(numbers, stride, pad)
    return np.array_equal(read(page, "output"), expected)


def test_numbers_are_typed_and_the_output_follows(show):
    """Fields in the input, the filters and the biases; a field that holds no number is told."""
    page = show()
    before = np.array(read(page, "output"))
    page.get_by_label("Edit the numbers").check()
    page.get_by_label("x, channel 0, row 1, column 1", exact=True).fill("9")
    page.get_by_label("w[1], channel 2, row 0, column 2", exact=True).fill("-4")
    page.get_by_label("b[0]").fill("0.5")
    after = np.array(read(page, "output"))
    assert not np.array_equal(before, after)
    assert equals_torch(page, 2, 1)
    page.get_by_label("x, channel 0, row 0, column 0", exact=True).focus()
    page.keyboard.press("ArrowRight")
    focused = page.locator("conv-demo").evaluate("demo => demo.shadowRoot.activeElement.ariaLabel")
    assert focused == "x, channel 0, row 0, column 1"
    page.get_by_label("b[0]").fill("one")
    assert page.get_by_role("status").inner_text() == "This is no number."
    assert np.array_equal(read(page, "output"), after)
    assert barriers(page) == []
    page.get_by_role("button", name="Reset").click()
    assert np.array_equal(read(page, "output"), before)


def test_random_numbers_and_other_kernels_are_convolved(show):
    """Random draws new numbers each time; a kernel of another size has weights of its own."""
    page = show()
    first = read(page, "output")
    page.get_by_role("button", name="Random").click()
    second = read(page, "output")
    assert second != first and equals_torch(page, 2, 1)
    page.get_by_label("Kernel").select_option("5")
    assert np.shape(read(page, "output")) == (2, 2, 2) and equals_torch(page, 2, 1)
    assert drawn_volume(page, "w").shape == (6, 5, 5)


def test_a_pointer_over_the_output_is_enough(show):
    """Hovering chooses, as a tap of a finger does."""
    page = show(touch=True)
    page.locator("conv-demo [role=gridcell]").nth(13).tap()
    page.wait_for_function("document.querySelector('conv-demo').selected.filter === 1")
    assert chosen(page) == (1, 1, 1)
    page.locator("conv-demo [role=gridcell]").nth(5).hover()
    assert chosen(page) == (0, 1, 2)


def test_a_narrow_page_has_two_columns(show):
    """Under 600 px stand the input and the chosen filter; the outputs are below both."""
    page = show(viewport={"width": 390, "height": 900})
    names = page.locator("conv-demo .volumes > .name:visible")
    assert names.all_inner_texts() == ["Input x", "Filter w[0]"]
    page.get_by_label("Filter").select_option("1")
    assert names.all_inner_texts() == ["Input x", "Filter w[1]"]
    tops = page.locator("conv-demo table.x").last.bounding_box()["y"]
    assert page.locator("conv-demo table.y").first.bounding_box()["y"] > tops
    assert page.locator("conv-demo .scroll[tabindex]").count() == 0


def test_every_change_fires_an_event_with_the_new_state(show):
    """A page can follow the demo: the event carries sizes, output and selected value."""
    page = show()
    page.evaluate(
        "window.heard = []; document.addEventListener('conv-demo:change',"
        " event => window.heard.push(event.detail))"
    )
    page.get_by_role("button", name="Step").click()
    page.get_by_label("Padding").select_option("0")
    first, second = page.evaluate("window.heard")
    assert (first["selected"]["column"], first["stride"], first["pad"]) == (1, 2, 1)
    assert np.shape(second["output"]) == (2, 2, 2)
    assert second["pad"] == 0


@pytest.mark.parametrize(
    "markup, reason",
    [
        ('<conv-demo stride="0">kept</conv-demo>', 'stride="0" is not a size'),
        ('<conv-demo kernel="two">kept</conv-demo>', 'kernel="two" is not a size'),
        (
            element({"x": [[[1, 2], [3, 4]]], "w": [[[[1, 2]]]], "b": [0]}, "kept", kernel=2),
            "w should be 1×1×2×2, but is 1×1×1×2",
        ),
        (
            element({"x": [[[1, 2], [3]]], "w": [[[[1]]]], "b": [0]}, "kept"),
            "x should be 1×2×2, but is no regular array of numbers",
        ),
    ],
    ids=["stride_0", "kernel_word", "flat_filter", "ragged_input"],
)
def test_markup_that_makes_no_layer_says_what_is_wrong(show, markup, reason):
    """An author's slip ends in one sentence in place of the demo, and the fallback stays."""
    page = show(markup)
    assert reason in re.sub(r"\s+", " ", page.get_by_role("alert").inner_text())
    assert page.get_by_text("kept").is_visible()


def test_without_javascript_the_children_stay_on_the_page(browser, tmp_path):
    """Where scripts do not run, the reader keeps the static figure."""
    (tmp_path / "index.html").write_text(
        PAGE.format(element="<conv-demo><p>the static figure</p></conv-demo>"), encoding="utf-8"
    )
    context = browser.new_context(java_script_enabled=False)
    with served(tmp_path) as address:
        page = context.new_page()
        page.goto(f"{address}/index.html")
        assert page.get_by_text("the static figure").is_visible()
        context.close()


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_has_no_barriers_and_fits_the_page(show, theme, viewport):
    """axe-core finds nothing serious and nothing scrolls sideways: with output and refused."""
    page = show(theme=theme, viewport=viewport)
    for stride, pad in (("1", "2"), ("3", "1")):
        page.get_by_label("Stride").select_option(stride)
        page.get_by_label("Padding").select_option(pad)
        assert barriers(page) == []
        assert overflow(page) <= 0


def test_a_demo_too_wide_for_its_place_scrolls_in_a_box_the_keyboard_reaches(show):
    """Only where the volumes do not fit does their box become a labelled tab stop."""
    page = show('<conv-demo filters="6" input="12"></conv-demo>', viewport=NARROW)
    box = page.get_by_role("region", name="Input, filters and output")
    assert box.get_attribute("tabindex") == "0"
    assert overflow(page) <= 0
    assert barriers(page) == []
    page.set_viewport_size(WIDE)
    page.locator("conv-demo .scroll:not([tabindex])").wait_for()
