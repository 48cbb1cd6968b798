"""The reference of `pooling` against PyTorch and brute force, and who gets marks for it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from autograder.checks.local_student import LocalStudent
from autograder.checks.random_inputs import check_generator
from autograder.course.errors import ForbiddenRoute
from autograder.course.folders import find_course
from autograder.grading import worker_state
from tests.attacks import real
from tests.edits import edit
from tests.fairness.jailed import Jailed
from tests.fairness.suite import Variant
from tests.solutions.solved import solved

SOLVED = solved("pooling")
REFERENCE = SOLVED.reference
FORWARDS = ("max_pool_forward", "avg_pool_forward", "l2_pool_forward", "max_pool_forward_im2col")
POOL = torch.nn.functional
GRID = [
    pytest.param(size, stride, id=f"window{size[0]}x{size[1]}-stride{stride}")
    for size in ((1, 1), (2, 2), (3, 2), (1, 4), (3, 3))
    for stride in (1, 2, 3)
]


def volume(size, stride, dtype=np.float64):
    """An x with 4 × 5 places; no two of N, C, H, W are equal."""
    H, W = ((count - 1) * stride + taps for count, taps in zip((4, 5), size, strict=True))
    return np.random.default_rng(0).normal(size=(2, 3, H, W)).astype(dtype)


def brute_force(x, size, stride, keep):
    """`keep` of every window's values as a plain list, in row-major order."""
    return [
        [
            [
                [
                    keep([row[q + v] for row in plane[r : r + size[0]] for v in range(size[1])])
                    for q in range(0, len(plane[0]) - size[1] + 1, stride)
                ]
                for r in range(0, len(plane) - size[0] + 1, stride)
            ]
            for plane in image
        ]
        for image in x.tolist()
    ]


# The reference against oracles that share no code with it


@pytest.mark.parametrize(("size", "stride"), GRID)
def test_max_pooling_and_its_switches_are_pytorchs(size, stride):
    """out and switches are what max_pool2d returns with its indices."""
    x = volume(size, stride)
    want, indices = POOL.max_pool2d(torch.from_numpy(x), size, stride, return_indices=True)
    out, switches = REFERENCE.max_pool_forward(x, size=size, stride=stride)
    np.testing.assert_array_equal(out, want.numpy())
    np.testing.assert_array_equal(switches, indices.numpy())
    assert switches.dtype == np.int64


@pytest.mark.parametrize(("size", "stride"), GRID)
def test_pooling_is_what_brute_force_finds(size, stride):
    """Maximum, mean and norm agree with Python's own max, sum and power."""
    x = volume(size, stride)
    taps = size[0] * size[1]
    for got, keep in (
        (REFERENCE.max_pool_forward(x, size=size, stride=stride)[0], max),
        (REFERENCE.max_pool_forward_im2col(x, size=size, stride=stride), max),
        (REFERENCE.avg_pool_forward(x, size=size, stride=stride), lambda w: sum(w) / taps),
        (
            REFERENCE.l2_pool_forward(x, size=size, stride=stride),
            lambda w: sum(v * v for v in w) ** 0.5,
        ),
    ):
        np.testing.assert_allclose(got, brute_force(x, size, stride, keep), atol=1e-12)


@pytest.mark.parametrize(("size", "stride"), GRID)
def test_average_and_l2_pooling_are_pytorchs(size, stride):
    """The mean is avg_pool2d's and the norm is lp_pool2d's."""
    x = volume(size, stride)
    for name, want in (
        ("avg_pool_forward", POOL.avg_pool2d(torch.from_numpy(x), size, stride)),
        ("l2_pool_forward", POOL.lp_pool2d(torch.from_numpy(x), 2, size, stride)),
    ):
        got = getattr(REFERENCE, name)(x, size=size, stride=stride)
        np.testing.assert_allclose(got, want.numpy(), atol=1e-12)


@pytest.mark.parametrize(("size", "stride"), GRID)
def test_backward_is_autograds(size, stride):
    """Both backward passes give what autograd finds, overlap included."""
    x = torch.from_numpy(volume(size, stride)).requires_grad_()
    out, indices = POOL.max_pool2d(x, size, stride, return_indices=True)
    dout = np.random.default_rng(1).normal(size=out.shape)
    (want,) = torch.autograd.grad(out, x, torch.from_numpy(dout))
    got = REFERENCE.max_pool_backward(dout, indices.numpy(), tuple(x.shape))
    np.testing.assert_allclose(got, want.numpy(), atol=1e-12)

    mean = POOL.avg_pool2d(x, size, stride)
    (want,) = torch.autograd.grad(mean, x, torch.from_numpy(dout))
    got = REFERENCE.avg_pool_backward(dout, tuple(x.shape), size=size, stride=stride)
    np.testing.assert_allclose(got, want.numpy(), atol=1e-12)


def test_ties_go_to_the_first_in_row_major_order():
    """With three different values nearly every window has a tie, and PyTorch takes the same."""
    x = np.random.default_rng(2).integers(-1, 2, size=(4, 3, 7, 9)).astype(float)
    for size, stride in (((2, 3), 1), ((3, 3), 2)):
        _, want = POOL.max_pool2d(torch.from_numpy(x), size, stride, return_indices=True)
        _, got = REFERENCE.max_pool_forward(x, size=size, stride=stride)
        np.testing.assert_array_equal(got, want.numpy())


def test_padding_with_minus_infinity_is_pytorchs_padding():
    """A frame of -inf around negative values gives what PyTorch's own padding gives."""
    x = -np.random.default_rng(3).uniform(1, 2, size=(2, 3, 5, 7))
    framed = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    want = POOL.max_pool2d(torch.from_numpy(x), 3, 2, padding=1).numpy()
    np.testing.assert_array_equal(
        REFERENCE.max_pool_forward(framed, size=(3, 3), stride=2)[0], want
    )
    got = REFERENCE.max_pool_forward_im2col(framed, size=(3, 3), stride=2)
    np.testing.assert_array_equal(got, want)


# What the contract asks for besides the values


@pytest.mark.parametrize("name", FORWARDS)
@pytest.mark.parametrize(
    ("plane", "size", "stride", "words"),
    [
        ((14, 13), (3, 5), 2, "size 14, window 3, stride 2"),
        ((13, 18), (3, 5), 2, "size 18, window 5, stride 2"),
        ((4, 9), (7, 9), 1, "window 7.*larger than the input"),
        ((9, 4), (9, 7), 1, "window 7.*larger than the input"),
        ((4, 4), (2, 2), 0, "stride 0.*at least 1"),
        ((4, 4), (2, 2), -2, "stride -2.*at least 1"),
        ((4, 4), (0, 2), 2, "window 0.*at least 1"),
    ],
    ids=["rows", "columns", "tall window", "wide window", "stride 0", "stride -2", "window 0"],
)
def test_forwards_explain_what_does_not_fit(name, plane, size, stride, words):
    """Sizes that do not tile, too large windows and strides that do not move are refused."""
    with pytest.raises(ValueError, match=words):
        getattr(REFERENCE, name)(np.zeros((1, 1, *plane)), size=size, stride=stride)


@pytest.mark.parametrize("name", FORWARDS)
def test_forwards_explain_a_missing_axis(name):
    """A single plane is refused in words that say what to do."""
    with pytest.raises(ValueError, match=r"x needs 4 axes \(N, C, H, W\).*plane\[None, None\]"):
        getattr(REFERENCE, name)(np.zeros((4, 4)), size=(2, 2), stride=2)


def test_backward_explains_what_does_not_go_together():
    """Gradients of the wrong rank, or of another shape than the switches, are refused."""
    dout, switches = np.zeros((1, 1, 2, 2)), np.zeros((1, 1, 2, 3), dtype=np.int64)
    with pytest.raises(ValueError, match="dout and switches disagree about OW: 2 against 3"):
        REFERENCE.max_pool_backward(dout, switches, (1, 1, 4, 6))
    with pytest.raises(ValueError, match="dout needs 4 axes"):
        REFERENCE.avg_pool_backward(dout[0], (1, 1, 4, 4), size=(2, 2), stride=2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_keep_the_dtype_and_arguments_their_values(dtype):
    """float32 stays float32, float64 stays float64, and no argument can be written to."""
    x = volume((3, 3), 2, dtype)
    how = {"size": (3, 3), "stride": 2}
    _, switches = REFERENCE.max_pool_forward(x, **how)
    dout = np.ones(switches.shape, dtype)
    for argument in (x, switches, dout):
        argument.flags.writeable = False  # writing would raise
    results = [getattr(REFERENCE, name)(x, **how) for name in FORWARDS]
    results[0] = results[0][0]
    results.append(REFERENCE.max_pool_backward(dout, switches, x.shape))
    results.append(REFERENCE.avg_pool_backward(dout, x.shape, **how))
    assert [result.dtype for result in results] == [dtype] * 6


# Who gets marks. The wrong and right answers are those of the fairness suite, which grades them all


# Forbidden routes


LOOPS = [
    "four_loops",
    "loop_over_places",
    "comprehension",
    "vectorize",
    "apply_along_axis",
    "ndindex",
    "while_loop",
    "row_by_row",
    "column_by_column",
    "recursion",
    "over_lists",
    "mapped",
]


@pytest.mark.parametrize("what", LOOPS)
def test_a_loop_over_places_is_a_forbidden_route(what):
    """However it is written, a loop over places is called by its name in every cell."""
    lost = SOLVED.lost(SOLVED.variant("max_pool_forward_im2col", what))
    assert list(lost) == SOLVED.own_tests("max_pool_forward_im2col")
    assert all("loops over places" in message for message in lost.values())


@pytest.mark.parametrize("what", ["four_loops", "loop_over_places", "comprehension", "while_loop"])
def test_the_notebook_shows_a_loop_over_places(what):
    """Students can see for themselves that they loop over places."""
    variant = SOLVED.variant("max_pool_forward_im2col", what)
    assert "test_max_pool_forward_im2col_taps" in SOLVED.failing(variant)


def test_a_loop_hidden_in_an_earlier_function_is_found():
    """Calling max_pool_forward is a route of its own, by whatever name."""
    for what in ("calls_the_slow_one", "slow_one_renamed"):
        variant = SOLVED.variant("max_pool_forward_im2col", what)
        with pytest.raises(ForbiddenRoute):
            SOLVED.look(variant.function, variant.source)


HIDDEN = {
    one.name: one.sources["max_pool_forward_im2col"]
    for one in real.GROUP.attacks
    if one.name.startswith("a loop ") or one.name == "lines that are not counted"
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HIDDEN)
def test_a_loop_that_hides_from_the_count_earns_nothing(name, monkeypatch):
    """Whoever lies about lines, or answers otherwise where it is watched, loses all cells."""
    jailed = Jailed(find_course().assignment("pooling"))
    monkeypatch.setattr(jailed._trusted.checks, "ROUTES", {})  # as if its route were overlooked
    variant = Variant("chaff", "max_pool_forward_im2col", name, HIDDEN[name])
    try:
        assert set(jailed.lost(variant, seed=0)) == set(SOLVED.own_tests(variant.function))
    finally:
        worker_state.start_over()


@pytest.mark.parametrize("name", [name for name in HIDDEN if name.startswith("a loop ")])
def test_a_loop_is_found_by_running_it(name):
    """No look at the code refuses it, so it is the race that does."""
    SOLVED.look("max_pool_forward_im2col", HIDDEN[name])


def test_a_function_that_raises_is_not_called_a_loop():
    """An error in the probe costs the cell that asks for it, and is reported as an error."""
    lost = SOLVED.lost(SOLVED.variant("max_pool_forward_im2col", "only_tiles"))
    assert "loops over places" not in lost["test_max_pool_forward_im2col_taps"]


@pytest.mark.parametrize(
    "line",
    [
        "return torch.nn.functional.max_pool2d(x, 2)",
        "from scipy.ndimage import maximum_filter; return maximum_filter(x, size)",
    ],
)
@pytest.mark.parametrize("function", SOLVED.functions)
def test_torch_and_scipy_are_forbidden(function, line):
    """Torch and SciPy are found in the code of every solution cell."""
    with pytest.raises(ForbiddenRoute):
        SOLVED.look(function, f"def {function}(x, *, size, stride):\n    {line}\n")


@pytest.mark.parametrize("function", SOLVED.functions)
def test_words_are_no_route(function):
    """A comment or a string that speaks of torch or of max_pool_forward is not a route."""
    words = '# as torch does\n    "unlike max_pool_forward, or scipy"'
    SOLVED.look(function, edit(SOLVED.cells[function], ("### BEGIN SOLUTION", words)))


@pytest.mark.parametrize("seed", [112, 143, 203, 327, 366])
def test_values_that_lie_close_together_cost_no_right_answer(seed):
    """Under these seeds two values of a plane once differed by less than what the check added."""
    test = "test_max_pool_forward_ties"
    SOLVED.trusted.run(test, LocalStudent(dict(vars(REFERENCE))), check_generator(seed, test))
