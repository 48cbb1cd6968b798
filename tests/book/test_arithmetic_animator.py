"""The taps of convolutions and transposed ones, step by step, held against PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tests.book.live_figures import (
    assert_refused,
    assert_welcoming,
    follow,
    heard,
    hold_clock,
    plain,
    press,
    spoken,
    state,
    tab_to,
)

pytestmark = pytest.mark.browser

ANIMATOR = "arithmetic-animator"


def output_of(settings, x, w):
    """The layer on one axis, as PyTorch computes it."""
    sizes = {name: settings[name] for name in ("stride", "dilation")}
    layer = F.conv1d if settings["kind"] == "convolution" else F.conv_transpose1d
    return layer(x, w, padding=settings["pad"], **sizes)


def test_fifty_random_layers_of_each_kind_equal_torch(show):
    """Size, and for each output which input meets which weight: sums of them are PyTorch's."""
    rng = np.random.default_rng(91)
    ends = {"input": 8, "kernel": 5, "stride": 4, "pad": 4, "dilation": 4}
    tasks = []
    for number in range(100):
        settings = plain({name: rng.integers(1, end) for name, end in ends.items()})
        settings["pad"] -= 1
        tasks.append({"kind": ["convolution", "transposed"][number % 2], **settings})
    answers = show(ANIMATOR).evaluate(
        """async tasks => {
            const { outputSide, pairsOf } = await import('./arithmetic-math.mjs');
            return tasks.map(settings => {
                const found = outputSide(settings);
                const places = Array.from({ length: found?.side ?? 0 }, (_, at) => at);
                return { found, pairs: places.map(at => pairsOf(settings, at)) };
            });
        }""",
        tasks,
    )
    fitting = 0
    for settings, answer in zip(tasks, answers, strict=True):
        x = torch.from_numpy(rng.normal(size=(1, 1, settings["input"])))
        w = torch.from_numpy(rng.normal(size=(1, 1, settings["kernel"])))
        try:
            expected = output_of(settings, x, w)[0, 0]
        except RuntimeError:
            expected = x[0, 0, :0]
        if not len(expected):
            assert answer["found"] is None
            continue
        fitting += 1
        sums = [sum(x[0, 0, p["input"]] * w[0, 0, p["weight"]] for p in one)
                for one in answer["pairs"]]  # fmt: skip
        np.testing.assert_allclose(np.array(sums, dtype=float), expected, atol=1e-12)
        assert answer["found"]["side"] == len(expected)
    assert fitting >= 50


def test_steps_arrows_and_the_pointer_move_the_kernel(show):
    """Step and Back walk through the output, arrows and hovering choose; all is said."""
    page = show(ANIMATOR, touch=True)
    follow(page, ANIMATOR)
    places = []
    for _ in range(9):
        page.get_by_role("button", name="Step").click()
        chosen = state(page, ANIMATOR)["selected"]
        places.append((chosen["row"], chosen["column"]))
    assert places == [*[*np.ndindex(3, 3)][1:], (0, 0)]
    assert page.locator(".x td.tap").count() == 9
    assert page.locator(".x td.read").count() == 4
    page.get_by_role("button", name="Back").click()
    assert spoken(page).startswith("Output row 2, column 2 reads 4 of the 25 inputs: rows 3, 4")
    tab_to(page, ANIMATOR, "[role=gridcell]")
    press(page, "ArrowUp", "ArrowLeft")
    assert state(page, ANIMATOR)["selected"]["rows"] == [1, 2, 3]
    assert heard(page)[-1] == state(page, ANIMATOR)
    page.locator("[role=gridcell]").nth(5).tap()
    page.wait_for_function(f"document.querySelector('{ANIMATOR}').state.selected.column === 2")
    page.locator("[role=gridcell]").first.hover()
    assert state(page, ANIMATOR)["selected"]["column"] == 0


def test_a_transposed_convolution_reads_between_zeros(show):
    """Stride 2 stretches the input; sizes that give nothing are refused with the formula."""
    page = show(ANIMATOR, 'kind="transposed"')
    assert state(page, ANIMATOR)["side"] == 9
    assert page.locator(".size").inner_text() == "(5 − 1)·2 − 2·1 + 3 = 9"
    assert page.locator(".x td.input").count() == 25
    page.get_by_label("Input").select_option("1")
    page.get_by_label("Padding").select_option("4")
    assert state(page, ANIMATOR)["side"] is None
    assert spoken(page) == "(1 − 1)·2 − 2·4 + 3 leaves no output."
    assert page.get_by_role("button", name="Play").is_disabled()


def test_play_walks_to_the_end_and_stops(show):
    """One place after the other, until Pause or the last one."""
    page = show(ANIMATOR)
    hold_clock(page)
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(1500)
    assert state(page, ANIMATOR)["selected"]["column"] == 2
    page.clock.run_for(60_000)
    assert (state(page, ANIMATOR)["selected"]["row"], spoken(page)[:12]) == (2, "Output row 2")
    assert page.get_by_role("button", name="Play").is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_has_no_barriers_and_fits_the_page(show, theme):
    assert_welcoming(show, ANIMATOR, theme, 'kind="transposed" input="6" stride="3"')


@pytest.mark.parametrize(
    "attributes, reason",
    [
        ('kind="other"', 'kind="other" is not one of convolution, transposed'),
        ('stride="0"', 'stride="0" is not a whole number from 1 to 4'),
        ('input="1" kernel="5" pad="0"', "these sizes have no output"),
    ],
)
def test_attributes_that_make_no_figure_leave_the_fallback(show, attributes, reason):
    assert_refused(show, ANIMATOR, attributes, reason)
