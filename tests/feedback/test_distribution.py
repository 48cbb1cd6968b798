"""A class is shown as ranges of points, unless it is so small that a bar would be somebody."""

import dataclasses

import pytest

from autograder.feedback.distribution import LEAST, distribution
from autograder.gradebook.marks import CellMark, Mark


def mark(student, points):
    """A mark of so many points by hand out of 10; None for an answer that waits."""
    cell = CellMark("written_why", None, points, 0.0, 10.0, "answer", points is None)
    known = (student, None, None, None, None)
    return Mark(*known, True, None, 0.0, 0.0, 10.0, (cell,), ())


def marks(count, *, waiting=0):
    """So many marks from 0 to 10 points, and so many with an answer that waits."""
    done = [mark(f"s{number}", float(number % 11)) for number in range(count)]
    return [*done, *(mark(f"w{number}", None) for number in range(waiting))]


def test_every_complete_mark_is_in_one_range():
    """Answers that wait are not counted: their points are not known yet."""
    shown = distribution(marks(22, waiting=5))
    assert sum(bar.count for bar in shown.bins) == shown.spread.count == 22
    assert shown.bins[0].low == 0 and shown.bins[-1].high >= 10
    assert shown.most == max(bar.count for bar in shown.bins)
    for score in range(11):
        assert sum(shown.has(bar, score) for bar in shown.bins) == 1


@pytest.mark.parametrize("count", [0, 1, LEAST - 1])
def test_a_small_class_is_not_shown(count):
    """However many others still wait."""
    assert distribution(marks(count, waiting=20)) is None
    assert distribution(marks(LEAST)) is not None


def test_extra_credit_has_its_range():
    """Points above the maximum are in the last one."""
    above = [dataclasses.replace(one, max_score=4.0) for one in marks(22)]
    shown = distribution(above)
    assert shown.bins[-1].high >= 10 and sum(shown.has(bar, 10.0) for bar in shown.bins) == 1
