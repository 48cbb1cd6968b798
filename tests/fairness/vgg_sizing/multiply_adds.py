"""Right and wrong ways to write `multiply_adds`."""

from tests.fairness.edits import chaff


def wheat__cases(layers, input_shape):
    """A case for each kind of layer, volumes followed by hand."""
    result, volume = [], input_shape
    for layer, shape in zip(layers, layer_shapes(layers, input_shape)):
        if isinstance(layer, Conv):
            one = layer.kernel * layer.kernel * volume[0]
            result.append(one * shape[0] * shape[1] * shape[2])
        elif isinstance(layer, FC):
            result.append(volume[0] * volume[1] * volume[2] * layer.units)
        else:
            result.append(0)
        volume = shape
    print("total", sum(result))
    return result


def wheat__tuple_of_numpy_integers(layers, input_shape):
    """Weights times places in int64, as a tuple."""
    weights = np.array([w for w, _ in layer_parameters(layers, input_shape)], dtype=np.int64)
    places = np.array([h * w for _, h, w in layer_shapes(layers, input_shape)], dtype=np.int64)
    return tuple(weights * places)


def wheat__torch(layers, input_shape):
    """Integers counted by torch, and brought back to Python."""
    shapes = torch.tensor(layer_shapes(layers, input_shape))
    weights = torch.tensor([pair[0] for pair in layer_parameters(layers, input_shape)])
    return (weights * shapes[:, 1] * shapes[:, 2]).tolist()


def wheat__generator_inside(layers, input_shape):
    """A nested generator, listed in the end, with a warning."""
    import warnings

    warnings.warn("biases are not counted")

    def each():
        pairs = layer_parameters(layers, input_shape)
        for (weights, biases), shape in zip(pairs, layer_shapes(layers, input_shape)):
            yield weights * shape[-1] * shape[-2] if biases else 0

    return list(each())


def wheat__counts_one_by_one(layers, input_shape):
    """One layer at a time, each as a network of its own."""
    work = []
    for layer in layers:
        weights, _ = layer_parameters([layer], input_shape)[0]
        input_shape = layer_shapes([layer], input_shape)[0]
        work.append(weights * input_shape[1] * input_shape[2])
    return work


CHAFFS = (
    # The right numbers, as floats.
    chaff("floats", ("H * W * weights", "H * W * float(weights)"), band="style"),
    # Places of the input for places of the output.
    chaff(
        "input_places",
        ("shape[1] * shape[2]", "volume[1] * volume[2]"),
        base=wheat__cases,
        band="slip",
    ),
    # Every weight once, in convolutions as well.
    chaff("weights_only", ("H * W * weights", "weights"), band="slip"),
    # Counts the biases as well.
    chaff(
        "with_biases",
        ("H * W * weights", "H * W * (weights + biases)"),
        ("(weights, _)", "(weights, biases)"),
        band="slip",
    ),
    # Adds the biases once for each layer.
    chaff(
        "biases_once",
        ("H * W * weights", "H * W * weights + biases"),
        ("(weights, _)", "(weights, biases)"),
        band="slip",
    ),
    # Two operations for each multiply-add.
    chaff("flops", ("H * W * weights", "2 * H * W * weights"), band="slip"),
    # Counts the values that poolings compare.
    chaff(
        "pooling_works",
        ("result.append(0)", "result.append(layer.size**2 * shape[0] * shape[1] * shape[2])"),
        base=wheat__cases,
        band="slip",
    ),
    # Pooling is not in the list.
    chaff("leaves_pooling_out", ("result.append(0)", "pass"), base=wheat__cases, band="slip"),
    # Rows times rows.
    chaff("square", ("H * W", "H * H"), band="slip"),
    # Weights times the whole output volume: filters are counted twice.
    chaff(
        "filters_twice",
        ("H * W * weights", "C * H * W * weights"),
        ("(_, H, W)", "(C, H, W)"),
        band="slip",
    ),
    # One number for the whole network.
    chaff("total", ("return result", "return sum(result)"), base=wheat__cases, band="idea"),
    # The sum up to each layer.
    chaff(
        "running_total",
        ("return result", "return [sum(result[: i + 1]) for i in range(len(result))]"),
        base=wheat__cases,
        band="idea",
    ),
    # A dot product over the window of a single channel.
    chaff(
        "one_channel", ("layer.kernel * volume[0]", "layer.kernel"), base=wheat__cases, band="slip"
    ),
    # The number of outputs, without the dot product behind each.
    chaff(
        "output_values",
        ("one * shape[0]", "shape[0]"),
        ("volume[0] * volume[1] * volume[2] * layer.units", "layer.units"),
        base=wheat__cases,
        band="slip",
    ),
    # Fully connected layers count 0.
    chaff(
        "convolutions_only",
        ("volume[0] * volume[1] * volume[2] * layer.units", "0"),
        base=wheat__cases,
        band="slip",
    ),
    # In thousands of millions, as floats.
    chaff("giga", ("H * W * weights", "H * W * weights / 1e9"), band="idea"),
    # int32, which large layers do not fit in.
    chaff(
        "int32",
        (
            "layer_parameters(layers, input_shape)], dtype=np.int64",
            "layer_parameters(layers, input_shape)], dtype=np.int32",
        ),
        (
            "layer_shapes(layers, input_shape)], dtype=np.int64",
            "layer_shapes(layers, input_shape)], dtype=np.int32",
        ),
        base=wheat__tuple_of_numpy_integers,
        band="style",
    ),
    # Multiplies in float32, and rounds to an int in the end.
    chaff(
        "float32", ("H * W * weights", "int(np.float32(weights) * np.float32(H * W))"), band="style"
    ),
)
