"""Right and wrong ways to write `sliding_window_scores`."""

from tests.fairness.edits import chaff


def wheat__fill_in(model, images, *, window, stride):
    """A tensor of zeros, filled in crop by crop, without gradient."""
    N, C, H, W = images.shape
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    out = None
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


def wheat__one_batch(model, images, *, window, stride):
    """Views of all windows, given to the network as one batch."""
    N, C, H, W = images.shape
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    crops = images.unfold(2, window, stride).unfold(3, window, stride)  # N C OH OW window window
    scores = model(crops.permute(0, 2, 3, 1, 4, 5).reshape(-1, C, window, window))
    return scores.reshape(N, OH, OW, -1).permute(0, 3, 1, 2)


def wheat__unfold(model, images, *, window, stride):
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


def wheat__image_by_image(model, images, *, window, stride):
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


def wheat__inference_mode(model, images, *, window, stride):
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


def chaff__converted(model, images, *, window, stride):
    """One pass of the converted network where the features are not pooled: wrong with padding."""
    OH = conv_output_size(images.shape[2], window, stride=stride)
    OW = conv_output_size(images.shape[3], window, stride=stride)
    at = [type(layer) for layer in model].index(nn.Flatten)
    shape = model[:at](images[:, :, :window, :window]).shape[1:]
    scores = convolutionalize(model, shape)(images)[:, :, ::stride, ::stride]
    return scores[:, :, :OH, :OW]


CHAFFS = (
    # Leaves the network in eval mode.
    chaff(
        "left_in_eval_mode",
        ("_, _, H, W = images.shape", "_, _, H, W = images.shape; model.eval()"),
        band="style",
    ),
    # Freezes the parameters so that no graph is recorded, and leaves them so.
    chaff(
        "left_frozen",
        ("_, _, H, W = images.shape", "_, _, H, W = images.shape; model.requires_grad_(False)"),
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
            "_, _, H, W = images.shape; model.register_forward_hook(lambda *given: None)",
        ),
        band="style",
    ),
    # The right number of windows, one pixel apart.
    chaff("stride_ignored", ("i * stride, j * stride", "i, j"), band="slip"),
    # Windows that do not overlap: stride taken to be the window.
    chaff(
        "side_by_side",
        ("i * stride, j * stride", "i * window, j * window"),
        (
            "rows = []",
            """
            rows = []
            images = nn.functional.pad(images, (0, OW * window, 0, OH * window))
            """,
        ),
        band="slip",
    ),
    # The map is transposed.
    chaff("swapped", ("torch.stack(rows, dim=2)", "torch.stack(rows, dim=3)"), band="idea"),
    # All crops in one batch, images and places mixed up in the reshape.
    chaff(
        "batch_mixed",
        ("permute(0, 2, 3, 1, 4, 5)", "permute(2, 3, 0, 1, 4, 5)"),
        base=wheat__one_batch,
        band="slip",
    ),
    # Forgets that channels must stand before places.
    chaff(
        "channels_mixed",
        ("reshape(N, OH, OW, -1).permute(0, 3, 1, 2)", "reshape(N, -1, OH, OW)"),
        base=wheat__one_batch,
        band="idea",
    ),
    # range stops one window early.
    chaff(
        "last_missing",
        ("range(OH)", "range(max(OH - 1, 1))"),
        ("range(OW)", "range(max(OW - 1, 1))"),
        band="idea",
    ),
    # Scores the first image and repeats it for the others.
    chaff(
        "first_image",
        ("images[:, :, top", "images[:1, :, top"),
        ("torch.stack(rows, dim=2)", "torch.stack(rows, dim=2).expand(len(images), -1, -1, -1)"),
        band="slip",
    ),
    # (OH, OW, N, K) for (N, K, OH, OW).
    chaff(
        "places_last",
        ("torch.stack(row, dim=2)", "torch.stack(row)"),
        ("torch.stack(rows, dim=2)", "torch.stack(rows)"),
        band="idea",
    ),
    # Softmax over the classes, which nobody asked for.
    chaff(
        "probabilities",
        ("left : left + window])", "left : left + window]).softmax(1)"),
        band="idea",
    ),
    chaff("converted", base=chaff__converted, band="idea"),
    # Drops what does not fit without a word.
    chaff(
        "floors",
        ("conv_output_size(H, window, stride=stride)", "(H - window) // stride + 1"),
        ("conv_output_size(W, window, stride=stride)", "(W - window) // stride + 1"),
        band="style",
    ),
    # Looks at the columns only.
    chaff(
        "checks_columns_only",
        ("conv_output_size(H, window, stride=stride)", "(H - window) // stride + 1"),
        band="style",
    ),
    # An AssertionError where a ValueError is asked for.
    chaff("asserts", ("ValueError", "AssertionError"), base=wheat__unfold, band="style"),
    # Collects in a float32 tensor.
    chaff("default_dtype", ("dtype=scores.dtype, ", ""), base=wheat__fill_in, band="style"),
    # Collects on the CPU.
    chaff("default_device", (", device=scores.device", ""), base=wheat__fill_in, band="style"),
    # Returns a NumPy array.
    chaff(
        "array",
        ("torch.stack(rows, dim=2)", "torch.stack(rows, dim=2).detach().numpy()"),
        band="idea",
    ),
    # Scales the images for the network, and scales them back, almost.
    chaff("normalises_in_place", ("return", "images -= images.mean(); return"), band="style"),
)
