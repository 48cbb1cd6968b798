"""Serialize tensors and networks into plain data, and rebuild them from it.

A network is described layer by layer: its kind, its settings, whether it is in train mode, its
parameters and buffers. Only PyTorch's own layers in `SETTINGS` can be rebuilt; of any other, the
description says no more than its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from autograder.wire.codec import DTYPES, Malformed
from autograder.wire.descriptions import NetworkDescription, TensorDescription

# What makes a layer of each kind what it is, beside its parameters.
SETTINGS = {
    "Conv2d": "in_channels out_channels kernel_size stride padding dilation groups padding_mode",
    "Linear": "in_features out_features",
    "BatchNorm2d": "num_features eps momentum affine track_running_stats",
    "MaxPool2d": "kernel_size stride padding dilation return_indices ceil_mode",
    "AvgPool2d": "kernel_size stride padding ceil_mode count_include_pad divisor_override",
    "AdaptiveAvgPool2d": "output_size",
    "ReLU": "inplace",
    "Dropout": "p inplace",
    "Flatten": "start_dim end_dim",
    "Identity": "",
    "Sequential": "",
}
WEIGHTED = ("Conv2d", "Linear", "BatchNorm2d")
MAX_LAYERS = 500
# Far above what a layer takes from values of ordinary size, so that a ReLU lets all of it through.
FIRST_LEVEL = 10
# What PyTorch, NumPy and Python raise for a description that is not in order.
WRONG = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


def serialize_tensor(value: torch.Tensor) -> TensorDescription:
    """Describe a tensor by plain data."""
    device, dtype = value.device.type, str(value.dtype).removeprefix("torch.")
    if is_lazy(value):  # a parameter that waits for its first input
        return TensorDescription(
            device=device, dtype=dtype, shape=(), strided=False, grad=False, values=None
        )
    plain = value.detach()
    values = None
    if device == "cpu" and value.layout == torch.strided and dtype in DTYPES:
        values = plain.resolve_conj().resolve_neg().numpy().copy()
    return TensorDescription(
        device=device,
        dtype=dtype,
        shape=tuple(value.shape),
        strided=value.layout == torch.strided,
        grad=value.requires_grad,
        values=values,
    )


def rebuild_tensor(description: TensorDescription) -> torch.Tensor:
    """The tensor that `serialize_tensor` described.

    Raises `Malformed` when it cannot be rebuilt.
    """
    values, device = description["values"], description["device"]
    if isinstance(values, np.ndarray):
        tensor = torch.from_numpy(values)
    elif device == "meta" and description["dtype"] in DTYPES:
        dtype = getattr(torch, description["dtype"])
        tensor = torch.empty(description["shape"], dtype=dtype, device="meta")
    else:
        raise Malformed("a tensor cannot be made anew")
    if description["grad"] and tensor.dtype.is_floating_point:
        tensor.requires_grad_()
    return tensor


def serialize_network(
    model: nn.Module, numbers: dict[int, int] | None = None
) -> NetworkDescription:
    """Describe a network by plain data; a layer that is used twice comes twice, with one number.

    numbers : the numbers of the layers described so far, by `id`
    """
    numbers = {} if numbers is None else numbers
    own = type(model) is getattr(nn, type(model).__name__, None)
    kind = type(model).__name__
    names = SETTINGS.get(kind, "").split() if own else []
    return {
        "kind": kind,
        "own": own,
        "number": numbers.setdefault(id(model), len(numbers)),
        "sequential": isinstance(model, nn.Sequential),
        "training": model.training,
        "settings": {name: getattr(model, name) for name in names},
        "parameters": _serialize_all(model._parameters),
        "buffers": _serialize_all(model._buffers),
        "layers": [
            [name, serialize_network(layer, numbers)]
            for name, layer in model._modules.items()
            if layer is not None
        ],
    }


def _serialize_all(
    tensors: Mapping[str, torch.Tensor | None],
) -> dict[str, TensorDescription | None]:
    return {
        name: None if tensor is None else serialize_tensor(tensor)
        for name, tensor in tensors.items()
    }


def can_rebuild(description: NetworkDescription) -> bool:
    """Whether every layer of a described network can be rebuilt."""
    layers_too = all(can_rebuild(layer) for _, layer in description["layers"])
    return bool(description["own"]) and description["kind"] in SETTINGS and layers_too


def rebuild_network(description: NetworkDescription) -> nn.Module:
    """The network that `serialize_network` described.

    Raises `Malformed` when it cannot be rebuilt.
    """
    try:
        return _rebuild(description, count(1))
    except WRONG as error:
        raise Malformed(f"a network cannot be made anew: {error}") from None


def _rebuild(description: NetworkDescription, layer_numbers: Iterator[int]) -> nn.Module:
    kind = description["kind"]
    if next(layer_numbers) > MAX_LAYERS or kind not in SETTINGS or not description["own"]:
        raise Malformed("a network cannot be made anew")
    settings = {name: description["settings"][name] for name in SETTINGS[kind].split()}
    if kind in WEIGHTED:
        # Built without memory of its own; the values come from the description.
        settings["device"] = "meta"
        if kind != "BatchNorm2d":
            settings["bias"] = description["parameters"].get("bias") is not None
    model: nn.Module = getattr(nn, kind)(**settings)
    for name in model._parameters:
        value = description["parameters"].get(name)
        if value is not None:
            tensor = rebuild_tensor(value)
            model._parameters[name] = nn.Parameter(tensor.detach(), tensor.requires_grad)
    for name in model._buffers:
        value = description["buffers"].get(name)
        model._buffers[name] = None if value is None else rebuild_tensor(value)
    for name, layer in description["layers"]:
        model.add_module(str(name), _rebuild(layer, layer_numbers))
    model.training = bool(description["training"])
    return model


def answer_passes(model: nn.Module, answer: Callable[[Any], Any]) -> nn.Module:
    """Make every pass through the network return `answer(images)`; return the changed network.

    Layer by layer is a pass as well: the first layer asks, and the last one gives what was answered
    for the images that come to it. What goes on between them is worked out with the network's own
    weights, which need not be true. So no layer's true values are ever seen, from which its weights
    could be worked out, and nothing that is put between two layers has an answer.

    The last layer knows a pass by the values that reach it. A ReLU that lets nothing through would
    make all passes one, so each goes on from a level of its own, which the first layer adds to what
    it gives. Weights that are not negative carry a difference in level to the last layer.
    """
    first, *others = _leaves(model)
    if not others:
        first.forward = answer
        return model
    *between, last = others
    begin, end, passes = first.forward, last.forward, []
    levels = count(FIRST_LEVEL)  # counted without a gap, also for threads

    def ask(images: Any) -> Any:
        result = answer(images)
        values = output = begin(images) + next(levels)
        for layer in between:
            values = layer.forward(values.clone())  # a ReLU may work in place
        passes.append((values.detach(), result))
        return output

    def recall(values: Any) -> Any:
        for before, result in reversed(passes):  # nearly always the last
            if _same_kind(before, values) and torch.equal(before, values):
                return result
        alike = [entry for entry in passes if _same_kind(entry[0], values)]
        nearest = min(alike, key=lambda entry: _gap(entry[0], values), default=None)
        # Not to the last bit, for the layers may have been gone through in another way.
        if nearest and torch.allclose(nearest[0], values, rtol=1e-3, atol=1e-5):
            return nearest[1]
        return end(values)

    first.forward, last.forward = ask, recall
    return model


def _same_kind(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype


def _gap(a: torch.Tensor, b: torch.Tensor) -> float:
    """The largest difference of any two values; infinite when one of them is NaN."""
    if not a.numel():
        return 0.0
    return (a - b).detach().abs().nan_to_num(nan=torch.inf).amax().item()


def layers(model: nn.Module, name: str = "") -> Iterator[tuple[str, nn.Module]]:
    """A network and all layers in it, in order, each with the names that lead to it.

    Not modules() or children(), which show a layer that is used twice only once, and never
    state_dict() or named_modules(), where a hook or a method of the student's may answer.
    """
    yield name, model
    for key, layer in model._modules.items():
        if layer is not None:
            yield from layers(layer, f"{name}.{key}")


def _leaves(model: nn.Module) -> list[nn.Module]:
    every = (layer for _, layer in layers(model))
    return [layer for layer in every if all(inner is None for inner in layer._modules.values())]
