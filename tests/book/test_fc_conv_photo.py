"""A fully connected neuron over a photograph: held against PyTorch, driven in a browser."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from figure_data import photographs
from torch import nn

from tests.book import live_figures as live

pytestmark = pytest.mark.browser

PHOTO = "fc-conv-photo"
WINDOWS, STRIDES = (16, 24, 32, 40, 48), (1, 2, 4, 8)


def neuron_of(patch):
    """The weights that the figure gives its neuron, as PyTorch computes them."""
    less = patch.double() - patch.double().mean()
    return less / less.square().sum()


def scores_of(picture, window, stride, corner):
    """The answers of one nn.Linear to each crop: a neuron that looks for the patch at a corner."""
    top, left = corner
    neuron = nn.Linear(window**2, 1, bias=False, dtype=torch.float64)
    with torch.no_grad():
        patch = picture[top : top + window, left : left + window]
        neuron.weight.copy_(neuron_of(patch).flatten()[None])
        crops = picture.double().unfold(0, window, stride).unfold(1, window, stride)
        return neuron(crops.flatten(2))[..., 0]


def test_fifty_random_settings_answer_as_a_linear_layer_does(show):
    """The chosen score, the best one elsewhere and the size of the map, for any patch."""
    rng = np.random.default_rng(97)
    page = show(PHOTO)
    pictures = {name: torch.from_numpy(grey.astype(float)) for name, grey in photographs().items()}
    for _ in range(50):
        name = str(rng.choice(list(pictures)))
        window, stride = int(rng.choice(WINDOWS)), int(rng.choice(STRIDES))
        page.locator(PHOTO).evaluate(
            "(figure, given) => Object.entries(given).forEach(([name, value]) =>"
            " figure.setAttribute(name, value))",
            {"picture": name, "window": window, "stride": stride},
        )
        found = live.state(page, PHOTO)
        patch, chosen, best = found["patch"], found["selected"], found["best"]
        scores = scores_of(pictures[name], window, stride, (patch["row"], patch["column"]))
        assert scores.shape == (found["places"], found["places"])
        assert chosen["value"] == pytest.approx(scores[chosen["row"], chosen["column"]].item())
        assert chosen["value"] == pytest.approx(1)
        rows, columns = torch.meshgrid(*[torch.arange(found["places"]) * stride] * 2, indexing="ij")
        away = torch.maximum((rows - patch["row"]).abs(), (columns - patch["column"]).abs())
        highest = scores[away >= window / 2].max().item()
        assert best["value"] == pytest.approx(highest)
        assert scores[best["row"], best["column"]].item() == pytest.approx(highest)


def test_a_neuron_that_knows_one_eye_finds_the_other(show):
    """What the page says of the cat: the second best place is its other eye."""
    best = live.state(show(PHOTO, 'window="24" stride="4"'), PHOTO)["best"]
    middle = [4 * best[axis] + 12 for axis in ("row", "column")]
    assert best["value"] > 0.5
    assert 48 <= middle[0] <= 66 and 108 <= middle[1] <= 122


def test_pointer_finger_and_keys_choose_a_window_and_what_is_looked_for(show):
    """Hovering and arrows choose a score, Enter and the button take its window as weights."""
    page = show(PHOTO, 'stride="8"', touch=True)
    live.follow(page, PHOTO)
    canvas = page.locator("canvas.photo")
    canvas.scroll_into_view_if_needed()
    unit = canvas.bounding_box()["width"] / 128
    canvas.hover(position={"x": 60 * unit, "y": 36 * unit})
    assert live.state(page, PHOTO)["selected"]["row"] == 3
    assert live.state(page, PHOTO)["selected"]["column"] == 6
    canvas.tap(position={"x": 12 * unit, "y": 12 * unit})
    page.wait_for_function(f"document.querySelector('{PHOTO}').state.selected.row === 0")
    live.tab_to(page, PHOTO, "canvas.photo")
    live.press(page, "ArrowDown", "ArrowDown", "ArrowRight")
    chosen = live.state(page, PHOTO)["selected"]
    assert (chosen["row"], chosen["column"]) == (2, 1)
    assert "rows 16 to 39 and columns 8 to 31" in live.spoken(page)
    assert live.heard(page)[-1]["selected"] == chosen
    live.press(page, "Enter")
    assert live.spoken(page) == "The neuron now looks for rows 16 to 39 and columns 8 to 31."
    assert live.state(page, PHOTO)["patch"] == {"row": 16, "column": 8}
    assert live.state(page, PHOTO)["selected"]["value"] == pytest.approx(1)
    live.press(page, "ArrowDown")
    page.get_by_role("button", name="Look for what is framed").click()
    assert live.state(page, PHOTO)["patch"] == {"row": 24, "column": 8}
    page.locator("[name=window]").select_option("40")
    assert live.state(page, PHOTO)["patch"] == {"row": 16, "column": 0}
    assert "(128 − 40)/8 + 1 = 12" in page.locator(".size").inner_text()


def test_an_even_window_is_nothing_to_look_for(show):
    """The black wall in the astronaut's picture is refused; the neuron keeps its weights."""
    page = show(PHOTO, 'picture="astronaut" window="16" stride="8"')
    before = live.state(page, PHOTO)["patch"]
    live.tab_to(page, PHOTO, "canvas.photo")
    even = "This window is nearly even: there is nothing to look for."
    live.press(page, *["ArrowDown"] * 6, *["ArrowRight"] * 9, "Enter")
    assert live.spoken(page) == even
    assert live.state(page, PHOTO)["patch"] == before


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_has_no_barriers_and_fits_the_page(show, theme):
    live.assert_welcoming(show, PHOTO, theme, 'picture="astronaut" window="48" stride="1"')


@pytest.mark.parametrize(
    "attributes, reason",
    [
        ('picture="dog"', 'picture="dog" is not one of cat, coffee, astronaut'),
        ('window="7"', 'window="7" is not one of 16, 24, 32, 40, 48'),
        ('stride="3"', 'stride="3" is not one of 1, 2, 4, 8'),
    ],
)
def test_attributes_that_make_no_figure_leave_the_fallback(show, attributes, reason):
    live.assert_refused(show, PHOTO, attributes, reason)
