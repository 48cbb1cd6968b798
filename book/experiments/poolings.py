"""Small networks on digits that differ in how they shrink their maps (the chapter on pooling).

1,000 digits train, 297 validate while training, and 500 test once, at the end. Three seeds each,
which draw the split, the first weights and the order of the pictures.
"""

from __future__ import annotations

from collections.abc import Callable

import digits
import torch
from networks import seeded
from results import stored
from torch import nn

SEEDS, WINDOWS, EPOCHS = (0, 1, 2), (1, 2, 4, 8), 30


def one_pooling(size: int) -> nn.Module:
    """One CONV on 8 × 8, max pooling by windows of `size` × `size`, and a linear classifier."""
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(size)),
        *(nn.Flatten(), nn.Linear(16 * (8 // size) ** 2, 10)),
    )


def conv(inputs: int, filters: int, stride: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(inputs, filters, 3, stride, padding=1 if stride == 1 else 0), nn.ReLU()]


# How one stage takes (inputs, side, side) to (filters, (side - 3) / 2 + 1, …).
STAGES: dict[str, Callable[[int, int], list[nn.Module]]] = {
    "max 3 × 3": lambda C, F: [*conv(C, F), nn.MaxPool2d(3, 2)],
    "average 3 × 3": lambda C, F: [*conv(C, F), nn.AvgPool2d(3, 2)],
    "L2 3 × 3": lambda C, F: [*conv(C, F), nn.LPPool2d(2, 3, 2)],
    "(1) strided": lambda C, F: conv(C, F, 2),
    "(2) all conv": lambda C, F: [*conv(C, F), *conv(F, F, 2)],
    "(3) conv + max": lambda C, F: [*conv(C, F), *conv(F, F), nn.MaxPool2d(3, 2)],
}


def two_stages(name: str) -> nn.Module:
    """15 × 15 → 7 × 7 → 3 × 3 by the named way, then a linear classifier."""
    stage = STAGES[name]
    return nn.Sequential(*stage(1, 8), *stage(8, 16), nn.Flatten(), nn.Linear(16 * 3 * 3, 10))


def train(make: Callable[[], nn.Module], split: digits.Split, seed: int) -> dict:
    """Train to the plateau; the validation share every ten epochs, and the shares at the end."""
    net = seeded(make, seed=seed)
    validating = digits.validating(split, 297)
    curve = digits.fit(net, validating, epochs=EPOCHS, seed=seed, lr=0.03, batch=50, every=10)
    return {
        "parameters": sum(p.numel() for p in net.parameters()),
        "loss": curve.loss,
        "validation": curve.test,
        "train": curve.train[-1],
        "test": digits.accuracy(net, split.x_test, split.y_test),
    }


@stored
def window(size: int, seed: int) -> dict:
    return train(lambda: one_pooling(size), digits.load(seed), seed)


@stored
def shrinking(name: str, seed: int) -> dict:
    split, rng, stretch = digits.load(seed), torch.Generator(), digits.enlarged(15)
    split = split._replace(x_train=stretch(split.x_train, rng), x_test=stretch(split.x_test, rng))
    return train(lambda: two_stages(name), split, seed)


def calls():
    runs = [(window, (size, seed)) for size in WINDOWS for seed in SEEDS]
    return runs + [(shrinking, (name, seed)) for name in STAGES for seed in SEEDS]
