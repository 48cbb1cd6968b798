"""GoogLeNet, the winner of ILSVRC 2014: 22 layers with a ninth of AlexNet's parameters.

Szegedy et al., Going deeper with convolutions, 2015. An Inception block looks at its input through
1×1, 3×3 and 5×5 filters and a pooling at once, and stacks what they see. 1×1 convolutions before
the larger filters keep it cheap, and an average over each map stands where AlexNet and VGG have
their large fully connected layers. One small such layer is left: 1,025,000 parameters.

6,990,272 weights and 8,280 biases: 8.7 times fewer than AlexNet has (the paper says 12 times). The
paper's table 1 adds up to 6,797.7 K, "about 6.8 million". Its K is 1,024 (conv2 has 114,688
weights, printed as 112K), so that is 6.96 million. What is left: the table counts 2.7K for conv1,
whose 7×7 filters have 9,408 weights, and some rows are not what their own filter counts give, 4c
(463K for 497K) most. The multiply-adds printed beside them do agree, but in conv1 and 5a.

Differs from the paper: no auxiliary classifiers; they hang on 4a and 4d in training only, and are
thrown away afterwards. The average is over whatever size the maps have: larger images work too.

`GoogLeNet(**TORCHVISION)` has the sizes of torchvision's `googlenet` without auxiliaries, 6,624,904
parameters: that one came by way of TensorFlow, with 3×3 filters where the paper has 5×5
(torchvision's issue 906), a batch normalization for each convolution, and no biases in these.
"""

from __future__ import annotations

import torch
from torch import nn

from .alexnet import across_maps

TORCHVISION = {"large_kernel": 3, "batch_norm": True}

# In each block: maps of the 1×1 branch; of the 3×3 branch, first reduced to, then; of the 5×5
# branch, first reduced to, then; of the pooling branch. From the paper's table 1.
BLOCKS = {
    "inception_3a": (64, 96, 128, 16, 32, 32),
    "inception_3b": (128, 128, 192, 32, 96, 64),
    "inception_4a": (192, 96, 208, 16, 48, 64),
    "inception_4b": (160, 112, 224, 24, 64, 64),
    "inception_4c": (128, 128, 256, 24, 64, 64),
    "inception_4d": (112, 144, 288, 32, 64, 64),
    "inception_4e": (256, 160, 320, 32, 128, 128),
    "inception_5a": (256, 160, 320, 32, 128, 128),
    "inception_5b": (384, 192, 384, 48, 128, 128),
}


def conv(inputs: int, filters: int, kernel: int, *, stride: int = 1, batch_norm: bool):
    """A convolution that pads half its filter's size, and a ReLU."""
    pad = kernel // 2
    if not batch_norm:
        return nn.Sequential(nn.Conv2d(inputs, filters, kernel, stride, pad), nn.ReLU())
    # The normalization takes away any mean, and with it what a bias would add.
    bare = nn.Conv2d(inputs, filters, kernel, stride, pad, bias=False)
    return nn.Sequential(bare, nn.BatchNorm2d(filters, eps=0.001), nn.ReLU())


def halve() -> nn.Module:
    """3×3 pooling with stride 2, the last window hanging over the edge: 112 -> 56 -> 28 -> 14."""
    return nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)


class Inception(nn.Module):
    """Four branches over one input, their maps stacked: (N, C, H, W) -> (N, C', H, W)."""

    def __init__(self, inputs: int, maps: tuple[int, ...], large_kernel: int, batch_norm: bool):
        super().__init__()
        one, reduce_three, three, reduce_five, five, pooled = maps
        self.one = conv(inputs, one, 1, batch_norm=batch_norm)
        self.three = nn.Sequential(
            conv(inputs, reduce_three, 1, batch_norm=batch_norm),
            conv(reduce_three, three, 3, batch_norm=batch_norm),
        )
        self.five = nn.Sequential(
            conv(inputs, reduce_five, 1, batch_norm=batch_norm),
            conv(reduce_five, five, large_kernel, batch_norm=batch_norm),
        )
        self.pooled = nn.Sequential(
            nn.MaxPool2d(kernel_size=3, stride=1, padding=1),
            conv(inputs, pooled, 1, batch_norm=batch_norm),
        )

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pooled(x)], dim=1)


class GoogLeNet(nn.Sequential):
    """Images (N, 3, 224, 224) -> scores (N, classes)."""

    input_shape = (3, 224, 224)

    def __init__(self, classes: int = 1000, *, large_kernel: int = 5, batch_norm: bool = False):
        super().__init__()
        self.conv1 = conv(3, 64, 7, stride=2, batch_norm=batch_norm)  # 112×112
        self.pool1 = halve()  # 56×56
        if not batch_norm:
            self.norm1 = across_maps()
        self.conv2_reduce = conv(64, 64, 1, batch_norm=batch_norm)
        self.conv2 = conv(64, 192, 3, batch_norm=batch_norm)
        if not batch_norm:
            self.norm2 = across_maps()
        self.pool2 = halve()  # 28×28
        inputs = 192
        for name, maps in BLOCKS.items():
            self.add_module(name, Inception(inputs, maps, large_kernel, batch_norm))
            inputs = maps[0] + maps[2] + maps[4] + maps[5]
            if name in ("inception_3b", "inception_4e"):
                self.add_module(f"pool{name[-2]}", halve())  # 14×14, then 7×7
        self.average = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.dropout = nn.Dropout(0.4)
        self.fc = nn.Linear(inputs, classes)
