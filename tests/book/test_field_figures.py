"""The live figures of receptive fields, dilation and net surgery, held against PyTorch."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tests.book.live_figures import (
    assert_refused,
    assert_welcoming,
    follow,
    heard,
    numbers,
    plain,
    press,
    spoken,
    state,
    tab_to,
)

pytestmark = pytest.mark.browser

FIELD, DILATION, SURGERY = "receptive-field", "dilation-figure", "fc-conv-figure"


def double(values):
    return torch.tensor(values, dtype=torch.float64)


def seen_by_gradient(stack, length, unit):
    """The inputs that move one output of a stack on a line, and how many outputs there are."""
    line = torch.zeros(1, 1, length, dtype=torch.float64, requires_grad=True)
    out = line
    for layer in stack:
        weights = torch.ones(1, 1, layer["kernel"], dtype=torch.float64)
        out = F.conv1d(out, weights, stride=layer["stride"], dilation=layer["dilation"])
    out[0, 0, unit].backward()
    return line.grad[0, 0].nonzero().flatten().tolist(), out.shape[-1]


def test_fifty_random_stacks_see_what_the_gradient_says(show):
    """Units seen, field, jump and lengths at every level, against autograd on a line."""
    rng = np.random.default_rng(54)
    stacks = []
    for _ in range(50):
        sizes = {"kernel": 6, "stride": 4, "dilation": 4}
        stacks.append([
            plain({name: rng.integers(1, end) for name, end in sizes.items()})
            for _ in range(rng.integers(1, 6))
        ])  # fmt: skip
    answers = show(FIELD).evaluate(
        """async stacks => {
            const math = await import('./field-math.mjs');
            return stacks.map(stack => {
                const text = stack.map(l => `${l.kernel}/${l.stride}/${l.dilation}`).join(' ');
                const layers = math.parseLayers(text);
                return { layers, fields: math.fields(layers), lengths: math.lengths(layers, 3),
                         seen: [0, 1, 2].map(unit => math.unitsSeen(layers, unit)) };
            });
        }""",
        stacks,
    )
    holes = 0
    for stack, found in zip(stacks, answers, strict=True):
        assert found["layers"] == stack
        assert len(found["lengths"]) == len(found["fields"]) == len(stack) + 1
        for level in range(len(stack)):
            upper = stack[level:]
            for unit in range(3):
                seen, outputs = seen_by_gradient(upper, found["lengths"][level], unit)
                assert outputs == 3, "the lengths should give the three units that were asked for"
                assert found["seen"][unit][level] == seen
        first, second = (found["seen"][unit][0] for unit in (0, 1))
        top = found["fields"][-1]
        assert top["field"] == first[-1] - first[0] + 1
        assert top["jump"] == second[0] - first[0]
        holes += len(first) < top["field"]
    assert holes >= 5


def test_fifty_random_dilations_equal_torch(show):
    """Output by conv2d, taps and the field of two layers by the gradient."""
    rng = np.random.default_rng(55)
    layers = []
    for _ in range(50):
        kernel, dilation = (int(n) for n in rng.integers(1, 5, 2))
        side = int(rng.integers(1, 14))
        settings = {"kernel": kernel, "dilation": dilation, "input": side}
        x, w = numbers(rng, side, side), numbers(rng, kernel, kernel)
        layers.append({"settings": settings, "x": x, "w": w})
    answers = show(DILATION).evaluate(
        """async layers => {
            const math = await import('./dilation-math.mjs');
            const { effectiveKernel } = await import('./size-math.mjs');
            return layers.map(({ settings, x, w }) => {
                const output = math.dilated(x, w, settings);
                const last = { row: output?.length - 1, column: 0 };
                return { output, stack: math.stacked(settings),
                         effective: effectiveKernel(settings),
                         taps: output && math.tapsOf(settings, last) };
            });
        }""",
        layers,
    )
    fitting = 0
    for layer, found in zip(layers, answers, strict=True):
        kernel, dilation, side = layer["settings"].values()
        effective = (kernel - 1) * dilation + 1
        assert found["effective"] == effective
        ones = torch.ones(1, 1, kernel, kernel, dtype=torch.float64)
        two = torch.zeros(1, 1, 2 * effective - 1, 2 * effective - 1, dtype=torch.float64)
        two.requires_grad_()
        out = F.conv2d(F.conv2d(two, ones, dilation=dilation), ones, dilation=dilation)
        assert out.numel() == 1, "the field of two layers should give them one value"
        out.backward()
        ways = found["stack"]["ways"]
        np.testing.assert_array_equal(np.outer(ways, ways), two.grad[0, 0])
        assert found["stack"]["side"] == 2 * effective - 1
        assert found["stack"]["seen"] == int((two.grad != 0).sum())
        if effective > side:
            assert found["output"] is None
            continue
        fitting += 1
        x = double(layer["x"])[None, None].requires_grad_()
        expected = F.conv2d(x, double(layer["w"])[None, None], dilation=dilation)[0, 0]
        np.testing.assert_allclose(found["output"], expected.detach(), rtol=1e-12, atol=1e-12)
        F.conv2d(x, ones, dilation=dilation)[0, 0, -1, 0].backward()
        assert found["taps"] == x.grad[0, 0].nonzero().tolist()
    assert 20 <= fitting <= 45


def test_fifty_random_neurons_converted_equal_torch(show):
    """One pass is conv2d, each crop is linear, both agree; what does not tile has no output."""
    rng = np.random.default_rng(56)
    layers = []
    for _ in range(50):
        side, window, stride = (int(rng.integers(1, end)) for end in (11, 6, 4))
        settings = {"input": side, "window": window, "stride": stride}
        x, w = numbers(rng, side, side), numbers(rng, window, window)
        layers.append({"settings": settings, "x": x, "w": w, "b": numbers(rng, 1)[0]})
    answers = show(SURGERY).evaluate(
        """async layers => {
            const math = await import('./fc-conv-math.mjs');
            return layers.map(({ settings, x, w, b }) => {
                const output = math.converted(x, w, b, settings);
                const one = (row, column) =>
                    math.fullyConnected(math.cropOf(x, settings, { row, column }), w, b).value;
                return { output, places: math.placesAside(settings),
                         crops: output?.map((line, i) => line.map((_, j) => one(i, j))),
                         work: output && math.work(settings) };
            });
        }""",
        layers,
    )
    tiled = 0
    for layer, found in zip(layers, answers, strict=True):
        side, window, stride = layer["settings"].values()
        if side < window or (side - window) % stride:
            assert found["output"] is None and found["places"] is None
            continue
        tiled += 1
        x, w, b = (double(layer[name]) for name in "xwb")
        expected = F.conv2d(x[None, None], w[None, None], b[None], stride=stride)[0, 0]
        np.testing.assert_allclose(found["output"], expected, rtol=1e-12, atol=1e-12)
        crops = x.unfold(0, window, stride).unfold(1, window, stride).flatten(2)
        answers_of_crops = F.linear(crops, w.flatten()[None], b[None])[..., 0]
        np.testing.assert_allclose(found["crops"], answers_of_crops, rtol=1e-12, atol=1e-12)
        assert found["places"] == len(expected)
        assert found["work"] == {
            "crops": crops[..., 0].numel(), "cropValues": crops.numel(), "passValues": x.numel(),
            "multiplyAdds": expected.numel() * w.numel(),
        }  # fmt: skip
    assert 15 <= tiled <= 45


def test_a_stack_is_edited_by_keyboard(show):
    """Another unit, another stride, a layer more and one less: all without a mouse."""
    page = show(FIELD, 'layers="3/1 3/1 3/1"')
    before = state(page, FIELD)
    assert before["fields"] == [1, 3, 5, 7]
    assert spoken(page) == "", "a page that was only opened should not speak"
    follow(page, FIELD)
    tab_to(page, FIELD, "[name=unit]")
    press(page, "Home")
    assert state(page, FIELD)["unit"] == 0
    assert state(page, FIELD)["seen"][0] == list(range(7))
    assert "0–6" in spoken(page)
    assert "0–6" in page.locator(".seen").inner_text()
    press(page, "ArrowRight")
    assert state(page, FIELD)["seen"][0] == list(range(1, 8))
    assert heard(page)[-1] == state(page, FIELD)
    tab_to(page, FIELD, "[name=stride]")
    press(page, "ArrowUp")
    assert state(page, FIELD)["jumps"] == [1, 2, 2, 2]
    assert state(page, FIELD)["fields"] == [1, 3, 7, 11]
    press(page, "Backspace")
    assert "must be a whole number from 1 to 16" in spoken(page)
    press(page, "1")
    tab_to(page, FIELD, "[name=add]")
    press(page, "Enter")
    assert state(page, FIELD)["fields"] == [1, 3, 5, 7, 9]
    page.get_by_role("button", name="Remove layer 1").focus()
    press(page, "Enter")
    assert state(page, FIELD)["fields"] == [1, 3, 5, 7]
    assert page.locator(FIELD).evaluate("figure => figure.shadowRoot.activeElement !== null")


def test_the_cone_is_drawn_for_the_units_seen(show):
    """The filled circles of each level are the units of the state."""
    page = show(FIELD, 'layers="3/1 2/2 3/1/2"')
    levels = state(page, FIELD)["seen"]
    assert page.locator("circle.on").count() == sum(map(len, levels))
    assert page.locator("circle.on.input").count() == len(levels[0])
    page.locator(FIELD).evaluate("figure => figure.setAttribute('layers', '11/4 3/2 5/1 3/2')")
    assert state(page, FIELD)["fields"][-1] == 67
    assert page.locator("circle").count() == 0, "single units should not be drawn that small"
    assert page.locator("polygon").count() == 1


def test_the_taps_follow_the_arrow_keys(show):
    """Each arrow moves all taps by one; their sum is written and said."""
    page = show(DILATION, 'kernel="3" dilation="2" input="9"')
    start = state(page, DILATION)
    follow(page, DILATION)
    tab_to(page, DILATION, "[role=gridcell]")
    press(page, "ArrowDown", "ArrowLeft")
    now = state(page, DILATION)
    assert now["taps"] == [[row + 1, column - 1] for row, column in start["taps"]]
    assert heard(page)[-1] == now
    marked = page.locator("table.x td.on").evaluate_all(
        "cells => cells.map(cell => [cell.dataset.row, cell.dataset.column].map(Number))"
    )
    assert marked == now["taps"]
    value = now["selected"]["value"]
    values = [now["x"][row][column] for row, column in now["taps"]]
    assert np.dot(values, np.ravel(now["w"])) == value
    assert page.locator(".sum").inner_text().endswith(str(value).replace("-", "−"))
    assert "rows 2, 4 and 6 and columns 1, 3 and 5" in spoken(page)
    assert "a square of 9×9, but only 25 of its 81 values" in page.locator(".words").inner_text()
    page.get_by_label("Dilation").select_option("1")
    assert state(page, DILATION)["effective"] == 3
    assert "and every value in it" in page.locator(".words").inner_text()
    page.get_by_label("Input").select_option("2")
    assert state(page, DILATION)["output"] is None
    assert spoken(page) == "A filter of 3×3 does not fit into an input of 2×2."


@pytest.mark.parametrize("layers", ["3/1 3/1 3/1", " ".join(["3/1"] * 12), "11/4 3/2 5/1 3/2"])
@pytest.mark.parametrize(
    "viewport", [{"width": 390, "height": 844}, {"width": 1280, "height": 800}]
)
def test_the_drawing_of_a_stack_fits_a_screen(show, layers, viewport):
    """With the sentence and the choice above it, for any number of layers."""
    page = show(FIELD, f'layers="{layers}"', viewport=viewport)
    top = page.locator(FIELD).bounding_box()["y"]
    picture = page.locator("svg.stack").bounding_box()
    assert picture["y"] + picture["height"] - top <= 0.7 * viewport["height"]


def test_numbers_of_the_page_slide_through_the_converted_neuron(show):
    """The crop under the chosen score is cut out, multiplied and added up."""
    given = {"x": [[1, 0, 2, 1], [0, 3, 1, 0], [2, 1, 0, 1], [1, 0, 1, 2]],
             "w": [[0, 1, 0], [1, -2, 1], [0, 1, 0]], "b": 0.5}  # fmt: skip
    child = f'<script type="application/json">{json.dumps(given)}</script>'
    page = show(SURGERY, "", child)
    expected = F.conv2d(double(given["x"])[None, None], double(given["w"])[None, None])[0, 0] + 0.5
    assert state(page, SURGERY)["output"] == expected.tolist()
    follow(page, SURGERY)
    tab_to(page, SURGERY, "[role=gridcell]")
    press(page, "ArrowDown", "ArrowRight", "ArrowRight")
    now = state(page, SURGERY)
    assert now["selected"] == {"row": 1, "column": 1, "value": expected[1, 1].item()}
    assert now["crop"] == [row[1:] for row in given["x"][1:]]
    assert heard(page)[-1] == now
    assert "rows 1 to 3 and columns 1 to 3" in spoken(page)
    assert page.locator("table.x td.on").count() == 9
    assert "4 × 3·3 = 36" in page.locator("dl").inner_text()
    page.get_by_label("Stride").select_option("2")
    assert state(page, SURGERY)["output"] is None
    assert "do not tile a map of 4×4" in spoken(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "name, other",
    [
        (FIELD, 'layers="11/4 3/2 5/1 3/2"'),
        (DILATION, 'kernel="3" dilation="4" input="12"'),
        (SURGERY, 'input="12" window="4" stride="2"'),
    ],
)
def test_they_have_no_barriers_and_fit_the_page(show, name, other, theme):
    assert_welcoming(show, name, theme, other)


@pytest.mark.parametrize(
    "name, attributes, reason",
    [
        (FIELD, 'layers="3x1"', '"3x1" is no layer: write kernel/stride'),
        (FIELD, 'layers=""', "should list 1 to 12 layers"),
        (FIELD, 'layers="40/1"', "kernel 40 is more than 31"),
        (DILATION, 'dilation="0"', 'dilation="0" is not a whole number from 1 to 8'),
        (DILATION, 'input="3"', "A filter of 5×5 does not fit into an input of 3×3"),
        (SURGERY, 'window="three"', 'window="three" is not a whole number from 1 to 12'),
        (SURGERY, 'stride="2"', "do not tile a map of 4×4"),
    ],
)
def test_attributes_that_make_no_figure_leave_the_fallback(show, name, attributes, reason):
    assert_refused(show, name, attributes, reason)


def test_numbers_of_another_shape_leave_the_fallback(show):
    child = '<script type="application/json">{"x": [[1, 2], [3]]}</script><p>kept</p>'
    page = show(SURGERY, "", child)
    assert "x should be 2×2 numbers" in page.get_by_role("alert").inner_text()
    assert page.get_by_text("kept").is_visible()
