# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assignment 4 · Turn fully connected layers into convolutions
#
# **What you will do.** Rewrite a fully connected layer as a convolution, and a convolution as a
# fully connected layer. Then do it to a whole trained network, give it an image larger than any it
# was trained on, and read a map of scores where it used to give one score.
#
# **What you will learn.**
#
# - that the two kinds of layer compute the same thing, and differ only in who shares what;
# - why a converted network scores all windows of a large image in one pass, and what that saves;
# - when those scores are exactly those of the crops, and when they are not;
# - how to get a finer map than the network's own stride allows, and how many passes it takes.
#
# **What you will need.** PyTorch's `nn.Module`, shapes in your head, and about six hours. The
# notebook needs NumPy, PyTorch and Matplotlib; where scikit-learn is installed you work with real
# handwritten digits. It runs in less than a minute on a laptop, and uses a GPU where there is one.
#
# **The rules.**
#
# - Write your code where it says `YOUR CODE HERE`. Helpers may stand in the same cell or in cells
#   of your own, and you may call functions that you wrote earlier in this notebook. All of PyTorch
#   is allowed.
# - Results are on the device of the inputs and in their dtype: all float64 in gives float64 out,
#   all float32 in gives float32 out.
# - Never change an argument in place, be it a tensor or a network, and leave PyTorch's modes as
#   they are. A result may be a view.
# - In the last function, cropping every window is a *forbidden route*: it would do the work in your
#   place, and a cell that takes it earns nothing. Nothing else is.
#
# **How it is marked.** 40 points are graded by machine and 5 by a person. Every graded cell shows
# checks that you can run now. When your work is graded, *more* checks of the same properties run on
# other numbers, so passing what you see is needed, but it is not yet full marks. A slip is paid for
# once: later functions are graded with a correct version of the earlier ones, and each check judges
# the one thing in its name.

# %% [markdown]
# ## Name things once
#
# | symbol | meaning |
# |---|---|
# | `x` (N, C, H, W) | images or features: how many, channels, rows, columns |
# | `weight` (D, C·H·W), `bias` (D,) | a fully connected layer of D outputs, as in `nn.Linear` |
# | `w` (F, C, KH, KW), `b` (F,) | the filters and biases of a convolution |
# | `out` (N, F, OH, OW) | output volume: one map for each filter |
# | `stride`, `pad` | integers, the same for rows and columns, passed by keyword |
# | `window` | side of the square crop that the original network takes |
# | `net_stride` | pixels between neighbouring values of a network's output: its strides' product |
# | K | number of classes |

# %% nbgrader={"grade_id": "setup", "locked": true}
import copy
import solutions.shared.torch_packages

import numpy as np
import torch
from torch import nn

import solutions.shared.versions  # noqa: F401

# Chosen once. On a GPU, TF32 keeps ten bits of each number: enough to train, too few to compare.
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
torch.set_num_threads(1)  # for networks this small, threads wait longer than they work
torch.eye(1, device="meta")  # its first use takes a second or two, and no check should wait for it


def expect_axes(**tensors):
    """Raise `ValueError` unless the tensors have the axes they should have.

    `expect_axes(x=(x, "N C H W"), b=(b, "F"))` asks for four axes in x and one in b, and for the
    same length wherever the same letter stands.
    """
    lengths = {}
    for name, (tensor, axes) in tensors.items():
        letters = axes.split()
        if tensor.ndim != len(letters):
            raise ValueError(
                f"{name} needs {len(letters)} axes ({', '.join(letters)}), but has shape "
                f"{tuple(tensor.shape)}; a single image goes in as image[None]"
            )
        for letter, length in zip(letters, tensor.shape, strict=True):
            known, owner = lengths.setdefault(letter, (length, name))
            if length != known:
                raise ValueError(
                    f"{owner} and {name} disagree about {letter}: {known} against {length}"
                )


from solutions.shared.values import expect_values


def conv_output_size(size, kernel, *, stride=1, pad=0):
    """Count the places where a kernel, or a window, fits along one direction.

    (size - kernel + 2·pad) / stride + 1

    Raises `ValueError`, naming the four numbers, for settings that are impossible or do not tile.
    """
    setting = f"size {size}, kernel or window {kernel}, stride {stride}, pad {pad}"
    if stride < 1 or kernel < 1 or pad < 0:
        raise ValueError(f"{setting}: stride and kernel must be at least 1, pad at least 0")
    room = size - kernel + 2 * pad
    if room < 0:
        raise ValueError(f"{setting}: the kernel is larger than the padded input, {size + 2 * pad}")
    if room % stride:
        raise ValueError(
            f"{setting} do not fit: ({size} - {kernel} + 2·{pad})/{stride} + 1 = "
            f"{room / stride + 1:g} is not a whole number"
        )
    return room // stride + 1


def fill(model, rng):
    """Draw a network's parameters from `rng`, so that it is the same everywhere; return it."""
    with torch.no_grad():
        for values in model.parameters():
            scale = 1 / np.sqrt(values[0].numel() or 1)
            values.copy_(torch.from_numpy(rng.normal(scale=scale, size=tuple(values.shape))))
    return model.float()


def layers_of(model):
    """List a network's layers in order, those of a Sequential inside it too; Identity is none."""
    if isinstance(model, nn.Sequential):
        return [layer for part in model for layer in layers_of(part)]
    return [] if isinstance(model, nn.Identity) else [model]


# %% [markdown]
# You wrote `conv_output_size` in the first assignment; here it is given, as are `expect_axes` and
# `fill`. Ask it twice, once for rows and once for columns, and it refuses for you what does not
# tile:

# %%
print("running on", device)
for size in (384, 400):
    try:
        print(f"windows of 224 at stride 32 over {size}:", conv_output_size(size, 224, stride=32))
    except ValueError as error:
        print(error)

# %% [markdown]
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
# ## 1 · See a fully connected layer as a convolution
#
# A fully connected layer takes a volume of C × H × W values, lays it out as one long row, and gives
# D dot products with it:
#
# $$\text{out}_d = b_d + \sum_{k} \text{weight}_{d k}\; x_k, \qquad k = c\,HW + i\,W + j$$
#
# The second formula is all there is to *flattening*: `nn.Flatten` walks through the channels, in
# each through the rows, in each through the columns. Now undo it. Give the D rows of `weight` the
# shape of the volume again, and the sum runs over channels, rows and columns:
#
# $$\text{out}_d = b_d + \sum_{c} \sum_{i} \sum_{j} w_{d c i j}\; x_{c i j}$$
#
# You have seen that formula. It is a convolution whose filter is *as large as its input*: it fits
# in one place only, so its output is 1 × 1. The same numbers, by hand:

# %%
volume = [[[5, 6]], [[7, 8]]]  # two channels of one row and two columns
weights = [1, 2, 3, 4]

row = [volume[c][i][j] for c in range(2) for i in range(1) for j in range(2)]
print("flattened", row, "→", sum(v * x for v, x in zip(weights, row, strict=True)))

total = 0
for c in range(2):
    for i in range(1):
        for j in range(2):
            total += weights[c * 1 * 2 + i * 2 + j] * volume[c][i][j]
print("as one window →", total)

# %% [markdown]
# ### Write `fc_to_conv`
#
# It is one line, if you get the order right. The order is what people get wrong: a network whose
# features were flattened rows first and channels last needs another line.


# %% nbgrader={"grade_id": "fc_to_conv", "solution": true}
def fc_to_conv(weight, bias, input_shape):
    """Turn a fully connected layer into the convolution that computes the same.

    w[d, c, i, j] = weight[d, c·H·W + i·W + j]

    Parameters
    ----------
    weight : tensor (D, C·H·W)
        As `nn.Linear` keeps it, behind an `nn.Flatten`.
    bias : tensor (D,)
    input_shape : (C, H, W)
        The volume that was flattened.

    Returns
    -------
    w : tensor (D, C, H, W)
        D filters, each as large as the volume. Device and dtype are those of `weight`.
    b : tensor (D,)

    Raises
    ------
    ValueError
        If `weight` has not C·H·W columns, or the tensors' axes do not go together.

    Source: CS231n notes, "Converting FC layers to CONV layers".
    """
    expect_axes(weight=(weight, "D CHW"), bias=(bias, "D"))
    ### BEGIN SOLUTION
    C, H, W = input_shape
    if weight.shape[1] != C * H * W:
        raise ValueError(
            f"weight has {weight.shape[1]} columns, but a volume of {C} × {H} × {W} has "
            f"{C * H * W} values"
        )
    return weight.reshape(-1, C, H, W), bias
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_fc_to_conv_value", "grade": true, "points": 3.5}
C, H, W = 2, 3, 4
weight = torch.arange(2 * C * H * W, dtype=torch.float32).reshape(2, C * H * W)
bias = torch.tensor([0.5, -1.0], dtype=torch.float32)
result = fc_to_conv(weight.clone(), bias, (C, H, W))
assert isinstance(result, tuple | list) and len(result) == 2, (
    f"expected two results, (w, b), you returned {type(result).__name__}"
)
w = result[0]
assert isinstance(w, torch.Tensor), (
    f"expected a tensor, but w is {type(w).__name__}: stay in PyTorch"
)
assert tuple(w.shape) == (2, C, H, W), (
    f"2 outputs, a volume of {C} × {H} × {W}: expected w of shape {(2, C, H, W)}, yours is "
    f"{tuple(w.shape)}"
)
for d, c, i, j in [(0, 0, 0, 1), (0, 0, 1, 0), (0, 1, 0, 0), (1, 0, 0, 0), (1, 1, 2, 3)]:
    want = weight[d, c * H * W + i * W + j].item()
    assert w[d, c, i, j] == want, (
        f"w[{d}, {c}, {i}, {j}]: expected weight[{d}, {c * H * W + i * W + j}] = {want}, yours is "
        f"{w[d, c, i, j].item()}. Flattening walks through channels, then rows, then columns."
    )
features = torch.from_numpy(np.random.default_rng(1).normal(size=(3, C, H, W))).float()
expect_values(
    torch.nn.functional.conv2d(features, w.detach())[:, :, 0, 0].numpy(),
    torch.nn.functional.linear(features.flatten(1), weight).numpy(),
    rtol=1e-4,
    err_msg="as a convolution, against the fully connected layer, without bias",
)

# %% nbgrader={"grade_id": "test_fc_to_conv_bias", "grade": true, "points": 1.5}
b = fc_to_conv(torch.zeros(3, 8), torch.tensor([1.5, -2.0, 0.25]), (2, 2, 2))[1]
assert tuple(b.shape) == (3,), f"one bias for each filter: expected (3,), yours is {tuple(b.shape)}"
assert b.tolist() == [1.5, -2.0, 0.25], (
    f"expected the biases as they are, [1.5, -2.0, 0.25], yours are {b.tolist()}"
)

# %% nbgrader={"grade_id": "test_fc_to_conv_keeps", "grade": true, "points": 0.5}
for dtype in (torch.float32, torch.float64):
    weight, bias = torch.ones(3, 8, dtype=dtype), torch.ones(3, dtype=dtype)
    for name, got in zip("wb", fc_to_conv(weight, bias, (2, 2, 2)), strict=True):
        assert got.dtype == dtype, f"{dtype} in: expected {dtype}, but {name} is {got.dtype}"
    assert weight.shape == (3, 8) and bool((weight == 1).all()), (
        "weight was changed in place: expected as it was"
    )
    assert bias.shape == (3,) and bool((bias == 1).all()), (
        "bias was changed in place: expected as it was"
    )
# The meta device holds shapes and no numbers: what would run on a GPU must run on it too.
for where in (torch.device("meta"), device):
    weight, bias = torch.ones(3, 8, device=where), torch.ones(3, device=where)
    for name, got in zip("wb", fc_to_conv(weight, bias, (2, 2, 2)), strict=True):
        assert got.device.type == where.type, (
            f"inputs on {where}: expected {name} there, it is on {got.device}; stay in PyTorch"
        )

# %% nbgrader={"grade_id": "test_fc_to_conv_refusal", "grade": true, "points": 0.5}
for columns, shape in [(24, (2, 3, 2)), (24, (2, 3, 5))]:
    try:
        w = fc_to_conv(torch.zeros(4, columns), torch.zeros(4), shape)[0]
    except ValueError:
        continue
    raise AssertionError(
        f"{columns} columns for a volume of {shape}: expected a ValueError, you returned w of "
        f"shape {tuple(w.shape)}"
    )
fc_to_conv(torch.zeros(4, 18), torch.zeros(4), (2, 3, 3))  # 18 columns do fit: no refusal

# %% [markdown]
# ### Use it: a row of weights is a picture
#
# Train the simplest classifier there is on 8 × 8 images of handwritten digits (from scikit-learn;
# drawn ones where that is not installed): a single fully connected layer. Its ten rows of weights
# are ten filters of 8 × 8. Nobody told it what a digit looks like.


# %% tags=["demonstration"]
def load_digit_images():
    """Handwritten digits (n, 8, 8), float32 between 0 and 1, and what they are (n,)."""
    try:
        from sklearn.datasets import load_digits

        digits = load_digits()
        return digits.images.astype(np.float32) / 16, digits.target
    except ImportError:
        # Seven bars make any digit: top, three across, bottom, and the four uprights.
        bars = [(0, 1, 0, 5), (0, 4, 4, 5), (3, 7, 4, 5), (6, 7, 0, 5), (3, 7, 0, 1), (0, 4, 0, 1)]
        bars.append((3, 4, 0, 5))
        lit = ("012345", "12", "01346", "01236", "1256", "02356", "023456", "012", "0123456")
        rng, images, labels = np.random.default_rng(0), [], []
        for digit, which in enumerate((*lit, "012356")):
            for _ in range(150):
                plane, (down, right) = np.zeros((8, 8)), rng.integers(0, (2, 4))
                for bar in map(int, which):
                    top, bottom, left, end = bars[bar]
                    plane[down + top : down + bottom, right + left : right + end] = 1
                images.append(
                    np.clip(plane * rng.uniform(0.6, 1) + rng.normal(0, 0.05, (8, 8)), 0, 1)
                )
                labels.append(digit)
        return np.array(images, dtype=np.float32), np.array(labels)


digits, labels = load_digit_images()
x = torch.from_numpy(digits).to(device)[:, None]
y = torch.from_numpy(labels).long().to(device)
linear = fill(nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), np.random.default_rng(2)).to(device)
optimizer = torch.optim.Adam(linear.parameters(), lr=0.02, weight_decay=1e-3)
for _ in range(150):
    optimizer.zero_grad()
    nn.functional.cross_entropy(linear(x), y).backward()
    optimizer.step()
print(f"{len(x)} digits, {(linear(x).argmax(1) == y).float().mean():.1%} of them read correctly")

# %% tags=["demonstration"]
w, b = fc_to_conv(linear[1].weight.detach(), linear[1].bias.detach(), (1, 8, 8))
fig, axes = plt.subplots(1, 10, figsize=(12, 1.6), layout="constrained")
for digit, (ax, plane) in enumerate(zip(axes, w[:, 0].cpu().numpy(), strict=True)):
    ax.imshow(plane, cmap="RdBu", vmin=-1, vmax=1)
    ax.set_title(f"{digit}", fontsize=10)
    ax.axis("off")
print("filters", tuple(w.shape), "· biases", tuple(b.shape))

# %% [markdown]
# *Ten filters, as large as the images: ink on blue pixels speaks for the digit, ink on red ones
# against it. The 0 does not want ink in its middle.*
#
# Now the example in the notes: a fully connected layer with 4,096 outputs on a volume of 7 × 7 ×
# 512. We ask on the `meta` device, where tensors have a shape and no numbers, so that nobody has to
# find room for them. Further fully connected layers see a volume of 1 × 1, and become 1 × 1
# convolutions.

# %%
for units, shape in [(4096, (512, 7, 7)), (4096, (4096, 1, 1)), (1000, (4096, 1, 1))]:
    weight = torch.empty(units, np.prod(shape), device="meta")
    w, _ = fc_to_conv(weight, torch.empty(units, device="meta"), shape)
    print(f"{units} outputs on {shape}: filters {tuple(w.shape)}, {w.numel():,} weights")

side = conv_output_size(227, 11, stride=4)
for kernel, stride, pad in [
    (3, 2, 0),
    (5, 1, 2),
    (3, 2, 0),
    (3, 1, 1),
    (3, 1, 1),
    (3, 1, 1),
    (3, 2, 0),
]:
    side = conv_output_size(side, kernel, stride=stride, pad=pad)
print(f"AlexNet's last volume: {side} × {side} × 256 = {side * side * 256:,} values")

# %% [markdown]
# (The notes ascribe the 7 × 7 × 512 to AlexNet. It is VGG's: AlexNet has three poolings, not five,
# and flattens 6 × 6 × 256.)

# %% [markdown]
# ## 2 · See a convolution as a fully connected layer
#
# The other direction always works too. A convolution is *linear* in its input, so there is a matrix
# for it. Each output place is one row, each input value one column:
#
# $$
# \text{weight}_{(f, i, j),\,(c, r, s)} =
#   \begin{cases} w_{f,\,c,\,r - iS + P,\,s - jS + P} & \text{where the filter covers } (r, s) \\
#   0 & \text{elsewhere} \end{cases}
# $$
#
# It is mostly zeros, because a neuron sees only its window. And what is not zero repeats from row
# to row, because all places of a map share one filter. A row of five values and the filter $[1, 0,
# -1]$:

# %%
taps = [1, 0, -1]
for zeros, step in [(0, 1), (1, 2)]:
    print(f"padding {zeros}, stride {step}")
    for place in range(conv_output_size(5, 3, stride=step, pad=zeros)):
        line = [0] * 5
        for tap, value in enumerate(taps):
            at = place * step + tap - zeros
            if 0 <= at < 5:
                line[at] = value
        print("  ", line)

# %% [markdown]
# Look at the padded matrix: where a tap falls on a zero of the frame, it is simply not there. The
# padding has no column, since it is not part of the input.
#
# ### Write `conv_to_fc`
#
# Loops over filters, places, channels and taps will do. Or ask yourself what a convolution answers
# when the input is all zeros except for a single one.


# %% nbgrader={"grade_id": "conv_to_fc", "solution": true}
def conv_to_fc(w, b, input_shape, *, stride=1, pad=0):
    """Turn a convolution into the fully connected layer that computes the same.

    weight @ x.flatten() + bias is conv(x).flatten(), for every x of shape `input_shape`; both sides
    are flattened as `nn.Flatten` does it: C, H, W for x, and F, OH, OW for the output.

    Parameters
    ----------
    w : tensor (F, C, KH, KW)
    b : tensor (F,)
    input_shape : (C, H, W)
        The volume that the convolution is applied to.
    stride, pad : int
        Step of the window, and zeros on each side, the same for rows and columns.

    Returns
    -------
    weight : tensor (F·OH·OW, C·H·W)
        The mostly-zero matrix. Device and dtype are those of `w`.
    bias : tensor (F·OH·OW,)

    Raises
    ------
    ValueError
        If the windows do not tile the rows or the columns; the message names size, kernel, stride
        and pad of the direction that fails. Also if the axes or the channels do not go together.

    Source: CS231n notes, "Converting FC layers to CONV layers"; Dumoulin and Visin (2016), "A guide
    to convolution arithmetic for deep learning", section 4.1.
    """
    expect_axes(w=(w, "F C KH KW"), b=(b, "F"))
    ### BEGIN SOLUTION
    _, C, KH, KW = w.shape
    channels, H, W = input_shape
    if channels != C:
        raise ValueError(f"w has {C} channels, input_shape {channels}")
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    # The answer to an input with a single 1 in it is one column of the matrix.
    ones = torch.eye(C * H * W, dtype=w.dtype, device=w.device).reshape(-1, C, H, W)
    answers = nn.functional.conv2d(ones, w, stride=stride, padding=pad)  # (CHW, F, OH, OW)
    return answers.flatten(1).T, b.repeat_interleave(OH * OW)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_conv_to_fc_value", "grade": true, "points": 3}
square = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
result = conv_to_fc(square.clone(), torch.zeros(1), (1, 3, 3))
assert isinstance(result, tuple | list) and len(result) == 2, (
    "expected two results, (weight, bias), you returned something else"
)
assert tuple(result[0].shape) == (4, 9), (
    f"2 × 2 places on 3 × 3 values: expected shape (4, 9), yours is {tuple(result[0].shape)}"
)
want = [
    [1, 2, 0, 3, 4, 0, 0, 0, 0],
    [0, 1, 2, 0, 3, 4, 0, 0, 0],
    [0, 0, 0, 1, 2, 0, 3, 4, 0],
    [0, 0, 0, 0, 1, 2, 0, 3, 4],
]
assert result[0].tolist() == want, (
    f"the filter [[1, 2], [3, 4]] on a 3 × 3 image: expected {want}, yours is "
    f"{result[0].tolist()}. Nothing is flipped."
)
rng = np.random.default_rng(3)
x, w = (torch.from_numpy(rng.normal(size=s)).float() for s in ((4, 3, 5, 5), (2, 3, 3, 3)))
weight = conv_to_fc(w.clone(), torch.zeros(2, dtype=w.dtype), (3, 5, 5))[0]
out = nn.functional.conv2d(x, w)
want = (out[0].numel(), 3 * 5 * 5)
assert tuple(weight.shape) == want, f"expected shape {want}, yours is {tuple(weight.shape)}"
expect_values(
    (x.flatten(1) @ weight.detach().T).numpy(),
    out.flatten(1).numpy(),
    atol=1e-4,
    err_msg="the matrix against the convolution: rows of the matrix are "
    "ordered filter, row, column; its columns channel, row, column",
)

# %% nbgrader={"grade_id": "test_conv_to_fc_geometry", "grade": true, "points": 2.5}
rng = np.random.default_rng(4)
for stride, pad, H, W in [(1, 0, 5, 7), (2, 0, 7, 10), (1, 1, 4, 5), (2, 1, 5, 8), (3, 2, 5, 9)]:
    asked = f"image {H} × {W}, kernel 3 × 4, stride {stride}, pad {pad}"
    x, w = (torch.from_numpy(rng.normal(size=s)).float() for s in ((2, 2, H, W), (3, 2, 3, 4)))
    out = nn.functional.conv2d(x, w, stride=stride, padding=pad)
    b = torch.zeros(3, dtype=w.dtype)
    weight = conv_to_fc(w.clone(), b, (2, H, W), stride=stride, pad=pad)[0]
    want = (out[0].numel(), 2 * H * W)
    assert tuple(weight.shape) == want, (
        f"{asked}: expected {want}, yours is {tuple(weight.shape)}: the padding has no columns"
    )
    expect_values(
        (x.flatten(1) @ weight.detach().T).numpy(),
        out.flatten(1).numpy(),
        atol=1e-4,
        err_msg=f"{asked}: tap (u, v) of place (i, j) is (i·stride + u - pad, j·stride + v - pad)",
    )

# %% nbgrader={"grade_id": "test_conv_to_fc_bias", "grade": true, "points": 2.5}
bias = conv_to_fc(torch.ones(2, 1, 2, 2), torch.tensor([3.0, -1.0]), (1, 3, 3))[1]
assert tuple(bias.shape) == (8,), (
    f"2 filters at 2 × 2 places: expected (8,), not {tuple(bias.shape)}"
)
assert bias.tolist() == [3.0] * 4 + [-1.0] * 4, (
    f"expected all places of filter 0 first, then those of filter 1; yours is {bias.tolist()}"
)

# %% nbgrader={"grade_id": "test_conv_to_fc_keeps", "grade": true, "points": 0.5}
for dtype in (torch.float32, torch.float64):
    w, b = torch.ones(2, 1, 2, 2, dtype=dtype), torch.ones(2, dtype=dtype)
    for name, got in zip(("weight", "bias"), conv_to_fc(w, b, (1, 3, 3), pad=1), strict=True):
        assert got.dtype == dtype, f"{dtype} in: expected {dtype}, but {name} is {got.dtype}"
    assert bool((w == 1).all()) and bool((b == 1).all()), (
        "w or b was changed in place: expected as they were"
    )
for where in (torch.device("meta"), device):
    w, b = torch.ones(2, 1, 2, 2, device=where), torch.ones(2, device=where)
    for name, got in zip(("weight", "bias"), conv_to_fc(w, b, (1, 3, 3)), strict=True):
        assert got.device.type == where.type, (
            f"inputs on {where}: expected {name} there, it is on {got.device}. New "
            "tensors take a device: torch.zeros(..., device=w.device, dtype=w.dtype)"
        )

# %% nbgrader={"grade_id": "test_conv_to_fc_refusal", "grade": true, "points": 0.5}
for H, W, wrong in [(14, 9, "rows"), (9, 16, "columns")]:
    size = H if wrong == "rows" else W
    try:
        weight, bias = conv_to_fc(torch.ones(1, 1, 5, 5), torch.zeros(1), (1, H, W), stride=2)
    except ValueError as error:
        message = str(error)
    except (AssertionError, ZeroDivisionError) as error:
        raise AssertionError(
            f"{wrong}: expected a ValueError, you raised {type(error).__name__}"
        ) from error
    else:
        raise AssertionError(
            f"{wrong} {size}, kernel 5 and stride 2 do not fit: expected a ValueError, not "
            f"shape {tuple(weight.shape)}. PyTorch rounds down without a word; we do not."
        )
    left_out = [n for n in (size, 5, 2, 0) if str(n) not in message]
    assert not left_out, (
        f"expected all numbers of the {wrong}, the message leaves out {left_out}: {message!r}"
    )
try:
    weight, bias = conv_to_fc(torch.ones(1, 2, 5, 5), torch.zeros(1), (3, 9, 9))
except ValueError:
    pass
else:
    raise AssertionError(
        "w has 2 channels, the image 3: expected a ValueError, you returned shape "
        f"{tuple(weight.shape)}"
    )
conv_to_fc(torch.ones(1, 1, 5, 5), torch.zeros(1), (1, 9, 9), stride=2)  # 9, 5 and 2 do fit

# %% [markdown]
# ### Use it: look at the matrix
#
# One filter of 3 × 3 with nine different weights, on images of 6 × 6: without padding, then with
# padding, then with a stride.

# %% tags=["demonstration"]
w, b = torch.arange(1.0, 10.0).reshape(1, 1, 3, 3), torch.zeros(1)
fig, axes = plt.subplots(1, 3, figsize=(11, 3.9), layout="constrained")
for ax, (how, side) in zip(
    axes, [({}, 6), ({"pad": 1}, 6), ({"pad": 1, "stride": 2}, 7)], strict=True
):
    weight = conv_to_fc(w, b, (1, side, side), **how)[0].numpy()
    ax.imshow(np.where(weight > 0, weight, np.nan), cmap="viridis", vmin=1, vmax=9)
    zeros = (weight == 0).mean()
    asked = ", ".join(f"{name} {value}" for name, value in how.items()) or "no padding"
    ax.set_title(f"{asked}: {weight.shape}, {zeros:.0%} zeros", fontsize=10)
    ax.set(xlabel="input value", ylabel="output value")
    ax.set_xticks(range(0, side * side + 1, side))

# %% [markdown]
# *The matrix of one 3 × 3 filter: nine colours for nine weights, nothing where there is a zero. One
# line of the matrix is one place of the filter; it moves a column to the right from line to line,
# and jumps when a row of the image ends. With padding, lines at the border lose some of their taps.
# With stride 2 the matrix has a quarter of the lines.*
#
# That is what convolution saves. In the first layer of AlexNet, as a matrix:

# %%
side, C, F, K = 227, 3, 96, 11
places = conv_output_size(side, K, stride=4) ** 2
rows, columns = F * places, C * side * side
print(f"matrix {rows:,} × {columns:,} = {rows * columns:,} entries")
print(f"as float32: {rows * columns * 4 / 1e9:,.0f} GB")
print(f"not zero:   {rows * C * K * K:,} = {C * K * K / columns:.2%}")
print(f"different:  {F * C * K * K:,} weights")

# %% [markdown]
# ## 3 · Convert a whole network
#
# Now the direction that is used in practice. Take a network that ends in fully connected layers.
# Its convolutions and poolings do not care how large an image is; only the first fully connected
# layer does, because its `weight` has a fixed number of columns. Convert it, and no layer cares any
# more:
#
# - layers before `Flatten` stay what they are;
# - `Flatten` goes: there is nothing to flatten for;
# - the first `Linear` becomes a convolution of the size of the feature map;
# - each later `Linear` sees a volume of 1 × 1, and becomes a 1 × 1 convolution;
# - `ReLU` and `Dropout` act on each value by itself, and stay.
#
# On an image of the old size you get the old scores, as a 1 × 1 map. On a larger one you get a map
# of scores. LeCun and his colleagues ran digit readers over whole lines of handwriting that way in
# the 1990s (Matan et al., 1992); OverFeat (Sermanet et al., 2014) made it the way to detect
# objects; Long, Shelhamer and Darrell (2015) trained such networks to label every pixel. In the
# days of Caffe the conversion was called *net surgery*.
#
# ### Write `convolutionalize`
#
# Three things to take care of. The new network must *share no parameters* with the old one: a view
# of a weight is shared too. It must be where the old one is: an `nn.Conv2d` takes `device` and
# `dtype`. And it must be in the same mode, train or eval; a new module starts in train mode.


# %% nbgrader={"grade_id": "convolutionalize", "solution": true}
def convolutionalize(model, feature_shape):
    """Turn a network that ends in fully connected layers into one of convolutions only.

    Parameters
    ----------
    model : nn.Sequential
        (…, nn.Flatten(), nn.Linear(…), …): after Flatten come Linear layers, each with a bias, and
        between them layers that act on each value by itself, such as ReLU and Dropout.
    feature_shape : (C, H, W)
        The volume that enters Flatten.

    Returns
    -------
    nn.Sequential
        The same layers without Flatten; the first Linear has become an nn.Conv2d with filters of
        H × W, every later one an nn.Conv2d with filters of 1 × 1. It computes what `model`
        computes, with two axes more: (N, K, 1, 1) for images of the size that `model` takes, a map
        (N, K, OH, OW) for larger ones. Its parameters are copies, on the device and in the dtype of
        the model's; its mode (train or eval) is the model's. The model is left as it was.

    Raises
    ------
    ValueError
        If there is no Flatten, or the first Linear does not take C·H·W values.

    Source: CS231n notes, "Converting FC layers to CONV layers"; Long, Shelhamer and Darrell (2015),
    "Fully convolutional networks for semantic segmentation".
    """
    ### BEGIN SOLUTION
    layers, shape = [], None
    for layer in model:
        if isinstance(layer, nn.Flatten):
            shape = feature_shape
        elif isinstance(layer, nn.Linear) and shape is not None:
            w, b = fc_to_conv(layer.weight, layer.bias, shape)
            # skip_init: do not draw random weights only to throw them away.
            conv = nn.utils.skip_init(
                nn.Conv2d, w.shape[1], w.shape[0], w.shape[2:], device=w.device, dtype=w.dtype
            )
            with torch.no_grad():
                conv.weight.copy_(w)
                conv.bias.copy_(b)
            layers.append(conv.train(layer.training))
            shape = (len(w), 1, 1)
        else:
            layers.append(copy.deepcopy(layer))
    if shape is None:
        raise ValueError("the model has no nn.Flatten, so there is no layer to convert")
    converted = nn.Sequential(*layers)
    converted.training = model.training  # not .train(): each layer has its own mode already
    return converted
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_convolutionalize_scores", "grade": true, "points": 3.5}
model = nn.Sequential(
    nn.Conv2d(2, 3, 3),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(3 * 2 * 4, 7),
    nn.ReLU(),
    nn.Linear(7, 5),
)
fill(model, np.random.default_rng(5)).eval()
converted = convolutionalize(copy.deepcopy(model), (3, 2, 4))
assert isinstance(converted, nn.Sequential), (
    f"expected an nn.Sequential, you returned {type(converted).__name__}: nn.Sequential(*layers)"
)
images = torch.from_numpy(np.random.default_rng(6).normal(size=(4, 2, 6, 10))).float()
with torch.no_grad():
    want, got = model(images), converted(images)
assert tuple(got.shape) == (4, 5, 1, 1), (
    f"4 images of the old size, 5 classes: expected maps of shape (4, 5, 1, 1), yours is "
    f"{tuple(got.shape)}. Is a Flatten left?"
)
expect_values(
    got[:, :, 0, 0].numpy(),
    want.numpy(),
    atol=1e-5,
    err_msg="converted scores, against the original: weights, biases and ReLUs?",
)

# %% nbgrader={"grade_id": "test_convolutionalize_map", "grade": true, "points": 3}
model = nn.Sequential(
    nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12, 4), nn.ReLU(),
    nn.Linear(4, 3),
)  # fmt: skip
fill(model, np.random.default_rng(7)).eval()
with torch.no_grad():  # biases are judged above
    for layer in (model[0], model[4], model[6]):
        layer.bias.zero_()
image = torch.from_numpy(np.random.default_rng(8).normal(size=(1, 1, 8, 12))).float()
with torch.no_grad():
    scores = convolutionalize(copy.deepcopy(model), (3, 2, 2))(image)
    assert tuple(scores.shape) == (1, 3, 2, 4), (
        f"windows of 6 at stride 2 over 8 × 12: expected a map of shape (1, 3, 2, 4), yours is "
        f"{tuple(scores.shape)}"
    )
    for i in range(2):
        for j in range(4):
            crop = image[:, :, 2 * i : 2 * i + 6, 2 * j : 2 * j + 6]
            expect_values(
                scores[:, :, i, j].numpy(),
                model(crop).numpy(),
                atol=1e-5,
                err_msg=f"place ({i}, {j}) should be what the model says of the crop at "
                f"({2 * i}, {2 * j})",
            )

# %% nbgrader={"grade_id": "test_convolutionalize_layers", "grade": true, "points": 3}
model = nn.Sequential(
    nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 3 * 5, 6),
    nn.Dropout(0.25), nn.ReLU(), nn.Dropout(0.75), nn.Linear(6, 2),
)  # fmt: skip
layers = layers_of(convolutionalize(model, (4, 3, 5)))
kinds = [type(layer).__name__ for layer in layers]
want = ["Conv2d", "ReLU", "Conv2d", "Dropout", "ReLU", "Dropout", "Conv2d"]
assert kinds == want, f"expected the layers {want}, yours are {kinds}"
shapes = [tuple(layer.weight.shape) for layer in layers if isinstance(layer, nn.Conv2d)]
want = [(4, 1, 3, 3), (6, 4, 3, 5), (2, 6, 1, 1)]
assert shapes == want, (
    f"expected filters {want}, yours are {shapes}: the first Linear becomes 3 × 5, the second 1 × 1"
)
rates = [layer.p for layer in layers if isinstance(layer, nn.Dropout)]
assert rates == [0.25, 0.75], f"Dropout keeps its rate: expected [0.25, 0.75], yours are {rates}"

# %% nbgrader={"grade_id": "test_convolutionalize_mode", "grade": true, "points": 0.5}
for training in (True, False):
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 3), nn.Dropout(), nn.Linear(3, 2))
    converted = convolutionalize(model.train(training), (3, 2, 2))
    modes = [converted.training, *(layer.training for layer in layers_of(converted))]
    assert modes == [training] * len(modes), (
        f"expected {'train' if training else 'eval'} mode, as the model's, but in the converted "
        f"network `training` is {modes} (itself, then its layers)"
    )

# %% nbgrader={"grade_id": "test_convolutionalize_separate", "grade": true, "points": 1}
model = nn.Sequential(
    nn.Conv2d(1, 2, 2), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3), nn.ReLU(), nn.Linear(3, 2)
)
before = {name: values.clone() for name, values in model.state_dict().items()}
kinds = [type(layer).__name__ for layer in model]
converted = convolutionalize(model, (2, 2, 2))
assert [type(layer).__name__ for layer in model] == kinds, (
    f"expected the model as it was, {kinds}; now it is {[type(m).__name__ for m in model]}"
)
with torch.no_grad():
    for values in (*converted.parameters(), *converted.buffers()):
        values.add_(1)
for name, values in model.state_dict().items():
    assert torch.equal(values, before[name]), (
        f"expected the model's {name} as it was, but changing the converted network changed "
        "it. A layer taken over as it is shares; so does nn.Parameter of a view."
    )

# %% nbgrader={"grade_id": "test_convolutionalize_keeps", "grade": true, "points": 0.5}
model = nn.Sequential(nn.Conv2d(1, 2, 2), nn.Flatten(), nn.Linear(8, 3), nn.ReLU(), nn.Linear(3, 2))
converted = convolutionalize(copy.deepcopy(model).double(), (2, 2, 2))
for name, values in converted.named_parameters():
    assert values.dtype == torch.float64, (
        f"expected float64 as the model's, but {name} is {values.dtype}"
    )
for where in (torch.device("meta"), device):
    converted = convolutionalize(copy.deepcopy(model).to(where), (2, 2, 2))
    for name, values in converted.named_parameters():
        assert values.device.type == where.type, (
            f"expected all on {where}, {name} is on {values.device}: nn.Conv2d(..., device=..., "
            "dtype=...) makes it where it belongs"
        )

# %% nbgrader={"grade_id": "test_convolutionalize_refusal", "grade": true, "points": 0.5}
for model, shape, why in [
    (nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), (2, 1, 1), "there is no Flatten"),
    (nn.Sequential(nn.Flatten(), nn.Linear(12, 5)), (4, 2, 3), "Linear takes 12 values, not 24"),
]:
    try:
        converted = convolutionalize(model, shape)
    except ValueError:
        continue
    raise AssertionError(f"{why}: expected a ValueError, you returned {converted}")
convolutionalize(nn.Sequential(nn.Flatten(), nn.Linear(12, 5)), (3, 2, 2))  # fits: no refusal

# %% [markdown]
# ### Use it: read a page of digits in one pass
#
# Train a small network on windows of 16 × 16 that hold one digit, or no digit (its eleventh class).
# It has no zero padding, for a reason you will find out. Its two poolings make its stride 4. The
# first cell makes the data and takes a few seconds.

# %% tags=["demonstration"]
NOTHING, WINDOW, NET_STRIDE = 10, 16, 4
large = np.kron(digits, np.ones((2, 2), dtype=np.float32))  # (n, 16, 16)


def moved(digit, down, right):
    """A window with the digit moved by so many pixels, cut off where it leaves the window."""
    return np.pad(digit, 16)[16 - down : 32 - down, 16 - right : 32 - right]


def windows_of_nothing(count, rng):
    """Windows that are empty, or that digits only reach into."""
    windows = np.zeros((count, 16, 16), dtype=np.float32)
    for window in windows[count // 8 :]:
        for _ in range(rng.integers(1, 3)):
            far, near = rng.choice([-1, 1]) * rng.integers(5, 15), rng.integers(-14, 15)
            down, right = (far, near) if rng.random() < 0.5 else (near, far)
            window[:] = np.maximum(window, moved(large[rng.integers(len(large))], down, right))
    return windows


rng = np.random.default_rng(9)
read_me = np.stack([moved(digit, *rng.integers(-2, 3, size=2)) for digit in (*large, *large)])
windows = np.concatenate([read_me, windows_of_nothing(3600, rng)])
windows = np.clip(windows + rng.normal(0, 0.05, windows.shape), 0, 1).astype(np.float32)
targets = np.concatenate([labels, labels, np.full(3600, NOTHING)])
x = torch.from_numpy(windows).to(device)[:, None]
y = torch.from_numpy(targets).long().to(device)

reader = nn.Sequential(
    nn.Conv2d(1, 8, 5),  # 16 → 12
    nn.ReLU(),
    nn.MaxPool2d(2),  # → 6
    nn.Conv2d(8, 24, 3),  # → 4
    nn.ReLU(),
    nn.MaxPool2d(2),  # → 2
    nn.Flatten(),
    nn.Linear(24 * 2 * 2, 64),
    nn.ReLU(),
    nn.Linear(64, 11),
)
reader = fill(reader, rng).to(device)
optimizer = torch.optim.Adam(reader.parameters(), lr=3e-3)
for _ in range(8):
    for batch in np.array_split(rng.permutation(len(x)), 60):
        optimizer.zero_grad()
        nn.functional.cross_entropy(reader(x[batch]), y[batch]).backward()
        optimizer.step()
reader.eval()
print(f"{(reader(x).argmax(1) == y).float().mean():.1%} of the training windows read correctly")

# %% [markdown]
# Now a page: 64 × 160, digits here and there, which the network never saw as a whole. One pass of
# the converted network scores every window of it.

# %% tags=["demonstration"]
page, written = np.zeros((64, 160), dtype=np.float32), []
for row in range(2):
    right = 3
    while right < 140:
        which, down = rng.integers(len(large)), row * 30 + rng.integers(3, 12)
        page[down : down + 16, right : right + 16] = large[which]
        written.append((down, right, labels[which]))
        right += 18 + rng.integers(0, 10)
page = np.clip(page + rng.normal(0, 0.05, page.shape), 0, 1).astype(np.float32)
page_image = torch.from_numpy(page).to(device)[None, None]


def draw_reading(ax, scores, stride):
    """Mark the windows where the network is surest of a digit; count what it reads right."""
    chances = scores.softmax(0)[:NOTHING].cpu().numpy()
    sure, names = chances.max(axis=0), chances.argmax(axis=0)
    found = []
    while sure.max() > 0.5:
        i, j = np.unravel_index(sure.argmax(), sure.shape)
        found.append((i * stride, j * stride, names[i, j]))
        reach = 12 // stride  # windows closer than this are one and the same digit
        top, left = i * stride, j * stride
        ax.add_patch(plt.Rectangle((left, top), 15, 15, fill=False, ec=ORANGE, lw=1.2))
        ax.text(left + 1, top - 1, names[i, j], color=ORANGE, fontsize=9)
        sure[max(i - reach, 0) : i + reach + 1, max(j - reach, 0) : j + reach + 1] = 0
    right = sum(
        any(
            max(abs(top - down), abs(left - at)) <= 3 and name == digit for top, left, name in found
        )
        for down, at, digit in written
    )
    return f"{len(found)} readings, {right} of the {len(written)} digits right"


with torch.no_grad():
    page_scores = convolutionalize(reader, (24, 2, 2))(page_image)
print("page", tuple(page_image.shape), "→ scores", tuple(page_scores.shape))

fig, axes = plt.subplots(2, 2, figsize=(12, 5.2), layout="constrained")
axes[0, 0].imshow(page, cmap="gray")
reading = draw_reading(axes[0, 0], page_scores[0], NET_STRIDE)
axes[0, 0].set_title(reading, fontsize=10)
chances = page_scores[0].softmax(0).cpu().numpy()
for ax, plane, title in zip(
    axes.flat[1:],
    (1 - chances[NOTHING], chances[3], chances[8]),
    ("is there a digit?", "is it a 3?", "is it an 8?"),
    strict=True,
):
    ax.imshow(plane, cmap="viridis", vmin=0, vmax=1)
    ax.set_title(title, fontsize=10)
for ax in axes.flat:
    ax.axis("off")

# %% [markdown]
# *Top left the page, where each frame is one reading; then three maps of the score map (bright is
# sure), 13 × 37 places each. Each place is one window of 16 × 16, four pixels from the next. A
# digit that sits between two places may be missed or misread: the map is coarse. Section 5 mends
# that.*

# %% [markdown]
# ## 4 · Compare with the crops
#
# What should the map be equal to? To the plain way: cut out every window, and give it to the
# original network. Nothing clever; this is the yardstick. Window $(i, j)$ starts at row $iS$ and
# column $jS$.
#
# ### Write `sliding_window_scores`


# %% nbgrader={"grade_id": "sliding_window_scores", "solution": true}
def sliding_window_scores(model, images, *, window, stride):
    """Give every window of the images to the original network.

    out[:, :, i, j] = model(images[:, :, i·stride : i·stride + window,
                                         j·stride : j·stride + window])

    Parameters
    ----------
    model : nn.Module
        Takes crops (N, C, window, window) and gives scores (N, K).
        It is left as it was, its mode and its gradients included.
    images : tensor (N, C, H, W)
    window : int
        Side of the square crops.
    stride : int
        From one crop to the next, in rows and in columns.

    Returns
    -------
    tensor (N, K, OH, OW)
        With OH = (H - window)/stride + 1 and OW likewise, on the device and in the dtype of what
        the model gives.

    Raises
    ------
    ValueError
        If the windows do not tile the rows or the columns; the message names the size, the window
        and the stride of the direction that fails. Also if `images` has not four axes.

    Source: CS231n notes, "Converting FC layers to CONV layers".
    """
    expect_axes(images=(images, "N C H W"))
    ### BEGIN SOLUTION
    _, _, H, W = images.shape
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    rows = []
    for i in range(OH):
        row = []
        for j in range(OW):
            top, left = i * stride, j * stride
            row.append(model(images[:, :, top : top + window, left : left + window]))  # (N, K)
        rows.append(torch.stack(row, dim=2))  # (N, K, OW)
    return torch.stack(rows, dim=2)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_sliding_window_scores_value", "grade": true, "points": 3}
# A network that shows what it sees: every window of one pixel, in the order of the image.
with torch.no_grad():
    shows = nn.Sequential(nn.Flatten(), nn.Linear(1, 1))
    shows[1].weight.fill_(1.0)
    shows[1].bias.zero_()
    image = torch.arange(24.0).reshape(1, 1, 4, 6)  # row·6 + column
    got = sliding_window_scores(shows, image.clone(), window=1, stride=1)
    assert isinstance(got, torch.Tensor), (
        f"expected a tensor, got {type(got).__name__}; stay in PyTorch"
    )
    assert tuple(got.shape) == (1, 1, 4, 6), (
        f"windows of one pixel over 4 × 6: expected (1, 1, 4, 6), yours is {tuple(got.shape)}"
    )
    assert got.tolist() == image.tolist(), (
        f"expected the image itself, pixel by pixel, yours is {got[0, 0].tolist()}"
    )
    # Images as large as the window: one place, and the scores of the whole image.
    model = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(75, 4))
    fill(model, np.random.default_rng(10)).eval()
    images = torch.from_numpy(np.random.default_rng(11).normal(size=(3, 2, 5, 5))).float()
    got = sliding_window_scores(model, images.clone(), window=5, stride=3)
    assert tuple(got.shape) == (3, 4, 1, 1), (
        f"3 images, 4 classes, one window: expected (3, 4, 1, 1), yours is {tuple(got.shape)}"
    )
    expect_values(
        got[:, :, 0, 0].numpy(),
        model(images).numpy(),
        atol=1e-5,
        err_msg="all images, all classes, the only window",
    )

# %% nbgrader={"grade_id": "test_sliding_window_scores_stride", "grade": true, "points": 2}
# A network that says where it looks: on this image, the first value of a crop is its place.
where = nn.Sequential(nn.Flatten(), nn.Linear(4, 1))
with torch.no_grad():
    where[1].weight.copy_(torch.tensor([[1.0, 0.0, 0.0, 0.0]]))
    where[1].bias.zero_()
    image = torch.arange(24.0).reshape(1, 1, 4, 6)  # row·6 + column
    for stride, want in [
        (1, [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16]),
        (2, [0, 2, 4, 12, 14, 16]),
    ]:
        OH, OW = (4 - 2) // stride + 1, (6 - 2) // stride + 1
        got = sliding_window_scores(where, image.clone(), window=2, stride=stride)
        assert tuple(got.shape) == (1, 1, OH, OW), (
            f"windows of 2 at stride {stride} over 4 × 6: expected {(1, 1, OH, OW)}, yours is "
            f"{tuple(got.shape)}"
        )
        assert got.flatten().tolist() == want, (
            f"stride {stride}: expected windows that start at the pixels {want}, yours start at "
            f"{got.flatten().tolist()}"
        )
    model = nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(75, 4))
    fill(model, np.random.default_rng(10)).eval()
    image = torch.from_numpy(np.random.default_rng(12).normal(size=(1, 2, 8, 11))).float()
    got = sliding_window_scores(model, image.clone(), window=5, stride=3)
    assert tuple(got.shape) == (1, 4, 2, 3), (
        f"4 classes, 2 × 3 windows: expected (1, 4, 2, 3), yours is {tuple(got.shape)}"
    )
    for i in range(2):
        for j in range(3):
            expect_values(
                got[:, :, i, j].numpy(),
                model(image[:, :, 3 * i : 3 * i + 5, 3 * j : 3 * j + 5]).numpy(),
                atol=1e-5,
                err_msg=f"all classes, window ({i}, {j})",
            )

# %% nbgrader={"grade_id": "test_sliding_window_scores_keeps", "grade": true, "points": 0.5}
model = nn.Sequential(nn.Flatten(), nn.Linear(4, 3)).double()
images = torch.ones(2, 1, 4, 4, dtype=torch.float64)
torch.set_grad_enabled(True)
got = sliding_window_scores(model, images, window=2, stride=2)
assert got.dtype == torch.float64, f"float64 in: expected float64, but the scores are {got.dtype}"
assert bool((images == 1).all()), "the images were changed in place: expected as they were"
assert model.training and all([values.requires_grad for values in model.parameters()]), (
    "expected the model as it was: in train mode, and its parameters with requires_grad; "
    "one of the two was changed"
)
recorded = torch.is_grad_enabled()
torch.set_grad_enabled(True)
assert recorded, (
    "expected gradients to be recorded as before; set_grad_enabled(False) stays when you return, "
    "`with torch.no_grad():` does not"
)
for place in (torch.device("meta"), device):
    got = sliding_window_scores(
        copy.deepcopy(model).to(place),
        torch.ones(2, 1, 4, 4, device=place, dtype=torch.float64),
        window=2,
        stride=2,
    )
    assert got.device.type == place.type, (
        f"model and images on {place}: expected the scores there, they are on {got.device}"
    )

# %% nbgrader={"grade_id": "test_sliding_window_scores_refusal", "grade": true, "points": 0.5}
model = nn.Sequential(nn.Flatten(), nn.Linear(81, 2))
for H, W, wrong in [(17, 15, "17 rows"), (15, 20, "20 columns")]:
    try:
        got = sliding_window_scores(model, torch.zeros(1, 1, H, W), window=9, stride=3)
    except ValueError:
        continue
    except (AssertionError, ZeroDivisionError) as error:
        raise AssertionError(
            f"{wrong}: expected a ValueError, you raised {type(error).__name__}"
        ) from error
    raise AssertionError(
        f"{wrong}, window 9 and stride 3 do not fit: expected a ValueError, not shape "
        f"{tuple(got.shape)}. Ask conv_output_size once for rows and once for columns."
    )
sliding_window_scores(model, torch.zeros(1, 1, 15, 18), window=9, stride=3)  # these do fit

# %% [markdown]
# ### Use it: check the numbers of the notes
#
# The notes slide a window of 224 over an image of 384 with stride 32. VGG-16 halves its input five
# times, so $2^5 = 32$ is its own stride. Here is its shape, once more on the `meta` device: 138
# million parameters that take no room.


# %% tags=["demonstration"]
def vgg16():
    """The layers of VGG-16 (Simonyan and Zisserman, 2015)."""
    layers, channels = [], 3
    for filters, depth in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]:
        for _ in range(depth):
            layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU()]
            channels = filters
        layers.append(nn.MaxPool2d(2))
    layers += [nn.Flatten(), nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout()]
    layers += [nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 1000)]
    return nn.Sequential(*layers)


with torch.device("meta"):
    vgg = vgg16().eval()
    photo = torch.empty(1, 3, 384, 384)
converted = convolutionalize(vgg, (512, 7, 7))
features = converted[:31]  # everything before the first converted layer
print("features of a crop ", tuple(features(photo[:, :, :224, :224]).shape))
print("features of the photo", tuple(features(photo).shape))
print("one pass           ", tuple(converted(photo).shape))
print("all crops          ", tuple(sliding_window_scores(vgg, photo, window=224, stride=32).shape))
print(f"pixels to look at: 36 crops have {36 * 224**2 / 384**2:.2f} times as many as the photo")

# %% [markdown]
# 36 scores from one pass that has a twelfth of the pixels: the neighbouring windows overlap, and
# what they have in common is computed once.
#
# ### Find out: are they the same scores?
#
# So far you have compared *shapes*. Are the numbers the same too? Take a small network and an image
# with 6 × 6 windows, as in the notes. Build it twice: without zero padding, and with the padding
# that keeps the size, as VGG has it. **Write down your guess first**: in how many of the 36 places
# will the crop and the converted pass agree?


# %% tags=["demonstration"]
def small_network(pad, rng):
    """Two 5 × 5 convolutions and two poolings on windows of 28, stride 4; and its feature shape."""
    side = 28
    for _ in range(2):
        side = (side + 2 * pad - 4) // 2
    model = nn.Sequential(
        nn.Conv2d(1, 4, 5, padding=pad),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 5, padding=pad),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(6 * side * side, 8),
        nn.ReLU(),
        nn.Linear(8, 3),
    )
    return fill(model, rng).double().eval(), (6, side, side)


rng = np.random.default_rng(13)
noise = torch.from_numpy(rng.normal(size=(1, 1, 48, 48)))
for pad in (0, 2):
    model, shape = small_network(pad, rng)
    with torch.no_grad():
        crops = sliding_window_scores(model, noise, window=28, stride=4)
        dense = convolutionalize(model, shape)(noise)
    apart = (crops - dense).abs().amax(dim=(0, 1))
    agree = (apart < 1e-9).sum().item()
    print(f"padding {pad}: {agree} of {apart.numel()} places agree; they differ by up to "
          f"{apart.max():.0e}, where scores go up to {crops.abs().max():.1f}")  # fmt: skip

# %% [markdown]
# Was your guess right? Float64 has sixteen digits, so this is no rounding. Where does it come from?
# Look at what the *features* of one crop are, with padding, and at the same part of the features of
# the whole image:

# %% tags=["demonstration"]
features = small_network(2, np.random.default_rng(14))[0][:6]
with torch.no_grad():
    whole = features(noise)[0, :, 2:9, 2:9]
    crop = features(noise[:, :, 8:36, 8:36])[0]
fig, axes = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
planes = (whole[0], crop[0], (whole - crop).abs().amax(0))
titles = ("from the whole image", "from the crop", "largest difference")
for ax, plane, title in zip(axes, planes, titles, strict=True):
    ax.imshow(plane.numpy(), cmap="viridis", vmin=0, vmax=2.5)
    ax.set_title(title, fontsize=10)
    ax.set(xticks=[], yticks=[])

# %% [markdown]
# *One map of the features of the same window, taken from the whole image and from the crop; and how
# much all six maps differ at most. In the middle not at all; at the border clearly.* You will be
# asked to explain it in the last section.

# %% [markdown]
# ## 5 · Look between the places
#
# One pass gives a score every `net_stride` pixels: 32, for VGG. What if you want one every 16? The
# network's stride is built in. But you can move the *image*: cut off its first 16 rows, and the
# same network looks at windows that start 16 rows further down.
#
# ### Find out: which shifts do you need?
#
# A window of 224 at stride 16 over 384 pixels has 11 × 11 = 121 places. Below, each list of shifts
# (rows, columns) says which passes are made, and the picture shows which of the 121 places they
# reach. The notes suggest two passes, the second shifted by 16 in both directions. **Add shifts to
# the list until nothing is missing.** How many do you need?

# %% tags=["demonstration"]
shifts = [(0, 0), (16, 16)]

reached = np.zeros((11, 11), dtype=int)
for down, right in shifts:
    for top in range(down, 384 - 224 + 1, 32):
        for left in range(right, 384 - 224 + 1, 32):
            reached[top // 16, left // 16] += 1
print(f"{len(shifts)} passes reach {np.count_nonzero(reached)} of {reached.size} places")

fig, ax = plt.subplots(figsize=(5, 3.6), layout="constrained")
ax.scatter(*np.nonzero(reached.T), color=BLUE, s=40, label="reached")
ax.scatter(*np.nonzero(reached.T == 0), color=ORANGE, s=25, marker="x", label="missing")
ax.set(xlabel="left edge / 16", ylabel="top edge / 16", aspect="equal")
ax.invert_yaxis()
fig.legend(loc="outside right upper", frameon=False)

# %% [markdown]
# *The places of a 224 window at stride 16 over 384 pixels: dots are reached by a pass, crosses are
# not.*
#
# In general rows and columns can each start at $0, S, 2S, \dots$ below the network's own stride, in
# every combination: $(\text{net\_stride}/S)^2$ passes. The scores of shift $(a, b)$ belong at every
# $(\text{net\_stride}/S)$-th place of the fine map, beginning at $(a, b)$: the maps are
# *interleaved*. For one row, the network's stride 4 and a wanted stride of 2:

# %%
first, second = ["at 0", "at 4", "at 8"], ["at 2", "at 6"]
fine = [None] * 5
fine[0::2], fine[1::2] = first, second
print(fine)

# %% [markdown]
# ### Write `shifted_dense_scores`
#
# Mind the edges. A shifted image is smaller, so its map may have a place less. And an image that is
# hardly larger than the window may have no room at all for some shifts: they have no places, and no
# pass is to be made.


# %% nbgrader={"grade_id": "shifted_dense_scores", "solution": true}
def shifted_dense_scores(conv_model, images, *, window, stride, net_stride):
    """Score every window with a few passes of the converted network over shifted images.

    out[:, :, a::s, b::s] = conv_model(images[:, :, a·stride:, b·stride:])
    for a and b in 0 … s - 1, where s = net_stride / stride

    For a network without zero padding this equals `sliding_window_scores` of the original network.

    Parameters
    ----------
    conv_model : nn.Module
        What `convolutionalize` gave: a map (N, K, 1, 1) for images of `window` × `window`, and a
        place more for every `net_stride` pixels.
    images : tensor (N, C, H, W)
    window : int
        Side of the images that the original network takes.
    stride : int
        From one window to the next, in rows and in columns; divides `net_stride`.
    net_stride : int
        The network's own stride.

    Returns
    -------
    tensor (N, K, OH, OW)
        With OH = (H - window)/stride + 1 and OW likewise, from at most (net_stride/stride)² passes.

    Raises
    ------
    ValueError
        If stride does not divide net_stride. If the windows do not tile the rows or the columns;
        the message names the size, the window and the stride of the direction that fails. Also if
        `images` has not four axes.

    Source: CS231n notes, "Converting FC layers to CONV layers" (which names two of the shifts);
    Sermanet et al. (2014), "OverFeat", section 3.3.
    """
    expect_axes(images=(images, "N C H W"))
    ### BEGIN SOLUTION
    _, _, H, W = images.shape
    OH = conv_output_size(H, window, stride=stride)
    OW = conv_output_size(W, window, stride=stride)
    if net_stride % stride:
        raise ValueError(f"stride {stride} does not divide the network's stride {net_stride}")
    step = net_stride // stride
    out = None
    for a in range(min(step, OH)):  # a shift beyond the last place has no window
        for b in range(min(step, OW)):
            scores = conv_model(images[:, :, a * stride :, b * stride :])
            if out is None:
                out = scores.new_empty((*scores.shape[:2], OH, OW))
            rows, columns = out[:, :, a::step, b::step].shape[2:]
            out[:, :, a::step, b::step] = scores[:, :, :rows, :columns]
    return out
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_shifted_dense_scores_value", "grade": true, "points": 2}
# Window 8, and an average over 4 × 4: the network's stride is 4.
model = nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), nn.Linear(2 * 2 * 2, 3))
fill(model, np.random.default_rng(15)).eval()
dense = convolutionalize(model, (2, 2, 2))
images = torch.from_numpy(np.random.default_rng(16).normal(size=(2, 2, 12, 16))).float()
with torch.no_grad():
    for stride in (4, 2, 1):
        want = sliding_window_scores(model, images, window=8, stride=stride)
        got = shifted_dense_scores(dense, images.clone(), window=8, stride=stride, net_stride=4)
        assert tuple(got.shape) == tuple(want.shape), (
            f"stride {stride}: expected shape {tuple(want.shape)}, yours is {tuple(got.shape)}"
        )
        wrong = ((got - want).abs().amax(dim=(0, 1)) > 1e-4).nonzero().tolist()
        assert not wrong, (
            f"stride {stride}: expected what the crops give; {len(wrong)} of your "
            f"{want[0, 0].numel()} places differ, the first at {wrong[0]}. Shift (a, b) "
            f"fills the places [a::{4 // stride}, b::{4 // stride}]."
        )

# %% nbgrader={"grade_id": "test_shifted_dense_scores_small", "grade": true, "points": 2}
model = nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), nn.Linear(2 * 2 * 2, 3))
fill(model, np.random.default_rng(17)).eval()
dense = convolutionalize(model, (2, 2, 2))
rng = np.random.default_rng(18)
with torch.no_grad():
    for H, W, stride in [(8, 8, 2), (8, 14, 2), (9, 10, 1), (20, 9, 1)]:
        images = torch.from_numpy(rng.normal(size=(1, 2, H, W))).float()
        want = sliding_window_scores(model, images, window=8, stride=stride)
        got = shifted_dense_scores(dense, images, window=8, stride=stride, net_stride=4)
        assert tuple(got.shape) == tuple(want.shape), (
            f"{H} × {W}, stride {stride}: expected {tuple(want.shape)}, yours is {tuple(got.shape)}"
        )
        expect_values(
            got.numpy(),
            want.numpy(),
            atol=1e-4,
            err_msg=f"{H} × {W}, window 8, stride {stride}: some shifts have no place here",
        )

# %% nbgrader={"grade_id": "test_shifted_dense_scores_passes", "grade": true, "points": 2}
model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2), nn.MaxPool2d(2), nn.Conv2d(2, 3, 2))
fill(model, np.random.default_rng(19)).eval()
sizes = []  # of every image that the network is given
model[0].register_forward_hook(lambda layer, given, out: sizes.append(tuple(given[0].shape)))
images = torch.ones(1, 1, 34, 42, dtype=torch.float32)
for stride in (4, 2, 1):
    sizes.clear()
    got = shifted_dense_scores(model, images, window=10, stride=stride, net_stride=4)
    most = (4 // stride) ** 2
    assert 1 <= len(sizes) <= most, (
        f"network's stride 4, wanted stride {stride}: expected {most} passes, you made "
        f"{len(sizes)}, the last on images of {sizes[-1][2:] if sizes else None}. To crop every "
        "window is a forbidden route here."
    )

# %% nbgrader={"grade_id": "test_shifted_dense_scores_keeps", "grade": true, "points": 0.5}
model = fill(nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(1, 3, 2)), np.random.default_rng(20)).double()
images = torch.ones(2, 1, 6, 7, dtype=torch.float64)
how = {"window": 4, "stride": 1, "net_stride": 2}
torch.set_grad_enabled(True)
got = shifted_dense_scores(model, images, **how)
assert got.dtype == torch.float64, f"float64 in: expected float64, but the scores are {got.dtype}"
assert bool((images == 1).all()), "the images were changed in place: expected as they were"
assert model.training and all([values.requires_grad for values in model.parameters()]), (
    "expected the network as it was: in train mode, and its parameters with requires_grad; "
    "one of the two was changed"
)
recorded = torch.is_grad_enabled()
torch.set_grad_enabled(True)
assert recorded, (
    "expected gradients to be recorded as before; set_grad_enabled(False) stays when you return, "
    "`with torch.no_grad():` does not"
)
for place in (torch.device("meta"), device):
    got = shifted_dense_scores(
        copy.deepcopy(model).to(place),
        torch.ones(2, 1, 6, 7, device=place, dtype=torch.float64),
        **how,
    )
    assert got.device.type == place.type, (
        f"model and images on {place}: expected the scores there, they are on {got.device}"
    )

# %% nbgrader={"grade_id": "test_shifted_dense_scores_refusal", "grade": true, "points": 0.5}
model = fill(nn.Sequential(nn.Conv2d(1, 2, 9, stride=6)), np.random.default_rng(21))
for H, W, stride, why in [
    (15, 15, 4, "stride 4 does not divide the network's stride 6"),
    (15, 15, 12, "stride 12 does not divide the network's stride 6"),
    (17, 15, 3, "17 rows, window 9 and stride 3 do not fit"),
    (15, 20, 3, "20 columns, window 9 and stride 3 do not fit"),
]:
    images = torch.zeros(1, 1, H, W, dtype=torch.float32)
    try:
        got = shifted_dense_scores(model, images, window=9, stride=stride, net_stride=6)
    except ValueError:
        continue
    raise AssertionError(f"{why}: expected a ValueError, you returned {tuple(got.shape)}")
images = torch.zeros(1, 1, 15, 18, dtype=torch.float32)
shifted_dense_scores(model, images, window=9, stride=3, net_stride=6)  # these do fit

# %% [markdown]
# ### Use it: read the page again, more closely
#
# The digit reader's own stride is 4. Sixteen passes make it 1.

# %% tags=["demonstration"]
dense_reader = convolutionalize(reader, (24, 2, 2))
fig, axes = plt.subplots(2, 2, figsize=(12, 5.2), layout="constrained")
with torch.no_grad():
    for line, stride in zip(axes, (4, 1), strict=True):
        scores = shifted_dense_scores(
            dense_reader, page_image, window=WINDOW, stride=stride, net_stride=NET_STRIDE
        )[0]
        line[0].imshow(page, cmap="gray")
        reading = draw_reading(line[0], scores, stride)
        line[1].imshow(1 - scores.softmax(0)[NOTHING].cpu().numpy(), cmap="viridis", vmin=0, vmax=1)
        passes, places = (NET_STRIDE // stride) ** 2, scores[0].numel()
        line[0].set_title(f"stride {stride}: {reading}", fontsize=10)
        line[1].set_title(f"{places:,} places: is there a digit?", fontsize=10)
        print(
            f"stride {stride}: passes {passes}, pixels at most {passes * page.size:,}; "
            f"{places:,} crops have {places * WINDOW**2:,}"
        )
for ax in axes.flat:
    ax.axis("off")

# %% [markdown]
# *Above: stride 4, one pass. Below: stride 1, sixteen passes. With a place for every pixel each
# digit has a window that fits it.*
#
# Are those exactly the scores of all the crops? The reader has no zero padding, so they should be:

# %% tags=["demonstration"]
part = page_image[:, :, :24, :64]
with torch.no_grad():
    crops = sliding_window_scores(reader, part, window=WINDOW, stride=1)
    fast = shifted_dense_scores(dense_reader, part, window=WINDOW, stride=1, net_stride=NET_STRIDE)
print(f"{crops[0, 0].numel()} crops; largest difference {(crops - fast).abs().max():.0e}")

# %% [markdown]
# ## 6 · Say it in words (5 points, read by a person)
#
# 1. **(1 point)** A network for 40 × 40 images ends in a volume of 5 × 5 × 64, a fully connected
#    layer of 100 and one of 10. Give the filters of both converted layers, and the number of
#    parameters of each, with the products. Has the conversion changed it?
# 2. **(2 points)** With zero padding, crops and converted pass agreed in none of the 36 places. One
#    point for saying what the crop sees at its border that the pass does not see; one for how the
#    pictures or the numbers of section 4 show that this is the cause, and not rounding.
# 3. **(1 point)** VGG again, 384 × 384 images, windows of 224, now at stride 8. How many places are
#    there, how many passes does it take, and why is it not enough to shift along the diagonal?
# 4. **(1 point)** A classmate's `convolutionalize` puts `nn.Parameter(layer.weight.view(...))` into
#    the new layers, and all scores are right. Name one thing that goes wrong later.

# %% [markdown] nbgrader={"grade_id": "written_why", "grade": true, "solution": true, "points": 5}
# 1. The first becomes 100 filters of 64 × 5 × 5: 100 · (64 · 5 · 5) + 100 = 160,100 parameters. The
#    second becomes 10 filters of 100 × 1 × 1: 10 · 100 + 10 = 1,010. Nothing has changed: they are
#    the same numbers in another shape.
# 2. Padding puts zeros around whatever the network is given. The crop has zeros at its border in
#    every convolution; in the whole image the neighbouring pixels are there, and zeros only at the
#    border of the image. The features picture shows it: they agree in the middle of the window and
#    differ at its border, and since the first fully connected layer looks at all of them, every
#    score changes. Rounding in float64 is about 1e-16 of the values, and without padding the same
#    code agrees in 36 of 36 places; the difference is many orders of magnitude larger.
# 3. (384 - 224)/8 + 1 = 21 in each direction, 441 places. (32/8)² = 16 passes. A shift along the
#    diagonal moves rows and columns by the same amount, so it never reaches the places whose row
#    and column leave different remainders when divided by the network's stride.
# 4. A view shares its memory with the old weight. Training the converted network, or loading
#    weights into it, changes the original too (and the other way round), although nobody touched
#    it.

# %% [markdown]
# ## What you have now
#
# A network that does not mind how large an image is. You know what the map it draws is equal to,
# and under which condition; and you can make the map as fine as you like, for a price that you can
# name. The last assignment asks for that price in advance: how much memory and how much arithmetic
# a network takes, before anyone runs it.
#
# **Before you submit**: *Kernel → Restart and Run All*. The checks in this notebook are the public
# ones; more of them run when your work is graded.
#
# **Sources.** Stanford's CS231n notes on convolutional networks, whose order this notebook follows
# · Matan, Burges, LeCun and Denker, *Multi-digit recognition using a space displacement neural
# network*, 1992 · Krizhevsky, Sutskever and Hinton, *ImageNet classification with deep
# convolutional neural networks*, 2012 · Sermanet et al., *OverFeat: Integrated recognition,
# localization and detection using convolutional networks*, 2014 · Simonyan and Zisserman, *Very
# deep convolutional networks for large-scale image recognition*, 2015 · Long, Shelhamer and
# Darrell, *Fully convolutional networks for semantic segmentation*, 2015 · Dumoulin and Visin, *A
# guide to convolution arithmetic for deep learning*, 2016 · The digits: Alpaydin and Kaynak,
# *Optical recognition of handwritten digits*, 1998.
