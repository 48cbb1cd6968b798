"""Right and wrong ways to write `convolutionalize`."""

from tests.fairness.edits import chaff


def wheat__by_index(model, feature_shape):
    """Two halves, split at Flatten; assigns Parameters of clones."""
    import copy

    at = [type(layer) for layer in model].index(nn.Flatten)
    layers = list(copy.deepcopy(model[:at]))
    shape = tuple(feature_shape)
    for layer in model[at + 1 :]:
        if isinstance(layer, nn.Linear):
            w, b = fc_to_conv(layer.weight.detach(), layer.bias.detach(), shape)
            conv = nn.Conv2d(shape[0], layer.out_features, shape[1:])
            conv.weight, conv.bias = nn.Parameter(w.clone()), nn.Parameter(b.clone())
            shape = (layer.out_features, 1, 1)
            layers.append(conv)
        else:
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers).train(model.training)


def wheat__copy_first(model, feature_shape):
    """Works on a deep copy, and puts an Identity where Flatten was."""
    import copy

    model = copy.deepcopy(model)
    first = True
    if not any(isinstance(layer, nn.Flatten) for layer in model):
        raise ValueError("no Flatten")
    for index, layer in enumerate(model):
        if isinstance(layer, nn.Flatten):
            model[index] = nn.Identity()
        if isinstance(layer, nn.Linear):
            kernel = tuple(feature_shape[1:]) if first else (1, 1)
            channels = feature_shape[0] if first else layer.in_features
            conv = nn.Conv2d(channels, layer.out_features, kernel).to(layer.weight)
            if conv.weight.numel() != layer.weight.numel():
                raise ValueError(f"{layer} does not take {feature_shape}")
            conv.weight.data.copy_(layer.weight.data.reshape(conv.weight.shape))
            conv.bias.data.copy_(layer.bias.data)
            model[index], first = conv, False
    return model.train(model.training)


def wheat__ordered(model, feature_shape):
    """Named layers, prints, and a state dict."""
    import copy
    from collections import OrderedDict

    named, shape = OrderedDict(), None
    for name, layer in model.named_children():
        print("converting", name, layer)
        if isinstance(layer, nn.Flatten):
            shape = feature_shape
        elif isinstance(layer, nn.Linear):
            C, H, W = shape
            if layer.in_features != C * H * W:
                raise ValueError(f"{layer} does not take {shape}")
            like = {"device": layer.weight.device, "dtype": layer.weight.dtype}
            conv = nn.Conv2d(C, layer.out_features, kernel_size=(H, W), **like)
            weight = layer.weight.reshape(-1, C, H, W)
            conv.load_state_dict({"weight": weight, "bias": layer.bias})
            named[f"conv{name}"], shape = conv, (layer.out_features, 1, 1)
        else:
            named[name] = copy.deepcopy(layer)
    if shape is None:
        raise ValueError("nothing is flattened")
    converted = nn.Sequential(named)
    return converted.train() if model.training else converted.eval()


def wheat__nested(model, feature_shape):
    """Features and classifier in two nested Sequentials; one ReLU used in several places."""
    import copy

    relu = nn.ReLU()
    features, head = nn.Sequential(), nn.Sequential()
    place, shape = features, feature_shape
    for layer in copy.deepcopy(model):
        if type(layer) is nn.Flatten:
            place = head
        elif type(layer) is nn.Linear:
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(*w.shape[1::-1], w.shape[2:], device=w.device, dtype=w.dtype)
            with torch.no_grad():
                conv.weight[:] = w
                conv.bias[:] = b
            place.append(conv)
            shape = (len(w), 1, 1)
        else:
            place.append(relu if type(layer) is nn.ReLU else layer)
    if place is features:
        raise ValueError("nothing is flattened")
    parts = [part for part in (features, head) if len(part)]
    return nn.Sequential(*parts).train(model.training)


def wheat__own_sequential(model, feature_shape):
    """A Sequential of its own kind, which says how it came about and runs like any other."""
    import copy

    class FullyConvolutional(nn.Sequential):
        def __init__(self, layers, source):
            super().__init__(*layers)
            self.source = source

        def extra_repr(self):
            return f"from {self.source}"

    layers, volume = [], feature_shape
    if nn.Flatten not in map(type, model):
        raise ValueError("nothing is flattened")
    for layer in model:
        if isinstance(layer, nn.Linear):
            weight, bias = (
                one.detach().clone() for one in fc_to_conv(layer.weight, layer.bias, volume)
            )
            conv = nn.Conv2d(weight.shape[1], len(weight), weight.shape[2:]).to(weight)
            conv.weight, conv.bias = nn.Parameter(weight), nn.Parameter(bias)
            layers.append(conv)
            volume = (len(weight), 1, 1)
        elif not isinstance(layer, nn.Flatten):
            layers.append(copy.deepcopy(layer))
    return FullyConvolutional(layers, type(model).__name__).train(model.training)


def chaff__wrapped(model, feature_shape):
    """Converts nothing, and gives the old scores two more axes."""
    import copy

    class Converted(nn.Sequential):
        def forward(self, images):
            return super().forward(images)[:, :, None, None]

    return Converted(*copy.deepcopy(model)).train(model.training)


def chaff__global_pooling(model, feature_shape):
    """Keeps the Linear layers and pools every image down to one size."""
    import copy

    at = [type(layer) for layer in model].index(nn.Flatten)
    layers = list(copy.deepcopy(model))
    pool = nn.AdaptiveAvgPool2d(tuple(feature_shape[1:]))
    head = nn.Unflatten(1, (-1, 1, 1))
    return nn.Sequential(*layers[:at], pool, *layers[at:], head).train(model.training)


CHAFFS = (
    # Returns a copy where there is nothing to convert.
    chaff("no_refusal", ("if shape is None:", "if False:"), band="style"),
    # Keeps Flatten behind the new convolutions.
    chaff(
        "flatten_stays",
        ("nn.Sequential(*layers)", "nn.Sequential(*layers, nn.Flatten())"),
        base=wheat__by_index,
        band="idea",
    ),
    chaff("wrapped", base=chaff__wrapped, band="idea"),
    # Hides Flatten from whoever looks at leaves alone.
    chaff(
        "flatten_has_a_layer",
        (
            "shape = feature_shape",
            """
            shape = feature_shape
            layers.append(copy.deepcopy(layer))
            layers[-1].add_module("under", nn.Identity())
            """,
        ),
        band="idea",
    ),
    # Unflattens rows first, channels last.
    chaff(
        "channels_last",
        (
            "conv.weight.copy_(w)",
            "conv.weight.copy_(w.reshape(len(w), *w.shape[2:], -1).permute(0, 3, 1, 2))",
        ),
        band="idea",
    ),
    # New layers of the right shapes, with new weights.
    chaff(
        "random_weights",
        ("conv.weight[:] = w", ""),
        ("conv.bias[:] = b", "pass"),
        base=wheat__nested,
        band="idea",
    ),
    # The biases stay random... or rather zero.
    chaff("no_bias", ("conv.bias.copy_(b)", "conv.bias.zero_()"), band="slip"),
    # Takes the layers that stay over as they are.
    chaff("shares_features", ("copy.deepcopy(layer)", "layer"), band="style"),
    # nn.Parameter of a view: the converted layers share memory with the old ones.
    chaff(
        "shares_views",
        ("conv.weight.copy_(w)", "conv.weight = nn.Parameter(w.detach())"),
        band="style",
    ),
    # Copies the weights, hands the bias over.
    chaff("shares_bias", ("conv.bias.copy_(b)", "conv.bias = layer.bias"), band="style"),
    # Replaces the model's own layers, and returns a copy of it.
    chaff(
        "in_place",
        ("model = copy.deepcopy(model)", ""),
        ("model.train(model.training)", "copy.deepcopy(model.train(model.training))"),
        base=wheat__copy_first,
        band="style",
    ),
    # Puts the model, and with it the copy, into eval mode.
    chaff(
        "sets_eval",
        ("layers, shape = [], None", "layers, shape = [], None; model.eval()"),
        band="style",
    ),
    # The new layers are in train mode whatever the model is in.
    chaff(
        "mode_lost",
        ("conv.train(layer.training)", "conv"),
        ("converted.training = model.training", ""),
        band="style",
    ),
    # Drops the layers that are active in training only.
    chaff("dropout_lost", ("else:", "elif not isinstance(layer, nn.Dropout):"), band="slip"),
    # A new Dropout with the default rate.
    chaff(
        "new_dropout",
        (
            "copy.deepcopy(layer)",
            "nn.Dropout() if isinstance(layer, nn.Dropout) else copy.deepcopy(layer)",
        ),
        base=wheat__by_index,
        band="slip",
    ),
    # Behind Flatten only the Linear layers are kept.
    chaff("relu_lost", ("else:", "elif shape is None:"), band="idea"),
    # Converts the first Linear, and leaves the others as they are.
    chaff("only_first", ("and shape is not None", "and shape is feature_shape"), band="idea"),
    chaff("global_pooling", base=chaff__global_pooling, band="idea"),
    # New layers in float32, on the model's device.
    chaff("default_dtype", ("device=w.device, dtype=w.dtype", "device=w.device"), band="style"),
    # New layers on the CPU, in the model's dtype.
    chaff(
        "default_device",
        ("device=w.device, ", ""),
        ("conv.weight.copy_(w)", "if not w.is_meta: conv.weight.copy_(w)"),
        ("conv.bias.copy_(b)", "if not b.is_meta: conv.bias.copy_(b)"),
        band="style",
    ),
    # Returns the layers in a list.
    chaff("a_list", ("return converted", "return layers"), band="idea"),
    # A padding that keeps the map as large as the features.
    chaff("padded_head", ("dtype=w.dtype", 'dtype=w.dtype, padding="same"'), band="idea"),
    # The converted layer moves by its own size: right on images of the old size only.
    chaff(
        "strided_head", ("dtype=w.dtype", "dtype=w.dtype, stride=tuple(w.shape[2:])"), band="slip"
    ),
)
