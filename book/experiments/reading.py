"""The network that reads what a visitor draws: the ConvNet of `clothes`, on handwritten digits.

The digits of scikit-learn are stretched to 28 × 28. While it learns, each picture is turned,
slanted, resized and moved a little: people do not draw as neatly as these digits lie.
"""

from __future__ import annotations

import math

import digits
import torch
from networks import seeded
from results import stored
from torch import Tensor, nn

from experiments.clothes import quick, small

SIDE = 28
EPOCHS = 30


def disturbed(x: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures (N, 1, 8, 8) at 28 × 28: turned up to 15°, 0.8 to 1.05 as large, moved 2 pixels."""
    N = len(x)

    def drawn(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(N, generator=generator)

    angle, scale = drawn(-math.pi / 12, math.pi / 12), 1 / drawn(0.8, 1.05)
    lean = drawn(-0.2, 0.2)
    cos, sin = scale * angle.cos(), scale * angle.sin()
    right, down = drawn(-0.14, 0.14), drawn(-0.14, 0.14)
    first = torch.stack([cos, lean - sin, right], dim=1)
    second = torch.stack([sin, cos, down], dim=1)
    grid = nn.functional.affine_grid(
        torch.stack([first, second], dim=1), [N, 1, SIDE, SIDE], align_corners=False
    )
    return nn.functional.grid_sample(digits.enlarged(SIDE)(x, generator), grid, align_corners=False)


@stored
def learn(epochs: int, seed: int) -> dict:
    """Train on the digits; the share of test pictures read, as they are, and the weights."""
    split = digits.load(seed=0, test=297)
    net = quick(seeded(small, seed=seed))
    large = digits.enlarged(SIDE)(split.x_test, torch.Generator())
    curve = digits.fit(
        net,
        split._replace(x_test=large),
        epochs=epochs,
        seed=seed,
        batch=50,
        every=epochs,
        prepare=disturbed,
    )
    return {"test": curve.test[-1], "weights": dict(net.state_dict())}


def calls():
    return [(learn, (EPOCHS, 0))]
