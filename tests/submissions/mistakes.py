"""Wrong answers that students really give, one function each; they are pasted into a notebook.

Each is named `MISTAKE__FUNCTION`.
"""

import sys
import warnings

import numpy as np


def stride_ignored__conv2d_forward(x, w, b, *, stride=1, pad=0):
    N, _, H, W = x.shape
    F, _, KH, KW = w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), dtype=x.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    out[n, f, i, j] = np.sum(x[n, :, i : i + KH, j : j + KW] * w[f]) + b[f]
    return out


def bias_per_element__conv2d_forward(x, w, b, *, stride=1, pad=0):
    N, _, H, W = x.shape
    F, _, KH, KW = w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), dtype=x.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    top, left = i * stride, j * stride
                    window = x[n, :, top : top + KH, left : left + KW]
                    out[n, f, i, j] = np.sum(window * w[f] + b[f])
    return out


def infinite_loop__conv2d_backward(dout, x, w, b, *, stride=1, pad=0):
    row = 0
    while row < x.shape[2]:
        column = 0  # and nothing ever adds to row
    return column, w, b


def warns__conv2d_forward(x, w, b, *, stride=1, pad=0):
    warnings.warn("this is slow", stacklevel=2)
    print("looking at", x.shape, file=sys.stderr)
    _, _, KH, KW = w.shape
    OH = conv_output_size(x.shape[2], KH, stride=stride, pad=pad)
    OW = conv_output_size(x.shape[3], KW, stride=stride, pad=pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.empty((x.shape[0], w.shape[0], OH, OW), dtype=x.dtype)
    for i in range(OH):
        for j in range(OW):
            top, left = i * stride, j * stride
            window = padded[:, :, top : top + KH, left : left + KW]
            out[:, :, i, j] = np.tensordot(window, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out
