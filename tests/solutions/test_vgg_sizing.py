"""The reference of `vgg_sizing` against PyTorch and brute force."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from tests.solutions.solved import solved

SOLVED = solved("vgg_sizing")
REFERENCE = SOLVED.reference
Conv, Pool, FC, IMAGE = (getattr(REFERENCE, name) for name in ("Conv", "Pool", "FC", "IMAGE"))
VGG16 = REFERENCE.vgg16()
NETS = {
    "alexnet's beginning": ([Conv(6, 11, 4, 0), Pool(3, 2), Conv(8, 5, 1, 2)], (3, 227, 227)),
    "not square": ([Conv(6, 5, 2, 0), Pool(3, 2), Conv(4), FC(9), FC(5), FC(7)], (2, 25, 41)),
    "no fc": ([Conv(5, 3, 1, 0), Pool(), Conv(8, 1, 1, 0), Conv(3, 3, 2, 1)], (4, 16, 12)),
    "wide padding": ([Conv(3, 2, 3, 4), Pool(2, 1), FC(6)], (1, 9, 6)),
    "fc only": ([FC(8), FC(3)], (3, 4, 5)),
}
EVERY_NET = pytest.mark.parametrize(("layers", "image"), NETS.values(), ids=NETS)


def network_of(layers, image):
    """A real network, built by asking PyTorch what comes out of each layer; no reference in it."""
    modules, x = [], torch.zeros(1, *image)
    dense = False

    def add(module):
        nonlocal x
        modules.append(module)
        with torch.no_grad():
            x = module(x)

    for layer in layers:
        if isinstance(layer, Conv):
            how = {"stride": layer.stride, "padding": layer.pad}
            add(nn.Conv2d(x.shape[1], layer.filters, layer.kernel, **how))
            add(nn.ReLU())
        elif isinstance(layer, Pool):
            add(nn.MaxPool2d(layer.size, layer.stride))
        else:
            add(nn.ReLU() if dense else nn.Flatten())
            add(nn.Linear(x.shape[1], layer.units))
            dense = True
    return nn.Sequential(*modules)


def outputs_of(layers, image):
    """What leaves each layer of the real network, ReLU included."""
    seen, x = [], torch.zeros(1, *image)
    modules = list(network_of(layers, image))
    with torch.no_grad():
        for here, after in zip(modules, [*modules[1:], None], strict=True):
            x = here(x)
            last_of_layer = not isinstance(here, nn.Flatten) and not isinstance(after, nn.ReLU)
            if last_of_layer:
                seen.append(x)
    return seen


# The reference against oracles that share no code with it


@EVERY_NET
def test_shapes_are_what_pytorch_computes(layers, image):
    """Every volume is the shape that leaves the real layer; an FC's has one place."""
    want = [(*x.shape[1:], 1, 1)[:3] for x in outputs_of(layers, image)]
    assert REFERENCE.layer_shapes(layers, image) == want


@EVERY_NET
def test_parameters_are_those_of_real_modules(layers, image):
    """Every Conv2d and Linear has as many weights and biases as were counted."""
    real = [
        (module.weight.numel(), module.bias.numel())
        for module in network_of(layers, image)
        if hasattr(module, "weight")
    ]
    counted = REFERENCE.layer_parameters(layers, image)
    assert [pair for pair in counted if pair != (0, 0)] == real
    assert all(
        (pair == (0, 0)) == isinstance(layer, Pool)
        for layer, pair in zip(layers, counted, strict=True)
    )


@EVERY_NET
def test_work_is_half_the_flops_that_pytorch_counts(layers, image):
    """PyTorch's own counter sees two operations for each multiply-add."""
    counter = FlopCounterMode(display=False)
    with counter:
        network_of(layers, image)(torch.zeros(1, *image))  # the building runs every layer once too
    assert 4 * sum(REFERENCE.multiply_adds(layers, image)) == counter.get_total_flops()


def test_work_is_what_loops_would_do():
    """Counting dot products one by one gives the same, layer by layer."""
    layers, image = NETS["not square"]
    volumes = [image, *(tuple(x.shape[1:]) for x in outputs_of(layers, image))]
    want = []
    for layer, came, left in zip(layers, volumes, volumes[1:], strict=False):
        if isinstance(layer, Conv):
            dots = sum(1 for _ in np.ndindex(*left))
            want.append(dots * layer.kernel * layer.kernel * came[0])
        else:
            want.append(0 if isinstance(layer, Pool) else int(np.prod(came)) * left[0])
    assert REFERENCE.multiply_adds(layers, image) == want


@EVERY_NET
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64], ids=str)
def test_activations_are_the_bytes_of_real_tensors(layers, image, dtype):
    """The input and every output, as tensors of that dtype, have as many bytes."""
    tensors = [torch.zeros(1, *image), *outputs_of(layers, image)]
    want = sum(tensor.to(dtype).nbytes for tensor in tensors)
    size = dtype.itemsize
    assert REFERENCE.activation_memory(layers, image, bytes_per_value=size) == want


STACKS = {
    "three small": [Conv(1)] * 3,
    "mixed": [Conv(1, 3, 1, 0), Pool(2, 2), Conv(1, 5, 2, 2), Pool(3, 2), Conv(1, 2, 1, 0)],
    "strides": [Conv(1, 1, 3, 0), Conv(1, 4, 2, 0), Pool(2, 1), Conv(1, 3, 1, 5)],
    "vgg's first ten": VGG16[:10],
}


@pytest.mark.parametrize("layers", STACKS.values(), ids=STACKS)
def test_receptive_fields_are_where_gradients_arrive(layers):
    """The gradient of one value reaches a square of that side, and nothing outside of it."""
    for depth, want in enumerate(REFERENCE.receptive_field(layers), start=1):
        x = torch.zeros(1, 1, 160, 160, dtype=torch.float64, requires_grad=True)
        out = x
        for layer in layers[:depth]:
            side = layer.kernel if isinstance(layer, Conv) else layer.size
            pad = layer.pad if isinstance(layer, Conv) else 0
            ones = torch.ones(1, 1, side, side, dtype=torch.float64)
            # A pooling passes the gradient to one value; which one may be any in its window.
            out = nn.functional.conv2d(out, ones, stride=layer.stride, padding=pad)
        out[0, 0, out.shape[2] // 2, out.shape[3] // 2].backward()
        for axis in (0, 1):
            hit = x.grad[0, 0].sum(dim=axis).nonzero()
            assert int(hit.max() - hit.min()) + 1 == want


@pytest.mark.parametrize(("channels", "kernel", "depth"), [(1, 3, 1), (5, 3, 3), (4, 7, 1)])
def test_stacks_have_the_weights_of_real_modules(channels, kernel, depth):
    """A stack of real convolutions without biases has as many parameters."""
    stack = nn.Sequential(
        *(nn.Conv2d(channels, channels, kernel, bias=False) for _ in range(depth))
    )
    want = sum(parameter.numel() for parameter in stack.parameters())
    assert REFERENCE.stacked_filter_parameters(channels, kernel, depth) == want


OPTIMIZERS = {
    "plain": (0, lambda p: torch.optim.SGD(p, lr=0.1)),
    "momentum": (1, lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
    "adam": (2, lambda p: torch.optim.Adam(p, lr=0.1)),
}


@pytest.mark.parametrize(("slots", "optimizer"), OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_training_memory_is_what_lies_there_after_a_step(slots, optimizer):
    """Real parameters, gradients and optimizer state, and two of each activation, weigh as much."""
    layers, image = NETS["not square"]
    network = network_of(layers, image).double()
    step = optimizer(network.parameters())
    network(torch.ones(3, *image, dtype=torch.float64)).sum().backward()
    step.step()
    tensors = [t for p in network.parameters() for t in (p, p.grad, *step.state[p].values())]
    fixed = sum(t.nbytes for t in tensors if t is not None and t.ndim)  # Adam's count is a scalar
    activations = sum(x.numel() for x in (torch.zeros(image), *outputs_of(layers, image)))
    got = REFERENCE.training_memory(
        layers, image, batch=3, optimizer_slots=slots, bytes_per_value=8
    )
    assert got == fixed + 2 * 3 * 8 * activations


@pytest.mark.parametrize("slots", [0, 1, 2])
@pytest.mark.parametrize("size", [1, 2, 4, 8])
def test_largest_batch_is_the_last_that_fits(slots, size):
    """Counting up until it no longer fits gives the same, for every amount of memory."""
    layers, image = [Conv(2), FC(3)], (1, 2, 3)
    how = {"optimizer_slots": slots, "bytes_per_value": size}
    for memory in range(0, 2000, 13):
        batch = 0
        while REFERENCE.training_memory(layers, image, batch=batch + 1, **how) <= memory:
            batch += 1
        assert REFERENCE.largest_batch(layers, image, memory=memory, **how) == batch


@EVERY_NET
def test_built_networks_are_the_real_ones(layers, image):
    """Built network and oracle have the same modules, and with equal weights the same answers."""
    built, oracle = REFERENCE.build_network(layers, image), network_of(layers, image)
    assert list(map(repr, built)) == list(map(repr, oracle))
    oracle.load_state_dict(built.state_dict())
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(2, *image)).astype(np.float32))
    with torch.no_grad():
        torch.testing.assert_close(built(x), oracle(x))


def test_autograd_keeps_what_was_counted():
    """On the meta device autograd keeps the activations of VGG-16, but for its 1000 scores."""
    with torch.device("meta"):
        network, image = REFERENCE.build_network(VGG16, IMAGE), torch.empty(1, *IMAGE)
    own = {parameter.untyped_storage()._cdata for parameter in network.parameters()}
    sizes = {}

    def note(tensor):
        if tensor.is_floating_point():
            sizes[tensor.untyped_storage()._cdata] = tensor.untyped_storage()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        network(image)
    got = sum(storage.nbytes() for address, storage in sizes.items() if address not in own)
    assert got + 4 * 1000 == REFERENCE.activation_memory(VGG16, IMAGE)


def test_the_figures_of_the_notes():
    """VGG-16 in numbers: what the notes have right, and what their total should have been."""
    shapes = REFERENCE.layer_shapes(VGG16, IMAGE)
    pairs = REFERENCE.layer_parameters(VGG16, IMAGE)
    weights, biases = (sum(column) for column in zip(*pairs, strict=True))
    assert sum(map(np.prod, [IMAGE, *shapes])) == 15_237_608
    assert REFERENCE.activation_memory(VGG16, IMAGE) == 60_950_432
    assert (weights, weights + biases) == (138_344_128, 138_357_544)
    assert REFERENCE.layer_parameters(VGG16, IMAGE)[18] == (102_760_448, 4096)
    assert round(sum(REFERENCE.multiply_adds(VGG16, IMAGE)) / 1e9, 2) == 15.47
    three = REFERENCE.activation_memory([Conv(64)] * 3, IMAGE) - REFERENCE.activation_memory(
        [], IMAGE
    )
    assert three == 4 * 9_633_792


# What the contract asks for besides the values


@pytest.mark.parametrize(
    ("layers", "image", "message"),
    [
        ([Conv(8, 3, 2, 1)], (3, 10, 9), "rows: size 10, window 3, stride 2, pad 1"),
        ([Conv(8, 3, 2, 1)], (3, 9, 12), "columns: size 12, window 3, stride 2, pad 1"),
        ([Conv(8, 5, 1, 0), Pool()], (3, 24, 33), "columns: size 29, window 2, stride 2"),
        ([Conv(8, 9, pad=0)], (3, 4, 4), "size 4, window 9.*too large"),
        ([Pool(3, 2)] * 2, (3, 5, 5), "size 2, window 3.*too large"),
    ],
)
def test_what_does_not_tile_is_refused(layers, image, message):
    """The message names size, window, stride and padding of the direction that fails."""
    with pytest.raises(ValueError, match=message):
        REFERENCE.layer_shapes(layers, image)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv(8, stride=0), "stride must be a whole number of at least 1, but is 0"),
        (lambda: Conv(0), "filters must be"),
        (lambda: Conv(8, kernel=0), "kernel must be"),
        (lambda: Conv(8, pad=-1), "pad must be a whole number of at least 0, but is -1"),
        (lambda: Pool(1.5), "size must be a whole number"),
        (lambda: Pool(stride=0), "stride must be"),
        (lambda: FC(0), "units must be"),
    ],
)
def test_layers_that_make_no_sense_cannot_be_made(make, message):
    """A stride of 0 and the like are refused where the layer is written down."""
    with pytest.raises(ValueError, match=message):
        make()


TAKES_A_SHAPE = [
    name
    for name in SOLVED.functions
    if "input_shape" in inspect.signature(getattr(REFERENCE, name)).parameters
]


@pytest.mark.parametrize("shape", [(224, 224), (1, 3, 224, 224), (3, 0, 5), 224])
@pytest.mark.parametrize("name", TAKES_A_SHAPE)
def test_a_wrong_input_shape_is_explained(name, shape):
    """A batch axis too many or a missing depth is refused in words, in the released stub too."""
    how = {"training_memory": {"batch": 1}, "largest_batch": {"memory": 1}}.get(name, {})
    with pytest.raises(ValueError, match=r"input_shape needs three numbers|must be a whole number"):
        getattr(REFERENCE, name)([FC(3)], shape, **how)
    before, _ = SOLVED.cells[name].split("### BEGIN SOLUTION")
    assert "expect_volume(input_shape)" in before


def test_layers_cannot_be_changed():
    """A layer is frozen, equals its like, and has the defaults of the contract."""
    assert Conv(64) == Conv(64, kernel=3, stride=1, pad=1)
    assert Pool() == Pool(size=2, stride=2)
    with pytest.raises(AttributeError):
        Conv(64).filters = 3
