"""What each test cell of `pooling` is graded by.

The values are fresh each time; the shapes are always the same, so that a wrong function cannot be
right by luck. In `LAYOUTS` no two lengths that students confuse are equal: images and channels;
rows and columns of plane and window; window and stride.
"""

import time
from functools import partial

import numpy as np

from autograder.checks.checking import agree, checking, precise, refuses, shaped, untouched
from autograder.checks.forbidden import Routes
from autograder.course.errors import CheckFailed, ForbiddenRoute

ROUTES = {
    "*": Routes(libraries=("torch", "scipy")),
    # The reference that stands in for it loops over places.
    "max_pool_forward_im2col": Routes(libraries=("torch", "scipy"), names=("max_pool_forward",)),
}

# (N, C), (KH, KW), stride, (OH, OW)
TILES = (
    ((2, 3), (2, 2), 2, (3, 5)),
    ((3, 2), (3, 3), 3, (3, 2)),
    ((1, 1), (1, 1), 1, (4, 3)),
    ((2, 3), (4, 5), 2, (1, 1)),  # one window as large as the plane
)
OVERLAPS = (
    ((2, 3), (3, 3), 2, (3, 5)),
    ((3, 2), (3, 2), 1, (5, 3)),
    ((2, 1), (2, 4), 2, (4, 2)),  # overlap in columns only
    ((1, 3), (4, 2), 2, (3, 4)),  # overlap in rows only
    ((2, 3), (5, 4), 2, (2, 4)),
)
GAPS = (
    ((2, 3), (1, 2), 3, (3, 2)),
    ((3, 2), (2, 1), 4, (2, 3)),
)
LAYOUTS = TILES + OVERLAPS + GAPS


def plane_of(layout):
    """The (H, W) that a layout's windows tile."""
    _, size, stride, places = layout
    return tuple((count - 1) * stride + taps for count, taps in zip(places, size, strict=True))


def volume(rng, layout, dtype=np.float64):
    """An x that a layout tiles, and the keywords to pool it with.

    No two values of x are equal, in float32 either, so that there is one right maximum.
    """
    lead, size, stride, _ = layout
    shape = (*lead, *plane_of(layout))
    ranks = rng.permutation(np.prod(shape)).reshape(shape)
    values = (ranks - ranks.size / 2 + rng.uniform(0.1, 0.4)) / 16
    return values.astype(dtype), {"size": size, "stride": stride}


def arriving(rng, layout, dtype=np.float64):
    """A dout for a layout."""
    lead, _, _, places = layout
    return rng.normal(size=(*lead, *places)).astype(dtype)


def misfits():
    """Planes that one direction's windows tile and the other's do not.

    Yields (direction, x, keywords, (size, window, stride)); the three numbers are those of the
    direction that fails, and no digit of the size stands in the other two.
    """
    for size, stride, steps in (((4, 6), 3, 7), ((3, 5), 2, 20), ((2, 7), 4, 12), ((3, 3), 7, 8)):
        for axis, direction in enumerate(("rows", "columns")):
            for left_over in {1, stride - 1}:
                plane = [steps * stride + taps for taps in size]
                plane[axis] += left_over
                x = np.zeros((1, 2, *plane))
                numbers = plane[axis], size[axis], stride
                yield direction, x, {"size": size, "stride": stride}, numbers


# Words that `autograder.checks.checking` does not have


def two_arrays(result):
    """out and switches; a mistake in one costs only the cells that look at it."""
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise CheckFailed("expected the two arrays (out, switches)")
    return result


def no_loop_over_places(student):
    """Raise `ForbiddenRoute` if more places mean more Python, or as much time as a loop takes.

    Forty more rows (or columns) of 12 or more places each are at least 480 places, so any loop over
    places runs that many lines more, and one over rows that works on each row at least six lines a
    row. The window has a single tap in the direction that grows, so that whoever lists indices with
    a comprehension, which is no loop over places, stays far below that. Loops over taps, images and
    channels do not grow at all. Results have more than 1,000 values of one magnitude in both cases,
    so that printing them costs the same.
    """
    # Not the check's own generator: a race takes as many numbers as it happens to have tries.
    rng = np.random.default_rng()
    for size in ((1, 3), (3, 1)):
        how = {"size": size, "stride": 1}
        count = partial(student.steps, NAME, **how)
        across, along = int(rng.integers(14, 20)), int(rng.integers(7, 11))
        with checking("a larger plane runs no more lines of Python"):
            count(rng.uniform(1, 2, size=(1, 2, 5, 6)))  # imports and caches, paid for once
            before, after = (
                count(rng.uniform(1, 2, size=(4, 6, *(plane if size[0] == 1 else plane[::-1]))))
                for plane in ((along, across), (along + 40, across))
            )
        if after - before >= 40 * 6:
            raise ForbiddenRoute(LOOPS)
    for size, stride in RACES:
        _race(student, rng, size, stride)


NAME = "max_pool_forward_im2col"
LOOPS = (
    "more places mean more lines of Python, so something loops over places; this function may "
    "loop over the taps of the window only"
)
TAPS, LINES, PLACES = 8, 500, 20
RACES = ((1, TAPS), 1), ((TAPS, 1), 2)


def _race(student, rng, size, stride):
    """The same from outside: who loops over places is as slow as a loop that is timed here.

    Lines are counted where the student's code runs, so a count can be forged; time cannot. Both
    are timed by their processor time, which another process's load does not lengthen. It is the
    best of several tries with fresh numbers, each of which must be right. The loop runs over lists,
    which is the fastest one; whoever works on all places at once is three times as fast at least.
    The plane is long and thin, so that a loop over its longer side alone is found, too.
    """
    lines = LINES + int(rng.integers(-20, 21))
    shape = (lines - 1) * stride + 1, (PLACES - 1) * stride + TAPS
    loop = mine = np.inf
    for _ in range(12):
        plane = rng.uniform(1, 2, size=shape)
        start = time.thread_time()
        want = pool_by_lists(plane[::stride].tolist(), stride)
        loop = min(loop, time.thread_time() - start)
        x, want = (one if size[0] == 1 else one.T for one in (plane, np.array(want)))
        with checking("the values of a large plane are right", hint="are they on a small one?"):
            x = x[None, None].copy()
            _, cpu, got = student.timed(NAME, x, size=size, stride=stride)
            agree(got, want[None, None].copy())
        mine = min(mine, cpu)
        if 1.5 * mine <= loop:
            return
    raise ForbiddenRoute(LOOPS)


def pool_by_lists(lines, stride):
    """The largest of each `TAPS` neighbours in a line, one place after another."""
    return [
        [max(line[at : at + TAPS]) for at in range(0, len(line) - TAPS + 1, stride)]
        for line in lines
    ]


# What all four forward functions are asked; `out` picks the output of what one returns


def check_windows(call, want, rng, layouts, prop, hint):
    for layout in layouts:
        x, how = volume(rng, layout)
        with checking(prop, hint):
            agree(call(x, **how), want(x, **how))


def check_dtype(student, call, want, rng):
    for dtype in (np.float32, np.float64):
        for layout in (TILES[0], OVERLAPS[0], OVERLAPS[1]):
            x, how = volume(rng, layout, dtype)
            kept = f"{np.dtype(dtype)} in, {np.dtype(dtype)} out"
            with checking(kept, hint="np.zeros takes a dtype"):
                got = call(x, **how)
                precise(got, dtype)
                if layout is TILES[0]:
                    agree(got, want(x, **how))
            with checking("x is not changed in place", hint="copy before you write"):
                untouched(student)


def check_refusal(function, call):
    for direction, x, how, numbers in misfits():
        with checking(
            f"{direction} that do not tile are refused, with size, window and stride",
            hint="ask pool_output_size once for rows and once for columns",
        ):
            refuses(partial(function, x, **how), *numbers)
    with checking("sizes that fit are not refused"):
        shaped(call(np.zeros((1, 2, 13, 13)), size=(3, 5), stride=2), (1, 2, 6, 5))
        shaped(call(np.zeros((2, 1, 7, 9)), size=(1, 3), stride=3), (2, 1, 3, 3))
        shaped(call(np.zeros((1, 1, 4, 5)), size=(4, 5), stride=3), (1, 1, 1, 1))


# max_pool_forward


def test_max_pool_forward_value(student, reference, rng):
    for size, plane in (((2, 2), (4, 4)), ((2, 2), (2, 2)), ((3, 3), (3, 3))):
        for _ in range(6):  # whatever corner the maximum is in
            x = rng.permutation(plane[0] * plane[1]).reshape(1, 1, *plane) + 1.0
            how = {"size": size, "stride": size[0]}
            with checking(
                "one plane, windows side by side: the largest value of each",
                hint="return (out, switches)",
            ):
                got, _ = two_arrays(student.max_pool_forward(x, **how))
                agree(got, reference.max_pool_forward(x, **how)[0])
    for corner in range(4):
        x = np.ones((1, 1, 2, 2))
        x.flat[corner] = rng.uniform(2, 3)
        with checking(
            "the largest value of a window is found wherever it stands",
            hint="all of KH·KW values take part",
        ):
            got, _ = two_arrays(student.max_pool_forward(x, size=(2, 2), stride=2))
            agree(got, x.max(axis=(2, 3), keepdims=True))


def test_max_pool_forward_negative(student, reference, rng):
    def compare(x, **how):
        got, _ = two_arrays(student.max_pool_forward(x, **how))
        agree(got, reference.max_pool_forward(x, **how)[0])

    for scale in (1e-3, 1, 1e6, 1e12, 1e30):
        x = -rng.uniform(1, 2, size=(1, 2, 4, 6)) * scale
        with checking(
            "windows whose values are all negative, however far below zero",
            hint="start from a value of the window, or from -inf",
        ):
            compare(x, size=(2, 2), stride=2)
    with checking(
        "a frame of -inf around x never wins", hint="where does the search for the maximum start?"
    ):
        framed = np.pad(
            rng.normal(size=(2, 1, 3, 5)), ((0, 0),) * 2 + ((1, 1),) * 2, constant_values=-np.inf
        )
        compare(framed, size=(2, 2), stride=1)
        compare(framed, size=(3, 3), stride=2)


def test_max_pool_forward_windows(student, reference, rng):
    def call(x, **how):
        return two_arrays(student.max_pool_forward(x, **how))[0]

    def want(x, **how):
        return reference.max_pool_forward(x, **how)[0]

    check_windows(
        call,
        want,
        rng,
        LAYOUTS,
        "out for windows and planes that are not square, side by side, overlapping or with gaps",
        "window (i, j) starts at (i·stride, j·stride) and has size[0] rows and size[1] columns",
    )


def test_max_pool_forward_switches(student, reference, rng):
    for layout in LAYOUTS:
        x, how = volume(rng, layout)
        with checking(
            "switches are int64 flat indices of the values taken, counted in their own plane",
            hint="row·W + column with the row and column of the plane, not of the window",
        ):
            _, got = two_arrays(student.max_pool_forward(x, **how))
            agree(got, reference.max_pool_forward(x, **how)[1])


def test_max_pool_forward_ties(student, reference, rng):
    def compare(x, **how):
        _, got = two_arrays(student.max_pool_forward(x, **how))
        _, want = reference.max_pool_forward(x, **how)
        # The place only: what type it has is paid for with the switches.
        if type(got) is not np.ndarray or got.shape != want.shape or not np.all(got == want):
            raise CheckFailed("another of the equal values was taken")

    with checking(
        "among equal values the first in row-major order is taken",
        hint="top row first, and within a row from the left; > and not >=",
    ):
        for size in ((2, 2), (3, 3), (2, 3), (3, 2)):
            taps = size[0] * size[1]
            how = {"size": size, "stride": max(size)}
            for first in range(taps):
                for second in range(first + 1, taps):
                    x = rng.uniform(-2, -1, size=(1, 1, *size))
                    x.flat[[first, second]] = rng.uniform(0, 1)
                    compare(x, **how)
        for value in (0.0, -1.5, 2.0):
            compare(np.full((2, 2, 6, 4), value), size=(2, 2), stride=2)
            compare(np.full((1, 2, 7, 5), value), size=(3, 3), stride=2)
        relu = np.maximum(rng.normal(size=(2, 2, 7, 9)) - 0.7, 0)
        relu[:, :, :3, :3] = 0
        compare(relu, size=(3, 3), stride=2)


def test_max_pool_forward_dtype(student, reference, rng):
    def call(x, **how):
        return two_arrays(student.max_pool_forward(x, **how))[0]

    check_dtype(student, call, lambda x, **how: reference.max_pool_forward(x, **how)[0], rng)


def test_max_pool_forward_refusal(student, reference, rng):
    check_refusal(
        student.max_pool_forward,
        lambda x, **how: two_arrays(student.max_pool_forward(x, **how))[0],
    )


# max_pool_backward


def compare_backward(student, reference, rng, layouts, prop, hint):
    for layout in layouts:
        x, how = volume(rng, layout)
        _, switches = reference.max_pool_forward(x, **how)
        dout = arriving(rng, layout)
        with checking(prop, hint):
            got = student.max_pool_backward(dout, switches, x.shape)
            agree(got, reference.max_pool_backward(dout, switches, x.shape))


def test_max_pool_backward_value(student, reference, rng):
    for _ in range(3):
        x = rng.permutation(16).reshape(1, 1, 4, 4) + 0.0
        _, switches = reference.max_pool_forward(x, size=(2, 2), stride=2)
        dout = rng.normal(size=(1, 1, 2, 2)) + 3
        with checking(
            "each gradient goes whole to the place its switch names, zero goes elsewhere",
            hint="flat index p is row p // W, column p % W",
        ):
            got = student.max_pool_backward(dout, switches, x.shape)
            agree(got, reference.max_pool_backward(dout, switches, x.shape))


def test_max_pool_backward_volume(student, reference, rng):
    compare_backward(
        student,
        reference,
        rng,
        TILES + GAPS,
        "several images and channels, planes that are not square",
        "a row has W values, and every plane counts its switches from 0",
    )


def test_max_pool_backward_overlap(student, reference, rng):
    for at in (12, int(rng.choice([6, 8, 16, 18]))):
        with checking(
            "a value that won several windows collects from all of them",
            hint="add up; a[indices] += values adds once where an index comes twice",
        ):
            side = 3 if at == 12 else 2
            switches = np.full((1, 1, side, side), at)
            dout = rng.normal(size=switches.shape)
            want = np.zeros((1, 1, 5, 5))
            want.flat[at] = dout.sum()
            agree(student.max_pool_backward(dout, switches, want.shape), want)
    for layout in OVERLAPS:
        x, how = volume(rng, layout)
        # Raise a value that several windows see, so that it wins them all, on any seed.
        (KH, KW), stride = how["size"], how["stride"]
        row, column = (KH - 1) // stride * stride, (KW - 1) // stride * stride
        x[:, :, row, column] += 1000
        _, switches = reference.max_pool_forward(x, **how)
        dout = arriving(rng, layout)
        with checking(
            "overlapping windows add their gradients up", hint="+= and not =, for every window"
        ):
            got = student.max_pool_backward(dout, switches, x.shape)
            agree(got, reference.max_pool_backward(dout, switches, x.shape))


def test_max_pool_backward_gradient(student, reference, rng):
    """Finite differences: no two values are nearer than 1/16, so a small step moves no maximum."""
    for layout in (TILES[0], OVERLAPS[0], OVERLAPS[1], GAPS[0]):
        x, how = volume(rng, layout)
        _, switches = reference.max_pool_forward(x, **how)
        dout = arriving(rng, layout)
        with checking("dx is the slope of the loss", hint="compare with finite differences"):
            got = student.max_pool_backward(dout, switches, x.shape)
            if type(got) is not np.ndarray or got.shape != x.shape:
                raise CheckFailed("dx has another shape than x")
            # One random direction is enough: a wrong gradient agrees along it with chance 0.
            step = rng.uniform(-1, 1, size=x.shape) / 64
            up, down = (reference.max_pool_forward(x + s * step, **how)[0] for s in (1, -1))
            agree(float(np.sum(got * step)), float(np.sum(dout * (up - down)) / 2))


def test_max_pool_backward_dtype(student, reference, rng):
    for dtype in (np.float32, np.float64):
        for layout in (TILES[0], OVERLAPS[0]):
            x, how = volume(rng, layout, dtype)
            _, switches = reference.max_pool_forward(x, **how)
            dout = arriving(rng, layout, dtype)
            kept = f"{np.dtype(dtype)} in, {np.dtype(dtype)} out"
            with checking(kept, hint="np.zeros takes a dtype"):
                got = student.max_pool_backward(dout, switches, x.shape)
                precise(got, dtype)
                if layout is TILES[0]:
                    agree(got, reference.max_pool_backward(dout, switches, x.shape))
            with checking("no argument is changed in place", hint="copy before you write"):
                untouched(student)


# avg_pool_forward


def test_avg_pool_forward_value(student, reference, rng):
    for plane, size in (((4, 4), (2, 2)), ((3, 3), (3, 3)), ((2, 4), (2, 2))):
        x = rng.normal(size=(1, 1, *plane)) + 2
        how = {"size": size, "stride": size[0]}
        with checking("one plane, windows side by side: the mean of each", hint="sum / (KH·KW)"):
            agree(student.avg_pool_forward(x, **how), reference.avg_pool_forward(x, **how))


def test_avg_pool_forward_windows(student, reference, rng):
    check_windows(
        student.avg_pool_forward,
        reference.avg_pool_forward,
        rng,
        LAYOUTS,
        "windows and planes that are not square, side by side, overlapping or with gaps",
        "each plane on its own; divide by the window's KH·KW, whatever the stride is",
    )


def test_avg_pool_forward_dtype(student, reference, rng):
    check_dtype(student, student.avg_pool_forward, reference.avg_pool_forward, rng)


def test_avg_pool_forward_refusal(student, reference, rng):
    check_refusal(student.avg_pool_forward, student.avg_pool_forward)


# avg_pool_backward


def test_avg_pool_backward_value(student, reference, rng):
    for turn, size, name in (((0, 1, 2, 3), (1, 2), "row"), ((0, 1, 3, 2), (2, 1), "column")):
        dout = rng.normal(size=(1, 1, 1, 3)).transpose(turn).copy()
        x_shape = tuple(np.array((1, 1, 1, 4))[list(turn)].tolist())
        with checking(
            f"in a {name}, each gradient is shared out in equal parts, and parts add up",
            hint="dout / (KH·KW) to every value of the window, with +=",
        ):
            got = student.avg_pool_backward(dout, x_shape, size=size, stride=1)
            agree(got, reference.avg_pool_backward(dout, x_shape, size=size, stride=1))
    dout = rng.normal(size=(1, 1, 2, 2))
    with checking("windows side by side", hint="each value belongs to one window"):
        got = student.avg_pool_backward(dout, (1, 1, 4, 4), size=(2, 2), stride=2)
        agree(got, np.kron(dout, np.full((1, 1, 2, 2), 0.25)))


def test_avg_pool_backward_windows(student, reference, rng):
    for layout in LAYOUTS:
        x, how = volume(rng, layout)
        dout = arriving(rng, layout)
        with checking(
            "windows and planes that are not square, side by side, overlapping or with gaps",
            hint="window (i, j) starts at (i·stride, j·stride); values in no window get zero",
        ):
            got = student.avg_pool_backward(dout, x.shape, **how)
            agree(got, reference.avg_pool_backward(dout, x.shape, **how))
        with checking(
            "dx is the slope of the loss: a mean is linear, so moving x by itself moves the loss "
            "by dx times x",
            hint="compare with finite differences",
        ):
            slope = float(np.sum(dout * reference.avg_pool_forward(x, **how)))
            agree(float(np.sum(got * x)), slope)


def test_avg_pool_backward_dtype(student, reference, rng):
    for dtype in (np.float32, np.float64):
        for layout in (TILES[0], OVERLAPS[0], OVERLAPS[1]):
            x, how = volume(rng, layout, dtype)
            dout = arriving(rng, layout, dtype)
            kept = f"{np.dtype(dtype)} in, {np.dtype(dtype)} out"
            with checking(kept, hint="np.zeros takes a dtype"):
                got = student.avg_pool_backward(dout, x.shape, **how)
                precise(got, dtype)
                if layout is TILES[0]:
                    agree(got, reference.avg_pool_backward(dout, x.shape, **how))
            with checking("dout is not changed in place", hint="copy before you divide"):
                untouched(student)


# l2_pool_forward


def test_l2_pool_forward_value(student, reference, rng):
    for plane, size in (((4, 4), (2, 2)), ((3, 3), (3, 3)), ((2, 4), (2, 2)), ((1, 3), (1, 1))):
        x = rng.normal(size=(1, 1, *plane))
        x.flat[0] = -abs(x.flat[0]) - 1  # at least one negative value
        how = {"size": size, "stride": size[0]}
        with checking(
            "one plane, windows side by side: the root of the sum of squares",
            hint="square, sum, root; nothing is divided, and no sign survives",
        ):
            agree(student.l2_pool_forward(x, **how), reference.l2_pool_forward(x, **how))
    with checking("a window of zeros has length zero"):
        agree(
            student.l2_pool_forward(np.zeros((1, 1, 2, 2)), size=(2, 2), stride=2),
            np.zeros((1,) * 4),
        )


def test_l2_pool_forward_windows(student, reference, rng):
    check_windows(
        student.l2_pool_forward,
        reference.l2_pool_forward,
        rng,
        LAYOUTS,
        "windows and planes that are not square, side by side, overlapping or with gaps",
        "each plane on its own; window (i, j) starts at (i·stride, j·stride)",
    )


def test_l2_pool_forward_dtype(student, reference, rng):
    check_dtype(student, student.l2_pool_forward, reference.l2_pool_forward, rng)


def test_l2_pool_forward_refusal(student, reference, rng):
    check_refusal(student.l2_pool_forward, student.l2_pool_forward)


# max_pool_forward_im2col


def max_only(reference):
    return lambda x, **how: reference.max_pool_forward(x, **how)[0]


def test_max_pool_forward_im2col_windows(student, reference, rng):
    no_loop_over_places(student)
    call, want = student.max_pool_forward_im2col, max_only(reference)
    check_windows(
        call,
        want,
        rng,
        LAYOUTS,
        "windows and planes that are not square, side by side, overlapping or with gaps",
        "a tap's slice starts at (u, v), goes on in steps of stride, and has OH × OW values",
    )
    for layout in (TILES[0], OVERLAPS[0]):
        x, how = volume(rng, layout)
        with checking("windows whose values are all negative", hint="no zeros may take part"):
            for shift in (1e3, 1e30):
                below = x * shift / 1e3 - shift
                agree(call(below, **how), want(below, **how))
    with checking("a frame of -inf around x never wins"):
        framed = np.pad(
            rng.normal(size=(2, 1, 3, 5)), ((0, 0),) * 2 + ((1, 1),) * 2, constant_values=-np.inf
        )
        agree(call(framed, size=(3, 3), stride=2), want(framed, size=(3, 3), stride=2))


def test_max_pool_forward_im2col_taps(student, reference, rng):
    no_loop_over_places(student)
    for size, plane in (((1, 3), (47, 14)), ((3, 1), (14, 47)), ((3, 2), (17, 12))):
        x = rng.normal(size=(1, 2, *plane))
        with checking("and the values are right", hint="cut each tap's slice to OH × OW"):
            got = student.max_pool_forward_im2col(x, size=size, stride=1)
            agree(got, reference.max_pool_forward(x, size=size, stride=1)[0])


def test_max_pool_forward_im2col_dtype(student, reference, rng):
    no_loop_over_places(student)
    check_dtype(student, student.max_pool_forward_im2col, max_only(reference), rng)


def test_max_pool_forward_im2col_refusal(student, reference, rng):
    no_loop_over_places(student)
    check_refusal(student.max_pool_forward_im2col, student.max_pool_forward_im2col)
