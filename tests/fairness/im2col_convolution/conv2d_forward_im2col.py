"""Right and wrong ways to write `conv2d_forward_im2col`."""

from tests.fairness.edits import chaff


def wheat__einsum(x, w, b, *, stride=1, pad=0):
    """im2col, then einsum instead of @."""
    F, C, KH, KW = w.shape
    cols = im2col(x, (KH, KW), stride=stride, pad=pad)
    out = np.einsum("fk,nkl->nfl", w.reshape(F, C * KH * KW), cols) + b.reshape(1, F, 1)
    oh = (x.shape[2] + 2 * pad - KH) // stride + 1
    return out.reshape(len(x), F, oh, -1)


def wheat__image_by_image(x, w, b, *, stride=1, pad=0):
    """np.dot for one image after another, with prints and a warning."""
    import warnings

    F, _, KH, KW = w.shape
    OH = (x.shape[2] - KH + 2 * pad) // stride + 1
    OW = (x.shape[3] - KW + 2 * pad) // stride + 1
    warnings.warn("image by image", stacklevel=2)
    out = []
    for cols in im2col(x, w.shape[2:], stride=stride, pad=pad):
        one = np.dot(w.reshape((F, -1)), cols)
        one += b.reshape(-1, 1)
        out.append(one.reshape(F, OH, OW))
    print(len(out), "images")
    return np.array(out)


def wheat__all_images_at_once(x, w, b, *, stride=1, pad=0):
    """One matrix product for the whole batch; the result is a transposed view."""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    cols = im2col(x, (KH, KW), stride=stride, pad=pad)
    flat = cols.transpose(1, 0, 2).reshape(C * KH * KW, N * OH * OW)
    out = w.reshape(F, -1) @ flat + b[:, np.newaxis]
    return out.reshape(F, N, OH, OW).transpose(1, 0, 2, 3)


def wheat__windows_and_tensordot(x, w, b, *, stride=1, pad=0):
    """A window view of its own and tensordot, without im2col."""
    for size, k in zip(x.shape[2:], w.shape[2:]):
        if (size - k + 2 * pad) % stride:
            raise ValueError(f"size {size}, kernel {k}, stride {stride}, pad {pad} do not tile")
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))
    view = view[:, :, ::stride, ::stride]  # (N, C, OH, OW, KH, KW)
    out = np.tensordot(view, w, axes=((1, 4, 5), (1, 2, 3))) + b
    return np.moveaxis(out, -1, 1)


def wheat__tap_by_tap(x, w, b, *, stride=1, pad=0):
    """A loop over the taps of the filter that sums as it goes and needs no X_col."""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    if (H - KH + 2 * pad) % stride or (W - KW + 2 * pad) % stride:
        raise ValueError(f"{H} x {W}, {KH} x {KW}, stride={stride}, pad={pad}: invalid")
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for u in range(KH):
        for v in range(KW):
            tap = padded[:, :, u : u + OH * stride : stride, v : v + OW * stride : stride]
            out += np.einsum("nchw,fc->nfhw", tap, w[:, :, u, v], optimize=True)
    return out + b[None, :, None, None]


def chaff__position_by_position(x, w, b, *, stride=1, pad=0):
    """Right, and slow: a loop over images and places."""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    for size, k in ((H, KH), (W, KW)):
        if (size - k + 2 * pad) % stride:
            raise ValueError(f"{size} {k} {stride} {pad}")
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for n in range(N):
        for i in range(OH):
            for j in range(OW):
                window = padded[n, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
                out[n, :, i, j] = np.sum(w * window, axis=(1, 2, 3)) + b
    return out


def chaff__naive_loops(x, w, b, *, stride=1, pad=0):
    """Right, and as slow as assignment 1."""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    for size, k in ((H, KH), (W, KW)):
        if (size - k + 2 * pad) % stride:
            raise ValueError(f"{size} {k} {stride} {pad}")
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for n, f, i, j in np.ndindex(out.shape):
        window = padded[n, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[n, f, i, j] = (window * w[f]).sum() + b[f]
    return out


def chaff__remembers(x, w, b, *, stride=1, pad=0, memory={}):
    """Right, slow, and remembers its last answer to look fast."""
    for size, k in zip(x.shape[2:], w.shape[2:]):
        if (size - k + 2 * pad) % stride:
            raise ValueError(f"{size} {k} {stride} {pad}")
    key = x.tobytes(), w.tobytes(), b.tobytes(), x.shape, w.shape, str(x.dtype), stride, pad
    if key not in memory:
        F, _, KH, KW = w.shape
        padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        OH = (padded.shape[2] - KH) // stride + 1
        OW = (padded.shape[3] - KW) // stride + 1
        out = np.zeros((len(x), F, OH, OW), x.dtype)
        for n, f, i, j in np.ndindex(out.shape):
            window = padded[n, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[n, f, i, j] = np.sum(window * w[f]) + b[f]
        memory.clear()
        memory[key] = out
    return memory[key].copy()


def chaff__torch(x, w, b, *, stride=1, pad=0):
    """PyTorch does the work: a forbidden route."""
    import torch

    im2col(x, w.shape[2:], stride=stride, pad=pad)
    tensors = [torch.from_numpy(a.copy()) for a in (x, w, b)]
    return torch.nn.functional.conv2d(*tensors, stride=stride, padding=pad).numpy()


def chaff__scipy(x, w, b, *, stride=1, pad=0):
    """SciPy does the work: a forbidden route."""
    from scipy.signal import correlate

    im2col(x, w.shape[2:], stride=stride, pad=pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = [[correlate(one, f, mode="valid")[0] for f in w] for one in padded]
    return np.array(out)[:, :, ::stride, ::stride] + b[:, None, None]


CHAFFS = (
    chaff("position_by_position", base=chaff__position_by_position, band="slip"),
    chaff("naive_loops", base=chaff__naive_loops, band="slip"),
    chaff("remembers", base=chaff__remembers, band="slip"),
    # The bias is forgotten.
    chaff("no_bias", (" + b[:, None]", ""), band="slip"),
    # The bias is added to every product.
    chaff("bias_inside_the_sum", ("+ b[:, None]", "+ cols.shape[1] * b[:, None]"), band="slip"),
    # Every filter gets the first filter's bias.
    chaff("first_bias_for_all", ("b[:, None]", "b[0]"), band="slip"),
    # A true convolution.
    chaff("filters_flipped", ("w.reshape", "w[:, :, ::-1, ::-1].reshape"), band="idea"),
    # w.reshape(-1, F).T: the numbers of all filters are mixed.
    chaff("filters_reshaped_wrongly", ("w.reshape(F, -1)", "w.reshape(-1, F).T"), band="idea"),
    # The batch's product is folded as N, F where it is F, N.
    chaff(
        "batch_mixed",
        ("out.reshape(F, N, OH, OW).transpose(1, 0, 2, 3)", "out.reshape(N, F, OH, OW)"),
        base=wheat__all_images_at_once,
        band="slip",
    ),
    # Folds into OW × OH and then swaps the axes: the shape is right, the values are not.
    chaff(
        "rows_and_columns_swapped",
        ("out.reshape(N, F, OH, OW)", "out.reshape(N, F, OW, OH).swapaxes(2, 3)"),
        band="idea",
    ),
    # Takes the output for a square.
    chaff(
        "square_output",
        ("OW = (W - KW + 2 * pad) // stride + 1", "OH = OW = round(cols.shape[2] ** 0.5)"),
        band="slip",
    ),
    # Passes (KH, KH) to im2col.
    chaff("square_filters", ("im2col(x, (KH, KW)", "im2col(x, (KH, KH)"), band="slip"),
    # Takes every stride-th value of an output of stride 1, whether it fits or not.
    chaff(
        "misfits_cut_off",
        ("stride=stride, ", ""),
        ("// stride + 1", "+ 1"),
        ("oh, -1)", "oh, -1)[:, :, ::stride, ::stride]"),
        base=wheat__einsum,
        band="style",
    ),
    # im2col never hears of the padding.
    chaff(
        "pad_not_passed",
        ("stride=stride, pad=pad", "stride=stride"),
        ("+ 2 * pad - KH", "- KH"),
        base=wheat__einsum,
        band="slip",
    ),
    # Averages the products.
    chaff("mean_for_sum", ("@ cols", "@ cols / cols.shape[1]"), band="idea"),
    # Computes and returns float64.
    chaff("always_float64", ("pad=pad)", "pad=pad).astype(float)"), band="style"),
    # Writes into the biases that it was given.
    chaff("changes_filters", ("return out", "b += 1; return out"), band="style"),
    # Crops the image until it fits instead of refusing it.
    chaff(
        "error_swallowed",
        (
            "F, _, KH, KW = w.shape",
            """
            F, _, KH, KW = w.shape
            H -= (H - KH + 2 * pad) % stride
            W -= (W - KW + 2 * pad) % stride
            """,
        ),
        ("= im2col(x,", "= im2col(x[:, :, :H, :W],"),
        band="style",
    ),
    # im2col never hears of the stride.
    chaff(
        "stride_not_passed",
        ("stride=stride, pad=pad", "pad=pad"),
        ("// stride + 1", "+ 1"),
        base=wheat__einsum,
        band="slip",
    ),
    # Moves by three where the stride is larger.
    chaff(
        "stride_of_three_at_most",
        ("N, _, H, W = x.shape", "N, _, H, W = x.shape; stride = min(stride, 3)"),
        band="slip",
    ),
    # Averages windows as large as the image.
    chaff(
        "whole_image_averaged", ("return out", "return (out / (1 + (OH * OW == 1)))"), band="slip"
    ),
    chaff("torch", base=chaff__torch, band="idea"),
    chaff("scipy", base=chaff__scipy, band="idea"),
)
