"""Things that stay where they are: what a trusted check holds of a student's tensor or network.

Also the answers about them, which are plain data from a process that nobody trusts: whatever is
not of the expected form fails the check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.course.errors import CheckFailed


@dataclass(frozen=True)
class Thing:
    """A handle of something that lives in a student's process."""

    student: Any
    number: int
    called: str


@dataclass(frozen=True)
class Told:
    """A tensor (T), network (M), record (R) or view of an argument (V), to be handed on as is."""

    tag: str
    value: Any


@dataclass
class Lent:
    """The mark of a thing that a student works on itself; afterwards it can be asked about."""

    key: str | None = None
    student: Any = None


@dataclass(frozen=True)
class Counted:
    """The mark of a network that stands for one of ours.

    network : ours, whose weights are the true ones; it is told to the reference alone
    key : says which network it is
    passes : the shapes of what was let through it
    """

    network: Told
    key: bytes
    passes: list[tuple[int, ...]]


def checked_facts(facts: Any) -> dict[str, Any]:
    """What a thing is called and what is told of it, if that is the form of an answer."""
    _require(isinstance(facts, dict) and set(facts) == {"kind", "description"})
    return facts


def tensor_told(told: Any) -> dict[str, Any]:
    """What was told of a tensor, if it is in order."""
    _require(isinstance(told, dict))
    _require(isinstance(told.get("device"), str) and isinstance(told.get("dtype"), str))
    _require(_lengths(told.get("shape")))
    _require(isinstance(told.get("strided"), bool) and isinstance(told.get("grad"), bool))
    _require("values" in told)
    values = told["values"]
    _require(values is None or isinstance(values, np.ndarray))
    # One description, one tensor: the values must be those of that dtype and shape.
    if values is not None:
        _require(values.dtype.name == told["dtype"] and values.shape == tuple(told["shape"]))
    return told


def module_told(told: Any) -> dict[str, Any]:
    """What was told of a network, if it is in order."""
    _require(isinstance(told, dict) and isinstance(told.get("kind"), str))
    _require(all(isinstance(told.get(name), bool) for name in ("own", "training", "sequential")))
    _require(type(told.get("number")) is int)
    for name in ("settings", "parameters", "buffers"):
        _require(isinstance(told.get(name), dict))
        _require(all(isinstance(key, str) for key in told[name]))
    for held in (told["parameters"], told["buffers"]):
        for value in held.values():
            _require(value is None or bool(tensor_told(value)))
    _require(isinstance(told.get("layers"), list))
    for pair in told["layers"]:
        _require(isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str))
        module_told(pair[1])
    return told


def _lengths(shape: Any) -> bool:
    return isinstance(shape, tuple) and all(type(one) is int and one >= 0 for one in shape)


def _require(holds: bool) -> None:
    if not holds:
        raise CheckFailed("what is told about the result cannot be understood")
