"""Ask a jailed process questions, one after the other, and read its answers with suspicion."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any

from autograder.course.errors import JailError, LimitHit
from autograder.sandbox.handles import Counted, Lent, Thing, Told
from autograder.sandbox.jail import Inmate
from autograder.wire import tags
from autograder.wire.codec import Closed, Late, Malformed, decode, encode

SLOW = "it ran longer than its time limit"
MEMORY = "it asked for more memory than it may have"
ENDED = "its process ended (exit code {code})"
GARBLED = "its process sent something that is no answer"
# What a process asks back: a function's name and arguments; and the answer, "ok" or "error".
Outside = Callable[[str, tuple, dict], tuple[str, Any]]


class Conversation:
    """Numbered questions to one process.

    Every answer must echo the number of its question; anything else ends the process. `LimitHit`
    says so, and the conversation is over then.
    """

    def __init__(self, inmate: Inmate):
        self._inmate = inmate
        self._number = 0
        self._keys = 0
        self.asker: Any = None
        self.facts: dict[int, dict[str, Any]] = {}
        self.counted: dict[str, Counted] = {}

    def ask(
        self, kind: str, body: dict[str, Any], deadline: float, outside: Outside | None = None
    ) -> tuple[str, Any]:
        """The answer to one question: ("ok", value) or ("error", [kind, message]).

        `deadline` is of `time.monotonic()`. Raises `LimitHit`.
        """
        self._number += 1
        channel = self._inmate.channel
        try:
            self._send(kind, body, deadline)
            while True:
                header, buffers = channel.receive(deadline)
                if header.get("n") != self._number or "body" not in header:
                    raise Malformed("an answer to another question")
                if header.get("kind") == "outside" and outside is not None:
                    if time.monotonic() > deadline:
                        raise Late  # whoever asks on and on is not answered for ever
                    asked = decode(header["body"], buffers, _hand_on)
                    self._send(*_answer_outside(asked, outside), deadline)
                    continue
                if header.get("kind") not in ("ok", "error"):
                    raise Malformed("an answer of no known kind")
                value = decode(header["body"], buffers, self._decode_other)
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
            ended = self._inmate.end()
            if ended.why == "memory":
                raise LimitHit("out_of_memory", MEMORY) from None
            raise LimitHit("crashed", ENDED.format(code=ended.code)) from None

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
            raise JailError(f"a fresh process does not work under its limits: {': '.join(answer)}")

    def cpu_seconds(self) -> float:
        """The processor time that the process has used."""
        return self._inmate.cpu_seconds()

    def forget(self, deadline: float) -> None:
        """Let go of the things of earlier questions, on both sides."""
        self.facts.clear()
        self.counted.clear()
        self.ask("forget", {}, deadline)

    def end(self) -> None:
        """End the process."""
        self._inmate.end()

    def _send(self, kind: str, body: Any, deadline: float) -> None:
        buffers: list[bytes] = []
        node = encode(body, buffers, self._encode_other)
        header = {"n": self._number, "kind": kind, "body": node}
        self._inmate.channel.send(header, buffers, deadline)

    def _decode_other(self, tag: str, body: Any, buffers: list[bytes]) -> Any:
        if tag != tags.HANDLE:
            return _hand_on(tag, body, buffers)
        if not isinstance(body, list) or len(body) != 2:
            raise Malformed("a thing has no known form")
        number, called = body
        if type(number) is not int or called not in tags.KINDS:
            raise Malformed("a thing has no number or no name")
        return Thing(self.asker, number, called)

    def _encode_other(self, value: Any, buffers: list[bytes]) -> Any:
        if isinstance(value, Thing):
            return {tags.HANDLE: value.number}
        if isinstance(value, Told):
            return {value.tag: encode(value.value, buffers, self._encode_other)}
        mark = getattr(value, "__dict__", {}).get("_lent")
        if isinstance(mark, Lent):
            if mark.student is not self.asker:
                mark.student, mark.key = self.asker, self._key("lent")
            return {tags.LENT: [mark.key, tell(value, buffers)]}
        mark = getattr(value, "__dict__", {}).get("_counted")
        if isinstance(mark, Counted):
            key = self._key("pass")
            self.counted[key] = mark
            return {tags.COUNTED: [key, tell(value, buffers)]}
        return tell(value, buffers)

    def _key(self, what: str) -> str:
        self._keys += 1
        return f"{what}:{self._keys}"


def tell(value: Any, buffers: list[bytes]) -> Any:
    """The JSON form of a tensor, a network or a record of our own."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [getattr(value, field.name) for field in dataclasses.fields(value)]
        return {tags.RECORD: encode([type(value).__name__, fields], buffers, tell)}
    import torch  # only where checks have made such things, so it is there already

    from autograder.wire import networks

    if isinstance(value, torch.Tensor):
        return {tags.TENSOR: encode(networks.serialize_tensor(value), buffers, tell)}
    if isinstance(value, torch.nn.Module):
        return {tags.NETWORK: encode(networks.serialize_network(value), buffers, tell)}
    raise TypeError(f"a check hands over a {type(value).__name__}, which cannot be carried")


def _hand_on(tag: str, body: Any, buffers: list[bytes]) -> Told:
    if tag not in tags.SERIALIZED:
        raise Malformed("a value of an unknown kind")
    return Told(tag, decode(body, buffers, _hand_on))


def _answer_outside(asked: Any, outside: Outside) -> tuple[str, Any]:
    if not isinstance(asked, dict) or set(asked) != {"name", "args", "kwargs"}:
        raise Malformed("a question that has no known form")
    name, args, kwargs = asked["name"], asked["args"], asked["kwargs"]
    if not (isinstance(name, str) and isinstance(args, tuple) and isinstance(kwargs, dict)):
        raise Malformed("a question that has no known form")
    return outside(name, args, kwargs)


def _check_error(value: Any) -> None:
    if not isinstance(value, list) or len(value) != 2:
        raise Malformed("an error of no known form")
    if not all(isinstance(one, str) for one in value):
        raise Malformed("an error of no known form")
