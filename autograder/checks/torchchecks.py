"""The verbs for checks whose functions take and return tensors and networks.

    tensor, network                     make what the student's function is given
    lend, count_passes                  let a call work on the thing itself; count its passes
    array, described                    what a tensor holds; where it is, its dtype and its shape
    run, run_redrawn                    what a network answers; with parameters of our own
    parts, sequential                   what a network is made of
    kinds, settings, parameters         its layers' names and attributes; what it learns
    held, share                         whether a thing has changed; whether two share memory

Checks that are written in these verbs know tensors and networks in no other way. What a student
returned may be an object of this process (stock nbgrader, a test) or a `Thing` in a jail; either
way it is asked the same questions (`autograder.wire.questions`) and answers with plain data.
"""

import dataclasses
import hashlib
import math
import pickle

import numpy as np
import torch
from torch import nn

from autograder.course.errors import CheckFailed, StudentError
from autograder.sandbox.handles import Counted, Lent, Thing, Told, module_told, tensor_told
from autograder.wire import networks, questions


def tensor(values, device="cpu"):
    """A tensor of these values, or on the meta device of their shape and dtype alone."""
    return torch.from_numpy(np.array(values)).to(device)


LAYERS = {
    "conv": lambda inputs, outputs, kernel, **how: nn.Conv2d(inputs, outputs, kernel, **how),
    "pool": nn.MaxPool2d,
    "norm": nn.BatchNorm2d,
    "relu": nn.ReLU,
    "dropout": nn.Dropout,
    "flatten": nn.Flatten,
    "linear": nn.Linear,
}


def network(rng, *spec, dtype="float32", device="cpu", training=False):
    """An nn.Sequential of `("conv", 2, 3, 5)`, `("pool", 2)`, …; parameters drawn from `rng`.

    A dict at the end of an entry holds keyword arguments. Biases are not negative, for a ReLU that
    lets nothing through would give all images the same scores.
    """
    layers = []
    for kind, *numbers in spec:
        how = numbers.pop() if numbers and isinstance(numbers[-1], dict) else {}
        layers.append(LAYERS[kind](*numbers, **how))
    model = nn.Sequential(*layers)
    with torch.no_grad():
        for values in model.parameters():
            drawn = _drawn(tuple(values.shape), rng)
            values.copy_(torch.from_numpy(np.abs(drawn) if drawn.ndim == 1 else drawn))
    return model.to(device=device, dtype=getattr(torch, dtype)).train(training)


def _drawn(shape, rng):
    fan = max(math.prod(shape[1:]), 1)
    return rng.normal(scale=fan**-0.5, size=shape)


def lend(thing):
    """Let the student's next call work on the thing itself, where it would get a copy.

    `held` before and after then tells what the call did to it. A second copy is a real one, so
    that a student's own deepcopy is what it says.
    """

    def once(memo):
        del thing.__dict__["__deepcopy__"]
        return thing

    thing.__dict__["__deepcopy__"] = once
    thing.__dict__["_lent"] = Lent()
    return thing


def count_passes(model):
    """(what the student is given for the model, the shapes of what it lets through the model).

    It has the same layers with other weights, and what a pass gives is answered by the model, which
    stays out here. So whoever wants scores has to let images through, and is counted.
    """
    shapes, told = [], networks.serialize_network(model)
    # Weights that nobody can guess: no score comes from them. They are not negative, so that passes
    # which differ at the first layer still do at the last one, through whatever ReLU.
    stand_in = networks.rebuild_network(_redrawn(told, np.random.default_rng(), change=np.abs))

    def answer(images):
        shapes.append(tuple(images.shape))
        with torch.no_grad():
            return model(images)

    key = hashlib.sha256(pickle.dumps(told)).digest()
    stand_in.__dict__["_counted"] = Counted(Told("M", told), key, shapes)
    return networks.answer_passes(stand_in, answer), shapes


def array(value):
    """The values of a tensor that a student returned."""
    told = _tensor(value)
    if told["device"] != "cpu" or not told["strided"] or told["values"] is None:
        raise CheckFailed("the inputs are on the CPU, but the result is not an ordinary CPU tensor")
    return told["values"]


def described(value):
    """(device, dtype, shape) of a tensor that a student returned, as plain strings and ints."""
    return _kind(_tensor(value))


def run(model, values, *, as_it_is=False):
    """What a network makes of an array, as an array: in eval mode, unless it is taken as it is.

    The network may be the student's, and so may what goes wrong. It is computed from what was told,
    away from the student: what the network is said to be made of, and what it answers, are then one
    and the same thing.
    """
    return _answer(model, _made_of(model), values, as_it_is)


def run_redrawn(model, values, rng):
    """(what a network as it is makes of an array with other parameters, these parameters).

    Parameters that the student chose could make the answer say nothing, as zeros do.
    """
    told = _redrawn(_made_of(model), rng)
    held = [one for layer in _every(told) for one in layer["parameters"].values()]
    drawn = [one["values"] for one in held if one is not None]
    return _answer(model, told, values, as_it_is=True), drawn


def parts(model):
    """[(kind, training, rate of a dropout, [(device, dtype, shape) of each parameter])].

    One entry for every layer that has no layers in itself, in order; Identity is no layer. Layers
    in anything but an nn.Sequential are refused: it would not be seen what they are in.
    """
    found = []
    for layer in _leaves(_module(model)):
        if layer["kind"] == "Identity":
            continue
        held = [_kind(one) for one in layer["parameters"].values() if one is not None]
        rate = layer["settings"].get("p") if layer["kind"] == "Dropout" else None
        found.append((layer["kind"], layer["training"], rate, held))
    return found


def sequential(model):
    """(whether it is an nn.Sequential, whether it is in train mode)."""
    told = _module(model)
    return told["sequential"], told["training"]


def kinds(model):
    """The names of its layers, in order; a layer that is not PyTorch's own is called `other`."""
    layers = [layer for _, layer in _module(model)["layers"]]
    return [layer["kind"] if layer["own"] else "other" for layer in layers]


def settings(model, kind, *names):
    """Attributes of its layers of one kind, in order, each as (rows, columns)."""
    layers = [layer for _, layer in _module(model)["layers"] if layer["kind"] == kind]
    return [tuple(_pair(layer["settings"].get(name)) for name in names) for layer in layers]


def parameters(model):
    """[(device, dtype, shape, values or None)] of its parameters, each once, in order."""
    found, seen = [], set()
    for layer in _every(_module(model)):
        if layer["number"] not in seen:
            seen.add(layer["number"])
            held = [one for one in layer["parameters"].values() if one is not None]
            found += [(*_kind(one), one["values"]) for one in held]
    return found


def share(model, other):
    """Whether a parameter or a buffer of one lies in the memory of one of the other's."""
    if isinstance(other, Thing):
        return other.student.ask("share", model, other) is not False
    return questions.share(model, other)


def held(thing):
    """A record of a tensor's or a network's content that equals another if nothing changed."""
    mark = thing.__dict__.get("_lent")
    if mark is not None and mark.student is not None:
        return mark.student.ask("content", thing)
    return questions.content(thing)


@dataclasses.dataclass(frozen=True)
class Answered:
    """What was told of a tensor, where a tensor is expected; None where it was none."""

    told: object


def _facts(value):
    if isinstance(value, Answered):
        return {"kind": "other" if value.told is None else "tensor", "description": value.told}
    if isinstance(value, Thing):
        return value.student.facts(value)
    try:
        return questions.facts(value)
    except Exception as error:  # a network that cannot answer is the student's failure
        raise StudentError(type(error).__name__, str(error)) from None


def _tensor(value):
    facts = _facts(value)
    if facts["kind"] != "tensor":
        raise CheckFailed(f"expected a tensor, but {_called(value)} came back")
    return tensor_told(facts["description"])


def _module(value):
    facts = _facts(value)
    if facts["kind"] != "module":
        raise CheckFailed(f"expected an nn.Sequential, but {_called(value)} came back")
    return module_told(facts["description"])


def _called(value):
    if isinstance(value, Answered):
        return "something else"
    name = value.called if isinstance(value, Thing) else questions.kind_of(value)
    return {"NoneType": "None", "other": "something else"}.get(name, f"a {name}")


def _kind(told):
    return told["device"], told["dtype"], tuple(told["shape"])


def _made_of(model):
    """What was told of a network, if it can be made of that again.

    A student's own nn.Sequential is taken for what its layers are, whatever else it says.
    """
    told = _plain(_module(model))
    if not networks.can_rebuild(told):
        raise CheckFailed("expected an nn.Sequential of PyTorch's own layers")
    return told


def _plain(told):
    kind = {"kind": "Sequential", "own": True} if told["sequential"] else {}
    return told | kind | {"layers": [[name, _plain(one)] for name, one in told["layers"]]}


def _redrawn(told, rng, change=np.asarray):
    """What is told of a network, with values drawn from `rng` for its parameters, and changed."""
    drawn = {
        name: one and one | {"values": change(_drawn(one["shape"], rng)).astype(one["dtype"])}
        for name, one in told["parameters"].items()
    }
    layers = [[name, _redrawn(layer, rng, change)] for name, layer in told["layers"]]
    return told | {"parameters": drawn, "layers": layers}


def _answer(model, told, values, as_it_is):
    if isinstance(model, Thing):
        return array(Answered(model.student.apply(told, values, as_it_is)))
    try:
        made = networks.rebuild_network(told)
        with torch.no_grad():
            result = (made if as_it_is else made.eval())(torch.from_numpy(values))
    except Exception as error:
        raise StudentError(type(error).__name__, str(error)) from None
    return array(result)


def _leaves(told):
    if any(layer["layers"] and not layer["sequential"] for layer in _every(told)):
        raise CheckFailed("only an nn.Sequential may have layers in it")
    return [layer for layer in _every(told) if not layer["layers"]]


def _every(told):
    """A network and all layers in it, in order; a layer that is used twice comes twice."""
    found = [told]
    for _, layer in told["layers"]:
        found += _every(layer)
    return found


def _pair(value):
    return value if isinstance(value, tuple) else (value, value)
