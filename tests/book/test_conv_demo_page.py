"""The convolution demo as a part of a page: its width, its markup, its events."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.book.conv_demo import DEMO, given
from tests.book.live_figures import PAGE
from tests.browser import NARROW, WIDE, barriers, overflow, served

pytestmark = pytest.mark.browser


def test_a_narrow_page_has_two_columns(show):
    """Under 600 px stand the input and the chosen filter; the outputs are below both."""
    page = show(DEMO, viewport={"width": 390, "height": 900})
    names = page.locator("conv-demo .volumes > .name:visible")
    assert names.all_inner_texts() == ["Input x", "Filter w[0]"]
    page.get_by_label("Filter").select_option("1")
    assert names.all_inner_texts() == ["Input x", "Filter w[1]"]
    tops = page.locator("conv-demo table.x").last.bounding_box()["y"]
    assert page.locator("conv-demo table.y").first.bounding_box()["y"] > tops
    assert page.locator("conv-demo .scroll[tabindex]").count() == 0


def test_every_change_fires_an_event_with_the_new_state(show):
    """A page can follow the demo: the event carries sizes, output and selected value."""
    page = show(DEMO)
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
    "attributes, layer, reason",
    [
        ('stride="0"', None, 'stride="0" is not a size'),
        ('kernel="two"', None, 'kernel="two" is not a size'),
        (
            'kernel="2"',
            {"x": [[[1, 2], [3, 4]]], "w": [[[[1, 2]]]], "b": [0]},
            "w should be 1×1×2×2, but is 1×1×1×2",
        ),
        (
            "",
            {"x": [[[1, 2], [3]]], "w": [[[[1]]]], "b": [0]},
            "x should be 1×2×2, but is no regular array of numbers",
        ),
    ],
    ids=["stride_0", "kernel_word", "flat_filter", "ragged_input"],
)
def test_markup_that_makes_no_layer_says_what_is_wrong(show, attributes, layer, reason):
    """An author's slip ends in one sentence in place of the demo, and the fallback stays."""
    page = show(DEMO, attributes, (given(layer) if layer else "") + "kept")
    assert reason in re.sub(r"\s+", " ", page.get_by_role("alert").inner_text())
    assert page.get_by_text("kept").is_visible()


def test_without_javascript_the_children_stay_on_the_page(browser, tmp_path):
    """Where scripts do not run, the reader keeps the static figure."""
    (tmp_path / "index.html").write_text(
        PAGE.format(name=DEMO, markup=f"<{DEMO}><p>the static figure</p></{DEMO}>"),
        encoding="utf-8",
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
    page = show(DEMO, theme=theme, viewport=viewport)
    for stride, pad in (("1", "2"), ("3", "1")):
        page.get_by_label("Stride").select_option(stride)
        page.get_by_label("Padding").select_option(pad)
        assert barriers(page) == []
        assert overflow(page) <= 0


def test_a_demo_too_wide_for_its_place_scrolls_in_a_box_the_keyboard_reaches(show):
    """Only where the volumes do not fit does their box become a labelled tab stop."""
    page = show(DEMO, 'filters="6" input="12"', viewport=NARROW)
    box = page.get_by_role("region", name="Input, filters and output")
    assert box.get_attribute("tabindex") == "0"
    assert overflow(page) <= 0
    assert barriers(page) == []
    page.set_viewport_size(WIDE)
    page.locator("conv-demo .scroll:not([tabindex])").wait_for()
