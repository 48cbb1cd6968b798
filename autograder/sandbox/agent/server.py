"""Answer what comes over the channel: run a cell, call a function, look at an object.

files     write the files that ship with the assignment
cell      run a cell; `earlier` functions are then answered outside, by the reference
call      call a function of the notebook
steps     call it and count the lines that this runs
ask       one of `wire.questions`, about objects
forget    let go of the objects of earlier questions
"""

from __future__ import annotations

import builtins
import dataclasses
import io
import random
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext, redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.sandbox.agent.shell import run_cell
from autograder.wire import tags
from autograder.wire.changes import ArgumentSnapshot
from autograder.wire.codec import Channel, Malformed, Received, decode, encode
from autograder.wire.errors import message, nearest_builtin
from autograder.wire.objects import describe_object, kind_of
from autograder.wire.steps import count_steps

NUMBERS = frozenset((bool, int, float))


class AgentServer:
    """Answers questions about one notebook, for as long as its process lives.

    channel : to the grader
    shell : runs the notebook's cells, and holds its names
    """

    def __init__(self, channel: Channel, shell: Any):
        self._channel = channel
        self._shell = shell
        self._names: dict[str, Any] = shell.user_ns
        self._objects: list[Any] = []  # what the grader has a handle of, by number
        self._loans: dict[str, Any] = {}  # what the grader has lent, by key
        self._stand_ins: dict[str, Callable[..., Any]] = {}
        self._given: dict[str, Any] = {}  # modules and functions that given cells define, by name
        self._asking = threading.RLock()
        self._question: int | None = None  # the number of the question that is being answered

    def serve(self) -> None:
        """Answer until the channel closes."""
        while True:
            header, buffers = self._channel.receive()
            self._question = header["n"]
            try:
                body = decode(header["body"], buffers, self._decode_other)
                value = getattr(self, f"_{header['kind']}")(**body)
                by_value = body.get("by_value")
                other = partial(_describe, arguments=body["args"]) if by_value else self._hand_out
                answer: list[bytes] = []
                kind, node = "ok", encode(value, answer, other)
            except Exception as error:
                kind, answer = "error", []
                node = {tags.LIST: [_builtin_class(error), message(error)]}
            self._question = None
            try:
                self._channel.send({"n": header["n"], "kind": kind, "body": node}, answer)
            except Malformed as error:  # nothing of it was sent
                node = {tags.LIST: ["ValueError", str(error)]}
                self._channel.send({"n": header["n"], "kind": "error", "body": node}, [])

    def _files(self, files: dict[str, bytes]) -> None:
        if "" not in sys.path:  # as in a kernel, a notebook imports what lies beside it
            sys.path.insert(0, "")
        for name, content in files.items():
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def _cell(
        self, source: str, earlier: list[str], room: int, role: str = "own"
    ) -> dict[str, Any]:
        for name in earlier:
            # The same stand-in each time, which remembers answers.
            self._names[name] = self._stand_ins.setdefault(name, self._stand_in(name))
        if role == "test":
            self._mend_names()
        before = dict(self._names) if role == "given" else {}
        answer = run_cell(self._shell, source, room)
        if role == "given":
            self._given |= {
                name: value
                for name, value in self._names.items()
                if _is_tool(value) and before.get(name) is not value
            }
        return answer

    def _mend_names(self) -> None:
        """Undo that a student's cell made a number of `np` or of `range`, which checks need."""
        for name, value in self._given.items():
            if not _is_tool(self._names.get(name)):
                self._names[name] = value
        for name, value in vars(builtins).items():
            shadowed = name in self._names and not name.startswith("_")
            if shadowed and _is_tool(value) and not _is_tool(self._names[name]):
                del self._names[name]

    def _call(
        self,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        device: str | None,
        by_value: bool,
    ) -> tuple[Any, list[str]]:
        if name not in self._names:
            raise NameError(f"{name} is not defined")
        snapshot = ArgumentSnapshot(args, kwargs)
        quiet = io.StringIO()
        try:
            with (
                redirect_stdout(quiet),
                redirect_stderr(quiet),
                _default_device(device),
            ):
                result = self._names[name](*args, **kwargs)
        except BaseException as error:
            if not isinstance(error, Exception):  # SystemExit must not end the server
                raise _FunctionExit(nearest_builtin(error)) from None
            raise
        finally:
            changes = snapshot.changes()
        return result, changes

    def _steps(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            return count_steps(lambda: self._names[name](*args, **kwargs))

    def _ask(self, verb: str, about: tuple[Any, ...]) -> Any:
        from autograder.wire import questions

        return questions.VERBS[verb](*about)

    def _forget(self) -> None:
        self._objects.clear()
        self._loans.clear()

    def _stand_in(self, name: str) -> Callable[..., Any]:
        """A function that has the reference answer in place of the student's own."""
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

    def _ask_outside(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The answer of a function that is not in this process; raises what it raised."""
        with self._asking:
            if self._question is None:
                raise RuntimeError("nothing is being asked just now")
            question: list[bytes] = []
            node = encode({"name": name, "args": args, "kwargs": kwargs}, question, _describe)
            header = {"n": self._question, "kind": "outside", "body": node}
            self._channel.send(header, question)
            header, buffers = self._channel.receive()
            answer = decode(header["body"], buffers, partial(self._decode_other, arguments=args))
        if header["kind"] == "ok":
            return answer[0]
        kind, text = answer
        raise getattr(builtins, kind, Exception)(text)

    def _hand_out(self, value: Any, buffers: list[bytes]) -> dict[str, Any]:
        """Keep an object in this process, and return a handle of it for the grader."""
        self._objects.append(value)
        return {tags.HANDLE: [len(self._objects) - 1, kind_of(value)]}

    def _decode_other(
        self, tag: str, body: Any, buffers: Received, arguments: tuple[Any, ...] = ()
    ) -> Any:
        """The object of a tag; it may be a view of one of `arguments`."""
        if tag == tags.HANDLE:
            return self._objects[body]
        if tag == tags.LENT:
            key, node = body
            if key not in self._loans:
                self._loans[key] = decode(node, buffers, self._decode_other)
            return self._loans[key]
        if tag in (tags.COUNTED, tags.TENSOR, tags.NETWORK):
            from autograder.wire import networks  # imports PyTorch
        if tag == tags.COUNTED:
            key, node = body
            model = decode(node, buffers, self._decode_other)
            return networks.answer_passes(
                model, lambda images: self._ask_outside(key, (images,), {})
            )
        description = decode(body, buffers, partial(self._decode_other, arguments=arguments))
        if tag == tags.TENSOR:
            return networks.rebuild_tensor(description)
        if tag == tags.VIEW:
            position, shape = description
            return arguments[position].reshape(shape)
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


def _default_device(device: str | None) -> Any:
    """A context in which `device` is PyTorch's default; None leaves it."""
    if device is None:
        return nullcontext()
    import torch  # whoever names a device has it

    return torch.device(device)


def _is_tool(value: Any) -> bool:
    """Whether a value is a module, a function or a class."""
    return callable(value) or isinstance(value, ModuleType)


class _FunctionExit(Exception):
    """The student's function ended the interpreter, or tried to, with an exception of this kind."""

    def __init__(self, kind: str):
        super().__init__(kind)
        self.kind = kind


def _builtin_class(error: Exception) -> str:
    return error.kind if isinstance(error, _FunctionExit) else nearest_builtin(error)


def _describe(value: Any, buffers: list[bytes], arguments: tuple[Any, ...] = ()) -> dict[str, Any]:
    """The JSON form of an object that is sent by its description.

    arguments : those of the call that it answers; an answer that shares memory with one of them
        must share it for whoever asked as well
    """
    described = _as_view(value, arguments) or describe_object(value)
    if described is None:
        raise TypeError(f"{type(value).__name__} cannot be handed to an earlier function")
    tag, description = described
    return {tag: encode(description, buffers, _refuse)}


def _as_view(value: Any, arguments: tuple[Any, ...]) -> tuple[str, list[Any]] | None:
    """The description of a tensor as a view of an argument in another shape; None if it is none."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(value, torch.Tensor) or value.is_meta:
        return None
    for position, argument in enumerate(arguments):
        if not isinstance(argument, torch.Tensor) or argument.is_meta:
            continue
        same = value.data_ptr() == argument.data_ptr() and value.numel() == argument.numel()
        if same and value.is_contiguous() and argument.is_contiguous():
            return tags.VIEW, [position, list(value.shape)]
    return None


def _refuse(value: Any, buffers: list[bytes]) -> Any:
    raise TypeError(f"{type(value).__name__} cannot be told")


def work(channel: Channel, shell: Any) -> None:
    """Answer the grader in a forked child, for as long as the child lives."""
    sys.stdout = sys.stderr = io.StringIO()
    # Python draws a new seed after a fork, NumPy and torch do not. A submission that is graded
    # again is to find the same numbers.
    random.seed(0)
    AgentServer(channel, shell).serve()
