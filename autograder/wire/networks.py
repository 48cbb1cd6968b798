"""Put tensors and networks into plain data, and make them of it again.

A network is told layer by layer: its kind, its settings, whether it is in train mode, its
parameters and buffers. Only PyTorch's own layers of `SETTINGS` can be made again; any other is
told by its name alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from autograder.wire.codec import DTYPES, Malformed

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
# What PyTorch, NumPy and Python say of a description that is not in order.
WRONG = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


def tell_tensor(value: torch.Tensor) -> dict[str, Any]:
    """Where a tensor is, its dtype and shape, and its values unless it is on the meta device."""
    kind = str(value.dtype).removeprefix("torch.")
    if is_lazy(value):  # a parameter that waits for its first input
        lazy = {"device": value.device.type, "dtype": kind, "shape": ()}
        return lazy | {"strided": False, "grad": False, "values": None}
    plain = value.detach()
    values = None
    if value.device.type == "cpu" and value.layout == torch.strided and kind in DTYPES:
        values = plain.resolve_conj().resolve_neg().numpy().copy()
    told = {"device": value.device.type, "dtype": kind, "shape": tuple(value.shape)}
    return told | {
        "strided": value.layout == torch.strided,
        "grad": value.requires_grad,
        "values": values,
    }


def make_tensor(told: dict[str, Any]) -> torch.Tensor:
    """The tensor that was told; raises `Malformed` when it cannot be made."""
    values, device = told["values"], told["device"]
    if isinstance(values, np.ndarray):
        made = torch.from_numpy(values)
    elif device == "meta" and told["dtype"] in DTYPES:
        made = torch.empty(told["shape"], dtype=getattr(torch, told["dtype"]), device="meta")
    else:
        raise Malformed("a tensor cannot be made anew")
    if told["grad"] and made.dtype.is_floating_point:
        made.requires_grad_()
    return made


def tell_module(model: nn.Module, seen: dict[int, int] | None = None) -> dict[str, Any]:
    """A network as plain data; a layer that is used twice is told twice, under one number."""
    seen = {} if seen is None else seen
    own = type(model) is getattr(nn, type(model).__name__, None)
    kind = type(model).__name__
    names = SETTINGS.get(kind, "").split() if own else []
    return {
        "kind": kind,
        "own": own,
        "number": seen.setdefault(id(model), len(seen)),
        "sequential": isinstance(model, nn.Sequential),
        "training": model.training,
        "settings": {name: getattr(model, name) for name in names},
        "parameters": _tell_all(model._parameters),
        "buffers": _tell_all(model._buffers),
        "layers": [
            [name, tell_module(layer, seen)]
            for name, layer in model._modules.items()
            if layer is not None
        ],
    }


def _tell_all(values: dict[str, Any]) -> dict[str, Any]:
    return {name: None if one is None else tell_tensor(one) for name, one in values.items()}


def known(told: dict[str, Any]) -> bool:
    """Whether every layer of a told network can be made again."""
    return bool(told["own"]) and told["kind"] in SETTINGS and all(map(known, _inner(told)))


def make_module(told: dict[str, Any]) -> nn.Module:
    """The network that was told; raises `Malformed` when it cannot be made."""
    try:
        return _make(told, [MAX_LAYERS])
    except WRONG as error:
        raise Malformed(f"a network cannot be made anew: {error}") from None


def _make(told: dict[str, Any], room: list[int]) -> nn.Module:
    room[0] -= 1
    if room[0] < 0 or told["kind"] not in SETTINGS or not told["own"]:
        raise Malformed("a network cannot be made anew")
    settings = {name: told["settings"][name] for name in SETTINGS[told["kind"]].split()}
    if told["kind"] in WEIGHTED:
        # Made without memory of its own; the values come from the state.
        settings["device"] = "meta"
        if told["kind"] != "BatchNorm2d":
            settings["bias"] = told["parameters"].get("bias") is not None
    made = getattr(nn, told["kind"])(**settings)
    for name in made._parameters:
        value = told["parameters"].get(name)
        if value is not None:
            tensor = make_tensor(value)
            made._parameters[name] = nn.Parameter(tensor.detach(), tensor.requires_grad)
    for name in made._buffers:
        value = told["buffers"].get(name)
        made._buffers[name] = None if value is None else make_tensor(value)
    for name, layer in told["layers"]:
        made.add_module(str(name), _make(layer, room))
    made.training = bool(told["training"])
    return made


def _inner(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [layer for _, layer in told["layers"]]


def answer_passes(model: nn.Module, answer: Callable[[Any], Any]) -> nn.Module:
    """Let `answer(images)` be what a pass through the network gives; the same network, changed.

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
        reached = given = begin(images) + next(levels)
        for layer in between:
            reached = layer.forward(reached.clone())  # a ReLU may work in place
        passes.append((reached.detach(), result))
        return given

    def recall(reached: Any) -> Any:
        alike = [one for one in passes if _same_kind(one[0], reached)]
        known, result = min(alike, key=lambda one: _gap(one[0], reached), default=(None, None))
        # Not to the last bit, for the layers may have been gone through in another way.
        if known is not None and torch.allclose(known, reached, rtol=1e-3, atol=1e-5):
            return result
        return end(reached)

    first.forward, last.forward = ask, recall
    return model


def _same_kind(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape == other.shape and one.dtype == other.dtype


def _gap(one: torch.Tensor, other: torch.Tensor) -> float:
    """The largest difference of any two values; infinite when one of them is NaN."""
    if not one.numel():
        return 0.0
    return (one - other).detach().abs().nan_to_num(nan=torch.inf).amax().item()


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
    return [one for one in every if all(inner is None for inner in one._modules.values())]
