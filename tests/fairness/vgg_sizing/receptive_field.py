"""Right and wrong ways to write `receptive_field`."""

from tests.fairness.edits import chaff


def wheat__isinstance(layers):
    """A loop with isinstance."""
    r, j = 1, 1
    result = []
    for layer in layers:
        if isinstance(layer, Conv):
            k = layer.kernel
        elif isinstance(layer, Pool):
            k = layer.size
        else:
            break
        r = r + (k - 1) * j
        j = j * layer.stride
        result.append(r)
    print(result)
    return result


def wheat__backwards(layers):
    """From one value down to the image, anew for each layer: r ← (r - 1)·stride + window."""
    seen = [layer for layer in layers if not isinstance(layer, FC)]
    sides = []
    for top in range(len(seen)):
        side = 1
        for layer in reversed(seen[: top + 1]):
            side = (side - 1) * layer.stride + getattr(layer, "kernel", getattr(layer, "size", 0))
        sides.append(side)
    return sides


def wheat__intervals(layers):
    """Follows the first and the last pixel that neighbours 0 and 1 see."""
    # Value i of a layer sees pixels first + i·jump to last + i·jump.
    first, last, jump, sides = 0, 0, 1, []
    for layer in layers:
        if type(layer).__name__ == "FC":
            continue
        window, pad = (
            (layer.kernel, layer.pad) if type(layer).__name__ == "Conv" else (layer.size, 0)
        )
        first, last = first - pad * jump, last + (window - 1 - pad) * jump
        jump *= layer.stride
        sides.append(last - first + 1)
    return sides


def wheat__accumulate(layers):
    """Products and sums of NumPy; a tuple of NumPy integers."""
    windows = np.array([getattr(l, "kernel", getattr(l, "size", 1)) for l in layers])
    strides = np.array([getattr(l, "stride", 1) for l in layers])
    keep = [hasattr(l, "stride") for l in layers]
    jumps = np.concatenate([[1], np.cumprod(strides)[:-1]])
    return tuple((1 + np.cumsum((windows - 1) * jumps))[keep])


def wheat__recursive(layers):
    """Recursion over the list, with nested helpers."""

    def go(rest, side, jump):
        match rest:
            case []:
                return []
            case [Conv(_, window, stride, _) | Pool(window, stride), *above]:
                side += (window - 1) * jump
                return [side] + go(above, side, jump * stride)
            case [_, *above]:
                return go(above, side, jump)

    return go(list(layers), 1, 1)


CHAFFS = (
    # The right numbers, as floats.
    chaff("floats", ("sides.append(side)", "sides.append(float(side))"), band="style"),
    # Multiplies the jump before it widens.
    chaff(
        "stride_first",
        ("side += (window - 1) * jump", "jump *= layer.stride"),
        ("jump *= layer.stride", "side += (window - 1) * jump"),
        band="slip",
    ),
    # Every layer adds its window less one.
    chaff("strides_ignored", ("jump *= layer.stride", ""), band="slip"),
    # Adds the strides where they multiply.
    chaff("strides_added", ("jump *= layer.stride", "jump += layer.stride - 1"), band="slip"),
    # The jump is the stride of the layer before, and forgets the earlier ones.
    chaff("last_stride_only", ("jump *=", "jump ="), band="slip"),
    # Adds the window, not the window less one.
    chaff(
        "whole_window", ("sides = 1, 1", "sides = 0, 1"), ("(window - 1)", "window"), band="idea"
    ),
    # Starts from 0, not from the pixel itself.
    chaff("starts_at_zero", ("sides = 1, 1", "sides = 0, 1"), band="idea"),
    # Only convolutions are in the list.
    chaff(
        "pooling_left_out",
        ("sides.append(side)", 'sides += [side] if kind == "Conv" else []'),
        band="slip",
    ),
    # Poolings change the jump and see nothing more.
    chaff("pooling_does_not_widen", ("layer.size", "1"), band="slip"),
    # Takes a pooling to double what is seen.
    chaff(
        "pooling_doubles",
        (
            "side += (window - 1) * jump",
            'side += (window - 1) * jump if kind == "Conv" else side * (layer.stride - 1)',
        ),
        band="slip",
    ),
    # Moves pooling windows by their size.
    chaff(
        "pool_stride_is_size",
        ("jump *= layer.stride", 'jump *= layer.stride if kind == "Conv" else layer.size'),
        band="slip",
    ),
    # Takes convolutions to have stride 1, as VGG's do.
    chaff(
        "conv_stride_ignored",
        ("jump *= layer.stride", 'jump *= 1 if kind == "Conv" else layer.stride'),
        band="slip",
    ),
    # Takes every kernel to be 3.
    chaff("three_by_three", ("layer.kernel", "3"), band="slip"),
    # Takes the padding off what is seen.
    chaff("padding_narrows", ("layer.kernel", "layer.kernel - 2 * layer.pad"), band="slip"),
    # Lets fully connected layers repeat the last side.
    chaff("fc_in_the_list", ("continue", "sides.append(side); continue"), band="slip"),
    # The last side alone.
    chaff("last_only", ("return sides", "return side"), band="idea"),
    # The area, not the side.
    chaff("area", ("append(side)", "append(side * side)"), band="idea"),
    # Starts the list with the input's own 1.
    chaff("pixel_in_the_list", ("1, []", "1, [1]"), band="idea"),
    # Cuts what is seen off at VGG's image.
    chaff("never_more_than_224", ("append(side)", "append(min(side, 224))"), band="slip"),
    # Takes the fully connected layers out of the list it was given.
    chaff(
        "drops_fc_layers",
        ("return sides", "layers[:] = layers[: len(sides)]; return sides"),
        band="style",
    ),
)
