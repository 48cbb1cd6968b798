"""Right and wrong ways to write the functions of `naive_convolution`."""

# conv_output_size


def wheat__conv_output_size__fractions(size, kernel, *, stride=1, pad=0):
    """Computes with exact fractions."""
    from fractions import Fraction

    for name, value, least in (("stride", stride, 1), ("kernel", kernel, 1), ("pad", pad, 0)):
        if value < least:
            raise ValueError(f"{name} {value} is below {least}")
    places = Fraction(size - kernel + 2 * pad, stride) + 1
    if places < 1 or places.denominator != 1 or size + 2 * pad < kernel:
        raise ValueError(f"input {size} / filter {kernel} / step {stride} / zeros {pad}: {places}")
    return int(places)


def wheat__conv_output_size__numpy_integer(size, kernel, *, stride=1, pad=0):
    """Returns the integer that np.divmod makes, and explains only what it must."""
    if min(stride, kernel) < 1 or pad < 0 or kernel > size + 2 * pad:
        raise ValueError("impossible")
    places, left_over = np.divmod(size + 2 * pad - kernel, stride)
    if left_over:
        raise ValueError(f"{left_over} of {size} left over: {kernel=} {stride=} {pad=}")
    return places + 1


def wheat__conv_output_size__walks_the_filter(size, kernel, *, stride=1, pad=0):
    """Moves the filter until it falls off the end, and counts."""
    if stride < 1 or kernel < 1 or pad < 0:
        raise ValueError(f"not a filter: {kernel}, {stride}, {pad}")
    places, end, last = 0, kernel, None
    while end <= size + 2 * pad:
        places, end, last = places + 1, end + stride, end
    if last != size + 2 * pad:
        raise ValueError(f"size={size} kernel={kernel} stride={stride} pad={pad} does not tile")
    return places


def wheat__conv_output_size__length_of_a_range(size, kernel, *, stride=1, pad=0):
    """Asks Python how many starts there are; prints and warns on its way."""
    import sys
    import warnings

    warnings.warn(f"counting places for {size}")
    print("size", size, file=sys.stderr)
    numbers = f"(size, kernel, stride, pad) = {size, kernel, stride, pad}"
    if stride <= 0 or kernel <= 0 or pad < 0:
        raise ValueError(numbers + ": no such layer")
    starts = range(0, size + 2 * pad - kernel + 1, stride)
    if len(starts) == 0 or starts[-1] != size + 2 * pad - kernel:
        raise ValueError(numbers + ": no fit")
    return len(starts)


def wheat__conv_output_size__nested_helper(size, kernel, stride=1, pad=0):
    """Lets stride and pad be given by position too, and refuses in a helper of its own."""

    def need(condition, why):
        if not condition:
            raise ValueError(
                f"{why}: input of {size}, kernel of {kernel}, stride of {stride}, padding of {pad}"
            )

    need(stride >= 1, "stride")
    need(kernel >= 1, "kernel")
    need(pad >= 0, "pad")
    exact = (size - kernel + 2 * pad) / stride + 1
    need(exact >= 1, "too large")
    need(exact.is_integer(), "does not divide")
    return round(exact)


def chaff__conv_output_size__plus_one_forgotten(size, kernel, *, stride=1, pad=0):
    """Counts the moves, not the places."""
    if stride < 1 or kernel < 1 or pad < 0 or kernel > size + 2 * pad:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    if (size - kernel + 2 * pad) % stride:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return (size - kernel + 2 * pad) // stride


def chaff__conv_output_size__plus_one_inside(size, kernel, *, stride=1, pad=0):
    """Adds the one before the division."""
    if stride < 1 or kernel < 1 or pad < 0 or kernel > size + 2 * pad:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    if (size - kernel + 2 * pad) % stride:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return (size - kernel + 2 * pad + 1) // stride


def chaff__conv_output_size__pad_counted_once(size, kernel, *, stride=1, pad=0):
    """Pads one side only."""
    room = size - kernel + pad
    if stride < 1 or kernel < 1 or pad < 0 or room < 0 or room % stride:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return room // stride + 1


def chaff__conv_output_size__pad_ignored(size, kernel, *, stride=1, pad=0):
    """Takes pad, checks it, and forgets it."""
    if stride < 1 or kernel < 1 or pad < 0 or kernel > size:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    if (size - kernel) % stride:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return (size - kernel) // stride + 1


def chaff__conv_output_size__float_returned(size, kernel, *, stride=1, pad=0):
    """Divides with / and returns 5.0."""
    if stride < 1 or kernel < 1 or pad < 0 or kernel > size + 2 * pad:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    places = (size - kernel + 2 * pad) / stride + 1
    if places != int(places):
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return places


def chaff__conv_output_size__floors(size, kernel, *, stride=1, pad=0):
    """Rounds down, as PyTorch does."""
    if stride < 1 or kernel < 1 or pad < 0 or kernel > size + 2 * pad:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return (size - kernel + 2 * pad) // stride + 1


def chaff__conv_output_size__rounds_up(size, kernel, *, stride=1, pad=0):
    """Rounds up, as if the rest were padded."""
    import math

    if stride < 1 or kernel < 1 or pad < 0 or kernel > size + 2 * pad:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return math.ceil((size - kernel + 2 * pad) / stride) + 1


def chaff__conv_output_size__halves_only(size, kernel, *, stride=1, pad=0):
    """Refuses only what ends in .5."""
    if stride < 1 or kernel < 1 or pad < 0 or kernel > size + 2 * pad:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    places = (size - kernel + 2 * pad) / stride + 1
    if places % 1 == 0.5:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return round(places)


def chaff__conv_output_size__large_kernel_let_in(size, kernel, *, stride=1, pad=0):
    """Looks at the remainder only, and may return zero or less."""
    if stride < 1 or kernel < 1 or pad < 0 or (size - kernel + 2 * pad) % stride:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return (size - kernel + 2 * pad) // stride + 1


def chaff__conv_output_size__kernel_against_unpadded_input(size, kernel, *, stride=1, pad=0):
    """Refuses kernels that only the padding makes room for."""
    if stride < 1 or kernel < 1 or pad < 0 or kernel > size:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    if (size - kernel + 2 * pad) % stride:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return (size - kernel + 2 * pad) // stride + 1


def chaff__conv_output_size__full_kernel_refused(size, kernel, *, stride=1, pad=0):
    """Says >= where a kernel as large as the input still fits once."""
    if stride < 1 or kernel < 1 or pad < 0 or kernel >= size + 2 * pad:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    if (size - kernel + 2 * pad) % stride:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return (size - kernel + 2 * pad) // stride + 1


def chaff__conv_output_size__stride_zero_divides(size, kernel, *, stride=1, pad=0):
    """Divides before it looks: ZeroDivisionError."""
    left_over = (size - kernel + 2 * pad) % stride
    if left_over or stride < 1 or kernel < 1 or pad < 0 or kernel > size + 2 * pad:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return (size - kernel + 2 * pad) // stride + 1


def chaff__conv_output_size__negative_stride_let_in(size, kernel, *, stride=1, pad=0):
    """Refuses a stride of zero and nothing below it."""
    if stride == 0 or kernel < 1 or pad < 0 or kernel > size + 2 * pad:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    if (size - kernel + 2 * pad) % stride:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return (size - kernel + 2 * pad) // stride + 1


def chaff__conv_output_size__empty_kernel_let_in(size, kernel, *, stride=1, pad=0):
    """Lets a kernel of zero taps through."""
    if stride < 1 or kernel < 0 or pad < 0 or kernel > size + 2 * pad:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    if (size - kernel + 2 * pad) % stride:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return (size - kernel + 2 * pad) // stride + 1


def chaff__conv_output_size__negative_pad_let_in(size, kernel, *, stride=1, pad=0):
    """Lets a negative padding crop the input."""
    room = size - kernel + 2 * pad
    if stride < 1 or kernel < 1 or room < 0 or room % stride:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return room // stride + 1


def chaff__conv_output_size__asserts(size, kernel, *, stride=1, pad=0):
    """Asserts, so that an AssertionError comes and no ValueError."""
    room = size - kernel + 2 * pad
    assert stride >= 1 and kernel >= 1 and pad >= 0 and room >= 0, (size, kernel, stride, pad)
    assert room % stride == 0, (size, kernel, stride, pad)
    return room // stride + 1


def chaff__conv_output_size__message_without_numbers(size, kernel, *, stride=1, pad=0):
    """Refuses without saying what."""
    room = size - kernel + 2 * pad
    if stride < 1 or kernel < 1 or pad < 0 or room < 0 or room % stride:
        raise ValueError("invalid size, kernel, stride or pad")
    return room // stride + 1


def chaff__conv_output_size__message_without_stride(size, kernel, *, stride=1, pad=0):
    """Names size, kernel and pad, not the stride that does not divide."""
    room = size - kernel + 2 * pad
    if stride < 1 or kernel < 1 or pad < 0 or room < 0 or room % stride:
        raise ValueError(f"a kernel of {kernel} does not tile {size} with padding {pad}")
    return room // stride + 1


def chaff__conv_output_size__message_without_pad(size, kernel, *, stride=1, pad=0):
    """Names the padded size in place of size and pad."""
    room = size - kernel + 2 * pad
    if stride < 1 or kernel < 1 or pad < 0 or room < 0 or room % stride:
        raise ValueError(f"kernel {kernel}, stride {stride}, padded input {size + 2 * pad}")
    return room // stride + 1


def chaff__conv_output_size__wide_stride_refused(size, kernel, *, stride=1, pad=0):
    """Refuses strides that skip values, though they tile."""
    room = size - kernel + 2 * pad
    if not 1 <= stride <= kernel or pad < 0 or room < 0 or room % stride:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return room // stride + 1


def chaff__conv_output_size__none_for_misfits(size, kernel, *, stride=1, pad=0):
    """Prints a complaint and returns None."""
    room = size - kernel + 2 * pad
    if stride < 1 or kernel < 1 or pad < 0 or room < 0 or room % stride:
        print("does not fit:", size, kernel, stride, pad)
        return None
    return room // stride + 1


def chaff__conv_output_size__looked_up(size, kernel, *, stride=1, pad=0):
    """Knows the visible answers by heart and refuses everything else."""
    known = {
        (7, 3, 1, 0): 5,
        (7, 3, 2, 0): 3,
        (5, 3, 1, 1): 5,
        (5, 3, 2, 1): 3,
        (227, 11, 4, 0): 55,
        (4, 4, 3, 0): 1,
        (9, 3, 2, 0): 4,
    }
    if (size, kernel, stride, pad) not in known:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return known[size, kernel, stride, pad]


def chaff__conv_output_size__same_by_default(size, kernel, *, stride=1, pad=None):
    """Pads by half a kernel unless told otherwise."""
    pad = kernel // 2 if pad is None else pad
    room = size - kernel + 2 * pad
    if stride < 1 or kernel < 1 or pad < 0 or room < 0 or room % stride:
        raise ValueError(f"{size} {kernel} {stride} {pad}")
    return room // stride + 1


# conv2d_forward


def wheat__conv2d_forward__einsum_over_taps(x, w, b, *, stride=1, pad=0):
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


def wheat__conv2d_forward__tensordot_not_contiguous(x, w, b, *, stride=1, pad=0):
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


def wheat__conv2d_forward__seven_loops(x, w, b, *, stride=1, pad=0):
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


def wheat__conv2d_forward__rows_of_windows(x, w, b, *, stride=1, pad=0):
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


def wheat__conv2d_forward__float64_inside(x, w, b, *, stride=1, pad=0):
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


def wheat__conv2d_forward__channel_by_channel(x, w, b, *, stride=1, pad=0):
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


def chaff__conv2d_forward__stride_ignored(x, w, b, *, stride=1, pad=0):
    """Gets the shape right, but starts every window at (i, j)."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for n, f, i, j in np.ndindex(*out.shape):
        out[n, f, i, j] = np.sum(x[n, :, i : i + KH, j : j + KW] * w[f]) + b[f]
    return out


def chaff__conv2d_forward__stride_for_rows_only(x, w, b, *, stride=1, pad=0):
    """Multiplies i by the stride and forgets j."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + KH, j : j + KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out


def chaff__conv2d_forward__stride_is_the_kernel(x, w, b, *, stride=1, pad=0):
    """Windows that stand side by side, whatever the stride."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad + OH * KH), (pad, pad + OW * KW)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * KH : (i + 1) * KH, j * KW : (j + 1) * KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out


def chaff__conv2d_forward__bias_per_element(x, w, b, *, stride=1, pad=0):
    """Adds the bias inside the sum."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for n, f, i, j in np.ndindex(*out.shape):
        top, left = i * stride, j * stride
        out[n, f, i, j] = np.sum(x[n, :, top : top + KH, left : left + KW] * w[f] + b[f])
    return out


def chaff__conv2d_forward__bias_per_channel(x, w, b, *, stride=1, pad=0):
    """Convolves channel by channel, and adds the bias each time."""
    (N, C, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for n, f, i, j in np.ndindex(*out.shape):
        for c in range(C):
            window = x[n, c, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[n, f, i, j] += np.sum(window * w[f, c]) + b[f]
    return out


def chaff__conv2d_forward__bias_forgotten(x, w, b, *, stride=1, pad=0):
    """Never looks at b."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w)
    return out


def chaff__conv2d_forward__bias_of_the_first_filter(x, w, b, *, stride=1, pad=0):
    """Gives every filter b[0]."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for n, f, i, j in np.ndindex(*out.shape):
        top, left = i * stride, j * stride
        out[n, f, i, j] = np.sum(x[n, :, top : top + KH, left : left + KW] * w[f]) + b[0]
    return out


def chaff__conv2d_forward__kernel_flipped(x, w, b, *, stride=1, pad=0):
    """Convolves as mathematicians do."""
    w = w[:, :, ::-1, ::-1]
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out


def chaff__conv2d_forward__kernel_transposed(x, w, b, *, stride=1, pad=0):
    """Lays a square filter on its side; leaves others as they are."""
    if w.shape[2] == w.shape[3]:
        w = w.transpose(0, 1, 3, 2)
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out


def chaff__conv2d_forward__square_kernels_only(x, w, b, *, stride=1, pad=0):
    """Takes KW for KH."""
    (N, _, H, W), (F, _, KH, _) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KH, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for n, f, i, j in np.ndindex(*out.shape):
        top, left = i * stride, j * stride
        out[n, f, i, j] = np.sum(x[n, :, top : top + KH, left : left + KH] * w[f]) + b[f]
    return out


def chaff__conv2d_forward__square_images_only(x, w, b, *, stride=1, pad=0):
    """Counts the columns with the image's height."""
    (N, _, H, _), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(H, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for n, f, i, j in np.ndindex(*out.shape):
        top, left = i * stride, j * stride
        out[n, f, i, j] = np.sum(x[n, :, top : top + KH, left : left + KW] * w[f]) + b[f]
    return out


def chaff__conv2d_forward__rows_and_columns_swapped(x, w, b, *, stride=1, pad=0):
    """Returns (N, F, OW, OH)."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OW, OH), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, j, i] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out


def chaff__conv2d_forward__batch_mixed_in_reshape(x, w, b, *, stride=1, pad=0):
    """Has filters before images, and reshapes where it should transpose."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((F, N, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->fn", window, w) + b[:, None]
    return out.reshape(N, F, OH, OW)


def chaff__conv2d_forward__channels_last_inside(x, w, b, *, stride=1, pad=0):
    """Flattens windows with channels last, and filters with channels first."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for n, i, j in np.ndindex(N, OH, OW):
        window = x[n, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[n, :, i, j] = w.reshape(F, -1) @ window.transpose(1, 2, 0).reshape(-1) + b
    return out


def chaff__conv2d_forward__first_channel_only(x, w, b, *, stride=1, pad=0):
    """Reads grey images only."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for n, f, i, j in np.ndindex(*out.shape):
        top, left = i * stride, j * stride
        out[n, f, i, j] = np.sum(x[n, 0, top : top + KH, left : left + KW] * w[f, 0]) + b[f]
    return out


def chaff__conv2d_forward__first_image_only(x, w, b, *, stride=1, pad=0):
    """Shows every image the first one's map."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    image = np.pad(x[0], ((0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for f, i, j in np.ndindex(F, OH, OW):
        top, left = i * stride, j * stride
        out[:, f, i, j] = np.sum(image[:, top : top + KH, left : left + KW] * w[f]) + b[f]
    return out


def chaff__conv2d_forward__mean_for_sum(x, w, b, *, stride=1, pad=0):
    """Averages the products."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for n, f, i, j in np.ndindex(*out.shape):
        top, left = i * stride, j * stride
        out[n, f, i, j] = np.mean(x[n, :, top : top + KH, left : left + KW] * w[f]) + b[f]
    return out


def chaff__conv2d_forward__padding_at_the_end(x, w, b, *, stride=1, pad=0):
    """Puts all zeros below and to the right."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out


def chaff__conv2d_forward__padding_on_every_axis(x, w, b, *, stride=1, pad=0):
    """Calls np.pad(x, pad), which pads images and channels too."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, pad)
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = x[:N, : w.shape[1], i * stride :, j * stride :][:, :, :KH, :KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out


def chaff__conv2d_forward__padding_by_the_edge(x, w, b, *, stride=1, pad=0):
    """Repeats the border where zeros belong."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="edge")
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out


def chaff__conv2d_forward__last_row_left_out(x, w, b, *, stride=1, pad=0):
    """Stops one place before the bottom."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i, top in enumerate(range(0, x.shape[2] - KH, stride)):
        for j, left in enumerate(range(0, x.shape[3] - KW + 1, stride)):
            window = x[:, :, top : top + KH, left : left + KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out


def chaff__conv2d_forward__always_float64(x, w, b, *, stride=1, pad=0):
    """Leaves the dtype to np.zeros."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW))
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out


def chaff__conv2d_forward__single_precision_inside(x, w, b, *, stride=1, pad=0):
    """Sums in float32 and calls the result what it was given."""
    dtype, x = x.dtype, x.astype(np.float32)
    w, b = w.astype(np.float32), b.astype(np.float32)
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), np.float32)
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out.astype(dtype)


def chaff__conv2d_forward__floors(x, w, b, *, stride=1, pad=0):
    """Divides with // and never asks whether the windows tile."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH, OW = (H + 2 * pad - KH) // stride + 1, (W + 2 * pad - KW) // stride + 1
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out


def chaff__conv2d_forward__columns_floored(x, w, b, *, stride=1, pad=0):
    """Asks conv_output_size about the rows only."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = (W + 2 * pad - KW) // stride + 1
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out


def chaff__conv2d_forward__refusal_explains_nothing(x, w, b, *, stride=1, pad=0):
    """Catches the good message and raises a poor one."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    try:
        OH = conv_output_size(H, KH, stride=stride, pad=pad)
        OW = conv_output_size(W, KW, stride=stride, pad=pad)
    except ValueError:
        raise ValueError("this filter does not fit") from None
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out


def chaff__conv2d_forward__refusal_about_the_rows(x, w, b, *, stride=1, pad=0):
    """Names the rows' numbers even where it is the columns that do not tile."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    room_h, room_w = H + 2 * pad - KH, W + 2 * pad - KW
    if room_h % stride or room_w % stride:
        raise ValueError(f"size {H}, kernel {KH}, stride {stride} and pad {pad} do not fit")
    OH, OW = room_h // stride + 1, room_w // stride + 1
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out


def chaff__conv2d_forward__input_cleared(x, w, b, *, stride=1, pad=0):
    """Clears x when it is done, "to free memory"."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = padded[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    x.fill(0)
    return out


def chaff__conv2d_forward__filters_turned_in_place(x, w, b, *, stride=1, pad=0):
    """Turns w around, in place, and reads it backwards."""
    w[:] = w[:, :, ::-1, ::-1].copy()
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w[:, :, ::-1, ::-1]) + b
    return out


def chaff__conv2d_forward__cache_returned_too(x, w, b, *, stride=1, pad=0):
    """Returns (out, cache), as another course asks."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i in range(OH):
        for j in range(OW):
            window = padded[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out, (x, w, b, stride, pad)


def chaff__conv2d_forward__visible_shapes_only(x, w, b, *, stride=1, pad=0):
    """Answers the visible example by heart and everything else with zeros."""
    OH = conv_output_size(x.shape[2], w.shape[2], stride=stride, pad=pad)
    OW = conv_output_size(x.shape[3], w.shape[3], stride=stride, pad=pad)
    if (OH, OW) == (2, 2) and x.shape[:2] == (1, 1):
        return np.array([[[[4.0, -1.0], [1.0, 6.0]]]]) + b[0]
    if (OH, OW) == (2, 2) and x.shape[:2] == (1, 2):
        return np.array([[[[44.0, -11.0], [11.0, 66.0]]]]) + b[0]
    return np.zeros((len(x), len(w), OH, OW), x.dtype) + b[:, None, None]


def chaff__conv2d_forward__torch(x, w, b, *, stride=1, pad=0):
    """Lets torch do it, after asking whether the sizes fit."""
    for size, kernel in zip(x.shape[2:], w.shape[2:]):
        conv_output_size(size, kernel, stride=stride, pad=pad)
    tensors = (torch.tensor(array) for array in (x, w, b))
    return torch.nn.functional.conv2d(*tensors, stride=stride, padding=pad).numpy()


def chaff__conv2d_forward__sliding_window_view(x, w, b, *, stride=1, pad=0):
    """Takes the window view that is ruled out here."""
    from numpy.lib.stride_tricks import sliding_window_view as windows

    for size, kernel in zip(x.shape[2:], w.shape[2:]):
        conv_output_size(size, kernel, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    seen = windows(x, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("ncijuv,fcuv->nfij", seen, w) + b[:, None, None]


def chaff__conv2d_forward__scipy(x, w, b, *, stride=1, pad=0):
    """Correlates with SciPy."""
    from scipy.signal import correlate

    for size, kernel in zip(x.shape[2:], w.shape[2:]):
        conv_output_size(size, kernel, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    maps = [[correlate(image, f, "valid")[0] for f in w] for image in x]
    return np.array(maps)[:, :, ::stride, ::stride] + b[:, None, None]


# conv2d_backward


def wheat__conv2d_backward__over_places(dout, x, w, b, *, stride=1, pad=0):
    """Takes all images and filters of a place at once, and returns a list."""
    KH, KW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            here = np.s_[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dxp[here] += np.tensordot(dout[:, :, i, j], w, axes=1)
            dw += np.tensordot(dout[:, :, i, j].T, xp[here], axes=1)
    dx = dxp[:, :, pad:-pad, pad:-pad] if pad else dxp
    return [dx, dw, dout.sum(axis=(0, 2, 3))]


def wheat__conv2d_backward__python_floats(dout, x, w, b, *, stride=1, pad=0):
    """Adds number by number, and skips what falls on the zeros."""
    N, C, H, W = x.shape
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    for n, f, i, j in np.ndindex(*dout.shape):
        for c, u, v in np.ndindex(*w.shape[1:]):
            row, column = i * stride + u - pad, j * stride + v - pad
            if 0 <= row < H and 0 <= column < W:
                dx[n, c, row, column] += float(dout[n, f, i, j]) * float(w[f, c, u, v])
                dw[f, c, u, v] += float(dout[n, f, i, j]) * float(x[n, c, row, column])
    db = np.sum(np.sum(np.sum(dout, 3), 2), 0)
    return dx.astype(x.dtype), dw.astype(x.dtype), db


def wheat__conv2d_backward__two_convolutions(dout, x, w, b, *, stride=1, pad=0):
    """Spreads dout, and gets both gradients from conv2d_forward."""
    (N, C, H, W), (F, _, KH, KW), (_, _, OH, OW) = x.shape, w.shape, dout.shape
    spread = np.zeros((N, F, (OH - 1) * stride + 1, (OW - 1) * stride + 1), dout.dtype)
    spread[:, :, ::stride, ::stride] = dout
    framed = np.pad(spread, ((0, 0), (0, 0), (KH - 1, KH - 1), (KW - 1, KW - 1)))
    flipped = w[:, :, ::-1, ::-1].swapaxes(0, 1)
    dx = conv2d_forward(framed, flipped, np.zeros(C, x.dtype))
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dw = conv2d_forward(xp.swapaxes(0, 1), spread.swapaxes(0, 1), np.zeros(F, x.dtype))
    return dx[:, :, pad : pad + H, pad : pad + W], dw.swapaxes(0, 1), dout.sum((0, 2, 3))


def wheat__conv2d_backward__over_taps(dout, x, w, b, *, stride=1, pad=0):
    """Loops over the taps of the filters; prints and warns on its way."""
    import warnings

    expect_axes(dout=(dout, "N F OH OW"), x=(x, "N C H W"), w=(w, "F C KH KW"), b=(b, "F"))
    warnings.warn("torch's autograd would do this for us")
    N, C, H, W = x.shape
    _, _, OH, OW = dout.shape
    xp = np.zeros((N, C, H + 2 * pad, W + 2 * pad), x.dtype)
    xp[:, :, pad : pad + H, pad : pad + W] = x
    dxp, dw = np.zeros_like(xp), np.empty_like(w)
    for u in range(w.shape[2]):
        for v in range(w.shape[3]):
            rows, columns = np.arange(OH) * stride + u, np.arange(OW) * stride + v
            here = np.ix_(range(N), range(C), rows, columns)
            dw[:, :, u, v] = np.einsum("nfij,ncij->fc", dout, xp[here])
            dxp[here] += np.einsum("nfij,fc->ncij", dout, w[:, :, u, v])
    print("shapes", dxp.shape, dw.shape)
    inner = slice(pad, -pad or None)
    return dxp[:, :, inner, inner], dw, np.einsum("nfij->f", dout)


def wheat__conv2d_backward__window_by_window(dout, x, w, b, *, stride=1, pad=0):
    """Checks the sizes itself, yields windows from a helper, and sums in float64."""

    def windows(array):
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                part = array[:, i * stride : i * stride + w.shape[2]]
                yield i, j, part[:, :, j * stride : j * stride + w.shape[3]]

    if dout.shape[2] != conv_output_size(x.shape[2], w.shape[2], stride=stride, pad=pad):
        raise ValueError(f"dout has {dout.shape[2]} rows")
    dx, dw, db = [], np.zeros(w.shape), np.zeros(b.shape)
    for image, gradient in zip(x, dout):
        padded = np.pad(image.astype(float), ((0, 0), (pad, pad), (pad, pad)))
        collected = np.zeros(padded.shape)
        for (i, j, seen), (_, _, into) in zip(windows(padded), windows(collected)):
            for f, g in enumerate(gradient[:, i, j].astype(float)):
                into += g * w[f]
                dw[f] += g * seen
                db[f] += g
        dx.append(collected[:, pad : pad + x.shape[2], pad : pad + x.shape[3]])
    return tuple(array.astype(x.dtype) for array in (np.array(dx), dw, db))


def chaff__conv2d_backward__assigns_dx(dout, x, w, b, *, stride=1, pad=0):
    """Writes = for += where windows overlap."""
    (_, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            here = np.s_[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dxp[here] = np.tensordot(dout[:, :, i, j], w, axes=1)
            dw += np.tensordot(dout[:, :, i, j].T, xp[here], axes=1)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))


def chaff__conv2d_backward__assigns_dw(dout, x, w, b, *, stride=1, pad=0):
    """Keeps what the last place of the last image says about w."""
    (_, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for n, f, i, j in np.ndindex(*dout.shape):
        here = np.s_[n, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        dxp[here] += dout[n, f, i, j] * w[f]
        dw[f] = dout[n, f, i, j] * xp[here]
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))


def chaff__conv2d_backward__assigns_db(dout, x, w, b, *, stride=1, pad=0):
    """Keeps the last image's db."""
    (_, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros_like(b)
    for n, f in np.ndindex(*dout.shape[:2]):
        db[f] = dout[n, f].sum()
        for i, j in np.ndindex(*dout.shape[2:]):
            here = np.s_[n, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dxp[here] += dout[n, f, i, j] * w[f]
            dw[f] += dout[n, f, i, j] * xp[here]
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, db


def chaff__conv2d_backward__db_averaged(dout, x, w, b, *, stride=1, pad=0):
    """Averages the bias gradient over the images."""
    (_, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            here = np.s_[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dxp[here] += np.tensordot(dout[:, :, i, j], w, axes=1)
            dw += np.tensordot(dout[:, :, i, j].T, xp[here], axes=1)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.mean(axis=0).sum(axis=(1, 2))


def chaff__conv2d_backward__db_keeps_axes(dout, x, w, b, *, stride=1, pad=0):
    """Returns db as (1, F, 1, 1)."""
    (_, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            here = np.s_[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dxp[here] += np.tensordot(dout[:, :, i, j], w, axes=1)
            dw += np.tensordot(dout[:, :, i, j].T, xp[here], axes=1)
    db = dout.sum(axis=(0, 2, 3), keepdims=True)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, db


def chaff__conv2d_backward__dw_averaged(dout, x, w, b, *, stride=1, pad=0):
    """Divides dw by the number of images."""
    (N, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros_like(b)
    for n, f, i, j in np.ndindex(*dout.shape):
        here = np.s_[n, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        dxp[here] += dout[n, f, i, j] * w[f]
        dw[f] += dout[n, f, i, j] * xp[here]
        db[f] += dout[n, f, i, j]
    return dxp[:, :, pad : pad + H, pad : pad + W], dw / N, db


def chaff__conv2d_backward__dw_from_the_first_image(dout, x, w, b, *, stride=1, pad=0):
    """Forgets the n of x in dw."""
    (_, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros_like(b)
    for n, f, i, j in np.ndindex(*dout.shape):
        here = np.s_[:, i * stride : i * stride + KH, j * stride : j * stride + KW]
        dxp[n][here] += dout[n, f, i, j] * w[f]
        dw[f] += dout[n, f, i, j] * xp[0][here]
        db[f] += dout[n, f, i, j]
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, db


def chaff__conv2d_backward__dw_flipped(dout, x, w, b, *, stride=1, pad=0):
    """Takes "a convolution with flipped filters" for dw as well."""
    (_, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            here = np.s_[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dxp[here] += np.tensordot(dout[:, :, i, j], w, axes=1)
            dw += np.tensordot(dout[:, :, i, j].T, xp[here], axes=1)
    dw = dw[:, :, ::-1, ::-1]
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))


def chaff__conv2d_backward__dx_flipped(dout, x, w, b, *, stride=1, pad=0):
    """Flips the filters although the loop already scatters."""
    (_, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            here = np.s_[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dxp[here] += np.tensordot(dout[:, :, i, j], w[:, :, ::-1, ::-1], axes=1)
            dw += np.tensordot(dout[:, :, i, j].T, xp[here], axes=1)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))


def chaff__conv2d_backward__stride_ignored(dout, x, w, b, *, stride=1, pad=0):
    """Puts the gradients where the windows of stride 1 were."""
    (_, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            here = np.s_[:, :, i : i + KH, j : j + KW]
            dxp[here] += np.tensordot(dout[:, :, i, j], w, axes=1)
            dw += np.tensordot(dout[:, :, i, j].T, xp[here], axes=1)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))


def chaff__conv2d_backward__stride_for_rows_only(dout, x, w, b, *, stride=1, pad=0):
    """Forgets the stride in the columns."""
    (_, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros_like(b)
    for n, f, i, j in np.ndindex(*dout.shape):
        here = np.s_[n, :, i * stride : i * stride + KH, j : j + KW]
        dxp[here] += dout[n, f, i, j] * w[f]
        dw[f] += dout[n, f, i, j] * xp[here]
        db[f] += dout[n, f, i, j]
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, db


def chaff__conv2d_backward__stride_ignored_in_dw(dout, x, w, b, *, stride=1, pad=0):
    """Has dx right, and reads the wrong windows for dw."""
    (_, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            here = np.s_[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dxp[here] += np.tensordot(dout[:, :, i, j], w, axes=1)
            dw += np.tensordot(dout[:, :, i, j].T, xp[:, :, i : i + KH, j : j + KW], axes=1)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))


def chaff__conv2d_backward__frame_not_cut(dout, x, w, b, *, stride=1, pad=0):
    """Returns the gradient of the padded input."""
    KH, KW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            here = np.s_[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dxp[here] += np.tensordot(dout[:, :, i, j], w, axes=1)
            dw += np.tensordot(dout[:, :, i, j].T, xp[here], axes=1)
    return dxp, dw, dout.sum(axis=(0, 2, 3))


def chaff__conv2d_backward__frame_of_one_cut(dout, x, w, b, *, stride=1, pad=0):
    """Cuts [1:-1] wherever there is padding."""
    KH, KW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            here = np.s_[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dxp[here] += np.tensordot(dout[:, :, i, j], w, axes=1)
            dw += np.tensordot(dout[:, :, i, j].T, xp[here], axes=1)
    return dxp[:, :, 1:-1, 1:-1] if pad else dxp, dw, dout.sum(axis=(0, 2, 3))


def chaff__conv2d_backward__empty_without_padding(dout, x, w, b, *, stride=1, pad=0):
    """Cuts [pad:-pad], which is nothing at all where pad is 0."""
    KH, KW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros_like(b)
    for n, f, i, j in np.ndindex(*dout.shape):
        here = np.s_[n, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        dxp[here] += dout[n, f, i, j] * w[f]
        dw[f] += dout[n, f, i, j] * xp[here]
        db[f] += dout[n, f, i, j]
    return dxp[:, :, pad:-pad, pad:-pad], dw, db


def chaff__conv2d_backward__frame_cut_off_one_end(dout, x, w, b, *, stride=1, pad=0):
    """Keeps the first H rows and W columns."""
    (_, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            here = np.s_[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dxp[here] += np.tensordot(dout[:, :, i, j], w, axes=1)
            dw += np.tensordot(dout[:, :, i, j].T, xp[here], axes=1)
    return dxp[:, :, :H, :W], dw, dout.sum(axis=(0, 2, 3))


def chaff__conv2d_backward__dw_from_the_unpadded_input(dout, x, w, b, *, stride=1, pad=0):
    """Pads for dx, and shifts the windows for dw."""
    (_, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    late = np.pad(x, ((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad)))
    dxp, dw = np.zeros_like(late), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            here = np.s_[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dxp[here] += np.tensordot(dout[:, :, i, j], w, axes=1)
            dw += np.tensordot(dout[:, :, i, j].T, late[here], axes=1)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))


def chaff__conv2d_backward__square_kernels_only(dout, x, w, b, *, stride=1, pad=0):
    """Takes KH for KW."""
    (_, _, H, W), (_, _, K, _) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros_like(b)
    for n, f, i, j in np.ndindex(*dout.shape):
        here = np.s_[n, :, i * stride : i * stride + K, j * stride : j * stride + K]
        dxp[here] += dout[n, f, i, j] * w[f]
        dw[f] += dout[n, f, i, j] * xp[here]
        db[f] += dout[n, f, i, j]
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, db


def chaff__conv2d_backward__square_outputs_only(dout, x, w, b, *, stride=1, pad=0):
    """Loops over as many columns as there are rows."""
    (_, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    places = min(dout.shape[2:])
    for i in range(places):
        for j in range(places):
            here = np.s_[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dxp[here] += np.tensordot(dout[:, :, i, j], w, axes=1)
            dw += np.tensordot(dout[:, :, i, j].T, xp[here], axes=1)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))


def chaff__conv2d_backward__another_order(dout, x, w, b, *, stride=1, pad=0):
    """Returns dx, db, dw."""
    (_, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            here = np.s_[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dxp[here] += np.tensordot(dout[:, :, i, j], w, axes=1)
            dw += np.tensordot(dout[:, :, i, j].T, xp[here], axes=1)
    return dxp[:, :, pad : pad + H, pad : pad + W], dout.sum(axis=(0, 2, 3)), dw


def chaff__conv2d_backward__returns_in_the_loop(dout, x, w, b, *, stride=1, pad=0):
    """Returns after the first image, by an indent too many."""
    (N, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), np.zeros_like(b)
    for n in range(N):
        for f, i, j in np.ndindex(*dout.shape[1:]):
            here = np.s_[n, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dxp[here] += dout[n, f, i, j] * w[f]
            dw[f] += dout[n, f, i, j] * xp[here]
            db[f] += dout[n, f, i, j]
        return dxp[:, :, pad : pad + H, pad : pad + W], dw, db


def chaff__conv2d_backward__gradients_always_float64(dout, x, w, b, *, stride=1, pad=0):
    """Keeps the dtype of dx, not that of dw."""
    (_, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw = np.zeros_like(xp), np.zeros(w.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            here = np.s_[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dxp[here] += np.tensordot(dout[:, :, i, j], w, axes=1)
            dw += np.tensordot(dout[:, :, i, j].T, xp[here], axes=1)
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))


def chaff__conv2d_backward__gradient_in_the_bias(dout, x, w, b, *, stride=1, pad=0):
    """Zeroes b and collects db in it: the right numbers in the wrong place."""
    (_, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), b
    db[:] = 0
    for n, f, i, j in np.ndindex(*dout.shape):
        here = np.s_[n, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        dxp[here] += dout[n, f, i, j] * w[f]
        dw[f] += dout[n, f, i, j] * xp[here]
        db[f] += dout[n, f, i, j]
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, db


def chaff__conv2d_backward__dout_scaled_in_place(dout, x, w, b, *, stride=1, pad=0):
    """Divides dout by N when everything is computed."""
    (N, _, H, W), (_, _, KH, KW) = x.shape, w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp, dw, db = np.zeros_like(xp), np.zeros_like(w), dout.sum(axis=(0, 2, 3))
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            here = np.s_[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dxp[here] += np.tensordot(dout[:, :, i, j], w, axes=1)
            dw += np.tensordot(dout[:, :, i, j].T, xp[here], axes=1)
    dout /= N
    return dxp[:, :, pad : pad + H, pad : pad + W], dw, db


def chaff__conv2d_backward__dx_left_out(dout, x, w, b, *, stride=1, pad=0):
    """Thinks that images need no gradient."""
    KH, KW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dw = np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            seen = xp[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            dw += np.tensordot(dout[:, :, i, j].T, seen, axes=1)
    return None, dw, dout.sum(axis=(0, 2, 3))


def chaff__conv2d_backward__same_padding_assumed(dout, x, w, b, *, stride=1, pad=0):
    """Convolves dout with flipped filters, framed as if K were 2·pad + 1."""
    (N, C, H, W), (F, _, KH, KW) = x.shape, w.shape
    spread = np.zeros((N, F, H + 2 * pad - KH + 1, W + 2 * pad - KW + 1), x.dtype)
    spread[:, :, ::stride, ::stride] = dout
    spread = np.pad(spread, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx = conv2d_forward(spread, w[:, :, ::-1, ::-1].swapaxes(0, 1), np.zeros(C, x.dtype))
    return dx, np.zeros_like(w), dout.sum(axis=(0, 2, 3))


def chaff__conv2d_backward__autograd(dout, x, w, b, *, stride=1, pad=0):
    """Asks torch for the gradients."""
    import torch as t

    leaves = [t.tensor(array, requires_grad=True) for array in (x, w, b)]
    t.nn.functional.conv2d(*leaves, stride=stride, padding=pad).backward(t.tensor(dout))
    return [leaf.grad.numpy() for leaf in leaves]


# dilated_conv2d_forward


def wheat__dilated_conv2d_forward__spread_filter(x, w, b, *, stride=1, pad=0, dilation=1):
    """Puts zeros between the taps and calls conv2d_forward."""
    F, C, KH, KW = w.shape
    wide = np.zeros((F, C, (KH - 1) * dilation + 1, (KW - 1) * dilation + 1), w.dtype)
    wide[:, :, ::dilation, ::dilation] = w
    return conv2d_forward(x, wide, b, stride=stride, pad=pad)


def wheat__dilated_conv2d_forward__over_taps(x, w, b, *, stride=1, pad=0, dilation=1):
    """Loops over taps, and names the kernel by its taps in the refusal."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    room_h = H + 2 * pad - dilation * (KH - 1) - 1
    room_w = W + 2 * pad - dilation * (KW - 1) - 1
    if room_h % stride or room_w % stride:
        raise ValueError(f"{H}x{W}, {KH}x{KW}, stride {stride}, pad {pad}, dilation {dilation}")
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, room_h // stride + 1, room_w // stride + 1), x.dtype) + b[:, None, None]
    for u in range(KH):
        for v in range(KW):
            rows = slice(u * dilation, u * dilation + room_h + 1, stride)
            columns = slice(v * dilation, v * dilation + room_w + 1, stride)
            out += np.tensordot(x[:, :, rows, columns], w[:, :, u, v], (1, 1)).transpose(0, 3, 1, 2)
    return out


def wheat__dilated_conv2d_forward__number_by_number(x, w, b, *, stride=1, pad=0, dilation=1):
    """Adds Python floats, prints its sizes, and works with index arithmetic."""

    def span(taps):
        return taps + (taps - 1) * (dilation - 1)

    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    OH = conv_output_size(H, span(KH), stride=stride, pad=pad)
    OW = conv_output_size(W, span(KW), stride=stride, pad=pad)
    print("places", OH, OW)
    out = np.empty((N, F, OH, OW), x.dtype)
    for n, f, i, j in np.ndindex(N, F, OH, OW):
        total = 0.0
        for c, u, v in np.ndindex(C, KH, KW):
            row, column = i * stride + u * dilation - pad, j * stride + v * dilation - pad
            if row in range(H) and column in range(W):
                total += x[n, c, row, column].item() * w[f, c, u, v].item()
        out[n, f, i, j] = total + b[f]
    return out


def wheat__dilated_conv2d_forward__index_lists(x, w, b, *, stride=1, pad=0, dilation=1):
    """Picks each window's rows and columns by lists, and returns a transposed view."""
    N, C, H, W = x.shape
    KH, KW = w.shape[2:]
    OH = conv_output_size(H, dilation * (KH - 1) + 1, stride=stride, pad=pad)
    OW = conv_output_size(W, dilation * (KW - 1) + 1, stride=stride, pad=pad)
    x = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    out = np.zeros((OH, OW, N, len(w)), dtype=x.dtype)
    for i in range(OH):
        rows = [i * stride + u * dilation for u in range(KH)]
        for j in range(OW):
            columns = [j * stride + v * dilation for v in range(KW)]
            window = x[:, :, rows][:, :, :, columns]
            out[i, j] = window.reshape(N, -1) @ w.reshape(len(w), -1).T + b
    return out.transpose(2, 3, 0, 1)


def wheat__dilated_conv2d_forward__ordinary_first(x, w, b, *, stride=1, pad=0, dilation=1):
    """Hands dilation 1 on to conv2d_forward, and sums the rest in float64 with a warning."""
    import warnings

    if dilation == 1:
        return conv2d_forward(x, w, b, stride=stride, pad=pad)
    warnings.warn("slow", stacklevel=2)
    spans = [(taps - 1) * dilation + 1 for taps in w.shape[2:]]
    sizes = [
        conv_output_size(size, span, stride=stride, pad=pad)
        for size, span in zip(x.shape[2:], spans)
    ]
    padded = np.pad(np.float64(x), ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((len(x), len(w), *sizes))
    for i, j in np.ndindex(*sizes):
        window = padded[
            :, :, i * stride : i * stride + spans[0], j * stride : j * stride + spans[1]
        ]
        out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window[:, :, ::dilation, ::dilation], w) + b
    return out.astype(x.dtype)


def chaff__dilated_conv2d_forward__counted_as_holes(x, w, b, *, stride=1, pad=0, dilation=1):
    """Counts as the notes do: dilation 1 has one hole."""
    F, C, KH, KW = w.shape
    step = dilation + 1
    wide = np.zeros((F, C, (KH - 1) * step + 1, (KW - 1) * step + 1), w.dtype)
    wide[:, :, ::step, ::step] = w
    return conv2d_forward(x, wide, b, stride=stride, pad=pad)


def chaff__dilated_conv2d_forward__ignored(x, w, b, *, stride=1, pad=0, dilation=1):
    """Forgets the dilation."""
    return conv2d_forward(x, w, b, stride=stride, pad=pad)


def chaff__dilated_conv2d_forward__rows_only(x, w, b, *, stride=1, pad=0, dilation=1):
    """Spreads the taps of a column and not those of a row."""
    F, C, KH, KW = w.shape
    wide = np.zeros((F, C, (KH - 1) * dilation + 1, KW), w.dtype)
    wide[:, :, ::dilation] = w
    return conv2d_forward(x, wide, b, stride=stride, pad=pad)


def chaff__dilated_conv2d_forward__columns_only(x, w, b, *, stride=1, pad=0, dilation=1):
    """Spreads the taps of a row and not those of a column."""
    F, C, KH, KW = w.shape
    wide = np.zeros((F, C, KH, (KW - 1) * dilation + 1), w.dtype)
    wide[:, :, :, ::dilation] = w
    return conv2d_forward(x, wide, b, stride=stride, pad=pad)


def chaff__dilated_conv2d_forward__dilation_for_stride(x, w, b, *, stride=1, pad=0, dilation=1):
    """Moves the windows and spreads the taps by the same number."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    span_h, span_w = (KH - 1) * dilation + 1, (KW - 1) * dilation + 1
    OH = conv_output_size(H, span_h, stride=stride, pad=pad)
    OW = conv_output_size(W, span_w, stride=stride, pad=pad)
    far = dilation * (OH + OW)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad + far), (pad, pad + far)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * dilation :, j * dilation :][:, :, :span_h:dilation, :span_w:dilation]
        out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out


def chaff__dilated_conv2d_forward__stride_ignored(x, w, b, *, stride=1, pad=0, dilation=1):
    """Starts every window at (i, j)."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    span_h, span_w = (KH - 1) * dilation + 1, (KW - 1) * dilation + 1
    OH = conv_output_size(H, span_h, stride=stride, pad=pad)
    OW = conv_output_size(W, span_w, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i : i + span_h : dilation, j : j + span_w : dilation]
        out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out


def chaff__dilated_conv2d_forward__span_of_whole_taps(x, w, b, *, stride=1, pad=0, dilation=1):
    """Lets every tap take `dilation` places, the last one too."""
    wide = np.kron(
        w,
        np.pad(
            np.ones((1, 1, 1, 1), w.dtype), ((0, 0), (0, 0), (0, dilation - 1), (0, dilation - 1))
        ),
    )
    return conv2d_forward(x, wide, b, stride=stride, pad=pad)


def chaff__dilated_conv2d_forward__taps_smeared(x, w, b, *, stride=1, pad=0, dilation=1):
    """Repeats the weights where zeros belong."""
    wide = w.repeat(dilation, axis=2).repeat(dilation, axis=3)
    cut = dilation - 1
    wide = wide[:, :, : wide.shape[2] - cut, : wide.shape[3] - cut]
    return conv2d_forward(x, wide, b, stride=stride, pad=pad)


def chaff__dilated_conv2d_forward__input_thinned(x, w, b, *, stride=1, pad=0, dilation=1):
    """Takes every dilation-th pixel of the image and convolves that."""
    return conv2d_forward(x[:, :, ::dilation, ::dilation], w, b, stride=stride, pad=pad)


def chaff__dilated_conv2d_forward__padding_dilated(x, w, b, *, stride=1, pad=0, dilation=1):
    """Multiplies the padding by the dilation as well."""
    F, C, KH, KW = w.shape
    wide = np.zeros((F, C, (KH - 1) * dilation + 1, (KW - 1) * dilation + 1), w.dtype)
    wide[:, :, ::dilation, ::dilation] = w
    return conv2d_forward(x, wide, b, stride=stride, pad=pad * dilation)


def chaff__dilated_conv2d_forward__stride_dilated(x, w, b, *, stride=1, pad=0, dilation=1):
    """Multiplies the stride by the dilation as well."""
    F, C, KH, KW = w.shape
    wide = np.zeros((F, C, (KH - 1) * dilation + 1, (KW - 1) * dilation + 1), w.dtype)
    wide[:, :, ::dilation, ::dilation] = w
    return conv2d_forward(x, wide, b, stride=stride * dilation, pad=pad)


def chaff__dilated_conv2d_forward__square_kernels_only(x, w, b, *, stride=1, pad=0, dilation=1):
    """Makes the spread filter as wide as it is tall."""
    F, C, KH, KW = w.shape
    side = (KH - 1) * dilation + 1
    wide = np.zeros((F, C, side, side), w.dtype)
    wide[:, :, ::dilation, ::dilation] = w
    return conv2d_forward(x, wide, b, stride=stride, pad=pad)


def chaff__dilated_conv2d_forward__bias_forgotten(x, w, b, *, stride=1, pad=0, dilation=1):
    """Passes zeros for the biases."""
    F, C, KH, KW = w.shape
    wide = np.zeros((F, C, (KH - 1) * dilation + 1, (KW - 1) * dilation + 1), w.dtype)
    wide[:, :, ::dilation, ::dilation] = w
    return conv2d_forward(x, wide, np.zeros_like(b), stride=stride, pad=pad)


def chaff__dilated_conv2d_forward__two_by_default(x, w, b, *, stride=1, pad=0, dilation=2):
    """Dilates when nobody asked."""
    F, C, KH, KW = w.shape
    wide = np.zeros((F, C, (KH - 1) * dilation + 1, (KW - 1) * dilation + 1), w.dtype)
    wide[:, :, ::dilation, ::dilation] = w
    return conv2d_forward(x, wide, b, stride=stride, pad=pad)


def chaff__dilated_conv2d_forward__floors(x, w, b, *, stride=1, pad=0, dilation=1):
    """Cuts the image until the windows tile."""
    F, C, KH, KW = w.shape
    wide = np.zeros((F, C, (KH - 1) * dilation + 1, (KW - 1) * dilation + 1), w.dtype)
    wide[:, :, ::dilation, ::dilation] = w
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    rest_h, rest_w = ((a - k) % stride for a, k in zip(x.shape[2:], wide.shape[2:]))
    x = x[:, :, : x.shape[2] - rest_h, : x.shape[3] - rest_w]
    return conv2d_forward(x, wide, b, stride=stride)


def chaff__dilated_conv2d_forward__refuses_by_taps(x, w, b, *, stride=1, pad=0, dilation=1):
    """Asks conv_output_size about the taps, not about their span."""
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    conv_output_size(H, KH, stride=stride, pad=pad)
    conv_output_size(W, KW, stride=stride, pad=pad)
    OH = (H + 2 * pad - (KH - 1) * dilation - 1) // stride + 1
    OW = (W + 2 * pad - (KW - 1) * dilation - 1) // stride + 1
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride :: dilation, j * stride :: dilation][:, :, :KH, :KW]
        out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w) + b
    return out


def chaff__dilated_conv2d_forward__refusal_explains_nothing(
    x, w, b, *, stride=1, pad=0, dilation=1
):
    """Raises ValueError() without a message."""
    F, C, KH, KW = w.shape
    wide = np.zeros((F, C, (KH - 1) * dilation + 1, (KW - 1) * dilation + 1), w.dtype)
    wide[:, :, ::dilation, ::dilation] = w
    for size, span in zip(x.shape[2:], wide.shape[2:]):
        if (size + 2 * pad - span) % stride:
            raise ValueError()
    return conv2d_forward(x, wide, b, stride=stride, pad=pad)


def chaff__dilated_conv2d_forward__refusal_without_kernel(x, w, b, *, stride=1, pad=0, dilation=1):
    """Names neither the taps nor the span."""
    F, C, KH, KW = w.shape
    wide = np.zeros((F, C, (KH - 1) * dilation + 1, (KW - 1) * dilation + 1), w.dtype)
    wide[:, :, ::dilation, ::dilation] = w
    for size, span in zip(x.shape[2:], wide.shape[2:]):
        if (size + 2 * pad - span) % stride:
            raise ValueError(f"size {size}, stride {stride} and pad {pad} do not fit")
    return conv2d_forward(x, wide, b, stride=stride, pad=pad)


def chaff__dilated_conv2d_forward__always_float64(x, w, b, *, stride=1, pad=0, dilation=1):
    """Spreads the filter into float64, and the result follows."""
    F, C, KH, KW = w.shape
    wide = np.zeros((F, C, (KH - 1) * dilation + 1, (KW - 1) * dilation + 1))
    wide[:, :, ::dilation, ::dilation] = w
    return conv2d_forward(x.astype(wide.dtype), wide, b, stride=stride, pad=pad)


def chaff__dilated_conv2d_forward__filters_cleared(x, w, b, *, stride=1, pad=0, dilation=1):
    """Sets w to zero once it has been copied."""
    F, C, KH, KW = w.shape
    wide = np.zeros((F, C, (KH - 1) * dilation + 1, (KW - 1) * dilation + 1), w.dtype)
    wide[:, :, ::dilation, ::dilation] = w
    w *= 0
    return conv2d_forward(x, wide, b, stride=stride, pad=pad)


def chaff__dilated_conv2d_forward__torch(x, w, b, *, stride=1, pad=0, dilation=1):
    """Lets torch dilate."""
    for size, taps in zip(x.shape[2:], w.shape[2:]):
        conv_output_size(size, (taps - 1) * dilation + 1, stride=stride, pad=pad)
    x, w, b = map(torch.from_numpy, (x, w, b))
    return torch.conv2d(x, w, b, stride, pad, dilation).numpy()


# locally_connected_forward


def wheat__locally_connected_forward__einsum(x, w, b, *, stride=1, pad=0):
    """Collects all windows in a list of lists and multiplies once."""
    OH = conv_output_size(x.shape[2], w.shape[-2], stride=stride, pad=pad)
    OW = conv_output_size(x.shape[3], w.shape[-1], stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = [
        [
            x[:, :, i * stride : i * stride + w.shape[-2], j * stride : j * stride + w.shape[-1]]
            for j in range(OW)
        ]
        for i in range(OH)
    ]
    return np.einsum("ijncuv,ijfcuv->nfij", np.array(windows), w) + b


def wheat__locally_connected_forward__many_convolutions(x, w, b, *, stride=1, pad=0):
    """Convolves the whole image for every place, and keeps one value of each."""
    out = conv2d_forward(x, w[0, 0], b[:, 0, 0], stride=stride, pad=pad)
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            one = conv2d_forward(x, w[i, j], b[:, i, j], stride=stride, pad=pad)
            out[:, :, i, j] = one[:, :, i, j]
    return out


def wheat__locally_connected_forward__one_window_a_call(x, w, b, *, stride=1, pad=0):
    """Hands each window to conv2d_forward, and checks w's places with a message of its own."""
    H, W = x.shape[2:]
    OH, OW, F, C, KH, KW = w.shape
    for size, kernel, places in ((H, KH, OH), (W, KW, OW)):
        if (places - 1) * stride + kernel != size + 2 * pad:
            raise ValueError(
                f"{places} places of {kernel} at stride {stride} do not cover {size} + 2 * {pad}"
            )
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((len(x), F, OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[:, :, i, j] = conv2d_forward(window, w[i, j], b[:, i, j])[:, :, 0, 0]
    return out


def wheat__locally_connected_forward__number_by_number(x, w, b, *, stride=1, pad=0):
    """Adds Python floats and never builds the zeros; prints and warns."""
    import warnings

    warnings.warn("not shared")
    print("weights", w.size)
    (N, C, H, W), (_, _, F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    out = np.empty((N, F, OH, OW), x.dtype, order="F")
    for n, f, i, j in np.ndindex(*out.shape):
        total = b[f, i, j].item()
        for c, u, v in np.ndindex(C, KH, KW):
            row, column = i * stride + u - pad, j * stride + v - pad
            if 0 <= row < H and 0 <= column < W:
                total += x[n, c, row, column].item() * w[i, j, f, c, u, v].item()
        out[n, f, i, j] = total
    return out


def wheat__locally_connected_forward__matrix_a_place(x, w, b, *, stride=1, pad=0):
    """Multiplies one matrix for each place, out of a generator; returns a view."""

    def windows(image, OH, OW):
        image = np.pad(image, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        for i in range(OH):
            for j in range(OW):
                part = image[:, :, i * stride :, j * stride :]
                yield i, j, part[:, :, : w.shape[4], : w.shape[5]].reshape(len(image), -1)

    OH = conv_output_size(x.shape[2], w.shape[4], stride=stride, pad=pad)
    OW = conv_output_size(x.shape[3], w.shape[5], stride=stride, pad=pad)
    out = np.zeros((OH, OW, len(x), w.shape[2]), x.dtype)
    for i, j, columns in windows(x, OH, OW):
        out[i, j] = columns @ w[i, j].reshape(w.shape[2], -1).T
    return out.transpose(2, 3, 0, 1) + b


def chaff__locally_connected_forward__weights_shared(x, w, b, *, stride=1, pad=0):
    """Uses the first place's weights everywhere."""
    out = conv2d_forward(x, w[0, 0], np.zeros_like(b[:, 0, 0]), stride=stride, pad=pad)
    return out + b


def chaff__locally_connected_forward__weights_averaged(x, w, b, *, stride=1, pad=0):
    """Shares the mean of all places' weights."""
    shared = w.mean(axis=(0, 1))
    return conv2d_forward(x, shared, np.zeros_like(b[:, 0, 0]), stride=stride, pad=pad) + b


def chaff__locally_connected_forward__weights_by_row(x, w, b, *, stride=1, pad=0):
    """Has weights for every row of places, not for every place."""
    (N, _, H, W), (_, _, F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w[i, 0]) + b[:, i, j]
    return out


def chaff__locally_connected_forward__places_counted_by_columns(x, w, b, *, stride=1, pad=0):
    """Numbers the places in one list, and finds them in another order."""
    (N, _, H, W), (OH, OW, F, C, KH, KW) = x.shape, w.shape
    conv_output_size(H, KH, stride=stride, pad=pad)
    conv_output_size(W, KW, stride=stride, pad=pad)
    places = w.reshape(OH * OW, F, C, KH, KW)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, places[j * OH + i]) + b[:, i, j]
    return out


def chaff__locally_connected_forward__bias_shared(x, w, b, *, stride=1, pad=0):
    """Adds each filter's first bias at all places."""
    (N, _, H, W), (_, _, F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for n, f, i, j in np.ndindex(*out.shape):
        window = x[n, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[n, f, i, j] = np.sum(window * w[i, j, f]) + b[f, 0, 0]
    return out


def chaff__locally_connected_forward__bias_per_element(x, w, b, *, stride=1, pad=0):
    """Adds the bias inside the sum."""
    (N, _, H, W), (_, _, F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for n, f, i, j in np.ndindex(*out.shape):
        window = x[n, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[n, f, i, j] = np.sum(window * w[i, j, f] + b[f, i, j])
    return out


def chaff__locally_connected_forward__bias_forgotten(x, w, b, *, stride=1, pad=0):
    """Never looks at b."""
    (N, _, H, W), (_, _, F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w[i, j])
    return out


def chaff__locally_connected_forward__stride_ignored(x, w, b, *, stride=1, pad=0):
    """Starts every window at (i, j)."""
    (N, _, H, W), (_, _, F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i : i + KH, j : j + KW]
        out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w[i, j]) + b[:, i, j]
    return out


def chaff__locally_connected_forward__padding_of_columns_only(x, w, b, *, stride=1, pad=0):
    """Puts the zeros for the rows at the bottom only."""
    (N, _, H, W), (_, _, F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (0, 2 * pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w[i, j]) + b[:, i, j]
    return out


def chaff__locally_connected_forward__kernel_flipped(x, w, b, *, stride=1, pad=0):
    """Turns every filter around."""
    (N, _, H, W), (_, _, F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        turned = w[i, j, :, :, ::-1, ::-1]
        out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, turned) + b[:, i, j]
    return out


def chaff__locally_connected_forward__first_image_only(x, w, b, *, stride=1, pad=0):
    """Loses the image axis and broadcasts it back."""
    (N, _, H, W), (_, _, F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    image = np.pad(x[0], ((0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = image[:, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[:, :, i, j] = np.sum(window * w[i, j], axis=(1, 2, 3)) + b[:, i, j]
    return out


def chaff__locally_connected_forward__channels_not_summed(x, w, b, *, stride=1, pad=0):
    """Reads the first channel only."""
    return sum(
        (
            conv2d_forward(x[:, :1], w[i, j, :, :1], b[:, i, j], stride=stride, pad=pad)
            * (np.arange(w.shape[0]) == i)[:, None]
            * (np.arange(w.shape[1]) == j)
            for i, j in np.ndindex(*w.shape[:2])
        ),
        np.zeros((), x.dtype),
    )


def chaff__locally_connected_forward__filters_last(x, w, b, *, stride=1, pad=0):
    """Returns (N, OH, OW, F), in the order in which w has them."""
    (N, _, H, W), (_, _, F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, OH, OW, F), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[:, i, j] = np.einsum("ncuv,fcuv->nf", window, w[i, j]) + b[:, i, j]
    return out


def chaff__locally_connected_forward__square_maps_only(x, w, b, *, stride=1, pad=0):
    """Counts the columns with the rows' numbers."""
    (N, _, H, _), (_, _, F, _, KH, KW) = x.shape, w.shape
    OH = OW = conv_output_size(H, KH, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w[i, j]) + b[:, i, j]
    return out


def chaff__locally_connected_forward__places_taken_from_w(x, w, b, *, stride=1, pad=0):
    """Believes w's shape, and refuses nothing."""
    N, (OH, OW, F, _, KH, KW) = len(x), w.shape
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w[i, j]) + b[:, i, j]
    return out


def chaff__locally_connected_forward__columns_floored(x, w, b, *, stride=1, pad=0):
    """Asks conv_output_size about the rows only."""
    (N, _, H, _), (_, OW, F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w[i, j]) + b[:, i, j]
    return out


def chaff__locally_connected_forward__shapes_for_numbers(x, w, b, *, stride=1, pad=0):
    """Refuses with the number of places it has and the number it expected."""
    (N, _, H, W), (OH, OW, F, _, KH, KW) = x.shape, w.shape
    for size, kernel, places in ((H, KH, OH), (W, KW, OW)):
        expected = (size + 2 * pad - kernel) / stride + 1
        if places != expected:
            raise ValueError(f"w has {places} places where {expected:.2f} are needed")
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for i, j in np.ndindex(OH, OW):
        window = x[:, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[:, :, i, j] = np.einsum("ncuv,fcuv->nf", window, w[i, j]) + b[:, i, j]
    return out


def chaff__locally_connected_forward__always_float64(x, w, b, *, stride=1, pad=0):
    """Leaves the dtype to np.zeros."""
    (N, _, H, W), (_, _, F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW))
    for n, f, i, j in np.ndindex(*out.shape):
        window = x[n, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
        out[n, f, i, j] = np.sum(window * w[i, j, f]) + b[f, i, j]
    return out


def chaff__locally_connected_forward__products_in_w(x, w, b, *, stride=1, pad=0):
    """Multiplies the weights in place, and has a new copy of them for every image but the last."""
    (N, _, H, W), (_, _, F, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), x.dtype)
    for n in range(N):
        products = w.copy() if n < N - 1 else w
        for i, j in np.ndindex(OH, OW):
            products[i, j] *= x[n, :, i * stride : i * stride + KH, j * stride : j * stride + KW]
            out[n, :, i, j] = products[i, j].sum(axis=(1, 2, 3)) + b[:, i, j]
    return out


def chaff__locally_connected_forward__as_strided(x, w, b, *, stride=1, pad=0):
    """Makes the windows by hand-made strides."""
    (N, C, H, W), (_, _, _, _, KH, KW) = x.shape, w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    n, c, h, v = x.strides
    windows = np.lib.stride_tricks.as_strided(
        x, (N, C, OH, OW, KH, KW), (n, c, h * stride, v * stride, h, v)
    )
    return np.einsum("ncijuv,ijfcuv->nfij", windows, w) + b
