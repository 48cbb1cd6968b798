"""A convolutional layer as matrix products in NumPy, in three ways that differ in speed only.

All take x (N, C, H, W), w (F, C, KH, KW), b (F,) and give out (N, F, OH, OW), in float32 or
float64. None of them saves a multiplication: what differs is how often numbers travel through
memory. `book/performance.md` measures them, and `python -m benchmarks convolutions` compares them
with PyTorch.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

# Columns made at one time. The product reads them right after they were written, and they should
# still be in the cache by then; far below this, the product falls apart into small ones.
BLOCK_BYTES = 4 * 2**20


def windows_as_rows(x, w, b, *, stride=1, pad=0):
    """One product for the whole batch: each window is a row of C·KH·KW numbers.

    The product puts the filters last, so the result is a view with its axes turned.
    """
    F = w.shape[0]
    windows = _windows(_padded(x, pad), w.shape[2:], stride)
    N, _, OH, OW = windows.shape[:4]
    rows = windows.transpose(0, 2, 3, 1, 4, 5).reshape(N * OH * OW, -1)  # a copy
    out = rows @ w.reshape(F, -1).T + b
    return out.reshape(N, OH, OW, F).transpose(0, 3, 1, 2)


def windows_as_columns(x, w, b, *, stride=1, pad=0):
    """One product for each image: each window is a column, as in the notes."""
    F = w.shape[0]
    windows = _windows(_padded(x, pad), w.shape[2:], stride)
    N, _, OH, OW = windows.shape[:4]
    columns = windows.transpose(0, 1, 4, 5, 2, 3).reshape(N, -1, OH * OW)  # a copy
    out = w.reshape(F, -1) @ columns + b[:, np.newaxis]
    return out.reshape(N, F, OH, OW)


def in_blocks(x, w, b, *, stride=1, pad=0, block_bytes=BLOCK_BYTES):
    """One product for each block of columns, which never leaves the cache.

    A block is some images, or some rows of the output of one image where that alone is too much.
    The same buffer holds the columns of all blocks, so that the system hands out its memory once.
    """
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    taps = C * KH * KW
    OH, OW = _places(H, KH, stride, pad), _places(W, KW, stride, pad)
    row_bytes = taps * OW * x.itemsize
    images = min(N, max(1, block_bytes // (row_bytes * OH)))
    rows = min(OH, max(1, block_bytes // row_bytes)) if images == 1 else OH

    weights, bias = w.reshape(F, taps), b[:, np.newaxis]
    out = np.empty((N, F, OH * OW), dtype=x.dtype)
    buffer = np.empty(images * taps * rows * OW, dtype=x.dtype)
    for n in range(0, N, images):
        padded = _padded(x[n : n + images], pad)
        windows = _windows(padded, (KH, KW), stride).transpose(0, 1, 4, 5, 2, 3)
        for row in range(0, OH, rows):
            block = windows[:, :, :, :, row : row + rows]
            columns = buffer[: block.size].reshape(block.shape)
            columns[...] = block
            part = out[n : n + images, :, row * OW : (row + rows) * OW]
            np.matmul(weights, columns.reshape(len(block), taps, -1), out=part)
            part += bias  # now, while it is in the cache
    return out.reshape(N, F, OH, OW)


def _padded(x, pad):
    """The images in a frame of zeros; the images themselves where there is none."""
    if pad == 0:
        return x
    N, C, H, W = x.shape
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=x.dtype)
    padded[:, :, pad:-pad, pad:-pad] = x
    return padded


def _windows(padded, kernel, stride):
    """All windows (N, C, OH, OW, KH, KW): other strides over the same numbers, no copy."""
    for size, taps in zip(padded.shape[2:], kernel, strict=True):
        _places(size, taps, stride, 0)
    return sliding_window_view(padded, kernel, axis=(2, 3))[:, :, ::stride, ::stride]


def _places(size, taps, stride, pad):
    """How many windows fit; `ValueError` where they do not tile."""
    room = size - taps + 2 * pad
    if room < 0 or room % stride:
        raise ValueError(
            f"size {size}, kernel {taps}, stride {stride}, pad {pad}: "
            f"({size} - {taps} + 2·{pad})/{stride} + 1 windows are not a whole number of them"
        )
    return room // stride + 1
