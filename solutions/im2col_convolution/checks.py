"""What each test cell of `im2col_convolution` is graded by.

The values are fresh each time; the shapes are always the same, so that a wrong function cannot be
right by luck. In `LAYOUTS` no two lengths that students confuse are equal: images, channels and
filters; rows and columns of input, window and output.
"""

import time
from functools import partial

import numpy as np

from autograder.checks.checking import (
    agree,
    checking,
    precise,
    refuses,
    shaped,
    slope_along,
    three_gradients,
    untouched,
)
from autograder.checks.forbidden import Routes
from autograder.course.errors import CheckFailed

ROUTES = {"*": Routes(libraries=("torch", "scipy"))}

# (N, C, F), (KH, KW), (OH, OW): one with more rows than columns, one with fewer
TALL = (2, 3, 4), (4, 2), (6, 5)
WIDE = (3, 4, 2), (2, 4), (5, 6)
LAYOUTS = TALL, WIDE

STRIDES = {"stride": 2}, {"stride": 3}, {"stride": 5}
PADS = {"pad": 1}, {"pad": 2}
BOTH = {"stride": 2, "pad": 1}, {"stride": 3, "pad": 2}, {"stride": 1, "pad": 2}


def image_shape(layout, *, stride=1, pad=0):
    """(N, C, H, W) of images that the layout's windows tile."""
    (N, C, _), kernel, places = layout
    H, W = (
        (count - 1) * stride + taps - 2 * pad for count, taps in zip(places, kernel, strict=True)
    )
    return N, C, H, W


def normal(rng, shape, dtype=np.float64):
    return rng.normal(size=shape).astype(dtype)


def columns_case(rng, layout, *, dtype=np.float64, **how):
    """(cols, x_shape, kernel) that `col2im` puts back together."""
    (N, C, _), (KH, KW), (OH, OW) = layout
    cols = normal(rng, (N, C * KH * KW, OH * OW), dtype)
    return cols, image_shape(layout, **how), (KH, KW)


def layer(rng, layout, *, dtype=np.float64, **how):
    """x, w, b of a layer that tiles."""
    (_, C, F), kernel, _ = layout
    shapes = image_shape(layout, **how), (F, C, *kernel), (F,)
    return tuple(normal(rng, shape, dtype) for shape in shapes)


def backward_case(rng, layout, *, dtype=np.float64, **how):
    """dout, x, w, b of a layer that tiles."""
    (N, _, F), _, places = layout
    return normal(rng, (N, F, *places), dtype), *layer(rng, layout, dtype=dtype, **how)


# (H, W), (KH, KW), setting, the axis that does not tile. In the last two no number hides in
# another, so that a message must name each of them.
MISFITS = [
    ((10, 13), (3, 5), {"stride": 2}, 0),
    ((9, 12), (3, 5), {"stride": 2}, 1),
    ((14, 17), (3, 5), {"stride": 3}, 0),
    ((12, 18), (3, 5), {"stride": 3}, 1),
    ((7, 8), (3, 2), {"stride": 4, "pad": 1}, 0),
    ((13, 12), (8, 9), {"stride": 5, "pad": 6}, 0),
    ((11, 14), (8, 9), {"stride": 5, "pad": 6}, 1),
]


def misfits():
    """Yield (property, x, kernel, (size, kernel, stride, pad), setting) for each of `MISFITS`."""
    for size, kernel, how, axis in MISFITS:
        prop = (
            f"{('rows', 'columns')[axis]} that do not tile are refused, with size, kernel, stride "
            "and pad"
        )
        numbers = size[axis], kernel[axis], how["stride"], how.get("pad", 0)
        yield prop, np.zeros((1, 2, *size)), kernel, numbers, how


# im2col


def test_im2col_value(student, reference, rng):
    for size, kernel in (((3, 4), (2, 2)), ((3, 3), (3, 3)), ((4, 4), (1, 1)), ((5, 5), (2, 2))):
        with checking(
            "one image of one channel: each window, read row by row, is a column",
            hint="a row of the matrix for each tap, a column for each place",
        ):
            x = normal(rng, (1, 1, *size))
            agree(student.im2col(x, kernel), reference.im2col(x, kernel))
    with checking("a kernel is (rows, columns)"):
        for kernel in ((1, 3), (2, 1), (3, 4)):
            x = normal(rng, (1, 1, 3, 4))
            agree(student.im2col(x, kernel), reference.im2col(x, kernel))


def test_im2col_order(student, reference, rng):
    for layout in LAYOUTS:
        with checking(
            "several images and channels, none of them square",
            hint="taps go by channel, row, column of the window; places by row, column",
        ):
            x, kernel = normal(rng, image_shape(layout)), layout[1]
            agree(student.im2col(x, kernel), reference.im2col(x, kernel))


def test_im2col_stride(student, reference, rng):
    for layout in LAYOUTS:
        for how in STRIDES:
            with checking(
                "a stride moves the window that many rows and columns",
                hint="window (i, j) starts at (i·stride, j·stride); its taps stay neighbours",
            ):
                x, kernel = normal(rng, image_shape(layout, **how)), layout[1]
                agree(student.im2col(x, kernel, **how), reference.im2col(x, kernel, **how))


def test_im2col_pad(student, reference, rng):
    for layout in LAYOUTS:
        for how in (*PADS, {"stride": 3, "pad": 2}):
            with checking(
                "padding puts zeros on all four sides",
                hint="pad rows and columns, before and after; leave images and channels alone",
            ):
                x, kernel = normal(rng, image_shape(layout, **how)), layout[1]
                agree(student.im2col(x, kernel, **how), reference.im2col(x, kernel, **how))


def test_im2col_dtype(student, reference, rng):
    for dtype in (np.float32, np.float64):
        for layout, how in ((TALL, {}), (WIDE, {"pad": 1}), (TALL, {"stride": 2})):
            x = normal(rng, image_shape(layout, **how), dtype)
            with checking(
                f"{np.dtype(dtype)} in, {np.dtype(dtype)} out",
                hint="np.zeros and np.empty take a dtype",
            ):
                got = student.im2col(x, layout[1], **how)
                precise(got, dtype)
            with checking("no argument is changed in place", hint="copy before you write"):
                untouched(student)
            if not how:
                with checking("the values are right in both dtypes"):
                    agree(got, reference.im2col(x, layout[1]))


def test_im2col_refusal(student, reference, rng):
    for prop, x, kernel, numbers, how in misfits():
        with checking(prop, hint="is there a remainder? Ask for rows and for columns"):
            refuses(partial(student.im2col, x, kernel, **how), *numbers)
    with checking("sizes that fit are not refused"):
        shaped(student.im2col(np.zeros((1, 2, 9, 11)), (3, 5), stride=2), (1, 30, 16))
        shaped(student.im2col(np.zeros((1, 1, 8, 6)), (3, 4), stride=3, pad=2), (1, 12, 12))


# col2im


def test_col2im_value(student, reference, rng):
    with checking(
        "one image of one channel: what overlaps is added",
        hint="+= each window where it was taken from; a[index] += drops repeated indices",
    ):
        for size, kernel in (
            ((1, 5), (1, 3)),
            ((5, 1), (3, 1)),
            ((4, 4), (2, 2)),
            ((3, 3), (3, 3)),
        ):
            places = (size[0] - kernel[0] + 1) * (size[1] - kernel[1] + 1)
            for cols in (
                normal(rng, (1, kernel[0] * kernel[1], places)),
                np.ones((1, kernel[0] * kernel[1], places)),
            ):
                want = reference.col2im(cols, (1, 1, *size), kernel)
                agree(student.col2im(cols, (1, 1, *size), kernel), want)


def test_col2im_overlap(student, reference, rng):
    for layout in LAYOUTS:
        with checking(
            "several images and channels, none of them square, overlapping",
            hint="taps go by channel, row, column of the window; places by row, column",
        ):
            arguments = columns_case(rng, layout)
            agree(student.col2im(*arguments), reference.col2im(*arguments))


def test_col2im_stride(student, reference, rng):
    for layout in LAYOUTS:
        for how in STRIDES:
            with checking(
                "with a stride the columns go where im2col took them from",
                hint="window (i, j) starts at (i·stride, j·stride); what no window saw stays 0",
            ):
                arguments = columns_case(rng, layout, **how)
                agree(student.col2im(*arguments, **how), reference.col2im(*arguments, **how))


def test_col2im_pad(student, reference, rng):
    for layout in LAYOUTS:
        for how in (*PADS, {"stride": 3, "pad": 2}):
            with checking(
                "with padding the frame is cut off, and x_shape comes back",
                hint="collect on the padded image, then cut pad rows and columns on each side",
            ):
                arguments = columns_case(rng, layout, **how)
                agree(student.col2im(*arguments, **how), reference.col2im(*arguments, **how))


def test_col2im_transpose(student, reference, rng):
    for layout in LAYOUTS:
        for how in ({}, {"stride": 2}, *BOTH):
            cols, x_shape, kernel = columns_case(rng, layout, **how)
            x = normal(rng, x_shape)
            with checking(
                "col2im is the transpose of im2col: <im2col(x), cols> = <x, col2im(cols)>",
                hint="every number goes back to where im2col took it from",
            ):
                got = student.col2im(cols, x_shape, kernel, **how)
                agree(slope_along(got, x), float(np.sum(reference.im2col(x, kernel, **how) * cols)))


def test_col2im_dtype(student, reference, rng):
    for dtype in (np.float32, np.float64):
        for layout, how in ((TALL, {}), (WIDE, {"pad": 1}), (TALL, {"stride": 2})):
            arguments = columns_case(rng, layout, dtype=dtype, **how)
            with checking(
                f"{np.dtype(dtype)} in, {np.dtype(dtype)} out",
                hint="np.zeros takes a dtype",
            ):
                got = student.col2im(*arguments, **how)
                precise(got, dtype)
            with checking("no argument is changed in place", hint="copy before you write"):
                untouched(student)
            if not how:
                with checking("the values are right in both dtypes"):
                    agree(got, reference.col2im(*arguments))


# conv2d_forward_im2col


def test_conv2d_forward_im2col_value(student, reference, rng):
    for channels, filters, side, taps in ((1, 1, 3, 2), (1, 2, 4, 2), (3, 1, 5, 3), (2, 2, 3, 1)):
        x, w = normal(rng, (1, channels, side, side)), normal(rng, (filters, channels, taps, taps))
        with checking(
            "one image: W_row times X_col, plus each filter's bias",
            hint="nothing is flipped; the sum runs over all channels; the bias is added once",
        ):
            for b in (np.zeros(filters), normal(rng, filters) + 3):
                want = reference.conv2d_forward_im2col(x, w, b)
                agree(student.conv2d_forward_im2col(x, w, b), want)


def test_conv2d_forward_im2col_volume(student, reference, rng):
    for layout in LAYOUTS:
        with checking(
            "several images, channels and filters, none of them square",
            hint="reshape splits or joins neighbouring axes; to swap them takes transpose",
        ):
            arguments = layer(rng, layout)
            want = reference.conv2d_forward_im2col(*arguments)
            agree(student.conv2d_forward_im2col(*arguments), want)


def test_conv2d_forward_im2col_geometry(student, reference, rng):
    for layout in LAYOUTS:
        for how in (*STRIDES, *PADS, *BOTH):
            with checking(
                "stride and padding, alone and together",
                hint="both go to im2col, and into the shape that the result is folded into",
            ):
                arguments = layer(rng, layout, **how)
                want = reference.conv2d_forward_im2col(*arguments, **how)
                agree(student.conv2d_forward_im2col(*arguments, **how), want)


def test_conv2d_forward_im2col_dtype(student, reference, rng):
    for dtype in (np.float32, np.float64):
        for layout, how in ((TALL, {}), (WIDE, {"pad": 1}), (TALL, {"stride": 2})):
            arguments = layer(rng, layout, dtype=dtype, **how)
            with checking(f"{np.dtype(dtype)} in, {np.dtype(dtype)} out"):
                got = student.conv2d_forward_im2col(*arguments, **how)
                precise(got, dtype)
            with checking("no argument is changed in place", hint="copy before you write"):
                untouched(student)
            if not how:
                with checking("the values are right in both dtypes"):
                    agree(got, reference.conv2d_forward_im2col(*arguments))


def test_conv2d_forward_im2col_refusal(student, reference, rng):
    for prop, x, kernel, numbers, how in misfits():
        with checking(prop, hint="im2col refuses for you, if you let it"):
            w, b = np.zeros((2, 2, *kernel)), np.zeros(2)
            refuses(partial(student.conv2d_forward_im2col, x, w, b, **how), *numbers)
    with checking("sizes that fit are not refused"):
        x, w = np.zeros((1, 2, 9, 11)), np.zeros((1, 2, 3, 5))
        shaped(student.conv2d_forward_im2col(x, w, np.zeros(1), stride=2), (1, 1, 4, 4))


def test_conv2d_forward_im2col_speed(student, reference, rng):
    """At least 15 times as fast as loops. A plain im2col is hundreds of times as fast.

    Both are timed by their processor time, which another process's load does not lengthen. It is
    the best of several tries, between which the loops run. Each try gets fresh numbers and must be
    right, so that neither a remembered nor a made-up answer helps. The loops take one image after
    another, so that one of the sixteen images costs them a sixteenth of the time.
    """

    def arguments():
        return normal(rng, (16, 3, 20, 20)), normal(rng, (8, 3, 3, 3)), normal(rng, 8)

    with checking("fast, but not right", hint="the other cells say what is wrong"):
        x, w, b = arguments()
        want = reference.conv2d_forward_im2col(x, w, b, pad=1)
        agree(student.conv2d_forward_im2col(x, w, b, pad=1), want)
    with checking(
        "at least 15 times as fast as loops",
        hint="loop over the KH·KW taps, not over places; multiply everything at once",
    ):
        loops = mine = np.inf
        for _ in range(12):
            x, w, b = arguments()
            start = time.thread_time()
            convolve_by_loops(x[:1], w, b)
            loops = min(loops, len(x) * (time.thread_time() - start))
            _, cpu, got = student.timed("conv2d_forward_im2col", x, w, b, pad=1)
            agree(got, reference.conv2d_forward_im2col(x, w, b, pad=1))
            mine = min(mine, cpu)
            if loops >= 15 * mine:
                return
        raise CheckFailed("it is slower than that")


def convolve_by_loops(x, w, b):
    """What the race is run against: one dot product for each output value, with padding 1."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    (N, _, H, W), (F, _, KH, KW) = x.shape, w.shape
    out = np.zeros((N, F, H + 3 - KH, W + 3 - KW))
    for n in range(N):
        for f in range(F):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    out[n, f, i, j] = np.sum(padded[n, :, i : i + KH, j : j + KW] * w[f]) + b[f]
    return out


# conv2d_backward_im2col


def compare_gradient(student, reference, rng, which, prop, hint):
    for layout in LAYOUTS:
        with checking(prop, hint):
            arguments = backward_case(rng, layout)
            want = reference.conv2d_backward_im2col(*arguments)[which]
            agree(three_gradients(student.conv2d_backward_im2col(*arguments))[which], want)


def test_conv2d_backward_im2col_dx(student, reference, rng):
    prop = "dx collects from every window a pixel lies in, over all filters"
    compare_gradient(student, reference, rng, 0, prop, "W_row transposed times G, then col2im")


def test_conv2d_backward_im2col_dw(student, reference, rng):
    prop = "dw collects from every place of every image"
    compare_gradient(student, reference, rng, 1, prop, "G times X_col transposed, over all images")


def test_conv2d_backward_im2col_db(student, reference, rng):
    prop = "db is the sum of dout for each filter"
    compare_gradient(student, reference, rng, 2, prop, "sum over images, rows and columns")


def test_conv2d_backward_im2col_geometry(student, reference, rng):
    for layout in LAYOUTS:
        for how in (*STRIDES, *PADS, *BOTH):
            with checking(
                "stride and padding, alone and together",
                hint="both go to im2col and to col2im; x.shape is without the frame",
            ):
                arguments = backward_case(rng, layout, **how)
                want = reference.conv2d_backward_im2col(*arguments, **how)
                agree(three_gradients(student.conv2d_backward_im2col(*arguments, **how)), want)


def test_conv2d_backward_im2col_gradient(student, reference, rng):
    """Finite differences: convolution is linear in x, in w and in b, so any step is exact."""
    for layout, how in ((TALL, {}), (WIDE, {"stride": 2, "pad": 1}), (TALL, {"pad": 2})):
        dout, *arrays = backward_case(rng, layout, **how)
        with checking(
            "each gradient is the slope of the loss", hint="compare with finite differences"
        ):
            grads = three_gradients(student.conv2d_backward_im2col(dout, *arrays, **how))
            for which, got in enumerate(grads):
                # One random direction is enough: a wrong gradient agrees along it with chance 0.
                step = normal(rng, arrays[which].shape)
                slope = 0
                for sign in (1, -1):
                    moved = list(arrays)
                    moved[which] = moved[which] + sign * step
                    slope += sign * np.sum(dout * reference.conv2d_forward_im2col(*moved, **how))
                agree(slope_along(got, step), slope / 2)


def test_conv2d_backward_im2col_dtype(student, reference, rng):
    for dtype in (np.float32, np.float64):
        for layout, how in ((TALL, {}), (WIDE, {"pad": 1}), (TALL, {"stride": 2})):
            arguments = backward_case(rng, layout, dtype=dtype, **how)
            with checking(f"{np.dtype(dtype)} in, {np.dtype(dtype)} out, for all three gradients"):
                grads = three_gradients(student.conv2d_backward_im2col(*arguments, **how))
                for got in grads:
                    precise(got, dtype)
                if not how:
                    agree(grads, reference.conv2d_backward_im2col(*arguments))
            with checking("no argument is changed in place", hint="copy before you write"):
                untouched(student)
