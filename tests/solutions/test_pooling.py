"""The reference of `pooling` against PyTorch and brute force, and who gets marks for it."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pytest
import torch

from autograder.checks.loading import load_trusted
from autograder.checks.local_student import LocalStudent
from autograder.checks.nbgrader_hooks import check_in, isolate_in
from autograder.checks.random_inputs import check_generator
from autograder.course.errors import CheckFailed, ForbiddenRoute
from autograder.course.folders import Course, find_course
from autograder.course.notebook_source import read_source
from autograder.grading import worker_state
from tests.attacks import real
from tests.edits import edit
from tests.fairness.jailed import Jailed
from tests.fairness.suite import Variant, collect

ASSIGNMENT = Course(Path(__file__).resolve().parents[2]).assignment("pooling")
TRUSTED = load_trusted(ASSIGNMENT)
REFERENCE = TRUSTED.reference
CELLS = {cell.id: cell.source for cell in read_source(ASSIGNMENT).cells}
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


def test_stubs_say_what_they_ask_for():
    """Every function's docstring names its results, its errors and its source."""
    for function in TRUSTED.cells.functions:
        text = inspect.getdoc(getattr(REFERENCE, function))
        for part in ("Parameters", "Returns", "Raises", "Source: CS231n notes"):
            assert part in text, f"{function} says nothing about {part}"


# Who gets marks. The wrong and right answers are those of the fairness suite, which grades them all


def own_cells(function):
    return [test for test in TRUSTED.cells.tests if TRUSTED.cells.owner(test) == function]


def outcome(test, source, *, seed=0):
    """What a test cell makes of a notebook with this one cell replaced: None, or what it raised."""
    namespace = dict(vars(REFERENCE))
    exec(source, namespace)
    isolate_in(TRUSTED, test, namespace)
    try:
        rng = check_generator(seed, test)
        check_in(TRUSTED, test, namespace, source, rng)
    except (CheckFailed, ForbiddenRoute) as failure:
        return failure
    return None


def sees(test, source):
    """Whether the visible checks of a test cell fail on that notebook."""
    namespace = dict(vars(REFERENCE))
    exec(source, namespace)
    isolate_in(TRUSTED, test, namespace)
    try:
        exec(CELLS[test], namespace)
    except Exception:
        return True
    return False


def look(function, source):
    """Look for forbidden routes in the code of a solution cell."""
    TRUSTED.look(function, source, TRUSTED.routes_of(function))


VARIANTS = [
    pytest.param(variant, id=f"{variant.function}-{variant.what}") for variant in collect("pooling")
]
SILENT = pytest.mark.filterwarnings("ignore")  # right answers may warn as they like


def answer(what):
    """The fairness suite's answer to `max_pool_forward_im2col` of that name."""
    (source,) = (
        variant.source
        for variant in collect("pooling")
        if (variant.function, variant.what) == ("max_pool_forward_im2col", what)
    )
    return source


@pytest.mark.parametrize("seed", range(5))
def test_the_reference_gets_full_marks(seed):
    """The solved notebook passes all trusted checks, whatever the inputs are."""
    for test in TRUSTED.cells.tests:
        assert outcome(test, CELLS[TRUSTED.cells.owner(test)], seed=seed) is None


def test_the_reference_passes_the_visible_checks():
    """The solved notebook passes what students see."""
    for test in TRUSTED.cells.tests:
        assert not sees(test, CELLS[TRUSTED.cells.owner(test)])


def test_the_points_are_forty_and_five():
    """40 points are graded by machine, 5 by a person."""
    assert TRUSTED.cells.max_score == 40
    assert sum(TRUSTED.cells.answers.values()) == 5


@pytest.mark.parametrize("function", TRUSTED.cells.functions)
def test_an_empty_function_loses_its_own_cells(function):
    """An unfinished function loses all of its own cells and none of the others'."""
    source = f"def {function}(*args, **kwargs):\n    raise NotImplementedError()"
    assert [test for test in TRUSTED.cells.tests if outcome(test, source)] == own_cells(function)
    assert [test for test in TRUSTED.cells.tests if sees(test, source)] == own_cells(function)


@SILENT
@pytest.mark.parametrize("variant", VARIANTS)
def test_trusted_checks_see_what_visible_ones_see(variant):
    """A cell whose visible checks fail gets no marks; right answers pass both."""
    lost = {test: outcome(test, variant.source) for test in own_cells(variant.function)}
    seen = {test for test in lost if sees(test, variant.source)}
    assert seen <= {test for test, failure in lost.items() if failure}
    assert any(lost.values()) == (variant.kind == "chaff")


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
    for test in own_cells("max_pool_forward_im2col"):
        failure = outcome(test, answer(what))
        assert isinstance(failure, ForbiddenRoute)
        assert "loops over places" in str(failure)


@pytest.mark.parametrize("what", ["four_loops", "loop_over_places", "comprehension", "while_loop"])
def test_the_notebook_shows_a_loop_over_places(what):
    """Students can see for themselves that they loop over places."""
    assert sees("test_max_pool_forward_im2col_taps", answer(what))


def test_a_loop_hidden_in_an_earlier_function_is_found():
    """Calling max_pool_forward is a route of its own, by whatever name."""
    for what in ("calls_the_slow_one", "slow_one_renamed"):
        failure = outcome("test_max_pool_forward_im2col_taps", answer(what))
        assert isinstance(failure, ForbiddenRoute)


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
        assert set(jailed.lost(variant, seed=0)) == set(own_cells(variant.function))
    finally:
        worker_state.start_over()


@pytest.mark.parametrize("name", [name for name in HIDDEN if name.startswith("a loop ")])
def test_a_loop_is_found_by_running_it(name):
    """No look at the code refuses it, so it is the race that does."""
    look("max_pool_forward_im2col", HIDDEN[name])


def test_a_function_that_raises_is_not_called_a_loop():
    """An error in the probe costs the cell that asks for it, and is reported as an error."""
    source = answer("only_tiles")
    assert isinstance(outcome("test_max_pool_forward_im2col_taps", source), CheckFailed)


@pytest.mark.parametrize(
    "line",
    [
        "return torch.nn.functional.max_pool2d(x, 2)",
        "from scipy.ndimage import maximum_filter; return maximum_filter(x, size)",
    ],
)
@pytest.mark.parametrize("function", TRUSTED.cells.functions)
def test_torch_and_scipy_are_forbidden(function, line):
    """Torch and SciPy are found in the code of every solution cell."""
    with pytest.raises(ForbiddenRoute):
        look(function, f"def {function}(x, *, size, stride):\n    {line}\n")


@pytest.mark.parametrize("function", TRUSTED.cells.functions)
def test_words_are_no_route(function):
    """A comment or a string that speaks of torch or of max_pool_forward is not a route."""
    words = '# as torch does\n    "unlike max_pool_forward, or scipy"'
    look(function, edit(CELLS[function], ("### BEGIN SOLUTION", words)))


@pytest.mark.parametrize("seed", [112, 143, 203, 327, 366])
def test_values_that_lie_close_together_cost_no_right_answer(seed):
    """Under these seeds two values of a plane once differed by less than what the check added."""
    test = "test_max_pool_forward_ties"
    TRUSTED.run(test, LocalStudent(dict(vars(REFERENCE))), check_generator(seed, test))
