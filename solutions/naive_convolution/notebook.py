# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assignment 1 · Convolve with nothing but loops
#
# **What you will do.** Write a convolutional layer in NumPy, one window at a time: how large its
# output is, what it computes, and how gradients flow back through it. Then bend it twice: a filter
# with holes, and a layer whose filters are not shared.
#
# **What you will learn.**
#
# - why a layer's output has $(W - F + 2P)/S + 1$ places in a row, and which settings do not fit;
# - that each output value is one dot product, and nothing else;
# - why the gradient of a shared weight is a *sum* over all places that used it;
# - how dilation widens the view without a single new weight;
# - what sharing weights assumes, what it saves, and when not to do it.
#
# **What you will need.** NumPy arrays and slices, the chain rule, and four to six hours: about one
# for each of the five functions, two for the backward pass. The notebook needs NumPy and
# Matplotlib; where scikit-learn is installed you get a photograph to look at. It runs in less than
# a minute on a laptop.
#
# **The rules.**
#
# - Write your code where it says `YOUR CODE HERE`. Helpers may stand in the same cell or in cells
#   of your own, and you may call functions that you wrote earlier in this notebook.
# - Use NumPy and loops over positions, or over the taps of a filter. `np.sum`, `np.einsum` and
#   `np.tensordot` on one window are fine.
# - In your solutions PyTorch, SciPy and strided window views (`sliding_window_view`, `as_strided`,
#   anything that touches an array's `strides`) are *forbidden routes*: they would do the work in
#   your place. To import one costs nothing, to use it costs the function. The last cell looks for
#   them, and the next assignment welcomes the views.
# - Never change an argument in place. All float64 in gives float64 out, all float32 in gives
#   float32 out.
#
# **How it is marked.** 40 points are graded by machine and 5 by a person. Every graded cell shows
# checks that you can run now. When your work is graded, *more* checks of the same properties run on
# other numbers and sizes, so passing what you see is needed, but it is not yet full marks. A slip
# is paid once: each cell judges the one thing in its name, and later functions are graded with a
# correct version of the earlier ones.

# %% [markdown]
# ## Name things once
#
# | symbol | meaning |
# |---|---|
# | `x` (N, C, H, W) | input volume: images, channels, rows, columns |
# | `w` (F, C, KH, KW) | filters: how many, channels, rows, columns |
# | `b` (F,) | one bias for each filter |
# | `out` (N, F, OH, OW) | output volume: one activation map for each filter |
# | `dout`, `dx`, `dw`, `db` | the gradients of the loss, each shaped like its array |
# | `stride`, `pad` | integers, the same for rows and columns, always passed by keyword |
#
# The CS231n notes write a volume as `X[x, y, depth]`. We use PyTorch's order, image first and
# channels before rows and columns, so their `X[x, y, :]` is `x[n, :, row, column]` here. In
# formulas about a single direction we keep the notes' letters: $W$ values, a filter of length $F$,
# stride $S$, padding $P$.
#
# What everybody calls *convolution* in this field is, strictly, **cross-correlation**: the filter
# is laid on the input as it is, without being flipped. So do the notes, so does PyTorch, so do we.

# %% nbgrader={"grade_id": "setup", "locked": true}
import solutions.shared.packages

import numpy as np

import solutions.shared.versions  # noqa: F401


from solutions.shared.axes import expect_axes


from solutions.shared.values import expect_values


# %% [markdown]
# `expect_axes` is given. The first line of each function calls it, so that a forgotten axis is
# reported in words before it turns into a puzzling broadcast. Look at what it says:

# %%
try:
    expect_axes(x=(np.zeros((3, 32, 32)), "N C H W"), w=(np.zeros((8, 3, 5, 5)), "F C KH KW"))
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
# ## 1 · Count the places where a filter fits
#
# Start with one row of numbers. The input has $W = 5$ values, the filter $F = 3$ weights, here
# $[1, 0, -1]$. Put $P$ zeros on either side, lay the filter on the left end, and move it by a
# *stride* of $S$ until it touches the right end. The first window takes $F$ of the $W + 2P$ values;
# the others share the $W - F + 2P$ that remain, $S$ at a time:
#
# $$\text{places} = \frac{W - F + 2P}{S} + 1$$
#
# Watch it happen in the smallest possible loop.

# %%
row, weights, zeros = [1, 2, -1, 1, -3], [1, 0, -1], 1
padded_row = [0] * zeros + row + [0] * zeros

for step in (1, 2):
    answers = []
    for start in range(0, len(padded_row) - len(weights) + 1, step):
        answers.append(sum(padded_row[start + k] * weights[k] for k in range(len(weights))))
    print(f"stride {step}: {len(answers)} places, values {answers}")


# %% tags=["demonstration"]
def draw_row(ax, step):
    """Draw the padded row, the windows a stride of `step` visits, and what each answers."""
    room = len(padded_row) - len(weights)
    for at, value in enumerate(padded_row):
        edge = at < zeros or at >= len(padded_row) - zeros
        ax.text(at, 0, value, ha="center", va="center", color=INK, alpha=0.6 if edge else 1)
        ax.add_patch(
            plt.Rectangle((at - 0.4, -0.4), 0.8, 0.8, fill=False, ec=INK, ls=":" if edge else "-")
        )
    for start in range(0, room + 1, step):
        centre = start + 1
        for tap in (0, 2):  # the middle weight is zero
            ax.plot([start + tap, centre], [0.45, 1.55], color=BLUE, lw=1)
        value = padded_row[start] - padded_row[start + 2]
        ax.text(centre, 2, value, ha="center", va="center", color=ORANGE, weight="bold")
        ax.add_patch(plt.Rectangle((centre - 0.4, 1.6), 0.8, 0.8, fill=False, ec=ORANGE, lw=1.5))
    left_over = room % step
    places = f"{room // step + 1} places" if not left_over else f"{left_over} value left over"
    ax.set_title(f"stride {step}: {places}", fontsize=10)
    ax.set(xlim=(-0.7, len(padded_row) - 0.3), ylim=(-0.7, 2.7), aspect="equal")
    ax.axis("off")


fig, axes = plt.subplots(1, 3, figsize=(10, 2.4), layout="constrained")
for ax, step in zip(axes, (1, 2, 3), strict=True):
    draw_row(ax, step)

# %% [markdown]
# *The row with one zero (dotted) on either side, and above it what each window answers. Stride 1
# visits five places, stride 2 three. Stride 3 visits two and leaves the last value over: it never
# enters any window.*
#
# The third picture is the reason why the notes call such a setting **invalid**: $4$ does not divide
# by $3$, the windows do not tile the row. Libraries differ here. PyTorch says nothing, rounds down,
# and drops the rest of your image. This course takes the notes' side: what does not fit is refused,
# and the message says why.
#
# ### Write `conv_output_size`


# %% nbgrader={"grade_id": "conv_output_size", "solution": true}
def conv_output_size(size, kernel, *, stride=1, pad=0):
    """Count the places where a filter fits along one direction.

    (size - kernel + 2·pad) / stride + 1

    Parameters
    ----------
    size : int
        Length of the input in this direction: H or W.
    kernel : int
        Length of the filter in the same direction: KH or KW.
    stride : int
        How far the filter moves from one place to the next.
    pad : int
        Zeros added on *each* side.

    Returns
    -------
    int
        The number of places, an `int` and not a `float`.

    Raises
    ------
    ValueError
        If stride < 1, kernel < 1 or pad < 0; if the kernel is larger than the padded input; if the
        windows do not tile the padded input. In this last case the message contains the four
        numbers: size, kernel, stride and pad.

    Source: CS231n notes, "Spatial arrangement"; Dumoulin and Visin (2016), "A guide to convolution
    arithmetic for deep learning".
    """
    ### BEGIN SOLUTION
    if stride < 1:
        raise ValueError(f"the stride must be at least 1, not {stride}: the filter has to move")
    if kernel < 1:
        raise ValueError(f"the kernel must be at least 1, not {kernel}")
    if pad < 0:
        raise ValueError(f"the padding cannot be negative: {pad}")
    room = size - kernel + 2 * pad
    setting = f"size {size}, kernel {kernel}, stride {stride}, pad {pad}"
    if room < 0:
        raise ValueError(f"{setting}: the kernel is larger than the padded input, {size + 2 * pad}")
    if room % stride:
        raise ValueError(
            f"{setting} do not fit: ({size} - {kernel} + 2·{pad})/{stride} + 1 = "
            f"{room / stride + 1:g} is not a whole number"
        )
    return room // stride + 1
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_conv_output_size_values", "grade": true, "points": 3}
for size, kernel, stride, pad, want in [
    (7, 3, 1, 0, 5),
    (7, 3, 2, 0, 3),
    (5, 3, 1, 1, 5),
    (5, 3, 2, 1, 3),
    (227, 11, 4, 0, 55),
]:
    asked = f"size {size}, kernel {kernel}, stride {stride}, pad {pad}"
    try:
        got = conv_output_size(size, kernel, stride=stride, pad=pad)
    except ValueError as error:
        raise AssertionError(f"{asked}: expected {want} places, you refused: {error}") from error
    assert got == want, (
        f"{asked}: expected {want} places, you returned {got}. Compare each term of the formula: "
        "pad counts for both ends, and the + 1 stands outside the division."
    )

# %% nbgrader={"grade_id": "test_conv_output_size_int", "grade": true, "points": 0.5}
got = conv_output_size(7, 3, stride=2)
assert isinstance(got, int | np.integer), (
    f"size 7, kernel 3, stride 2: expected an int, you returned the {type(got).__name__} {got!r}. "
    "`/` always gives a float; `//` keeps integers."
)

# %% nbgrader={"grade_id": "test_conv_output_size_refusals", "grade": true, "points": 2}
for size, kernel, stride, pad, why in [
    (10, 3, 2, 0, "7 does not divide by 2"),
    (17, 6, 4, 8, "27 does not divide by 4"),
    (5, 3, 3, 0, "2 does not divide by 3"),
    (7, 3, 0, 0, "a stride of 0 never moves"),
    (7, 3, -1, 0, "a negative stride runs away"),
    (7, 0, 1, 0, "a kernel of 0 sees nothing"),
    (7, 3, 1, -1, "padding cannot be negative"),
    (3, 6, 1, 1, "a kernel of 6 is larger than 3 + 2·1"),
]:
    asked = f"size {size}, kernel {kernel}, stride {stride}, pad {pad}"
    try:
        got = conv_output_size(size, kernel, stride=stride, pad=pad)
    except ValueError:
        continue
    except (AssertionError, ZeroDivisionError) as error:
        raise AssertionError(
            f"{asked}: expected a ValueError, you raised {type(error).__name__}"
        ) from error
    raise AssertionError(f"{asked}: expected a ValueError ({why}), you returned {got}")
for size, kernel, stride, pad in [(9, 3, 2, 0), (4, 4, 3, 0), (13, 1, 3, 0)]:
    try:
        conv_output_size(size, kernel, stride=stride, pad=pad)
    except ValueError as error:
        raise AssertionError(
            f"size {size}, kernel {kernel}, stride {stride} and pad {pad} fit: expected a number, "
            f"you refused: {error}"
        ) from error

# %% nbgrader={"grade_id": "test_conv_output_size_message", "grade": true, "points": 0.5}
# This is the only place where the words of a refusal are asked about: whoever calls
# conv_output_size has them.
for size, kernel, stride, pad in [(10, 3, 2, 0), (17, 6, 4, 8)]:
    try:
        got = conv_output_size(size, kernel, stride=stride, pad=pad)
    except ValueError as error:
        message = str(error)
    else:
        raise AssertionError(
            f"size {size}, kernel {kernel}, stride {stride}, pad {pad}: expected a ValueError, you "
            f"returned {got}"
        )
    left_out = [number for number in (size, kernel, stride, pad) if str(number) not in message]
    assert not left_out, (
        f"expected a message with size {size}, kernel {kernel}, stride {stride} and pad {pad}, but "
        f"yours leaves out {left_out}: {message!r}"
    )

# %% [markdown]
# ### Use it
#
# The network that won ImageNet in 2012 (Krizhevsky, Sutskever and Hinton) opens with 96 filters of
# 11 × 11 at stride 4. Its paper speaks of 224 × 224 images. Try that.

# %%
for size in (227, 224):
    try:
        print(f"{size} pixels: {conv_output_size(size, 11, stride=4)} places")
    except ValueError as error:
        print(f"{size} pixels: refused: {error}")

print("Rounding down, as PyTorch does without a word:", (224 - 11) // 4 + 1)
print("Two zeros on each side and rounding down:     ", (224 - 11 + 2 * 2) // 4 + 1)

# %% [markdown]
# So 224 is no mystery, whatever the notes say: with padding 2 and rounding down a layer makes 55
# places of it, just as 227 does without padding.

# %% [markdown]
# ## 2 · Slide the window: the forward pass
#
# Now two dimensions, several channels, several filters, several images. It is still the same
# sentence: *lay filter $f$ on one window, multiply number by number, sum everything, add the bias.*
#
# $$
# \text{out}_{n f i j} = b_f + \sum_{c} \sum_{u} \sum_{v}
#     x^{\text{padded}}_{n,\, c,\, iS + u,\, jS + v}\; w_{f c u v}
# $$
#
# Two things are easy to get wrong, and both are in this formula. The window of place $(i, j)$
# starts at row $iS$ and column $jS$, not at $(i, j)$. And the bias stands *outside* the sums: once
# for each output value, not once for each product.
#
# The sum runs over **all** channels. A filter is small in rows and columns and always goes through
# the full depth. Here is one window, by hand:

# %%
image = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0], [2.0, 1.0, 1.0]])
kernel = np.array([[1.0, 2.0], [0.0, -1.0]])
corner = image[0:2, 0:2]
print("window\n", corner, "\ntimes filter\n", corner * kernel, "\nsums to", np.sum(corner * kernel))

# %% [markdown]
# Check it in your head: $1·1 + 2·2 + 0·0 + 1·(-1) = 4$. The same in the notes' own example, with an
# 11 × 11 input of depth 4, a 5 × 5 filter and stride 2: four places along each side, and the
# windows start at 0, 2, 4 and 6.

# %%
X = np.random.default_rng(0).normal(size=(11, 11, 4))  # the notes' order: x, y, depth
W0, b0 = np.random.default_rng(1).normal(size=(5, 5, 4)), 0.1
print([f"{np.sum(X[start : start + 5, :5, :] * W0) + b0:+.3f}" for start in (0, 2, 4, 6)])

# %% [markdown]
# ### Write `conv2d_forward`
#
# A way that works: count the places with `conv_output_size`, once for rows and once for columns;
# pad a copy of `x` with zeros in its last two axes; make room for `out` in the right dtype; loop
# over images, filters, rows and columns of the *output*; fill in one dot product at a time.


# %% nbgrader={"grade_id": "conv2d_forward", "solution": true}
def conv2d_forward(x, w, b, *, stride=1, pad=0):
    """Convolve every image with every filter, and add the filter's bias.

    out[n, f, i, j] = b[f] + Σ_{c,u,v} padded[n, c, i·stride + u, j·stride + v] · w[f, c, u, v]

    Parameters
    ----------
    x : array (N, C, H, W)
        Images.
    w : array (F, C, KH, KW)
        Filters; they are not flipped. KH and KW may differ.
    b : array (F,)
        One bias for each filter.
    stride, pad : int
        Step, and zeros on each side, the same for rows and columns.

    Returns
    -------
    out : array (N, F, OH, OW)
        With OH and OW from `conv_output_size`. float64 if all arrays are float64, float32 if all
        are float32.

    Raises
    ------
    ValueError
        If the windows do not tile the rows or the columns: `conv_output_size` refuses for you, with
        the numbers of the direction that fails. Also if the arrays' axes do not go together.

    Source: CS231n notes, "Convolutional layer"; LeCun et al. (1989), "Backpropagation applied to
    handwritten zip code recognition".
    """
    expect_axes(x=(x, "N C H W"), w=(w, "F C KH KW"), b=(b, "F"))
    ### BEGIN SOLUTION
    N, _, H, W = x.shape
    F, _, KH, KW = w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), dtype=x.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    top, left = i * stride, j * stride
                    window = padded[n, :, top : top + KH, left : left + KW]  # (C, KH, KW)
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_conv2d_forward_value", "grade": true, "points": 1}
x = np.array([[[[1.0, 2.0, 0.0], [0.0, 1.0, 3.0], [2.0, 1.0, 1.0]]]])
w = np.array([[[[1.0, 2.0], [0.0, -1.0]]]])
out = conv2d_forward(x.copy(), w.copy(), np.array([0.0]))
assert isinstance(out, np.ndarray), (
    f"expected an array, you returned {type(out).__name__}; no cache"
)
assert out.shape == (1, 1, 2, 2), (
    f"a 3 × 3 image and a 2 × 2 filter, pad 0: expected shape (1, 1, 2, 2), yours is {out.shape}"
)
assert not np.array_equal(out[0, 0], [[0.0, 3.0], [5.0, 2.0]]), (
    "the filter lies turned around: expected [[4, -1], [1, 6]], you returned [[0, 3], [5, 2]]"
)
expect_values(out[0, 0], [[4.0, -1.0], [1.0, 6.0]], err_msg="the example above, without bias")
two_channels = np.concatenate([x, 10 * x], axis=1)
expect_values(
    conv2d_forward(two_channels, np.concatenate([w, w], axis=1), np.array([0.0]))[0, 0],
    [[44.0, -11.0], [11.0, 66.0]],
    err_msg="two channels, the second ten times the first: the sum runs over all channels.",
)

# %% nbgrader={"grade_id": "test_conv2d_forward_volume", "grade": true, "points": 3}
# A filter whose only weight is a 1 picks one pixel out of every window, so the answer is in x.
rng = np.random.default_rng(1)
x = rng.normal(size=(2, 3, 6, 9))
taps = [(0, 0, 0), (1, 0, 2), (2, 1, 1), (0, 1, 2)]  # channel, row and column of each filter's 1
w = np.zeros((4, 3, 2, 3))
for f, (c, u, v) in enumerate(taps):
    w[f, c, u, v] = 1
out = conv2d_forward(x.copy(), w, np.zeros(4))
assert out.shape == (2, 4, 5, 7), (
    f"2 images of 6 × 9 and 4 filters of 2 × 3: expected shape (2, 4, 5, 7), yours is {out.shape}. "
    "The depth of the output is the number of filters."
)
for f, (c, u, v) in enumerate(taps):
    expect_values(
        out[:, f],
        x[:, c, u : u + 5, v : v + 7],
        atol=1e-5,
        err_msg=f"filter {f}'s only 1 is in channel {c}, row {u}, column {v}: that pixel of every "
        "window should come",
    )

# With weights everywhere, three values by the formula
w, b = rng.normal(size=(4, 3, 2, 3)), rng.normal(size=4)
out = conv2d_forward(x.copy(), w.copy(), np.zeros(4))
for n, f, i, j in [(0, 0, 0, 0), (1, 3, 4, 6), (1, 0, 2, 5)]:
    expect_values(
        out[n, f, i, j],
        np.sum(x[n, :, i : i + 2, j : j + 3] * w[f]),
        atol=1e-5,
        err_msg=f"image {n}, filter {f}, place ({i}, {j}): its window times the filter, summed",
    )
expect_values(
    conv2d_forward(x.copy(), w.copy(), b) - out,
    np.zeros((2, 4, 5, 7)) + b[:, None, None],
    atol=1e-5,
    err_msg="what the biases add: b[f] to each value of map f, once, whatever the filter's size",
)

# %% nbgrader={"grade_id": "test_conv2d_forward_stride", "grade": true, "points": 3}
# The filter picks the pixel at the top left of every window, so the windows' starts come out.
x = np.arange(169.0).reshape(1, 1, 13, 13)
w = np.zeros((1, 1, 3, 3))
w[0, 0, 0, 0] = 1
for stride in (2, 5):
    out = conv2d_forward(x.copy(), w.copy(), np.zeros(1), stride=stride)
    want = x[:, :, :11:stride, :11:stride]
    assert out.shape == want.shape, (
        f"stride {stride}: expected shape {want.shape}, yours is {out.shape}"
    )
    expect_values(
        out,
        want,
        atol=1e-5,
        err_msg=f"stride {stride}: window (i, j) starts at (i·stride, j·stride), rows and columns",
    )

# %% nbgrader={"grade_id": "test_conv2d_forward_pad", "grade": true, "points": 3}
# The filter picks the pixel in the middle of every window: one zero on each side gives the image
# back, and each further one shows as a frame of zeros.
x = np.arange(1.0, 17.0).reshape(1, 1, 4, 4)
w = np.zeros((1, 1, 3, 3))
w[0, 0, 1, 1] = 1
for pad, frame in ((1, 0), (2, 1), (3, 2)):
    want = np.zeros((1, 1, 4 + 2 * frame, 4 + 2 * frame))
    want[:, :, frame : frame + 4, frame : frame + 4] = x
    out = conv2d_forward(x.copy(), w.copy(), np.zeros(1), pad=pad)
    assert out.shape == want.shape, (
        f"pad {pad}: expected shape {want.shape}, yours is {out.shape}; "
        "zeros go on all four sides of rows and columns, and nowhere else"
    )
    expect_values(
        out, want, atol=1e-5, err_msg=f"pad {pad}: the image stays in the middle of its zeros"
    )

# %% nbgrader={"grade_id": "test_conv2d_forward_dtype", "grade": true, "points": 1}
rng = np.random.default_rng(4)
for dtype in (np.float32, np.float64):
    arrays = [rng.normal(size=s).astype(dtype) for s in ((1, 1, 5, 5), (1, 1, 3, 3), (1,))]
    before = [array.copy() for array in arrays]
    for pad in (0, 1):
        out = conv2d_forward(*arrays, pad=pad)
        assert out.dtype == dtype, (
            f"{dtype.__name__} in: expected {dtype.__name__}, yours is {out.dtype}. np.zeros makes "
            "float64 unless you pass dtype."
        )
    for name, was, now in zip(("x", "w", "b"), before, arrays, strict=True):
        assert np.array_equal(was, now), (
            f"{name} was changed in place: expected as it was; work on a copy"
        )

# %% nbgrader={"grade_id": "test_conv2d_forward_refusal", "grade": true, "points": 1}
for H, W, wrong in [(10, 9, "10 rows"), (9, 12, "12 columns")]:
    try:
        out = conv2d_forward(np.zeros((1, 1, H, W)), np.zeros((1, 1, 3, 3)), np.zeros(1), stride=2)
    except ValueError:
        continue
    except (AssertionError, ZeroDivisionError) as error:
        raise AssertionError(
            f"{wrong}: expected a ValueError, you raised {type(error).__name__}"
        ) from error
    raise AssertionError(
        f"{wrong}, kernel 3 and stride 2 do not fit: expected a ValueError, you returned shape "
        f"{out.shape}. conv_output_size refuses for you, if you ask it for rows and for columns."
    )

# %% [markdown]
# ### Use it: look at what filters see
#
# Four filters, chosen by hand, on a photograph (from scikit-learn; a drawing where that is not
# installed). Two of them look for edges, one blurs, one compares blue with yellow. A trained
# network finds filters much like these for itself in its first layer.


# %% tags=["demonstration"]
def load_picture():
    """A small colour picture (3, H, W), float64 between 0 and 1."""
    try:
        from sklearn.datasets import load_sample_image

        photo = load_sample_image("china.jpg")[:424] / 255  # rows, columns, colours
        return photo.reshape(106, 4, 160, 4, 3).mean(axis=(1, 3)).transpose(2, 0, 1)
    except ImportError:
        rows, columns = np.mgrid[0:106, 0:160]
        sun = (rows - 30) ** 2 + (columns - 115) ** 2 < 18**2
        roof = rows - 45 > np.abs(columns - 55) * 0.7
        sky = np.stack([0.3 + rows / 300, 0.5 + rows / 300, 0.9 - rows / 400])
        drawn = np.where(sun, np.array([1.0, 0.9, 0.2])[:, None, None], sky)
        return np.where(roof, np.array([0.7, 0.3, 0.2])[:, None, None], drawn)


picture = load_picture()
edge = np.array([[-1.0, -2.0, -1.0], [0.0, 0.0, 0.0], [1.0, 2.0, 1.0]])
grey = np.full((3, 1, 1), 1 / 3)
bank = np.stack(
    [
        grey * edge,
        grey * edge.T,
        grey * np.full((3, 3), 1 / 9),
        np.array([-0.5, -0.5, 1.0])[:, None, None] * np.full((3, 3), 1 / 9),
    ]
)
maps = conv2d_forward(picture[None], bank, np.zeros(4), pad=1)[0]
print("picture", picture.shape, "· filters", bank.shape, "· activation maps", maps.shape)

fig, axes = plt.subplots(1, 5, figsize=(12, 2.1), layout="constrained")
axes[0].imshow(picture.transpose(1, 2, 0))
titles = ["horizontal edges", "vertical edges", "blurred", "blue against yellow"]
for ax, plane in zip(axes[1:], maps, strict=True):
    ax.imshow(plane, cmap="gray")
for ax, title in zip(axes, ["input", *titles], strict=True):
    ax.set_title(title, fontsize=10)
    ax.axis("off")

# %% [markdown]
# *The picture and its four activation maps. The two edge filters answer along roofs and along
# columns; the last one is bright where the picture is bluer than it is yellow, in the sky.*
#
# Look at the frame of the edge maps: there is an edge all around, which the picture does not have.
# It is the edge between the picture and your zeros.
#
# ### Predict, then run
#
# Now the picture goes through the horizontal-edge filter twice, the second time over the first map.
# *Before* you run the next cell, write into it: will the second map be brighter along the edges,
# empty, or something else? What will be left of a wall that slowly gets darker from top to bottom?
# Nobody marks this. A prediction that turns out wrong is worth more than a right one, if you can
# say what you had overlooked.

# %% [markdown]
# *My prediction:*
#
# *What came, and what I had overlooked:*

# %% tags=["demonstration"]
grey_edge = edge[None, None]
once = conv2d_forward(picture.mean(axis=0)[None, None], grey_edge, np.zeros(1), pad=1)
twice = conv2d_forward(once, grey_edge, np.zeros(1), pad=1)
wall = np.linspace(1, 0, 12)[:, None] * np.ones((12, 12))
wall_once = conv2d_forward(wall[None, None], grey_edge, np.zeros(1))
wall_twice = conv2d_forward(wall_once, grey_edge, np.zeros(1))
print("the wall after one filter:", wall_once[0, 0, :, 0].round(3))
print("the wall after two filters:", wall_twice[0, 0, :, 0].round(3))
fig, axes = plt.subplots(1, 2, figsize=(6, 2.2), layout="constrained")
for ax, plane, title in zip(axes, (once, twice), ("once", "twice"), strict=True):
    ax.imshow(plane[0, 0, 2:-2, 2:-2], cmap="gray")
    ax.set_title(title, fontsize=10)
    ax.axis("off")

# %% [markdown]
# ## 3 · Send the gradient back
#
# Let $L$ be the loss, and `dout` the gradient $\partial L / \partial \text{out}$ that arrives from
# above. You are asked for the gradients of everything that went in. One rule gives all three: **a
# number that was used several times collects a gradient from every use, and they add up.**
#
# Look at one output value, $\text{out}_{nfij} = b_f + \sum_{cuv} \text{window}_{cuv}\, w_{fcuv}$,
# and at the gradient $g = \text{dout}_{nfij}$ that comes back to it:
#
# - the filter gets $g$ times the window it saw, $\;dw_f \mathrel{+}= g \cdot \text{window}$;
# - the window gets $g$ times the filter it met, $\;d\,\text{window} \mathrel{+}= g \cdot w_f$;
# - the bias gets $g$ itself, $\;db_f \mathrel{+}= g$.
#
# Do that for every output value and you are done. The `+=` is the whole trick. A filter is used at
# every place of every image, and a pixel lies in as many windows as overlap it.
#
# By hand, in one dimension: input $[x_0, x_1, x_2]$, weights $[w_0, w_1]$, so the outputs are
# $x_0 w_0 + x_1 w_1$ and $x_1 w_0 + x_2 w_1$. Pixel $x_1$ was used twice.

# %%
row, weights, arriving = np.array([1.0, 2.0, -1.0]), np.array([3.0, 5.0]), np.array([10.0, 100.0])
d_row, d_weights = np.zeros(3), np.zeros(2)
for i in range(2):
    d_weights += arriving[i] * row[i : i + 2]
    d_row[i : i + 2] += arriving[i] * weights
print("gradient of the weights", d_weights, "= [10·1 + 100·2, 10·2 + 100·(-1)]")
print("gradient of the row    ", d_row, "= [10·3, 10·5 + 100·3, 100·5]")

# %% [markdown]
# With padding, collect the gradient of the *padded* input first. In the end cut the frame off:
# nobody asked for the gradient of your zeros.
#
# ### Write `conv2d_backward`


# %% nbgrader={"grade_id": "conv2d_backward", "solution": true}
def conv2d_backward(dout, x, w, b, *, stride=1, pad=0):
    """Turn the gradient of the output into the gradients of input, filters and biases.

    db[f]          = Σ_{n,i,j} dout[n, f, i, j]
    dw[f, c, u, v] = Σ_{n,i,j} dout[n, f, i, j] · padded[n, c, i·stride + u, j·stride + v]
    dpadded[n, c, i·stride + u, j·stride + v] collects dout[n, f, i, j] · w[f, c, u, v] over all
    f, i, j, u, v; dx is dpadded without its frame

    Parameters
    ----------
    dout : array (N, F, OH, OW)
        Gradient of the loss with respect to what `conv2d_forward(x, w, b, ...)` returned.
    x, w, b, stride, pad
        As they were given to `conv2d_forward`; you may rely on their fitting together.

    Returns
    -------
    (dx, dw, db)
        In this order, with the shapes of x, w and b, and their dtype.

    Raises
    ------
    ValueError
        If the arrays' axes do not go together.

    Source: CS231n notes, "Backpropagation" of the convolutional layer; LeCun et al. (1989).
    """
    expect_axes(dout=(dout, "N F OH OW"), x=(x, "N C H W"), w=(w, "F C KH KW"), b=(b, "F"))
    ### BEGIN SOLUTION
    N, _, H, W = x.shape
    F, _, KH, KW = w.shape
    OH, OW = dout.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw, db = np.zeros_like(padded), np.zeros_like(w), np.zeros_like(b)
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    rows = slice(i * stride, i * stride + KH)
                    columns = slice(j * stride, j * stride + KW)
                    dpadded[n, :, rows, columns] += dout[n, f, i, j] * w[f]
                    dw[f] += dout[n, f, i, j] * padded[n, :, rows, columns]
                    db[f] += dout[n, f, i, j]
    return dpadded[:, :, pad : pad + H, pad : pad + W], dw, db
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_conv2d_backward_dx", "grade": true, "points": 3}
# The one-dimensional example above, lying in a row, and then standing in a column.
arriving, row, weights = (
    np.array(values).reshape(1, 1, 1, -1)
    for values in ([10.0, 100.0], [1.0, 2.0, -1.0], [3.0, 5.0])
)
for turn, name in (((0, 1, 2, 3), "row"), ((0, 1, 3, 2), "column")):
    dx = conv2d_backward(
        *(a.transpose(turn).copy() for a in (arriving, row, weights)), np.zeros(1)
    )[0]
    assert isinstance(dx, np.ndarray), (
        f"expected three arrays (dx, dw, db), but dx is {type(dx).__name__}"
    )
    want = np.array([[[[30.0, 350.0, 500.0]]]]).transpose(turn)
    assert dx.shape == want.shape, f"dx: expected x's shape {want.shape}, yours is {dx.shape}"
    expect_values(
        dx, want, err_msg=f"the example by hand, as a {name}: what windows share is added up"
    )

# One value of dout at a time: the filter itself comes back, where its window was.
rng = np.random.default_rng(5)
x, w = rng.normal(size=(2, 3, 5, 7)), rng.normal(size=(4, 3, 2, 3))
one_by_one, together = np.zeros(x.shape), np.zeros((2, 4, 4, 5))
for n, f, i, j in [(0, 2, 1, 3), (0, 1, 2, 4), (1, 3, 3, 0)]:
    dout, want = np.zeros((2, 4, 4, 5)), np.zeros(x.shape)
    dout[n, f, i, j] = together[n, f, i, j] = 1
    want[n, :, i : i + 2, j : j + 3] = w[f]
    dx = conv2d_backward(dout, x, w, np.zeros(4))[0]
    expect_values(
        dx,
        want,
        atol=1e-5,
        err_msg=f"dx if dout is 1 at {n, f, i, j} and 0 elsewhere: w[{f}] there",
    )
    one_by_one += dx
expect_values(
    conv2d_backward(together, x, w, np.zeros(4))[0],
    one_by_one,
    atol=1e-5,
    err_msg="dx if dout has three ones: the sum of what each of them gives alone",
)

# %% nbgrader={"grade_id": "test_conv2d_backward_dw", "grade": true, "points": 3}
dw = conv2d_backward(
    np.array([[[[10.0, 100.0]]]]),
    np.array([[[[1.0, 2.0, -1.0]]]]),
    np.array([[[[3.0, 5.0]]]]),
    np.zeros(1),
)[1]
assert dw.shape == (1, 1, 1, 2), f"dw: expected w's shape (1, 1, 1, 2), yours is {dw.shape}"
expect_values(
    dw[0, 0, 0], [210.0, -80.0], err_msg="the example by hand: weights collect from every place"
)

# One value of dout at a time: the window it came from is the gradient of its filter.
rng = np.random.default_rng(6)
x, w = rng.normal(size=(2, 3, 5, 7)), rng.normal(size=(4, 3, 2, 3))
one_by_one, together = np.zeros(w.shape), np.zeros((2, 4, 4, 5))
for n, f, i, j in [(0, 2, 1, 3), (1, 2, 3, 0), (1, 0, 0, 4)]:
    dout, want = np.zeros((2, 4, 4, 5)), np.zeros(w.shape)
    dout[n, f, i, j] = together[n, f, i, j] = 1
    want[f] = x[n, :, i : i + 2, j : j + 3]
    dw = conv2d_backward(dout, x, w, np.zeros(4))[1]
    assert dw.shape == w.shape, f"dw: expected w's shape {w.shape}, yours is {dw.shape}"
    expect_values(
        dw,
        want,
        atol=1e-5,
        err_msg=f"dw if dout is 1 at {n, f, i, j} and 0 elsewhere: dw[{f}] is that window",
    )
    one_by_one += dw
expect_values(
    conv2d_backward(together, x, w, np.zeros(4))[1],
    one_by_one,
    atol=1e-5,
    err_msg="dw if dout has three ones, in both images: the sum of what each of them gives alone",
)

# %% nbgrader={"grade_id": "test_conv2d_backward_db", "grade": true, "points": 1}
rng = np.random.default_rng(7)
x, w, b = rng.normal(size=(3, 2, 4, 4)), rng.normal(size=(4, 2, 3, 3)), rng.normal(size=4)
dout = rng.normal(size=(3, 4, 4, 4))
want = [dout[:, f].sum() for f in range(4)]
db = conv2d_backward(dout, x, w, b, pad=1)[2]
assert db.shape == b.shape, f"db: expected b's shape {b.shape}, yours is {db.shape}"
expect_values(
    db,
    want,
    atol=1e-5,
    err_msg="db[f] is the sum of dout[:, f]: over images, rows and columns",
)

# %% nbgrader={"grade_id": "test_conv2d_backward_geometry", "grade": true, "points": 4}
# One value of dout again. With a stride its window lies elsewhere, and with padding part of the
# window may lie on the frame. Asked of each gradient that is right without the two.
rng = np.random.default_rng(8)
x, w = rng.normal(size=(1, 1, 7, 7)), rng.normal(size=(1, 1, 3, 3))


def one_window(stride, pad, place):
    """What conv2d_backward should make of a dout that is 1 at one place, and what it makes."""
    framed = np.zeros((7 + 2 * pad, 7 + 2 * pad))
    framed[pad : pad + 7, pad : pad + 7] = x[0, 0]
    rows, columns = (slice(at * stride, at * stride + 3) for at in place)
    spread = np.zeros(framed.shape)
    spread[rows, columns] = w[0, 0]
    wanted = spread[None, None, pad : pad + 7, pad : pad + 7], framed[None, None, rows, columns]
    places = (7 - 3 + 2 * pad) // stride + 1
    dout = np.zeros((1, 1, places, places))
    dout[0, 0, place[0], place[1]] = 1
    dx, dw, _ = conv2d_backward(dout, x, w, np.zeros(1), stride=stride, pad=pad)
    return {"dx": (dx, wanted[0]), "dw": (dw, wanted[1])}


right = [
    name
    for name, (got, want) in one_window(1, 0, (1, 2)).items()
    if np.shape(got) == want.shape and np.allclose(got, want)
]
assert right, "expected dx or dw to be right at stride 1 and pad 0 first, yours are not: see above"
for stride, pad, place in [
    (2, 0, (1, 2)),
    (4, 0, (0, 1)),
    (1, 1, (3, 0)),
    (1, 2, (8, 4)),
    (2, 1, (2, 1)),
]:
    for name, (got, want) in one_window(stride, pad, place).items():
        if name in right:
            expect_values(
                got,
                want,
                atol=1e-5,
                err_msg=f"{name} at stride {stride}, pad {pad}, if dout is 1 at {place} only",
            )

# %% nbgrader={"grade_id": "test_conv2d_backward_dtype", "grade": true, "points": 1}
rng = np.random.default_rng(11)
shapes = {"dout": (1, 1, 4, 4), "x": (1, 1, 4, 4), "w": (1, 1, 3, 3), "b": (1,)}
for dtype in (np.float32, np.float64):
    arrays = [rng.normal(size=shape).astype(dtype) for shape in shapes.values()]
    before = [array.copy() for array in arrays]
    grads = conv2d_backward(*arrays, pad=1)
    for name, got in zip(("dx", "dw", "db"), grads, strict=True):
        came = getattr(got, "dtype", dtype)  # what is no array fails the checks above
        assert came == dtype, f"{dtype.__name__} in: expected the same, but {name} is {came}"
    for name, was, now in zip(shapes, before, arrays, strict=True):
        assert np.array_equal(was, now), (
            f"{name} was changed in place: expected as it was; work on a copy"
        )

# %% [markdown]
# ### Write a gradient check of your own
#
# You will write many backward passes, and nobody will hand you checks for them. Make one: a
# gradient is the slope of the loss, and a slope can be measured. Take $L = \sum \text{dout} \cdot
# \text{out}$, whose gradient with respect to `out` is `dout`. Move *one* number of an array up by 1
# and down by 1; half the difference of the two losses is the slope along that number. (A
# convolution is linear in each of $x$, $w$ and $b$, so this is exact for any step. For a curved
# loss take a small one, such as $10^{-5}$.)
#
# Write `numerical_gradient` and run the two cells. All three differences should be about
# $10^{-14}$. Then break your `conv2d_backward` on purpose, say by a missing stride, and see which
# of them tells you. This is not graded.


# %%
def numerical_gradient(loss, array):
    """The slope of loss() along every number of `array`, which is left as it was.

    loss : a function without arguments that computes the loss from `array` as it is now
    """
    slopes = np.zeros_like(array)
    for _index in np.ndindex(array.shape):
        pass  # your turn: move array[_index] up, ask loss(), move it down, ask again, put it back
    return slopes


# %% tags=["demonstration"]
rng = np.random.default_rng(10)
how = {"stride": 2, "pad": 1}
arrays = {
    "x": rng.normal(size=(2, 2, 3, 5)),
    "w": rng.normal(size=(3, 2, 3, 1)),
    "b": rng.normal(size=3),
}
dout = rng.normal(size=(2, 3, 2, 4))
grads = conv2d_backward(dout, *arrays.values(), **how)
for (name, array), grad in zip(arrays.items(), grads, strict=True):
    slopes = numerical_gradient(
        lambda: np.sum(dout * conv2d_forward(*arrays.values(), **how)), array
    )
    print(f"d{name}: largest difference {np.abs(slopes - grad).max():.0e}")

# %% [markdown]
# <details><summary>One way to write it</summary>
#
# ```python
# def numerical_gradient(loss, array):
#     slopes = np.zeros_like(array)
#     for index in np.ndindex(array.shape):
#         kept = array[index]
#         array[index] = kept + 1
#         above = loss()
#         array[index] = kept - 1
#         slopes[index] = (above - loss()) / 2
#         array[index] = kept
#     return slopes
# ```
#
# </details>
#
# ### Use it: let gradient descent find a filter
#
# Nobody will choose filters by hand again. Take noise as input, and as target what two hidden
# filters make of it. Start from random filters, and let your `conv2d_backward` tell them where to
# go.

# %% tags=["demonstration"]
rng = np.random.default_rng(12)
noise = rng.normal(size=(2, 1, 15, 15))
hidden = np.stack([edge, edge.T])[:, None] / 4
target = conv2d_forward(noise, hidden, np.array([0.5, -0.5]), stride=2, pad=1)
w, b = rng.normal(size=hidden.shape), np.zeros(2)
start, losses = w.copy(), []
for _ in range(40):
    error = conv2d_forward(noise, w, b, stride=2, pad=1) - target
    losses.append(np.mean(error**2))
    # error over the number of places: the gradient of half the mean square, for each filter
    _, dw, db = conv2d_backward(error / error[:, 0].size, noise, w, b, stride=2, pad=1)
    w, b = w - 0.5 * dw, b - 0.5 * db
print(f"mean squared error: {losses[0]:.3f} at first, {losses[-1]:.1e} after {len(losses)} steps")
print("biases:", b.round(4))

fig, axes = plt.subplots(1, 7, figsize=(12, 2.2), layout="constrained", width_ratios=[2] + [1] * 6)
axes[0].semilogy(losses, color=BLUE)
axes[0].set(xlabel="step", ylabel="error")
for ax, plane, title in zip(
    axes[1:],
    [side[f, 0] for f in range(2) for side in (start, w, hidden)],
    [f"{side} {f}" for f in (1, 2) for side in ("start", "learned", "hidden")],
    strict=True,
):
    ax.imshow(plane, cmap="RdBu", vmin=-1, vmax=1)
    ax.set_title(title, fontsize=10)
    ax.axis("off")

# %% [markdown]
# *The error falls steadily on its logarithmic axis; beside it the two filters at the start, as
# learned, and as they were hidden (blue positive, red negative). Learned and hidden cannot be told
# apart.*

# %% [markdown]
# ### Look closer: is the backward pass a convolution?
#
# The notes say that it is one, with flipped filters, for the data and for the weights. That is half
# right, and you have all you need to see which half.
#
# - For the **data**: yes. Spread `dout` out (stride minus one zeros between its values), frame it
#   with zeros, and convolve it with the *flipped* filters, whose axes F and C change places.
# - For the **weights**: a correlation of the padded input with the spread-out `dout`, and nothing
#   is flipped.

# %%
stride, pad, K = 2, 1, 3
rng = np.random.default_rng(15)
x, w = rng.normal(size=(2, 3, 7, 9)), rng.normal(size=(4, 3, K, K))
dout = rng.normal(size=(2, 4, 4, 5))
dx, dw, _ = conv2d_backward(dout, x, w, np.zeros(4), stride=stride, pad=pad)

spread = np.zeros((2, 4, 7, 9))
spread[:, :, ::stride, ::stride] = dout
flipped = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
dx_too = conv2d_forward(spread, flipped, np.zeros(3), pad=K - 1 - pad)

swap = (1, 0, 2, 3)
framed = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
dw_too = conv2d_forward(framed.transpose(swap), spread.transpose(swap), np.zeros(4)).transpose(swap)
print("dx: largest difference", f"{np.abs(dx - dx_too).max():.0e}")
print("dw: largest difference", f"{np.abs(dw - dw_too).max():.0e}")

# %% [markdown]
# One more way to see it. Without biases a convolution is a matrix times $x$; then the backward pass
# is the *transposed* matrix times `dout`, and a transpose is what fulfils
#
# $$\langle \text{conv}(x),\ y \rangle = \langle x,\ \text{conv}^\mathsf{T}(y) \rangle$$
#
# for all $x$ and $y$. This *adjoint identity* checks a backward pass against its forward pass with
# two sums, however large the arrays are. It cannot see a mistake that both of them make.

# %%
out = conv2d_forward(x, w, np.zeros(4), stride=stride, pad=pad)
print("⟨conv(x), dout⟩ =", f"{np.sum(out * dout):.9f}")
print("⟨x, dx⟩         =", f"{np.sum(x * dx):.9f}")

# %% [markdown]
# ## 4 · Open holes in the filter: dilation
#
# A filter of 3 taps need not sit on 3 neighbours. With dilation $D$ its taps stand $D$ apart, so
# that it spans $(F - 1)\,D + 1$ values and still has $F$ weights:
#
# $$
# \text{out}_{n f i j} = b_f + \sum_{c u v}
#     x^{\text{padded}}_{n,\, c,\, iS + uD,\, jS + vD}\; w_{f c u v}
# $$
#
# **Mind the counting.** Here and in PyTorch dilation 1 is the ordinary convolution. The notes count
# the holes and call it 0; their 1 is our 2.

# %%
row, weights = [1, 2, 3, 4, 5, 6], [1, 0, -1]
for dilation in (1, 2):
    span = (len(weights) - 1) * dilation + 1
    places = range(len(row) - span + 1)
    taps = [[start + k * dilation for k in range(len(weights))] for start in places]
    values = [sum(row[t] * v for t, v in zip(tap, weights, strict=True)) for tap in taps]
    print(f"dilation {dilation}: spans {span}, reads places {taps}, answers {values}")

# %% [markdown]
# ### Write `dilated_conv2d_forward`
#
# It differs from `conv2d_forward` in two spots: how long the filter is, and which values it reads.


# %% nbgrader={"grade_id": "dilated_conv2d_forward", "solution": true}
def dilated_conv2d_forward(x, w, b, *, stride=1, pad=0, dilation=1):
    """Convolve with filters whose taps stand `dilation` apart.

    out[n, f, i, j] =
        b[f] + Σ_{c,u,v} padded[n, c, i·stride + u·dilation, j·stride + v·dilation] · w[f, c, u, v]

    Parameters
    ----------
    x : array (N, C, H, W)
    w : array (F, C, KH, KW)
        Spans (KH - 1)·dilation + 1 rows and (KW - 1)·dilation + 1 columns.
    b : array (F,)
    stride, pad : int
        As in `conv2d_forward`.
    dilation : int
        Distance from tap to tap; 1 is the ordinary convolution (PyTorch's way of counting).

    Returns
    -------
    out : array (N, F, OH, OW)
        In the arrays' common dtype, float64 or float32.

    Raises
    ------
    ValueError
        If the filter's span does not tile the rows or the columns: `conv_output_size` refuses for
        you, if you ask it about the span. Also if the arrays' axes do not go together.

    Source: CS231n notes, "Dilated convolutions"; Yu and Koltun (2016), "Multi-scale context
    aggregation by dilated convolutions".
    """
    expect_axes(x=(x, "N C H W"), w=(w, "F C KH KW"), b=(b, "F"))
    ### BEGIN SOLUTION
    N, _, H, W = x.shape
    F, _, KH, KW = w.shape
    span_rows, span_columns = (KH - 1) * dilation + 1, (KW - 1) * dilation + 1
    OH = conv_output_size(H, span_rows, stride=stride, pad=pad)
    OW = conv_output_size(W, span_columns, stride=stride, pad=pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), dtype=x.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    rows = slice(i * stride, i * stride + span_rows, dilation)
                    columns = slice(j * stride, j * stride + span_columns, dilation)
                    out[n, f, i, j] = np.sum(padded[n, :, rows, columns] * w[f]) + b[f]
    return out
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_dilated_conv2d_forward_value", "grade": true, "points": 2}
x = np.arange(1.0, 7.0).reshape(1, 1, 1, 6)
w = np.array([[[[1.0, 0.0, -2.0]]]])
for turn, line in (((0, 1, 2, 3), "row"), ((0, 1, 3, 2), "column")):
    for dilation, values in ((1, [-5.0, -6.0, -7.0, -8.0]), (2, [-9.0, -10.0])):
        want = np.array(values).reshape(1, 1, 1, -1).transpose(turn)
        out = dilated_conv2d_forward(
            x.transpose(turn).copy(), w.transpose(turn).copy(), np.zeros(1), dilation=dilation
        )
        assert out.shape == want.shape, (
            f"a {line} of 6, 3 taps, dilation {dilation}: expected shape {want.shape}, yours is "
            f"{out.shape}. The filter spans (3 - 1)·dilation + 1 values."
        )
        expect_values(
            out,
            want,
            err_msg=f"{line}, dilation {dilation}: each answer is x[i] - 2·x[i + 2·dilation]",
        )

# Filters with a single 1 again: that tap reads `dilation` times its row and column further on.
rng = np.random.default_rng(13)
x, taps = rng.normal(size=(2, 2, 9, 8)), [(0, 0, 0), (1, 2, 1), (1, 1, 0)]
w = np.zeros((3, 2, 3, 2))
for f, (c, u, v) in enumerate(taps):
    w[f, c, u, v] = 1
for dilation in (1, 2, 4):
    OH, OW = 9 - 2 * dilation, 8 - dilation
    out = dilated_conv2d_forward(x.copy(), w.copy(), np.zeros(3), dilation=dilation)
    assert out.shape == (2, 3, OH, OW), (
        f"9 × 8 pixels, 3 × 2 taps, dilation {dilation}: expected shape {(2, 3, OH, OW)}, yours is "
        f"{out.shape}"
    )
    for f, (c, u, v) in enumerate(taps):
        top, left = u * dilation, v * dilation
        expect_values(
            out[:, f],
            x[:, c, top : top + OH, left : left + OW],
            atol=1e-5,
            err_msg=f"dilation {dilation}, the filter's only 1 in channel {c}, row {u}, column {v}",
        )

# %% nbgrader={"grade_id": "test_dilated_conv2d_forward_geometry", "grade": true, "points": 2}
# Stride, padding and bias do what they did before: compared with your own answers without them.
rng = np.random.default_rng(16)
x, w = rng.normal(size=(1, 1, 15, 15)), rng.normal(size=(1, 1, 3, 3))


def your_answer(x, bias=0.0, **how):
    return dilated_conv2d_forward(x.copy(), w.copy(), np.array([bias]), dilation=3, **how)


plain = your_answer(x)
for stride in (2, 4):
    out, want = your_answer(x, stride=stride), plain[:, :, ::stride, ::stride]
    assert out.shape == want.shape, (
        f"stride {stride}, dilation 3: expected shape {want.shape}, yours is {out.shape}"
    )
    expect_values(
        out,
        want,
        atol=1e-5,
        err_msg=f"stride {stride}, dilation 3: every {stride}th of your answers at stride 1 comes",
    )
for pad in (1, 3):
    framed = np.zeros((1, 1, 15 + 2 * pad, 15 + 2 * pad))
    framed[:, :, pad : pad + 15, pad : pad + 15] = x
    out, want = your_answer(x, pad=pad), your_answer(framed)
    assert out.shape == want.shape, (
        f"pad {pad}, dilation 3: expected shape {want.shape}, yours is {out.shape}"
    )
    expect_values(
        out, want, atol=1e-5, err_msg=f"pad {pad}, dilation 3: as if x had come with its zeros"
    )
expect_values(
    your_answer(x, bias=0.5),
    plain + 0.5,
    atol=1e-5,
    err_msg="a bias of 0.5 should make every value of your answer without bias larger by 0.5",
)

# %% nbgrader={"grade_id": "test_dilated_conv2d_forward_dtype", "grade": true, "points": 0.5}
for dtype in (np.float32, np.float64):
    arrays = [np.ones(shape, dtype) for shape in ((1, 1, 7, 7), (1, 1, 3, 3), (1,))]
    before = [array.copy() for array in arrays]
    out = dilated_conv2d_forward(*arrays, dilation=2)
    assert out.dtype == dtype, (
        f"{dtype.__name__} in: expected {dtype.__name__}, yours is {out.dtype}; np.zeros takes a "
        "dtype"
    )
    for name, was, now in zip(("x", "w", "b"), before, arrays, strict=True):
        assert np.array_equal(was, now), (
            f"{name} was changed in place: expected as it was; work on a copy"
        )

# %% nbgrader={"grade_id": "test_dilated_conv2d_forward_refusal", "grade": true, "points": 0.5}
for H, W, wrong in [(10, 11, "10 rows"), (11, 12, "12 columns")]:
    try:
        out = dilated_conv2d_forward(
            np.zeros((1, 1, H, W)), np.zeros((1, 1, 3, 3)), np.zeros(1), stride=2, dilation=2
        )
    except ValueError:
        continue
    except (AssertionError, ZeroDivisionError) as error:
        raise AssertionError(
            f"{wrong}: expected a ValueError, you raised {type(error).__name__}"
        ) from error
    raise AssertionError(
        f"{wrong}: a span of (3 - 1)·2 + 1 = 5 and stride 2 do not fit: expected a ValueError, you "
        f"returned shape {out.shape}"
    )

# %% [markdown]
# ### Use it: how far does a stack of layers see?
#
# Light one pixel, send it through a stack of 3 × 3 layers whose weights are all 1, and see which
# outputs it reaches. As the filters are symmetric, that is also what one output in the middle sees:
# its **receptive field**. Each value counts the paths between the two.


# %% tags=["demonstration"]
def light_through(dilations, side=17):
    """The paths from one lit pixel through 3 × 3 layers with the given dilations."""
    volume = np.zeros((1, 1, side, side))
    volume[0, 0, side // 2, side // 2] = 1
    for dilation in dilations:
        volume = dilated_conv2d_forward(
            volume, np.ones((1, 1, 3, 3)), np.zeros(1), pad=dilation, dilation=dilation
        )
    return volume[0, 0]


fig, axes = plt.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
for ax, dilations in zip(axes, [(1, 1, 1), (2, 2), (1, 2, 4)], strict=True):
    paths = light_through(dilations)
    rows = np.flatnonzero(paths.any(axis=1))
    seen = rows.max() - rows.min() + 1
    print(f"dilations {dilations}: {seen} × {seen}, of it {np.count_nonzero(paths)} pixels touched")
    # vmin below zero: no colour so dark that it is lost on a dark page
    ax.imshow(np.where(paths > 0, paths, np.nan), cmap="viridis", vmin=-paths.max() / 2)
    ax.set_title(f"dilations {', '.join(map(str, dilations))}: {seen} × {seen}", fontsize=10)
    ax.set(xticks=[], yticks=[])

# %% [markdown]
# *What one output sees (coloured; brighter means more paths). Three ordinary layers see 7 × 7. Two
# layers at dilation 2 see 9 × 9, but through a sieve: they touch only every other pixel. Dilations
# 1, 2, 4 see 15 × 15 without a hole, with the 27 weights of the first stack.*

# %% [markdown]
# ## 5 · Stop sharing: the locally connected layer
#
# A convolution uses *one* set of weights at all places. That is an assumption: what is worth
# finding here is worth finding there. It saves an enormous number of parameters. Count them for the
# layer of section 1:

# %%
side = conv_output_size(227, 11, stride=4)
neurons, weights_each = side * side * 96, 11 * 11 * 3
print(f"{side} × {side} × 96 = {neurons:,} outputs, each with {weights_each} weights and 1 bias")
print(f"every place its own: {neurons * (weights_each + 1):,} parameters")
print(f"shared:              {96 * (weights_each + 1):,} parameters")
print(f"and in both cases:   {neurons * weights_each:,} multiplications for one image")

# %% [markdown]
# (If your edition of the notes says that 11 · 11 · 3 is 364, it has counted the bias.)
#
# Where every image has the same layout, the assumption is false. In centred faces, eyes are up and
# mouths are down, and a filter for eyes is wasted on chins. DeepFace (Taigman et al., 2014) kept
# the windows and dropped the sharing. Such a layer is called **locally connected**:
#
# $$
# \text{out}_{n f i j} = b_{f i j} + \sum_{c u v}
#     x^{\text{padded}}_{n,\, c,\, iS + u,\, jS + v}\; w_{i j f c u v}
# $$
#
# Weights and biases get the place $(i, j)$ as further axes.
#
# ### Write `locally_connected_forward`


# %% nbgrader={"grade_id": "locally_connected_forward", "solution": true}
def locally_connected_forward(x, w, b, *, stride=1, pad=0):
    """Convolve without sharing: every place has filters and biases of its own.

    out[n, f, i, j] = b[f, i, j]
        + Σ_{c,u,v} padded[n, c, i·stride + u, j·stride + v] · w[i, j, f, c, u, v]

    Parameters
    ----------
    x : array (N, C, H, W)
    w : array (OH, OW, F, C, KH, KW)
        The filters of each place.
    b : array (F, OH, OW)
        The biases of each place.
    stride, pad : int
        As in `conv2d_forward`.

    Returns
    -------
    out : array (N, F, OH, OW)
        In the arrays' common dtype, float64 or float32.

    Raises
    ------
    ValueError
        If the windows do not tile the rows or the columns: `conv_output_size` refuses for you, with
        the numbers of the direction that fails. Also if the arrays' axes do not go together.

    Source: CS231n notes, "Parameter sharing"; Taigman et al. (2014), "DeepFace".
    """
    expect_axes(x=(x, "N C H W"), w=(w, "OH OW F C KH KW"), b=(b, "F OH OW"))
    ### BEGIN SOLUTION
    N, _, H, W = x.shape
    _, _, F, _, KH, KW = w.shape
    OH = conv_output_size(H, KH, stride=stride, pad=pad)
    OW = conv_output_size(W, KW, stride=stride, pad=pad)
    if w.shape[:2] != (OH, OW):
        raise ValueError(f"w holds filters for {w.shape[:2]} places, but there are {(OH, OW)}")
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, OH, OW), dtype=x.dtype)
    for n in range(N):
        for f in range(F):
            for i in range(OH):
                for j in range(OW):
                    top, left = i * stride, j * stride
                    window = padded[n, :, top : top + KH, left : left + KW]  # (C, KH, KW)
                    out[n, f, i, j] = np.sum(window * w[i, j, f]) + b[f, i, j]
    return out
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_locally_connected_forward_value", "grade": true, "points": 2}
# A row of 3 and two taps: place 0 adds its window, place 1 takes ten times the difference.
x = np.array([[[[1.0, 2.0, 5.0]]]])
w = np.array([[1.0, 1.0], [10.0, -10.0]]).reshape(1, 2, 1, 1, 1, 2)
out = locally_connected_forward(x, w.copy(), np.zeros((1, 1, 2)))
assert out.shape == (1, 1, 1, 2), f"expected shape (1, 1, 1, 2), yours is {out.shape}"
expect_values(
    out[0, 0, 0],
    [3.0, -30.0],
    err_msg="1·1 + 2·1, and 2·10 - 5·10: each place uses weights of its own",
)
out = locally_connected_forward(x, w, np.array([0.5, 7.0]).reshape(1, 1, 2))
expect_values(
    out[0, 0, 0], [3.5, -23.0], err_msg="with biases 0.5 and 7: each place adds its own, once"
)

# Each filter of each place picks another pixel of its window.
rng = np.random.default_rng(14)
x = rng.normal(size=(2, 3, 5, 6))
w, want = np.zeros((4, 4, 2, 3, 2, 3)), np.zeros((2, 2, 4, 4))
for i, j, f in np.ndindex(4, 4, 2):
    c, u, v = (i + j + f) % 3, (i + f) % 2, j % 3
    w[i, j, f, c, u, v] = 1
    want[:, f, i, j] = x[:, c, i + u, j + v]
out = locally_connected_forward(x.copy(), w.copy(), np.zeros((2, 4, 4)))
assert out.shape == want.shape, (
    f"5 × 6 pixels, 2 × 3 taps: expected shape {want.shape}, yours is {out.shape}"
)
expect_values(
    out, want, atol=1e-5, err_msg="w[i, j, f] has a single 1: place (i, j) should pick that pixel"
)

# %% nbgrader={"grade_id": "test_locally_connected_forward_geometry", "grade": true, "points": 2}
# Stride and padding, compared with your own answers without them: a stride leaves places out, and
# their weights with them.
rng = np.random.default_rng(17)
x, w = rng.normal(size=(1, 1, 7, 7)), rng.normal(size=(5, 5, 1, 1, 3, 3))
plain = locally_connected_forward(x.copy(), w.copy(), np.zeros((1, 5, 5)))
for stride in (2, 4):
    some = w[::stride, ::stride]
    out = locally_connected_forward(
        x.copy(), some.copy(), np.zeros((1, *some.shape[:2])), stride=stride
    )
    expect_values(
        out,
        plain[:, :, ::stride, ::stride],
        atol=1e-5,
        err_msg=f"stride {stride}: every {stride}th of your answers at stride 1 should come",
    )
for pad in (1, 2):
    framed = np.zeros((1, 1, 7 + 2 * pad, 7 + 2 * pad))
    framed[:, :, pad : pad + 7, pad : pad + 7] = x
    places = 5 + 2 * pad
    w, b = rng.normal(size=(places, places, 1, 1, 3, 3)), np.zeros((1, places, places))
    expect_values(
        locally_connected_forward(x.copy(), w.copy(), b, pad=pad),
        locally_connected_forward(framed, w.copy(), b),
        atol=1e-5,
        err_msg=f"pad {pad}: expected what you return for x with its zeros around it",
    )

# %% nbgrader={"grade_id": "test_locally_connected_forward_dtype", "grade": true, "points": 0.5}
for dtype in (np.float32, np.float64):
    arrays = [np.ones(shape, dtype) for shape in ((1, 1, 5, 5), (3, 3, 1, 1, 3, 3), (1, 3, 3))]
    before = [array.copy() for array in arrays]
    out = locally_connected_forward(*arrays)
    assert out.dtype == dtype, (
        f"{dtype.__name__} in: expected {dtype.__name__}, yours is {out.dtype}; np.zeros takes a "
        "dtype"
    )
    for name, was, now in zip(("x", "w", "b"), before, arrays, strict=True):
        assert np.array_equal(was, now), (
            f"{name} was changed in place: expected as it was; work on a copy"
        )

# %% nbgrader={"grade_id": "test_locally_connected_forward_refusal", "grade": true, "points": 0.5}
for H, W, wrong in [(10, 9, "10 rows"), (9, 12, "12 columns")]:
    OH, OW = (H - 3) // 2 + 1, (W - 3) // 2 + 1
    try:
        out = locally_connected_forward(
            np.zeros((1, 1, H, W)),
            np.zeros((OH, OW, 1, 1, 3, 3)),
            np.zeros((1, OH, OW)),
            stride=2,
        )
    except ValueError:
        continue
    except (AssertionError, ZeroDivisionError) as error:
        raise AssertionError(
            f"{wrong}: expected a ValueError, you raised {type(error).__name__}"
        ) from error
    raise AssertionError(
        f"{wrong}, kernel 3 and stride 2 do not fit: expected a ValueError, you returned shape "
        f"{out.shape}. w's shape has OH and OW, but nobody has checked them yet."
    )

# %% [markdown]
# ### Use it: move the face
#
# A drawn face. The convolution has one filter, the left eye. The locally connected layer has at
# each place a filter for what belongs *there*: every patch of the centred face, its mean taken
# away. Then the face moves by three rows and four columns.


# %% tags=["demonstration"]
def draw_face(down=0, right=0):
    """Two eyes and a mouth on a 24 × 24 plane, moved by `down` rows and `right` columns."""
    rows, columns = np.mgrid[0:24, 0:24]
    rows, columns = rows - down, columns - right
    eyes = sum((rows - 8) ** 2 + (columns - c) ** 2 <= 2 for c in (7, 14))
    curve = (rows - 0.5 * (columns - 10.5) ** 2 * -0.06 - 16).round() == 0
    return eyes + 1.0 * (curve & (np.abs(columns - 10.5) < 5))


def centred(patch):
    return patch - patch.mean()


K = 5
centre, moved = draw_face(), draw_face(down=3, right=4)
places = conv_output_size(24, K)
eye = centred(centre[6 : 6 + K, 5 : 5 + K])[None, None]
own = np.zeros((places, places, 1, 1, K, K))
for i in range(places):
    for j in range(places):
        own[i, j, 0, 0] = centred(centre[i : i + K, j : j + K])

fig, axes = plt.subplots(2, 3, figsize=(7.5, 5), layout="constrained")
for line, face, name in zip(axes, (centre, moved), ("centred", "moved"), strict=True):
    shared_map = conv2d_forward(face[None, None], eye, np.zeros(1))[0, 0]
    local_map = locally_connected_forward(face[None, None], own, np.zeros((1, places, places)))[
        0, 0
    ]
    where = [tuple(map(int, at)) for at in np.argwhere(np.isclose(shared_map, shared_map.max()))]
    print(f"{name}: shared filter peaks at {where}; local answers sum to {local_map.sum():.1f}")
    for ax, plane, title in zip(
        line,
        (face, shared_map, local_map),
        (f"{name} face", "one shared eye filter", "a filter for each place"),
        strict=True,
    ):
        if plane is face:
            ax.imshow(plane, cmap="gray")
        else:
            ax.imshow(plane, cmap="RdBu", vmin=-5, vmax=5)
        ax.set_title(title, fontsize=10)
        ax.axis("off")

# %% [markdown]
# *Above the centred face, below the moved one; in the maps blue is a yes, white is nothing, red a
# no. The shared filter finds both eyes both times, and its map moves with the face. The local
# filters say yes all over the face they know, and a faint no once it has moved.*

# %% [markdown]
# ## 6 · Say it in words (5 points, read by a person)
#
# A layer takes 32 × 32 × 3 images and has ten 5 × 5 filters, stride 1, padding 2.
#
# 1. **(1 point)** How many parameters does it have as a convolutional layer, and how many as a
#    locally connected one? Show the products.
# 2. **(2 points)** Passport photographs, cropped so that the eyes are always in the same place, and
#    satellite images of farmland: which of the two layers would you try for which, and why? Name
#    what sharing assumes, and say what the picture of the moved face shows. One point for each data
#    set, and only with a reason.
# 3. **(1 point)** The images become 48 × 48. What happens to each of the two layers?
# 4. **(1 point)** A classmate's `conv2d_forward` gives the right shapes, but reads its windows at
#    `(i, j)` and not at `(i*stride, j*stride)`. It passes every check with stride 1. Describe the
#    smallest check that catches it: input, filter, stride, what is expected, what comes.

# %% [markdown] nbgrader={"grade_id": "written_share", "grade": true, "solution": true, "points": 5}
# 1. As a convolutional layer 10 · (5 · 5 · 3 + 1) = 760. As a locally connected one each of the
#    32 · 32 · 10 = 10,240 outputs has its own 76 parameters: 778,240, which is 1,024 times as many.
# 2. Sharing assumes that a feature worth finding at one place is worth finding at every place.
#    *Satellite images*: a field's edge may lie anywhere, so the assumption holds; use the
#    convolutional layer, whose map moves with the input, and which learns from all places at once.
#    *Passport photographs*: place tells what to expect, an eye filter is wasted on the chin; a
#    locally connected layer can spend its filters where they belong, if there are enough
#    photographs to learn so many parameters. The price is in the picture: once the face has moved,
#    filters that belong to places no longer find it.
# 3. The convolutional layer runs as it is, and gives 48 × 48 maps. The locally connected layer has
#    no weights for the new places: it cannot run, and must be built and trained anew.
# 4. One row [1, 2, 3], a 1 × 1 filter with weight 1, bias 0, stride 2: expected [1, 3], the wrong
#    function returns [1, 2]. The values must be compared: the shapes agree.

# %% [markdown]
# ## If you like: compare with PyTorch
#
# Nothing depends on this. Every check above needs NumPy only; but where PyTorch is installed, see
# that the layer you wrote is the one that everybody uses.

# %% tags=["demonstration"]
try:
    import torch
except ImportError:
    print("PyTorch is not installed here, so there is nothing to compare with. All else is done.")
else:
    rng = np.random.default_rng(18)
    x, w, b = rng.normal(size=(2, 3, 9, 11)), rng.normal(size=(4, 3, 3, 5)), rng.normal(size=4)
    leaves = [torch.from_numpy(a.copy()).requires_grad_() for a in (x, w, b)]
    theirs = torch.nn.functional.conv2d(*leaves, stride=2, padding=1)
    mine = conv2d_forward(x, w, b, stride=2, pad=1)
    print("out: largest difference", f"{np.abs(mine - theirs.detach().numpy()).max():.0e}")
    dout = rng.normal(size=mine.shape)
    theirs.backward(torch.from_numpy(dout))
    grads = conv2d_backward(dout, x, w, b, stride=2, pad=1)
    for name, grad, leaf in zip(("dx", "dw", "db"), grads, leaves, strict=True):
        print(f"{name}:  largest difference", f"{np.abs(grad - leaf.grad.numpy()).max():.0e}")

# %% [markdown]
# ## What you have now
#
# A convolutional layer that you could explain to anyone, forward and backward, with every number
# checked. It is also slow: AlexNet's first layer needs 105 million multiplications for a single
# image, and your loops would fill in its 290,400 outputs one by one, in Python. In the next
# assignment the same layer becomes a single matrix multiplication.
#
# **Before you submit**: *Kernel → Restart and Run All*. The checks in this notebook are the public
# ones; more of them run when your work is graded.
#
# **Sources.** Stanford's CS231n notes on convolutional networks, whose order this notebook follows
# · LeCun et al., *Backpropagation applied to handwritten zip code recognition*, 1989 · Krizhevsky,
# Sutskever and Hinton, *ImageNet classification with deep convolutional neural networks*, 2012 ·
# Taigman et al., *DeepFace*, 2014 · Yu and Koltun, *Multi-scale context aggregation by dilated
# convolutions*, 2016 · Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*,
# 2016.
