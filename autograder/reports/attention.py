"""List the students whose work a person should look at, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograder.course.notebook_names import few
from autograder.course.results import SubmissionResult
from autograder.course.verdicts import Verdict
from autograder.gradebook.marks import Mark
from autograder.lms.rejections import Rejections
from autograder.reports.failures import Group

NEAR = 0.8  # of the seconds that a submission may take
VERDICTS = (  # the gravest first
    Verdict.GRADER_ERROR,
    Verdict.UNREADABLE,
    Verdict.CRASHED,
    Verdict.OUT_OF_MEMORY,
    Verdict.TIMED_OUT,
    Verdict.MISSING,
)
SIMILAR = "similar code"


def look_at(
    results: Sequence[SubmissionResult],
    marks: Sequence[Mark] | None,
    flagged: Sequence[Group],
    similar: Sequence[str],
    seconds: float,
    rejections: Rejections,
) -> tuple[Group, ...]:
    """The reasons to look at students' work, the gravest first, each with its students.

    marks : None where there is no gradebook
    flagged : the groups of `failures.flags`
    similar : the students in a close pair
    seconds : what a submission may take
    rejections : what was handed in and could not be graded
    """
    groups = [
        *_rejected(rejections),
        *_verdicts(results, rejections),
        *(_disagreements(results, marks, rejections) if marks is not None else ()),
        *_flagged(flagged, results),
        Group(SIMILAR, tuple(similar), (), "a pair is close; read both before you think anything"),
        Group("near the time limit", _slow(results, seconds), (), f"over {NEAR * seconds:g} s"),
        *(_by_hand(marks) if marks is not None else ()),
    ]
    return tuple(group for group in groups if group.students)


def reasons(groups: Sequence[Group]) -> dict[str, tuple[str, ...]]:
    """The reasons for a look at each student, from the groups that `look_at` gives."""
    by_student: dict[str, list[str]] = {}
    for group in groups:
        for student in group.students:
            by_student.setdefault(student, []).append(group.name)
    return {student: tuple(why) for student, why in by_student.items()}


def _rejected(rejections: Rejections) -> Iterator[Group]:
    """A group for each thing that was handed in and not graded; nobody's have a file for a name."""
    for rejection in (*rejections.by_student.values(), *rejections.unknown):
        who = rejection.student or few(rejection.paths)
        yield Group(rejection.sentence, (who,), (), rejection.remedy)


def _verdicts(results: Sequence[SubmissionResult], rejections: Rejections) -> Iterator[Group]:
    for verdict in VERDICTS:
        students = tuple(
            result.student
            for result in results
            if result.verdict == verdict
            and not (verdict == Verdict.MISSING and result.student in rejections.by_student)
        )
        yield Group(verdict, students, (), verdict.meaning)


def _disagreements(
    results: Sequence[SubmissionResult], marks: Sequence[Mark], rejections: Rejections
) -> Iterator[Group]:
    """The students whom results and gradebook disagree about: who is in them, or the points."""
    by_student = {mark.student: mark for mark in marks}
    in_results = {result.student for result in results}
    absent, different = [], []
    for result in results:
        if result.verdict in (Verdict.MISSING, Verdict.GRADER_ERROR):
            continue  # nothing is written into the gradebook for these two
        mark = by_student.get(result.student)
        if mark is None or not mark.submitted:
            absent.append(result.student)
            continue
        auto = sum(cell.auto or 0.0 for cell in mark.cells if cell.kind == "test")
        if abs(auto - (result.score or 0.0)) > 1e-6:
            different.append(result.student)
    in_results |= rejections.by_student.keys() | rejections.withdrawn
    others = [mark for mark in marks if mark.student not in in_results]
    only_there = tuple(mark.student for mark in others if mark.submitted)
    not_submitted = tuple(mark.student for mark in others if not mark.submitted)
    yield Group("not in the gradebook", tuple(absent), (), "there is a result, and no entry")
    yield Group("other points in the gradebook", tuple(different), (), "than in the results")
    yield Group("only in the gradebook", only_there, (), "handed in once, but not in these results")
    yield Group("no submission", not_submitted, (), "in the gradebook, but without any folder")


def _flagged(flagged: Sequence[Group], results: Sequence[SubmissionResult]) -> Iterator[Group]:
    # Students whose verdict says the same are named above.
    verdicts = {result.student: result.verdict for result in results}
    for group in flagged:
        students = tuple(
            student for student in group.students if verdicts.get(student) != group.name
        )
        yield Group(group.name, students, group.cells, group.meaning)


def _slow(results: Sequence[SubmissionResult], seconds: float) -> tuple[str, ...]:
    slow = [result for result in results if result.seconds > NEAR * seconds]
    return tuple(result.student for result in slow)


def _by_hand(marks: Sequence[Mark]) -> Iterator[Group]:
    late = tuple(mark.student for mark in marks if mark.seconds_late > 0)
    waiting = [mark for mark in marks if mark.submitted and mark.ungraded]
    cells = tuple(dict.fromkeys(name for mark in waiting for name in mark.ungraded))
    yield Group("late", late, (), "handed in after the deadline")
    yield Group("waits for marks by hand", tuple(mark.student for mark in waiting), cells)
