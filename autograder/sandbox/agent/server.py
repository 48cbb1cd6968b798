"""Answer the questions that come over the channel: run a cell, call a function, look at a thing.

files     write the files that ship with the assignment
cell      run a cell; `earlier` functions are then answered outside, by the reference
call      call a function of the notebook
steps     call it and count the lines that this runs
ask       one of `wire.questions`, about things
forget    let go of the things of earlier questions
"""

from __future__ import annotations

import builtins
import dataclasses
import io
import random
import sys
import threading
from contextlib import nullcontext, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import torch

from autograder.sandbox.agent.shell import run_cell
from autograder.wire import networks, questions, tags
from autograder.wire.changes import ArgumentSnapshot
from autograder.wire.codec import Channel, Malformed, decode, encode
from autograder.wire.errors import message, nearest_builtin
from autograder.wire.objects import describe_object
from autograder.wire.steps import count_steps

NUMBERS = frozenset((bool, int, float))


class Answering:
    """One notebook's answers, for as long as its process lives."""

    def __init__(self, channel: Channel, shell: Any):
        self._channel = channel
        self._shell = shell
        self._names: dict[str, Any] = shell.user_ns
        self._things: list[Any] = []
        self._lent: dict[str, Any] = {}
        self._asking = threading.RLock()
        self._question: int | None = None
        self._by_value = False
        self._outsiders: dict[str, Any] = {}
        # The arguments that a by-value answer may be a view of, on either end of the question.
        self._given: tuple = ()

    def serve(self) -> None:
        """Answer until the channel closes."""
        while True:
            header, buffers = self._channel.receive()
            self._question = header["n"]
            try:
                body = decode(header["body"], buffers, self._decode_other)
                answer = getattr(self, f"_{header['kind']}")(**body)
                kind, made, sent = "ok", *self._encode(answer)
            except Exception as error:
                kind, sent = "error", []
                made = {tags.LIST: [_builtin_class(error), message(error)]}
            self._question = None
            try:
                self._channel.send({"n": header["n"], "kind": kind, "body": made}, sent)
            except Malformed as error:  # nothing of it was sent
                made = {tags.LIST: ["ValueError", str(error)]}
                self._channel.send({"n": header["n"], "kind": "error", "body": made}, [])

    def _files(self, files: dict[str, bytes]) -> None:
        for name, content in files.items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def _cell(self, source: str, earlier: list[str], room: int) -> dict[str, Any]:
        for name in earlier:
            # The same stand-in each time, which knows what it was told.
            self._names[name] = self._outsiders.setdefault(name, self._outside(name))
        return run_cell(self._shell, source, room)

    def _call(
        self, name: str, args: tuple, kwargs: dict, device: str | None, by_value: bool
    ) -> tuple[Any, list[str]]:
        if name not in self._names:
            raise NameError(f"{name} is not defined")
        snapshot = ArgumentSnapshot(args, kwargs)
        quiet = io.StringIO()
        try:
            with (
                redirect_stdout(quiet),
                redirect_stderr(quiet),
                torch.device(device) if device else nullcontext(),
            ):
                result = self._names[name](*args, **kwargs)
        except BaseException as error:
            if not isinstance(error, Exception):  # SystemExit must not end the questions
                raise _FunctionExit(nearest_builtin(error)) from None
            raise
        self._by_value, self._given = by_value, args
        return result, snapshot.changes()

    def _steps(self, name: str, args: tuple, kwargs: dict) -> int:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            return count_steps(lambda: self._names[name](*args, **kwargs))

    def _ask(self, verb: str, about: tuple) -> Any:
        return questions.VERBS[verb](*about)

    def _forget(self) -> None:
        self._things.clear()
        self._lent.clear()

    def _outside(self, name: str) -> Any:
        answers: dict[str, Any] = {}

        def call(*args: Any, **kwargs: Any) -> Any:
            # Sizes are asked for again and again, and have one answer.
            plain = NUMBERS.issuperset(map(type, (*args, *kwargs.values())))
            key = repr((args, kwargs)) if plain else ""
            if key in answers:
                return answers[key]
            answer = self._ask_outside(name, args, kwargs)
            if key and type(answer) in NUMBERS:
                answers[key] = answer
            return answer

        call.__name__ = call.__qualname__ = name
        return call

    def _ask_outside(self, name: str, args: tuple, kwargs: dict) -> Any:
        """Have the reference answer for an earlier function; it is not in here."""
        with self._asking:
            if self._question is None:
                raise RuntimeError("nothing is being asked just now")
            self._by_value = True
            node, buffers = self._encode({"name": name, "args": args, "kwargs": kwargs})
            header = {"n": self._question, "kind": "outside", "body": node}
            self._channel.send(header, buffers)
            header, buffers = self._channel.receive()
            self._given = args
            answer = decode(header["body"], buffers, self._decode_other)
            self._given = ()
        if header["kind"] == "ok":
            return answer[0]
        kind, message = answer
        raise getattr(builtins, kind, Exception)(message)

    # Values that are not plain data

    def _encode(self, value: Any) -> tuple[Any, list[bytes]]:
        buffers: list[bytes] = []
        try:
            return encode(value, buffers, self._encode_other), buffers
        finally:
            self._by_value, self._given = False, ()

    def _encode_other(self, value: Any, buffers: list[bytes]) -> Any:
        if self._by_value:
            described = self._as_view(value) or describe_object(value)
            if described is None:
                raise TypeError(f"{type(value).__name__} cannot be handed to an earlier function")
            tag, description = described
            return {tag: encode(description, buffers, _refuse)}
        self._things.append(value)
        return {tags.HANDLE: [len(self._things) - 1, questions.kind_of(value)]}

    def _as_view(self, value: Any) -> tuple[str, list] | None:
        """Describe a tensor as an argument in another shape, where that is what it is.

        An answer that shares memory with an argument must share it for whoever asked as well.
        """
        if not isinstance(value, torch.Tensor) or value.is_meta:
            return None
        for position, given in enumerate(self._given):
            if not isinstance(given, torch.Tensor) or given.is_meta:
                continue
            same = value.data_ptr() == given.data_ptr() and value.numel() == given.numel()
            if same and value.is_contiguous() and given.is_contiguous():
                return tags.VIEW, [position, list(value.shape)]
        return None

    def _decode_other(self, tag: str, body: Any, buffers: list[bytes]) -> Any:
        if tag == tags.HANDLE:
            return self._things[body]
        if tag == tags.LENT:  # something lent: it is asked about after the call
            key, node = body
            if key not in self._lent:
                self._lent[key] = decode(node, buffers, self._decode_other)
            return self._lent[key]
        if tag == tags.COUNTED:  # a network whose passes are answered outside, and counted there
            key, node = body
            model = decode(node, buffers, self._decode_other)
            return networks.answer_passes(
                model, lambda images: self._ask_outside(key, (images,), {})
            )
        description = decode(body, buffers, self._decode_other)
        if tag == tags.TENSOR:
            return networks.rebuild_tensor(description)
        if tag == tags.VIEW:
            position, shape = description
            return self._given[position].reshape(shape)
        if tag == tags.NETWORK:
            return networks.rebuild_network(description)
        if tag == tags.RECORD:
            name, fields = description
            kind = self._names.get(name)
            # A name that came from elsewhere must not make anything but a record.
            if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
                raise Malformed("a record of an unknown kind")
            return kind(*fields)
        raise Malformed(f"a value of an unknown kind {tag!r}")


class _FunctionExit(Exception):
    """The student's function ended the interpreter, or tried to, with an exception of this kind."""

    def __init__(self, kind: str):
        super().__init__(kind)
        self.kind = kind


def _builtin_class(error: Exception) -> str:
    return error.kind if isinstance(error, _FunctionExit) else nearest_builtin(error)


def _refuse(value: Any, buffers: list[bytes]) -> Any:
    raise TypeError(f"{type(value).__name__} cannot be told")


def work(channel: Channel, shell: Any) -> None:
    """What a forked child does for the rest of its life."""
    sys.stdout = sys.stderr = io.StringIO()
    # Python draws a new seed after a fork, NumPy and torch do not. A submission that is graded
    # again is to find the same numbers.
    random.seed(0)
    Answering(channel, shell).serve()
