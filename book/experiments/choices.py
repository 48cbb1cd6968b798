"""One network on digits in windows of 12 × 12, one setting changed at a time (sizing rules).

1,000 digits train, laid at new places in every epoch; 297 validate, 500 test once at the end.
"""

from __future__ import annotations

import digits
import torch
from networks import layers, seeded
from results import stored
from torch import nn

SIDE, SEEDS, EPOCHS = 12, (0, 1, 2), 40
VARIANTS = {
    "as above": {},
    "POOL takes averages": {"pool": "average"},
    "CONV of stride 2 for POOL": {"pool": "conv"},
    "no POOL": {"pool": "none"},
    "first CONV 6 × 6 of stride 2, no POOL": {"pool": "none", "kernel": 6, "stride": 2},
    "padding": {"pad": 1},
    "padding, a second POOL": {"pad": 1, "end": "max"},
    "padding, average of the map": {"pad": 1, "end": "average"},
}
EARLY = ("as above", "padding, average of the map")


def variant(
    *, kernel: int = 5, stride: int = 1, pad: int = 0, pool: str = "max", end: str = "fc"
) -> nn.Module:
    """CONV, POOL, CONV, then two fully connected layers written as convolutions."""
    between = {
        "max": [nn.MaxPool2d(2)],
        "average": [nn.AvgPool2d(2)],
        "none": [],
        "conv": [nn.Conv2d(12, 12, 2, stride=2), nn.ReLU()],
    }[pool]
    last = {"fc": [], "max": [nn.MaxPool2d(2)], "average": [nn.AdaptiveAvgPool2d(1)]}[end]
    body = nn.Sequential(
        *(nn.Conv2d(1, 12, kernel, stride=stride, padding=pad * (kernel // 2)), nn.ReLU()),
        *(*between, nn.Conv2d(12, 24, 3, padding=pad), nn.ReLU(), *last),
    )
    H, W = body(torch.zeros(1, 1, SIDE, SIDE)).shape[2:]
    head = [nn.Conv2d(24, 48, (H, W)), nn.ReLU(), nn.Conv2d(48, 10, 1), nn.Flatten()]
    return nn.Sequential(*body, *head)


@stored
def trained(name: str, seed: int, epochs: int = EPOCHS) -> dict:
    """Train one variant; its validation share every ten epochs, its test share and its costs."""
    make, shift = (lambda: variant(**VARIANTS[name])), digits.shifted(SIDE)
    split = digits.load(seed)
    placed = split._replace(x_test=shift(split.x_test, torch.Generator().manual_seed(seed + 1)))
    validating = digits.validating(split, 297)
    rng = torch.Generator().manual_seed(seed + 2)
    validating = validating._replace(x_test=shift(validating.x_test, rng))
    net = seeded(make, seed=seed)
    how = {"epochs": epochs, "seed": seed, "lr": 0.1, "batch": 64, "every": 10}
    curve = digits.fit(net, validating, **how, prepare=shift)
    rows = layers(make, (1, SIDE, SIDE))
    return {
        "loss": curve.loss,
        "validation": curve.test,
        "test": digits.accuracy(net, placed.x_test, placed.y_test),
        "parameters": sum(row.weights + row.biases for row in rows),
        "multiply_adds": sum(row.multiply_adds for row in rows),
    }


def calls():
    runs = [(trained, (name, seed)) for name in VARIANTS for seed in SEEDS]
    # What ten epochs would have said, for the quickest and the slowest of them.
    return runs + [(trained, (name, seed, 10)) for name in EARLY for seed in SEEDS]
