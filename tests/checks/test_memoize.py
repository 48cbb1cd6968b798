"""The reference is asked each question once, and a remembered answer is as good as a new one."""

import sys
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import pytest

from autograder.checks import memoize
from autograder.checks.memoize import MemoizedModule


@dataclass(frozen=True)
class Size:
    """A record such as assignments hand around."""

    height: int
    values: tuple


@pytest.fixture
def asked():
    """A reference that notes what it is asked, and that reference with a memory."""
    calls = []
    module = ModuleType("reference")
    module.LIMIT = 3

    def double(x, *, times=2):
        calls.append(times)
        return x * times

    def same(x):
        calls.append("same")
        return x

    def refuse(x):
        calls.append("refuse")
        raise ValueError("no")

    def opened(x):
        calls.append("opened")
        return iter([x])

    for one in (double, same, refuse, opened):
        setattr(module, one.__name__, one)
    return calls, MemoizedModule(module, ("double", "same", "refuse", "opened"))


def test_the_same_question_is_asked_once(asked):
    """Of equal arrays, not of one array: every submission makes its own."""
    calls, reference = asked
    for _ in range(3):
        assert reference.double(np.arange(3)).tolist() == [0, 2, 4]
    assert calls == [2]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(np.zeros(2), np.zeros(3), id="shape"),
        pytest.param(np.zeros(2), np.zeros(2, "f4"), id="dtype"),
        pytest.param(np.zeros(2), np.array([0.0, -0.0]), id="sign of zero"),
        pytest.param(1, 1.0, id="int and float"),
        pytest.param(1, True, id="int and bool"),
        pytest.param(np.float64(1), 1.0, id="NumPy's float and Python's"),
        pytest.param([1], (1,), id="list and tuple"),
        pytest.param(Size(1, (2,)), Size(1, (3,)), id="a record"),
    ],
)
def test_another_question_has_another_answer(asked, one, other):
    """Whatever Python or NumPy call equal; an answer's kind may depend on its question's."""
    calls, reference = asked
    assert reference.same(one) is one
    assert reference.same(other) is other
    assert calls == ["same", "same"]


def test_names_and_keywords_belong_to_the_question(asked):
    """Another function and another setting are other questions."""
    calls, reference = asked
    assert (reference.double(2), reference.double(2, times=3), reference.same(2)) == (4, 6, 2)
    assert (reference.double(2), reference.double(2, times=3), reference.same(2)) == (4, 6, 2)
    assert calls == [2, 3, "same"]


def test_a_check_that_writes_into_an_answer_spoils_nothing(asked):
    """Neither the first nor a later answer is the one that is remembered."""
    _, reference = asked
    for _ in range(3):
        answer = reference.double(np.ones(2))
        assert answer.tolist() == [2, 2]
        answer += 1


def test_a_check_that_writes_into_its_question_spoils_nothing(asked):
    """An answer may be its argument, or a view of it."""
    _, reference = asked
    x = np.ones(2)
    assert reference.same(x) is x
    x += 1
    assert reference.same(np.ones(2)).tolist() == [1, 1]


def test_what_is_no_plain_data_is_asked_every_time(asked):
    """Neither an object in a question nor one for an answer can be remembered."""
    calls, reference = asked
    thing = object()
    for question in (thing, [1, {"x": thing}], Size(1, (thing,))):
        assert reference.same(question) is question
        assert reference.same(question) is question
    assert list(reference.opened(1)) == list(reference.opened(1)) == [1]
    assert calls == ["same"] * 6 + ["opened"] * 2


def test_a_record_of_a_class_that_was_replaced_is_asked_every_time(asked, monkeypatch):
    """As when an assignment is loaded a second time, and its records are of new classes."""
    calls, reference = asked
    record = Size(1, (2,))
    monkeypatch.setattr(sys.modules[__name__], "Size", type("Size", (), {}))
    for _ in range(2):
        assert reference.same(record) is record
    assert calls == ["same", "same"]


def test_a_refusal_is_a_refusal_every_time(asked):
    """An exception is passed on and not remembered."""
    calls, reference = asked
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            reference.refuse(1)
    assert calls == ["refuse", "refuse"]


def test_what_is_no_function_of_the_assignment_is_the_modules_own(asked):
    """Constants and helpers are handed through; what is not there is missing."""
    _, reference = asked
    assert reference.LIMIT == 3
    with pytest.raises(AttributeError):
        _ = reference.nothing


@pytest.mark.parametrize("limit", ["MAX_ANSWERS", "MAX_BYTES"])
def test_the_memory_is_bounded(asked, monkeypatch, limit):
    """In number and in bytes: it begins again rather than grow, and goes on being right."""
    calls, reference = asked
    monkeypatch.setattr(memoize, limit, 3 if limit == "MAX_ANSWERS" else 20_000)
    for _ in range(2):
        for number in range(10):
            assert reference.double(np.full(1000, number))[0] == 2 * number
            assert len(reference._memory._answers) <= 4
    assert len(calls) == 20
