"""LeNet-5, which read the digits on cheques: convolution, pooling and training in one network.

LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, 1998.
(The zip codes were read by a smaller network of 1989.) Images are 32×32 so that a digit of 28×28
never touches the edge. 60,000 parameters that are learned, as the paper says.

`PlainLeNet5` is what most people build under this name, with 61,706. The paper's
- pooling learns a factor and a bias for each map:              44 parameters more than none;
- third layer C3 connects each map to some of the maps below: 900 fewer than if it saw all;
- output compares with fixed drawings of the digits:          850 fewer than a linear layer.

Differs from the paper: the drawings (figure 3 there) are our own, on the same 7×12 pixels.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn

# The maps of S2 that each map of C3 sees: the paper's table I, column by column.
SEEN = (
    *((0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5)),
    *((0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5)),
    *((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5)),
)
DIGITS = """
.#####. ...#... .#####. .#####. .....#. ####### ..####. ####### .#####. .#####.
#.....# ..##... #.....# #.....# ....##. #...... .#..... ......# #.....# #.....#
#.....# .#.#... ......# ......# ...#.#. #...... #...... ......# #.....# #.....#
#.....# ...#... ......# ......# ..#..#. #...... #...... .....#. #.....# #.....#
#.....# ...#... .....#. ......# .#...#. #...... #...... .....#. #.....# #.....#
#.....# ...#... ....#.. ..####. #....#. ######. ######. ....#.. .#####. .######
#.....# ...#... ...#... ......# ####### ......# #.....# ....#.. #.....# ......#
#.....# ...#... ..#.... ......# .....#. ......# #.....# ...#... #.....# ......#
#.....# ...#... .#..... ......# .....#. ......# #.....# ...#... #.....# ......#
#.....# ...#... #...... ......# .....#. ......# #.....# ..#.... #.....# ......#
#.....# ...#... #...... #.....# .....#. #.....# #.....# ..#.... #.....# .....#.
.#####. .#####. ####### .#####. .....#. .#####. .#####. ..#.... .#####. .####..
"""


def drawings() -> torch.Tensor:
    """The ten digits as (10, 84) numbers, +1 for ink and -1 for paper."""
    rows = [line.split() for line in DIGITS.strip().split("\n")]
    digits = ["".join(row[digit] for row in rows) for digit in range(10)]
    return torch.tensor([[1.0 if mark == "#" else -1.0 for mark in marks] for marks in digits])


class Squash(nn.Tanh):
    """A tanh(S a), so scaled that ±1 stays ±1."""

    def forward(self, a):
        return 1.7159 * super().forward(a * 2 / 3)


class Subsampling(nn.Module):
    """The sum of every 2×2 square, times a factor, plus a bias; both are learned, for each map."""

    def __init__(self, maps: int):
        super().__init__()
        self.weight = nn.Parameter(torch.full((maps,), 0.25))  # at first, an average
        self.bias = nn.Parameter(torch.zeros(maps))

    def forward(self, x):  # (N, C, H, W) -> (N, C, H/2, W/2)
        sums = 4 * nn.functional.avg_pool2d(x, kernel_size=2)
        return sums * self.weight[:, None, None] + self.bias[:, None, None]


class SparseConv(nn.Module):
    """A convolution where each map sees only some of the maps below."""

    def __init__(self, seen: tuple[tuple[int, ...], ...], kernel: int):
        super().__init__()
        self.seen = seen
        self.maps = nn.ModuleList(nn.Conv2d(len(below), 1, kernel) for below in seen)

    def forward(self, x):
        pairs = zip(self.maps, self.seen, strict=True)
        return torch.cat([conv(x[:, list(below)]) for conv, below in pairs], dim=1)


class Likeness(nn.Module):
    """Minus the squared distance to each drawing: the paper's output, so turned that most wins."""

    def __init__(self):
        super().__init__()
        self.register_buffer("weight", drawings())  # fixed, so it is no parameter

    def forward(self, x):  # (N, 84) -> (N, 10)
        return -(x[:, None, :] - self.weight).square().sum(dim=2)


class LeNet5(nn.Sequential):
    """The paper's: images (N, 1, 32, 32) -> scores (N, 10), at most 0."""

    input_shape = (1, 32, 32)

    def __init__(self):
        super().__init__(
            OrderedDict(
                C1=nn.Conv2d(1, 6, kernel_size=5),  # 28×28
                squash1=Squash(),
                S2=Subsampling(6),  # 14×14
                squash2=Squash(),
                C3=SparseConv(SEEN, kernel=5),  # 10×10
                squash3=Squash(),
                S4=Subsampling(16),  # 5×5
                squash4=Squash(),
                C5=nn.Conv2d(16, 120, kernel_size=5),  # 1×1: fully connected on this size
                squash5=Squash(),
                flatten=nn.Flatten(),
                F6=nn.Linear(120, 84),
                squash6=Squash(),
                output=Likeness(),
            )
        )


class PlainLeNet5(nn.Sequential):
    """Today's reading: images (N, 1, 32, 32) -> scores (N, classes)."""

    input_shape = (1, 32, 32)

    def __init__(self, classes: int = 10):
        super().__init__(
            OrderedDict(
                conv1=nn.Conv2d(1, 6, kernel_size=5),  # 28×28
                relu1=nn.ReLU(),
                pool1=nn.MaxPool2d(kernel_size=2),  # 14×14
                conv2=nn.Conv2d(6, 16, kernel_size=5),  # 10×10
                relu2=nn.ReLU(),
                pool2=nn.MaxPool2d(kernel_size=2),  # 5×5
                flatten=nn.Flatten(),
                fc3=nn.Linear(16 * 5 * 5, 120),
                relu3=nn.ReLU(),
                fc4=nn.Linear(120, 84),
                relu4=nn.ReLU(),
                fc5=nn.Linear(84, classes),
            )
        )
