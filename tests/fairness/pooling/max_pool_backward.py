"""Right and wrong ways to write `max_pool_backward`."""

from tests.fairness.edits import chaff


def wheat__add_at(dout, switches, x_shape):
    """np.add.at on the flattened planes."""
    N, C, H, W = x_shape
    dx = np.zeros((N * C, H * W), dtype=dout.dtype)
    plane = np.repeat(np.arange(N * C), dout[0, 0].size)
    np.add.at(dx, (plane, switches.ravel()), dout.ravel())
    return dx.reshape(x_shape)


def wheat__bincount(dout, switches, x_shape):
    """np.bincount over one long index, and back to the dtype."""
    N, C, H, W = x_shape
    offset = np.arange(N * C).reshape(N, C, 1, 1) * (H * W)
    flat = np.bincount((switches + offset).ravel(), dout.ravel(), minlength=N * C * H * W)
    return flat.astype(dout.dtype).reshape(x_shape)


def wheat__flat_views(dout, switches, x_shape):
    """A flat view of each plane; prints."""
    dx = np.zeros(x_shape, dout.dtype)
    for n in range(dx.shape[0]):
        for c in range(dx.shape[1]):
            plane = dx[n, c].reshape(-1)
            for at, value in zip(switches[n, c].flat, dout[n, c].flat):
                plane[at] += value
    print("sent", dout.sum())
    return dx


def wheat__place_by_place(dout, switches, x_shape):
    """Loops over the places of all planes at once; no two of one place share a plane."""
    N, C, H, W = x_shape
    dx = np.zeros((N, C, H * W), dtype=dout.dtype)
    n, c = np.ogrid[:N, :C]
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[n, c, switches[:, :, i, j]] += dout[:, :, i, j]
    return dx.reshape(N, C, H, W)


def wheat__one_hot_product(dout, switches, x_shape):
    """A matrix of zeros and ones, by einsum; the result is a view."""
    N, C, H, W = x_shape
    hot = (switches.reshape(N, C, -1, 1) == np.arange(H * W)).astype(dout.dtype)
    return np.einsum("ncip,nci->ncp", hot, dout.reshape(N, C, -1)).reshape(N, C, H, W)


def chaff__spreads_evenly(dout, switches, x_shape):
    """The gradient of average pooling, with windows guessed from the shapes."""
    N, C, H, W = x_shape
    KH, KW = H // dout.shape[2], W // dout.shape[3]
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            share = dout[:, :, i, j, None, None] / (KH * KW)
            dx[:, :, i * KH : i * KH + KH, j * KW : j * KW + KW] += share
    return dx


def chaff__torch_does_it(dout, switches, x_shape):
    """A forbidden route."""
    N, C, H, W = x_shape
    dx = torch.zeros(N, C, H * W, dtype=torch.from_numpy(dout).dtype)
    index, values = (torch.from_numpy(a.reshape(N, C, -1)) for a in (switches, dout))
    return dx.scatter_add_(2, index, values).reshape(N, C, H, W).numpy()


CHAFFS = (
    # = for +=: right only where windows do not overlap.
    chaff("assigns", ("+= gradient", "= gradient"), band="slip"),
    # a[indices] += values adds only once where an index comes twice.
    chaff(
        "fancy_plus_equals",
        (
            "np.add.at(dx, (plane, switches.ravel()), dout.ravel())",
            "dx[plane, switches.ravel()] += dout.ravel()",
        ),
        base=wheat__add_at,
        band="slip",
    ),
    # np.put_along_axis keeps the last of several.
    chaff(
        "put_along_axis",
        (
            "np.add.at(dx, (plane, switches.ravel()), dout.ravel())",
            """
            np.put_along_axis(dx, switches.reshape(N * C, -1), dout.reshape(N * C, -1), axis=1)
            """,
        ),
        base=wheat__add_at,
        band="slip",
    ),
    # The flat index is taken apart by H: right for square planes only.
    chaff(
        "divides_by_height",
        ("divmod(switches[n, c, i, j], W)", "divmod(switches[n, c, i, j], x_shape[2])"),
        ("[n, c, row, column]", "[n, c, row % x_shape[2], column % W]"),
        band="slip",
    ),
    # Row is the remainder and column the quotient.
    chaff(
        "rows_and_columns_swapped",
        ("row, column = divmod", "column, row = divmod"),
        ("[n, c, row, column]", "[n, c, row % x_shape[2], column % W]"),
        band="idea",
    ),
    # Every image uses the switches of the first.
    chaff("switches_of_the_first_image", ("switches[n, c", "switches[0, c"), band="slip"),
    # Every channel uses the switches of the first.
    chaff("switches_of_the_first_channel", ("switches[n, c", "switches[n, 0"), band="slip"),
    # The return stands inside the outer loop.
    chaff(
        "returns_early",
        ('print("sent", dout.sum())', "    return dx"),
        base=wheat__flat_views,
        band="slip",
    ),
    # Where several windows send, their mean arrives.
    chaff(
        "mean_of_several",
        (
            "return flat.astype",
            """
            count = np.bincount((switches + offset).ravel(), minlength=N * C * H * W)
            flat /= np.maximum(count, 1)
            return flat.astype
            """,
        ),
        base=wheat__bincount,
        band="slip",
    ),
    chaff("spreads_evenly", base=chaff__spreads_evenly, band="idea"),
    # Values that were not taken get a gradient too.
    chaff(
        "starts_from_ones", ("np.zeros", "np.ones"), ("+= gradient", "+= gradient - 1"), band="idea"
    ),
    # Sends 1 for each window instead of its gradient.
    chaff("counts_winners", ("+= gradient", "+= 1"), band="idea"),
    # np.zeros without a dtype.
    chaff("always_float64", (", dtype=dout.dtype", ""), band="style"),
    # Adds each plane's offset to the switches themselves.
    chaff(
        "moves_the_switches",
        ("flat =", "switches += offset + 1; flat ="),
        ("switches + offset", "switches - 1"),
        base=wheat__bincount,
        band="style",
    ),
    # Sets to zero what has been sent.
    chaff("uses_up_dout", ("+= gradient", "+= gradient; dout[n, c, i, j] = 0"), band="style"),
    chaff("torch_does_it", base=chaff__torch_does_it, band="idea"),
    # The planes come back flat.
    chaff("flat_result", ("return dx", "return dx.reshape(*x_shape[:2], -1)"), band="idea"),
)
