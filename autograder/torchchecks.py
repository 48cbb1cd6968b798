"""The verbs for checks whose functions take and return tensors and networks.

    tensor, network                     make what the student's function is given
    lend, log_passes                    let a call work on the thing itself; count its passes
    array, described                    what a tensor holds; where it is, its dtype and its shape
    run, parts, sequential              what a network answers; what it is made of
    held, share                         whether a thing has changed; whether two share memory

Checks that are written in these verbs know tensors and networks in no other way: they hold on to
a thing, hand it on, and ask about it, and every answer is plain data: NumPy arrays, strings, bytes,
numbers. So the things may as well be handles of what lives in a jailed process, with these verbs
alone to be written anew. This is the one module of the grader that imports PyTorch.
"""

import numpy as np
import torch
from torch import nn

from autograder.errors import CheckFailed, StudentError


def tensor(values, device="cpu"):
    """A tensor of these values, or on the meta device of their shape and dtype alone."""
    return torch.from_numpy(np.array(values)).to(device)


def array(value):
    """The values of a tensor that a student returned."""
    if type(value) not in (torch.Tensor, nn.Parameter):
        raise CheckFailed(f"expected a tensor, but {_called(value)} came back")
    if value.device.type != "cpu" or value.layout != torch.strided:
        raise CheckFailed("the inputs are on the CPU, but the result is not an ordinary CPU tensor")
    return value.detach().resolve_conj().resolve_neg().numpy()


def described(value):
    """(device, dtype, shape) of a tensor that a student returned, as plain strings and ints."""
    if type(value) not in (torch.Tensor, nn.Parameter):
        raise CheckFailed(f"expected a tensor, but {_called(value)} came back")
    return value.device.type, str(value.dtype).removeprefix("torch."), tuple(value.shape)


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

    A dict at the end of an entry holds keyword arguments.
    """
    layers = []
    for kind, *numbers in spec:
        how = numbers.pop() if numbers and isinstance(numbers[-1], dict) else {}
        layers.append(LAYERS[kind](*numbers, **how))
    model = nn.Sequential(*layers)
    with torch.no_grad():
        for values in model.parameters():
            fan = max(values[0].numel(), 1)
            drawn = rng.normal(scale=fan**-0.5, size=tuple(values.shape))
            values.copy_(torch.from_numpy(drawn))
    return model.to(device=device, dtype=getattr(torch, dtype)).train(training)


def run(model, values):
    """The scores of a network in eval mode, given an array, as an array.

    The network may be the student's, and so may what goes wrong. Its mode has a cell of its own.
    """
    try:
        with torch.no_grad():
            return array(model.eval()(torch.from_numpy(values)))
    except CheckFailed:
        raise
    except Exception as error:
        raise StudentError(type(error).__name__, str(error)) from None


def parts(model):
    """[(kind, training, rate of a dropout, [(device, dtype, shape) of each parameter])].

    One entry for every layer that has no layers in itself, in order; Identity is no layer.
    """
    if not isinstance(model, nn.Module):
        raise CheckFailed(f"expected an nn.Sequential, but {_called(model)} came back")
    found = []
    for layer in _layers(model):
        if isinstance(layer, nn.Identity):
            continue
        parameters = [described(values) for values in layer.parameters()]
        rate = layer.p if isinstance(layer, nn.Dropout) else None
        found.append((type(layer).__name__, layer.training, rate, parameters))
    return found


def sequential(model):
    """(whether it is an nn.Sequential, whether it is in train mode)."""
    return isinstance(model, nn.Sequential), getattr(model, "training", None)


def share(model, other):
    """Whether a parameter or a buffer of one lies in the memory of one of the other's."""
    return bool(_memory(model) & _memory(other))


def held(thing):
    """A record of a tensor's or a network's content that equals another if nothing changed."""
    if isinstance(thing, nn.Module):
        values = {name: _bytes(one) for name, one in thing.state_dict().items()}
        # A layer of a Sequential is known by its number and its kind.
        kinds = [
            (name, type(layer).__name__, layer.training) for name, layer in thing.named_modules()
        ]
        return values, kinds
    return _bytes(thing)


def lend(thing):
    """Let the student's next call work on the thing itself, where it would get a copy.

    `held` before and after then tells what the call did to it. A second copy is a real one, so
    that a student's own deepcopy is what it says.
    """

    def once(memo):
        del thing.__dict__["__deepcopy__"]
        return thing

    thing.__dict__["__deepcopy__"] = once
    return thing


def log_passes(model):
    """A list that grows by the shape of the images for every pass through the network."""
    shapes = []
    # On the first layer, so that a pass counts that goes through the layers one by one.
    first = next(_layers(model))
    first.register_forward_pre_hook(lambda _, given: shapes.append(tuple(given[0].shape)))
    return shapes


def _layers(model):
    # Not modules() or children(): they show a layer that is used twice only once.
    inner = [layer for layer in model._modules.values() if layer is not None]
    if not inner:
        yield model
    for layer in inner:
        yield from _layers(layer)


def _called(value):
    known = ("ndarray", "list", "tuple", "dict", "int", "float", "bool", "str")
    name = type(value).__name__
    return "None" if value is None else f"a {name}" if name in known else "something else"


def _memory(model):
    return {values.untyped_storage().data_ptr() for values in model.state_dict().values()} - {0}


def _bytes(values):
    content = b"" if values.device.type == "meta" else values.detach().cpu().numpy().tobytes()
    return described(values.detach()), content
