"""The reference of `naive_convolution`, against PyTorch and against its contract."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch

from autograder.course.errors import ForbiddenRoute
from tests.edits import edit
from tests.solutions.convolutions import GRID, layer, tensors
from tests.solutions.solved import solved

SOLVED = solved("naive_convolution")
REFERENCE = SOLVED.reference


# The reference against oracles that share no code with it


@pytest.mark.parametrize(("stride", "pad", "kernel"), GRID)
def test_forward_is_pytorchs(stride, pad, kernel):
    """The forward pass gives what torch.nn.functional.conv2d gives."""
    x, w, b = layer(kernel, stride, pad)
    want = torch.nn.functional.conv2d(*tensors(x, w, b), stride=stride, padding=pad)
    got = REFERENCE.conv2d_forward(x, w, b, stride=stride, pad=pad)
    np.testing.assert_allclose(got, want.numpy(), atol=1e-12)


@pytest.mark.parametrize(("stride", "pad", "kernel"), GRID)
def test_backward_is_autograds(stride, pad, kernel):
    """The three gradients are those that autograd finds."""
    x, w, b = layer(kernel, stride, pad)
    leaves = [tensor.requires_grad_() for tensor in tensors(x, w, b)]
    out = torch.nn.functional.conv2d(*leaves, stride=stride, padding=pad)
    dout = np.random.default_rng(1).normal(size=out.shape)
    out.backward(torch.from_numpy(dout))
    got = REFERENCE.conv2d_backward(dout, x, w, b, stride=stride, pad=pad)
    for gradient, leaf in zip(got, leaves, strict=True):
        np.testing.assert_allclose(gradient, leaf.grad.numpy(), atol=1e-12)


@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize(("stride", "pad", "kernel"), GRID)
def test_dilated_forward_is_pytorchs(stride, pad, kernel, dilation):
    """The dilated forward pass gives what PyTorch's conv2d gives with that dilation."""
    x, w, b = layer(kernel, stride, pad, dilation)
    how = {"stride": stride, "dilation": dilation}
    want = torch.nn.functional.conv2d(*tensors(x, w, b), padding=pad, **how)
    got = REFERENCE.dilated_conv2d_forward(x, w, b, pad=pad, **how)
    np.testing.assert_allclose(got, want.numpy(), atol=1e-12)


@pytest.mark.parametrize(("stride", "pad", "kernel"), GRID)
def test_locally_connected_is_one_product_for_each_place(stride, pad, kernel):
    """The locally connected layer is torch's unfold, times the weights of each place."""
    x, shared, _ = layer(kernel, stride, pad)
    rng = np.random.default_rng(2)
    w, b = rng.normal(size=(5, 7, *shared.shape)), rng.normal(size=(4, 5, 7))
    columns = torch.nn.functional.unfold(*tensors(x), kernel, stride=stride, padding=pad)
    windows = columns.reshape(2, 3, *kernel, 5, 7)
    want = torch.einsum("ncuvij,ijfcuv->nfij", windows, *tensors(w)) + torch.from_numpy(b)
    got = REFERENCE.locally_connected_forward(x, w, b, stride=stride, pad=pad)
    np.testing.assert_allclose(got, want.numpy(), atol=1e-12)


def test_output_size_counts_the_windows():
    """The formula agrees with laying the filter down until it falls off the end."""
    for size in range(1, 12):
        for kernel in range(1, 6):
            for stride in range(1, 5):
                for pad in range(3):
                    starts = range(0, size + 2 * pad - kernel + 1, stride)
                    fits = starts and starts[-1] + kernel == size + 2 * pad
                    if fits:
                        got = REFERENCE.conv_output_size(size, kernel, stride=stride, pad=pad)
                        assert got == len(starts)
                        assert type(got) is int
                    else:
                        with pytest.raises(ValueError, match=str(size)):
                            REFERENCE.conv_output_size(size, kernel, stride=stride, pad=pad)


# What the contract asks for besides the values


@pytest.mark.parametrize("how", [{"stride": 0}, {"stride": -1}, {"pad": -1}], ids=str)
def test_output_size_refuses_impossible_settings(how):
    """A stride that does not move and a negative padding are refused."""
    with pytest.raises(ValueError, match=str(next(iter(how.values())))):
        REFERENCE.conv_output_size(7, 3, **how)


def forward_calls(H, W):
    """Every forward function, on an H × W image with 3 × 3 filters and stride 2."""
    x, w, b = np.zeros((1, 1, H, W)), np.zeros((1, 1, 3, 3)), np.zeros(1)
    places = ((H - 3) // 2 + 1, (W - 3) // 2 + 1)
    return {
        "conv2d_forward": (x, w, b),
        "dilated_conv2d_forward": (x, w, b),
        "locally_connected_forward": (x, np.zeros((*places, 1, 1, 3, 3)), np.zeros((1, *places))),
    }


@pytest.mark.parametrize("name", forward_calls(9, 9))
@pytest.mark.parametrize(("H", "W", "odd"), [(14, 9, 14), (9, 18, 18)])
def test_forwards_refuse_what_does_not_tile(name, H, W, odd):
    """Rows or columns that do not tile are refused, and the message names all four numbers."""
    with pytest.raises(ValueError, match=rf"size {odd}, kernel 3, stride 2, pad 0"):
        getattr(REFERENCE, name)(*forward_calls(H, W)[name], stride=2)


@pytest.mark.parametrize("name", forward_calls(9, 9))
def test_forwards_explain_a_missing_image_axis(name):
    """A single image without its axis is refused in words that say what to do."""
    x, w, b = forward_calls(9, 9)[name]
    with pytest.raises(ValueError, match=r"x needs 4 axes \(N, C, H, W\).*image\[None\]"):
        getattr(REFERENCE, name)(x[0], w, b, stride=2)


def test_forward_explains_channels_that_differ():
    """An image and filters of different depth are refused, with both depths."""
    with pytest.raises(ValueError, match="x and w disagree about C: 3 against 2"):
        REFERENCE.conv2d_forward(np.zeros((1, 3, 5, 5)), np.zeros((1, 2, 3, 3)), np.zeros(1))


def test_locally_connected_refuses_weights_for_other_places():
    """Weights for more places than there are is a mistake, not a broadcast."""
    with pytest.raises(ValueError, match="there are"):
        REFERENCE.locally_connected_forward(
            np.zeros((1, 1, 5, 5)), np.zeros((4, 4, 1, 1, 3, 3)), np.zeros((1, 4, 4))
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_keep_the_dtype_and_arguments_their_values(dtype):
    """float32 stays float32, float64 stays float64, and no argument is written to."""
    x, w, b = layer((3, 2), 2, 1, dtype=dtype)
    local = np.tile(w, (5, 7, 1, 1, 1, 1)), np.tile(b[:, None, None], (1, 5, 7))
    dout = np.ones((2, 4, 5, 7), dtype=dtype)
    for name, arguments in {
        "conv2d_forward": (x, w, b),
        "conv2d_backward": (dout, x, w, b),
        "dilated_conv2d_forward": (x, w, b),
        "locally_connected_forward": (x, *local),
    }.items():
        before = [argument.copy() for argument in arguments]
        for argument in arguments:
            argument.flags.writeable = False  # writing would raise
        results = getattr(REFERENCE, name)(*arguments, stride=2, pad=1)
        for result in results if isinstance(results, tuple) else (results,):
            assert result.dtype == dtype
        for argument, was in zip(arguments, before, strict=True):
            np.testing.assert_array_equal(argument, was)


# Forbidden routes


ROUTES = {
    "torch": "import torch; return torch.nn.functional.conv2d(x, w, b)",
    "torch under another name": "import torch.nn.functional as helper; return helper.conv2d(x, w)",
    "scipy": "from scipy.signal import correlate2d; return correlate2d(x, w)",
    "sliding windows": "np.lib.stride_tricks.sliding_window_view(x, (1, 1, 3, 3))",
    "sliding windows imported": "import numpy.lib.stride_tricks as s; s.sliding_window_view(x, 3)",
    "as_strided by name": 'getattr(np.lib, "stride_tricks")',
    "an array with strides of its own": "np.ndarray((2, 2), x.dtype, x, strides=(8, 8))",
}


@pytest.mark.parametrize("line", ROUTES.values(), ids=ROUTES)
@pytest.mark.parametrize("function", SOLVED.functions)
def test_routes_around_the_work_are_forbidden(function, line):
    """Torch, SciPy and strided views are found in the code of every solution cell."""
    with pytest.raises(ForbiddenRoute):
        SOLVED.look(function, f"def {function}(x, w, b):\n    {line}\n")


@pytest.mark.parametrize("function", SOLVED.functions)
def test_words_are_no_route(function):
    """A comment, a docstring or a message that speaks of torch is not a route."""
    words = '# as torch does, without as_strided\n    "no sliding_window_view"'
    source = inspect.getsource(getattr(REFERENCE, function))
    SOLVED.look(function, edit(source, ("### BEGIN SOLUTION", words)))
