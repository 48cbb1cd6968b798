"""VGG-16, second in the ILSVRC 2014 classification: depth out of 3×3 filters.

Simonyan and Zisserman, Very deep convolutional networks for large-scale image recognition, 2015,
configuration D: thirteen 3×3 convolutions that keep the image's size, five 2×2 poolings that halve
it, three fully connected layers. 138,357,544 parameters, three quarters of them in fc6.

Differs from the paper: nothing that has a size. `classes` may be another number than 1,000.
"""

from __future__ import annotations

from torch import nn

# The filters of each layer and the number of such layers, before each of the five poolings.
BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))


class VGG16(nn.Sequential):
    """Images (N, 3, 224, 224) -> scores (N, classes)."""

    input_shape = (3, 224, 224)

    def __init__(self, classes: int = 1000):
        super().__init__()
        channels = 3
        for block, (filters, depth) in enumerate(BLOCKS, start=1):
            for number in range(1, depth + 1):
                conv = nn.Conv2d(channels, filters, kernel_size=3, padding=1)
                self.add_module(f"conv{block}_{number}", conv)
                self.add_module(f"relu{block}_{number}", nn.ReLU())
                channels = filters
            self.add_module(f"pool{block}", nn.MaxPool2d(kernel_size=2))
        self.add_module("flatten", nn.Flatten())  # (N, 512, 7, 7) -> (N, 25088)
        for number, inputs in ((6, 512 * 7 * 7), (7, 4096)):
            self.add_module(f"fc{number}", nn.Linear(inputs, 4096))
            self.add_module(f"relu{number}", nn.ReLU())
            self.add_module(f"dropout{number}", nn.Dropout(0.5))
        self.add_module("fc8", nn.Linear(4096, classes))
