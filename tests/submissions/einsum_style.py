"""Correct answers in another style than the solved notebook's: one einsum for each tap."""

import numpy as np


def conv_output_size(size, kernel, *, stride=1, pad=0):
    if min(stride, kernel) < 1 or pad < 0 or kernel > size + 2 * pad:
        raise ValueError(f"size {size}, kernel {kernel}, stride {stride}, padding {pad}")
    steps, rest = divmod(size - kernel + 2 * pad, stride)
    if rest:
        raise ValueError(f"size {size}, kernel {kernel}, stride {stride}, padding {pad}")
    return steps + 1


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    _, _, KH, KW = w.shape
    OH = conv_output_size(x.shape[2], KH, stride=stride, pad=pad)
    OW = conv_output_size(x.shape[3], KW, stride=stride, pad=pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((x.shape[0], w.shape[0], OH, OW), dtype=x.dtype) + b[:, None, None]
    for u in range(KH):
        for v in range(KW):
            tap = padded[:, :, u : u + stride * OH : stride, v : v + stride * OW : stride]
            out += np.einsum("nchw,fc->nfhw", tap, w[:, :, u, v])
    return out


def conv2d_backward(dout, x, w, b, *, stride=1, pad=0):
    _, _, KH, KW = w.shape
    _, _, OH, OW = dout.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for u in range(KH):
        for v in range(KW):
            rows = slice(u, u + stride * OH, stride)
            columns = slice(v, v + stride * OW, stride)
            dpadded[:, :, rows, columns] += np.einsum("nfhw,fc->nchw", dout, w[:, :, u, v])
            dw[:, :, u, v] = np.einsum("nfhw,nchw->fc", dout, padded[:, :, rows, columns])
    H, W = x.shape[2:]
    return dpadded[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))


def dilated_conv2d_forward(x, w, b, *, stride=1, pad=0, dilation=1):
    F, C, KH, KW = w.shape
    spread = np.zeros((F, C, (KH - 1) * dilation + 1, (KW - 1) * dilation + 1), dtype=w.dtype)
    spread[:, :, ::dilation, ::dilation] = w
    return conv2d_forward(x, spread, b, stride=stride, pad=pad)


def locally_connected_forward(x, w, b, *, stride=1, pad=0):
    OH, OW, F, _, KH, KW = w.shape
    if conv_output_size(x.shape[2], KH, stride=stride, pad=pad) != OH:
        raise ValueError(f"rows: size {x.shape[2]}, kernel {KH}, stride {stride}, padding {pad}")
    if conv_output_size(x.shape[3], KW, stride=stride, pad=pad) != OW:
        raise ValueError(f"columns: size {x.shape[3]}, kernel {KW}, stride {stride}, padding {pad}")
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((x.shape[0], F, OH, OW), dtype=x.dtype)
    for i in range(OH):
        for j in range(OW):
            top, left = i * stride, j * stride
            window = padded[:, :, top : top + KH, left : left + KW]
            out[:, :, i, j] = np.einsum("nchw,fchw->nf", window, w[i, j]) + b[:, i, j]
    return out
