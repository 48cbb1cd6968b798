"""The book's fast convolutions agree with PyTorch's, keep dtypes, and refuse what does not tile."""

import numpy as np
import pytest
import torch

from book.fast_convolution import in_blocks, windows_as_columns, windows_as_rows

WAYS = [windows_as_rows, windows_as_columns, in_blocks]
LAYERS = [
    pytest.param((2, 3, 8, 11), (4, 3, 3, 2), 1, 0, id="neither is square"),
    pytest.param((3, 2, 7, 9), (5, 2, 3, 3), 2, 1, id="stride and padding"),
    pytest.param((1, 4, 6, 5), (3, 4, 1, 1), 1, 0, id="1×1"),
    pytest.param((2, 1, 4, 5), (2, 1, 4, 5), 1, 0, id="one window"),
    pytest.param((2, 3, 10, 7), (1, 3, 5, 2), 3, 2, id="pixels between windows"),
]


def arrays(images, filters, dtype=np.float64):
    rng = np.random.default_rng(0)
    shapes = images, filters, filters[:1]
    return tuple(rng.standard_normal(shape).astype(dtype) for shape in shapes)


def expected(x, w, b, stride, pad):
    tensors = map(torch.from_numpy, (x, w, b))
    return torch.nn.functional.conv2d(*tensors, stride=stride, padding=pad).numpy()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("images", "filters", "stride", "pad"), LAYERS)
def test_all_ways_agree_with_pytorch(way, images, filters, stride, pad):
    """Same shape, same numbers."""
    x, w, b = arrays(images, filters)
    out = way(x, w, b, stride=stride, pad=pad)
    want = expected(x, w, b, stride, pad)
    assert out.shape == want.shape
    np.testing.assert_allclose(out, want, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("numbers", [1, 40, 500, 2_000, 10**6])
@pytest.mark.parametrize("images", [1, 5])
def test_the_size_of_a_block_changes_no_number(numbers, images):
    """From one output row at a time to the whole batch, with a smaller block at the end."""
    x, w, b = arrays((images, 2, 7, 9), (3, 2, 3, 3))
    out = in_blocks(x, w, b, pad=1, block_bytes=8 * numbers)
    np.testing.assert_allclose(out, expected(x, w, b, 1, 1), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("way", WAYS)
def test_float32_stays_float32(way):
    """float32 in gives float32 out, and no argument is changed."""
    given = arrays((2, 3, 6, 6), (4, 3, 3, 3), np.float32)
    before = [array.copy() for array in given]
    assert way(*given, pad=1).dtype == np.float32
    assert all(map(np.array_equal, given, before))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [(6, 5), (5, 6), (2, 5)], ids=["rows", "columns", "too small"])
def test_sizes_that_do_not_tile_are_refused(way, size):
    """PyTorch would drop the last row or column in silence."""
    x, w, b = arrays((1, 1, *size), (1, 1, 3, 3))
    with pytest.raises(ValueError, match=r"kernel 3, stride 2|input array"):
        way(x, w, b, stride=2)
