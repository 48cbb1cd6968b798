"""Handles of objects in a student's process, and records about objects that checks send there.

The answers about an object are plain data from a process that is not trusted. So an answer that is
not of the expected form fails the check.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, cast

import numpy as np

from autograder.course.errors import CheckFailed
from autograder.wire import tags
from autograder.wire.codec import Malformed, Received, decode, encode
from autograder.wire.descriptions import Facts, NetworkDescription, TensorDescription
from autograder.wire.objects import describe_object

Record = TypeVar("Record")
UNCLEAR = "what is told about the result cannot be understood"


class Owner(Protocol):
    """Holds a process with objects in it, and can ask it about them."""

    def ask(self, verb: str, *about: Any) -> Any:
        """The answer to one of `wire.questions`."""

    def facts(self, handle: RemoteHandle) -> Facts:
        """The kind and the description of an object, the same each time."""

    def apply(self, network: NetworkDescription, values: Any, as_it_is: bool) -> Any:
        """The output of a described network for an array, as the description of a tensor."""


@dataclass(frozen=True)
class RemoteHandle:
    """A handle of an object that lives in a student's process.

    owner : can be asked about the object
    number : the object's number in its process
    kind : one of `wire.tags.KINDS`
    """

    owner: Owner
    number: int
    kind: str


@dataclass(frozen=True)
class Serialized:
    """A description under its tag, which is passed unchanged from one process to another."""

    tag: str
    description: Any


@dataclass
class Loan:
    """Marks an object that a student's next call gets itself, not as a copy.

    owner, key : the process that has the object and its key there, once it was sent; it can be
        asked about then
    open : whether it is still to be handed over to a student of this process
    """

    owner: Owner | None = None
    key: str = ""
    open: bool = True


@dataclass(frozen=True)
class PassCounter:
    """Marks a network that stands for one of ours, which answers its passes.

    network : ours, whose weights are the true ones; only the reference gets it
    digest : identifies the network's description
    shapes : the shapes of what was let through it so far
    """

    network: Serialized
    digest: bytes
    shapes: list[tuple[int, ...]]


class Registry(Generic[Record]):
    """One record about each of some objects, found by identity and dropped with the object.

    A tensor compares by its values, so it cannot be the key of a dict.
    """

    def __init__(self) -> None:
        self._records: dict[int, tuple[weakref.ref[Any], Record]] = {}

    def add(self, obj: Any, record: Record) -> None:
        """Keep a record about an object, in place of an earlier one."""
        number = id(obj)
        reference = weakref.ref(obj, lambda _: self._records.pop(number, None))
        self._records[number] = reference, record

    def get(self, obj: Any) -> Record | None:
        """The record about this very object, if there is one."""
        reference, record = self._records.get(id(obj), (None, None))
        return record if reference is not None and reference() is obj else None

    def __len__(self) -> int:
        return len(self._records)


LOANS: Registry[Loan] = Registry()
PASS_COUNTERS: Registry[PassCounter] = Registry()


@dataclass
class HandleTable:
    """The records about the objects of one process.

    facts : what it answered about each object, by number, so that it cannot change its mind
    counters : the networks whose passes it may ask for, by key
    """

    facts: dict[int, Facts] = field(default_factory=dict)
    counters: dict[str, PassCounter] = field(default_factory=dict)
    _keys: int = 0

    def new_key(self, word: str) -> str:
        """A key that this process has not had before."""
        self._keys += 1
        return f"{word}:{self._keys}"

    def clear(self) -> None:
        """Forget all objects; keys are not used again."""
        self.facts.clear()
        self.counters.clear()


def encode_object(value: Any, buffers: list[bytes]) -> dict[str, Any]:
    """The JSON form of a tensor, a network, a record, or a `Serialized` object."""
    if isinstance(value, Serialized):
        return {value.tag: encode(value.description, buffers, encode_object)}
    described = describe_object(value)
    if described is None:
        raise TypeError(f"a check hands over a {type(value).__name__}, which cannot be carried")
    tag, description = described
    return {tag: encode(description, buffers, encode_object)}


def decode_object(tag: str, body: Any, buffers: Received) -> Serialized:
    """An object that is passed on without being rebuilt; raises `Malformed` for a handle."""
    if tag not in tags.SERIALIZED:
        raise Malformed("a value of an unknown kind")
    return Serialized(tag, decode(body, buffers, decode_object))


def check_facts(answer: Any) -> Facts:
    """The answer to `wire.questions.facts`, if it has its form; raises `CheckFailed`.

    The description in it is still to be checked.
    """
    facts = _dict(answer)
    _require(set(facts) == {"kind", "description"})
    return cast(Facts, facts)


def check_tensor(answer: Any) -> TensorDescription:
    """The description of a tensor, if it is in order; raises `CheckFailed`."""
    description = _dict(answer)
    _require(all(isinstance(description.get(name), str) for name in ("device", "dtype")))
    _require(_is_shape(description.get("shape")))
    _require(all(isinstance(description.get(name), bool) for name in ("strided", "grad")))
    _require("values" in description)
    values = description["values"]
    _require(values is None or isinstance(values, np.ndarray))
    # One description, one tensor: the values must be those of that dtype and shape.
    if values is not None:
        _require(values.dtype.name == description["dtype"])
        _require(values.shape == description["shape"])
    return cast(TensorDescription, description)


def check_network(answer: Any) -> NetworkDescription:
    """The description of a network, if it is in order; raises `CheckFailed`."""
    description = _dict(answer)
    _require(isinstance(description.get("kind"), str))
    flags = ("own", "training", "sequential")
    _require(all(isinstance(description.get(name), bool) for name in flags))
    _require(type(description.get("number")) is int)
    for name in ("settings", "parameters", "buffers"):
        _require(all(isinstance(key, str) for key in _dict(description.get(name))))
    for tensors in (description["parameters"], description["buffers"]):
        for tensor in tensors.values():
            _require(tensor is None or bool(check_tensor(tensor)))
    _require(isinstance(description.get("layers"), list))
    for pair in description["layers"]:
        _require(isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str))
        check_network(pair[1])
    return cast(NetworkDescription, description)


def _dict(value: Any) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise CheckFailed(UNCLEAR)
    return value


def _is_shape(shape: Any) -> bool:
    return isinstance(shape, tuple) and all(type(n) is int and n >= 0 for n in shape)


def _require(holds: bool) -> None:
    if not holds:
        raise CheckFailed(UNCLEAR)
