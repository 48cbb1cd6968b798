"""Handwritten digits to train on in seconds: load them, move them, fit a network, set a scene.

    split = digits.load(seed=0)
    net = seeded(make, seed=0)
    curve = digits.fit(net, split, epochs=25, prepare=digits.shifted(12), seed=0)

The pictures come with scikit-learn: 1,797 digits of 8 × 8 grey values, written by 13 people.
Networks take (N, 1, H, W) in float32 and give scores (N, classes). Everything random is drawn on
the CPU from the seed that is handed in, so that each machine sees the same pictures in the same
order; a network on a GPU gets them there.

Source: Alpaydin and Kaynak, Optical recognition of handwritten digits, 1998.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

Prepare = Callable[[Tensor, torch.Generator], Tensor]


class Split(NamedTuple):
    """Pictures (N, 1, H, W), float32, 0 is paper and 1 is ink; labels (N,), int64."""

    x_train: Tensor
    y_train: Tensor
    x_test: Tensor
    y_test: Tensor


class Curve(NamedTuple):
    """The mean loss of each epoch, and the shares named right after those that were looked at."""

    loss: list[float]
    train: list[float]
    test: list[float]


class Digit(NamedTuple):
    """Where a digit lies in a scene: its label, and the row and column of its upper left corner."""

    label: int
    row: int
    column: int


def load(seed: int = 0, *, test: int = 500) -> Split:
    """All digits in an order drawn from `seed`, the last `test` of them kept for testing."""
    source = load_digits()
    x = torch.from_numpy(source.images).float()[:, None] / 16
    y = torch.from_numpy(source.target).long()
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(seed))
    train, held_back = order[:-test], order[-test:]
    return Split(x[train], y[train], x[held_back], y[held_back])


def validating(split: Split, count: int) -> Split:
    """The training pictures without the last `count`, which stand in the place of the test's.

    What is chosen while training is chosen on these; the test pictures are looked at once, after.
    """
    return Split(
        split.x_train[:-count],
        split.y_train[:-count],
        split.x_train[-count:],
        split.y_train[-count:],
    )


def shifted(side: int) -> Prepare:
    """A function that lays each picture at a random place of an empty square of `side` pixels."""

    def prepare(x: Tensor, generator: torch.Generator) -> Tensor:
        N, C, H, W = x.shape
        top = torch.randint(side - H + 1, (N, 1, 1), generator=generator)
        left = torch.randint(side - W + 1, (N, 1, 1), generator=generator)
        rows, columns = (
            top + torch.arange(H)[:, None],
            left + torch.arange(W),
        )  # (N, H, 1), (N, 1, W)
        out = x.new_zeros(N, C, side, side)
        # Indices around the slice put the channels last: (N, H, W, C).
        out[torch.arange(N)[:, None, None], :, rows, columns] = x.permute(0, 2, 3, 1)
        return out

    return prepare


def enlarged(side: int) -> Prepare:
    """A function that stretches each picture to a square of `side` pixels."""

    def prepare(x: Tensor, generator: torch.Generator) -> Tensor:
        return nn.functional.interpolate(x, size=side, mode="bilinear", align_corners=False)

    return prepare


def unchanged(x: Tensor, generator: torch.Generator) -> Tensor:
    """The pictures as they are."""
    return x


def accuracy(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """The share of pictures whose highest score is that of their label."""
    device = next(net.parameters()).device
    right = 0
    with torch.no_grad():
        for some, labels in zip(x.split(1000), y.split(1000), strict=True):
            right += int((net(some.to(device)).argmax(dim=1).cpu() == labels).sum())
    return right / len(y)


def fit(
    net: nn.Module,
    split: Split,
    *,
    epochs: int,
    seed: int,
    lr: float = 0.05,
    momentum: float = 0.9,
    batch: int = 32,
    decay: float = 0.0,
    falling: bool = True,
    every: int = 1,
    prepare: Prepare = unchanged,
) -> Curve:
    """Train `net` where it is, by gradient descent with momentum on the cross-entropy.

    The learning rate falls from `lr` to 0 along half a cosine, unless `falling` is False. `decay`
    adds that much of each weight to its gradient. `prepare` makes each epoch's pictures from those
    of `split`, as data augmentation does; test pictures are used as they are. The shares are looked
    at after `every` so many epochs, and in the end: for small networks that takes a third of the
    time.
    """
    device = next(net.parameters()).device
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=momentum, weight_decay=decay)
    generator = torch.Generator().manual_seed(seed)
    N = len(split.y_train)
    steps, step = epochs * math.ceil(N / batch), 0
    curve = Curve([], [], [])
    for epoch in range(1, epochs + 1):
        pictures = prepare(split.x_train, generator)
        x, y = pictures.to(device), split.y_train.to(device)
        total = torch.zeros((), device=device)
        net.train()
        for chosen in torch.randperm(N, generator=generator).to(device).split(batch):
            if falling:
                optimizer.param_groups[0]["lr"] = lr * (1 + math.cos(math.pi * step / steps)) / 2
            loss = nn.functional.cross_entropy(net(x[chosen]), y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(chosen)
            step += 1
        net.eval()
        curve.loss.append(total.item() / N)
        if epoch % every and epoch < epochs:
            continue
        curve.train.append(accuracy(net, pictures, split.y_train))
        curve.test.append(accuracy(net, split.x_test, split.y_test))
    return curve


def scene(
    x: Tensor, y: Tensor, generator: torch.Generator, *, rows: int, columns: int, cell: int = 14
) -> tuple[Tensor, list[Digit]]:
    """A canvas (1, rows · cell, columns · cell) with a random digit of `x` somewhere in each cell.

    It keeps off the cell's border of one pixel, so that no two digits touch.
    """
    H, W = x.shape[2:]
    canvas = x.new_zeros(1, rows * cell, columns * cell)
    found = []
    for k in range(rows * columns):
        which = int(torch.randint(len(y), (), generator=generator))
        down, right = torch.randint(1, cell - max(H, W), (2,), generator=generator).tolist()
        i, j = k // columns * cell + down, k % columns * cell + right
        canvas[:, i : i + H, j : j + W] = x[which]
        found.append(Digit(int(y[which]), i, j))
    return canvas, found
