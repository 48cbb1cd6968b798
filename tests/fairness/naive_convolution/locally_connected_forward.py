"""Right and wrong ways to write `locally_connected_forward`."""

from tests.fairness.edits import chaff


def wheat__einsum(x, w, b, *, stride=1, pad=0):
    """Collects all windows in a list of lists and multiplies once."""
    OH = conv_output_size(x.shape[2], w.shape[-2], stride=stride, pad=pad)
    OW = conv_output_size(x.shape[3], w.shape[-1], stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = [
        [
            x[:, :, i * stride : i * stride + w.shape[-2], j * stride : j * stride + w.shape[-1]]
            for j in range(OW)
        ]
        for i in range(OH)
    ]
    return np.einsum("ijncuv,ijfcuv->nfij", np.array(windows), w) + b


def wheat__many_convolutions(x, w, b, *, stride=1, pad=0):
    """Convolves the whole image for every place, and keeps one value of each."""
    out = conv2d_forward(x, w[0, 0], b[:, 0, 0], stride=stride, pad=pad)
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            one = conv2d_forward(x, w[i, j], b[:, i, j], stride=stride, pad=pad)
            out[:, :, i, j] = one[:, :, i, j]
    return out


def wheat__one_window_a_call(x, w, b, *, stride=1, pad=0):
    """Hands each window to conv2d_forward, and checks w's places with a message of its own."""
    H, W = x.shape[2:]
    OH, OW, F, C, KH, KW = w.shape
    for size, kernel, places in ((H, KH, OH), (W, KW, OW)):
        if (places - 1) * stride + kernel != size + 2 * pad:
            raise ValueError(
                f"{places} places of {kernel} at stride {stride} do not cover {size} + 2 * {pad}"
            )
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((len(x), F, OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[:, :, i, j] = conv2d_forward(window, w[i, j], b[:, i, j])[:, :, 0, 0]
    return out


def wheat__number_by_number(x, w, b, *, stride=1, pad=0):
    """Adds Python floats and never builds the zeros; prints and warns."""
    import warnings

    warnings.warn("not shared")
    print("weights", w.size)
    (N, C, H, W), (_, _, F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    out = np.empty((N, F, OH, OW), x.dtype, order="F")
    for n, f, i, j in np.ndindex(*out.shape):
        total = b[f, i, j].item()
        for c, u, v in np.ndindex(C, KH, KW):
            row, column = i * stride + u - pad, j * stride + v - pad
            if 0 <= row < H and 0 <= column < W:
                total += x[n, c, row, column].item() * w[i, j, f, c, u, v].item()
        out[n, f, i, j] = total
    return out


def wheat__matrix_a_place(x, w, b, *, stride=1, pad=0):
    """Multiplies one matrix for each place, out of a generator; returns a view."""

    def windows(image, OH, OW):
        image = np.pad(image, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        for i in range(OH):
            for j in range(OW):
                part = image[:, :, i * stride :, j * stride :]
                yield i, j, part[:, :, : w.shape[4], : w.shape[5]].reshape(len(image), -1)

    OH = conv_output_size(x.shape[2], w.shape[4], stride=stride, pad=pad)
    OW = conv_output_size(x.shape[3], w.shape[5], stride=stride, pad=pad)
    out = np.zeros((OH, OW, len(x), w.shape[2]), x.dtype)
    for i, j, columns in windows(x, OH, OW):
        out[i, j] = columns @ w[i, j].reshape(w.shape[2], -1).T
    return out.transpose(2, 3, 0, 1) + b


def chaff__as_strided(x, w, b, *, stride=1, pad=0):
    """Makes the windows by hand-made strides."""
    (N, C, H, W), (_, _, _, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    n, c, h, v = x.strides
    windows = np.lib.stride_tricks.as_strided(
        x, (N, C, OH, OW, KH, KW), (n, c, h * stride, v * stride, h, v)
    )
    return np.einsum("ncijuv,ijfcuv->nfij", windows, w) + b


CHAFFS = (
    # Uses the first place's weights everywhere.
    chaff("weights_shared", ("w[i, j, f]", "w[0, 0, f]"), band="idea"),
    # Shares the mean of all places' weights.
    chaff("weights_averaged", ("w[i, j, f]", "w[:, :, f].mean(axis=(0, 1))"), band="idea"),
    # Has weights for every row of places, not for every place.
    chaff("weights_by_row", ("w[i, j, f]", "w[i, 0, f]"), band="idea"),
    # Numbers the places in one list, and finds them in another order.
    chaff(
        "places_counted_by_columns",
        ("w[i, j, f]", "w.reshape(OH * OW, *w.shape[2:])[j * OH + i, f]"),
        band="idea",
    ),
    # Adds each filter's first bias at all places.
    chaff("bias_shared", ("b[f, i, j]", "b[f, 0, 0]"), band="slip"),
    # Adds the bias inside the sum.
    chaff(
        "bias_per_element", ("w[i, j, f]) + b[f, i, j]", "w[i, j, f] + b[f, i, j])"), band="slip"
    ),
    # Never looks at b.
    chaff("bias_forgotten", (" + b[f, i, j]", ""), band="slip"),
    # Starts every window at (i, j).
    chaff("stride_ignored", ("i * stride, j * stride", "i, j"), band="slip"),
    # Puts the zeros for the rows at the bottom only.
    chaff(
        "padding_of_columns_only",
        ("(pad, pad), (pad, pad)", "(0, 2 * pad), (pad, pad)"),
        band="slip",
    ),
    # Turns every filter around.
    chaff("kernel_flipped", ("w[i, j, f]", "w[i, j, f, :, ::-1, ::-1]"), band="idea"),
    # Loses the image axis and broadcasts it back.
    chaff("first_image_only", ("padded[n, ", "padded[0, "), band="slip"),
    # Reads the first channel only.
    chaff("channels_not_summed", ("window * w[i, j, f]", "window[0] * w[i, j, f, 0]"), band="slip"),
    # Returns (N, OH, OW, F), in the order in which w has them.
    chaff(
        "filters_last",
        ("(N, F, OH, OW)", "(N, OH, OW, F)"),
        ("out[n, f, i, j]", "out[n, i, j, f]"),
        band="idea",
    ),
    # Counts the columns with the rows' numbers.
    chaff(
        "square_maps_only",
        ("conv_output_size(W, KW, stride=stride, pad=pad)", "OH"),
        ("if w.shape[:2] != (OH, OW):", "if False:"),
        band="slip",
    ),
    # Believes w's shape, and refuses nothing.
    chaff(
        "places_taken_from_w",
        ("conv_output_size(H, KH, stride=stride, pad=pad)", "len(w)"),
        ("conv_output_size(W, KW, stride=stride, pad=pad)", "len(w[0])"),
        band="style",
    ),
    # Asks conv_output_size about the rows only.
    chaff(
        "columns_floored",
        ("conv_output_size(W, KW, stride=stride, pad=pad)", "w.shape[1]"),
        band="style",
    ),
    # Leaves the dtype to np.zeros.
    chaff("always_float64", (", dtype=x.dtype", ""), band="style"),
    # Multiplies the weights in place, and has a new copy of them for every image but the last.
    chaff(
        "products_in_w",
        (
            "for n in range(N):",
            """
            for n in range(N):
                products = w.copy() if n < N - 1 else w
            """,
        ),
        (
            "out[n, f, i, j] = np.sum(window * w[i, j, f])",
            """
            products[i, j, f] *= window
            out[n, f, i, j] = products[i, j, f].sum()
            """,
        ),
        band="style",
    ),
    # Reads four taps in each direction, and no fifth.
    chaff(
        "fifth_tap_left_out",
        ("window * w[i, j, f]", "window[:, :4, :4] * w[i, j, f, :, :4, :4]"),
        band="slip",
    ),
    # Drops the axis of an image that is one row.
    chaff(
        "one_row_loses_its_axis",
        ("return out", "return out if H > 1 else out[:, :, 0]"),
        band="slip",
    ),
    # Has two zeros above the image where there should be more, and the others below.
    chaff(
        "two_zeros_above_at_most",
        ("(pad, pad), (pad, pad)", "(min(pad, 2), 2 * pad - min(pad, 2)), (pad, pad)"),
        band="slip",
    ),
    chaff("as_strided", base=chaff__as_strided, band="idea"),
)
