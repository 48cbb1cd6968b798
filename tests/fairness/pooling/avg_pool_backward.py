"""Right and wrong ways to write `avg_pool_backward`."""

from tests.fairness.edits import chaff


def wheat__plain_loops(dout, x_shape, *, size, stride):
    """Value by value."""
    dx = np.zeros(x_shape, dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        for u in range(size[0]):
            for v in range(size[1]):
                dx[n, c, i * stride + u, j * stride + v] += dout[n, c, i, j] / (size[0] * size[1])
    return dx


def wheat__over_taps(dout, x_shape, *, size, stride):
    """Strided slices, one tap at a time; prints."""
    OH, OW = dout.shape[2:]
    dx = np.zeros_like(dout, shape=x_shape)
    share = dout / np.prod(size).astype(dout.dtype)
    for u in range(size[0]):
        for v in range(size[1]):
            rows = slice(u, u + (OH - 1) * stride + 1, stride)
            dx[:, :, rows, v : v + (OW - 1) * stride + 1 : stride] += share
    print("handed on", dx.sum())
    return dx


def wheat__matrices(dout, x_shape, *, size, stride):
    """One matrix of zeros and ones for rows, one for columns; not contiguous."""

    def spread(length, window, count):
        at = np.arange(length) - stride * np.arange(count)[:, None]
        return ((at >= 0) & (at < window)).astype(dout.dtype) / window

    rows = spread(x_shape[2], size[0], dout.shape[2])
    columns = spread(x_shape[3], size[1], dout.shape[3])
    swapped = np.einsum("ncij,ir,jq->qrnc", dout, rows, columns)
    return swapped.transpose(2, 3, 1, 0).astype(dout.dtype)


def wheat__gathers(dout, x_shape, *, size, stride):
    """Asks for each value of x which windows hold it."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for r in range(x_shape[2]):
        for q in range(x_shape[3]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    if 0 <= r - i * stride < size[0] and 0 <= q - j * stride < size[1]:
                        dx[:, :, r, q] += dout[:, :, i, j]
    return dx / dout.dtype.type(size[0] * size[1])


def chaff__by_repeat(dout, x_shape, *, size, stride):
    """np.repeat, cut or filled up to shape: right for windows side by side."""
    wide = dout.repeat(size[0], axis=2).repeat(size[1], axis=3) / (size[0] * size[1])
    dx = np.zeros(x_shape, dtype=dout.dtype)
    H, W = min(wide.shape[2], x_shape[2]), min(wide.shape[3], x_shape[3])
    dx[:, :, :H, :W] = wide[:, :, :H, :W]
    return dx


def chaff__torch_does_it(dout, x_shape, *, size, stride):
    """A forbidden route."""
    x = torch.zeros(x_shape, dtype=torch.from_numpy(dout).dtype, requires_grad=True)
    torch.nn.functional.avg_pool2d(x, size, stride=stride).backward(torch.from_numpy(dout))
    return x.grad.numpy()


CHAFFS = (
    # = for +=.
    chaff("assigns", ("+= share", "= share"), band="slip"),
    # The whole gradient to everybody.
    chaff("not_divided", (" / (KH * KW)", ""), band="idea"),
    # Divides by stride².
    chaff("divides_by_stride", ("(KH * KW)", "stride**2"), band="slip"),
    # Divides by KH²: right for square windows.
    chaff("divides_by_rows", ("(KH * KW)", "KH**2"), band="slip"),
    # Windows are laid side by side, whatever the stride is.
    chaff("stride_is_the_window", ("i * stride, j * stride", "i * KH, j * KW"), band="slip"),
    # Windows move by one.
    chaff("stride_ignored", ("i * stride, j * stride", "i, j"), band="slip"),
    # The window's rows are taken for its columns too.
    chaff("square_windows", ("left : left + KW", "left : left + KH"), band="slip"),
    # size is read as (columns, rows).
    chaff("size_swapped", ("KH, KW = size", "KW, KH = size"), band="slip"),
    # The gradient goes whole to the window's first value, as if it had been the maximum.
    chaff(
        "one_value_only",
        (
            "dx[:, :, top : top + KH, left : left + KW] += share",
            "dx[:, :, top, left] += dout[:, :, i, j]",
        ),
        band="idea",
    ),
    # Divides by how many windows hold a value, instead of how many values a window holds.
    chaff(
        "divides_by_cover",
        ("dx = np.zeros(x_shape, ", "dx, cover = np.zeros((2, *x_shape), "),
        (" / (KH * KW)", ""),
        ("+= share", "+= share; cover[:, :, top : top + KH, left : left + KW] += 1"),
        ("return dx", "return dx / np.maximum(cover, 1)"),
        band="idea",
    ),
    # Only the first image gets its gradient.
    chaff(
        "first_image_only",
        ("dx[:, :, top", "dx[0, :, top"),
        ("dout[:, :, i, j", "dout[0, :, i, j"),
        band="slip",
    ),
    # Every channel gets the gradient of all channels.
    chaff(
        "channels_summed",
        ("dout[:, :, i, j, None, None]", "dout[:, :, i, j].sum(axis=1)[:, None, None, None]"),
        band="slip",
    ),
    chaff("by_repeat", base=chaff__by_repeat, band="slip"),
    # np.zeros without a dtype.
    chaff("always_float64", (", dtype=dout.dtype", ""), band="style"),
    # dout /= KH·KW.
    chaff(
        "divides_dout_in_place",
        ("OH, OW = dout.shape[2:]", "OH, OW = dout.shape[2:]; dout /= KH * KW"),
        (" / (KH * KW)", ""),
        band="style",
    ),
    # dx is as large as the windows reach by stride, not as x was.
    chaff(
        "shape_from_dout",
        ("np.zeros(x_shape,", "np.zeros((*x_shape[:2], OH * stride, OW * stride),"),
        band="slip",
    ),
    chaff("torch_does_it", base=chaff__torch_does_it, band="idea"),
)
