"""Right and wrong ways to write `im2col`."""

from tests.fairness.edits import chaff


def wheat__window_by_window(x, kernel, *, stride=1, pad=0):
    """Fills one column after another, image by image."""
    N, C, H, W = x.shape
    KH, KW = kernel
    for size, k in ((H, KH), (W, KW)):
        if (size - k + 2 * pad) % stride != 0:
            raise ValueError(f"size={size} kernel={k} stride={stride} pad={pad} does not tile")
    oh, ow = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    xp = np.zeros((N, C, H + 2 * pad, W + 2 * pad), x.dtype)
    xp[:, :, pad : pad + H, pad : pad + W] = x
    cols = np.zeros((N, C * KH * KW, oh * ow), x.dtype)
    for n in range(N):
        k = 0
        for i in range(oh):
            for j in range(ow):
                top, left = i * stride, j * stride
                cols[n, :, k] = xp[n, :, top : top + KH, left : left + KW].flatten()
                k += 1
    return cols


def wheat__sliding_window_view(x, kernel, *, stride=1, pad=0):
    """A strided window view, which this assignment allows."""
    from numpy.lib.stride_tricks import sliding_window_view

    for name, size, k in zip(("rows", "columns"), x.shape[2:], kernel):
        if (size + 2 * pad - k) % stride:
            raise ValueError(f"{name}: {size} with kernel {k}, stride {stride}, padding {pad}")
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)], mode="constant")
    view = sliding_window_view(padded, tuple(kernel), axis=(2, 3))[:, :, ::stride, ::stride]
    N, C, OH, OW, KH, KW = view.shape
    return view.transpose(0, 1, 4, 5, 2, 3).reshape(N, C * KH * KW, OH * OW)


def wheat__as_strided(x, kernel, *, stride=1, pad=0):
    """as_strided, with prints and a warning on the way."""
    import warnings

    N, C, H, W = x.shape
    KH, KW = kernel
    print("im2col of", x.shape)
    warnings.warn("I hope the strides are right", stacklevel=2)
    rest = [(H - KH + 2 * pad) % stride, (W - KW + 2 * pad) % stride]
    if any(rest):
        raise ValueError(
            f"({H}, {W}) is not tiled by ({KH}, {KW}) with stride {stride} and padding {pad}"
        )
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    padded = np.ascontiguousarray(np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))))
    sn, sc, sh, sw = padded.strides
    view = np.lib.stride_tricks.as_strided(
        padded, (N, C, KH, KW, OH, OW), (sn, sc, sh, sw, sh * stride, sw * stride)
    )
    return view.reshape(N, C * KH * KW, -1).copy()


def wheat__index_arrays(x, kernel, *, stride=1, pad=0):
    """Fancy indexing with precomputed indices, as in CS231n's im2col.py."""
    N, C, H, W = x.shape
    KH, KW = kernel

    def out_size(size, k):
        steps = (size + 2 * pad - k) / stride
        if steps != int(steps):
            raise ValueError(f"bad geometry: size {size}, k {k}, s {stride}, p {pad}: {steps}")
        return int(steps) + 1

    OH, OW = out_size(H, KH), out_size(W, KW)
    i0 = np.tile(np.repeat(np.arange(KH), KW), C)
    j0 = np.tile(np.arange(KW), KH * C)
    i = i0.reshape(-1, 1) + stride * np.repeat(np.arange(OH), OW).reshape(1, -1)
    j = j0.reshape(-1, 1) + stride * np.tile(np.arange(OW), OH).reshape(1, -1)
    k = np.repeat(np.arange(C), KH * KW).reshape(-1, 1)
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))[:, k, i, j]


def wheat__transposed_view(x, kernel, *, stride=1, pad=0):
    """Appends windows to a list and returns a non-contiguous view."""
    N, C, H, W = x.shape
    KH, KW = kernel
    height, width = H + 2 * pad, W + 2 * pad
    if (height - KH) % stride or (width - KW) % stride:
        raise ValueError(
            f"input {H}x{W}, window {KH}x{KW}, stride {stride}, padding {pad}: do not fit"
        )
    padded = np.pad(x, ((0,), (0,), (pad,), (pad,)))
    windows = []
    for i in range(0, height - KH + 1, stride):
        for j in range(0, width - KW + 1, stride):
            windows.append(padded[:, :, i : i + KH, j : j + KW].reshape(N, -1))
    return np.asarray(windows).transpose(1, 2, 0)


def chaff__torch_unfold(x, kernel, *, stride=1, pad=0):
    """PyTorch does the work: a forbidden route."""
    import torch

    for size, k in zip(x.shape[2:], kernel):
        if (size - k + 2 * pad) % stride:
            raise ValueError(f"{size} {k} {stride} {pad}")
    return torch.nn.functional.unfold(
        torch.from_numpy(x.copy()), tuple(kernel), stride=stride, padding=pad
    ).numpy()


CHAFFS = (
    # The windows start at (i, j) whatever the stride is.
    chaff(
        "stride_ignored",
        ("slice(u, u + OH * stride, stride)", "slice(u, u + OH)"),
        ("slice(v, v + OW * stride, stride)", "slice(v, v + OW)"),
        band="slip",
    ),
    # No zeros are added.
    chaff(
        "pad_ignored",
        ('np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)], mode="constant")', "x"),
        base=wheat__sliding_window_view,
        band="slip",
    ),
    # Repeats the edge where zeros are asked for.
    chaff(
        "pads_with_the_edge",
        ('mode="constant"', 'mode="edge"'),
        base=wheat__sliding_window_view,
        band="slip",
    ),
    # All the zeros go before the image.
    chaff("pads_one_side", ("(pad, pad), (pad, pad)", "(2 * pad, 0), (2 * pad, 0)"), band="slip"),
    # Each window is a row: (N, OH·OW, C·KH·KW).
    chaff(
        "windows_as_rows",
        ("C * KH * KW, OH * OW)", "C * KH * KW, OH * OW).transpose(0, 2, 1)"),
        band="idea",
    ),
    # Rows in the order KH, KW, C: right for one channel.
    chaff(
        "rows_kh_kw_c", ("cols.reshape", "cols.transpose(0, 2, 3, 1, 4, 5).reshape"), band="slip"
    ),
    # The taps of a window are read down its columns.
    chaff("taps_column_by_column", ("cols.reshape", "cols.swapaxes(2, 3).reshape"), band="slip"),
    # The places are taken down the columns of the output.
    chaff("places_column_by_column", ("cols.reshape", "cols.swapaxes(4, 5).reshape"), band="idea"),
    # Takes kernel for (columns, rows): right for square windows.
    chaff("kernel_swapped", ("KH, KW = kernel", "KW, KH = kernel"), band="slip"),
    # OW is computed from H and KH: right for squares.
    chaff(
        "width_from_height",
        ("(W - KW + 2 * pad) // stride + 1", "(H - KH + 2 * pad) // stride + 1"),
        base=wheat__window_by_window,
        band="slip",
    ),
    # CS231n's layout: all images side by side in one matrix with a false first axis.
    chaff(
        "images_in_one_matrix",
        (
            "cols.reshape(N, C * KH * KW, OH * OW)",
            "np.moveaxis(cols, 0, -1).reshape(1, C * KH * KW, -1)",
        ),
        band="slip",
    ),
    # Joins places of all images, then cuts them into N in the wrong order.
    chaff(
        "batch_mixed_by_reshape", ("cols.reshape", "np.moveaxis(cols, 0, 3).reshape"), band="slip"
    ),
    # Reads every window backwards, as for a true convolution.
    chaff("flipped", ("cols.reshape", "cols[:, :, ::-1, ::-1].reshape"), band="idea"),
    # Refuses nothing, as PyTorch.
    chaff("floors_silently", ("if room % stride:", "if False:"), band="style"),
    # Asks for a remainder in the rows and forgets the columns.
    chaff(
        "refuses_rows_only",
        ("count_places(W, KW)", "(W - KW + 2 * pad) // stride + 1"),
        band="style",
    ),
    # The remainder is asked for without the padding.
    chaff("refusal_forgets_pad", ("if room % stride:", "if (size - taps) % stride:"), band="slip"),
    # The message names size, kernel and stride, and leaves the padding out.
    chaff(
        "message_without_pad",
        (", padding {pad}", ""),
        base=wheat__sliding_window_view,
        band="style",
    ),
    # Refuses by AssertionError.
    chaff("assert_for_raise", ("ValueError", "AssertionError"), band="style"),
    # np.zeros without a dtype.
    chaff("always_float64", (", dtype=x.dtype", ""), band="style"),
    # The stride spreads the taps of a window as well.
    chaff(
        "dilates_by_stride",
        ("slice(u, u + OH * stride, stride)", "slice(u * stride, (u + OH) * stride, stride)"),
        ("slice(v, v + OW * stride, stride)", "slice(v * stride, (v + OW) * stride, stride)"),
        ("(pad, pad), (pad, pad)", "(pad, pad + KH * stride), (pad, pad + KW * stride)"),
        band="slip",
    ),
    # Fills five taps in each direction, and no sixth.
    chaff(
        "sixth_tap_left_empty",
        ("np.empty(", "np.zeros("),
        ("for u in range(KH)", "for u in range(min(KH, 5))"),
        band="slip",
    ),
    # Moves by three where the stride is larger.
    chaff(
        "stride_of_three_at_most",
        ("slice(u, u + OH * stride, stride)", "slice(u, u + OH * min(stride, 3), min(stride, 3))"),
        band="slip",
    ),
    # Has two zeros above the image where there should be more, and the others below.
    chaff(
        "two_zeros_above_at_most",
        ("(pad, pad), (pad, pad)", "(min(pad, 2), 2 * pad - min(pad, 2)), (pad, pad)"),
        band="slip",
    ),
    # Takes an image of one row for a single window.
    chaff(
        "one_row_turned",
        ("cols.reshape", "(cols if H > 1 else cols[..., ::-1]).reshape"),
        band="slip",
    ),
    chaff("torch_unfold", base=chaff__torch_unfold, band="idea"),
)
