"""A network that reads a digit in a window of 12 × 12, and one that may say "nothing"."""

from __future__ import annotations

import digits
import torch
from networks import seeded
from results import stored
from torch import Tensor, nn

SIDE = 12


def reader(classes: int = 10) -> nn.Module:
    """CONV, POOL, CONV, and two fully connected layers written as convolutions, no padding."""
    return nn.Sequential(  # (N, 1, 12, 12)
        *(nn.Conv2d(1, 12, 5), nn.ReLU()),  # (N, 12, 8, 8)
        nn.MaxPool2d(2),  # (N, 12, 4, 4)
        *(nn.Conv2d(12, 24, 3), nn.ReLU()),  # (N, 24, 2, 2)
        *(nn.Conv2d(24, 48, 2), nn.ReLU()),  # (N, 48, 1, 1)
        nn.Conv2d(48, classes, 1),  # (N, classes, 1, 1)
        nn.Flatten(),
    )


def labels_of(truth: list[digits.Digit], rows: int, columns: int, stride: int = 2) -> Tensor:
    """A label for each window: its digit if whole, 10 if none is near its middle, else -1."""
    labels = torch.full((rows, columns), 10)
    for i in range(rows):
        for j in range(columns):
            for digit in truth:
                down = abs(digit.row - 2 - stride * i)  # from the middle of the window
                off = max(down, abs(digit.column - 2 - stride * j))
                if off <= 2:  # the digit lies wholly inside
                    labels[i, j] = digit.label
                elif off <= 4:  # it is cut: no label
                    labels[i, j] = -1
    return labels


def windows_from(x: Tensor, y: Tensor, rng: torch.Generator, scenes: int) -> tuple[Tensor, Tensor]:
    """Labelled windows cut from scenes: twice as many digits as nothing."""
    cut, names = [], []
    for _ in range(scenes):
        image, here = digits.scene(x, y, rng, rows=3, columns=3)
        patches = image[0].unfold(0, SIDE, 2).unfold(1, SIDE, 2)  # rows, columns, 12, 12
        labels = labels_of(here, *patches.shape[:2])
        for kind, count in [((labels >= 0) & (labels < 10), 30), (labels == 10, 15)]:
            places = kind.nonzero()
            chosen = places[torch.randperm(len(places), generator=rng)[:count]]
            cut.append(patches[chosen[:, 0], chosen[:, 1]])
            names.append(labels[chosen[:, 0], chosen[:, 1]])
    return torch.cat(cut)[:, None], torch.cat(names)


@stored
def reader_weights(seed: int = 0) -> dict:
    """The weights after twenty passes over digits at random places, and the test share."""
    shift, small = digits.shifted(SIDE), digits.load(seed=0)
    x_test = shift(small.x_test, torch.Generator().manual_seed(1))
    net = seeded(reader, seed=seed)
    split = small._replace(x_test=x_test)
    curve = digits.fit(net, split, epochs=20, seed=seed, lr=0.1, batch=64, every=20, prepare=shift)
    return {"weights": dict(net.state_dict()), "test": curve.test[-1]}


@stored
def finder_weights() -> dict:
    """The same filters, taught an eleventh answer on windows cut from scenes."""
    small, rng = digits.load(seed=0), torch.Generator().manual_seed(9)
    x, y = windows_from(small.x_train, small.y_train, rng, scenes=120)
    x_test, y_test = windows_from(small.x_test, small.y_test, rng, scenes=20)
    net, known = seeded(lambda: reader(11)), reader_weights()["weights"]
    net.load_state_dict({n: v for n, v in known.items() if not n.startswith("7.")}, strict=False)
    curve = digits.fit(net, digits.Split(x, y, x_test, y_test), epochs=4, seed=0, lr=0.02, every=4)
    return {"weights": dict(net.state_dict()), "test": curve.test[-1]}


def with_weights(weights: dict, classes: int = 10) -> nn.Module:
    net = reader(classes)
    net.load_state_dict(weights)
    return net.eval()


def find(finder: nn.Module, canvas: Tensor, threshold: float = 0.5):
    """The heat map of a canvas, and what was found, as (label, row, column) of each window."""
    with torch.no_grad():
        p = torch.softmax(finder[:-1](canvas[None])[0], dim=0)  # (11, rows, columns)
    heat, left, found = 1 - p[10], 1 - p[10], []
    while left.max() > threshold:
        i, j = divmod(int(left.argmax()), left.shape[1])
        found.append((int(p[:10, i, j].argmax()), 2 * i, 2 * j))
        left = left.clone()
        left[max(i - 3, 0) : i + 4, max(j - 3, 0) : j + 4] = 0
    return heat, found


def matches(found: list[tuple[int, int, int]], truth: list[digits.Digit]) -> tuple[int, int]:
    """How many windows hold a whole digit, and how many of these name it."""
    inside = [
        (label, digit.label)
        for label, i, j in found
        for digit in truth
        if 0 <= digit.row - i <= SIDE - 8 and 0 <= digit.column - j <= SIDE - 8
    ]
    return len(inside), sum(a == b for a, b in inside)


def calls():
    return [(reader_weights, ()), (finder_weights, ())]
