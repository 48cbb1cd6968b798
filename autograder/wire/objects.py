"""Describe tensors, networks and records by plain data, with the tag that each travels under."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

from autograder.wire import tags


def describe_object(value: Any) -> tuple[str, Any] | None:
    """(tag, description) of a tensor, a network or a dataclass instance; None for anything else.

    The fields of a record stay what they are, so whoever sends it has to encode them in turn.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [getattr(value, field.name) for field in dataclasses.fields(value)]
        return tags.RECORD, [type(value).__name__, fields]
    kind = torch_kind(value)
    if kind is None:
        return None
    from autograder.wire import networks

    if kind == "tensor":
        return tags.TENSOR, networks.serialize_tensor(value)
    return tags.NETWORK, networks.serialize_network(value)


def kind_of(value: Any) -> str:
    """The word for an object in a message: one of `KINDS`, never a name that a student chose."""
    torch = sys.modules.get("torch")
    if torch is not None and type(value) in (torch.Tensor, torch.nn.Parameter):
        return "tensor"
    if torch_kind(value) == "module":
        return "module"
    name = type(value).__name__
    return name if name in tags.KINDS and name not in ("tensor", "module") else "other"


def torch_kind(value: Any) -> str | None:
    """`tensor` or `module` for one of PyTorch's, and None for any other value.

    Where there is one, PyTorch has been imported, so it need not be imported here.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    if isinstance(value, torch.Tensor):
        return "tensor"
    return "module" if isinstance(value, torch.nn.Module) else None
