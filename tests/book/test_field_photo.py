"""What a unit sees of a photograph, held against PyTorch's gradient and driven in a browser."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tests.book import live_figures as live

pytestmark = pytest.mark.browser

FIELD = "field-photo"


def random_stack(rng):
    """Layers with rows and columns on an input of 40 × 40, none of which shrinks it to nothing."""
    layers, side = [], 40
    for _ in range(rng.integers(1, 6)):
        kernel, stride, dilation = (int(n) for n in rng.integers(1, (5, 3, 3)))
        pad = int(rng.integers(0, kernel // 2 + 1))
        reach = dilation * (kernel - 1) + 1
        if side + 2 * pad < reach:
            continue
        layers.append((kernel, stride, pad, dilation))
        side = (side + 2 * pad - reach) // stride + 1
    return layers, side


def test_fields_of_fifty_random_stacks_are_autograds(show):
    """The frame, cut at the edges, goes around all pixels that move the unit, and no more."""
    rng = np.random.default_rng(95)
    tasks = []
    while len(tasks) < 50:
        layers, side = random_stack(rng)
        if layers:
            row, column = (int(n) for n in rng.integers(side, size=2))
            lines = [f"conv 1 {k}x{k} s{s} p{p} d{d}" for k, s, p, d in layers]
            unit = {"row": row, "column": column}
            tasks.append([["input 1x40x40", *lines], unit, layers])
    answers = show(FIELD).evaluate(
        """async tasks => {
            const { sizeNetwork } = await import('./network-math.mjs');
            const { fieldOf } = await import('./field-photo-math.mjs');
            return tasks.map(([lines, unit]) => fieldOf(sizeNetwork(lines).layers.at(-1), unit));
        }""",
        tasks,
    )
    inside = 0
    for (_, unit, layers), box in zip(tasks, answers, strict=True):
        x = torch.zeros(1, 1, 40, 40, dtype=torch.float64, requires_grad=True)
        out = x
        for kernel, stride, pad, dilation in layers:
            ones = torch.ones(1, 1, kernel, kernel, dtype=torch.float64)
            out = F.conv2d(out, ones, stride=stride, padding=pad, dilation=dilation)
        out[0, 0, unit["row"], unit["column"]].backward()
        seen = x.grad[0, 0].nonzero()
        top, left = seen.min(dim=0).values.tolist()
        bottom, right = seen.max(dim=0).values.tolist()
        frame = [box[edge] for edge in ("top", "left", "bottom", "right")]
        if min(frame) >= 0 and max(frame) < 40:
            inside += 1
            assert frame == [top, left, bottom, right]
        else:  # holes of a dilated filter may lie where the edge cuts the frame
            assert frame[0] <= top and frame[1] <= left
            assert bottom <= frame[2] and right <= frame[3]
    assert inside >= 15


def test_the_units_of_vgg_see_what_the_chapter_says(show):
    """The last pooling of VGG-16 sees 212 pixels, 32 apart."""
    page = show(FIELD, 'network="vgg16" layer="18"')
    found = live.state(page, FIELD)
    assert found["layers"][18] == "pool 2x2 s2"
    say = page.locator(".say").inner_text()
    assert "sees 212 × 212 of the 224 × 224 pixels" in say and "32 further on" in say


def test_the_pointer_and_the_arrows_choose_the_unit(show):
    """Hovering, a tap and the arrow keys move the frame; it is said where it lies."""
    page = show(FIELD, 'network="alexnet" layer="2"', touch=True)
    live.follow(page, FIELD)
    canvas = page.locator("canvas")
    width = canvas.bounding_box()["width"]
    canvas.tap(position={"x": 2, "y": 2})
    page.wait_for_function(f"document.querySelector('{FIELD}').state.chosen.row === 0")
    canvas.hover(position={"x": width / 2, "y": width / 4})
    chosen = live.state(page, FIELD)["chosen"]
    middle = (chosen["left"] + chosen["right"] + 1) / 2
    assert abs(middle - 227 / 2) <= 4
    live.tab_to(page, FIELD, "canvas")
    live.press(page, "ArrowRight", "ArrowDown")
    now = live.state(page, FIELD)["chosen"]
    assert (now["row"], now["column"]) == (chosen["row"] + 1, chosen["column"] + 1)
    assert live.heard(page)[-1]["chosen"] == now
    assert f"sees rows {now['top']} to {now['bottom']}" in live.spoken(page)


def test_any_pattern_may_be_written(show):
    """A pattern of one's own is sized; one that cannot be read is told, the last good one stays."""
    page = show(FIELD)
    field = page.get_by_label("Pattern", exact=True)
    field.fill("INPUT -> [CONV -> RELU]*3 -> FC")
    found = live.state(page, FIELD)
    assert (found["network"], len(found["layers"])) == ("own", 4)
    page.locator("[name=layer]").select_option("3")
    assert "sees 7 × 7" in page.locator(".say").inner_text()
    page.locator("[name=kernel]").select_option("5")
    assert "sees 13 × 13" in page.locator(".say").inner_text()
    field.fill("INPUT -> CONV -> POOL -> FC")
    assert "Column 18" in live.spoken(page)
    assert "sees 13 × 13" in page.locator(".say").inner_text()


def test_it_is_at_most_one_screen_tall(show):
    """On a phone and on a wide screen the whole figure fits the window."""
    for viewport in ({"width": 390, "height": 844}, {"width": 1280, "height": 800}):
        page = show(FIELD, viewport=viewport)
        assert page.locator(FIELD).bounding_box()["height"] <= viewport["height"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_has_no_barriers_and_fits_the_page(show, theme):
    live.assert_welcoming(show, FIELD, theme, 'network="own" picture="coffee"')


@pytest.mark.parametrize(
    "attributes, reason",
    [
        ('network="vgg19"', 'network="vgg19" is not one of lenet5'),
        ('picture="dog"', 'picture="dog" is not one of cat'),
        ('network="own" pattern="CONV"', 'pattern="CONV" cannot be read'),
        ('layer="99"', 'layer="99" is not a number from 0 to'),
    ],
)
def test_attributes_that_make_no_figure_leave_the_fallback(show, attributes, reason):
    live.assert_refused(show, FIELD, attributes, reason)
