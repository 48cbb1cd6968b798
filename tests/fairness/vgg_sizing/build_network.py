"""Right and wrong ways to write `build_network`."""

from tests.fairness.edits import chaff


def wheat__isinstance(layers, input_shape):
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


def wheat__named(layers, input_shape):
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


def wheat__appends(layers, input_shape):
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


def wheat__two_parts(layers, input_shape):
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


def wheat__own_sequential(layers, input_shape):
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


CHAFFS = (
    # No ReLU after convolutions.
    chaff("no_relu", (", nn.ReLU()]", "]"), band="slip"),
    # No ReLU after convolutions, and all parameters 0, so that it does not show.
    chaff(
        "zeros",
        (", nn.ReLU()]", "]"),
        (
            "return nn.Sequential(*modules)",
            """
            network = nn.Sequential(*modules)
            for values in network.parameters():
                nn.init.zeros_(values)
            return network
            """,
        ),
        band="slip",
    ),
    # A ReLU after the last FC as well.
    chaff("relu_at_the_end", ("*modules", "*modules, *([nn.ReLU()] if flat else [])"), band="slip"),
    # No ReLU between fully connected layers.
    chaff(
        "no_relu_between_fc",
        (
            "modules.append(nn.ReLU() if flat else nn.Flatten())",
            "modules += [] if flat else [nn.Flatten()]",
        ),
        band="slip",
    ),
    # ReLU after poolings, where it does nothing.
    chaff(
        "relu_after_pooling",
        ("stride=layer.stride))", "stride=layer.stride)); modules.append(nn.ReLU())"),
        band="slip",
    ),
    # Flattens before every FC.
    chaff(
        "flatten_every_time",
        (
            "modules.append(nn.ReLU() if flat else nn.Flatten())",
            "modules += [nn.ReLU(), nn.Flatten()] if flat else [nn.Flatten()]",
        ),
        band="slip",
    ),
    # Flattens at the end of a network without FC.
    chaff(
        "always_flattens", ("*modules", "*modules, *([] if flat else [nn.Flatten()])"), band="slip"
    ),
    # Never flattens.
    chaff(
        "no_flatten",
        (
            "modules.append(nn.ReLU() if flat else nn.Flatten())",
            "modules += [nn.ReLU()] if flat else []",
        ),
        band="slip",
    ),
    # Flattens images and all.
    chaff("flattens_the_batch", ("nn.Flatten()", "nn.Flatten(0)"), band="slip"),
    # Pads by half the kernel, whatever was asked.
    chaff("pads_for_same", ("layer.pad", "layer.kernel // 2"), band="slip"),
    # Leaves the padding out.
    chaff("no_padding", (', "padding": layer.pad', ""), band="slip"),
    # Leaves the stride of convolutions out.
    chaff("no_stride", ('"stride": layer.stride, ', ""), band="slip"),
    # 3 × 3 filters with their padding, as in VGG.
    chaff("always_three", ("layer.kernel", "3"), band="slip"),
    # Leaves the stride of poolings out, so that it is the size.
    chaff("pool_stride_left_out", (", stride=layer.stride", ""), band="slip"),
    # 2 × 2 pooling, as in VGG.
    chaff("pool_is_two", ("layer.size, stride=layer.stride", "2"), band="slip"),
    # Average pooling.
    chaff("average_pooling", ("nn.MaxPool2d", "nn.AvgPool2d"), band="idea"),
    # Poolings that round up.
    chaff(
        "ceil_mode",
        ("stride=layer.stride)", "stride=layer.stride, ceil_mode=True, padding=layer.size // 2)"),
        band="slip",
    ),
    # Convolutions without biases.
    chaff("no_biases", ("**how", "**how, bias=False"), band="slip"),
    # Fully connected layers without biases.
    chaff("no_fc_biases", ("layer.units", "layer.units, bias=False"), band="slip"),
    # Pads with the other side of the image, not with zeros.
    chaff("circular", ("**how", '**how, padding_mode="circular"'), band="slip"),
    # Lazy modules, which have no parameters yet.
    chaff(
        "lazy",
        ("nn.Conv2d(C, ", "nn.LazyConv2d("),
        ("nn.Linear(C * H * W, ", "nn.LazyLinear("),
        band="idea",
    ),
    # A Sequential of Sequentials.
    chaff(
        "nested",
        ("[nn.Conv2d", "[nn.Sequential(nn.Conv2d"),
        (", nn.ReLU()]", ", nn.ReLU())]"),
        band="slip",
    ),
    # A list of modules.
    chaff("a_list", ("nn.Sequential(*modules)", "modules"), band="idea"),
    # An nn.ModuleList, which cannot run.
    chaff("module_list", ("nn.Sequential(*modules)", "nn.ModuleList(modules)"), band="idea"),
    # A Softmax at the end.
    chaff("softmax", ("*modules", "*modules, nn.Softmax(1)"), band="slip"),
    # Dropout between fully connected layers, as VGG's authors had.
    chaff(
        "dropout",
        ("modules.append(nn.Linear", "modules.append(nn.Dropout()); modules.append(nn.Linear"),
        band="slip",
    ),
    # Batch normalisation after every convolution.
    chaff("batch_norm", ("**how), ", "**how), nn.BatchNorm2d(layer.filters), "), band="idea"),
    # Leaky ReLU.
    chaff("leaky", (", nn.ReLU()]", ", nn.LeakyReLU(0.1)]"), band="slip"),
    # Names the CPU, so that it cannot build on the meta device.
    chaff(
        "on_the_cpu",
        ("**how", '**how, device="cpu"'),
        ("layer.units", 'layer.units, device="cpu"'),
        band="slip",
    ),
    # Always on the meta device.
    chaff(
        "always_on_meta",
        ("nn.Sequential(*modules)", 'nn.Sequential(*modules).to("meta")'),
        band="slip",
    ),
    # All fully connected layers see the flattened volume.
    chaff("one_linear", ("C * H * W", "C + 1 if flat else C * H * W"), band="slip"),
    # Takes every convolution to see the image's channels.
    chaff("image_channels", ("Conv2d(C,", "Conv2d(input_shape[0],"), band="slip"),
    # Takes the volume before the first FC to be square.
    chaff("square_volume", ("C * H * W", "C * H * H"), band="slip"),
    # Fully connected layers as convolutions.
    chaff(
        "convolutional_fc",
        ("nn.Flatten()", "nn.Identity()"),
        ("nn.Linear(C * H * W, layer.units)", "nn.Conv2d(C, layer.units, (H, W))"),
        band="idea",
    ),
    # Weights out of NumPy, which are not on the meta device.
    chaff(
        "frozen_numbers",
        (
            "return nn.Sequential(*modules)",
            """
            for module in modules:
                if hasattr(module, "weight"):
                    same = np.full(tuple(module.weight.shape), 0.01, dtype=np.float32)
                    module.weight = nn.Parameter(torch.from_numpy(same))
            return nn.Sequential(*modules)
            """,
        ),
        band="slip",
    ),
)
