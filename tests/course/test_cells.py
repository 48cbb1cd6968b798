"""Which function a test cell belongs to follows from its name."""

import pytest

from autograder.course.cells import owner_of
from autograder.course.errors import SourceError

FUNCTIONS = ("max_pool_forward", "max_pool_forward_im2col", "im2col")


@pytest.mark.parametrize(
    ("test", "owner"),
    [
        ("test_max_pool_forward", "max_pool_forward"),
        ("test_max_pool_forward_ties", "max_pool_forward"),
        ("test_max_pool_forward_im2col_speed", "max_pool_forward_im2col"),
        ("test_im2col_layout", "im2col"),
    ],
)
def test_the_longest_name_that_fits_owns_the_cell(test, owner):
    """Where two names fit, the longer one is meant."""
    assert owner_of(test, FUNCTIONS) == owner


@pytest.mark.parametrize("test", ["test_average", "test_im2colors", "im2"])
def test_a_cell_of_no_function_is_refused(test):
    """The message lists the functions there are."""
    with pytest.raises(SourceError, match="belongs to no function") as caught:
        owner_of(test, FUNCTIONS)
    assert "max_pool_forward_im2col" in caught.value.remedy
