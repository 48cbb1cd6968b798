"""What can be asked about a thing that a student's function returned or was lent.

The same functions answer in a jail and, for stock nbgrader, in the student's own kernel.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from autograder.wire.networks import layers, tell_module, tell_tensor


def called(value: Any) -> str:
    """What a message may call a thing: never a name that a student chose."""
    if type(value) in (torch.Tensor, nn.Parameter):
        return "tensor"
    if isinstance(value, nn.Module):
        return "module"
    known = ("ndarray", "list", "tuple", "dict", "int", "float", "bool", "str", "NoneType")
    name = type(value).__name__
    return name if name in known else "other"


def facts(value: Any) -> dict[str, Any]:
    """A tensor or a network as plain data, each with what it is called."""
    kind = called(value)
    told = {"tensor": tell_tensor, "module": tell_module}.get(kind)
    return {"called": kind, "told": told(value) if told else None}


def share(model: nn.Module, other: nn.Module) -> bool:
    """Whether a parameter or a buffer of one lies in the memory of one of the other's."""
    return bool(_memory(model) & _memory(other))


def held(thing: Any) -> Any:
    """A record of a tensor's or a network's content that equals another if nothing changed."""
    if isinstance(thing, nn.Module):
        # A layer of a Sequential is known by its number and its kind.
        return [
            (name, type(layer).__name__, layer.training, [*map(_bytes, _values(layer))])
            for name, layer in layers(thing)
        ]
    return _bytes(thing)


VERBS = {"facts": facts, "share": share, "held": held}


def _memory(model: nn.Module) -> set[int]:
    values = (one for _, layer in layers(model) for one in _values(layer))
    return {one.untyped_storage().data_ptr() for one in values} - {0}


def _values(layer: nn.Module) -> list[torch.Tensor]:
    held = (*layer._parameters.values(), *layer._buffers.values())
    return [one for one in held if one is not None]


def _bytes(values: torch.Tensor) -> tuple[tuple[str, str, tuple], bytes]:
    plain = values.detach()
    content = b"" if values.device.type == "meta" else plain.cpu().numpy().tobytes()
    where = values.device.type, str(values.dtype).removeprefix("torch."), tuple(values.shape)
    return where, content
