"""A file's name is read in time that grows with its length."""

import pytest

from autograder.course.notebook_names import is_called
from tests.growth import growth


@pytest.mark.parametrize(
    "name",
    [lambda size: " " * size + "(1)" * 40, lambda size: "(1)" * size, lambda size: "9" * size],
    ids=["blanks", "copies", "digits"],
)
def test_the_time_for_a_name_grows_no_faster_than_its_length(name):
    """Also for names that were made to be read again and again."""

    def read(size):
        assert not is_called(f"{name(size)}.ipynb", "toy")

    assert growth(read, 2_000) < 8
