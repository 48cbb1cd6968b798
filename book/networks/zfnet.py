"""ZFNet: AlexNet mended by looking into it.

Zeiler and Fergus, Visualizing and understanding convolutional networks, 2014, figure 3. Pictures of
what AlexNet's filters respond to showed dead and blurred ones in its first layers, so the first
filters became smaller (7×7 for 11×11) and their stride shorter (2 for 4). One GPU, no groups.
ILSVRC 2013 was won by Clarifai, Zeiler's company; the two authors' own entry came in behind it.

The paper prints no total. The layers of figure 3 give 62,357,608 parameters, 20,736 fewer than
AlexNet without groups: all of it in the first layer, since every other layer has AlexNet's size.
`ZFNet(filters=LARGER)` has the middle layers of the paper's best single network (its table 2).

Differs from the paper: figure 3 gives sizes (110, 55, 26, 13, 6) but no padding. Here the image is
padded by 1 and the first two poolings take a last window that hangs over the edge, which yields
these sizes. The paper's contrast normalization across maps is taken to be AlexNet's.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from .alexnet import across_maps

LARGER = (96, 256, 512, 1024, 512)


class ZFNet(nn.Sequential):
    """Images (N, 3, 224, 224) -> scores (N, classes)."""

    input_shape = (3, 224, 224)

    def __init__(
        self,
        classes: int = 1000,
        *,
        filters: tuple[int, int, int, int, int] = (96, 256, 384, 384, 256),
    ):
        one, two, three, four, five = filters
        super().__init__(
            OrderedDict(  # the sizes on the right are those after the layer
                conv1=nn.Conv2d(3, one, kernel_size=7, stride=2, padding=1),  # 110×110
                relu1=nn.ReLU(),
                pool1=nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),  # 55×55
                norm1=across_maps(),
                conv2=nn.Conv2d(one, two, kernel_size=5, stride=2),  # 26×26
                relu2=nn.ReLU(),
                pool2=nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),  # 13×13
                norm2=across_maps(),
                conv3=nn.Conv2d(two, three, kernel_size=3, padding=1),
                relu3=nn.ReLU(),
                conv4=nn.Conv2d(three, four, kernel_size=3, padding=1),
                relu4=nn.ReLU(),
                conv5=nn.Conv2d(four, five, kernel_size=3, padding=1),
                relu5=nn.ReLU(),
                pool5=nn.MaxPool2d(kernel_size=3, stride=2),  # 6×6
                flatten=nn.Flatten(),
                fc6=nn.Linear(five * 6 * 6, 4096),
                relu6=nn.ReLU(),
                dropout6=nn.Dropout(0.5),
                fc7=nn.Linear(4096, 4096),
                relu7=nn.ReLU(),
                dropout7=nn.Dropout(0.5),
                fc8=nn.Linear(4096, classes),
            )
        )
