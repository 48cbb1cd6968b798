"""The live figures of sizes, im2col and pooling, driven in a browser and held against PyTorch."""

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

POOLINGS = ("max", "average", "L2")


def tiling(rng, *, places, window, stride):
    """A random window, stride and the input that they tile."""
    size, step = int(rng.integers(1, window + 1)), int(rng.integers(1, stride + 1))
    return size, step, (int(rng.integers(1, places + 1)) - 1) * step + size


def double(values):
    return torch.tensor(values, dtype=torch.float64)


def test_fifty_random_layers_have_the_sizes_of_torch(show):
    """Whole sizes are torch's; others are refused, with torch's floor told beside."""
    rng = np.random.default_rng(51)
    ends = {
        "input": (1, 40), "kernel": (1, 8), "stride": (1, 5), "pad": (0, 4), "dilation": (1, 4),
        "filters": (1, 9), "depth": (1, 5),
    }  # fmt: skip
    layers = [plain({name: rng.integers(*end) for name, end in ends.items()}) for _ in range(50)]
    answers = show("size-calculator").evaluate(
        """async layers => {
            const { refusal, sizes } = await import('./size-math.mjs');
            return layers.map(layer => [sizes(layer), refusal(layer)]);
        }""",
        layers,
    )
    kinds = set()
    for layer, (found, reason) in zip(layers, answers, strict=True):
        span = layer["input"] + 2 * layer["pad"] - layer["dilation"] * (layer["kernel"] - 1) - 1
        with torch.device("meta"):
            module = torch.nn.Conv2d(
                layer["depth"], layer["filters"], layer["kernel"], layer["stride"], layer["pad"],
                layer["dilation"],
            )  # fmt: skip
            image = torch.empty(1, layer["depth"], layer["input"], layer["input"])
        if span < 0:
            with pytest.raises(RuntimeError, match="greater than actual input size"):
                module(image)
            assert found["floored"] is None
        else:
            assert found["floored"] == module(image).shape[-1]
        whole = span >= 0 and span % layer["stride"] == 0
        assert found["output"] == (span // layer["stride"] + 1 if whole else None)
        assert (reason is None) == whole
        assert found["parameters"] == sum(p.numel() for p in module.parameters())
        if whole:
            assert found["values"] == module(image).numel()
            per_value = layer["kernel"] ** 2 * layer["depth"]
            assert found["multiplyAdds"] == module(image).numel() * per_value
        for name, values in (found["nearest"] or {}).items():
            for value in values:
                other = {**layer, name: value}
                moved = other["input"] + 2 * other["pad"] - 1
                moved -= other["dilation"] * (other["kernel"] - 1)
                assert moved >= 0 and moved % other["stride"] == 0, (layer, name, value)
        kinds.add((span < 0, whole))
    assert kinds == {(True, False), (False, False), (False, True)}


def test_fifty_random_images_become_the_columns_of_unfold(show):
    """X_col is torch's unfold, and the product with W_row and the bias is the convolution."""
    rng = np.random.default_rng(52)
    layers = []
    for _ in range(50):
        kernel, stride, side = tiling(rng, places=4, window=3, stride=3)
        pad = int(rng.integers(0, min(2, (side - 1) // 2) + 1))
        depth, filters = (int(n) for n in rng.integers(1, 4, 2))
        settings = {"input": side - 2 * pad, "kernel": kernel, "stride": stride, "pad": pad}
        layers.append({
            "settings": {**settings, "depth": depth, "filters": filters},
            "x": numbers(rng, depth, side - 2 * pad, side - 2 * pad),
            "w": numbers(rng, filters, depth, kernel, kernel),
            "b": numbers(rng, filters),
        })  # fmt: skip
    answers = show("im2col-figure").evaluate(
        """async layers => {
            const { columnMatrix, product, rowMatrix } = await import('./im2col-math.mjs');
            return layers.map(({ settings, x, w, b }) => {
                const columns = columnMatrix(x, settings);
                const rows = rowMatrix(w);
                return { columns, rows, output: product(rows, columns, b) };
            });
        }""",
        layers,
    )
    padded = 0
    for layer, found in zip(layers, answers, strict=True):
        x, w, b = (double(layer[name]) for name in "xwb")
        kernel, stride, pad = (layer["settings"][name] for name in ("kernel", "stride", "pad"))
        columns = F.unfold(x[None], kernel, stride=stride, padding=pad)[0]
        drawn = [[value or 0 for value in row] for row in found["columns"]]
        np.testing.assert_array_equal(drawn, columns)
        ones = F.unfold(torch.ones_like(x)[None], kernel, stride=stride, padding=pad)[0]
        nothing = [[value is None for value in row] for row in found["columns"]]
        np.testing.assert_array_equal(nothing, ones == 0)
        padded += bool((ones == 0).any())
        np.testing.assert_array_equal(found["rows"], w.flatten(1))
        expected = F.conv2d(x[None], w, b, stride=stride, padding=pad)[0].flatten(1)
        np.testing.assert_allclose(found["output"], expected, rtol=1e-12, atol=1e-12)
    assert 10 <= padded <= 45


def torch_pool(x, kind, size, stride):
    if kind == "max":
        return F.max_pool2d(x[None, None], size, stride, return_indices=True)
    if kind == "average":
        return F.avg_pool2d(x[None, None], size, stride), None
    windows = x.unfold(0, size, stride).unfold(1, size, stride)
    return windows.square().sum((-1, -2)).sqrt()[None, None], None


def test_fifty_random_poolings_and_their_gradients_are_those_of_autograd(show):
    """Forward, switches (with ties) and backward, for each kind; windows overlap or leave gaps."""
    rng = np.random.default_rng(53)
    poolings = []
    for _ in range(50):
        size, stride, side = tiling(rng, places=4, window=4, stride=4)
        places = (side - size) // stride + 1
        poolings.append({
            "settings": {"input": side, "size": size, "stride": stride},
            "x": rng.integers(1, 5, (side, side)).tolist(),  # few values: many ties
            "dout": numbers(rng, places, places),
        })  # fmt: skip
    answers = show("pooling-figure").evaluate(
        """async poolings => {
            const { KINDS, poolBackward, poolForward } = await import('./pooling-math.mjs');
            return poolings.map(({ settings, x, dout }) => Object.fromEntries(KINDS.map(kind =>
                [kind, { ...poolForward(x, settings, kind),
                         dx: poolBackward(dout, x, settings, kind) }])));
        }""",
        poolings,
    )
    for pooling, kinds in zip(poolings, answers, strict=True):
        assert tuple(kinds) == POOLINGS
        side, size, stride = (pooling["settings"][name] for name in ("input", "size", "stride"))
        for kind, found in kinds.items():
            x = double(pooling["x"]).requires_grad_()
            out, indices = torch_pool(x, kind, size, stride)
            out.backward(double(pooling["dout"])[None, None])
            np.testing.assert_allclose(found["out"], out[0, 0].detach(), rtol=1e-12)
            np.testing.assert_allclose(found["dx"], x.grad, rtol=1e-12, atol=1e-12)
            if indices is not None:
                switches = np.array(found["switches"])
                np.testing.assert_array_equal(switches @ [side, 1], indices[0, 0])


def test_the_calculator_answers_while_one_types(show):
    """A size is answered, a wrong one refused with neighbours that fit, no number is told."""
    page = show("size-calculator", 'input="10" kernel="3" stride="1" filters="4" depth="2"')
    assert state(page, "size-calculator")["output"] == 8
    assert spoken(page) == "", "a page that was only opened should not speak"
    follow(page, "size-calculator")
    tab_to(page, "size-calculator", "[name=stride]")
    press(page, "ArrowUp")
    assert heard(page)[-1] == state(page, "size-calculator")
    assert state(page, "size-calculator")["floored"] == 4
    assert "4.5 is not a whole number" in spoken(page)
    assert "It would with stride 1" in spoken(page)
    press(page, "Backspace")
    assert spoken(page) == "Stride S must be a whole number from 1 to 1000."
    assert page.get_by_label("Stride S").get_attribute("aria-invalid") == "true"
    press(page, "7")
    assert spoken(page) == "Output size: (10 − 3 + 2·0)/7 + 1 = 2"
    assert page.get_by_label("Stride S").get_attribute("aria-invalid") is None


def test_the_keyboard_walks_through_the_columns_of_the_matrix(show):
    """Arrows choose column and tap; window, tap and products on the page follow."""
    page = show("im2col-figure", 'input="4" kernel="2" depth="2" filters="2"')
    follow(page, "im2col-figure")
    tab_to(page, "im2col-figure", "table.c [role=gridcell]")
    press(page, "ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown")
    chosen = state(page, "im2col-figure")["selected"]
    assert (chosen["column"], chosen["row"], chosen["filter"]) == (2, 3, 0)
    assert heard(page)[-1]["selected"] == chosen
    assert "Column 2 is the window of place (0, 2)" in spoken(page)
    assert "tap of channel 0, row 1, column 1" in spoken(page)
    tab_to(page, "im2col-figure", "table.y [role=gridcell]")
    press(page, "ArrowDown")
    chosen = state(page, "im2col-figure")["selected"]
    assert (chosen["column"], chosen["filter"]) == (2, 1)
    window = (
        page.locator("table.x")
        .first.locator("td.on")
        .evaluate_all(
            "cells => cells.map(cell => [cell.dataset.row, cell.dataset.column].map(Number))"
        )
    )
    assert window == [[0, 2], [0, 3], [1, 2], [1, 3]]


def test_the_matrix_says_why_windows_do_not_tile(show):
    """A stride that leaves columns over is refused in a sentence, on the page and when spoken."""
    page = show("im2col-figure", 'input="5" kernel="2"')
    page.get_by_label("Stride").select_option("2")
    assert state(page, "im2col-figure")["output"] is None
    said = page.locator(".refusal").inner_text()
    assert said == (
        "(5 − 2 + 2·0)/2 + 1 = 2.5 is not an integer: a 2×2 window at stride 2 does not tile this "
        "input. Nearest valid strides: 1 and 3."
    )


def test_gradients_typed_into_the_pooling_figure_flow_back(show):
    """Arrows choose a window, the list another kind; a typed gradient reaches dx."""
    given = {"x": [[1, 2, 0, 0], [3, 4, 0, 9], [5, 5, 1, 1], [5, 5, 1, 2]],
             "dout": [[1, 1], [1, 1]]}  # fmt: skip
    child = f'<script type="application/json">{json.dumps(given)}</script>'
    page = show("pooling-figure", 'input="4" size="2" stride="2"', child)
    assert state(page, "pooling-figure")["out"] == [[4, 9], [5, 2]]
    follow(page, "pooling-figure")
    tab_to(page, "pooling-figure", "table.y [role=gridcell]")
    press(page, "ArrowDown")
    assert state(page, "pooling-figure")["selected"] == {"row": 1, "column": 0}
    assert "the first of 4 equal ones" in spoken(page)
    tab_to(page, "pooling-figure", "table.z input")
    press(page, "ControlOrMeta+a", "7")
    assert state(page, "pooling-figure")["dx"][2][:2] == [7, 0]
    assert heard(page)[-1]["dout"] == [[1, 1], [7, 1]]
    page.get_by_label("Keep").select_option("average")
    assert state(page, "pooling-figure")["dx"][2][:2] == [1.75, 1.75]
    assert state(page, "pooling-figure")["switches"] is None
    page.get_by_label("Stride").select_option("3")
    assert state(page, "pooling-figure")["out"] is None
    assert "is not a whole number" in page.locator(".refusal").inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "name, refused",
    [
        ("size-calculator", 'input="10" kernel="3" stride="2"'),
        ("im2col-figure", 'input="5" kernel="2" stride="2"'),
        ("pooling-figure", 'input="5" size="2" stride="2"'),
    ],
)
def test_they_have_no_barriers_and_fit_the_page(show, name, refused, theme):
    assert_welcoming(show, name, theme, refused)


@pytest.mark.parametrize(
    "name, attributes, reason",
    [
        ("size-calculator", 'stride="0"', 'stride="0" is not a whole number from 1 to 1000'),
        ("im2col-figure", 'kernel="two"', 'kernel="two" is not a whole number from 1 to 5'),
        ("pooling-figure", 'input="4.5"', 'input="4.5" is not a whole number from 1 to 10'),
    ],
)
def test_attributes_that_make_no_figure_leave_the_fallback(show, name, attributes, reason):
    assert_refused(show, name, attributes, reason)
