"""A class is shown as ranges of points, unless it is so small that a bar would be somebody."""

import dataclasses

import pytest

from autograder.feedback.distribution import LEAST, distribution
from tests.reports.toy_results import mark


def marks(count, *, waiting=0):
    """So many marks from 0 to 10 points, and so many with an answer that waits."""
    done = [mark(f"s{number}", auto=0.0, manual=number % 11) for number in range(count)]
    return [*done, *(mark(f"w{number}") for number in range(waiting))]


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
