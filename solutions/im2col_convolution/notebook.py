# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assignment 2 · Turn a convolution into one matrix product
#
# **What you will do.** Write the convolutional layer again, without looping over places. You copy
# every window of the input into a column of a matrix, `X_col`. Then one matrix product does all the
# dot products, and the transposed products do the backward pass. In the end you measure what you
# gained, and what it costs.
#
# **What you will learn.**
#
# - how *im2col* lays windows out as columns, and why each number is copied several times;
# - why its partner *col2im* adds up what overlaps, and what "partner" means here: the transpose;
# - how forward and backward become three matrix products;
# - why the same multiplications run hundreds of times faster, and how much memory that takes.
#
# **What you will need.** Assignment 1, `reshape`, `transpose` and `@` on NumPy arrays, and four to
# five hours: about one for each of the four functions. The notebook needs NumPy and Matplotlib;
# where scikit-learn is installed you get a photograph and real handwriting. It runs in less than a
# minute on a laptop.
#
# **The rules.**
#
# - Write your code where it says `YOUR CODE HERE`. Helpers may stand in the same cell or in cells
#   of your own, and you may call functions that you wrote earlier in this notebook.
# - Use NumPy. Strided window views (`sliding_window_view`, `as_strided`) are allowed this time.
# - In your solutions PyTorch and SciPy are *forbidden routes*: they would do the work in your
#   place. To import one costs nothing, to use it costs the function. The last cell looks for them.
# - Never change an argument in place. All float64 in gives float64 out, all float32 in gives
#   float32 out.
#
# **How it is marked.** 40 points are graded by machine and 5 by a person. Every graded cell shows
# checks that you can run now. When your work is graded, *more* checks of the same properties run on
# other numbers and sizes, so passing what you see is needed, but it is not yet full marks. A slip
# is paid once: each cell judges the one thing in its name, and later functions are graded with a
# correct version of the earlier ones. Only one cell asks for speed; everywhere else a slow right
# answer is a right answer.

# %% [markdown]
# ## Name things once
#
# | symbol | meaning |
# |---|---|
# | `x` (N, C, H, W) | input volume: images, channels, rows, columns |
# | `w` (F, C, KH, KW) | filters; `b` (F,) their biases |
# | `out` (N, F, OH, OW) | output volume: one activation map for each filter |
# | `cols` (N, C·KH·KW, OH·OW) | the notes' `X_col`, one matrix for each image |
# | `dout`, `dx`, `dw`, `db` | the gradients of the loss, each shaped like its array |
# | `kernel` | (KH, KW): rows and columns of a window, always in this order |
# | `stride`, `pad` | integers, the same for rows and columns, always passed by keyword |
#
# The word *convolution* means cross-correlation, as always in this field: nothing is flipped.
#
# The first cell is given. Its two `expect_…` functions stand in the first lines of your functions,
# so that a forgotten axis or a stride of 0 is reported in words.

# %% nbgrader={"grade_id": "setup", "locked": true}
import solutions.shared.packages

import numpy as np

import solutions.shared.versions  # noqa: F401


from solutions.shared.axes import expect_axes


from solutions.shared.values import expect_values


def expect_window(size, kernel, *, stride, pad):
    """Raise `ValueError` unless a window can lie on the padded input, and can move.

    `size` is (H, W) and `kernel` (KH, KW). Whether the windows *tile* the input is not asked here.
    """
    if np.shape(kernel) != (2,):
        raise ValueError(f"kernel is a pair (rows, columns), as in (3, 3), not {kernel!r}")
    if stride < 1:
        raise ValueError(f"the stride must be at least 1, not {stride}: the window has to move")
    if pad < 0:
        raise ValueError(f"the padding cannot be negative: {pad}")
    for length, taps, direction in zip(size, kernel, ("rows", "columns"), strict=True):
        if not 1 <= taps <= length + 2 * pad:
            raise ValueError(
                f"size {length}, kernel {taps}, stride {stride}, pad {pad}: a window of {taps} "
                f"{direction} does not lie on {length} + 2·{pad} = {length + 2 * pad} of them"
            )


# %%
for kernel, stride in (((9, 3), 1), ((3, 3), 0), (3, 1)):
    try:
        expect_window((5, 7), kernel, stride=stride, pad=1)
    except ValueError as error:
        print(error)

# %% [markdown]
# The next cell only sets up the drawings. They are grey on nothing, to be read on light and dark
# pages alike.

# %%
import matplotlib.pyplot as plt

INK, BLUE, ORANGE, GREEN = "#777777", "#4c8cc4", "#d9822b", "#4a9a62"
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
        "legend.labelcolor": INK,
    }
)

# %% [markdown]
# ## 1 · Lay the windows side by side: im2col
#
# Start with one row of numbers and three weights. In assignment 1 you went from window to window
# and took a dot product each time. Write the windows down instead, each as a *column*:

# %%
row, weights = np.array([1, 2, -1, 1, -3]), np.array([1, 0, -1])
columns = np.stack([row[i : i + 3] for i in range(3)], axis=1)
print(columns)
print("weights @ columns =", weights @ columns)
print("window by window  =", [int(row[i : i + 3] @ weights) for i in range(3)])

# %% [markdown]
# One product of a row with a matrix, and all answers are there. Look at the matrix again: the 2
# stands in it twice, the -1 three times. Every number is copied into each window that sees it.
#
# In two dimensions it is the same. A window of KH × KW becomes a column of KH·KW numbers, read row
# by row; the windows themselves are taken row by row as well. Here is an image of 3 × 4 with
# windows of 2 × 2:


# %% tags=["demonstration"]
def write_numbers(ax, matrix, orange=None):
    """Draw a matrix as a grid of its numbers; those equal to `orange` stand out."""
    for (i, j), value in np.ndenumerate(matrix):
        hit = value == orange
        ax.add_patch(
            plt.Rectangle((j, i), 1, 1, fill=bool(hit), fc=ORANGE, alpha=0.35 if hit else 1, ec=INK)
        )
        ax.text(j + 0.5, i + 0.5, value, ha="center", va="center", weight=700 if hit else 400)
    height, width = matrix.shape
    ax.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.1), aspect="equal")
    ax.axis("off")


def outline(ax, top, left, height, width, colour):
    ax.add_patch(plt.Rectangle((left, top), width, height, fill=False, ec=colour, lw=3, zorder=3))


small = np.arange(1, 13).reshape(3, 4)
laid_out = np.stack(
    [small[i : i + 2, j : j + 2].ravel() for i in range(2) for j in range(3)], axis=1
)
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained", width_ratios=[4, 6])
write_numbers(left, small, orange=6)
write_numbers(right, laid_out, orange=6)
for at, colour in ((0, BLUE), (5, GREEN)):
    outline(left, *divmod(at, 3), 2, 2, colour)
    outline(right, 0, at, 4, 1, colour)
left.set_title("image, 3 × 4")
right.set_title("X_col: 4 taps × 6 places")

# %% [markdown]
# *Left the image, right its matrix. The first window (blue) is the first column, the last one
# (green) the last. The 6 in the middle (orange) lies in four windows: once as the last tap, once as
# the first, twice in between.*
#
# With several channels, a column holds the window of channel 0, then that of channel 1, and so on.
# A batch of images gives one matrix each. In one formula, with $P$ for the padded input and $S$ for
# the stride:
#
# $$
# \text{cols}\big[\,n,\;\; (c \cdot K_H + u)\, K_W + v,\;\; i \cdot O_W + j\,\big]
#     \;=\; P\big[\,n,\; c,\; iS + u,\; jS + v\,\big]
# $$
#
# Read it twice. A **row** of the matrix belongs to one tap $(c, u, v)$ of the filter. A **column**
# belongs to one place $(i, j)$ of the output. It is the layout of PyTorch's `unfold`, and the one
# in the CS231n notes.
#
# ### Write `im2col`
#
# You may fill the matrix column by column: one window after another, $O_H \cdot O_W$ steps. Or row
# by row: there are only $K_H \cdot K_W$ taps, and a slice with a step picks *one tap of all
# windows, all channels and all images at once*. Both are right. Only one is fast.
#
# This course refuses sizes that do not tile, and here it is up to you: bring your
# `conv_output_size` from assignment 1 along as a helper. The functions after this one then get
# the refusal for free.


# %% nbgrader={"grade_id": "im2col", "solution": true}
def im2col(x, kernel, *, stride=1, pad=0):
    """Copy every window of every image into a column of that image's matrix.

    cols[n, (c·KH + u)·KW + v, i·OW + j] = padded[n, c, i·stride + u, j·stride + v]

    Parameters
    ----------
    x : array (N, C, H, W)
        Images.
    kernel : (int, int)
        KH and KW, the rows and columns of a window.
    stride, pad : int
        Step, and zeros on each side, the same for rows and columns.

    Returns
    -------
    cols : array (N, C·KH·KW, OH·OW)
        Rows in the order C, KH, KW; columns row-major over OH, OW, where
        OH = (H - KH + 2·pad)/stride + 1, and OW likewise. In x's dtype, float64 or float32.

    Raises
    ------
    ValueError
        If the windows do not tile the rows or the columns; the message names size, kernel, stride
        and pad of the direction that fails. Also, from the given lines, if x has not four axes, if
        stride < 1 or pad < 0, or if the window is larger than the padded input.

    Source: CS231n notes, "Implementation as matrix multiplication"; Chellapilla, Puri and Simard
    (2006), "High performance convolutional neural networks for document processing".
    """
    expect_axes(x=(x, "N C H W"))
    expect_window(x.shape[2:], kernel, stride=stride, pad=pad)
    ### BEGIN SOLUTION

    def count_places(size, taps):
        room = size - taps + 2 * pad
        if room % stride:
            raise ValueError(
                f"size {size}, kernel {taps}, stride {stride}, pad {pad} do not fit: "
                f"({size} - {taps} + 2·{pad})/{stride} + 1 is not a whole number"
            )
        return room // stride + 1

    N, C, H, W = x.shape
    KH, KW = kernel
    OH, OW = count_places(H, KH), count_places(W, KW)
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    cols = np.empty((N, C, KH, KW, OH, OW), dtype=x.dtype)
    for u in range(KH):
        for v in range(KW):
            rows = slice(u, u + OH * stride, stride)
            columns = slice(v, v + OW * stride, stride)
            cols[:, :, u, v] = padded[:, :, rows, columns]  # one tap of every window
    return cols.reshape(N, C * KH * KW, OH * OW)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_im2col_value", "grade": true, "points": 1}
# The image of the drawing, then windows of a single pixel.
x = np.arange(1.0, 13.0).reshape(1, 1, 3, 4)
cols = im2col(x.copy(), (2, 2))
assert isinstance(cols, np.ndarray), f"expected an array, you returned {type(cols).__name__}"
assert cols.shape == (1, 4, 6), (
    f"3 × 4 and windows of 2 × 2: expected shape (1, 4, 6), one row for each tap and one column "
    f"for each place; yours is {cols.shape}"
)
expect_values(
    cols[0],
    [[1, 2, 3, 5, 6, 7], [2, 3, 4, 6, 7, 8], [5, 6, 7, 9, 10, 11], [6, 7, 8, 10, 11, 12]],
    err_msg="the matrix in the drawing: a row for each tap, a column for each place",
)
expect_values(
    im2col(x.copy(), (1, 1))[0], x.reshape(1, 12), err_msg="1 × 1 windows: the image in one row"
)

# %% nbgrader={"grade_id": "test_im2col_order", "grade": true, "points": 3}
x = np.arange(1.0, 13.0).reshape(1, 1, 3, 4)
expect_values(
    im2col(x.copy(), (1, 3))[0],
    [[1, 2, 5, 6, 9, 10], [2, 3, 6, 7, 10, 11], [3, 4, 7, 8, 11, 12]],
    err_msg="kernel (1, 3) is 1 row and 3 columns",
)

# Every pixel is its own address here, so each number of the matrix says where it came from.
x = np.arange(2.0 * 3 * 5 * 7).reshape(2, 3, 5, 7)
for KH, KW in ((2, 3), (4, 1), (3, 3)):
    OH, OW = 5 - KH + 1, 7 - KW + 1
    cols = im2col(x.copy(), (KH, KW))
    assert cols.shape == (2, 3 * KH * KW, OH * OW), (
        f"2 images of 3 × 5 × 7, kernel {KH} × {KW}: expected shape {(2, 3 * KH * KW, OH * OW)}, "
        f"yours is {cols.shape}. Axes are images, taps of all channels, places."
    )
    for n, c, u, v, i, j in [(0, 1, 0, 0, 0, 1), (1, 2, KH - 1, KW - 1, 1, 0), (1, 0, 1, 0, 1, 3)]:
        tap, place = (c * KH + u) * KW + v, i * OW + j
        expect_values(
            cols[n, tap, place],
            x[n, c, i + u, j + v],
            err_msg=f"kernel {KH} × {KW}, image {n}, row {tap}, column {place}: channel {c}, row "
            f"{u}, column {v} of the window at ({i}, {j})",
        )

# %% nbgrader={"grade_id": "test_im2col_stride", "grade": true, "points": 3}
# A stride skips windows and changes none: compared with your own answer at stride 1.
x = np.random.default_rng(1).normal(size=(1, 1, 7, 7))
for stride, places in ((2, 3), (4, 2)):
    cols = im2col(x.copy(), (3, 3), stride=stride)
    assert cols.shape == (1, 9, places**2), (
        f"7 × 7 pixels, 3 × 3 windows, stride {stride}: expected shape {(1, 9, places**2)}, yours "
        f"is {cols.shape}"
    )
    every = im2col(x.copy(), (3, 3)).reshape(1, 9, 5, 5)
    expect_values(
        cols,
        every[:, :, ::stride, ::stride].reshape(1, 9, -1),
        err_msg=f"stride {stride}: every {stride}th window of your answer at stride 1, in rows and "
        "in columns, is expected; the taps inside a window stay neighbours",
    )

# %% nbgrader={"grade_id": "test_im2col_pad", "grade": true, "points": 3}
x = np.arange(1.0, 17.0).reshape(1, 1, 4, 4)
for pad in (1, 2, 3):
    cols = im2col(x.copy(), (3, 3), pad=pad)
    side = 4 + 2 * pad
    framed = np.zeros((1, 1, side, side))
    framed[:, :, pad : pad + 4, pad : pad + 4] = x
    want = im2col(framed, (3, 3))
    assert cols.shape == want.shape, (
        f"4 × 4 pixels, 3 × 3 windows, pad {pad}: expected shape {want.shape}, yours is "
        f"{cols.shape}; zeros go on all four sides of rows and columns, and nowhere else"
    )
    expect_values(
        cols, want, err_msg=f"pad {pad}: expected what you return for x with its zeros around it"
    )

# %% nbgrader={"grade_id": "test_im2col_dtype", "grade": true, "points": 1}
rng = np.random.default_rng(3)
for dtype in (np.float32, np.float64):
    x = rng.normal(size=(1, 1, 5, 5)).astype(dtype)
    before = x.copy()
    for pad in (0, 1):
        cols = im2col(x, (3, 3), pad=pad)
        assert cols.dtype == dtype, (
            f"{dtype.__name__} in: expected {dtype.__name__}, yours is {cols.dtype}. np.empty and "
            "np.zeros make float64 unless you pass dtype."
        )
    assert np.array_equal(before, x), "x was changed in place: expected as it was; work on a copy"

# %% nbgrader={"grade_id": "test_im2col_refusal", "grade": true, "points": 1}
for H, W, (KH, KW), stride, pad, wrong in [
    (10, 9, (3, 5), 2, 0, "rows"),
    (9, 12, (3, 5), 2, 0, "columns"),
    (13, 12, (8, 9), 5, 6, "rows"),
]:
    size, taps = (H, KH) if wrong == "rows" else (W, KW)
    try:
        cols = im2col(np.zeros((1, 1, H, W)), (KH, KW), stride=stride, pad=pad)
    except ValueError as error:
        message = str(error)
    except (AssertionError, ZeroDivisionError) as error:
        raise AssertionError(
            f"{wrong}: expected a ValueError, you raised {type(error).__name__}"
        ) from error
    else:
        raise AssertionError(
            f"{wrong} {size}, kernel {taps}, stride {stride} and pad {pad} do not fit: expected a "
            f"ValueError, you returned shape {cols.shape}. Is there a remainder? Ask for rows and "
            "for columns."
        )
    left_out = [n for n in (size, taps, stride, pad) if str(n) not in message]
    assert not left_out, (
        f"expected all numbers of the {wrong}, the message leaves out {left_out}: {message!r}"
    )
try:
    im2col(np.zeros((1, 1, 9, 9)), (3, 3), stride=2)
except ValueError as error:
    raise AssertionError(f"9 × 9 fits: expected an array, you refused: {error}") from error

# %% [markdown]
# ### Use it: see what small pieces of a photograph have in common
#
# A matrix of windows is good for more than convolutions. Take a photograph (from scikit-learn; a
# drawing where that is not installed), cut it into all its 8 × 8 windows, and ask: which few
# patterns, added up, make most of these windows? That is principal component analysis: the
# eigenvectors of the windows' covariance, the strongest first.


# %% tags=["demonstration"]
def load_picture():
    """A small grey picture (H, W), float64 between 0 and 1."""
    try:
        from sklearn.datasets import load_sample_image

        photo = load_sample_image("china.jpg")[:424] / 255  # rows, columns, colours
        return photo.reshape(106, 4, 160, 4, 3).mean(axis=(1, 3, 4))
    except ImportError:
        rows, columns = np.mgrid[0:106, 0:160]
        sky = 0.5 + rows / 300
        roof = rows - 45 > np.abs(columns - 55) * 0.7
        sun = (rows - 30) ** 2 + (columns - 115) ** 2 < 18**2
        tiles = 0.35 + 0.15 * (np.sin(rows) * np.sin(columns / 2) > 0)
        return np.where(roof, tiles, np.where(sun, 1.0, sky))


def patterns_of(windows):
    """The patterns (taps, taps) that windows (taps, places) are made of, the strongest first."""
    strength, patterns = np.linalg.eigh(np.cov(windows))
    return patterns[:, ::-1], strength[::-1] / strength.sum()


picture, K = load_picture(), 8
windows = im2col(picture[None, None], (K, K))[0]
patterns, share = patterns_of(windows)
print(f"picture {picture.shape}, X_col {windows.shape}: {windows.size / picture.size:.0f} times")
print(f"the first 12 of 64 patterns carry {share[:12].sum():.1%} of what varies")

fig = plt.figure(figsize=(10, 2.6), layout="constrained")
grid = fig.add_gridspec(2, 8)
ax = fig.add_subplot(grid[:, :2])
ax.imshow(picture, cmap="gray")
ax.axis("off")
for k in range(12):
    ax = fig.add_subplot(grid[k // 6, 2 + k % 6])
    size = np.abs(patterns[:, k]).max()
    ax.imshow(patterns[:, k].reshape(K, K), cmap="RdBu", vmin=-size, vmax=size)
    ax.set_title(f"{share[k]:.1%}", fontsize=9)
    ax.axis("off")

# %% [markdown]
# *The picture, and the twelve strongest patterns of its windows with their shares (blue positive,
# red negative). First comes plain brightness, then slopes, then edges and ripples in several
# directions: much like the filters that a network learns in its first layer.*

# %% [markdown]
# ## 2 · Put the windows back: col2im
#
# The backward pass will bring a gradient for every entry of `X_col`, and must hand every input its
# own. An input that was copied into four columns collects four gradients. So the way back is not
# "cut out and paste" but **add up what overlaps**:
#
# $$
# dP[\,n,\, c,\, y,\, x\,] \;=\; \sum_{iS + u \,=\, y} \;\; \sum_{jS + v \,=\, x}
#     \text{cols}\big[\,n,\; (c K_H + u) K_W + v,\; i\, O_W + j\,\big]
# $$
#
# In the end the frame of padding is cut off. By hand, in one dimension: three windows of three taps
# over five values.

# %%
columns = np.array([[1, 2, 3], [10, 20, 30], [100, 200, 300]])  # column i is window i
collected = np.zeros(5, dtype=int)
for i in range(3):
    collected[i : i + 3] += columns[:, i]
print(collected, "= [1, 10 + 2, 100 + 20 + 3, 200 + 30, 300]")

# %% [markdown]
# The middle value was seen by three windows and collects three numbers, those at the ends one each.
#
# ### Write `col2im`
#
# It undoes `im2col`'s steps in the opposite order: split the axes again, add every tap to the
# places it was copied from, cut the frame off. Mind one trap of NumPy: where an index occurs twice,
# `a[index] += values` adds only *one* of the two. Slices that do not overlap in themselves are
# safe; `np.add.at` is safe as well.


# %% nbgrader={"grade_id": "col2im", "solution": true}
def col2im(cols, x_shape, kernel, *, stride=1, pad=0):
    """Add every column back into the window it belongs to; what overlaps is summed.

    padded[n, c, i·stride + u, j·stride + v] collects cols[n, (c·KH + u)·KW + v, i·OW + j] over all
    i, j, u, v; the result is `padded` without its frame

    Parameters
    ----------
    cols : array (N, C·KH·KW, OH·OW)
        In the layout of `im2col`; the values are free.
    x_shape : (int, int, int, int)
        N, C, H, W of the images.
    kernel, stride, pad
        As in `im2col`. You may rely on all arguments fitting together.

    Returns
    -------
    x : array (N, C, H, W)
        Inputs that no window saw are 0. In cols' dtype, float64 or float32.

    Raises
    ------
    ValueError
        From the given lines, if cols has not three axes, if stride < 1 or pad < 0, or if the window
        is larger than the padded input.

    Source: CS231n notes, "Implementation as matrix multiplication" and "Backpropagation";
    Chellapilla, Puri and Simard (2006).
    """
    expect_axes(cols=(cols, "N taps places"))
    expect_window(x_shape[2:], kernel, stride=stride, pad=pad)
    ### BEGIN SOLUTION
    N, C, H, W = x_shape
    KH, KW = kernel
    OH = (H - KH + 2 * pad) // stride + 1
    OW = (W - KW + 2 * pad) // stride + 1
    taps = cols.reshape(N, C, KH, KW, OH, OW)
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=cols.dtype)
    for u in range(KH):
        for v in range(KW):
            rows = slice(u, u + OH * stride, stride)
            columns = slice(v, v + OW * stride, stride)
            padded[:, :, rows, columns] += taps[:, :, u, v]
    return padded[:, :, pad : pad + H, pad : pad + W]
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_col2im_value", "grade": true, "points": 1}
# The example by hand, lying as a row and standing as a column, then one in two dimensions.
cols = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0], [100.0, 200.0, 300.0]])[None]
for x_shape, kernel in (((1, 1, 1, 5), (1, 3)), ((1, 1, 5, 1), (3, 1))):
    x = col2im(cols.copy(), x_shape, kernel)
    assert isinstance(x, np.ndarray), f"expected an array, you returned {type(x).__name__}"
    assert x.shape == x_shape, f"expected shape {x_shape}, yours is {x.shape}"
    expect_values(
        x.ravel(),
        [1, 12, 123, 230, 300],
        err_msg=f"kernel {kernel}: what overlaps is added. Only one summand left? Then = for +=.",
    )
expect_values(
    col2im(np.ones((1, 4, 6)), (1, 1, 3, 4), (2, 2))[0, 0],
    [[1, 2, 2, 1], [2, 4, 4, 2], [1, 2, 2, 1]],
    err_msg="a matrix of ones counts the windows that see each pixel: corners 1, the middle 4",
)

# %% nbgrader={"grade_id": "test_col2im_overlap", "grade": true, "points": 2.5}
# A matrix with a single 1 has one place to go. Rows of cols go by channel, row, column of the
# window, columns by row, column of the output.
for x_shape, (KH, KW) in (((2, 3, 5, 7), (2, 3)), ((3, 2, 6, 4), (4, 1)), ((2, 3, 4, 5), (3, 3))):
    N, C, H, W = x_shape
    OH, OW = H - KH + 1, W - KW + 1
    for n, c, u, v, i, j in [
        (0, 1, 0, 0, 0, 1),
        (1, C - 1, KH - 1, KW - 1, 1, 0),
        (1, 0, 1, 0, 1, 2),
    ]:
        cols, want = np.zeros((N, C * KH * KW, OH * OW)), np.zeros(x_shape)
        cols[n, (c * KH + u) * KW + v, i * OW + j] = 1
        want[n, c, i + u, j + v] = 1
        x = col2im(cols, x_shape, (KH, KW))
        assert x.shape == x_shape, f"expected x_shape, {x_shape}, yours is {x.shape}"
        expect_values(
            x,
            want,
            atol=1e-5,
            err_msg=f"kernel {KH} × {KW}: the 1 is tap {u, v} of channel {c} in the window at "
            f"{i, j} of image {n}, so it goes to pixel {i + u, j + v} there",
        )

# %% nbgrader={"grade_id": "test_col2im_stride", "grade": true, "points": 2.5}
# A single 1 again, in the window at (i, i). Asked with padding where none at all is not right yet.
pad = 0 if col2im(np.zeros((1, 9, 25)), (1, 1, 7, 7), (3, 3)).shape == (1, 1, 7, 7) else 1
for stride in (2, 4) if pad == 0 else (2, 3):
    side = (7 - 3 + 2 * pad) // stride + 1
    for tap, i in [(0, 1), (1, 0), (2, 1)]:
        cols = np.zeros((1, 3, 3, side, side))
        cols[0, tap, tap, i, i] = 1
        want = np.zeros((1, 1, 7 + 2 * pad, 7 + 2 * pad))
        want[0, 0, i * stride + tap, i * stride + tap] = 1
        want = want[:, :, pad : pad + 7, pad : pad + 7]
        x = col2im(cols.reshape(1, 9, -1), (1, 1, 7, 7), (3, 3), stride=stride, pad=pad)
        assert x.shape == want.shape, f"stride {stride}: expected {want.shape}, yours is {x.shape}"
        expect_values(
            x,
            want,
            atol=1e-5,
            err_msg=f"stride {stride}: the 1 is tap {tap, tap} of the window at {i, i}, starting "
            f"at ({i}·stride, {i}·stride)",
        )

# %% nbgrader={"grade_id": "test_col2im_pad", "grade": true, "points": 2.5}
# With padding a 1 may belong to a pixel of the image, or to a zero of the frame, which is cut off.
for pad, tap, i in [(1, 1, 0), (1, 0, 0), (2, 2, 3), (3, 2, 1)]:
    side = 4 + 2 * pad - 2  # places in a row
    cols = np.zeros((1, 3, 3, side, side))
    cols[0, tap, tap, i, i] = 1
    want = np.zeros((1, 1, 4 + 2 * pad, 4 + 2 * pad))
    want[0, 0, i + tap, i + tap] = 1
    want = want[:, :, pad : pad + 4, pad : pad + 4]
    x = col2im(cols.reshape(1, 9, -1), (1, 1, 4, 4), (3, 3), pad=pad)
    assert x.shape == (1, 1, 4, 4), (
        f"pad {pad}: expected shape (1, 1, 4, 4), yours is {x.shape}; x_shape is without the frame"
    )
    expect_values(
        x,
        want,
        atol=1e-5,
        err_msg=f"pad {pad}: the 1 belongs to {i + tap, i + tap} of the padded image, counted from "
        "the corner of the frame",
    )

# %% nbgrader={"grade_id": "test_col2im_transpose", "grade": true, "points": 0.5}
# im2col is linear: a matrix of zeros and ones, if you like. col2im is its transpose, so
# <im2col(x), cols> = <x, col2im(cols)> for any x and any cols, here with your own im2col. Stride
# and padding together, where each of them alone is right.
rng = np.random.default_rng(7)


def both_sides(stride, pad):
    """The two sums of the identity; the second is None where col2im gives another shape."""
    x = rng.normal(size=(1, 1, 5, 5))
    laid_out = im2col(x.copy(), (3, 3), stride=stride, pad=pad)
    cols = rng.normal(size=laid_out.shape)
    back = col2im(cols.copy(), x.shape, (3, 3), stride=stride, pad=pad)
    return np.sum(laid_out * cols), np.sum(x * back) if back.shape == x.shape else None


for stride, pad in ((2, 1), (2, 2)):
    alone = both_sides(stride, 0), both_sides(1, pad)
    if any([other is None or abs(one - other) > 1e-4 for one, other in alone]):
        continue
    one, other = both_sides(stride, pad)
    assert other is not None and abs(one - other) < 1e-4, (
        f"stride {stride}, pad {pad}: expected <x, col2im(cols)> = <im2col(x), cols> = {one:.6f}, "
        f"you returned {other}. Does every number go back to where im2col took it from?"
    )

# %% nbgrader={"grade_id": "test_col2im_dtype", "grade": true, "points": 1}
rng = np.random.default_rng(8)
for dtype in (np.float32, np.float64):
    cols = rng.normal(size=(1, 9, 9)).astype(dtype)
    before = cols.copy()
    for pad, side in ((0, 5), (1, 3)):
        x = col2im(cols, (1, 1, side, side), (3, 3), pad=pad)
        assert x.dtype == dtype, f"{dtype.__name__} in: expected the same, yours is {x.dtype}"
    assert np.array_equal(before, cols), (
        "cols was changed in place: expected as it was; work on a copy"
    )

# %% [markdown]
# ### Use it: clean a noisy photograph
#
# The two functions make a pair of scissors and a pot of glue. Cut a noisy picture into its windows,
# keep of each window only what the strongest patterns explain, and glue the windows together again.
# Every pixel then gets as many opinions as windows saw it; divide by their number, and you have the
# mean opinion. Noise looks like no pattern in particular, so most of it is left on the floor.


# %% tags=["demonstration"]
def clean(noisy, keep):
    """Rebuild the windows of a picture from their `keep` strongest patterns, and average them."""
    windows = im2col(noisy[None, None], (K, K))
    mean = windows.mean(axis=2, keepdims=True)
    strongest = patterns_of(windows[0])[0][:, :keep]
    rebuilt = strongest @ (strongest.T @ (windows - mean)) + mean
    shape = (1, 1, *noisy.shape)
    opinions = col2im(np.ones_like(rebuilt), shape, (K, K))
    return (col2im(rebuilt, shape, (K, K)) / opinions)[0, 0]


def decibels(one):
    """Peak signal-to-noise ratio against the clean picture; more is better."""
    return -10 * np.log10(np.mean((one - picture) ** 2))


noisy = picture + np.random.default_rng(9).normal(scale=0.1, size=picture.shape)
shown = {"with noise": noisy} | {f"{keep} of 64 patterns": clean(noisy, keep) for keep in (2, 12)}
fig, axes = plt.subplots(1, 3, figsize=(11, 2.7), layout="constrained")
for ax, (title, one) in zip(axes, shown.items(), strict=True):
    ax.imshow(one, cmap="gray", vmin=0, vmax=1)
    ax.set_title(f"{title}: {decibels(one):.1f} dB", fontsize=10)
    ax.axis("off")

# %% [markdown]
# *The noisy picture, and what two and twelve patterns make of it. Two patterns blur everything;
# twelve keep the edges and lose most of the noise.*
#
# So `col2im` alone is **not** the inverse of `im2col`: a pixel seen by 64 windows comes back 64
# times as large. It is the transpose, and that is exactly what a gradient needs.

# %% [markdown]
# ## 3 · Multiply once: the forward pass
#
# Flatten each filter into a row, in the same order as the columns: channel, row, column. All
# filters together are the matrix $W_{\text{row}}$, of shape $(F,\; C K_H K_W)$. Then
#
# $$
# \text{out}_n = W_{\text{row}} \, X_{\text{col},\,n} + b,
# \qquad (F \times C K_H K_W) \cdot (C K_H K_W \times O_H O_W) = F \times O_H O_W ,
# $$
#
# and each row of the result is one activation map, waiting to be folded into $O_H \times O_W$.
#
# The notes' example is the first layer of AlexNet (Krizhevsky, Sutskever and Hinton, 2012). Check
# its sizes:

# %%
places, taps, filters = (227 - 11) // 4 + 1, 11 * 11 * 3, 96
print(f"W_row {filters} × {taps}  times  X_col {taps} × {places**2}")
print(f"  =  out {filters} × {places**2}, folded into {filters} × {places} × {places}")

# %% [markdown]
# And a product small enough for your head: the image of the drawing, and two filters, "left minus
# right" and "all four".

# %% tags=["demonstration"]
W_row = np.array([[1, -1, 0, 0], [1, 1, 1, 1]])
print(W_row @ laid_out)

# %% [markdown]
# The first row is all -1, for the image grows by 1 from pixel to pixel. The second starts with
# $1 + 2 + 5 + 6 = 14$.
#
# The last check of the function is a race. These are the loops to beat: assignment 1's way, for
# stride 1.


# %% nbgrader={"grade_id": "given_loops", "locked": true}
def convolve_by_loops(x, w, b, *, pad=0):
    """Convolve at stride 1, one dot product after another: the slow way, to measure against."""
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    N, F, KH, KW = len(x), len(w), *w.shape[2:]
    out = np.zeros((N, F, padded.shape[2] - KH + 1, padded.shape[3] - KW + 1), dtype=x.dtype)
    for n, f, i, j in np.ndindex(out.shape):
        out[n, f, i, j] = np.sum(padded[n, :, i : i + KH, j : j + KW] * w[f]) + b[f]
    return out


# %% [markdown]
# ### Write `conv2d_forward_im2col`
#
# Four steps: `im2col`, flatten the filters, multiply and add the bias to each *row*, fold. `@`
# takes stacks of matrices: (F, K) @ (N, K, L) is (N, F, L), one product for each image.


# %% nbgrader={"grade_id": "conv2d_forward_im2col", "solution": true}
def conv2d_forward_im2col(x, w, b, *, stride=1, pad=0):
    """Convolve every image with every filter by one matrix product for each image.

    out[n] = W_row · X_col[n] + b, with W_row (F, C·KH·KW) the filters as rows

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
        With OH = (H - KH + 2·pad)/stride + 1, and OW likewise. float64 if all arrays are float64,
        float32 if all are float32.

    Raises
    ------
    ValueError
        If the windows do not tile the rows or the columns; the message names size, kernel, stride
        and pad of the direction that fails. Also if the arrays' axes do not go together, and
        whatever `im2col` refuses.

    Source: CS231n notes, "Implementation as matrix multiplication"; Chellapilla, Puri and Simard
    (2006).
    """
    expect_axes(x=(x, "N C H W"), w=(w, "F C KH KW"), b=(b, "F"))
    ### BEGIN SOLUTION
    N, _, H, W = x.shape
    F, _, KH, KW = w.shape
    cols = im2col(x, (KH, KW), stride=stride, pad=pad)  # (N, C·KH·KW, OH·OW); refuses misfits
    out = w.reshape(F, -1) @ cols + b[:, None]  # (N, F, OH·OW)
    OH = (H - KH + 2 * pad) // stride + 1
    OW = (W - KW + 2 * pad) // stride + 1
    return out.reshape(N, F, OH, OW)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_conv2d_forward_im2col_value", "grade": true, "points": 0.5}
x = np.arange(1.0, 13.0).reshape(1, 1, 3, 4)
w = np.array([[1.0, -1.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]]).reshape(2, 1, 2, 2)
out = conv2d_forward_im2col(x.copy(), w.copy(), np.zeros(2))
assert isinstance(out, np.ndarray), f"expected an array, you returned {type(out).__name__}"
assert out.shape == (1, 2, 2, 3), f"expected shape (1, 2, 2, 3), yours is {out.shape}"
assert not np.all(out[0, 0] == 1), "the filters are turned around: expected -1, you returned 1"
expect_values(
    out[0],
    [[[-1, -1, -1], [-1, -1, -1]], [[14, 18, 22], [30, 34, 38]]],
    err_msg="the product above, folded",
)

# %% nbgrader={"grade_id": "test_conv2d_forward_im2col_volume", "grade": true, "points": 2.5}
rng = np.random.default_rng(10)
for F, KH, KW in ((4, 2, 3), (2, 4, 1)):
    x, w, b = rng.normal(size=(2, 3, 6, 9)), rng.normal(size=(F, 3, KH, KW)), rng.normal(size=F)
    want = convolve_by_loops(x, w, np.zeros(F))
    out = conv2d_forward_im2col(x.copy(), w.copy(), np.zeros(F))
    assert out.shape == want.shape, (
        f"2 images of 3 × 6 × 9 and {F} filters of {KH} × {KW}: expected shape {want.shape}, "
        f"yours is {out.shape}"
    )
    expect_values(
        out,
        want,
        atol=1e-5,
        err_msg="without biases, against the loops. reshape only splits or joins neighbours, it "
        "never swaps axes",
    )
    expect_values(
        conv2d_forward_im2col(x.copy(), w.copy(), b.copy()) - out,
        np.zeros(want.shape) + b[:, None, None],
        atol=1e-5,
        err_msg="what the biases add: b[f] to each value of map f, once",
    )

# %% nbgrader={"grade_id": "test_conv2d_forward_im2col_geometry", "grade": true, "points": 2.5}
# The loops know stride 1 only. A larger stride skips some of their answers and changes none.
rng = np.random.default_rng(11)
x, w = rng.normal(size=(1, 1, 7, 7)), rng.normal(size=(1, 1, 3, 3))
for stride, pad in ((2, 0), (1, 1), (2, 2), (4, 2), (1, 3)):
    want = convolve_by_loops(x, w, np.zeros(1), pad=pad)[:, :, ::stride, ::stride]
    out = conv2d_forward_im2col(x.copy(), w.copy(), np.zeros(1), stride=stride, pad=pad)
    assert out.shape == want.shape, (
        f"stride {stride}, pad {pad}: expected shape {want.shape}, yours is {out.shape}"
    )
    expect_values(
        out, want, atol=1e-5, err_msg=f"stride {stride}, pad {pad}: both are passed on to im2col"
    )

# %% nbgrader={"grade_id": "test_conv2d_forward_im2col_dtype", "grade": true, "points": 1}
rng = np.random.default_rng(12)
for dtype in (np.float32, np.float64):
    arrays = [rng.normal(size=s).astype(dtype) for s in ((1, 1, 5, 5), (1, 1, 3, 3), (1,))]
    before = [array.copy() for array in arrays]
    for pad in (0, 1):
        out = conv2d_forward_im2col(*arrays, pad=pad)
        assert out.dtype == dtype, f"{dtype.__name__} in: expected the same, not {out.dtype}"
    for name, was, now in zip(("x", "w", "b"), before, arrays, strict=True):
        assert np.array_equal(was, now), (
            f"{name} was changed in place: expected as it was; work on a copy"
        )

# %% nbgrader={"grade_id": "test_conv2d_forward_im2col_refusal", "grade": true, "points": 1}
for H, W, (KH, KW), stride, pad, wrong in [
    (10, 9, (3, 5), 2, 0, "10 rows, kernel 3, stride 2"),
    (9, 12, (3, 5), 2, 0, "12 columns, kernel 5, stride 2"),
    (13, 12, (8, 9), 5, 6, "13 rows, kernel 8, stride 5, pad 6"),
]:
    x, w = np.zeros((1, 1, H, W)), np.zeros((1, 1, KH, KW))
    try:
        out = conv2d_forward_im2col(x, w, np.zeros(1), stride=stride, pad=pad)
    except ValueError:
        continue
    except (AssertionError, ZeroDivisionError) as error:
        raise AssertionError(
            f"{wrong}: expected a ValueError, you raised {type(error).__name__}"
        ) from error
    raise AssertionError(
        f"{wrong} do not fit: expected a ValueError, you returned shape {out.shape}. im2col "
        "refuses for you, if you let it."
    )

# %% nbgrader={"grade_id": "test_conv2d_forward_im2col_speed", "grade": true, "points": 2.5}
# A ratio on this machine, now: no clock is asked for an absolute time. Both sides keep their best
# of several tries in turn, so that a busy machine does not cost you the race.
import time

rng = np.random.default_rng(13)
x, w, b = rng.normal(size=(4, 3, 20, 20)), rng.normal(size=(8, 3, 3, 3)), np.zeros(8)
# Where padding is not right yet, the race is run without.
for pad in (1, 0):
    want, out = convolve_by_loops(x, w, b, pad=pad), conv2d_forward_im2col(x, w, b, pad=pad)
    if out.shape == want.shape and np.allclose(out, want, atol=1e-5):
        break
assert out.shape == want.shape, f"expected shape {want.shape}, yours is {out.shape}"
expect_values(out, want, atol=1e-5, err_msg="fast, but not right: look at the checks above")

best = {convolve_by_loops: np.inf, conv2d_forward_im2col: np.inf}
for _ in range(8):
    for function in best:
        start = time.perf_counter()
        function(x, w, b, pad=pad)
        best[function] = min([best[function], time.perf_counter() - start])
    speedup = best[convolve_by_loops] / best[conv2d_forward_im2col]
    if speedup >= 15:
        break
print(f"{speedup:.0f} times as fast as the loops")
assert speedup >= 15, (
    f"expected at least 15 times the speed of the loops, yours is {speedup:.1f} times as fast. "
    "Loop over the KH·KW taps, not over the places; multiply all filters and places at once."
)

# %% [markdown]
# ## 4 · Multiply back: the backward pass
#
# The forward pass is $\text{out}_n = W_{\text{row}} X_n + b$. What comes back is
# $G_n = \partial L / \partial\, \text{out}_n$, your `dout` with its two place axes joined:
# $F \times O_H O_W$. For a matrix product both gradients are matrix products again, and you need
# not remember which: only one order has the right shape.
#
# $$
# dW_{\text{row}} = \sum_n G_n X_n^{\mathsf T}, \qquad
# dX_n = W_{\text{row}}^{\mathsf T} G_n, \qquad
# db_f = \sum_{n}\sum_{\text{places}} G_{n,\,f}
# $$
#
# $dX_n$ is a gradient for each entry of `X_col`. Its way back to the images is `col2im`.
#
# The example of assignment 1 once more: input $[1, 2, -1]$, weights $[3, 5]$, and the gradients
# 10 and 100 arrive.

# %%
X, W_row, G = np.array([[1, 2], [2, -1]]), np.array([[3, 5]]), np.array([[10, 100]])
dX = W_row.T @ G
print("dW_row =", G @ X.T, "= [10·1 + 100·2, 10·2 + 100·(-1)]")
print("dX =\n", dX, "\nand its two columns, added where they overlap:", [30, 50 + 300, 500])

# %% [markdown]
# ### Write `conv2d_backward_im2col`
#
# Count your axes before you multiply: `dout` is (N, F, OH, OW), and only the last two are joined.
# The sum over images is needed for `dw` and `db`, and for nothing else.


# %% nbgrader={"grade_id": "conv2d_backward_im2col", "solution": true}
def conv2d_backward_im2col(dout, x, w, b, *, stride=1, pad=0):
    """Turn the gradient of the output into those of input, filters and biases by matrix products.

    db = Σ G,  dW_row = Σ_n G[n] · X_col[n]ᵀ,  dx = col2im(W_rowᵀ · G), where G (N, F, OH·OW) is
    dout with its places joined

    Parameters
    ----------
    dout : array (N, F, OH, OW)
        Gradient of the loss with respect to what `conv2d_forward_im2col(x, w, b, ...)` returned.
    x, w, b, stride, pad
        As they were given to `conv2d_forward_im2col`; you may rely on their fitting together.

    Returns
    -------
    (dx, dw, db)
        In this order, with the shapes of x, w and b, and their dtype.

    Raises
    ------
    ValueError
        If the arrays' axes do not go together.

    Source: CS231n notes, "Backpropagation" of the convolutional layer; Chellapilla, Puri and Simard
    (2006).
    """
    expect_axes(dout=(dout, "N F OH OW"), x=(x, "N C H W"), w=(w, "F C KH KW"), b=(b, "F"))
    ### BEGIN SOLUTION
    N, F = dout.shape[:2]
    kernel = w.shape[2:]
    G = dout.reshape(N, F, -1)  # (N, F, OH·OW)
    cols = im2col(x, kernel, stride=stride, pad=pad)
    dw = (G @ cols.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    dcols = w.reshape(F, -1).T @ G  # (N, C·KH·KW, OH·OW)
    dx = col2im(dcols, x.shape, kernel, stride=stride, pad=pad)
    return dx, dw, G.sum(axis=(0, 2))
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_conv2d_backward_im2col_dx", "grade": true, "points": 2}
# The example by hand, lying in a row and standing in a column.
arriving, row, weights = (
    np.array(values).reshape(1, 1, 1, -1)
    for values in ([10.0, 100.0], [1.0, 2.0, -1.0], [3.0, 5.0])
)
for turn, name in (((0, 1, 2, 3), "row"), ((0, 1, 3, 2), "column")):
    grads = conv2d_backward_im2col(
        *(a.transpose(turn).copy() for a in (arriving, row, weights)), np.zeros(1)
    )
    assert len(grads) == 3, f"expected three arrays, (dx, dw, db), you returned {len(grads)}"
    dx = grads[0]
    want = np.array([[[[30.0, 350.0, 500.0]]]]).transpose(turn)
    assert dx.shape == want.shape, f"dx: expected x's shape {want.shape}, yours is {dx.shape}"
    expect_values(dx, want, err_msg=f"the example by hand, as a {name}")

# The adjoint identity: <conv(other), dout> = <other, dx> for any other images, whatever x is.
rng = np.random.default_rng(14)
x, w = rng.normal(size=(2, 3, 5, 7)), rng.normal(size=(4, 3, 2, 3))
dout = rng.normal(size=(2, 4, 4, 5))
dx = conv2d_backward_im2col(dout.copy(), x, w.copy(), np.zeros(4))[0]
assert dx.shape == x.shape, f"dx: expected x's shape {x.shape}, yours is {dx.shape}"
for _ in range(3):
    other = rng.normal(size=x.shape)
    want, got = np.sum(convolve_by_loops(other, w, np.zeros(4)) * dout), np.sum(other * dx)
    assert abs(want - got) < 1e-3, (
        f"2 images, 4 filters: expected <other, dx> = <conv(other), dout> = {want:.6f}, yours is "
        f"{got:.6f}. dx is W_row transposed times G, then col2im, for each image."
    )

# %% nbgrader={"grade_id": "test_conv2d_backward_im2col_dw", "grade": true, "points": 2}
dw = conv2d_backward_im2col(
    np.array([[[[10.0, 100.0]]]]),
    np.array([[[[1.0, 2.0, -1.0]]]]),
    np.array([[[[3.0, 5.0]]]]),
    np.zeros(1),
)[1]
assert dw.shape == (1, 1, 1, 2), f"dw: expected w's shape (1, 1, 1, 2), yours is {dw.shape}"
expect_values(dw[0, 0, 0], [210.0, -80.0], err_msg="the example by hand")

# A convolution is linear in the filters as well: <conv of x with other filters, dout> = <others,
# dw>.
rng = np.random.default_rng(15)
x, w = rng.normal(size=(2, 3, 5, 7)), rng.normal(size=(4, 3, 2, 3))
dout = rng.normal(size=(2, 4, 4, 5))
dw = conv2d_backward_im2col(dout.copy(), x, w.copy(), np.zeros(4))[1]
assert dw.shape == w.shape, f"dw: expected w's shape {w.shape}, yours is {dw.shape}"
for _ in range(3):
    other = rng.normal(size=w.shape)
    want, got = np.sum(convolve_by_loops(x, other, np.zeros(4)) * dout), np.sum(other * dw)
    assert abs(want - got) < 1e-3, (
        f"2 images, 4 filters: expected <others, dw> = <conv, dout> = {want:.6f}, yours is "
        f"{got:.6f}. dw is G times X_col transposed, summed over the images."
    )

# %% nbgrader={"grade_id": "test_conv2d_backward_im2col_db", "grade": true, "points": 1}
rng = np.random.default_rng(16)
x, w, b = rng.normal(size=(3, 2, 4, 4)), rng.normal(size=(4, 2, 3, 3)), rng.normal(size=4)
dout = rng.normal(size=(3, 4, 2, 2))
db = conv2d_backward_im2col(dout.copy(), x, w, b)[2]
assert db.shape == b.shape, f"db: expected b's shape {b.shape}, yours is {db.shape}"
expect_values(
    db,
    [dout[:, f].sum() for f in range(4)],
    atol=1e-9,
    err_msg="db[f] is the sum of dout[:, f]: over images, rows and columns",
)

# %% nbgrader={"grade_id": "test_conv2d_backward_im2col_geometry", "grade": true, "points": 2}
# The two identities with stride and padding, asked of each gradient that is right without them.
rng = np.random.default_rng(17)
x, w = rng.normal(size=(1, 1, 7, 7)), rng.normal(size=(1, 1, 3, 3))


def off(stride, pad):
    """By how much dx and dw miss their identities at this stride and padding."""
    other_x, other_w = rng.normal(size=x.shape), rng.normal(size=w.shape)
    outs = [
        convolve_by_loops(a, f, np.zeros(1), pad=pad)[:, :, ::stride, ::stride]
        for a, f in ((other_x, w), (x, other_w))
    ]
    dout = rng.normal(size=outs[0].shape)
    dx, dw, _ = conv2d_backward_im2col(dout.copy(), x, w, np.zeros(1), stride=stride, pad=pad)
    misses = {}
    for name, grad, out, other in (("dx", dx, outs[0], other_x), ("dw", dw, outs[1], other_w)):
        if np.shape(grad) != other.shape:
            misses[name] = f"shape {np.shape(grad)}, expected {other.shape}"
        elif abs(np.sum(out * dout) - np.sum(other * grad)) > 1e-3:
            misses[name] = f"{np.sum(other * grad):.6f}, expected {np.sum(out * dout):.6f}"
    return misses


wrong = off(1, 0)
assert len(wrong) < 2, "expected dx or dw to be right at stride 1 and pad 0 first, yours are not"
for stride, pad in ((2, 0), (1, 1), (2, 2), (4, 2), (1, 3)):
    for name, miss in off(stride, pad).items():
        assert name in wrong, (
            f"{name} at stride {stride}, pad {pad}: you returned {miss}. Both go to im2col and to "
            "col2im."
        )

# %% nbgrader={"grade_id": "test_conv2d_backward_im2col_dtype", "grade": true, "points": 1}
rng = np.random.default_rng(19)
shapes = {"dout": (1, 1, 2, 2), "x": (1, 1, 4, 4), "w": (1, 1, 3, 3), "b": (1,)}
for dtype in (np.float32, np.float64):
    arrays = [rng.normal(size=shape).astype(dtype) for shape in shapes.values()]
    before = [array.copy() for array in arrays]
    grads = conv2d_backward_im2col(*arrays)
    for name, got in zip(("dx", "dw", "db"), grads, strict=True):
        came = getattr(got, "dtype", dtype)  # what is no array fails the checks above
        assert came == dtype, f"{dtype.__name__} in: expected the same, but {name} is {came}"
    for name, was, now in zip(shapes, before, arrays, strict=True):
        assert np.array_equal(was, now), (
            f"{name} was changed in place: expected as it was; work on a copy"
        )

# %% [markdown]
# ### Use it: learn to read digits
#
# With the loops of assignment 1 this would take minutes; now it takes a second or two. A network of
# two of your layers reads 8 × 8 images of handwritten digits (from scikit-learn; drawn by a small
# font where that is not installed): eight 3 × 3 filters, a ReLU, and ten filters as large as the
# whole map, one score for each digit. Nothing here but your two functions and a few lines of
# softmax.


# %% tags=["demonstration"]
def load_digits_or_draw(rng):
    """Images of digits (N, 1, 8, 8), float32 between 0 and 1, and their labels, in random order."""
    try:
        from sklearn.datasets import load_digits

        images, labels = load_digits(return_X_y=True)
        images = images.reshape(-1, 1, 8, 8) / 16
    except ImportError:
        # Fifteen bits for each digit: five rows of three pixels.
        font = [0x7B6F, 0x2C97, 0x73E7, 0x73CF, 0x5BC9, 0x79CF, 0x79EF, 0x7249, 0x7BEF, 0x7BCF]
        labels = rng.integers(10, size=1797)
        images = np.abs(rng.normal(scale=0.15, size=(1797, 1, 8, 8)))
        for image, label in zip(images, labels, strict=True):
            top, left = rng.integers(1, 3, size=2)
            bits = [int(bit) for bit in f"{font[label]:015b}"]
            image[0, top : top + 5, left + 1 : left + 4] += np.reshape(bits, (5, 3))
        images = images.clip(0, 1)
    order = rng.permutation(len(labels))
    return images[order].astype(np.float32), labels[order]


def scores_of(images, layers):
    """The hidden maps and the scores (N, 10) of a network of two layers."""
    (w1, b1), (w2, b2) = layers
    hidden = np.maximum(conv2d_forward_im2col(images, w1, b1, pad=1), 0)  # (N, 8, 8, 8)
    return hidden, conv2d_forward_im2col(hidden, w2, b2)[:, :, 0, 0]


def gradients(images, labels, layers):
    """The mean cross-entropy of a batch, and its gradient for each array of each layer."""
    hidden, scores = scores_of(images, layers)
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    right = np.arange(len(labels)), labels
    chances = odds / odds.sum(axis=1, keepdims=True)
    dscores = chances.copy()
    dscores[right] -= 1
    dscores = (dscores / len(labels))[:, :, None, None].astype(np.float32)
    dhidden, *second = conv2d_backward_im2col(dscores, hidden, *layers[1])
    _, *first = conv2d_backward_im2col(dhidden * (hidden > 0), images, *layers[0], pad=1)
    return -np.log(chances[right]).mean(), (first, second)


rng = np.random.default_rng(20)
images, labels = load_digits_or_draw(rng)
train, test = slice(0, 1500), slice(1500, None)
layers = [
    (rng.normal(scale=0.3, size=(8, 1, 3, 3)).astype(np.float32), np.zeros(8, np.float32)),
    (rng.normal(scale=0.05, size=(10, 8, 8, 8)).astype(np.float32), np.zeros(10, np.float32)),
]
losses = []
for _ in range(12):
    order = rng.permutation(1500)
    for batch in order.reshape(-1, 50):
        loss_now, slopes = gradients(images[batch], labels[batch], layers)
        losses.append(loss_now)
        for arrays, slope in zip(layers, slopes, strict=True):
            for array, step in zip(arrays, slope, strict=True):
                array -= 0.1 * step

answers = scores_of(images[test], layers)[1].argmax(axis=1)
correct = np.mean(answers == labels[test])
print(f"loss {losses[0]:.2f} at first, {np.mean(losses[-30:]):.3f} in the last round")
print(f"{correct:.1%} of {len(answers)} digits that it never saw are read correctly")

# %% tags=["demonstration"]
hidden, _ = scores_of(images[test], layers)
misread = np.flatnonzero(answers != labels[test])[:4]
fig, axes = plt.subplots(2, 8, figsize=(10, 2.9), layout="constrained")
for f, ax in enumerate(axes[0]):
    ax.imshow(layers[0][0][f, 0], cmap="RdBu", vmin=-1, vmax=1)
    ax.set_title(f"filter {f}", fontsize=9)
for ax, n in zip(axes[1], [*range(8 - len(misread)), *misread], strict=True):
    ax.imshow(images[test][n, 0], cmap="gray")
    wrong = answers[n] != labels[test][n]
    ax.set_title(f"read as {answers[n]}", fontsize=9, color=ORANGE if wrong else INK)
for ax in axes.flat:
    ax.axis("off")

# %% [markdown]
# *Above, the eight learned filters (blue positive, red negative): small edges and corners. Below,
# some digits it never saw; orange titles mark some that it got wrong.*

# %% [markdown]
# ## 5 · Measure: what did you gain?
#
# The cell runs two implementations of one layer on four images that grow from 8 × 8 to 32 × 32: the
# loops and yours. Each does exactly the same multiplications. Each keeps the best of several tries:
# disturbances only ever make a run longer.
#
# **Predict, then run.** Write down before you run it: how long will the loops take for 32 × 32 if
# they take $t$ for 16 × 16? And your function? Will the ratio between the two grow with the images,
# shrink, or stay? Nobody marks this; but say afterwards what you had not thought of.

# %% [markdown]
# *My prediction:*
#
# *What came, and what I had not thought of:*


# %% tags=["demonstration"]
def best_seconds(call, tries):
    """The shortest of several runs."""
    taken = []
    for _ in range(tries):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return min(taken)


rng = np.random.default_rng(21)
w, b = rng.normal(size=(8, 3, 3, 3)), rng.normal(size=8)
sides = (8, 12, 16, 24, 32)
taken = {"loops": [], "im2col": []}
for side in sides:
    x = rng.normal(size=(4, 3, side, side))
    results = {
        "im2col": lambda x=x: conv2d_forward_im2col(x, w, b, pad=1),
        "loops": lambda x=x: convolve_by_loops(x, w, b, pad=1),
    }
    assert np.allclose(results["im2col"](), results["loops"]())  # warms both up as well
    for name, call in results.items():
        taken[name].append(best_seconds(call, 2 if name == "loops" else 20))

print("side   loops (ms)   im2col (ms)   im2col against loops")
for k, side in enumerate(sides):
    one = {name: 1000 * seconds[k] for name, seconds in taken.items()}
    print(
        f"{side:4}   {one['loops']:10.1f}   {one['im2col']:11.3f}"
        f"   {one['loops'] / one['im2col']:15.0f} times"
    )

fig, ax = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
outputs = [4 * 8 * side**2 for side in sides]
for (name, seconds), colour in zip(taken.items(), (INK, BLUE), strict=True):
    ax.loglog(outputs, seconds, "o-", color=colour, label=name)
ax.set_xticks(outputs, [f"{count:,}" for count in outputs])
ax.set_xticks([], minor=True)
ax.set(xlabel="output values", ylabel="seconds")
ax.legend(frameon=False, loc="center right")

# %% [markdown]
# *Time against the number of output values, both axes logarithmic. The loops rise in a straight
# line, a fixed price for each value. Your function lies two to three orders of magnitude lower.*
#
# The loops pay for every single dot product: fetch a window, call NumPy twice, store one number. A
# matrix product pays once, and its inner loops are compiled, vectorised and arranged so that
# numbers are used again while they are still in the processor's cache. People have tuned this one
# operation (BLAS calls it *gemm*) for forty years, and im2col is the trick that lets convolutions
# inherit all of it. So did Caffe, the library in which the networks of 2012 to 2014 were trained.

# %% [markdown]
# ## 6 · Pay: what does `X_col` cost?
#
# The price is memory. `X_col` has $C K_H K_W \cdot O_H O_W$ values, where the input has $C H W$. As
# $O_H \approx H / S$, that is about $(K/S)^2$ times as much: each pixel is copied once for each
# window that sees it. Work it out for real layers, 4 bytes a value, one image:

# %% tags=["demonstration"]
real_layers = {  # name: (side, channels, filters, kernel, stride, pad)
    "AlexNet, first layer": (227, 3, 96, 11, 4, 0),
    "AlexNet, second layer": (27, 96, 256, 5, 1, 2),
    "VGG-16, second layer": (224, 64, 64, 3, 1, 1),
    "VGG-16, last convolution": (14, 512, 512, 3, 1, 1),
    "a 1 × 1 convolution": (28, 256, 64, 1, 1, 0),
}
volumes = {}
for name, (side, C, F, size, step, frame) in real_layers.items():
    out_side = (side - size + 2 * frame) // step + 1
    volumes[name] = np.array([C * side**2, C * size**2 * out_side**2, F * out_side**2])
    given, copied, made = volumes[name]
    print(f"{name:25} X_col {C * size**2:5} × {out_side**2:6} = {copied * 4 / 1e6:6.1f} MB,")
    print(f"{'':25} {copied / given:.1f} times the input; about {(size / step) ** 2:.1f} expected")

fig, ax = plt.subplots(figsize=(8, 2.8), layout="constrained")
megabytes = np.array(list(volumes.values())) * 4 / 1e6
lines = np.arange(len(volumes))
ax.hlines(lines, megabytes[:, 0], megabytes[:, 1], color=ORANGE, lw=2)
for k, (name, mark) in enumerate({"input": "o", "X_col": "s", "output": "x"}.items()):
    colour = (INK, ORANGE, BLUE)[k]
    ax.plot(megabytes[:, k], lines, mark, color=colour, label=name, ms=8, mew=2, mfc="none")
for line, (given, copied, _) in zip(lines, megabytes, strict=True):
    ax.text(copied * 1.15, line, f"{copied / given:.1f} ×", color=ORANGE, va="center")
ax.set_yticks(lines, volumes)
ax.set(xscale="log", xlim=(0.15, 250), ylim=(4.5, -0.5))
ax.set_xlabel("megabytes for one image (logarithmic)")
ax.legend(frameon=False, loc="lower right")

# %% [markdown]
# *Memory of input (circle), `X_col` (square) and output (cross) for five layers. For AlexNet's
# first layer `X_col` is 7.1 times the input; for 3 × 3 at stride 1 nine times; for a 1 × 1
# convolution it is the input itself.*
#
# Predicted is good, measured is better. Python's `tracemalloc` counts what NumPy really asks for.
# Run AlexNet's first layer with your function, on one image:

# %% tags=["demonstration"]
import tracemalloc

rng = np.random.default_rng(22)
x = rng.normal(size=(1, 3, 227, 227)).astype(np.float32)
w, b = rng.normal(size=(96, 3, 11, 11)).astype(np.float32), np.zeros(96, np.float32)
tracemalloc.start()
out = conv2d_forward_im2col(x, w, b, stride=4)
peak = tracemalloc.get_traced_memory()[1]
tracemalloc.stop()
print("out", out.shape, out.dtype)
print(f"input {x.nbytes / 1e6:.2f} MB, X_col {volumes['AlexNet, first layer'][1] * 4 / 1e6:.2f} MB")
print(f"output {out.nbytes / 1e6:.2f} MB; your function's peak above its arguments: ", end="")
print(f"{peak / 1e6:.2f} MB")

yours = best_seconds(lambda: conv2d_forward_im2col(x, w, b, stride=4), 5)
cols = im2col(x, (11, 11), stride=4)
copying = best_seconds(lambda: im2col(x, (11, 11), stride=4), 5)
product = best_seconds(lambda: w.reshape(96, -1) @ cols, 5)
products = 55 * 55 * 96 * 363
print(f"{products / 1e6:.0f} million multiplications: {1000 * yours:.1f} ms, of them ", end="")
print(f"{1000 * copying:.1f} ms for im2col and {1000 * product:.1f} ms for the product")

# %% [markdown]
# Where memory is short, libraries build `X_col` piece by piece and never hold all of it, or they
# use other methods (direct loops in compiled code, the Fourier transform, Winograd's short
# algorithms; Lavin and Gray, 2016). The mathematics stays the same: dot products of filters with
# windows.

# %% [markdown]
# ## 7 · Say it in words (5 points, read by a person)
#
# 1. **(1 point)** A layer takes a batch of 32 images of 64 × 56 × 56 and has 128 filters of 3 × 3
#    with stride 1 and padding 1. Give the shapes of `W_row` and of one image's `X_col`, and the
#    memory of the whole batch's `X_col` in float32. Show the products.
# 2. **(2 points)** im2col does not save a single multiplication, and even moves *more* memory. Why
#    is it so much faster than the loops? And how might a library be faster still? One point for
#    each, and only where you refer to something that you measured above.
# 3. **(1 point)** `col2im(im2col(x))` is not `x`. With 3 × 3 windows, stride 1 and no padding on a
#    large image, what factor does a corner pixel get, what a pixel on the edge but far from the
#    corners, what one in the middle? Name a setting for which it *is* `x`.
# 4. **(1 point)** A classmate writes `dout.reshape(F, -1)` in the backward pass. Every check with
#    one image passes. What goes wrong with two, and what should be written?

# %% [markdown] nbgrader={"grade_id": "written_price", "grade": true, "solution": true, "points": 5}
# 1. `W_row` is 128 × (64 · 3 · 3) = 128 × 576. With padding 1 there are 56 · 56 = 3,136 places, so
#    `X_col` is 576 × 3,136 = 1,806,336 values for one image. For 32 images in float32:
#    32 · 1,806,336 · 4 bytes = 231,211,008 bytes, 231 MB (nine times the input's 25.7 MB).
# 2. *Loops*: the time is not in the multiplications but around them. In the plot the loops rise in
#    a straight line with the number of outputs: some microseconds of interpreter and NumPy calls
#    for each value, however few products it has. The matrix product pays that once, then runs
#    compiled, vectorised code on contiguous memory that uses what is in the cache again and again;
#    the table shows hundreds of times. *A library* need not write out and read back the whole
#    `X_col`, which took part of the time on AlexNet's layer, and most of the memory that
#    tracemalloc showed: it can build it in pieces or compute directly, and divide the work among
#    threads where there are several.
# 3. The corner lies in one window and gets factor 1, the edge pixel lies in 3 and gets factor 3,
#    the middle in 9 and gets factor 9. It is `x` where every pixel is seen exactly once, for
#    example with stride 2 and 2 × 2 windows, or 1 × 1 windows at stride 1.
# 4. `dout` is (N, F, OH, OW) in memory: all filters of image 0, then all of image 1. Reshaping to
#    (F, -1) cuts that sequence into F equal pieces, so for N = 2 a row mixes filters and images. It
#    must be `dout.reshape(N, F, -1)` and a sum over images after the product, or first
#    `dout.transpose(1, 0, 2, 3)` and then `reshape(F, -1)`, with the columns laid out to match.

# %% [markdown]
# ## If you like: compare with PyTorch
#
# Nothing depends on this. Where PyTorch is installed, see that `unfold` and `fold` are your two
# functions, and race against the library.

# %% tags=["demonstration"]
try:
    import torch
except ImportError:
    print("PyTorch is not installed here, so there is nothing to compare with. All else is done.")
else:
    F = torch.nn.functional
    rng = np.random.default_rng(23)
    x = rng.normal(size=(2, 3, 9, 11))
    cols = im2col(x, (3, 5), stride=2, pad=1)
    theirs = F.unfold(torch.from_numpy(x), (3, 5), stride=2, padding=1).numpy()
    print("im2col: largest difference", f"{np.abs(cols - theirs).max():.0e}")
    back = col2im(cols, x.shape, (3, 5), stride=2, pad=1)
    theirs = F.fold(torch.from_numpy(cols), (9, 11), (3, 5), stride=2, padding=1).numpy()
    print("col2im: largest difference", f"{np.abs(back - theirs).max():.0e}")
    x, w, b = rng.normal(size=(4, 3, 32, 32)), rng.normal(size=(8, 3, 3, 3)), rng.normal(size=8)
    tensors = [torch.from_numpy(array) for array in (x, w, b)]
    mine = best_seconds(lambda: conv2d_forward_im2col(x, w, b, pad=1), 20)
    library = best_seconds(lambda: F.conv2d(*tensors, padding=1), 20)
    print(f"four images of 32 × 32: yours {1000 * mine:.2f} ms, PyTorch {1000 * library:.2f} ms")

# %% [markdown]
# ## What you have now
#
# The convolution as libraries really computed it for years: two data movements and three matrix
# products. The same trick serves pooling, where it is the *maximum* of a column that counts: that
# is in the next assignment.
#
# **Before you submit**: *Kernel → Restart and Run All*. The checks in this notebook are the public
# ones; more of them run when your work is graded.
#
# **Sources.** Stanford's CS231n notes on convolutional networks, whose order this notebook follows
# · Chellapilla, Puri and Simard, *High performance convolutional neural networks for document
# processing*, 2006 · Krizhevsky, Sutskever and Hinton, *ImageNet classification with deep
# convolutional neural networks*, 2012 · Jia et al., *Caffe: convolutional architecture for fast
# feature embedding*, 2014 · Simonyan and Zisserman, *Very deep convolutional networks for
# large-scale image recognition*, 2015 · Lavin and Gray, *Fast algorithms for convolutional neural
# networks*, 2016.
