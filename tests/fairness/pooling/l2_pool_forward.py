"""Right and wrong ways to write `l2_pool_forward`."""

from tests.fairness.edits import chaff


def wheat__norm(x, *, size, stride):
    """np.linalg.norm of each window."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for n, c, i, j in np.ndindex(out.shape):
        window = x[n, c, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[n, c, i, j] = np.linalg.norm(window)
    return out


def wheat__over_taps(x, *, size, stride):
    """Adds the squares of strided slices, takes one root; prints and warns."""
    import warnings

    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    total = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for u in range(size[0]):
        for v in range(size[1]):
            tap = x[:, :, u::stride, v::stride][:, :, :OH, :OW]
            total += np.square(tap)
    warnings.warn("rooting", stacklevel=1)
    print(total.shape)
    return np.sqrt(total, out=total)


def wheat__by_the_mean(x, *, size, stride):
    """The average pooling of the squares, times the number of taps, by the earlier function."""
    mean = avg_pool_forward(x * x, size=size, stride=stride)
    return np.sqrt(mean * x.dtype.type(size[0] * size[1]))


def wheat__einsum(x, *, size, stride):
    """Strided views multiplied by themselves."""
    for direction, length, window in zip(("rows", "columns"), x.shape[2:], size):
        if (length - window) % stride:
            raise ValueError(f"{direction}: {length}, {window}, {stride}")
    view = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))[:, :, ::stride, ::stride]
    return np.sqrt(np.einsum("...uv,...uv->...", view, view))


def wheat__hypot(x, *, size, stride):
    """np.hypot, tap by tap, so that no square is ever too large."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for u in range(size[0]):
        for v in range(size[1]):
            out = np.hypot(out, x[:, :, u::stride, v::stride][:, :, :OH, :OW])
    return out


def chaff__torch_does_it(x, *, size, stride):
    """A forbidden route."""
    for axis in (2, 3):
        pool_output_size(x.shape[axis], size[axis - 2], stride=stride)
    return torch.nn.functional.lp_pool2d(torch.from_numpy(x), 2, size, stride=stride).numpy()


CHAFFS = (
    # The mean of the squares: the root mean square.
    chaff("root_of_the_mean", ("np.sum", "np.mean"), band="idea"),
    # The sum of squares.
    chaff(
        "no_root",
        ("np.sqrt(np.sum(window**2, axis=(2, 3)))", "np.sum(window**2, axis=(2, 3))"),
        band="idea",
    ),
    # The L1 norm.
    chaff(
        "sum_of_magnitudes",
        ("np.sqrt(np.sum(window**2, axis=(2, 3)))", "np.sum(np.abs(window), axis=(2, 3))"),
        band="idea",
    ),
    # Squares the sum instead of summing the squares.
    chaff(
        "root_of_the_squared_sum",
        ("np.sum(window**2, axis=(2, 3))", "np.sum(window, axis=(2, 3)) ** 2"),
        band="idea",
    ),
    # np.linalg.norm with ord=2 on a matrix is the largest singular value.
    chaff(
        "spectral_norm",
        ("np.sqrt(np.sum(window**2, axis=(2, 3)))", "np.linalg.norm(window, ord=2, axis=(2, 3))"),
        band="idea",
    ),
    # The norm runs over the channels too.
    chaff("over_channels", ("axis=(2, 3)))", "axis=(1, 2, 3)))[:, None]"), band="slip"),
    # A ReLU first.
    chaff("negatives_dropped", ("window**2", "np.maximum(window, 0) ** 2"), band="idea"),
    # x **= 2.
    chaff(
        "squares_in_place",
        ("out = np.empty", "x **= 2; out = np.empty"),
        ("window**2", "window"),
        band="style",
    ),
    # A large epsilon under the root.
    chaff("with_epsilon", ("axis=(2, 3))", "axis=(2, 3)) + 1e-3"), band="idea"),
    # np.zeros without a dtype.
    chaff("always_float64", (", dtype=x.dtype", ""), band="style"),
    # Windows side by side, as many as there should be.
    chaff("window_for_stride", ("i * stride, j * stride", "i * KH, j * KW"), band="slip"),
    # Rounds down in silence.
    chaff(
        "floors",
        ("pool_output_size(H, KH, stride=stride)", "(H - KH) // stride + 1"),
        ("pool_output_size(W, KW, stride=stride)", "(W - KW) // stride + 1"),
        band="style",
    ),
    chaff("torch_does_it", base=chaff__torch_does_it, band="idea"),
)
