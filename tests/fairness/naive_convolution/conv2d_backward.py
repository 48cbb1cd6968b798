"""Right and wrong ways to write `conv2d_backward`."""

from tests.fairness.edits import chaff


def wheat__over_places(dout, x, w, b, *, stride=1, pad=0):
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


def wheat__python_floats(dout, x, w, b, *, stride=1, pad=0):
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


def wheat__two_convolutions(dout, x, w, b, *, stride=1, pad=0):
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


def wheat__over_taps(dout, x, w, b, *, stride=1, pad=0):
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


def wheat__window_by_window(dout, x, w, b, *, stride=1, pad=0):
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


def chaff__same_padding_assumed(dout, x, w, b, *, stride=1, pad=0):
    """Convolves dout with flipped filters, framed as if K were 2·pad + 1."""
    (N, C, H, W), (F, _, KH, KW) = x.shape, w.shape
    spread = np.zeros((N, F, H + 2 * pad - KH + 1, W + 2 * pad - KW + 1), x.dtype)
    spread[:, :, ::stride, ::stride] = dout
    spread = np.pad(spread, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx = conv2d_forward(spread, w[:, :, ::-1, ::-1].swapaxes(0, 1), np.zeros(C, x.dtype))
    return dx, np.zeros_like(w), dout.sum(axis=(0, 2, 3))


def chaff__autograd(dout, x, w, b, *, stride=1, pad=0):
    """Asks torch for the gradients."""
    import torch as t

    leaves = [t.tensor(array, requires_grad=True) for array in (x, w, b)]
    t.nn.functional.conv2d(*leaves, stride=stride, padding=pad).backward(t.tensor(dout))
    return [leaf.grad.numpy() for leaf in leaves]


CHAFFS = (
    # Writes = for += where windows overlap.
    chaff("assigns_dx", ("dxp[here] +=", "dxp[here] ="), base=wheat__over_places, band="slip"),
    # Keeps what the last place of the last image says about w.
    chaff("assigns_dw", ("dw[f] +=", "dw[f] ="), band="slip"),
    # Keeps the last image's db.
    chaff("assigns_db", ("db[f] += dout[n, f, i, j]", "db[f] = dout[n, f].sum()"), band="style"),
    # Averages the bias gradient over the images.
    chaff("db_averaged", ("], dw, db", "], dw, db / N"), band="style"),
    # Returns db as (1, F, 1, 1).
    chaff("db_keeps_axes", ("], dw, db", "], dw, db[None, :, None, None]"), band="style"),
    # Divides dw by the number of images.
    chaff("dw_averaged", ("], dw, db", "], dw / N, db"), band="slip"),
    # Forgets the n of x in dw.
    chaff("dw_from_the_first_image", ("* padded[n, ", "* padded[0, "), band="slip"),
    # Takes "a convolution with flipped filters" for dw as well.
    chaff("dw_flipped", ("], dw, db", "], dw[:, :, ::-1, ::-1], db"), band="slip"),
    # Flips the filters although the loop already scatters.
    chaff("dx_flipped", ("* w[f]", "* w[f, :, ::-1, ::-1]"), band="slip"),
    # Puts the gradients where the windows of stride 1 were.
    chaff(
        "stride_ignored",
        ("slice(i * stride, i * stride + KH)", "slice(i, i + KH)"),
        ("slice(j * stride, j * stride + KW)", "slice(j, j + KW)"),
        band="slip",
    ),
    # Forgets the stride in the columns.
    chaff(
        "stride_for_rows_only",
        ("slice(j * stride, j * stride + KW)", "slice(j, j + KW)"),
        band="slip",
    ),
    # Has dx right, and reads the wrong windows for dw.
    chaff(
        "stride_ignored_in_dw",
        ("* padded[n, :, rows, columns]", "* padded[n, :, i : i + KH, j : j + KW]"),
        band="slip",
    ),
    # Returns the gradient of the padded input.
    chaff("frame_not_cut", ("dpadded[:, :, pad : pad + H, pad : pad + W]", "dpadded"), band="slip"),
    # Cuts [1:-1] wherever there is padding.
    chaff(
        "frame_of_one_cut",
        ("[:, :, pad : pad + H, pad : pad + W]", "[:, :, 1:-1, 1:-1] if pad else dpadded"),
        band="slip",
    ),
    # Cuts [pad:-pad], which is nothing at all where pad is 0.
    chaff(
        "empty_without_padding", ("pad : pad + H, pad : pad + W", "pad:-pad, pad:-pad"), band="slip"
    ),
    # Keeps the first H rows and W columns.
    chaff("frame_cut_off_one_end", ("pad : pad + H, pad : pad + W", ":H, :W"), band="slip"),
    # Pads for dx, and shifts the windows for dw.
    chaff(
        "dw_from_the_unpadded_input",
        ("(pad, pad), (pad, pad)", "(0, 2 * pad), (0, 2 * pad)"),
        band="slip",
    ),
    # Takes KH for KW.
    chaff("square_kernels_only", ("j * stride + KW", "j * stride + KH"), band="slip"),
    # Loops over as many columns as there are rows.
    chaff(
        "square_outputs_only",
        ("range(dout.shape[2])", "range(min(dout.shape[2:]))"),
        ("range(dout.shape[3])", "range(min(dout.shape[2:]))"),
        base=wheat__over_places,
        band="slip",
    ),
    # Returns dx, db, dw.
    chaff("another_order", ("], dw, db", "], db, dw"), band="slip"),
    # Returns after the first image, by an indent too many.
    chaff("returns_in_the_loop", ("    return", "        return"), band="idea"),
    # Keeps the dtype of dx, not that of dw.
    chaff("gradients_always_float64", ("np.zeros_like(w)", "np.zeros(w.shape)"), band="style"),
    # Zeroes b and collects db in it: the right numbers in the wrong place.
    chaff(
        "gradient_in_the_bias",
        ("np.zeros_like(b)", "b"),
        (
            "for n in range(N):",
            """
            db[:] = 0
            for n in range(N):
            """,
        ),
        band="style",
    ),
    # Divides dout by N when everything is computed.
    chaff("dout_scaled_in_place", ("return", "dout /= N; return"), band="style"),
    # Thinks that images need no gradient.
    chaff(
        "dx_left_out",
        ("return dpadded[:, :, pad : pad + H, pad : pad + W]", "return None"),
        band="slip",
    ),
    # Takes a filter of one tap for a factor, and averages.
    chaff("one_tap_averaged", ("], dw, db", "], dw if KH * KW > 1 else dw / N, db"), band="slip"),
    # Lays filters of 2 × 2 on their side.
    chaff(
        "two_by_two_transposed",
        ("* w[f]", "* (w[f].swapaxes(1, 2) if (KH, KW) == (2, 2) else w[f])"),
        band="slip",
    ),
    # Turns the gradient around where there is a single window.
    chaff(
        "single_window_turned",
        ("], dw, db", "], dw if (OH, OW) != (1, 1) else dw[:, :, ::-1, ::-1], db"),
        band="slip",
    ),
    # Swaps rows and columns of square images.
    chaff(
        "square_images_transposed",
        ("return dpadded[", "return (dpadded.swapaxes(2, 3) if H == W else dpadded)["),
        band="slip",
    ),
    # Moves by three where the stride is larger.
    chaff(
        "stride_of_three_at_most",
        ("for n in range(N):", "stride = min(stride, 3)\n    for n in range(N):"),
        band="slip",
    ),
    # Cuts two rows off above where the frame is wider.
    chaff(
        "frame_of_two_at_most", ("pad : pad + H,", "min(pad, 2) : min(pad, 2) + H,"), band="slip"
    ),
    chaff("same_padding_assumed", base=chaff__same_padding_assumed, band="idea"),
    chaff("autograd", base=chaff__autograd, band="idea"),
)
