"""Shallow and deep stacks of blocks on digits, with and without shortcuts (case studies)."""

from __future__ import annotations

import digits
import torch
from networks import seeded
from results import stored
from torch import nn

SEEDS, DEPTHS, EPOCHS = (0, 1, 2), (3, 12), 12


class Block(nn.Module):
    """Two 3×3 convolutions, with or without a shortcut: (N, C, H, W) -> the same."""

    def __init__(self, maps: int, shortcut: bool):
        super().__init__()
        self.shortcut = shortcut
        self.correction = nn.Sequential(
            *(nn.Conv2d(maps, maps, 3, padding=1, bias=False), nn.BatchNorm2d(maps), nn.ReLU()),
            *(nn.Conv2d(maps, maps, 3, padding=1, bias=False), nn.BatchNorm2d(maps)),
        )

    def forward(self, x):
        out = self.correction(x)
        return torch.relu(x + out if self.shortcut else out)


def stack(blocks: int, shortcut: bool, maps: int = 8) -> nn.Module:
    return nn.Sequential(
        *(nn.Conv2d(1, maps, 3, stride=2, padding=1), nn.ReLU()),
        *(Block(maps, shortcut) for _ in range(blocks)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(maps, 10)),
    )


@stored
def losses(blocks: int, shortcut: bool, seed: int) -> list[float]:
    """The mean training loss of every epoch, on 1,200 digits."""
    split = digits.load(seed)
    few = split._replace(x_train=split.x_train[:1200], y_train=split.y_train[:1200])
    net = seeded(lambda: stack(blocks, shortcut), seed=seed).train()
    return digits.fit(net, few, epochs=EPOCHS, seed=seed, lr=0.1, batch=120, every=EPOCHS).loss


def calls():
    return [(losses, (n, way, seed)) for way in (False, True) for n in DEPTHS for seed in SEEDS]
