"""The case studies' networks have the published sizes, run, and are told row by row as they are."""

import zlib
from math import prod

import pytest
import torch
from torch import nn

from book.networks import (
    VGG16,
    AlexNet,
    GoogLeNet,
    LeNet5,
    PlainLeNet5,
    ResNet50,
    ZFNet,
    alexnet,
    googlenet,
    layers,
    lenet,
    resnet,
    seeded,
    show,
    zfnet,
)

NETWORKS = [
    LeNet5,
    PlainLeNet5,
    GoogLeNet,
    # Tens of millions of numbers take seconds to draw.
    pytest.param(ResNet50, marks=pytest.mark.slow),
    pytest.param(AlexNet, marks=pytest.mark.slow),
    pytest.param(ZFNet, marks=pytest.mark.slow),
    pytest.param(VGG16, marks=pytest.mark.slow),
]


def like_torchvision(make, settings):
    """The variant that torchvision has, for torchvision's images."""
    return lambda: make(**settings), (3, 224, 224)


TORCHVISION_ALEXNET = like_torchvision(AlexNet, alexnet.TORCHVISION)
TORCHVISION_GOOGLENET = like_torchvision(GoogLeNet, googlenet.TORCHVISION)
TORCHVISION_RESNET = like_torchvision(ResNet50, {"stride_in_3x3": True})


def total(rows, *columns):
    return sum(getattr(row, column) for row in rows for column in columns)


@pytest.mark.parametrize(
    ("make", "image", "published"),
    [
        pytest.param(LeNet5, None, 60_000, id="LeNet-5, paper"),
        pytest.param(PlainLeNet5, None, 61_706, id="LeNet-5, plain"),
        pytest.param(AlexNet, None, 60_965_224, id="AlexNet, two GPUs"),
        pytest.param(lambda: AlexNet(groups=1), None, 62_378_344, id="AlexNet, one GPU"),
        pytest.param(*TORCHVISION_ALEXNET, 61_100_840, id="AlexNet, torchvision"),
        pytest.param(ZFNet, None, 62_357_608, id="ZFNet, figure 3"),
        pytest.param(VGG16, None, 138_357_544, id="VGG-16"),
        pytest.param(GoogLeNet, None, 6_998_552, id="GoogLeNet, table 1's filters"),
        pytest.param(*TORCHVISION_GOOGLENET, 6_624_904, id="GoogLeNet, torchvision"),
        pytest.param(ResNet50, None, 25_557_032, id="ResNet-50"),
        pytest.param(*TORCHVISION_RESNET, 25_557_032, id="ResNet-50, torchvision"),
    ],
)
def test_parameters_are_as_many_as_published(make, image, published):
    """The rows and the module itself both have the published number of parameters."""
    assert total(layers(make, image), "weights", "biases") == published
    with torch.device("meta"):
        assert sum(parameter.numel() for parameter in make().parameters()) == published


@pytest.mark.parametrize(
    ("make", "image", "billions"),
    [
        pytest.param(*TORCHVISION_ALEXNET, 0.71, id="AlexNet"),
        pytest.param(VGG16, None, 15.47, id="VGG-16"),
        pytest.param(*TORCHVISION_GOOGLENET, 1.50, id="GoogLeNet"),
        pytest.param(*TORCHVISION_RESNET, 4.09, id="ResNet-50"),
    ],
)
def test_multiply_adds_are_those_that_torchvision_publishes(make, image, billions):
    """To two decimals, torchvision's own table of weights has the same "GFLOPS"."""
    assert round(total(layers(make, image), "multiply_adds") / 1e9, 2) == billions


def test_lenet_has_the_connections_of_the_paper():
    """The paper's 340,908: each value's multiply-adds and its bias, and five in every pooling."""
    connections = {}
    for row in layers(LeNet5)[1:]:
        bias = row.values if row.biases else 0
        pooling = 4 * row.values if row.kind == "Subsampling" else 0
        connections[row.name] = row.multiply_adds + bias + pooling
    named = {"C1": 122_304, "S2": 5_880, "C3": 151_600, "S4": 2_000, "C5": 48_120, "F6": 10_164}
    assert connections == named | {"output": 10 * 84}
    assert sum(connections.values()) == 340_908


def test_the_difference_between_the_two_lenets_is_the_one_told():
    """Poolings with parameters, a sparse C3 and a fixed output explain it: −44 + 900 + 850."""
    paper, plain = layers(LeNet5), layers(PlainLeNet5)
    assert [row.shape for row in paper[1:5]] == [row.shape for row in plain[1:5]]
    told = {"S2": -12, "C3": 900, "S4": -32, "output": 850}
    for one, other in zip(paper, plain, strict=True):
        difference = other.weights + other.biases - one.weights - one.biases
        assert difference == told.get(one.name, 0), (one, other)
    assert sum(told.values()) == 61_706 - 60_000


def test_sparse_convolution_is_a_convolution_with_missing_weights():
    """LeNet's C3 equals a full convolution with zeros; ten of its maps see each map below."""
    sparse = seeded(lambda: lenet.SparseConv(lenet.SEEN, kernel=5))
    weight = torch.zeros(16, 6, 5, 5)
    for number, (conv, below) in enumerate(zip(sparse.maps, lenet.SEEN, strict=True)):
        weight[number, list(below)] = conv.weight.detach()[0]
    bias = torch.cat([conv.bias.detach() for conv in sparse.maps])
    x = torch.randn(2, 6, 14, 14, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(sparse(x), nn.functional.conv2d(x, weight, bias))
    assert torch.all((weight != 0).any(dim=(2, 3)).sum(dim=0) == 10)
    assert len(set(lenet.SEEN)) == 16


def test_lenet_calls_each_of_its_drawings_by_its_digit():
    """A drawing is at distance 0 from itself and far from the others; squashing keeps ±1."""
    codes = lenet.drawings()
    assert codes.shape == (10, 7 * 12)
    assert torch.equal(codes.abs(), torch.ones(10, 84))
    scores = lenet.Likeness()(codes)
    assert torch.equal(scores.argmax(dim=1), torch.arange(10))
    assert torch.equal(scores.diag(), torch.zeros(10))
    assert scores.topk(2).values[:, 1].max() <= -4 * 5, (
        "two digits differ in fewer than five pixels"
    )
    torch.testing.assert_close(lenet.Squash()(codes), codes, rtol=0, atol=1e-4)


def test_subsampling_starts_as_an_average():
    """LeNet's pooling with its first factor and bias is average pooling, and both are learned."""
    x = torch.randn(2, 6, 8, 8, generator=torch.Generator().manual_seed(0))
    pool = lenet.Subsampling(6)
    with torch.no_grad():
        torch.testing.assert_close(pool(x), nn.functional.avg_pool2d(x, 2))
        pool.weight[1], pool.bias[1] = 1.0, 2.0
        torch.testing.assert_close(pool(x)[:, 1], 4 * nn.functional.avg_pool2d(x, 2)[:, 1] + 2)


def test_vgg_is_the_table_of_the_notes():
    """Row by row: the volume and the weights; and the sums over them."""
    rows = layers(VGG16)
    assert [(row.shape, row.weights) for row in rows] == [
        ((3, 224, 224), 0),
        ((64, 224, 224), 1_728),
        ((64, 224, 224), 36_864),
        ((64, 112, 112), 0),
        ((128, 112, 112), 73_728),
        ((128, 112, 112), 147_456),
        ((128, 56, 56), 0),
        ((256, 56, 56), 294_912),
        ((256, 56, 56), 589_824),
        ((256, 56, 56), 589_824),
        ((256, 28, 28), 0),
        ((512, 28, 28), 1_179_648),
        ((512, 28, 28), 2_359_296),
        ((512, 28, 28), 2_359_296),
        ((512, 14, 14), 0),
        ((512, 14, 14), 2_359_296),
        ((512, 14, 14), 2_359_296),
        ((512, 14, 14), 2_359_296),
        ((512, 7, 7), 0),
        ((4096,), 102_760_448),
        ((4096,), 16_777_216),
        ((1000,), 4_096_000),
    ]
    assert total(rows, "weights") == 138_344_128
    assert total(rows, "values") == 15_237_608
    assert total(rows, "multiply_adds") == 15_470_264_320
    everything = total(rows, "weights", "biases")
    assert round(100 * (rows[-3].weights + rows[-3].biases) / everything, 1) == 74.3
    assert round(100 * total(rows[-3:], "weights", "biases") / everything, 1) == 89.4


def test_alexnet_is_the_table_of_the_paper():
    """Row by row: the volume, the weights and the biases, with half of the maps in two groups."""
    rows = layers(AlexNet)
    assert [(row.name, row.shape, row.weights, row.biases) for row in rows] == [
        ("input", (3, 227, 227), 0, 0),
        ("conv1", (96, 55, 55), 34_848, 96),
        ("norm1", (96, 55, 55), 0, 0),
        ("pool1", (96, 27, 27), 0, 0),
        ("conv2", (256, 27, 27), 5 * 5 * 48 * 256, 256),
        ("norm2", (256, 27, 27), 0, 0),
        ("pool2", (256, 13, 13), 0, 0),
        ("conv3", (384, 13, 13), 3 * 3 * 256 * 384, 384),
        ("conv4", (384, 13, 13), 3 * 3 * 192 * 384, 384),
        ("conv5", (256, 13, 13), 3 * 3 * 192 * 256, 256),
        ("pool5", (256, 6, 6), 0, 0),
        ("fc6", (4096,), 9_216 * 4_096, 4_096),
        ("fc7", (4096,), 4_096 * 4_096, 4_096),
        ("fc8", (1000,), 4_096 * 1_000, 1_000),
    ]


def test_normalization_across_maps_is_the_formula_of_the_paper():
    """A value is divided by (2 + 1e-4 · squares of five maps)^0.75; edge maps have fewer."""
    a = 50 * torch.randn(1, 8, 2, 2, generator=torch.Generator().manual_seed(0))
    want = torch.empty_like(a)
    for i in range(8):
        squares = a[:, max(0, i - 2) : i + 3].square().sum(dim=1)
        want[:, i] = a[:, i] / (2 + 1e-4 * squares) ** 0.75
    torch.testing.assert_close(alexnet.across_maps()(a), want)


def test_zfnet_has_the_sizes_of_figure_3_and_differs_from_alexnet_in_its_first_layer():
    """110, 55, 26, 13, 6; against AlexNet without groups 20,736 parameters fewer, all in conv1."""
    rows = {row.name: row for row in layers(ZFNet)}
    sizes = [
        rows[name].shape[1:] for name in ("conv1", "pool1", "conv2", "pool2", "conv5", "pool5")
    ]
    assert sizes == [(110, 110), (55, 55), (26, 26), (13, 13), (13, 13), (6, 6)]
    for row in layers(lambda: AlexNet(groups=1)):
        other = rows[row.name]
        fewer = row.weights + row.biases - other.weights - other.biases
        assert fewer == (20_736 if row.name == "conv1" else 0), row.name


def test_zfnet_can_have_its_larger_middle_layers():
    """With LARGER the maps are 512, 1,024, 512, and fc6 grows with them."""
    rows = {row.name: row for row in layers(lambda: ZFNet(filters=zfnet.LARGER))}
    assert [rows[f"conv{n}"].shape[0] for n in (3, 4, 5)] == [512, 1024, 512]
    assert rows["fc6"].weights == 6 * 6 * 512 * 4096


# Of the paper's table 1: output, parameters in K = 1,024, multiply-adds in M = 1,000,000. The pair
# conv2_reduce and conv2 is one row there.
GOOGLENET_TABLE = {
    "conv1": ((64, 112, 112), 2.7, 34),
    "conv2": ((192, 56, 56), 112, 360),
    "inception_3a": ((256, 28, 28), 159, 128),
    "inception_3b": ((480, 28, 28), 380, 304),
    "inception_4a": ((512, 14, 14), 364, 73),
    "inception_4b": ((512, 14, 14), 437, 88),
    "inception_4c": ((512, 14, 14), 463, 100),
    "inception_4d": ((528, 14, 14), 580, 119),
    "inception_4e": ((832, 14, 14), 840, 170),
    "inception_5a": ((832, 7, 7), 1072, 54),
    "inception_5b": ((1024, 7, 7), 1388, 71),
    "fc": ((1000,), 1000, 1),
}


def test_googlenet_is_the_table_of_the_paper_where_that_agrees_with_itself():
    """Outputs all agree, work in all but two rows, parameters to one in a hundred."""
    rows = {row.name: row for row in layers(GoogLeNet)}
    reduce = rows.pop("conv2_reduce")
    differ = set()
    for name, (shape, _, millions) in GOOGLENET_TABLE.items():
        work = rows[name].multiply_adds + (reduce.multiply_adds if name == "conv2" else 0)
        assert rows[name].shape == shape, name
        if abs(work / 1e6 - millions) >= 1:
            differ.add(name)
    assert differ == {"conv1", "inception_5a"}
    weights = reduce.weights + total(rows.values(), "weights")
    thousands = sum(row[1] for row in GOOGLENET_TABLE.values())
    assert weights == 6_990_272
    assert round(thousands, 1) == 6_797.7
    assert round(thousands * 1024 / 1e6, 2) == 6.96
    assert abs(thousands * 1024 / weights - 1) < 0.01
    assert rows["inception_4c"].weights // 1024 == 497
    assert rows["conv1"].weights == 9_408
    assert rows["fc"].weights + rows["fc"].biases == 1_025_000


def test_googlenet_looks_at_a_larger_image_too():
    """The average over each map fits whatever size the maps have."""
    rows = layers(GoogLeNet, (3, 288, 320))
    assert rows[-3].shape == (1024, 9, 10)
    assert rows[-1].shape == (1000,)


def test_resnet_is_the_table_of_the_paper():
    """Sizes halve from stage to stage; fifty layers; the paper's 3.8 G, torchvision's 4.09."""
    rows = {row.name: row for row in layers(ResNet50)}
    stages = [rows[name].shape for name in ("conv1", "conv2_3", "conv3_4", "conv4_6", "conv5_3")]
    assert stages == [(64, 112, 112), (256, 56, 56), (512, 28, 28), (1024, 14, 14), (2048, 7, 7)]
    every = layers(ResNet50, depth=None)
    counted = [row for row in every if row.multiply_adds and "shortcut" not in row.name]
    assert len(counted) == 50
    assert total(every, "multiply_adds") == 3_857_973_248
    assert rows["fc"].weights + rows["fc"].biases == 2_049_000


@pytest.mark.parametrize("stride_in_3x3", [False, True])
def test_a_residual_block_without_a_correction_passes_its_input(stride_in_3x3):
    """Where F(x) is 0 the block is a ReLU of its input: x + F(x)."""
    block = resnet.Bottleneck(16, 4, 1, stride_in_3x3).eval()
    x = torch.randn(2, 16, 5, 5, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert not torch.equal(block(x), x.relu())
        block.residual[-1].weight.zero_()
        assert torch.equal(block(x), x.relu())


@pytest.mark.parametrize("make", NETWORKS)
def test_the_network_runs(make):
    """One forward pass: a finite score for each class, and another image gets other scores."""
    network = seeded(make)
    generator = torch.Generator().manual_seed(1)
    images = [torch.randn(1, *make.input_shape, generator=generator) for _ in range(2)]
    with torch.no_grad():
        first, second = (network(image) for image in images)
    classes = 10 if "LeNet5" in make.__name__ else 1000
    assert first.shape == (1, classes)
    assert torch.isfinite(first).all()
    # By more than rounding: the signal must not have faded on its way.
    assert (first - second).abs().max() > 0.05 * first.std()


@pytest.mark.parametrize("make", NETWORKS)
def test_the_same_seed_gives_the_same_weights(make):
    """Two networks of one seed are equal bit by bit, and another seed gives another network."""

    def fingerprint(seed):
        state = seeded(make, seed).state_dict()
        return {name: zlib.crc32(tensor.numpy()) for name, tensor in state.items()}

    once = fingerprint(3)
    torch.rand(5)  # what else was drawn in between must not matter
    assert fingerprint(3) == once
    assert fingerprint(4) != once


def test_seeding_a_network_leaves_the_global_generator_alone():
    """What a notebook draws next does not depend on whether a network was built."""
    torch.manual_seed(0)
    want = torch.rand(3)
    torch.manual_seed(0)
    seeded(PlainLeNet5)
    assert torch.equal(torch.rand(3), want)


@pytest.mark.parametrize("make", NETWORKS)
def test_meta_and_cpu_tables_agree(make):
    """The rows read off tensors without numbers are those of a real forward pass."""
    assert layers(make, depth=None) == layers(make, depth=None, device="cpu")


@pytest.mark.parametrize("make", [LeNet5, GoogLeNet, ResNet50])
def test_opening_the_blocks_changes_no_sum(make):
    """One row for a block or one for each layer in it: the same parameters and the same work."""
    blocks, opened = layers(make), layers(make, depth=None)
    assert len(opened) > len(blocks)
    for column in ("weights", "biases", "multiply_adds"):
        assert total(blocks, column) == total(opened, column)


def test_rows_are_counted_right_on_a_network_small_enough_for_paper():
    """A grouped convolution with stride, a pooling, a normalization, a linear layer: by hand."""

    def make():
        return nn.Sequential(
            nn.Conv2d(4, 6, 3, stride=2, groups=2, bias=False),
            nn.BatchNorm2d(6),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(24, 5),
        )

    assert [tuple(row) for row in layers(make, (4, 9, 9))] == [
        ("input", "Input", (4, 9, 9), 0, 0, 0),
        ("0", "Conv2d", (6, 4, 4), 6 * 2 * 9, 0, 6 * 4 * 4 * 2 * 9),
        ("1", "BatchNorm2d", (6, 4, 4), 6, 6, 0),
        ("3", "MaxPool2d", (6, 2, 2), 0, 0, 0),
        ("5", "Linear", (5,), 120, 5, 120),
    ]


def test_the_table_shows_every_row_and_the_sums():
    """A line for the head, one for each row and one for the sums, all equally long."""
    rows = layers(VGG16)
    lines = show(rows).splitlines()
    assert len(lines) == len(rows) + 2
    assert len({len(line) for line in lines}) == 1
    squeezed = [" ".join(line.split()) for line in lines]
    assert squeezed[2] == "conv1_1 Conv2d 64 × 224 × 224 1,728 64 86,704,128"
    assert squeezed[-1] == "sum 15,237,608 values 138,344,128 13,416 15,470,264,320"
    assert all(row.values == prod(row.shape) for row in rows)
