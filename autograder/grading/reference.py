"""The reference, for what comes out of a student's process: in a jailed process of its own.

While a function is checked, the reference answers for the functions that the notebook asks for
earlier. The arguments are the student's, and could cost hours or gigabytes. So they are handed on
to a process that has the reference, the same limits and nothing of the student's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from autograder.checks.memoize import Memory
from autograder.course.errors import CheckFailed, GivenCellError, JailError, LimitHit
from autograder.course.limits import Limits
from autograder.sandbox.handles import HandleTable, PassCounter, Serialized, check_tensor
from autograder.sandbox.jail import Jail
from autograder.sandbox.remote_call import RemoteCalls

APPLY = """
def __apply__(model, images, as_it_is=False):
    import torch

    with torch.no_grad():
        return (model if as_it_is else model.eval())(torch.as_tensor(images))
"""


class _TooExpensive(Exception):
    def __init__(self, kind: str):
        super().__init__(kind)
        self.kind = kind


class Reference:
    """The reference's functions in a process that is started when it is first asked.

    sources : the given cells and the solutions, in order: (grade_id, code)
    files : what lies beside the notebook: content by path
    """

    def __init__(
        self,
        jail: Jail,
        sources: tuple[tuple[str, str], ...],
        limits: Limits,
        files: dict[str, bytes],
    ):
        self._jail = jail
        self._sources = (*sources, ("", APPLY))
        self._files = files
        self._limits = limits
        self._calls: RemoteCalls | None = None
        self._memory = Memory()  # a class asks for the same sizes and paddings

    def start(self) -> None:
        """Start its process, if there is none.

        Raises `GivenCellError` where one of its cells does not run.
        """
        self._process()

    def call(
        self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], deadline: float
    ) -> tuple[str, Any]:
        """("ok", (result, [])) or ("error", [kind, message]); it never raises a fault of ours.

        An answer that takes too long or too much is the fault of whoever asked.
        """
        return self._recall((name, args, kwargs), partial(self._ask, name, args, kwargs, deadline))

    def apply(
        self, network: Serialized, images: Any, as_it_is: bool, deadline: float
    ) -> tuple[str, Any]:
        """What a serialized network makes of images, as the description of a tensor."""
        kind, answer = self.call("__apply__", (network, images, as_it_is), {}, deadline)
        if kind == "ok":
            (result, _) = answer
            return kind, result.description if isinstance(result, Serialized) else None
        return kind, answer

    def let_through(
        self, counter: PassCounter, images: Serialized, deadline: float
    ) -> tuple[str, Any]:
        """What one of our own networks makes of a student's tensor, as the answer to a call."""
        ask = partial(self._ask, "__apply__", (counter.network, images), {}, deadline)
        return self._recall((counter.digest, images), ask)  # a network is long to compare

    def close(self) -> None:
        """End the process, if there is one."""
        if self._calls is not None:
            with suppress(JailError):  # with a jail that broke it has ended already
                self._calls.end()
            self._calls = None

    def _recall(
        self, question: tuple[Any, ...], ask: Callable[[], tuple[str, Any]]
    ) -> tuple[str, Any]:
        try:
            return self._memory.recall(question, ask)
        except _TooExpensive as error:
            return "error", [error.kind, "the earlier function was given more than it can do"]

    def _ask(
        self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], deadline: float
    ) -> tuple[str, Any]:
        body = {"name": name, "args": args, "kwargs": kwargs, "device": None, "by_value": True}
        for last in (False, True):
            try:
                return self._process().ask("call", body, deadline)
            except LimitHit as hit:
                # Its process serves many submissions, and may have been at its own limit.
                self._calls = None
                if last or hit.status == "timed_out":
                    kind = "MemoryError" if hit.status == "out_of_memory" else "RuntimeError"
                    raise _TooExpensive(kind) from None  # not remembered: it may work another time
        raise AssertionError("not reached")

    def _process(self) -> RemoteCalls:
        if self._calls is None:
            self._calls = RemoteCalls(self._jail.admit(self._limits))
            deadline = time.monotonic() + self._limits.submission_seconds
            self._calls.hand_files(self._files, deadline)
            for name, source in self._sources:
                body = {"source": source, "earlier": [], "room": 10_000}
                kind, answer = self._calls.ask("cell", body, deadline)
                if kind != "ok" or answer.get("error"):
                    self.close()
                    raise GivenCellError(name, *(answer["error"] if kind == "ok" else answer))
        return self._calls


class EarlierFunctions:
    """What a student's process may ask of the reference, and of our networks, until a deadline.

    names : the functions that the reference answers for, and no other
    handles : knows the networks of ours that the process was given
    """

    def __init__(
        self, reference: Reference, names: tuple[str, ...], handles: HandleTable, deadline: float
    ):
        self._reference = reference
        self._names = names
        self._handles = handles
        self._deadline = deadline

    def answer(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str, Any]:
        """("ok", (result, [])) or ("error", [kind, message]), as `RemoteCalls.ask` wants it."""
        counter = self._handles.counters.get(name)
        if counter is not None and len(args) == 1 and isinstance(args[0], Serialized):
            try:
                counter.shapes.append(check_tensor(args[0].description)["shape"])
            except CheckFailed:
                return "error", ["ValueError", "a network takes a tensor"]
            return self._reference.let_through(counter, args[0], self._deadline)
        if name not in self._names:
            return "error", ["NameError", f"{name} is not answered here"]
        return self._reference.call(name, args, kwargs, self._deadline)
