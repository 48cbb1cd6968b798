"""Right and wrong ways to write `max_pool_forward`."""

from tests.fairness.edits import chaff


def wheat__plain_loops(x, *, size, stride):
    """Four loops and a strict comparison, no NumPy function for the maximum."""
    N, C, H, W = x.shape
    OH = pool_output_size(H, size[0], stride=stride)
    OW = pool_output_size(W, size[1], stride=stride)
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    where = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n in range(N):
        for c in range(C):
            for i in range(OH):
                for j in range(OW):
                    best, at = x[n, c, i * stride, j * stride], i * stride * W + j * stride
                    for u in range(size[0]):
                        for v in range(size[1]):
                            value = x[n, c, i * stride + u, j * stride + v]
                            if value > best:
                                best, at = value, (i * stride + u) * W + j * stride + v
                    out[n, c, i, j], where[n, c, i, j] = best, at
    return out, where


def wheat__from_minus_infinity(x, *, size, stride):
    """The search starts from -inf, over taps, with np.where; returns a list."""
    N, C, H, W = x.shape
    OH = pool_output_size(H, size[0], stride=stride)
    OW = pool_output_size(W, size[1], stride=stride)
    out = np.full((N, C, OH, OW), -np.inf, dtype=x.dtype)
    switches = np.zeros(out.shape, dtype="int64")
    rows, columns = np.arange(OH)[:, None] * stride, np.arange(OW) * stride
    for u in range(size[0]):
        for v in range(size[1]):
            tap = x[:, :, u:, v:][:, :, : (OH - 1) * stride + 1 : stride]
            tap = tap[..., : (OW - 1) * stride + 1 : stride]
            better = tap > out
            switches = np.where(better, (rows + u) * W + columns + v, switches)
            out = np.where(better, tap, out)
    return [out, switches]


def wheat__sliding_windows(x, *, size, stride):
    """Strided views, argmax and divmod; prints, and returns results that are not contiguous."""
    for length, window in zip(x.shape[2:], size):
        if (length - window) % stride != 0:
            raise ValueError(f"{length=} {window=} {stride=} leave something over")
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride].transpose(2, 3, 0, 1, 4, 5)
    flat = windows.reshape(*windows.shape[:4], -1)
    best = flat.argmax(axis=-1)
    row, column = np.divmod(best, size[1])
    i, j = np.ogrid[: best.shape[0], : best.shape[1]]
    places = (i[..., None, None] * stride + row) * x.shape[3] + j[..., None, None] * stride + column
    print("pooled", x.shape)
    return flat.max(axis=-1).transpose(2, 3, 0, 1), places.transpose(2, 3, 0, 1)


def wheat__unravel(x, *, size, stride):
    """np.unravel_index and np.ravel_multi_index, a nested helper, a warning."""
    import warnings

    def places(length, window):
        count, left_over = divmod(length - window, stride)
        if left_over:
            raise ValueError(f"window {window} at stride {stride} does not tile {length}")
        return count + 1

    warnings.warn("this is slow", stacklevel=1)
    (N, C, H, W), (KH, KW) = x.shape, size
    out = np.zeros((N, C, places(H, KH), places(W, KW)), x.dtype)
    switches = np.zeros(out.shape, int)
    for n, c, i, j in np.ndindex(out.shape):
        window = x[n, c][i * stride : i * stride + KH, j * stride : j * stride + KW]
        u, v = np.unravel_index(np.argmax(window), window.shape)
        out[n, c, i, j] = np.max(window)
        switches[n, c, i, j] = np.ravel_multi_index((i * stride + u, j * stride + v), (H, W))
    return out, switches


def wheat__fancy_indices(x, *, size, stride):
    """Takes the values by their switches, from the flattened planes."""
    N, C, H, W = x.shape
    OH = pool_output_size(H, size[0], stride=stride)
    OW = pool_output_size(W, size[1], stride=stride)
    corner = (np.arange(OH) * stride * W)[:, None] + np.arange(OW) * stride
    tap = ((np.arange(size[0]) * W)[:, None] + np.arange(size[1])).ravel()
    index = corner[:, :, None] + tap  # (OH, OW, taps)
    planes = x.reshape(N, C, H * W)
    best = planes[:, :, index].argmax(axis=-1)
    switches = np.take_along_axis(
        np.broadcast_to(index, (*best.shape, len(tap))), best[..., None], -1
    )
    switches = switches[..., 0]
    out = np.take_along_axis(planes, switches.reshape(N, C, -1), axis=2).reshape(best.shape)
    return out, switches


def chaff__torch_does_it(x, *, size, stride):
    """A forbidden route."""
    for axis in (2, 3):
        pool_output_size(x.shape[axis], size[axis - 2], stride=stride)
    out, switches = torch.nn.functional.max_pool2d(
        torch.from_numpy(x), size, stride=stride, return_indices=True
    )
    return out.numpy(), switches.numpy()


CHAFFS = (
    # Looks for the maximum's value in the whole plane: equal values of another window come first.
    chaff(
        "looked_up_in_the_plane",
        ("(top + row) * W + left + column", "np.flatnonzero(x[n, c] == window.max())[0]"),
        band="slip",
    ),
    # No window moves by more than four.
    chaff(
        "stride_of_four_at_most",
        ("i * stride, j * stride", "i * min(stride, 4), j * min(stride, 4)"),
        band="slip",
    ),
    # The maximum starts from 0, so negative windows give 0.
    chaff(
        "starts_from_zero",
        ("x[n, c, i * stride, j * stride], i * stride * W + j * stride", "0, 0"),
        base=wheat__plain_loops,
        band="slip",
    ),
    # The maximum starts from a number that looks small enough.
    chaff(
        "starts_from_minus_a_billion",
        ("x[n, c, i * stride, j * stride], i * stride * W + j * stride", "-1e9, 0"),
        base=wheat__plain_loops,
        band="slip",
    ),
    # >= for >: the last of equal values is taken.
    chaff(
        "last_of_equals", ("value > best", "value >= best"), base=wheat__plain_loops, band="slip"
    ),
    # Among equals the first in column-major order is taken: loops over v outside u.
    chaff(
        "columns_first",
        ("for u in range(size[0])", "for v in range(size[1])"),
        ("for v in range(size[1])", "for u in range(size[0])"),
        base=wheat__plain_loops,
        band="slip",
    ),
    # Switches count inside the window, not in the plane.
    chaff(
        "index_in_the_window", ("(top + row) * W + left + column", "window.argmax()"), band="slip"
    ),
    # Flat index row·H + column: right for square planes only.
    chaff("index_by_height", ("(top + row) * W", "(top + row) * H"), band="slip"),
    # Switches count through the whole volume, channels and images included.
    chaff(
        "index_in_the_volume", ("(top + row) * W", "((n * C + c) * H + top + row) * W"), band="slip"
    ),
    # The window's index is taken apart by KH instead of KW.
    chaff(
        "unravel_by_rows",
        ("divmod(window.argmax(), KW)", "divmod(window.argmax(), KH)"),
        ("window[row, column]", "window.max()"),
        band="slip",
    ),
    # The window moves by its own size, whatever the stride is.
    chaff(
        "window_for_stride",
        ("i * stride, j * stride", "min(i * KH, H - KH), min(j * KW, W - KW)"),
        band="slip",
    ),
    # The window is stride × stride, whatever the size is.
    chaff(
        "stride_for_window",
        ("top : top + KH, left : left + KW", "top : top + stride, left : left + stride"),
        ("divmod(window.argmax(), KW)", "divmod(window.argmax(), window.shape[1])"),
        band="slip",
    ),
    # Only the rows of the window are looked at; columns are assumed to be as many.
    chaff(
        "square_windows",
        (
            "OW = pool_output_size(W, KW, stride=stride)",
            """
            pool_output_size(W, KW, stride=stride)
            KW = KH
            OW = (W - KW) // stride + 1
            """,
        ),
        band="slip",
    ),
    # size is read as (columns, rows).
    chaff("size_swapped", ("KH, KW = size", "KW, KH = size"), band="slip"),
    # The bottom right value is taken: right on sorted inputs such as np.arange.
    chaff("last_element", ("divmod(window.argmax(), KW)", "KH - 1, KW - 1"), band="idea"),
    # The value that is farthest from zero is taken.
    chaff("largest_magnitude", ("window.argmax()", "np.abs(window).argmax()"), band="slip"),
    # The maximum runs over the channels too.
    chaff(
        "over_channels",
        (
            "x[n, c, top : top + KH, left : left + KW]",
            "x[n, :, top : top + KH, left : left + KW].max(axis=0)",
        ),
        band="slip",
    ),
    # Sizes that do not tile are rounded down in silence, as PyTorch does.
    chaff(
        "floors",
        ("pool_output_size(H, KH, stride=stride)", "(H - KH) // stride + 1"),
        ("pool_output_size(W, KW, stride=stride)", "(W - KW) // stride + 1"),
        band="style",
    ),
    # Refuses, and does not say what does not fit.
    chaff(
        "message_without_numbers",
        ('f"{length=} {window=} {stride=} leave something over"', '"the windows do not fit"'),
        base=wheat__sliding_windows,
        band="style",
    ),
    # An AssertionError where a ValueError was asked for.
    chaff(
        "refuses_by_assert",
        ("ValueError", "AssertionError"),
        base=wheat__sliding_windows,
        band="style",
    ),
    # Overlapping windows are refused although they fit.
    chaff(
        "refuses_overlap",
        (
            "KH, KW = size",
            """
            KH, KW = size
            if stride < max(size):
                raise ValueError(f"windows overlap: {H} {W} {size} {stride}")
            """,
        ),
        band="slip",
    ),
    # np.zeros without a dtype.
    chaff("always_float64", (", dtype=x.dtype", ""), band="style"),
    # Switches are floats.
    chaff("float_switches", (", dtype=np.int64", ""), band="style"),
    # Marks the values taken in x itself.
    chaff("strikes_out_the_winner", ("return out", "x -= x.max(); return out"), band="style"),
    # Only out comes back.
    chaff("no_switches", ("return out, switches", "return out"), band="idea"),
    chaff("torch_does_it", base=chaff__torch_does_it, band="idea"),
    # The last row of places is never filled in.
    chaff(
        "last_place_missing", ("range(OH)", "range(OH - 1)"), base=wheat__plain_loops, band="idea"
    ),
)
