"""Training in the page, driven in a real browser."""

from __future__ import annotations

import json
import re
import time

import numpy as np
import pytest

from tests.book.live_figures import (
    assert_refused,
    assert_welcoming,
    data_module,
    press,
    spoken,
    state,
    tab_to,
)

pytestmark = pytest.mark.browser

TRAINER = "convnet-trainer"


def train(page, steps):
    """Starts, and pauses once so many steps are done; what the figure says then."""
    page.locator("button[name=toggle]:not(:disabled)").wait_for()
    page.get_by_role("button", name="Start").click()
    page.wait_for_function(f"document.querySelector('{TRAINER}').state.step >= {steps}")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_function(f"document.querySelector('{TRAINER}').state.running === false")
    return state(page, TRAINER)


def test_it_learns_to_read_and_the_same_seed_runs_the_same(show):
    """After three epochs most unseen digits are right; a second run has the same losses."""
    page = show(TRAINER)
    first = train(page, 150)
    assert first["tests"][0][1] < 0.4
    assert first["tests"][-1][1] > 0.8
    assert first["count"] == 1500
    # The worker still ends the steps that it has begun, and the sentence follows.
    shown = page.wait_for_function(f"""() => {{
        const figure = document.querySelector('{TRAINER}');
        const sentence = figure.shadowRoot.querySelector(".say").innerText;
        return sentence.includes(`Step ${{figure.state.step}}, epoch`) && sentence;
    }}""").json_value()
    assert "297 pictures" in shown
    page.get_by_role("button", name="Reset").click()
    second = train(page, 60)
    common = min(first["step"], second["step"])
    assert first["losses"][:common] == second["losses"][:common]
    page.get_by_label("Seed").fill("1")
    other = train(page, 20)
    assert other["losses"][:20] != first["losses"][:20]


def test_twenty_pictures_are_learned_by_heart(show):
    """The loss of twenty pictures goes towards 0; unseen ones stay worse."""
    page = show(TRAINER)
    page.get_by_label("Overfit twenty pictures").check()
    found = train(page, 150)
    assert found["count"] == 20
    assert np.mean(found["losses"][-5:]) < 0.05
    assert found["tests"][-1][1] < 0.9


def test_an_optimizer_brings_its_rate_and_learns(show):
    """Adam starts with a rate that suits it, and a rate of the reader's own stays."""
    page = show(TRAINER)
    optimizer, rate = page.locator("[name=optimizer]"), page.get_by_label("Learning rate")
    optimizer.select_option("adam")
    assert (state(page, TRAINER)["rate"], rate.input_value()) == (0.01, "0.01")
    assert train(page, 150)["tests"][-1][1] > 0.8
    rate.fill("0.02")
    optimizer.select_option("adagrad")
    assert page.get_by_label("Momentum", exact=True).is_disabled()
    optimizer.select_option("nesterov")
    assert (state(page, TRAINER)["rate"], rate.input_value()) == (0.02, "0.02")


def test_the_run_before_is_drawn_with_the_next_one(show):
    """Both curves are there on one scale, so that two settings can be compared."""
    page = show(TRAINER)
    first = train(page, 30)
    page.locator("[name=optimizer]").select_option("nesterov")
    second = train(page, 10)
    charts = page.locator(".curves figure")
    assert charts.locator(".line.before").count() == 2
    assert "the run before" in charts.first.locator("figcaption").inner_text()
    end = re.search(r"(\d+) steps", charts.first.locator("svg").text_content())
    assert int(end[1]) >= max(first["step"], second["step"])


def test_clothes_are_learned_too(show):
    """The other pictures come only when they are chosen."""
    page = show(TRAINER)
    page.locator("button[name=toggle]:not(:disabled)").wait_for()
    names = "() => performance.getEntriesByType('resource').map(one => one.name).join()"
    assert "trainer-clothes" not in page.evaluate(names)
    page.locator("[name=data]").select_option("clothes")
    found = train(page, 120)
    assert found["tests"][-1][1] > 0.5
    assert "12×12" in page.locator(".sizes").inner_text()
    assert "shirt" in page.locator(".wrong").inner_text()


def test_the_page_never_waits_for_the_training(show):
    """While it trains, the page draws on: no task of its own takes as long as an epoch does."""
    page = show(TRAINER)
    page.locator("button[name=toggle]:not(:disabled)").wait_for()
    page.evaluate(
        """() => {
            window.gaps = [];
            let last = performance.now();
            const beat = () => {
                window.gaps.push(performance.now() - last);
                last = performance.now();
                setTimeout(beat, 5);
            };
            beat();
        }"""
    )
    start = time.perf_counter()
    found = train(page, 100)
    epoch = (time.perf_counter() - start) * 50 / found["step"]
    assert np.median(page.evaluate("window.gaps")) / 1000 < epoch / 10


def test_it_is_driven_by_keyboard_alone(show):
    """Tab reaches pattern, numbers and buttons; keys change, step, start and pause."""
    page = show(TRAINER)
    page.locator("button[name=step]:not(:disabled)").wait_for()
    tab_to(page, TRAINER, "[name=rate]")
    press(page, "ArrowUp")
    assert state(page, TRAINER)["rate"] == pytest.approx(0.06)
    tab_to(page, TRAINER, "[name=step]")
    press(page, "Enter")
    page.wait_for_function(f"document.querySelector('{TRAINER}').state.step === 1")
    assert spoken(page).startswith("Step 1, epoch 1 of 1500 pictures")
    press(page, "Shift+Tab", "Space")
    assert spoken(page) == "Training."
    page.wait_for_function(f"document.querySelector('{TRAINER}').state.step > 5")
    press(page, "Space")
    page.wait_for_function(f"document.querySelector('{TRAINER}').state.running === false")
    tab_to(page, TRAINER, "[name=few]")
    press(page, "Space")
    page.wait_for_function(f"document.querySelector('{TRAINER}').state.count === 20")


def test_a_finger_starts_and_pauses(show):
    """Taps do what clicks do."""
    page = show(TRAINER, touch=True, viewport={"width": 390, "height": 844})
    page.locator("button[name=toggle]:not(:disabled)").wait_for()
    page.get_by_role("button", name="Start").tap()
    page.wait_for_function(f"document.querySelector('{TRAINER}').state.step > 5")
    page.get_by_role("button", name="Pause").tap()
    page.wait_for_function(f"document.querySelector('{TRAINER}').state.running === false")


@pytest.mark.parametrize(
    "pattern, reason",
    [
        ("INPUT -> CONV -> POOL -> FC", "Column 18: POOL cannot follow CONV: a RELU belongs"),
        ("INPUT -> [CONV -> RELU -> POOL]*4 -> FC", "2×2 windows do not tile 1×1"),
        ("INPUT -> conv -> FC", "POOL, FC or [, found conv: layers are in capitals"),
        ("INPUT -> CONV -> RELU", "a pattern ends in FC"),
        ("INPUT -> [CONV -> RELU]*20 -> FC", "that makes 41 layers; here are at most 30"),
    ],
)  # fmt: skip
def test_a_pattern_that_is_none_is_refused_at_its_place(show, pattern, reason):
    """The reason is shown and said, with a caret below the character, until it is mended."""
    page = show(TRAINER)
    field = page.locator("[name=pattern]")
    field.fill(pattern)
    assert reason in page.locator("#wrong").inner_text()
    assert reason in spoken(page)
    assert page.get_by_role("button", name="Start").is_disabled()
    field.fill("INPUT -> FC")
    page.locator("button[name=toggle]:not(:disabled)").wait_for()
    assert page.locator("#wrong").is_hidden()


def test_a_number_out_of_range_is_refused(show):
    """The field is marked, the reason said, and training waits for a right one."""
    page = show(TRAINER)
    page.get_by_label("Learning rate").fill("-1")
    assert spoken(page) == "Learning rate must be a number from 0 to 10."
    assert page.get_by_role("button", name="Start").is_disabled()


def test_a_rate_too_large_is_named(show):
    """When the loss is no number any more, the figure says so and stops."""
    page = show(TRAINER, 'rate="10" decay="1"')
    page.locator("button[name=toggle]:not(:disabled)").wait_for()
    page.get_by_role("button", name="Start").click()
    page.wait_for_function(
        f"document.querySelector('{TRAINER}').shadowRoot.querySelector('.say')"
        ".textContent.includes('no number')"
    )
    assert state(page, TRAINER)["running"] is False


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_has_no_barriers_and_fits_the_page(show, theme):
    assert_welcoming(show, TRAINER, theme, 'data="clothes"')


@pytest.mark.parametrize(
    "attributes, reason",
    [
        ('data="cats"', 'data="cats" is not one of digits, clothes'),
        ('rate="-1"', 'rate="-1" is not a number from 0 to 10'),
        ('kernel="2"', 'kernel="2" is not one of 1, 3, 5'),
    ],
)
def test_attributes_that_make_no_figure_leave_the_fallback(show, attributes, reason):
    assert_refused(show, TRAINER, attributes, reason)


def test_the_pictures_are_those_of_the_data():
    """All 1,797 digits as scikit-learn has them, 1,500 of them to learn from."""
    text = data_module("trainer-digits.mjs").removeprefix("export const DIGITS = ").strip("; \n")
    found = json.loads(text)
    import digits

    split = digits.load(seed=0, test=297)
    letters = re.sub("[A-Z]", lambda run: "a" * (ord(run[0]) - ord("A") + 1), found["pixels"])
    pixels = np.array([ord(sign) - ord("a") for sign in letters]).reshape(-1, 1, 8, 8)
    np.testing.assert_array_equal(pixels[:1500] / 16, split.x_train)
    np.testing.assert_array_equal(pixels[1500:] / 16, split.x_test)
    assert found["labels"] == [*split.y_train.tolist(), *split.y_test.tolist()]
    assert found["train"] == 1500
