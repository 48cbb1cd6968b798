"""The digits of the book: a seed gives one data set, digits stay whole, and networks learn them."""

import importlib.util
from pathlib import Path

import pytest
import torch
from torch import nn

SPEC = importlib.util.spec_from_file_location(
    "digits", Path(__file__).parents[2] / "book" / "digits.py"
)
digits = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(digits)


def seed(number):
    return torch.Generator().manual_seed(number)


@pytest.fixture(scope="module")
def split():
    return digits.load(seed=0)


def small_net(classes=10):
    """A linear classifier whose weights do not depend on the global generator."""
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, classes))
    nn.init.zeros_(net[1].weight)
    nn.init.zeros_(net[1].bias)
    return net


def test_every_digit_is_in_one_part(split):
    """1,297 pictures train and 500 test, in float32 between 0 and 1, ten classes in both."""
    assert split.x_train.shape == (1297, 1, 8, 8) and split.x_test.shape == (500, 1, 8, 8)
    assert split.x_train.dtype == torch.float32 and split.y_train.dtype == torch.int64
    assert split.x_train.min() >= 0 and split.x_train.max() <= 1
    assert set(split.y_train.tolist()) == set(split.y_test.tolist()) == set(range(10))


def test_a_seed_is_an_order(split):
    """The same seed gives the same order, another seed another one."""
    assert torch.equal(digits.load(seed=0).y_test, split.y_test)
    assert not torch.equal(digits.load(seed=1).y_test, split.y_test)


def test_shifted_digits_stay_whole(split):
    """Each picture lies in its square once, untouched, and all places occur."""
    x = split.x_train[:400]
    laid = digits.shifted(11)(x, seed(1))
    assert laid.shape == (400, 1, 11, 11)
    patches = laid[:, 0].unfold(1, 8, 1).unfold(2, 8, 1)  # (400, 4, 4, 8, 8)
    same = (patches == x[:, 0, None, None]).flatten(3).all(dim=3)  # (400, 4, 4)
    assert same.flatten(1).any(dim=1).all() and same.any(dim=0).all()
    assert torch.allclose(laid.sum(dim=(1, 2, 3)), x.sum(dim=(1, 2, 3)))
    assert torch.equal(laid, digits.shifted(11)(x, seed(1)))


def test_shifting_keeps_channels():
    """Colour pictures keep their channels apart."""
    x = torch.rand(3, 2, 4, 5, generator=seed(0))
    laid = digits.shifted(5)(x, seed(2))
    assert laid.shape == (3, 2, 5, 5)
    assert torch.allclose(laid.sum(dim=(2, 3)), x.sum(dim=(2, 3)))


def test_accuracy_counts_right_names(split):
    """A network that always says 3 is right where the label is 3, also over several batches."""
    net = small_net()
    net[1].bias.data[3] = 1
    x, y = split.x_train, split.y_train
    assert digits.accuracy(net, x, y) == (y == 3).double().mean().item()


def test_fit_follows_the_rule_written_out(split):
    """Two steps of momentum with a falling rate, computed by hand from the closed gradient."""
    few = digits.Split(split.x_train[:6], split.y_train[:6], split.x_test, split.y_test)
    net = small_net()
    digits.fit(net, few, epochs=2, seed=5, lr=0.1, momentum=0.9, batch=6)
    x = few.x_train.flatten(1).double()
    target = torch.eye(10, dtype=torch.float64)[few.y_train]
    w, b = torch.zeros(10, 64).double(), torch.zeros(10).double()
    vw, vb = torch.zeros_like(w), torch.zeros_like(b)
    for lr in (0.1, 0.05):  # half a cosine: at its start, and halfway
        slope = (torch.softmax(x @ w.T + b, dim=1) - target) / 6
        vw, vb = 0.9 * vw + slope.T @ x, 0.9 * vb + slope.sum(dim=0)
        w, b = w - lr * vw, b - lr * vb
    assert torch.allclose(net[1].weight.double(), w, atol=1e-6)
    assert torch.allclose(net[1].bias.double(), b, atol=1e-6)


def test_fit_learns_and_repeats(split):
    """The loss falls, test digits are named, and the same seed gives the same curve."""
    first, second = (digits.fit(small_net(), split, epochs=3, seed=0) for _ in range(2))
    assert first == second
    assert first.loss == sorted(first.loss, reverse=True) and first.test[-1] > 0.85
    assert len(first.train) == 3


def test_fit_looks_at_the_shares_as_often_as_it_is_told(split):
    """After every second epoch and in the end; what is learned does not depend on it."""
    often = digits.fit(small_net(), split, epochs=5, seed=0)
    seldom = digits.fit(small_net(), split, epochs=5, seed=0, every=2)
    assert seldom.test == [often.test[1], often.test[3], often.test[4]]
    assert len(seldom.train) == 3 and seldom.loss == often.loss


def test_a_scene_shows_what_it_lists(split):
    """Every listed digit is on the canvas, apart from the others, and there is nothing else."""
    canvas, found = digits.scene(split.x_test, split.y_test, seed(3), rows=2, columns=4)
    assert canvas.shape == (1, 28, 56) and len(found) == 8
    rest = canvas.clone()
    for digit in found:
        place = (0, slice(digit.row, digit.row + 8), slice(digit.column, digit.column + 8))
        same = split.y_test == digit.label
        assert (split.x_test[same, 0] == canvas[place]).flatten(1).all(dim=1).any()
        rest[place] = 0
    assert not rest.any()
    near = [
        max(abs(a.row - b.row), abs(a.column - b.column)) for a in found for b in found if a != b
    ]
    assert min(near) > 8
