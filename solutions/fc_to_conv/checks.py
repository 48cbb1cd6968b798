"""What each test cell of `fc_to_conv` is graded by.

The values are fresh each time; the shapes are always the same, so that a wrong function cannot be
right by luck. No two lengths that students confuse are equal: rows and columns, channels, outputs
and images. All comparisons are between NumPy arrays. What is known here about tensors and modules
stands in the verbs of `autograder.checks.torchchecks`; nothing here touches PyTorch.

A cell judges what its name says. What other cells are about it leaves out: biases are zero, images
are square or single, windows are as large as the image.
"""

import math
from contextlib import suppress
from functools import partial

import numpy as np

from autograder.checks.checking import agree, checking, refuses, untouched
from autograder.checks.forbidden import Routes
from autograder.checks.torchchecks import (
    array,
    count_passes,
    described,
    held,
    lend,
    network,
    parts,
    run,
    sequential,
    share,
    tensor,
)
from autograder.course.errors import CheckFailed, ForbiddenRoute, StudentError

ROUTES = {
    # It runs the network on every crop.
    "shifted_dense_scores": Routes(names=("sliding_window_scores",)),
}

# Words of these checks


def same(got, want):
    """The same shape and values; the dtype is paid for in a cell of its own."""
    agree(got.astype(want.dtype, copy=False) if got.dtype.kind == "f" else got, want)


def two(result):
    """A pair; what is wrong with one of the two costs only the cells that look at it."""
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise CheckFailed("expected two results in a tuple")
    return result


def kept(results, device, dtype):
    """Every result is on the device, in the dtype."""
    for got in results:
        where, kind, _ = described(got)
        if where != device:
            raise CheckFailed(f"inputs on the device {device!r}, but a result is not")
        if kind != dtype:
            raise CheckFailed(f"{dtype} in, but a result of another dtype came back")


def unchanged(student, before, *things):
    """None of the things was changed since `before` was recorded, nor were PyTorch's modes."""
    if any(was != held(thing) for was, thing in zip(before, things, strict=True)):
        raise CheckFailed("an argument is not as it was: its values, its mode or its gradients")
    untouched(student)


def normal(rng, *shape, dtype="float32"):
    return rng.normal(size=shape).astype(dtype)


ON_META = "runs on the device of its inputs (tried with meta tensors)"
AS_BEFORE = (
    "eval(), requires_grad_(False) and set_grad_enabled(False) stay when you return; "
    "`with torch.no_grad():` does not"
)
META_HINT = "make new tensors and modules with device=..., and stay in PyTorch"


# fc_to_conv


# D, C, H, W
SHAPES = (
    *((5, 3, 2, 4), (4, 2, 5, 3), (1, 4, 3, 2), (6, 1, 1, 7), (3, 5, 1, 1)),
    *((2, 9, 8, 1), (13, 1, 6, 9)),
)


def test_fc_to_conv_value(student, reference, rng):
    with checking(
        "the case shown in the notebook", hint="flattening walks through channels, rows, columns"
    ):
        weight = np.arange(48, dtype=np.float32).reshape(2, 24)
        result = student.fc_to_conv(tensor(weight), tensor(normal(rng, 2)), (2, 3, 4))
        same(array(two(result)[0]), weight.reshape(2, 2, 3, 4))
    for D, C, H, W in SHAPES:
        weight = normal(rng, D, C * H * W)
        with checking(
            "filter d is row d of weight in the shape of the volume",
            hint="w[d, c, i, j] = weight[d, c·H·W + i·W + j]; w is (D, C, H, W)",
        ):
            result = student.fc_to_conv(tensor(weight), tensor(normal(rng, D)), (C, H, W))
            want = np.empty((D, C, H, W), dtype=np.float32)
            for c, i, j in np.ndindex(C, H, W):
                want[:, c, i, j] = weight[:, c * H * W + i * W + j]
            same(array(two(result)[0]), want)


def test_fc_to_conv_bias(student, reference, rng):
    for D, C, H, W in ((5, 3, 2, 2), (1, 2, 3, 3), (7, 1, 1, 1)):
        bias = normal(rng, D)
        with checking("the biases stay what they are", hint="one for each filter, in a row"):
            weight = tensor(normal(rng, D, C * H * W))
            same(array(two(student.fc_to_conv(weight, tensor(bias), (C, H, W)))[1]), bias)


def test_fc_to_conv_keeps(student, reference, rng):
    for dtype in ("float32", "float64"):
        weight, bias = normal(rng, 4, 30, dtype=dtype), normal(rng, 4, dtype=dtype)
        with checking(f"{dtype} in, {dtype} out"):
            things = lend(tensor(weight)), lend(tensor(bias))
            before = [held(thing) for thing in things]
            kept(two(student.fc_to_conv(*things, (5, 3, 2))), "cpu", dtype)
        with checking("no argument is changed in place"):
            unchanged(student, before, *things)
    with checking(ON_META, hint=META_HINT):
        arguments = tensor(weight, "meta"), tensor(bias, "meta")
        kept(two(student.fc_to_conv(*arguments, (5, 3, 2))), "meta", "float64")


def test_fc_to_conv_refusal(student, reference, rng):
    # Of the first, half the columns would go into filters that nobody asked for.
    for columns, shape in ((24, (2, 3, 2)), (24, (2, 3, 5)), (30, (5, 3, 1)), (7, (2, 2, 2))):
        with checking(
            "a weight that has not C·H·W columns is refused", hint="compare before you reshape"
        ):
            weight, bias = tensor(normal(rng, 4, columns)), tensor(normal(rng, 4))
            refuses(partial(student.fc_to_conv, weight, bias, shape))
    with checking("a weight that fits is not refused"):
        student.fc_to_conv(tensor(normal(rng, 4, 18)), tensor(normal(rng, 4)), (2, 3, 3))


# conv_to_fc

# (F, C), (KH, KW), (OH, OW)
BANKS = ((3, 2), (2, 4), (4, 3)), ((2, 3), (3, 1), (2, 5))
SQUARES = ((3, 2), (2, 2), (3, 3)), ((2, 3), (3, 3), (1, 1)), ((1, 1), (1, 1), (3, 3))
# (bank, stride, pad)
GEOMETRIES = (
    *((bank, stride, pad) for bank in BANKS for stride, pad in ((1, 0), (2, 0), (1, 1), (2, 1))),
    *((bank, 3, 2) for bank in BANKS),
    (((1, 2), (7, 6), (2, 3)), 4, 3),
    (((2, 1), (1, 8), (1, 4)), 6, 0),  # one row
    (((2, 1), (5, 1), (4, 1)), 5, 0),  # one column
    (((2, 3), (4, 2), (1, 1)), 1, 0),  # one place
    (((1, 1), (9, 9), (4, 3)), 1, 4),
    (((1, 1), (2, 3), (3, 2)), 8, 1),
)


def bank(rng, layout, *, stride=1, pad=0, dtype="float32"):
    """w, b and the (C, H, W) of an input that tiles."""
    (F, C), kernel, places = layout
    size = [
        (count - 1) * stride + taps - 2 * pad for count, taps in zip(places, kernel, strict=True)
    ]
    return normal(rng, F, C, *kernel, dtype=dtype), normal(rng, F, dtype=dtype), (C, *size)


def as_matrix(w, input_shape, *, stride=1, pad=0):
    """The matrix of a convolution, entry by entry."""
    (F, C, KH, KW), (_, H, W) = w.shape, input_shape
    OH, OW = (H - KH + 2 * pad) // stride + 1, (W - KW + 2 * pad) // stride + 1
    matrix = np.zeros((F, OH, OW, C, H, W), dtype=w.dtype)
    for i, j, u, v in np.ndindex(OH, OW, KH, KW):
        r, s = i * stride + u - pad, j * stride + v - pad
        if 0 <= r < H and 0 <= s < W:
            matrix[:, i, j, :, r, s] = w[:, :, u, v]
    return matrix.reshape(F * OH * OW, C * H * W)


def test_conv_to_fc_value(student, reference, rng):
    for layout in SQUARES:
        w, b, shape = bank(rng, layout)
        with checking(
            "the matrix of a convolution with several filters and channels on a square image",
            hint="its rows are ordered filter, row, column; its columns channel, row, column; "
            "nothing is flipped",
        ):
            result = student.conv_to_fc(tensor(w), tensor(0 * b), shape)
            same(array(two(result)[0]), as_matrix(w, shape))


def test_conv_to_fc_geometry(student, reference, rng):
    for layout, stride, pad in GEOMETRIES:
        how = {"stride": stride, "pad": pad}
        w, b, shape = bank(rng, layout, **how)
        with checking(
            "nothing square, with a stride and with padding",
            hint="the padding has no columns: a tap that falls on it is left out",
        ):
            result = student.conv_to_fc(tensor(w), tensor(0 * b), shape, **how)
            same(array(two(result)[0]), as_matrix(w, shape, **how))


def test_conv_to_fc_bias(student, reference, rng):
    for layout in (*SQUARES, ((4, 1), (3, 3), (2, 2))):
        w, b, shape = bank(rng, layout)
        with checking(
            "each filter's bias, once for every place of its map",
            hint="all places of one filter, then all places of the next",
        ):
            matrix, bias = two(student.conv_to_fc(tensor(w), tensor(b), shape))
            same(array(bias), np.repeat(b, np.prod(layout[2])))
        with checking("the matrix is the same whatever the biases are"):
            same(array(matrix), array(two(student.conv_to_fc(tensor(w), tensor(0 * b), shape))[0]))


def test_conv_to_fc_keeps(student, reference, rng):
    for dtype in ("float32", "float64"):
        w, b, shape = bank(rng, SQUARES[0], dtype=dtype)
        with checking(f"{dtype} in, {dtype} out", hint="torch.zeros takes a dtype"):
            things = lend(tensor(w)), lend(tensor(b))
            before = [held(thing) for thing in things]
            kept(two(student.conv_to_fc(*things, shape)), "cpu", dtype)
        with checking("no argument is changed in place"):
            unchanged(student, before, *things)
    with checking(ON_META, hint=META_HINT):
        kept(
            two(student.conv_to_fc(tensor(w, "meta"), tensor(b, "meta"), shape)), "meta", "float64"
        )


def test_conv_to_fc_refusal(student, reference, rng):
    for axis, direction in enumerate(("rows", "columns")):
        # No number is part of another, so that a message cannot name one by naming the other.
        for stride, pad, kernel in ((4, 2, (5, 6)), (7, 2, (8, 9)), (3, 1, (4, 7))):
            places = (3, 2)
            size = [(n - 1) * stride + k - 2 * pad for n, k in zip(places, kernel, strict=True)]
            size[axis] += 1
            w, b = tensor(np.ones((2, 2, *kernel), np.float32)), tensor(np.ones(2, np.float32))
            call = partial(student.conv_to_fc, w, b, (2, *size), stride=stride, pad=pad)
            with checking(
                f"{direction} that do not tile are refused, with size, kernel, stride and pad",
                hint="ask conv_output_size once for rows and once for columns",
            ):
                refuses(call, size[axis], kernel[axis], stride, pad)
    for channels in (1, 3, 4):
        with checking("channels that do not go together are refused", hint="w and input_shape"):
            w, b = tensor(np.ones((3, 2, 2, 2), np.float32)), tensor(np.ones(3, np.float32))
            refuses(partial(student.conv_to_fc, w, b, (channels, 4, 4)))
    with checking("sizes that fit are not refused"):
        w, b = tensor(np.ones((1, 1, 3, 5), np.float32)), tensor(np.ones(1, np.float32))
        student.conv_to_fc(w, b, (1, 7, 9), stride=2)


# convolutionalize

# (layers, feature shape, image channels, (rows, columns), network's strides)
PLAIN = (
    (
        ("conv", 2, 3, (3, 2)),
        ("relu",),
        ("pool", (2, 3)),
        ("flatten",),
        ("linear", 3 * 3 * 2, 7),
        ("relu",),
        ("linear", 7, 5),
    ),
    (3, 3, 2),
    2,
    (8, 7),
    (2, 3),
)
DEEP = (
    (
        ("conv", 1, 4, 3),
        ("norm", 4),
        ("relu",),
        ("flatten",),
        ("linear", 4 * 2 * 3, 6),
        ("relu",),
        ("dropout", 0.25),
        ("linear", 6, 8),
        ("dropout", 0.6),
        ("relu",),
        ("linear", 8, 3),
    ),
    (4, 2, 3),
    1,
    (4, 5),
    (1, 1),
)
BARE = ((("flatten",), ("linear", 2 * 3 * 4, 5)), (2, 3, 4), 2, (3, 4), (1, 1))
NETWORKS = PLAIN, DEEP, BARE


def whole(converted, model):
    """The parts of a converted network, which must have as many layers with parameters."""
    got, was = parts(converted), parts(model)
    if sum(bool(layer[-1]) for layer in got) < sum(bool(layer[-1]) for layer in was):
        raise CheckFailed("layers are missing")
    return got


def test_convolutionalize_scores(student, reference, rng):
    for spec, shape, channels, size, _ in NETWORKS:
        model = network(rng, *spec)
        images = normal(rng, 4, channels, *size)
        want = run(model, images)
        with checking(
            "on images of the old size the scores are the old ones, as a 1 × 1 map",
            hint="weights and biases in the right order; no layer lost; Flatten has to go",
        ):
            converted = student.convolutionalize(model, shape)
            parts(converted)
            same(run(converted, images), want[:, :, None, None])


def test_convolutionalize_map(student, reference, rng):
    for spec, shape, channels, size, strides in NETWORKS:
        model = network(rng, *spec, biases=False)
        more = (2, 3)  # further windows in rows and columns
        H, W = (one + extra * step for one, extra, step in zip(size, more, strides, strict=True))
        images = normal(rng, 2, channels, H, W)
        want = []
        for i, j in np.ndindex(more[0] + 1, more[1] + 1):
            top, left = i * strides[0], j * strides[1]
            want.append(run(model, images[:, :, top : top + size[0], left : left + size[1]].copy()))
        want = np.stack(want, axis=2).reshape(2, -1, more[0] + 1, more[1] + 1)
        with checking(
            "on larger images it gives a map of the scores of all windows",
            hint="the first Linear becomes a convolution of the feature map, later ones 1 × 1",
        ):
            converted = student.convolutionalize(model, shape)
            parts(converted)
            same(run(converted, images), want)


def test_convolutionalize_layers(student, reference, rng):
    with checking("the result is an nn.Sequential"):
        spec, shape, *_ = PLAIN
        if not sequential(student.convolutionalize(network(rng, *spec), shape))[0]:
            raise CheckFailed("another kind of object came back")
    padded = (
        ("conv", 1, 4, 3, {"padding": 1}),
        ("relu",),
        ("flatten",),
        ("linear", 4 * 3 * 5, 6),
        ("dropout", 0.3),
        ("relu",),
        ("dropout", 0.8),
        ("linear", 6, 2),
    )
    for spec, shape in ((padded, (4, 3, 5)), *((spec, shape) for spec, shape, *_ in NETWORKS)):
        model = network(rng, *spec)
        want = parts(reference.convolutionalize(model, shape))
        with checking(
            "the layers stay, without Flatten, and each Linear has become a Conv2d",
            hint="ReLU and Dropout stay where they are",
        ):
            got = parts(student.convolutionalize(model, shape))
            agree([kind for kind, *_ in got], [kind for kind, *_ in want])
        with checking("Dropout keeps its rate", hint="copy the layer, do not make a new one"):
            for one, other in zip(got, want, strict=True):
                if other[2] is not None:
                    agree(one[2], other[2])
        with checking(
            "the filters have the right shapes",
            hint="the feature map's size for the first Linear, 1 × 1 for the others",
        ):
            shapes = [[[list(p[2]) for p in layer[3]] for layer in side] for side in (got, want)]
            agree(*shapes)


def test_convolutionalize_mode(student, reference, rng):
    for training, name in ((True, "train"), (False, "eval")):
        for spec, shape, *_ in NETWORKS:
            model = network(rng, *spec, training=training)
            with checking(
                f"a network in {name} mode gives one in {name} mode, with all its layers",
                hint="a new module starts in train mode",
            ):
                converted = student.convolutionalize(model, shape)
                modes = [mode for _, mode, *_ in whole(converted, model)]
                agree([sequential(converted)[1], *modes], [training] * (len(modes) + 1))


def test_convolutionalize_separate(student, reference, rng):
    for spec, shape, *_ in NETWORKS:
        for training in (False, True):
            model = network(rng, *spec, training=training)
            before = held(model)
            with checking(
                "the model is left as it was", hint="build a new Sequential; copy what stays"
            ):
                converted = student.convolutionalize(lend(model), shape)
                unchanged(student, [before], model)
            with checking(
                "the new network shares no parameter or buffer with the model",
                hint="copy.deepcopy for layers that stay; a view of a weight shares its memory",
            ):
                whole(converted, model)
                if share(model, converted):
                    raise CheckFailed("something is shared")


def test_convolutionalize_keeps(student, reference, rng):
    for spec, shape, *_ in NETWORKS:
        for device, dtype in (("cpu", "float32"), ("cpu", "float64"), ("meta", "float32")):
            model = network(rng, *spec, dtype=dtype, device=device)
            prop = ON_META if device == "meta" else f"a {dtype} network stays a {dtype} network"
            with checking(prop, hint="nn.Conv2d takes device and dtype"):
                for *_, parameters in whole(student.convolutionalize(model, shape), model):
                    for where, kind, _ in parameters:
                        agree([where, kind], [device, dtype])


def test_convolutionalize_refusal(student, reference, rng):
    with checking("a model without Flatten is refused", hint="there is nothing to convert"):
        model = network(rng, ("conv", 1, 2, 3), ("relu",))
        refuses(partial(student.convolutionalize, model, (2, 1, 1)))
    for shape in ((4, 2, 3), (2, 2, 2), (3, 4, 4)):
        with checking(
            "a feature shape that the first Linear does not take is refused",
            hint="fc_to_conv refuses for you",
        ):
            model = network(rng, ("flatten",), ("linear", 12, 5), ("relu",), ("linear", 5, 2))
            refuses(partial(student.convolutionalize, model, shape))
    with checking("a model that fits is not refused"):
        student.convolutionalize(network(rng, ("flatten",), ("linear", 12, 5)), (3, 2, 2))


# sliding_window_scores

# Zero padding: no converted network gives the scores of these crops.
PADDED = (
    ("conv", 2, 3, 3, {"padding": 1}),
    ("relu",),
    ("flatten",),
    ("linear", 3 * 25, 4),
)
PIXEL = ("conv", 2, 3, 3, {"padding": 1}), ("relu",), ("flatten",), ("linear", 3, 4)
LARGE = ("conv", 2, 2, 3, {"padding": 1}), ("relu",), ("flatten",), ("linear", 2 * 121, 3)


def crops(model, images, window, stride):
    """The scores of all windows, from one batch of crops."""
    windows = np.lib.stride_tricks.sliding_window_view(images, (window, window), axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride].transpose(0, 2, 3, 1, 4, 5)  # N OH OW C rows cols
    batch = windows.reshape(-1, *windows.shape[3:]).copy()  # never a read-only view
    return run(model, batch).reshape(*windows.shape[:3], -1).transpose(0, 3, 1, 2)


def test_sliding_window_scores_value(student, reference, rng):
    def compare(spec, images, window, stride):
        model = network(rng, *spec)
        got = student.sliding_window_scores(model, tensor(images), window=window, stride=stride)
        same(array(got), crops(model, images, window, stride))

    for spec, window, stride in ((PADDED, 5, 4), (LARGE, 11, 1), (PIXEL, 1, 3)):
        for count in (1, 3):
            with checking(
                "an image of the window's size has one place, with the scores of the whole image",
                hint="the result is (N, K, OH, OW)",
            ):
                compare(spec, normal(rng, count, 2, window, window), window, stride)
    # Whatever is wrong about strides, windows of one pixel at stride 1 are every pixel once.
    for count, H, W in ((3, 2, 6), (1, 5, 3), (2, 1, 4), (2, 4, 1)):
        with checking(
            "windows of one pixel: every window of every image has the scores of its crop",
            hint="the result is (N, K, OH, OW), and its rows and columns are those of the windows",
        ):
            compare(PIXEL, normal(rng, count, 2, H, W), 1, 1)


def test_sliding_window_scores_stride(student, reference, rng):
    for spec, channels, window in (
        (PADDED, 2, 5),
        ((("flatten",), ("linear", 9, 7)), 1, 3),
        ((("flatten",), ("linear", 1, 2)), 1, 1),
        (LARGE, 2, 11),
    ):
        model = network(rng, *spec)
        for stride, OH, OW in ((1, 2, 6), (2, 5, 3), (3, 3, 4), (7, 2, 3), (12, 1, 2), (4, 3, 1)):
            size = ((n - 1) * stride + window for n in (OH, OW))
            images = normal(rng, 1, channels, *size)
            with checking(
                "windows that overlap, lie side by side or leave gaps",
                hint="window (i, j) starts at (i·stride, j·stride)",
            ):
                got = student.sliding_window_scores(
                    model, tensor(images), window=window, stride=stride
                )
                same(array(got), crops(model, images, window, stride))


def test_sliding_window_scores_keeps(student, reference, rng):
    how = {"window": 5, "stride": 2}
    for dtype, training in (("float32", False), ("float64", True)):
        model = network(rng, *PADDED, dtype=dtype, training=training)
        images = normal(rng, 2, 2, 9, 11, dtype=dtype)
        with checking(f"{dtype} in, {dtype} out", hint="torch.zeros takes a dtype"):
            things = lend(model), lend(tensor(images))
            before = [held(thing) for thing in things]
            kept([student.sliding_window_scores(*things, **how)], "cpu", dtype)
        with checking("network, images and PyTorch's modes are left as they were", hint=AS_BEFORE):
            unchanged(student, before, *things)
    with checking(ON_META, hint=META_HINT):
        model = network(rng, *PADDED, device="meta")
        images = tensor(normal(rng, 2, 2, 9, 11), "meta")
        kept([student.sliding_window_scores(model, images, **how)], "meta", "float32")


def misfits():
    """(direction, (H, W), window, stride): tile one direction, not the other."""
    for axis, direction in enumerate(("rows", "columns")):
        for window, stride, odd in ((6, 4, 1), (9, 5, 2), (8, 3, 2)):
            size = [3 * stride + window, 2 * stride + window]
            size[axis] += odd
            yield direction, size, window, stride


def test_sliding_window_scores_refusal(student, reference, rng):
    for direction, size, window, stride in misfits():
        model = network(rng, ("flatten",), ("linear", window * window, 2))
        images = tensor(normal(rng, 1, 1, *size))
        with checking(
            f"{direction} that do not tile are refused",
            hint="ask conv_output_size once for rows and once for columns",
        ):
            call = partial(student.sliding_window_scores, model, images)
            refuses(partial(call, window=window, stride=stride))
    with checking("sizes that fit are not refused"):
        model = network(rng, ("flatten",), ("linear", 25, 2))
        images = tensor(normal(rng, 1, 1, 11, 14))
        student.sliding_window_scores(model, images, window=5, stride=3)


# shifted_dense_scores

# Windows of 10 or 12 and a network's stride of 4 or 6, every layer tiling the window.
FOUR = (
    ("conv", 2, 3, 3),
    ("relu",),
    ("pool", 2),
    ("pool", 2),
    ("flatten",),
    ("linear", 12, 5),
    ("relu",),
    ("linear", 5, 4),
)
SIX = (("conv", 1, 4, 3, {"stride": 3}), ("relu",), ("pool", 2), ("flatten",), ("linear", 16, 3))
DENSE = (FOUR, (3, 2, 2), 2, 10, 4), (SIX, (4, 2, 2), 1, 12, 6)


def no_crops(student, reference, rng, *, scored=True):
    """Raise `ForbiddenRoute` when the network is shown as much as all crops are.

    Every cell of the function asks: on images where few windows fit, crops cannot be told from
    shifted images. Where scores are paid for, these have to be right as well, or the function
    could go another way here than there.
    """
    # A network of stride 2 is asked for stride 1: four shifts, and no pixel lies between two of
    # them. Windows and images are drawn, so that nobody knows this question by their size.
    side = int(rng.integers(6, 8))
    window = 2 * side + 4
    spec = ("conv", 1, 3, 5), ("relu",), ("pool", 2), ("flatten",), ("linear", 3 * side**2, 4)
    # An even number of rows: at the network's own stride they would not tile the image.
    OH, OW = 2 * int(rng.integers(7, 10)), int(rng.integers(14, 19))
    which = spec, (3, side, side), 1, window, 2
    model, images, how, want = dense_case(rng, reference, which, 1, OH, OW, 1)
    given, passes = count_passes(model)
    right = checking("on a larger image, the scores of every window from shifted passes")
    # Where they are not paid for, it is for other cells to say what an exception costs.
    with right if scored else suppress(StudentError):
        got = student.shifted_dense_scores(given, tensor(images), **how)
        if scored:
            same(array(got), want)
    # All passes count, whatever their size: a crop can be pasted into an image, or many into one.
    # Shifted images, padded ones too, take less than a tenth of what crops take, and a strip for
    # every row of windows takes a quarter.
    if looked_at(passes) > 0.3 * OH * OW * window**2:
        raise ForbiddenRoute("the network is run on crops of the image, one for every window")


def looked_at(passes):
    """How many numbers went through the network."""
    return sum(math.prod(shape) for shape in passes)


def _dense(spec, shape):
    """The spec of the converted network."""
    head, done = [], False
    for kind, *numbers in spec:
        if kind == "linear":
            outputs = numbers[1]
            inputs, kernel = (numbers[0], 1) if done else (shape[0], shape[1:])
            head.append(("conv", inputs, outputs, kernel))
            done = True
        elif kind != "flatten":
            head.append((kind, *numbers))
    return head


def dense_case(rng, reference, which, count, OH, OW, stride, dtype="float32"):
    """The converted network, images with OH × OW windows, keywords, and the crops' scores."""
    spec, shape, channels, window, net_stride = which
    model = network(rng, *spec, dtype=dtype)
    size = ((n - 1) * stride + window for n in (OH, OW))
    images = normal(rng, count, channels, *size, dtype=dtype)
    how = {"window": window, "stride": stride, "net_stride": net_stride}
    return (
        reference.convolutionalize(model, shape),
        images,
        how,
        crops(model, images, window, stride),
    )


def test_shifted_dense_scores_value(student, reference, rng):
    for which in DENSE:
        net_stride = which[-1]
        for shifts in (1, 2, net_stride):
            # Enough windows that every shift has two; their number is no multiple of the shifts.
            OH, OW = 2 * shifts + 1, 2 * shifts + 2 if shifts == 1 else 3 * shifts - 1
            case = dense_case(rng, reference, which, 2, OH, OW, net_stride // shifts)
            model, images, how, want = case
            with checking(
                "the scores of every window, from shifted passes",
                hint="shift (a, b) fills every (net_stride/stride)-th place, from (a, b) on",
            ):
                given, _ = count_passes(model)
                same(array(student.shifted_dense_scores(given, tensor(images), **how)), want)
    no_crops(student, reference, rng)


def test_shifted_dense_scores_small(student, reference, rng):
    for which in DENSE:
        most = which[-1]  # at stride 1
        for OH, OW, shifts in ((1, 1, 2), (1, 4, 2), (2, 3, most), (most + 1, 1, most)):
            case = dense_case(rng, reference, which, 1, OH, OW, most // shifts)
            model, images, how, want = case
            with checking(
                "images that are too small for some of the shifts",
                hint="a shift that leaves less than a window has no place on the map, and no pass",
            ):
                given, _ = count_passes(model)
                same(array(student.shifted_dense_scores(given, tensor(images), **how)), want)
    no_crops(student, reference, rng)


def test_shifted_dense_scores_passes(student, reference, rng):
    no_crops(student, reference, rng)
    for which in DENSE:
        spec, shape, channels, window, net_stride = which
        for stride in (net_stride, net_stride // 2, 1):
            model = network(rng, *_dense(spec, shape))
            H, W = window + 4 * net_stride, window + 5 * net_stride
            images = normal(rng, 1, channels, H, W)
            most = (net_stride // stride) ** 2
            how = {"window": window, "stride": stride, "net_stride": net_stride}
            want = array(reference.shifted_dense_scores(model, tensor(images), **how))
            given, passes = count_passes(model)
            with checking(
                "(net_stride/stride)² passes of the converted network and no more",
                hint="one pass for each shift; rows and columns together",
            ):
                # Few passes earn nothing unless they are what the scores come from.
                same(array(student.shifted_dense_scores(given, tensor(images), **how)), want)
                # A batch of shifted images counts by what is in it, with room for padding them.
                room = most * channels * (H + net_stride) * (W + net_stride)
                if len(passes) > most or looked_at(passes) > room:
                    raise CheckFailed("the network is run more often than there are shifts")


def test_shifted_dense_scores_keeps(student, reference, rng):
    no_crops(student, reference, rng, scored=False)
    spec, shape, channels, window, net_stride = DENSE[0]
    how = {"window": window, "stride": 2, "net_stride": net_stride}
    for dtype, training in (("float32", False), ("float64", True)):
        model = network(rng, *_dense(spec, shape), dtype=dtype, training=training)
        images = normal(rng, 2, channels, 16, 20, dtype=dtype)
        with checking(f"{dtype} in, {dtype} out", hint="torch.zeros takes a dtype"):
            things = lend(model), lend(tensor(images))
            before = [held(thing) for thing in things]
            kept([student.shifted_dense_scores(*things, **how)], "cpu", dtype)
        with checking("network, images and PyTorch's modes are left as they were", hint=AS_BEFORE):
            unchanged(student, before, *things)
    with checking(ON_META, hint=META_HINT):
        model = network(rng, *_dense(spec, shape), device="meta")
        images = tensor(normal(rng, 2, channels, 16, 20), "meta")
        kept([student.shifted_dense_scores(model, images, **how)], "meta", "float32")


def test_shifted_dense_scores_refusal(student, reference, rng):
    no_crops(student, reference, rng, scored=False)

    def call(size, window, stride, net_stride):
        model = network(rng, ("conv", 1, 2, window, {"stride": net_stride}))
        images = tensor(normal(rng, 1, 1, *size))
        how = {"window": window, "stride": stride, "net_stride": net_stride}
        return partial(student.shifted_dense_scores, model, images, **how)

    for stride, net_stride in ((4, 6), (2, 3), (12, 6), (5, 8), (3, 4)):
        with checking("a stride that does not divide net_stride is refused"):
            size = 9 + 3 * stride, 9 + 2 * stride
            refuses(call(size, 9, stride, net_stride))
    for direction, size, window, stride in misfits():
        with checking(
            f"{direction} that do not tile are refused",
            hint="ask conv_output_size once for rows and once for columns",
        ):
            refuses(call(size, window, stride, 2 * stride))
    with checking("sizes that fit are not refused"):
        call((15, 18), 9, 3, 6)()
