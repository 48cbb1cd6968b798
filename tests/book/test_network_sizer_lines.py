"""The lines that a reader types into the network sizer, and what it says of them."""

from __future__ import annotations

import json

import pytest

from tests.book.live_figures import state
from tests.book.network_sizer import SIZER, SMALL, drawn, sizes_of, write
from tests.browser import NARROW, WIDE, barriers, overflow

pytestmark = pytest.mark.browser


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
    before = state(page, SIZER)
    page.keyboard.press("Control+End")
    page.keyboard.type("\ntanh\nfc 7")
    after = state(page, SIZER)
    assert after["network"] == "own"
    assert after["lines"] == [*before["lines"], "tanh", "fc 7"]
    assert after["totals"]["parameters"] == before["totals"]["parameters"] + 77
    assert drawn(page)[-1][1:4] == ["fc 7", "7", "77"]
    assert drawn(page)[-2][1] == "fc 10 fixed tanh"
    for _ in "\ntanh\nfc 7":
        page.keyboard.press("Backspace")
    assert state(page, SIZER) == before


def test_own_lines_are_kept_while_a_preset_is_looked_at(show):
    """Choosing a preset loses nothing that was typed: Your own brings it back."""
    page = show(SIZER)
    choice = page.get_by_role("combobox", name="Network")
    assert choice.locator("option[value=own]").is_disabled()
    write(page, SMALL)
    choice.select_option("alexnet")
    assert state(page, SIZER)["network"] == "alexnet"
    choice.select_option("own")
    assert state(page, SIZER)["lines"] == SMALL
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
        found = state(page, SIZER)
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
    assert state(page, SIZER)["error"] is None and field.get_attribute("aria-invalid") is None
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
    found = sizes_of(show(SIZER), lists)
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
    assert state(page, SIZER) is None
    page.locator("network-sizer").evaluate("sizer => sizer.setAttribute('network', 'vgg16')")
    assert state(page, SIZER)["network"] == "vgg16"
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
