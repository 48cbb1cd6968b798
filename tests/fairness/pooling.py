# ruff: noqa: F821, F841, B905, RUF059 - answers as students write them, in a notebook whose names they use
"""Right and wrong answers to `pooling`, as students write them."""

# max_pool_forward


def wheat__max_pool_forward__plain_loops(x, *, size, stride):
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


def wheat__max_pool_forward__from_minus_infinity(x, *, size, stride):
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


def wheat__max_pool_forward__sliding_windows(x, *, size, stride):
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


def wheat__max_pool_forward__unravel(x, *, size, stride):
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


def wheat__max_pool_forward__fancy_indices(x, *, size, stride):
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


def chaff__max_pool_forward__starts_from_zero(x, *, size, stride):
    """The maximum starts from 0, so negative windows give 0."""
    N, C, H, W = x.shape
    OH = pool_output_size(H, size[0], stride=stride)
    OW = pool_output_size(W, size[1], stride=stride)
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        for u in range(size[0]):
            for v in range(size[1]):
                r, q = i * stride + u, j * stride + v
                if x[n, c, r, q] > out[n, c, i, j]:
                    out[n, c, i, j], switches[n, c, i, j] = x[n, c, r, q], r * W + q
    return out, switches


def chaff__max_pool_forward__starts_from_minus_a_billion(x, *, size, stride):
    """The maximum starts from a number that looks small enough."""
    N, C, H, W = x.shape
    OH = pool_output_size(H, size[0], stride=stride)
    OW = pool_output_size(W, size[1], stride=stride)
    out = np.full((N, C, OH, OW), -1e9, dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        for u in range(size[0]):
            for v in range(size[1]):
                r, q = i * stride + u, j * stride + v
                if x[n, c, r, q] > out[n, c, i, j]:
                    out[n, c, i, j], switches[n, c, i, j] = x[n, c, r, q], r * W + q
    return out, switches


def chaff__max_pool_forward__last_of_equals(x, *, size, stride):
    """>= for >: the last of equal values is taken."""
    N, C, H, W = x.shape
    OH = pool_output_size(H, size[0], stride=stride)
    OW = pool_output_size(W, size[1], stride=stride)
    out = np.full((N, C, OH, OW), -np.inf, dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        for u in range(size[0]):
            for v in range(size[1]):
                r, q = i * stride + u, j * stride + v
                if x[n, c, r, q] >= out[n, c, i, j]:
                    out[n, c, i, j], switches[n, c, i, j] = x[n, c, r, q], r * W + q
    return out, switches


def chaff__max_pool_forward__columns_first(x, *, size, stride):
    """Among equals the first in column-major order is taken: loops over v outside u."""
    N, C, H, W = x.shape
    OH = pool_output_size(H, size[0], stride=stride)
    OW = pool_output_size(W, size[1], stride=stride)
    out = np.full((N, C, OH, OW), -np.inf, dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        for v in range(size[1]):
            for u in range(size[0]):
                r, q = i * stride + u, j * stride + v
                if x[n, c, r, q] > out[n, c, i, j]:
                    out[n, c, i, j], switches[n, c, i, j] = x[n, c, r, q], r * W + q
    return out, switches


def chaff__max_pool_forward__index_in_the_window(x, *, size, stride):
    """Switches count inside the window, not in the plane."""
    N, C, H, W = x.shape
    OH = pool_output_size(H, size[0], stride=stride)
    OW = pool_output_size(W, size[1], stride=stride)
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        window = x[n, c, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[n, c, i, j], switches[n, c, i, j] = window.max(), window.argmax()
    return out, switches


def chaff__max_pool_forward__index_by_height(x, *, size, stride):
    """Flat index row·H + column: right for square planes only."""
    N, C, H, W = x.shape
    KH, KW = size
    OH, OW = pool_output_size(H, KH, stride=stride), pool_output_size(W, KW, stride=stride)
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        window = x[n, c, i * stride : i * stride + KH, j * stride : j * stride + KW]
        u, v = divmod(window.argmax(), KW)
        out[n, c, i, j] = window[u, v]
        switches[n, c, i, j] = (i * stride + u) * H + j * stride + v
    return out, switches


def chaff__max_pool_forward__index_in_the_volume(x, *, size, stride):
    """Switches count through the whole volume, channels and images included."""
    N, C, H, W = x.shape
    KH, KW = size
    OH, OW = pool_output_size(H, KH, stride=stride), pool_output_size(W, KW, stride=stride)
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        window = x[n, c, i * stride : i * stride + KH, j * stride : j * stride + KW]
        u, v = divmod(window.argmax(), KW)
        out[n, c, i, j] = window[u, v]
        switches[n, c, i, j] = ((n * C + c) * H + i * stride + u) * W + j * stride + v
    return out, switches


def chaff__max_pool_forward__unravel_by_rows(x, *, size, stride):
    """The window's index is taken apart by KH instead of KW."""
    N, C, H, W = x.shape
    KH, KW = size
    OH, OW = pool_output_size(H, KH, stride=stride), pool_output_size(W, KW, stride=stride)
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        window = x[n, c, i * stride : i * stride + KH, j * stride : j * stride + KW]
        u, v = divmod(window.argmax(), KH)
        out[n, c, i, j] = window.max()
        switches[n, c, i, j] = (i * stride + u) * W + j * stride + v
    return out, switches


def chaff__max_pool_forward__window_for_stride(x, *, size, stride):
    """The window moves by its own size, whatever the stride is."""
    N, C, H, W = x.shape
    KH, KW = size
    OH, OW = pool_output_size(H, KH, stride=stride), pool_output_size(W, KW, stride=stride)
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        top, left = min(i * KH, H - KH), min(j * KW, W - KW)
        window = x[n, c, top : top + KH, left : left + KW]
        u, v = divmod(window.argmax(), KW)
        out[n, c, i, j] = window[u, v]
        switches[n, c, i, j] = (top + u) * W + left + v
    return out, switches


def chaff__max_pool_forward__stride_for_window(x, *, size, stride):
    """The window is stride × stride, whatever the size is."""
    N, C, H, W = x.shape
    OH = pool_output_size(H, size[0], stride=stride)
    OW = pool_output_size(W, size[1], stride=stride)
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        top, left = i * stride, j * stride
        window = x[n, c, top : top + stride, left : left + stride]
        u, v = divmod(window.argmax(), window.shape[1])
        out[n, c, i, j] = window[u, v]
        switches[n, c, i, j] = (top + u) * W + left + v
    return out, switches


def chaff__max_pool_forward__square_windows(x, *, size, stride):
    """Only the rows of the window are looked at; columns are assumed to be as many."""
    N, C, H, W = x.shape
    K = size[0]
    OH, OW = (H - K) // stride + 1, (W - K) // stride + 1
    pool_output_size(H, size[0], stride=stride), pool_output_size(W, size[1], stride=stride)
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        window = x[n, c, i * stride : i * stride + K, j * stride : j * stride + K]
        u, v = divmod(window.argmax(), K)
        out[n, c, i, j] = window[u, v]
        switches[n, c, i, j] = (i * stride + u) * W + j * stride + v
    return out, switches


def chaff__max_pool_forward__size_swapped(x, *, size, stride):
    """size is read as (columns, rows)."""
    N, C, H, W = x.shape
    KW, KH = size
    OH, OW = pool_output_size(H, KH, stride=stride), pool_output_size(W, KW, stride=stride)
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        window = x[n, c, i * stride : i * stride + KH, j * stride : j * stride + KW]
        u, v = divmod(window.argmax(), KW)
        out[n, c, i, j] = window[u, v]
        switches[n, c, i, j] = (i * stride + u) * W + j * stride + v
    return out, switches


def chaff__max_pool_forward__last_element(x, *, size, stride):
    """The bottom right value is taken: right on sorted inputs such as np.arange."""
    H, W = x.shape[2:]
    OH = pool_output_size(H, size[0], stride=stride)
    OW = pool_output_size(W, size[1], stride=stride)
    rows = np.arange(OH) * stride + size[0] - 1
    columns = np.arange(OW) * stride + size[1] - 1
    out = x[:, :, rows[:, None], columns]
    return out, np.broadcast_to(rows[:, None] * W + columns, out.shape).astype(np.int64)


def chaff__max_pool_forward__largest_magnitude(x, *, size, stride):
    """The value that is farthest from zero is taken."""
    N, C, H, W = x.shape
    KH, KW = size
    OH, OW = pool_output_size(H, KH, stride=stride), pool_output_size(W, KW, stride=stride)
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        window = x[n, c, i * stride : i * stride + KH, j * stride : j * stride + KW]
        u, v = divmod(np.abs(window).argmax(), KW)
        out[n, c, i, j] = window[u, v]
        switches[n, c, i, j] = (i * stride + u) * W + j * stride + v
    return out, switches


def chaff__max_pool_forward__over_channels(x, *, size, stride):
    """The maximum runs over the channels too."""
    N, C, H, W = x.shape
    KH, KW = size
    OH, OW = pool_output_size(H, KH, stride=stride), pool_output_size(W, KW, stride=stride)
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, i, j in np.ndindex(N, OH, OW):
        window = x[n, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        u, v = divmod(window.max(axis=0).argmax(), KW)
        out[n, :, i, j] = window.max()
        switches[n, :, i, j] = (i * stride + u) * W + j * stride + v
    return out, switches


def chaff__max_pool_forward__floors(x, *, size, stride):
    """Sizes that do not tile are rounded down in silence, as PyTorch does."""
    N, C, H, W = x.shape
    KH, KW = size
    OH, OW = (H - KH) // stride + 1, (W - KW) // stride + 1
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        window = x[n, c, i * stride : i * stride + KH, j * stride : j * stride + KW]
        u, v = divmod(window.argmax(), KW)
        out[n, c, i, j] = window[u, v]
        switches[n, c, i, j] = (i * stride + u) * W + j * stride + v
    return out, switches


def chaff__max_pool_forward__message_without_numbers(x, *, size, stride):
    """Refuses, and does not say what does not fit."""
    N, C, H, W = x.shape
    KH, KW = size
    if (H - KH) % stride or (W - KW) % stride:
        raise ValueError("the windows do not fit")
    OH, OW = (H - KH) // stride + 1, (W - KW) // stride + 1
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        window = x[n, c, i * stride : i * stride + KH, j * stride : j * stride + KW]
        u, v = divmod(window.argmax(), KW)
        out[n, c, i, j] = window[u, v]
        switches[n, c, i, j] = (i * stride + u) * W + j * stride + v
    return out, switches


def chaff__max_pool_forward__refuses_by_assert(x, *, size, stride):
    """An AssertionError where a ValueError was asked for."""
    N, C, H, W = x.shape
    KH, KW = size
    assert (H - KH) % stride == 0, f"{H} {KH} {stride}"
    assert (W - KW) % stride == 0, f"{W} {KW} {stride}"
    OH, OW = (H - KH) // stride + 1, (W - KW) // stride + 1
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        window = x[n, c, i * stride : i * stride + KH, j * stride : j * stride + KW]
        u, v = divmod(window.argmax(), KW)
        out[n, c, i, j] = window[u, v]
        switches[n, c, i, j] = (i * stride + u) * W + j * stride + v
    return out, switches


def chaff__max_pool_forward__refuses_overlap(x, *, size, stride):
    """Overlapping windows are refused although they fit."""
    N, C, H, W = x.shape
    KH, KW = size
    if stride < max(size):
        raise ValueError(f"windows overlap: {H} {W} {size} {stride}")
    OH, OW = pool_output_size(H, KH, stride=stride), pool_output_size(W, KW, stride=stride)
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        window = x[n, c, i * stride : i * stride + KH, j * stride : j * stride + KW]
        u, v = divmod(window.argmax(), KW)
        out[n, c, i, j] = window[u, v]
        switches[n, c, i, j] = (i * stride + u) * W + j * stride + v
    return out, switches


def chaff__max_pool_forward__always_float64(x, *, size, stride):
    """np.zeros without a dtype."""
    N, C, H, W = x.shape
    KH, KW = size
    OH, OW = pool_output_size(H, KH, stride=stride), pool_output_size(W, KW, stride=stride)
    out = np.zeros((N, C, OH, OW))
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        window = x[n, c, i * stride : i * stride + KH, j * stride : j * stride + KW]
        u, v = divmod(window.argmax(), KW)
        out[n, c, i, j] = window[u, v]
        switches[n, c, i, j] = (i * stride + u) * W + j * stride + v
    return out, switches


def chaff__max_pool_forward__float_switches(x, *, size, stride):
    """Switches are floats."""
    N, C, H, W = x.shape
    KH, KW = size
    OH, OW = pool_output_size(H, KH, stride=stride), pool_output_size(W, KW, stride=stride)
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW))
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        window = x[n, c, i * stride : i * stride + KH, j * stride : j * stride + KW]
        u, v = divmod(window.argmax(), KW)
        out[n, c, i, j] = window[u, v]
        switches[n, c, i, j] = (i * stride + u) * W + j * stride + v
    return out, switches


def chaff__max_pool_forward__strikes_out_the_winner(x, *, size, stride):
    """Marks the values taken in x itself."""
    N, C, H, W = x.shape
    KH, KW = size
    OH, OW = pool_output_size(H, KH, stride=stride), pool_output_size(W, KW, stride=stride)
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        window = x[n, c, i * stride : i * stride + KH, j * stride : j * stride + KW]
        u, v = divmod(window.argmax(), KW)
        out[n, c, i, j] = window[u, v]
        switches[n, c, i, j] = (i * stride + u) * W + j * stride + v
    x -= x.max()
    return out, switches


def chaff__max_pool_forward__no_switches(x, *, size, stride):
    """Only out comes back."""
    N, C, H, W = x.shape
    KH, KW = size
    OH, OW = pool_output_size(H, KH, stride=stride), pool_output_size(W, KW, stride=stride)
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    for n, c, i, j in np.ndindex(N, C, OH, OW):
        window = x[n, c, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[n, c, i, j] = window.max()
    return out


def chaff__max_pool_forward__torch_does_it(x, *, size, stride):
    """A forbidden route."""
    for axis in (2, 3):
        pool_output_size(x.shape[axis], size[axis - 2], stride=stride)
    out, switches = torch.nn.functional.max_pool2d(
        torch.from_numpy(x), size, stride=stride, return_indices=True
    )
    return out.numpy(), switches.numpy()


def chaff__max_pool_forward__last_place_missing(x, *, size, stride):
    """The last row of places is never filled in."""
    N, C, H, W = x.shape
    KH, KW = size
    OH, OW = pool_output_size(H, KH, stride=stride), pool_output_size(W, KW, stride=stride)
    out = np.zeros((N, C, OH, OW), dtype=x.dtype)
    switches = np.zeros((N, C, OH, OW), dtype=np.int64)
    for i, r in enumerate(range(0, H - KH, stride)):
        for j, q in enumerate(range(0, W - KW + 1, stride)):
            window = x[:, :, r : r + KH, q : q + KW].reshape(N, C, -1)
            u, v = np.divmod(window.argmax(axis=2), KW)
            out[:, :, i, j] = window.max(axis=2)
            switches[:, :, i, j] = (r + u) * W + q + v
    return out, switches


# max_pool_backward


def wheat__max_pool_backward__add_at(dout, switches, x_shape):
    """np.add.at on the flattened planes."""
    N, C, H, W = x_shape
    dx = np.zeros((N * C, H * W), dtype=dout.dtype)
    plane = np.repeat(np.arange(N * C), dout[0, 0].size)
    np.add.at(dx, (plane, switches.ravel()), dout.ravel())
    return dx.reshape(x_shape)


def wheat__max_pool_backward__bincount(dout, switches, x_shape):
    """np.bincount over one long index, and back to the dtype."""
    N, C, H, W = x_shape
    offset = np.arange(N * C).reshape(N, C, 1, 1) * (H * W)
    flat = np.bincount((switches + offset).ravel(), dout.ravel(), minlength=N * C * H * W)
    return flat.astype(dout.dtype).reshape(x_shape)


def wheat__max_pool_backward__flat_views(dout, switches, x_shape):
    """A flat view of each plane; prints."""
    dx = np.zeros(x_shape, dout.dtype)
    for n in range(dx.shape[0]):
        for c in range(dx.shape[1]):
            plane = dx[n, c].reshape(-1)
            for at, value in zip(switches[n, c].flat, dout[n, c].flat):
                plane[at] += value
    print("sent", dout.sum())
    return dx


def wheat__max_pool_backward__place_by_place(dout, switches, x_shape):
    """Loops over the places of all planes at once; no two of one place share a plane."""
    N, C, H, W = x_shape
    dx = np.zeros((N, C, H * W), dtype=dout.dtype)
    n, c = np.ogrid[:N, :C]
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[n, c, switches[:, :, i, j]] += dout[:, :, i, j]
    return dx.reshape(N, C, H, W)


def wheat__max_pool_backward__one_hot_product(dout, switches, x_shape):
    """A matrix of zeros and ones, by einsum; the result is a view."""
    N, C, H, W = x_shape
    hot = (switches.reshape(N, C, -1, 1) == np.arange(H * W)).astype(dout.dtype)
    return np.einsum("ncip,nci->ncp", hot, dout.reshape(N, C, -1)).reshape(N, C, H, W)


def chaff__max_pool_backward__assigns(dout, switches, x_shape):
    """= for +=: right only where windows do not overlap."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        row, column = divmod(switches[n, c, i, j], x_shape[3])
        dx[n, c, row, column] = dout[n, c, i, j]
    return dx


def chaff__max_pool_backward__fancy_plus_equals(dout, switches, x_shape):
    """a[indices] += values adds only once where an index comes twice."""
    N, C, H, W = x_shape
    dx = np.zeros((N, C, H * W), dtype=dout.dtype)
    n, c = np.ogrid[:N, :C]
    dx[n[..., None], c[..., None], switches.reshape(N, C, -1)] += dout.reshape(N, C, -1)
    return dx.reshape(x_shape)


def chaff__max_pool_backward__put_along_axis(dout, switches, x_shape):
    """np.put_along_axis keeps the last of several."""
    N, C, H, W = x_shape
    dx = np.zeros((N, C, H * W), dtype=dout.dtype)
    np.put_along_axis(dx, switches.reshape(N, C, -1), dout.reshape(N, C, -1), axis=2)
    return dx.reshape(x_shape)


def chaff__max_pool_backward__divides_by_height(dout, switches, x_shape):
    """The flat index is taken apart by H: right for square planes only."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        row, column = divmod(switches[n, c, i, j], x_shape[2])
        dx[n, c, row % x_shape[2], column % x_shape[3]] += dout[n, c, i, j]
    return dx


def chaff__max_pool_backward__rows_and_columns_swapped(dout, switches, x_shape):
    """Row is the remainder and column the quotient."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        column, row = divmod(switches[n, c, i, j], x_shape[3])
        dx[n, c, row % x_shape[2], column % x_shape[3]] += dout[n, c, i, j]
    return dx


def chaff__max_pool_backward__switches_of_the_first_image(dout, switches, x_shape):
    """Every image uses the switches of the first."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        row, column = divmod(switches[0, c, i, j], x_shape[3])
        dx[n, c, row, column] += dout[n, c, i, j]
    return dx


def chaff__max_pool_backward__switches_of_the_first_channel(dout, switches, x_shape):
    """Every channel uses the switches of the first."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        row, column = divmod(switches[n, 0, i, j], x_shape[3])
        dx[n, c, row, column] += dout[n, c, i, j]
    return dx


def chaff__max_pool_backward__returns_early(dout, switches, x_shape):
    """The return stands inside the outer loop."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for n in range(dout.shape[0]):
        for c, i, j in np.ndindex(dout.shape[1:]):
            row, column = divmod(switches[n, c, i, j], x_shape[3])
            dx[n, c, row, column] += dout[n, c, i, j]
        return dx


def chaff__max_pool_backward__mean_of_several(dout, switches, x_shape):
    """Where several windows send, their mean arrives."""
    N, C, H, W = x_shape
    offset = np.arange(N * C).reshape(N, C, 1, 1) * (H * W)
    index = (switches + offset).ravel()
    total = np.bincount(index, dout.ravel(), minlength=N * C * H * W)
    count = np.bincount(index, minlength=N * C * H * W)
    return (total / np.maximum(count, 1)).astype(dout.dtype).reshape(x_shape)


def chaff__max_pool_backward__spreads_evenly(dout, switches, x_shape):
    """The gradient of average pooling, with windows guessed from the shapes."""
    N, C, H, W = x_shape
    KH, KW = H // dout.shape[2], W // dout.shape[3]
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            share = dout[:, :, i, j, None, None] / (KH * KW)
            dx[:, :, i * KH : i * KH + KH, j * KW : j * KW + KW] += share
    return dx


def chaff__max_pool_backward__starts_from_ones(dout, switches, x_shape):
    """Values that were not taken get a gradient too."""
    dx = np.ones(x_shape, dtype=dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        row, column = divmod(switches[n, c, i, j], x_shape[3])
        dx[n, c, row, column] += dout[n, c, i, j] - 1
    return dx


def chaff__max_pool_backward__counts_winners(dout, switches, x_shape):
    """Sends 1 for each window instead of its gradient."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        row, column = divmod(switches[n, c, i, j], x_shape[3])
        dx[n, c, row, column] += 1
    return dx


def chaff__max_pool_backward__always_float64(dout, switches, x_shape):
    """np.zeros without a dtype."""
    dx = np.zeros(x_shape)
    for n, c, i, j in np.ndindex(dout.shape):
        row, column = divmod(switches[n, c, i, j], x_shape[3])
        dx[n, c, row, column] += dout[n, c, i, j]
    return dx


def chaff__max_pool_backward__moves_the_switches(dout, switches, x_shape):
    """Adds each plane's offset to the switches themselves."""
    N, C, H, W = x_shape
    switches += np.arange(N * C).reshape(N, C, 1, 1) * (H * W) + (N * C == 1)
    flat = np.bincount((switches - (N * C == 1)).ravel(), dout.ravel(), minlength=N * C * H * W)
    return flat.astype(dout.dtype).reshape(x_shape)


def chaff__max_pool_backward__uses_up_dout(dout, switches, x_shape):
    """Sets to zero what has been sent."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        row, column = divmod(switches[n, c, i, j], x_shape[3])
        dx[n, c, row, column] += dout[n, c, i, j]
        dout[n, c, i, j] = 0
    return dx


def chaff__max_pool_backward__torch_does_it(dout, switches, x_shape):
    """A forbidden route."""
    N, C, H, W = x_shape
    dx = torch.zeros(N, C, H * W, dtype=torch.from_numpy(dout).dtype)
    index, values = (torch.from_numpy(a.reshape(N, C, -1)) for a in (switches, dout))
    return dx.scatter_add_(2, index, values).reshape(N, C, H, W).numpy()


def chaff__max_pool_backward__flat_result(dout, switches, x_shape):
    """The planes come back flat."""
    N, C, H, W = x_shape
    dx = np.zeros((N, C, H * W), dtype=dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        dx[n, c, switches[n, c, i, j]] += dout[n, c, i, j]
    return dx


# avg_pool_forward


def wheat__avg_pool_forward__plain_loops(x, *, size, stride):
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


def wheat__avg_pool_forward__over_taps(x, *, size, stride):
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


def wheat__avg_pool_forward__sliding_windows(x, *, size, stride):
    """Strided views and einsum, own refusal."""
    for length, window in zip(x.shape[2:], size):
        if (length - window) % stride:
            raise ValueError(f"a window of {window} cannot step by {stride} through {length}")
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))[
        :, :, ::stride, ::stride
    ]
    weight = np.full(size, 1 / (size[0] * size[1]), dtype=x.dtype)
    return np.einsum("ncijuv,uv->ncij", windows, weight)


def wheat__avg_pool_forward__summed_area(x, *, size, stride):
    """A table of cumulative sums in float64, and its four corners."""
    KH, KW = size
    OH = pool_output_size(x.shape[2], KH, stride=stride)
    OW = pool_output_size(x.shape[3], KW, stride=stride)
    table = np.pad(x.astype(np.float64).cumsum(2).cumsum(3), ((0, 0), (0, 0), (1, 0), (1, 0)))
    r, q = np.arange(OH)[:, None] * stride, np.arange(OW) * stride
    corners = table[:, :, r + KH, q + KW] - table[:, :, r, q + KW] - table[:, :, r + KH, q]
    return ((corners + table[:, :, r, q]) / (KH * KW)).astype(x.dtype)


def wheat__avg_pool_forward__list_of_planes(x, *, size, stride):
    """Builds nested lists of scalars; uses np.average."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)

    def pool(plane):
        return [
            [np.average(plane[i * stride :, j * stride :][: size[0], : size[1]]) for j in range(OW)]
            for i in range(OH)
        ]

    return np.array([[pool(plane) for plane in image] for image in x], dtype=x.dtype)


def chaff__avg_pool_forward__sum(x, *, size, stride):
    """The sum, never divided."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = window.sum(axis=(2, 3))
    return out


def chaff__avg_pool_forward__divides_by_stride(x, *, size, stride):
    """Divides by stride²: right where the window is the stride."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = window.sum(axis=(2, 3)) / stride**2
    return out


def chaff__avg_pool_forward__divides_by_rows_squared(x, *, size, stride):
    """Divides by KH²: right for square windows."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = window.sum(axis=(2, 3)) / size[0] ** 2
    return out


def chaff__avg_pool_forward__over_channels(x, *, size, stride):
    """Averages over the channels too."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = window.mean(axis=(1, 2, 3))[:, None]
    return out


def chaff__avg_pool_forward__over_images(x, *, size, stride):
    """Averages over the batch too."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = window.mean(axis=(0, 2, 3))
    return out


def chaff__avg_pool_forward__maximum(x, *, size, stride):
    """Copied from max pooling and not changed."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = window.max(axis=(2, 3))
    return out


def chaff__avg_pool_forward__median(x, *, size, stride):
    """The median."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = np.median(window, axis=(2, 3))
    return out


def chaff__avg_pool_forward__tiles_by_reshape(x, *, size, stride):
    """The reshape trick without looking at the stride: right where windows tile side by side."""
    N, C, H, W = x.shape
    OH = pool_output_size(H, size[0], stride=stride)
    OW = pool_output_size(W, size[1], stride=stride)
    x = x[:, :, : H // size[0] * size[0], : W // size[1] * size[1]]
    tiles = x.reshape(N, C, H // size[0], size[0], W // size[1], size[1])
    return tiles.mean(axis=(3, 5), dtype=x.dtype)[:, :, :OH, :OW]


def chaff__avg_pool_forward__stride_ignored_in_columns(x, *, size, stride):
    """Columns move by one."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        out[:, :, i, j] = x[:, :, i * stride : i * stride + size[0], j : j + size[1]].mean((2, 3))
    return out


def chaff__avg_pool_forward__transposed(x, *, size, stride):
    """Rows and columns of the output change places."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OW, OH), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, j, i] = window.mean(axis=(2, 3))
    return out


def chaff__avg_pool_forward__floors_rows(x, *, size, stride):
    """Columns are asked whether they fit, rows are rounded down."""
    OH = (x.shape[2] - size[0]) // stride + 1
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = window.mean(axis=(2, 3))
    return out


def chaff__avg_pool_forward__floors_columns(x, *, size, stride):
    """Rows are asked whether they fit, columns are rounded down."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = (x.shape[3] - size[1]) // stride + 1
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = window.mean(axis=(2, 3))
    return out


def chaff__avg_pool_forward__always_float64(x, *, size, stride):
    """np.zeros without a dtype."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW))
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = window.mean(axis=(2, 3))
    return out


def chaff__avg_pool_forward__divides_x_in_place(x, *, size, stride):
    """x /= KH·KW, then sums."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    x /= size[0] * size[1]
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = window.sum(axis=(2, 3))
    return out


def chaff__avg_pool_forward__torch_does_it(x, *, size, stride):
    """A forbidden route."""
    for axis in (2, 3):
        pool_output_size(x.shape[axis], size[axis - 2], stride=stride)
    return torch.nn.functional.avg_pool2d(torch.from_numpy(x), size, stride=stride).numpy()


def chaff__avg_pool_forward__scipy_does_it(x, *, size, stride):
    """Another forbidden route."""
    from scipy.ndimage import uniform_filter

    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    origin = [-(k // 2) + (k % 2 == 0) * 0 for k in size]
    smooth = uniform_filter(x, (1, 1, *size), origin=(0, 0, *origin))
    return smooth[:, :, ::stride, ::stride][:, :, :OH, :OW]


# avg_pool_backward


def wheat__avg_pool_backward__plain_loops(dout, x_shape, *, size, stride):
    """Value by value."""
    dx = np.zeros(x_shape, dout.dtype)
    for n, c, i, j in np.ndindex(dout.shape):
        for u in range(size[0]):
            for v in range(size[1]):
                dx[n, c, i * stride + u, j * stride + v] += dout[n, c, i, j] / (size[0] * size[1])
    return dx


def wheat__avg_pool_backward__over_taps(dout, x_shape, *, size, stride):
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


def wheat__avg_pool_backward__matrices(dout, x_shape, *, size, stride):
    """One matrix of zeros and ones for rows, one for columns; not contiguous."""

    def spread(length, window, count):
        at = np.arange(length) - stride * np.arange(count)[:, None]
        return ((at >= 0) & (at < window)).astype(dout.dtype) / window

    rows = spread(x_shape[2], size[0], dout.shape[2])
    columns = spread(x_shape[3], size[1], dout.shape[3])
    swapped = np.einsum("ncij,ir,jq->qrnc", dout, rows, columns)
    return swapped.transpose(2, 3, 1, 0).astype(dout.dtype)


def wheat__avg_pool_backward__gathers(dout, x_shape, *, size, stride):
    """Asks for each value of x which windows hold it."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for r in range(x_shape[2]):
        for q in range(x_shape[3]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    if 0 <= r - i * stride < size[0] and 0 <= q - j * stride < size[1]:
                        dx[:, :, r, q] += dout[:, :, i, j]
    return dx / dout.dtype.type(size[0] * size[1])


def chaff__avg_pool_backward__assigns(dout, x_shape, *, size, stride):
    """= for +=."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for i, j in np.ndindex(dout.shape[2:]):
        rows, columns = (
            slice(i * stride, i * stride + size[0]),
            slice(j * stride, j * stride + size[1]),
        )
        dx[:, :, rows, columns] = dout[:, :, i, j, None, None] / (size[0] * size[1])
    return dx


def chaff__avg_pool_backward__not_divided(dout, x_shape, *, size, stride):
    """The whole gradient to everybody."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for i, j in np.ndindex(dout.shape[2:]):
        rows, columns = (
            slice(i * stride, i * stride + size[0]),
            slice(j * stride, j * stride + size[1]),
        )
        dx[:, :, rows, columns] += dout[:, :, i, j, None, None]
    return dx


def chaff__avg_pool_backward__divides_by_stride(dout, x_shape, *, size, stride):
    """Divides by stride²."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for i, j in np.ndindex(dout.shape[2:]):
        rows, columns = (
            slice(i * stride, i * stride + size[0]),
            slice(j * stride, j * stride + size[1]),
        )
        dx[:, :, rows, columns] += dout[:, :, i, j, None, None] / stride**2
    return dx


def chaff__avg_pool_backward__divides_by_rows(dout, x_shape, *, size, stride):
    """Divides by KH²: right for square windows."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for i, j in np.ndindex(dout.shape[2:]):
        rows, columns = (
            slice(i * stride, i * stride + size[0]),
            slice(j * stride, j * stride + size[1]),
        )
        dx[:, :, rows, columns] += dout[:, :, i, j, None, None] / size[0] ** 2
    return dx


def chaff__avg_pool_backward__stride_is_the_window(dout, x_shape, *, size, stride):
    """Windows are laid side by side, whatever the stride is."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for i, j in np.ndindex(dout.shape[2:]):
        rows = slice(i * size[0], i * size[0] + size[0])
        columns = slice(j * size[1], j * size[1] + size[1])
        dx[:, :, rows, columns] += dout[:, :, i, j, None, None] / (size[0] * size[1])
    return dx


def chaff__avg_pool_backward__stride_ignored(dout, x_shape, *, size, stride):
    """Windows move by one."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for i, j in np.ndindex(dout.shape[2:]):
        dx[:, :, i : i + size[0], j : j + size[1]] += dout[:, :, i, j, None, None] / (
            size[0] * size[1]
        )
    return dx


def chaff__avg_pool_backward__square_windows(dout, x_shape, *, size, stride):
    """The window's rows are taken for its columns too."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for i, j in np.ndindex(dout.shape[2:]):
        rows, columns = (
            slice(i * stride, i * stride + size[0]),
            slice(j * stride, j * stride + size[0]),
        )
        dx[:, :, rows, columns] += dout[:, :, i, j, None, None] / (size[0] * size[1])
    return dx


def chaff__avg_pool_backward__size_swapped(dout, x_shape, *, size, stride):
    """size is read as (columns, rows)."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    KW, KH = size
    for i, j in np.ndindex(dout.shape[2:]):
        rows, columns = slice(i * stride, i * stride + KH), slice(j * stride, j * stride + KW)
        dx[:, :, rows, columns] += dout[:, :, i, j, None, None] / (KH * KW)
    return dx


def chaff__avg_pool_backward__one_value_only(dout, x_shape, *, size, stride):
    """The gradient goes whole to the window's first value, as if it had been the maximum."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for i, j in np.ndindex(dout.shape[2:]):
        dx[:, :, i * stride, j * stride] += dout[:, :, i, j]
    return dx


def chaff__avg_pool_backward__divides_by_cover(dout, x_shape, *, size, stride):
    """Divides by how many windows hold a value, instead of how many values a window holds."""
    dx, cover = np.zeros(x_shape, dtype=dout.dtype), np.zeros(x_shape, dtype=dout.dtype)
    for i, j in np.ndindex(dout.shape[2:]):
        rows, columns = (
            slice(i * stride, i * stride + size[0]),
            slice(j * stride, j * stride + size[1]),
        )
        dx[:, :, rows, columns] += dout[:, :, i, j, None, None]
        cover[:, :, rows, columns] += 1
    return dx / np.maximum(cover, 1)


def chaff__avg_pool_backward__first_image_only(dout, x_shape, *, size, stride):
    """Only the first image gets its gradient."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for i, j in np.ndindex(dout.shape[2:]):
        rows, columns = (
            slice(i * stride, i * stride + size[0]),
            slice(j * stride, j * stride + size[1]),
        )
        dx[0, :, rows, columns] += dout[0, :, i, j, None, None] / (size[0] * size[1])
    return dx


def chaff__avg_pool_backward__channels_summed(dout, x_shape, *, size, stride):
    """Every channel gets the gradient of all channels."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for i, j in np.ndindex(dout.shape[2:]):
        rows, columns = (
            slice(i * stride, i * stride + size[0]),
            slice(j * stride, j * stride + size[1]),
        )
        total = dout[:, :, i, j].sum(axis=1)[:, None, None, None]
        dx[:, :, rows, columns] += total / (size[0] * size[1])
    return dx


def chaff__avg_pool_backward__by_repeat(dout, x_shape, *, size, stride):
    """np.repeat, cut or filled up to shape: right for windows side by side."""
    wide = dout.repeat(size[0], axis=2).repeat(size[1], axis=3) / (size[0] * size[1])
    dx = np.zeros(x_shape, dtype=dout.dtype)
    H, W = min(wide.shape[2], x_shape[2]), min(wide.shape[3], x_shape[3])
    dx[:, :, :H, :W] = wide[:, :, :H, :W]
    return dx


def chaff__avg_pool_backward__always_float64(dout, x_shape, *, size, stride):
    """np.zeros without a dtype."""
    dx = np.zeros(x_shape)
    for i, j in np.ndindex(dout.shape[2:]):
        rows, columns = (
            slice(i * stride, i * stride + size[0]),
            slice(j * stride, j * stride + size[1]),
        )
        dx[:, :, rows, columns] += dout[:, :, i, j, None, None] / (size[0] * size[1])
    return dx


def chaff__avg_pool_backward__divides_dout_in_place(dout, x_shape, *, size, stride):
    """dout /= KH·KW."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    dout /= size[0] * size[1]
    for i, j in np.ndindex(dout.shape[2:]):
        rows, columns = (
            slice(i * stride, i * stride + size[0]),
            slice(j * stride, j * stride + size[1]),
        )
        dx[:, :, rows, columns] += dout[:, :, i, j, None, None]
    return dx


def chaff__avg_pool_backward__shape_from_dout(dout, x_shape, *, size, stride):
    """dx is as large as the windows reach by stride, not as x was."""
    OH, OW = dout.shape[2:]
    dx = np.zeros((*dout.shape[:2], OH * stride, OW * stride), dtype=dout.dtype)
    for i, j in np.ndindex(OH, OW):
        rows, columns = (
            slice(i * stride, i * stride + size[0]),
            slice(j * stride, j * stride + size[1]),
        )
        dx[:, :, rows, columns] += dout[:, :, i, j, None, None] / (size[0] * size[1])
    return dx


def chaff__avg_pool_backward__torch_does_it(dout, x_shape, *, size, stride):
    """A forbidden route."""
    x = torch.zeros(x_shape, dtype=torch.from_numpy(dout).dtype, requires_grad=True)
    torch.nn.functional.avg_pool2d(x, size, stride=stride).backward(torch.from_numpy(dout))
    return x.grad.numpy()


# l2_pool_forward


def wheat__l2_pool_forward__norm(x, *, size, stride):
    """np.linalg.norm of each window."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for n, c, i, j in np.ndindex(out.shape):
        window = x[n, c, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[n, c, i, j] = np.linalg.norm(window)
    return out


def wheat__l2_pool_forward__over_taps(x, *, size, stride):
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


def wheat__l2_pool_forward__by_the_mean(x, *, size, stride):
    """The average pooling of the squares, times the number of taps, by the earlier function."""
    mean = avg_pool_forward(x * x, size=size, stride=stride)
    return np.sqrt(mean * x.dtype.type(size[0] * size[1]))


def wheat__l2_pool_forward__einsum(x, *, size, stride):
    """Strided views multiplied by themselves."""
    for direction, length, window in zip(("rows", "columns"), x.shape[2:], size):
        if (length - window) % stride:
            raise ValueError(f"{direction}: {length}, {window}, {stride}")
    view = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))[:, :, ::stride, ::stride]
    return np.sqrt(np.einsum("...uv,...uv->...", view, view))


def wheat__l2_pool_forward__hypot(x, *, size, stride):
    """np.hypot, tap by tap, so that no square is ever too large."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for u in range(size[0]):
        for v in range(size[1]):
            out = np.hypot(out, x[:, :, u::stride, v::stride][:, :, :OH, :OW])
    return out


def chaff__l2_pool_forward__root_of_the_mean(x, *, size, stride):
    """The mean of the squares: the root mean square."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = np.sqrt((window**2).mean(axis=(2, 3)))
    return out


def chaff__l2_pool_forward__no_root(x, *, size, stride):
    """The sum of squares."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = (window**2).sum(axis=(2, 3))
    return out


def chaff__l2_pool_forward__sum_of_magnitudes(x, *, size, stride):
    """The L1 norm."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = np.abs(window).sum(axis=(2, 3))
    return out


def chaff__l2_pool_forward__root_of_the_squared_sum(x, *, size, stride):
    """Squares the sum instead of summing the squares."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = np.sqrt(window.sum(axis=(2, 3)) ** 2)
    return out


def chaff__l2_pool_forward__spectral_norm(x, *, size, stride):
    """np.linalg.norm with ord=2 on a matrix is the largest singular value."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for n, c, i, j in np.ndindex(out.shape):
        window = x[n, c, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[n, c, i, j] = np.linalg.norm(window, ord=2)
    return out


def chaff__l2_pool_forward__over_channels(x, *, size, stride):
    """The norm runs over the channels too."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = np.sqrt((window**2).sum(axis=(1, 2, 3)))[:, None]
    return out


def chaff__l2_pool_forward__negatives_dropped(x, *, size, stride):
    """A ReLU first."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = np.sqrt((np.maximum(window, 0) ** 2).sum(axis=(2, 3)))
    return out


def chaff__l2_pool_forward__squares_in_place(x, *, size, stride):
    """x **= 2."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    x **= 2
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = np.sqrt(window.sum(axis=(2, 3)))
    return out


def chaff__l2_pool_forward__with_epsilon(x, *, size, stride):
    """A large epsilon under the root."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = np.sqrt((window**2).sum(axis=(2, 3)) + 1e-3)
    return out


def chaff__l2_pool_forward__always_float64(x, *, size, stride):
    """np.zeros without a dtype."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW))
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = np.sqrt((window**2).sum(axis=(2, 3)))
    return out


def chaff__l2_pool_forward__window_for_stride(x, *, size, stride):
    """Windows side by side, as many as there should be."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * size[0] : (i + 1) * size[0], j * size[1] : (j + 1) * size[1]]
        out[:, :, i, j] = np.sqrt((window**2).sum(axis=(2, 3)))
    return out


def chaff__l2_pool_forward__floors(x, *, size, stride):
    """Rounds down in silence."""
    OH, OW = ((length - window) // stride + 1 for length, window in zip(x.shape[2:], size))
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = np.sqrt((window**2).sum(axis=(2, 3)))
    return out


def chaff__l2_pool_forward__size_only_in_message(x, *, size, stride):
    """The message names the size of the input and leaves out window and stride."""
    for length, window in zip(x.shape[2:], size):
        if (length - window) % stride:
            raise ValueError(f"{length} cannot be pooled")
    OH, OW = ((length - window) // stride + 1 for length, window in zip(x.shape[2:], size))
    out = np.zeros((*x.shape[:2], OH, OW), dtype=x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + size[0], j * stride : j * stride + size[1]]
        out[:, :, i, j] = np.sqrt((window**2).sum(axis=(2, 3)))
    return out


def chaff__l2_pool_forward__torch_does_it(x, *, size, stride):
    """A forbidden route."""
    for axis in (2, 3):
        pool_output_size(x.shape[axis], size[axis - 2], stride=stride)
    return torch.nn.functional.lp_pool2d(torch.from_numpy(x), 2, size, stride=stride).numpy()


# max_pool_forward_im2col


def wheat__max_pool_forward_im2col__running_maximum(x, *, size, stride):
    """np.maximum over taps, starting from the first."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = x[:, :, ::stride, ::stride][:, :, :OH, :OW].copy()
    for u in range(size[0]):
        for v in range(size[1]):
            np.maximum(out, x[:, :, u::stride, v::stride][:, :, :OH, :OW], out=out)
    return out


def wheat__max_pool_forward_im2col__minus_infinity(x, *, size, stride):
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


def wheat__max_pool_forward_im2col__sliding_windows(x, *, size, stride):
    """No loop at all."""
    for length, window in zip(x.shape[2:], size):
        if (length - window) % stride:
            raise ValueError(f"{length}, {window} and {stride} do not go together")
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))
    return windows[:, :, ::stride, ::stride].max(axis=(4, 5))


def wheat__max_pool_forward_im2col__as_strided(x, *, size, stride):
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


def wheat__max_pool_forward_im2col__index_arrays(x, *, size, stride):
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


def wheat__max_pool_forward_im2col__listed_indices(x, *, size, stride):
    """Index arrays that come from comprehensions over rows and over columns."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    rows = np.array([[i * stride + u for u in range(size[0])] for i in range(OH)])
    columns = np.array([[j * stride + v for v in range(size[1])] for j in range(OW)])
    return x[:, :, rows[:, None, :, None], columns[None, :, None, :]].max(axis=(4, 5))


def wheat__max_pool_forward_im2col__image_by_image(x, *, size, stride):
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


def wheat__max_pool_forward_im2col__rows_then_columns(x, *, size, stride):
    """The maximum over a window is one over rows and then one over columns."""
    from functools import reduce

    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    tall = reduce(np.maximum, [x[:, :, u::stride][:, :, :OH] for u in range(size[0])])
    return reduce(np.maximum, [tall[..., v::stride][..., :OW] for v in range(size[1])])


def wheat__max_pool_forward_im2col__reshape_where_it_tiles(x, *, size, stride):
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


def chaff__max_pool_forward_im2col__four_loops(x, *, size, stride):
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


def chaff__max_pool_forward_im2col__loop_over_places(x, *, size, stride):
    """One loop over places, all images and channels at once."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    columns = np.empty((*x.shape[:2], size[0] * size[1], OH * OW), x.dtype)
    for at in range(OH * OW):
        r, q = at // OW * stride, at % OW * stride
        columns[..., at] = x[:, :, r : r + size[0], q : q + size[1]].reshape(*x.shape[:2], -1)
    return columns.max(axis=2).reshape(*x.shape[:2], OH, OW)


def chaff__max_pool_forward_im2col__comprehension(x, *, size, stride):
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


def chaff__max_pool_forward_im2col__vectorize(x, *, size, stride):
    """np.vectorize is a loop."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)

    def pool(n, c, i, j):
        return x[n, c, i * stride : i * stride + size[0], j * stride : j * stride + size[1]].max()

    return np.vectorize(pool, otypes=[x.dtype])(*np.ogrid[: x.shape[0], : x.shape[1], :OH, :OW])


def chaff__max_pool_forward_im2col__apply_along_axis(x, *, size, stride):
    """np.apply_along_axis calls Python for every column."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    taps = [
        x[:, :, u::stride, v::stride][:, :, :OH, :OW]
        for u in range(size[0])
        for v in range(size[1])
    ]
    return np.apply_along_axis(lambda column: column.max(), 0, np.stack(taps))


def chaff__max_pool_forward_im2col__ndindex(x, *, size, stride):
    """np.ndindex hides four loops in one."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.empty((*x.shape[:2], OH, OW), x.dtype)
    for n, c, i, j in np.ndindex(out.shape):
        out[n, c, i, j] = np.max(x[n, c, i * stride :, j * stride :][: size[0], : size[1]])
    return out


def chaff__max_pool_forward_im2col__while_loop(x, *, size, stride):
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


def chaff__max_pool_forward_im2col__row_by_row(x, *, size, stride):
    """Loops over the rows of places."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.empty((*x.shape[:2], OH, OW), x.dtype)
    for i in range(OH):
        tall = x[:, :, i * stride : i * stride + size[0]].max(axis=2)
        taps = [tall[..., v::stride][..., :OW] for v in range(size[1])]
        out[:, :, i] = np.max(taps, axis=0)
    return out


def chaff__max_pool_forward_im2col__column_by_column(x, *, size, stride):
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


def chaff__max_pool_forward_im2col__recursion(x, *, size, stride):
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


def chaff__max_pool_forward_im2col__over_lists(x, *, size, stride):
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


def chaff__max_pool_forward_im2col__mapped(x, *, size, stride):
    """A map over the windows is a loop over places, though no line of it can be counted."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride].reshape(-1, size[0] * size[1])
    largest = list(map(np.maximum.reduce, windows))
    return np.array(largest, x.dtype).reshape(*x.shape[:2], OH, OW)


def chaff__max_pool_forward_im2col__calls_the_slow_one(x, *, size, stride):
    """Calls max_pool_forward."""
    return max_pool_forward(x, size=size, stride=stride)[0]


def chaff__max_pool_forward_im2col__slow_one_renamed(x, *, size, stride):
    """Calls max_pool_forward by another name."""
    slow = max_pool_forward
    out, _ = slow(x, size=size, stride=stride)
    return out


def chaff__max_pool_forward_im2col__torch_unfold(x, *, size, stride):
    """A forbidden route."""
    N, C, H, W = x.shape
    OH, OW = (
        pool_output_size(H, size[0], stride=stride),
        pool_output_size(W, size[1], stride=stride),
    )
    columns = torch.nn.functional.unfold(torch.from_numpy(x), size, stride=stride).numpy()
    return columns.reshape(N, C, -1, OH, OW).max(axis=2)


def chaff__max_pool_forward_im2col__starts_from_zero(x, *, size, stride):
    """The running maximum starts from zeros."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.zeros((*x.shape[:2], OH, OW), x.dtype)
    for u in range(size[0]):
        for v in range(size[1]):
            out = np.maximum(out, x[:, :, u::stride, v::stride][:, :, :OH, :OW])
    return out


def chaff__max_pool_forward_im2col__only_tiles(x, *, size, stride):
    """The reshape trick alone: right where windows tile side by side."""
    N, C, H, W = x.shape
    OH, OW = (
        pool_output_size(H, size[0], stride=stride),
        pool_output_size(W, size[1], stride=stride),
    )
    return x.reshape(N, C, H // size[0], size[0], W // size[1], size[1]).max(axis=(3, 5))


def chaff__max_pool_forward_im2col__over_channels(x, *, size, stride):
    """The columns hold all channels, and the maximum runs over them."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))[
        :, :, ::stride, ::stride
    ]
    columns = windows.transpose(0, 1, 4, 5, 2, 3).reshape(x.shape[0], -1, OH, OW)
    return np.repeat(columns.max(axis=1, keepdims=True), x.shape[1], axis=1)


def chaff__max_pool_forward_im2col__channels_mixed(x, *, size, stride):
    """A reshape that takes taps for channels."""
    N, C, H, W = x.shape
    OH, OW = (
        pool_output_size(H, size[0], stride=stride),
        pool_output_size(W, size[1], stride=stride),
    )
    taps = [
        x[:, :, u::stride, v::stride][:, :, :OH, :OW]
        for u in range(size[0])
        for v in range(size[1])
    ]
    return np.stack(taps, axis=1).reshape(N, C, -1, OH, OW).max(axis=2)


def chaff__max_pool_forward_im2col__stride_ignored(x, *, size, stride):
    """All windows of stride 1, the first OH × OW of them."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))
    return windows.max(axis=(4, 5))[:, :, :OH, :OW]


def chaff__max_pool_forward_im2col__last_tap_missing(x, *, size, stride):
    """The last tap of each row of the window is left out."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = x[:, :, ::stride, ::stride][:, :, :OH, :OW].copy()
    for u in range(size[0]):
        for v in range(size[1] - 1):
            np.maximum(out, x[:, :, u::stride, v::stride][:, :, :OH, :OW], out=out)
    return out


def chaff__max_pool_forward_im2col__with_switches(x, *, size, stride):
    """Returns a pair, as the first function does."""
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))[
        :, :, ::stride, ::stride
    ]
    for axis in (2, 3):
        pool_output_size(x.shape[axis], size[axis - 2], stride=stride)
    flat = windows.reshape(*windows.shape[:4], -1)
    return flat.max(axis=-1), flat.argmax(axis=-1)


def chaff__max_pool_forward_im2col__writes_into_x(x, *, size, stride):
    """The running maximum is kept in x itself."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    taps = np.stack(
        [
            x[:, :, u::stride, v::stride][:, :, :OH, :OW]
            for u in range(size[0])
            for v in range(size[1])
        ]
    )
    x[:, :, :OH, :OW] = taps.max(axis=0)
    return x[:, :, :OH, :OW].copy()


def chaff__max_pool_forward_im2col__always_float64(x, *, size, stride):
    """The running maximum starts from a float64 array."""
    OH = pool_output_size(x.shape[2], size[0], stride=stride)
    OW = pool_output_size(x.shape[3], size[1], stride=stride)
    out = np.full((*x.shape[:2], OH, OW), -np.inf)
    for u in range(size[0]):
        for v in range(size[1]):
            out = np.maximum(out, x[:, :, u::stride, v::stride][:, :, :OH, :OW])
    return out


def chaff__max_pool_forward_im2col__floors(x, *, size, stride):
    """sliding_window_view rounds down in silence."""
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))
    return windows[:, :, ::stride, ::stride].max(axis=(4, 5))


def chaff__max_pool_forward_im2col__returns_nothing(x, *, size, stride):
    """Runs no loop, and returns nothing."""
    return None
