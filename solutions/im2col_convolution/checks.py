"""What each test cell of `im2col_convolution` is graded by.

The values are fresh each time; the sizes are those of `autograder.checks.layouts`.

A slip is paid once. A cell judges the one thing in its name, and leaves out the layouts in which a
function is wrong without it, because that has its own cell. Where no layout is left, the cell is
lost. Only the cells about dtypes look at dtypes.
"""

import time
from functools import partial

import numpy as np

from autograder.checks.checking import (
    alike,
    checking,
    holds,
    precise,
    refuses,
    shaped,
    three_gradients,
    untouched,
)
from autograder.checks.forbidden import Routes
from autograder.checks.layouts import (
    BOTH,
    CORNERS,
    FEW,
    LAYOUTS,
    ONE_COLUMN,
    ONE_ROW,
    PADS,
    SQUARE,
    SQUARE_KERNELS,
    STRIDES,
    TALL,
    WHOLE_IMAGES,
    WIDE,
    judged_layouts,
    layer,
    spread,
)
from autograder.course.errors import CheckFailed, StudentError

ROUTES = {"*": Routes(libraries=("torch", "scipy"))}

# In which windows overlap, so that nobody is right by luck
TELLING = (*LAYOUTS, FEW, ONE_ROW, ONE_COLUMN)
MOVES = (
    "a stride moves the window that many rows and columns",
    "window (i, j) starts at (i·stride, j·stride); its taps stay neighbours",
)
FRAMES = (
    "padding puts zeros on all four sides",
    "pad rows and columns, before and after; leave images and channels alone",
)
TOGETHER = "stride and padding together", "first the zeros, then the windows, counted with both"


def image_case(rng, layout, *, dtype=np.float64, **how):
    """(x, kernel) for `im2col`."""
    return layer(rng, layout, dtype=dtype, **how)[0], layout[1]


def columns_case(rng, layout, *, dtype=np.float64, **how):
    """(cols, x_shape, kernel) that `col2im` puts back together."""
    x, _, _, (OH, OW) = layer(rng, layout, **how)
    (N, C, _), (KH, KW), _ = layout
    cols = rng.normal(size=(N, C * KH * KW, OH * OW)).astype(dtype)
    return cols, x.shape, (KH, KW)


def layer_case(rng, layout, *, bias=True, dtype=np.float64, **how):
    """(x, w, b) for the forward pass."""
    x, w, b, _ = layer(rng, layout, dtype=dtype, **how)
    return x, w, b + dtype(3) if bias else np.zeros_like(b)


def backward_case(rng, layout, *, dtype=np.float64, **how):
    """(dout, x, w, b) of a layer that tiles."""
    x, w, b, places = layer(rng, layout, dtype=dtype, **how)
    return rng.normal(size=(len(x), len(w), *places)).astype(dtype), x, w, b


def compare(student, reference, function, arguments, slips=None, **how):
    """Raise `CheckFailed` unless a function answers as the reference does, in any dtype."""
    want = getattr(reference, function)(*arguments, **how)
    alike(getattr(student, function)(*arguments, **how), want, slips)


def ask(compared, pairs, prop, hint):
    """Compare in each layout under its setting."""
    for layout, setting in pairs:
        with checking(prop, hint):
            compared(layout, **setting)


def ask_both(compared, layouts):
    """Compare with stride and padding, wherever each of them alone is right."""
    for layout, both in spread(layouts, BOTH):
        alone = [partial(compared, layout, **{key: both[key]}) for key in both]
        if all(map(holds, alone)):
            with checking(*TOGETHER):
                compared(layout, **both)


def keeps_dtype(student, reference, rng, function, case):
    """Judge the dtype and the arguments of whatever a function returns."""
    for dtype in (np.float32, np.float64):
        answered = False
        for layout, how in ((SQUARE, {}), (TALL, {}), (WIDE, {"pad": 1}), (SQUARE, {"stride": 2})):
            arguments = case(rng, layout, dtype=dtype, **how)
            want = getattr(reference, function)(*arguments, **how)
            try:
                got = getattr(student, function)(*arguments, **how)
            except StudentError:
                continue
            answered = True
            with checking(
                f"{np.dtype(dtype)} in, {np.dtype(dtype)} out",
                hint="np.zeros and np.empty take a dtype",
            ):
                precise(got, dtype, want)
            with checking("no argument is changed in place", hint="copy before you write"):
                untouched(student)
        if not answered:
            raise CheckFailed(f"there is no answer yet for arrays of {np.dtype(dtype)}")


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


NAMING = ", with size, kernel, stride and pad"


def misfits():
    """Yield (property, x, kernel, (size, kernel, stride, pad), setting) for each of `MISFITS`."""
    for size, kernel, how, axis in MISFITS:
        prop = f"{('rows', 'columns')[axis]} that do not tile are refused{NAMING}"
        numbers = size[axis], kernel[axis], how["stride"], how.get("pad", 0)
        yield prop, np.zeros((1, 2, *size)), kernel, numbers, how


# im2col


def im2col_compared(student, reference, rng, layout, **how):
    compare(student, reference, "im2col", image_case(rng, layout, **how), **how)


def test_im2col_value(student, reference, rng):
    for size, taps in (((4, 4), 2), ((3, 3), 3), ((4, 4), 1), ((3, 4), 2)):
        x, kernel = rng.normal(size=(1, 1, *size)), (taps, taps)
        slips = {
            "each window is a row here: it should be a column": lambda x=x, kernel=kernel: (
                reference.im2col(x, kernel).swapaxes(1, 2)
            ),
            "the windows are read backwards": lambda x=x, kernel=kernel: reference.im2col(
                x, kernel
            )[:, ::-1],
        }
        with checking(
            "one image of one channel: each window, read row by row, is a column",
            hint="a row of the matrix for each tap, a column for each place",
        ):
            compare(student, reference, "im2col", (x, kernel), slips)


def test_im2col_order(student, reference, rng):
    compared = partial(im2col_compared, student, reference, rng)
    for layout in (*LAYOUTS, FEW, *CORNERS):
        with checking(
            "any number of images and channels, of any size",
            hint="taps go by channel, row, column of the window; places by row, column",
        ):
            compared(layout)


def test_im2col_stride(student, reference, rng):
    compared = partial(im2col_compared, student, reference, rng)
    layouts = judged_layouts(compared, TELLING, "test_im2col_order")
    ask(compared, spread(layouts, STRIDES), *MOVES)
    ask_both(compared, layouts)


def test_im2col_pad(student, reference, rng):
    compared = partial(im2col_compared, student, reference, rng)
    layouts = judged_layouts(compared, TELLING, "test_im2col_order")
    ask(compared, spread(layouts, PADS), *FRAMES)


def test_im2col_dtype(student, reference, rng):
    keeps_dtype(student, reference, rng, "im2col", image_case)


def test_im2col_refusal(student, reference, rng):
    for prop, x, kernel, numbers, how in misfits():
        with checking(prop, hint="is there a remainder? Ask for rows and for columns"):
            refuses(partial(student.im2col, x, kernel, **how), *numbers)
    with checking("sizes that fit are not refused"):
        student.im2col(np.zeros((1, 2, 11, 11)), (3, 3), stride=2)


# col2im


def col2im_compared(student, reference, rng, layout, **how):
    compare(student, reference, "col2im", columns_case(rng, layout, **how), **how)


def test_col2im_value(student, reference, rng):
    with checking(
        "one image of one channel: what overlaps is added",
        hint="+= each window where it was taken from; a[index] += drops repeated indices",
    ):
        for size, kernel in (((4, 4), (2, 2)), ((3, 3), (3, 3)), ((5, 5), (3, 3))):
            places = (size[0] - kernel[0] + 1) * (size[1] - kernel[1] + 1)
            shape = 1, kernel[0] * kernel[1], places
            for cols in (rng.normal(size=shape), np.ones(shape)):
                compare(student, reference, "col2im", (cols, (1, 1, *size), kernel))


def test_col2im_overlap(student, reference, rng):
    for layout in (*TELLING, *CORNERS):
        with checking(
            "any number of images and channels, of any size",
            hint="taps go by channel, row, column of the window; places by row, column",
        ):
            col2im_compared(student, reference, rng, layout)


def framed(student, reference, rng):
    """The comparison of `col2im` where it is right at stride 1: without padding, else with 1.

    What is wrong without padding only has been found by the cells about values.
    """
    for frame in ({}, {"pad": 1}):

        def compared(layout, frame=frame, **how):
            col2im_compared(student, reference, rng, layout, **{**frame, **how})

        if any(holds(partial(compared, layout)) for layout in TELLING):
            break
    return compared


def test_col2im_stride(student, reference, rng):
    compared = framed(student, reference, rng)
    layouts = judged_layouts(compared, TELLING, "test_col2im_overlap")
    prop = "with a stride the columns go where im2col took them from"
    hint = "window (i, j) starts at (i·stride, j·stride); what no window saw stays 0"
    ask(compared, spread(layouts, STRIDES), prop, hint)


def test_col2im_pad(student, reference, rng):
    compared = framed(student, reference, rng)
    layouts = judged_layouts(compared, TELLING, "test_col2im_overlap")
    prop = "with padding the frame is cut off, and x_shape comes back"
    hint = "collect on the padded image, then cut pad rows and columns on each side"
    ask(compared, spread(layouts, PADS), prop, hint)


def test_col2im_transpose(student, reference, rng):
    """The adjoint identity, with stride and padding together where each alone is right."""
    compared = framed(student, reference, rng)
    for layout, both in spread(judged_layouts(compared, TELLING, "test_col2im_overlap"), BOTH):
        alone = [partial(compared, layout, **{key: both[key]}) for key in both]
        if not all(map(holds, alone)):
            continue
        cols, x_shape, kernel = columns_case(rng, layout, **both)
        x = rng.normal(size=x_shape)
        with checking(
            "col2im is the transpose of im2col: <im2col(x), cols> = <x, col2im(cols)>",
            hint="stride and padding together: every number goes back to where im2col took it from",
        ):
            got = student.col2im(cols, x_shape, kernel, **both)
            shaped(got, x_shape)
            product = np.sum(reference.im2col(x, kernel, **both) * cols)
            alike(np.sum(got * x, keepdims=True), np.full((1, 1, 1, 1), product))


def test_col2im_dtype(student, reference, rng):
    keeps_dtype(student, reference, rng, "col2im", columns_case)


# conv2d_forward_im2col


def forward_compared(student, reference, rng, layout, **how):
    """Compare without biases, which have a cell of their own."""
    arguments = layer_case(rng, layout, bias=False, **how)
    compare(student, reference, "conv2d_forward_im2col", arguments, **how)


def test_conv2d_forward_im2col_value(student, reference, rng):
    function = "conv2d_forward_im2col"
    for channels, filters, width, taps in ((1, 1, 3, 2), (1, 2, 4, 2), (3, 1, 5, 3), (2, 2, 3, 1)):
        x = rng.normal(size=(1, channels, 3, width))
        w, b = rng.normal(size=(filters, channels, taps, taps)), np.zeros(filters)
        slips = {
            "the filters are turned around; leave them as they are": lambda x=x, w=w, b=b: (
                reference.conv2d_forward_im2col(x, w[:, :, ::-1, ::-1], b)
            )
        }
        with checking(
            "one image, without biases: W_row times X_col",
            hint="compare with the example that the notebook works by hand",
        ):
            compare(student, reference, function, (x, w, b), slips)


def test_conv2d_forward_im2col_volume(student, reference, rng):
    function = "conv2d_forward_im2col"
    for layout in (*LAYOUTS, *CORNERS):
        with checking(
            "any number of images, channels and filters, of any size",
            hint="reshape splits or joins neighbouring axes; to swap them takes transpose",
        ):
            forward_compared(student, reference, rng, layout)
    for layout in (*LAYOUTS, *WHOLE_IMAGES):
        x, w, b = layer_case(rng, layout)
        plain = reference.conv2d_forward_im2col(x, w, 0 * b)
        slips = {
            "the biases are not added": lambda plain=plain: plain,
            "every value gets the first bias": lambda plain=plain, b=b: plain + b[0],
        }
        with checking(
            "each filter's bias is added once to every value of its map",
            hint="the bias has one number for each filter: which axis is that?",
        ):
            compare(student, reference, function, (x, w, b), slips)


def test_conv2d_forward_im2col_geometry(student, reference, rng):
    compared = partial(forward_compared, student, reference, rng)
    layouts = judged_layouts(compared, TELLING, "test_conv2d_forward_im2col_volume")
    pairs = (*spread(layouts, STRIDES), *spread(layouts, PADS), *spread(layouts, BOTH))
    prop = "stride and padding, alone and together"
    ask(compared, pairs, prop, "both go to im2col, and into the shape that the result is folded to")


def test_conv2d_forward_im2col_dtype(student, reference, rng):
    keeps_dtype(student, reference, rng, "conv2d_forward_im2col", layer_case)


def test_conv2d_forward_im2col_refusal(student, reference, rng):
    for prop, x, kernel, _, how in misfits():
        with checking(prop.removesuffix(NAMING), hint="im2col refuses for you, if you let it"):
            w, b = np.zeros((2, 2, *kernel)), np.zeros(2)
            refuses(partial(student.conv2d_forward_im2col, x, w, b, **how))
    with checking("sizes that fit are not refused"):
        x, w = np.zeros((1, 2, 11, 11)), np.zeros((1, 2, 3, 3))
        student.conv2d_forward_im2col(x, w, np.zeros(1), stride=2)


def test_conv2d_forward_im2col_speed(student, reference, rng):
    """At least 15 times as fast as loops. A plain im2col is hundreds of times as fast.

    Both are timed by their processor time, which another process's load does not lengthen. It is
    the best of several tries, between which the loops run. Each try gets fresh numbers and must be
    right, so that neither a remembered nor a made-up answer helps. The loops take one image after
    another, so that one of the sixteen images costs them a sixteenth of the time. Biases are zero,
    and where padding is wrong there is none: each of them is judged in another cell.
    """

    def arguments(images=16):
        x, w = rng.normal(size=(images, 3, 20, 20)), rng.normal(size=(8, 3, 3, 3))
        return x, w, np.zeros(8)

    def right(how):
        compare(student, reference, "conv2d_forward_im2col", arguments(), **how)

    how = {"pad": 1} if holds(partial(right, {"pad": 1})) else {}
    with checking("fast, but not right", hint="the other cells say what is wrong"):
        right(how)
    with checking(
        "at least 15 times as fast as loops",
        hint="loop over the KH·KW taps, not over places; multiply everything at once",
    ):
        loops = mine = np.inf
        for _ in range(12):
            x, w, b = arguments()
            start = time.thread_time()
            convolve_by_loops(x[:1], w, b, **how)
            loops = min(loops, len(x) * (time.thread_time() - start))
            _, cpu, got = student.timed("conv2d_forward_im2col", x, w, b, **how)
            alike(got, reference.conv2d_forward_im2col(x, w, b, **how))
            mine = min(mine, cpu)
            if loops >= 15 * mine:
                return
        raise CheckFailed("it is slower than that")


def convolve_by_loops(x, w, b, *, pad=0):
    """What the race is run against: one dot product for each output value."""
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    (N, _, H, W), (F, _, KH, KW) = padded.shape, w.shape
    out = np.zeros((N, F, H + 1 - KH, W + 1 - KW))
    for n in range(N):
        for f in range(F):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    out[n, f, i, j] = np.sum(padded[n, :, i : i + KH, j : j + KW] * w[f]) + b[f]
    return out


# conv2d_backward_im2col


def one_gradient(student, reference, rng, which, prop, hint, layouts):
    """Judge one of the gradients without stride and padding."""
    for layout in layouts:
        with checking(prop, hint):
            arguments = backward_case(rng, layout)
            want = reference.conv2d_backward_im2col(*arguments)[which]
            alike(three_gradients(student.conv2d_backward_im2col(*arguments))[which], want)


def test_conv2d_backward_im2col_dx(student, reference, rng):
    prop = "dx collects from every window a pixel lies in, over all filters"
    hint = "W_row transposed times G, then col2im"
    one_gradient(student, reference, rng, 0, prop, hint, (*TELLING, *CORNERS))


def test_conv2d_backward_im2col_dw(student, reference, rng):
    prop = "dw collects from every place of every image"
    hint = "G times X_col transposed, over all images"
    one_gradient(student, reference, rng, 1, prop, hint, (*TELLING, *CORNERS))


def test_conv2d_backward_im2col_db(student, reference, rng):
    def answers(layout):
        return holds(partial(student.conv2d_backward_im2col, *backward_case(rng, layout)))

    # Where it raises, the cells of dx and dw say so.
    layouts = [layout for layout in (*LAYOUTS, FEW) if answers(layout)]
    if not layouts:
        raise CheckFailed("db cannot be judged before the function answers: see dx and dw")
    prop = "db is the sum of dout for each filter"
    one_gradient(student, reference, rng, 2, prop, "sum over images, rows and columns", layouts)


def test_conv2d_backward_im2col_geometry(student, reference, rng):
    """Only the gradients are asked about that are right at stride 1 and without padding."""

    def right(layout):
        arguments = backward_case(rng, layout)
        want = reference.conv2d_backward_im2col(*arguments)

        def same(which):
            grads = three_gradients(student.conv2d_backward_im2col(*arguments))
            alike(grads[which], want[which])

        return [which for which in range(3) if holds(partial(same, which))]

    judged = {layout: right(layout) for layout in (*LAYOUTS, FEW, *SQUARE_KERNELS[:2], ONE_ROW)}
    # What is right for db alone says nothing: it depends on neither.
    layouts = [layout for layout, which in judged.items() if which not in ([], [2])]
    if not layouts:
        raise CheckFailed("this cannot be judged before dx or dw is right at stride 1 and pad 0")
    for layout, how in (*spread(layouts, STRIDES), *spread(layouts, PADS), *spread(layouts, BOTH)):
        arguments = backward_case(rng, layout, **how)
        want = reference.conv2d_backward_im2col(*arguments, **how)
        with checking(
            "stride and padding, alone and together",
            hint="both go to im2col and to col2im; x.shape is without the frame",
        ):
            grads = three_gradients(student.conv2d_backward_im2col(*arguments, **how))
            for which in judged[layout]:
                with checking(("dx", "dw", "db")[which]):
                    alike(grads[which], want[which])


def test_conv2d_backward_im2col_dtype(student, reference, rng):
    for dtype in (np.float32, np.float64):
        answered = False
        for layout, how in ((SQUARE, {}), (TALL, {}), (WIDE, {"pad": 1}), (SQUARE, {"stride": 2})):
            arguments = backward_case(rng, layout, dtype=dtype, **how)
            want = reference.conv2d_backward_im2col(*arguments, **how)
            try:
                grads = student.conv2d_backward_im2col(*arguments, **how)
            except StudentError:
                continue
            with checking("no argument is changed in place", hint="copy before you write"):
                untouched(student)
            with checking(f"{np.dtype(dtype)} in, {np.dtype(dtype)} out, for all three gradients"):
                for got, exact in zip(three_gradients(grads), want, strict=True):
                    if type(got) is np.ndarray:  # whatever else it is costs its own cell
                        answered = True
                        precise(got, dtype, exact)
        if not answered:
            raise CheckFailed(f"there is no gradient yet for arrays of {np.dtype(dtype)}")
