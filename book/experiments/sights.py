"""Pictures of what a network trained on ImageNet sees (the chapter on seeing what it learned).

Every function takes `weights`, the size of the file of weights or 0 where they are not installed,
so that a result is known by what it was computed from.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from networks import efficientnet
from results import stored
from skimage import data
from torch import Tensor, nn

PATCH, STEP = 48, 16
# A block of the network and one of its maps, from the first layers to the last.
UNITS = (
    *(("block2", 3), ("block2", 11), ("block4", 7), ("block4", 30)),
    *(("block8", 5), ("block8", 41), ("block11", 17), ("block11", 60)),
    *(("block14", 20), ("block14", 100), ("block16", 12), ("block16", 200)),
)
# Classes of ImageNet to draw: goldfish, flamingo, jellyfish, strawberry.
DREAMS = (1, 130, 107, 949)


def weights() -> int:
    file = efficientnet.weights_file()
    return file.stat().st_size if file else 0


@stored
def occlusion(weights: int, photo: str, label: int) -> Tensor:
    """The probability of a class while a grey square hides one place after another.

    A map (12, 12): the square is 48 pixels wide and moves by 16.
    """
    network = efficientnet.trained()
    x = efficientnet.prepare(getattr(data, photo)())
    starts = range(0, x.shape[-1] - PATCH + 1, STEP)
    hidden = []
    for i in starts:
        for j in starts:
            copy = x.clone()
            copy[:, :, i : i + PATCH, j : j + PATCH] = 0
            hidden.append(copy)
    with torch.no_grad():
        scores = [network(some) for some in torch.cat(hidden).split(16)]
    p = torch.softmax(torch.cat(scores), dim=1)[:, label]
    return p.reshape(len(starts), len(starts))


def colours() -> Tensor:
    """How the three channels of photographs vary together: a matrix (3, 3) that mixes noise so."""
    photos = (data.astronaut(), data.chelsea(), data.coffee(), data.rocket())
    pixels = np.concatenate([photo.reshape(-1, 3)[::37] for photo in photos]) / 255
    values, vectors = np.linalg.eigh(np.cov(pixels.T))
    mix = torch.from_numpy(vectors * np.sqrt(values) @ vectors.T).float()
    return mix / mix.norm(dim=1).max()


def ascend(score: Callable[[Tensor], Tensor], side: int, steps: int, seed: int) -> Tensor:
    """An image (3, side, side) that makes a score large, as 0 to 255 in uint8.

    Three habits keep it from being noise (Olah et al., 2017): it is a sum of coarse layers and
    fainter fine ones, in colours that vary as those of photographs; it is moved a little in each
    step, so that no single pixel can serve; and differences between neighbours cost something.
    """
    rng, mix = torch.Generator().manual_seed(seed), colours()
    sides = [side // 2**k for k in range(5)]  # from fine to coarse
    layers = [(0.05 * torch.randn(1, 3, s, s, generator=rng)).requires_grad_() for s in sides]
    optimizer = torch.optim.Adam(layers, lr=0.05)

    def image() -> Tensor:
        x = sum(
            0.5 ** (4 - k) * nn.functional.interpolate(layer, side, mode="bilinear")
            for k, layer in enumerate(layers)
        )
        return torch.tanh(2 * torch.einsum("nchw,dc->ndhw", x, mix))

    for _ in range(steps):
        shift = torch.randint(-8, 9, (2,), generator=rng).tolist()
        x = image()
        rough = x.diff(dim=2).square().mean() + x.diff(dim=3).square().mean()
        loss = 30 * rough - score(torch.roll(x, shift, dims=(2, 3)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return (image().detach()[0] * 128 + 127).clamp(0, 255).to(torch.uint8)


@stored
def class_image(weights: int, label: int, side: int = 160, steps: int = 64) -> Tensor:
    """An image that the network scores as high as it can for one class."""
    network = efficientnet.trained()
    return ascend(lambda x: network(x)[0, label], side, steps, seed=0)


@stored
def unit_image(weights: int, block: str, unit: int, side: int = 96, steps: int = 48) -> Tensor:
    """An image that one map of one block answers to as strongly as it can, in its middle."""
    network = efficientnet.trained()
    names = [name for name, _ in network.named_children()]
    part = nn.Sequential(*list(network.children())[: names.index(block) + 1])

    def score(x: Tensor) -> Tensor:
        maps = part(x)[0, unit]
        middle = maps.shape[0] // 2
        return maps[middle - 1 : middle + 1, middle - 1 : middle + 1].mean()

    return ascend(score, side, steps, seed=unit)


def calls():
    size = weights()
    runs = [(occlusion, (size, "coffee", 967)), (occlusion, (size, "chelsea", 285))]
    runs += [(class_image, (size, label)) for label in DREAMS]
    return runs + [(unit_image, (size, block, unit)) for block, unit in UNITS]
