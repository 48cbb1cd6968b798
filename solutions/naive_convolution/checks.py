"""What each test cell of `naive_convolution` is graded by.

The values are fresh each time; the shapes are always the same, so that a wrong function cannot be
right by luck. In `LAYOUTS` no two lengths that students confuse are equal: images, channels and
filters; rows and columns of input, filter and output.
"""

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

ROUTES = {
    "*": Routes(
        libraries=("torch", "scipy"),
        names=("sliding_window_view", "as_strided", "stride_tricks", "strides"),
    )
}

# (N, C, F), (KH, KW), (OH, OW): one with more rows than columns, one with fewer
TALL = (2, 3, 4), (4, 2), (6, 5)
WIDE = (3, 4, 2), (2, 4), (5, 6)
LAYOUTS = TALL, WIDE
# More taps than places, where what slides over `dout` falls off
FEW = (3, 2, 4), (6, 3), (3, 2)


def layer(rng, layout, *, stride=1, pad=0, dilation=1, dtype=np.float64):
    """x, w, b of a layer that tiles, and its (OH, OW)."""
    (N, C, F), kernel, places = layout
    H, W = (
        (count - 1) * stride + (taps - 1) * dilation + 1 - 2 * pad
        for count, taps in zip(places, kernel, strict=True)
    )
    shapes = (N, C, H, W), (F, C, *kernel), (F,)
    return (*(rng.normal(size=shape).astype(dtype) for shape in shapes), places)


def local_layer(rng, layout, **how):
    """The same for a locally connected layer: weights and biases for every place."""
    x, w, b, places = layer(rng, layout, **how)
    shapes = (*places, *w.shape), (*b.shape, *places)
    return (x, *(rng.normal(size=shape).astype(x.dtype) for shape in shapes), places)


def backward_case(rng, reference, layout, *, dtype=np.float64, **how):
    """(dout, x, w, b) of a layer that tiles, and the reference's three gradients."""
    x, w, b, places = layer(rng, layout, dtype=dtype, **how)
    dout = rng.normal(size=(len(x), len(w), *places)).astype(dtype)
    return (dout, x, w, b), reference.conv2d_backward(dout, x, w, b, **how)


def misfits(settings):
    """Sizes whose windows tile one direction and not the other.

    For each keyword setting yields (direction, x, w, (size, kernel, stride, pad), setting); the
    four numbers are those of the direction that fails.
    """
    for setting in settings:
        stride, pad = setting["stride"], setting.get("pad", 0)
        for axis, direction in enumerate(("rows", "columns")):
            kernel, places = (3, 5), (4, 5)
            size = [
                (count - 1) * stride + (taps - 1) * setting.get("dilation", 1) + 1 - 2 * pad
                for count, taps in zip(places, kernel, strict=True)
            ]
            size[axis] += 1
            numbers = size[axis], kernel[axis], stride, pad
            yield direction, np.zeros((1, 2, *size)), np.zeros((2, 2, *kernel)), numbers, setting


def telling_numbers(rng, stride, left_over):
    """size, kernel, stride, pad that do not tile, none of them found inside another.

    A message that leaves one out cannot seem to name it, as "112" would seem to name 11 or 2.
    """
    while True:
        kernel, pad = int(rng.integers(31, 60)), int(rng.integers(11, 20))
        size = (int(rng.integers(20, 30)) - 1) * stride + left_over + kernel - 2 * pad
        words = [str(number) for number in (size, kernel, stride, pad)]
        if sum(word in other for word in words for other in words) == len(words):
            return size, kernel, stride, pad


# Words that `autograder.checks.checking` does not have


def refuses_naming_one_of(call, choices, *mentions):
    """`refuses`, where it is enough that the message names one of the `choices`."""
    for choice in choices[:-1]:
        try:
            return refuses(call, choice, *mentions)
        except CheckFailed:
            pass
    return refuses(call, choices[-1], *mentions)


# conv_output_size


def test_conv_output_size_values(student, reference, rng):
    def compare(size, kernel, **how):
        want = reference.conv_output_size(size, kernel, **how)
        agree(student.conv_output_size(size, kernel, **how), want)

    with checking("the cases shown in the notebook", hint="(size - kernel + 2·pad)/stride + 1"):
        compare(7, 3)
        compare(7, 3, stride=2)
        compare(5, 3, stride=1, pad=1)
        compare(5, 3, stride=2, pad=1)
        compare(227, 11, stride=4)
        compare(4, 4, stride=3)
    with checking(
        "the number of places, as an int, for any stride and padding",
        hint="padding counts on both sides; the + 1 stands outside the division; divide with //",
    ):
        for pad in (0, 1, 2, 5):
            for stride in (1, 2, 3, 7):
                for kernel in (1, 4, 11):
                    places = int(rng.integers(12, 40))
                    size = (places - 1) * stride + kernel - 2 * pad
                    compare(size, kernel, stride=stride, pad=pad)
    with checking("a kernel as large as the padded input has one place"):
        compare(9, 9, stride=4)
        compare(3, 7, stride=1, pad=2)


def test_conv_output_size_refusals(student, reference, rng):
    def refused(size, kernel, *mentions, **how):
        refuses(partial(student.conv_output_size, size, kernel, **how), *mentions)

    with checking(
        "sizes that do not tile are refused, and the message names size, kernel, stride and pad",
        hint="is there a remainder? Raise ValueError and put the four numbers in its message",
    ):
        for stride in (2, 3, 4, 7):
            for left_over in {1, stride - 1}:
                numbers = telling_numbers(rng, stride, left_over)
                size, kernel, _, pad = numbers
                refused(size, kernel, *numbers, stride=stride, pad=pad)
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
    with checking("sizes that fit are not refused"):
        agree(student.conv_output_size(9, 3, stride=2), 4)
        agree(student.conv_output_size(9, 3, stride=2, pad=1), 5)
        agree(student.conv_output_size(1, 1), 1)


# conv2d_forward


def test_conv2d_forward_value(student, reference, rng):
    for channels in (1, 3):
        for side, taps in ((3, 2), (5, 3), (4, 4), (3, 1)):
            x = rng.normal(size=(1, channels, side, side))
            w = rng.normal(size=(1, channels, taps, taps))
            with checking(
                "one image and one filter: window times filter, plus bias",
                hint="nothing is flipped; the sum runs over all channels; the bias is added once",
            ):
                for b in (np.zeros(1), rng.normal(size=1) + 3):
                    agree(student.conv2d_forward(x, w, b), reference.conv2d_forward(x, w, b))


def test_conv2d_forward_volume(student, reference, rng):
    for layout in LAYOUTS:
        x, w, b, _ = layer(rng, layout)
        with checking(
            "several images, channels and filters, none of them square",
            hint="rows with rows and columns with columns; one map for each filter of each image",
        ):
            agree(student.conv2d_forward(x, w, b), reference.conv2d_forward(x, w, b))


def test_conv2d_forward_stride(student, reference, rng):
    for layout in LAYOUTS:
        for how in ({"stride": 2}, {"stride": 3}, {"stride": 2, "pad": 1}, {"stride": 3, "pad": 2}):
            x, w, b, _ = layer(rng, layout, **how)
            with checking(
                "a stride moves the window that many rows and columns",
                hint="window (i, j) starts at (i·stride, j·stride)",
            ):
                want = reference.conv2d_forward(x, w, b, **how)
                agree(student.conv2d_forward(x, w, b, **how), want)


def test_conv2d_forward_pad(student, reference, rng):
    for layout in LAYOUTS:
        for pad in (1, 2):
            x, w, b, _ = layer(rng, layout, pad=pad)
            with checking(
                "padding puts zeros on all four sides",
                hint="pad rows and columns, before and after; leave images and channels alone",
            ):
                want = reference.conv2d_forward(x, w, b, pad=pad)
                agree(student.conv2d_forward(x, w, b, pad=pad), want)


def test_conv2d_forward_dtype(student, reference, rng):
    for dtype in (np.float32, np.float64):
        kept = f"{np.dtype(dtype)} in, {np.dtype(dtype)} out"
        x, w, b, _ = layer(rng, TALL, dtype=dtype)
        with checking(kept, hint="np.zeros takes a dtype"):
            agree(student.conv2d_forward(x, w, b), reference.conv2d_forward(x, w, b))
        with checking("no argument is changed in place", hint="copy before you write"):
            untouched(student)
        x, w, b, _ = layer(rng, WIDE, pad=1, dtype=dtype)
        with checking(f"{kept}, with padding", hint="np.zeros takes a dtype"):
            precise(student.conv2d_forward(x, w, b, pad=1), dtype)
        with checking("no argument is changed in place", hint="copy before you write"):
            untouched(student)


def test_conv2d_forward_refusal(student, reference, rng):
    settings = {"stride": 2}, {"stride": 3}, {"stride": 3, "pad": 1}
    for direction, x, w, numbers, how in misfits(settings):
        with checking(
            f"{direction} that do not tile are refused, with size, kernel, stride and pad",
            hint="ask conv_output_size once for rows and once for columns",
        ):
            refuses(partial(student.conv2d_forward, x, w, np.zeros(2), **how), *numbers)
    with checking("sizes that fit are not refused"):
        x, w = np.zeros((1, 1, 9, 9)), np.zeros((1, 1, 3, 3))
        shaped(student.conv2d_forward(x, w, np.zeros(1), stride=2), (1, 1, 4, 4))


# conv2d_backward


def test_conv2d_backward_dx(student, reference, rng):
    for layout in (*LAYOUTS, FEW):
        arguments, want = backward_case(rng, reference, layout)
        with checking(
            "dx collects from every window a pixel lies in, over all filters",
            hint="+= the filter times dout, at the window's place",
        ):
            agree(three_gradients(student.conv2d_backward(*arguments))[0], want[0])


def test_conv2d_backward_dw(student, reference, rng):
    for layout in (*LAYOUTS, FEW):
        arguments, want = backward_case(rng, reference, layout)
        with checking(
            "dw collects from every place of every image",
            hint="+= the window times dout; nothing is flipped",
        ):
            agree(three_gradients(student.conv2d_backward(*arguments))[1], want[1])


def test_conv2d_backward_db(student, reference, rng):
    for layout in (*LAYOUTS, FEW):
        arguments, want = backward_case(rng, reference, layout)
        with checking(
            "db is the sum of dout for each filter", hint="sum over images, rows and columns"
        ):
            agree(three_gradients(student.conv2d_backward(*arguments))[2], want[2])


def test_conv2d_backward_stride(student, reference, rng):
    for layout in LAYOUTS:
        for how in ({"stride": 2}, {"stride": 3}, {"stride": 2, "pad": 1}):
            arguments, want = backward_case(rng, reference, layout, **how)
            with checking(
                "with a stride the gradients go where the windows were",
                hint="window (i, j) starts at (i·stride, j·stride), as in forward",
            ):
                agree(three_gradients(student.conv2d_backward(*arguments, **how)), want)


def test_conv2d_backward_pad(student, reference, rng):
    for layout in LAYOUTS:
        for pad in (1, 2):
            arguments, want = backward_case(rng, reference, layout, pad=pad)
            with checking(
                "with padding the gradients are those of the padded input, without its frame",
                hint="pad x, collect, and cut pad rows and columns off on each side",
            ):
                agree(three_gradients(student.conv2d_backward(*arguments, pad=pad)), want)


def test_conv2d_backward_gradient(student, reference, rng):
    """Finite differences: convolution is linear in x, in w and in b, so any step is exact."""
    for layout, how in ((TALL, {}), (WIDE, {"stride": 2, "pad": 1}), (TALL, {"pad": 2})):
        *arrays, places = layer(rng, layout, **how)
        dout = rng.normal(size=(len(arrays[0]), len(arrays[1]), *places))
        with checking(
            "each gradient is the slope of the loss", hint="compare with finite differences"
        ):
            grads = three_gradients(student.conv2d_backward(dout, *arrays, **how))
            for which, got in enumerate(grads):
                # One random direction is enough: a wrong gradient agrees along it with chance 0.
                step = rng.normal(size=arrays[which].shape)
                slope = 0
                for sign in (1, -1):
                    moved = list(arrays)
                    moved[which] = moved[which] + sign * step
                    out = reference.conv2d_forward(*moved, **how)
                    slope += sign * np.sum(dout * out) / 2
                agree(slope_along(got, step), slope)


def test_conv2d_backward_dtype(student, reference, rng):
    for dtype in (np.float32, np.float64):
        for layout, how in ((TALL, {}), (WIDE, {"pad": 1})):
            arguments, want = backward_case(rng, reference, layout, dtype=dtype, **how)
            with checking(
                f"{np.dtype(dtype)} in, {np.dtype(dtype)} out, for all three gradients",
                hint="np.zeros_like keeps the dtype",
            ):
                grads = three_gradients(student.conv2d_backward(*arguments, **how))
                for got in grads:
                    precise(got, dtype)
                if not how:
                    agree(grads, want)
            with checking("no argument is changed in place", hint="copy before you write"):
                untouched(student)


# dilated_conv2d_forward


def test_dilated_conv2d_forward_value(student, reference, rng):
    for dilation in (1, 2, 3):
        for turn in ((0, 1, 2, 3), (0, 1, 3, 2)):
            x = rng.normal(size=(1, 1, 1, 9)).transpose(turn)
            w, b = rng.normal(size=(1, 1, 1, 3)).transpose(turn), rng.normal(size=1)
            with checking(
                "the taps of a row or a column stand `dilation` apart",
                hint="dilation 1 is the ordinary convolution; the span is (taps - 1)·dilation + 1",
            ):
                want = reference.dilated_conv2d_forward(x, w, b, dilation=dilation)
                agree(student.dilated_conv2d_forward(x, w, b, dilation=dilation), want)
            with checking("no argument is changed in place", hint="copy before you write"):
                untouched(student)


def test_dilated_conv2d_forward_geometry(student, reference, rng):
    for layout in LAYOUTS:
        for stride, pad, dilation in ((1, 0, 2), (2, 0, 2), (2, 1, 3), (3, 2, 2), (2, 1, 1)):
            how = {"stride": stride, "pad": pad, "dilation": dilation}
            x, w, b, _ = layer(rng, layout, **how)
            with checking(
                "stride, padding and dilation work together",
                hint="stride moves the window, dilation spreads its taps: in rows and in columns",
            ):
                want = reference.dilated_conv2d_forward(x, w, b, **how)
                agree(student.dilated_conv2d_forward(x, w, b, **how), want)
        x, w, b, _ = layer(rng, layout)
        with checking("stride 1, no padding and dilation 1 are what you get without asking"):
            want = reference.dilated_conv2d_forward(x, w, b)
            agree(student.dilated_conv2d_forward(x, w, b), want)
        x, w, b, _ = layer(rng, layout, pad=1, dilation=2, dtype=np.float32)
        with checking("float32 in, float32 out", hint="np.zeros takes a dtype"):
            precise(student.dilated_conv2d_forward(x, w, b, pad=1, dilation=2), np.float32)


def test_dilated_conv2d_forward_refusal(student, reference, rng):
    settings = {"stride": 2, "dilation": 2}, {"stride": 3, "pad": 1, "dilation": 2}
    for direction, x, w, (size, taps, stride, pad), how in misfits(settings):
        with checking(
            f"{direction} that do not tile are refused, with size, kernel, stride and pad",
            hint="give conv_output_size the span of the filter, not its number of taps",
        ):
            call = partial(student.dilated_conv2d_forward, x, w, np.zeros(2), **how)
            span = (taps - 1) * how["dilation"] + 1
            refuses_naming_one_of(call, (taps, span), size, stride, pad)
    with checking("sizes that fit are not refused"):
        x, w = np.zeros((1, 1, 11, 11)), np.zeros((1, 1, 3, 3))
        got = student.dilated_conv2d_forward(x, w, np.zeros(1), stride=2, dilation=2)
        shaped(got, (1, 1, 4, 4))


# locally_connected_forward


def test_locally_connected_forward_value(student, reference, rng):
    for name, image, places, taps in (
        ("row", (1, 5), (1, 4), (1, 2)),
        ("column", (5, 1), (4, 1), (2, 1)),
    ):
        x, w = rng.normal(size=(1, 1, *image)), rng.normal(size=(*places, 1, 1, *taps))
        b = rng.normal(size=(1, *places))
        with checking(
            f"each place of a {name} uses weights and a bias of its own",
            hint="w[i, j] and b[:, i, j] belong to place (i, j)",
        ):
            want = reference.locally_connected_forward(x, w, b)
            agree(student.locally_connected_forward(x, w, b), want)


def test_locally_connected_forward_geometry(student, reference, rng):
    for layout in LAYOUTS:
        for how in ({}, {"stride": 2}, {"pad": 2}, {"stride": 3, "pad": 1}):
            x, w, b, _ = local_layer(rng, layout, **how)
            with checking(
                "images, channels, filters, stride and padding work as in a convolution",
                hint="w is (OH, OW, F, C, KH, KW), b is (F, OH, OW)",
            ):
                want = reference.locally_connected_forward(x, w, b, **how)
                agree(student.locally_connected_forward(x, w, b, **how), want)
        x, w, b, (OH, OW) = layer(rng, layout)
        with checking("with the same weights at every place it is an ordinary convolution"):
            same_w = np.tile(w, (OH, OW, 1, 1, 1, 1))
            same_b = np.tile(b[:, None, None], (1, OH, OW))
            got = student.locally_connected_forward(x, same_w, same_b)
            agree(got, reference.conv2d_forward(x, w, b))
        x, w, b, _ = local_layer(rng, layout, pad=1, dtype=np.float32)
        with checking("float32 in, float32 out, and no argument changed in place"):
            precise(student.locally_connected_forward(x, w, b, pad=1), np.float32)
            untouched(student)


def test_locally_connected_forward_refusal(student, reference, rng):
    for direction, x, shared, numbers, how in misfits(({"stride": 2}, {"stride": 3, "pad": 1})):
        w, b = np.zeros((4, 5, *shared.shape)), np.zeros((2, 4, 5))
        with checking(
            f"{direction} that do not tile are refused, with size, kernel, stride and pad",
            hint="w's shape says OH and OW; ask conv_output_size whether they are true",
        ):
            refuses(partial(student.locally_connected_forward, x, w, b, **how), *numbers)
    with checking("sizes that fit are not refused"):
        x, w, b = np.zeros((1, 1, 9, 9)), np.zeros((4, 4, 1, 1, 3, 3)), np.zeros((1, 4, 4))
        shaped(student.locally_connected_forward(x, w, b, stride=2), (1, 1, 4, 4))
