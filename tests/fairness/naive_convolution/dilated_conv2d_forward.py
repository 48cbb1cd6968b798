"""Right and wrong ways to write `dilated_conv2d_forward`."""

from tests.fairness.edits import chaff


def wheat__spread_filter(x, w, b, *, stride=1, pad=0, dilation=1):
    """Puts zeros between the taps and calls conv2d_forward."""
    F, C, KH, KW = w.shape
    wide = np.zeros((F, C, (KH - 1) * dilation + 1, (KW - 1) * dilation + 1), w.dtype)
    wide[:, :, ::dilation, ::dilation] = w
    return conv2d_forward(x, wide, b, stride=stride, pad=pad)


def wheat__over_taps(x, w, b, *, stride=1, pad=0, dilation=1):
    """Loops over taps, and names the kernel by its taps in the refusal."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    room_h = H + 2 * pad - dilation * (KH - 1) - 1
    room_w = W + 2 * pad - dilation * (KW - 1) - 1
    if room_h % stride or room_w % stride:
        raise ValueError(f"{H}x{W}, {KH}x{KW}, stride {stride}, pad {pad}, dilation {dilation}")
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, room_h // stride + 1, room_w // stride + 1), x.dtype) + b[:, None, None]
    for u in range(KH):
        for v in range(KW):
            rows = slice(u * dilation, u * dilation + room_h + 1, stride)
            columns = slice(v * dilation, v * dilation + room_w + 1, stride)
            out += np.tensordot(x[:, :, rows, columns], w[:, :, u, v], (1, 1)).transpose(0, 3, 1, 2)
    return out


def wheat__number_by_number(x, w, b, *, stride=1, pad=0, dilation=1):
    """Adds Python floats, prints its sizes, and works with index arithmetic."""

    def span(taps):
        return taps + (taps - 1) * (dilation - 1)

    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH = conv_output_size(H, span(KH), stride=stride, pad=pad)
    OW = conv_output_size(W, span(KW), stride=stride, pad=pad)
    print("places", OH, OW)
    out = np.empty((N, F, OH, OW), x.dtype)
    for n, f, i, j in np.ndindex(N, F, OH, OW):
        total = 0.0
        for c, u, v in np.ndindex(C, KH, KW):
            row, column = i * stride + u * dilation - pad, j * stride + v * dilation - pad
            if row in range(H) and column in range(W):
                total += x[n, c, row, column].item() * w[f, c, u, v].item()
        out[n, f, i, j] = total + b[f]
    return out


def wheat__index_lists(x, w, b, *, stride=1, pad=0, dilation=1):
    """Picks each window's rows and columns by lists, and returns a transposed view."""
    N, C, H, W = x.shape
    KH, KW = w.shape[2:]
    OH = conv_output_size(H, dilation * (KH - 1) + 1, stride=stride, pad=pad)
    OW = conv_output_size(W, dilation * (KW - 1) + 1, stride=stride, pad=pad)
    x = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    out = np.zeros((OH, OW, N, len(w)), dtype=x.dtype)
    for i in range(OH):
        rows = [i * stride + u * dilation for u in range(KH)]
        for j in range(OW):
            columns = [j * stride + v * dilation for v in range(KW)]
            window = x[:, :, rows][:, :, :, columns]
            out[i, j] = window.reshape(N, -1) @ w.reshape(len(w), -1).T + b
    return out.transpose(2, 3, 0, 1)


def wheat__ordinary_first(x, w, b, *, stride=1, pad=0, dilation=1):
    """Hands dilation 1 on to conv2d_forward, and sums the rest in float64 with a warning."""
    import warnings

    if dilation == 1:
        return conv2d_forward(x, w, b, stride=stride, pad=pad)
    warnings.warn("slow", stacklevel=2)
    spans = [(taps - 1) * dilation + 1 for taps in w.shape[2:]]
    sizes = [
        conv_output_size(size, span, stride=stride, pad=pad)
        for size, span in zip(x.shape[2:], spans)
    ]
    padded = np.pad(np.float64(x), ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((len(x), len(w), *sizes))
    for i, j in np.ndindex(*sizes):
        window = padded[
            :, :, i * stride : i * stride + spans[0], j * stride : j * stride + spans[1]
        ]
        out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window[:, :, ::dilation, ::dilation], w) + b
    return out.astype(x.dtype)


def chaff__torch(x, w, b, *, stride=1, pad=0, dilation=1):
    """Lets torch dilate."""
    import torch

    for size, taps in zip(x.shape[2:], w.shape[2:]):
        conv_output_size(size, (taps - 1) * dilation + 1, stride=stride, pad=pad)
    x, w, b = map(torch.from_numpy, (x, w, b))
    return torch.conv2d(x, w, b, stride, pad, dilation).numpy()


CHAFFS = (
    # Counts as the notes do: dilation 1 has one hole.
    chaff(
        "counted_as_holes",
        ("F, _, KH, KW = w.shape", "F, _, KH, KW = w.shape; dilation += 1"),
        band="idea",
    ),
    # Forgets the dilation.
    chaff(
        "ignored",
        ("conv2d_forward(x, wide,", "conv2d_forward(x, w,"),
        base=wheat__spread_filter,
        band="idea",
    ),
    # Spreads the taps of a column and not those of a row.
    chaff(
        "rows_only",
        ("(KW - 1) * dilation + 1)", "KW)"),
        ("[:, :, ::dilation, ::dilation]", "[:, :, ::dilation]"),
        base=wheat__spread_filter,
        band="slip",
    ),
    # Spreads the taps of a row and not those of a column.
    chaff(
        "columns_only",
        ("(KH - 1) * dilation + 1", "KH"),
        ("[:, :, ::dilation, ::dilation]", "[:, :, :, ::dilation]"),
        base=wheat__spread_filter,
        band="slip",
    ),
    # Moves the windows and spreads the taps by the same number.
    chaff(
        "dilation_for_stride",
        ("slice(i * stride, i * stride", "slice(i * dilation, i * dilation"),
        ("slice(j * stride, j * stride", "slice(j * dilation, j * dilation"),
        ("(pad, pad), (pad, pad)", "(pad, pad + dilation * OH), (pad, pad + dilation * OW)"),
        band="idea",
    ),
    # Starts every window at (i, j).
    chaff(
        "stride_ignored",
        ("slice(i * stride, i * stride", "slice(i, i"),
        ("slice(j * stride, j * stride", "slice(j, j"),
        band="slip",
    ),
    # Lets every tap take `dilation` places, the last one too.
    chaff(
        "span_of_whole_taps",
        ("(KH - 1) * dilation + 1, (KW - 1) * dilation + 1", "KH * dilation, KW * dilation"),
        base=wheat__spread_filter,
        band="idea",
    ),
    # Repeats the weights where zeros belong.
    chaff(
        "taps_smeared",
        (
            "wide[:, :, ::dilation, ::dilation] = w",
            """
            repeated = w.repeat(dilation, axis=2).repeat(dilation, axis=3)
            wide[:] = repeated[:, :, : wide.shape[2], : wide.shape[3]]
            """,
        ),
        base=wheat__spread_filter,
        band="idea",
    ),
    # Takes every dilation-th pixel of the image and convolves that.
    chaff(
        "input_thinned",
        ("conv2d_forward(x, wide,", "conv2d_forward(x[:, :, ::dilation, ::dilation], w,"),
        base=wheat__spread_filter,
        band="idea",
    ),
    # Multiplies the padding by the dilation as well.
    chaff(
        "padding_dilated",
        ("pad=pad)", "pad=pad * dilation)"),
        base=wheat__spread_filter,
        band="slip",
    ),
    # Multiplies the stride by the dilation as well.
    chaff(
        "stride_dilated",
        ("stride=stride", "stride=stride * dilation"),
        base=wheat__spread_filter,
        band="idea",
    ),
    # Makes the spread filter as wide as it is tall.
    chaff("square_kernels_only", ("(KW - 1)", "(KH - 1)"), base=wheat__spread_filter, band="slip"),
    # Passes zeros for the biases.
    chaff("bias_forgotten", (" + b[f]", ""), band="slip"),
    # Dilates when nobody asked.
    chaff("two_by_default", ("dilation=1", "dilation=2"), band="slip"),
    # Cuts the image until the windows tile.
    chaff(
        "floors",
        (
            "conv_output_size(H, span_rows, stride=stride, pad=pad)",
            "(H + 2 * pad - span_rows) // stride + 1",
        ),
        (
            "conv_output_size(W, span_columns, stride=stride, pad=pad)",
            "(W + 2 * pad - span_columns) // stride + 1",
        ),
        band="style",
    ),
    # Asks conv_output_size about the taps, not about their span.
    chaff(
        "refuses_by_taps",
        (
            """
            OH = conv_output_size(H, span_rows, stride=stride, pad=pad)
            OW = conv_output_size(W, span_columns, stride=stride, pad=pad)
            """,
            """
            conv_output_size(H, KH, stride=stride, pad=pad)
            conv_output_size(W, KW, stride=stride, pad=pad)
            OH = (H + 2 * pad - span_rows) // stride + 1
            OW = (W + 2 * pad - span_columns) // stride + 1
            """,
        ),
        band="slip",
    ),
    # Spreads the filter into float64, and the result follows.
    chaff("always_float64", (", dtype=x.dtype", ""), band="style"),
    # Sets w to zero once it has been copied.
    chaff("filters_cleared", ("return", "w *= 0; return"), base=wheat__spread_filter, band="style"),
    # Spreads the taps by three where the dilation is larger.
    chaff(
        "dilation_of_three_at_most",
        ("F, _, KH, KW = w.shape", "F, _, KH, KW = w.shape; dilation = min(dilation, 3)"),
        band="slip",
    ),
    # Moves by three where the stride is larger.
    chaff(
        "stride_of_three_at_most",
        ("slice(i * stride, i * stride", "slice(i * min(stride, 3), i * min(stride, 3)"),
        band="slip",
    ),
    chaff("torch", base=chaff__torch, band="idea"),
)
