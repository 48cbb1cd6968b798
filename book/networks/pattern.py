"""Networks from one line of text: the pattern that most plain ConvNets follow.

    INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC

`[…]*2` repeats, brackets nest, `POOL?` may be left out. A repeat is a number or a letter whose
number is given by keyword, N=2. What does not fit raises `PatternError`, which shows the line and
puts a caret under the character where reading stopped:

    INPUT -> CONV -> POOL -> FC
                     ^
    column 18: POOL cannot follow CONV: a RELU belongs between them
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from torch import nn

from .reading import Layer, PatternError, parse

__all__ = ["Layer", "PatternError", "build", "parse"]


def build(
    text: str,
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    filters: int | Sequence[int] = 32,
    units: int | Sequence[int] = 128,
    kernel: int = 3,
    pool_size: int = 2,
    pool: bool | Sequence[bool] = True,
    **repeats: int,
) -> nn.Sequential:
    """The network of a pattern: images (N, *input_shape) -> scores (N, classes).

    filters, units : of every CONV, and of every FC but the last, which has one for each class; or
        one number for each in the order they run
    kernel, pool_size : of every CONV, whose padding keeps rows and columns; of every POOL, whose
        stride is its size
    """
    layers = parse(text, pool=pool, **repeats)
    if kernel < 1 or kernel % 2 == 0:
        raise ValueError(f"kernel must be odd, so that padding keeps the size, but is {kernel}")
    if pool_size < 1:
        raise ValueError(f"pool_size must be 1 or more, but is {pool_size}")
    count = Counter(layer.kind for layer in layers)
    filters_left = iter(_sizes("filters", filters, count["CONV"]))
    units_left = iter([*_sizes("units", units, count["FC"] - 1), classes])
    C, H, W = input_shape
    network, number = nn.Sequential(), Counter()
    for kind, place, _ in layers:
        number[kind] += 1
        if kind == "CONV":
            inputs, C = C, next(filters_left)
            module = nn.Conv2d(inputs, C, kernel, padding=kernel // 2)
        elif kind == "RELU":
            module = nn.ReLU()
        elif kind == "POOL":
            if H % pool_size or W % pool_size:
                message = f"{pool_size}×{pool_size} windows do not tile {H}×{W}"
                raise PatternError(text, place, message)
            H, W = H // pool_size, W // pool_size
            module = nn.MaxPool2d(pool_size)
        else:
            if number["FC"] == 1:
                network.add_module("flatten", nn.Flatten())
            inputs = C * H * W
            C, H, W = next(units_left), 1, 1
            module = nn.Linear(inputs, C)
        network.add_module(f"{kind.lower()}{number[kind]}", module)
    return network


def _sizes(name: str, given: int | Sequence[int], count: int) -> list[int]:
    """One size for each layer, from one number for all or from a number for each."""
    sizes = [given] * count if isinstance(given, int) else list(given)
    if len(sizes) != count:
        raise ValueError(f"{name} has {len(sizes)} numbers, but {count} layers take one")
    if any(size < 1 for size in sizes):
        raise ValueError(f"{name} must be 1 or more, but are {sizes}")
    return sizes
