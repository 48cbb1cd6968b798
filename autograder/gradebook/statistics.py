"""Statistics of a graded class: how scores are spread, and how well each task discriminates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Spread:
    """How numbers are spread, in their own unit; NaN where there are too few.

    lower, upper : the quartiles, with linear interpolation
    deviation : the standard deviation of a sample, √(Σ (x − mean)² / (n − 1))
    """

    count: int
    mean: float
    median: float
    lower: float
    upper: float
    deviation: float
    minimum: float
    maximum: float


@dataclass(frozen=True)
class Item:
    """Item statistics of a task, over the students who were graded on it.

    success : the mean part of its points, 0 to 1
    full : the part of the students who have all of its points, 0 to 1
    discrimination : `corrected_correlation` with the other tasks
    """

    name: str
    points: float
    count: int
    success: float
    full: float
    discrimination: float

    @property
    def difficulty(self) -> float:
        """1 − success: 0 where everybody has all points, 1 where nobody has any."""
        return 1 - self.success


@dataclass(frozen=True)
class Bin:
    """One bar of a histogram: `low` ≤ value < `high`; the last bar has its upper end too."""

    low: float
    high: float
    count: int


def spread(values: Sequence[float]) -> Spread:
    """The quartiles, mean and deviation of these numbers."""
    if not len(values):
        return Spread(0, *[math.nan] * 7)
    x = np.asarray(values, dtype=float)
    lower, median, upper = (float(value) for value in np.quantile(x, (0.25, 0.5, 0.75)))
    deviation = float(x.std(ddof=1)) if len(x) > 1 else math.nan
    return Spread(
        len(x), float(x.mean()), median, lower, upper, deviation, float(x.min()), float(x.max())
    )


def histogram(values: Sequence[float], edges: Sequence[float]) -> tuple[Bin, ...]:
    """The counts of a histogram, one bar between each two edges; other values are not counted."""
    counts, _ = np.histogram(values, edges)
    return tuple(
        Bin(low, high, int(count))
        for low, high, count in zip(edges, edges[1:], counts, strict=False)
    )


def even_edges(end: float, bars: int = 20) -> list[float]:
    """Edges for a histogram, from 0 to at least `end`, in at most `bars` round steps."""
    end = end if end > 0 else 1.0
    unit = 10.0 ** math.floor(math.log10(end / bars))
    step = next(
        unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor * bars >= end - 1e-9
    )
    return [round(step * index, 9) for index in range(math.ceil(end / step - 1e-9) + 1)]


def doubling_edges(values: Sequence[float]) -> list[float]:
    """Edges for a histogram of times, a few of which are very long: powers of two."""
    positive = [value for value in values if value > 0] or [1.0]
    low = math.floor(math.log2(min(positive)))
    high = math.floor(math.log2(max(positive))) + 1
    zero = [0.0] if any(value <= 0 for value in values) else []
    return zero + [2.0**power for power in range(low, high + 1)]


def items(names: Sequence[str], points: Sequence[float], scores: np.ndarray) -> tuple[Item, ...]:
    """One `Item` for each column of `scores`, students × tasks; NaN where somebody lacks a task."""
    statistics = []
    for column, (name, maximum) in enumerate(zip(names, points, strict=True)):
        is_graded = ~np.isnan(scores[:, column])
        task_scores = scores[is_graded, column]
        success = float(task_scores.mean() / maximum) if len(task_scores) and maximum else math.nan
        full = float((task_scores >= maximum).mean()) if len(task_scores) else math.nan
        discrimination = corrected_correlation(scores, column)
        statistics.append(Item(name, maximum, len(task_scores), success, full, discrimination))
    return tuple(statistics)


def corrected_correlation(scores: np.ndarray, column: int) -> float:
    """The corrected item–total correlation: of a task with the total of all others.

    r = cov(xᵢ, t − xᵢ) / √(var(xᵢ) var(t − xᵢ)), where t is the total. Without the task itself in
    the total, as it would correlate with itself. NaN where one of the two doesn't vary.
    """
    task_scores = scores[:, column]
    other_scores = np.nansum(np.delete(scores, column, axis=1), axis=1)
    is_graded = ~np.isnan(task_scores)
    return _correlation(task_scores[is_graded], other_scores[is_graded])


def alpha(scores: np.ndarray) -> float:
    """Cronbach's alpha of the tasks: how well they measure one thing, 1 for perfectly.

    α = k / (k − 1) · (1 − Σ var(xᵢ) / var(t)) for k tasks with the total t, over the students who
    have them all. NaN with fewer than two tasks or students, or where the total doesn't vary.
    """
    complete = scores[~np.isnan(scores).any(axis=1)]
    students, tasks = complete.shape
    totals = complete.sum(axis=1)
    if students < 2 or tasks < 2 or not _varies(totals):
        return math.nan
    task_variances = complete.var(axis=0, ddof=1).sum()
    return float(tasks / (tasks - 1) * (1 - task_variances / totals.var(ddof=1)))


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    if len(x) < 2 or not _varies(x) or not _varies(y):
        return math.nan
    return float(np.corrcoef(x, y)[0, 1])


def _varies(x: np.ndarray) -> bool:
    # Sums of the same tenths in another order differ by less than any points do.
    return bool(np.ptp(x) > 1e-9)
