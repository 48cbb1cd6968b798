"""Right and wrong answers to `im2col_convolution`, as students write them."""

# im2col, right


def wheat__im2col__window_by_window(x, kernel, *, stride=1, pad=0):
    """Fills one column after another, image by image."""
    N, C, H, W = x.shape
    KH, KW = kernel
    for size, k in ((H, KH), (W, KW)):
        if (size - k + 2 * pad) % stride != 0:
            raise ValueError(f"size={size} kernel={k} stride={stride} pad={pad} does not tile")
    oh, ow = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    xp = np.zeros((N, C, H + 2 * pad, W + 2 * pad), x.dtype)
    xp[:, :, pad : pad + H, pad : pad + W] = x
    cols = np.zeros((N, C * KH * KW, oh * ow), x.dtype)
    for n in range(N):
        k = 0
        for i in range(oh):
            for j in range(ow):
                top, left = i * stride, j * stride
                cols[n, :, k] = xp[n, :, top : top + KH, left : left + KW].flatten()
                k += 1
    return cols


def wheat__im2col__sliding_window_view(x, kernel, *, stride=1, pad=0):
    """A strided window view, which this assignment allows."""
    from numpy.lib.stride_tricks import sliding_window_view

    for name, size, k in zip(("rows", "columns"), x.shape[2:], kernel):
        if (size + 2 * pad - k) % stride:
            raise ValueError(f"{name}: {size} with kernel {k}, stride {stride}, padding {pad}")
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)], mode="constant")
    view = sliding_window_view(padded, tuple(kernel), axis=(2, 3))[:, :, ::stride, ::stride]
    N, C, OH, OW, KH, KW = view.shape
    return view.transpose(0, 1, 4, 5, 2, 3).reshape(N, C * KH * KW, OH * OW)


def wheat__im2col__as_strided(x, kernel, *, stride=1, pad=0):
    """as_strided, with prints and a warning on the way."""
    import warnings

    N, C, H, W = x.shape
    KH, KW = kernel
    print("im2col of", x.shape)
    warnings.warn("I hope the strides are right", stacklevel=2)
    rest = [(H - KH + 2 * pad) % stride, (W - KW + 2 * pad) % stride]
    if any(rest):
        raise ValueError(
            f"({H}, {W}) is not tiled by ({KH}, {KW}) with stride {stride} and padding {pad}"
        )
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    padded = np.ascontiguousarray(np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))))
    sn, sc, sh, sw = padded.strides
    view = np.lib.stride_tricks.as_strided(
        padded, (N, C, KH, KW, OH, OW), (sn, sc, sh, sw, sh * stride, sw * stride)
    )
    return view.reshape(N, C * KH * KW, -1).copy()


def wheat__im2col__index_arrays(x, kernel, *, stride=1, pad=0):
    """Fancy indexing with precomputed indices, as in CS231n's im2col.py."""
    N, C, H, W = x.shape
    KH, KW = kernel

    def out_size(size, k):
        steps = (size + 2 * pad - k) / stride
        if steps != int(steps):
            raise ValueError(f"bad geometry: size {size}, k {k}, s {stride}, p {pad}: {steps}")
        return int(steps) + 1

    OH, OW = out_size(H, KH), out_size(W, KW)
    i0 = np.tile(np.repeat(np.arange(KH), KW), C)
    j0 = np.tile(np.arange(KW), KH * C)
    i = i0.reshape(-1, 1) + stride * np.repeat(np.arange(OH), OW).reshape(1, -1)
    j = j0.reshape(-1, 1) + stride * np.tile(np.arange(OW), OH).reshape(1, -1)
    k = np.repeat(np.arange(C), KH * KW).reshape(-1, 1)
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))[:, k, i, j]


def wheat__im2col__transposed_view(x, kernel, *, stride=1, pad=0):
    """Appends windows to a list and returns a non-contiguous view."""
    N, C, H, W = x.shape
    KH, KW = kernel
    height, width = H + 2 * pad, W + 2 * pad
    if (height - KH) % stride or (width - KW) % stride:
        raise ValueError(
            f"input {H}x{W}, window {KH}x{KW}, stride {stride}, padding {pad}: do not fit"
        )
    padded = np.pad(x, ((0,), (0,), (pad,), (pad,)))
    windows = []
    for i in range(0, height - KH + 1, stride):
        for j in range(0, width - KW + 1, stride):
            windows.append(padded[:, :, i : i + KH, j : j + KW].reshape(N, -1))
    return np.asarray(windows).transpose(1, 2, 0)


# im2col, wrong


def chaff__im2col__stride_ignored(x, kernel, *, stride=1, pad=0):
    """The windows start at (i, j) whatever the stride is."""
    N, C, H, W = x.shape
    KH, KW = kernel
    if (H - KH + 2 * pad) % stride or (W - KW + 2 * pad) % stride:
        raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    cols = np.zeros((N, C, KH, KW, OH, OW), x.dtype)
    for u in range(KH):
        for v in range(KW):
            cols[:, :, u, v] = P[:, :, u : u + OH, v : v + OW]
    return cols.reshape(N, C * KH * KW, OH * OW)


def chaff__im2col__pad_ignored(x, kernel, *, stride=1, pad=0):
    """No zeros are added."""
    N, C, H, W = x.shape
    KH, KW = kernel
    if (H - KH + 2 * pad) % stride or (W - KW + 2 * pad) % stride:
        raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
    view = np.lib.stride_tricks.sliding_window_view(x, (KH, KW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride].transpose(0, 1, 4, 5, 2, 3)
    return view.reshape(N, C * KH * KW, -1)


def chaff__im2col__pads_with_the_edge(x, kernel, *, stride=1, pad=0):
    """Repeats the edge where zeros are asked for."""
    N, C, H, W = x.shape
    KH, KW = kernel
    if (H - KH + 2 * pad) % stride or (W - KW + 2 * pad) % stride:
        raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="edge")
    view = np.lib.stride_tricks.sliding_window_view(P, (KH, KW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride].transpose(0, 1, 4, 5, 2, 3)
    return view.reshape(N, C * KH * KW, -1)


def chaff__im2col__pads_one_side(x, kernel, *, stride=1, pad=0):
    """All the zeros go before the image."""
    N, C, H, W = x.shape
    KH, KW = kernel
    if (H - KH + 2 * pad) % stride or (W - KW + 2 * pad) % stride:
        raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
    P = np.pad(x, ((0, 0), (0, 0), (2 * pad, 0), (2 * pad, 0)))
    view = np.lib.stride_tricks.sliding_window_view(P, (KH, KW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride].transpose(0, 1, 4, 5, 2, 3)
    return view.reshape(N, C * KH * KW, -1)


def chaff__im2col__windows_as_rows(x, kernel, *, stride=1, pad=0):
    """Each window is a row: (N, OH·OW, C·KH·KW)."""
    N, C, H, W = x.shape
    KH, KW = kernel
    if (H - KH + 2 * pad) % stride or (W - KW + 2 * pad) % stride:
        raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(P, (KH, KW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)
    return view.reshape(N, -1, C * KH * KW)


def chaff__im2col__rows_kh_kw_c(x, kernel, *, stride=1, pad=0):
    """Rows in the order KH, KW, C: right for one channel."""
    N, C, H, W = x.shape
    KH, KW = kernel
    if (H - KH + 2 * pad) % stride or (W - KW + 2 * pad) % stride:
        raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(P, (KH, KW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride].transpose(0, 4, 5, 1, 2, 3)
    return view.reshape(N, C * KH * KW, -1)


def chaff__im2col__taps_column_by_column(x, kernel, *, stride=1, pad=0):
    """The taps of a window are read down its columns."""
    N, C, H, W = x.shape
    KH, KW = kernel
    if (H - KH + 2 * pad) % stride or (W - KW + 2 * pad) % stride:
        raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(P, (KH, KW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride].transpose(0, 1, 5, 4, 2, 3)
    return view.reshape(N, C * KH * KW, -1)


def chaff__im2col__places_column_by_column(x, kernel, *, stride=1, pad=0):
    """The places are taken down the columns of the output."""
    N, C, H, W = x.shape
    KH, KW = kernel
    if (H - KH + 2 * pad) % stride or (W - KW + 2 * pad) % stride:
        raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(P, (KH, KW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride].transpose(0, 1, 4, 5, 3, 2)
    return view.reshape(N, C * KH * KW, -1)


def chaff__im2col__kernel_swapped(x, kernel, *, stride=1, pad=0):
    """Takes kernel for (columns, rows): right for square windows."""
    N, C, H, W = x.shape
    KW, KH = kernel
    if (H - KH + 2 * pad) % stride or (W - KW + 2 * pad) % stride:
        raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(P, (KH, KW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride].transpose(0, 1, 4, 5, 2, 3)
    return view.reshape(N, C * KH * KW, -1)


def chaff__im2col__width_from_height(x, kernel, *, stride=1, pad=0):
    """OW is computed from H and KH: right for squares."""
    N, C, H, W = x.shape
    KH, KW = kernel
    if (H - KH + 2 * pad) % stride or (W - KW + 2 * pad) % stride:
        raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
    OH = OW = (H - KH + 2 * pad) // stride + 1
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    cols = np.zeros((N, C * KH * KW, OH * OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = P[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            flat = window.reshape(N, -1)
            cols[:, : flat.shape[1], i * OW + j] = flat
    return cols


def chaff__im2col__images_in_one_matrix(x, kernel, *, stride=1, pad=0):
    """CS231n's layout: all images side by side in one matrix with a false first axis."""
    N, C, H, W = x.shape
    KH, KW = kernel
    if (H - KH + 2 * pad) % stride or (W - KW + 2 * pad) % stride:
        raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(P, (KH, KW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride].transpose(1, 4, 5, 2, 3, 0)
    return view.reshape(1, C * KH * KW, -1)


def chaff__im2col__batch_mixed_by_reshape(x, kernel, *, stride=1, pad=0):
    """Joins places of all images, then cuts them into N in the wrong order."""
    N, C, H, W = x.shape
    KH, KW = kernel
    if (H - KH + 2 * pad) % stride or (W - KW + 2 * pad) % stride:
        raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(P, (KH, KW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride].transpose(1, 4, 5, 0, 2, 3)
    return np.ascontiguousarray(view).reshape(N, C * KH * KW, -1)


def chaff__im2col__flipped(x, kernel, *, stride=1, pad=0):
    """Reads every window backwards, as for a true convolution."""
    N, C, H, W = x.shape
    KH, KW = kernel
    if (H - KH + 2 * pad) % stride or (W - KW + 2 * pad) % stride:
        raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(P, (KH, KW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride, ::-1, ::-1].transpose(0, 1, 4, 5, 2, 3)
    return view.reshape(N, C * KH * KW, -1)


def chaff__im2col__floors_silently(x, kernel, *, stride=1, pad=0):
    """Refuses nothing, as PyTorch."""
    N, C, H, W = x.shape
    KH, KW = kernel
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(P, (KH, KW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride].transpose(0, 1, 4, 5, 2, 3)
    return view.reshape(N, C * KH * KW, -1)


def chaff__im2col__refuses_rows_only(x, kernel, *, stride=1, pad=0):
    """Asks for a remainder in the rows and forgets the columns."""
    N, C, H, W = x.shape
    KH, KW = kernel
    if (H - KH + 2 * pad) % stride:
        raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(P, (KH, KW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride].transpose(0, 1, 4, 5, 2, 3)
    return view.reshape(N, C * KH * KW, -1)


def chaff__im2col__refusal_forgets_pad(x, kernel, *, stride=1, pad=0):
    """The remainder is asked for without the padding."""
    N, C, H, W = x.shape
    KH, KW = kernel
    if (H - KH) % stride or (W - KW) % stride:
        raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(P, (KH, KW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride].transpose(0, 1, 4, 5, 2, 3)
    return view.reshape(N, C * KH * KW, -1)


def chaff__im2col__message_without_pad(x, kernel, *, stride=1, pad=0):
    """The message names size, kernel and stride, and leaves the padding out."""
    N, C, H, W = x.shape
    KH, KW = kernel
    if (H - KH + 2 * pad) % stride or (W - KW + 2 * pad) % stride:
        raise ValueError(f"{H} x {W} with {KH} x {KW}, stride {stride}")
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(P, (KH, KW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride].transpose(0, 1, 4, 5, 2, 3)
    return view.reshape(N, C * KH * KW, -1)


def chaff__im2col__assert_for_raise(x, kernel, *, stride=1, pad=0):
    """Refuses by AssertionError."""
    N, C, H, W = x.shape
    KH, KW = kernel
    for size, k in ((H, KH), (W, KW)):
        assert (size - k + 2 * pad) % stride == 0, f"{size} {k} {stride} {pad}"
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(P, (KH, KW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride].transpose(0, 1, 4, 5, 2, 3)
    return view.reshape(N, C * KH * KW, -1)


def chaff__im2col__always_float64(x, kernel, *, stride=1, pad=0):
    """np.zeros without a dtype."""
    N, C, H, W = x.shape
    KH, KW = kernel
    if (H - KH + 2 * pad) % stride or (W - KW + 2 * pad) % stride:
        raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    padded[:, :, pad : pad + H, pad : pad + W] = x
    view = np.lib.stride_tricks.sliding_window_view(padded, (KH, KW), axis=(2, 3))
    view = view[:, :, ::stride, ::stride].transpose(0, 1, 4, 5, 2, 3)
    return view.reshape(N, C * KH * KW, -1)


def chaff__im2col__dilates_by_stride(x, kernel, *, stride=1, pad=0):
    """The stride spreads the taps of a window as well."""
    N, C, H, W = x.shape
    KH, KW = kernel
    if (H - KH + 2 * pad) % stride or (W - KW + 2 * pad) % stride:
        raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    P = np.pad(x, ((0, 0), (0, 0), (pad, pad + KH * stride), (pad, pad + KW * stride)))
    cols = np.zeros((N, C, KH, KW, OH, OW), x.dtype)
    for u in range(KH):
        for v in range(KW):
            top, left = u * stride, v * stride
            cols[:, :, u, v] = P[
                :, :, top : top + OH * stride : stride, left : left + OW * stride : stride
            ]
    return cols.reshape(N, C * KH * KW, OH * OW)


def chaff__im2col__torch_unfold(x, kernel, *, stride=1, pad=0):
    """PyTorch does the work: a forbidden route."""
    for size, k in zip(x.shape[2:], kernel):
        if (size - k + 2 * pad) % stride:
            raise ValueError(f"{size} {k} {stride} {pad}")
    return torch.nn.functional.unfold(
        torch.from_numpy(x.copy()), tuple(kernel), stride=stride, padding=pad
    ).numpy()


# col2im, right


def wheat__col2im__window_by_window(cols, x_shape, kernel, *, stride=1, pad=0):
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


def wheat__col2im__add_at(cols, x_shape, kernel, *, stride=1, pad=0):
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


def wheat__col2im__im2col_of_addresses(cols, x_shape, kernel, *, stride=1, pad=0):
    """Lets im2col carry addresses, and counts by them with np.bincount."""
    N, C, H, W = x_shape
    addresses = np.arange(1.0, C * H * W + 1).reshape(1, C, H, W)
    where = im2col(addresses, kernel, stride=stride, pad=pad)[0].astype(int).ravel()
    images = [
        np.bincount(where, weights=one.ravel(), minlength=C * H * W + 1)[1:].reshape(C, H, W)
        for one in cols
    ]
    return np.stack(images).astype(cols.dtype)


def wheat__col2im__matrix(cols, x_shape, kernel, *, stride=1, pad=0):
    """Writes im2col down as a matrix and multiplies by its transpose."""
    N, C, H, W = x_shape
    pixels = np.eye(C * H * W, dtype=cols.dtype).reshape(-1, C, H, W)
    matrix = im2col(pixels, kernel, stride=stride, pad=pad).reshape(C * H * W, -1)
    return (cols.reshape(N, -1) @ matrix.T).reshape(x_shape)


# col2im, wrong


def chaff__col2im__assigns(cols, x_shape, kernel, *, stride=1, pad=0):
    """= for +=: the last window wins."""
    N, C, H, W = x_shape
    KH, KW = kernel
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    for k in range(OH * OW):
        top, left = k // OW * stride, k % OW * stride
        x[:, :, top : top + KH, left : left + KW] = cols[:, :, k].reshape(N, C, KH, KW)
    return x[:, :, pad : pad + H, pad : pad + W]


def chaff__col2im__fancy_plus_equals(cols, x_shape, kernel, *, stride=1, pad=0):
    """x[indices] += cols, which drops repeated indices."""
    N, C, H, W = x_shape
    KH, KW = kernel
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    i = np.tile(np.repeat(np.arange(KH), KW), C)[:, None]
    i = i + stride * np.repeat(np.arange(OH), OW)[None]
    j = np.tile(np.arange(KW), KH * C)[:, None] + stride * np.tile(np.arange(OW), OH)[None]
    k = np.repeat(np.arange(C), KH * KW)[:, None]
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    padded[:, k, i, j] += cols
    return padded[:, :, pad : pad + H, pad : pad + W]


def chaff__col2im__averages(cols, x_shape, kernel, *, stride=1, pad=0):
    """Divides by the number of overlapping windows: an inverse, not a transpose."""
    N, C, H, W = x_shape
    KH, KW = kernel
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    count = np.zeros_like(x)
    taps = cols.reshape(N, C, KH, KW, OH, OW)
    for u in range(KH):
        for v in range(KW):
            at = (..., slice(u, u + OH * stride, stride), slice(v, v + OW * stride, stride))
            x[at] += taps[:, :, u, v]
            count[at] += 1
    x = x / np.maximum(count, 1)
    return x[:, :, pad : pad + H, pad : pad + W]


def chaff__col2im__stride_ignored(cols, x_shape, kernel, *, stride=1, pad=0):
    """Adds every window at (i, j)."""
    N, C, H, W = x_shape
    KH, KW = kernel
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    taps = cols.reshape(N, C, KH, KW, OH, OW)
    for u in range(KH):
        for v in range(KW):
            x[:, :, u : u + OH, v : v + OW] += taps[:, :, u, v]
    return x[:, :, pad : pad + H, pad : pad + W]


def chaff__col2im__frame_kept(cols, x_shape, kernel, *, stride=1, pad=0):
    """Returns the padded images."""
    N, C, H, W = x_shape
    KH, KW = kernel
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    taps = cols.reshape(N, C, KH, KW, OH, OW)
    for u in range(KH):
        for v in range(KW):
            x[:, :, u : u + OH * stride : stride, v : v + OW * stride : stride] += taps[:, :, u, v]
    return x


def chaff__col2im__frame_cut_at_zero(cols, x_shape, kernel, *, stride=1, pad=0):
    """x[pad:-pad] is empty where pad is 0."""
    N, C, H, W = x_shape
    KH, KW = kernel
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    taps = cols.reshape(N, C, KH, KW, OH, OW)
    for u in range(KH):
        for v in range(KW):
            x[:, :, u : u + OH * stride : stride, v : v + OW * stride : stride] += taps[:, :, u, v]
    return x[:, :, pad:-pad, pad:-pad]


def chaff__col2im__frame_cut_on_one_side(cols, x_shape, kernel, *, stride=1, pad=0):
    """Keeps the first H rows and W columns of the padded images."""
    N, C, H, W = x_shape
    KH, KW = kernel
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    taps = cols.reshape(N, C, KH, KW, OH, OW)
    for u in range(KH):
        for v in range(KW):
            x[:, :, u : u + OH * stride : stride, v : v + OW * stride : stride] += taps[:, :, u, v]
    return x[:, :, :H, :W]


def chaff__col2im__frame_of_one(cols, x_shape, kernel, *, stride=1, pad=0):
    """Cuts one row and column whatever the padding is."""
    N, C, H, W = x_shape
    KH, KW = kernel
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    taps = cols.reshape(N, C, KH, KW, OH, OW)
    for u in range(KH):
        for v in range(KW):
            x[:, :, u : u + OH * stride : stride, v : v + OW * stride : stride] += taps[:, :, u, v]
    return x[:, :, 1:-1, 1:-1] if pad else x


def chaff__col2im__channels_last(cols, x_shape, kernel, *, stride=1, pad=0):
    """Splits the rows as KH, KW, C: right for one channel."""
    N, C, H, W = x_shape
    KH, KW = kernel
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    taps = cols.reshape(N, KH, KW, C, OH, OW)
    for u in range(KH):
        for v in range(KW):
            x[:, :, u : u + OH * stride : stride, v : v + OW * stride : stride] += taps[:, u, v]
    return x[:, :, pad : pad + H, pad : pad + W]


def chaff__col2im__taps_transposed(cols, x_shape, kernel, *, stride=1, pad=0):
    """Splits the taps as KW, KH."""
    N, C, H, W = x_shape
    KH, KW = kernel
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    taps = cols.reshape(N, C, KW, KH, OH, OW)
    for u in range(KH):
        for v in range(KW):
            x[:, :, u : u + OH * stride : stride, v : v + OW * stride : stride] += taps[:, :, v, u]
    return x[:, :, pad : pad + H, pad : pad + W]


def chaff__col2im__places_transposed(cols, x_shape, kernel, *, stride=1, pad=0):
    """Splits the places as OW, OH."""
    N, C, H, W = x_shape
    KH, KW = kernel
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    taps = cols.reshape(N, C, KH, KW, OW, OH).swapaxes(4, 5)
    for u in range(KH):
        for v in range(KW):
            x[:, :, u : u + OH * stride : stride, v : v + OW * stride : stride] += taps[:, :, u, v]
    return x[:, :, pad : pad + H, pad : pad + W]


def chaff__col2im__always_float64(cols, x_shape, kernel, *, stride=1, pad=0):
    """np.zeros without a dtype."""
    N, C, H, W = x_shape
    KH, KW = kernel
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    taps = cols.reshape(N, C, KH, KW, OH, OW)
    for u in range(KH):
        for v in range(KW):
            x[:, :, u : u + OH * stride : stride, v : v + OW * stride : stride] += taps[:, :, u, v]
    return x[:, :, pad : pad + H, pad : pad + W]


def chaff__col2im__one_image(cols, x_shape, kernel, *, stride=1, pad=0):
    """Gives every image the windows of the first."""
    N, C, H, W = x_shape
    KH, KW = kernel
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    taps = cols[0].reshape(C, KH, KW, OH, OW)
    for u in range(KH):
        for v in range(KW):
            x[:, :, u : u + OH * stride : stride, v : v + OW * stride : stride] += taps[:, u, v]
    return x[:, :, pad : pad + H, pad : pad + W]


def chaff__col2im__changes_its_argument(cols, x_shape, kernel, *, stride=1, pad=0):
    """Uses cols as scratch space: what was put back is set to 0."""
    N, C, H, W = x_shape
    KH, KW = kernel
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    x = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    taps = cols.reshape(N, C, KH, KW, OH, OW)
    for u in range(KH):
        for v in range(KW):
            x[:, :, u : u + OH * stride : stride, v : v + OW * stride : stride] += taps[:, :, u, v]
            taps[:, :, u, v] = 0
    return x[:, :, pad : pad + H, pad : pad + W]


def chaff__col2im__torch_fold(cols, x_shape, kernel, *, stride=1, pad=0):
    """PyTorch imported in the cell: a forbidden route."""
    import torch.nn.functional as functional
    from torch import from_numpy

    return functional.fold(
        from_numpy(cols.copy()), tuple(x_shape[2:]), tuple(kernel), stride=stride, padding=pad
    ).numpy()


# conv2d_forward_im2col, right


def wheat__conv2d_forward_im2col__einsum(x, w, b, *, stride=1, pad=0):
    """im2col, then einsum instead of @."""
    F, C, KH, KW = w.shape
    cols = im2col(x, (KH, KW), stride=stride, pad=pad)
    out = np.einsum("fk,nkl->nfl", w.reshape(F, C * KH * KW), cols) + b.reshape(1, F, 1)
    oh = (x.shape[2] + 2 * pad - KH) // stride + 1
    return out.reshape(len(x), F, oh, -1)


def wheat__conv2d_forward_im2col__image_by_image(x, w, b, *, stride=1, pad=0):
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


def wheat__conv2d_forward_im2col__all_images_at_once(x, w, b, *, stride=1, pad=0):
    """One matrix product for the whole batch; the result is a transposed view."""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    cols = im2col(x, (KH, KW), stride=stride, pad=pad)
    flat = cols.transpose(1, 0, 2).reshape(C * KH * KW, N * OH * OW)
    out = w.reshape(F, -1) @ flat + b[:, np.newaxis]
    return out.reshape(F, N, OH, OW).transpose(1, 0, 2, 3)


def wheat__conv2d_forward_im2col__windows_and_tensordot(x, w, b, *, stride=1, pad=0):
    """A window view of its own and tensordot, without im2col."""
    for size, k in zip(x.shape[2:], w.shape[2:]):
        if (size - k + 2 * pad) % stride:
            raise ValueError(f"size {size}, kernel {k}, stride {stride}, pad {pad} do not tile")
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    view = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))
    view = view[:, :, ::stride, ::stride]  # (N, C, OH, OW, KH, KW)
    out = np.tensordot(view, w, axes=((1, 4, 5), (1, 2, 3))) + b
    return np.moveaxis(out, -1, 1)


def wheat__conv2d_forward_im2col__tap_by_tap(x, w, b, *, stride=1, pad=0):
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


# conv2d_forward_im2col, wrong


def chaff__conv2d_forward_im2col__position_by_position(x, w, b, *, stride=1, pad=0):
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


def chaff__conv2d_forward_im2col__naive_loops(x, w, b, *, stride=1, pad=0):
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


def chaff__conv2d_forward_im2col__remembers(x, w, b, *, stride=1, pad=0, memory={}):
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


def chaff__conv2d_forward_im2col__no_bias(x, w, b, *, stride=1, pad=0):
    """The bias is forgotten."""
    F, _, KH, KW = w.shape
    cols = im2col(x, (KH, KW), stride=stride, pad=pad)
    oh = (x.shape[2] + 2 * pad - KH) // stride + 1
    return (w.reshape(F, -1) @ cols).reshape(len(x), F, oh, -1)


def chaff__conv2d_forward_im2col__bias_inside_the_sum(x, w, b, *, stride=1, pad=0):
    """The bias is added to every product."""
    F, C, KH, KW = w.shape
    cols = im2col(x, (KH, KW), stride=stride, pad=pad)
    oh = (x.shape[2] + 2 * pad - KH) // stride + 1
    out = w.reshape(F, -1) @ cols + (C * KH * KW) * b[:, None]
    return out.reshape(len(x), F, oh, -1)


def chaff__conv2d_forward_im2col__first_bias_for_all(x, w, b, *, stride=1, pad=0):
    """Every filter gets the first filter's bias."""
    F, _, KH, KW = w.shape
    cols = im2col(x, (KH, KW), stride=stride, pad=pad)
    oh = (x.shape[2] + 2 * pad - KH) // stride + 1
    return (w.reshape(F, -1) @ cols + b[0]).reshape(len(x), F, oh, -1)


def chaff__conv2d_forward_im2col__filters_flipped(x, w, b, *, stride=1, pad=0):
    """A true convolution."""
    F, _, KH, KW = w.shape
    cols = im2col(x, (KH, KW), stride=stride, pad=pad)
    oh = (x.shape[2] + 2 * pad - KH) // stride + 1
    flipped = w[:, :, ::-1, ::-1].reshape(F, -1)
    return (flipped @ cols + b[:, None]).reshape(len(x), F, oh, -1)


def chaff__conv2d_forward_im2col__filters_reshaped_wrongly(x, w, b, *, stride=1, pad=0):
    """w.reshape(-1, F).T: the numbers of all filters are mixed."""
    F, _, KH, KW = w.shape
    cols = im2col(x, (KH, KW), stride=stride, pad=pad)
    oh = (x.shape[2] + 2 * pad - KH) // stride + 1
    return (w.reshape(-1, F).T @ cols + b[:, None]).reshape(len(x), F, oh, -1)


def chaff__conv2d_forward_im2col__batch_mixed(x, w, b, *, stride=1, pad=0):
    """The batch's product is folded as N, F where it is F, N."""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    cols = im2col(x, (KH, KW), stride=stride, pad=pad)
    flat = cols.transpose(1, 0, 2).reshape(C * KH * KW, -1)
    return (w.reshape(F, -1) @ flat + b[:, None]).reshape(N, F, OH, OW)


def chaff__conv2d_forward_im2col__rows_and_columns_swapped(x, w, b, *, stride=1, pad=0):
    """Folds into OW × OH and then swaps the axes: the shape is right, the values are not."""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    cols = im2col(x, (KH, KW), stride=stride, pad=pad)
    out = w.reshape(F, -1) @ cols + b[:, None]
    return out.reshape(N, F, OW, OH).swapaxes(2, 3)


def chaff__conv2d_forward_im2col__square_output(x, w, b, *, stride=1, pad=0):
    """Takes the output for a square."""
    F, _, KH, KW = w.shape
    cols = im2col(x, (KH, KW), stride=stride, pad=pad)
    side = int(round(cols.shape[2] ** 0.5))
    return (w.reshape(F, -1) @ cols + b[:, None]).reshape(len(x), F, side, side)


def chaff__conv2d_forward_im2col__square_filters(x, w, b, *, stride=1, pad=0):
    """Passes (KH, KH) to im2col."""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    cols = im2col(x, (KH, KH), stride=stride, pad=pad)
    return (w.reshape(F, -1) @ cols + b[:, None]).reshape(N, F, OH, OW)


def chaff__conv2d_forward_im2col__stride_not_passed(x, w, b, *, stride=1, pad=0):
    """Takes every stride-th value of an output of stride 1, whether it fits or not."""
    F, _, KH, KW = w.shape
    cols = im2col(x, (KH, KW), pad=pad)
    oh = x.shape[2] + 2 * pad - KH + 1
    out = (w.reshape(F, -1) @ cols + b[:, None]).reshape(len(x), F, oh, -1)
    return out[:, :, ::stride, ::stride]


def chaff__conv2d_forward_im2col__pad_not_passed(x, w, b, *, stride=1, pad=0):
    """im2col never hears of the padding."""
    F, _, KH, KW = w.shape
    cols = im2col(x, (KH, KW), stride=stride)
    oh = (x.shape[2] - KH) // stride + 1
    return (w.reshape(F, -1) @ cols + b[:, None]).reshape(len(x), F, oh, -1)


def chaff__conv2d_forward_im2col__mean_for_sum(x, w, b, *, stride=1, pad=0):
    """Averages the products."""
    F, C, KH, KW = w.shape
    cols = im2col(x, (KH, KW), stride=stride, pad=pad)
    oh = (x.shape[2] + 2 * pad - KH) // stride + 1
    out = w.reshape(F, -1) @ cols / (C * KH * KW) + b[:, None]
    return out.reshape(len(x), F, oh, -1)


def chaff__conv2d_forward_im2col__always_float64(x, w, b, *, stride=1, pad=0):
    """Computes and returns float64."""
    F, _, KH, KW = w.shape
    cols = im2col(x, (KH, KW), stride=stride, pad=pad).astype(float)
    oh = (x.shape[2] + 2 * pad - KH) // stride + 1
    return (w.reshape(F, -1) @ cols + b[:, None]).reshape(len(x), F, oh, -1)


def chaff__conv2d_forward_im2col__changes_filters(x, w, b, *, stride=1, pad=0):
    """Writes into the biases that it was given."""
    F, _, KH, KW = w.shape
    cols = im2col(x, (KH, KW), stride=stride, pad=pad)
    oh = (x.shape[2] + 2 * pad - KH) // stride + 1
    out = (w.reshape(F, -1) @ cols + b[:, None]).reshape(len(x), F, oh, -1)
    b += 1
    return out


def chaff__conv2d_forward_im2col__error_swallowed(x, w, b, *, stride=1, pad=0):
    """Crops the image until it fits instead of refusing it."""
    F, _, KH, KW = w.shape
    H = x.shape[2] - (x.shape[2] - KH + 2 * pad) % stride
    W = x.shape[3] - (x.shape[3] - KW + 2 * pad) % stride
    cols = im2col(x[:, :, :H, :W], (KH, KW), stride=stride, pad=pad)
    oh = (H + 2 * pad - KH) // stride + 1
    return (w.reshape(F, -1) @ cols + b[:, None]).reshape(len(x), F, oh, -1)


def chaff__conv2d_forward_im2col__torch(x, w, b, *, stride=1, pad=0):
    """PyTorch does the work: a forbidden route."""
    im2col(x, w.shape[2:], stride=stride, pad=pad)
    tensors = [torch.from_numpy(a.copy()) for a in (x, w, b)]
    return torch.nn.functional.conv2d(*tensors, stride=stride, padding=pad).numpy()


def chaff__conv2d_forward_im2col__scipy(x, w, b, *, stride=1, pad=0):
    """SciPy does the work: a forbidden route."""
    from scipy.signal import correlate

    im2col(x, w.shape[2:], stride=stride, pad=pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = [[correlate(one, f, mode="valid")[0] for f in w] for one in padded]
    return np.array(out)[:, :, ::stride, ::stride] + b[:, None, None]


# conv2d_backward_im2col, right


def wheat__conv2d_backward_im2col__einsum(dout, x, w, b, *, stride=1, pad=0):
    """einsum for both products, and a list for the results."""
    N, F, OH, OW = dout.shape
    kernel = w.shape[2:]
    cols = im2col(x, kernel, stride=stride, pad=pad)
    flat = dout.reshape(N, F, OH * OW)
    dw = np.einsum("nfl,nkl->fk", flat, cols, optimize=True).reshape(w.shape)
    dcols = np.einsum("fk,nfl->nkl", w.reshape(F, -1), flat)
    db = np.einsum("nfij->f", dout)
    return [col2im(dcols, x.shape, kernel, stride=stride, pad=pad), dw, db]


def wheat__conv2d_backward_im2col__image_by_image(dout, x, w, b, *, stride=1, pad=0):
    """Adds up image after image, with prints."""
    F, kernel = len(w), w.shape[2:]
    rows = w.reshape(F, -1)
    dx, dw, db = np.empty_like(x), np.zeros_like(rows), np.zeros_like(b)
    for n in range(len(x)):
        cols = im2col(x[n : n + 1], kernel, stride=stride, pad=pad)[0]
        g = dout[n].reshape(F, -1)
        dw += g.dot(cols.T)
        db += g.sum(1)
        back = rows.T.dot(g)[None]
        dx[n] = col2im(back, (1, *x.shape[1:]), kernel, stride=stride, pad=pad)[0]
    print("done")
    return dx, dw.reshape(w.shape), db


def wheat__conv2d_backward_im2col__all_images_at_once(dout, x, w, b, *, stride=1, pad=0):
    """One product for the whole batch, as in CS231n's fast layers."""
    N, F = dout.shape[:2]
    _, C, KH, KW = w.shape
    cols = im2col(x, (KH, KW), stride=stride, pad=pad).transpose(1, 2, 0).reshape(C * KH * KW, -1)
    flat = dout.transpose(1, 2, 3, 0).reshape(F, -1)
    dw = (flat @ cols.T).reshape(w.shape)
    dcols = (w.reshape(F, -1).T @ flat).reshape(C * KH * KW, -1, N).transpose(2, 0, 1)
    dx = col2im(dcols, x.shape, (KH, KW), stride=stride, pad=pad)
    return dx, dw, np.sum(dout, axis=(0, 2, 3))


def wheat__conv2d_backward_im2col__tap_by_tap(dout, x, w, b, *, stride=1, pad=0):
    """Loops over the taps, needs neither im2col nor col2im, and returns a view for dx."""
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for u in range(KH):
        for v in range(KW):
            at = (..., slice(u, u + OH * stride, stride), slice(v, v + OW * stride, stride))
            dw[:, :, u, v] = np.einsum("nfij,ncij->fc", dout, padded[at])
            dpadded[at] += np.einsum("nfij,fc->ncij", dout, w[:, :, u, v])
    return dpadded[:, :, pad : H + pad, pad : W + pad], dw, dout.sum((0, 2, 3))


# conv2d_backward_im2col, wrong


def chaff__conv2d_backward_im2col__dw_of_the_last_image(dout, x, w, b, *, stride=1, pad=0):
    """= for += in a loop over images."""
    N, F = dout.shape[:2]
    G = dout.reshape(N, F, -1)
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    for n in range(N):
        dw = (G[n] @ cols[n].T).reshape(w.shape)
    dx = col2im(w.reshape(F, -1).T @ G, x.shape, w.shape[2:], stride=stride, pad=pad)
    return dx, dw, G.sum(axis=(0, 2))


def chaff__conv2d_backward_im2col__dw_mean(dout, x, w, b, *, stride=1, pad=0):
    """Averages dw over the images."""
    N, F = dout.shape[:2]
    G = dout.reshape(N, F, -1)
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    dw = (G @ cols.transpose(0, 2, 1)).mean(axis=0).reshape(w.shape)
    dx = col2im(w.reshape(F, -1).T @ G, x.shape, w.shape[2:], stride=stride, pad=pad)
    return dx, dw, G.sum(axis=(0, 2))


def chaff__conv2d_backward_im2col__dw_flipped(dout, x, w, b, *, stride=1, pad=0):
    """Flips dw, as the notes are often read."""
    N, F = dout.shape[:2]
    G = dout.reshape(N, F, -1)
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    dw = (G @ cols.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)[:, :, ::-1, ::-1]
    dx = col2im(w.reshape(F, -1).T @ G, x.shape, w.shape[2:], stride=stride, pad=pad)
    return dx, dw, G.sum(axis=(0, 2))


def chaff__conv2d_backward_im2col__dx_flipped(dout, x, w, b, *, stride=1, pad=0):
    """Flips the filters for dx, as the notes are often read; col2im needs them as they are."""
    N, F = dout.shape[:2]
    G = dout.reshape(N, F, -1)
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    dw = (G @ cols.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    flipped = w[:, :, ::-1, ::-1].reshape(F, -1)
    dx = col2im(flipped.T @ G, x.shape, w.shape[2:], stride=stride, pad=pad)
    return dx, dw, G.sum(axis=(0, 2))


def chaff__conv2d_backward_im2col__db_mean(dout, x, w, b, *, stride=1, pad=0):
    """Averages db over the images."""
    N, F = dout.shape[:2]
    G = dout.reshape(N, F, -1)
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    dw = (G @ cols.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    dx = col2im(w.reshape(F, -1).T @ G, x.shape, w.shape[2:], stride=stride, pad=pad)
    return dx, dw, G.sum(axis=2).mean(axis=0)


def chaff__conv2d_backward_im2col__db_of_one_image(dout, x, w, b, *, stride=1, pad=0):
    """db leaves out all images but the first."""
    N, F = dout.shape[:2]
    G = dout.reshape(N, F, -1)
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    dw = (G @ cols.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    dx = col2im(w.reshape(F, -1).T @ G, x.shape, w.shape[2:], stride=stride, pad=pad)
    return dx, dw, G[0].sum(axis=1)


def chaff__conv2d_backward_im2col__db_column(dout, x, w, b, *, stride=1, pad=0):
    """db keeps an axis: (F, 1)."""
    N, F = dout.shape[:2]
    G = dout.reshape(N, F, -1)
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    dw = (G @ cols.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    dx = col2im(w.reshape(F, -1).T @ G, x.shape, w.shape[2:], stride=stride, pad=pad)
    return dx, dw, G.sum(axis=(0, 2)).reshape(F, 1)


def chaff__conv2d_backward_im2col__batch_mixed(dout, x, w, b, *, stride=1, pad=0):
    """dout.reshape(F, -1), the mistake of the written question."""
    N, F = dout.shape[:2]
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    flat = dout.reshape(F, -1)
    dw = (flat @ cols.transpose(0, 2, 1).reshape(-1, cols.shape[1])).reshape(w.shape)
    G = dout.reshape(N, F, -1)
    dx = col2im(w.reshape(F, -1).T @ G, x.shape, w.shape[2:], stride=stride, pad=pad)
    return dx, dw, dout.sum(axis=(0, 2, 3))


def chaff__conv2d_backward_im2col__stride_not_in_col2im(dout, x, w, b, *, stride=1, pad=0):
    """col2im never hears of the stride."""
    N, F, OH, OW = dout.shape
    G = dout.reshape(N, F, -1)
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    dw = (G @ cols.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    KH, KW = w.shape[2:]
    size = (N, x.shape[1], OH + KH - 1 - 2 * pad, OW + KW - 1 - 2 * pad)
    dx = np.zeros_like(x)
    part = col2im(w.reshape(F, -1).T @ G, size, (KH, KW), pad=pad)
    dx[:, :, : part.shape[2], : part.shape[3]] = part
    return dx, dw, G.sum(axis=(0, 2))


def chaff__conv2d_backward_im2col__padding_at_most_one(dout, x, w, b, *, stride=1, pad=0):
    """Takes any padding for 1, as in the first example everybody tries."""
    N, F = dout.shape[:2]
    G = dout.reshape(N, F, -1)
    pad = min(pad, 1)
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    dw = (G @ cols.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    dx = col2im(w.reshape(F, -1).T @ G, x.shape, w.shape[2:], stride=stride, pad=pad)
    return dx, dw, G.sum(axis=(0, 2))


def chaff__conv2d_backward_im2col__frame_cut_twice(dout, x, w, b, *, stride=1, pad=0):
    """col2im has cut the frame off, and it is cut off again."""
    N, F = dout.shape[:2]
    G = dout.reshape(N, F, -1)
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    dw = (G @ cols.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    dx = col2im(w.reshape(F, -1).T @ G, x.shape, w.shape[2:], stride=stride, pad=pad)
    return (dx[:, :, pad:-pad, pad:-pad] if pad else dx), dw, G.sum(axis=(0, 2))


def chaff__conv2d_backward_im2col__another_order(dout, x, w, b, *, stride=1, pad=0):
    """Returns dw, dx, db."""
    N, F = dout.shape[:2]
    G = dout.reshape(N, F, -1)
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    dw = (G @ cols.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    dx = col2im(w.reshape(F, -1).T @ G, x.shape, w.shape[2:], stride=stride, pad=pad)
    return dw, dx, G.sum(axis=(0, 2))


def chaff__conv2d_backward_im2col__no_db(dout, x, w, b, *, stride=1, pad=0):
    """Returns two gradients of three."""
    N, F = dout.shape[:2]
    G = dout.reshape(N, F, -1)
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    dw = (G @ cols.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    dx = col2im(w.reshape(F, -1).T @ G, x.shape, w.shape[2:], stride=stride, pad=pad)
    return dx, dw


def chaff__conv2d_backward_im2col__flat_dw(dout, x, w, b, *, stride=1, pad=0):
    """dw stays a matrix (F, C·KH·KW)."""
    N, F = dout.shape[:2]
    G = dout.reshape(N, F, -1)
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    dw = (G @ cols.transpose(0, 2, 1)).sum(axis=0)
    dx = col2im(w.reshape(F, -1).T @ G, x.shape, w.shape[2:], stride=stride, pad=pad)
    return dx, dw, G.sum(axis=(0, 2))


def chaff__conv2d_backward_im2col__always_float64(dout, x, w, b, *, stride=1, pad=0):
    """dw is collected in float64."""
    N, F = dout.shape[:2]
    G = dout.reshape(N, F, -1)
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    dw = np.zeros((F, cols.shape[1]))
    for n in range(N):
        dw += G[n] @ cols[n].T
    dx = col2im(w.reshape(F, -1).T @ G, x.shape, w.shape[2:], stride=stride, pad=pad)
    return dx, dw.reshape(w.shape), G.sum(axis=(0, 2))


def chaff__conv2d_backward_im2col__changes_dout(dout, x, w, b, *, stride=1, pad=0):
    """Scales dout in place."""
    N, F = dout.shape[:2]
    dout *= 2
    G = dout.reshape(N, F, -1) / 2
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    dw = (G @ cols.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    dx = col2im(w.reshape(F, -1).T @ G, x.shape, w.shape[2:], stride=stride, pad=pad)
    return dx, dw, G.sum(axis=(0, 2))


def chaff__conv2d_backward_im2col__relu_inside(dout, x, w, b, *, stride=1, pad=0):
    """Lets only positive gradients through, as if a ReLU stood here."""
    N, F = dout.shape[:2]
    G = np.maximum(dout, 0).reshape(N, F, -1)
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    dw = (G @ cols.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    dx = col2im(w.reshape(F, -1).T @ G, x.shape, w.shape[2:], stride=stride, pad=pad)
    return dx, dw, G.sum(axis=(0, 2))


def chaff__conv2d_backward_im2col__autograd(dout, x, w, b, *, stride=1, pad=0):
    """autograd does the work: a forbidden route."""
    leaves = [torch.from_numpy(a.copy()).requires_grad_() for a in (x, w, b)]
    out = torch.nn.functional.conv2d(*leaves, stride=stride, padding=pad)
    out.backward(torch.from_numpy(dout.copy()))
    return tuple(leaf.grad.numpy() for leaf in leaves)
