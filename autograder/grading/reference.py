"""The reference, for what comes out of a student's process: in a jailed process of its own.

While a function is checked, the functions asked for earlier are answered by the reference. The
arguments are the student's, so they may be made to cost hours or gigabytes. So they are handed on
to a process that has the reference, the same limits and nothing of the student's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from autograder.checks.memoize import Memory
from autograder.course.errors import GraderFault, JailError, LimitHit
from autograder.course.limits import Limits
from autograder.sandbox.handles import Counted, Told
from autograder.sandbox.jail import Jail
from autograder.sandbox.remote_call import Conversation

APPLY = """
import torch


def __apply__(model, images, as_it_is=False):
    with torch.no_grad():
        return (model if as_it_is else model.eval())(torch.as_tensor(images))
"""


class _TooMuch(Exception):
    def __init__(self, kind: str):
        super().__init__(kind)
        self.kind = kind


class Reference:
    """The reference's functions in a process that is started when it is first asked.

    sources : the given cells and the solutions, in order
    """

    def __init__(self, jail: Jail, sources: tuple[str, ...], limits: Limits):
        self._jail = jail
        self._sources = (*sources, APPLY)
        self._limits = limits
        self._conversation: Conversation | None = None
        self._memory = Memory()  # a class asks for the same sizes and paddings

    def call(self, name: str, args: tuple, kwargs: dict, deadline: float) -> tuple[str, Any]:
        """("ok", (result, [])) or ("error", [kind, message]); nothing it does is a fault of ours.

        An answer that takes too long or too much is the fault of whoever asked.
        """
        return self._recall((name, args, kwargs), partial(self._ask, name, args, kwargs, deadline))

    def _recall(self, question: tuple, ask: Callable[[], Any]) -> tuple[str, Any]:
        try:
            return self._memory.recall(question, ask)
        except _TooMuch as error:
            return "error", [error.kind, "the earlier function was given more than it can do"]

    def _ask(self, name: str, args: tuple, kwargs: dict, deadline: float) -> tuple[str, Any]:
        body = {"name": name, "args": args, "kwargs": kwargs, "device": None, "by_value": True}
        for last in (False, True):
            try:
                return self._talk().ask("call", body, deadline)
            except LimitHit as hit:
                # Its process serves many submissions, and may have been at its own limit.
                self._conversation = None
                if last or hit.status == "timed_out":
                    kind = "MemoryError" if hit.status == "out_of_memory" else "RuntimeError"
                    raise _TooMuch(kind) from None  # not remembered: another time it may do
        raise AssertionError("not reached")

    def apply(self, network: Told, images: Any, as_it_is: bool, deadline: float) -> tuple[str, Any]:
        """What a told network makes of images, as what is told of a tensor."""
        kind, answer = self.call("__apply__", (network, images, as_it_is), {}, deadline)
        if kind == "ok":
            (result, _) = answer
            return kind, result.value if isinstance(result, Told) else None
        return kind, answer

    def let_through(self, counted: Counted, images: Told, deadline: float) -> tuple[str, Any]:
        """What one of our own networks makes of a student's tensor, as the answer to a call."""
        ask = partial(self._ask, "__apply__", (counted.network, images), {}, deadline)
        return self._recall((counted.key, images), ask)  # a network is long to compare

    def close(self) -> None:
        """End the process, if there is one."""
        if self._conversation is not None:
            with suppress(JailError):  # with a jail that broke it has ended already
                self._conversation.end()
            self._conversation = None

    def _talk(self) -> Conversation:
        if self._conversation is None:
            self._conversation = Conversation(self._jail.admit(self._limits))
            deadline = time.monotonic() + self._limits.submission_seconds
            for source in self._sources:
                body = {"source": source, "earlier": [], "room": 10_000}
                kind, answer = self._conversation.ask("cell", body, deadline)
                if kind != "ok" or answer.get("error"):
                    raise GraderFault(f"the reference does not run in its jail: {answer}")
        return self._conversation
