"""Right and wrong ways to write `layer_shapes`."""

from tests.fairness.edits import chaff


def wheat__isinstance(layers, input_shape):
    """isinstance and a nested helper for one direction; only the remainder is looked at."""

    def out(size, k, s, p):
        if (size - k + 2 * p) % s != 0:
            raise ValueError("size %d kernel %d stride %d pad %d" % (size, k, s, p))
        return (size - k + 2 * p) // s + 1

    result = []
    c, h, w = input_shape
    for layer in layers:
        if isinstance(layer, Conv):
            c, h, w = (
                layer.filters,
                out(h, layer.kernel, layer.stride, layer.pad),
                out(w, layer.kernel, layer.stride, layer.pad),
            )
        elif isinstance(layer, Pool):
            h, w = out(h, layer.size, layer.stride, 0), out(w, layer.size, layer.stride, 0)
        elif isinstance(layer, FC):
            c, h, w = layer.units, 1, 1
        print(layer, c, h, w)
        result.append((c, h, w))
    return result


def wheat__match(layers, input_shape):
    """Structural pattern matching, divmod, a tuple of tuples in the end."""
    shapes = [list(input_shape)]
    for layer in layers:
        channels, *sizes = shapes[-1]
        match layer:
            case FC(units=units):
                shapes.append([units, 1, 1])
                continue
            case Conv(filters, kernel, stride, pad):
                depth = filters
            case Pool(kernel, stride):
                depth, pad = channels, 0
        new = [depth]
        for size in sizes:
            steps, rest = divmod(size + 2 * pad - kernel, stride)
            if rest:
                raise ValueError(f"{rest} left over: {size=} {kernel=} {stride=} {pad=}")
            new.append(steps + 1)
        shapes.append(new)
    return tuple(map(tuple, shapes[1:]))


def wheat__meta(layers, input_shape):
    """PyTorch's meta device counts, after a check that everything tiles."""
    x, shapes = torch.empty(1, *input_shape, device="meta"), []
    for layer in layers:
        if hasattr(layer, "units"):
            shapes.append((layer.units, 1, 1))
            continue
        k = getattr(layer, "kernel", None) or layer.size
        p = getattr(layer, "pad", 0)
        for size in x.shape[2:]:
            if (size + 2 * p - k) % layer.stride:
                raise ValueError(f"{layer} does not tile: {size}, {k}, {layer.stride}, {p}")
        if hasattr(layer, "filters"):
            w = torch.empty(layer.filters, x.shape[1], k, k, device="meta")
            x = torch.nn.functional.conv2d(x, w, stride=layer.stride, padding=p)
        else:
            x = torch.nn.functional.max_pool2d(x, k, layer.stride)
        shapes.append(x.shape[1:])
    return shapes


def wheat__numpy_integers(layers, input_shape):
    """Rows and columns together in an array; the results are NumPy integers."""
    import warnings

    warnings.warn("sizes are numpy integers here")
    depth, sizes, shapes = input_shape[0], np.array(input_shape[1:]), []
    for layer in layers:
        if isinstance(layer, FC):
            depth, sizes = layer.units, np.array([1, 1])
        else:
            window = layer.kernel if isinstance(layer, Conv) else layer.size
            pad = layer.pad if isinstance(layer, Conv) else 0
            depth = layer.filters if isinstance(layer, Conv) else depth
            room = sizes + 2 * pad - window
            for bad in sizes[(room % layer.stride != 0) | (room < 0)]:
                raise ValueError(f"{bad} with {window}/{layer.stride}, zeros {pad}")
            sizes = room // layer.stride + 1
        shapes.append((depth, *sizes))
    return shapes


def wheat__counts_windows(layers, input_shape):
    """Lays the windows down and counts them, one after the other, with recursion over layers."""

    def count(size, window, stride, pad):
        starts = list(range(-pad, size + pad - window + 1, stride))
        if not starts or starts[-1] + window != size + pad:
            raise ValueError(f"no tiling of {size} (pad {pad}) by {window} at stride {stride}")
        return len(starts)

    def after(rest, volume):
        if not rest:
            return []
        layer, *rest = rest
        kind = layer.__class__.__name__
        if kind == "FC":
            volume = (layer.units, 1, 1)
        elif kind == "Conv":
            how = layer.kernel, layer.stride, layer.pad
            volume = (layer.filters, count(volume[1], *how), count(volume[2], *how))
        else:
            how = layer.size, layer.stride, 0
            volume = (volume[0], count(volume[1], *how), count(volume[2], *how))
        return [volume, *after(rest, volume)]

    return after(list(layers), tuple(input_shape))


CHAFFS = (
    # A list for each volume.
    chaff(
        "lists_for_tuples", ("shapes.append((C, H, W))", "shapes.append([C, H, W])"), band="style"
    ),
    # Rounds down where windows do not tile, as PyTorch does.
    chaff("floors", ("if room < 0 or room % stride:", "if room < 0:"), band="style"),
    # Counts the window that sticks out, and refuses nothing.
    chaff(
        "rounds_up",
        ("if room < 0 or room % stride:", "if room < 0:"),
        ("return room // stride + 1", "return -(-room // stride) + 1"),
        band="style",
    ),
    # Looks for a remainder in the rows, not in the columns.
    chaff(
        "refuses_rows_only",
        (
            'places(W, window, layer.stride, pad, "columns")',
            "(W - window + 2 * pad) // layer.stride + 1",
        ),
        band="style",
    ),
    # Looks for a remainder in the columns, not in the rows.
    chaff(
        "refuses_columns_only",
        (
            'places(H, window, layer.stride, pad, "rows")',
            "(H - window + 2 * pad) // layer.stride + 1",
        ),
        band="style",
    ),
    # Refuses for convolutions, and lets poolings round down.
    chaff(
        "pooling_floors",
        ("if room < 0 or room % stride:", 'if room % stride and kind == "Conv":'),
        band="style",
    ),
    # Refuses for poolings, and lets convolutions round down.
    chaff(
        "convolution_floors",
        ("if room < 0 or room % stride:", 'if room % stride and kind == "Pool":'),
        band="style",
    ),
    # Refuses, and does not say why.
    chaff(
        "names_no_numbers",
        (
            '"size %d kernel %d stride %d pad %d" % (size, k, s, p)',
            '"the windows do not tile the volume"',
        ),
        base=wheat__isinstance,
        band="style",
    ),
    # Names everything but the padding.
    chaff(
        "names_no_padding",
        (' pad %d" % (size, k, s, p)', '" % (size, k, s)'),
        base=wheat__isinstance,
        band="style",
    ),
    # Names everything but the stride.
    chaff(
        "names_no_stride",
        (' stride %d pad %d" % (size, k, s, p)', ' pad %d" % (size, k, p)'),
        base=wheat__isinstance,
        band="style",
    ),
    # Names the size of the image where a deeper volume does not tile.
    chaff(
        "names_the_image",
        (
            '"size %d kernel %d stride %d pad %d" % (size, k, s, p)',
            'f"{input_shape} kernel {k} stride {s} pad {p}"',
        ),
        base=wheat__isinstance,
        band="style",
    ),
    # Names the rows, whichever direction fails.
    chaff(
        "names_rows_for_columns",
        ("% (size, k, s, p)", "% (h, k, s, p)"),
        base=wheat__isinstance,
        band="style",
    ),
    # Refuses with an AssertionError.
    chaff("another_error", ("ValueError", "AssertionError"), base=wheat__isinstance, band="style"),
    # Prints that it does not tile, and returns None.
    chaff(
        "returns_none",
        ('raise ValueError(f"{rest}', 'return print(f"{rest}'),
        base=wheat__match,
        band="style",
    ),
    # Wants the size itself to be a multiple of the stride as well.
    chaff(
        "refuses_too_much",
        ("if room < 0 or room % stride:", "if room % stride or size % stride:"),
        band="idea",
    ),
    # Looks for a remainder at the first layer, and trusts the rest.
    chaff(
        "checks_the_image_only",
        ("if room < 0 or room % stride:", "if room % stride and not shapes:"),
        band="style",
    ),
    # Takes every convolution to keep rows and columns, as VGG's do.
    chaff(
        "same_padding",
        ("return room // stride + 1", 'return size if kind == "Conv" else room // stride + 1'),
        band="slip",
    ),
    # Takes every pooling to halve, as VGG's do.
    chaff(
        "pool_halves",
        ("return room // stride + 1", 'return size // 2 if kind == "Pool" else room // stride + 1'),
        band="slip",
    ),
    # Moves pooling windows by their size.
    chaff(
        "pool_stride_is_size",
        ("return room // stride + 1", 'return room // (window if kind == "Pool" else stride) + 1'),
        band="slip",
    ),
    # Counts the padding on one side only.
    chaff("pad_once", ("window + 2 * pad", "window + pad"), band="slip"),
    # Leaves the padding out.
    chaff("pad_ignored", ("window + 2 * pad", "window"), band="slip"),
    # Takes every convolution to have stride 1.
    chaff(
        "stride_ignored",
        ("return room // stride + 1", 'return room // (1 if kind == "Conv" else stride) + 1'),
        band="slip",
    ),
    # Forgets the + 1.
    chaff("no_plus_one", ("return room // stride + 1", "return room // stride"), band="idea"),
    # Divides with /, and returns floats.
    chaff("floats", ("return room // stride + 1", "return room / stride + 1"), band="style"),
    # Takes the columns from the rows.
    chaff("square", ("shapes.append", "W = H; shapes.append"), band="slip"),
    # Returns columns before rows.
    chaff("rows_and_columns", ("append((C, H, W))", "append((C, W, H))"), band="slip"),
    # Answers in the notes' order: rows, columns, depth.
    chaff("channels_last", ("append((C, H, W))", "append((H, W, C))"), band="idea"),
    # Keeps the depth of the input through convolutions.
    chaff("depth_of_the_input", ("layer.filters", "input_shape[0]"), band="slip"),
    # Lets pooling work across channels as well.
    chaff(
        "pool_channels",
        ("window, pad = layer.size, 0", "C, window, pad = C // 2, layer.size, 0"),
        band="slip",
    ),
    # Writes a fully connected layer's output as (units,).
    chaff(
        "fc_is_a_number",
        ("append((C, H, W))", 'append((C,) if kind == "FC" else (C, H, W))'),
        band="slip",
    ),
    # Keeps rows and columns through fully connected layers.
    chaff("fc_keeps_places", ("C, H, W = layer.units, 1, 1", "C = layer.units"), band="slip"),
    # Puts the units of a fully connected layer last.
    chaff(
        "fc_last_axis",
        ("append((C, H, W))", 'append((1, 1, C) if kind == "FC" else (C, H, W))'),
        band="slip",
    ),
    # Starts the list with the input.
    chaff("input_in_the_list", ("shapes = []", "shapes = [tuple(input_shape)]"), band="idea"),
    # Returns the last volume alone.
    chaff("last_only", ("return shapes", "return shapes[-1:]"), band="idea"),
    # Starts every layer from the image.
    chaff("from_the_image", ("kind = type", "C, H, W = input_shape; kind = type"), band="idea"),
    # Takes the layers out of the list one by one.
    chaff(
        "takes_layers_out",
        (
            "for layer in layers:",
            """
            while layers:
                layer = layers.pop(0)
            """,
        ),
        band="style",
    ),
)
