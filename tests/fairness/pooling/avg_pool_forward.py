"""Right and wrong ways to write `avg_pool_forward`."""

from tests.fairness.edits import chaff


def wheat__plain_loops(x, *, size, stride):
    """Loops all the way, Python floats, and back to the dtype."""
    N, C, H, W = x.shape
    OH = pool_output_size(H, size[0], stride=stride)
    OW = pool_output_size(W, size[1], stride=stride)
    out = np.zeros((N, C, OH, OW))
    for n, c, i, j in np.ndindex(out.shape):
        total = 0.0
        for u in range(size[0]):
            for v in range(size[1]):
                total += float(x[n, c, i * stride + u, j * stride + v])
        out[n, c, i, j] = total / (size[0] * size[1])
    return out.astype(x.dtype)


def wheat__over_taps(x, *, size, stride):
    """Adds up strided slices, divides at the end; prints and warns."""
    import warnings

    KH, KW = size
    OH = pool_output_size(x.shape[2], KH, stride=stride)
    OW = pool_output_size(x.shape[3], KW, stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for u in range(KH):
        for v in range(KW):
            out += x[:, :, u : u + OH * stride : stride, v : v + OW * stride : stride][
                :, :, :OH, :OW
            ]
    warnings.warn("averaged", stacklevel=1)
    print(out.mean())
    return out / (KH * KW)


def wheat__sliding_windows(x, *, size, stride):
    """Strided views and einsum, own refusal."""
    for length, window in zip(x.shape[2:], size):
        if (length - window) % stride:
            raise ValueError(f"a window of {window} cannot step by {stride} through {length}")
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))[
        :, :, ::stride, ::stride
    ]
    weight = np.full(size, 1 / (size[0] * size[1]), dtype=x.dtype)
    return np.einsum("ncijuv,uv->ncij", windows, weight)


def wheat__summed_area(x, *, size, stride):
    """A table of cumulative sums in float64, and its four corners."""
    KH, KW = size
    OH = pool_output_size(x.shape[2], KH, stride=stride)
    OW = pool_output_size(x.shape[3], KW, stride=stride)
    table = np.pad(x.astype(np.float64).cumsum(2).cumsum(3), ((0, 0), (0, 0), (1, 0), (1, 0)))
    r, q = np.arange(OH)[:, None] * stride, np.arange(OW) * stride
    corners = table[:, :, r + KH, q + KW] - table[:, :, r, q + KW] - table[:, :, r + KH, q]
    return ((corners + table[:, :, r, q]) / (KH * KW)).astype(x.dtype)


def wheat__list_of_planes(x, *, size, stride):
    """Builds nested lists of scalars; uses np.average."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)

    def pool(plane):
        return [
            [np.average(plane[i * stride :, j * stride :][: size[0], : size[1]]) for j in range(OW)]
            for i in range(OH)
        ]

    return np.array([[pool(plane) for plane in image] for image in x], dtype=x.dtype)


def chaff__tiles_by_reshape(x, *, size, stride):
    """The reshape trick without looking at the stride: right where windows tile side by side."""
    N, C, H, W = x.shape
    OH = pool_output_size(H, size[0], stride=stride)
    OW = pool_output_size(W, size[1], stride=stride)
    x = x[:, :, : H // size[0] * size[0], : W // size[1] * size[1]]
    tiles = x.reshape(N, C, H // size[0], size[0], W // size[1], size[1])
    return tiles.mean(axis=(3, 5), dtype=x.dtype)[:, :, :OH, :OW]


def chaff__torch_does_it(x, *, size, stride):
    """A forbidden route."""
    for axis in (2, 3):
        pool_output_size(x.shape[axis], size[axis - 2], stride=stride)
    return torch.nn.functional.avg_pool2d(torch.from_numpy(x), size, stride=stride).numpy()


def chaff__scipy_does_it(x, *, size, stride):
    """Another forbidden route."""
    from scipy.ndimage import uniform_filter

    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    origin = [-(k // 2) + (k % 2 == 0) * 0 for k in size]
    smooth = uniform_filter(x, (1, 1, *size), origin=(0, 0, *origin))
    return smooth[:, :, ::stride, ::stride][:, :, :OH, :OW]


CHAFFS = (
    # The sum, never divided.
    chaff("sum", ("window.mean", "window.sum"), band="idea"),
    # Divides by stride²: right where the window is the stride.
    chaff(
        "divides_by_stride",
        ("window.mean(axis=(2, 3))", "window.sum(axis=(2, 3)) / stride**2"),
        band="slip",
    ),
    # Divides by KH²: right for square windows.
    chaff(
        "divides_by_rows_squared",
        ("window.mean(axis=(2, 3))", "window.sum(axis=(2, 3)) / KH**2"),
        band="slip",
    ),
    # Averages over the channels too.
    chaff(
        "over_channels",
        ("window.mean(axis=(2, 3))", "window.mean(axis=(1, 2, 3))[:, None]"),
        band="slip",
    ),
    # Averages over the batch too.
    chaff("over_images", ("axis=(2, 3)", "axis=(0, 2, 3)"), band="slip"),
    # Copied from max pooling and not changed.
    chaff("maximum", ("window.mean", "window.max"), band="idea"),
    # The median.
    chaff("median", ("window.mean(axis=(2, 3))", "np.median(window, axis=(2, 3))"), band="idea"),
    chaff("tiles_by_reshape", base=chaff__tiles_by_reshape, band="slip"),
    # Columns move by one.
    chaff("stride_ignored_in_columns", ("j * stride", "j"), band="slip"),
    # Rows and columns of the output change places.
    chaff(
        "transposed",
        ("(N, C, OH, OW)", "(N, C, OW, OH)"),
        ("out[:, :, i, j]", "out[:, :, j, i]"),
        band="slip",
    ),
    # Columns are asked whether they fit, rows are rounded down.
    chaff(
        "floors_rows",
        ("pool_output_size(H, KH, stride=stride)", "(H - KH) // stride + 1"),
        band="style",
    ),
    # Rows are asked whether they fit, columns are rounded down.
    chaff(
        "floors_columns",
        ("pool_output_size(W, KW, stride=stride)", "(W - KW) // stride + 1"),
        band="style",
    ),
    # np.zeros without a dtype.
    chaff("always_float64", (", dtype=x.dtype", ""), band="style"),
    # x /= KH·KW, then sums.
    chaff(
        "divides_x_in_place",
        ("out = np.empty", "x /= KH * KW; out = np.empty"),
        ("window.mean", "window.sum"),
        band="style",
    ),
    chaff("torch_does_it", base=chaff__torch_does_it, band="idea"),
    chaff("scipy_does_it", base=chaff__scipy_does_it, band="idea"),
)
