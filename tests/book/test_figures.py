"""Figures of the book: light enough for a phone, and exact where they are small."""

import base64
import re
from io import BytesIO

import figures
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

ADDRESS = re.compile(r"data:image/(png|webp);base64,\s*([A-Za-z0-9+/=\s]+)")


@pytest.fixture
def drawn():
    """A function that draws one image in a figure; the kind and the pixels of what is embedded."""

    def draw(image, side=3):
        fig, ax = plt.subplots(figsize=(side, side))
        figures.picture(ax, image)
        svg = figures.themed_svg(fig)
        plt.close(fig)
        kind, text = ADDRESS.search(svg).groups()
        packed = base64.b64decode(text)
        return kind, len(packed), np.asarray(Image.open(BytesIO(packed)).convert("RGBA"))

    return draw


def photograph(side=200):
    """Something smooth with grain, as photographs are: (side, side, 3), 0 to 1."""
    rng = np.random.default_rng(0)
    row, column = np.mgrid[:side, :side] / side
    smooth = np.stack([row, column, row * column], axis=2)
    return np.clip(smooth + 0.03 * rng.standard_normal(smooth.shape), 0, 1)


def test_a_photograph_is_stored_in_a_fraction_of_its_bytes(drawn):
    """It becomes WebP, less than half as large as the PNG, and its colours stay."""
    kind, size, pixels = drawn(photograph())
    png = BytesIO()
    Image.fromarray(pixels).save(png, "PNG")
    assert kind == "webp" and size < len(png.getvalue()) / 2
    inside = pixels[20:-20, 20:-20, :3] / 255
    assert abs(inside.mean(axis=(0, 1)) - photograph().mean(axis=(0, 1))).max() < 0.03


def test_a_map_of_a_few_squares_stays_exact(drawn):
    """A small map has as many colours as it has values."""
    kind, _, pixels = drawn(np.arange(9).reshape(3, 3) / 8)
    solid = pixels[pixels[..., 3] == 255]
    assert kind == "png" and len(np.unique(solid, axis=0)) == 9
