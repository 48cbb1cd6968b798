"""Say which students need a human look, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograder.course.results import SubmissionResult
from autograder.gradebook.marks import Mark
from autograder.reports.failures import Group

NEAR = 0.8  # of the time that a submission may take
VERDICTS = {
    "grader_error": "the grader failed on it; it has no score",
    "unreadable": "the file cannot be read",
    "crashed": "its process ended",
    "out_of_memory": "it ran out of memory",
    "timed_out": "it ran out of time",
    "missing": "nothing was handed in",
}
SIMILAR = "similar code"


def look_at(
    results: Sequence[SubmissionResult],
    marks: Sequence[Mark] | None,
    flagged: Sequence[Group],
    similar: Sequence[str],
    seconds: float,
) -> tuple[Group, ...]:
    """The reasons that there are, the gravest first, each with its students.

    marks : None where there is no gradebook
    flagged : what `failures.flags` found
    similar : the students in a close pair
    seconds : what a submission may take
    """
    found = [
        *_verdicts(results),
        *(_disagreements(results, marks) if marks is not None else ()),
        *_flagged(flagged, results),
        Group(SIMILAR, tuple(similar), (), "a pair is close; read both before you think anything"),
        Group("near the time limit", _slow(results, seconds), (), f"over {NEAR * seconds:g} s"),
        *(_by_hand(marks) if marks is not None else ()),
    ]
    return tuple(one for one in found if one.students)


def reasons(groups: Sequence[Group]) -> dict[str, tuple[str, ...]]:
    """The same by student."""
    found: dict[str, list[str]] = {}
    for group in groups:
        for student in group.students:
            found.setdefault(student, []).append(group.what)
    return {student: tuple(why) for student, why in found.items()}


def _verdicts(results: Sequence[SubmissionResult]) -> Iterator[Group]:
    for verdict, meaning in VERDICTS.items():
        students = tuple(one.student for one in results if one.verdict == verdict)
        yield Group(verdict, students, (), meaning)


def _disagreements(results: Sequence[SubmissionResult], marks: Sequence[Mark]) -> Iterator[Group]:
    """Where results and gradebook know of different students, or of different points."""
    by_student = {mark.student: mark for mark in marks}
    have = {one.student for one in results}
    # Nothing is written into the gradebook for these two.
    written = [one for one in results if one.verdict not in ("missing", "grader_error")]
    absent, other = [], []
    for one in written:
        mark = by_student.get(one.student)
        if mark is None or not mark.submitted:
            absent.append(one.student)
            continue
        auto = sum(cell.auto or 0.0 for cell in mark.cells if cell.kind == "test")
        if abs(auto - (one.score or 0.0)) > 1e-6:
            other.append(one.student)
    gone = tuple(mark.student for mark in marks if mark.submitted and mark.student not in have)
    never = tuple(mark.student for mark in marks if not mark.submitted and mark.student not in have)
    yield Group("not in the gradebook", tuple(absent), (), "there is a result, and no entry")
    yield Group("other points in the gradebook", tuple(other), (), "than in the results")
    yield Group("only in the gradebook", gone, (), "handed in once, but not in these results")
    yield Group("no submission", never, (), "in the gradebook, but without any folder")


def _flagged(flagged: Sequence[Group], results: Sequence[SubmissionResult]) -> Iterator[Group]:
    # Whose whole verdict says so is named above.
    verdicts = {one.student: one.verdict for one in results}
    for group in flagged:
        students = tuple(one for one in group.students if verdicts.get(one) != group.what)
        yield Group(group.what, students, group.cells, group.meaning)


def _slow(results: Sequence[SubmissionResult], seconds: float) -> tuple[str, ...]:
    slow = [one for one in results if one.seconds > NEAR * seconds]
    return tuple(one.student for one in slow)


def _by_hand(marks: Sequence[Mark]) -> Iterator[Group]:
    late = tuple(mark.student for mark in marks if mark.seconds_late > 0)
    waiting = [mark for mark in marks if mark.submitted and mark.ungraded]
    cells = tuple(dict.fromkeys(name for mark in waiting for name in mark.ungraded))
    yield Group("late", late, (), "handed in after the deadline")
    yield Group("waits for marks by hand", tuple(one.student for one in waiting), cells)
