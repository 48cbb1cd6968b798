"""The reference of `im2col_convolution`, against PyTorch and against its contract."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from autograder.course.errors import CheckFailed, ForbiddenRoute
from autograder.course.folders import find_course
from autograder.grading import worker_state
from tests.attacks import real
from tests.fairness.jailed import Jailed
from tests.fairness.suite import Variant
from tests.solutions.convolutions import GRID, layer, tensors
from tests.solutions.solved import solved

SOLVED = solved("im2col_convolution")
REFERENCE = SOLVED.reference
SPEED = "test_conv2d_forward_im2col_speed"


# The reference against oracles that share no code with it


@pytest.mark.parametrize(("stride", "pad", "kernel"), GRID)
def test_im2col_is_unfold(stride, pad, kernel):
    """im2col gives what torch.nn.functional.unfold gives, to the last bit."""
    x, _, _ = layer(kernel, stride, pad)
    want = torch.nn.functional.unfold(*tensors(x), kernel, stride=stride, padding=pad)
    got = REFERENCE.im2col(x, kernel, stride=stride, pad=pad)
    np.testing.assert_array_equal(got, want.numpy())


@pytest.mark.parametrize(("stride", "pad", "kernel"), GRID)
def test_col2im_is_fold(stride, pad, kernel):
    """col2im gives what torch.nn.functional.fold gives."""
    x, _, _ = layer(kernel, stride, pad)
    cols = np.random.default_rng(1).normal(size=(2, 3 * kernel[0] * kernel[1], 5 * 7))
    want = torch.nn.functional.fold(
        *tensors(cols), x.shape[2:], kernel, stride=stride, padding=pad
    ).numpy()
    got = REFERENCE.col2im(cols, x.shape, kernel, stride=stride, pad=pad)
    np.testing.assert_allclose(got, want, atol=1e-12)


@pytest.mark.parametrize(("stride", "pad", "kernel"), GRID)
def test_forward_is_pytorchs(stride, pad, kernel):
    """The forward pass gives what torch.nn.functional.conv2d gives."""
    x, w, b = layer(kernel, stride, pad)
    want = torch.nn.functional.conv2d(*tensors(x, w, b), stride=stride, padding=pad)
    got = REFERENCE.conv2d_forward_im2col(x, w, b, stride=stride, pad=pad)
    np.testing.assert_allclose(got, want.numpy(), atol=1e-12)


@pytest.mark.parametrize(("stride", "pad", "kernel"), GRID)
def test_backward_is_autograds(stride, pad, kernel):
    """The three gradients are those that autograd finds."""
    x, w, b = layer(kernel, stride, pad)
    leaves = [tensor.requires_grad_() for tensor in tensors(x, w, b)]
    out = torch.nn.functional.conv2d(*leaves, stride=stride, padding=pad)
    dout = np.random.default_rng(2).normal(size=out.shape)
    out.backward(torch.from_numpy(dout))
    got = REFERENCE.conv2d_backward_im2col(dout, x, w, b, stride=stride, pad=pad)
    for gradient, leaf in zip(got, leaves, strict=True):
        np.testing.assert_allclose(gradient, leaf.grad.numpy(), atol=1e-12)


def test_the_loops_of_the_race_convolve():
    """The loops that both races are run against compute what PyTorch computes."""
    rng = np.random.default_rng(3)
    x, w, b = rng.normal(size=(2, 3, 6, 5)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4)
    want = torch.nn.functional.conv2d(*tensors(x, w, b), padding=1).numpy()
    for module in (REFERENCE, SOLVED.trusted.checks):
        got = module.convolve_by_loops(x, w, b, pad=1)
        np.testing.assert_allclose(got, want, atol=1e-12)


def test_alexnets_matrix_has_the_notes_size():
    """227 × 227 × 3 with 11 × 11 windows at stride 4 is 363 × 3025: 7.1 times the input."""
    x = np.zeros((1, 3, 227, 227), dtype=np.float32)
    cols = REFERENCE.im2col(x, (11, 11), stride=4)
    assert cols.shape == (1, 363, 3025)
    assert round(cols.size / x.size, 1) == 7.1


# What the contract asks for besides the values


def forward_calls(H, W):
    """Both functions that compute an output size, on H × W images with 3 × 3 windows."""
    x, w, b = np.zeros((1, 1, H, W)), np.zeros((1, 1, 3, 3)), np.zeros(1)
    return {"im2col": (x, (3, 3)), "conv2d_forward_im2col": (x, w, b)}


@pytest.mark.parametrize("name", forward_calls(9, 9))
@pytest.mark.parametrize(("H", "W", "odd"), [(14, 9, 14), (9, 18, 18)])
def test_what_does_not_tile_is_refused(name, H, W, odd):
    """Rows or columns that do not tile are refused, and the message names all four numbers."""
    with pytest.raises(ValueError, match=rf"size {odd}, kernel 3, stride 2, pad 0"):
        getattr(REFERENCE, name)(*forward_calls(H, W)[name], stride=2)


@pytest.mark.parametrize("name", forward_calls(9, 9))
@pytest.mark.parametrize(
    ("H", "W", "how", "says"),
    [
        (9, 9, {"stride": 0}, "stride must be at least 1, not 0"),
        (9, 9, {"stride": -2}, "stride must be at least 1, not -2"),
        (9, 9, {"pad": -1}, "padding cannot be negative: -1"),
        (2, 9, {}, r"a window of 3 rows does not lie on 2 \+ 2·0 = 2"),
        (9, 2, {}, r"a window of 3 columns does not lie on 2 \+ 2·0 = 2"),
    ],
)
def test_impossible_settings_are_refused_in_words(name, H, W, how, says):
    """Stride 0, negative padding and a window larger than the image are explained."""
    with pytest.raises(ValueError, match=says):
        getattr(REFERENCE, name)(*forward_calls(H, W)[name], **how)


def test_a_missing_image_axis_is_explained_by_every_function():
    """A single image without its axis is refused in words that say what to do."""
    image, w, b, dout = (
        np.zeros((1, 9, 9)),
        np.zeros((1, 1, 3, 3)),
        np.zeros(1),
        np.zeros((1, 7, 7)),
    )
    for name, arguments in {
        "im2col": (image, (3, 3)),
        "col2im": (np.zeros((9, 49)), (1, 1, 9, 9), (3, 3)),
        "conv2d_forward_im2col": (image, w, b),
        "conv2d_backward_im2col": (dout, image, w, b),
    }.items():
        with pytest.raises(ValueError, match=r"needs \d axes .*image\[None\]"):
            getattr(REFERENCE, name)(*arguments)


def test_a_kernel_of_one_number_is_explained():
    """A window is a pair of rows and columns, and 3 is not one."""
    with pytest.raises(ValueError, match=r"kernel is a pair \(rows, columns\).*not 3"):
        REFERENCE.im2col(np.zeros((1, 1, 9, 9)), 3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_keep_the_dtype_and_arguments_their_values(dtype):
    """float32 stays float32, float64 stays float64, and no argument is written to."""
    kernel = (3, 2)
    x, w, b = layer(kernel, 2, 1, dtype=dtype)
    cols, dout = np.ones((2, 18, 35), dtype=dtype), np.ones((2, 4, 5, 7), dtype=dtype)
    for name, arguments in {
        "im2col": (x, kernel),
        "col2im": (cols, x.shape, kernel),
        "conv2d_forward_im2col": (x, w, b),
        "conv2d_backward_im2col": (dout, x, w, b),
    }.items():
        arrays = [argument for argument in arguments if isinstance(argument, np.ndarray)]
        before = [array.copy() for array in arrays]
        for array in arrays:
            array.flags.writeable = False  # writing would raise
        results = getattr(REFERENCE, name)(*arguments, stride=2, pad=1)
        for result in results if isinstance(results, tuple) else (results,):
            assert result.dtype == dtype
        for array, was in zip(arrays, before, strict=True):
            np.testing.assert_array_equal(array, was)


# The checks


SLOW_BUT_RIGHT = """
def conv2d_forward_im2col(x, w, b, *, stride=1, pad=0):
    cols = im2col(x, w.shape[2:], stride=stride, pad=pad)
    out = np.zeros((len(x), len(w), cols.shape[2]), x.dtype)
    for n, f, k in np.ndindex(out.shape):
        out[n, f, k] = np.sum(cols[n, :, k] * w[f].ravel()) + b[f]
    OH = (x.shape[2] - w.shape[2] + 2 * pad) // stride + 1
    return out.reshape(len(x), len(w), OH, -1)
"""


def test_a_slow_right_answer_loses_the_race_and_nothing_else():
    """One dot product at a time is right, so it costs the speed cell and no other."""
    slow = Variant("chaff", "conv2d_forward_im2col", "slow", SLOW_BUT_RIGHT)
    assert list(SOLVED.lost(slow)) == [SPEED]


class TimedStudent:
    """Answers like the reference after a minute, and claims the given processor times for it."""

    def __init__(self, seconds):
        self.claims = iter(seconds)

    def conv2d_forward_im2col(self, *args, **kwargs):
        return REFERENCE.conv2d_forward_im2col(*args, **kwargs)

    def timed(self, name, *args, **kwargs):
        return 60.0, next(self.claims), self.conv2d_forward_im2col(*args, **kwargs)


def race(student):
    """The check of the speed, which raises where the student is too slow."""
    getattr(SOLVED.trusted.checks, SPEED)(student, REFERENCE, np.random.default_rng(0))


def test_one_undisturbed_try_wins_the_race():
    """A fast function that a busy machine held up ten times over still passes."""
    held_up = [60.0] * 10 + [1e-4]
    race(TimedStudent(held_up))


def test_a_race_is_lost_by_being_slow_every_time():
    """A function that is slow in each of its tries does not pass."""
    with pytest.raises(CheckFailed, match="15 times as fast"):
        race(TimedStudent([60.0] * 99))


def test_a_fast_wrong_answer_loses_the_race():
    """Zeros of the right shape come at once, and earn nothing."""
    source = (
        "def conv2d_forward_im2col(x, w, b, *, stride=1, pad=0):\n"
        "    return np.zeros((len(x), len(w), *x.shape[2:]))\n"
    )
    assert SPEED in SOLVED.lost(Variant("chaff", "conv2d_forward_im2col", "zeros", source))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a race against a hobbled loop", "a race that a child runs"])
def test_a_race_is_lost_even_by_a_route_that_is_overlooked(name, monkeypatch):
    """Whoever finds a way to other processes is still slow: theirs is the submission's time."""
    (attack,) = (one for one in real.GROUP.attacks if one.name == name)
    ((function, source),) = attack.sources.items()
    jailed = Jailed(find_course().assignment("im2col_convolution"))
    monkeypatch.setattr(jailed._trusted.checks, "ROUTES", {})
    try:
        assert SPEED in jailed.lost(Variant("chaff", function, name, source), seed=0)
    finally:
        worker_state.start_over()


# Forbidden and allowed routes


FORBIDDEN = {
    "torch": "import torch; return torch.nn.functional.unfold(torch.from_numpy(x), kernel)",
    "torch under another name": "import torch.nn.functional as helper; return helper.unfold(x)",
    "scipy": "from scipy.signal import correlate; return correlate(x, kernel)",
}
ALLOWED = {
    "sliding windows": "np.lib.stride_tricks.sliding_window_view(x, (1, 1, 3, 3))",
    "sliding windows imported": "from numpy.lib.stride_tricks import sliding_window_view as view",
    "as_strided": "np.lib.stride_tricks.as_strided(x, x.shape, x.strides)",
    "the standard library": "import itertools, math, warnings",
    "torch imported and not used": "import torch",
    "words": '# as torch does, without scipy\n    "no torch here"',
}


@pytest.mark.parametrize("line", FORBIDDEN.values(), ids=FORBIDDEN)
@pytest.mark.parametrize("function", SOLVED.functions)
def test_routes_around_the_work_are_forbidden(function, line):
    """PyTorch and SciPy are found where they are used in a solution cell."""
    with pytest.raises(ForbiddenRoute):
        SOLVED.look(function, f"def {function}(x, kernel):\n    {line}\n")


@pytest.mark.parametrize("line", ALLOWED.values(), ids=ALLOWED)
@pytest.mark.parametrize("function", SOLVED.functions)
def test_strided_views_are_welcome(function, line):
    """Strided views, the standard library, words and an unused import are no forbidden route."""
    SOLVED.look(function, f"def {function}(x, kernel):\n    {line}\n")
