"""Right and wrong answers to `vgg_sizing`, as students write them."""

# layer_shapes


def wheat__layer_shapes__isinstance(layers, input_shape):
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


def wheat__layer_shapes__match(layers, input_shape):
    """Structural pattern matching, divmod, lists for tuples."""
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
    return shapes[1:]


def wheat__layer_shapes__meta(layers, input_shape):
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


def wheat__layer_shapes__numpy_integers(layers, input_shape):
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


def wheat__layer_shapes__counts_windows(layers, input_shape):
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


def chaff__layer_shapes__floors(layers, input_shape):
    """Rounds down where windows do not tile, as PyTorch does."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__rounds_up(layers, input_shape):
    """Counts the window that sticks out, and refuses nothing."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            H, W = -((k - H - 2 * p) // l.stride) + 1, -((k - W - 2 * p) // l.stride) + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__refuses_rows_only(layers, input_shape):
    """Looks for a remainder in the rows, not in the columns."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H,):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__refuses_columns_only(layers, input_shape):
    """Looks for a remainder in the columns, not in the rows."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (W,):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__pooling_floors(layers, input_shape):
    """Refuses for convolutions, and lets poolings round down."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if isinstance(l, Conv) and (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__convolution_floors(layers, input_shape):
    """Refuses for poolings, and lets convolutions round down."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if isinstance(l, Pool) and (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__names_no_numbers(layers, input_shape):
    """Refuses, and does not say why."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError("the windows do not tile the volume")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__names_no_padding(layers, input_shape):
    """Names everything but the padding."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__names_no_stride(layers, input_shape):
    """Names everything but the stride."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__names_the_image(layers, input_shape):
    """Names the size of the image where a deeper volume does not tile."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"{input_shape} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__names_rows_for_columns(layers, input_shape):
    """Names the rows, whichever direction fails."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {H} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__another_error(layers, input_shape):
    """Refuses with an AssertionError."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                assert (size - k + 2 * p) % l.stride == 0, f"{size} {k} {l.stride} {p}"
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__returns_none(layers, input_shape):
    """Prints that it does not tile, and returns None."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    print(f"size {size} window {k} stride {l.stride} pad {p}")
                    return None
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__refuses_too_much(layers, input_shape):
    """Wants the size itself to be a multiple of the stride as well."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if size % l.stride or (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__checks_the_image_only(layers, input_shape):
    """Looks for a remainder at the first layer, and trusts the rest."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if not out and (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__same_padding(layers, input_shape):
    """Takes every convolution to keep rows and columns, as VGG's do."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            if isinstance(l, Pool):
                H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__pool_halves(layers, input_shape):
    """Takes every pooling to halve, as VGG's do."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            if isinstance(l, Pool):
                H, W = H // 2, W // 2
                out.append((C, H, W))
                continue
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__pool_stride_is_size(layers, input_shape):
    """Moves pooling windows by their size."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            s = l.stride if isinstance(l, Conv) else l.size
            H, W = (H - k + 2 * p) // s + 1, (W - k + 2 * p) // s + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__pad_once(layers, input_shape):
    """Counts the padding on one side only."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + p) // l.stride + 1, (W - k + p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__pad_ignored(layers, input_shape):
    """Leaves the padding out."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 0 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 0 * p) // l.stride + 1, (W - k + 0 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__stride_ignored(layers, input_shape):
    """Takes every convolution to have stride 1."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            s = 1 if isinstance(l, Conv) else l.stride
            H, W = (H - k + 2 * p) // s + 1, (W - k + 2 * p) // s + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__no_plus_one(layers, input_shape):
    """Forgets the + 1."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride, (W - k + 2 * p) // l.stride
        out.append((C, H, W))
    return out


def chaff__layer_shapes__floats(layers, input_shape):
    """Divides with /, and returns floats."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) / l.stride + 1, (W - k + 2 * p) / l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__square(layers, input_shape):
    """Takes the columns from the rows."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
            W = H
        out.append((C, H, W))
    return out


def chaff__layer_shapes__rows_and_columns(layers, input_shape):
    """Returns columns before rows."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, W, H))
    return out


def chaff__layer_shapes__channels_last(layers, input_shape):
    """Answers in the notes' order: rows, columns, depth."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((H, W, C))
    return out


def chaff__layer_shapes__depth_of_the_input(layers, input_shape):
    """Keeps the depth of the input through convolutions."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = input_shape[0]
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__pool_channels(layers, input_shape):
    """Lets pooling work across channels as well."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C // 2
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__fc_is_a_number(layers, input_shape):
    """Writes a fully connected layer's output as (units,)."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W) if not isinstance(l, FC) else (C,))
    return out


def chaff__layer_shapes__fc_keeps_places(layers, input_shape):
    """Keeps rows and columns through fully connected layers."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C = l.units
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__fc_last_axis(layers, input_shape):
    """Puts the units of a fully connected layer last."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W) if not isinstance(l, FC) else (1, 1, C))
    return out


def chaff__layer_shapes__input_in_the_list(layers, input_shape):
    """Starts the list with the input."""
    C, H, W = input_shape
    out = [tuple(input_shape)]
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__last_only(layers, input_shape):
    """Returns the last volume alone."""
    C, H, W = input_shape
    out = []
    for l in layers:
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out[-1:]


def chaff__layer_shapes__from_the_image(layers, input_shape):
    """Starts every layer from the image."""
    C, H, W = input_shape
    out = []
    for l in layers:
        C, H, W = input_shape
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


def chaff__layer_shapes__takes_layers_out(layers, input_shape):
    """Takes the layers out of the list one by one."""
    C, H, W = input_shape
    out = []
    while layers:
        l = layers.pop(0)
        if isinstance(l, FC):
            C, H, W = l.units, 1, 1
        else:
            k, p = (l.kernel, l.pad) if isinstance(l, Conv) else (l.size, 0)
            C = l.filters if isinstance(l, Conv) else C
            for size in (H, W):
                if (size - k + 2 * p) % l.stride:
                    raise ValueError(f"size {size} window {k} stride {l.stride} pad {p}")
            H, W = (H - k + 2 * p) // l.stride + 1, (W - k + 2 * p) // l.stride + 1
        out.append((C, H, W))
    return out


# layer_parameters


def wheat__layer_parameters__isinstance(layers, input_shape):
    """isinstance, lists for tuples, prints."""
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
    return result


def wheat__layer_parameters__meta_modules(layers, input_shape):
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


def wheat__layer_parameters__numpy_products(layers, input_shape):
    """np.prod gives NumPy integers; biases by getattr."""
    volume, result = input_shape, []
    for layer, after in zip(layers, layer_shapes(layers, input_shape), strict=True):
        outputs = getattr(layer, "filters", getattr(layer, "units", 0))
        seen = (volume[0], layer.kernel, layer.kernel) if hasattr(layer, "kernel") else volume
        result.append((np.prod(seen) * outputs, np.int64(outputs)))
        volume = after
    return result


def wheat__layer_parameters__follows_depth(layers, input_shape):
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


def wheat__layer_parameters__dispatch(layers, input_shape):
    """A table of functions by class."""
    count = {
        Conv: lambda layer, C, H, W: (layer.filters * layer.kernel**2 * C, layer.filters),
        FC: lambda layer, C, H, W: (layer.units * C * H * W, layer.units),
        Pool: lambda *_: (0, 0),
    }
    volumes = [input_shape, *layer_shapes(layers, input_shape)[:-1]]
    return [count[type(layer)](layer, *volume) for layer, volume in zip(layers, volumes)]


def chaff__layer_parameters__output_depth(layers, input_shape):
    """Takes the depth of the output for the depth of a filter."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((l.kernel**2 * l.filters * l.filters, l.filters))
        elif isinstance(l, FC):
            out.append((C * H * W * l.units, l.units))
        else:
            out.append((0, 0))
    return out


def chaff__layer_parameters__image_depth(layers, input_shape):
    """Takes every filter to be as deep as the image."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((l.kernel**2 * input_shape[0] * l.filters, l.filters))
        elif isinstance(l, FC):
            out.append((C * H * W * l.units, l.units))
        else:
            out.append((0, 0))
    return out


def chaff__layer_parameters__flat_filters(layers, input_shape):
    """Forgets that a filter goes through all channels."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((l.kernel**2 * l.filters, l.filters))
        elif isinstance(l, FC):
            out.append((C * H * W * l.units, l.units))
        else:
            out.append((0, 0))
    return out


def chaff__layer_parameters__three_by_three(layers, input_shape):
    """Nine weights a channel, as in VGG, whatever the kernel."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((9 * C * l.filters, l.filters))
        elif isinstance(l, FC):
            out.append((C * H * W * l.units, l.units))
        else:
            out.append((0, 0))
    return out


def chaff__layer_parameters__kernel_once(layers, input_shape):
    """Takes the kernel for a row, not for a square."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((l.kernel * C * l.filters, l.filters))
        elif isinstance(l, FC):
            out.append((C * H * W * l.units, l.units))
        else:
            out.append((0, 0))
    return out


def chaff__layer_parameters__no_sharing(layers, input_shape):
    """Counts the weights at every place, as if they were not shared."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W), (F, OH, OW) in zip(layers, volumes, volumes[1:]):
        if isinstance(l, Conv):
            out.append((l.kernel**2 * C * F * OH * OW, F))
        elif isinstance(l, FC):
            out.append((C * H * W * l.units, l.units))
        else:
            out.append((0, 0))
    return out


def chaff__layer_parameters__no_biases(layers, input_shape):
    """Leaves the biases out, as the notes' table does."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((l.kernel**2 * C * l.filters, 0))
        elif isinstance(l, FC):
            out.append((C * H * W * l.units, 0))
        else:
            out.append((0, 0))
    return out


def chaff__layer_parameters__one_bias(layers, input_shape):
    """One bias for each layer."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((l.kernel**2 * C * l.filters, 1))
        elif isinstance(l, FC):
            out.append((C * H * W * l.units, 1))
        else:
            out.append((0, 0))
    return out


def chaff__layer_parameters__no_fc_biases(layers, input_shape):
    """Biases for filters, none for units."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((l.kernel**2 * C * l.filters, l.filters))
        elif isinstance(l, FC):
            out.append((C * H * W * l.units, 0))
        else:
            out.append((0, 0))
    return out


def chaff__layer_parameters__biases_among_weights(layers, input_shape):
    """Adds the biases to the weights and names them again."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append(((l.kernel**2 * C + 1) * l.filters, l.filters))
        elif isinstance(l, FC):
            out.append(((C * H * W + 1) * l.units, l.units))
        else:
            out.append((0, 0))
    return out


def chaff__layer_parameters__sums(layers, input_shape):
    """One number for each layer, weights and biases together."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((l.kernel**2 * C + 1) * l.filters)
        elif isinstance(l, FC):
            out.append((C * H * W + 1) * l.units)
        else:
            out.append(0)
    return out


def chaff__layer_parameters__biases_first(layers, input_shape):
    """(biases, weights) for (weights, biases)."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((l.filters, l.kernel**2 * C * l.filters))
        elif isinstance(l, FC):
            out.append((l.units, C * H * W * l.units))
        else:
            out.append((0, 0))
    return out


def chaff__layer_parameters__leaves_pooling_out(layers, input_shape):
    """Only layers that have parameters are in the list."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((l.kernel**2 * C * l.filters, l.filters))
        elif isinstance(l, FC):
            out.append((C * H * W * l.units, l.units))
    return out


def chaff__layer_parameters__pooling_has_weights(layers, input_shape):
    """Gives pooling the weights of a filter."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((l.kernel**2 * C * l.filters, l.filters))
        elif isinstance(l, FC):
            out.append((C * H * W * l.units, l.units))
        else:
            out.append((l.size**2 * C, 0))
    return out


def chaff__layer_parameters__fc_depth_only(layers, input_shape):
    """Connects a unit to the channels that come in, not to their places."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((l.kernel**2 * C * l.filters, l.filters))
        elif isinstance(l, FC):
            out.append((C * l.units, l.units))
        else:
            out.append((0, 0))
    return out


def chaff__layer_parameters__fc_square(layers, input_shape):
    """Takes the volume in front of an FC to be square."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((l.kernel**2 * C * l.filters, l.filters))
        elif isinstance(l, FC):
            out.append((C * H * H * l.units, l.units))
        else:
            out.append((0, 0))
    return out


def chaff__layer_parameters__fc_from_the_image(layers, input_shape):
    """Connects every unit to the image."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((l.kernel**2 * C * l.filters, l.filters))
        elif isinstance(l, FC):
            out.append((int(np.prod(input_shape)) * l.units, l.units))
        else:
            out.append((0, 0))
    return out


def chaff__layer_parameters__own_volume(layers, input_shape):
    """Pairs each layer with the volume it makes, not with the one it gets."""
    out = []
    for l, (C, H, W) in zip(layers, layer_shapes(layers, input_shape)):
        if isinstance(l, Conv):
            out.append((l.kernel**2 * C * l.filters, l.filters))
        elif isinstance(l, FC):
            out.append((C * H * W * l.units, l.units))
        else:
            out.append((0, 0))
    return out


def chaff__layer_parameters__sixteen_bits(layers, input_shape):
    """Counts in 16 bits, which large layers do not fit in."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((l.kernel**2 * C * l.filters & 0xFFFF, l.filters))
        elif isinstance(l, FC):
            out.append((C * H * W * l.units & 0xFFFF, l.units))
        else:
            out.append((0, 0))
    return out


def chaff__layer_parameters__floats(layers, input_shape):
    """Counts in floats."""
    out = []
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((float(l.kernel**2 * C * l.filters), float(l.filters)))
        elif isinstance(l, FC):
            out.append((float(C * H * W * l.units), float(l.units)))
        else:
            out.append((0.0, 0.0))
    return out


def chaff__layer_parameters__looks_vgg_up(layers, input_shape):
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


def chaff__layer_parameters__reverses_the_list(layers, input_shape):
    """Counts from the end, and leaves the list of layers reversed."""
    volumes = [input_shape, *layer_shapes(layers, input_shape)][:-1][::-1]
    layers.reverse()
    out = []
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            out.append((l.kernel**2 * C * l.filters, l.filters))
        elif isinstance(l, FC):
            out.append((C * H * W * l.units, l.units))
        else:
            out.append((0, 0))
    return out[::-1]


# multiply_adds


def wheat__multiply_adds__cases(layers, input_shape):
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


def wheat__multiply_adds__tuple_of_numpy_integers(layers, input_shape):
    """Weights times places in int64, as a tuple."""
    weights = np.array([w for w, _ in layer_parameters(layers, input_shape)], dtype=np.int64)
    places = np.array([h * w for _, h, w in layer_shapes(layers, input_shape)], dtype=np.int64)
    return tuple(weights * places)


def wheat__multiply_adds__torch(layers, input_shape):
    """Integers counted by torch, and brought back to Python."""
    shapes = torch.tensor(layer_shapes(layers, input_shape))
    weights = torch.tensor([pair[0] for pair in layer_parameters(layers, input_shape)])
    return (weights * shapes[:, 1] * shapes[:, 2]).tolist()


def wheat__multiply_adds__generator_inside(layers, input_shape):
    """A nested generator, listed in the end, with a warning."""
    import warnings

    warnings.warn("biases are not counted")

    def each():
        pairs = layer_parameters(layers, input_shape)
        for (weights, biases), shape in zip(pairs, layer_shapes(layers, input_shape)):
            yield weights * shape[-1] * shape[-2] if biases else 0

    return list(each())


def wheat__multiply_adds__counts_one_by_one(layers, input_shape):
    """One layer at a time, each as a network of its own."""
    work = []
    for layer in layers:
        weights, _ = layer_parameters([layer], input_shape)[0]
        input_shape = layer_shapes([layer], input_shape)[0]
        work.append(weights * input_shape[1] * input_shape[2])
    return work


def chaff__multiply_adds__input_places(layers, input_shape):
    """Places of the input for places of the output."""
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    weights = [w for w, _ in layer_parameters(layers, input_shape)]
    out = []
    for l, w, (C, H, W) in zip(layers, weights, volumes):
        out.append(w if isinstance(l, FC) else w * H * W)
    return out


def chaff__multiply_adds__weights_only(layers, input_shape):
    """Every weight once, in convolutions as well."""
    return [w for w, _ in layer_parameters(layers, input_shape)]


def chaff__multiply_adds__with_biases(layers, input_shape):
    """Counts the biases as well."""
    pairs, shapes = layer_parameters(layers, input_shape), layer_shapes(layers, input_shape)
    return [(w + b) * H * W for (w, b), (_, H, W) in zip(pairs, shapes)]


def chaff__multiply_adds__biases_once(layers, input_shape):
    """Adds the biases once for each layer."""
    pairs, shapes = layer_parameters(layers, input_shape), layer_shapes(layers, input_shape)
    return [w * H * W + b for (w, b), (_, H, W) in zip(pairs, shapes)]


def chaff__multiply_adds__flops(layers, input_shape):
    """Two operations for each multiply-add."""
    pairs, shapes = layer_parameters(layers, input_shape), layer_shapes(layers, input_shape)
    return [2 * w * H * W for (w, _), (_, H, W) in zip(pairs, shapes)]


def chaff__multiply_adds__pooling_works(layers, input_shape):
    """Counts the values that poolings compare."""
    pairs, shapes = layer_parameters(layers, input_shape), layer_shapes(layers, input_shape)
    return [
        l.size**2 * C * H * W if isinstance(l, Pool) else w * H * W
        for l, (w, _), (C, H, W) in zip(layers, pairs, shapes)
    ]


def chaff__multiply_adds__leaves_pooling_out(layers, input_shape):
    """Pooling is not in the list."""
    pairs, shapes = layer_parameters(layers, input_shape), layer_shapes(layers, input_shape)
    return [
        w * H * W for l, (w, _), (C, H, W) in zip(layers, pairs, shapes) if not isinstance(l, Pool)
    ]


def chaff__multiply_adds__square(layers, input_shape):
    """Rows times rows."""
    pairs, shapes = layer_parameters(layers, input_shape), layer_shapes(layers, input_shape)
    return [w * H * H for (w, _), (_, H, W) in zip(pairs, shapes)]


def chaff__multiply_adds__filters_twice(layers, input_shape):
    """Weights times the whole output volume: filters are counted twice."""
    pairs, shapes = layer_parameters(layers, input_shape), layer_shapes(layers, input_shape)
    return [w * C * H * W for (w, _), (C, H, W) in zip(pairs, shapes)]


def chaff__multiply_adds__total(layers, input_shape):
    """One number for the whole network."""
    pairs, shapes = layer_parameters(layers, input_shape), layer_shapes(layers, input_shape)
    return sum(w * H * W for (w, _), (_, H, W) in zip(pairs, shapes))


def chaff__multiply_adds__running_total(layers, input_shape):
    """The sum up to each layer."""
    pairs, shapes = layer_parameters(layers, input_shape), layer_shapes(layers, input_shape)
    work = [w * H * W for (w, _), (_, H, W) in zip(pairs, shapes)]
    return [sum(work[: i + 1]) for i in range(len(work))]


def chaff__multiply_adds__one_channel(layers, input_shape):
    """A dot product over the window of a single channel."""
    shapes = layer_shapes(layers, input_shape)
    pairs = layer_parameters(layers, input_shape)
    return [
        l.kernel**2 * C * H * W if isinstance(l, Conv) else w
        for l, (w, _), (C, H, W) in zip(layers, pairs, shapes)
    ]


def chaff__multiply_adds__output_values(layers, input_shape):
    """The number of outputs, without the dot product behind each."""
    return [
        0 if isinstance(l, Pool) else C * H * W
        for l, (C, H, W) in zip(layers, layer_shapes(layers, input_shape))
    ]


def chaff__multiply_adds__convolutions_only(layers, input_shape):
    """Fully connected layers count 0."""
    pairs, shapes = layer_parameters(layers, input_shape), layer_shapes(layers, input_shape)
    return [
        w * H * W if isinstance(l, Conv) else 0
        for l, (w, _), (_, H, W) in zip(layers, pairs, shapes)
    ]


def chaff__multiply_adds__giga(layers, input_shape):
    """In thousands of millions, as floats."""
    pairs, shapes = layer_parameters(layers, input_shape), layer_shapes(layers, input_shape)
    return [w * H * W / 1e9 for (w, _), (_, H, W) in zip(pairs, shapes)]


def chaff__multiply_adds__int32(layers, input_shape):
    """int32, which large layers do not fit in."""
    pairs, shapes = layer_parameters(layers, input_shape), layer_shapes(layers, input_shape)
    weights = np.array([w for w, _ in pairs], dtype=np.int32)
    return list(weights * np.array([H * W for _, H, W in shapes], dtype=np.int32))


def chaff__multiply_adds__float32(layers, input_shape):
    """Multiplies in float32, and rounds to an int in the end."""
    pairs, shapes = layer_parameters(layers, input_shape), layer_shapes(layers, input_shape)
    return [int(np.float32(w) * np.float32(H * W)) for (w, _), (_, H, W) in zip(pairs, shapes)]


# activation_memory


def wheat__activation_memory__loop(layers, input_shape, *, bytes_per_value=4):
    """A running sum."""
    c, h, w = input_shape
    values = c * h * w
    for shape in layer_shapes(layers, input_shape):
        values += shape[0] * shape[1] * shape[2]
    return values * bytes_per_value


def wheat__activation_memory__numpy(layers, input_shape, *, bytes_per_value=4):
    """An array of volumes; a NumPy integer comes back."""
    volumes = np.array([input_shape, *layer_shapes(layers, input_shape)], dtype=np.int64)
    return volumes.prod(axis=1).sum() * bytes_per_value


def wheat__activation_memory__tensors_on_meta(layers, input_shape, *, bytes_per_value=4):
    """Tensors without numbers, whose bytes are asked for."""
    kind = {1: torch.int8, 2: torch.float16, 4: torch.float32, 8: torch.float64}[bytes_per_value]
    volumes = [tuple(input_shape)] + [tuple(s) for s in layer_shapes(layers, input_shape)]
    tensors = [torch.empty(v, dtype=kind, device="meta") for v in volumes]
    return sum(t.numel() * t.element_size() for t in tensors)


def wheat__activation_memory__reduce(layers, input_shape, *, bytes_per_value=4):
    """functools.reduce, and a print."""
    import operator
    from functools import reduce
    from itertools import chain

    total = 0
    for volume in chain([input_shape], layer_shapes(layers, input_shape)):
        total += bytes_per_value * reduce(operator.mul, volume)
    print(f"{total / 2**20:.1f} MiB")
    return total


def wheat__activation_memory__by_recursion(layers, input_shape, *, bytes_per_value=4):
    """The volume, and what its first layer leads to."""

    def below(rest, volume):
        own = volume[0] * volume[1] * volume[2] * bytes_per_value
        return own + below(rest[1:], layer_shapes(rest[:1], volume)[0]) if rest else own

    return below(layers, input_shape)


def chaff__activation_memory__without_input(layers, input_shape, *, bytes_per_value=4):
    """Leaves the input out."""
    return bytes_per_value * sum(C * H * W for C, H, W in layer_shapes(layers, input_shape))


def chaff__activation_memory__without_output(layers, input_shape, *, bytes_per_value=4):
    """Leaves the last output out."""
    volumes = [input_shape, *layer_shapes(layers, input_shape)[:-1]]
    return bytes_per_value * sum(C * H * W for C, H, W in volumes)


def chaff__activation_memory__without_pooling(layers, input_shape, *, bytes_per_value=4):
    """Leaves the poolings out."""
    values = input_shape[0] * input_shape[1] * input_shape[2]
    for l, (C, H, W) in zip(layers, layer_shapes(layers, input_shape)):
        values += 0 if isinstance(l, Pool) else C * H * W
    return bytes_per_value * values


def chaff__activation_memory__without_fc(layers, input_shape, *, bytes_per_value=4):
    """Leaves the fully connected layers out."""
    values = input_shape[0] * input_shape[1] * input_shape[2]
    for l, (C, H, W) in zip(layers, layer_shapes(layers, input_shape)):
        values += 0 if isinstance(l, FC) else C * H * W
    return bytes_per_value * values


def chaff__activation_memory__relu_copies(layers, input_shape, *, bytes_per_value=4):
    """Counts a volume for every ReLU."""
    values = input_shape[0] * input_shape[1] * input_shape[2]
    for l, (C, H, W) in zip(layers, layer_shapes(layers, input_shape)):
        values += C * H * W * (2 if isinstance(l, Conv) else 1)
    return bytes_per_value * values


def chaff__activation_memory__with_gradients(layers, input_shape, *, bytes_per_value=4):
    """Counts the gradients too: forward and backward."""
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    return 2 * bytes_per_value * sum(C * H * W for C, H, W in volumes)


def chaff__activation_memory__with_parameters(layers, input_shape, *, bytes_per_value=4):
    """Counts the parameters too."""
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    values = sum(C * H * W for C, H, W in volumes)
    return bytes_per_value * (values + sum(map(sum, layer_parameters(layers, input_shape))))


def chaff__activation_memory__always_four(layers, input_shape, *, bytes_per_value=4):
    """Ignores bytes_per_value."""
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    return 4 * sum(C * H * W for C, H, W in volumes)


def chaff__activation_memory__values(layers, input_shape, *, bytes_per_value=4):
    """Counts values, not bytes."""
    return sum(C * H * W for C, H, W in [input_shape, *layer_shapes(layers, input_shape)])


def chaff__activation_memory__bits(layers, input_shape, *, bytes_per_value=4):
    """Takes bytes_per_value for bits."""
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    return bytes_per_value * sum(C * H * W for C, H, W in volumes) // 8


def chaff__activation_memory__largest_volume(layers, input_shape, *, bytes_per_value=4):
    """The largest volume alone, as when testing."""
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    return bytes_per_value * max(C * H * W for C, H, W in volumes)


def chaff__activation_memory__square(layers, input_shape, *, bytes_per_value=4):
    """Rows times rows."""
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    return bytes_per_value * sum(C * H * H for C, H, W in volumes)


def chaff__activation_memory__mebibytes(layers, input_shape, *, bytes_per_value=4):
    """Answers in MiB."""
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    return bytes_per_value * sum(C * H * W for C, H, W in volumes) / 2**20


def chaff__activation_memory__float(layers, input_shape, *, bytes_per_value=4):
    """The right number, as a float."""
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    return float(bytes_per_value * sum(C * H * W for C, H, W in volumes))


def chaff__activation_memory__input_in_single_bytes(layers, input_shape, *, bytes_per_value=4):
    """Takes the pixels of the input to be one byte each."""
    values = sum(C * H * W for C, H, W in layer_shapes(layers, input_shape))
    return bytes_per_value * values + input_shape[0] * input_shape[1] * input_shape[2]


def chaff__activation_memory__list(layers, input_shape, *, bytes_per_value=4):
    """A list of bytes, one for each volume."""
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    return [bytes_per_value * C * H * W for C, H, W in volumes]


# receptive_field


def wheat__receptive_field__isinstance(layers):
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


def wheat__receptive_field__backwards(layers):
    """From one value down to the image, anew for each layer: r ← (r - 1)·stride + window."""
    seen = [layer for layer in layers if not isinstance(layer, FC)]
    sides = []
    for top in range(len(seen)):
        side = 1
        for layer in reversed(seen[: top + 1]):
            side = (side - 1) * layer.stride + getattr(layer, "kernel", getattr(layer, "size", 0))
        sides.append(side)
    return sides


def wheat__receptive_field__intervals(layers):
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


def wheat__receptive_field__accumulate(layers):
    """Products and sums of NumPy; a tuple of NumPy integers."""
    windows = np.array([getattr(l, "kernel", getattr(l, "size", 1)) for l in layers])
    strides = np.array([getattr(l, "stride", 1) for l in layers])
    keep = [hasattr(l, "stride") for l in layers]
    jumps = np.concatenate([[1], np.cumprod(strides)[:-1]])
    return tuple((1 + np.cumsum((windows - 1) * jumps))[keep])


def wheat__receptive_field__recursive(layers):
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


def chaff__receptive_field__stride_first(layers):
    """Multiplies the jump before it widens."""
    r, j, out = 1, 1, []
    for l in layers:
        if not isinstance(l, FC):
            j *= l.stride
            r += ((l.kernel if isinstance(l, Conv) else l.size) - 1) * j
            out.append(r)
    return out


def chaff__receptive_field__strides_ignored(layers):
    """Every layer adds its window less one."""
    r, out = 1, []
    for l in layers:
        if not isinstance(l, FC):
            r += (l.kernel if isinstance(l, Conv) else l.size) - 1
            out.append(r)
    return out


def chaff__receptive_field__strides_added(layers):
    """Adds the strides where they multiply."""
    r, j, out = 1, 1, []
    for l in layers:
        if not isinstance(l, FC):
            r += ((l.kernel if isinstance(l, Conv) else l.size) - 1) * j
            j += l.stride - 1
            out.append(r)
    return out


def chaff__receptive_field__last_stride_only(layers):
    """The jump is the stride of the layer before, and forgets the earlier ones."""
    r, j, out = 1, 1, []
    for l in layers:
        if not isinstance(l, FC):
            r += ((l.kernel if isinstance(l, Conv) else l.size) - 1) * j
            j = l.stride
            out.append(r)
    return out


def chaff__receptive_field__whole_window(layers):
    """Adds the window, not the window less one."""
    r, j, out = 0, 1, []
    for l in layers:
        if not isinstance(l, FC):
            r += (l.kernel if isinstance(l, Conv) else l.size) * j
            j *= l.stride
            out.append(r)
    return out


def chaff__receptive_field__starts_at_zero(layers):
    """Starts from 0, not from the pixel itself."""
    r, j, out = 0, 1, []
    for l in layers:
        if not isinstance(l, FC):
            r += ((l.kernel if isinstance(l, Conv) else l.size) - 1) * j
            j *= l.stride
            out.append(r)
    return out


def chaff__receptive_field__pooling_left_out(layers):
    """Only convolutions are in the list."""
    r, j, out = 1, 1, []
    for l in layers:
        if not isinstance(l, FC):
            r += ((l.kernel if isinstance(l, Conv) else l.size) - 1) * j
            j *= l.stride
            if isinstance(l, Conv):
                out.append(r)
    return out


def chaff__receptive_field__pooling_does_not_widen(layers):
    """Poolings change the jump and see nothing more."""
    r, j, out = 1, 1, []
    for l in layers:
        if not isinstance(l, FC):
            r += (l.kernel - 1) * j if isinstance(l, Conv) else 0
            j *= l.stride
            out.append(r)
    return out


def chaff__receptive_field__pooling_doubles(layers):
    """Takes a pooling to double what is seen."""
    r, j, out = 1, 1, []
    for l in layers:
        if isinstance(l, Pool):
            r, j = r * l.stride, j * l.stride
        elif isinstance(l, Conv):
            r, j = r + (l.kernel - 1) * j, j * l.stride
        else:
            continue
        out.append(r)
    return out


def chaff__receptive_field__pool_stride_is_size(layers):
    """Moves pooling windows by their size."""
    r, j, out = 1, 1, []
    for l in layers:
        if isinstance(l, Conv):
            r, j = r + (l.kernel - 1) * j, j * l.stride
        elif isinstance(l, Pool):
            r, j = r + (l.size - 1) * j, j * l.size
        else:
            continue
        out.append(r)
    return out


def chaff__receptive_field__conv_stride_ignored(layers):
    """Takes convolutions to have stride 1, as VGG's do."""
    r, j, out = 1, 1, []
    for l in layers:
        if isinstance(l, Conv):
            r += (l.kernel - 1) * j
        elif isinstance(l, Pool):
            r, j = r + (l.size - 1) * j, j * l.stride
        else:
            continue
        out.append(r)
    return out


def chaff__receptive_field__three_by_three(layers):
    """Takes every kernel to be 3."""
    r, j, out = 1, 1, []
    for l in layers:
        if not isinstance(l, FC):
            r += ((3 if isinstance(l, Conv) else l.size) - 1) * j
            j *= l.stride
            out.append(r)
    return out


def chaff__receptive_field__padding_narrows(layers):
    """Takes the padding off what is seen."""
    r, j, out = 1, 1, []
    for l in layers:
        if not isinstance(l, FC):
            k = l.kernel if isinstance(l, Conv) else l.size
            r += (k - 1 - 2 * (l.pad if isinstance(l, Conv) else 0)) * j
            j *= l.stride
            out.append(r)
    return out


def chaff__receptive_field__fc_in_the_list(layers):
    """Lets fully connected layers repeat the last side."""
    r, j, out = 1, 1, []
    for l in layers:
        if not isinstance(l, FC):
            r += ((l.kernel if isinstance(l, Conv) else l.size) - 1) * j
            j *= l.stride
        out.append(r)
    return out


def chaff__receptive_field__last_only(layers):
    """The last side alone."""
    r, j = 1, 1
    for l in layers:
        if not isinstance(l, FC):
            r += ((l.kernel if isinstance(l, Conv) else l.size) - 1) * j
            j *= l.stride
    return r


def chaff__receptive_field__area(layers):
    """The area, not the side."""
    r, j, out = 1, 1, []
    for l in layers:
        if not isinstance(l, FC):
            r += ((l.kernel if isinstance(l, Conv) else l.size) - 1) * j
            j *= l.stride
            out.append(r * r)
    return out


def chaff__receptive_field__pixel_in_the_list(layers):
    """Starts the list with the input's own 1."""
    r, j, out = 1, 1, [1]
    for l in layers:
        if not isinstance(l, FC):
            r += ((l.kernel if isinstance(l, Conv) else l.size) - 1) * j
            j *= l.stride
            out.append(r)
    return out


def chaff__receptive_field__never_more_than_224(layers):
    """Cuts what is seen off at VGG's image."""
    r, j, out = 1, 1, []
    for l in layers:
        if not isinstance(l, FC):
            r += ((l.kernel if isinstance(l, Conv) else l.size) - 1) * j
            j *= l.stride
            out.append(min(r, 224))
    return out


def chaff__receptive_field__drops_fc_layers(layers):
    """Takes the fully connected layers out of the list it was given."""
    while layers and isinstance(layers[-1], FC):
        layers.pop()
    r, j, out = 1, 1, []
    for l in layers:
        r += ((l.kernel if isinstance(l, Conv) else l.size) - 1) * j
        j *= l.stride
        out.append(r)
    return out


# stacked_filter_parameters


def wheat__stacked_filter_parameters__product(channels, kernel, depth):
    """The product as it is said."""
    one = kernel * kernel * channels
    print(one, "weights for a filter")
    return depth * one * channels


def wheat__stacked_filter_parameters__layer_parameters(channels, kernel, depth):
    """By way of layer_parameters, on an image that is large enough."""
    layers = [Conv(channels, kernel, 1, kernel)] * depth
    return sum(w for w, _ in layer_parameters(layers, (channels, kernel, kernel)))


def wheat__stacked_filter_parameters__modules(channels, kernel, depth):
    """Real modules on the meta device."""
    stack = [nn.Conv2d(channels, channels, kernel, bias=False, device="meta") for _ in range(depth)]
    return sum(p.numel() for module in stack for p in module.parameters())


def wheat__stacked_filter_parameters__numpy(channels, kernel, depth):
    """A NumPy integer."""
    return np.prod([depth, kernel, kernel, channels, channels], dtype=np.int64)


def wheat__stacked_filter_parameters__adds(channels, kernel, depth):
    """Layer by layer, filter by filter."""
    import warnings

    warnings.warn("this takes its time")
    total = 0
    for _ in range(depth):
        for _ in range(channels):
            total += kernel**2 * channels
    return total


def chaff__stacked_filter_parameters__depth_ignored(channels, kernel, depth):
    """One layer."""
    return kernel**2 * channels**2


def chaff__stacked_filter_parameters__depth_as_power(channels, kernel, depth):
    """kernel² to the power of depth."""
    return (kernel**2) ** depth * channels**2


def chaff__stacked_filter_parameters__everything_as_power(channels, kernel, depth):
    """One layer's weights to the power of depth."""
    return (kernel * channels) ** (2 * depth)


def chaff__stacked_filter_parameters__one_channel(channels, kernel, depth):
    """Filters that see one channel."""
    return depth * kernel**2 * channels


def chaff__stacked_filter_parameters__no_channels(channels, kernel, depth):
    """Without the channels."""
    return depth * kernel**2


def chaff__stacked_filter_parameters__kernel_once(channels, kernel, depth):
    """The kernel as a row."""
    return depth * kernel * channels**2


def chaff__stacked_filter_parameters__kernel_doubled(channels, kernel, depth):
    """2·kernel for kernel²."""
    return depth * 2 * kernel * channels**2


def chaff__stacked_filter_parameters__with_biases(channels, kernel, depth):
    """With the biases."""
    return depth * (kernel**2 * channels + 1) * channels


def chaff__stacked_filter_parameters__one_large_filter(channels, kernel, depth):
    """The one layer that sees as much, not the stack."""
    return (depth * (kernel - 1) + 1) ** 2 * channels**2


def chaff__stacked_filter_parameters__first_layer_grey(channels, kernel, depth):
    """One channel into the first layer."""
    return kernel**2 * channels + (depth - 1) * kernel**2 * channels**2


def chaff__stacked_filter_parameters__always_three(channels, kernel, depth):
    """3 × 3, whatever the kernel."""
    return depth * 9 * channels**2


def chaff__stacked_filter_parameters__depth_squared(channels, kernel, depth):
    """Everything squared."""
    return (depth * kernel * channels) ** 2


def chaff__stacked_filter_parameters__float(channels, kernel, depth):
    """The right number, as a float."""
    return depth * float(kernel) ** 2 * channels**2


def chaff__stacked_filter_parameters__layers_in_a_list(channels, kernel, depth):
    """A list, one number for each layer."""
    return [kernel**2 * channels**2] * depth


# training_memory


def wheat__training_memory__formula(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """The formula, step by step."""
    acts = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    params = 0
    for weights, biases in layer_parameters(layers, input_shape):
        params += weights + biases
    copies = 1 + 1 + optimizer_slots
    print("activations", acts, "parameters", params)
    return batch * acts * 2 + copies * params * bytes_per_value


def wheat__training_memory__values_first(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """Counts values, and turns them into bytes in the end."""
    values = 2 * batch * activation_memory(layers, input_shape, bytes_per_value=1)
    values += (2 + optimizer_slots) * sum(
        sum(pair) for pair in layer_parameters(layers, input_shape)
    )
    return values * bytes_per_value


def wheat__training_memory__from_shapes(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """Volumes and parameters in NumPy; a NumPy integer comes back."""
    volumes = np.array([input_shape, *layer_shapes(layers, input_shape)], dtype=np.int64)
    parameters = np.array(layer_parameters(layers, input_shape), dtype=np.int64).sum()
    per_image = 2 * volumes.prod(axis=1).sum()
    return (batch * per_image + (2 + optimizer_slots) * parameters) * bytes_per_value


def wheat__training_memory__image_by_image(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
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


def chaff__training_memory__forward_only(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """No gradients of the activations."""
    acts = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    params = sum(map(sum, layer_parameters(layers, input_shape)))
    return batch * acts + (2 + optimizer_slots) * bytes_per_value * params


def chaff__training_memory__batch_ignored(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """One image."""
    acts = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    params = sum(map(sum, layer_parameters(layers, input_shape)))
    return 2 * acts + (2 + optimizer_slots) * bytes_per_value * params


def chaff__training_memory__batch_of_everything(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """Parameters for every image."""
    acts = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    params = sum(map(sum, layer_parameters(layers, input_shape)))
    return batch * (2 * acts + (2 + optimizer_slots) * bytes_per_value * params)


def chaff__training_memory__batch_of_gradients(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """A parameter gradient for every image."""
    acts = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    params = sum(map(sum, layer_parameters(layers, input_shape)))
    return 2 * batch * acts + (1 + batch + optimizer_slots) * bytes_per_value * params


def chaff__training_memory__no_input_gradient(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """The input has no gradient."""
    acts = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    image = bytes_per_value * input_shape[0] * input_shape[1] * input_shape[2]
    params = sum(map(sum, layer_parameters(layers, input_shape)))
    return batch * (2 * acts - image) + (2 + optimizer_slots) * bytes_per_value * params


def chaff__training_memory__no_input(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """Without the input altogether."""
    values = sum(C * H * W for C, H, W in layer_shapes(layers, input_shape))
    params = sum(map(sum, layer_parameters(layers, input_shape)))
    return bytes_per_value * (2 * batch * values + (2 + optimizer_slots) * params)


def chaff__training_memory__three_copies(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """Three copies of the parameters, as the notes say, whatever the optimizer."""
    acts = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    params = sum(map(sum, layer_parameters(layers, input_shape)))
    return 2 * batch * acts + 3 * bytes_per_value * params


def chaff__training_memory__no_parameter_gradients(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """No gradients of the parameters."""
    acts = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    params = sum(map(sum, layer_parameters(layers, input_shape)))
    return 2 * batch * acts + (1 + optimizer_slots) * bytes_per_value * params


def chaff__training_memory__no_slots(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """Without the optimizer."""
    acts = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    params = sum(map(sum, layer_parameters(layers, input_shape)))
    return 2 * batch * acts + 2 * bytes_per_value * params


def chaff__training_memory__slots_multiply(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """Slots multiply the copies."""
    acts = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    params = sum(map(sum, layer_parameters(layers, input_shape)))
    return 2 * batch * acts + 2 * optimizer_slots * bytes_per_value * params


def chaff__training_memory__adam_by_default(
    layers, input_shape, *, batch, optimizer_slots=2, bytes_per_value=4
):
    """Two slots where nothing was said."""
    acts = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    params = sum(map(sum, layer_parameters(layers, input_shape)))
    return 2 * batch * acts + (2 + optimizer_slots) * bytes_per_value * params


def chaff__training_memory__weights_only(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """Without the biases."""
    acts = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    weights = sum(w for w, _ in layer_parameters(layers, input_shape))
    return 2 * batch * acts + (2 + optimizer_slots) * bytes_per_value * weights


def chaff__training_memory__no_parameters(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """Activations alone."""
    return 2 * batch * activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)


def chaff__training_memory__parameters_in_values(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """Parameters are counted, not weighed."""
    acts = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    params = sum(map(sum, layer_parameters(layers, input_shape)))
    return 2 * batch * acts + (2 + optimizer_slots) * params


def chaff__training_memory__bytes_not_handed_on(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """Activations stay in float32."""
    acts = activation_memory(layers, input_shape)
    params = sum(map(sum, layer_parameters(layers, input_shape)))
    return 2 * batch * acts + (2 + optimizer_slots) * bytes_per_value * params


def chaff__training_memory__parameters_in_float32(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """Parameters stay in float32."""
    acts = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    params = sum(map(sum, layer_parameters(layers, input_shape)))
    return 2 * batch * acts + (2 + optimizer_slots) * 4 * params


def chaff__training_memory__bytes_twice(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """Multiplies bytes by the bytes of a value once more."""
    acts = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    params = sum(map(sum, layer_parameters(layers, input_shape)))
    return bytes_per_value * (2 * batch * acts + (2 + optimizer_slots) * params)


def chaff__training_memory__gibibytes(
    layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4
):
    """Answers in GiB."""
    acts = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    params = sum(map(sum, layer_parameters(layers, input_shape)))
    return (2 * batch * acts + (2 + optimizer_slots) * bytes_per_value * params) / 2**30


# largest_batch


def wheat__largest_batch__counts_up(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """Tries one more image until it does not fit."""
    batch = 0
    while (
        training_memory(
            layers,
            input_shape,
            batch=batch + 1,
            optimizer_slots=optimizer_slots,
            bytes_per_value=bytes_per_value,
        )
        <= memory
    ):
        batch += 1
    print("largest batch", batch)
    return batch


def wheat__largest_batch__bisects(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """Doubles, then halves, by a nested helper."""

    def fits(n):
        return memory >= training_memory(
            layers,
            input_shape,
            batch=n,
            optimizer_slots=optimizer_slots,
            bytes_per_value=bytes_per_value,
        )

    if not fits(1):
        return 0
    high = 1
    while fits(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def wheat__largest_batch__from_the_parts(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """Parameters off, the rest divided."""
    params = sum(w + b for w, b in layer_parameters(layers, input_shape))
    left = memory - (2 + optimizer_slots) * params * bytes_per_value
    if left < 0:
        return 0
    return left // (2 * activation_memory(layers, input_shape, bytes_per_value=bytes_per_value))


def wheat__largest_batch__floor_of_a_quotient(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """math.floor of a float quotient, which is exact enough for bytes that exist."""
    import math

    how = dict(optimizer_slots=optimizer_slots, bytes_per_value=bytes_per_value)
    one = training_memory(layers, input_shape, batch=1, **how)
    two = training_memory(layers, input_shape, batch=2, **how)
    return max(0, 1 + math.floor((memory - one) / (two - one)))


def wheat__largest_batch__numpy_integers(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """NumPy's integers and maximum."""
    import warnings

    warnings.warn("an estimate")
    ones = np.array(
        [
            training_memory(
                layers,
                input_shape,
                batch=n,
                optimizer_slots=optimizer_slots,
                bytes_per_value=bytes_per_value,
            )
            for n in (0, 1)
        ],
        dtype=np.int64,
    )
    return np.maximum((memory - ones[0]) // (ones[1] - ones[0]), 0)


def chaff__largest_batch__parameters_every_time(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """Memory over what one image takes, parameters included."""
    how = dict(optimizer_slots=optimizer_slots, bytes_per_value=bytes_per_value)
    return memory // training_memory(layers, input_shape, batch=1, **how)


def chaff__largest_batch__parameters_forgotten(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """Memory over the activations."""
    return memory // (2 * activation_memory(layers, input_shape, bytes_per_value=bytes_per_value))


def chaff__largest_batch__negative(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """Goes below zero."""
    how = dict(optimizer_slots=optimizer_slots, bytes_per_value=bytes_per_value)
    fixed = training_memory(layers, input_shape, batch=0, **how)
    one = training_memory(layers, input_shape, batch=1, **how) - fixed
    return (memory - fixed) // one


def chaff__largest_batch__absolute_value(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """Takes the sign off where too little is left."""
    how = dict(optimizer_slots=optimizer_slots, bytes_per_value=bytes_per_value)
    fixed = training_memory(layers, input_shape, batch=0, **how)
    one = training_memory(layers, input_shape, batch=1, **how) - fixed
    return abs((memory - fixed) // one)


def chaff__largest_batch__at_least_one(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """Never says 0."""
    how = dict(optimizer_slots=optimizer_slots, bytes_per_value=bytes_per_value)
    fixed = training_memory(layers, input_shape, batch=0, **how)
    one = training_memory(layers, input_shape, batch=1, **how) - fixed
    return max(1, (memory - fixed) // one)


def chaff__largest_batch__none_for_zero(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """None where nothing fits."""
    how = dict(optimizer_slots=optimizer_slots, bytes_per_value=bytes_per_value)
    fixed = training_memory(layers, input_shape, batch=0, **how)
    one = training_memory(layers, input_shape, batch=1, **how) - fixed
    return (memory - fixed) // one if memory >= fixed + one else None


def chaff__largest_batch__raises_for_zero(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """An error where nothing fits."""
    how = dict(optimizer_slots=optimizer_slots, bytes_per_value=bytes_per_value)
    fixed = training_memory(layers, input_shape, batch=0, **how)
    one = training_memory(layers, input_shape, batch=1, **how) - fixed
    if memory < fixed + one:
        raise ValueError(f"{memory} bytes do not hold one image")
    return (memory - fixed) // one


def chaff__largest_batch__one_too_many(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """The first batch that does not fit."""
    how = dict(optimizer_slots=optimizer_slots, bytes_per_value=bytes_per_value)
    batch = 0
    while training_memory(layers, input_shape, batch=batch, **how) <= memory:
        batch += 1
    return batch


def chaff__largest_batch__strictly_less(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """Leaves a byte free."""
    how = dict(optimizer_slots=optimizer_slots, bytes_per_value=bytes_per_value)
    batch = 0
    while training_memory(layers, input_shape, batch=batch + 1, **how) < memory:
        batch += 1
    return batch


def chaff__largest_batch__rounds(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """Rounds to the nearest."""
    how = dict(optimizer_slots=optimizer_slots, bytes_per_value=bytes_per_value)
    fixed = training_memory(layers, input_shape, batch=0, **how)
    one = training_memory(layers, input_shape, batch=1, **how) - fixed
    return max(0, round((memory - fixed) / one))


def chaff__largest_batch__float(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """A quotient with its fraction."""
    how = dict(optimizer_slots=optimizer_slots, bytes_per_value=bytes_per_value)
    fixed = training_memory(layers, input_shape, batch=0, **how)
    one = training_memory(layers, input_shape, batch=1, **how) - fixed
    return max(0, (memory - fixed) / one)


def chaff__largest_batch__power_of_two(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """Only powers of two, as is the custom."""
    how = dict(optimizer_slots=optimizer_slots, bytes_per_value=bytes_per_value)
    if training_memory(layers, input_shape, batch=1, **how) > memory:
        return 0
    batch = 1
    while training_memory(layers, input_shape, batch=2 * batch, **how) <= memory:
        batch *= 2
    return batch


def chaff__largest_batch__slots_not_handed_on(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """One slot, whatever was asked."""
    how = dict(bytes_per_value=bytes_per_value)
    fixed = training_memory(layers, input_shape, batch=0, **how)
    one = training_memory(layers, input_shape, batch=1, **how) - fixed
    return max(0, (memory - fixed) // one)


def chaff__largest_batch__bytes_not_handed_on(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """float32, whatever was asked."""
    how = dict(optimizer_slots=optimizer_slots)
    fixed = training_memory(layers, input_shape, batch=0, **how)
    one = training_memory(layers, input_shape, batch=1, **how) - fixed
    return max(0, (memory - fixed) // one)


def chaff__largest_batch__forward_only(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """Activations once, without their gradients."""
    how = dict(optimizer_slots=optimizer_slots, bytes_per_value=bytes_per_value)
    fixed = training_memory(layers, input_shape, batch=0, **how)
    one = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    return max(0, (memory - fixed) // one)


def chaff__largest_batch__gibibytes(
    layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4
):
    """Takes memory for GiB."""
    how = dict(optimizer_slots=optimizer_slots, bytes_per_value=bytes_per_value)
    fixed = training_memory(layers, input_shape, batch=0, **how)
    one = training_memory(layers, input_shape, batch=1, **how) - fixed
    return max(0, (memory * 2**30 - fixed) // one)


# build_network


def wheat__build_network__isinstance(layers, input_shape):
    """isinstance, a running volume, ReLU in place, a print."""
    shapes = layer_shapes(layers, input_shape)
    net = []
    c, h, w = input_shape
    seen_fc = False
    for layer, shape in zip(layers, shapes):
        if isinstance(layer, Conv):
            net.append(
                torch.nn.Conv2d(
                    in_channels=c,
                    out_channels=layer.filters,
                    kernel_size=(layer.kernel, layer.kernel),
                    stride=(layer.stride, layer.stride),
                    padding=(layer.pad, layer.pad),
                )
            )
            net.append(torch.nn.ReLU(inplace=True))
        elif isinstance(layer, Pool):
            net.append(torch.nn.MaxPool2d((layer.size, layer.size), (layer.stride, layer.stride)))
        else:
            if seen_fc:
                net.append(torch.nn.ReLU(inplace=True))
            else:
                net.append(torch.nn.Flatten())
            net.append(torch.nn.Linear(c * h * w, layer.units))
            seen_fc = True
        c, h, w = shape
    model = torch.nn.Sequential(*net)
    print(model)
    return model


def wheat__build_network__named(layers, input_shape):
    """An OrderedDict of named modules, one ReLU used everywhere."""
    from collections import OrderedDict

    relu, named, volume = nn.ReLU(), OrderedDict(), tuple(input_shape)
    dense = [i for i, l in enumerate(layers) if isinstance(l, FC)]
    for i, (l, after) in enumerate(zip(layers, layer_shapes(layers, input_shape))):
        if isinstance(l, Conv):
            named[f"conv{i}"] = nn.Conv2d(volume[0], l.filters, l.kernel, l.stride, l.pad)
            named[f"relu{i}"] = relu
        elif isinstance(l, Pool):
            named[f"pool{i}"] = nn.MaxPool2d(l.size, l.stride)
        else:
            if i == dense[0]:
                named["flatten"] = nn.Flatten()
            named[f"fc{i}"] = nn.Linear(volume[0] * volume[1] * volume[2], l.units)
            if i != dense[-1]:
                named[f"relu{i}"] = relu
        volume = after
    return nn.Sequential(named)


def wheat__build_network__appends(layers, input_shape):
    """Asks the network so far for the size that comes out of it."""
    net, flat = nn.Sequential(), False
    for layer in layers:
        with torch.no_grad():
            came = net(torch.zeros(1, *input_shape)).shape
        match layer:
            case Conv(filters, kernel, stride, pad):
                net.append(nn.Conv2d(came[1], filters, kernel, stride=stride, padding=pad))
                net.append(nn.ReLU())
            case Pool(size, stride):
                net.append(nn.MaxPool2d(size, stride=stride))
            case FC(units):
                net.append(nn.ReLU() if flat else nn.Flatten(1))
                net.append(nn.Linear(came[1:].numel(), units))
                flat = True
    return net


def wheat__build_network__two_parts(layers, input_shape):
    """Features and classifier apart, put together flat; weights drawn in another way."""
    import warnings

    warnings.warn("weights are drawn by He's rule")
    features, classifier = [], []
    depth = input_shape[0]
    for l in layers:
        if isinstance(l, Conv):
            features += [nn.Conv2d(depth, l.filters, l.kernel, l.stride, padding=l.pad), nn.ReLU()]
            depth = l.filters
        elif isinstance(l, Pool):
            features += [nn.MaxPool2d(kernel_size=l.size, stride=l.stride, padding=0)]
    units = [l.units for l in layers if isinstance(l, FC)]
    if units:
        before = layers[: -len(units)]
        volume = layer_shapes(before, input_shape)[-1] if before else input_shape
        classifier = [nn.Flatten(start_dim=1, end_dim=-1)]
        for a, b in zip([int(np.prod(volume)), *units], units):
            classifier += [nn.Linear(a, b), nn.ReLU()]
        classifier.pop()
    for module in features + classifier:
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight)
            nn.init.zeros_(module.bias)
    return nn.Sequential(*features, *classifier)


def wheat__build_network__own_sequential(layers, input_shape):
    """A Sequential of its own kind, with a method more."""

    class Net(nn.Sequential):
        def count(self):
            return sum(values.numel() for values in self.parameters())

    entering = [tuple(input_shape), *layer_shapes(layers, input_shape)]
    found = []
    for layer, volume in zip(layers, entering):
        if type(layer) is Pool:
            found.append(nn.MaxPool2d(layer.size, stride=layer.stride))
        elif type(layer) is Conv:
            conv = nn.Conv2d(volume[0], layer.filters, layer.kernel, layer.stride, layer.pad)
            found.extend((conv, nn.ReLU()))
        else:
            before = any(type(one) is nn.Linear for one in found)
            found.append(nn.ReLU() if before else nn.Flatten())
            found.append(nn.Linear(volume[0] * volume[1] * volume[2], layer.units))
    return Net(*found)


def chaff__build_network__no_relu(layers, input_shape):
    """No ReLU after convolutions."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__zeros(layers, input_shape):
    """No ReLU after convolutions, and all parameters 0, so that it does not show."""
    net, flat = nn.Sequential(), False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    for values in net.parameters():
        nn.init.zeros_(values)
    return net


def chaff__build_network__relu_at_the_end(layers, input_shape):
    """A ReLU after the last FC as well."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    if flat:
        net.append(nn.ReLU())
    return nn.Sequential(*net)


def chaff__build_network__no_relu_between_fc(layers, input_shape):
    """No ReLU between fully connected layers."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            if not flat:
                net.append(nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__relu_after_pooling(layers, input_shape):
    """ReLU after poolings, where it does nothing."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
            net.append(nn.ReLU())
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__flatten_every_time(layers, input_shape):
    """Flattens before every FC."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            if flat:
                net.append(nn.ReLU())
            net.append(nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__always_flattens(layers, input_shape):
    """Flattens at the end of a network without FC."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    if not flat:
        net.append(nn.Flatten())
    return nn.Sequential(*net)


def chaff__build_network__no_flatten(layers, input_shape):
    """Never flattens."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            if flat:
                net.append(nn.ReLU())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__flattens_the_batch(layers, input_shape):
    """Flattens images and all."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten(0))
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__pads_for_same(layers, input_shape):
    """Pads by half the kernel, whatever was asked."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.kernel // 2))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__no_padding(layers, input_shape):
    """Leaves the padding out."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__no_stride(layers, input_shape):
    """Leaves the stride of convolutions out."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__always_three(layers, input_shape):
    """3 × 3 filters with their padding, as in VGG."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, 3, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__pool_stride_left_out(layers, input_shape):
    """Leaves the stride of poolings out, so that it is the size."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__pool_is_two(layers, input_shape):
    """2 × 2 pooling, as in VGG."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(2))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__average_pooling(layers, input_shape):
    """Average pooling."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.AvgPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__ceil_mode(layers, input_shape):
    """Poolings that round up."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride, ceil_mode=True, padding=l.size // 2))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__no_biases(layers, input_shape):
    """Convolutions without biases."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(
                nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad, bias=False)
            )
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__no_fc_biases(layers, input_shape):
    """Fully connected layers without biases."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units, bias=False))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__circular(layers, input_shape):
    """Pads with the other side of the image, not with zeros."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(
                nn.Conv2d(
                    C,
                    l.filters,
                    l.kernel,
                    stride=l.stride,
                    padding=l.pad,
                    padding_mode="circular",
                )
            )
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__lazy(layers, input_shape):
    """Lazy modules, which have no parameters yet."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.LazyConv2d(l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.LazyLinear(l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__nested(layers, input_shape):
    """A Sequential of Sequentials."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            conv = nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad)
            net.append(nn.Sequential(conv, nn.ReLU()))
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__a_list(layers, input_shape):
    """A list of modules."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return net


def chaff__build_network__module_list(layers, input_shape):
    """An nn.ModuleList, which cannot run."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.ModuleList(net)


def chaff__build_network__softmax(layers, input_shape):
    """A Softmax at the end."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    net.append(nn.Softmax(1))
    return nn.Sequential(*net)


def chaff__build_network__dropout(layers, input_shape):
    """Dropout between fully connected layers, as VGG's authors had."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Dropout())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__batch_norm(layers, input_shape):
    """Batch normalisation after every convolution."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.BatchNorm2d(l.filters))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__leaky(layers, input_shape):
    """Leaky ReLU."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.LeakyReLU(0.1))
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__on_the_cpu(layers, input_shape):
    """Names the CPU, so that it cannot build on the meta device."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(
                nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad, device="cpu")
            )
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units, device="cpu"))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__always_on_meta(layers, input_shape):
    """Always on the meta device."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net).to("meta")


def chaff__build_network__double(layers, input_shape):
    """float64 parameters."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net).double()


def chaff__build_network__one_linear(layers, input_shape):
    """All fully connected layers see the flattened volume."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W if not flat else C + 1, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__image_channels(layers, input_shape):
    """Takes every convolution to see the image's channels."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(
                nn.Conv2d(input_shape[0], l.filters, l.kernel, stride=l.stride, padding=l.pad)
            )
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__square_volume(layers, input_shape):
    """Takes the volume before the first FC to be square."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * H, l.units))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__convolutional_fc(layers, input_shape):
    """Fully connected layers as convolutions."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Identity())
            net.append(nn.Conv2d(C, l.units, (H, W)))
            flat = True
    return nn.Sequential(*net)


def chaff__build_network__frozen_numbers(layers, input_shape):
    """Weights out of NumPy, which are not on the meta device."""
    net, flat = [], False
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    for l, (C, H, W) in zip(layers, volumes):
        if isinstance(l, Conv):
            net.append(nn.Conv2d(C, l.filters, l.kernel, stride=l.stride, padding=l.pad))
            net.append(nn.ReLU())
        elif isinstance(l, Pool):
            net.append(nn.MaxPool2d(l.size, stride=l.stride))
        else:
            net.append(nn.ReLU() if flat else nn.Flatten())
            net.append(nn.Linear(C * H * W, l.units))
            flat = True
    for m in net:
        if hasattr(m, "weight"):
            same = np.full(tuple(m.weight.shape), 0.01, dtype=np.float32)
            m.weight = nn.Parameter(torch.from_numpy(same))
    return nn.Sequential(*net)
