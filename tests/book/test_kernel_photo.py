"""A kernel over a photograph: arithmetic held against PyTorch, the figure driven in a browser."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data
from torch.nn import functional as F

from tests.book.live_figures import (
    assert_refused,
    assert_welcoming,
    follow,
    heard,
    press,
    spoken,
    state,
    tab_to,
)

pytestmark = pytest.mark.browser

PHOTO = "kernel-photo"


def test_fifty_random_kernels_equal_torch(show):
    """Output, size and left-over rows by conv2d; what does not fit has no output."""
    rng = np.random.default_rng(81)
    tasks = []
    for _ in range(50):
        side, size, stride, pad, dilation = (int(n) for n in rng.integers(1, (20, 8, 5, 4, 4)))
        settings = {"size": size, "stride": stride, "pad": pad - 1, "dilation": dilation}
        picture = rng.normal(size=side * side).tolist()
        tasks.append([picture, side, rng.normal(size=size * size).tolist(), settings])
    answers = show(PHOTO).evaluate(
        """async tasks => {
            const { correlate, outputSide, windowOf } = await import('./photo-math.mjs');
            return tasks.map(([picture, side, kernel, settings]) => {
                const found = outputSide(side, settings);
                const out = correlate(picture, side, kernel, settings);
                const last = found && { row: found.count - 1, column: 0 };
                const sum = found && windowOf(picture, side, settings, last)
                    .reduce((total, { value }, at) => total + value * kernel[at], 0);
                return { out: out && [...out], found, sum };
            });
        }""",
        tasks,
    )
    fitting = 0
    for (picture, side, kernel, settings), answer in zip(tasks, answers, strict=True):
        size, stride, pad, dilation = settings.values()
        span = side + 2 * pad - (dilation * (size - 1) + 1)
        if span < 0:
            assert answer["out"] is None
            continue
        fitting += 1
        x = torch.tensor(picture, dtype=torch.float64).view(1, 1, side, side)
        w = torch.tensor(kernel, dtype=torch.float64).view(1, 1, size, size)
        out = F.conv2d(x, w, stride=stride, padding=pad, dilation=dilation)[0, 0]
        np.testing.assert_allclose(answer["out"], out.flatten(), rtol=1e-10, atol=1e-12)
        assert answer["found"] == {"count": len(out), "leftOver": span % stride}
        assert answer["sum"] == pytest.approx(out[-1, 0].item(), abs=1e-10)
    assert fitting >= 15


def test_the_photographs_are_the_books(show):
    """The cat in grey, and what an upright edge filter makes of it, as PyTorch computes it."""
    page = show(PHOTO)
    grey = torch.from_numpy(data.chelsea()[10:290, 60:340].mean(axis=2))[None, None]
    x = F.interpolate(grey, size=128, mode="area").round()
    w = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]], dtype=torch.float64)
    out = F.conv2d(x, w[None, None], padding=1)[0, 0]
    found = state(page, PHOTO)
    assert found["weights"] == w.flatten().tolist()
    assert found["selected"]["value"] == out[40, 40].item()
    assert found["side"] == 128


def test_the_pointer_and_the_arrows_move_the_window(show):
    """Hovering chooses an output value; arrows go on; products and sum follow."""
    page = show(PHOTO)
    follow(page, PHOTO)
    canvas = page.locator("canvas.output")
    canvas.scroll_into_view_if_needed()
    unit = canvas.bounding_box()["width"] / 128
    canvas.hover(position={"x": 10.5 * unit, "y": 20.5 * unit})
    assert [state(page, PHOTO)["selected"][key] for key in ("row", "column")] == [20, 10]
    page.locator("canvas.input").hover(position={"x": 30.5 * unit, "y": 50.5 * unit})
    assert [state(page, PHOTO)["selected"][key] for key in ("row", "column")] == [50, 30]
    tab_to(page, PHOTO, "canvas.input")
    press(page, "ArrowDown", "ArrowRight", "ArrowRight")
    chosen = state(page, PHOTO)["selected"]
    assert (chosen["row"], chosen["column"]) == (51, 32)
    assert spoken(page) == f"out[51][32] = {chosen['value']}".replace("-", "−")
    tables = page.locator(".pieces table").evaluate_all(
        "all => all.map(one => [...one.querySelectorAll('td')].map(td => td.textContent))"
    )
    window, weights, products = ([float(n.replace("−", "-")) for n in one] for one in tables)
    assert np.multiply(window, weights).tolist() == products
    assert sum(products) == chosen["value"]
    assert heard(page)[-1]["selected"] == chosen


def test_a_kernel_of_ones_own(show):
    """Weights are typed, arrows go from field to field, the size grows with zeros."""
    page = show(PHOTO, 'kernel="identity"')
    tab_to(page, PHOTO, ".kernel input")
    press(page, "Control+A", "5", "ArrowRight", "Control+A", "-", "2")
    found = state(page, PHOTO)
    assert found["weights"] == [5, -2, 0, 0, 1, 0, 0, 0, 0]
    assert found["kernel"] == "changed"
    page.locator("[name=size]").select_option("4")
    assert state(page, PHOTO)["weights"] == [5, -2, 0, 0, 0, 1, *[0] * 10]
    page.locator(".kernel input").first.fill("five")
    assert spoken(page) == "A weight must be a number."
    page.locator("[name=kernel]").select_option("blur")
    assert state(page, PHOTO)["weights"] == [1 / 16] * 16


def test_sizes_that_do_not_tile_are_told(show):
    """Rows and columns that no window reaches are counted."""
    page = show(PHOTO)
    for name, value in (("size", "4"), ("pad", "0"), ("stride", "4")):
        page.locator(f"[name={name}]").select_option(value)
    assert state(page, PHOTO)["side"] == 32
    assert page.locator(".refusal").is_hidden()
    page.locator("[name=stride]").select_option("3")
    assert state(page, PHOTO)["side"] == 42
    assert "rows and columns: 1." in page.locator(".refusal").inner_text()


def test_a_photograph_of_ones_own_stays_in_the_page(show):
    """It is read by the browser alone: no request leaves, and what is no picture is refused."""
    page = show(PHOTO)
    file = io.BytesIO()
    pixels = np.zeros((200, 300), np.uint8)
    pixels[:, 150:] = 200
    Image.fromarray(pixels).save(file, "PNG")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    field = page.locator("input[type=file]")
    field.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": file.getvalue()})
    page.wait_for_function(f"document.querySelector('{PHOTO}').state.picture === 'own'")
    canvas = page.locator("canvas.output")
    canvas.focus()
    press(page, *["ArrowRight"] * 24)
    chosen = state(page, PHOTO)["selected"]
    assert (chosen["row"], chosen["column"]) == (40, 64)
    assert chosen["value"] == pytest.approx(-800, abs=20), "resizing may blur the edge a little"
    field.set_input_files({"name": "b.png", "mimeType": "image/png", "buffer": b"nothing"})
    page.locator(".refusal:not([hidden])").wait_for()
    assert "no picture" in spoken(page)
    assert not [url for url in asked if not url.startswith(("blob:", "data:"))]


def test_a_finger_chooses_too(show):
    """A tap on the output chooses its value."""
    page = show(PHOTO, touch=True, viewport={"width": 390, "height": 844})
    page.locator("canvas.output").tap(position={"x": 20, "y": 20})
    unit = page.locator("canvas.output").bounding_box()["width"] / 128
    assert state(page, PHOTO)["selected"]["row"] == int(20 / unit)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_has_no_barriers_and_fits_the_page(show, theme):
    assert_welcoming(show, PHOTO, theme, 'picture="coffee" size="7" stride="2" pad="3"')


@pytest.mark.parametrize(
    "attributes, reason",
    [
        ('picture="dog"', 'picture="dog" is not one of cat, coffee, astronaut'),
        ('kernel="magic"', 'kernel="magic" is not one of identity, blur'),
        ('size="9"', 'size="9" is not a whole number from 1 to 7'),
    ],
)
def test_attributes_that_make_no_figure_leave_the_fallback(show, attributes, reason):
    assert_refused(show, PHOTO, attributes, reason)
