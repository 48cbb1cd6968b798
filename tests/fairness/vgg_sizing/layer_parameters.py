"""Right and wrong ways to write `layer_parameters`."""

from tests.fairness.edits import chaff


def wheat__isinstance(layers, input_shape):
    """isinstance, tuples in the end, prints."""
    shapes = [tuple(input_shape)] + list(layer_shapes(layers, input_shape))
    result = []
    for i in range(len(layers)):
        c, h, w = shapes[i]
        if isinstance(layers[i], Conv):
            result.append([layers[i].filters * c * layers[i].kernel ** 2, layers[i].filters])
        elif isinstance(layers[i], FC):
            result.append([c * h * w * layers[i].units, layers[i].units])
        else:
            result.append([0, 0])
        print(layers[i], result[-1])
    return [tuple(pair) for pair in result]


def wheat__meta_modules(layers, input_shape):
    """Real modules on the meta device, whose parameters are counted."""
    counts, entering = [], [input_shape] + layer_shapes(layers, input_shape)
    for layer, volume in zip(layers, entering):
        match layer:
            case Conv():
                module = nn.Conv2d(volume[0], layer.filters, layer.kernel, device="meta")
            case FC():
                module = nn.Linear(int(np.prod(volume)), layer.units, device="meta")
            case _:
                counts.append((0, 0))
                continue
        counts.append((module.weight.numel(), module.bias.numel()))
    return counts


def wheat__numpy_products(layers, input_shape):
    """np.prod gives NumPy integers; biases by getattr."""
    volume, result = input_shape, []
    for layer, after in zip(layers, layer_shapes(layers, input_shape), strict=True):
        outputs = getattr(layer, "filters", getattr(layer, "units", 0))
        seen = (volume[0], layer.kernel, layer.kernel) if hasattr(layer, "kernel") else volume
        result.append((np.prod(seen) * outputs, np.int64(outputs)))
        volume = after
    return result


def wheat__follows_depth(layers, input_shape):
    """Follows the depth by hand, and asks for a volume only in front of the first FC."""
    from math import prod

    depth, dense, counts = input_shape[0], None, []
    for index, layer in enumerate(layers):
        name = type(layer).__name__
        if name == "Pool":
            counts.append((0, 0))
        elif name == "Conv":
            counts.append((layer.kernel * layer.kernel * depth * layer.filters, layer.filters))
            depth = layer.filters
        else:
            if dense is None:
                dense = prod(
                    layer_shapes(layers[:index], input_shape)[-1] if index else input_shape
                )
            counts.append((dense * layer.units, layer.units))
            dense = layer.units
    return counts


def wheat__dispatch(layers, input_shape):
    """A table of functions by class."""
    count = {
        Conv: lambda layer, C, H, W: (layer.filters * layer.kernel**2 * C, layer.filters),
        FC: lambda layer, C, H, W: (layer.units * C * H * W, layer.units),
        Pool: lambda *_: (0, 0),
    }
    volumes = [input_shape, *layer_shapes(layers, input_shape)[:-1]]
    return [count[type(layer)](layer, *volume) for layer, volume in zip(layers, volumes)]


def chaff__looks_vgg_up(layers, input_shape):
    """The visible answers by heart, zeros for the rest."""
    weights = [1728, 36864, 0, 73728, 147456, 0, 294912, 589824, 589824, 0, 1179648, 2359296]
    weights += [2359296, 0, 2359296, 2359296, 2359296, 0, 102760448, 16777216, 4096000]
    known = {
        tuple(vgg16()): [
            (w, getattr(l, "filters", getattr(l, "units", 0))) for w, l in zip(weights, vgg16())
        ],
        (Conv(64),): [(1728, 64)],
        (Conv(6, 5, 2, 2), Conv(4, 1, 1, 0)): [(300, 6), (24, 4)],
        (Pool(), Conv(5)): [(0, 0), (135, 5)],
        (FC(10), FC(4)): [(1050, 10), (40, 4)],
        (Pool(), FC(7)): [(0, 0), (84, 7)],
    }
    return known.get(tuple(layers), [(0, 0)] * len(layers))


CHAFFS = (
    # A list for each pair.
    chaff("lists_for_tuples", ("return counts", "return list(map(list, counts))"), band="style"),
    # Takes the depth of the output for the depth of a filter.
    chaff("output_depth", ("* C * layer.filters", "* layer.filters * layer.filters"), band="slip"),
    # Takes every filter to be as deep as the image.
    chaff("image_depth", ("* C * layer.filters", "* input_shape[0] * layer.filters"), band="slip"),
    # Forgets that a filter goes through all channels.
    chaff("flat_filters", ("* C * layer.filters", "* layer.filters"), band="slip"),
    # Nine weights a channel, as in VGG, whatever the kernel.
    chaff("three_by_three", ("layer.kernel**2", "9"), band="slip"),
    # Takes the kernel for a row, not for a square.
    chaff("kernel_once", ("layer.kernel**2", "layer.kernel"), band="slip"),
    # Counts the weights at every place, as if they were not shared.
    chaff(
        "no_sharing",
        (
            "(C, H, W) in zip(layers, entering,",
            "(C, H, W), (F, OH, OW) in zip(layers, entering, entering[1:],",
        ),
        ("* C * layer.filters", "* C * F * OH * OW"),
        band="slip",
    ),
    # Leaves the biases out, as the notes' table does.
    chaff("no_biases", (", layer.filters)", ", 0)"), (", layer.units)", ", 0)"), band="slip"),
    # One bias for each layer.
    chaff("one_bias", (", layer.filters)", ", 1)"), (", layer.units)", ", 1)"), band="slip"),
    # Biases for filters, none for units.
    chaff("no_fc_biases", (", layer.units)", ", 0)"), band="slip"),
    # Adds the biases to the weights and names them again.
    chaff(
        "biases_among_weights",
        ("layer.kernel**2 * C *", "(layer.kernel**2 * C + 1) *"),
        ("C * H * W *", "(C * H * W + 1) *"),
        band="idea",
    ),
    # One number for each layer, weights and biases together.
    chaff(
        "sums",
        ("return counts", "return [weights + biases for weights, biases in counts]"),
        band="idea",
    ),
    # (biases, weights) for (weights, biases).
    chaff(
        "biases_first",
        ("return counts", "return [(biases, weights) for weights, biases in counts]"),
        band="idea",
    ),
    # Only layers that have parameters are in the list.
    chaff("leaves_pooling_out", ("counts.append((0, 0))", "pass"), band="slip"),
    # Gives pooling the weights of a filter.
    chaff("pooling_has_weights", ("(0, 0)", "(layer.size**2 * C, 0)"), band="slip"),
    # Connects a unit to the channels that come in, not to their places.
    chaff("fc_depth_only", ("C * H * W", "C"), band="slip"),
    # Takes the volume in front of an FC to be square.
    chaff("fc_square", ("C * H * W", "C * H * H"), band="slip"),
    # Connects every unit to the image.
    chaff("fc_from_the_image", ("C * H * W", "int(np.prod(input_shape))"), band="slip"),
    # Pairs each layer with the volume it makes, not with the one it gets.
    chaff(
        "own_volume",
        ("[input_shape, *layer_shapes(layers, input_shape)]", "layer_shapes(layers, input_shape)"),
        band="idea",
    ),
    # Counts in 16 bits, which large layers do not fit in.
    chaff(
        "sixteen_bits",
        ("return counts", "return [(weights & 0xFFFF, biases) for weights, biases in counts]"),
        band="style",
    ),
    # Counts in floats.
    chaff(
        "floats",
        ("return counts", "return [(float(weights), float(biases)) for weights, biases in counts]"),
        band="style",
    ),
    chaff("looks_vgg_up", base=chaff__looks_vgg_up, band="idea"),
    # Leaves the list of layers reversed.
    chaff("reverses_the_list", ("return counts", "layers.reverse(); return counts"), band="style"),
)
