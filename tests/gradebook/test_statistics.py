"""The figures of a class are the textbook's."""

import math
from itertools import pairwise

import numpy as np
import pytest

from autograder.gradebook.statistics import (
    alpha,
    corrected_correlation,
    doubling_edges,
    even_edges,
    histogram,
    items,
    spread,
)

# Four students, three tasks of one point. The first task against the sum of the other two:
#   x = 1 1 0 1, rest = 1 0 0 2, both with mean 0.75
#   Σ (x − 0.75)(rest − 0.75) = 0.0625 − 0.1875 + 0.5625 + 0.3125 = 0.75
#   Σ (x − 0.75)² = 0.75, Σ (rest − 0.75)² = 2.75
CLASS = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 1, 1]], dtype=float)


def test_discrimination_agrees_with_the_case_worked_by_hand():
    """0.75 / √(0.75 · 2.75)."""
    assert corrected_correlation(CLASS, 0) == pytest.approx(0.75 / math.sqrt(0.75 * 2.75))


def test_alpha_agrees_with_the_case_worked_by_hand():
    """Variances 1/4, 1/3 and 1/4 of the tasks, 5/3 of the totals 2, 1, 0, 3: 3/2 · (1 − 1/2)."""
    assert alpha(CLASS) == pytest.approx(0.75)


def test_discrimination_is_numpys_correlation_with_the_other_tasks():
    """For 200 students and 7 tasks of unlike points."""
    scores = np.random.default_rng(3).normal(size=(200, 7)) * [1, 2, 3, 1, 5, 0.5, 2]
    for column, item in enumerate(items("abcdefg", [1.0] * 7, scores)):
        rest = scores.sum(axis=1) - scores[:, column]
        want = np.corrcoef(scores[:, column], rest)[0, 1]
        assert item.discrimination == pytest.approx(want, abs=1e-12)


def test_a_task_is_not_correlated_with_itself():
    """Of unrelated tasks none discriminates; with the total left whole, each would."""
    scores = np.random.default_rng(5).normal(size=(4000, 3))
    for column in range(3):
        assert abs(corrected_correlation(scores, column)) < 0.05
        assert np.corrcoef(scores[:, column], scores.sum(axis=1))[0, 1] > 0.5


def test_alpha_is_one_for_tasks_that_agree_and_nothing_for_unrelated_ones():
    """The two ends of the scale."""
    one = np.random.default_rng(7).normal(size=(3000, 1))
    assert alpha(np.repeat(one, 4, axis=1)) == pytest.approx(1)
    assert abs(alpha(np.random.default_rng(8).normal(size=(3000, 4)))) < 0.1


@pytest.mark.parametrize(
    "scores",
    [
        np.zeros((0, 3)),
        np.zeros((1, 3)),
        np.zeros((5, 3)),
        np.ones((5, 1)),
        np.full((5, 3), 0.1 + 0.2),
    ],
    ids=["nobody", "one student", "all zero", "one task", "all the same"],
)
def test_where_nothing_varies_there_is_no_correlation(scores):
    """NaN, and no warning of NumPy's."""
    assert math.isnan(alpha(scores))
    assert all(math.isnan(corrected_correlation(scores, one)) for one in range(scores.shape[1]))


def test_sums_that_differ_by_rounding_do_not_vary():
    """Tenths added in another order: the rest is the same for all."""
    scores = np.array([[1, 0.1, 0.2, 0.3], [0, 0.3, 0.2, 0.1], [1, 0.2, 0.3, 0.1]])
    assert len({float(row.sum()) for row in scores[:, 1:]}) > 1
    assert math.isnan(corrected_correlation(scores, 0))


def test_success_difficulty_and_full_marks_of_a_task():
    """Of 4 points, two students have 4, one 2 and one 0; who lacks the task doesn't count."""
    (item,) = items(["a"], [4.0], np.array([[4.0], [4.0], [2.0], [0.0], [np.nan]]))
    assert (item.count, item.success, item.difficulty, item.full) == (4, 0.625, 0.375, 0.5)


def test_the_spread_of_scores():
    """Quartiles between two students are interpolated; the deviation is a sample's."""
    found = spread([0, 10, 20, 30, 41])
    assert (found.mean, found.median, found.lower, found.upper) == (20.2, 20, 10, 30)
    assert (found.minimum, found.maximum, found.count) == (0, 41, 5)
    assert found.deviation == pytest.approx(np.std([0, 10, 20, 30, 41], ddof=1))


def test_one_student_has_a_mean_and_no_deviation_and_nobody_has_neither():
    """No division by zero."""
    assert spread([7.0]).mean == 7 and math.isnan(spread([7.0]).deviation)
    assert math.isnan(spread([]).mean) and spread([]).count == 0


@pytest.mark.parametrize("most", [0, 0.3, 1, 6, 10, 17, 40, 45, 99.5, 1000])
def test_a_histogram_counts_everybody_once(most):
    """From nothing to full marks, in at most twenty bars of one round width."""
    edges = even_edges(most)
    values = np.linspace(0, most, 77)
    assert sum(one.count for one in histogram(values, edges)) == 77
    assert len(edges) <= 21 and len({round(b - a, 6) for a, b in pairwise(edges)}) == 1


def test_times_are_counted_in_bars_that_double():
    """From an eighth of a second to minutes; a time of 0 is in a bar too."""
    values = [0.0, 0.2, 0.3, 3.0, 64.0, 180.0]
    edges = doubling_edges(values)
    assert edges[0] == 0 and all(b == 2 * a for a, b in pairwise(edges[1:]))
    assert sum(one.count for one in histogram(values, edges)) == 6
    assert histogram([], doubling_edges([]))[0].count == 0
