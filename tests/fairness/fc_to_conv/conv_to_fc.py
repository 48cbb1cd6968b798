"""Right and wrong ways to write `conv_to_fc`."""

from tests.fairness.edits import chaff


def wheat__loops(w, b, input_shape, *, stride=1, pad=0):
    """Loops over filters, places and taps."""
    if w.shape[1] != input_shape[0]:
        raise ValueError(f"filters for {w.shape[1]} channels, an image of {input_shape[0]}")
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


def wheat__own_refusal(w, b, input_shape, *, stride=1, pad=0):
    """Its own message, a padded canvas that is cut, results in a list."""

    def count(size, kernel, what):
        if (size - kernel + 2 * pad) % stride:
            raise ValueError(f"{what}: {size=} {kernel=} {stride=} {pad=} leave pixels over")
        return (size - kernel + 2 * pad) // stride + 1

    F, C, KH, KW = w.shape
    channels, H, W = input_shape
    if C - channels:
        raise ValueError("another number of channels")
    OH, OW = count(H, KH, "height"), count(W, KW, "width")
    full = w.new_zeros((F, OH, OW, C, H + 2 * pad, W + 2 * pad))
    for i in range(OH):
        for j in range(OW):
            full[:, i, j, :, i * stride : i * stride + KH, j * stride : j * stride + KW] = w
    weight = full[..., pad : pad + H, pad : pad + W].reshape(F * OH * OW, C * H * W)
    return [weight, b[:, None].expand(F, OH * OW).reshape(-1)]


def wheat__unfold(w, b, input_shape, *, stride=1, pad=0):
    """im2col of the identity, times the filters."""
    if w.shape[1] != input_shape[0]:
        raise ValueError(f"filters for {w.shape[1]} channels, an image of {input_shape[0]}")
    F, C, KH, KW = w.shape
    _, H, W = input_shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    n = C * H * W
    eye = torch.eye(n, dtype=w.dtype, device=w.device).reshape(n, C, H, W)
    cols = torch.nn.functional.unfold(eye, (KH, KW), padding=pad, stride=stride)  # (n, CKK, P)
    weight = torch.einsum("fk,nkp->fpn", w.reshape(F, -1), cols)
    return weight.reshape(-1, n), torch.repeat_interleave(b, OH * OW)


def wheat__autograd(w, b, input_shape, *, stride=1, pad=0):
    """The matrix is the Jacobian of the convolution: one backward pass for each row."""
    C, H, W = input_shape
    if C != w.size(1):
        raise ValueError(f"{C} channels for filters of {w.size(1)}")
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


CHAFFS = (
    # Takes the channels of w, whatever the image has.
    chaff("channels_not_compared", ("if channels != C:", "if False:"), band="style"),
    # Checks the stride and then forgets it.
    chaff(
        "stride_ignored",
        ("(ones, w, stride=stride,", "(ones, w,"),
        ("OH * OW", "answers[0, 0].numel()"),
        band="slip",
    ),
    # Checks the padding and then forgets it.
    chaff(
        "pad_ignored", (", padding=pad)", ")"), ("OH * OW", "answers[0, 0].numel()"), band="slip"
    ),
    # A column for every value of the padded input.
    chaff(
        "padding_has_columns",
        (
            "full[..., pad : pad + H, pad : pad + W].reshape(F * OH * OW, C * H * W)",
            "full.reshape(F * OH * OW, -1)",
        ),
        base=wheat__own_refusal,
        band="slip",
    ),
    # A tap left of the image wraps to the other side.
    chaff(
        "tap_not_clipped",
        ("if 0 <= r < H and 0 <= s < W:", "if True:"),
        ("[row, (c * H + r) * W + s] =", "[row, (c * H + r % H) * W + s % W] +="),
        base=wheat__loops,
        band="slip",
    ),
    # Flips the filter: a true convolution.
    chaff("flipped", ("(ones, w,", "(ones, w.flip(2, 3),"), band="idea"),
    # The matrix lies on its side.
    chaff("not_transposed", (".T", ""), band="idea"),
    # Rows ordered place first, filter last, biases likewise.
    chaff(
        "filters_last",
        ("answers.flatten", "answers.permute(0, 2, 3, 1).flatten"),
        ("repeat_interleave", "repeat"),
        band="idea",
    ),
    # The matrix is right, the biases alternate.
    chaff("bias_tiled", ("repeat_interleave", "repeat"), band="slip"),
    # One bias for each filter, not for each output.
    chaff("bias_not_repeated", ("b.repeat_interleave(OH * OW)", "b.clone()"), band="slip"),
    # The answers to the unit inputs contain the bias.
    chaff("bias_in_the_matrix", ("(ones, w,", "(ones, w, b,"), band="slip"),
    # Refuses nothing: rounds down as PyTorch does.
    chaff(
        "floors",
        ("conv_output_size(H, KH, stride=stride, pad=pad)", "(H + 2 * pad - KH) // stride + 1"),
        ("conv_output_size(W, KW, stride=stride, pad=pad)", "(W + 2 * pad - KW) // stride + 1"),
        band="style",
    ),
    # Looks at the rows only.
    chaff(
        "checks_rows_only",
        ("conv_output_size(W, KW, stride=stride, pad=pad)", "(W + 2 * pad - KW) // stride + 1"),
        band="style",
    ),
    # Refuses without saying what.
    chaff(
        "message_without_numbers",
        (
            'f"{what}: {size=} {kernel=} {stride=} {pad=} leave pixels over"',
            '"the sizes do not fit"',
        ),
        base=wheat__own_refusal,
        band="style",
    ),
    # Wants the size itself to be a multiple of the stride.
    chaff(
        "refuses_every_stride",
        (
            "channels, H, W = input_shape",
            """
            channels, H, W = input_shape
            if H % stride or W % stride:
                raise ValueError(f"{H}, {W}, {KH}, {KW}, {stride}, {pad}")
            """,
        ),
        band="slip",
    ),
    # Uses the rows' count for the columns too.
    chaff(
        "square",
        ("weight = torch.zeros", "OW = OH; weight = torch.zeros"),
        base=wheat__loops,
        band="slip",
    ),
    # float32 whatever comes in.
    chaff(
        "default_dtype",
        ("dtype=w.dtype, ", ""),
        ("(ones, w,", "(ones, w.float(),"),
        ("b.repeat", "b.float().repeat"),
        band="style",
    ),
    # Makes the identity on the CPU wherever the filters are.
    chaff(
        "default_device",
        ("device=w.device", 'device="cpu"'),
        ("(ones, w,", "(ones, w.cpu(),"),
        band="style",
    ),
    # Divides by the number of taps.
    chaff("averages", ("answers.flatten(1).T", "answers.flatten(1).T / w[0].numel()"), band="idea"),
    # Doubles w once the matrix is computed.
    chaff("changes_w", ("return answers", "w.detach().mul_(2); return answers"), band="style"),
)
