"""Right and wrong ways to write `col2im`."""

from tests.fairness.edits import chaff


def wheat__window_by_window(cols, x_shape, kernel, *, stride=1, pad=0):
    """Adds one window after another."""
    N, C, H, W = x_shape
    KH, KW = kernel
    OW = (W - KW + 2 * pad) // stride + 1
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    for n in range(N):
        for k in range(cols.shape[2]):
            i, j = divmod(k, OW)
            top, left = i * stride, j * stride
            x[n, :, top : top + KH, left : left + KW] += cols[n, :, k].reshape(C, KH, KW)
    if pad:
        x = x[:, :, pad:-pad, pad:-pad]
    return x


def wheat__add_at(cols, x_shape, kernel, *, stride=1, pad=0):
    """np.add.at with index arrays, as in CS231n's im2col.py."""
    N, C, H, W = x_shape
    KH, KW = kernel
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    i = np.tile(np.repeat(np.arange(KH), KW), C)[:, None]
    i = i + stride * np.repeat(np.arange(OH), OW)[None]
    j = np.tile(np.arange(KW), KH * C)[:, None] + stride * np.tile(np.arange(OW), OH)[None]
    k = np.repeat(np.arange(C), KH * KW)[:, None]
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    np.add.at(padded, (slice(None), k, i, j), cols)
    return padded[:, :, pad : pad + H, pad : pad + W].copy()


def wheat__im2col_of_addresses(cols, x_shape, kernel, *, stride=1, pad=0):
    """Lets im2col carry addresses, and counts by them with np.bincount."""
    N, C, H, W = x_shape
    addresses = np.arange(1.0, C * H * W + 1).reshape(1, C, H, W)
    where = im2col(addresses, kernel, stride=stride, pad=pad)[0].astype(int).ravel()
    images = [
        np.bincount(where, weights=one.ravel(), minlength=C * H * W + 1)[1:].reshape(C, H, W)
        for one in cols
    ]
    return np.stack(images).astype(cols.dtype)


def wheat__matrix(cols, x_shape, kernel, *, stride=1, pad=0):
    """Writes im2col down as a matrix and multiplies by its transpose."""
    N, C, H, W = x_shape
    pixels = np.eye(C * H * W, dtype=cols.dtype).reshape(-1, C, H, W)
    matrix = im2col(pixels, kernel, stride=stride, pad=pad).reshape(C * H * W, -1)
    return (cols.reshape(N, -1) @ matrix.T).reshape(x_shape)


def chaff__torch_fold(cols, x_shape, kernel, *, stride=1, pad=0):
    """PyTorch imported in the cell: a forbidden route."""
    import torch.nn.functional as functional
    from torch import from_numpy

    return functional.fold(
        from_numpy(cols.copy()), tuple(x_shape[2:]), tuple(kernel), stride=stride, padding=pad
    ).numpy()


CHAFFS = (
    # = for +=: the last window wins.
    chaff("assigns", ("+= cols", "= cols"), base=wheat__window_by_window, band="idea"),
    # x[indices] += cols, which drops repeated indices.
    chaff(
        "fancy_plus_equals",
        ("np.add.at(padded, (slice(None), k, i, j), cols)", "padded[:, k, i, j] += cols"),
        base=wheat__add_at,
        band="idea",
    ),
    # Divides by the number of overlapping windows: an inverse, not a transpose.
    chaff(
        "averages",
        ("padded = np.zeros((N,", "padded, count = np.zeros((2, N,"),
        ("+= taps[:, :, u, v]", "+= taps[:, :, u, v]; count[:, :, rows, columns] += 1"),
        ("return padded", "return (padded / np.maximum(count, 1))"),
        band="idea",
    ),
    # Adds every window at (i, j).
    chaff(
        "stride_ignored",
        ("slice(u, u + OH * stride, stride)", "slice(u, u + OH)"),
        ("slice(v, v + OW * stride, stride)", "slice(v, v + OW)"),
        band="slip",
    ),
    # Returns the padded images.
    chaff("frame_kept", ("[:, :, pad : pad + H, pad : pad + W]", ""), band="slip"),
    # x[pad:-pad] is empty where pad is 0.
    chaff("frame_cut_at_zero", ("pad : pad + H, pad : pad + W", "pad:-pad, pad:-pad"), band="slip"),
    # Keeps the first H rows and W columns of the padded images.
    chaff("frame_cut_on_one_side", ("pad : pad + H, pad : pad + W", ":H, :W"), band="slip"),
    # Cuts one row and column whatever the padding is.
    chaff(
        "frame_of_one",
        ("[:, :, pad : pad + H, pad : pad + W]", "[:, :, 1:-1, 1:-1] if pad else padded"),
        band="slip",
    ),
    # Splits the rows as KH, KW, C: right for one channel.
    chaff(
        "channels_last",
        ("C, KH, KW, OH, OW", "KH, KW, C, OH, OW"),
        ("taps[:, :, u, v]", "taps[:, u, v]"),
        band="slip",
    ),
    # Splits the taps as KW, KH.
    chaff(
        "taps_transposed",
        ("KH, KW, OH, OW", "KW, KH, OH, OW"),
        ("taps[:, :, u, v]", "taps[:, :, v, u]"),
        band="slip",
    ),
    # Splits the places as OW, OH.
    chaff("places_transposed", ("OH, OW)", "OW, OH).swapaxes(4, 5)"), band="idea"),
    # np.zeros without a dtype.
    chaff("always_float64", (", dtype=cols.dtype", ""), band="style"),
    # Gives every image the windows of the first.
    chaff("one_image", ("taps[:, :, u, v]", "taps[0, :, u, v]"), band="slip"),
    # Uses cols as scratch space: what was put back is set to 0.
    chaff(
        "changes_its_argument",
        ("+= taps[:, :, u, v]", "+= taps[:, :, u, v]; taps[:, :, u, v] = 0"),
        band="style",
    ),
    # Takes windows of one pixel for the images, whatever the stride and the channels.
    chaff(
        "one_pixel_reshaped",
        (
            "return padded",
            "return cols.swapaxes(1, 2).reshape(x_shape) if KH * KW == 1 else padded",
        ),
        band="slip",
    ),
    # Moves by three where the stride is larger.
    chaff(
        "stride_of_three_at_most",
        ("slice(u, u + OH * stride, stride)", "slice(u, u + OH * min(stride, 3), min(stride, 3))"),
        band="slip",
    ),
    # Cuts two rows off above where the frame is wider.
    chaff(
        "frame_of_two_at_most", ("pad : pad + H,", "min(pad, 2) : min(pad, 2) + H,"), band="slip"
    ),
    chaff("torch_fold", base=chaff__torch_fold, band="idea"),
)
