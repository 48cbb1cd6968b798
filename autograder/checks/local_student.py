"""A student's functions in this process, as the checks call them: `student.conv2d_forward(x, w)`.

`LocalStudent` calls functions that live in this process: a Jupyter kernel under stock nbgrader,
or a test. Checks use nothing but what this class offers, so that they need not know where the code
runs.
"""

from __future__ import annotations

import copy
import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import numpy as np

from autograder.course.errors import StudentError
from autograder.sandbox.handles import LOANS
from autograder.wire.changes import ArgumentSnapshot
from autograder.wire.errors import message, nearest_builtin
from autograder.wire.steps import count_steps


class LocalStudent:
    """Calls a student's functions out of `namespace`.

    Parameters
    ----------
    namespace : what the notebook defines, by name
    device : PyTorch's default device during calls, as in "cpu"; None leaves it

    Attributes
    ----------
    changed : list of str
        Names or positions of the arguments that the last call changed in place.
    """

    def __init__(self, namespace: dict[str, Any], device: str | None = None):
        self._namespace = namespace
        self._device = device
        self.changed: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self._call(name, args, kwargs)

    def timed(self, name: str, *args: Any, **kwargs: Any) -> tuple[float, float, Any]:
        """Seconds that one call takes by the clock and of processor time, and what it returns."""
        cpu, start = time.process_time(), time.perf_counter()
        result = self._call(name, args, kwargs)
        return time.perf_counter() - start, time.process_time() - cpu, result

    def steps(self, name: str, *args: Any, **kwargs: Any) -> int:
        """How many lines of Python one call runs."""
        function = self._function(name)
        return count_steps(lambda: _guarded(function, args, kwargs))

    def on_device(self, device: str) -> LocalStudent:
        """The same functions, called where `device` is PyTorch's default."""
        return LocalStudent(self._namespace, device)

    def _function(self, name: str) -> Callable[..., Any]:
        function: Callable[..., Any] | None = self._namespace.get(name)
        if function is None:
            raise StudentError("NameError", f"{name} is not defined")
        return function

    def _call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        function = self._function(name)
        # The student gets copies: a function that writes into its arguments must not change what
        # the reference is asked next. What was lent is not copied, but handed over once.
        originals = {id(obj): obj for obj in _hand_over((args, kwargs))}
        args, kwargs = self._with_own_records(copy.deepcopy((args, kwargs), originals))
        snapshot = ArgumentSnapshot(args, kwargs)
        try:
            with _default_device(self._device):
                return _plain(_guarded(function, args, kwargs))
        finally:
            self.changed = snapshot.changes()

    def _with_own_records(self, value: Any) -> Any:
        """The value, its records built by the classes of that name in the student's notebook."""
        if isinstance(value, list | tuple):
            return type(value)(self._with_own_records(item) for item in value)
        if isinstance(value, dict):
            return {key: self._with_own_records(item) for key, item in value.items()}
        own = self._namespace.get(type(value).__name__)
        if dataclasses.is_dataclass(value) and not isinstance(value, type) and own is not None:
            return own(*(getattr(value, field.name) for field in dataclasses.fields(value)))
        return value


def _hand_over(value: Any) -> Iterator[Any]:
    """The objects in the arguments that are still to be handed over; they are from then on."""
    if isinstance(value, list | tuple | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _hand_over(item)
    elif (loan := LOANS.get(value)) and loan.open:
        loan.open = False
        yield value


def _plain(value: Any) -> Any:
    """What a function returned, matrices and masked arrays in it as the arrays that they hold."""
    if isinstance(value, np.ndarray):
        return np.asarray(value)
    if type(value) in (list, tuple):
        return type(value)(map(_plain, value))
    return value


def _default_device(device: str | None) -> Any:
    if device is None:
        return nullcontext()
    import torch  # whoever names a device has it already

    return torch.device(device)


def _guarded(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        return function(*args, **kwargs)
    except KeyboardInterrupt:
        raise  # the time limit, not the student's doing
    except BaseException as error:  # SystemExit too: it must not end the checks
        raise StudentError(nearest_builtin(error), message(error)) from None
