"""What each test cell of `pooling` is graded by.

The values are fresh each time; the shapes are always the same, so that a wrong function cannot be
right by luck. In `LAYOUTS` no two lengths that students confuse are equal: images and channels;
rows and columns of plane and window; window and stride.

A cell judges what its name says. One that is not about strides asks for windows as large as the
plane, or side by side; one that is not about images and channels asks for a single plane; and the
dtype is looked at in the cells about the dtype only.
"""

import time
from functools import partial

import numpy as np

from autograder.checks.checking import alike, checking, holds, precise, refuses, untouched
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
STRIPS = (
    ((2, 3), (1, 3), 4, (1, 4)),  # planes of one row
    ((3, 2), (3, 1), 2, (4, 1)),  # planes of one column
)
# Square windows that do not overlap, on planes that are not square.
SQUARES = (*TILES[:3], ((2, 3), (2, 2), 3, (3, 2)), ((3, 2), (1, 1), 4, (2, 3)))
# Each side of a window and each stride from 1 to 8.
SIZES = tuple(((2, 1), (n, 9 - n), stride, (2, 3)) for n in range(1, 9) for stride in (n, 9 - n))
LAYOUTS = TILES + OVERLAPS + GAPS + STRIPS + SIZES


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


def single(rng, *sides):
    """Planes of distinct values above zero, each as large as its window, and their keywords."""
    for side in sides:
        ranks = rng.permutation(side * side) + rng.uniform(1.1, 1.9)
        x = (ranks**2).reshape(1, 1, side, side)  # their mean is not their median
        yield x, {"size": (side, side), "stride": side}


def misfits():
    """Planes that one direction's windows tile and the other's do not.

    Yields (direction, x, keywords, (size, window, stride)); the three numbers are those of the
    direction that fails, and no digit of the size stands in the other two. The windows are square,
    so that rows and columns differ in nothing but their size.
    """
    for window, stride, steps in ((4, 3, 7), (5, 2, 20), (2, 7, 12), (3, 4, 15)):
        for axis, direction in enumerate(("rows", "columns")):
            for left_over in {1, stride - 1}:
                plane = [steps * stride + window] * 2
                plane[axis] += left_over
                how = {"size": (window, window), "stride": stride}
                yield direction, np.zeros((1, 2, *plane)), how, (plane[axis], window, stride)


# Words that `autograder.checks.checking` does not have


def two_arrays(result):
    """out and switches; a mistake in one costs only the cells that look at it."""
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise CheckFailed("expected the two arrays (out, switches)")
    return result


def taken(x, switches):
    """The values of x that the switches name.

    Raises `CheckFailed` where they are no places of x's planes.
    """
    if type(switches) is not np.ndarray or switches.shape[:2] != x.shape[:2]:
        raise CheckFailed("switches is no array (N, C, OH, OW)")
    flat, H, W = switches.reshape(*x.shape[:2], -1), *x.shape[2:]
    if flat.dtype.kind not in "iuf" or not np.all((flat >= 0) & (flat < H * W) & (flat % 1 == 0)):
        raise CheckFailed("some switches are no places of the plane")
    values = np.take_along_axis(x.reshape(*x.shape[:2], H * W), flat.astype(np.int64), axis=2)
    return values.reshape(switches.shape)


def same_places(got, want):
    """The same switches, whatever type they have."""
    if type(got) is not np.ndarray or got.shape != want.shape or not np.all(got == want):
        raise CheckFailed("another of the equal values was taken")


def no_loop_over_places(student, strides=(1, 1)):
    """Raise `ForbiddenRoute` if more places mean more Python, or as much time as a loop takes.

    Every cell of the function asks, by single planes of values above zero: what is wrong about
    channels, signs or strides is paid for with the windows. `strides` are those that it races at.

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
    for size, stride in zip(((1, TAPS), (TAPS, 1)), strides, strict=True):
        _race(student, rng, size, stride)


NAME = "max_pool_forward_im2col"
LOOPS = (
    "more places mean more lines of Python, so something loops over places; this function may "
    "loop over the taps of the window only"
)
TAPS, LINES, PLACES = 8, 500, 20


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
            alike(got, want[None, None].copy())
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


# What all four forward functions are asked


def check_single_windows(call, want, rng, prop, hint, slips=None):
    """One window as large as its plane: what is kept of it, and nothing about where windows lie.

    slips : from what is right, the keywords to hints and the wrong values that each is known by
    """
    for x, how in single(rng, 1, 2, 3, 6):
        with checking(prop, hint):
            right = want(x, **how)
            alike(call(x, **how), right, slips and slips(right, **how))


def check_windows(call, want, rng, prop, hint, slips=None):
    for layout in LAYOUTS:
        x, how = volume(rng, layout)
        with checking(prop, hint):
            right = want(x, **how)
            alike(call(x, **how), right, slips and slips(right, **how))


def mean_slips(mean, *, size, stride):
    """What a mean is taken for, or divided by."""
    taps = size[0] * size[1]
    return {
        "these are KH·KW times too large: divide by the window's KH·KW": lambda: mean * taps,
        "KH·KW stands below the fraction bar, not stride²": lambda: mean * taps / stride**2,
        "KH·KW stands below the fraction bar, not KH²": lambda: mean * taps / size[0] ** 2,
        "KH·KW stands below the fraction bar, not KW²": lambda: mean * taps / size[1] ** 2,
    }


def norm_slips(norm, *, size, stride):
    """What an L2 norm is taken for."""
    return {
        "this is the root of the mean: nothing is divided": lambda: norm / np.sqrt(np.prod(size)),
        "these are the sums of squares: the root is missing": lambda: norm**2,
    }


def check_dtype(student, call, want, rng):
    for dtype in (np.float32, np.float64):
        for layout in TILES[:2]:
            x, how = volume(rng, layout, dtype)
            with checking(
                f"{np.dtype(dtype)} in, {np.dtype(dtype)} out", hint="np.zeros takes a dtype"
            ):
                precise(call(x, **how), dtype, want(x, **how))
            with checking("x is not changed in place", hint="copy before you write"):
                untouched(student)


def check_refusal(function, *, message=False):
    """ValueError for what does not tile; one function is asked what its message says."""
    for direction, x, how, numbers in misfits():
        with checking(
            f"{direction} that do not tile are refused" + message * ", with size, window, stride",
            hint="ask pool_output_size once for rows and once for columns",
        ):
            refuses(partial(function, x, **how), *(numbers if message else ()))
    for plane, window, stride in (((13, 9), 3, 2), ((7, 10), 1, 3), ((4, 4), 4, 3), ((6, 9), 3, 3)):
        with checking("sizes that fit are not refused", hint="a remainder of 0 is none"):
            function(np.zeros((1, 2, *plane)), size=(window, window), stride=stride)


# max_pool_forward


def outputs(student):
    """`max_pool_forward`, of which out comes back."""
    return lambda x, **how: two_arrays(student.max_pool_forward(x, **how))[0]


def max_only(reference):
    return lambda x, **how: reference.max_pool_forward(x, **how)[0]


def test_max_pool_forward_value(student, reference, rng):
    for _ in range(6):  # whatever corner the maximum is in
        check_single_windows(
            outputs(student),
            max_only(reference),
            rng,
            "one window as large as the plane: its largest value",
            "all of KH·KW values take part; return (out, switches)",
        )
    for corner in range(4):
        x = np.ones((1, 1, 2, 2))
        x.flat[corner] = rng.uniform(2, 3)
        with checking(
            "the largest value of a window is found wherever it stands",
            hint="all of KH·KW values take part",
        ):
            alike(outputs(student)(x, size=(2, 2), stride=2), x.max(axis=(2, 3), keepdims=True))


def below_zero(student, rng, scale):
    """Compare out for single windows of negative values; raises `CheckFailed` if it is wrong."""
    for x, how in single(rng, 2, 3):
        x = -x * scale
        alike(outputs(student)(x, **how), x.max(axis=(2, 3), keepdims=True))


def test_max_pool_forward_negative(student, reference, rng):
    for scale in (1e-3, 1, 1e6, 1e12, 1e30):
        with checking(
            "windows whose values are all negative, however far below zero",
            hint="start from a value of the window, or from -inf",
        ):
            below_zero(student, rng, scale)
    for side in (1, 2):
        x = rng.normal(size=(1, 1, side, side)) - 3
        framed = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
        with checking(
            "a frame of -inf around x never wins",
            hint="where does the search for the maximum start?",
        ):
            got = outputs(student)(framed, size=(side + 2,) * 2, stride=side + 2)
            alike(got, x.max(axis=(2, 3), keepdims=True))


def test_max_pool_forward_windows(student, reference, rng):
    def above_zero(x, **how):
        return outputs(student)(x - x.min() + 1, **how)

    def want(x, **how):
        return reference.max_pool_forward(x - x.min() + 1, **how)[0]

    check_windows(
        above_zero,
        want,
        rng,
        "out for windows and planes that are not square, side by side, overlapping or with gaps",
        "window (i, j) starts at (i·stride, j·stride) and has size[0] rows and size[1] columns",
    )


def first_of_equals(student, rng):
    """Among equal values the first in row-major order is taken, in single windows and in planes."""
    prop = "among equal values the first in row-major order is taken"
    hint = "top row first, and within a row from the left; > and not >="
    for side in (2, 3):
        for first in range(side * side):
            for second in range(first + 1, side * side):
                x = rng.uniform(1, 2, size=(1, 1, side, side))
                x.flat[[first, second]] = rng.uniform(3, 4)
                with checking(prop, hint):
                    _, got = two_arrays(student.max_pool_forward(x, size=(side, side), stride=side))
                    same_places(got, np.full((1, 1, 1, 1), first))
    above = [np.full((2, 2, 6, 4), 2.0), np.round(rng.uniform(1, 3, size=(2, 2, 6, 4)))]
    below = [np.full((1, 2, 6, 6), value) for value in (0.0, -1.5)]
    # Rounded, so that no two values differ by less than a plane falls below.
    below.append(np.maximum(np.round(rng.normal(size=(2, 2, 6, 6)) - 0.7, 2), 0))
    # What happens below zero is paid for elsewhere.
    for x in above + below * holds(lambda: below_zero(student, rng, 1)):
        with checking(
            "in planes of equal values, and in what a ReLU leaves, each window takes its own first",
            hint="look for the maximum in the window, not in the whole plane",
        ):
            # Each plane falls slightly from place to place, so that the first of equals wins.
            falling = x - 1e-4 * np.arange(x[0, 0].size).reshape(x[0, 0].shape)
            _, want = two_arrays(student.max_pool_forward(falling, size=(2, 2), stride=2))
            _, got = two_arrays(student.max_pool_forward(x, size=(2, 2), stride=2))
            same_places(got, want)


def test_max_pool_forward_switches(student, reference, rng):
    right = 0
    for layout in (*SQUARES, *LAYOUTS):
        x, how = volume(rng, layout)
        x = x - x.min() + 1
        want = reference.max_pool_forward(x, **how)[0]
        is_right = holds(lambda x=x, how=how, want=want: alike(outputs(student)(x, **how), want))
        if not is_right and layout not in SQUARES:
            continue  # where windows lie is paid for elsewhere
        right += is_right and min(want.size, np.prod(how["size"])) > 1
        with checking(
            "a switch is the place of the value in out, counted in its own plane",
            hint="row·W + column with the row and column of the plane, not of the window",
        ):
            out, switches = two_arrays(student.max_pool_forward(x, **how))
            if type(out) is not np.ndarray:
                raise CheckFailed("out is no array")
            alike(taken(x, switches), out)
    if not right:
        raise CheckFailed("out is nowhere right, so its switches name nothing")
    first_of_equals(student, rng)


def test_max_pool_forward_ties(student, reference, rng):
    first_of_equals(student, rng)


def test_max_pool_forward_dtype(student, reference, rng):
    check_dtype(student, outputs(student), max_only(reference), rng)
    x, how = volume(rng, TILES[0])
    with checking("switches are int64", hint="np.zeros takes a dtype"):
        precise(two_arrays(student.max_pool_forward(x, **how))[1], np.int64)


def test_max_pool_forward_refusal(student, reference, rng):
    check_refusal(student.max_pool_forward, message=True)


# max_pool_backward

# A single square plane each, so that rows and columns, images and channels cannot be confused.
APART = ((1, 1), (2, 2), 2, (3, 3)), ((1, 1), (1, 1), 3, (2, 2))
SHARED = (
    ((1, 1), (3, 3), 2, (3, 3)),
    ((1, 1), (2, 2), 1, (4, 4)),
    ((1, 1), (6, 6), 1, (3, 3)),
    ((1, 1), (8, 8), 5, (2, 2)),
)


def question(reference, rng, layout):
    """(x, keywords, switches, dout) for a layout.

    A value that several windows see is raised, so that it wins them all, on any seed.
    """
    x, how = volume(rng, layout)
    (KH, KW), stride = how["size"], how["stride"]
    x[:, :, (KH - 1) // stride * stride, (KW - 1) // stride * stride] += 1000
    _, switches = reference.max_pool_forward(x, **how)
    return x, how, switches, arriving(rng, layout)


def compare_backward(student, reference, rng, layouts):
    for layout in layouts:
        x, _, switches, dout = question(reference, rng, layout)
        got = student.max_pool_backward(dout, switches, x.shape)
        alike(got, reference.max_pool_backward(dout, switches, x.shape))


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
            alike(got, reference.max_pool_backward(dout, switches, x.shape))


def test_max_pool_backward_volume(student, reference, rng):
    for layout in (*TILES, *GAPS):
        with checking(
            "several images and channels, planes that are not square",
            hint="a row has W values, and every plane counts its switches from 0",
        ):
            compare_backward(student, reference, rng, [layout])


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
            alike(student.max_pool_backward(dout, switches, want.shape), want)
    for layout in SHARED:
        with checking(
            "overlapping windows add their gradients up", hint="+= and not =, for every window"
        ):
            compare_backward(student, reference, rng, [layout])


def test_max_pool_backward_gradient(student, reference, rng):
    """Finite differences: no two values are nearer than 1/16, so a small step moves no maximum.

    Volumes and overlapping windows come in where their own cells find nothing wrong.
    """
    layouts = [*APART]
    volumes, overlaps = (
        holds(partial(compare_backward, student, reference, rng, some))
        for some in (TILES[:2], SHARED[:2])
    )
    layouts += [TILES[0], GAPS[0]] * volumes + [*SHARED] * overlaps
    layouts += [*OVERLAPS, *SIZES[:6]] * (volumes and overlaps)
    for layout in layouts:
        x, how, switches, dout = question(reference, rng, layout)
        with checking("dx is the slope of the loss", hint="compare with finite differences"):
            got = student.max_pool_backward(dout, switches, x.shape)
            if type(got) is not np.ndarray or got.shape != x.shape:
                raise CheckFailed("dx has another shape than x")
            # One random direction is enough: a wrong gradient agrees along it with chance 0.
            step = rng.uniform(-1, 1, size=x.shape) / 64
            up, down = (reference.max_pool_forward(x + s * step, **how)[0] for s in (1, -1))
            slope = np.array(np.sum(dout * (up - down)) / 2)
            alike(np.array(np.sum(got * step)), slope)


def test_max_pool_backward_dtype(student, reference, rng):
    for dtype in (np.float32, np.float64):
        for layout in TILES[:2]:
            x, how = volume(rng, layout, dtype)
            _, switches = reference.max_pool_forward(x, **how)
            dout = arriving(rng, layout, dtype)
            with checking(
                f"{np.dtype(dtype)} in, {np.dtype(dtype)} out", hint="np.zeros takes a dtype"
            ):
                got = student.max_pool_backward(dout, switches, x.shape)
                precise(got, dtype, reference.max_pool_backward(dout, switches, x.shape))
            with checking("no argument is changed in place", hint="copy before you write"):
                untouched(student)


# avg_pool_forward


def test_avg_pool_forward_value(student, reference, rng):
    check_single_windows(
        student.avg_pool_forward,
        reference.avg_pool_forward,
        rng,
        "one window as large as the plane: its mean",
        "sum / (KH·KW)",
        mean_slips,
    )


def test_avg_pool_forward_windows(student, reference, rng):
    check_windows(
        student.avg_pool_forward,
        reference.avg_pool_forward,
        rng,
        "windows and planes that are not square, side by side, overlapping or with gaps",
        "window (i, j) starts at (i·stride, j·stride); each plane on its own",
        mean_slips,
    )


def test_avg_pool_forward_dtype(student, reference, rng):
    check_dtype(student, student.avg_pool_forward, reference.avg_pool_forward, rng)


def test_avg_pool_forward_refusal(student, reference, rng):
    check_refusal(student.avg_pool_forward)


# avg_pool_backward


def test_avg_pool_backward_value(student, reference, rng):
    for side in (1, 2, 3, 6):
        dout = rng.normal(size=(1, 1, 1, 1)) + 3
        with checking(
            "one window as large as the plane: each value gets an equal part of the gradient",
            hint="dout / (KH·KW) to every value of the window",
        ):
            got = student.avg_pool_backward(
                dout, (1, 1, side, side), size=(side, side), stride=side
            )
            alike(got, np.full((1, 1, side, side), dout.item() / side**2))


def test_avg_pool_backward_windows(student, reference, rng):
    for layout in LAYOUTS:
        x, how = volume(rng, layout)
        dout = arriving(rng, layout)
        with checking(
            "windows and planes that are not square, side by side, overlapping or with gaps",
            hint="window (i, j) starts at (i·stride, j·stride), parts add up with +=, and values "
            "in no window get zero",
        ):
            got = student.avg_pool_backward(dout, x.shape, **how)
            want = reference.avg_pool_backward(dout, x.shape, **how)
            alike(got, want, mean_slips(want, **how))
        with checking(
            "dx is the slope of the loss: a mean is linear, so moving x by itself moves the loss "
            "by dx times x",
            hint="compare with finite differences",
        ):
            slope = np.sum(dout * reference.avg_pool_forward(x, **how))
            alike(np.array(np.sum(got * x)), np.array(slope))


def test_avg_pool_backward_dtype(student, reference, rng):
    for dtype in (np.float32, np.float64):
        for layout in TILES[:2]:
            x, how = volume(rng, layout, dtype)
            dout = arriving(rng, layout, dtype)
            with checking(
                f"{np.dtype(dtype)} in, {np.dtype(dtype)} out", hint="np.zeros takes a dtype"
            ):
                got = student.avg_pool_backward(dout, x.shape, **how)
                precise(got, dtype, reference.avg_pool_backward(dout, x.shape, **how))
            with checking("dout is not changed in place", hint="copy before you divide"):
                untouched(student)


# l2_pool_forward


def test_l2_pool_forward_value(student, reference, rng):
    def signed(function):
        def call(x, **how):
            signs = np.where(np.arange(x.size) % 2, -1, 1).reshape(x.shape)
            return function(x * signs, **how)

        return call

    check_single_windows(
        signed(student.l2_pool_forward),
        signed(reference.l2_pool_forward),
        rng,
        "one window as large as the plane: the root of the sum of squares",
        "square, sum, root; nothing is divided, and no sign survives",
        norm_slips,
    )
    with checking("a window of zeros has length zero"):
        got = student.l2_pool_forward(np.zeros((1, 1, 2, 2)), size=(2, 2), stride=2)
        alike(got, np.zeros((1,) * 4))


def test_l2_pool_forward_windows(student, reference, rng):
    check_windows(
        student.l2_pool_forward,
        reference.l2_pool_forward,
        rng,
        "windows and planes that are not square, side by side, overlapping or with gaps",
        "window (i, j) starts at (i·stride, j·stride); each plane on its own",
        norm_slips,
    )


def test_l2_pool_forward_dtype(student, reference, rng):
    check_dtype(student, student.l2_pool_forward, reference.l2_pool_forward, rng)


def test_l2_pool_forward_refusal(student, reference, rng):
    check_refusal(student.l2_pool_forward)


# max_pool_forward_im2col


def test_max_pool_forward_im2col_windows(student, reference, rng):
    no_loop_over_places(student, strides=(1, 2))
    call, want = student.max_pool_forward_im2col, max_only(reference)
    check_windows(
        call,
        want,
        rng,
        "windows and planes that are not square, side by side, overlapping or with gaps",
        "a tap's slice starts at (u, v), goes on in steps of stride, and has OH × OW values",
    )
    for layout in (TILES[0], OVERLAPS[0]):
        x, how = volume(rng, layout)
        with checking("windows whose values are all negative", hint="no zeros may take part"):
            for shift in (1e3, 1e30):
                below = x * shift / 1e3 - shift
                alike(call(below, **how), want(below, **how))
    with checking("a frame of -inf around x never wins"):
        framed = np.pad(
            rng.normal(size=(2, 1, 3, 5)), ((0, 0),) * 2 + ((1, 1),) * 2, constant_values=-np.inf
        )
        alike(call(framed, size=(3, 3), stride=2), want(framed, size=(3, 3), stride=2))


def test_max_pool_forward_im2col_taps(student, reference, rng):
    no_loop_over_places(student)
    for size, plane in (((1, 3), (47, 14)), ((3, 1), (14, 47)), ((3, 2), (17, 12))):
        x = rng.uniform(1, 2, size=(1, 1, *plane))
        with checking("and the values are right", hint="cut each tap's slice to OH × OW"):
            got = student.max_pool_forward_im2col(x, size=size, stride=1)
            alike(got, reference.max_pool_forward(x, size=size, stride=1)[0])


def test_max_pool_forward_im2col_dtype(student, reference, rng):
    no_loop_over_places(student)
    check_dtype(student, student.max_pool_forward_im2col, max_only(reference), rng)


def test_max_pool_forward_im2col_refusal(student, reference, rng):
    no_loop_over_places(student)
    check_refusal(student.max_pool_forward_im2col)
