"""Right and wrong ways to write `shifted_dense_scores`."""

from tests.fairness.edits import chaff
from tests.fairness.fc_to_conv.shifted_dense_scores.crops import (
    chaff__crops,
    chaff__crops_a_little_larger,
    chaff__crops_in_a_batch,
    chaff__crops_in_a_mosaic,
    chaff__crops_of_features,
    chaff__crops_on_a_canvas,
    chaff__crops_too_wide,
)


def wheat__collect(conv_model, images, *, window, stride, net_stride):
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


def wheat__pixel_shuffle(conv_model, images, *, window, stride, net_stride):
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


def wheat__one_batch(conv_model, images, *, window, stride, net_stride):
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


def wheat__layer_by_layer(conv_model, images, *, window, stride, net_stride):
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


def wheat__every_layer_at_once(conv_model, images, *, window, stride, net_stride):
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


def wheat__single_images(conv_model, images, *, window, stride, net_stride):
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


def chaff__earlier_function(conv_model, images, *, window, stride, net_stride):
    """The forbidden route through the earlier function."""
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide {net_stride}")
    flat = nn.Sequential(conv_model, nn.Flatten())
    return sliding_window_scores(flat, images, window=window, stride=stride)


def chaff__blocks(conv_model, images, *, window, stride, net_stride):
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


def chaff__equal_maps_only(conv_model, images, *, window, stride, net_stride):
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


def chaff__too_many_passes(conv_model, images, *, window, stride, net_stride):
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


def chaff__strips(conv_model, images, *, window, stride, net_stride):
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


CHAFFS = (
    # Leaves the network in eval mode.
    chaff(
        "left_in_eval_mode",
        ("_, _, H, W = images.shape", "_, _, H, W = images.shape; conv_model.eval()"),
        band="style",
    ),
    # Freezes the parameters so that no graph is recorded, and leaves them so.
    chaff(
        "left_frozen",
        (
            "_, _, H, W = images.shape",
            "_, _, H, W = images.shape; conv_model.requires_grad_(False)",
        ),
        band="style",
    ),
    # Switches gradients off for good.
    chaff(
        "gradients_left_off",
        ("_, _, H, W = images.shape", "_, _, H, W = images.shape; torch.set_grad_enabled(False)"),
        band="style",
    ),
    # Leaves a hook on the network.
    chaff(
        "hook_left_behind",
        (
            "_, _, H, W = images.shape",
            "_, _, H, W = images.shape; conv_model.register_forward_hook(lambda *given: None)",
        ),
        band="style",
    ),
    chaff("crops", base=chaff__crops, band="idea"),
    chaff("crops_in_a_batch", base=chaff__crops_in_a_batch, band="idea"),
    chaff("earlier_function", base=chaff__earlier_function, band="idea"),
    chaff("crops_a_little_larger", base=chaff__crops_a_little_larger, band="idea"),
    chaff("crops_too_wide", base=chaff__crops_too_wide, band="idea"),
    chaff("crops_on_a_canvas", base=chaff__crops_on_a_canvas, band="idea"),
    chaff("crops_in_a_mosaic", base=chaff__crops_in_a_mosaic, band="idea"),
    chaff("crops_of_features", base=chaff__crops_of_features, band="idea"),
    # Shifts along the diagonal only, as the notes suggest; the rest stays zero.
    chaff(
        "two_passes",
        ("for b in range(min(step, OW)):", "for b in range(a, min(a + 1, OW)):"),
        ("new_empty", "new_zeros"),
        band="idea",
    ),
    # One pass, whose map is blown up to the size that is asked for.
    chaff(
        "one_pass_enlarged",
        (
            "out = None",
            'return nn.functional.interpolate(conv_model(images), size=(OH, OW), mode="nearest")',
        ),
        band="idea",
    ),
    # Row shifts fill columns and the other way round.
    chaff(
        "shifts_swapped",
        (
            """
            rows, columns = out[:, :, a::step, b::step].shape[2:]
            out[:, :, a::step, b::step] = scores[:, :, :rows, :columns]
            """,
            """
            place = out[:, :, b::step, a::step]
            rows, columns = map(min, place.shape[2:], scores.shape[2:])
            place[:, :, :rows, :columns] = scores[:, :, :rows, :columns]
            """,
        ),
        band="idea",
    ),
    chaff("blocks", base=chaff__blocks, band="idea"),
    # Shifts by one pixel where it should be one stride.
    chaff("shifts_by_one", ("a * stride :, b * stride :", "a:, b:"), band="idea"),
    # Shifts by padding in front: the window starts before the image, not after.
    chaff(
        "rolls_without_cutting",
        (
            "images[:, :, a * stride :, b * stride :]",
            "nn.functional.pad(images, (b * stride, 0, a * stride, 0))",
        ),
        band="idea",
    ),
    # One pass and no shift, with all the refusals.
    chaff("stride_ignored", ("out = None", "return conv_model(images)"), band="idea"),
    # Makes every pass, also those for which there is no room.
    chaff("crashes_when_small", ("min(step, OH)", "step"), ("min(step, OW)", "step"), band="slip"),
    chaff("equal_maps_only", base=chaff__equal_maps_only, band="idea"),
    chaff("too_many_passes", base=chaff__too_many_passes, band="slip"),
    chaff("strips", base=chaff__strips, band="slip"),
    # Does not mind a stride that does not divide net_stride.
    chaff(
        "any_stride",
        ("if net_stride % stride:", "if False:"),
        ("net_stride // stride", "max(net_stride // stride, 1)"),
        band="style",
    ),
    # Drops what does not fit.
    chaff(
        "sizes_not_checked",
        ("conv_output_size(H, window, stride=stride)", "(H - window) // stride + 1"),
        ("conv_output_size(W, window, stride=stride)", "(W - window) // stride + 1"),
        band="style",
    ),
    # Wants the windows to tile at the network's stride, which is too much.
    chaff(
        "checks_against_net_stride",
        (
            "_, _, H, W = images.shape",
            """
            _, _, H, W = images.shape
            conv_output_size(H, window, stride=net_stride)
            conv_output_size(W, window, stride=net_stride)
            """,
        ),
        band="idea",
    ),
    # Collects in float32.
    chaff(
        "default_dtype",
        (
            "scores.new_empty((*scores.shape[:2], OH, OW))",
            "torch.empty(*scores.shape[:2], OH, OW, device=images.device)",
        ),
        band="style",
    ),
    # Collects on the CPU.
    chaff(
        "default_device",
        (
            "scores.new_empty((*scores.shape[:2], OH, OW))",
            "torch.empty(*scores.shape[:2], OH, OW, dtype=images.dtype)",
        ),
        band="style",
    ),
    # Only the first image is shifted.
    chaff(
        "first_image",
        ("images[:, :, a", "images[:1, :, a"),
        ("(*scores.shape[:2], OH, OW)", "(len(images), scores.shape[1], OH, OW)"),
        band="slip",
    ),
)
