"""The window that slides over a layer and makes the map after it, in the network that reads."""

from __future__ import annotations

import pytest

from tests.book.live_figures import hold_clock, press, spoken, state, tab_to

pytestmark = pytest.mark.browser

READER = "network-reader"
MISSING = (72, 48, 12)  # what is painted where the window has not been
# How many units of the chosen map, on the large canvas, are painted as missing.
COUNT_MISSING = """(figure, [missing, rows, columns]) => {
    const canvas = figure.shadowRoot.querySelector('.own canvas');
    const context = canvas.getContext('2d');
    const unit = canvas.width / columns;
    let count = 0;
    for (let i = 0; i < rows; i += 1) {
        for (let j = 0; j < columns; j += 1) {
            const { data } = context.getImageData((j + 0.5) * unit, (i + 0.5) * unit, 1, 1);
            count += missing.every((part, c) => data[c] === part);
        }
    }
    return count;
}"""


def moving(show):
    """The figure for a reader who does not mind motion, with a clock that the test turns."""
    page = show(READER)
    page.emulate_media(reduced_motion="no-preference")
    hold_clock(page)
    return page


def missing(page, rows, columns):
    return page.locator(READER).evaluate(COUNT_MISSING, [MISSING, rows, columns])


def reached(page):
    found = state(page, READER)["reached"]
    return found and (found["units"], found["of"])


def index(page, columns):
    """Where the chosen unit stands in its map."""
    chosen = state(page, READER)["selected"]
    return chosen["row"] * columns + chosen["column"]


def press_unit(page, layer, x, y):
    strip = page.locator(".strip canvas").nth(layer)
    strip.scroll_into_view_if_needed()
    strip.click(position={"x": x, "y": y})


def test_the_window_makes_the_map_unit_by_unit(show):
    """What it has not reached is missing; it can be held and goes on to the last unit."""
    page = moving(show)
    play = page.locator("[name=play]")
    assert missing(page, 24, 24) == 0
    play.click()
    assert play.inner_text() == "Hold it"
    page.clock.run_for(2000)
    units, of = reached(page)
    assert of == 576 and 50 < units < 400
    assert index(page, 24) == units - 1
    # The frames of the unit and of the window are painted over neighbours, so a few are uncertain.
    assert missing(page, 24, 24) == pytest.approx(of - units, abs=3)
    play.click()
    assert spoken(page) == page.locator(".unit").inner_text()
    page.clock.run_for(5000)
    assert reached(page) == (units, of)
    play.click()
    page.clock.run_for(20_000)
    assert reached(page) == (576, 576)
    assert missing(page, 24, 24) == 0
    assert play.inner_text() == "Slide the window"
    play.click()
    page.clock.run_for(200)
    assert reached(page)[0] < 50, "it should begin anew"


def test_a_step_goes_one_unit_further_and_round(show):
    """By the keys: from the chosen unit to the next one, and after the last to the first."""
    page = show(READER)
    page.locator(".strip canvas").nth(6).focus()
    press(page, *["ArrowDown"] * 4, *["ArrowRight"] * 3)
    assert index(page, 5) == 23
    tab_to(page, READER, "[name=further]")
    press(page, "Enter")
    assert (reached(page), index(page, 5), missing(page, 5, 5)) == ((25, 25), 24, 0)
    assert spoken(page).startswith("POOL 2, map 0, row 4, column 4: ")
    press(page, "Space")
    assert (reached(page), index(page, 5)) == ((1, 25), 0)
    assert missing(page, 5, 5) == 24


def test_the_space_bar_on_a_strip_slides_and_holds(show):
    """Where the unit was chosen with the arrow keys, the same hand starts the window."""
    page = moving(show)
    page.locator(".strip canvas").nth(7).focus()
    press(page, "ArrowRight", "Space")
    page.clock.run_for(1300)
    chosen = state(page, READER)["selected"]
    assert chosen["layer"] == 7 and reached(page)[1] == 10
    press(page, "Space")
    page.clock.run_for(5000)
    assert state(page, READER)["selected"] == chosen
    page.locator(".strip canvas").first.focus()
    press(page, "ArrowRight", "Space")  # before the input there is nothing
    assert page.locator("[name=play]").is_disabled()
    assert reached(page) is None


def test_a_window_slides_to_a_unit_that_is_pressed(show):
    """The unit is chosen at once; the map is complete again when the window is there."""
    page = moving(show)
    press_unit(page, 4, 53 * 3 + 22, 22)
    chosen = state(page, READER)["selected"]
    assert (chosen["layer"], chosen["map"], chosen["row"], chosen["column"]) == (4, 3, 4, 4)
    page.clock.run_for(200)
    assert missing(page, 10, 10) > 50
    assert state(page, READER)["selected"] == chosen
    page.clock.run_for(2000)
    assert missing(page, 10, 10) == 0
    assert page.locator("[name=play]").inner_text() == "Slide the window"
    canvas = page.locator(".own canvas")
    canvas.click(position={"x": 3, "y": 3})
    page.clock.run_for(2000)
    assert index(page, 10) == 0


def test_whoever_wants_no_motion_has_none(show):
    """A pressed unit is there at once; the window goes one unit a second when it is asked to."""
    page = show(READER)
    hold_clock(page)
    press_unit(page, 4, 53 * 3 + 22, 22)
    page.clock.run_for(50)
    assert missing(page, 10, 10) == 0
    page.get_by_role("button", name="Slide the window").click()
    page.clock.run_for(3500)
    assert reached(page) == (3, 100)


def test_drawing_and_choosing_end_it(show):
    """A new input, another unit or another network has complete maps, and nothing moves on."""
    page = moving(show)
    for act in (
        lambda: page.get_by_role("button", name="Next sample").click(),
        lambda: page.get_by_role("button", name="Go to its largest input").click(),
        lambda: page.get_by_role("button", name="Clear").click(),
    ):
        page.get_by_role("button", name="Slide the window").click()
        page.clock.run_for(500)
        assert reached(page)[0] > 1
        act()
        page.clock.run_for(500)
        assert reached(page) is None
        press_unit(page, 1, 5, 5)
        page.clock.run_for(3000)
