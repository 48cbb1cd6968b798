"""Wrong ways to write `shifted_dense_scores`: every window in a crop, however that is called."""


def chaff__crops(conv_model, images, *, window, stride, net_stride):
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


def chaff__crops_in_a_batch(conv_model, images, *, window, stride, net_stride):
    """The forbidden route in one call: every window in one batch."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    N, C, H, W = images.shape
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    crops = images.unfold(2, window, stride).unfold(3, window, stride)
    scores = conv_model(crops.permute(0, 2, 3, 1, 4, 5).reshape(-1, C, window, window))
    return scores.reshape(N, OH, OW, -1).permute(0, 3, 1, 2)


def chaff__crops_a_little_larger(conv_model, images, *, window, stride, net_stride):
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


def chaff__crops_too_wide(conv_model, images, *, window, stride, net_stride):
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


def chaff__crops_on_a_canvas(conv_model, images, *, window, stride, net_stride):
    """Every crop in a pass of its own, pasted into zeros so that it is as large as the image."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    rows = []
    for y in range(0, OH * stride, stride):
        row = []
        for x in range(0, OW * stride, stride):
            canvas = torch.zeros_like(images)
            canvas[:, :, :window, :window] = images[:, :, y : y + window, x : x + window]
            row.append(conv_model(canvas)[:, :, :1, :1])
        rows.append(torch.cat(row, 3))
    return torch.cat(rows, 2)


def chaff__crops_in_a_mosaic(conv_model, images, *, window, stride, net_stride):
    """As many crops side by side as an image has room for, so that there are not many passes."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    N, _, H, W = images.shape
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    step = -(-window // net_stride) * net_stride
    spots = [(y, x) for y in range(0, H - window + 1, step) for x in range(0, W - window + 1, step)]
    todo = [(i, j) for i in range(OH) for j in range(OW)]
    out = None
    for start in range(0, len(todo), len(spots)):
        part = list(zip(spots, todo[start : start + len(spots)]))
        canvas = torch.zeros_like(images)
        for (y, x), (i, j) in part:
            crop = images[:, :, i * stride :, j * stride :][:, :, :window, :window]
            canvas[:, :, y : y + window, x : x + window] = crop
        scores = conv_model(canvas).detach()
        if out is None:
            out = scores.new_zeros((N, scores.shape[1], OH, OW))
        for (y, x), (i, j) in part:
            out[:, :, i, j] = scores[:, :, y // net_stride, x // net_stride]
    return out


def chaff__crops_of_features(conv_model, images, *, window, stride, net_stride):
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
