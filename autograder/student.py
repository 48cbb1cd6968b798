"""A student's functions as the trusted checks see them: `student.conv2d_forward(x, w, b)`.

`NamespaceStudent` calls functions that live in this process: a Jupyter kernel under stock nbgrader,
or a test. Checks use nothing but what this class offers, so that they need not know where the code
runs.
"""

from __future__ import annotations

import copy
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.errors import StudentError


class NamespaceStudent:
    """Calls a student's functions out of `namespace`.

    Attributes
    ----------
    changed : list of str
        Names or positions of the array arguments that the last call changed in place.
    """

    def __init__(self, namespace: dict[str, Any]):
        self._namespace = namespace
        self.changed: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self._call(name, args, kwargs)

    def seconds(self, name: str, *args: Any, repeat: int = 5, **kwargs: Any) -> float:
        """The shortest of `repeat` timings of one call, in seconds."""
        function = self._function(name)
        best = float("inf")
        for _ in range(repeat):
            start = time.perf_counter()
            _guarded(function, args, kwargs)
            best = min(best, time.perf_counter() - start)
        return best

    def steps(self, name: str, *args: Any, **kwargs: Any) -> int:
        """How many lines of Python one call runs: what a loop over positions cannot hide.

        Counts every line of Python code in every frame, library code included, because a callback
        from `np.vectorize` or `map` is a loop as well.
        """
        function = self._function(name)
        count = 0

        def tracer(frame: Any, event: str, arg: Any) -> Any:
            nonlocal count
            if event in ("line", "call"):
                count += 1
            return tracer

        previous = sys.gettrace()
        sys.settrace(tracer)
        try:
            _guarded(function, args, kwargs)
        finally:
            sys.settrace(previous)
        return count

    def _function(self, name: str) -> Callable[..., Any]:
        function = self._namespace.get(name)
        if function is None:
            raise StudentError("NameError", f"{name} is not defined")
        return function

    def _call(self, name: str, args: tuple, kwargs: dict[str, Any]) -> Any:
        function = self._function(name)
        # The student gets copies: a function that writes into its arguments must not change what
        # the reference is asked next.
        given_args, given_kwargs = copy.deepcopy(args), copy.deepcopy(kwargs)
        result = _guarded(function, given_args, given_kwargs)
        pairs = [(str(i), a, g) for i, (a, g) in enumerate(zip(args, given_args, strict=True))]
        pairs += [(key, kwargs[key], given_kwargs[key]) for key in kwargs]
        self.changed = [label for label, was, now in pairs if _differs(was, now)]
        return result


def _guarded(function: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
    try:
        return function(*args, **kwargs)
    except KeyboardInterrupt:
        raise  # the time limit, not the student's doing
    except BaseException as error:  # SystemExit too: it must not end the checks
        raise StudentError(_kind(error), str(error)) from None


def _kind(error: BaseException) -> str:
    """The nearest class of Python's own: a student's subclass of ValueError is a ValueError."""
    return next(one.__name__ for one in type(error).__mro__ if one.__module__ == "builtins")


def _differs(was: Any, now: Any) -> bool:
    if isinstance(was, np.ndarray):
        # equal_nan: an input that holds NaN is not a changed input.
        return was.shape != now.shape or not np.array_equal(
            was, now, equal_nan=was.dtype.kind == "f"
        )
    if type(was).__module__.startswith("torch") and hasattr(was, "is_meta"):
        if was.shape != now.shape or was.dtype != now.dtype or was.device != now.device:
            return True
        return not was.is_meta and not bool((was.isnan() & now.isnan() | (was == now)).all())
    return False
