"""Right and wrong ways to write `training_memory`."""

from tests.fairness.edits import chaff


def wheat__formula(layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4):
    """The formula, step by step."""
    acts = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    params = 0
    for weights, biases in layer_parameters(layers, input_shape):
        params += weights + biases
    copies = 1 + 1 + optimizer_slots
    print("activations", acts, "parameters", params)
    return batch * acts * 2 + copies * params * bytes_per_value


def wheat__values_first(layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4):
    """Counts values, and turns them into bytes in the end."""
    values = 2 * batch * activation_memory(layers, input_shape, bytes_per_value=1)
    values += (2 + optimizer_slots) * sum(
        sum(pair) for pair in layer_parameters(layers, input_shape)
    )
    return values * bytes_per_value


def wheat__from_shapes(layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4):
    """Volumes and parameters in NumPy; a NumPy integer comes back."""
    volumes = np.array([input_shape, *layer_shapes(layers, input_shape)], dtype=np.int64)
    parameters = np.array(layer_parameters(layers, input_shape), dtype=np.int64).sum()
    per_image = 2 * volumes.prod(axis=1).sum()
    return (batch * per_image + (2 + optimizer_slots) * parameters) * bytes_per_value


def wheat__image_by_image(layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4):
    """Adds up images and copies one by one, with a nested helper and a warning."""
    import warnings

    warnings.warn("an estimate")

    def parameters():
        return bytes_per_value * sum(w + b for w, b in layer_parameters(layers, input_shape))

    total = parameters() + parameters()
    for _ in range(optimizer_slots):
        total += parameters()
    image = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    for _ in range(batch):
        total += image + image
    return total


CHAFFS = (
    # The right number, as a float.
    chaff("float", ("return 2 *", "return 2.0 *"), band="style"),
    # No gradients of the activations.
    chaff("forward_only", ("2 * batch", "batch"), band="slip"),
    # One image.
    chaff("batch_ignored", ("2 * batch", "2"), band="idea"),
    # Parameters for every image.
    chaff(
        "batch_of_everything",
        ("(2 + optimizer_slots)", "batch * (2 + optimizer_slots)"),
        band="slip",
    ),
    # A parameter gradient for every image.
    chaff(
        "batch_of_gradients",
        ("(2 + optimizer_slots)", "(1 + batch + optimizer_slots)"),
        band="slip",
    ),
    # The input has no gradient.
    chaff(
        "no_input_gradient",
        (
            "2 * batch * activations",
            "batch * (2 * activations - bytes_per_value * np.prod(input_shape))",
        ),
        band="slip",
    ),
    # Without the input altogether.
    chaff(
        "no_input",
        (
            "2 * batch * activations",
            "2 * batch * (activations - bytes_per_value * np.prod(input_shape))",
        ),
        band="slip",
    ),
    # Three copies of the parameters, as the notes say, whatever the optimizer.
    chaff("three_copies", ("(2 + optimizer_slots)", "3"), band="slip"),
    # No gradients of the parameters.
    chaff(
        "no_parameter_gradients", ("(2 + optimizer_slots)", "(1 + optimizer_slots)"), band="slip"
    ),
    # Without the optimizer.
    chaff("no_slots", ("(2 + optimizer_slots)", "2"), band="slip"),
    # Slots multiply the copies.
    chaff("slots_multiply", ("(2 + optimizer_slots)", "2 * optimizer_slots"), band="slip"),
    # Two slots where nothing was said.
    chaff("adam_by_default", ("optimizer_slots=1", "optimizer_slots=2"), band="slip"),
    # Without the biases.
    chaff(
        "weights_only",
        (
            "sum(map(sum, layer_parameters(layers, input_shape)))",
            "sum(weights for weights, _ in layer_parameters(layers, input_shape))",
        ),
        band="slip",
    ),
    # Activations alone.
    chaff(
        "no_parameters",
        (" + (2 + optimizer_slots) * bytes_per_value * parameters", ""),
        band="slip",
    ),
    # Parameters are counted, not weighed.
    chaff("parameters_in_values", ("bytes_per_value * parameters", "parameters"), band="idea"),
    # Activations stay in float32.
    chaff("bytes_not_handed_on", (", bytes_per_value=bytes_per_value", ""), band="slip"),
    # Parameters stay in float32.
    chaff("parameters_in_float32", ("bytes_per_value * parameters", "4 * parameters"), band="slip"),
    # Multiplies bytes by the bytes of a value once more.
    chaff("bytes_twice", ("activations +", "activations * bytes_per_value +"), band="idea"),
    # Answers in GiB.
    chaff(
        "gibibytes",
        ("return 2", "return (2"),
        ("* parameters", "* parameters) / 2**30"),
        band="idea",
    ),
)
