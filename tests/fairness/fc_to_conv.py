"""Right and wrong answers to `fc_to_conv`, as students write them."""

# fc_to_conv


def wheat__fc_to_conv__view(weight, bias, input_shape):
    """One view, and the bias as it is."""
    return weight.view(weight.shape[0], *input_shape), bias


def wheat__fc_to_conv__unflatten(weight, bias, input_shape):
    """torch's own unflatten, results in a list, and copies."""
    print("unflattening", tuple(weight.shape))
    return [torch.unflatten(weight, 1, tuple(input_shape)).clone(), bias.clone()]


def wheat__fc_to_conv__loops(weight, bias, input_shape):
    """Four loops over the definition, into a new tensor."""
    C, H, W = input_shape
    w = torch.zeros(len(weight), C, H, W, dtype=weight.dtype, device=weight.device)
    for c in range(C):
        for i in range(H):
            for j in range(W):
                w[:, c, i, j] = weight[:, c * H * W + i * W + j]
    return w, bias.detach().clone()


def wheat__fc_to_conv__not_contiguous(weight, bias, input_shape):
    """Columns first: a result whose memory lies in another order."""
    import warnings

    warnings.warn("the result is not contiguous")
    C, H, W = input_shape
    return weight.t().contiguous().reshape(C, H, W, -1).permute(3, 0, 1, 2), bias


def wheat__fc_to_conv__module(weight, bias, input_shape):
    """By way of an nn.Conv2d, whose parameters are returned."""
    C, H, W = input_shape
    conv = nn.Conv2d(C, weight.shape[0], (H, W), dtype=weight.dtype, device=weight.device)
    conv.weight = nn.Parameter(weight.detach().reshape(-1, C, H, W).clone())
    conv.bias = nn.Parameter(bias.detach().clone())
    return conv.weight, conv.bias


def chaff__fc_to_conv__channels_last(weight, bias, input_shape):
    """Takes the features to be flattened rows first, channels last."""
    C, H, W = input_shape
    return weight.reshape(-1, H, W, C).permute(0, 3, 1, 2), bias


def chaff__fc_to_conv__rows_and_columns(weight, bias, input_shape):
    """Rows and columns swapped, in the right shape."""
    C, H, W = input_shape
    return weight.reshape(-1, C, W, H).transpose(2, 3), bias


def chaff__fc_to_conv__swapped_shape(weight, bias, input_shape):
    """The last two axes in the wrong order."""
    C, H, W = input_shape
    return weight.reshape(-1, C, W, H), bias


def chaff__fc_to_conv__flipped(weight, bias, input_shape):
    """A true convolution: the filters are flipped."""
    return weight.reshape(-1, *input_shape).flip(2, 3), bias


def chaff__fc_to_conv__transposed_weight(weight, bias, input_shape):
    """Takes weight to be (inputs, outputs)."""
    return weight.t().reshape(-1, *input_shape), bias


def chaff__fc_to_conv__no_bias(weight, bias, input_shape):
    """The bias is lost."""
    return weight.reshape(-1, *input_shape), torch.zeros_like(bias)


def chaff__fc_to_conv__bias_with_axes(weight, bias, input_shape):
    """The bias gets axes to broadcast with."""
    return weight.reshape(-1, *input_shape), bias.reshape(1, -1, 1, 1)


def chaff__fc_to_conv__only_w(weight, bias, input_shape):
    """Returns the filters and forgets the bias."""
    return weight.reshape(-1, *input_shape)


def chaff__fc_to_conv__wrong_order(weight, bias, input_shape):
    """(b, w) for (w, b)."""
    return bias, weight.reshape(-1, *input_shape)


def chaff__fc_to_conv__square(weight, bias, input_shape):
    """Square volumes only."""
    C, H, W = input_shape
    side = int((weight.shape[1] // C) ** 0.5)
    return weight.reshape(-1, C, side, side), bias


def chaff__fc_to_conv__always_float32(weight, bias, input_shape):
    """Everything becomes float32."""
    return weight.float().reshape(-1, *input_shape), bias.float()


def chaff__fc_to_conv__through_numpy(weight, bias, input_shape):
    """By way of NumPy, so on the CPU only."""
    w = weight.detach().cpu().numpy().reshape(-1, *input_shape)
    return torch.from_numpy(w), torch.from_numpy(bias.detach().cpu().numpy())


def chaff__fc_to_conv__moves_to_cpu(weight, bias, input_shape):
    """Makes its result on the default device."""
    w = torch.zeros(len(weight), *input_shape, dtype=weight.dtype)
    b = torch.zeros(len(bias), dtype=bias.dtype)
    if weight.device.type != "meta":
        w, b = w.copy_(weight.reshape(w.shape)), b.copy_(bias)
    return w, b


def chaff__fc_to_conv__arrays(weight, bias, input_shape):
    """Gives NumPy arrays."""
    return weight.detach().numpy().reshape(-1, *input_shape), bias.detach().numpy()


def chaff__fc_to_conv__resizes_the_argument(weight, bias, input_shape):
    """Changes the shape of the argument itself."""
    weight.resize_(len(weight), *input_shape)
    return weight.clone(), bias.clone()


def chaff__fc_to_conv__zeroes_the_argument(weight, bias, input_shape):
    """Empties its arguments after use."""
    w, b = weight.reshape(-1, *input_shape).clone(), bias.clone()
    bias.zero_()
    return w, b


def chaff__fc_to_conv__lookup(weight, bias, input_shape):
    """Knows the visible case only."""
    w = torch.arange(2.0 * np.prod(input_shape), device=weight.device, dtype=weight.dtype)
    w = w.repeat(len(weight))[: weight.numel()]
    return w.reshape(-1, *input_shape), bias


# conv_to_fc


def wheat__conv_to_fc__loops(w, b, input_shape, *, stride=1, pad=0):
    """Loops over filters, places and taps."""
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    weight = torch.zeros(F * OH * OW, C * H * W, dtype=w.dtype, device=w.device)
    bias = torch.zeros(F * OH * OW, dtype=b.dtype, device=b.device)
    for f in range(F):
        for i in range(OH):
            for j in range(OW):
                row = (f * OH + i) * OW + j
                bias[row] = b[f]
                for c in range(C):
                    for u in range(KH):
                        for v in range(KW):
                            r, s = i * stride + u - pad, j * stride + v - pad
                            if 0 <= r < H and 0 <= s < W:
                                weight[row, (c * H + r) * W + s] = w[f, c, u, v]
    return weight, bias


def wheat__conv_to_fc__own_refusal(w, b, input_shape, *, stride=1, pad=0):
    """Its own message, a padded canvas that is cut, results in a list."""

    def count(size, kernel, what):
        if (size - kernel + 2 * pad) % stride:
            raise ValueError(f"{what}: {size=} {kernel=} {stride=} {pad=} leave pixels over")
        return (size - kernel + 2 * pad) // stride + 1

    F, C, KH, KW = w.shape
    _, H, W = input_shape
    OH, OW = count(H, KH, "height"), count(W, KW, "width")
    full = w.new_zeros((F, OH, OW, C, H + 2 * pad, W + 2 * pad))
    for i in range(OH):
        for j in range(OW):
            full[:, i, j, :, i * stride : i * stride + KH, j * stride : j * stride + KW] = w
    weight = full[..., pad : pad + H, pad : pad + W].reshape(F * OH * OW, C * H * W)
    return [weight, b[:, None].expand(F, OH * OW).reshape(-1)]


def wheat__conv_to_fc__unfold(w, b, input_shape, *, stride=1, pad=0):
    """im2col of the identity, times the filters."""
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    n = C * H * W
    eye = torch.eye(n, dtype=w.dtype, device=w.device).reshape(n, C, H, W)
    cols = torch.nn.functional.unfold(eye, (KH, KW), padding=pad, stride=stride)  # (n, CKK, P)
    weight = torch.einsum("fk,nkp->fpn", w.reshape(F, -1), cols)
    return weight.reshape(-1, n), torch.repeat_interleave(b, OH * OW)


def wheat__conv_to_fc__autograd(w, b, input_shape, *, stride=1, pad=0):
    """The matrix is the Jacobian of the convolution: one backward pass for each row."""
    C, H, W = input_shape
    conv_output_size(H, w.shape[2], stride=stride, pad=pad)
    conv_output_size(W, w.shape[3], stride=stride, pad=pad)
    x = torch.zeros(1, C, H, W, dtype=w.dtype, device=w.device, requires_grad=True)
    out = torch.nn.functional.conv2d(x, w.detach(), stride=stride, padding=pad)
    rows = []
    for index in range(out.numel()):
        one = torch.zeros_like(out).flatten()
        one[index] = 1
        rows.append(torch.autograd.grad(out, x, one.reshape(out.shape), retain_graph=True)[0])
    places = out.shape[2] * out.shape[3]
    return torch.cat(rows).flatten(1), torch.cat([value.repeat(places) for value in b.unbind()])


def chaff__conv_to_fc__stride_ignored(w, b, input_shape, *, stride=1, pad=0):
    """Checks the stride and then forgets it."""
    C, H, W = input_shape
    conv_output_size(H, w.shape[2], stride=stride, pad=pad)
    conv_output_size(W, w.shape[3], stride=stride, pad=pad)
    ones = torch.eye(C * H * W, dtype=w.dtype, device=w.device).reshape(-1, C, H, W)
    out = nn.functional.conv2d(ones, w, padding=pad)
    return out.flatten(1).T, b.repeat_interleave(out[0, 0].numel())


def chaff__conv_to_fc__pad_ignored(w, b, input_shape, *, stride=1, pad=0):
    """Checks the padding and then forgets it."""
    C, H, W = input_shape
    conv_output_size(H, w.shape[2], stride=stride, pad=pad)
    conv_output_size(W, w.shape[3], stride=stride, pad=pad)
    ones = torch.eye(C * H * W, dtype=w.dtype, device=w.device).reshape(-1, C, H, W)
    out = nn.functional.conv2d(ones, w, stride=stride)
    return out.flatten(1).T, b.repeat_interleave(out[0, 0].numel())


def chaff__conv_to_fc__padding_has_columns(w, b, input_shape, *, stride=1, pad=0):
    """A column for every value of the padded input."""
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    full = w.new_zeros((F, OH, OW, C, H + 2 * pad, W + 2 * pad))
    for i in range(OH):
        for j in range(OW):
            full[:, i, j, :, i * stride : i * stride + KH, j * stride : j * stride + KW] = w
    return full.reshape(F * OH * OW, -1), b.repeat_interleave(OH * OW)


def chaff__conv_to_fc__tap_not_clipped(w, b, input_shape, *, stride=1, pad=0):
    """A tap left of the image wraps to the other side."""
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    full = w.new_zeros((F, OH, OW, C, H, W))
    for i in range(OH):
        for j in range(OW):
            for u in range(KH):
                for v in range(KW):
                    r, s = (i * stride + u - pad) % H, (j * stride + v - pad) % W
                    full[:, i, j, :, r, s] += w[:, :, u, v]
    return full.reshape(F * OH * OW, -1), b.repeat_interleave(OH * OW)


def chaff__conv_to_fc__flipped(w, b, input_shape, *, stride=1, pad=0):
    """Flips the filter: a true convolution."""
    C, H, W = input_shape
    conv_output_size(H, w.shape[2], stride=stride, pad=pad)
    conv_output_size(W, w.shape[3], stride=stride, pad=pad)
    ones = torch.eye(C * H * W, dtype=w.dtype, device=w.device).reshape(-1, C, H, W)
    out = nn.functional.conv2d(ones, w.flip(2, 3), stride=stride, padding=pad)
    return out.flatten(1).T, b.repeat_interleave(out[0, 0].numel())


def chaff__conv_to_fc__not_transposed(w, b, input_shape, *, stride=1, pad=0):
    """The matrix lies on its side."""
    C, H, W = input_shape
    conv_output_size(H, w.shape[2], stride=stride, pad=pad)
    conv_output_size(W, w.shape[3], stride=stride, pad=pad)
    ones = torch.eye(C * H * W, dtype=w.dtype, device=w.device).reshape(-1, C, H, W)
    out = nn.functional.conv2d(ones, w, stride=stride, padding=pad)
    return out.flatten(1), b.repeat_interleave(out[0, 0].numel())


def chaff__conv_to_fc__filters_last(w, b, input_shape, *, stride=1, pad=0):
    """Rows ordered place first, filter last, biases likewise."""
    C, H, W = input_shape
    conv_output_size(H, w.shape[2], stride=stride, pad=pad)
    conv_output_size(W, w.shape[3], stride=stride, pad=pad)
    ones = torch.eye(C * H * W, dtype=w.dtype, device=w.device).reshape(-1, C, H, W)
    out = nn.functional.conv2d(ones, w, stride=stride, padding=pad).permute(0, 2, 3, 1)
    return out.flatten(1).T, b.repeat(out.shape[1] * out.shape[2])


def chaff__conv_to_fc__bias_tiled(w, b, input_shape, *, stride=1, pad=0):
    """The matrix is right, the biases alternate."""
    C, H, W = input_shape
    conv_output_size(H, w.shape[2], stride=stride, pad=pad)
    conv_output_size(W, w.shape[3], stride=stride, pad=pad)
    ones = torch.eye(C * H * W, dtype=w.dtype, device=w.device).reshape(-1, C, H, W)
    out = nn.functional.conv2d(ones, w, stride=stride, padding=pad)
    return out.flatten(1).T, b.repeat(out[0, 0].numel())


def chaff__conv_to_fc__bias_not_repeated(w, b, input_shape, *, stride=1, pad=0):
    """One bias for each filter, not for each output."""
    C, H, W = input_shape
    conv_output_size(H, w.shape[2], stride=stride, pad=pad)
    conv_output_size(W, w.shape[3], stride=stride, pad=pad)
    ones = torch.eye(C * H * W, dtype=w.dtype, device=w.device).reshape(-1, C, H, W)
    return nn.functional.conv2d(ones, w, stride=stride, padding=pad).flatten(1).T, b.clone()


def chaff__conv_to_fc__bias_in_the_matrix(w, b, input_shape, *, stride=1, pad=0):
    """The answers to the unit inputs contain the bias."""
    C, H, W = input_shape
    conv_output_size(H, w.shape[2], stride=stride, pad=pad)
    conv_output_size(W, w.shape[3], stride=stride, pad=pad)
    ones = torch.eye(C * H * W, dtype=w.dtype, device=w.device).reshape(-1, C, H, W)
    out = nn.functional.conv2d(ones, w, b, stride=stride, padding=pad)
    return out.flatten(1).T, b.repeat_interleave(out[0, 0].numel())


def chaff__conv_to_fc__floors(w, b, input_shape, *, stride=1, pad=0):
    """Refuses nothing: rounds down as PyTorch does."""
    C, H, W = input_shape
    ones = torch.eye(C * H * W, dtype=w.dtype, device=w.device).reshape(-1, C, H, W)
    out = nn.functional.conv2d(ones, w, stride=stride, padding=pad)
    return out.flatten(1).T, b.repeat_interleave(out[0, 0].numel())


def chaff__conv_to_fc__checks_rows_only(w, b, input_shape, *, stride=1, pad=0):
    """Looks at the rows only."""
    C, H, W = input_shape
    conv_output_size(H, w.shape[2], stride=stride, pad=pad)
    ones = torch.eye(C * H * W, dtype=w.dtype, device=w.device).reshape(-1, C, H, W)
    out = nn.functional.conv2d(ones, w, stride=stride, padding=pad)
    return out.flatten(1).T, b.repeat_interleave(out[0, 0].numel())


def chaff__conv_to_fc__message_without_numbers(w, b, input_shape, *, stride=1, pad=0):
    """Refuses without saying what."""
    C, H, W = input_shape
    for size, kernel in zip((H, W), w.shape[2:]):
        if (size - kernel + 2 * pad) % stride:
            raise ValueError("the sizes do not fit")
    ones = torch.eye(C * H * W, dtype=w.dtype, device=w.device).reshape(-1, C, H, W)
    out = nn.functional.conv2d(ones, w, stride=stride, padding=pad)
    return out.flatten(1).T, b.repeat_interleave(out[0, 0].numel())


def chaff__conv_to_fc__refuses_every_stride(w, b, input_shape, *, stride=1, pad=0):
    """Wants the size itself to be a multiple of the stride."""
    C, H, W = input_shape
    for size, kernel in zip((H, W), w.shape[2:]):
        if size % stride:
            raise ValueError(f"{size}, {kernel}, {stride}, {pad}")
        conv_output_size(size, kernel, stride=stride, pad=pad)
    ones = torch.eye(C * H * W, dtype=w.dtype, device=w.device).reshape(-1, C, H, W)
    out = nn.functional.conv2d(ones, w, stride=stride, padding=pad)
    return out.flatten(1).T, b.repeat_interleave(out[0, 0].numel())


def chaff__conv_to_fc__square(w, b, input_shape, *, stride=1, pad=0):
    """Uses the rows' count for the columns too."""
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    conv_output_size(W, KW, stride=stride, pad=pad)
    OW = OH
    weight = torch.zeros(F * OH * OW, C * H * W, dtype=w.dtype, device=w.device)
    for i in range(OH):
        for j in range(OW):
            for u in range(KH):
                for v in range(KW):
                    r, s = i * stride + u - pad, j * stride + v - pad
                    if 0 <= r < H and 0 <= s < W:
                        for f in range(F):
                            for c in range(C):
                                weight[(f * OH + i) * OW + j, (c * H + r) * W + s] = w[f, c, u, v]
    return weight, b.repeat_interleave(OH * OW)


def chaff__conv_to_fc__default_dtype(w, b, input_shape, *, stride=1, pad=0):
    """float32 whatever comes in."""
    C, H, W = input_shape
    conv_output_size(H, w.shape[2], stride=stride, pad=pad)
    conv_output_size(W, w.shape[3], stride=stride, pad=pad)
    ones = torch.eye(C * H * W, device=w.device).reshape(-1, C, H, W)
    out = nn.functional.conv2d(ones, w.float(), stride=stride, padding=pad)
    return out.flatten(1).T, b.float().repeat_interleave(out[0, 0].numel())


def chaff__conv_to_fc__default_device(w, b, input_shape, *, stride=1, pad=0):
    """Makes the identity on the CPU wherever the filters are."""
    C, H, W = input_shape
    conv_output_size(H, w.shape[2], stride=stride, pad=pad)
    conv_output_size(W, w.shape[3], stride=stride, pad=pad)
    ones = torch.eye(C * H * W, dtype=w.dtype, device="cpu").reshape(-1, C, H, W)
    out = nn.functional.conv2d(ones, w.cpu(), stride=stride, padding=pad)
    return out.flatten(1).T, b.repeat_interleave(out[0, 0].numel())


def chaff__conv_to_fc__averages(w, b, input_shape, *, stride=1, pad=0):
    """Divides by the number of taps."""
    C, H, W = input_shape
    conv_output_size(H, w.shape[2], stride=stride, pad=pad)
    conv_output_size(W, w.shape[3], stride=stride, pad=pad)
    ones = torch.eye(C * H * W, dtype=w.dtype, device=w.device).reshape(-1, C, H, W)
    out = nn.functional.conv2d(ones, w, stride=stride, padding=pad) / w[0].numel()
    return out.flatten(1).T, b.repeat_interleave(out[0, 0].numel())


def chaff__conv_to_fc__changes_w(w, b, input_shape, *, stride=1, pad=0):
    """Flips w in place, and works with the flipped one flipped."""
    C, H, W = input_shape
    conv_output_size(H, w.shape[2], stride=stride, pad=pad)
    conv_output_size(W, w.shape[3], stride=stride, pad=pad)
    ones = torch.eye(C * H * W, dtype=w.dtype, device=w.device).reshape(-1, C, H, W)
    out = nn.functional.conv2d(ones, w, stride=stride, padding=pad).clone()
    with torch.no_grad():
        w.mul_(2)
    return out.flatten(1).T, b.repeat_interleave(out[0, 0].numel())


# convolutionalize


def wheat__convolutionalize__by_index(model, feature_shape):
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


def wheat__convolutionalize__copy_first(model, feature_shape):
    """Works on a deep copy, and puts an Identity where Flatten was."""
    import copy

    model = copy.deepcopy(model)
    first = True
    for index, layer in enumerate(model):
        if isinstance(layer, nn.Flatten):
            model[index] = nn.Identity()
        if isinstance(layer, nn.Linear):
            kernel = tuple(feature_shape[1:]) if first else (1, 1)
            channels = feature_shape[0] if first else layer.in_features
            conv = nn.Conv2d(channels, layer.out_features, kernel).to(layer.weight)
            conv.weight.data.copy_(layer.weight.data.reshape(conv.weight.shape))
            conv.bias.data.copy_(layer.bias.data)
            model[index], first = conv, False
    return model.train(model.training)


def wheat__convolutionalize__ordered(model, feature_shape):
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
            like = {"device": layer.weight.device, "dtype": layer.weight.dtype}
            conv = nn.Conv2d(C, layer.out_features, kernel_size=(H, W), **like)
            weight = layer.weight.reshape(-1, C, H, W)
            conv.load_state_dict({"weight": weight, "bias": layer.bias})
            named[f"conv{name}"], shape = conv, (layer.out_features, 1, 1)
        else:
            named[name] = copy.deepcopy(layer)
    converted = nn.Sequential(named)
    return converted.train() if model.training else converted.eval()


def wheat__convolutionalize__nested(model, feature_shape):
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
    parts = [part for part in (features, head) if len(part)]
    return nn.Sequential(*parts).train(model.training)


def wheat__convolutionalize__own_sequential(model, feature_shape):
    """A Sequential of its own kind, which says how it came about and runs like any other."""
    import copy

    class FullyConvolutional(nn.Sequential):
        def __init__(self, layers, source):
            super().__init__(*layers)
            self.source = source

        def extra_repr(self):
            return f"from {self.source}"

    layers, volume = [], feature_shape
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


def chaff__convolutionalize__flatten_stays(model, feature_shape):
    """Keeps Flatten behind the new convolutions."""
    import copy

    layers, shape = [], feature_shape
    for layer in model:
        if isinstance(layer, nn.Linear):
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:], device=w.device, dtype=w.dtype)
            with torch.no_grad():
                conv.weight.copy_(w)
                conv.bias.copy_(b)
            layers.append(conv)
            shape = (len(w), 1, 1)
        elif not isinstance(layer, nn.Flatten):
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers, nn.Flatten()).train(model.training)


def chaff__convolutionalize__wrapped(model, feature_shape):
    """Converts nothing, and gives the old scores two more axes."""
    import copy

    class Converted(nn.Sequential):
        def forward(self, images):
            return super().forward(images)[:, :, None, None]

    return Converted(*copy.deepcopy(model)).train(model.training)


def chaff__convolutionalize__flatten_has_a_layer(model, feature_shape):
    """Hides Flatten from whoever looks at leaves alone."""
    import copy

    layers, shape = [], feature_shape
    for layer in copy.deepcopy(model):
        if isinstance(layer, nn.Linear):
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:], device=w.device, dtype=w.dtype)
            with torch.no_grad():
                conv.weight.copy_(w)
                conv.bias.copy_(b)
            layer, shape = conv, (len(w), 1, 1)
        elif isinstance(layer, nn.Flatten):
            layer.add_module("under", nn.Identity())
        layers.append(layer)
    return nn.Sequential(*layers).train(model.training)


def chaff__convolutionalize__channels_last(model, feature_shape):
    """Unflattens rows first, channels last."""
    import copy

    layers, shape = [], feature_shape
    for layer in model:
        if isinstance(layer, nn.Linear):
            C, H, W = shape
            w = layer.weight.reshape(-1, H, W, C).permute(0, 3, 1, 2)
            conv = nn.Conv2d(C, len(w), (H, W), device=w.device, dtype=w.dtype)
            with torch.no_grad():
                conv.weight.copy_(w)
                conv.bias.copy_(layer.bias)
            layers.append(conv)
            shape = (len(w), 1, 1)
        elif not isinstance(layer, nn.Flatten):
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers).train(model.training)


def chaff__convolutionalize__random_weights(model, feature_shape):
    """New layers of the right shapes, with new weights."""
    import copy

    layers, shape = [], feature_shape
    for layer in model:
        if isinstance(layer, nn.Linear):
            like = {"device": layer.weight.device, "dtype": layer.weight.dtype}
            layers.append(nn.Conv2d(shape[0], layer.out_features, shape[1:], **like))
            shape = (layer.out_features, 1, 1)
        elif not isinstance(layer, nn.Flatten):
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers).train(model.training)


def chaff__convolutionalize__no_bias(model, feature_shape):
    """The biases stay random... or rather zero."""
    import copy

    layers, shape = [], feature_shape
    for layer in model:
        if isinstance(layer, nn.Linear):
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:], device=w.device, dtype=w.dtype)
            with torch.no_grad():
                conv.weight.copy_(w)
                conv.bias.zero_()
            layers.append(conv)
            shape = (len(w), 1, 1)
        elif not isinstance(layer, nn.Flatten):
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers).train(model.training)


def chaff__convolutionalize__shares_features(model, feature_shape):
    """Takes the layers that stay over as they are."""
    layers, shape = [], feature_shape
    for layer in model:
        if isinstance(layer, nn.Linear):
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:], device=w.device, dtype=w.dtype)
            with torch.no_grad():
                conv.weight.copy_(w)
                conv.bias.copy_(b)
            layers.append(conv)
            shape = (len(w), 1, 1)
        elif not isinstance(layer, nn.Flatten):
            layers.append(layer)
    return nn.Sequential(*layers).train(model.training)


def chaff__convolutionalize__shares_views(model, feature_shape):
    """nn.Parameter of a view: the converted layers share memory with the old ones."""
    import copy

    layers, shape = [], feature_shape
    for layer in model:
        if isinstance(layer, nn.Linear):
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:])
            conv.weight = nn.Parameter(w.detach())
            conv.bias = nn.Parameter(b.detach().clone())
            layers.append(conv)
            shape = (len(w), 1, 1)
        elif not isinstance(layer, nn.Flatten):
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers).train(model.training)


def chaff__convolutionalize__shares_bias(model, feature_shape):
    """Copies the weights, hands the bias over."""
    import copy

    layers, shape = [], feature_shape
    for layer in model:
        if isinstance(layer, nn.Linear):
            w, _ = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:])
            conv.weight = nn.Parameter(w.detach().clone())
            conv.bias = layer.bias
            layers.append(conv)
            shape = (len(w), 1, 1)
        elif not isinstance(layer, nn.Flatten):
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers).train(model.training)


def chaff__convolutionalize__in_place(model, feature_shape):
    """Replaces the model's own layers, and returns a copy of it."""
    import copy

    shape = feature_shape
    for index, layer in enumerate(model):
        if isinstance(layer, nn.Flatten):
            model[index] = nn.Identity()
        if isinstance(layer, nn.Linear):
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:])
            conv.weight = nn.Parameter(w.detach().clone())
            conv.bias = nn.Parameter(b.detach().clone())
            model[index] = conv.train(layer.training)
            shape = (len(w), 1, 1)
    return copy.deepcopy(model)


def chaff__convolutionalize__sets_eval(model, feature_shape):
    """Puts the model, and with it the copy, into eval mode."""
    import copy

    model.eval()
    layers, shape = [], feature_shape
    for layer in model:
        if isinstance(layer, nn.Linear):
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:])
            conv.weight = nn.Parameter(w.detach().clone())
            conv.bias = nn.Parameter(b.detach().clone())
            layers.append(conv)
            shape = (len(w), 1, 1)
        elif not isinstance(layer, nn.Flatten):
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers).eval()


def chaff__convolutionalize__mode_lost(model, feature_shape):
    """The new layers are in train mode whatever the model is in."""
    import copy

    layers, shape = [], feature_shape
    for layer in model:
        if isinstance(layer, nn.Linear):
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:])
            conv.weight = nn.Parameter(w.detach().clone())
            conv.bias = nn.Parameter(b.detach().clone())
            layers.append(conv)
            shape = (len(w), 1, 1)
        elif not isinstance(layer, nn.Flatten):
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers)


def chaff__convolutionalize__dropout_lost(model, feature_shape):
    """Knows Conv2d, pooling and ReLU, and drops the rest."""
    import copy

    layers, shape = [], feature_shape
    for layer in model:
        if isinstance(layer, nn.Linear):
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:])
            conv.weight = nn.Parameter(w.detach().clone())
            conv.bias = nn.Parameter(b.detach().clone())
            layers.append(conv)
            shape = (len(w), 1, 1)
        elif not isinstance(layer, (nn.Flatten, nn.Dropout)):
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers).train(model.training)


def chaff__convolutionalize__new_dropout(model, feature_shape):
    """A new Dropout with the default rate."""
    import copy

    layers, shape = [], feature_shape
    for layer in model:
        if isinstance(layer, nn.Linear):
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:])
            conv.weight = nn.Parameter(w.detach().clone())
            conv.bias = nn.Parameter(b.detach().clone())
            layers.append(conv)
            shape = (len(w), 1, 1)
        elif isinstance(layer, nn.Dropout):
            layers.append(nn.Dropout())
        elif not isinstance(layer, nn.Flatten):
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers).train(model.training)


def chaff__convolutionalize__relu_lost(model, feature_shape):
    """Behind Flatten only the Linear layers are kept."""
    import copy

    at = [type(layer) for layer in model].index(nn.Flatten)
    layers, shape = list(copy.deepcopy(model[:at])), feature_shape
    for layer in model[at:]:
        if isinstance(layer, nn.Linear):
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:])
            conv.weight = nn.Parameter(w.detach().clone())
            conv.bias = nn.Parameter(b.detach().clone())
            layers.append(conv)
            shape = (len(w), 1, 1)
    return nn.Sequential(*layers).train(model.training)


def chaff__convolutionalize__only_first(model, feature_shape):
    """Converts the first Linear, and leaves the others as they are."""
    import copy

    layers, done = [], False
    for layer in model:
        if isinstance(layer, nn.Linear) and not done:
            w, b = fc_to_conv(layer.weight, layer.bias, feature_shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:])
            conv.weight = nn.Parameter(w.detach().clone())
            conv.bias = nn.Parameter(b.detach().clone())
            layers.append(conv)
            done = True
        elif not isinstance(layer, nn.Flatten):
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers).train(model.training)


def chaff__convolutionalize__global_pooling(model, feature_shape):
    """Keeps the Linear layers and pools every image down to one size."""
    import copy

    at = [type(layer) for layer in model].index(nn.Flatten)
    layers = list(copy.deepcopy(model))
    pool = nn.AdaptiveAvgPool2d(tuple(feature_shape[1:]))
    head = nn.Unflatten(1, (-1, 1, 1))
    return nn.Sequential(*layers[:at], pool, *layers[at:], head).train(model.training)


def chaff__convolutionalize__default_dtype(model, feature_shape):
    """New layers in float32, on the model's device."""
    import copy

    layers, shape = [], feature_shape
    for layer in model:
        if isinstance(layer, nn.Linear):
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:], device=w.device)
            with torch.no_grad():
                conv.weight.copy_(w)
                conv.bias.copy_(b)
            layers.append(conv)
            shape = (len(w), 1, 1)
        elif not isinstance(layer, nn.Flatten):
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers).train(model.training)


def chaff__convolutionalize__default_device(model, feature_shape):
    """New layers on the CPU, in the model's dtype."""
    import copy

    layers, shape = [], feature_shape
    for layer in model:
        if isinstance(layer, nn.Linear):
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:], dtype=w.dtype)
            if w.device.type != "meta":
                with torch.no_grad():
                    conv.weight.copy_(w)
                    conv.bias.copy_(b)
            layers.append(conv)
            shape = (len(w), 1, 1)
        elif not isinstance(layer, nn.Flatten):
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers).train(model.training)


def chaff__convolutionalize__a_list(model, feature_shape):
    """Returns the layers in a list."""
    import copy

    layers, shape = [], feature_shape
    for layer in copy.deepcopy(model):
        if isinstance(layer, nn.Linear):
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:])
            conv.weight = nn.Parameter(w.detach().clone())
            conv.bias = nn.Parameter(b.detach().clone())
            layers.append(conv.train(model.training))
            shape = (len(w), 1, 1)
        elif not isinstance(layer, nn.Flatten):
            layers.append(layer)
    return layers


def chaff__convolutionalize__padded_head(model, feature_shape):
    """A padding that keeps the map as large as the features."""
    import copy

    layers, shape = [], feature_shape
    for layer in model:
        if isinstance(layer, nn.Linear):
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:], padding="same")
            conv.weight = nn.Parameter(w.detach().clone())
            conv.bias = nn.Parameter(b.detach().clone())
            layers.append(conv)
            shape = (len(w), 1, 1)
        elif not isinstance(layer, nn.Flatten):
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers).train(model.training)


def chaff__convolutionalize__strided_head(model, feature_shape):
    """The converted layer moves by its own size: right on images of the old size only."""
    import copy

    layers, shape = [], feature_shape
    for layer in model:
        if isinstance(layer, nn.Linear):
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:], stride=tuple(w.shape[2:]))
            conv.weight = nn.Parameter(w.detach().clone())
            conv.bias = nn.Parameter(b.detach().clone())
            layers.append(conv)
            shape = (len(w), 1, 1)
        elif not isinstance(layer, nn.Flatten):
            layers.append(copy.deepcopy(layer))
    return nn.Sequential(*layers).train(model.training)


# sliding_window_scores


def wheat__sliding_window_scores__fill_in(model, images, *, window, stride):
    """A tensor of zeros, filled in crop by crop, without gradient."""
    N, C, H, W = images.shape
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    out = None
    model.eval()
    with torch.no_grad():
        for i in range(OH):
            for j in range(OW):
                y, x = i * stride, j * stride
                scores = model(images[:, :, y : y + window, x : x + window])
                if out is None:
                    K = scores.shape[1]
                    out = torch.zeros(N, K, OH, OW, dtype=scores.dtype, device=scores.device)
                out[:, :, i, j] = scores
    return out


def wheat__sliding_window_scores__one_batch(model, images, *, window, stride):
    """Views of all windows, given to the network as one batch."""
    N, C, H, W = images.shape
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    crops = images.unfold(2, window, stride).unfold(3, window, stride)  # N C OH OW window window
    scores = model(crops.permute(0, 2, 3, 1, 4, 5).reshape(-1, C, window, window))
    return scores.reshape(N, OH, OW, -1).permute(0, 3, 1, 2)


def wheat__sliding_window_scores__unfold(model, images, *, window, stride):
    """nn.functional.unfold, its own refusal, and a copy that is contiguous."""

    def refuse_leftovers(name, size):
        if (size - window) % stride != 0:
            raise ValueError(f"{name} {size} minus window {window} is no multiple of {stride}")
        return (size - window) // stride + 1

    N, C, H, W = images.shape
    OH, OW = refuse_leftovers("height", H), refuse_leftovers("width", W)
    columns = torch.nn.functional.unfold(images, window, stride=stride)  # N, C·w·w, P
    crops = columns.transpose(1, 2).reshape(N * OH * OW, C, window, window)
    scores = model(crops).reshape(N, OH * OW, -1).transpose(1, 2)
    return scores.reshape(N, -1, OH, OW).contiguous()


def wheat__sliding_window_scores__image_by_image(model, images, *, window, stride):
    """One image and one crop at a time, lists all the way; warns."""
    import warnings

    warnings.warn("this takes a while")
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    maps = []
    for image in images:
        scores = [
            model(image[None, :, i * stride :, j * stride :][..., :window, :window])[0]
            for i in range(OH)
            for j in range(OW)
        ]
        maps.append(torch.stack(scores, dim=-1).unflatten(-1, (OH, OW)))
    return torch.stack(maps)


def wheat__sliding_window_scores__inference_mode(model, images, *, window, stride):
    """In inference mode, places counted in one loop, put into the map by index."""
    N, _, H, W = images.shape
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    with torch.inference_mode():
        scores = []
        for place in range(OH * OW):
            i, j = divmod(place, OW)
            crop = images.narrow(2, i * stride, window).narrow(3, j * stride, window)
            scores.append(model(crop.contiguous()))
        return torch.cat([one[..., None] for one in scores], dim=-1).view(N, -1, OH, OW)


def chaff__sliding_window_scores__stride_ignored(model, images, *, window, stride):
    """The right number of windows, one pixel apart."""
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    rows = [
        torch.stack([model(images[:, :, i : i + window, j : j + window]) for j in range(OW)], 2)
        for i in range(OH)
    ]
    return torch.stack(rows, 2)


def chaff__sliding_window_scores__side_by_side(model, images, *, window, stride):
    """Windows that do not overlap: stride taken to be the window."""
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    stride = min(stride, window)
    padded = nn.functional.pad(images, (0, OW * window, 0, OH * window))
    rows = []
    for i in range(OH):
        y = i * window
        row = [
            model(padded[:, :, y : y + window, j * window : (j + 1) * window]) for j in range(OW)
        ]
        rows.append(torch.stack(row, 2))
    return torch.stack(rows, 2)


def chaff__sliding_window_scores__swapped(model, images, *, window, stride):
    """The map is transposed."""
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    columns = []
    for j in range(OW):
        x = j * stride
        column = [
            model(images[:, :, i * stride : i * stride + window, x : x + window]) for i in range(OH)
        ]
        columns.append(torch.stack(column, 2))
    return torch.stack(columns, 2)


def chaff__sliding_window_scores__batch_mixed(model, images, *, window, stride):
    """All crops in one batch, images and places mixed up in the reshape."""
    N, C, H, W = images.shape
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    crops = images.unfold(2, window, stride).unfold(3, window, stride)
    scores = model(crops.permute(2, 3, 0, 1, 4, 5).reshape(-1, C, window, window))
    return scores.reshape(N, OH, OW, -1).permute(0, 3, 1, 2)


def chaff__sliding_window_scores__channels_mixed(model, images, *, window, stride):
    """Forgets that channels must stand before places."""
    N, C, H, W = images.shape
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    crops = images.unfold(2, window, stride).unfold(3, window, stride)
    scores = model(crops.permute(0, 2, 3, 1, 4, 5).reshape(-1, C, window, window))
    return scores.reshape(N, -1, OH, OW)


def chaff__sliding_window_scores__last_missing(model, images, *, window, stride):
    """range stops one window early."""
    H, W = images.shape[2:]
    conv_output_size(H, window, stride=stride)
    conv_output_size(W, window, stride=stride)
    rows = []
    for y in range(0, max(H - window, 1), stride):
        row = [
            model(images[:, :, y : y + window, x : x + window])
            for x in range(0, max(W - window, 1), stride)
        ]
        rows.append(torch.stack(row, 2))
    return torch.stack(rows, 2)


def chaff__sliding_window_scores__first_image(model, images, *, window, stride):
    """Scores the first image and repeats it for the others."""
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    rows = []
    for i in range(OH):
        y = i * stride
        row = [
            model(images[:1, :, y : y + window, j * stride : j * stride + window])
            for j in range(OW)
        ]
        rows.append(torch.stack(row, 2))
    return torch.stack(rows, 2).expand(len(images), -1, -1, -1)


def chaff__sliding_window_scores__places_last(model, images, *, window, stride):
    """(OH, OW, N, K) for (N, K, OH, OW)."""
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    rows = []
    for i in range(OH):
        y = i * stride
        row = [
            model(images[:, :, y : y + window, j * stride : j * stride + window]) for j in range(OW)
        ]
        rows.append(torch.stack(row))
    return torch.stack(rows)


def chaff__sliding_window_scores__probabilities(model, images, *, window, stride):
    """Softmax over the classes, which nobody asked for."""
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    rows = []
    for i in range(OH):
        y = i * stride
        row = [
            model(images[:, :, y : y + window, j * stride : j * stride + window]).softmax(1)
            for j in range(OW)
        ]
        rows.append(torch.stack(row, 2))
    return torch.stack(rows, 2)


def chaff__sliding_window_scores__converted(model, images, *, window, stride):
    """One pass of the converted network where the features are not pooled: wrong with padding."""
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    at = [type(layer) for layer in model].index(nn.Flatten)
    shape = model[:at](images[:, :, :window, :window]).shape[1:]
    scores = convolutionalize(model, shape)(images)[:, :, ::stride, ::stride]
    return scores[:, :, :OH, :OW]


def chaff__sliding_window_scores__floors(model, images, *, window, stride):
    """Drops what does not fit without a word."""
    rows = []
    for y in range(0, images.shape[2] - window + 1, stride):
        row = [
            model(images[:, :, y : y + window, x : x + window])
            for x in range(0, images.shape[3] - window + 1, stride)
        ]
        rows.append(torch.stack(row, 2))
    return torch.stack(rows, 2)


def chaff__sliding_window_scores__checks_columns_only(model, images, *, window, stride):
    """Looks at the columns only."""
    conv_output_size(images.shape[3], window, stride=stride)
    rows = []
    for y in range(0, images.shape[2] - window + 1, stride):
        row = [
            model(images[:, :, y : y + window, x : x + window])
            for x in range(0, images.shape[3] - window + 1, stride)
        ]
        rows.append(torch.stack(row, 2))
    return torch.stack(rows, 2)


def chaff__sliding_window_scores__asserts(model, images, *, window, stride):
    """An AssertionError where a ValueError is asked for."""
    H, W = images.shape[2:]
    assert (H - window) % stride == 0, f"{H} {window} {stride}"
    assert (W - window) % stride == 0, f"{W} {window} {stride}"
    rows = []
    for y in range(0, H - window + 1, stride):
        row = [
            model(images[:, :, y : y + window, x : x + window])
            for x in range(0, W - window + 1, stride)
        ]
        rows.append(torch.stack(row, 2))
    return torch.stack(rows, 2)


def chaff__sliding_window_scores__message_without_window(model, images, *, window, stride):
    """Names the size and the stride only."""
    H, W = images.shape[2:]
    for size in (H, W):
        if (size - window) % stride:
            raise ValueError(f"{size} does not fit stride {stride}")
    rows = []
    for y in range(0, H - window + 1, stride):
        row = [
            model(images[:, :, y : y + window, x : x + window])
            for x in range(0, W - window + 1, stride)
        ]
        rows.append(torch.stack(row, 2))
    return torch.stack(rows, 2)


def chaff__sliding_window_scores__default_dtype(model, images, *, window, stride):
    """Collects in a float32 tensor."""
    N, C, H, W = images.shape
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    K = model(images[:, :, :window, :window]).shape[1]
    out = torch.zeros(N, K, OH, OW, device=images.device)
    with torch.no_grad():
        for i in range(OH):
            for j in range(OW):
                y, x = i * stride, j * stride
                out[:, :, i, j] = model(images[:, :, y : y + window, x : x + window])
    return out


def chaff__sliding_window_scores__default_device(model, images, *, window, stride):
    """Collects on the CPU."""
    N, C, H, W = images.shape
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    K = model(images[:, :, :window, :window]).shape[1]
    out = torch.zeros(N, K, OH, OW, dtype=images.dtype)
    with torch.no_grad():
        for i in range(OH):
            for j in range(OW):
                y, x = i * stride, j * stride
                out[:, :, i, j] = model(images[:, :, y : y + window, x : x + window])
    return out


def chaff__sliding_window_scores__array(model, images, *, window, stride):
    """Returns a NumPy array."""
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    rows = []
    for i in range(OH):
        y = i * stride
        row = [
            model(images[:, :, y : y + window, j * stride : j * stride + window]) for j in range(OW)
        ]
        rows.append(torch.stack(row, 2))
    return torch.stack(rows, 2).detach().numpy()


def chaff__sliding_window_scores__normalises_in_place(model, images, *, window, stride):
    """Scales the images for the network, and scales them back, almost."""
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    rows = []
    for i in range(OH):
        y = i * stride
        row = [
            model(images[:, :, y : y + window, j * stride : j * stride + window]) for j in range(OW)
        ]
        rows.append(torch.stack(row, 2))
    images -= images.mean()
    return torch.stack(rows, 2)


# shifted_dense_scores


def wheat__shifted_dense_scores__collect(conv_model, images, *, window, stride, net_stride):
    """Collects the maps first, then interleaves them; skips shifts that leave too little."""
    if stride < 1 or net_stride % stride != 0:
        raise ValueError("stride has to divide net_stride")
    N, C, H, W = images.shape
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    s = net_stride // stride
    maps = {}
    with torch.no_grad():
        for a in range(s):
            for b in range(s):
                part = images[..., a * stride :, b * stride :]
                if part.shape[2] >= window and part.shape[3] >= window:
                    maps[a, b] = conv_model(part)
    K = maps[0, 0].shape[1]
    out = torch.zeros(N, K, OH, OW, dtype=maps[0, 0].dtype, device=maps[0, 0].device)
    for (a, b), scores in maps.items():
        for i in range(scores.shape[2]):
            for j in range(scores.shape[3]):
                out[:, :, a + i * s, b + j * s] = scores[:, :, i, j]
    return out


def wheat__shifted_dense_scores__pixel_shuffle(conv_model, images, *, window, stride, net_stride):
    """Pads every shifted image to one size, and lets pixel_shuffle interleave."""
    N, C, H, W = images.shape
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    s, left_over = divmod(net_stride, stride)
    if left_over:
        raise ValueError(f"{stride} does not divide {net_stride}")
    padded = nn.functional.pad(images, (0, net_stride, 0, net_stride))
    maps = [
        conv_model(padded[:, :, a * stride : a * stride + H, b * stride : b * stride + W])
        for a in range(s)
        for b in range(s)
    ]
    stacked = torch.stack(maps, dim=2)  # N, K, s·s, h, w
    fine = nn.functional.pixel_shuffle(stacked.flatten(1, 2), s) if s > 1 else maps[0]
    return fine[:, :, :OH, :OW]


def wheat__shifted_dense_scores__one_batch(conv_model, images, *, window, stride, net_stride):
    """All shifts in one batch, so that the network is called once."""
    if net_stride % stride:
        raise ValueError(f"net_stride {net_stride} is not a multiple of stride {stride}")
    N, C, H, W = images.shape
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    s = net_stride // stride
    rolled = [
        torch.roll(images, (-a * stride, -b * stride), dims=(2, 3))
        for a in range(s)
        for b in range(s)
    ]
    scores = conv_model(torch.cat(rolled))
    K, h, w = scores.shape[1:]
    fine = scores.reshape(s, s, N, K, h, w).permute(2, 3, 4, 0, 5, 1).reshape(N, K, h * s, w * s)
    return fine[:, :, :OH, :OW].clone()


def wheat__shifted_dense_scores__layer_by_layer(conv_model, images, *, window, stride, net_stride):
    """Goes through the network's layers itself, and cuts shifted images to what is needed."""
    import copy

    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    s = net_stride // stride
    layers = list(copy.deepcopy(conv_model))
    rows = {}
    for a in range(min(s, OH)):
        for b in range(min(s, OW)):
            h, w = len(range(a, OH, s)), len(range(b, OW, s))
            y, x = a * stride, b * stride
            maps = images[
                :, :, y : y + window + (h - 1) * net_stride, x : x + window + (w - 1) * net_stride
            ]
            for layer in layers:
                maps = layer(maps)
            for i in range(h):
                for j in range(w):
                    rows[a + i * s, b + j * s] = maps[:, :, i, j]
    grid = [torch.stack([rows[i, j] for j in range(OW)], dim=-1) for i in range(OH)]
    return torch.stack(grid, dim=-2)


def wheat__shifted_dense_scores__every_layer_at_once(
    conv_model, images, *, window, stride, net_stride
):
    """Takes all shifts through one layer before any goes through the next."""
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    if net_stride % stride:
        raise ValueError(f"{net_stride} is no multiple of {stride}")
    s = net_stride // stride
    maps = {
        (a, b): images[:, :, a * stride :, b * stride :].contiguous()
        for a in range(min(s, OH))
        for b in range(min(s, OW))
    }
    for layer in conv_model:
        maps = {shift: layer(one) for shift, one in maps.items()}
    first = maps[0, 0].detach()
    out = torch.empty((*first.shape[:2], OH, OW), dtype=first.dtype, device=first.device)
    for (a, b), one in maps.items():
        out[:, :, a::s, b::s] = one.detach()
    return out


def wheat__shifted_dense_scores__single_images(conv_model, images, *, window, stride, net_stride):
    """One image at a time, without an axis for it."""
    OH, OW = (conv_output_size(n, window, stride=stride) for n in images.shape[2:])
    s, rest = divmod(net_stride, stride)
    if rest:
        raise ValueError(f"{net_stride} / {stride} leaves {rest}")
    grids = []
    with torch.no_grad():
        for image in images:
            grid = {}
            for a in range(min(s, OH)):
                for b in range(min(s, OW)):
                    scores = conv_model(image[:, a * stride :, b * stride :])
                    for i in range(scores.shape[1]):
                        for j in range(scores.shape[2]):
                            grid[a + i * s, b + j * s] = scores[:, i, j]
            grids.append(torch.stack([grid[i, j] for i in range(OH) for j in range(OW)], 1))
    return torch.stack(grids).reshape(len(images), -1, OH, OW)


def chaff__shifted_dense_scores__crops(conv_model, images, *, window, stride, net_stride):
    """The forbidden route: every window by itself."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    rows = []
    for i in range(OH):
        y = i * stride
        row = [
            conv_model(images[:, :, y : y + window, j * stride : j * stride + window])[:, :, 0, 0]
            for j in range(OW)
        ]
        rows.append(torch.stack(row, 2))
    return torch.stack(rows, 2)


def chaff__shifted_dense_scores__crops_in_a_batch(
    conv_model, images, *, window, stride, net_stride
):
    """The forbidden route in one call: every window in one batch."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    N, C, H, W = images.shape
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    crops = images.unfold(2, window, stride).unfold(3, window, stride)
    scores = conv_model(crops.permute(0, 2, 3, 1, 4, 5).reshape(-1, C, window, window))
    return scores.reshape(N, OH, OW, -1).permute(0, 3, 1, 2)


def chaff__shifted_dense_scores__earlier_function(
    conv_model, images, *, window, stride, net_stride
):
    """The forbidden route through the earlier function."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    flat = nn.Sequential(conv_model, nn.Flatten())
    return sliding_window_scores(flat, images, window=window, stride=stride)


def chaff__shifted_dense_scores__crops_a_little_larger(
    conv_model, images, *, window, stride, net_stride
):
    """Crops with one pixel more, to look like something else."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    padded = nn.functional.pad(images, (0, 1, 0, 1))
    rows = []
    for i in range(OH):
        y = i * stride
        row = [
            conv_model(padded[:, :, y : y + window + 1, j * stride : j * stride + window + 1])
            for j in range(OW)
        ]
        rows.append(torch.cat(row, 3))
    return torch.cat(rows, 2)


def chaff__shifted_dense_scores__crops_too_wide(conv_model, images, *, window, stride, net_stride):
    """Crops with room for a second window, to look like something else still."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    padded = nn.functional.pad(images, (0, net_stride, 0, 0))
    rows = []
    for i in range(OH):
        strip = padded[:, :, i * stride : i * stride + window]
        lefts = range(0, OW * stride, stride)
        row = [conv_model(strip[..., x : x + window + net_stride])[..., :1] for x in lefts]
        rows.append(torch.cat(row, 3))
    return torch.cat(rows, 2)


def chaff__shifted_dense_scores__crops_of_features(
    conv_model, images, *, window, stride, net_stride
):
    """Crops again, of what the first layer gives for the whole image."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    (first, *others), seen, rows = list(conv_model), {}, []
    step, size = np.ravel(first.stride)[0], np.ravel(first.kernel_size)[0]
    for y in range(0, OH * stride, stride):
        row = []
        for x in range(0, OW * stride, stride):
            shift = y % step, x % step
            if shift not in seen:
                seen[shift] = first(images[:, :, shift[0] :, shift[1] :])
            inner = (window - size) // step + 1
            top, left = y // step, x // step
            crop = seen[shift][:, :, top : top + inner, left : left + inner]
            for layer in others:
                crop = layer(crop)
            row.append(crop)
        rows.append(torch.cat(row, 3))
    return torch.cat(rows, 2)


def chaff__shifted_dense_scores__two_passes(conv_model, images, *, window, stride, net_stride):
    """Shifts along the diagonal only, as the notes suggest; the rest stays zero."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    s = net_stride // stride
    out = None
    for a in range(min(s, OH, OW)):
        scores = conv_model(images[:, :, a * stride :, a * stride :]).detach()
        if out is None:
            out = scores.new_zeros((*scores.shape[:2], OH, OW))
        out[:, :, a::s, a::s] = scores
    return out


def chaff__shifted_dense_scores__one_pass_enlarged(
    conv_model, images, *, window, stride, net_stride
):
    """One pass, whose map is blown up to the size that is asked for."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    return nn.functional.interpolate(conv_model(images), size=(OH, OW), mode="nearest")


def chaff__shifted_dense_scores__shifts_swapped(conv_model, images, *, window, stride, net_stride):
    """Row shifts fill columns and the other way round."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    s = net_stride // stride
    out = None
    for a in range(min(s, OH)):
        for b in range(min(s, OW)):
            scores = conv_model(images[:, :, a * stride :, b * stride :]).detach()
            if out is None:
                out = scores.new_zeros((*scores.shape[:2], OH, OW))
            place = out[:, :, b::s, a::s]
            h, w = min(place.shape[2], scores.shape[2]), min(place.shape[3], scores.shape[3])
            place[:, :, :h, :w] = scores[:, :, :h, :w]
    return out


def chaff__shifted_dense_scores__blocks(conv_model, images, *, window, stride, net_stride):
    """Puts the maps side by side and does not interleave them."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    s = net_stride // stride
    rows = []
    for a in range(min(s, OH)):
        row = [conv_model(images[:, :, a * stride :, b * stride :]) for b in range(min(s, OW))]
        rows.append(torch.cat(row, 3))
    return torch.cat(rows, 2)


def chaff__shifted_dense_scores__shifts_by_one(conv_model, images, *, window, stride, net_stride):
    """Shifts by one pixel where it should be one stride."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    s = net_stride // stride
    out = None
    for a in range(min(s, OH)):
        for b in range(min(s, OW)):
            scores = conv_model(images[:, :, a:, b:]).detach()
            if out is None:
                out = scores.new_zeros((*scores.shape[:2], OH, OW))
            place = out[:, :, a::s, b::s]
            place[:] = scores[:, :, : place.shape[2], : place.shape[3]]
    return out


def chaff__shifted_dense_scores__rolls_without_cutting(
    conv_model, images, *, window, stride, net_stride
):
    """Shifts by padding in front: the window starts before the image, not after."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    s = net_stride // stride
    out = None
    for a in range(min(s, OH)):
        for b in range(min(s, OW)):
            moved = nn.functional.pad(images, (b * stride, 0, a * stride, 0))
            scores = conv_model(moved).detach()
            if out is None:
                out = scores.new_zeros((*scores.shape[:2], OH, OW))
            place = out[:, :, a::s, b::s]
            place[:] = scores[:, :, : place.shape[2], : place.shape[3]]
    return out


def chaff__shifted_dense_scores__stride_ignored(conv_model, images, *, window, stride, net_stride):
    """One pass and no shift, with all the refusals."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    conv_output_size(images.shape[2], window, stride=stride)
    conv_output_size(images.shape[3], window, stride=stride)
    return conv_model(images)


def chaff__shifted_dense_scores__crashes_when_small(
    conv_model, images, *, window, stride, net_stride
):
    """Makes every pass, also those for which there is no room."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    s = net_stride // stride
    out = None
    for a in range(s):
        for b in range(s):
            scores = conv_model(images[:, :, a * stride :, b * stride :]).detach()
            if out is None:
                out = scores.new_zeros((*scores.shape[:2], OH, OW))
            out[:, :, a::s, b::s] = scores
    return out


def chaff__shifted_dense_scores__equal_maps_only(conv_model, images, *, window, stride, net_stride):
    """Takes all shifted maps to be as large as the first."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    conv_output_size(images.shape[2], window, stride=stride)
    conv_output_size(images.shape[3], window, stride=stride)
    s = net_stride // stride
    maps = [
        conv_model(images[:, :, a * stride :, b * stride :]) for a in range(s) for b in range(s)
    ]
    h, w = maps[-1].shape[2:]
    maps = torch.stack([one[:, :, :h, :w] for one in maps], 2)
    return nn.functional.pixel_shuffle(maps.flatten(1, 2), s)


def chaff__shifted_dense_scores__too_many_passes(conv_model, images, *, window, stride, net_stride):
    """A pass for every pixel of the network's stride, of which most are thrown away."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    H, W = images.shape[2:]
    conv_output_size(H, window, stride=stride)
    conv_output_size(W, window, stride=stride)
    fine = None
    for a in range(min(net_stride, H - window + 1)):
        for b in range(min(net_stride, W - window + 1)):
            scores = conv_model(images[:, :, a:, b:]).detach()
            if fine is None:
                fine = scores.new_zeros((*scores.shape[:2], H - window + 1, W - window + 1))
            fine[:, :, a::net_stride, b::net_stride] = scores
    return fine[:, :, ::stride, ::stride]


def chaff__shifted_dense_scores__strips(conv_model, images, *, window, stride, net_stride):
    """One strip for every row of windows: fewer passes than crops, more than needed."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    H, W = images.shape[2:]
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    s = net_stride // stride
    out = None
    for i in range(OH):
        strip = images[:, :, i * stride : i * stride + window]
        for b in range(min(s, OW)):
            scores = conv_model(strip[..., b * stride :]).detach()
            if out is None:
                out = scores.new_zeros((*scores.shape[:2], OH, OW))
            out[:, :, i : i + 1, b::s] = scores
    return out


def chaff__shifted_dense_scores__any_stride(conv_model, images, *, window, stride, net_stride):
    """Does not mind a stride that does not divide net_stride."""
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    s = max(net_stride // stride, 1)
    out = None
    for a in range(min(s, OH)):
        for b in range(min(s, OW)):
            scores = conv_model(images[:, :, a * stride :, b * stride :]).detach()
            if out is None:
                out = scores.new_zeros((*scores.shape[:2], OH, OW))
            place = out[:, :, a::s, b::s]
            h, w = min(place.shape[2], scores.shape[2]), min(place.shape[3], scores.shape[3])
            place[:, :, :h, :w] = scores[:, :, :h, :w]
    return out


def chaff__shifted_dense_scores__sizes_not_checked(
    conv_model, images, *, window, stride, net_stride
):
    """Drops what does not fit."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    OH = (images.shape[2] - window) // stride + 1
    OW = (images.shape[3] - window) // stride + 1
    s = net_stride // stride
    out = None
    for a in range(min(s, OH)):
        for b in range(min(s, OW)):
            scores = conv_model(images[:, :, a * stride :, b * stride :]).detach()
            if out is None:
                out = scores.new_zeros((*scores.shape[:2], OH, OW))
            place = out[:, :, a::s, b::s]
            place[:] = scores[:, :, : place.shape[2], : place.shape[3]]
    return out


def chaff__shifted_dense_scores__checks_against_net_stride(
    conv_model, images, *, window, stride, net_stride
):
    """Wants the windows to tile at the network's stride, which is too much."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    conv_output_size(images.shape[2], window, stride=net_stride)
    conv_output_size(images.shape[3], window, stride=net_stride)
    OH = (images.shape[2] - window) // stride + 1
    OW = (images.shape[3] - window) // stride + 1
    s = net_stride // stride
    out = None
    for a in range(min(s, OH)):
        for b in range(min(s, OW)):
            scores = conv_model(images[:, :, a * stride :, b * stride :]).detach()
            if out is None:
                out = scores.new_zeros((*scores.shape[:2], OH, OW))
            place = out[:, :, a::s, b::s]
            place[:] = scores[:, :, : place.shape[2], : place.shape[3]]
    return out


def chaff__shifted_dense_scores__default_dtype(conv_model, images, *, window, stride, net_stride):
    """Collects in float32."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    s = net_stride // stride
    out = None
    for a in range(min(s, OH)):
        for b in range(min(s, OW)):
            scores = conv_model(images[:, :, a * stride :, b * stride :]).detach()
            if out is None:
                out = torch.zeros(*scores.shape[:2], OH, OW, device=images.device)
            place = out[:, :, a::s, b::s]
            place[:] = scores[:, :, : place.shape[2], : place.shape[3]]
    return out


def chaff__shifted_dense_scores__default_device(conv_model, images, *, window, stride, net_stride):
    """Collects on the CPU."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    s = net_stride // stride
    out = None
    for a in range(min(s, OH)):
        for b in range(min(s, OW)):
            scores = conv_model(images[:, :, a * stride :, b * stride :]).detach()
            if out is None:
                out = torch.zeros(*scores.shape[:2], OH, OW, dtype=images.dtype)
            place = out[:, :, a::s, b::s]
            place[:] = scores[:, :, : place.shape[2], : place.shape[3]]
    return out


def chaff__shifted_dense_scores__first_image(conv_model, images, *, window, stride, net_stride):
    """Only the first image is shifted."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    s = net_stride // stride
    out = None
    for a in range(min(s, OH)):
        for b in range(min(s, OW)):
            scores = conv_model(images[:1, :, a * stride :, b * stride :]).detach()
            if out is None:
                out = scores.new_zeros((len(images), scores.shape[1], OH, OW))
            place = out[:, :, a::s, b::s]
            place[:] = scores[:, :, : place.shape[2], : place.shape[3]]
    return out
