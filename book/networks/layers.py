"""What a network is made of: a table with a row for every layer, and weights that a seed fixes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from math import prod
from typing import NamedTuple

import torch
from torch import nn

# They have no parameters and leave the number of values as it is: the papers' tables omit them.
ELEMENTWISE = (nn.ReLU, nn.Tanh, nn.Sigmoid, nn.Dropout, nn.Flatten, nn.Identity)


class Row(NamedTuple):
    """One layer, or one block of layers, and what it makes of one image."""

    name: str
    kind: str
    shape: tuple[int, ...]  # (C, H, W), or (units,)
    weights: int
    biases: int
    multiply_adds: int  # of convolutions and fully connected layers: the rest is little beside them

    @property
    def values(self) -> int:
        """How many numbers the layer puts out."""
        return prod(self.shape)


def layers(
    make: Callable[[], nn.Module],
    input_shape: tuple[int, ...] | None = None,
    *,
    depth: int | None = 1,
    device: str = "meta",
) -> list[Row]:
    """A row for the input and for every layer, in the order in which they run.

    make : builds the network, `VGG16` or `lambda: AlexNet(groups=1)`. On the meta device tensors
        have a shape and no numbers, so even 138 million parameters cost neither time nor memory.
    input_shape : (C, H, W) of one image; without it, the network's own `input_shape`
    depth : 1 gives a block (Inception, Bottleneck) one row, as papers do; None opens every block
    """
    with torch.device(device):
        network = make().eval()
        image = torch.empty(1, *(input_shape or network.input_shape))
    rows = [Row("input", "Input", tuple(image.shape[1:]), 0, 0, 0)]
    work = Counter()

    def count_work(name):
        def hook(module, _, out):
            # Every value put out is one inner product with one filter, or one row of the matrix.
            work[name] += out[0].numel() * module.weight[0].numel()

        return hook

    def add_row(name):
        def hook(module, _, out):
            weights, biases = _parameters(module)
            kind = type(module).__name__
            rows.append(Row(name, kind, tuple(out.shape[1:]), weights, biases, work[name]))

        return hook

    for name, module in network.named_modules():
        level = name.split(".") if name else []
        if getattr(module, "weight", None) is not None and module.weight.dim() > 1:
            module.register_forward_hook(count_work(".".join(level[:depth])))
        if not isinstance(module, ELEMENTWISE) and _is_row(module, len(level), depth):
            module.register_forward_hook(add_row(name))
    with torch.no_grad():
        network(image)
    return rows


def _is_row(module: nn.Module, level: int, depth: int | None) -> bool:
    leaf = next(module.children(), None) is None
    if depth is None:
        return leaf
    return level == depth or (leaf and level < depth)


def _parameters(module: nn.Module) -> tuple[int, int]:
    """How many weights and how many biases; a normalization's scales count as weights."""
    named = list(module.named_parameters())
    biases = sum(values.numel() for name, values in named if name.split(".")[-1] == "bias")
    return sum(values.numel() for _, values in named) - biases, biases


def show(rows: Iterable[Row]) -> str:
    """The rows as text, for print, with the sums of the columns that can be added up."""
    rows = list(rows)
    lines = [("layer", "kind", "output", "weights", "biases", "multiply-adds")]
    for row in rows:
        shape = " × ".join(map(str, row.shape))
        lines.append((row.name, row.kind, shape, *(f"{number:,}" for number in row[3:])))
    sums = [sum(row[column] for row in rows) for column in (3, 4, 5)]
    values = f"{sum(row.values for row in rows):,} values"
    lines.append(("sum", "", values, *(f"{number:,}" for number in sums)))
    width = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(size) if place < 2 else cell.rjust(size)
            for place, (cell, size) in enumerate(zip(line, width, strict=True))
        )
        for line in lines
    )


def seeded(make: Callable[[], nn.Module], seed: int = 0) -> nn.Module:
    """The network on the CPU, its weights fixed by the seed alone, ready to look at images.

    Weights are drawn after He et al. (2015), so that signals neither fade nor burst on their way
    through ReLUs; PyTorch's own way makes them fade, and an untrained VGG-16 then gives every image
    the same scores. In ResNet-50 they still grow from block to block, as every block adds to them,
    until its normalizations have seen data. Biases are 0. PyTorch's global generator is left as it
    was.
    """
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        network = make().eval()
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return network
