"""A student's functions that live in a jail, as the trusted checks see them.

It offers what `autograder.checks.local_student.NamespaceStudent` offers, so that checks need not
know where the code runs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from autograder.course.errors import CheckFailed, LimitHit, StudentError
from autograder.grading.reference import Reference
from autograder.sandbox.handles import Thing, Told, checked_facts, tensor_told
from autograder.sandbox.remote_call import GARBLED, MEMORY, Conversation


class JailedStudent:
    """Calls functions in a student's process, until the deadline of a test cell.

    Attributes
    ----------
    changed : list of str
        Names or positions of the arguments that the last call changed in place.
    """

    def __init__(
        self,
        conversation: Conversation,
        reference: Reference,
        earlier: tuple[str, ...],
        deadline: float,
        device: str | None = None,
    ):
        self._conversation = conversation
        self._reference = reference
        self._earlier = earlier
        self._deadline = deadline
        self._device = device
        self.changed: list[str] = []
        # Whoever holds a thing asks this student about it, within this cell's time.
        conversation.asker = self

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self._call(name, args, kwargs)

    def timed(self, name: str, *args: Any, **kwargs: Any) -> tuple[float, float, Any]:
        """Seconds from question to answer, seconds of processor time, and the answer.

        Both are measured out here. Processor time does not grow with the load of the machine, and
        is that of all processes of the submission, whichever of them does the work.
        """
        cpu, start = self._conversation.cpu_seconds(), time.perf_counter()
        result = self._call(name, args, kwargs)
        wall = time.perf_counter() - start
        return wall, self._conversation.cpu_seconds() - cpu, result

    def steps(self, name: str, *args: Any, **kwargs: Any) -> int:
        """How many lines of Python one call runs, as the jail counts them.

        A hint for honest loops: what matters is timed from out here as well.
        """
        count = self._question("steps", {"name": name, "args": args, "kwargs": kwargs})
        return count if type(count) is int else sys.maxsize

    def on_device(self, device: str) -> JailedStudent:
        """The same functions, called where `device` is PyTorch's default."""
        return JailedStudent(
            self._conversation, self._reference, self._earlier, self._deadline, device
        )

    def ask(self, verb: str, *about: Any) -> Any:
        """The answer to one of `wire.questions`, as plain data that is still to be checked."""
        return self._question("ask", {"verb": verb, "about": about})

    def facts(self, thing: Thing) -> dict[str, Any]:
        """What a thing is, asked once: whatever is asked about it later, it stays what it was."""
        known = self._conversation.facts
        if thing.number not in known:
            known[thing.number] = checked_facts(self.ask("facts", thing))
        return known[thing.number]

    def apply(self, network: dict[str, Any], values: Any, as_it_is: bool) -> Any:
        """What a network that was told makes of an array, computed away from the student."""
        told = Told("M", network)
        kind, answer = self._reference.apply(told, values, as_it_is, self._deadline)
        return _result(kind, answer)

    def _call(self, name: str, args: tuple, kwargs: dict[str, Any]) -> Any:
        body = {
            "name": name,
            "args": args,
            "kwargs": kwargs,
            "device": self._device,
            "by_value": False,
        }
        answer = self._question("call", body)
        if not isinstance(answer, tuple) or len(answer) != 2 or not _names(answer[1]):
            self._conversation.end()
            raise LimitHit("crashed", GARBLED)
        result, self.changed = answer
        return result

    def _question(self, kind: str, body: dict[str, Any]) -> Any:
        return _result(*self._conversation.ask(kind, body, self._deadline, self.answer_outside))

    def answer_outside(self, name: str, args: tuple, kwargs: dict[str, Any]) -> tuple[str, Any]:
        """The reference's answer for a function that was asked for earlier, and for no other."""
        counted = self._conversation.counted.get(name)
        if counted is not None and len(args) == 1 and isinstance(args[0], Told):
            try:
                counted.passes.append(tensor_told(args[0].value)["shape"])
            except CheckFailed:
                return "error", ["ValueError", "a network takes a tensor"]
            return self._reference.let_through(counted, args[0], self._deadline)
        if name not in self._earlier:
            return "error", ["NameError", f"{name} is not answered here"]
        return self._reference.call(name, args, kwargs, self._deadline)


def _result(kind: str, answer: Any) -> Any:
    if kind == "ok":
        return answer
    error, message = answer
    if error == "MemoryError":
        raise LimitHit("out_of_memory", MEMORY, alive=True)
    raise StudentError(error, message)


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
