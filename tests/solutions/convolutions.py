"""Convolutions of every stride, padding and kernel, and arrays for them."""

import numpy as np
import pytest
import torch

GRID = [
    pytest.param(stride, pad, kernel, id=f"stride{stride}-pad{pad}-kernel{kernel[0]}x{kernel[1]}")
    for stride in (1, 2, 3)
    for pad in (0, 1, 2)
    for kernel in ((3, 2), (1, 4), (3, 3))
]


def layer(kernel, stride, pad, dilation=1, dtype=np.float64):
    """x, w, b with 5 × 7 places: no two of N, C, F, H, W are equal."""
    rng = np.random.default_rng(0)
    H, W = (
        (places - 1) * stride + (taps - 1) * dilation + 1 - 2 * pad
        for places, taps in zip((5, 7), kernel, strict=True)
    )
    shapes = ((2, 3, H, W), (4, 3, *kernel), (4,))
    return tuple(rng.normal(size=shape).astype(dtype) for shape in shapes)


def tensors(*arrays):
    return [torch.from_numpy(array.copy()) for array in arrays]
