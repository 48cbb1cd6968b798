"""AlexNet, the winner of ILSVRC 2012: the network that made ImageNet a matter of ConvNets.

Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural networks,
2012. Five convolutions and three fully connected layers on two GPUs of 3 GB. In conv2, conv4 and
conv5 each GPU saw only its own half of the maps: that is what two groups mean. 60,965,224
parameters, the paper's "60 million".

Differs from the paper: images of 227×227. The paper says 224×224, which 11×11 filters with stride 4
do not tile; 227 gives the 55×55 positions that the paper counts. Both GPUs' halves lie in one
tensor, so the normalization after conv1 and conv2 also sees across the halves; it has no
parameters.

Two other counts are in use:
- `AlexNet(groups=1)` joins the halves: 62,378,344.
- `AlexNet(**TORCHVISION)` has the sizes of torchvision's `alexnet`, which follows Krizhevsky's
  "One weird trick" (2014): one GPU, fewer filters in conv1, conv2 and conv4, no normalization, and
  224×224 images padded by 2, whose last row and column no filter reaches: 61,100,840.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

TORCHVISION = {"filters": (64, 192, 384, 256, 256), "groups": 1, "normalize": False, "pad": 2}


def across_maps() -> nn.Module:
    """Divide each value by what five neighbouring maps hold at its place (section 3.3).

    b = a / (2 + α Σ a²)^β, α = 1e-4, β = 0.75. PyTorch averages the squares where the paper adds
    them up, hence five times α.
    """
    return nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2)


class AlexNet(nn.Sequential):
    """Images (N, 3, 227, 227) -> scores (N, classes); with pad=2, 224×224 gives the same sizes."""

    input_shape = (3, 227, 227)

    def __init__(
        self,
        classes: int = 1000,
        *,
        filters: tuple[int, int, int, int, int] = (96, 256, 384, 384, 256),
        groups: int = 2,
        normalize: bool = True,
        pad: int = 0,
    ):
        one, two, three, four, five = filters
        steps = OrderedDict(  # the sizes on the right are those after the layer
            conv1=nn.Conv2d(3, one, kernel_size=11, stride=4, padding=pad),  # 55×55
            relu1=nn.ReLU(),
            norm1=across_maps(),
            pool1=nn.MaxPool2d(kernel_size=3, stride=2),  # 27×27
            conv2=nn.Conv2d(one, two, kernel_size=5, padding=2, groups=groups),
            relu2=nn.ReLU(),
            norm2=across_maps(),
            pool2=nn.MaxPool2d(kernel_size=3, stride=2),  # 13×13
            conv3=nn.Conv2d(two, three, kernel_size=3, padding=1),  # both GPUs see all
            relu3=nn.ReLU(),
            conv4=nn.Conv2d(three, four, kernel_size=3, padding=1, groups=groups),
            relu4=nn.ReLU(),
            conv5=nn.Conv2d(four, five, kernel_size=3, padding=1, groups=groups),
            relu5=nn.ReLU(),
            pool5=nn.MaxPool2d(kernel_size=3, stride=2),  # 6×6
            flatten=nn.Flatten(),
            dropout6=nn.Dropout(0.5),
            fc6=nn.Linear(five * 6 * 6, 4096),
            relu6=nn.ReLU(),
            dropout7=nn.Dropout(0.5),
            fc7=nn.Linear(4096, 4096),
            relu7=nn.ReLU(),
            fc8=nn.Linear(4096, classes),
        )
        if not normalize:
            del steps["norm1"], steps["norm2"]
        super().__init__(steps)
