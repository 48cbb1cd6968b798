"""A student's functions as the trusted checks see them: `student.conv2d_forward(x, w, b)`.

`NamespaceStudent` calls functions that live in this process: a Jupyter kernel under stock nbgrader,
or a test. Checks use nothing but what this class offers, so that they need not know where the code
runs.
"""

from __future__ import annotations

import copy
import dataclasses
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from autograder.course.errors import StudentError
from autograder.wire.changes import ArgumentSnapshot
from autograder.wire.errors import message, nearest_builtin
from autograder.wire.steps import count_steps


class NamespaceStudent:
    """Calls a student's functions out of `namespace`.

    Attributes
    ----------
    changed : list of str
        Names or positions of the array arguments that the last call changed in place.
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

    def on_device(self, device: str) -> NamespaceStudent:
        """The same functions, called where `device` is PyTorch's default."""
        return NamespaceStudent(self._namespace, device)

    def _function(self, name: str) -> Callable[..., Any]:
        function = self._namespace.get(name)
        if function is None:
            raise StudentError("NameError", f"{name} is not defined")
        return function

    def _call(self, name: str, args: tuple, kwargs: dict[str, Any]) -> Any:
        function = self._function(name)
        # The student gets copies: a function that writes into its arguments must not change what
        # the reference is asked next.
        given_args, given_kwargs = self._remade(copy.deepcopy((args, kwargs)))
        snapshot = ArgumentSnapshot(given_args, given_kwargs)
        with _default(self._device):
            result = _guarded(function, given_args, given_kwargs)
        self.changed = snapshot.changes()
        return result

    def _remade(self, value: Any) -> Any:
        """Records made anew, by the classes of that name in the student's own notebook."""
        if isinstance(value, list | tuple):
            return type(value)(self._remade(one) for one in value)
        if isinstance(value, dict):
            return {key: self._remade(one) for key, one in value.items()}
        own = self._namespace.get(type(value).__name__)
        if dataclasses.is_dataclass(value) and not isinstance(value, type) and own is not None:
            return own(*(getattr(value, one.name) for one in dataclasses.fields(value)))
        return value


def _default(device: str | None) -> Any:
    if device is None:
        return nullcontext()
    import torch  # whoever names a device has it already

    return torch.device(device)


def _guarded(function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
    try:
        return function(*args, **kwargs)
    except KeyboardInterrupt:
        raise  # the time limit, not the student's doing
    except BaseException as error:  # SystemExit too: it must not end the checks
        raise StudentError(nearest_builtin(error), message(error)) from None
