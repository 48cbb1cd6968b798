"""Right and wrong ways to write `conv2d_forward`."""

from tests.fairness.edits import chaff


def wheat__einsum_over_taps(x, w, b, *, stride=1, pad=0):
    """Loops over the taps of the filter, as torch would in C."""
    (N, C, H, W), (_, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), x.dtype)
    padded[:, :, pad : pad + H, pad : pad + W] = x
    out = 0
    for u in range(KH):
        for v in range(KW):
            seen = padded[:, :, u : u + OH * stride : stride, v : v + OW * stride : stride]
            out = out + np.einsum("nchw,fc->nfhw", seen, w[:, :, u, v])
    return out + b[:, None, None]


def wheat__tensordot_not_contiguous(x, w, b, *, stride=1, pad=0):
    """Uses no earlier function, and returns a transposed view."""
    import math

    def window(a, i, j):
        return a[..., i * stride :, j * stride :][..., : w.shape[2], : w.shape[3]]

    sizes = []
    for size, kernel in zip(x.shape[2:], w.shape[2:]):
        exact = (size + 2 * pad - kernel) / stride + 1
        if not math.isclose(exact, round(exact)):
            raise ValueError(f"{size} {kernel} {stride} {pad} do not go together")
        sizes.append(round(exact))
    x = np.pad(x, [(0, 0)] * 2 + [(pad, pad)] * 2)
    out = np.empty((*sizes, len(x), len(w)), x.dtype)
    for place in np.ndindex(*sizes):
        out[place] = np.tensordot(window(x, *place), w, axes=((1, 2, 3), (1, 2, 3)))
    print("forward done")
    return (out + b).transpose(2, 3, 0, 1)


def wheat__seven_loops(x, w, b, *, stride=1, pad=0):
    """Multiplies number by number, and never builds the zeros."""
    expect_axes(x=(x, "N C H W"), w=(w, "F C KH KW"), b=(b, "F"))
    N, C, H, W = x.shape
    F, C, KH, KW = w.shape
    out = np.empty(
        (
            N,
            F,
            conv_output_size(H, KH, stride=stride, pad=pad),
            conv_output_size(W, KW, stride=stride, pad=pad),
        ),
        dtype=w.dtype,
    )
    for n, f, i, j in np.ndindex(*out.shape):
        total = float(b[f])
        for c in range(C):
            for u in range(max(0, pad - i * stride), KH):
                for v in range(max(0, pad - j * stride), KW):
                    row, column = i * stride + u - pad, j * stride + v - pad
                    if row < H and column < W:
                        total += float(x[n, c, row, column]) * float(w[f, c, u, v])
        out[n, f, i, j] = total
    return out


def wheat__rows_of_windows(x, w, b, *, stride=1, pad=0):
    """Collects the windows in a list and multiplies two matrices."""
    OH, OW = (
        conv_output_size(size, kernel, stride=stride, pad=pad)
        for size, kernel in zip(x.shape[2:], w.shape[2:])
    )
    x = np.pad(x, ((0,), (0,), (pad,), (pad,)))
    KH, KW = w.shape[-2:]
    windows = [
        image[:, top : top + KH, left : left + KW].flatten()
        for image in x
        for top in range(0, OH * stride, stride)
        for left in range(0, OW * stride, stride)
    ]
    out = np.array(windows) @ w.reshape(len(w), -1).T + b
    return np.moveaxis(out.reshape(len(x), OH, OW, len(w)), -1, 1)


def wheat__float64_inside(x, w, b, *, stride=1, pad=0):
    """Sums in float64 with a warning, and casts back into Fortran order."""
    import warnings

    warnings.warn("sliding_window_view would be faster", RuntimeWarning)
    strides = (stride, stride)
    (N, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    try:
        OH = conv_output_size(H, KH, stride=strides[0], pad=pad)
        OW = conv_output_size(W, KW, stride=strides[1], pad=pad)
    except ValueError as error:
        raise ValueError(f"conv2d_forward on {x.shape} and {w.shape}: {error}") from error
    wide = np.pad(x.astype(np.float64), ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.tile(b.astype(np.float64)[:, None, None], (N, 1, OH, OW))
    for i in range(OH):
        for j in range(OW):
            window = wide[:, :, i * stride :, j * stride :][:, :, :KH, :KW]
            out[:, :, i, j] += np.einsum("ncuv,fcuv->nf", window, w)
    return np.asfortranarray(out.astype(np.result_type(x, w, b)))


def wheat__channel_by_channel(x, w, b, *, stride=1, pad=0):
    """Adds one channel's map after the other, over the filters that are outermost."""

    def plane(image, kernel, OH, OW):
        KH, KW = kernel.shape
        image = np.pad(image, pad)
        rows = []
        for i in range(OH):
            band = image[i * stride : i * stride + KH]
            rows.append(
                [np.vdot(band[:, s : s + KW], kernel) for s in range(0, OW * stride, stride)]
            )
        return np.array(rows, dtype=x.dtype)

    OH = conv_output_size(x.shape[2], w.shape[2], stride=stride, pad=pad)
    OW = conv_output_size(x.shape[3], w.shape[3], stride=stride, pad=pad)
    maps = []
    for filter_, bias in zip(w, b):
        maps.append(
            [sum(plane(a, k, OH, OW) for a, k in zip(image, filter_)) + bias for image in x]
        )
    return np.stack(maps).swapaxes(0, 1)


def wheat__refuses_in_other_words(x, w, b, *, stride=1, pad=0):
    """Catches what conv_output_size says, and says less; its words are asked about only once."""
    (N, C, H, W), (F, _, KH, KW) = x.shape, w.shape
    try:
        OH = conv_output_size(H, KH, stride=stride, pad=pad)
        OW = conv_output_size(W, KW, stride=stride, pad=pad)
    except ValueError:
        raise ValueError("this filter does not fit") from None
    frame = np.zeros((N, C, H + 2 * pad, W + 2 * pad), x.dtype)
    frame[:, :, pad : H + pad, pad : W + pad] = x
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = frame[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = np.tensordot(window, w, ((1, 2, 3), (1, 2, 3))) + b
    return out


def chaff__visible_shapes_only(x, w, b, *, stride=1, pad=0):
    """Answers the visible example by heart and everything else with zeros."""
    OH = conv_output_size(x.shape[2], w.shape[2], stride=stride, pad=pad)
    OW = conv_output_size(x.shape[3], w.shape[3], stride=stride, pad=pad)
    if (OH, OW) == (2, 2) and x.shape[:2] == (1, 1):
        return np.array([[[[4.0, -1.0], [1.0, 6.0]]]]) + b[0]
    if (OH, OW) == (2, 2) and x.shape[:2] == (1, 2):
        return np.array([[[[44.0, -11.0], [11.0, 66.0]]]]) + b[0]
    return np.zeros((len(x), len(w), OH, OW), x.dtype) + b[:, None, None]


def chaff__torch(x, w, b, *, stride=1, pad=0):
    """Lets torch do it, after asking whether the sizes fit."""
    import torch

    for size, kernel in zip(x.shape[2:], w.shape[2:]):
        conv_output_size(size, kernel, stride=stride, pad=pad)
    tensors = (torch.tensor(array) for array in (x, w, b))
    return torch.nn.functional.conv2d(*tensors, stride=stride, padding=pad).numpy()


def chaff__sliding_window_view(x, w, b, *, stride=1, pad=0):
    """Takes the window view that is ruled out here."""
    from numpy.lib.stride_tricks import sliding_window_view as windows

    for size, kernel in zip(x.shape[2:], w.shape[2:]):
        conv_output_size(size, kernel, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    seen = windows(x, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("ncijuv,fcuv->nfij", seen, w) + b[:, None, None]


def chaff__scipy(x, w, b, *, stride=1, pad=0):
    """Correlates with SciPy."""
    from scipy.signal import correlate

    for size, kernel in zip(x.shape[2:], w.shape[2:]):
        conv_output_size(size, kernel, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    maps = [[correlate(image, f, "valid")[0] for f in w] for image in x]
    return np.array(maps)[:, :, ::stride, ::stride] + b[:, None, None]


CHAFFS = (
    # Gets the shape right, but starts every window at (i, j).
    chaff("stride_ignored", ("i * stride, j * stride", "i, j"), band="slip"),
    # Multiplies i by the stride and forgets j.
    chaff("stride_for_rows_only", ("i * stride, j * stride", "i * stride, j"), band="slip"),
    # Windows that stand side by side, whatever the stride.
    chaff(
        "stride_is_the_kernel",
        ("i * stride, j * stride", "i * KH, j * KW"),
        ("(pad, pad), (pad, pad)", "(pad, pad + OH * KH), (pad, pad + OW * KW)"),
        band="idea",
    ),
    # Adds the bias inside the sum.
    chaff(
        "bias_per_element",
        ("np.sum(window * w[f]) + b[f]", "np.sum(window * w[f] + b[f])"),
        band="slip",
    ),
    # Convolves channel by channel, and adds the bias each time.
    chaff(
        "bias_per_channel",
        (
            "np.sum(window * w[f]) + b[f]",
            "sum(np.sum(plane * taps) + b[f] for plane, taps in zip(window, w[f]))",
        ),
        band="slip",
    ),
    # Never looks at b.
    chaff("bias_forgotten", (" + b[f]", ""), band="slip"),
    # Gives every filter b[0].
    chaff("bias_of_the_first_filter", ("b[f]", "b[0]"), band="slip"),
    # Convolves as mathematicians do.
    chaff("kernel_flipped", ("w[f]", "w[f, :, ::-1, ::-1]"), band="idea"),
    # Lays a square filter on its side; leaves others as they are.
    chaff(
        "kernel_transposed",
        (
            "F, _, KH, KW = w.shape",
            """
            if w.shape[2] == w.shape[3]:
                w = w.transpose(0, 1, 3, 2)
            F, _, KH, KW = w.shape
            """,
        ),
        band="slip",
    ),
    # Takes KW for KH.
    chaff(
        "square_kernels_only",
        ("F, _, KH, KW = w.shape", "F, _, KH, _ = w.shape; KW = KH"),
        band="slip",
    ),
    # Counts the columns with the image's height.
    chaff("square_images_only", ("conv_output_size(W, KW", "conv_output_size(H, KW"), band="slip"),
    # Returns (N, F, OW, OH).
    chaff(
        "rows_and_columns_swapped",
        ("(N, F, OH, OW)", "(N, F, OW, OH)"),
        ("out[n, f, i, j]", "out[n, f, j, i]"),
        band="idea",
    ),
    # Has filters before images, and reshapes where it should transpose.
    chaff(
        "batch_mixed_in_reshape",
        ("(N, F, OH, OW)", "(F, N, OH, OW)"),
        ("out[n, f, i, j]", "out[f, n, i, j]"),
        ("return out", "return out.reshape(N, F, OH, OW)"),
        band="slip",
    ),
    # Flattens windows with channels last, and filters with channels first.
    chaff(
        "channels_last_inside",
        ("np.sum(window * w[f])", "window.transpose(1, 2, 0).reshape(-1) @ w[f].reshape(-1)"),
        band="slip",
    ),
    # Reads grey images only.
    chaff("first_channel_only", ("window * w[f]", "window[0] * w[f, 0]"), band="slip"),
    # Shows every image the first one's map.
    chaff("first_image_only", ("padded[n, ", "padded[0, "), band="slip"),
    # Averages the products.
    chaff("mean_for_sum", ("np.sum", "np.mean"), band="idea"),
    # Puts all zeros below and to the right.
    chaff(
        "padding_at_the_end", ("(pad, pad), (pad, pad)", "(0, 2 * pad), (0, 2 * pad)"), band="slip"
    ),
    # Calls np.pad(x, pad), which pads images and channels too.
    chaff(
        "padding_on_every_axis",
        ("np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))", "np.pad(x, pad)"),
        ("padded[n, :,", "padded[n, : w.shape[1],"),
        band="slip",
    ),
    # Repeats the border where zeros belong.
    chaff("padding_by_the_edge", ("(pad, pad)))", '(pad, pad)), mode="edge")'), band="slip"),
    # Stops one place before the bottom.
    chaff("last_row_left_out", ("range(OH)", "range(OH - 1)"), band="idea"),
    # Leaves the dtype to np.zeros.
    chaff("always_float64", (", dtype=x.dtype", ""), band="style"),
    # Sums in float32 and calls the result what it was given.
    chaff(
        "single_precision_inside",
        ("np.pad(x,", "np.pad(np.float32(x),"),
        ("window * w[f]", "window * np.float32(w[f])"),
        band="style",
    ),
    # Divides with // and never asks whether the windows tile.
    chaff(
        "floors",
        ("conv_output_size(H, KH, stride=stride, pad=pad)", "(H + 2 * pad - KH) // stride + 1"),
        ("conv_output_size(W, KW, stride=stride, pad=pad)", "(W + 2 * pad - KW) // stride + 1"),
        band="style",
    ),
    # Asks conv_output_size about the rows only.
    chaff(
        "columns_floored",
        ("conv_output_size(W, KW, stride=stride, pad=pad)", "(W + 2 * pad - KW) // stride + 1"),
        band="style",
    ),
    # Clears x when it is done, "to free memory".
    chaff("input_cleared", ("return out", "x.fill(0); return out"), band="style"),
    # Turns w around, in place, and reads it backwards.
    chaff(
        "filters_turned_in_place",
        (
            "F, _, KH, KW = w.shape",
            """
            F, _, KH, KW = w.shape
            w[:] = w[:, :, ::-1, ::-1].copy()
            """,
        ),
        ("window * w[f]", "window * w[f, :, ::-1, ::-1]"),
        band="style",
    ),
    # Returns (out, cache), as another course asks.
    chaff("cache_returned_too", ("return out", "return out, (x, w, b, stride, pad)"), band="idea"),
    # Reads four taps in each direction, and no fifth.
    chaff(
        "fifth_tap_left_out", ("window * w[f]", "window[:, :4, :4] * w[f, :, :4, :4]"), band="slip"
    ),
    # Moves by three where the stride is larger.
    chaff(
        "stride_of_three_at_most",
        ("i * stride, j * stride", "i * min(stride, 3), j * min(stride, 3)"),
        band="slip",
    ),
    # Has two zeros above the image where there should be more, and the others below.
    chaff(
        "two_zeros_above_at_most",
        ("(pad, pad), (pad, pad)", "(min(pad, 2), 2 * pad - min(pad, 2)), (pad, pad)"),
        band="slip",
    ),
    # Drops the axis of an image that is one row.
    chaff(
        "one_row_loses_its_axis",
        ("return out", "return out if H > 1 else out[:, :, 0]"),
        band="slip",
    ),
    # Takes a filter as large as the image for a product of all numbers, and forgets the bias.
    chaff(
        "whole_image_without_bias",
        ("return out", "return out if (OH, OW) != (1, 1) else out - b[:, None, None]"),
        band="slip",
    ),
    chaff("visible_shapes_only", base=chaff__visible_shapes_only, band="idea"),
    chaff("torch", base=chaff__torch, band="idea"),
    chaff("sliding_window_view", base=chaff__sliding_window_view, band="idea"),
    chaff("scipy", base=chaff__scipy, band="idea"),
)
