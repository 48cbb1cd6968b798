"""Compare two results of one student."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.course.results import SubmissionResult


@dataclass(frozen=True)
class Change:
    """One student's score before and now.

    before, now : points; None where the grader failed, and `before` where nothing was graded
    why : sentences on what is different, as `differences` gives them
    """

    student: str
    before: float | None
    now: float | None
    why: tuple[str, ...]


def differences(before: SubmissionResult | None, now: SubmissionResult) -> tuple[str, ...]:
    """Sentences on the differences between two results of a student; none if there are none."""
    if before is None:
        return ("not graded before",)
    sentences = []
    if before.verdict != now.verdict:
        sentences.append(f"the verdict was {before.verdict} and is {now.verdict}")
    for test in {**before.cells, **now.cells}:
        old, new = before.cells.get(test), now.cells.get(test)
        if old is None or new is None:
            sentences.append(f"{test} is {'new' if old is None else 'gone'}")
        elif (old.score, old.max_score) != (new.score, new.max_score):
            points = f"{old.score:g} of {old.max_score:g} → {new.score:g} of {new.max_score:g}"
            sentences.append(f"{test}: {points} ({new.message})")
    return tuple(sentences)
