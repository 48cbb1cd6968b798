"""Right and wrong ways to write `activation_memory`."""

from tests.fairness.edits import chaff


def wheat__loop(layers, input_shape, *, bytes_per_value=4):
    """A running sum."""
    c, h, w = input_shape
    values = c * h * w
    for shape in layer_shapes(layers, input_shape):
        values += shape[0] * shape[1] * shape[2]
    return values * bytes_per_value


def wheat__numpy(layers, input_shape, *, bytes_per_value=4):
    """An array of volumes; a NumPy integer comes back."""
    volumes = np.array([input_shape, *layer_shapes(layers, input_shape)], dtype=np.int64)
    return volumes.prod(axis=1).sum() * bytes_per_value


def wheat__tensors_on_meta(layers, input_shape, *, bytes_per_value=4):
    """Tensors without numbers, whose bytes are asked for."""
    kind = {1: torch.int8, 2: torch.float16, 4: torch.float32, 8: torch.float64}[bytes_per_value]
    volumes = [tuple(input_shape)] + [tuple(s) for s in layer_shapes(layers, input_shape)]
    tensors = [torch.empty(v, dtype=kind, device="meta") for v in volumes]
    return sum(t.numel() * t.element_size() for t in tensors)


def wheat__reduce(layers, input_shape, *, bytes_per_value=4):
    """functools.reduce, and a print."""
    import operator
    from functools import reduce
    from itertools import chain

    total = 0
    for volume in chain([input_shape], layer_shapes(layers, input_shape)):
        total += bytes_per_value * reduce(operator.mul, volume)
    print(f"{total / 2**20:.1f} MiB")
    return total


def wheat__by_recursion(layers, input_shape, *, bytes_per_value=4):
    """The volume, and what its first layer leads to."""

    def below(rest, volume):
        own = volume[0] * volume[1] * volume[2] * bytes_per_value
        return own + below(rest[1:], layer_shapes(rest[:1], volume)[0]) if rest else own

    return below(layers, input_shape)


CHAFFS = (
    # Leaves the input out.
    chaff(
        "without_input",
        ("[input_shape, *layer_shapes(layers, input_shape)]", "layer_shapes(layers, input_shape)"),
        band="slip",
    ),
    # Leaves the last output out.
    chaff("without_output", ("input_shape)]", "input_shape)[:-1]]"), band="slip"),
    # Leaves the poolings out.
    chaff(
        "without_pooling",
        (
            "shape in layer_shapes(layers, input_shape):",
            "layer, shape in zip(layers, layer_shapes(layers, input_shape)):",
        ),
        ("values +=", "values += 0 if isinstance(layer, Pool) else"),
        base=wheat__loop,
        band="slip",
    ),
    # Leaves the fully connected layers out.
    chaff(
        "without_fc",
        (
            "shape in layer_shapes(layers, input_shape):",
            "layer, shape in zip(layers, layer_shapes(layers, input_shape)):",
        ),
        ("values +=", "values += 0 if isinstance(layer, FC) else"),
        base=wheat__loop,
        band="slip",
    ),
    # Counts a volume for every ReLU.
    chaff(
        "relu_copies",
        (
            "shape in layer_shapes(layers, input_shape):",
            "layer, shape in zip(layers, layer_shapes(layers, input_shape)):",
        ),
        ("values +=", "values += (2 if isinstance(layer, Conv) else 1) *"),
        base=wheat__loop,
        band="slip",
    ),
    # Counts the gradients too: forward and backward.
    chaff("with_gradients", ("return bytes", "return 2 * bytes"), band="slip"),
    # Counts the parameters too.
    chaff(
        "with_parameters",
        ("sum(", "(sum("),
        ("in volumes)", "in volumes) + sum(map(sum, layer_parameters(layers, input_shape))))"),
        band="slip",
    ),
    # Ignores bytes_per_value.
    chaff("always_four", ("return bytes_per_value", "return 4"), band="slip"),
    # Counts values, not bytes.
    chaff("values", ("bytes_per_value * ", ""), band="idea"),
    # Takes bytes_per_value for bits.
    chaff("bits", ("in volumes)", "in volumes) // 8"), band="idea"),
    # The largest volume alone, as when testing.
    chaff("largest_volume", ("sum", "max"), band="slip"),
    # Rows times rows.
    chaff("square", ("C * H * W", "C * H * H"), band="slip"),
    # Answers in MiB.
    chaff("mebibytes", ("in volumes)", "in volumes) / 2**20"), band="idea"),
    # The right number, as a float.
    chaff("float", ("return bytes_per_value", "return float(bytes_per_value)"), band="style"),
    # Takes the pixels of the input to be one byte each.
    chaff(
        "input_in_single_bytes",
        ("[input_shape, *layer_shapes(layers, input_shape)]", "layer_shapes(layers, input_shape)"),
        ("in volumes)", "in volumes) + np.prod(input_shape)"),
        band="idea",
    ),
    # A list of bytes, one for each volume.
    chaff(
        "list",
        (
            "bytes_per_value * sum(C * H * W for C, H, W in volumes)",
            "[bytes_per_value * C * H * W for C, H, W in volumes]",
        ),
        band="idea",
    ),
)
