"""Numbers are written as people read them."""

import math

from autograder.reports.number_format import number, percent


def test_numbers_are_written_as_people_read_them():
    """One decimal or two, a minus sign, no minus zero, a dash for what is not known."""
    assert [number(one) for one in (3.0, 2.25, -0.04, math.nan, None, 1200.0)] == [
        "3", "2.2", "0", "–", "–", "1200",
    ]  # fmt: skip
    assert (number(-0.5, 2), number(-0.001, 2), percent(0.125)) == ("−0.50", "0.00", "12%")
