"""How a class did as a whole, for students: ranges of points and how many have them.

A small class is not shown: each bar would be somebody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.gradebook.marks import Mark
from autograder.gradebook.statistics import Bin, Spread, even_edges, histogram, spread

LEAST = 10  # students
BARS = 8


@dataclass(frozen=True)
class Distribution:
    """The points of a class.

    bins : ranges of points, each with the number of students who have them
    """

    spread: Spread
    bins: tuple[Bin, ...]

    @property
    def most(self) -> int:
        """The number of students in the fullest range."""
        return max(bar.count for bar in self.bins)

    def has(self, bar: Bin, score: float) -> bool:
        """Whether a score lies in a range, of which the last has its upper end too."""
        return bar.low <= score < bar.high or (bar is self.bins[-1] and score >= bar.high)


def distribution(marks: Iterable[Mark]) -> Distribution | None:
    """The distribution of the points of those who handed in and have nothing left to mark.

    None where they are fewer than `LEAST`.
    """
    complete = [mark for mark in marks if mark.submitted and not mark.ungraded]
    if len(complete) < LEAST:
        return None
    scores = [mark.score for mark in complete]
    edges = even_edges(max([*scores, *(mark.max_score for mark in complete)]), BARS)
    return Distribution(spread(scores), histogram(scores, edges))
