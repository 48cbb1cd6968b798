"""How long the parts of VGG-16 take on one thread: time, beside the multiply-adds of the table."""

from __future__ import annotations

import time

import torch
from torch import nn

from .layers import seeded
from .vgg import VGG16

REPEATS = 4


def of_blocks() -> dict[str, float]:
    """Seconds of each block of convolutions, and of the fully connected layers, on one image.

    The least of several runs: what else a machine does can only make a run longer.
    """
    network = seeded(VGG16)
    parts: dict[str, list[nn.Module]] = {}
    block = 1
    for name, module in network.named_children():
        behind = name == "flatten" or "FC" in parts
        parts.setdefault("FC" if behind else f"block {block}", []).append(module)
        block += isinstance(module, nn.MaxPool2d)
    seconds = dict.fromkeys(parts, float("inf"))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    image = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for _ in range(REPEATS):
            x = image
            for name, modules in parts.items():
                start = time.perf_counter()
                for module in modules:
                    x = module(x)
                seconds[name] = min(seconds[name], time.perf_counter() - start)
    torch.set_num_threads(threads)
    return seconds
