"""What can be asked about an object that a student's function returned or was lent.

The same functions answer in a jail and, for stock nbgrader, in the student's own kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from autograder.wire.descriptions import Facts
from autograder.wire.networks import SETTINGS, layers, serialize_network, serialize_tensor
from autograder.wire.objects import kind_of


def facts(value: Any) -> Facts:
    """The object's kind, and the description of it if it is a tensor or a network, else None."""
    kind = kind_of(value)
    description: object = None
    if kind == "tensor":
        description = serialize_tensor(value)
    elif kind == "module":
        description = serialize_network(value)
    return {"kind": kind, "description": description}


def share(model: nn.Module, other: nn.Module) -> bool:
    """Whether any parameter or buffer of one network lies in the memory of one of the other's."""
    return bool(_memory(model) & _memory(other))


def content(value: torch.Tensor | nn.Module) -> Any:
    """A record of a tensor's or a network's content that equals a later one if nothing changed.

    Of a network it holds the values of all parameters and buffers, bit for bit, which of them want
    a gradient and have one, and each layer's name, kind, mode, settings and number of hooks.
    """
    if isinstance(value, nn.Module):
        # A layer of a Sequential is known by its number and its kind.
        return [
            (name, *_state(layer), [*map(_bytes, _values(layer))]) for name, layer in layers(value)
        ]
    return _bytes(value)


VERBS: dict[str, Callable[..., Any]] = {"facts": facts, "share": share, "content": content}


def _state(layer: nn.Module) -> tuple[str, bool, str, int]:
    """A layer's kind, mode and settings, and how many hooks it has."""
    kind = type(layer).__name__
    settings = [getattr(layer, name, None) for name in SETTINGS.get(kind, "").split()]
    hooks = len(layer._forward_hooks) + len(layer._forward_pre_hooks)
    return kind, layer.training, repr(settings), hooks


def _memory(model: nn.Module) -> set[int]:
    values = (value for _, layer in layers(model) for value in _values(layer))
    return {value.untyped_storage().data_ptr() for value in values} - {0}


def _values(layer: nn.Module) -> list[torch.Tensor]:
    values = (*layer._parameters.values(), *layer._buffers.values())
    return [value for value in values if value is not None]


def _bytes(values: torch.Tensor) -> tuple[tuple[str, str, tuple[int, ...], bool, bool], bytes]:
    plain = values.detach()
    raw = b"" if values.device.type == "meta" else plain.cpu().numpy().tobytes()
    dtype = str(values.dtype).removeprefix("torch.")
    gradient = values.is_leaf and values.grad is not None
    form = values.device.type, dtype, tuple(values.shape), values.requires_grad, gradient
    return form, raw
