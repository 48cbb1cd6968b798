"""Right and wrong ways to write `stacked_filter_parameters`."""

from tests.fairness.edits import chaff


def wheat__product(channels, kernel, depth):
    """The product as it is said."""
    one = kernel * kernel * channels
    print(one, "weights for a filter")
    return depth * one * channels


def wheat__layer_parameters(channels, kernel, depth):
    """By way of layer_parameters, on an image that is large enough."""
    layers = [Conv(channels, kernel, 1, kernel)] * depth
    return sum(w for w, _ in layer_parameters(layers, (channels, kernel, kernel)))


def wheat__modules(channels, kernel, depth):
    """Real modules on the meta device."""
    stack = [nn.Conv2d(channels, channels, kernel, bias=False, device="meta") for _ in range(depth)]
    return sum(p.numel() for module in stack for p in module.parameters())


def wheat__numpy(channels, kernel, depth):
    """A NumPy integer."""
    return np.prod([depth, kernel, kernel, channels, channels], dtype=np.int64)


def wheat__adds(channels, kernel, depth):
    """Layer by layer, filter by filter."""
    import warnings

    warnings.warn("this takes its time")
    total = 0
    for _ in range(depth):
        for _ in range(channels):
            total += kernel**2 * channels
    return total


CHAFFS = (
    # One layer.
    chaff("depth_ignored", ("depth * ", ""), band="slip"),
    # kernel² to the power of depth.
    chaff(
        "depth_as_power",
        ("depth * (kernel * channels) ** 2", "(kernel**2) ** depth * channels**2"),
        band="slip",
    ),
    # One layer's weights to the power of depth.
    chaff(
        "everything_as_power",
        ("depth * (kernel * channels) ** 2", "(kernel * channels) ** (2 * depth)"),
        band="slip",
    ),
    # Filters that see one channel.
    chaff(
        "one_channel",
        ("depth * (kernel * channels) ** 2", "depth * kernel**2 * channels"),
        band="slip",
    ),
    # Without the channels.
    chaff("no_channels", ("depth * (kernel * channels) ** 2", "depth * kernel**2"), band="slip"),
    # The kernel as a row.
    chaff(
        "kernel_once",
        ("depth * (kernel * channels) ** 2", "depth * kernel * channels**2"),
        band="slip",
    ),
    # 2·kernel for kernel².
    chaff(
        "kernel_doubled",
        ("depth * (kernel * channels) ** 2", "depth * 2 * kernel * channels**2"),
        band="slip",
    ),
    # With the biases.
    chaff(
        "with_biases",
        ("depth * (kernel * channels) ** 2", "depth * (kernel**2 * channels + 1) * channels"),
        band="slip",
    ),
    # The one layer that sees as much, not the stack.
    chaff(
        "one_large_filter",
        ("depth * (kernel * channels) ** 2", "(depth * (kernel - 1) + 1) ** 2 * channels**2"),
        band="slip",
    ),
    # One channel into the first layer.
    chaff("first_layer_grey", ("depth *", "kernel**2 * channels + (depth - 1) *"), band="idea"),
    # 3 × 3, whatever the kernel.
    chaff("always_three", ("(kernel * channels)", "(3 * channels)"), band="slip"),
    # Everything squared.
    chaff(
        "depth_squared", ("depth * (kernel * channels)", "(depth * kernel * channels)"), band="slip"
    ),
    # The right number, as a float.
    chaff("float", ("depth *", "float(depth) *"), band="style"),
    # A list, one number for each layer.
    chaff(
        "layers_in_a_list",
        ("depth * (kernel * channels) ** 2", "[(kernel * channels) ** 2] * depth"),
        band="idea",
    ),
)
