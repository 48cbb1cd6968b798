"""Networks of every layer that can be rebuilt, and images to give to them."""

import numpy as np
import torch
from torch import nn

IMAGES = torch.from_numpy(np.random.default_rng(0).normal(size=(3, 4, 9, 8)).astype("f4"))
FEATURES = IMAGES.flatten(1)
# Each kind of layer, with every setting other than PyTorch's default, and what it is given.
LAYERS = {
    "Conv2d": (
        lambda: nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 2), (2, 1), groups=2, padding_mode="circular"),
        IMAGES,
    ),
    "Conv2d same": (lambda: nn.Conv2d(4, 4, 3, padding="same", bias=False), IMAGES),
    "Linear": (lambda: nn.Linear(288, 5), FEATURES),
    "Linear without bias": (lambda: nn.Linear(288, 5, bias=False), FEATURES),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(4, eps=0.1, momentum=0.5), IMAGES),
    "BatchNorm2d plain": (
        lambda: nn.BatchNorm2d(4, affine=False, track_running_stats=False),
        IMAGES,
    ),
    "MaxPool2d": (lambda: nn.MaxPool2d((3, 2), (2, 1), (1, 0), (1, 2), ceil_mode=True), IMAGES),
    "MaxPool2d with indices": (lambda: nn.MaxPool2d(2, return_indices=True), IMAGES),
    "AvgPool2d": (lambda: nn.AvgPool2d((3, 2), (2, 3), (1, 1), True, False, 5), IMAGES),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d((2, None)), IMAGES),
    "ReLU": (lambda: nn.ReLU(inplace=True), IMAGES),
    "Dropout": (lambda: nn.Dropout(0.3, inplace=True), IMAGES),
    "Flatten": (lambda: nn.Flatten(2, 3), IMAGES),
    "Identity": (nn.Identity, IMAGES),
    "Sequential": (lambda: nn.Sequential(), IMAGES),
}


def answers(model, given):
    with torch.no_grad():
        return model.eval()(given.clone())


def whole_network():
    norm = nn.BatchNorm2d(6)
    norm(IMAGES[:, :1].expand(-1, 6, -1, -1))  # running statistics other than at the start
    head = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(54, 7), nn.ReLU(), nn.Linear(7, 2))
    return nn.Sequential(nn.Conv2d(4, 6, 3, padding=1), norm, nn.ReLU(), nn.MaxPool2d(2, 3), head)
