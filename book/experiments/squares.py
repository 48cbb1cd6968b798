"""Digits in larger and larger squares: placed at random, or enlarged with the square (overview).

Two networks learn 500 digits on each size: one fully connected, whose first layer grows with the
square, and one of small filters, whose parameters stay the same. "placed" lays each digit of 8 × 8
anywhere in the empty square; "enlarged" stretches it over the whole square, the control.
"""

from __future__ import annotations

import digits
import torch
from networks import seeded
from results import stored
from torch import nn

SIDES, SEEDS, COUNT = (8, 12, 16, 24), (0, 1, 2), 500
EPOCHS = {"fully connected": 60, "convolutional": 15}


def fully_connected(side: int, hidden: int = 100) -> nn.Module:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(side * side, hidden), nn.ReLU(), nn.Linear(hidden, 10)
    )


def convolutional(side: int = 8) -> nn.Module:
    return nn.Sequential(
        *(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU()),
        *(nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(32, 10)),
    )


MAKERS = {"fully connected": fully_connected, "convolutional": convolutional}


def in_squares(way: str, side: int, seed: int) -> digits.Split:
    """500 training digits and 500 test digits in squares of `side` pixels."""
    x, y, x_test, y_test = digits.load(seed=seed)
    rng = torch.Generator().manual_seed(seed + 1)
    fill = digits.shifted(side) if way == "placed" else digits.enlarged(side)
    return digits.Split(fill(x[:COUNT], rng), y[:COUNT], fill(x_test, rng), y_test)


@stored
def learn(way: str, kind: str, side: int, seed: int) -> dict:
    """Train one network; its parameters, and the shares it names in the end."""
    net = seeded(lambda: MAKERS[kind](side), seed=seed)
    epochs = EPOCHS[kind]
    curve = digits.fit(net, in_squares(way, side, seed), epochs=epochs, seed=seed, every=epochs)
    return {
        "parameters": sum(p.numel() for p in net.parameters()),
        "train": curve.train[-1],
        "test": curve.test[-1],
    }


@stored
def memorized() -> dict:
    """Train on labels drawn at random; the shares of training and of test digits named."""
    split, rng = in_squares("placed", 16, seed=0), torch.Generator().manual_seed(2)
    mislabelled = split._replace(y_train=torch.randint(10, (COUNT,), generator=rng))
    net = seeded(lambda: fully_connected(16, hidden=256))
    curve = digits.fit(net, mislabelled, epochs=60, seed=0, every=60)
    return {"train": curve.train[-1], "test": curve.test[-1]}


@stored
def shuffled(kind: str, seed: int) -> dict:
    """Test shares with the 64 pixels in order, and in one random order for all pictures."""
    split = in_squares("placed", 8, seed)
    order = torch.randperm(64, generator=torch.Generator().manual_seed(3))

    def mix(x):
        return x.reshape(-1, 64)[:, order].reshape(-1, 1, 8, 8)

    mixed = split._replace(x_train=mix(split.x_train), x_test=mix(split.x_test))
    shares = {}
    for name, pictures in [("in order", split), ("shuffled", mixed)]:
        net = seeded(lambda: MAKERS[kind](8), seed=seed)
        epochs = EPOCHS[kind]
        curve = digits.fit(net, pictures, epochs=epochs, seed=seed, every=epochs)
        shares[name] = curve.test[-1]
    return shares


@stored
def wide(hidden: int, seed: int) -> float:
    """The test share of a fully connected network with more neurons, on placed digits."""
    net = seeded(lambda: fully_connected(24, hidden), seed=seed)
    return digits.fit(net, in_squares("placed", 24, seed), epochs=60, seed=seed, every=60).test[-1]


def measured(way: str, kind: str) -> list[list[dict]]:
    """For every side a list of runs, one for each seed."""
    return [[learn(way, kind, side, seed) for seed in SEEDS] for side in SIDES]


def calls():
    ways = [("placed", "fully connected"), ("placed", "convolutional")]
    ways += [("enlarged", "fully connected")]
    runs = [(learn, (*way, side, seed)) for way in ways for side in SIDES for seed in SEEDS]
    runs += [(shuffled, (kind, seed)) for kind in MAKERS for seed in SEEDS]
    return [*runs, (memorized, ()), *((wide, (1000, seed)) for seed in SEEDS)]
