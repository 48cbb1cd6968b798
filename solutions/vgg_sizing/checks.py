"""What each test cell of `vgg_sizing` is graded by.

The nets are nothing like VGG: images are not square, filters are 1 to 7 wide, strides 1 to 3,
poolings overlap, and there may be no fully connected layer or several. Their geometry is fixed and
their numbers of filters, units and places are fresh, so that a wrong function cannot be right by
luck. Every net tiles, because its image is worked out from its last volume.

There are no forbidden routes: whoever counts with PyTorch has counted.

A cell judges what its name says, and where it can it leaves out what another one is about: it asks
for a net where that makes no difference, or compares a student's answers with each other. Whether
an answer is an integer and of the right kind is paid for in the cells called `exact`, and for
`layer_shapes` in the one about whole networks.
"""

from functools import partial

import numpy as np
import torch
from torch.nn import functional

from autograder.checks.checking import agree, checking, holds, refuses, untouched
from autograder.checks.torchchecks import kinds, parameters, run_redrawn, sequential, settings
from autograder.course.errors import CheckFailed

# What the checks ask of a student's network


def built(student, layers, image, *, device="cpu"):
    """The student's network for these layers; refuses what is no `nn.Sequential`."""
    network = student.on_device(device).build_network(layers, image)
    if not sequential(network)[0]:
        raise CheckFailed("the result is not an nn.Sequential")
    return network


def shapes_of(network):
    """The shapes of its parameters, in order."""
    return [shape for _, _, shape, _ in parameters(network)]


def _pair(value):
    return (value, value) if isinstance(value, int) else value


# Nets that tile


def image_for(layers, rng):
    """An image (C, H, W) that the layers tile; their last volume is small and not square."""
    places = int(rng.integers(2, 5)), int(rng.integers(5, 8))
    for layer in reversed(layers):
        if type(layer).__name__ != "FC":
            places = before(layer, places)
    return (int(rng.integers(8, 13)), *places)


def misfit(layers, index, direction, extra, rng):
    """An image that the layers tile up to layer `index`, whose input is too long by `extra`.

    Returns it and the length that does not tile, which is long enough not to occur by chance.
    """
    places = before(layers[index], (int(rng.integers(20, 30)), int(rng.integers(40, 50))))
    places[direction] += extra
    size = places[direction]
    for layer in reversed(layers[:index]):
        places = before(layer, places)
    return (int(rng.integers(2, 9)), *places), size


def before(layer, places):
    """The rows and columns of which a Conv or a Pool makes so many places."""
    window, stride, pad = geometry(layer)
    return [(count - 1) * stride + window - 2 * pad for count in places]


def geometry(layer):
    """(window, stride, pad) of a Conv or a Pool."""
    if type(layer).__name__ == "Conv":
        return layer.kernel, layer.stride, layer.pad
    return layer.size, layer.stride, 0


def case(rng, layers):
    """(layers, image) for layers that tile."""
    return layers, image_for(layers, rng)


def square(rng, layers):
    """(layers, image) for layers that tile, with as many columns as rows."""
    side = int(rng.integers(2, 5))
    for layer in reversed(layers):
        side = before(layer, (side, side))[0]
    return layers, (int(rng.integers(8, 13)), side, side)


def conv_nets(reference, rng):
    """Convolutions only: every kernel, stride and padding changes places in its own way."""
    Conv = reference.Conv
    few, some, many = (int(n) for n in rng.integers((2, 14, 25), (8, 21, 32)))
    yield case(rng, [Conv(some)])
    yield case(rng, [Conv(few, pad=0), Conv(many, 5, 2, 1)])
    yield case(rng, [Conv(many, 7, 3, 2), Conv(few, 1, 1, 0), Conv(some, 5, 1, 2), Conv(few, 3, 2)])
    yield case(rng, [Conv(some, 4, 2, 0), Conv(some, 2, 1, 1), Conv(few, 5, 3, 0)])
    yield case(rng, [Conv(few, 11, 4, 5)])
    yield case(rng, [Conv(some, 9, 6, 0), Conv(few, 8, 5, 4)])
    yield [Conv(some, 3, 1, 1), Conv(few, 1, 7, 0)], (3, 1, 8)  # one row


def fc_nets(reference, rng):
    """Fully connected layers only, on images of three different lengths."""
    FC = reference.FC
    few, some = int(rng.integers(2, 9)), int(rng.integers(20, 40))
    image = int(rng.integers(2, 5)), int(rng.integers(5, 8)), int(rng.integers(9, 12))
    yield [FC(some)], image
    yield [FC(few), FC(some), FC(few + 1)], image


def mixed_nets(reference, rng):
    """Everything together: no FC, one, several; overlapping pooling and pooling first."""
    Conv, Pool, FC = reference.Conv, reference.Pool, reference.FC
    few, some, many = (int(n) for n in rng.integers((2, 14, 25), (8, 21, 32)))
    yield case(rng, [Conv(some, 5, 2, 0), Pool(3, 2), Conv(few), FC(many), FC(few), FC(some)])
    yield case(rng, [Conv(few, 3, 1, 0), Pool(), Conv(many, 5, 1, 2), Conv(some, 1, 1, 0), Pool()])
    yield case(rng, [Pool(3, 1), Conv(many, 3, 2, 1), Pool(2, 3), FC(few)])
    yield case(rng, [Conv(few), Conv(some), Pool(), Conv(many), Pool(), FC(some), FC(few)])
    yield [*fc_nets(reference, rng)][1]


def number(got):
    """A number that came back, whatever type it has."""
    if isinstance(got, bool) or not isinstance(got, int | float | np.integer | np.floating):
        raise CheckFailed("no number came back")
    return float(got) if isinstance(got, float | np.floating) else int(got)


def equal(got, want):
    """The same numbers in the same order, whatever types they have."""
    if not isinstance(want, list | tuple):
        if number(got) != want:
            raise CheckFailed("another number came back")
        return
    if not isinstance(got, list | tuple):
        raise CheckFailed("expected a list")
    if len(got) != len(want):
        raise CheckFailed(f"{len(got)} results came back where {len(want)} were expected")
    for item, expected in zip(got, want, strict=True):
        equal(item, expected)


def whole(got, *, tuples=False):
    """The sum of a list of integers, or of tuples of them; nothing else will do."""
    if not isinstance(got, list | tuple):
        raise CheckFailed("the result is no list")
    if tuples and not all(isinstance(item, tuple) for item in got):
        raise CheckFailed("the result is no list of tuples")
    values = [value for item in got for value in item] if tuples else got
    for value in values:
        whole_number(value)
    return sum(values)


def whole_number(got):
    if isinstance(got, bool) or not isinstance(got, int | np.integer):
        raise CheckFailed("what came back is no integer, or not all of it")


def positive(got):
    """Raise `CheckFailed` where nothing is counted, which would agree with much else."""
    if number(got) <= 0:
        raise CheckFailed("nothing is counted")
    return got


def same(student, reference, name, net, **how):
    """Compare the student's answer about a net with the reference's."""
    layers, image = net
    want = getattr(reference, name)(layers, image, **how)
    equal(getattr(student, name)(layers, image, **how), want)


def leaves_alone(student, name, layers, *arguments, **how):
    """One cell of each function asks this, so that it is paid for once."""
    with checking("the list of layers is not changed in place", hint="copy what you take apart"):
        getattr(student, name)(layers, *arguments, **how)
        untouched(student)


EXACT = "/ gives floats, // keeps integers; Python's own integers never overflow and never round"


# layer_shapes


def test_layer_shapes_conv(student, reference, rng):
    for net in conv_nets(reference, rng):
        with checking(
            "a convolution makes one map for each filter, and (W - F + 2P)/S + 1 places",
            hint="rows and columns each have their own; the next layer starts from this volume",
        ):
            same(student, reference, "layer_shapes", net)


def test_layer_shapes_pool(student, reference, rng):
    Pool = reference.Pool
    nets = [Pool()], [Pool(3, 2), Pool(2, 1)], [Pool(2, 3), Pool(5, 4), Pool(3, 3)], [Pool(9, 7)]
    for layers in nets:
        with checking(
            "pooling keeps the depth, and moves its window by its stride",
            hint="no padding; the stride need not be the size",
        ):
            same(student, reference, "layer_shapes", square(rng, layers))


def test_layer_shapes_fc(student, reference, rng):
    for net in fc_nets(reference, rng):
        with checking("a fully connected layer leaves one place", hint="(units, 1, 1)"):
            same(student, reference, "layer_shapes", net)


def test_layer_shapes_network(student, reference, rng):
    with checking("VGG-16 as the notes have it"):
        same(student, reference, "layer_shapes", (reference.vgg16(), reference.IMAGE))
    for net in mixed_nets(reference, rng):
        with checking(
            "the volumes of a whole network, one for each layer",
            hint="each layer starts from the volume before it; the input is not in the list",
        ):
            same(student, reference, "layer_shapes", net)
        with checking("a list of tuples of integers", hint=EXACT):
            whole(student.layer_shapes(*net), tuples=True)
    leaves_alone(student, "layer_shapes", reference.vgg16(), reference.IMAGE)


def test_layer_shapes_refusal(student, reference, rng):
    Conv, Pool, FC = reference.Conv, reference.Pool, reference.FC
    nets = (
        # The layer that fails, and what comes before it: its volume is not the image.
        (0, [Conv(5, 31, 7, 13), FC(3)]),
        (2, [Conv(5, 5, 1, 0), Pool(2, 2), Conv(4, 23, 11, 17)]),
        (0, [Pool(29, 13)]),
        (1, [Pool(2, 1), Conv(3, 27, 19, 0)]),
        (2, [Conv(6), Conv(6, 5, 1, 1), Pool(19, 14), Conv(2), FC(4)]),
    )
    for index, layers in nets:
        window, stride, pad = geometry(layers[index])
        for direction, name in enumerate(("rows", "columns")):
            for extra in (1, stride - 1):
                image, size = misfit(layers, index, direction, extra, rng)
                numbers = {size, window, stride} | ({pad} if pad else set())
                with checking(
                    f"{name} that a layer does not tile are refused, with size, window, stride "
                    "and padding",
                    hint="is there a remainder? The size is the one that reaches this layer, in "
                    "the direction that fails",
                ):
                    refuses(partial(student.layer_shapes, layers, image), *numbers)
    with checking("sizes that fit are not refused", hint="a remainder of 0 is no remainder"):
        for layers in ([Conv(3, 3, 2, 0)], [Pool(3, 2)], [Conv(2, 2, 3, 1), Pool(4, 2)]):
            got = student.layer_shapes(layers, image_for(layers, rng))
            if not isinstance(got, list | tuple) or len(got) != len(layers):
                raise CheckFailed("no list of volumes came back")


# layer_parameters


def pairs_of(student, net):
    """The pairs that came back for a net, one for each layer."""
    layers, image = net
    got = student.layer_parameters(layers, image)
    if not isinstance(got, list | tuple) or len(got) != len(layers):
        raise CheckFailed("no list with a pair for each layer came back")
    if any(not isinstance(pair, list | tuple) or len(pair) != 2 for pair in got):
        raise CheckFailed("not every layer has a pair (weights, biases)")
    return got


def same_weights(student, reference, net):
    """Compare the weights of each layer, and not the biases."""
    want = [weights for weights, _ in reference.layer_parameters(*net)]
    equal([weights for weights, _ in pairs_of(student, net)], want)


def test_layer_parameters_conv(student, reference, rng):
    for net in conv_nets(reference, rng):
        with checking(
            "a filter has kernel·kernel weights for each channel that comes in",
            hint="the channels are those of the layer before",
        ):
            same_weights(student, reference, net)


def test_layer_parameters_fc(student, reference, rng):
    for net in fc_nets(reference, rng):
        with checking(
            "a unit has one weight for every value of the volume before it",
            hint="C·H·W values come in, and after an FC as many as it has units",
        ):
            same_weights(student, reference, net)


def test_layer_parameters_network(student, reference, rng):
    pools = case(rng, [reference.Pool(3, 2), reference.Pool(2, 1)])
    for net in ((reference.vgg16(), reference.IMAGE), pools, *mixed_nets(reference, rng)):
        with checking(
            "a pair for every layer of a whole network: one bias for each filter and unit, and "
            "(0, 0) for a pooling",
            hint="(weights, biases), in this order",
        ):
            layers, _ = net
            got, want = pairs_of(student, net), reference.layer_parameters(*net)
            equal([biases for _, biases in got], [biases for _, biases in want])
            kept = [pair[0] for pair, layer in zip(got, layers, strict=True) if is_pool(layer)]
            equal(kept, [0] * len(kept))


def is_pool(layer):
    return type(layer).__name__ == "Pool"


def test_layer_parameters_exact(student, reference, rng):
    vgg = reference.vgg16(), reference.IMAGE
    nets = [*mixed_nets(reference, rng)]
    with checking("lists of tuples of integers", hint=EXACT):
        positive(sum(whole(student.layer_parameters(*net), tuples=True) for net in nets))
    if holds(lambda: [same(student, reference, "layer_parameters", net) for net in nets]):
        with checking("VGG-16, to the last parameter", hint=EXACT):
            same(student, reference, "layer_parameters", vgg)
    leaves_alone(student, "layer_parameters", *vgg)


# multiply_adds


def test_multiply_adds_conv(student, reference, rng):
    for net in conv_nets(reference, rng):
        with checking(
            "a convolution uses each weight once at every place of its output",
            hint="rows times columns of the output, not of the input; biases do not count",
        ):
            same(student, reference, "multiply_adds", net)


def test_multiply_adds_fc(student, reference, rng):
    for net in fc_nets(reference, rng):
        with checking("a fully connected layer uses each weight once", hint="biases do not count"):
            same(student, reference, "multiply_adds", net)


def test_multiply_adds_network(student, reference, rng):
    pools = case(rng, [reference.Pool(3, 2), reference.Pool(2, 1)])
    counted = 0
    for net in (pools, *mixed_nets(reference, rng)):
        layers, image = net
        volumes = [image, *reference.layer_shapes(layers, image)]
        with checking(
            "each layer of a whole network does the work that it does alone, and pooling does none",
            hint="a number for every layer, 0 for pooling; what other layers do is not in it",
        ):
            got = student.multiply_adds(layers, image)
            # Each layer by itself, so that a wrong count is paid for where it is counted.
            alone = [
                0 if is_pool(layer) else number(one(student.multiply_adds([layer], volume)))
                for layer, volume in zip(layers, volumes, strict=False)
            ]
            equal(got, alone)
            counted += sum(alone)
    with checking("some work is counted"):
        positive(counted)


def one(got):
    """The only number of a list."""
    if not isinstance(got, list | tuple) or len(got) != 1:
        raise CheckFailed("no list with one number came back for one layer")
    return got[0]


def test_multiply_adds_exact(student, reference, rng):
    Conv, Pool = reference.Conv, reference.Pool
    large = [Conv(int(rng.integers(500, 520))), Pool(3, 2), Conv(1021, 5, 1, 2)], (3, 303, 401)
    vgg = reference.vgg16(), reference.IMAGE
    nets = [*mixed_nets(reference, rng)]
    with checking("lists of integers", hint=EXACT):
        positive(sum(whole(student.multiply_adds(*net)) for net in nets))
    if holds(lambda: [same(student, reference, "multiply_adds", net) for net in nets]):
        for net in (vgg, large):
            with checking("work that is larger than 2³¹ is counted to the last one", hint=EXACT):
                same(student, reference, "multiply_adds", net)
    leaves_alone(student, "multiply_adds", *vgg)


# activation_memory


def test_activation_memory_values(student, reference, rng):
    nets = [(reference.vgg16(), reference.IMAGE)]
    for family in (conv_nets, fc_nets, mixed_nets):
        nets += family(reference, rng)
    for net in nets:
        with checking(
            "four bytes for each value of the input and of every layer's output",
            hint="pooling and fully connected layers leave volumes behind as well",
        ):
            same(student, reference, "activation_memory", net)


def grows_with_bytes(call):
    """Bytes of a value are a factor of the whole; what it is a factor of is paid for elsewhere."""
    four = positive(call())
    for size in (1, 2, 8):
        with checking(
            "half the bytes_per_value is half the memory, twice is twice", hint="4 is the default"
        ):
            equal(4 * number(call(bytes_per_value=size)), size * four)


def test_activation_memory_bytes(student, reference, rng):
    odd = [reference.FC(2)], (1, 3, 3)  # eleven values
    for layers, image in (odd, *mixed_nets(reference, rng)):
        grows_with_bytes(partial(student.activation_memory, layers, image))


def test_activation_memory_exact(student, reference, rng):
    for net in mixed_nets(reference, rng):
        with checking("an integer", hint=EXACT):
            positive(whole([student.activation_memory(*net)]))
    leaves_alone(student, "activation_memory", reference.vgg16(), reference.IMAGE)


# receptive_field


def sees(student, reference, layers):
    equal(student.receptive_field(layers), reference.receptive_field(layers))


def test_receptive_field_stack(student, reference, rng):
    Conv, filters = reference.Conv, int(rng.integers(4, 40))
    stacks = [
        [Conv(filters)],
        [Conv(filters)] * 3,
        [Conv(filters, 5, 1, 2), Conv(filters, 1, 1, 0), Conv(filters, 7, 1, 0)],
        [Conv(filters, 2, 1, 0), Conv(filters, 3, 1, 4), Conv(filters, 4, 1, 1)],
    ]
    stacks.append([Conv(filters, int(kernel)) for kernel in rng.integers(1, 12, size=6)])
    for layers in stacks:
        with checking(
            "at stride 1 every layer sees kernel - 1 pixels further than the one below",
            hint="the first sees its kernel; padding and the number of filters do not matter",
        ):
            sees(student, reference, layers)


def test_receptive_field_jump(student, reference, rng):
    Pool, FC = reference.Pool, reference.FC

    def Conv(stride=1):
        # Kernels and padding are paid for with the stacks.
        return reference.Conv(4, 3, stride, 0)

    stacks = [
        [Conv(), Pool(), Conv()],
        [Conv(2), Conv(3), Pool(2, 1), Conv()],
        [Pool(3, 2), Pool(3, 2), Pool(2, 3), Conv(2)],
        [Conv(2), Conv(), Pool(4, 3), FC(9), FC(3)],
        [Conv(), Conv(), Pool()] * 6,  # sees more than VGG's own image
        [Pool(9, 7), Conv(6), Pool(1, 5), Conv()],
    ]
    stacks.append([Conv(int(stride)) for stride in rng.integers(1, 5, size=5)])
    for layers in stacks:
        with checking(
            "after strides every step of a window is as many pixels as they multiply to",
            hint="widen by the jump so far, then multiply the jump by this layer's own stride; "
            "poolings count, FC layers are not in the list",
        ):
            sees(student, reference, layers)


def test_receptive_field_exact(student, reference, rng):
    layers = reference.vgg16()
    with checking("a list of integers", hint=EXACT):
        positive(whole(student.receptive_field(layers)))
    leaves_alone(student, "receptive_field", layers)


# stacked_filter_parameters


def test_stacked_filter_parameters(student, reference, rng):
    for channels in (1, 2, int(rng.integers(5, 12)), 256):
        for kernel in (1, 3, int(rng.integers(5, 9))):
            with checking(
                "one layer has kernel² times channels² weights",
                hint="each of the `channels` filters goes through all `channels` channels",
            ):
                want = reference.stacked_filter_parameters(channels, kernel, 1)
                equal(student.stacked_filter_parameters(channels, kernel, 1), want)


def test_stacked_filter_parameters_depth(student, reference, rng):
    for channels, kernel in ((1, 3), (3, 5), (int(rng.integers(5, 12)), 7)):
        for depth in (2, int(rng.integers(3, 7)), 20):
            with checking("a stack has as many times the weights of one layer as it has layers"):
                one_layer = positive(student.stacked_filter_parameters(channels, kernel, 1))
                got = student.stacked_filter_parameters(channels, kernel, depth)
                equal(got, depth * one_layer)


def test_stacked_filter_parameters_exact(student, reference, rng):
    with checking("an integer", hint=EXACT):
        positive(whole([student.stacked_filter_parameters(int(rng.integers(5, 12)), 3, 2)]))


# training_memory


def test_training_memory_batch(student, reference, rng):
    Pool = reference.Pool
    for layers in ([Pool()], [Pool(3, 2), Pool(2, 1)]):  # no parameters: activations only
        net = case(rng, layers)
        with checking(
            "activations and their gradients take twice the activations of every image",
            hint="the input has both as well",
        ):
            for batch in (1, 2, int(rng.integers(5, 50))):
                same(student, reference, "training_memory", net, batch=batch)


def without_activations(student, net, **how):
    """What is left of `training_memory` when what grows with the batch is taken off."""
    one, two = (number(student.training_memory(*net, batch=batch, **how)) for batch in (1, 2))
    return 2 * one - two


def test_training_memory_copies(student, reference, rng):
    for net in (*mixed_nets(reference, rng), (reference.vgg16(), reference.IMAGE)):
        parameters = sum(map(sum, reference.layer_parameters(*net)))
        with checking(
            "parameters, their gradients and the optimizer's slots lie in memory once",
            hint="weights and biases, 2 + optimizer_slots copies, whatever the batch; "
            "one slot is the default",
        ):
            equal(without_activations(student, net), 3 * 4 * parameters)
            for slots in (0, 1, 2, 5):
                got = without_activations(student, net, optimizer_slots=slots)
                equal(got, (2 + slots) * 4 * parameters)


def test_training_memory_bytes(student, reference, rng):
    for layers, image in mixed_nets(reference, rng):
        for slots in ({}, {"optimizer_slots": 0}, {"optimizer_slots": 2}):
            batch = int(rng.integers(2, 9))
            grows_with_bytes(partial(student.training_memory, layers, image, batch=batch, **slots))


def test_training_memory_exact(student, reference, rng):
    for net in mixed_nets(reference, rng):
        with checking("an integer", hint=EXACT):
            positive(whole([student.training_memory(*net, batch=3)]))
    leaves_alone(student, "training_memory", reference.vgg16(), reference.IMAGE, batch=2)


# largest_batch


def fit(student, net, want, **how):
    layers, image = net
    equal(student.largest_batch(layers, image, **how), want)


def test_largest_batch_fits(student, reference, rng):
    nets = [*mixed_nets(reference, rng)]
    many = ([reference.FC(5)], (1, 2, 3)), int(rng.integers(1100, 1600))
    batches = 1, 2, int(rng.integers(20, 40))
    for net, batch in (*((net, batch) for net in nets for batch in batches), many):
        exact = reference.training_memory(*net, batch=batch)
        more = reference.training_memory(*net, batch=batch + 1)
        with checking("a batch that fits to the last byte does fit", hint="≤"):
            fit(student, net, batch, memory=exact)
        with checking(
            "a batch that lacks one byte does not fit",
            hint="take off what does not grow with the batch, and round down",
        ):
            fit(student, net, batch, memory=more - 1)
            fit(student, net, batch, memory=(exact + more) // 2)


def test_largest_batch_none(student, reference, rng):
    for net in mixed_nets(reference, rng):
        one = reference.training_memory(*net, batch=1)
        fixed = reference.training_memory(*net, batch=0)
        with checking("0 where not even one image fits", hint="a batch is never negative"):
            # Far from the edges, where rounding is paid for.
            for memory in (fixed + (one - fixed) // 4, fixed - fixed // 9, fixed // 3, 1, 0):
                fit(student, net, 0, memory=memory)


def test_largest_batch_settings(student, reference, rng):
    for net in mixed_nets(reference, rng):
        for slots, size in ((0, 4), (2, 4), (1, 2), (1, 8), (3, 1)):
            how = {"optimizer_slots": slots, "bytes_per_value": size}
            batch = int(rng.integers(5, 30))
            exact, more = (
                reference.training_memory(*net, batch=n, **how) for n in (batch, batch + 1)
            )
            with checking(
                "optimizer_slots and bytes_per_value are those of training_memory",
                hint="hand both on, wherever you ask",
            ):
                fit(student, net, batch, memory=exact + (more - exact) // 4, **how)


def test_largest_batch_exact(student, reference, rng):
    for net in mixed_nets(reference, rng):
        with checking("an integer", hint=EXACT):
            memory = reference.training_memory(*net, batch=7)
            positive(whole([student.largest_batch(*net, memory=memory)]))
    leaves_alone(student, "largest_batch", reference.vgg16(), reference.IMAGE, memory=2**32)


# build_network


def modules_of(layers):
    """The modules a network has, by name."""
    names = []
    for layer in layers:
        kind = type(layer).__name__
        if kind == "FC":
            names += ["ReLU" if "Flatten" in names else "Flatten", "Linear"]
        else:
            names += ["Conv2d", "ReLU"] if kind == "Conv" else ["MaxPool2d"]
    return names


def expected_shapes(layers, image, reference):
    """The shapes of a network's parameters."""
    shapes, entering = [], [image, *reference.layer_shapes(layers, image)]
    for layer, (C, H, W) in zip(layers, entering, strict=False):
        kind = type(layer).__name__
        if kind == "Conv":
            shapes += [(layer.filters, C, layer.kernel, layer.kernel), (layer.filters,)]
        elif kind == "FC":
            shapes += [(layer.units, C * H * W), (layer.units,)]
    return shapes


def expected_answer(layers, parameters, images):
    """What a network with these parameters makes of the images."""
    x = torch.from_numpy(images)
    tensors = iter([torch.from_numpy(array) for array in parameters])
    flat = False
    for layer in layers:
        kind = type(layer).__name__
        if kind == "Conv":
            w, b = next(tensors), next(tensors)
            x = functional.relu(functional.conv2d(x, w, b, layer.stride, layer.pad))
        elif kind == "Pool":
            x = functional.max_pool2d(x, layer.size, layer.stride)
        else:
            x = functional.relu(x) if flat else x.flatten(1)
            x, flat = functional.linear(x, next(tensors), next(tensors)), True
    return x.numpy()


def test_build_network_layers(student, reference, rng):
    for layers, image in (*conv_nets(reference, rng), *mixed_nets(reference, rng)):
        with checking(
            "the modules of the layers, in their order, in one flat nn.Sequential",
            hint="ReLU after every Conv2d and between two Linear, none after the last; Flatten "
            "once, before the first Linear",
        ):
            agree(kinds(built(student, layers, image)), modules_of(layers))


def test_build_network_settings(student, reference, rng):
    asked = {
        "Conv2d": ("kernel_size", "stride", "padding", "dilation", "groups", "padding_mode"),
        "MaxPool2d": ("kernel_size", "stride", "padding", "dilation", "ceil_mode"),
    }
    for layers, image in (*conv_nets(reference, rng), *mixed_nets(reference, rng)):
        convs, pools = (
            [layer for layer in layers if type(layer).__name__ == name] for name in ("Conv", "Pool")
        )
        want = {
            "Conv2d": [(*geometry(layer), 1, 1, "zeros") for layer in convs],
            "MaxPool2d": [(*geometry(layer), 1, False) for layer in pools],
        }
        with checking(
            "kernel, stride and padding of Conv2d and MaxPool2d are the layers', and all else is "
            "PyTorch's default",
            hint="left out, MaxPool2d's stride is its size, and Conv2d's padding is 0",
        ):
            network = built(student, layers, image)
            for kind, names in asked.items():
                pairs = [tuple((value, value) for value in values) for values in want[kind]]
                if settings(network, kind, *names) != pairs:
                    raise CheckFailed(f"some {kind} is set up otherwise")
            # How many there are is for the cell about the layers to say.
            if any(
                ends != ((1, 1), (-1, -1))
                for ends in settings(network, "Flatten", "start_dim", "end_dim")
            ):
                raise CheckFailed("Flatten is set up otherwise")


def three_by_three(reference, rng):
    """Nets whose filters are all 3 × 3, so that a wrong kernel is paid for with the settings."""
    Conv, Pool, FC = reference.Conv, reference.Pool, reference.FC
    few, some, many = (int(n) for n in rng.integers((2, 14, 25), (8, 21, 32)))
    yield case(rng, [Conv(some, 3, 2, 0), Pool(3, 2), Conv(few), FC(many), FC(few), FC(some)])
    yield case(rng, [Conv(few), Conv(many, 3, 1, 2), Conv(some, 3, 3, 1)])
    yield case(rng, [Pool(3, 1), Conv(many), Pool(2, 3), FC(few)])
    yield [*fc_nets(reference, rng)][1]


def test_build_network_parameters(student, reference, rng):
    for layers, image in three_by_three(reference, rng):
        for device in ("cpu", "meta"):
            with checking(
                "every layer has the weights and biases that you counted, on the device in force",
                hint="in_channels and in_features come from the volume before the layer; name no "
                "device, and the meta device works as well",
            ):
                network = built(student, layers, image, device=device)
                if shapes_of(network) != expected_shapes(layers, image, reference):
                    raise CheckFailed("some parameter is missing, or has another shape")
                if {where for where, *_ in parameters(network)} != {device}:
                    raise CheckFailed("the parameters are on another device")


def test_build_network_runs(student, reference, rng):
    for layers, image in mixed_nets(reference, rng):
        with checking(
            "the network turns images into what its own weights make of them",
            hint="look for a ReLU too many or too few, and for stride and padding",
        ):
            network = built(student, layers, image)
            # Large inputs, so that the answers are large beside the tolerance.
            images = (100 * rng.normal(size=(2, *image))).astype(np.float32)
            if shapes_of(network) != expected_shapes(layers, image, reference):
                raise CheckFailed("some parameter is missing, or has another shape")
            if any(values is None for *_, values in parameters(network)):
                raise CheckFailed("some parameter has no values")
            answer, drawn = run_redrawn(network, images, rng)
            agree(answer, expected_answer(layers, drawn, images))
    leaves_alone(student, "build_network", layers, image)
