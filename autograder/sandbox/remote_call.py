"""Make remote calls to a sandboxed process, one after the other, and check its answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from autograder.course.errors import JailError, LimitHit
from autograder.sandbox.handles import decode_object, encode_object
from autograder.sandbox.jail import SandboxedProcess
from autograder.wire.codec import (
    Closed,
    DecodeOther,
    EncodeOther,
    Late,
    Malformed,
    decode,
    encode,
)

SLOW = "it ran longer than its time limit"
MEMORY = "it asked for more memory than it may have"
ENDED = "its process ended (exit code {code})"
GARBLED = "its process sent something that is no answer"
# Answers what a process asks back: of a function's name and arguments makes ("ok", value) or
# ("error", [kind, message]).
AnswerBack = Callable[[str, tuple[Any, ...], dict[str, Any]], tuple[str, Any]]


class RemoteCalls:
    """Numbered remote calls to one sandboxed process.

    Every answer must echo the number of its call; anything else ends the process. A call then
    raises `LimitHit`, and no other call can be made.
    """

    def __init__(self, process: SandboxedProcess):
        self._process = process
        self._number = 0

    def ask(
        self,
        kind: str,
        body: dict[str, Any],
        deadline: float,
        *,
        encode_other: EncodeOther = encode_object,
        decode_other: DecodeOther = decode_object,
        answer_back: AnswerBack | None = None,
    ) -> tuple[str, Any]:
        """Make one call, and answer what the process asks back in the meantime.

        Parameters
        ----------
        kind, body : what `sandbox.agent.server` is to do, and its arguments
        deadline : of `time.monotonic()`
        encode_other, decode_other : for values that are no plain data; without them, objects are
            only handed on
        answer_back : without it, the process may ask nothing back

        Returns
        -------
        ("ok", value) or ("error", [kind, message])

        Raises
        ------
        LimitHit
            The process met a limit, ended, or sent something else than an answer.
        """
        self._number += 1
        try:
            self._send(kind, body, deadline, encode_other)
            while True:
                header, buffers = self._process.channel.receive(deadline)
                if header.get("n") != self._number or "body" not in header:
                    raise Malformed("an answer to another question")
                if header.get("kind") == "outside" and answer_back is not None:
                    if time.monotonic() > deadline:
                        raise Late  # a process that keeps asking is not answered for ever
                    question = _question(decode(header["body"], buffers, decode_object))
                    self._send(*answer_back(*question), deadline, encode_object)
                    continue
                if header.get("kind") not in ("ok", "error"):
                    raise Malformed("an answer of no known kind")
                value = decode(header["body"], buffers, decode_other)
                if header["kind"] == "error":
                    _check_error(value)
                return header["kind"], value
        except Late:
            self.end()
            raise LimitHit("timed_out", SLOW) from None
        except (Malformed, RecursionError):
            self.end()
            raise LimitHit("crashed", GARBLED) from None
        except Closed:
            end = self._process.end()
            if end.why == "memory":
                raise LimitHit("out_of_memory", MEMORY) from None
            raise LimitHit("crashed", ENDED.format(code=end.code)) from None

    def hand_files(self, files: dict[str, bytes], deadline: float) -> None:
        """Put an assignment's files into the folder of a process that has run nothing yet.

        Raises `JailError` when it cannot take them: no student's code has run by then, so nothing
        that goes wrong here is the student's.
        """
        try:
            kind, answer = self.ask("files", {"files": files}, deadline)
        except LimitHit as hit:
            raise JailError(f"a fresh process does not work under its limits: {hit}") from None
        if kind != "ok":
            self.end()
            raise JailError(f"a fresh process does not work under its limits: {', '.join(answer)}")

    def cpu_seconds(self) -> float:
        """The processor time that the process has used."""
        return self._process.cpu_seconds()

    def end(self) -> None:
        """End the process; it may have ended before."""
        self._process.end()

    def _send(self, kind: str, body: Any, deadline: float, encode_other: EncodeOther) -> None:
        buffers: list[bytes] = []
        node = encode(body, buffers, encode_other)
        header = {"n": self._number, "kind": kind, "body": node}
        self._process.channel.send(header, buffers, deadline)


def _question(body: Any) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    """The function's name and the arguments in a question that a process asks back."""
    if not isinstance(body, dict) or set(body) != {"name", "args", "kwargs"}:
        raise Malformed("a question that has no known form")
    name, args, kwargs = body["name"], body["args"], body["kwargs"]
    if not (isinstance(name, str) and isinstance(args, tuple) and isinstance(kwargs, dict)):
        raise Malformed("a question that has no known form")
    return name, args, kwargs


def _check_error(value: Any) -> None:
    if not isinstance(value, list) or len(value) != 2:
        raise Malformed("an error of no known form")
    if not all(isinstance(text, str) for text in value):
        raise Malformed("an error of no known form")
