"""What the checks are written in: comparisons that nothing slips through and that say why."""

import numpy as np
import pytest

from autograder.checks.checking import (
    agree,
    alike,
    checking,
    holds,
    precise,
    refuses,
    untouched,
)
from autograder.checks.local_student import LocalStudent
from autograder.course.errors import CheckFailed, StudentError

WANT = np.array([[1.0, 2.0], [3.0, 4.0]])


class AlwaysEqual(np.ndarray):
    """Says yes to every comparison."""

    def __eq__(self, other):
        return True


@pytest.mark.parametrize(
    ("got", "want", "says"),
    [
        pytest.param(WANT.tolist(), WANT, "a list came back", id="list for array"),
        pytest.param(None, WANT, "None came back", id="nothing returned"),
        pytest.param(WANT[:1], WANT, "wrong shape", id="shape"),
        pytest.param(WANT[0], WANT, "1 axes, 2 expected", id="rank"),
        pytest.param(WANT.astype(np.float32), WANT, "float32", id="dtype"),
        pytest.param(WANT + 1e-6, WANT, "some values", id="values"),
        pytest.param(np.where(WANT > 3, np.nan, WANT), WANT, "some values", id="NaN"),
        pytest.param(WANT.view(AlwaysEqual), WANT, "an object came back", id="subclass"),
        pytest.param(np.full((2, 2), 9.0), np.where(WANT > 3, np.inf, WANT), "some", id="infinity"),
        pytest.param(-np.full(2, np.inf), np.full(2, np.inf), "some values", id="minus infinity"),
        pytest.param("5.0", 5.0, "a str came back", id="text for float"),
        pytest.param(True, 1.0, "a bool came back", id="bool for float"),
        pytest.param(10**400, 1.0, "some values", id="endless int for float"),
        pytest.param(np.ones(1), 1.0, "a ndarray came back", id="array for float"),
        pytest.param(5.0, 5, "an integer", id="float for int"),
        pytest.param(True, 1, "an integer", id="bool for int"),
        pytest.param(4, 5, "another number", id="another int"),
        pytest.param((WANT,), (WANT, WANT), "1 results", id="too few results"),
        pytest.param((WANT, WANT * 2), (WANT, WANT), "result 1", id="second result"),
        pytest.param(WANT, (WANT, WANT), "2 results", id="no tuple"),
        pytest.param([("a", 1)], {"a": 1}, "a dict, but a list", id="pairs for dict"),
        pytest.param({"a": 1, "b": 2}, {"a": 1}, "other keys", id="a key too many"),
        pytest.param({"a": 2.0}, {"a": 1.0}, "a value of the dict", id="value of a dict"),
        pytest.param([1, 2], {1, 2}, "a set, but a list", id="list for set"),
        pytest.param({1, 2, 3}, {1, 2}, "other items", id="another set"),
        pytest.param("ab", b"ab", "another value", id="text for bytes"),
    ],
)
def test_disagreement_is_found_and_named(got, want, says):
    """Type, rank, shape, dtype and values are compared, in this order."""
    with pytest.raises(CheckFailed, match=says):
        agree(got, want)


@pytest.mark.parametrize(
    ("got", "want"),
    [
        pytest.param(WANT.T.copy().T, WANT, id="not contiguous"),
        pytest.param(WANT * (1 + 1e-12), WANT, id="rounding"),
        pytest.param((WANT * (1 + 1e-6)).astype("f4"), WANT.astype("f4"), id="float32 rounding"),
        pytest.param(np.int64(5), 5, id="NumPy integer"),
        pytest.param(np.array(5.0), 5.0, id="array without axes"),
        pytest.param(5, 5.0, id="int for float"),
        pytest.param(np.float32(0.5), 0.5, id="NumPy float"),
        pytest.param(np.array([np.inf, 1.0]), np.array([np.inf, 1.0]), id="the same infinity"),
        pytest.param([1, (2, 3)], (1, [2, 3]), id="list and tuple"),
        pytest.param(np.zeros((0, 2)), np.zeros((0, 2)), id="empty"),
        pytest.param({"b": 2.0, "a": [WANT]}, {"a": (WANT,), "b": 2.0}, id="order of a dict"),
        pytest.param(frozenset({1, "a"}), {"a", 1}, id="kind of set"),
        pytest.param(b"ab", b"ab", id="bytes"),
        pytest.param(WANT.astype("f2"), WANT.astype("f2"), id="half precision"),
    ],
)
def test_honest_differences_agree(got, want):
    """Layout, rounding and the kind of sequence are no mistakes."""
    agree(got, want)


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [x], lambda x: {"a": (x,)}])
def test_a_check_may_ask_for_its_own_tolerance(wrap):
    """Looser or tighter, for arrays and numbers and whatever holds them; integers stay exact."""
    near = wrap(WANT * 1.01), wrap(WANT)
    agree(*near, tolerance=0.02)
    for tolerance in (None, 0.005):
        with pytest.raises(CheckFailed, match="some values"):
            agree(*near, tolerance=tolerance)
    agree(wrap(1.01), wrap(1.0), tolerance=0.02)
    with pytest.raises(CheckFailed, match="another number"):
        agree(wrap(101), wrap(100), tolerance=0.02)


@pytest.mark.parametrize("want", [1j, object(), np.array(["a"]), np.zeros(2, complex)])
def test_what_cannot_be_compared_is_a_fault_of_the_check(want):
    """It says what can, and which argument is which."""
    with pytest.raises(TypeError, match=r"agree\(\) compares numbers, texts"):
        agree(want, want)


@pytest.mark.parametrize(
    ("got", "says"),
    [
        pytest.param(WANT, None, id="the same"),
        pytest.param(WANT.astype(np.float32), None, id="another dtype"),
        pytest.param(WANT.astype(np.int64), None, id="whole numbers"),
        pytest.param(WANT + 1e-6, None, id="single precision"),
        pytest.param(WANT + 1e-3, "some values", id="values"),
        pytest.param(WANT * 1e300, "some values", id="beyond single precision"),
        pytest.param(WANT[:1], "wrong shape", id="shape"),
        pytest.param(WANT > 1, "bool where numbers", id="truth values"),
        pytest.param(WANT.tolist(), "a list came back", id="list"),
        pytest.param(WANT.view(AlwaysEqual), "an object came back", id="subclass"),
    ],
)
def test_values_are_compared_whatever_the_dtype(got, says):
    """A dtype is judged in its own cell, so a wrong one costs no other."""
    if says is None:
        alike(got, WANT)
    else:
        with pytest.raises(CheckFailed, match=says):
            alike(got, WANT)


@pytest.mark.parametrize(
    ("got", "says"),
    [
        pytest.param(WANT, None, id="right"),
        pytest.param(-WANT, None, id="wrong values"),
        pytest.param(WANT + 1e-6, "less exact than float64", id="single precision inside"),
        pytest.param(WANT.astype(np.float32), "not an array of float64", id="dtype"),
    ],
)
def test_a_dtype_is_judged_apart_from_the_values(got, says):
    """Wrong values do not lose it; right ones computed in a smaller dtype do."""
    if says is None:
        precise(got, np.float64, WANT)
    else:
        with pytest.raises(CheckFailed, match=says):
            precise(got, np.float64, WANT)


def test_what_another_cell_has_judged_can_be_left_out():
    """Only the student's failures count as failing; a fault of the check stays one."""
    student = LocalStudent({"f": lambda: 1 / 0})
    assert holds(lambda: agree(1, 1))
    assert not holds(lambda: agree(1, 2))
    assert not holds(lambda: student.f())
    with pytest.raises(KeyError):
        holds(lambda: {}["a fault of the check"])


def test_a_failure_names_the_property_and_the_hint():
    """`checking` puts its words around whatever went wrong inside."""
    with pytest.raises(CheckFailed) as caught, checking("the sum is right", hint="add them"):
        agree(1, 2)
    assert str(caught.value) == "the sum is right: another number came back. Hint: add them"


def test_an_exception_of_the_student_shows_its_class_only():
    """Neither its text nor a class name of the student's own reaches the message."""
    with pytest.raises(CheckFailed) as caught, checking("it runs"):
        raise StudentError("IndexError", "the hidden input was 7")
    assert str(caught.value) == "it runs: your function raised IndexError"
    with pytest.raises(CheckFailed) as caught, checking("it runs"):
        raise StudentError("TheHiddenInputWas7")
    assert "7" not in str(caught.value)


def refusing(kind, message):
    def call():
        raise StudentError(kind, message)

    return call


def test_a_refusal_must_be_a_value_error_that_names_the_numbers():
    """The right class with every number passes; anything else says what is missing."""
    refuses(refusing("ValueError", "size 10, kernel 3"), 10, 3)
    with pytest.raises(CheckFailed, match="leaves out 1 of the 2 numbers"):
        refuses(refusing("ValueError", "size 10"), 10, 3)
    refuses(refusing("ValueError", "(10-3)/2=3.5; H10×W7"), 10, 3, 2, 7)
    with pytest.raises(CheckFailed, match="leaves out 2 of the 2 numbers"):
        refuses(refusing("ValueError", "0123456789101112"), 10, 3)
    with pytest.raises(CheckFailed, match="expected a ValueError, but TypeError came"):
        refuses(refusing("TypeError", "10 3"), 10, 3)
    with pytest.raises(CheckFailed, match="a result came back"):
        refuses(lambda: 4, 10)


def test_a_change_in_place_is_seen_and_does_no_harm():
    """The caller's array stays as it is; `untouched` names the argument."""

    def spoil(x, *, b):
        b += 1
        return x

    student = LocalStudent({"spoil": spoil})
    b = np.zeros(2)
    student.spoil(np.ones(2), b=b)
    assert b.tolist() == [0, 0]
    with pytest.raises(CheckFailed, match="argument b was changed"):
        untouched(student)


def test_nothing_a_student_raises_ends_the_checks():
    """SystemExit and missing functions become StudentError."""

    def leave():
        raise SystemExit(0)

    with pytest.raises(StudentError, match="SystemExit"):
        LocalStudent({"leave": leave}).leave()
    with pytest.raises(StudentError, match="not defined"):
        LocalStudent({}).anything()


def test_a_subclass_of_value_error_is_a_value_error():
    """Python's `except ValueError` takes it, so the checks do too."""

    class DoesNotFit(ValueError):
        """A student's own."""

    def refuse():
        raise DoesNotFit("size 10, kernel 3")

    refuses(LocalStudent({"refuse": refuse}).refuse, 10, 3)


def test_a_loop_over_positions_shows_in_the_steps():
    """Steps grow with the input for a Python loop, hidden in np.vectorize or not."""

    def loop(x):
        return sum(value for value in x)

    def vectorized(x):
        return np.vectorize(lambda value: value + 1)(x)

    def whole(x):
        return x + 1

    student = LocalStudent({"loop": loop, "vectorized": vectorized, "whole": whole})
    small, large = np.ones(10), np.ones(1000)
    assert student.steps("loop", large) > 50 * student.steps("loop", small) / 10
    assert student.steps("vectorized", large) > student.steps("vectorized", small) + 900
    assert student.steps("whole", large) == student.steps("whole", small)
