# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assignment 3 · Pool, and remember where it came from
#
# **What you will do.** Write the layer that makes activation maps smaller: max pooling with its
# switches, the backward pass that follows them, average and L2 pooling, and in the end max pooling
# once more, without a loop over places.
#
# **What you will learn.**
#
# - what pooling keeps, what it throws away, and what it costs in parameters (nothing);
# - why a gradient that comes back through a maximum goes to *one* place, and when it must be added;
# - what happens at ties, below zero and at the edges, where most pooling bugs live;
# - how the maximum, the average and the L2 norm differ on a real picture;
# - why im2col serves pooling as well as convolution.
#
# **What you will need.** NumPy arrays and slices, the chain rule, and about five hours. Assignments
# 1 and 2 help, but no code of theirs is needed. The notebook needs NumPy and Matplotlib; where
# scikit-learn is installed you get a photograph to look at, and where PyTorch is installed you can
# compare with it at the end. It runs in less than half a minute on a laptop.
#
# **The rules.**
#
# - Write your code where it says `YOUR CODE HERE`. Helpers may stand in the same cell or in cells
#   of your own, and you may call functions that you wrote earlier in this notebook.
# - NumPy, all of it: loops, slices, strided views. In your solutions PyTorch and SciPy are
#   *forbidden routes*: they would do the work in your place. To import one costs nothing, to use it
#   costs the function. The last cell looks for them. The last function has one more rule, which its
#   section gives.
# - Never change an argument in place. float64 in gives float64 out, float32 in gives float32 out.
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
# | `x` (N, C, H, W) | input volume: images, channels, rows, columns |
# | `size` (KH, KW) | the window: rows, columns; a tuple, always passed by keyword |
# | `stride` | how far the window moves, the same for rows and columns; an integer, by keyword |
# | `out` (N, C, OH, OW) | output volume: smaller planes, and as many of them |
# | `switches` (N, C, OH, OW) | where each maximum was found |
# | `dout`, `dx` | the gradients of the loss, each shaped like its array |
#
# In formulas about a single direction we write $W$ for the values in a row, $F$ for the length of
# the window and $S$ for the stride, as the CS231n notes do.

# %% nbgrader={"grade_id": "setup", "locked": true}
import solutions.shared.packages

import numpy as np

import solutions.shared.versions  # noqa: F401


def expect_axes(**arrays):
    """Raise `ValueError` unless the arrays have the axes they should have.

    `expect_axes(dout=(dout, "N C OH OW"), switches=(switches, "N C OH OW"))` asks for four axes in
    each, and for the same length wherever the same letters stand.
    """
    lengths = {}
    for name, (array, axes) in arrays.items():
        letters = axes.split()
        if array.ndim != len(letters):
            raise ValueError(
                f"{name} needs {len(letters)} axes ({', '.join(letters)}), but has shape "
                f"{array.shape}; a single plane goes in as plane[None, None]"
            )
        for letter, length in zip(letters, array.shape, strict=True):
            known, owner = lengths.setdefault(letter, (length, name))
            if length != known:
                raise ValueError(
                    f"{owner} and {name} disagree about {letter}: {known} against {length}"
                )


from solutions.shared.values import expect_values


def pool_output_size(size, window, *, stride):
    """Count the places of a window along one direction: (size - window) / stride + 1.

    Raises `ValueError`, with the numbers in its message, if the window or the stride is below 1, if
    the window is larger than the input, or if the windows do not tile it.
    """
    setting = f"size {size}, window {window}, stride {stride}, no padding"
    if window < 1 or stride < 1:
        raise ValueError(f"{setting}: the window and the stride must be at least 1")
    if window > size:
        raise ValueError(f"{setting}: the window is larger than the input")
    if (size - window) % stride:
        raise ValueError(
            f"{setting} do not fit: ({size} - {window})/{stride} + 1 = "
            f"{(size - window) / stride + 1:g} is not a whole number"
        )
    return (size - window) // stride + 1


# %% [markdown]
# Both functions are given. `expect_axes` stands in the first line of yours, so that a forgotten
# axis is reported in words. `pool_output_size` is the formula of assignment 1 without padding,
# which pooling layers hardly ever use; call it once for rows and once for columns. Listen to them:

# %%
for wrong in (
    lambda: expect_axes(x=(np.zeros((28, 28)), "N C H W")),
    lambda: pool_output_size(32, 3, stride=2),
    lambda: pool_output_size(4, 7, stride=1),
    lambda: pool_output_size(4, 2, stride=0),
):
    try:
        wrong()
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
# ## 1 · Keep the largest
#
# A convolutional layer with stride 1 and suitable padding leaves the image as large as it was. So
# *something* has to make it smaller on the way to ten class scores. The classic something is a
# **pooling layer**, put between convolutional layers now and then. It slides a window over each
# plane, and keeps one number of what it sees. **Max pooling** keeps the largest. In one row, that
# is the smallest possible loop:

# %%
row = [1, 3, 2, 9, 4, 0, 5]

for window, step in ((3, 2), (3, 1), (1, 2)):
    answers = []
    for start in range(0, len(row) - window + 1, step):
        answers.append(max(row[start : start + window]))
    print(f"window {window}, stride {step}: {answers}")

# %% [markdown]
# In two dimensions:
#
# $$
# \text{out}_{n c i j} = \max_{u < KH,\; v < KW} \; x_{n,\, c,\, iS + u,\, jS + v}
# $$
#
# Four things to read off this formula:
#
# - There is no sum over $c$. Each plane is pooled on its own, so the **depth stays what it was**.
# - There is no weight in it. Pooling has two hyperparameters, window and stride, and **no
#   parameters**.
# - Along a row there are $(W - F)/S + 1$ places.
# - Windows **overlap** where the stride is smaller than the window, and leave **gaps** where it is
#   larger.
#
# Two settings cover nearly all networks: 2 × 2 at stride 2, and 3 × 3 at stride 2, which overlaps.
# Here is what they leave of some well-known planes:

# %%
print(f"2 × 2 at stride 2 throws away {1 - 1 / (2 * 2):.0%} of the activations")

sides = [55]  # AlexNet's first activation maps; its convolutions between the poolings keep the size
while sides[-1] > 6:
    sides.append(pool_output_size(sides[-1], 3, stride=2))
print("AlexNet, three times 3 × 3 at stride 2:", " → ".join(map(str, sides)))

sides = [224]
for _ in range(5):
    sides.append(pool_output_size(sides[-1], 2, stride=2))
print("VGG, five times 2 × 2 at stride 2:     ", " → ".join(map(str, sides)))

rounded = (32 - 3) // 2 + 1
print(f"32 × 32, 3 × 3 at stride 2: refused above; rounded down it gives {rounded} × {rounded}")

# %% [markdown]
# PyTorch rounds down without a word, and the last row and column of your image never enter any
# window. As in the whole course, such a size is refused here.
#
# ### Remember where: the switches
#
# On the way back you will have to know *which* value of the window was the largest. So keep it in
# the forward pass. A **switch** is the place of the maximum as one number: in a plane of $H$ rows
# and $W$ columns, row $r$ and column $q$ have the **flat index** $r\,W + q$. (That is how NumPy's
# `ravel` counts, and what PyTorch calls `return_indices`.) Note that it counts in the *plane*, not
# in the window.

# %% tags=["demonstration"]
plane = np.array([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])


def draw_plane(ax, values, title, marked=(), index=False, cross=False):
    """Write a plane's values, those at the flat indices in `marked` in colour."""
    rows, columns = values.shape
    for (r, q), value in np.ndenumerate(values):
        flat = r * columns + q
        tone, weight = (ORANGE, "bold") if flat in marked else (INK, "normal")
        ax.add_patch(plt.Rectangle((q - 0.5, r - 0.5), 1, 1, fill=False, ec=INK, alpha=0.5))
        if flat in marked:
            frame = plt.Rectangle((q - 0.45, r - 0.45), 0.9, 0.9, fill=False, ec=ORANGE, lw=2)
            ax.add_patch(frame)
        ax.text(q, r, f"{value:g}", ha="center", va="center", size=13, color=tone, weight=weight)
        if index:
            ax.text(q + 0.37, r + 0.38, flat, ha="right", va="bottom", size=7.5, color=BLUE)
    if cross:
        ax.plot([-0.5, columns - 0.5], [rows / 2 - 0.5] * 2, color=INK, lw=2.5)
        ax.plot([columns / 2 - 0.5] * 2, [-0.5, rows - 0.5], color=INK, lw=2.5)
    ax.set(xlim=(-0.6, columns - 0.4), ylim=(rows - 0.4, -0.6), aspect="equal")
    ax.set_title(title, fontsize=10)
    ax.axis("off")


fig, axes = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
draw_plane(axes[0], plane, "x, flat indices in blue", {5, 7, 8, 15}, index=True, cross=True)
draw_plane(axes[1], np.array([[6, 8], [3, 4]]), "out: 2 × 2 at stride 2")
draw_plane(axes[2], np.array([[5, 7], [8, 15]]), "switches")

# %% [markdown]
# *A plane of 4 × 4 and its four windows of 2 × 2 (the example of the CS231n notes). The largest
# value of each window is coloured: 6, 8, 3 and 4. Their flat indices are 5, 7, 8 and 15.*
#
# ### Three traps
#
# **Ties.** After a ReLU whole windows are zero. Which zero is the largest? Mathematics does not
# say, and libraries have answered differently. We take the **first in row-major order**: top row
# first, and within a row from the left. PyTorch does the same.
#
# **Below zero.** A maximum that starts its search from 0, or from a number that "is small enough",
# is wrong as soon as a whole window lies below it.
#
# **Edges.** Whoever pads before pooling pads with $-\infty$, as PyTorch does inside. A zero could
# win against negative neighbours, and $-\infty$ never wins:

# %%
negative = np.array([[-3.0, -1.0], [-2.0, -5.0]])
for filling in (0.0, -np.inf):
    framed = np.pad(negative, 1, constant_values=filling)
    corners = [framed[i : i + 2, j : j + 2].max() for i in (0, 2) for j in (0, 2)]
    print(f"frame of {filling:g}: the four corner windows answer", [f"{c:g}" for c in corners])

# %% [markdown]
# ### Write `max_pool_forward`


# %% nbgrader={"grade_id": "max_pool_forward", "solution": true}
def max_pool_forward(x, *, size, stride):
    """Keep the largest value of every window, and where it was.

    out[n, c, i, j] = max_{u,v} x[n, c, i·stride + u, j·stride + v]

    Parameters
    ----------
    x : array (N, C, H, W)
        Any values, -inf included; every window holds at least one finite value.
    size : tuple of int
        (KH, KW), the rows and columns of the window.
    stride : int
        How far the window moves, in rows and in columns.

    Returns
    -------
    (out, switches)
        out : array (N, C, OH, OW), in x's dtype (float64 or float32).
        switches : int64 array (N, C, OH, OW): the flat index, row·W + column, of the value taken in
        its plane. Among equal values the first in row-major order is taken.

    Raises
    ------
    ValueError
        If the windows do not tile the rows or the columns; the message names size, window and
        stride of the direction that fails. Also if x does not have four axes, and if the window is
        larger than the image or the stride below 1.

    Source: CS231n notes, "Pooling layer"; for the switches, Zeiler and Fergus (2014), "Visualizing
    and understanding convolutional networks".
    """
    expect_axes(x=(x, "N C H W"))
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    KH, KW = size
    OH = pool_output_size(H, KH, stride=stride)
    OW = pool_output_size(W, KW, stride=stride)
    out = np.empty((N, C, OH, OW), dtype=x.dtype)
    switches = np.empty((N, C, OH, OW), dtype=np.int64)
    for n in range(N):
        for c in range(C):
            for i in range(OH):
                for j in range(OW):
                    top, left = i * stride, j * stride
                    window = x[n, c, top : top + KH, left : left + KW]
                    row, column = divmod(window.argmax(), KW)  # argmax takes the first of equals
                    out[n, c, i, j] = window[row, column]
                    switches[n, c, i, j] = (top + row) * W + left + column
    return out, switches
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_max_pool_forward_value", "grade": true, "points": 1}
# One window as large as the plane. The largest value stands in each corner once.
for turns in range(4):
    turned = np.rot90(np.array([[2.0, 9.0], [4.0, 3.0]]), turns)[None, None].copy()
    answer = max_pool_forward(turned.copy(), size=(2, 2), stride=2)
    assert isinstance(answer, tuple | list) and len(answer) == 2, (
        f"expected the two arrays (out, switches), you returned {type(answer).__name__}"
    )
    out = answer[0]
    assert out.shape == (1, 1, 1, 1), f"expected shape (1, 1, 1, 1), yours is {out.shape}"
    assert out.item() == 9, (
        f"expected 9, the largest of {turned[0, 0].tolist()}, you returned {out.item():g}"
    )

# %% nbgrader={"grade_id": "test_max_pool_forward_negative", "grade": true, "points": 3}
for scale in (1, 1e12):
    x = -np.array([[6.0, 5.0], [2.0, 4.0]])[None, None] * scale
    out = max_pool_forward(x, size=(2, 2), stride=2)[0]
    expect_values(
        out[0, 0] / scale,
        [[-2]],
        err_msg="all values are negative: does your search start from a number that is too large?",
    )
framed = np.pad([[-3.0]], 1, constant_values=-np.inf)[None, None]
out = max_pool_forward(framed, size=(3, 3), stride=3)[0]
expect_values(out[0, 0], [[-3]], err_msg="a frame of -inf never wins against a number")

# %% nbgrader={"grade_id": "test_max_pool_forward_windows", "grade": true, "points": 3}
# The example above, and a plane that counts up: its largest value is the last of every window.
# Counted down, it is the first. Images and channels start at numbers of their own.
x = np.array([[1.0, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])[None, None]
out = max_pool_forward(x.copy(), size=(2, 2), stride=2)[0]
expect_values(out[0, 0], [[6, 8], [3, 4]], err_msg="the example above, 2 × 2 at stride 2")
for size, stride, H, W in [
    ((2, 2), 2, 6, 8),
    ((3, 3), 2, 7, 9),
    ((3, 2), 1, 5, 6),
    ((2, 4), 2, 8, 6),
    ((1, 2), 3, 7, 5),
    ((4, 5), 1, 4, 5),
]:
    asked = f"window {size}, stride {stride} on {H} × {W}"
    n, c = np.arange(1, 3)[:, None, None, None], np.arange(3)[:, None, None]
    r, q = np.arange(H)[:, None], np.arange(W)
    up = 10000.0 * n + 1000 * c + 20 * r + q
    top, left = (
        np.arange(0, H - size[0] + 1, stride)[:, None],
        np.arange(0, W - size[1] + 1, stride),
    )
    last = 10000.0 * n + 1000 * c + 20 * (top + size[0] - 1) + left + size[1] - 1
    first = 10000.0 * n - 1000 * c - 20 * top - left
    for x, want in ((up, last), (10000.0 * n - 1000 * c - 20 * r - q, first)):
        out = max_pool_forward(x.copy(), size=size, stride=stride)[0]
        assert out.shape == want.shape, (
            f"{asked}: expected shape {want.shape}, yours is {out.shape}. Likely slips: rows and "
            "columns swapped; the window's length taken for the stride; the + 1 forgotten."
        )
        expect_values(out, want, err_msg=f"{asked}: window (i, j) starts at (i·stride, j·stride)")

# %% nbgrader={"grade_id": "test_max_pool_forward_switches", "grade": true, "points": 3}
# A switch is the place of the value in out: x at your switches is your out.
rng = np.random.default_rng(2)
for size, stride, H, W in [((2, 2), 2, 4, 6), ((3, 3), 3, 6, 9), ((2, 2), 3, 5, 8)]:
    asked = f"window {size}, stride {stride} on {H} × {W}"
    x = rng.uniform(1, 2, size=(2, 3, H, W))
    out, switches = max_pool_forward(x.copy(), size=size, stride=stride)
    assert switches.shape == out.shape, f"{asked}: expected {out.shape}, yours is {switches.shape}"
    assert switches.min() >= 0 and switches.max() < H * W, (
        f"{asked}: expected places from 0 to {H * W - 1}, counted in a plane of its own for each "
        f"image and channel, yours go from {switches.min()} to {switches.max()}"
    )
    places = switches.reshape(2, 3, -1).astype(int)
    expect_values(
        np.take_along_axis(x.reshape(2, 3, H * W), places, axis=2).reshape(out.shape),
        out,
        err_msg=f"{asked}: x at your switches should be your out. Place (r, q) of a plane of {H} × "
        f"{W} is r·{W} + q, with the row and column in the plane, not in the window.",
    )
switches = max_pool_forward(np.array([[1.0, 7.0], [7.0, 2.0]])[None, None], size=(2, 2), stride=2)[
    1
]
assert switches.item() == 1, (
    f"of two equal values the first: expected 1, yours is {switches.item()}"
)

# %% nbgrader={"grade_id": "test_max_pool_forward_ties", "grade": true, "points": 1}
for plane, want, why in [
    ([[5, 5], [5, 5]], 0, "all are equal: the first one"),
    ([[1, 7], [7, 2]], 1, "top right and bottom left are equal: the upper row comes first"),
    ([[1, 2], [7, 7]], 2, "two in a row are equal: the left one"),
    ([[3, 7], [1, 7]], 1, "two in a column are equal: the upper one"),
]:
    x = np.array(plane, dtype=float)[None, None]
    got = max_pool_forward(x, size=(2, 2), stride=2)[1].item()
    assert got == want, f"{plane}: {why}, expected flat index {want}, yours is {got}"
# A plane of equal values has the switches of one that falls from place to place.
falling = 40.0 - np.arange(24).reshape(1, 1, 4, 6)
want = max_pool_forward(falling, size=(2, 2), stride=2)[1]
got = max_pool_forward(np.full((1, 1, 4, 6), 3.0), size=(2, 2), stride=2)[1]
expect_values(got, want, err_msg="all values of a plane are equal: the first of each window")

# %% nbgrader={"grade_id": "test_max_pool_forward_dtype", "grade": true, "points": 0.5}
rng = np.random.default_rng(3)
for dtype in (np.float32, np.float64):
    x = rng.normal(size=(1, 2, 4, 6)).astype(dtype)
    before = x.copy()
    out, switches = max_pool_forward(x, size=(2, 2), stride=2)
    assert out.dtype == dtype, (
        f"{dtype.__name__} in: expected the same, yours is {out.dtype}. np.zeros makes float64 "
        "unless you pass dtype."
    )
    assert switches.dtype == np.int64, (
        f"switches are indices: expected int64, yours are {switches.dtype}"
    )
    assert np.array_equal(x, before), "x was changed in place: expected as it was; work on a copy"

# %% nbgrader={"grade_id": "test_max_pool_forward_refusal", "grade": true, "points": 0.5}
for H, W, wrong in [(14, 13, "rows"), (13, 18, "columns")]:
    try:
        out = max_pool_forward(np.zeros((1, 1, H, W)), size=(3, 3), stride=2)[0]
    except ValueError as error:
        message = str(error)
    except (AssertionError, ZeroDivisionError) as error:
        raise AssertionError(
            f"{wrong}: expected a ValueError, you raised {type(error).__name__}"
        ) from error
    else:
        raise AssertionError(
            f"{H} × {W}, window 3 and stride 2: the {wrong} do not fit, so a ValueError was "
            f"expected; you returned shape {out.shape}. pool_output_size refuses for you, if you "
            "ask it for both directions."
        )
    left_out = [n for n in (H if wrong == "rows" else W, 3, 2) if str(n) not in message]
    assert not left_out, (
        f"expected all numbers of the {wrong}, the message leaves out {left_out}: {message!r}"
    )
max_pool_forward(np.zeros((1, 1, 13, 9)), size=(3, 3), stride=2)  # fits both ways: no refusal

# %% [markdown]
# ### Use it: what survives?
#
# Pool a photograph (from scikit-learn; a drawing where that is not installed) once, twice, three
# times by 2 × 2. Each picture has a quarter of the numbers of the one before.


# %% tags=["demonstration"]
def load_picture():
    """A small colour picture (3, 104, 160), float64 between 0 and 1."""
    try:
        from sklearn.datasets import load_sample_image

        photo = load_sample_image("flower.jpg")[:416] / 255  # rows, columns, colours
        return photo.reshape(104, 4, 160, 4, 3).mean(axis=(1, 3)).transpose(2, 0, 1)
    except ImportError:
        rows, columns = np.mgrid[0:104, 0:160]
        down, right = rows - 50, columns - 80
        petals = np.hypot(down, right) < 30 + 12 * np.cos(6 * np.arctan2(down, right))
        heart = np.hypot(down, right) < 12
        stripes = 0.25 + 0.1 * np.sin(columns / 3 + rows / 7)
        leaf, petal, yellow = np.array([[0.3, 1, 0.3], [0.9, 0.5, 0.9], [1, 0.9, 0.2]])[
            ..., None, None
        ]
        return np.where(heart, yellow, np.where(petals, petal, leaf * stripes))


picture = load_picture()
pooled = [picture[None]]
for _ in range(3):
    pooled.append(max_pool_forward(pooled[-1], size=(2, 2), stride=2)[0])

fig, axes = plt.subplots(1, 4, figsize=(12, 2.4), layout="constrained")
for times, (ax, volume) in enumerate(zip(axes, pooled, strict=True)):
    ax.imshow(volume[0].transpose(1, 2, 0))
    rows, columns = volume.shape[2:]
    share = f"1/{4**times} of the numbers" if times else f"{volume.size:,} numbers"
    ax.set_title(f"{rows} × {columns}: {share}", fontsize=10)
    ax.axis("off")

# %% [markdown]
# *The picture and three poolings of it. What is bright grows, what is dark and thin disappears: the
# maximum is an opinion about what matters.* In a network it is an opinion that makes sense. An
# activation says how sure a filter is of what it looks for, and the surest answer of the
# neighbourhood is passed on.

# %% [markdown]
# ## 2 · Send the gradient where the value came from
#
# How does the loss change when a value in the window moves a little? If it is the largest, `out`
# moves along with it, one to one. If it is not, nothing happens. So the gradient of a maximum goes
# **whole to the value that was taken, and to no other**. That is what you kept the switches for:
# `x` itself is not needed anymore.
#
# $$
# dx_{n c, p} = \sum_{i, j \,:\; \text{switches}_{n c i j} = p} \text{dout}_{n c i j}
# $$
#
# with $p$ the flat index in the plane. Mind the sum. Where windows overlap, one value may be the
# largest of *several* windows, and then it collects from all of them. By hand, in one row:

# %%
row, arriving, window = np.array([1.0, 3.0, 2.0, 0.0]), np.array([10.0, 100.0, 1000.0]), 2
d_row = np.zeros(4)
for i in range(3):
    taken = i + int(np.argmax(row[i : i + window]))
    d_row[taken] += arriving[i]
    print(
        f"window {i} sees {row[i : i + window]}, takes place {taken}, sends {arriving[i]:g} there"
    )
print("gradient of the row:", d_row)

# %% [markdown]
# With 2 × 2 at stride 2 no two windows share a value, and a program that writes `=` instead of `+=`
# looks right. It is wrong with 3 × 3 at stride 2, and only there. NumPy has the same trap in a
# shorter form: `a[indices] += values` adds only *once* where an index comes twice.

# %%
wrong, right = np.zeros(3), np.zeros(3)
twice, values = np.array([1, 1]), np.array([10.0, 100.0])
wrong[twice] += values
np.add.at(right, twice, values)
print("a[indices] += values:", wrong, "  np.add.at(a, indices, values):", right)

# %% [markdown]
# ### Write `max_pool_backward`


# %% nbgrader={"grade_id": "max_pool_backward", "solution": true}
def max_pool_backward(dout, switches, x_shape):
    """Send each gradient to the place its value came from.

    dx[n, c, p] = Σ dout[n, c, i, j] over all (i, j) with switches[n, c, i, j] = p, where p is the
    flat index, row·W + column

    Parameters
    ----------
    dout : array (N, C, OH, OW)
        Gradient of the loss with respect to `out`.
    switches : int64 array (N, C, OH, OW)
        As `max_pool_forward` returned them.
    x_shape : tuple of int
        (N, C, H, W), the shape of the x that was pooled.

    Returns
    -------
    dx : array (N, C, H, W)
        In dout's dtype (float64 or float32). Zero where nothing was taken.

    Raises
    ------
    ValueError
        If dout and switches differ in shape, or do not have four axes.

    Source: CS231n notes, "Pooling layer", on backpropagation.
    """
    expect_axes(dout=(dout, "N C OH OW"), switches=(switches, "N C OH OW"))
    ### BEGIN SOLUTION
    dx = np.zeros(x_shape, dtype=dout.dtype)
    W = x_shape[3]
    for (n, c, i, j), gradient in np.ndenumerate(dout):
        row, column = divmod(switches[n, c, i, j], W)
        dx[n, c, row, column] += gradient
    return dx
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_max_pool_backward_value", "grade": true, "points": 2}
dout = np.array([[[[10.0, 20.0], [30.0, 40.0]]]])
switches = np.array([[[[5, 7], [8, 15]]]])
dx = max_pool_backward(dout.copy(), switches.copy(), (1, 1, 4, 4))
assert isinstance(dx, np.ndarray), f"expected an array, you returned {type(dx).__name__}"
assert dx.shape == (1, 1, 4, 4), f"expected x's shape (1, 1, 4, 4), yours is {dx.shape}"
expect_values(
    dx[0, 0],
    [[0, 0, 0, 0], [0, 10, 0, 20], [30, 0, 0, 0], [0, 0, 0, 40]],
    err_msg="the plane of section 1: the gradient goes to 5, 7, 8 and 15, and zero elsewhere",
)

# %% nbgrader={"grade_id": "test_max_pool_backward_volume", "grade": true, "points": 2}
# Six windows for each plane, of which no two share a value: dx at the switches is dout, and
# everything else is zero.
rng = np.random.default_rng(4)
for H, W in [(6, 9), (9, 6), (12, 3)]:
    switches = np.stack([rng.permutation(H * W)[:6] for _ in range(6)]).reshape(2, 3, 2, 3)
    dout = rng.uniform(1, 2, size=(2, 3, 2, 3))
    dx = max_pool_backward(dout.copy(), switches.copy(), (2, 3, H, W))
    assert dx.shape == (2, 3, H, W), f"expected shape {(2, 3, H, W)}, yours is {dx.shape}"
    expect_values(
        np.take_along_axis(dx.reshape(2, 3, -1), switches.reshape(2, 3, -1), axis=2),
        dout.reshape(2, 3, -1),
        err_msg=f"dx at the switches, planes of {H} × {W}: a row has W = {W} values; each plane of "
        "each image has switches of its own",
    )
    assert np.count_nonzero(dx) == dout.size, (
        f"expected {dout.size} values that are not zero, yours has {np.count_nonzero(dx)}"
    )

# %% nbgrader={"grade_id": "test_max_pool_backward_overlap", "grade": true, "points": 2}
# One high value in the middle of 5 × 5 is the largest of all nine windows of 3 × 3.
dx = max_pool_backward(np.ones((1, 1, 3, 3)), np.full((1, 1, 3, 3), 12), (1, 1, 5, 5))
assert dx[0, 0, 2, 2] == 9, (
    f"nine windows send 1 each to the same value: expected 9, yours is {dx[0, 0, 2, 2]}. "
    "Did you write = for +=, or a[indices] += values?"
)
# Two windows of a row share a value, the third has one of its own: 10 and 100 meet.
dx = max_pool_backward(
    np.array([[[[10.0, 100.0, 1000.0]]]]), np.array([[[[1, 1, 2]]]]), (1, 1, 2, 2)
)
expect_values(dx[0, 0], [[0, 110], [1000, 0]], err_msg="two windows took place 1, one took place 2")

# %% nbgrader={"grade_id": "test_max_pool_backward_gradient", "grade": true, "points": 1}
# Against nothing but the meaning of a gradient: move one value a little, see how the loss moves.
# All values differ by at least 1, so a step of 1/4 changes no maximum, and the slope is exact.
rng = np.random.default_rng(6)
x = rng.permutation(36).reshape(1, 1, 6, 6).astype(float)
dout = rng.normal(size=(1, 1, 3, 3))
corners = [(i, j) for i in (0, 2, 4) for j in (0, 2, 4)]  # of windows of 2 × 2, side by side


def pooled_loss(x):
    largest = [x[0, 0, i : i + 2, j : j + 2].max() for i, j in corners]
    return float(np.sum(np.reshape(largest, dout.shape) * dout))


slope = np.zeros_like(x)
for index in np.ndindex(x.shape):
    step = np.zeros_like(x)
    step[index] = 0.25
    slope[index] = (pooled_loss(x + step) - pooled_loss(x - step)) / 0.5
within = [x[0, 0, i : i + 2, j : j + 2].argmax() for i, j in corners]
switches = [(i + w // 2) * 6 + j + w % 2 for (i, j), w in zip(corners, within, strict=True)]
dx = max_pool_backward(dout.copy(), np.reshape(switches, dout.shape), x.shape)
assert dx.shape == slope.shape, f"expected shape {slope.shape}, yours is {dx.shape}"
expect_values(
    dx, slope, atol=1e-9, err_msg="dx is not the slope of the loss, which is what is expected"
)

# %% nbgrader={"grade_id": "test_max_pool_backward_dtype", "grade": true, "points": 1}
rng = np.random.default_rng(7)
for dtype in (np.float32, np.float64):
    dout = rng.normal(size=(1, 2, 2, 2)).astype(dtype)
    switches = np.array([[[[5, 7], [8, 15]]] * 2]).reshape(1, 2, 2, 2)
    before = dout.copy(), switches.copy()
    dx = max_pool_backward(dout, switches, (1, 2, 4, 4))
    assert dx.dtype == dtype, f"{dtype.__name__} in: expected the same, yours is {dx.dtype}"
    assert np.array_equal(dout, before[0]), (
        "dout was changed in place: expected as it was; work on a copy"
    )
    assert np.array_equal(switches, before[1]), (
        "switches were changed in place: expected as they were"
    )

# %% [markdown]
# ### Use it: undo a pooling
#
# Zeiler and Fergus (2014) wanted to see what a neuron deep in a network looks at. For that they had
# to run the layers backwards, and a maximum cannot be undone: all values of the window but one are
# gone. But the one that is left can be put back *where it was*, and you have just written the
# function that does it. Below, the vertical edges of the picture are pooled by 4 × 4 and put back,
# with the switches and without them.

# %% tags=["demonstration"]
grey = picture.mean(axis=0)
edges = np.abs(grey[:, 2:] - grey[:, :-2])[12:92, 35:119][None, None]  # (1, 1, 80, 84)
kept, switches = max_pool_forward(edges, size=(4, 4), stride=4)
put_back = max_pool_backward(kept, switches, edges.shape)
corner = np.zeros_like(edges)
corner[:, :, ::4, ::4] = kept


def show_planes(planes, **how):
    """Draw planes side by side, bright for large values."""
    _, axes = plt.subplots(1, len(planes), figsize=(12, 3.2), layout="constrained")
    for ax, (title, plane) in zip(axes, planes.items(), strict=True):
        ax.imshow(plane, cmap="gray", **how)
        ax.set_title(title, fontsize=10)
        ax.axis("off")


show_planes(
    {
        f"vertical edges, {edges.size:,} values": edges[0, 0],
        f"pooled, {kept.size:,} values": kept[0, 0],
        "put back by the switches": put_back[0, 0],
        "put back into the corners": corner[0, 0],
    },
    vmin=0,
    vmax=float(np.quantile(edges, 0.99)),
)
for name, plane in (("by the switches", put_back), ("into the corners", corner)):
    match = np.sum(plane * edges) / np.sqrt(np.sum(plane**2) * np.sum(edges**2))
    print(f"put back {name}: cosine with the edges {match:.2f}")

# %% [markdown]
# *From left: the edge map; its 4 × 4 maxima; the maxima put back where they were; the same maxima
# put into the corner of their windows. With the switches the dots follow the outline. Without them
# everything jumps to a grid.* One value in sixteen is left in both cases; the place makes the
# difference.

# %% [markdown]
# ## 3 · Average instead
#
# Nothing says that the one number kept must be the maximum. **Average pooling** keeps the mean:
#
# $$
# \text{out}_{n c i j} = \frac{1}{KH \cdot KW} \sum_{u, v} x_{n,\, c,\, iS + u,\, jS + v}
# $$
#
# It is the older of the two: LeCun's networks of the 1990s averaged. The maximum then proved better
# in practice, and the CS231n notes call average pooling a thing of the past. That was true of
# pooling *between* layers. At the *end* of a network the average came back, over the whole plane:
# GoogLeNet and every ResNet turn 7 × 7 planes into one number each.
#
# The window's own size stands in the denominator, whatever the stride is.
#
# ### Write `avg_pool_forward`


# %% nbgrader={"grade_id": "avg_pool_forward", "solution": true}
def avg_pool_forward(x, *, size, stride):
    """Keep the mean of every window.

    out[n, c, i, j] = Σ_{u,v} x[n, c, i·stride + u, j·stride + v] / (KH·KW)

    Parameters
    ----------
    x : array (N, C, H, W)
    size : tuple of int
        (KH, KW), the rows and columns of the window.
    stride : int
        How far the window moves, in rows and in columns.

    Returns
    -------
    out : array (N, C, OH, OW)
        In x's dtype (float64 or float32).

    Raises
    ------
    ValueError
        If the windows do not tile the rows or the columns; the message names size, window and
        stride of the direction that fails. Also if x does not have four axes, and if the window is
        larger than the image or the stride below 1.

    Source: CS231n notes, "General pooling"; LeCun et al. (1998), "Gradient-based learning applied
    to document recognition".
    """
    expect_axes(x=(x, "N C H W"))
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    KH, KW = size
    OH = pool_output_size(H, KH, stride=stride)
    OW = pool_output_size(W, KW, stride=stride)
    out = np.empty((N, C, OH, OW), dtype=x.dtype)
    for i in range(OH):
        for j in range(OW):
            top, left = i * stride, j * stride
            window = x[:, :, top : top + KH, left : left + KW]
            out[:, :, i, j] = window.mean(axis=(2, 3))
    return out
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_avg_pool_forward_value", "grade": true, "points": 1.5}
for window, want, how in [
    ([[1.0, 1], [5, 6]], 3.25, "(1 + 1 + 5 + 6)/4"),
    ([[4.0]], 4, "a window of one value"),
    ([[9.0, 0, 0], [0, -3, 0], [0, 0, 3]], 1, "(9 - 3 + 3)/9"),
]:
    x = np.array(window)[None, None]
    out = avg_pool_forward(x, size=x.shape[2:], stride=len(window))
    assert isinstance(out, np.ndarray), (
        f"expected one array and no more, you returned {type(out).__name__}"
    )
    assert out.shape == (1, 1, 1, 1), f"expected shape (1, 1, 1, 1), yours is {out.shape}"
    expect_values(out[0, 0], [[want]], err_msg=f"one window: {how}")

# %% nbgrader={"grade_id": "test_avg_pool_forward_windows", "grade": true, "points": 2.5}
# Where a plane rises evenly, the mean of a window is the value in its middle.
# And a single 1 counts in those windows that hold it, as 1/(KH·KW).
for size, stride, H, W in [
    ((2, 2), 2, 6, 8),
    ((3, 3), 2, 7, 9),
    ((3, 2), 1, 5, 6),
    ((1, 2), 3, 7, 5),
    ((4, 5), 1, 4, 5),
]:
    asked = f"window {size}, stride {stride} on {H} × {W}"
    n, c = np.arange(2)[:, None, None, None], np.arange(3)[:, None, None]
    r, q = np.arange(H)[:, None], np.arange(W)
    top, left = (
        np.arange(0, H - size[0] + 1, stride)[:, None],
        np.arange(0, W - size[1] + 1, stride),
    )
    want = 50 * n + 9 * c + 3 * (top + (size[0] - 1) / 2) + left + (size[1] - 1) / 2
    out = avg_pool_forward(50.0 * n + 9 * c + 3 * r + q, size=size, stride=stride)
    assert out.shape == want.shape, f"{asked}: expected shape {want.shape}, yours is {out.shape}"
    expect_values(out, want, atol=1e-9, err_msg=f"{asked}: divide by KH·KW, each plane on its own")
    single = np.zeros((1, 1, H, W))
    single[0, 0, 2, 3] = 1
    rows, columns = (top <= 2) & (top + size[0] > 2), (left <= 3) & (left + size[1] > 3)
    out = avg_pool_forward(single.copy(), size=size, stride=stride)
    want = (rows & columns) / (size[0] * size[1])
    expect_values(out[0, 0], want, atol=1e-12, err_msg=f"{asked}: a single 1 at (2, 3)")

# %% nbgrader={"grade_id": "test_avg_pool_forward_dtype", "grade": true, "points": 0.5}
rng = np.random.default_rng(9)
for dtype in (np.float32, np.float64):
    x = rng.normal(size=(1, 2, 4, 6)).astype(dtype)
    before = x.copy()
    out = avg_pool_forward(x, size=(2, 2), stride=2)
    assert out.dtype == dtype, f"{dtype.__name__} in: expected the same, yours is {out.dtype}"
    assert np.array_equal(x, before), "x was changed in place: expected as it was; work on a copy"

# %% nbgrader={"grade_id": "test_avg_pool_forward_refusal", "grade": true, "points": 0.5}
for H, W, wrong in [(14, 13, "rows"), (13, 18, "columns")]:
    try:
        out = avg_pool_forward(np.zeros((1, 1, H, W)), size=(3, 3), stride=2)
    except ValueError:
        continue
    except (AssertionError, ZeroDivisionError) as error:
        raise AssertionError(
            f"{wrong}: expected a ValueError, you raised {type(error).__name__}"
        ) from error
    else:
        raise AssertionError(
            f"{H} × {W}, window 3 and stride 2: the {wrong} do not fit, so a ValueError was "
            f"expected; you returned shape {out.shape}. pool_output_size refuses for you, if you "
            "ask it for both directions."
        )
avg_pool_forward(np.zeros((1, 1, 13, 9)), size=(3, 3), stride=2)  # fits both ways: no refusal

# %% [markdown]
# ### Use it: a convolution in disguise
#
# A mean is a weighted sum with equal weights. So average pooling *is* a convolution, with one
# filter for each plane that sees that plane alone, and whose weights nobody may train. Check it:

# %%
x = np.random.default_rng(10).normal(size=(2, 3, 7, 9))
equal = np.full((3, 3), 1 / 9)  # one filter of equal weights, for each plane by itself
views = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))[:, :, ::2, ::2]
as_convolution = np.einsum("ncijuv,uv->ncij", views, equal)
difference = np.abs(avg_pool_forward(x, size=(3, 3), stride=2) - as_convolution).max()
print(f"3 × 3 at stride 2 against a convolution with weights 1/9: differs by {difference:.0e}")

last = np.random.default_rng(11).normal(size=(1, 512, 7, 7))
print("global average:", last.shape, "→", avg_pool_forward(last, size=(7, 7), stride=1).shape)

# %% [markdown]
# ### Share the gradient out
#
# Every value of a window moves the mean by $1/(KH \cdot KW)$ of its own movement. So the gradient
# is **shared out in equal parts**, and where windows overlap the parts add up:
#
# $$
# dx_{n c r q} = \frac{1}{KH \cdot KW}
#     \sum_{\text{windows } (i, j) \text{ that hold } (r, q)} \text{dout}_{n c i j}
# $$
#
# By hand, in one row of four, window 2, stride 1: gradients 10, 100 and 1000 arrive.

# %%
arriving, d_row = np.array([10.0, 100.0, 1000.0]), np.zeros(4)
for i in range(3):
    d_row[i : i + 2] += arriving[i] / 2
print("gradient of the row:", d_row, "· arrived", arriving.sum(), "· handed on", d_row.sum())

# %% [markdown]
# Neither pooling creates or loses gradient: what arrives is handed on, to one place or to many.
#
# ### Write `avg_pool_backward`


# %% nbgrader={"grade_id": "avg_pool_backward", "solution": true}
def avg_pool_backward(dout, x_shape, *, size, stride):
    """Share each gradient out among the values of its window.

    dx[n, c, r, q] = Σ dout[n, c, i, j] / (KH·KW) over all windows (i, j) that hold (r, q)

    Parameters
    ----------
    dout : array (N, C, OH, OW)
        Gradient of the loss with respect to what `avg_pool_forward` returned.
    x_shape : tuple of int
        (N, C, H, W), the shape of the x that was pooled.
    size, stride
        As they were given to `avg_pool_forward`; you may rely on their fitting together.

    Returns
    -------
    dx : array (N, C, H, W)
        In dout's dtype (float64 or float32). Zero where no window was.

    Raises
    ------
    ValueError
        If dout does not have four axes.

    Source: CS231n notes, "General pooling" and "Pooling layer", on backpropagation.
    """
    expect_axes(dout=(dout, "N C OH OW"))
    ### BEGIN SOLUTION
    KH, KW = size
    OH, OW = dout.shape[2:]
    dx = np.zeros(x_shape, dtype=dout.dtype)
    for i in range(OH):
        for j in range(OW):
            top, left = i * stride, j * stride
            share = dout[:, :, i, j, None, None] / (KH * KW)
            dx[:, :, top : top + KH, left : left + KW] += share
    return dx
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_avg_pool_backward_value", "grade": true, "points": 2}
# One window as large as the plane.
for side in (1, 2, 3):
    dx = avg_pool_backward(
        np.full((1, 1, 1, 1), 36.0), (1, 1, side, side), size=(side, side), stride=side
    )
    assert isinstance(dx, np.ndarray), f"expected an array, you returned {type(dx).__name__}"
    assert dx.shape == (1, 1, side, side), (
        f"expected x's shape {(1, 1, side, side)}, yours is {dx.shape}"
    )
    expect_values(
        dx[0, 0],
        np.full((side, side), 36 / side**2),
        err_msg=f"36 arrives at a window of {side} × {side}: equal parts",
    )

# %% nbgrader={"grade_id": "test_avg_pool_backward_windows", "grade": true, "points": 2.5}
# The row above, lying and standing: 10, 100 and 1000 arrive, each window has two values.
for turn, size, name in (((0, 1, 2, 3), (1, 2), "row"), ((0, 1, 3, 2), (2, 1), "column")):
    dout = np.array([[[[10.0, 100.0, 1000.0]]]]).transpose(turn).copy()
    want = np.array([[[[5.0, 55.0, 550.0, 500.0]]]]).transpose(turn)
    dx = avg_pool_backward(dout.copy(), want.shape, size=size, stride=1)
    assert dx.shape == want.shape, f"expected x's shape {want.shape}, yours is {dx.shape}"
    expect_values(
        dx, want, err_msg=f"the example by hand, as a {name}: half each, and overlaps add up"
    )
# A 1 arrives from one window of one plane only: its values get 1/(KH·KW), all others nothing.
for size, stride, H, W in [
    ((2, 2), 2, 4, 8),
    ((3, 3), 2, 7, 9),
    ((3, 2), 1, 6, 4),
    ((1, 2), 3, 7, 5),
]:
    OH, OW = (H - size[0]) // stride + 1, (W - size[1]) // stride + 1
    for n, c, i, j in ((0, 0, 0, 0), (1, 2, OH - 1, 0), (0, 1, 1, OW - 1)):
        dout = np.zeros((2, 3, OH, OW))
        dout[n, c, i, j] = 1
        r, q = np.arange(H)[:, None] - i * stride, np.arange(W) - j * stride
        want = np.zeros((2, 3, H, W))
        want[n, c] = ((r >= 0) & (r < size[0]) & (q >= 0) & (q < size[1])) / (size[0] * size[1])
        dx = avg_pool_backward(dout.copy(), want.shape, size=size, stride=stride)
        expect_values(
            dx,
            want,
            atol=1e-12,
            err_msg=f"window {size}, stride {stride}: 1 arrives at {i, j} only",
        )
    # What arrives is handed on: from all windows at once, too.
    dout = np.random.default_rng(12).normal(size=(2, 3, OH, OW))
    dx = avg_pool_backward(dout.copy(), (2, 3, H, W), size=size, stride=stride)
    expect_values(
        dx.sum(axis=(2, 3)), dout.sum(axis=(2, 3)), atol=1e-9, err_msg="sum of each plane"
    )

# %% nbgrader={"grade_id": "test_avg_pool_backward_dtype", "grade": true, "points": 0.5}
rng = np.random.default_rng(13)
for dtype in (np.float32, np.float64):
    dout = rng.normal(size=(1, 2, 2, 3)).astype(dtype)
    before = dout.copy()
    dx = avg_pool_backward(dout, (1, 2, 4, 6), size=(2, 2), stride=2)
    assert dx.dtype == dtype, f"{dtype.__name__} in: expected the same, yours is {dx.dtype}"
    assert np.array_equal(dout, before), (
        "dout was changed in place: expected as it was; work on a copy"
    )

# %% [markdown]
# ### Use it: who is told?
#
# One picture of both backward passes. The same plane was pooled twice by 3 × 3 at stride 2, and a
# gradient of 1 comes back from each of the nine windows.

# %% tags=["demonstration"]
plane = np.random.default_rng(14).normal(size=(1, 1, 7, 7))
_, switches = max_pool_forward(plane, size=(3, 3), stride=2)
ones = np.ones((1, 1, 3, 3))
by_max = max_pool_backward(ones, switches, plane.shape)[0, 0]
by_mean = avg_pool_backward(ones, plane.shape, size=(3, 3), stride=2)[0, 0]

fig, axes = plt.subplots(1, 2, figsize=(8, 3.7), layout="constrained")
for ax, gradient, name in zip(axes, (by_max, by_mean), ("maximum", "mean"), strict=True):
    ax.imshow(gradient, cmap="viridis", vmin=0)
    for (r, q), value in np.ndenumerate(gradient):
        if value:
            tone = "black" if value > 0.6 * gradient.max() else "white"
            text = f"{value:.0f}" if name == "maximum" else f"{value:.2f}"
            ax.text(q, r, text, ha="center", va="center", size=8, color=tone)
    reached = np.count_nonzero(gradient)
    ax.set_title(f"{name}: {gradient.sum():.0f} units to {reached} of 49 values", fontsize=10)
    ax.set(xticks=[], yticks=[])

# %% [markdown]
# *Left, the maximum: nine units of gradient land on few values, and a value that won several
# windows gets several. Right, the mean: everybody is told a little, those in four windows four
# times as much as those in one.*

# %% [markdown]
# ## 4 · Measure the window's energy: L2 pooling
#
# A third choice is the length of the window, taken as a vector: the square **root of the sum of
# squares**.
#
# $$
# \text{out}_{n c i j} = \sqrt{\sum_{u, v} x_{n,\, c,\, iS + u,\, jS + v}^2}
# $$
#
# A sum, not a mean: no $KH \cdot KW$ divides anything here. It cannot tell $3$ from $-3$, and it is
# never negative.
#
# ### Write `l2_pool_forward`


# %% nbgrader={"grade_id": "l2_pool_forward", "solution": true}
def l2_pool_forward(x, *, size, stride):
    """Keep the L2 norm of every window.

    out[n, c, i, j] = sqrt(Σ_{u,v} x[n, c, i·stride + u, j·stride + v]²)

    Parameters
    ----------
    x : array (N, C, H, W)
    size : tuple of int
        (KH, KW), the rows and columns of the window.
    stride : int
        How far the window moves, in rows and in columns.

    Returns
    -------
    out : array (N, C, OH, OW)
        In x's dtype (float64 or float32).

    Raises
    ------
    ValueError
        If the windows do not tile the rows or the columns; the message names size, window and
        stride of the direction that fails. Also if x does not have four axes, and if the window is
        larger than the image or the stride below 1.

    Source: CS231n notes, "General pooling".
    """
    expect_axes(x=(x, "N C H W"))
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    KH, KW = size
    OH = pool_output_size(H, KH, stride=stride)
    OW = pool_output_size(W, KW, stride=stride)
    out = np.empty((N, C, OH, OW), dtype=x.dtype)
    for i in range(OH):
        for j in range(OW):
            top, left = i * stride, j * stride
            window = x[:, :, top : top + KH, left : left + KW]
            out[:, :, i, j] = np.sqrt(np.sum(window**2, axis=(2, 3)))
    return out
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_l2_pool_forward_value", "grade": true, "points": 1.5}
for window, want, how in [
    ([[3.0, 0], [0, -4]], 5, "sqrt(3² + 4²)"),
    ([[1.0, -1], [1, 1]], 2, "sqrt(4 · 1²)"),
    ([[-7.0]], 7, "a window of one value"),
    ([[0.0, 0], [0, 0]], 0, "a window of zeros"),
]:
    x = np.array(window)[None, None]
    out = l2_pool_forward(x.copy(), size=x.shape[2:], stride=len(window))
    assert isinstance(out, np.ndarray), (
        f"expected one array and no more, you returned {type(out).__name__}"
    )
    assert out.shape == (1, 1, 1, 1), f"expected shape (1, 1, 1, 1), yours is {out.shape}"
    expect_values(
        out[0, 0],
        [[want]],
        atol=1e-12,
        err_msg=f"{how} = {want}. Likely slips: a mean for the sum, no root",
    )

# %% nbgrader={"grade_id": "test_l2_pool_forward_windows", "grade": true, "points": 1.5}
# A 3 and a 4 in one plane: a window with one of them answers 3 or 4, one with both answers 5.
for size, stride, H, W in [
    ((2, 2), 2, 6, 8),
    ((3, 3), 2, 7, 9),
    ((3, 2), 1, 5, 6),
    ((1, 2), 3, 7, 5),
]:
    asked = f"window {size}, stride {stride} on {H} × {W}"
    top, left = (
        np.arange(0, H - size[0] + 1, stride)[:, None],
        np.arange(0, W - size[1] + 1, stride),
    )
    x, want = np.zeros((2, 3, H, W)), np.zeros((2, 3, top.size, left.size))
    for value, row, column in ((3.0, 2, 3), (-4.0, 3, 4)):
        x[1, 2, row, column] = value
        rows, columns = (
            (top <= row) & (row < top + size[0]),
            (left <= column) & (column < left + size[1]),
        )
        want[1, 2] += (rows & columns) * value**2
    want = np.sqrt(want)
    out = l2_pool_forward(x.copy(), size=size, stride=stride)
    assert out.shape == want.shape, f"{asked}: expected shape {want.shape}, yours is {out.shape}"
    expect_values(out, want, atol=1e-9, err_msg=f"{asked}: each plane on its own")

# %% nbgrader={"grade_id": "test_l2_pool_forward_dtype", "grade": true, "points": 0.5}
rng = np.random.default_rng(9)
for dtype in (np.float32, np.float64):
    x = rng.normal(size=(1, 2, 4, 6)).astype(dtype)
    before = x.copy()
    out = l2_pool_forward(x, size=(2, 2), stride=2)
    assert out.dtype == dtype, f"{dtype.__name__} in: expected the same, yours is {out.dtype}"
    assert np.array_equal(x, before), "x was changed in place: expected as it was; work on a copy"

# %% nbgrader={"grade_id": "test_l2_pool_forward_refusal", "grade": true, "points": 0.5}
for H, W, wrong in [(14, 13, "rows"), (13, 18, "columns")]:
    try:
        out = l2_pool_forward(np.zeros((1, 1, H, W)), size=(3, 3), stride=2)
    except ValueError:
        continue
    except (AssertionError, ZeroDivisionError) as error:
        raise AssertionError(
            f"{wrong}: expected a ValueError, you raised {type(error).__name__}"
        ) from error
    else:
        raise AssertionError(
            f"{H} × {W}, window 3 and stride 2: the {wrong} do not fit, so a ValueError was "
            f"expected; you returned shape {out.shape}. pool_output_size refuses for you, if you "
            "ask it for both directions."
        )
l2_pool_forward(np.zeros((1, 1, 13, 9)), size=(3, 3), stride=2)  # fits both ways: no refusal

# %% [markdown]
# ### Use it: three opinions about one edge map
#
# Pool the picture's edges, signs and all, in the three ways, and look.

# %% tags=["demonstration"]
signed = (picture.mean(axis=0)[:, 2:] - picture.mean(axis=0)[:, :-2])[:, 1:-1][None, None]
how = {"size": (4, 4), "stride": 4}
opinions = {
    "maximum": max_pool_forward(signed, **how)[0],
    "mean": avg_pool_forward(signed, **how),
    "L2 norm": l2_pool_forward(signed, **how),
}
reach = float(np.quantile(np.abs(signed), 0.99))
fig, axes = plt.subplots(1, 4, figsize=(12, 2.2), layout="constrained")
for ax, (name, volume) in zip(axes, {"signed edges": signed, **opinions}.items(), strict=True):
    # The norm of 16 equal values is 4 times that value: show it on a scale 4 times as long.
    limit, title = (4 * reach, "L2 norm, a quarter of it") if name == "L2 norm" else (reach, name)
    ax.imshow(volume[0, 0], cmap="RdBu_r", vmin=-limit, vmax=limit)
    ax.set_title(title, fontsize=10)
    ax.axis("off")
for name, volume in opinions.items():
    print(f"{name:8} between {volume.min():+.3f} and {volume.max():+.3f}")
assert np.all(opinions["mean"] <= opinions["maximum"] + 1e-12)
assert np.all(opinions["maximum"] <= opinions["L2 norm"] + 1e-12)
print("in every window: mean ≤ maximum ≤ L2 norm")

# %% [markdown]
# *Red where it gets brighter to the right, blue where it gets darker. The maximum keeps red edges
# and drops blue ones: a filter that looks for one thing is told about that thing. The mean lets
# both cancel and fades. The L2 norm answers to edges of either sign, and has forgotten which.*

# %% [markdown]
# ## 5 · Pool without looking at places: im2col again
#
# Your `max_pool_forward` asks Python to move a window over thousands of places. The trick of the
# last assignment works here too. Lay all windows side by side as columns of a matrix, and take the
# largest of each column, all at once:

# %% tags=["demonstration"]
plane = np.array([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]])
columns = plane.reshape(2, 2, 2, 2).transpose(1, 3, 0, 2).reshape(4, 4)
winners = {int(columns[:, k].argmax()) * 4 + k for k in range(4)}
fig, axes = plt.subplots(1, 3, figsize=(9, 2.8), layout="constrained")
draw_plane(axes[0], plane, "the plane and its windows", {5, 7, 8, 15}, cross=True)
draw_plane(axes[1], columns, "one column for each window", winners)
draw_plane(axes[2], columns.max(axis=0)[None], "the largest of each column")

# %% [markdown]
# *The 4 × 4 plane of section 1, its four 2 × 2 windows as the columns of a matrix, and the largest
# value of each column: 6, 8, 3, 4. A row of the matrix holds one **tap** of all windows: the first
# row all top left corners, the last row all bottom right ones.*
#
# That last sentence is the recipe. One tap of *all* windows is a strided slice of `x`:
# `x[:, :, u::stride, v::stride]`, cut to OH × OW. A window has only a few taps: a loop over $KH
# \cdot KW$ of them is cheap, and does not get longer when the image grows.
#
# **One more rule here.** A Python loop over places, or over the rows or columns of places, is a
# forbidden route in this function, however it is written (`for`, `while`, a comprehension,
# `np.vectorize`, …). Loops over taps, images or channels are fine. Do not call `max_pool_forward`
# either; you are writing its fast brother. The grader does not read your code for that. It counts
# the lines of Python that run, on a small image and on a large one, and you can do the same:

# %% nbgrader={"grade_id": "given_lines_run", "locked": true}
import sys


def lines_run(function, *args, **kwargs):
    """How many lines of Python one call runs, those of libraries included."""
    lines = 0

    def watch(frame, event, arg):
        nonlocal lines
        lines += event == "line"
        return watch

    previous = sys.gettrace()
    sys.settrace(watch)
    try:
        function(*args, **kwargs)
    finally:
        sys.settrace(previous)
    return lines


# %%
for side in (8, 16, 32):
    plane = np.zeros((1, 1, side, side))
    print(
        f"{side:2} × {side:2}: {lines_run(max_pool_forward, plane, size=(2, 2), stride=2):5} lines "
        f"in max_pool_forward, {lines_run(np.max, plane):2} in np.max"
    )

# %% [markdown]
# ### Write `max_pool_forward_im2col`


# %% nbgrader={"grade_id": "max_pool_forward_im2col", "solution": true}
def max_pool_forward_im2col(x, *, size, stride):
    """Keep the largest value of every window, without a loop over places.

    out[n, c, i, j] = max_{u,v} x[n, c, i·stride + u, j·stride + v]

    A loop over the taps (u, v) of the window is fine. One over the places (i, j) is a forbidden
    route, and so is calling `max_pool_forward`.

    Parameters
    ----------
    x : array (N, C, H, W)
        Any values, -inf included; every window holds at least one finite value.
    size : tuple of int
        (KH, KW), the rows and columns of the window.
    stride : int
        How far the window moves, in rows and in columns.

    Returns
    -------
    out : array (N, C, OH, OW)
        In x's dtype (float64 or float32). No switches.

    Raises
    ------
    ValueError
        If the windows do not tile the rows or the columns; the message names size, window and
        stride of the direction that fails. Also if x does not have four axes, and if the window is
        larger than the image or the stride below 1.

    Source: CS231n notes, "Implementation as matrix multiplication", whose idea they carry over to
    pooling.
    """
    expect_axes(x=(x, "N C H W"))
    ### BEGIN SOLUTION
    H, W = x.shape[2:]
    KH, KW = size
    OH = pool_output_size(H, KH, stride=stride)
    OW = pool_output_size(W, KW, stride=stride)
    taps = [
        x[:, :, u : u + (OH - 1) * stride + 1 : stride, v : v + (OW - 1) * stride + 1 : stride]
        for u in range(KH)
        for v in range(KW)
    ]
    columns = np.stack(taps, axis=2)  # (N, C, KH·KW, OH, OW)
    return columns.max(axis=2)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_max_pool_forward_im2col_windows", "grade": true, "points": 2.5}
# A plane that counts up and one that counts down, below zero, as for max_pool_forward.
for size, stride, H, W in [
    ((2, 2), 2, 6, 8),
    ((3, 3), 2, 7, 9),
    ((3, 2), 1, 5, 6),
    ((2, 4), 2, 8, 6),
    ((1, 2), 3, 7, 5),
    ((4, 5), 1, 4, 5),
]:
    asked = f"window {size}, stride {stride} on {H} × {W}"
    n, c = np.arange(1, 3)[:, None, None, None], np.arange(3)[:, None, None]
    r, q = np.arange(H)[:, None], np.arange(W)
    top, left = (
        np.arange(0, H - size[0] + 1, stride)[:, None],
        np.arange(0, W - size[1] + 1, stride),
    )
    last = -20000.0 * n + 1000 * c + 20 * (top + size[0] - 1) + left + size[1] - 1
    first = -20000.0 * n - 1000 * c - 20 * top - left
    for x, want in (
        (-20000.0 * n + 1000 * c + 20 * r + q, last),
        (-20000.0 * n - 1000 * c - 20 * r - q, first),
    ):
        out = max_pool_forward_im2col(x.copy(), size=size, stride=stride)
        assert isinstance(out, np.ndarray), (
            f"expected one array and no more, you returned {type(out).__name__}"
        )
        assert out.shape == want.shape, (
            f"{asked}: expected shape {want.shape}, yours is {out.shape}. Each slice must be cut "
            "to OH × OW: x[:, :, u::stride, v::stride] may have a row or a column too many."
        )
        expect_values(out, want, err_msg=f"{asked}: each plane on its own, no zeros smuggled in")

# %% nbgrader={"grade_id": "test_max_pool_forward_im2col_taps", "grade": true, "points": 2.5}
# On planes that count up, the largest value of a window is its last one.
for size, small, large in [((1, 3), (7, 14), (47, 14)), ((3, 1), (14, 7), (14, 47))]:
    lines = []
    for rows, columns in (small, large):
        plane = 1 + np.arange(rows * columns).reshape(rows, columns) / (rows * columns)
        x = np.broadcast_to(plane, (24, 1, rows, columns))
        out = max_pool_forward_im2col(x.copy(), size=size, stride=1)
        want = x[:, :, size[0] - 1 :, size[1] - 1 :]
        expect_values(out, want, err_msg=f"values, window {size} on {rows} × {columns}")
        lines.append(lines_run(max_pool_forward_im2col, x.copy(), size=size, stride=1))
    # 40 rows or columns of places more; a few lines for each would be a loop over them.
    assert lines[1] - lines[0] < 6 * 40, (
        f"window {size}: expected about as many lines of Python to run on {large} as on {small}, "
        f"yours runs {lines[1]} and {lines[0]}. Something loops over places. Loop over the taps of "
        "the window, or not at all."
    )

# %% nbgrader={"grade_id": "test_max_pool_forward_im2col_dtype", "grade": true, "points": 0.5}
rng = np.random.default_rng(9)
for dtype in (np.float32, np.float64):
    x = rng.normal(size=(1, 2, 4, 6)).astype(dtype)
    before = x.copy()
    out = max_pool_forward_im2col(x, size=(2, 2), stride=2)
    assert out.dtype == dtype, f"{dtype.__name__} in: expected the same, yours is {out.dtype}"
    assert np.array_equal(x, before), "x was changed in place: expected as it was; work on a copy"

# %% nbgrader={"grade_id": "test_max_pool_forward_im2col_refusal", "grade": true, "points": 0.5}
for H, W, wrong in [(14, 13, "rows"), (13, 18, "columns")]:
    try:
        out = max_pool_forward_im2col(np.zeros((1, 1, H, W)), size=(3, 3), stride=2)
    except ValueError:
        continue
    except (AssertionError, ZeroDivisionError) as error:
        raise AssertionError(
            f"{wrong}: expected a ValueError, you raised {type(error).__name__}"
        ) from error
    else:
        raise AssertionError(
            f"{H} × {W}, window 3 and stride 2: the {wrong} do not fit, so a ValueError was "
            f"expected; you returned shape {out.shape}. pool_output_size refuses for you, if you "
            "ask it for both directions."
        )
max_pool_forward_im2col(
    np.zeros((1, 1, 13, 9)), size=(3, 3), stride=2
)  # fits both ways: no refusal

# %% [markdown]
# ### Use it: race them
#
# The same volume through your two functions, best of three runs each. **Predict before you run:**
# the loop visits 256 places of each of 128 planes, the other one nine taps of all of them. By what
# factor will they differ? Write your guess down, and what you would do to make it larger.

# %% tags=["demonstration"]
import time


def best_time(call, runs=3):
    """The shortest of a few timings of `call()`, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


x = np.random.default_rng(20).normal(size=(8, 16, 33, 33))
how = {"size": (3, 3), "stride": 2}
seconds = {
    "loop over places": best_time(lambda: max_pool_forward(x, **how)),
    "im2col": best_time(lambda: max_pool_forward_im2col(x, **how)),
}
slowest = seconds["loop over places"]

fig, ax = plt.subplots(figsize=(7, 1.6), layout="constrained")
bars = ax.barh(list(seconds), list(seconds.values()), color=[INK, BLUE])
ax.bar_label(bars, [f"{s * 1e3:,.3g} ms: {slowest / s:,.0f}×" for s in seconds.values()], padding=4)
ax.set(xscale="log", xlabel="seconds (logarithmic)", xlim=(min(seconds.values()) / 3, slowest * 20))
ax.invert_yaxis()
ax.spines[["top", "right"]].set_visible(False)
windows = 9 * max_pool_forward_im2col(x, **how).size
print(f"x holds {x.size:,} values, the columns {windows:,}: {windows / x.size:.1f} times as many")

# %% [markdown]
# *Time for 8 images of 16 planes of 33 × 33, window 3 × 3, stride 2, on a logarithmic axis: the
# loop over places and your im2col.* The loop over places finds the switches as well; that is
# not what takes the time. As in the last assignment, the price is memory: overlapping windows are
# copied out.

# %% [markdown]
# ## 6 · Do without it
#
# Many dislike pooling, and some networks have none. Springenberg et al. (2014) replaced every
# pooling by a convolution with a larger stride, trained it like any other layer, and lost nothing.
# The sizes agree; the price is in parameters, which pooling does not have:

# %%
channels, side = 64, pool_output_size(33, 3, stride=2)
for name, count in (
    ("3 × 3 max pooling, stride 2", 0),
    ("3 × 3 convolution, stride 2", 3 * 3 * channels * channels + channels),
):
    print(f"{name}: {(channels, 33, 33)} → {(channels, side, side)}, {count:,} parameters")

# %% [markdown]
# The notes expected, around 2016, that pooling would play a small part in future networks. Between
# layers that has largely come true. But ResNet still opens with a max pooling, and nearly everybody
# closes with a global average.

# %% [markdown]
# ## 7 · Compare with PyTorch, if you have it
#
# Everything so far was checked against what pooling *is*. Where PyTorch is installed, here is a
# second opinion; nothing is graded by it.

# %% tags=["demonstration"]
import importlib.util

if importlib.util.find_spec("torch") is None:
    print("PyTorch is not installed in this kernel, so there is nothing to compare with.")
else:
    import torch

    x, how = np.random.default_rng(21).normal(size=(2, 3, 9, 11)), {"size": (3, 3), "stride": 2}
    tensor = torch.from_numpy(x).requires_grad_()
    theirs, places = torch.nn.functional.max_pool2d(tensor, 3, 2, return_indices=True)
    theirs.sum().backward()
    out, switches = max_pool_forward(x, **how)
    mean = torch.nn.functional.avg_pool2d(tensor, 3, 2).detach().numpy()
    norm = torch.nn.functional.lp_pool2d(tensor, 2, 3, 2).detach().numpy()
    dx = max_pool_backward(np.ones_like(out), switches, x.shape)
    for name, mine, other in (
        ("maximum", out, theirs.detach().numpy()),
        ("switches", switches, places.numpy()),
        ("gradient of the maximum", dx, tensor.grad.numpy()),
        ("mean", avg_pool_forward(x, **how), mean),
        ("L2 norm", l2_pool_forward(x, **how), norm),
    ):
        print(f"{name:24} differs from PyTorch's by at most {np.abs(mine - other).max():.0e}")

# %% [markdown]
# ## 8 · Say it in words (5 points, read by a person)
#
# 1. **(1 point)** AlexNet pools 96 planes of 55 × 55 by 3 × 3 at stride 2. How large is the output
#    volume, how many parameters has the layer, and in how many windows can one value lie at most?
# 2. **(1 point)** A classmate writes `dx[n, c, r, q] = dout[n, c, i, j]` in `max_pool_backward`,
#    and trains a network with 2 × 2 pooling at stride 2 without trouble. With AlexNet's setting it
#    trains badly. Explain both.
# 3. **(1 point)** Somebody tests `max_pool_forward` on `np.arange(16.0).reshape(1, 1, 4, 4)` only.
#    Name two different wrong functions that pass, and one input that catches both.
# 4. **(1 point)** After a ReLU a window is all zeros. Where does your backward pass send the
#    gradient? Another library splits it evenly among equals. Why does the choice hardly matter in a
#    network where this ReLU stands right before the pooling?
# 5. **(1 point)** Maximum, mean or L2 norm: which would you take for "is there an eye anywhere
#    here?", and which for "how much of this is grass?" One reason each.

# %% [markdown] nbgrader={"grade_id": "written_pool", "grade": true, "solution": true, "points": 5}
# 1. (55 - 3)/2 + 1 = 27, so 27 × 27 × 96. No parameters at all. Stride 2 is less than 3, so along
#    each direction a value lies in at most two windows, and in 2 · 2 = 4 altogether.
# 2. At 2 × 2 and stride 2 windows share no value: each value receives one gradient at most, and `=`
#    does what `+=` does. At 3 × 3 and stride 2 a value can be the largest of up to four windows;
#    `=` keeps the last gradient and drops the others, so dx is wrong, silently, in some places.
# 3. The input grows along rows and columns, so the largest value is always the last of its window.
#    "Take the bottom right value" passes, and so does "start from 0 and take what is larger", as
#    nothing is negative. [[-1, -2], [-3, -4]] catches both: -1 is expected, the first returns -4
#    and the second 0. (Flat indices counted with H for W pass as well, because the plane is
#    square.)
# 4. Whole to the first zero in row-major order. The ReLU below passes no gradient on where its
#    input was negative, so whoever of the zeros gets it, it ends there: dx below the ReLU is zero
#    in the window either way. (Only an input of exactly 0 could tell, by convention also without
#    gradient.)
# 5. The maximum for the eye: one sure answer anywhere is enough, and the many places without an eye
#    must not dilute it. The mean for the grass: it measures the share of the area that answers,
#    where the maximum would be satisfied by a single blade.

# %% [markdown]
# ## What you have now
#
# A complete pooling layer: forward in three ways, backward in two, and one of them fast. Together
# with the convolutions of the first two assignments these are all the layers an early convolutional
# network needs, but for the last: the fully connected one. The next assignment shows that this one
# is a convolution, too.
#
# **Before you submit**: *Kernel → Restart and Run All*. The checks in this notebook are the public
# ones; more of them run when your work is graded.
#
# **Sources.** Stanford's CS231n notes on convolutional networks, whose order this notebook follows
# · LeCun et al., *Gradient-based learning applied to document recognition*, 1998 · Krizhevsky,
# Sutskever and Hinton, *ImageNet classification with deep convolutional neural networks*, 2012 ·
# Zeiler and Fergus, *Visualizing and understanding convolutional networks*, 2014 · Springenberg et
# al., *Striving for simplicity: the all convolutional net*, 2014 · Szegedy et al., *Going deeper
# with convolutions*, 2015 · He et al., *Deep residual learning for image recognition*, 2016.
