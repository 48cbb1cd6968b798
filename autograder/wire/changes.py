"""What a call changed beside its result, with one answer in a jail and in a student's kernel.

Arguments are compared bit for bit. So an array that holds NaN has not changed as long as nobody
writes to it, although NaN does not equal itself.
"""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

import numpy as np

from autograder.wire.objects import torch_kind

# What `changes` calls PyTorch's modes, beside the names of arguments.
MODES = "PyTorch's modes"
# What compares by its value, whatever a student does.
PLAIN = (bool, int, float, complex, str, bytes, np.generic, type(None))


class ArgumentSnapshot:
    """The contents of a call's arguments, and PyTorch's modes, recorded before the call.

    Arrays, tensors, records, lists, tuples, dicts and sets are compared, with what is in them.
    Networks are not. The modes are whether gradients are recorded, and the
    default dtype and device of new tensors.
    """

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]):
        self._arguments = {**{str(i): value for i, value in enumerate(args)}, **kwargs}
        self._contents = {label: _content(value) for label, value in self._arguments.items()}
        self._modes = _modes()

    def changes(self) -> list[str]:
        """Names, or positions as text, of the arguments that have changed since.

        `MODES` is among them where PyTorch's modes have. Whether gradients are recorded is put back
        as it was, so that what one function left behind costs no other one.
        """
        changed = [
            label
            for label, value in self._arguments.items()
            if self._contents[label] != _content(value)
        ]
        if self._modes and self._modes != _modes():
            changed.append(MODES)
            sys.modules["torch"].set_grad_enabled(self._modes[0])
        return changed


def _content(value: Any) -> Any:
    """A record of a value that equals a later one if nothing changed; None for other kinds."""
    if isinstance(value, list | tuple):
        return [_part(item) for item in value]
    if isinstance(value, dict):
        return [(_part(key), _part(item)) for key, item in value.items()]
    if isinstance(value, set | frozenset):
        return set(value)
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    if torch_kind(value) == "tensor":
        from autograder.wire.questions import content

        return content(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [_part(getattr(value, field.name)) for field in dataclasses.fields(value)]
    return None


def _part(value: Any) -> Any:
    """The content of what is in something else, where a call may put another plain value."""
    content = _content(value)
    return value if content is None and isinstance(value, PLAIN) else content


def _modes() -> tuple[bool, str, str] | None:
    """Whether gradients are recorded, and what a new tensor is like; None without PyTorch."""
    if "torch._C" not in sys.modules:  # what stands in for a library left out has no such part
        return None
    torch = sys.modules["torch"]
    plain = torch.empty(0)
    return torch.is_grad_enabled(), str(plain.dtype), plain.device.type
