"""The verbs for checks whose functions take and return tensors and networks.

    tensor, network                     make what the student's function is given
    lend, count_passes                  let a call work on the object itself; count its passes
    array, described                    what a tensor holds; its device, dtype and shape
    run, run_redrawn                    what a network answers; with parameters of our own
    parts, sequential                   what a network is made of
    kinds, settings, parameters         its layers' names and attributes; what it learns
    held, share                         whether an object has changed; whether two share memory

Checks that are written in these verbs know tensors and networks in no other way. What a student
returned may be an object of this process (stock nbgrader, a test) or a `RemoteHandle` of one in a
jail. Either way it is asked the same questions (`autograder.wire.questions`) and answers with plain
data. In the signatures, `Result` stands for whatever a student's function returned.

`autograder.wire.descriptions` says how a tensor or a network is described. Whatever a student
returned may be wrong, so every verb that takes it raises `CheckFailed` where it is not of the kind
that the verb is for, and `StudentError` where the student's code raises.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
import pickle
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import numpy as np
import torch
from torch import nn

from autograder.course.errors import CheckFailed, StudentError
from autograder.sandbox.handles import (
    LOANS,
    PASS_COUNTERS,
    Loan,
    PassCounter,
    RemoteHandle,
    Serialized,
    check_network,
    check_tensor,
)
from autograder.wire import networks, questions, tags
from autograder.wire.descriptions import Facts, NetworkDescription, TensorDescription
from autograder.wire.objects import kind_of

Result: TypeAlias = Any
Shape: TypeAlias = tuple[int, ...]
Object = TypeVar("Object", torch.Tensor, nn.Module)

LAYERS: dict[str, Callable[..., nn.Module]] = {
    "conv": lambda inputs, outputs, kernel, **how: nn.Conv2d(inputs, outputs, kernel, **how),
    "pool": nn.MaxPool2d,
    "norm": nn.BatchNorm2d,
    "relu": nn.ReLU,
    "dropout": nn.Dropout,
    "flatten": nn.Flatten,
    "linear": nn.Linear,
}


def tensor(values: np.ndarray, device: str = "cpu") -> torch.Tensor:
    """A tensor of these values, in their shape and dtype; on "meta" without the values."""
    return torch.from_numpy(np.array(values)).to(device)


def network(
    rng: np.random.Generator,
    *spec: tuple[Any, ...],
    dtype: str = "float32",
    device: str = "cpu",
    training: bool = False,
    biases: bool = True,
) -> nn.Sequential:
    """Build an nn.Sequential whose parameters are drawn from `rng`.

    Biases are not negative, for a ReLU that lets nothing through would give all images the same
    scores.

    Parameters
    ----------
    spec : a tuple for each layer, as in `("conv", 2, 3, 5), ("relu",), ("pool", 2)`: a name of
        `LAYERS` and its positional arguments; a dict at the end holds keyword arguments
    dtype, device : of all parameters
    training : whether it is in train mode
    biases : whether its biases are other than zero
    """
    layers = []
    for kind, *arguments in spec:
        options = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
        layers.append(LAYERS[kind](*arguments, **options))
    model = nn.Sequential(*layers)
    with torch.no_grad():
        for parameter in model.parameters():
            values = _draw(tuple(parameter.shape), rng)
            parameter.copy_(torch.from_numpy(np.abs(values) if values.ndim == 1 else values))
        for name, parameter in model.named_parameters():
            if not biases and name.endswith(".bias"):
                parameter.zero_()
    return model.to(device=device, dtype=getattr(torch, dtype)).train(training)


def _draw(shape: Shape, rng: np.random.Generator) -> np.ndarray:
    """Normal values of this shape, float64, scaled by the number of inputs of each output."""
    fan = max(math.prod(shape[1:]), 1)
    return rng.normal(scale=fan**-0.5, size=shape)


def lend(obj: Object) -> Object:
    """Let the student's next call work on this tensor or network itself, not on a copy.

    Returns the same object. `held` before and after the call tells what the call did to it.
    """
    LOANS.add(obj, Loan())
    return obj


def count_passes(model: nn.Module) -> tuple[nn.Module, list[Shape]]:
    """Make a network to hand to a student, whose passes are counted and answered by `model`.

    It has the same layers as `model` with other weights, and what a pass gives is answered by
    `model`, which stays outside. So whoever wants scores has to let images through.

    Returns
    -------
    The network for the student, and the list to which every pass adds the shape of its input.
    """
    shapes: list[Shape] = []
    description = networks.serialize_network(model)
    # Weights that nobody can guess: no score comes from them. They are not negative, so that passes
    # which differ at the first layer still do at the last one, through whatever ReLU.
    stand_in = networks.rebuild_network(_redraw(description, np.random.default_rng(), np.abs))

    def answer(images: torch.Tensor) -> torch.Tensor:
        shapes.append(tuple(images.shape))
        with torch.no_grad():
            scores: torch.Tensor = model(images)
        return scores

    digest = hashlib.sha256(pickle.dumps(description)).digest()
    counter = PassCounter(Serialized(tags.NETWORK, description), digest, shapes)
    PASS_COUNTERS.add(stand_in, counter)
    return networks.answer_passes(stand_in, answer), shapes


def array(value: Result) -> np.ndarray:
    """The values of a tensor that a student returned, in its shape and dtype."""
    return _values(_tensor(value))


def described(value: Result) -> tuple[str, str, Shape]:
    """(device, dtype, shape) of a tensor that a student returned, as plain str and int."""
    return _form(_tensor(value))


def run(model: Result, values: np.ndarray, *, as_it_is: bool = False) -> np.ndarray:
    """What a network makes of an array, as an array.

    The network may be the student's, and so may what goes wrong. It is rebuilt from its description
    and computed away from the student, so that what it is said to be made of and what it answers
    are the same network's.

    Parameters
    ----------
    model : an nn.Sequential of PyTorch's own layers, or a handle of one
    values : what it takes, for example images of shape (N, C, H, W)
    as_it_is : whether it runs in the mode that it is in; otherwise it runs in eval mode
    """
    return _apply(model, _rebuildable(model), values, as_it_is)


def run_redrawn(
    model: Result, values: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, list[np.ndarray]]:
    """What a network, in the mode that it is in, makes of an array with parameters of our own.

    Parameters that the student chose could make the answer say nothing, as zeros do. Ours have the
    dtype of `values`, whatever PyTorch's default was where the network was made.

    Returns
    -------
    The answer, and the parameters' values that were drawn from `rng`, in the network's order.
    """
    description = _redraw(_rebuildable(model), rng, dtype=values.dtype)
    new_values = [
        parameter["values"]
        for layer in _layers(description)
        for parameter in layer["parameters"].values()
        if parameter is not None and parameter["values"] is not None
    ]
    return _apply(model, description, values, as_it_is=True), new_values


def parts(model: Result) -> list[tuple[str, bool, float | None, list[tuple[str, str, Shape]]]]:
    """[(kind, training, rate of a dropout, [(device, dtype, shape) of each parameter])].

    One entry for every layer that has no layers in itself, in order; Identity is no layer. Layers
    in anything but an nn.Sequential are refused: it would not be seen what they are in.
    """
    entries = []
    for layer in _leaves(_network(model)):
        if layer["kind"] == "Identity":
            continue
        forms = [_form(value) for value in layer["parameters"].values() if value is not None]
        rate = layer["settings"].get("p") if layer["kind"] == "Dropout" else None
        entries.append((layer["kind"], layer["training"], rate, forms))
    return entries


def sequential(model: Result) -> tuple[bool, bool]:
    """(whether it is an nn.Sequential, whether it is in train mode)."""
    description = _network(model)
    return description["sequential"], description["training"]


def kinds(model: Result) -> list[str]:
    """The names of its layers, in order; a layer that is not PyTorch's own is called `other`."""
    layers = [layer for _, layer in _network(model)["layers"]]
    return [layer["kind"] if layer["own"] else "other" for layer in layers]


def settings(model: Result, kind: str, *names: str) -> list[tuple[tuple[Any, Any], ...]]:
    """For each of its layers of one kind, in order, the attributes as (rows, columns).

    names : attributes of PyTorch's layer, as in "kernel_size"; None stands for what it lacks
    """
    layers = [layer for layer in _layers(_network(model)) if layer["kind"] == kind]
    return [tuple(_pair(layer["settings"].get(name)) for name in names) for layer in layers]


def parameters(model: Result) -> list[tuple[str, str, Shape, np.ndarray | None]]:
    """[(device, dtype, shape, values or None)] of its parameters, each once, in order."""
    entries, numbers = [], set()
    for layer in _layers(_network(model)):
        if layer["number"] not in numbers:
            numbers.add(layer["number"])
            tensors = [value for value in layer["parameters"].values() if value is not None]
            entries += [(*_form(value), value["values"]) for value in tensors]
    return entries


def share(model: nn.Module, other: Result) -> bool:
    """Whether a parameter or a buffer of one network lies in the memory of one of the other's.

    model : a network that was lent to the student; `other` is what came back
    """
    if isinstance(other, RemoteHandle):
        return other.owner.ask("share", model, other) is not False
    return questions.share(model, other)


def held(obj: torch.Tensor | nn.Module) -> Any:
    """A record of our tensor's or network's content that equals another if nothing changed.

    An object that was lent to a process is looked at there.
    """
    loan = LOANS.get(obj)
    if loan is not None and loan.owner is not None:
        return loan.owner.ask("content", obj)
    return questions.content(obj)


@dataclasses.dataclass(frozen=True)
class _TensorResult:
    """What came back where a tensor's description was expected; None where it was no tensor."""

    description: object


def _facts(value: Result) -> Facts:
    """The kind and the description of what a student returned; the latter is still unchecked."""
    if isinstance(value, _TensorResult):
        kind = "other" if value.description is None else "tensor"
        return {"kind": kind, "description": value.description}
    if isinstance(value, RemoteHandle):
        return value.owner.facts(value)
    try:
        return questions.facts(value)
    except Exception as error:  # a network that cannot answer is the student's failure
        raise StudentError(type(error).__name__, str(error)) from None


def _tensor(value: Result) -> TensorDescription:
    facts = _facts(value)
    if facts["kind"] != "tensor":
        raise CheckFailed(f"expected a tensor, but {_wording(value)} came back")
    return check_tensor(facts["description"])


def _network(value: Result) -> NetworkDescription:
    facts = _facts(value)
    if facts["kind"] != "module":
        raise CheckFailed(f"expected an nn.Sequential, but {_wording(value)} came back")
    return check_network(facts["description"])


def _wording(value: Result) -> str:
    """What a message calls a value."""
    if isinstance(value, _TensorResult):
        return "something else"
    kind = value.kind if isinstance(value, RemoteHandle) else kind_of(value)
    return {"NoneType": "None", "other": "something else"}.get(kind, f"a {kind}")


def _form(description: TensorDescription) -> tuple[str, str, Shape]:
    return description["device"], description["dtype"], tuple(description["shape"])


def _values(description: TensorDescription) -> np.ndarray:
    on_cpu = description["device"] == "cpu" and description["strided"]
    if not on_cpu or description["values"] is None:
        raise CheckFailed("the inputs are on the CPU, but the result is not an ordinary CPU tensor")
    return description["values"]


def _rebuildable(model: Result) -> NetworkDescription:
    """The description of a network, if it can be rebuilt from it.

    A student's own nn.Sequential is taken for what its layers are, whatever else it says.
    """
    description = _as_sequential(_network(model))
    if not networks.can_rebuild(description):
        raise CheckFailed("expected an nn.Sequential of PyTorch's own layers")
    return description


def _as_sequential(description: NetworkDescription) -> NetworkDescription:
    """The same network, where every subclass of nn.Sequential is a plain one."""
    layers = [[name, _as_sequential(layer)] for name, layer in description["layers"]]
    if description["sequential"]:
        return {**description, "kind": "Sequential", "own": True, "layers": layers}
    return {**description, "layers": layers}


def _redraw(
    description: NetworkDescription,
    rng: np.random.Generator,
    change: Callable[[np.ndarray], np.ndarray] = np.asarray,
    dtype: np.dtype[Any] | None = None,
) -> NetworkDescription:
    """The same network with other parameters: `change` of normal values drawn from `rng`.

    dtype : of the parameters; by default their own
    """

    def redraw(value: TensorDescription) -> TensorDescription:
        values = change(_draw(value["shape"], rng)).astype(dtype or value["dtype"])
        return {**value, "dtype": str(values.dtype), "values": values}

    tensors = {
        name: None if value is None else redraw(value)
        for name, value in description["parameters"].items()
    }
    layers = [[name, _redraw(layer, rng, change, dtype)] for name, layer in description["layers"]]
    return {**description, "parameters": tensors, "layers": layers}


def _apply(
    model: Result, description: NetworkDescription, values: np.ndarray, as_it_is: bool
) -> np.ndarray:
    """What the described network makes of the values, computed where `model` says."""
    if isinstance(model, RemoteHandle):
        return array(_TensorResult(model.owner.apply(description, values, as_it_is)))
    try:
        rebuilt = networks.rebuild_network(description)
        with torch.no_grad():
            result = (rebuilt if as_it_is else rebuilt.eval())(torch.from_numpy(values))
    except Exception as error:
        raise StudentError(type(error).__name__, str(error)) from None
    return array(result)


def _leaves(description: NetworkDescription) -> list[NetworkDescription]:
    """The layers that have no layers in themselves; each must be in an nn.Sequential."""
    layers = _layers(description)
    if any(layer["layers"] and not layer["sequential"] for layer in layers):
        raise CheckFailed("only an nn.Sequential may have layers in it")
    return [layer for layer in layers if not layer["layers"]]


def _layers(description: NetworkDescription) -> list[NetworkDescription]:
    """A network and all layers in it, in order; a layer that is used twice comes twice."""
    layers = [description]
    for _, layer in description["layers"]:
        layers += _layers(layer)
    return layers


def _pair(value: Any) -> tuple[Any, Any]:
    return value if isinstance(value, tuple) else (value, value)
