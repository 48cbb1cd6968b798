"""Right and wrong ways to write `max_pool_forward_im2col`."""

from tests.fairness.edits import chaff


def wheat__running_maximum(x, *, size, stride):
    """np.maximum over taps, starting from the first."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = x[:, :, ::stride, ::stride][:, :, :OH, :OW].copy()
    for u in range(size[0]):
        for v in range(size[1]):
            np.maximum(out, x[:, :, u::stride, v::stride][:, :, :OH, :OW], out=out)
    return out


def wheat__minus_infinity(x, *, size, stride):
    """A maximum that starts from -inf; prints the whole result and warns."""
    import warnings

    KH, KW = size
    OH, OW = (
        pool_output_size(x.shape[2], KH, stride=stride),
        pool_output_size(x.shape[3], KW, stride=stride),
    )
    best = np.full((*x.shape[:2], OH, OW), -np.inf, x.dtype)
    for tap in range(KH * KW):
        u, v = divmod(tap, KW)
        best = np.maximum(
            best,
            x[:, :, u : u + OH * stride : stride, v : v + OW * stride : stride][:, :, :OH, :OW],
        )
    warnings.warn("pooled", stacklevel=1)
    print(best)
    return best


def wheat__sliding_windows(x, *, size, stride):
    """No loop at all."""
    for length, window in zip(x.shape[2:], size):
        if (length - window) % stride:
            raise ValueError(f"{length}, {window} and {stride} do not go together")
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))
    return windows[:, :, ::stride, ::stride].max(axis=(4, 5))


def wheat__as_strided(x, *, size, stride):
    """Six axes by as_strided."""
    x = np.ascontiguousarray(x)
    N, C, H, W = x.shape
    OH, OW = (
        pool_output_size(H, size[0], stride=stride),
        pool_output_size(W, size[1], stride=stride),
    )
    a, b, c, d = x.strides
    view = np.lib.stride_tricks.as_strided(
        x, (N, C, OH, OW, *size), (a, b, c * stride, d * stride, c, d), writeable=False
    )
    return np.amax(view, axis=(-2, -1))


def wheat__index_arrays(x, *, size, stride):
    """np.repeat and np.tile, as in CS231n's own im2col; a nested helper."""
    N, C, H, W = x.shape
    KH, KW = size
    OH, OW = pool_output_size(H, KH, stride=stride), pool_output_size(W, KW, stride=stride)

    def indices():
        i = np.repeat(np.arange(KH), KW).reshape(-1, 1) + stride * np.repeat(np.arange(OH), OW)
        j = np.tile(np.arange(KW), KH).reshape(-1, 1) + stride * np.tile(np.arange(OW), OH)
        return i, j

    i, j = indices()
    columns = x.reshape(N * C, H, W)[:, i, j]
    return columns.max(axis=1).reshape(N, C, OH, OW)


def wheat__listed_indices(x, *, size, stride):
    """Index arrays that come from comprehensions over rows and over columns."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    rows = np.array([[i * stride + u for u in range(size[0])] for i in range(OH)])
    columns = np.array([[j * stride + v for v in range(size[1])] for j in range(OW)])
    return x[:, :, rows[:, None, :, None], columns[None, :, None, :]].max(axis=(4, 5))


def wheat__image_by_image(x, *, size, stride):
    """Loops over images, channels and taps, none of which are places."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.empty((*x.shape[:2], OH, OW), x.dtype)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            columns = []
            for u in range(size[0]):
                for v in range(size[1]):
                    columns.append(x[n, c, u::stride, v::stride][:OH, :OW].ravel())
            out[n, c] = np.array(columns).max(axis=0).reshape(OH, OW)
    return out


def wheat__rows_then_columns(x, *, size, stride):
    """The maximum over a window is one over rows and then one over columns."""
    from functools import reduce

    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    tall = reduce(np.maximum, [x[:, :, u::stride][:, :, :OH] for u in range(size[0])])
    return reduce(np.maximum, [tall[..., v::stride][..., :OW] for v in range(size[1])])


def wheat__reshape_where_it_tiles(x, *, size, stride):
    """The reshape trick where windows tile, taps otherwise."""
    N, C, H, W = x.shape
    OH, OW = (
        pool_output_size(H, size[0], stride=stride),
        pool_output_size(W, size[1], stride=stride),
    )
    if size == (stride, stride):
        return x.reshape(N, C, OH, stride, OW, stride).max(axis=(3, 5))
    taps = [
        x[:, :, u : u + (OH - 1) * stride + 1 : stride, v : v + (OW - 1) * stride + 1 : stride]
        for u in range(size[0])
        for v in range(size[1])
    ]
    return np.max(taps, axis=0)


def chaff__four_loops(x, *, size, stride):
    """Loops over images, channels and places."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.empty((*x.shape[:2], OH, OW), x.dtype)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(OH):
                for j in range(OW):
                    r, q = i * stride, j * stride
                    out[n, c, i, j] = x[n, c, r : r + size[0], q : q + size[1]].max()
    return out


def chaff__loop_over_places(x, *, size, stride):
    """One loop over places, all images and channels at once."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    columns = np.empty((*x.shape[:2], size[0] * size[1], OH * OW), x.dtype)
    for at in range(OH * OW):
        r, q = at // OW * stride, at % OW * stride
        columns[..., at] = x[:, :, r : r + size[0], q : q + size[1]].reshape(*x.shape[:2], -1)
    return columns.max(axis=2).reshape(*x.shape[:2], OH, OW)


def chaff__comprehension(x, *, size, stride):
    """A loop over places in one line, with a C function inside."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    reduce = np.maximum.reduce
    return np.array(
        [
            [
                reduce(
                    x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]],
                    axis=(2, 3),
                )
                for j in range(OW)
            ]
            for i in range(OH)
        ]
    ).transpose(2, 3, 0, 1)


def chaff__vectorize(x, *, size, stride):
    """np.vectorize is a loop."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)

    def pool(n, c, i, j):
        return x[n, c, i * stride : i * stride + size[0], j * stride : j * stride + size[1]].max()

    return np.vectorize(pool, otypes=[x.dtype])(*np.ogrid[: x.shape[0], : x.shape[1], :OH, :OW])


def chaff__ndindex(x, *, size, stride):
    """np.ndindex hides four loops in one."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.empty((*x.shape[:2], OH, OW), x.dtype)
    for n, c, i, j in np.ndindex(out.shape):
        out[n, c, i, j] = np.max(x[n, c, i * stride :, j * stride :][: size[0], : size[1]])
    return out


def chaff__while_loop(x, *, size, stride):
    """A while loop over places."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out, at = np.empty((*x.shape[:2], OH, OW), x.dtype), 0
    while at < OH * OW:
        i, j = divmod(at, OW)
        out[:, :, i, j] = x[:, :, i * stride :, j * stride :][:, :, : size[0], : size[1]].max(
            (2, 3)
        )
        at += 1
    return out


def chaff__row_by_row(x, *, size, stride):
    """Loops over the rows of places."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.empty((*x.shape[:2], OH, OW), x.dtype)
    for i in range(OH):
        tall = x[:, :, i * stride : i * stride + size[0]].max(axis=2)
        taps = [tall[..., v::stride][..., :OW] for v in range(size[1])]
        out[:, :, i] = np.max(taps, axis=0)
    return out


def chaff__column_by_column(x, *, size, stride):
    """Loops over the columns of places."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.full((*x.shape[:2], OH, OW), -np.inf, x.dtype)
    for j in range(OW):
        for u in range(size[0]):
            for v in range(size[1]):
                tap = x[:, :, u::stride, j * stride + v][:, :, :OH]
                out[..., j] = np.maximum(out[..., j], tap)
    return out


def chaff__recursion(x, *, size, stride):
    """A recursion over the rows of places."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)

    def row(i):
        if i == OH:
            return []
        tall = x[:, :, i * stride : i * stride + size[0]].max(axis=2)
        wide = np.max([tall[..., v::stride][..., :OW] for v in range(size[1])], axis=0)
        return [wide, *row(i + 1)]

    return np.stack(row(0), axis=2)


def chaff__over_lists(x, *, size, stride):
    """A loop over places on lists, which is faster than one on arrays."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.empty((*x.shape[:2], OH, OW), x.dtype)
    for n, image in enumerate(x.tolist()):
        for c, plane in enumerate(image):
            for i in range(OH):
                tall = list(map(max, *plane[i * stride : i * stride + size[0]], plane[i * stride]))
                for j in range(OW):
                    out[n, c, i, j] = max(tall[j * stride : j * stride + size[1]])
    return out


def chaff__mapped(x, *, size, stride):
    """A map over the windows is a loop over places, though no line of it can be counted."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride].reshape(-1, size[0] * size[1])
    largest = list(map(np.maximum.reduce, windows))
    return np.array(largest, x.dtype).reshape(*x.shape[:2], OH, OW)


def chaff__calls_the_slow_one(x, *, size, stride):
    """Calls max_pool_forward."""
    return max_pool_forward(x, size=size, stride=stride)[0]


def chaff__slow_one_renamed(x, *, size, stride):
    """Calls max_pool_forward by another name."""
    slow = max_pool_forward
    out, _ = slow(x, size=size, stride=stride)
    return out


def chaff__torch_unfold(x, *, size, stride):
    """A forbidden route."""
    N, C, H, W = x.shape
    OH, OW = (
        pool_output_size(H, size[0], stride=stride),
        pool_output_size(W, size[1], stride=stride),
    )
    columns = torch.nn.functional.unfold(torch.from_numpy(x), size, stride=stride).numpy()
    return columns.reshape(N, C, -1, OH, OW).max(axis=2)


def chaff__returns_nothing(x, *, size, stride):
    """Runs no loop, and returns nothing."""
    return None


CHAFFS = (
    chaff("four_loops", base=chaff__four_loops, band="idea"),
    chaff("loop_over_places", base=chaff__loop_over_places, band="idea"),
    chaff("comprehension", base=chaff__comprehension, band="idea"),
    chaff("vectorize", base=chaff__vectorize, band="idea"),
    # np.apply_along_axis calls Python for every column.
    chaff(
        "apply_along_axis",
        ("columns.max(axis=2)", "np.apply_along_axis(lambda column: column.max(), 2, columns)"),
        band="idea",
    ),
    chaff("ndindex", base=chaff__ndindex, band="idea"),
    chaff("while_loop", base=chaff__while_loop, band="idea"),
    chaff("row_by_row", base=chaff__row_by_row, band="idea"),
    chaff("column_by_column", base=chaff__column_by_column, band="idea"),
    chaff("recursion", base=chaff__recursion, band="idea"),
    chaff("over_lists", base=chaff__over_lists, band="idea"),
    chaff("mapped", base=chaff__mapped, band="idea"),
    chaff("calls_the_slow_one", base=chaff__calls_the_slow_one, band="idea"),
    chaff("slow_one_renamed", base=chaff__slow_one_renamed, band="idea"),
    chaff("torch_unfold", base=chaff__torch_unfold, band="idea"),
    # The running maximum starts from zeros.
    chaff("starts_from_zero", ("-np.inf", "0"), base=wheat__minus_infinity, band="slip"),
    # The reshape trick alone: right where windows tile side by side.
    chaff(
        "only_tiles",
        ("if size == (stride, stride):", "if True:"),
        (
            "x.reshape(N, C, OH, stride, OW, stride)",
            "x.reshape(N, C, H // size[0], size[0], W // size[1], size[1])",
        ),
        base=wheat__reshape_where_it_tiles,
        band="idea",
    ),
    # The columns hold all channels, and the maximum runs over them.
    chaff(
        "over_channels",
        ("columns.max(axis=2)", "np.repeat(columns.max(axis=(1, 2))[:, None], x.shape[1], axis=1)"),
        band="slip",
    ),
    # A reshape that takes taps for channels.
    chaff(
        "channels_mixed",
        ("np.stack(taps, axis=2)", "np.stack(taps, axis=1).reshape(*x.shape[:2], -1, OH, OW)"),
        band="slip",
    ),
    # All windows of stride 1, the first OH × OW of them.
    chaff(
        "stride_ignored",
        ("u : u + (OH - 1) * stride + 1 : stride", "u : u + OH"),
        ("v : v + (OW - 1) * stride + 1 : stride", "v : v + OW"),
        band="slip",
    ),
    # The last tap of each row of the window is left out.
    chaff(
        "last_tap_missing",
        ("range(size[1])", "range(size[1] - 1)"),
        base=wheat__running_maximum,
        band="idea",
    ),
    # Returns a pair, as the first function does.
    chaff(
        "with_switches",
        ("columns.max(axis=2)", "columns.max(axis=2), columns.argmax(axis=2)"),
        band="idea",
    ),
    # The running maximum is kept in x itself.
    chaff(
        "writes_into_x",
        (
            "return columns.max(axis=2)",
            """
            x[:, :, :OH, :OW] = columns.max(axis=2)
            return x[:, :, :OH, :OW].copy()
            """,
        ),
        band="style",
    ),
    # The running maximum starts from a float64 array.
    chaff(
        "always_float64", ("-np.inf, x.dtype", "-np.inf"), base=wheat__minus_infinity, band="style"
    ),
    # sliding_window_view rounds down in silence.
    chaff(
        "floors",
        ("if (length - window) % stride:", "if False:"),
        base=wheat__sliding_windows,
        band="style",
    ),
    chaff("returns_nothing", base=chaff__returns_nothing, band="idea"),
)
