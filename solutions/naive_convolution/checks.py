"""What each test cell of `naive_convolution` is graded by.

The values are fresh each time; the sizes are those of `autograder.checks.layouts`.

A slip is paid once. A cell judges the one thing in its name, and leaves out the layouts in which a
function is wrong without it, because that has its own cell. Where no layout is left, the cell is
lost. Only the cells about dtypes look at dtypes.
"""

from contextlib import suppress
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

ROUTES = {
    "*": Routes(
        libraries=("torch", "scipy"),
        names=("sliding_window_view", "as_strided", "stride_tricks", "strides"),
    )
}


def telling_numbers(rng, stride, left_over):
    """size, kernel, stride, pad that do not tile, none of them found inside another.

    A message that leaves one out cannot seem to name it, as "112" would seem to name 11 or 2. The
    pad is a multiple of the stride, so that whoever counts it wrong has the same remainder.
    """
    while True:
        kernel, pad = int(rng.integers(31, 60)), stride * int(rng.integers(2, 8))
        size = (int(rng.integers(20, 30)) - 1) * stride + left_over + kernel - 2 * pad
        words = [str(number) for number in (size, kernel, stride, pad)]
        if size > kernel and sum(word in other for word in words for other in words) == len(words):
            return size, kernel, stride, pad


def case(rng, function, layout, *, bias=True, dtype=np.float64, **how):
    """(x, w, b) for a forward function; a locally connected layer has w and b for every place."""
    x, w, b, places = layer(rng, layout, dtype=dtype, **how)
    if function == "locally_connected_forward":
        shapes = (*places, *w.shape), (*b.shape, *places)
        w, b = (rng.normal(size=shape).astype(dtype) for shape in shapes)
    return x, w, b + dtype(3) if bias else np.zeros_like(b)


def backward_case(rng, reference, layout, *, dtype=np.float64, **how):
    """(dout, x, w, b) of a layer that tiles, and the reference's three gradients."""
    x, w, b, places = layer(rng, layout, dtype=dtype, **how)
    dout = rng.normal(size=(len(x), len(w), *places)).astype(dtype)
    return (dout, x, w, b), reference.conv2d_backward(dout, x, w, b, **how)


# What the cells of the three forward functions have in common


def compare(student, reference, function, arguments, slips=None, **how):
    """Raise `CheckFailed` unless a function answers as the reference does, in any dtype."""
    want = getattr(reference, function)(*arguments, **how)
    alike(getattr(student, function)(*arguments, **how), want, slips)


def compare_without_bias(student, reference, rng, function, layout, **how):
    """The same on fresh numbers, with biases of zero, because the bias is judged elsewhere."""
    arguments = case(rng, function, layout, bias=False, **how)
    compare(student, reference, function, arguments, **how)


def strides_alone(compared, layouts, **how):
    """Compare with strides and no padding."""
    for layout, setting in spread(layouts, STRIDES):
        with checking(
            "a stride moves the window that many rows and columns",
            hint="window (i, j) starts at (i·stride, j·stride)",
        ):
            compared(layout, **how, **setting)


def pads_alone(compared, layouts, **how):
    """Compare with padding at stride 1."""
    for layout, setting in spread(layouts, PADS):
        with checking(
            "padding puts zeros on all four sides",
            hint="pad rows and columns, before and after; leave images and channels alone",
        ):
            compared(layout, **how, **setting)


def strides_with_pads(compared, layouts, **how):
    """Compare with both, wherever each of them alone is right."""
    for layout, both in spread(layouts, BOTH):
        alone = [partial(compared, layout, **how, **{key: both[key]}) for key in both]
        if all(map(holds, alone)):
            with checking(
                "stride and padding together",
                hint="first the zeros, then the windows, counted with both",
            ):
                compared(layout, **how, **both)


def keeps_dtype(student, reference, rng, function, **how):
    """Judge the dtype and the arguments of whatever a forward function returns."""
    for dtype in (np.float32, np.float64):
        answered = False
        for layout, pad in ((SQUARE, 0), (TALL, 0), (WIDE, 1)):
            arguments = case(rng, function, layout, dtype=dtype, pad=pad, **how)
            want = getattr(reference, function)(*arguments, pad=pad, **how)
            try:
                got = getattr(student, function)(*arguments, pad=pad, **how)
            except StudentError:
                continue
            answered = True
            with checking(
                f"{np.dtype(dtype)} in, {np.dtype(dtype)} out", hint="np.zeros takes a dtype"
            ):
                precise(got, dtype, want)
            with checking("no argument is changed in place", hint="copy before you write"):
                untouched(student)
        if not answered:
            raise CheckFailed(f"there is no answer yet for arrays of {np.dtype(dtype)}")


def refuses_misfits(student, function, settings, hint):
    """Judge what a forward function does with sizes that do not tile, where it takes those that do.

    Any ValueError will do: what it says was asked of `conv_output_size`.
    """
    places, asked = (4, 5), False

    def call(size, kernel, **how):
        w, b = np.zeros((2, 2, *kernel)), np.zeros(2)
        if function == "locally_connected_forward":
            w, b = np.zeros((*places, *w.shape)), np.zeros((2, *places))
        return getattr(student, function)(np.zeros((1, 2, *size)), w, b, **how)

    for kernel in ((3, 3), (3, 5), (3, 1), (1, 3)):
        for how in settings if kernel == (3, 3) else settings[:1]:
            stride, pad, dilation = how["stride"], how.get("pad", 0), how.get("dilation", 1)
            fit = [
                (count - 1) * stride + (taps - 1) * dilation + 1 - 2 * pad
                for count, taps in zip(places, kernel, strict=True)
            ]
            try:
                shaped(call(fit, kernel, **how), (1, 2, *places))
            except (StudentError, CheckFailed):
                continue  # the cells about sizes say so
            asked = True
            for axis, direction in enumerate(("rows", "columns")):
                size = list(fit)
                size[axis] += 1
                with checking(f"{direction} that do not tile are refused", hint):
                    refuses(partial(call, size, kernel, **how))
    if not asked:
        raise CheckFailed("sizes that fit give no array of the right shape, or are refused")


# conv_output_size


def test_conv_output_size_values(student, reference, rng):
    def compare(size, kernel, **how):
        got = student.conv_output_size(size, kernel, **how)
        if not number(got) or got != reference.conv_output_size(size, kernel, **how):
            raise CheckFailed("another number came back")

    with checking("the cases shown in the notebook", hint="(size - kernel + 2·pad)/stride + 1"):
        compare(7, 3)
        compare(7, 3, stride=2)
        compare(5, 3, stride=1, pad=1)
        compare(5, 3, stride=2, pad=1)
        compare(227, 11, stride=4)
    with checking(
        "the number of places, for any stride and padding",
        hint="padding counts on both sides; the + 1 stands outside the division",
    ):
        for pad in (0, 1, 2, 5):
            for stride in (1, 2, 3, 7):
                for kernel in (7, 9, 11):
                    places = int(rng.integers(12, 40))
                    size = (places - 1) * stride + kernel - 2 * pad
                    compare(size, kernel, stride=stride, pad=pad)
    with checking("the number of places, where the function takes the sizes at all"):
        for size, kernel, how in UNUSUAL:
            with suppress(StudentError):  # to refuse what fits costs another cell
                compare(size, kernel, **how)


# Sizes that fit, but that a function may refuse by mistake: a kernel as large as the padded input,
# or larger than the input without its padding, a stride beyond the kernel
UNUSUAL = (
    (1, 1, {}),
    (4, 4, {"stride": 3}),
    (9, 9, {"stride": 4}),
    (3, 7, {"pad": 2}),
    (3, 5, {"pad": 2, "stride": 2}),
    (13, 1, {"stride": 3}),
    (8, 2, {"stride": 6}),
    (16, 3, {"stride": 5, "pad": 1}),
)


def number(value):
    """Whether a value is a whole number, whatever its type."""
    return isinstance(value, int | float | np.integer | np.floating)


def test_conv_output_size_int(student, reference, rng):
    with checking("the number of places is an int", hint="/ gives a float; // keeps integers"):
        for size, kernel, how in ((7, 3, {}), (7, 3, {"stride": 2}), (5, 3, {"pad": 1})):
            got = student.conv_output_size(size, kernel, **how)
            if isinstance(got, bool) or not isinstance(got, int | np.integer):
                raise CheckFailed("something else came back")


def test_conv_output_size_refusals(student, reference, rng):
    def refused(size, kernel, *, stride=1, pad=0):
        refuses(partial(student.conv_output_size, size, kernel, stride=stride, pad=pad))

    def pads():
        got = student.conv_output_size(9, 3, stride=1, pad=2)
        if not number(got) or got != 11:
            raise CheckFailed("padding is judged in another cell")

    with checking("sizes that do not tile are refused", hint="is there a remainder?"):
        for stride in (2, 3, 4, 7):
            for left_over in {1, stride - 1}:
                size, kernel, _, pad = telling_numbers(rng, stride, left_over)
                refused(size, kernel, stride=stride, pad=pad)
    with checking("a stride below 1 is refused", hint="look before you divide by it"):
        refused(9, 3, stride=0)
        refused(9, 3, stride=-1)
        refused(9, 3, stride=-2)
    with checking("a kernel below 1 is refused"):
        refused(9, 0)
        refused(9, -1)
    with checking("negative padding is refused"):
        refused(9, 3, pad=-1)
        refused(9, 3, stride=2, pad=-2)
    with checking(
        "a kernel larger than the padded input is refused",
        hint="also where the division would come out even",
    ):
        refused(3, 4)
        refused(3, 6, pad=1)
        refused(3, 5, stride=2)
        refused(2, 14, stride=3, pad=3)
    with checking(
        "sizes that fit are not refused",
        hint="a kernel may be as large as the padded input, and a stride larger than the kernel",
    ):
        padding_is_right = holds(pads)
        for size, kernel, how in ((9, 3, {"stride": 2}), *UNUSUAL):
            if padding_is_right or "pad" not in how:
                student.conv_output_size(size, kernel, **{"stride": 1, "pad": 0, **how})


def test_conv_output_size_message(student, reference, rng):
    with checking(
        "the message about sizes that do not tile names size, kernel, stride and pad",
        hint="put the four numbers into the ValueError's message",
    ):
        for stride in (2, 3, 4, 7):
            for left_over in {1, stride - 1}:
                numbers = size, kernel, _, pad = telling_numbers(rng, stride, left_over)
                call = partial(student.conv_output_size, size, kernel, stride=stride, pad=pad)
                refuses(call, *numbers)


# conv2d_forward


LINES = (*LAYOUTS, ONE_ROW, ONE_COLUMN)


def test_conv2d_forward_value(student, reference, rng):
    b = np.zeros(1)
    for channels in (1, 3):
        for side, taps in ((3, 2), (5, 3), (4, 4), (3, 1)):
            x = rng.normal(size=(1, channels, side, side))
            w = rng.normal(size=(1, channels, taps, taps))
            slips = {
                "the filter is turned around; lay it down as it is": lambda x=x, w=w: (
                    reference.conv2d_forward(x, w[:, :, ::-1, ::-1], b)
                ),
                "zeros are put around the image although pad is 0": lambda x=x, w=w: (
                    reference.conv2d_forward(x, w, b, pad=1)
                ),
            }
            with checking(
                "one image and one filter: window times filter, summed over all channels",
                hint="compare with the example that the notebook works by hand",
            ):
                compare(student, reference, "conv2d_forward", (x, w, b), slips)


def test_conv2d_forward_volume(student, reference, rng):
    compared = partial(compare, student, reference, "conv2d_forward")
    for layout in (*LAYOUTS, *CORNERS):
        with checking(
            "any number of images, channels and filters, of any size",
            hint="rows with rows and columns with columns; one map for each filter of each image",
        ):
            compared(case(rng, "conv2d_forward", layout, bias=False))
    for layout in (*LAYOUTS, *WHOLE_IMAGES):
        x, w, b = case(rng, "conv2d_forward", layout)
        with checking(
            "each filter's bias is added once to every value of its map",
            hint="the bias stands outside the sums",
        ):
            compared((x, w, b), bias_slips(reference.conv2d_forward(x, w, 0 * b), b[0]))


def bias_slips(plain, first):
    """Hints, and what computes the values by which they are recognized, from those without bias."""
    return {
        "the biases are not added": lambda: plain,
        "every value gets the first bias": lambda: plain + first,
    }


def test_conv2d_forward_stride(student, reference, rng):
    compared = partial(compare_without_bias, student, reference, rng, "conv2d_forward")
    layouts = judged_layouts(compared, LINES, "test_conv2d_forward_volume")
    strides_alone(compared, layouts)
    strides_with_pads(compared, layouts)


def test_conv2d_forward_pad(student, reference, rng):
    compared = partial(compare_without_bias, student, reference, rng, "conv2d_forward")
    pads_alone(compared, judged_layouts(compared, LINES, "test_conv2d_forward_volume"))


def test_conv2d_forward_dtype(student, reference, rng):
    keeps_dtype(student, reference, rng, "conv2d_forward")


def test_conv2d_forward_refusal(student, reference, rng):
    settings = {"stride": 2}, {"stride": 3}, {"stride": 3, "pad": 1}
    hint = "ask conv_output_size once for rows and once for columns"
    refuses_misfits(student, "conv2d_forward", settings, hint)


# conv2d_backward


def one_gradient(student, reference, rng, which, prop, hint, layouts):
    """Judge one of the gradients without stride and padding."""
    for layout in layouts:
        arguments, want = backward_case(rng, reference, layout)
        with checking(prop, hint):
            alike(three_gradients(student.conv2d_backward(*arguments))[which], want[which])


def test_conv2d_backward_dx(student, reference, rng):
    prop = "dx collects from every window a pixel lies in, over all filters"
    hint = "+= the filter times dout, at the window's place"
    one_gradient(student, reference, rng, 0, prop, hint, (*LAYOUTS, FEW, *CORNERS))


def test_conv2d_backward_dw(student, reference, rng):
    prop = "dw collects from every place of every image"
    hint = "+= the window times dout; nothing is turned around"
    one_gradient(student, reference, rng, 1, prop, hint, (*LAYOUTS, FEW, *CORNERS))


def test_conv2d_backward_db(student, reference, rng):
    def answers(layout):
        return holds(partial(student.conv2d_backward, *backward_case(rng, reference, layout)[0]))

    # Where it raises, the cells of dx and dw say so.
    layouts = [layout for layout in (*LAYOUTS, FEW) if answers(layout)]
    if not layouts:
        raise CheckFailed("db cannot be judged before the function answers: see dx and dw")
    prop = "db is the sum of dout for each filter"
    one_gradient(student, reference, rng, 2, prop, "sum over images, rows and columns", layouts)


# With filters of 1 × 1 and 2 × 2 taps and one row of pixels; not those with a single window or one
# column, in which some wrong functions cannot but be right
TELLING = (*LAYOUTS, FEW, *SQUARE_KERNELS[:2], ONE_ROW)


def test_conv2d_backward_geometry(student, reference, rng):
    """Only the gradients are asked about that are right at stride 1 and without padding."""

    def right(layout):
        arguments, want = backward_case(rng, reference, layout)

        def same(which):
            alike(three_gradients(student.conv2d_backward(*arguments))[which], want[which])

        return [which for which in range(3) if holds(partial(same, which))]

    judged = {layout: right(layout) for layout in TELLING}
    # What is right for db alone says nothing: it depends on neither.
    layouts = [layout for layout, which in judged.items() if which not in ([], [2])]
    if not layouts:
        raise CheckFailed("this cannot be judged before dx or dw is right at stride 1 and pad 0")
    for layout, how in (*spread(layouts, STRIDES), *spread(layouts, PADS), *spread(layouts, BOTH)):
        arguments, want = backward_case(rng, reference, layout, **how)
        with checking(*(MOVED if "stride" in how else FRAMED)):
            grads = three_gradients(student.conv2d_backward(*arguments, **how))
            for which in judged[layout]:
                with checking(("dx", "dw", "db")[which]):
                    alike(grads[which], want[which])


MOVED = (
    "with a stride the gradients go where the windows were",
    "window (i, j) starts at (i·stride, j·stride), as in forward",
)
FRAMED = (
    "with padding the gradients are those of the padded input, without its frame",
    "pad x, collect, and cut pad rows and columns off on each side",
)


def test_conv2d_backward_dtype(student, reference, rng):
    for dtype in (np.float32, np.float64):
        answered = False
        for layout, how in ((SQUARE, {}), (TALL, {}), (WIDE, {"pad": 1})):
            arguments, want = backward_case(rng, reference, layout, dtype=dtype, **how)
            try:
                grads = student.conv2d_backward(*arguments, **how)
            except StudentError:
                continue
            with checking("no argument is changed in place", hint="copy before you write"):
                untouched(student)
            with checking(
                f"{np.dtype(dtype)} in, {np.dtype(dtype)} out, for all three gradients",
                hint="np.zeros_like keeps the dtype",
            ):
                for got, exact in zip(three_gradients(grads), want, strict=True):
                    if type(got) is np.ndarray:  # whatever else it is costs its own cell
                        answered = True
                        precise(got, dtype, exact)
        if not answered:
            raise CheckFailed(f"there is no gradient yet for arrays of {np.dtype(dtype)}")


# dilated_conv2d_forward

ROWS = (2, 2, 3), (3, 1), (4, 5)
COLUMNS = (2, 2, 3), (1, 3), (5, 4)
LARGE = (1, 2, 1), (5, 7), (2, 2)


def test_dilated_conv2d_forward_value(student, reference, rng):
    compared = partial(compare_without_bias, student, reference, rng, "dilated_conv2d_forward")
    dilations = tuple({"dilation": dilation} for dilation in (1, 2, 3, 4, 5))
    layouts = SQUARE, ROWS, COLUMNS, TALL, WIDE, LARGE
    for layout, how in ((TALL, {}), *spread(layouts, dilations)):
        with checking(
            "the taps stand `dilation` apart, in rows and in columns",
            hint="dilation 1 is the ordinary convolution; the span is (taps - 1)·dilation + 1",
        ):
            compared(layout, **how)


def test_dilated_conv2d_forward_geometry(student, reference, rng):
    function, how = "dilated_conv2d_forward", {"dilation": 2}
    compared = partial(compare_without_bias, student, reference, rng, function)
    layouts = (SQUARE, ROWS, COLUMNS, TALL, WIDE)
    layouts = judged_layouts(compared, layouts, f"test_{function}_value", **how)
    strides_alone(compared, layouts, **how)
    pads_alone(compared, layouts, **how)
    strides_with_pads(compared, layouts, **how)
    for layout in layouts:
        x, w, b = case(rng, function, layout, **how)
        slips = bias_slips(reference.dilated_conv2d_forward(x, w, 0 * b, **how), b[0])
        with checking("each filter's bias is added once to every value of its map"):
            compare(student, reference, function, (x, w, b), slips, **how)


def test_dilated_conv2d_forward_dtype(student, reference, rng):
    keeps_dtype(student, reference, rng, "dilated_conv2d_forward", dilation=2)


def test_dilated_conv2d_forward_refusal(student, reference, rng):
    settings = {"stride": 2, "dilation": 2}, {"stride": 3, "pad": 1, "dilation": 2}
    hint = "give conv_output_size the span of the filter, not its number of taps"
    refuses_misfits(student, "dilated_conv2d_forward", settings, hint)


# locally_connected_forward


def test_locally_connected_forward_value(student, reference, rng):
    function = "locally_connected_forward"
    layouts = ROW_OF_PLACES, COLUMN_OF_PLACES, *LAYOUTS
    for layout in (*layouts, *CORNERS):
        with checking(
            "each place uses weights of its own",
            hint="w[i, j] belongs to place (i, j), for any number of images and channels",
        ):
            compare_without_bias(student, reference, rng, function, layout)
    for layout in layouts:
        x, w, b = case(rng, function, layout)
        with checking(
            "each place adds a bias of its own, once", hint="b[:, i, j], outside the sum"
        ):
            plain = reference.locally_connected_forward(x, w, 0 * b)
            compare(student, reference, function, (x, w, b), bias_slips(plain, b[:, :1, :1]))


ROW_OF_PLACES = (1, 1, 1), (1, 2), (1, 4)
COLUMN_OF_PLACES = (1, 1, 1), (2, 1), (4, 1)


def test_locally_connected_forward_geometry(student, reference, rng):
    function = "locally_connected_forward"
    compared = partial(compare_without_bias, student, reference, rng, function)
    layouts = (*LAYOUTS, ROW_OF_PLACES, COLUMN_OF_PLACES)
    layouts = judged_layouts(compared, layouts, f"test_{function}_value")
    strides_alone(compared, layouts)
    pads_alone(compared, layouts)
    strides_with_pads(compared, layouts)


def test_locally_connected_forward_dtype(student, reference, rng):
    keeps_dtype(student, reference, rng, "locally_connected_forward")


def test_locally_connected_forward_refusal(student, reference, rng):
    settings = {"stride": 2}, {"stride": 3, "pad": 1}
    hint = "w's shape says OH and OW; ask conv_output_size whether they are true"
    refuses_misfits(student, "locally_connected_forward", settings, hint)
