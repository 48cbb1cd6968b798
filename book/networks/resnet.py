"""ResNet-50, of the family that won ILSVRC 2015: layers that learn what to add.

He, Zhang, Ren and Sun, Deep residual learning for image recognition, 2016. A block computes
x + F(x), so it need only learn a correction, and gradients pass it undiminished. A bottleneck does
so through 1×1, 3×3 and 1×1 convolutions, each with batch normalization. One fully connected layer
stands at the end: 2,049,000 of the 25,557,032 parameters, which torchvision's `resnet50` has too.

Differs from the paper: nothing that has a size. Where a block halves the image, the paper takes the
stride in the first 1×1 convolution, torchvision in the 3×3, which sees all positions then.
`ResNet50(stride_in_3x3=True)` does that: the same parameters, 4.09 instead of 3.86 G multiply-adds
(the paper prints 3.8).
"""

from __future__ import annotations

from torch import nn

# Bottlenecks in each of the four stages, and the maps inside them; four times as many come out.
STAGES = ((3, 64), (4, 128), (6, 256), (3, 512))


def conv(inputs: int, filters: int, kernel: int, stride: int = 1) -> list[nn.Module]:
    """A convolution that keeps the size but for its stride, and its normalization."""
    # The normalization takes away any mean, and with it what a bias would add.
    bare = nn.Conv2d(inputs, filters, kernel, stride, padding=kernel // 2, bias=False)
    return [bare, nn.BatchNorm2d(filters)]


class Bottleneck(nn.Module):
    """ReLU(shortcut(x) + F(x)): (N, C, H, W) -> (N, 4·maps, H/stride, W/stride)."""

    def __init__(self, inputs: int, maps: int, stride: int, stride_in_3x3: bool):
        super().__init__()
        first, second = (1, stride) if stride_in_3x3 else (stride, 1)
        self.residual = nn.Sequential(
            *conv(inputs, maps, 1, first),
            nn.ReLU(),
            *conv(maps, maps, 3, second),
            nn.ReLU(),
            *conv(maps, 4 * maps, 1),
        )
        # Where the sizes change, x cannot be added as it is: a 1×1 convolution fits it (option B).
        same = stride == 1 and inputs == 4 * maps
        self.shortcut = nn.Identity() if same else nn.Sequential(*conv(inputs, 4 * maps, 1, stride))
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.shortcut(x) + self.residual(x))


class ResNet50(nn.Sequential):
    """Images (N, 3, 224, 224) -> scores (N, classes)."""

    input_shape = (3, 224, 224)

    def __init__(self, classes: int = 1000, *, stride_in_3x3: bool = False):
        super().__init__()
        self.conv1 = nn.Sequential(*conv(3, 64, 7, stride=2), nn.ReLU())  # 112×112
        self.pool1 = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)  # 56×56
        inputs = 64
        for stage, (depth, maps) in enumerate(STAGES, start=2):
            for number in range(1, depth + 1):
                # The first stage comes after a pooling; the first block of the others halves.
                stride = 2 if number == 1 and stage > 2 else 1
                block = Bottleneck(inputs, maps, stride, stride_in_3x3)
                self.add_module(f"conv{stage}_{number}", block)
                inputs = 4 * maps
        self.average = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(inputs, classes)
