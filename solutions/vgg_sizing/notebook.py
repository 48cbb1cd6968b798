# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assignment 5 · Size a network before you build it
#
# **What you will do.** Take a network as a list of layers and work out, on paper as it were, every
# volume in it, its parameters, its work, what it sees and the memory it takes to train. Then build
# it in PyTorch and hold your numbers against the real thing.
#
# **What you will learn.**
#
# - where the memory of a convolutional network goes, where its parameters sit, and that these are
#   two different places;
# - why three small filters beat one large one, and what that costs;
# - how far one value of a deep layer sees into the picture;
# - which batch fits on a GPU, before you run out of memory on it;
# - how to check an estimate without running anything: PyTorch's *meta device*.
#
# **What you will need.** What a convolution, a pooling and a fully connected layer do; plain
# integers; and about four hours. The notebook needs NumPy, PyTorch and Matplotlib; where
# scikit-learn is installed you get a photograph to look at. It runs in less than a minute on a
# laptop. No GPU is needed; where there is one, the last section measures on it.
#
# **The rules.**
#
# - Write your code where it says `YOUR CODE HERE`. Helpers may stand in the same cell or in cells
#   of your own, and you may call functions that you wrote earlier in this notebook.
# - Use plain Python, its standard library, NumPy and PyTorch, whose modules you may count as well.
#   No route is forbidden here: nothing does this work in your place.
# - Count exactly: every answer is an integer, or made of integers; a volume and a pair are tuples.
#   `/` always gives a float, and floats lose count; `//` does not.
# - Never change an argument in place.
#
# **How it is marked.** 40 points are graded by machine and 5 by a person. Every graded cell shows
# checks that you can run now. When your work is graded, *more* checks of the same properties run on
# other networks, many of them nothing like VGG, so passing what you see is needed, but it is not
# yet full marks. A slip is paid for once: later functions are graded with a correct version of the
# earlier ones, and each check judges the one thing in its name.

# %% [markdown]
# ## Name things once
#
# | symbol | meaning |
# |---|---|
# | `layers` | a list of `Conv`, `Pool` and `FC`, from the image up; `FC` layers come last |
# | `input_shape` (C, H, W) | one image: channels, rows, columns; rows and columns may differ |
# | `Conv(filters, kernel=3, stride=1, pad=1)` | `kernel` × `kernel` filters, then a ReLU |
# | `Pool(size=2, stride=2)` | max pooling with a window of `size` × `size`, never padded |
# | `FC(units)` | a fully connected layer, then a ReLU unless it is the last |
#
# The CS231n notes write a volume as [rows × columns × depth], so their [224 × 224 × 64] is
# `(64, 224, 224)` here: PyTorch's order. The batch is not part of a shape. All sizes are counted
# for *one* image, until batches come in.

# %% nbgrader={"grade_id": "setup", "locked": true}
import solutions.shared.torch_packages

import numpy as np
import torch
from torch import nn

import solutions.shared.versions  # noqa: F401

# %% nbgrader={"grade_id": "given_layers", "locked": true}
from dataclasses import dataclass


def expect_whole(least, **numbers):
    """Raise `ValueError` unless every number is an integer of at least `least`."""
    for name, number in numbers.items():
        if not isinstance(number, int | np.integer) or number < least:
            raise ValueError(
                f"{name} must be a whole number of at least {least}, but is {number!r}"
            )


def expect_volume(input_shape):
    """Raise `ValueError` unless `input_shape` is (C, H, W)."""
    if not isinstance(input_shape, tuple | list) or len(input_shape) != 3:
        raise ValueError(
            f"input_shape needs three numbers (C, H, W), but is {input_shape!r}; "
            "sizes are counted for one image, so there is no batch in it"
        )
    expect_whole(1, **dict(zip("CHW", input_shape, strict=True)))


@dataclass(frozen=True)
class Conv:
    """`filters` filters of kernel × kernel, each as deep as its input, and a ReLU."""

    filters: int
    kernel: int = 3
    stride: int = 1
    pad: int = 1

    def __post_init__(self):
        expect_whole(1, filters=self.filters, kernel=self.kernel, stride=self.stride)
        expect_whole(0, pad=self.pad)


@dataclass(frozen=True)
class Pool:
    """Max pooling over windows of size × size, without padding."""

    size: int = 2
    stride: int = 2

    def __post_init__(self):
        expect_whole(1, size=self.size, stride=self.stride)


@dataclass(frozen=True)
class FC:
    """`units` neurons, each connected to everything in the volume before it."""

    units: int

    def __post_init__(self):
        expect_whole(1, units=self.units)


IMAGE = (3, 224, 224)


def vgg16():
    """The layers of VGG-16, in a new list each time."""
    return [
        *[Conv(64), Conv(64), Pool()],
        *[Conv(128), Conv(128), Pool()],
        *[Conv(256), Conv(256), Conv(256), Pool()],
        *[Conv(512), Conv(512), Conv(512), Pool()],
        *[Conv(512), Conv(512), Conv(512), Pool()],
        *[FC(4096), FC(4096), FC(1000)],
    ]


# %% [markdown]
# All of this is given. A layer is nothing but its hyperparameters: it has no weights, it computes
# nothing, and you cannot change it once it is made. What makes no sense is refused:

# %%
print(Conv(64), Pool(3, stride=2), FC(10), sep="\n")
for nonsense in (lambda: Conv(64, stride=0), lambda: Pool(1.5), lambda: expect_volume((224, 224))):
    try:
        nonsense()
    except ValueError as error:
        print("refused:", error)

# %% [markdown]
# `vgg16()` lists the network of Simonyan and Zisserman (2014), second in that year's ImageNet
# contest and in every textbook since, because it is so regular: only 3 × 3 filters at stride 1 with
# one zero around, only 2 × 2 pooling at stride 2, and three fully connected layers on top. The
# notes walk through it line by line. So will you.
#
# The next cell only sets up the drawings. They are grey on nothing, to be read on light and dark
# pages alike.

# %%
import matplotlib.pyplot as plt

INK, BLUE, ORANGE = "#777777", "#4c8cc4", "#d9822b"
plt.rcParams.update(
    {
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "font.size": 10,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": INK,
        "axes.titlecolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
    }
)

# %% [markdown]
# ## 1 · Follow the volume through the layers
#
# Each layer turns one volume into the next. For a convolution or a pooling with a window of $F$,
# stride $S$ and $P$ zeros on either side, rows and columns each follow the formula of the first
# assignment:
#
# $$\text{places} = \frac{W - F + 2P}{S} + 1$$
#
# What happens to the depth differs. A convolution makes one map for each *filter*, however deep its
# input. A pooling works on each map alone and keeps the depth. A fully connected layer has no rows
# and columns at all; we write its output as a volume of one place, `(units, 1, 1)`.
#
# The smallest loop: AlexNet's way down from 227 pixels, rows only.

# %%
side = 227
for name, window, stride, pad in [
    ("conv 11 at stride 4", 11, 4, 0),
    ("pool 3 at stride 2", 3, 2, 0),
    ("conv 5 with pad 2", 5, 1, 2),
    ("pool 3 at stride 2", 3, 2, 0),
]:
    side = (side - window + 2 * pad) // stride + 1
    print(f"{name:20} {side:3} places")

# %% [markdown]
# Check one by hand: $(227 - 11)/4 + 1 = 55$, and $(55 - 3)/2 + 1 = 27$. All of these divide without
# a remainder. The `//` in this loop hides it when they do not. Your function must not: **what does
# not tile is refused**, by rows or by columns, at whatever layer it happens.
#
# ### Write `layer_shapes`


# %% nbgrader={"grade_id": "layer_shapes", "solution": true}
def layer_shapes(layers, input_shape):
    """Follow the volume of one image through the layers.

    rows = (H - window + 2·pad) / stride + 1, columns the same with W

    Parameters
    ----------
    layers : list of Conv, Pool, FC
        From the image up; FC layers come last.
    input_shape : (int, int, int)
        The image: C, H, W.

    Returns
    -------
    list of tuple
        The volume (C, H, W) after each layer, a tuple of ints; an FC gives (units, 1, 1). The input
        is not in the list.

    Raises
    ------
    ValueError
        If the windows of a layer do not tile the rows or the columns of the volume that reaches it
        (or are larger than it). The message names the size, the window, the stride and for a Conv
        the padding, of the direction that fails. Also if input_shape is not three numbers.

    Source: CS231n notes, "Case studies" (VGGNet in detail) and "Spatial arrangement"; Simonyan and
    Zisserman (2015), "Very deep convolutional networks for large-scale image recognition".
    """
    expect_volume(input_shape)
    ### BEGIN SOLUTION

    def places(size, window, stride, pad, direction):
        room = size - window + 2 * pad
        if room < 0 or room % stride:
            why = "the window is too large" if room < 0 else f"{room} does not divide by {stride}"
            raise ValueError(
                f"{layer}: its windows do not tile the {direction}: size {size}, window {window}, "
                f"stride {stride}, pad {pad}: {why}"
            )
        return room // stride + 1

    C, H, W = input_shape
    shapes = []
    for layer in layers:
        # By name and not by class: a layer counts wherever its class was defined.
        kind = type(layer).__name__
        if kind == "FC":
            C, H, W = layer.units, 1, 1
        else:
            if kind == "Conv":
                C, window, pad = layer.filters, layer.kernel, layer.pad
            else:
                window, pad = layer.size, 0
            H = places(H, window, layer.stride, pad, "rows")
            W = places(W, window, layer.stride, pad, "columns")
        shapes.append((C, H, W))
    return shapes
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_layer_shapes_conv", "grade": true, "points": 2}
for layer, image, want, slip in [
    (Conv(8), (3, 5, 9), (8, 5, 9), "3 × 3 with one zero around keeps rows and columns"),
    (Conv(8, pad=0), (3, 5, 9), (8, 3, 7), "without padding two rows and two columns go"),
    (Conv(6, kernel=5, stride=2, pad=2), (1, 7, 11), (6, 4, 6), "(7 - 5 + 2·2)/2 + 1 = 4 rows"),
    (Conv(96, kernel=11, stride=4, pad=0), (3, 227, 227), (96, 55, 55), "AlexNet's first layer"),
]:
    got = layer_shapes([layer], image)
    assert isinstance(got, list | tuple), f"expected a list of volumes, you returned {got!r}"
    assert len(got) == 1, f"expected one volume, not the input; yours are {got}"
    assert tuple(got[0]) == want, (
        f"{layer} on {image}: expected {want}, yours is {tuple(got[0])}. Look: {slip}; the depth "
        "is the number of filters."
    )
got = layer_shapes([Conv(4, kernel=1, pad=0), Conv(5, pad=0), Conv(6, stride=2)], (2, 7, 9))
assert [tuple(s) for s in got] == [(4, 7, 9), (5, 5, 7), (6, 3, 4)], (
    f"expected [(4, 7, 9), (5, 5, 7), (6, 3, 4)], yours are {got}: each layer starts "
    "from the volume that the one before it left"
)

# %% nbgrader={"grade_id": "test_layer_shapes_pool", "grade": true, "points": 2}
for layer, image, want in [
    (Pool(), (5, 6, 6), (5, 3, 3)),
    (Pool(3, stride=2), (96, 55, 55), (96, 27, 27)),
    (Pool(2, stride=1), (4, 3, 3), (4, 2, 2)),
]:
    got = layer_shapes([layer], image)
    assert [tuple(s) for s in got] == [want], (
        f"{layer} on {image}: expected {[want]}, yours is {got}. Pooling keeps the depth, has no "
        "padding, and moves by its stride, which need not be its size."
    )

# %% nbgrader={"grade_id": "test_layer_shapes_fc", "grade": true, "points": 2}
got = layer_shapes([FC(10), FC(4)], (3, 5, 7))
assert [tuple(s) for s in got] == [(10, 1, 1), (4, 1, 1)], (
    f"a fully connected layer leaves one place: expected [(10, 1, 1), (4, 1, 1)], yours are {got}"
)

# %% nbgrader={"grade_id": "test_layer_shapes_network", "grade": true, "points": 0.5}
# The middle column of the notes' table, pooling by pooling, and the end.
layers = vgg16()
got = layer_shapes(layers, IMAGE)
assert layers == vgg16(), "the list of layers was changed in place: expected as it was"
assert len(got) == len(vgg16()), f"expected {len(vgg16())} volumes, you returned {len(got)}"
for index, want in [
    (0, (64, 224, 224)),
    (2, (64, 112, 112)),
    (5, (128, 56, 56)),
    (9, (256, 28, 28)),
    (13, (512, 14, 14)),
    (17, (512, 7, 7)),
    (18, (4096, 1, 1)),
    (20, (1000, 1, 1)),
]:
    assert tuple(got[index]) == want, (
        f"VGG-16 after layer {index + 1}, {vgg16()[index]}: expected {want}, yours is {got[index]}"
    )
got = layer_shapes([Conv(6, 5, 2, 0), Pool(3, 2), FC(9)], (1, 25, 33))
assert [tuple(s) for s in got] == [(6, 11, 15), (6, 5, 7), (9, 1, 1)], (
    f"a 25 × 33 image: expected [(6, 11, 15), (6, 5, 7), (9, 1, 1)], yours are {got}"
)
for volume in got:
    assert isinstance(volume, tuple), f"expected a tuple for each volume, yours is {volume!r}"
    assert all([isinstance(n, int | np.integer) for n in volume]), (
        f"expected integers, yours are {volume}; // keeps them, / does not"
    )

# %% nbgrader={"grade_id": "test_layer_shapes_refusal", "grade": true, "points": 0.5}
for layers, image, numbers, why in [
    ([Conv(8, 3, 2, 1)], (3, 10, 9), (10, 3, 2, 1), "rows: 10 - 3 + 2·1 = 9 and stride 2"),
    ([Conv(8, 3, 2, 1)], (3, 9, 12), (12, 3, 2, 1), "columns: 12 - 3 + 2·1 = 11 and stride 2"),
    ([Pool(4, 3)], (3, 13, 18), (18, 4, 3), "columns: 18 - 4 = 14 and stride 3"),
    ([Conv(8, 5, 1, 0), Pool(2, 2)], (3, 24, 33), (29, 2, 2), "the pooling gets 29 columns"),
]:
    try:
        got = layer_shapes(layers, image)
    except ValueError as error:
        message = str(error)
    except (AssertionError, ZeroDivisionError) as error:
        raise AssertionError(
            f"{layers} on {image}: expected a ValueError, you raised {type(error).__name__}"
        ) from error
    else:
        raise AssertionError(
            f"{layers} on {image}: expected a ValueError ({why}), you returned {got}"
        )
    left_out = [n for n in numbers if str(n) not in message]
    assert not left_out, (
        f"{layers} on {image} ({why}): expected a message with size, window, stride and padding of "
        f"the direction that fails, yours leaves out {left_out}: {message!r}"
    )
got = layer_shapes([Conv(8, 3, 2, 0)], (3, 9, 11))
assert len(got) == 1, f"9 and 11 do fit: expected one volume, you returned {got}"

# %% [markdown]
# ### Use it: let it say no
#
# The notes advise images whose side divides by two *many times*: 32, 64, 96, 224, 384, 512. Ask
# your function why 225 would be a poor choice for VGG, and what it thinks of a filter that is
# larger than its image.

# %%
for layers, image in [
    (vgg16(), (3, 225, 225)),
    (vgg16(), (3, 240, 240)),
    ([Conv(64, kernel=7, stride=2, pad=1)], (3, 224, 224)),
    ([Conv(8, kernel=9, pad=0)], (3, 4, 4)),
]:
    try:
        print(image, "fits, and ends in", layer_shapes(layers, image)[-1])
    except ValueError as error:
        print(image, "refused:", error)

# %% [markdown]
# (The third is the beginning of ZFNet, which makes 110 × 110 maps of 224 × 224 pixels. Like
# AlexNet's 224 it works only where somebody rounds down and says nothing.)

# %% [markdown]
# ## 2 · Count the parameters
#
# A filter goes through the full depth of its input: with $C$ channels coming in, each of the
# $K$ filters has $F \cdot F \cdot C$ weights and one bias. Where it is used, and how often, does
# not matter: that is parameter sharing. A fully connected neuron has one weight for every value of
# the volume before it, and a bias. Pooling has no parameters.
#
# By hand, for VGG's first layer: $3 \cdot 3 \cdot 3 \cdot 64 = 1{,}728$ weights and 64 biases; for
# its first fully connected layer $7 \cdot 7 \cdot 512 \cdot 4096 = 102{,}760{,}448$ weights.
#
# ### Write `layer_parameters`


# %% nbgrader={"grade_id": "layer_parameters", "solution": true}
def layer_parameters(layers, input_shape):
    """Count the weights and the biases of each layer.

    Conv: F·F·C·filters and filters · FC: C·H·W·units and units · Pool: 0 and 0

    with C, H, W the volume that comes into the layer.

    Parameters
    ----------
    layers : list of Conv, Pool, FC
    input_shape : (int, int, int)
        The image: C, H, W.

    Returns
    -------
    list of (int, int)
        (weights, biases) of each layer.

    Raises
    ------
    ValueError
        If input_shape is not three numbers.

    Source: CS231n notes, "Case studies" (VGGNet in detail).
    """
    expect_volume(input_shape)
    ### BEGIN SOLUTION
    entering = [input_shape, *layer_shapes(layers, input_shape)]
    counts = []
    for layer, (C, H, W) in zip(layers, entering, strict=False):
        kind = type(layer).__name__
        if kind == "Conv":
            counts.append((layer.kernel**2 * C * layer.filters, layer.filters))
        elif kind == "FC":
            counts.append((C * H * W * layer.units, layer.units))
        else:
            counts.append((0, 0))
    return counts
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_layer_parameters_conv", "grade": true, "points": 1.5}
for layers, image, want, slip in [
    ([Conv(64)], (3, 224, 224), [1728], "3·3·3·64 weights"),
    ([Conv(6, 5, 2, 2), Conv(4, 1, 1, 0)], (2, 7, 11), [300, 24], "5·5·2·6, then 1·1·6·4"),
    ([Conv(5)], (3, 6, 8), [135], "3·3·3·5"),
]:
    got = layer_parameters(layers, image)
    assert isinstance(got, list | tuple), f"expected a list of pairs, you returned {got!r}"
    assert [weights for weights, _ in got] == want, (
        f"{layers} on {image}: expected {want} weights, the first of each pair; yours are {got}. "
        f"Look: {slip}. Rows and columns of the image do not matter, its depth does."
    )

# %% nbgrader={"grade_id": "test_layer_parameters_fc", "grade": true, "points": 1.5}
got = layer_parameters([FC(10), FC(4)], (3, 5, 7))
assert [weights for weights, _ in got] == [1050, 40], (
    f"105 values into 10 units, and 10 into 4: expected [1050, 40] weights, yours are {got}"
)

# %% nbgrader={"grade_id": "test_layer_parameters_network", "grade": true, "points": 1.5}
# A pair for each layer, and the biases of VGG-16. You print its weights in a moment.
got = layer_parameters(vgg16(), IMAGE)
assert len(got) == len(vgg16()), f"expected {len(vgg16())} pairs, you returned {len(got)}"
for layer, pair in zip(vgg16(), got, strict=True):
    if isinstance(layer, Pool):
        assert tuple(pair) == (0, 0), f"pooling has no parameters: expected (0, 0), yours is {pair}"
    else:
        want = layer.filters if isinstance(layer, Conv) else layer.units
        assert pair[1] == want, f"{layer}: expected {want} biases, one for each, yours is {pair}"
got = sum([biases for _, biases in got])
assert got == 13416, (
    f"VGG-16: expected 13,416 biases, one for each filter and unit; you count {got:,}"
)

# %% nbgrader={"grade_id": "test_layer_parameters_exact", "grade": true, "points": 0.5}
layers = [Conv(6, 5, 2, 0), Pool(3, 2), FC(9)]
got = layer_parameters(layers, (1, 25, 33))
assert layers == [Conv(6, 5, 2, 0), Pool(3, 2), FC(9)], (
    f"the list of layers was changed in place: expected it as it was, it is {layers}"
)
assert all([isinstance(pair, tuple) for pair in got]), f"expected a list of tuples, yours is {got}"
assert all([isinstance(n, int | np.integer) for pair in got for n in pair]), (
    f"expected integers, yours are {got}; // keeps them, / does not"
)

# %% [markdown]
# ### Use it: the notes' last column
#
# The notes list the weights of every layer of VGG-16. Here they are beside yours. **Predict before
# you run**: which single layer has most of the 138 million, and what share?

# %%
# Every one of the notes' numbers is right.
NOTED = [1728, 36864, 0, 73728, 147456, 0, 294912, 589824, 589824, 0, 1179648, 2359296, 2359296]
NOTED += [0, 2359296, 2359296, 2359296, 0, 102760448, 16777216, 4096000]
for layer, (weights, biases), noted in zip(
    vgg16(), layer_parameters(vgg16(), IMAGE), NOTED, strict=True
):
    if noted:
        agreement = "as in the notes" if weights == noted else f"but the notes say {noted:,}"
        print(f"{layer!s:50}{weights:>12,} weights, {agreement}; {biases:,} biases")

# %% [markdown]
# ## 3 · Count the work
#
# The unit of work is the **multiply-add**: one weight times one value, added to a sum. A
# convolution uses each of its weights once at every place of its output, so the work is weights
# times places. A fully connected layer uses each weight once. Biases are only added, and pooling
# only compares: neither counts.
#
# The smallest loop, for a layer you can hold in your hand:

# %%
channels, rows, columns, filters, window = 2, 3, 4, 5, 2  # stride 1, no padding
work = 0
for _ in range(filters):
    for _ in range(rows - window + 1):
        for _ in range(columns - window + 1):
            work += window * window * channels  # one dot product
print(work, "multiply-adds =", f"{5 * 2 * 2 * 2} weights × {2 * 3} places")

# %% [markdown]
# ### Write `multiply_adds`


# %% nbgrader={"grade_id": "multiply_adds", "solution": true}
def multiply_adds(layers, input_shape):
    """Count the multiply-adds of each layer for one image.

    Conv: its weights, times rows and columns of its *output* · FC: its weights · Pool: 0

    Parameters
    ----------
    layers : list of Conv, Pool, FC
    input_shape : (int, int, int)
        The image: C, H, W.

    Returns
    -------
    list of int
        Multiplications of a weight with a value, of each layer. Biases and ReLU do not count.

    Raises
    ------
    ValueError
        If input_shape is not three numbers.

    Source: CS231n notes, "Case studies" (VGGNet in detail): most of the *compute* is in the early
    convolutions.
    """
    expect_volume(input_shape)
    ### BEGIN SOLUTION
    shapes, counts = layer_shapes(layers, input_shape), layer_parameters(layers, input_shape)
    # An FC has one place, so it needs no case of its own.
    return [H * W * weights for (_, H, W), (weights, _) in zip(shapes, counts, strict=True)]
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_multiply_adds_conv", "grade": true, "points": 1}
for layers, image, want, slip in [
    ([Conv(5, 2, 1, 0)], (2, 3, 4), [240], "the loop above: 40 weights at 2·3 places"),
    ([Conv(6, 5, 2, 2)], (1, 7, 11), [3600], "150 weights at the 4·6 places of the *output*"),
    ([Conv(4), Conv(3, 1, 1, 0)], (2, 5, 6), [2160, 360], "72 at 30 places, then 12 at 30 places"),
]:
    got = multiply_adds(layers, image)
    assert isinstance(got, list | tuple), f"expected a list of integers, you returned {got!r}"
    assert list(got) == want, (
        f"{layers} on {image}: expected {want}, yours are {got}. Look: {slip}. Biases don't count."
    )

# %% nbgrader={"grade_id": "test_multiply_adds_fc", "grade": true, "points": 1}
got = multiply_adds([FC(10), FC(4)], (3, 5, 7))
assert list(got) == [1050, 40], (
    f"each weight of a fully connected layer works once: expected [1050, 40], yours are {got}"
)

# %% nbgrader={"grade_id": "test_multiply_adds_network", "grade": true, "points": 1.5}
# Each layer of a network does the work that it does alone, on the volume that reaches it.
layers, image = [Conv(4), Pool(), Conv(6, 5, 1, 0), FC(9), FC(5)], (3, 12, 16)
got = multiply_adds(layers, image)
assert len(got) == len(layers), f"expected {len(layers)} numbers, one a layer, you returned {got}"
assert got[1] == 0, f"pooling multiplies nothing: expected 0, you count {got[1]}"
for index, volume in [(0, (3, 12, 16)), (2, (4, 6, 8)), (3, (6, 2, 4)), (4, (9, 1, 1))]:
    alone = multiply_adds([layers[index]], volume)[0]
    assert got[index] == alone, (
        f"{layers[index]} on {volume}: alone you count {alone}, so {alone} is expected in the "
        f"network, where you count {got[index]}"
    )

# %% nbgrader={"grade_id": "test_multiply_adds_exact", "grade": true, "points": 0.5}
layers = [Conv(6, 5, 2, 0), Pool(3, 2), FC(9)]
got = multiply_adds(layers, (1, 25, 33))
assert layers == [Conv(6, 5, 2, 0), Pool(3, 2), FC(9)], (
    f"the list of layers was changed in place: expected it as it was, it is {layers}"
)
assert all([isinstance(n, int | np.integer) for n in got]), (
    f"expected integers, yours are {got}; // keeps them, / does not"
)

# %%
print(f"VGG-16, one image: {sum(multiply_adds(vgg16(), IMAGE)):,} multiply-adds (15,470,264,320)")

# %% [markdown]
# ## 4 · Weigh the activations
#
# A forward pass leaves a volume behind at every layer, and training keeps them all: the backward
# pass will need them. So add up the input and every layer's output. ReLU costs nothing extra: it
# can overwrite what it gets, *in place*.
#
# Counted in values, it is a sum of volumes. Counted in bytes, multiply by what one value takes: 4
# bytes in float32, 2 in half precision, 8 in float64. Mind the units: a **MB** is a million bytes,
# a **MiB** is $2^{20}$ = 1,048,576. The notes divide by 1024 and say MB.
#
# ### Write `activation_memory`


# %% nbgrader={"grade_id": "activation_memory", "solution": true}
def activation_memory(layers, input_shape, *, bytes_per_value=4):
    """Add up the bytes of the input and of every layer's output, for one image, forward only.

    bytes_per_value · (C·H·W of the input + Σ C·H·W after each layer)

    Parameters
    ----------
    layers : list of Conv, Pool, FC
    input_shape : (int, int, int)
        The image: C, H, W.
    bytes_per_value : int
        4 for float32, 2 for half precision, 8 for float64.

    Returns
    -------
    int
        Bytes. ReLU works in place and takes no memory of its own.

    Raises
    ------
    ValueError
        If input_shape is not three numbers.

    Source: CS231n notes, "Case studies" (VGGNet in detail), whose total is wrong.
    """
    expect_volume(input_shape)
    ### BEGIN SOLUTION
    volumes = [input_shape, *layer_shapes(layers, input_shape)]
    return bytes_per_value * sum(C * H * W for C, H, W in volumes)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_activation_memory_values", "grade": true, "points": 2}
got = activation_memory([Conv(4, pad=0), Pool(), FC(5)], (3, 6, 8))
assert got == 4 * (144 + 96 + 24 + 5), (
    f"expected 4·(144 + 96 + 24 + 5) = 1076 bytes: the input, the convolution, the pooling, the "
    f"fully connected layer. yours are {got}. Without the input it would be 500, in values 269."
)
got = activation_memory(vgg16(), IMAGE)
assert got == 60_950_432, f"VGG-16 leaves 60,950,432 bytes behind, you count {got:,}"

# %% nbgrader={"grade_id": "test_activation_memory_bytes", "grade": true, "points": 1.5}
# The bytes of a value are a factor of the whole.
four = activation_memory([Conv(4, pad=0), Pool(), FC(5)], (3, 6, 8))
for size in (1, 2, 8):
    got = activation_memory([Conv(4, pad=0), Pool(), FC(5)], (3, 6, 8), bytes_per_value=size)
    assert 4 * got == size * four, (
        f"at 4 bytes a value you count {four}, so {size * four / 4:g} is expected at {size} bytes, "
        f"yours is {got}"
    )

# %% nbgrader={"grade_id": "test_activation_memory_exact", "grade": true, "points": 0.5}
layers = [Conv(6, 5, 2, 0), Pool(3, 2), FC(9)]
got = activation_memory(layers, (1, 25, 33))
assert layers == [Conv(6, 5, 2, 0), Pool(3, 2), FC(9)], (
    f"the list of layers was changed in place: expected it as it was, it is {layers}"
)
assert isinstance(got, int | np.integer), (
    f"expected an int, you returned {got!r}: // keeps integers, / gives floats"
)

# %% [markdown]
# ### Use it: write VGG's table, line by line
#
# This is the table of the notes, with every number from your functions. The column *notes say* is
# theirs. Compare the lines, and then the last one.

# %%
# Memory as the notes round it: the input, and then every layer.
NOTES = ["150K", "3.2M", "3.2M", "800K", "1.6M", "1.6M", "400K", "800K", "800K", "800K", "200K"]
NOTES += ["400K", "400K", "400K", "100K", "100K", "100K", "100K", "25K", "4096", "4096", "1000"]


def label(layer):
    """The notes' short name of a layer."""
    if isinstance(layer, Conv):
        return f"CONV{layer.kernel}-{layer.filters}"
    return f"POOL{layer.size}" if isinstance(layer, Pool) else f"FC-{layer.units}"


def print_table(layers, image, notes):
    volumes = [image, *layer_shapes(layers, image)]
    pairs = [(0, 0), *layer_parameters(layers, image)]
    names = ["INPUT", *map(label, layers)]
    print(f"{'layer':10}{'volume':>18}{'values':>12}{'notes say':>11}{'weights':>13}{'biases':>8}")
    total = 0
    for name, (C, H, W), note, (weights, biases) in zip(names, volumes, notes, pairs, strict=True):
        total += C * H * W
        shape = f"{H} × {W} × {C}"
        print(f"{name:10}{shape:>18}{C * H * W:>12,}{note:>11}{weights:>13,}{biases:>8,}")
    sums = [sum(column) for column in zip(*pairs, strict=True)]
    print(f"{'TOTAL':10}{'':18}{total:>12,}{'24M':>11}{sums[0]:>13,}{sums[1]:>8,}")


print_table(vgg16(), IMAGE, NOTES)

# %% [markdown]
# Every line agrees with the notes, up to their rounding. **The total does not.** The notes sum
# these lines to 24 million values and 93 MB for each image. The lines sum to something else:

# %%
total = activation_memory(vgg16(), IMAGE)
print(f"one image, forward: {total // 4:,} values, {total / 1e6:.2f} MB = {total / 2**20:.1f} MiB")
rectified = [
    C * H * W
    for layer, (C, H, W) in zip(vgg16()[:-1], layer_shapes(vgg16(), IMAGE), strict=False)
    if not isinstance(layer, Pool)
]
print(f"if every ReLU kept a copy of its own: {total // 4 + sum(rectified):,} values")
weights, biases = (sum(column) for column in zip(*layer_parameters(vgg16(), IMAGE), strict=True))
print(f"parameters: {weights:,} weights, with biases {weights + biases:,}")

# %% [markdown]
# 15.2 million values, not 24; and even a copy for every ReLU would give 28.8 million. Their sum
# cannot be had either way. Their 138 million parameters are right.
#
# Now look at where things are.


# %% tags=["demonstration"]
def draw_by_layer(layers, image):
    """Activations, parameters and work of each layer, as three rows of bars."""
    volumes = [image, *layer_shapes(layers, image)]
    parameters = [0, *(sum(pair) for pair in layer_parameters(layers, image))]
    columns = [
        ([4 * C * H * W / 2**20 for C, H, W in volumes], "activations of one image, MiB", BLUE),
        ([4 * count / 2**20 for count in parameters], "parameters, MiB", ORANGE),
        ([0, *(work / 1e9 for work in multiply_adds(layers, image))], "multiply-adds, 10⁹", INK),
    ]
    names = ["INPUT", *map(label, layers)]
    _, axes = plt.subplots(1, 3, figsize=(11, 4.8), layout="constrained", sharey=True)
    for ax, (amounts, title, colour) in zip(axes, columns, strict=True):
        ax.barh(range(len(names)), amounts, color=colour)
        ax.set_title(title, fontsize=10)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].set_yticks(range(len(names)), names, fontsize=8)
    axes[0].invert_yaxis()


draw_by_layer(vgg16(), IMAGE)

# %% [markdown]
# *VGG-16 from the image (top) to the scores (bottom). The activations are nearly all in the first
# few layers, where maps are large; the parameters are nearly all in one layer, the first fully
# connected one, where the volume is unrolled; the work is spread over the convolutions. Three
# pictures, three different places.*

# %%
pairs = layer_parameters(vgg16(), IMAGE)
everything = sum(map(sum, pairs))
dense = [sum(pair) for pair in pairs[-3:]]
print(f"first fully connected layer: {dense[0] / everything:.1%} of all parameters")
work = multiply_adds(vgg16(), IMAGE)
print(f"all three: {sum(dense) / everything:.1%}, but {sum(work[-3:]) / sum(work):.1%} of the work")
first_two = activation_memory(vgg16()[:2], IMAGE) - activation_memory([], IMAGE)
share = first_two / activation_memory(vgg16(), IMAGE)
print(f"first two convolutions: {share:.1%} of the activations")

# %% [markdown]
# **Compromise where it is tight.** Memory runs short in the first layers, so that is where the
# notes advise to give in: a larger filter at a larger stride, only there. Their example is three
# layers of 64 filters on 224 × 224, activations and gradients together: "ten million values, 72
# MB". Compare it with an AlexNet beginning:

# %%
for name, layers, image in [
    ("three CONV3-64", [Conv(64)] * 3, (3, 224, 224)),
    ("one CONV11-96 at stride 4", [Conv(96, kernel=11, stride=4, pad=0)], (3, 227, 227)),
]:
    outputs = activation_memory(layers, image) - activation_memory([], image)
    both = f"{2 * outputs / 1e6:.1f} MB = {2 * outputs / 2**20:.1f} MiB"
    print(f"{name:26}{outputs // 4:>10,} values, with gradients {both}")

# %% [markdown]
# ## 5 · Ask how far a value sees
#
# One value after the first 3 × 3 layer sees a 3 × 3 square of the image. One value after the second
# sees 3 × 3 values of the first, whose squares overlap: 5 × 5 pixels. The third sees 7 × 7. This
# side is the **receptive field**.
#
# Strides make it grow faster. Call *jump* the distance, in pixels, between what two neighbours in a
# layer look at. It starts at 1, and every stride multiplies it. A window of $F$ neighbours reaches
# from the first to the last, which is $F - 1$ jumps:
#
# $$
# r \leftarrow r + (F - 1) \cdot \text{jump}, \qquad \text{then} \qquad
# \text{jump} \leftarrow \text{jump} \cdot S
# $$
#
# The order matters: a layer's own stride moves its windows apart, but does not widen them. By hand,
# for a 3 × 3 convolution, a 2 × 2 pooling at stride 2 and another 3 × 3 convolution:
# $r = 1 + 2 = 3$; $3 + 1 = 4$, and the jump becomes 2; $4 + 2 \cdot 2 = 8$.
#
# Padding does not come into it. It moves what is seen, it does not widen it.
#
# ### Write `receptive_field`


# %% nbgrader={"grade_id": "receptive_field", "solution": true}
def receptive_field(layers):
    """Find the side of the input square that one value after each layer sees.

    r ← r + (window - 1)·jump, then jump ← jump·stride, from r = 1 and jump = 1

    Parameters
    ----------
    layers : list of Conv, Pool, FC

    Returns
    -------
    list of int
        One side for each Conv and each Pool, in pixels, padding included where the square sticks
        out. FC layers see everything and are not in the list.

    Raises
    ------
    Nothing; the layers have refused what makes no sense.

    Source: CS231n notes, "Layer patterns" (stacks of small filters); Araujo, Norris and Sim (2019),
    "Computing receptive fields of convolutional neural networks".
    """
    ### BEGIN SOLUTION
    side, jump, sides = 1, 1, []
    for layer in layers:
        kind = type(layer).__name__
        if kind == "FC":
            continue
        window = layer.kernel if kind == "Conv" else layer.size
        side += (window - 1) * jump
        jump *= layer.stride
        sides.append(side)
    return sides
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_receptive_field_stack", "grade": true, "points": 1.5}
for layers, want, slip in [
    ([Conv(8)] * 3, [3, 5, 7], "each 3 × 3 layer adds two"),
    ([Conv(4, 5, 1, 2), Conv(4, 1, 1, 0), Conv(4, 7, 1, 0)], [5, 5, 11], "F - 1: 4, 0 and 6"),
    ([Conv(9, pad=0), Conv(2, pad=4)], [3, 5], "neither padding nor filters matter"),
]:
    got = receptive_field(layers)
    assert isinstance(got, list | tuple), f"expected a list of integers, you returned {got!r}"
    assert list(got) == want, f"{layers}: expected {want}, yours are {got}. Look: {slip}"

# %% nbgrader={"grade_id": "test_receptive_field_jump", "grade": true, "points": 2}
for layers, want, slip in [
    ([Conv(8, pad=0), Pool(), Conv(8, pad=0)], [3, 4, 8], "the example above"),
    ([Conv(8, 3, 2, 0), Conv(8, 3, 3, 0), Pool(2, 1)], [3, 7, 13], "jumps 1, 2 and 6"),
    ([Pool(3, 2), Pool(3, 2), FC(10)], [3, 7], "FC layers are not in the list"),
]:
    got = receptive_field(layers)
    assert list(got) == want, (
        f"{layers}: expected {want}, yours are {got}. Look: {slip}. Widen first, by F - 1 jumps; "
        "then multiply the jump by the stride."
    )

# %% nbgrader={"grade_id": "test_receptive_field_exact", "grade": true, "points": 0.5}
layers = [Conv(6, 5, 2, 0), Pool(3, 2), FC(9)]
got = receptive_field(layers)
assert layers == [Conv(6, 5, 2, 0), Pool(3, 2), FC(9)], (
    f"the list of layers was changed in place: expected it as it was, it is {layers}"
)
assert all([isinstance(n, int | np.integer) for n in got]), (
    f"expected integers, yours are {got}; // keeps them, / does not"
)

# %% [markdown]
# ### Use it: look at what VGG looks at
#
# After each of the five poolings, the square that *one* value in the middle of the map sees, on a
# photograph (from scikit-learn; a drawing where that is not installed).


# %% tags=["demonstration"]
def load_picture():
    """A colour picture of 224 × 224, as (rows, columns, colours) between 0 and 1."""
    try:
        from sklearn.datasets import load_sample_image

        return load_sample_image("china.jpg")[40:264, 180:404] / 255
    except ImportError:
        rows, columns = np.mgrid[0:224, 0:224][..., None]
        sky = np.concatenate([0.4 + rows / 600, 0.6 + rows / 700, 0.9 + 0 * rows], axis=2)
        roof = rows - 90 > np.abs(columns - 112) * 0.7
        drawn = np.where(roof, [0.7, 0.3, 0.2], sky)
        return np.where((rows - 50) ** 2 + (columns - 170) ** 2 < 900, [1, 0.9, 0.2], drawn)


sides = [
    side
    for side, layer in zip(receptive_field(vgg16()), vgg16(), strict=False)
    if isinstance(layer, Pool)
]
fig, axes = plt.subplots(1, len(sides), figsize=(12, 2.7), layout="constrained")
picture = load_picture()
for number, (ax, side) in enumerate(zip(axes, sides, strict=True), start=1):
    ax.imshow(picture * 0.35)
    low, high = 112 - side // 2, 112 - side // 2 + side
    ax.imshow(picture[low:high, low:high], extent=(low - 0.5, high - 0.5, high - 0.5, low - 0.5))
    frame = (low - 0.5, low - 0.5), side, side
    ax.add_patch(plt.Rectangle(*frame, fill=False, ec=ORANGE, lw=1.5))
    ax.set(xlim=(-0.5, 223.5), ylim=(223.5, -0.5))
    ax.set_title(f"pooling {number}: {side} × {side}", fontsize=10)
    ax.axis("off")

# %% [markdown]
# *Five times the same picture, darkened where one value does not see. After the first pooling a
# value sees 6 × 6 pixels, less than a window; after the third 44 × 44, a piece of the gallery;
# after the fifth 212 × 212, nearly the whole picture.*

# %% [markdown]
# ## 6 · Stack small filters
#
# Three 3 × 3 layers see 7 × 7. So does one 7 × 7 layer. Which would you rather have? With $C$
# channels in and out, no biases, one layer of $F \times F$ has $F \cdot F \cdot C$ weights in each
# of its $C$ filters, and a stack has that for every layer.
#
# ### Write `stacked_filter_parameters`


# %% nbgrader={"grade_id": "stacked_filter_parameters", "solution": true}
def stacked_filter_parameters(channels, kernel, depth):
    """Count the weights of `depth` stacked kernel × kernel layers.

    depth · kernel² · channels²

    Parameters
    ----------
    channels : int
        Channels into and out of every layer.
    kernel : int
        Rows and columns of every filter.
    depth : int
        How many layers.

    Returns
    -------
    int
        Weights of all layers together; biases are left out.

    Raises
    ------
    Nothing.

    Source: CS231n notes, "Layer patterns" (stacks of small filters); Simonyan and Zisserman (2015).
    """
    ### BEGIN SOLUTION
    return depth * (kernel * channels) ** 2
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_stacked_filter_parameters", "grade": true, "points": 1}
for channels, kernel, want in [(1, 3, 9), (1, 7, 49), (2, 3, 36), (64, 5, 102400)]:
    got = stacked_filter_parameters(channels, kernel, 1)
    assert got == want, (
        f"one layer of {kernel} × {kernel} with {channels} channels in and out: expected {want}, "
        f"yours is {got}. A filter goes through all channels, and there are as many filters."
    )

# %% nbgrader={"grade_id": "test_stacked_filter_parameters_depth", "grade": true, "points": 0.75}
for channels, kernel, depth in [(1, 3, 3), (2, 3, 3), (64, 5, 2)]:
    alone = stacked_filter_parameters(channels, kernel, 1)
    got = stacked_filter_parameters(channels, kernel, depth)
    assert got == depth * alone, (
        f"{depth} layers of {kernel} × {kernel}, {channels} channels: one has {alone}, so "
        f"{depth * alone} is expected, yours is {got}"
    )

# %% nbgrader={"grade_id": "test_stacked_filter_parameters_exact", "grade": true, "points": 0.25}
got = stacked_filter_parameters(5, 3, 2)
assert isinstance(got, int | np.integer), (
    f"expected an int, you returned {got!r}: // keeps integers, / gives floats"
)

# %%
C = 256
for depth in (1, 2, 3, 4):
    side = receptive_field([Conv(C)] * depth)[-1]
    small = stacked_filter_parameters(C, 3, depth)
    large = stacked_filter_parameters(C, side, 1)
    print(
        f"{depth} × CONV3 sees {side} × {side} with {small // C**2:2}·C² = {small:>9,} weights, "
        f"1 × CONV{side} with {large // C**2:2}·C² = {large:>9,}"
    )

# %% [markdown]
# $27C^2$ against $49C^2$, and three ReLUs against one: fewer parameters, and a richer function of
# the same pixels. The price is paid in activations: each layer in between leaves a volume
# behind, which training keeps.

# %% [markdown]
# ## 7 · Budget a training step
#
# Three things lie in memory while a network learns:
#
# 1. **Activations and their gradients**, for every image of the batch: two of each volume.
# 2. **Parameters and their gradients**, once, whatever the batch. And the optimizer's own copies:
#    momentum keeps one more number for each parameter, Adam keeps two. Call them *slots*.
# 3. Miscellaneous: the data waiting in line, workspaces of the libraries. Nobody knows beforehand.
#
# $$
# \text{bytes} \approx 2 \cdot \text{batch} \cdot \text{activations} + (2 + \text{slots}) \cdot
# \text{bytes per value} \cdot \text{parameters}
# $$
#
# By hand, for `[FC(10)]` on a 1 × 2 × 3 image in float32: 6 + 10 values are 64 bytes, and 60
# weights with 10 biases are 280. With a batch of 5 and momentum that makes
# $2 \cdot 5 \cdot 64 + 3 \cdot 280 = 1480$ bytes.
#
# ### Write `training_memory`


# %% nbgrader={"grade_id": "training_memory", "solution": true}
def training_memory(layers, input_shape, *, batch, optimizer_slots=1, bytes_per_value=4):
    """Estimate the bytes that a training step needs.

    2·batch·activation_memory + (2 + optimizer_slots)·bytes_per_value·parameters

    Parameters
    ----------
    layers : list of Conv, Pool, FC
    input_shape : (int, int, int)
        One image: C, H, W.
    batch : int
        Images in a step.
    optimizer_slots : int
        Numbers that the optimizer keeps for each parameter: 0 for plain gradient descent, 1 with
        momentum, 2 for Adam.
    bytes_per_value : int
        For activations, parameters and everything else alike.

    Returns
    -------
    int
        Activations of the batch, the input included, and their gradients; weights and biases, their
        gradients, and `optimizer_slots` more copies.

    Raises
    ------
    ValueError
        If input_shape is not three numbers.

    Source: CS231n notes, "Computational considerations".
    """
    expect_volume(input_shape)
    ### BEGIN SOLUTION
    activations = activation_memory(layers, input_shape, bytes_per_value=bytes_per_value)
    parameters = sum(map(sum, layer_parameters(layers, input_shape)))
    return 2 * batch * activations + (2 + optimizer_slots) * bytes_per_value * parameters
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_training_memory_batch", "grade": true, "points": 1.5}
for batch, want in [(1, 480), (2, 960), (7, 3360)]:
    got = training_memory([Pool()], (3, 4, 4), batch=batch)
    assert got == want, (
        f"a pooling has no parameters, so only 2·batch·4·(48 + 12) is left: expected {want} for a "
        f"batch of {batch}, yours is {got}. Each activation has a gradient, the input's included."
    )

# %% nbgrader={"grade_id": "test_training_memory_copies", "grade": true, "points": 1.5}
# Twice the first image less the first two images: what does not grow with the batch.
for slots, want in [(0, 560), (1, 840), (2, 1120), (3, 1400)]:
    one, two = (
        training_memory([FC(10)], (1, 2, 3), batch=batch, optimizer_slots=slots) for batch in (1, 2)
    )
    assert 2 * one - two == want, (
        f"70 parameters, {slots} slots: expected (2 + {slots})·4·70 = {want} bytes for any batch, "
        f"yours has {2 * one - two}. Parameters lie there once, their gradients once, and one more "
        "copy for each slot: none of it grows with the batch."
    )
one, two = (training_memory([FC(10)], (1, 2, 3), batch=batch) for batch in (1, 2))
assert 2 * one - two == 840, f"one slot is the default: expected 840 bytes, not {2 * one - two}"

# %% nbgrader={"grade_id": "test_training_memory_bytes", "grade": true, "points": 1.5}
# The bytes of a value are a factor of the whole.
four = training_memory([FC(10)], (1, 2, 3), batch=5)
for size in (1, 2, 8):
    got = training_memory([FC(10)], (1, 2, 3), batch=5, bytes_per_value=size)
    assert 4 * got == size * four, (
        f"at 4 bytes a value you count {four}, so {size * four / 4:g} is expected at {size} bytes, "
        f"yours is {got}; activations and parameters both change"
    )

# %% nbgrader={"grade_id": "test_training_memory_exact", "grade": true, "points": 0.5}
layers = [Conv(6, 5, 2, 0), Pool(3, 2), FC(9)]
got = training_memory(layers, (1, 25, 33), batch=3)
assert layers == [Conv(6, 5, 2, 0), Pool(3, 2), FC(9)], (
    f"the list of layers was changed in place: expected it as it was, it is {layers}"
)
assert isinstance(got, int | np.integer), (
    f"expected an int, you returned {got!r}: // keeps integers, / gives floats"
)

# %%
for slots, optimizer in enumerate(("plain gradient descent", "momentum", "Adam")):
    one, many = (
        training_memory(vgg16(), IMAGE, batch=batch, optimizer_slots=slots) for batch in (1, 64)
    )
    print(f"{optimizer:23} one image {one / 2**30:5.2f} GiB, a batch of 64 {many / 2**30:5.2f} GiB")

# %% [markdown]
# With one image nearly all memory is parameters. With 64 it is activations. That is why the first
# advice to someone whose network does not fit is: *make the batch smaller.*
#
# ### Write `largest_batch`
#
# Turn the question around: given so many bytes, how many images fit? A whole number, and never one
# too many.


# %% nbgrader={"grade_id": "largest_batch", "solution": true}
def largest_batch(layers, input_shape, *, memory, optimizer_slots=1, bytes_per_value=4):
    """Find the largest batch whose training step fits in `memory` bytes.

    the largest batch ≥ 0 with training_memory(…, batch) ≤ memory, and 0 where batch 1 is too much

    Parameters
    ----------
    layers : list of Conv, Pool, FC
    input_shape : (int, int, int)
        One image: C, H, W.
    memory : int
        Bytes that there are.
    optimizer_slots, bytes_per_value : int
        As in `training_memory`.

    Returns
    -------
    int
        Images; 0 where not even one fits.

    Raises
    ------
    ValueError
        If input_shape is not three numbers.

    Source: CS231n notes, "Computational considerations".
    """
    expect_volume(input_shape)
    ### BEGIN SOLUTION
    how = {"optimizer_slots": optimizer_slots, "bytes_per_value": bytes_per_value}
    fixed = training_memory(layers, input_shape, batch=0, **how)
    one = training_memory(layers, input_shape, batch=1, **how) - fixed
    return max(0, (memory - fixed) // one)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_largest_batch_fits", "grade": true, "points": 1.5}
# [FC(10)] on (1, 2, 3) with momentum: 840 bytes, whatever the batch, and 128 for each image.
for memory, want in [(1480, 5), (1479, 4), (1481, 5), (1607, 5), (1608, 6), (968, 1)]:
    got = largest_batch([FC(10)], (1, 2, 3), memory=memory)
    assert got == want, (
        f"840 + 128·batch ≤ {memory}: expected {want}, yours is {got}. What does not grow with "
        "the batch comes off first; a batch that fits exactly does fit; round down."
    )

# %% nbgrader={"grade_id": "test_largest_batch_none", "grade": true, "points": 1}
for memory in (872, 839, 300, 0):
    got = largest_batch([FC(10)], (1, 2, 3), memory=memory)
    assert got == 0, f"{memory} bytes do not hold one image (968 would): expected 0, yours is {got}"

# %% nbgrader={"grade_id": "test_largest_batch_settings", "grade": true, "points": 1}
for how, want in [
    ({"optimizer_slots": 0}, 11),
    ({"optimizer_slots": 2}, 6),
    ({"bytes_per_value": 2}, 24),
    ({"bytes_per_value": 8}, 1),
]:
    memory = {0: 560, 2: 1120}.get(how.get("optimizer_slots"), 210 * how.get("bytes_per_value", 4))
    image = 32 * how.get("bytes_per_value", 4)
    memory += want * image + image // 4
    got = largest_batch([FC(10)], (1, 2, 3), memory=memory, **how)
    assert got == want, f"{memory} bytes with {how}: expected a batch of {want}, yours is {got}"

# %% nbgrader={"grade_id": "test_largest_batch_exact", "grade": true, "points": 0.5}
layers = [Conv(6, 5, 2, 0), Pool(3, 2), FC(9)]
got = largest_batch(layers, (1, 25, 33), memory=10**6)
assert layers == [Conv(6, 5, 2, 0), Pool(3, 2), FC(9)], (
    f"the list of layers was changed in place: expected it as it was, it is {layers}"
)
assert isinstance(got, int | np.integer), (
    f"expected an int, you returned {got!r}: // keeps integers, / gives floats"
)

# %%
for gib in (4, 12, 24, 80):
    batches = [
        largest_batch(
            vgg16(), IMAGE, memory=gib * 2**30, optimizer_slots=slots, bytes_per_value=size
        )
        for slots, size in ((1, 4), (2, 4), (1, 2))
    ]
    momentum, adam, half = batches
    print(f"{gib:3} GiB: momentum {momentum:4}, Adam {adam:4}, momentum in half precision {half:4}")

# %% [markdown]
# When the notes were written, in 2016, the best GPU had about 12 GB. The authors of VGG had trained
# with a batch of 256 on four GPUs of 6 GB each, for two to three weeks. That is 64 images a card.
# Does your estimate allow it?

# %%
twice = training_memory(vgg16(), IMAGE, batch=64)
once = twice - 64 * activation_memory(vgg16(), IMAGE)
print(f"64 images: {twice / 2**30:.2f} GiB; with activations counted once, {once / 2**30:.2f} GiB")

# %% [markdown]
# It does not. Counted once, without their gradients, the activations would fit. That is a hint: not
# every gradient has to be there at the same time. You will see it in a moment.

# %% [markdown]
# ## 8 · Build it, and hold the numbers against it
#
# So far nothing was computed but integers. Now make the list of layers a PyTorch network:
#
# - `Conv` becomes `nn.Conv2d` and, right after it, `nn.ReLU`; `Pool` becomes `nn.MaxPool2d`;
# - before the first `FC` stands `nn.Flatten`, which unrolls the volume; `FC` becomes `nn.Linear`;
# - between two `FC` stands `nn.ReLU`; after the last there is none: its outputs are scores.
#
# PyTorch wants to know what comes *in*: `nn.Conv2d(in_channels, out_channels, …)`,
# `nn.Linear(in_features, out_features)`. That is what `layer_shapes` is good for.
#
# ### Write `build_network`


# %% nbgrader={"grade_id": "build_network", "solution": true}
def build_network(layers, input_shape):
    """Build the network as a flat `nn.Sequential`.

    Parameters
    ----------
    layers : list of Conv, Pool, FC
    input_shape : (int, int, int)
        One image: C, H, W.

    Returns
    -------
    nn.Sequential
        A flat list of modules in the layers' order: Conv2d and ReLU for each Conv, MaxPool2d for
        each Pool, Flatten before the first FC, Linear for each FC, ReLU between two FC. Every
        Conv2d and Linear has a bias. It takes (N, C, H, W), and builds under
        `torch.device("meta")` too.

    Raises
    ------
    ValueError
        If input_shape is not three numbers.

    Source: CS231n notes, "Layer patterns"; Simonyan and Zisserman (2015).
    """
    expect_volume(input_shape)
    ### BEGIN SOLUTION
    entering = [input_shape, *layer_shapes(layers, input_shape)]
    modules = []
    flat = False
    for layer, (C, H, W) in zip(layers, entering, strict=False):
        kind = type(layer).__name__
        if kind == "Conv":
            how = {"stride": layer.stride, "padding": layer.pad}
            modules += [nn.Conv2d(C, layer.filters, layer.kernel, **how), nn.ReLU()]
        elif kind == "Pool":
            modules.append(nn.MaxPool2d(layer.size, stride=layer.stride))
        else:
            modules.append(nn.ReLU() if flat else nn.Flatten())
            modules.append(nn.Linear(C * H * W, layer.units))
            flat = True
    return nn.Sequential(*modules)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_build_network_layers", "grade": true, "points": 2}
for layers, image, want in [
    (
        [Conv(4), Pool(), Conv(6, 5, 1, 2), FC(9), FC(5)],
        (3, 6, 8),
        "Conv2d ReLU MaxPool2d Conv2d ReLU Flatten Linear ReLU Linear",
    ),
    ([Conv(4), Conv(2), Pool()], (3, 6, 8), "Conv2d ReLU Conv2d ReLU MaxPool2d"),
    ([FC(7)], (3, 6, 8), "Flatten Linear"),
]:
    network = build_network(layers, image)
    assert isinstance(network, nn.Sequential), (
        f"expected nn.Sequential(*modules), you returned {type(network)}"
    )
    got = " ".join(type(module).__name__ for module in network)
    assert got == want, f"{layers}:\nexpected {want}\nyours is {got}"

# %% nbgrader={"grade_id": "test_build_network_settings", "grade": true, "points": 1.25}
network = build_network([Conv(4, 5, 2, 1), Pool(3, 2), Conv(6, 1, 1, 0)], (2, 15, 19))
convs = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
pools = [module for module in network.modules() if isinstance(module, nn.MaxPool2d)]
assert len(convs) == 2 and len(pools) == 1, f"expected two Conv2d and one MaxPool2d in {network}"
for conv, want in zip(convs, [((5, 5), (2, 2), (1, 1)), ((1, 1), (1, 1), (0, 0))], strict=True):
    got = conv.kernel_size, conv.stride, conv.padding
    assert got == want, f"kernel, stride, padding: expected {want}, your Conv2d has {got}"
for name, want in (("kernel_size", 3), ("stride", 2)):
    got = getattr(pools[0], name)
    assert got in (want, (want, want)), (
        f"Pool(3, 2): expected {name} {want}, your MaxPool2d has {got}; left out, "
        "the stride is the size"
    )

# %% nbgrader={"grade_id": "test_build_network_parameters", "grade": true, "points": 1.25}
network = build_network([Conv(4), Pool(), FC(9), FC(5)], (3, 6, 8))
got = [tuple(parameter.shape) for parameter in network.parameters()]
want = [(4, 3, 3, 3), (4,), (9, 48), (9,), (5, 9), (5,)]
assert got == want, f"weights and biases, layer by layer: expected {want}, yours are {got}"
with torch.device("meta"):
    network = build_network(vgg16(), IMAGE)  # shapes without numbers: 138 million cost nothing
count = sum([parameter.numel() for parameter in network.parameters()])
assert count == 138_357_544, f"VGG-16: expected 138,357,544 parameters, your network has {count:,}"
assert all([parameter.is_meta for parameter in network.parameters()]), (
    "under torch.device('meta'): expected parameters without numbers, yours hold some; do not name "
    "a device yourself"
)

# %% nbgrader={"grade_id": "test_build_network_runs", "grade": true, "points": 0.5}
layers, image = [Conv(4, 5, 2, 0), Pool(3, 2), Conv(6), FC(9), FC(5)], (2, 17, 25)
network = build_network(layers, image)
values = torch.randn(3, *image, generator=torch.Generator().manual_seed(0))
F = nn.functional
w1, b1, w2, b2, w3, b3, w4, b4 = network.parameters()
with torch.no_grad():
    want = F.max_pool2d(F.relu(F.conv2d(values, w1, b1, stride=2)), 3, stride=2)
    want = F.relu(F.conv2d(want, w2, b2, padding=1)).flatten(1)
    want = F.linear(F.relu(F.linear(want, w3, b3)), w4, b4)
    got = network(values)
assert got.shape == (3, 5), f"3 images, 5 scores each: expected shape (3, 5), got {got.shape}"
assert torch.allclose(got, want, atol=1e-5), (
    f"expected the scores {want[0].tolist()} for the first image, your network gives "
    f"{got[0].tolist()}: a ReLU too many or too few?"
)

# %% [markdown]
# ### Check the parameters on the meta device
#
# On PyTorch's meta device a tensor has a shape, a dtype and *no numbers*. The whole of VGG-16, more
# than half a gigabyte otherwise, is built in no time, and every count can be asked of the real
# modules.

# %% tags=["demonstration"]
with torch.device("meta"):
    vgg = build_network(vgg16(), IMAGE)
    scores = vgg(torch.empty(1, *IMAGE))
print("scores:", tuple(scores.shape), "on", scores.device)

counted = [pair for pair in layer_parameters(vgg16(), IMAGE) if pair != (0, 0)]
real = [(module.weight.numel(), module.bias.numel()) for module in vgg if hasattr(module, "weight")]
assert counted == real
total = sum(map(sum, real))
print(f"{len(real)} layers with parameters, each has as many as you counted, {total:,} in all")

# %% [markdown]
# ### Check the activations without a GPU
#
# PyTorch can also say what it keeps for the backward pass: every tensor that autograd saves goes
# through a hook. The meta device is enough for that, since only sizes matter.


# %% tags=["demonstration"]
def kept_for_backward(network, images):
    """The bytes of activations that autograd keeps, by dtype; each storage counts once."""
    parameters = {parameter.untyped_storage()._cdata for parameter in network.parameters()}
    kept = {}

    def note(tensor):
        storage = tensor.untyped_storage()
        if storage._cdata not in parameters:
            kept[storage._cdata] = (storage, tensor.dtype)  # held, so that no address comes back
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        network(images)
    totals = {}
    for storage, dtype in kept.values():
        totals[dtype] = totals.get(dtype, 0) + storage.nbytes()
    return totals


with torch.device("meta"):
    kept = kept_for_backward(build_network(vgg16(), IMAGE), torch.empty(1, *IMAGE))
predicted = activation_memory(vgg16(), IMAGE)
print(f"predicted              {predicted:>12,} bytes")
print(f"kept in float32        {kept[torch.float32]:>12,} bytes")
print(f"difference             {predicted - kept[torch.float32]:>12,} bytes: the 1000 scores")
print(f"kept in int64 as well  {kept[torch.int64]:>12,} bytes: the switches of max pooling")

# %% [markdown]
# Your sum is what autograd keeps, to the last byte, except for the scores, which the network itself
# has no further use for. And there is something that neither you nor the notes have counted: max
# pooling remembers *where* each maximum was, in 8 bytes a place. That is a fifth on top.

# %% [markdown]
# ### Check the peak on a GPU, if there is one
#
# On a GPU PyTorch counts the bytes it hands out, and remembers the highest mark:
# `torch.cuda.max_memory_allocated()`. So train for a step with batches of 1, 2, 4, …, and compare
# the mark with `training_memory`.


# %% tags=["demonstration"]
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def training_peak(network, batch):
    """The most bytes that were allocated at once in a training step with momentum."""
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-4, momentum=0.9)
    images = torch.randn(batch, *IMAGE, device=device)
    labels = torch.zeros(batch, dtype=torch.long, device=device)
    for _ in range(2):  # in the second step the momentum is there from the start
        optimizer.zero_grad()
        torch.cuda.reset_peak_memory_stats()
        nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()
    return torch.cuda.max_memory_allocated()


batches = [1, 2, 4, 8, 16, 32, 64]
predicted = [training_memory(vgg16(), IMAGE, batch=batch) for batch in batches]
measured = []
if device.type == "cuda":
    free, _ = torch.cuda.mem_get_info()
    with device:
        network = build_network(vgg16(), IMAGE)
    for batch, expected in zip(batches, predicted, strict=True):
        if expected > 0.8 * free:
            break
        measured.append(training_peak(network, batch))
    print("on", torch.cuda.get_device_name(device))
    for batch, expected, peak in zip(batches, predicted, measured, strict=False):
        both = f"predicted {expected / 2**30:6.2f} GiB, measured {peak / 2**30:6.2f} GiB"
        print(f"batch {batch:3}: {both}, ratio {peak / expected:.2f}")
else:
    print("No CUDA GPU here. On one, this cell trains VGG-16 for two steps at each batch, and sets")
    print("torch.cuda.max_memory_allocated() of the second beside these predictions:")
    for batch, expected in zip(batches, predicted, strict=True):
        print(f"batch {batch:3}: predicted {expected / 2**30:6.2f} GiB, measured —")

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(batches, [p / 2**30 for p in predicted], color=BLUE, marker="o", label="predicted")
if measured:
    shown = batches[: len(measured)]
    ax.plot(shown, [p / 2**30 for p in measured], color=ORANGE, marker="s", label="measured")
fixed = training_memory(vgg16(), IMAGE, batch=0) / 2**30
ax.axhline(fixed, color=INK, ls=":", label="parameters alone")
ax.set(xlabel="batch", ylabel="GiB", ylim=(0, None))
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# *Predicted memory against the batch: a straight line that starts at the parameters (dotted) and
# climbs by twice the activations with each image. On a GPU a second line shows what was measured.*
#
# Expect a straight line there too, but a *less steep* one. During the backward pass a volume's
# gradient is thrown away as soon as the layer below has used it, and the activations with it, so
# that never all of both are there at once. What you did not count works the other way: the switches
# of max pooling, and the workspaces of the convolution library. An estimate like yours is for
# choosing a batch, not for predicting the last byte.

# %% [markdown]
# ## 9 · Say it in words (5 points, read by a person)
#
# A classmate wants to train VGG-16 with momentum in float32, with a batch of 128, on a GPU with
# 12 GiB, and gets *out of memory*. Where numbers are asked, use your functions in a new cell.
#
# 1. **(1 point)** What does `training_memory` say for this batch, and what does `largest_batch` say
#    for this GPU? Give both numbers.
# 2. **(2 points)** Two proposals: (a) cut the fully connected layers down to one, `FC(1000)`;
#    (b) use images of 128 × 128. For each: what happens to the parameters and what to the
#    activations, and which of the two helps *this* classmate? Give reasons with numbers.
# 3. **(1 point)** Another classmate uses half precision for everything. By what factor does the
#    memory of a step change, at any batch, and why? Why then is the largest batch more than twice
#    as large?
# 4. **(1 point)** Name one thing that the estimate counts although it is not in memory at the peak,
#    and one that is in memory although the estimate does not count it.

# %% [markdown] nbgrader={"grade_id": "written_fit", "grade": true, "solution": true, "points": 5}
# 1. `training_memory` says 17,263,601,120 bytes = 16.1 GiB, `largest_batch` 92 images.
# 2. (a) Parameters fall from 138 to 39.8 million, but they lie in memory once: with gradients and
#    momentum that saves 1.1 GiB. The activations hardly change (60.95 to 60.92 MB an image):
#    two layers of 4,096 values are nothing beside the early maps. 15.0 GiB: still too much.
#    (b) The activations fall by a factor of 3.06, to 19.9 MB an image, for every map has a third of
#    the places. The convolutions keep their parameters; the first fully connected layer sees
#    4 × 4 × 512 instead of 7 × 7 × 512 values, so that 69.2 million are left. 5.5 GiB: it fits. At
#    a batch of 128, nine tenths of the memory are activations (15.6 of 17.3 GB), so what helps this
#    classmate is what makes the activations smaller.
# 3. By one half: each of the terms has the bytes of a value as a factor. The largest batch goes
#    from 92 to 197, because the parameters' share halves as well and leaves more room for images:
#    (memory - fixed/2) / (image/2) = 2·(memory - fixed)/image + fixed/image, and the last term is
#    the gain.
# 4. Counted, but not there at the peak: the gradients of all activations at once (a volume's
#    gradient is freed when the layer below has used it). There, but not counted: the switches of
#    max pooling, the workspace of the convolution library, the next batch of data.

# %% [markdown]
# ## What you have now
#
# A calculator that sizes any plain network before it exists, checked against real modules to the
# last parameter, and a correction to a table that thousands have copied. You have seen the three
# budgets of a network: activations early, parameters late, work in between. Today's networks have
# moved all three. Global average pooling replaced the large fully connected layers, half precision
# is the rule, and where memory is short activations are thrown away and computed again (Chen et
# al., 2016).
#
# **Before you submit**: *Kernel → Restart and Run All*. The checks in this notebook are the public
# ones; more of them run when your work is graded.
#
# **Sources.** Stanford's CS231n notes on convolutional networks, whose order this notebook follows
# · Krizhevsky, Sutskever and Hinton, *ImageNet classification with deep convolutional neural
# networks*, 2012 · Zeiler and Fergus, *Visualizing and understanding convolutional networks*, 2014
# · Simonyan and Zisserman, *Very deep convolutional networks for large-scale image recognition*,
# 2015 · Chen et al., *Training deep nets with sublinear memory cost*, 2016 · Araujo, Norris and
# Sim, *Computing receptive fields of convolutional neural networks*, 2019.
