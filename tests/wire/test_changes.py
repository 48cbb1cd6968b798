"""What a call changed in place, and what it raised, is the same in a jail and in a kernel."""

import dataclasses
import math
import sys
from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from autograder.checks.local_student import LocalStudent
from autograder.course.errors import StudentError
from autograder.sandbox.agent.ruled_out import RuledOut
from autograder.sandbox.agent.server import AgentServer
from autograder.wire.changes import MODES, ArgumentSnapshot
from autograder.wire.errors import MAX_MESSAGE, message, nearest_builtin


@dataclasses.dataclass
class Layer:
    """A record of a checks module; a student's notebook has one of the same name."""

    width: float
    weight: object = None


def changes_here(function, *args, **kwargs):
    """What stock nbgrader sees of a call."""
    student = LocalStudent({"function": function, "Layer": Layer})
    student.function(*args, **kwargs)
    return student.changed


def changes_in_a_jail(function, *args, **kwargs):
    """What the agent in a jail answers for a call; here it runs in this process."""
    agent = AgentServer(None, SimpleNamespace(user_ns={"function": function}))
    _, changes = agent._call("function", args, kwargs, device=None, by_value=False)
    return changes


def at_first(value):
    """A function that writes a value into the first place of its argument."""

    def write(x):
        x[0] = value

    return write


NAN = np.array([math.nan, 1.0])
WHERE = pytest.mark.parametrize("changes", [changes_here, changes_in_a_jail])


@WHERE
@pytest.mark.parametrize("values", [NAN, NAN.astype(complex), torch.tensor(NAN)], ids=type)
def test_nan_that_stays_is_no_change(changes, values):
    """Though NaN does not equal itself."""
    assert changes(lambda x: None, values) == []
    assert changes(lambda x: None, [values, (values,)]) == []


@WHERE
@pytest.mark.parametrize("make", [np.array, torch.tensor])
def test_nan_that_comes_or_goes_is_a_change(changes, make):
    """Over a number, and a number over it."""
    assert changes(at_first(math.nan), make([0.0, 1.0])) == ["0"]
    assert changes(at_first(0.0), make([math.nan, 1.0])) == ["0"]


@WHERE
def test_records_change_with_their_fields(changes):
    """NaN in a field or in a field's array is no change; an assigned field is one."""
    record = Layer(math.nan, NAN.copy())
    assert changes(lambda x: None, record) == []
    assert changes(lambda x: setattr(x, "width", 2.0), record) == ["0"]
    assert changes(lambda x: x.weight.fill(3), Layer(1.0, NAN.copy())) == ["0"]


@WHERE
def test_each_change_has_its_argument(changes):
    """By position, or by keyword; plain values and what is only returned are none."""

    def function(a, b, *, c, d):
        b *= 2
        c.append(a)
        return d + 1

    assert changes(function, np.ones(2), np.ones(2), c=[1], d=3) == ["1", "c"]


@WHERE
def test_a_change_within_a_list_a_dict_or_a_set_is_one(changes):
    """Its plain values count, as in a list that is sorted in place."""
    assert changes(lambda x: x.sort(), [3, 1, 2]) == ["0"]
    assert changes(lambda x: x[0].sort(), ([3, 1],)) == ["0"]
    assert changes(lambda x: x.update(a=2), {"a": 1}) == ["0"]
    assert changes(lambda x: x["a"].append(2), {"a": [1]}) == ["0"]
    assert changes(lambda x: x.add(2), {1}) == ["0"]
    assert changes(lambda *values: sum(map(len, values)), [3, 1], {"a": math.nan}, {1}) == []


def test_a_new_form_of_an_array_is_a_change():
    """The same bytes in another dtype are other values."""
    array = np.zeros((2, 3))
    snapshot = ArgumentSnapshot((array,), {})
    array.dtype = np.int64
    assert snapshot.changes() == ["0"]


class Narrow(ValueError):
    """A student's own exception."""


class Mute(KeyError):
    """An exception that cannot say what it is."""

    def __str__(self):
        raise RuntimeError


ALLOCATION = RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Narrow("too narrow"), "ValueError"),
        (Mute("x"), "KeyError"),
        (ALLOCATION, "MemoryError"),
        (RuntimeError("no memory"), "RuntimeError"),
        (SystemExit(3), "SystemExit"),
    ],
)
def test_an_exception_has_its_nearest_builtin_class(error, kind):
    """The name is never one that a student chose."""

    def function():
        raise error

    assert nearest_builtin(error) == kind
    with pytest.raises(StudentError) as raised:
        LocalStudent({"function": function}).function()
    assert (raised.value.kind, raised.value.message) == (kind, message(error))


def test_a_message_is_bounded():
    """And empty where there is none to be had."""
    assert message(ValueError("a" * 10_000)) == "a" * MAX_MESSAGE
    assert message(Mute("x")) == ""


@WHERE
@pytest.mark.parametrize(
    "leave",
    [lambda: torch.set_grad_enabled(False), lambda: torch.set_default_dtype(torch.float64)],
    ids=["gradients", "dtype"],
)
def test_modes_that_are_left_changed_are_named(changes, leave):
    """Also where no argument was touched."""
    try:
        assert changes(lambda x: leave(), torch.ones(1)) == [MODES]
        assert torch.is_grad_enabled()
    finally:
        torch.set_default_dtype(torch.float32)


@WHERE
def test_a_call_that_raises_leaves_gradients_on(changes):
    """What it did to the modes costs no other function."""

    def refuse(x):
        torch.set_grad_enabled(False)
        raise ValueError("no")

    with suppress(StudentError, ValueError):
        changes(refuse, torch.ones(1))
    assert torch.is_grad_enabled()


@WHERE
def test_modes_within_a_call_are_no_change(changes):
    """A context puts them back by itself."""

    def evaluate(x):
        with torch.no_grad():
            x.sum()

    assert changes(evaluate, torch.ones(1)) == []


def test_what_stands_in_for_pytorch_has_no_modes(monkeypatch):
    """Where a jail leaves PyTorch out, a student may have imported what stands in for it."""
    monkeypatch.delitem(sys.modules, "torch._C")
    monkeypatch.setitem(sys.modules, "torch", RuledOut("torch"))
    assert changes_here(lambda x: None, np.ones(1)) == []
