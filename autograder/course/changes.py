"""Compare two results of one student, and those of a class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograder.course.results import FEW, NEARLY_ALL, NOT_RUN, SubmissionResult
from autograder.course.verdicts import Status


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


@dataclass(frozen=True)
class CommonLoss:
    """A test cell whose points nearly everyone has lost since the results before.

    students : those who lose points now; `of` is the number of those who had all of them before
    """

    cell: str
    students: tuple[str, ...]
    of: int

    @property
    def sentence(self) -> str:
        """What happened, and what it may mean."""
        return (
            f"{len(self.students)} of the {self.of} who had all points in {self.cell} lose some "
            "now. Where nearly everyone loses the same cell, the check is likely to be wrong"
        )


def common_losses(
    before: Mapping[str, SubmissionResult], now: Iterable[SubmissionResult]
) -> tuple[CommonLoss, ...]:
    """The cells that nearly everyone newly loses, those of most students first.

    before : the earlier results by student
    now : the later ones; who is not in `before`, or has handed in nothing that was graded, does
        not count
    """
    had: dict[str, int] = {}
    losers: dict[str, list[str]] = {}
    for result in now:
        earlier = before.get(result.student)
        if earlier is None or result.verdict in NOT_RUN:
            continue
        for name, cell in earlier.cells.items():
            new = result.cells.get(name)
            if new is None or new.status == Status.GRADER_ERROR or cell.score < cell.max_score:
                continue
            had[name] = had.get(name, 0) + 1
            if new.score < new.max_score:
                losers.setdefault(name, []).append(result.student)
    losses = (
        CommonLoss(name, tuple(students), had[name])
        for name, students in losers.items()
        if had[name] >= FEW and len(students) >= NEARLY_ALL * had[name]
    )
    return tuple(sorted(losses, key=lambda loss: (-len(loss.students), loss.cell)))
