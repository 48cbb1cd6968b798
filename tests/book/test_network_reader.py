"""The network that reads what you draw, driven in a real browser and held against PyTorch."""

from __future__ import annotations

import base64
import io
import json

import digits
import fashion
import numpy as np
import pytest
import torch
from experiments import clothes, reading
from PIL import Image
from torch.nn import functional as F

from tests.book.live_figures import (
    assert_refused,
    assert_welcoming,
    data_module,
    drag,
    follow,
    heard,
    press,
    spoken,
    state,
    tab_to,
    touch,
)

pytestmark = pytest.mark.browser

READER = "network-reader"
# As text, since each number of a list takes Playwright longer than the network takes for it.
VOLUMES = "figure => JSON.stringify(figure.volumes.map(volume => [...volume]))"
# Each digit as one stroke on a square of 100, as a hand draws it.
STROKES = {
    0: "50,10 25,30 25,70 50,90 75,70 75,30 50,10",
    1: "35,30 55,10 55,90",
    2: "25,30 50,10 75,30 25,90 80,90",
    3: "25,15 70,20 45,48 75,70 50,90 25,80",
    4: "60,90 60,10 20,65 85,65",
    5: "75,10 30,10 28,45 65,45 75,70 50,90 25,82",
    6: "65,10 35,40 28,75 50,92 72,72 50,55 30,70",
    7: "22,12 78,12 45,90",
    8: "50,48 30,28 50,10 70,28 50,48 27,70 50,90 73,70 50,48",
    9: "70,30 50,10 30,30 50,48 70,30 66,90",
}


def network(name):
    """The network of the figure, from the results that the book keeps."""
    if name == "digits":
        return clothes.with_weights(reading.learn(reading.EPOCHS, 0))
    return clothes.with_weights(clothes.learn(fashion.source(), clothes.MANY, 5, 0))


def volumes_of(net, x):
    """The input and what each layer makes of it; flattening and dropout are no layers here."""
    kept = [x]
    for layer in net:
        x = layer(x)
        if not isinstance(layer, torch.nn.Flatten | torch.nn.Dropout):
            kept.append(x)
    return kept


def volumes_on(page):
    """The input and what each layer makes of it, as the figure holds them."""
    return json.loads(page.locator(READER).evaluate(VOLUMES))


def names():
    return ["digits"] + ["clothes"] * (fashion.source() == "Fashion-MNIST")


def draw(page, stroke, act, inset=0.0):
    """Draws a stroke on the pad, smaller by an inset on each side."""
    page.locator(".pad").scroll_into_view_if_needed()
    box = page.locator(".pad").bounding_box()
    side, edge = box["width"] * (1 - 2 * inset) / 100, box["width"] * inset
    points = [map(float, point.split(",")) for point in stroke.split()]
    act(page, [(box["x"] + edge + x * side, box["y"] + edge + y * side) for x, y in points])


@pytest.mark.parametrize("name", names())
def test_every_activation_of_fifty_inputs_equals_torch(show, name):
    """All volumes of the network that the build wrote, for noise as for pictures."""
    page, net = show(READER, f'network="{name}"'), network(name)
    double = network(name).double()
    rng = np.random.default_rng(61)
    for _ in range(50):
        x = rng.normal(size=(1, 1, 28, 28)).astype(np.float32)
        page.locator(READER).evaluate("(figure, x) => figure.see(x)", x.ravel().tolist())
        with torch.no_grad():
            exact = volumes_of(double, torch.from_numpy(x).double())
            single = volumes_of(net, torch.from_numpy(x))
        found = volumes_on(page)
        assert len(found) == len(exact) == 8
        for ours, in64, in32 in zip(found, exact, single, strict=True):
            np.testing.assert_allclose(ours, in64.flatten(), rtol=0, atol=1e-10)
            np.testing.assert_allclose(ours, in32.flatten(), rtol=1e-5, atol=1e-5)


def test_samples_are_test_pictures_of_the_data(show):
    """What the first sample shows is read as PyTorch reads it, from the data set's own picture."""
    page, net = show(READER), network("digits")
    split = digits.load(seed=0, test=297)
    first = split.x_test[(split.y_test == 2).nonzero()[0, 0]]
    x = F.interpolate(first[None], size=28, mode="bilinear")
    found = volumes_on(page)
    np.testing.assert_allclose(found[0], x.flatten(), atol=1e-6)
    np.testing.assert_allclose(found[-1], net(x).detach().flatten(), atol=1e-5)
    assert state(page, READER)["best"] == "2"
    rights = 0
    for label in "3456789":
        page.get_by_role("button", name="Next sample").click()
        rights += state(page, READER)["best"] == label
    assert rights >= 6


def test_the_sum_of_any_unit_is_what_autograd_says(show):
    """For a hundred units, inputs, weights and bias make the value, and are autograd's window."""
    page, net = show(READER), network("digits")
    x = torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(3))
    page.locator(READER).evaluate("(figure, x) => figure.see(x)", x.flatten().tolist())
    kept = volumes_of(net, x)
    rng = np.random.default_rng(62)
    layers = [layer for layer in net if not isinstance(layer, torch.nn.Flatten | torch.nn.Dropout)]
    for turn in range(100):
        layer = turn % 7
        at = int(rng.integers(kept[layer + 1].numel()))
        before = kept[layer].detach().requires_grad_()
        fed = before.flatten(1) if isinstance(layers[layer], torch.nn.Linear) else before
        out = layers[layer](fed).flatten()[at]
        out.backward()
        found = page.evaluate(
            """async ([layer, at]) => {
                const { build, inputsOf, parameters } = await import('./net-math.mjs');
                const { NETWORKS } = await import('./reader-networks.mjs');
                const { decoded } = await import('./reading-math.mjs');
                const layers = build(NETWORKS.digits.layers, [1, 28, 28]);
                const flat = decoded(NETWORKS.digits.parameters, Float32Array);
                let start = 0;
                for (const array of parameters(layers)) {
                    array.set(flat.subarray(start, start += array.length));
                }
                return inputsOf(layers[layer], at);
            }""",
            [layer, at],
        )
        values = before.detach().flatten()
        indices = [pair["index"] for pair in found["pairs"]]
        weights = [pair["weight"] for pair in found["pairs"]]
        if None not in weights:
            sums = sum(values[i].item() * w for i, w in zip(indices, weights, strict=True))
            assert sums + found["bias"] == pytest.approx(out.item(), abs=1e-4)
            gradient = torch.zeros_like(values)
            gradient[indices] = torch.tensor(weights)
            torch.testing.assert_close(gradient, before.grad.flatten())
        else:
            least = 0 if isinstance(layers[layer], torch.nn.ReLU) else -torch.inf
            assert max(least, *(values[i].item() for i in indices), least) == out.item()
            assert set(before.grad.flatten().nonzero().flatten().tolist()) <= set(indices)


@pytest.mark.parametrize("act, inset", [(drag, 0.0), (touch, 0.2)])
def test_digits_drawn_by_hand_are_read(show, act, inset):
    """Large with a mouse, small with a finger: the network reads at least eight of ten."""
    page = show(READER, touch=act is touch, viewport={"width": 390, "height": 1600})
    right = []
    for digit, stroke in STROKES.items():
        page.get_by_role("button", name="Clear").click()
        assert "Nothing is drawn" in page.locator(".say").inner_text()
        follow(page, READER)
        draw(page, stroke, act, inset)
        right.append(state(page, READER)["best"] == str(digit))
        assert len(heard(page)) > 1, "the scores should move while somebody draws"
    assert sum(right) >= 8, right


def test_the_keys_draw_too(show):
    """Arrow keys move the pen, the space bar puts it down; a screen reader hears both."""
    page = show(READER)
    page.get_by_role("button", name="Clear").click()
    tab_to(page, READER, ".pad")
    press(page, *["ArrowUp"] * 10, "Space")
    assert spoken(page) == "Pen down."
    press(page, *["ArrowDown"] * 20, "Space")
    assert spoken(page) == "Pen up."
    assert state(page, READER)["best"] == "1"


def test_any_unit_is_reached_by_click_and_by_arrows(show):
    """A click chooses the unit under it; arrows go on; its largest input leads to the pixels."""
    page = show(READER)
    follow(page, READER)
    strip = page.locator(".strip canvas").nth(4)
    strip.scroll_into_view_if_needed()
    strip.click(position={"x": 53 * 3 + 2, "y": 2})
    chosen = state(page, READER)["selected"]
    assert (chosen["layer"], chosen["map"], chosen["row"], chosen["column"]) == (4, 3, 0, 0)
    strip.focus()
    press(page, "ArrowDown", "ArrowDown", "ArrowRight", "PageDown", "ArrowLeft", "ArrowLeft")
    chosen = state(page, READER)["selected"]
    assert (chosen["layer"], chosen["map"], chosen["row"], chosen["column"]) == (4, 4, 2, 0)
    volumes = volumes_on(page)
    assert chosen["value"] == volumes[4][4 * 100 + 20]
    assert spoken(page).startswith("CONV 2, map 4, row 2, column 0: ")
    assert "108 products in 12 maps" in page.locator(".sum").inner_text()
    assert heard(page)[-1]["selected"] == chosen
    down, up = (page.get_by_role("button", name=name) for name in ("Go to its", "Back up"))
    for layer in (3, 2, 1, 0):
        down.click()
        assert state(page, READER)["selected"]["layer"] == layer
    assert down.is_disabled()
    assert "pixel" in page.locator(".sum").inner_text()
    for _ in range(4):
        up.click()
    assert state(page, READER)["selected"] == chosen
    assert up.is_disabled()


def test_the_spelled_out_sum_comes_to_the_value(show):
    """The products of each map, as they are written, add up to the sum that stands there."""
    page = show(READER)
    for layer, keys in ((1, ["ArrowDown"] * 4), (4, ["PageDown"] * 3), (7, ["ArrowRight"] * 2)):
        page.locator(".strip canvas").nth(layer).focus()
        press(page, *keys)
        for part in page.locator(".sum details").all():
            text = part.evaluate("part => part.lastChild.textContent").replace("−", "-")
            left, right = text.split("=")
            terms = [term.strip().replace("(", "").replace(")", "") for term in left.split(" + ")]
            total = sum(np.prod([float(n) for n in term.split("·")]) for term in terms)
            assert total == pytest.approx(float(right), abs=0.02 * len(terms) ** 0.5)


def test_preparing_a_drawing_equals_torch(show):
    """Stretching is bilinear interpolation, shrinking the mean of areas: fifty random pictures."""
    rng = np.random.default_rng(63)
    page = show(READER)
    for _ in range(50):
        small, size, factor = (int(n) for n in rng.integers((2, 2, 1), (12, 40, 6)))
        picture = rng.random((small * factor, small * factor))
        found = page.evaluate(
            """async ([picture, side, small, size]) => {
                const { shrunk, stretched } = await import('./reading-math.mjs');
                return [[...shrunk(picture, side, { top: 0, left: 0, side }, small)],
                        [...stretched(picture, side, size)]];
            }""",
            [picture.ravel().tolist(), small * factor, small, size],
        )
        tensor = torch.from_numpy(picture)[None, None]
        np.testing.assert_allclose(found[0], F.avg_pool2d(tensor, factor).flatten(), atol=1e-12)
        large = F.interpolate(tensor, size=size, mode="bilinear")
        np.testing.assert_allclose(found[1], large.flatten(), atol=1e-6)


def test_a_picture_of_ones_own_is_read(show):
    """A photograph of a dark digit on light paper, with a shadow; what is no picture is refused."""
    page = show(READER)
    split = digits.load(seed=0, test=297)
    digit = split.x_test[(split.y_test == 4).nonzero()[1, 0], 0].numpy()
    paper = np.full((300, 400), 215.0)
    paper += np.linspace(0, 20, 400)
    paper[60:220, 120:280] -= 190 * np.kron(digit, np.ones((20, 20)))
    file = io.BytesIO()
    Image.fromarray(paper.clip(0, 255).astype(np.uint8)).save(file, "PNG")
    field = page.locator("input[type=file]")
    field.set_input_files({"name": "four.png", "mimeType": "image/png", "buffer": file.getvalue()})
    page.wait_for_function(f"document.querySelector('{READER}').state.best === '4'")
    field.set_input_files({"name": "no.png", "mimeType": "image/png", "buffer": b"no picture"})
    page.locator(".refusal:not([hidden])").wait_for()
    assert "no picture" in spoken(page)
    assert state(page, READER)["best"] == "4"


def test_a_dropped_picture_is_read(show):
    """A picture that is dropped on the pad goes the same way."""
    page = show(READER)
    file = io.BytesIO()
    Image.fromarray(np.full((50, 50), 255, np.uint8)).save(file, "PNG")
    page.locator(READER).evaluate(
        """async (figure, data) => {
            const bytes = Uint8Array.from(atob(data), sign => sign.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], 'white.png', { type: 'image/png' }));
            const sheet = figure.shadowRoot.querySelector('.sheet');
            sheet.dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }));
        }""",
        base64.b64encode(file.getvalue()).decode(),
    )
    page.wait_for_function(f"document.querySelector('{READER}').state.empty === true")


def test_the_weights_are_light():
    """Both networks and their samples weigh at most 150 kB."""
    assert len(data_module("reader-networks.mjs")) <= 150_000


def test_the_names_of_the_clothes_are_those_of_the_data(show):
    """The words name the classes in the order of their labels."""
    words = show(READER).evaluate(f"async () => (await import('./{READER}-words.mjs')).WORDS")
    assert words["clothesClasses"].split(", ") == list(fashion.CLASSES)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_has_no_barriers_and_fits_the_page(show, theme):
    assert_welcoming(show, READER, theme, *(f'network="{name}"' for name in names()))


def test_a_network_that_is_not_there_leaves_the_fallback(show):
    assert_refused(show, READER, 'network="faces"', '"faces" is not one of digits')
