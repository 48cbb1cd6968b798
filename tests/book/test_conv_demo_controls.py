"""What a reader does with the convolution demo: steps, choices and numbers of one's own."""

from __future__ import annotations

import numpy as np
import pytest

from tests.book.conv_demo import DEMO, chosen, drawn_volume, read, torch_output
from tests.book.live_figures import hold_clock
from tests.browser import barriers

pytestmark = pytest.mark.browser


def test_step_and_back_walk_through_every_output_value(show):
    """Step visits all 18 values, row by row and filter by filter, and comes round; Back returns."""
    page = show(DEMO)
    places = [chosen(page)]
    for _ in range(18):
        page.get_by_role("button", name="Step").click()
        places.append(chosen(page))
    assert places == [*np.ndindex(2, 3, 3), (0, 0, 0)]
    page.get_by_role("button", name="Back").click()
    assert chosen(page) == (1, 2, 2)


def test_play_steps_once_a_second_until_paused_and_stops_at_the_end(show):
    """Play moves by itself, Pause holds it, and the last value ends it."""
    page = show(DEMO)
    hold_clock(page)
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
    page = show(DEMO)
    status = page.get_by_role("status")
    assert status.inner_text() == "", "a page that was only opened should not speak"
    page.get_by_role("button", name="Step").click()
    value = read(page, "selected")["value"]
    assert status.inner_text() == f"Filter 0, row 0, column 1: {value}.".replace("-", "−")
    hold_clock(page)
    page.locator(DEMO).evaluate(
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
    page = show(DEMO)
    stops = []
    for _ in range(12):
        page.keyboard.press("Tab")
        stops.append(
            page.locator(DEMO).evaluate(
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
    page = show(DEMO)
    taken = page.locator("conv-demo [role=gridcell]").first.evaluate(
        """cell => ['ArrowUp', 'ArrowDown', 'PageDown', 'Tab'].map(key => !cell.dispatchEvent(
            new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })))"""
    )
    assert taken == [True, True, False, False]


def test_choosing_a_filter_keeps_the_place(show):
    """The filter list goes through the depth column: same row and column, another filter."""
    page = show(DEMO)
    page.locator("conv-demo [role=gridcell]").nth(4).click()
    page.get_by_label("Filter").select_option("1")
    assert chosen(page) == (1, 1, 1)


def test_reset_returns_to_the_settings_in_the_markup(show):
    """After any play with it, Reset shows the layer as the page's author wrote it."""
    page = show(DEMO, 'stride="1" pad="0"')
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
    numbers = {name: page.locator(DEMO).evaluate(f"demo => demo.state.{name}") for name in "xwb"}
    expected = torch_output(numbers, stride, pad)
    return np.array_equal(read(page, "output"), expected)


def test_numbers_are_typed_and_the_output_follows(show):
    """Fields in the input, the filters and the biases; a field that holds no number is told."""
    page = show(DEMO)
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
    focused = page.locator(DEMO).evaluate("demo => demo.shadowRoot.activeElement.ariaLabel")
    assert focused == "x, channel 0, row 0, column 1"
    page.get_by_label("b[0]").fill("one")
    assert page.get_by_role("status").inner_text() == "This is no number."
    assert np.array_equal(read(page, "output"), after)
    assert barriers(page) == []
    page.get_by_role("button", name="Reset").click()
    assert np.array_equal(read(page, "output"), before)


def test_random_numbers_and_other_kernels_are_convolved(show):
    """Random draws new numbers each time; a kernel of another size has weights of its own."""
    page = show(DEMO)
    first = read(page, "output")
    page.get_by_role("button", name="Random").click()
    second = read(page, "output")
    assert second != first and equals_torch(page, 2, 1)
    page.get_by_label("Kernel").select_option("5")
    assert np.shape(read(page, "output")) == (2, 2, 2) and equals_torch(page, 2, 1)
    assert drawn_volume(page, "w").shape == (6, 5, 5)


def test_a_pointer_over_the_output_is_enough(show):
    """Hovering chooses, as a tap of a finger does."""
    page = show(DEMO, touch=True)
    page.locator("conv-demo [role=gridcell]").nth(13).tap()
    page.wait_for_function("document.querySelector('conv-demo').selected.filter === 1")
    assert chosen(page) == (1, 1, 1)
    page.locator("conv-demo [role=gridcell]").nth(5).hover()
    assert chosen(page) == (0, 1, 2)
