"""Right and wrong ways to write `conv2d_backward_im2col`."""

from tests.fairness.edits import chaff


def wheat__einsum(dout, x, w, b, *, stride=1, pad=0):
    """einsum for both products, and a list for the results."""
    N, F, OH, OW = dout.shape
    kernel = w.shape[2:]
    cols = im2col(x, kernel, stride=stride, pad=pad)
    flat = dout.reshape(N, F, OH * OW)
    dw = np.einsum("nfl,nkl->fk", flat, cols, optimize=True).reshape(w.shape)
    dcols = np.einsum("fk,nfl->nkl", w.reshape(F, -1), flat)
    db = np.einsum("nfij->f", dout)
    return [col2im(dcols, x.shape, kernel, stride=stride, pad=pad), dw, db]


def wheat__image_by_image(dout, x, w, b, *, stride=1, pad=0):
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


def wheat__all_images_at_once(dout, x, w, b, *, stride=1, pad=0):
    """One product for the whole batch, as in CS231n's fast layers."""
    N, F = dout.shape[:2]
    _, C, KH, KW = w.shape
    cols = im2col(x, (KH, KW), stride=stride, pad=pad).transpose(1, 2, 0).reshape(C * KH * KW, -1)
    flat = dout.transpose(1, 2, 3, 0).reshape(F, -1)
    dw = (flat @ cols.T).reshape(w.shape)
    dcols = (w.reshape(F, -1).T @ flat).reshape(C * KH * KW, -1, N).transpose(2, 0, 1)
    dx = col2im(dcols, x.shape, (KH, KW), stride=stride, pad=pad)
    return dx, dw, np.sum(dout, axis=(0, 2, 3))


def wheat__tap_by_tap(dout, x, w, b, *, stride=1, pad=0):
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


def chaff__autograd(dout, x, w, b, *, stride=1, pad=0):
    """autograd does the work: a forbidden route."""
    import torch

    leaves = [torch.from_numpy(a.copy()).requires_grad_() for a in (x, w, b)]
    out = torch.nn.functional.conv2d(*leaves, stride=stride, padding=pad)
    out.backward(torch.from_numpy(dout.copy()))
    return tuple(leaf.grad.numpy() for leaf in leaves)


CHAFFS = (
    # = for += in a loop over images.
    chaff(
        "dw_of_the_last_image",
        ("dw += g.dot", "dw = g.dot"),
        base=wheat__image_by_image,
        band="slip",
    ),
    # Averages dw over the images.
    chaff("dw_mean", ("sum(axis=0)", "mean(axis=0)"), band="slip"),
    # Flips dw, as the notes are often read.
    chaff("dw_flipped", ("reshape(w.shape)", "reshape(w.shape)[:, :, ::-1, ::-1]"), band="slip"),
    # Flips the filters for dx, as the notes are often read; col2im needs them as they are.
    chaff("dx_flipped", ("w.reshape", "w[:, :, ::-1, ::-1].reshape"), band="slip"),
    # Averages db over the images.
    chaff("db_mean", ("G.sum(axis=(0, 2))", "G.sum(axis=2).mean(axis=0)"), band="style"),
    # db leaves out all images but the first.
    chaff("db_of_one_image", ("G.sum(axis=(0, 2))", "G[0].sum(axis=1)"), band="style"),
    # db keeps an axis: (F, 1).
    chaff("db_column", ("G.sum(axis=(0, 2))", "G.sum(axis=(0, 2)).reshape(F, 1)"), band="style"),
    # dout.reshape(F, -1), the mistake of the written question.
    chaff(
        "batch_mixed",
        (
            "(G @ cols.transpose(0, 2, 1)).sum(axis=0)",
            "(dout.reshape(F, -1) @ cols.transpose(0, 2, 1).reshape(-1, cols.shape[1]))",
        ),
        band="slip",
    ),
    # col2im never hears of the stride.
    chaff(
        "stride_not_in_col2im",
        (
            "dx = col2im(dcols, x.shape, kernel, stride=stride, pad=pad)",
            """
            H, W = (places + k - 1 - 2 * pad for places, k in zip(dout.shape[2:], kernel))
            dx = np.zeros_like(x)
            dx[:, :, :H, :W] = col2im(dcols, (*x.shape[:2], H, W), kernel, pad=pad)
            """,
        ),
        band="slip",
    ),
    # Takes any padding for 1, as in the first example everybody tries.
    chaff(
        "padding_at_most_one",
        ("kernel = w.shape[2:]", "kernel = w.shape[2:]; pad = min(pad, 1)"),
        band="slip",
    ),
    # col2im has cut the frame off, and it is cut off again.
    chaff(
        "frame_cut_twice",
        ("return dx", "return dx[:, :, pad:-pad, pad:-pad] if pad else dx"),
        band="slip",
    ),
    # Returns dw, dx, db.
    chaff("another_order", ("return dx, dw", "return dw, dx"), band="idea"),
    # Returns two gradients of three.
    chaff("no_db", (", G.sum(axis=(0, 2))", ""), band="idea"),
    # dw stays a matrix (F, C·KH·KW).
    chaff("flat_dw", (".reshape(w.shape)", ""), band="slip"),
    # dw is collected in float64.
    chaff("always_float64", ("(G @", "(G.astype(float) @"), band="style"),
    # Scales dout in place.
    chaff(
        "changes_dout",
        ("G = dout.reshape(N, F, -1)", "dout *= 2; G = dout.reshape(N, F, -1) / 2"),
        band="style",
    ),
    # Lets only positive gradients through, as if a ReLU stood here.
    chaff("relu_inside", ("dout.reshape", "np.maximum(dout, 0).reshape"), band="idea"),
    # Takes filters of one tap for factors, and averages.
    chaff(
        "one_tap_averaged",
        ("return dx, dw", "return dx, dw / (1 + (kernel == (1, 1)))"),
        band="slip",
    ),
    # Swaps rows and columns of square images.
    chaff(
        "square_images_transposed",
        ("return dx", "return (dx.swapaxes(2, 3) if x.shape[2] == x.shape[3] else dx)"),
        band="slip",
    ),
    # Pads by two at most.
    chaff("padding_of_two_at_most", ("N, F = dout", "pad = min(pad, 2); N, F = dout"), band="slip"),
    chaff("autograd", base=chaff__autograd, band="idea"),
)
