"""A student's functions that live in a jail, as the trusted checks see them.

`RemoteStudent` offers what `autograder.checks.local_student.LocalStudent` offers, so that
checks need not know where the code runs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from autograder.course.errors import LimitHit, StudentError
from autograder.grading.reference import EarlierFunctions, Reference
from autograder.sandbox.handles import (
    LOANS,
    PASS_COUNTERS,
    HandleTable,
    RemoteHandle,
    Serialized,
    check_facts,
    decode_object,
    encode_object,
)
from autograder.sandbox.remote_call import GARBLED, MEMORY, RemoteCalls
from autograder.wire import tags
from autograder.wire.codec import Malformed, Received
from autograder.wire.descriptions import Facts, NetworkDescription


class RemoteStudent:
    """Calls functions in a student's process, until the deadline of a test cell.

    Parameters
    ----------
    calls : to the student's process
    handles : what is kept about the objects of that process
    reference, answered : the reference, and the functions that it answers for when the student's
        code calls them
    deadline : of `time.monotonic()`
    device : PyTorch's default device during calls, as in "cpu"; None leaves it

    Attributes
    ----------
    changed : list of str
        Names or positions of the arguments that the last call changed in place.
    """

    def __init__(
        self,
        calls: RemoteCalls,
        handles: HandleTable,
        reference: Reference,
        answered: tuple[str, ...],
        deadline: float,
        device: str | None = None,
    ):
        self._calls = calls
        self._handles = handles
        self._reference = reference
        self._answered = answered
        self._deadline = deadline
        self._device = device
        self._earlier = EarlierFunctions(reference, answered, handles, deadline)
        self.changed: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self._call(name, args, kwargs)

    def timed(self, name: str, *args: Any, **kwargs: Any) -> tuple[float, float, Any]:
        """Seconds from question to answer, seconds of processor time, and the answer.

        Both are measured outside the jail. Processor time does not grow with the load of the
        machine, and is that of all processes of the submission, whichever of them does the work.
        """
        cpu, start = self._calls.cpu_seconds(), time.perf_counter()
        result = self._call(name, args, kwargs)
        wall = time.perf_counter() - start
        return wall, self._calls.cpu_seconds() - cpu, result

    def steps(self, name: str, *args: Any, **kwargs: Any) -> int:
        """How many lines of Python one call runs, as the jail counts them.

        A student's code could forge the count, so a check has to measure the time as well.
        """
        count = self._ask("steps", {"name": name, "args": args, "kwargs": kwargs})
        return count if type(count) is int else sys.maxsize

    def on_device(self, device: str) -> RemoteStudent:
        """The same functions, called where `device` is PyTorch's default."""
        return RemoteStudent(
            self._calls, self._handles, self._reference, self._answered, self._deadline, device
        )

    def ask(self, verb: str, *about: Any) -> Any:
        """The answer to one of `wire.questions`, as plain data that is still to be checked."""
        return self._ask("ask", {"verb": verb, "about": about})

    def facts(self, handle: RemoteHandle) -> Facts:
        """The kind and the description of an object, asked once.

        Whatever happens to the object later, a check goes on from the first answer.
        """
        known = self._handles.facts
        if handle.number not in known:
            known[handle.number] = check_facts(self.ask("facts", handle))
        return known[handle.number]

    def apply(self, network: NetworkDescription, values: Any, as_it_is: bool) -> Any:
        """What a described network makes of an array, computed away from the student.

        Returns the description of a tensor, or None where the result is none.
        """
        serialized = Serialized(tags.NETWORK, network)
        return _value(*self._reference.apply(serialized, values, as_it_is, self._deadline))

    def _call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        body = {
            "name": name,
            "args": args,
            "kwargs": kwargs,
            "device": self._device,
            "by_value": False,
        }
        answer = self._ask("call", body)
        if not isinstance(answer, tuple) or len(answer) != 2 or not _are_names(answer[1]):
            self._calls.end()
            raise LimitHit("crashed", GARBLED)
        result, self.changed = answer
        return result

    def _ask(self, kind: str, body: dict[str, Any]) -> Any:
        answer = self._calls.ask(
            kind,
            body,
            self._deadline,
            encode_other=self._encode,
            decode_other=self._decode,
            answer_back=self._earlier.answer,
        )
        return _value(*answer)

    def _encode(self, value: Any, buffers: list[bytes]) -> dict[str, Any]:
        if isinstance(value, RemoteHandle):
            return {tags.HANDLE: value.number}
        if loan := LOANS.get(value):
            if loan.owner is not self:
                loan.owner, loan.key = self, self._handles.new_key("lent")
            return {tags.LENT: [loan.key, encode_object(value, buffers)]}
        if counter := PASS_COUNTERS.get(value):
            key = self._handles.new_key("pass")
            self._handles.counters[key] = counter
            return {tags.COUNTED: [key, encode_object(value, buffers)]}
        return encode_object(value, buffers)

    def _decode(self, tag: str, body: Any, buffers: Received) -> RemoteHandle | Serialized:
        if tag != tags.HANDLE:
            return decode_object(tag, body, buffers)
        if not isinstance(body, list) or len(body) != 2:
            raise Malformed("a handle has no known form")
        number, kind = body
        if type(number) is not int or kind not in tags.KINDS:
            raise Malformed("a handle has no number or no kind")
        return RemoteHandle(self, number, kind)


def _value(kind: str, answer: Any) -> Any:
    """The value of an answer; what an error stands for is raised."""
    if kind == "ok":
        return answer
    error, message = answer
    if error == "MemoryError":
        raise LimitHit("out_of_memory", MEMORY, alive=True)
    raise StudentError(error, message)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)
