"""Six networks of the case studies as small torch modules, their tables, and networks from a line.

    from networks import VGG16, layers, show
    print(show(layers(VGG16)))

`networks.pattern` builds a network from a pattern such as `INPUT -> [CONV -> RELU]*2 -> FC`; it is
imported by that name, because it alone needs lark. A network's sizes and counts are asserted in
tests/book/test_networks.py.
"""

from .alexnet import AlexNet
from .googlenet import GoogLeNet
from .layers import Row, layers, seeded, show
from .lenet import LeNet5, PlainLeNet5
from .resnet import ResNet50
from .vgg import VGG16
from .zfnet import ZFNet

__all__ = [
    "VGG16",
    "AlexNet",
    "GoogLeNet",
    "LeNet5",
    "PlainLeNet5",
    "ResNet50",
    "Row",
    "ZFNet",
    "layers",
    "seeded",
    "show",
]
