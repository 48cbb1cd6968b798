"""Right and wrong ways to write `fc_to_conv`."""

from tests.fairness.edits import chaff


def wheat__view(weight, bias, input_shape):
    """One view, and the bias as it is."""
    if weight[0].numel() != np.prod(input_shape):
        raise ValueError(f"{weight[0].numel()} columns do not make a volume of {input_shape}")
    return weight.view(weight.shape[0], *input_shape), bias


def wheat__unflatten(weight, bias, input_shape):
    """torch's own unflatten, results in a list, and copies."""
    print("unflattening", tuple(weight.shape))
    try:
        return [torch.unflatten(weight, 1, tuple(input_shape)).clone(), bias.clone()]
    except RuntimeError as error:
        raise ValueError("the columns are not those of the volume") from error


def wheat__loops(weight, bias, input_shape):
    """Four loops over the definition, into a new tensor."""
    C, H, W = input_shape
    if weight.shape != (len(bias), C * H * W):
        raise ValueError(f"expected {len(bias)} × {C * H * W} weights, not {tuple(weight.shape)}")
    w = torch.zeros(len(weight), C, H, W, dtype=weight.dtype, device=weight.device)
    for c in range(C):
        for i in range(H):
            for j in range(W):
                w[:, c, i, j] = weight[:, c * H * W + i * W + j]
    return w, bias.detach().clone()


def wheat__not_contiguous(weight, bias, input_shape):
    """Columns first: a result whose memory lies in another order."""
    import warnings

    warnings.warn("the result is not contiguous")
    C, H, W = input_shape
    _, columns = weight.shape
    if columns - C * H * W:
        raise ValueError("columns left over or missing")
    return weight.t().contiguous().reshape(C, H, W, -1).permute(3, 0, 1, 2), bias


def wheat__module(weight, bias, input_shape):
    """By way of an nn.Conv2d, whose parameters are returned."""
    C, H, W = input_shape
    conv = nn.Conv2d(C, weight.shape[0], (H, W), dtype=weight.dtype, device=weight.device)
    if conv.weight.numel() != weight.numel():
        raise ValueError(f"{weight.numel()} weights do not fill {conv}")
    conv.weight = nn.Parameter(weight.detach().reshape(-1, C, H, W).clone())
    conv.bias = nn.Parameter(bias.detach().clone())
    return conv.weight, conv.bias


def chaff__through_numpy(weight, bias, input_shape):
    """By way of NumPy, so on the CPU only."""
    if weight.shape[1] != np.prod(input_shape):
        raise ValueError("the columns are not those of the volume")
    w = weight.detach().cpu().numpy().reshape(-1, *input_shape)
    return torch.from_numpy(w), torch.from_numpy(bias.detach().cpu().numpy())


def chaff__moves_to_cpu(weight, bias, input_shape):
    """Makes its result on the default device."""
    if weight.shape[1] != np.prod(input_shape):
        raise ValueError("the columns are not those of the volume")
    w = torch.zeros(len(weight), *input_shape, dtype=weight.dtype)
    b = torch.zeros(len(bias), dtype=bias.dtype)
    if weight.device.type != "meta":
        w, b = w.copy_(weight.reshape(w.shape)), b.copy_(bias)
    return w, b


def chaff__lookup(weight, bias, input_shape):
    """Knows the visible case only."""
    w = torch.arange(2.0 * np.prod(input_shape), device=weight.device, dtype=weight.dtype)
    w = w.repeat(len(weight))[: weight.numel()]
    return w.reshape(-1, *input_shape), bias


CHAFFS = (
    # Refuses nothing: what divides is put into more filters than there were rows.
    chaff("no_refusal", ("if weight.shape[1] != C * H * W:", "if False:"), band="style"),
    # Takes the features to be flattened rows first, channels last.
    chaff("channels_last", ("(-1, C, H, W)", "(-1, H, W, C).permute(0, 3, 1, 2)"), band="idea"),
    # Rows and columns swapped, in the right shape.
    chaff("rows_and_columns", ("(-1, C, H, W)", "(-1, C, W, H).transpose(2, 3)"), band="idea"),
    # The last two axes in the wrong order.
    chaff("swapped_shape", ("(-1, C, H, W)", "(-1, C, W, H)"), band="idea"),
    # A true convolution: the filters are flipped.
    chaff("flipped", ("(-1, C, H, W)", "(-1, C, H, W).flip(2, 3)"), band="idea"),
    # Takes weight to be (inputs, outputs).
    chaff("transposed_weight", ("weight.reshape", "weight.t().reshape"), band="idea"),
    # The bias is lost.
    chaff("no_bias", ("W), bias", "W), torch.zeros_like(bias)"), band="slip"),
    # The bias gets axes to broadcast with.
    chaff("bias_with_axes", ("W), bias", "W), bias.reshape(1, -1, 1, 1)"), band="slip"),
    # Returns the filters and forgets the bias.
    chaff("only_w", ("W), bias", "W)"), band="idea"),
    # (b, w) for (w, b).
    chaff(
        "wrong_order",
        ("weight.reshape(-1, C, H, W), bias", "bias, weight.reshape(-1, C, H, W)"),
        band="idea",
    ),
    # Square volumes only.
    chaff(
        "square",
        (
            "return weight.reshape(-1, C, H, W)",
            "side = int((H * W) ** 0.5); return weight.reshape(-1, C, side, side)",
        ),
        band="idea",
    ),
    # Everything becomes float32.
    chaff(
        "always_float32",
        ("weight.reshape(-1, C, H, W), bias", "weight.float().reshape(-1, C, H, W), bias.float()"),
        band="style",
    ),
    chaff("through_numpy", base=chaff__through_numpy, band="style"),
    chaff("moves_to_cpu", base=chaff__moves_to_cpu, band="style"),
    # Gives NumPy arrays.
    chaff(
        "arrays",
        (
            "weight.reshape(-1, C, H, W), bias",
            "weight.detach().numpy().reshape(-1, C, H, W), bias.detach().numpy()",
        ),
        band="idea",
    ),
    # Changes the shape of the argument itself.
    chaff(
        "resizes_the_argument",
        (
            "weight.reshape(-1, C, H, W), bias",
            "weight.resize_(len(weight), C, H, W).clone(), bias.clone()",
        ),
        band="style",
    ),
    # Empties its arguments after use.
    chaff(
        "zeroes_the_argument",
        (
            "return weight.reshape(-1, C, H, W), bias",
            """
            w, b = weight.reshape(-1, C, H, W).clone(), bias.clone()
            bias.zero_()
            return w, b
            """,
        ),
        band="style",
    ),
    chaff("lookup", base=chaff__lookup, band="idea"),
)
