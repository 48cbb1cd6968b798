"""Gather the grade of each student for an export, and the problems that stand in its way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from pathlib import Path

from autograder.batch import result_cache
from autograder.batch.agreement import class_doubts
from autograder.batch.history import History, read_history
from autograder.course.errors import CourseError
from autograder.course.folders import Assignment
from autograder.course.results import SubmissionResult
from autograder.course.spreadsheet import exactly, points
from autograder.course.submissions import find_submissions
from autograder.course.verdicts import Verdict
from autograder.gradebook.late import Penalty, settle
from autograder.gradebook.marks import Mark, read_marks
from autograder.lms.comments import comment, comment_on_unreadable
from autograder.lms.people import Person, read_roster
from autograder.lms.rejections import Rejections, read_rejections
from autograder.lms.storing import SubmissionFolder

MISSING = ("blank", "zero")


@dataclass(frozen=True)
class ExportOptions:
    """The options of an export.

    column : the column to fill, where its heading is not the assignment's name
    missing : a student who handed in nothing at all gets nothing (`blank`) or 0 (`zero`)
    allow_ungraded : count cells that wait for a person as 0; leave out ungraded submissions
    drafts : whether work that was never submitted on its platform is exported
    only_complete : leave out students of whom a cell waits for a person
    comments : fill the column of comments where the other system has one
    allow_unmatched : leave out students whom the other system does not know
    scale : convert to the other system's maximum where it differs
    cap : give the maximum where a score is above it
    decimal : the sign before decimals, `.` or `,`; by default what the file has
    """

    column: str | None = None
    missing: str = "blank"
    allow_ungraded: bool = False
    only_complete: bool = False
    drafts: bool = True
    comments: bool = True
    allow_unmatched: bool = False
    scale: bool = False
    cap: bool = False
    decimal: str | None = None


@dataclass(frozen=True)
class Problem:
    """A problem of an export; `blocks` says whether it keeps the file from being written."""

    kind: str
    student: str
    reason: str
    blocks: bool = False


@dataclass(frozen=True)
class Grade:
    """One student's grade in an export.

    ids : the student in other systems, by the roster's column names; what is unknown is left out
    exact : points after penalties; None when there are none to export
    comment : what the points are made of, for the student; "" without points
    withdrawn : whether the student has left the course
    """

    mark: Mark
    ids: Mapping[str, str]
    exact: Decimal | None
    comment: str = ""
    withdrawn: bool = False

    @property
    def student(self) -> str:
        return self.mark.student

    @property
    def name(self) -> str:
        """The student's name, surname first; the student's id where there is no name."""
        parts = (self.ids.get("last_name"), self.ids.get("first_name"))
        return ", ".join(part for part in parts if part) or self.student

    def points(self, maximum: Decimal | None, options: ExportOptions) -> Decimal | None:
        """The points with two decimals, converted to the other system's maximum if asked for."""
        if self.exact is None:
            return None
        course_maximum = exactly(self.mark.max_score)
        exact = self.exact
        if maximum is not None and options.scale and course_maximum:
            exact = exact * maximum / course_maximum
        if options.cap:
            exact = min(exact, course_maximum if maximum is None else maximum)
        return points(exact)


@dataclass(frozen=True)
class GradeLine:
    """One student's grade in the exported file, as text: before the export and now."""

    student: str
    name: str
    before: str
    now: str

    @property
    def changed(self) -> bool:
        return self.before != self.now


@dataclass(frozen=True)
class FilledFile:
    """A file for another system: its text, the grades in it, and problems met in filling it."""

    text: str
    lines: tuple[GradeLine, ...]
    problems: tuple[Problem, ...]
    encoding: str = "utf-8"

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return self.text.encode(self.encoding)


@dataclass(frozen=True)
class ClassGrades:
    """All grades of an assignment, with the problems of exporting them.

    penalties : of late submissions, by the policy as it is now
    """

    assignment: Assignment
    grades: tuple[Grade, ...]
    problems: tuple[Problem, ...]
    penalties: tuple[Penalty, ...]


def gather(assignment: Assignment, options: ExportOptions, submitted: Path) -> ClassGrades:
    """The grades of all students of the gradebook, penalties by the policy as it is now.

    submitted : the folder of submissions, to tell whether each is graded as it is
    Raises `CourseError` when the assignment was never released or the policy makes no sense.
    """
    penalties = settle(assignment, write=False)
    late = {penalty.student: penalty.now for penalty in penalties}
    marks = [replace(mark, penalty=late.get(mark.student, 0.0)) for mark in read_marks(assignment)]
    history = read_history(assignment)
    reasons = _outdated(assignment, history, marks, submitted)
    roster = read_roster(assignment.course)
    rejections = read_rejections(assignment, submitted)
    problems = [
        Problem("not graded", student, why, bool(student) and not options.allow_ungraded)
        for student, why in sorted(reasons.items())
    ]
    problems += _rejected(rejections)
    grades = []
    for mark in marks:
        entry = history.entries.get(mark.student)
        result = None if entry is None else entry.result
        rejection = rejections.by_student.get(mark.student)
        exact: Decimal | None = None
        if mark.submitted and mark.student not in reasons:
            exact, others = _points(mark, result, options)
            problems += others
            if SubmissionFolder(assignment, mark.student).is_draft:
                consequence = "its points are exported" if options.drafts else "left out"
                why = f"a draft that was never submitted there: {consequence}"
                problems.append(Problem("draft", mark.student, why))
                exact = exact if options.drafts else None
        elif not mark.submitted and mark.student not in reasons and rejection is None:
            exact = Decimal(0) if options.missing == "zero" else None
            consequence = "0 points" if options.missing == "zero" else "no grade"
            problems.append(Problem("missing", mark.student, f"no submission: {consequence}"))
        text = "" if exact is None or not mark.submitted else comment(mark, result, exact)
        if rejection is not None and not mark.submitted:
            text = f"Not graded: you {rejection.sentence}."
        elif result is not None and mark.submitted and is_unreadable(mark, result):
            text = comment_on_unreadable(result)
        ids = _ids(mark, roster.get(mark.student))
        grades.append(Grade(mark, ids, exact, text if options.comments else ""))
    left = {student for student, person in roster.items() if person.withdrawn}
    problems = [problem for problem in problems if problem.student not in left]
    for index, grade in enumerate(grades):
        if grade.student in left:
            grades[index] = replace(grade, exact=None, comment="", withdrawn=True)
            problems.append(Problem("withdrawn", grade.student, "left out"))
    return ClassGrades(assignment, tuple(grades), tuple(problems), penalties)


def _points(
    mark: Mark, result: SubmissionResult | None, options: ExportOptions
) -> tuple[Decimal | None, list[Problem]]:
    """The points of a graded submission, and the problems with them."""
    exact = _exact(mark)
    problems: list[Problem] = []
    if is_unreadable(mark, result):
        why = "" if result is None else result.message
        return None, [Problem("not gradable", mark.student, f"{why}; no grade")]
    if mark.ungraded:
        waits = f"waits for a person: {', '.join(mark.ungraded)}"
        if options.only_complete:
            return None, [*problems, Problem("left out", mark.student, waits)]
        problems.append(Problem("ungraded", mark.student, waits, not options.allow_ungraded))
    return exact, problems


def is_unreadable(mark: Mark, result: SubmissionResult | None) -> bool:
    """Whether a file could not be read, and no person gave points for it; it is never a 0."""
    by_hand = any(cell.manual or cell.extra_credit for cell in mark.cells)
    return result is not None and result.verdict == Verdict.UNREADABLE and not by_hand


def unreadable_students(assignment: Assignment, marks: Iterable[Mark]) -> frozenset[str]:
    """The students whose file could not be read when it was last graded, by the log."""
    entries = read_history(assignment).entries
    return frozenset(
        mark.student
        for mark in marks
        if mark.student in entries and is_unreadable(mark, entries[mark.student].result)
    )


def _rejected(rejections: Rejections) -> list[Problem]:
    """What was handed in and not graded, whoever handed it in; none of it becomes a 0."""
    problems = [
        Problem("not gradable", student, f"{rejection.sentence}; no grade")
        if not rejection.beside
        else Problem("not gradable", student, f"{rejection.sentence}; the earlier notebook counts")
        for student, rejection in sorted(rejections.by_student.items())
    ]
    return problems + [
        Problem("not gradable", "", rejection.sentence) for rejection in rejections.unknown
    ]


def _exact(mark: Mark) -> Decimal:
    if not math.isfinite(mark.raw):
        raise CourseError(
            f"the gradebook has {mark.raw} points for {mark.student}",
            "Correct the manual grades of this student in formgrader.",
        )
    return exactly(mark.score)


def _outdated(
    assignment: Assignment, history: History, marks: Sequence[Mark], submitted: Path
) -> dict[str, str]:
    """Why grades in the gradebook are not those of the submissions, by student.

    The student "" stands for all of them.
    """
    reasons = {
        mark.student: "in the gradebook, but not graded"
        for mark in marks
        if any(cell.kind == "test" and cell.auto is cell.manual is None for cell in mark.cells)
        or (mark.submitted and not mark.cells)
    }
    entries = history.entries
    if entries:
        reasons |= {
            student: f"{why[0]}: grade again, and look at what changed"
            for student, why in class_doubts(history, marks).items()
        }
    if not submitted.is_dir():
        return reasons | {"": f"there is no {submitted.name}/ to compare with what was graded"}
    graded_students = {mark.student for mark in marks if mark.submitted}
    if graded_students and not entries:
        reasons[""] = "not graded by a batch, so nobody compared it with what is handed in now"
    for submission in find_submissions(submitted, assignment.name, *assignment.editions):
        if submission.path is None:
            continue
        if submission.student not in graded_students:
            reasons[submission.student] = "handed in, but never graded"
        elif entries and (
            submission.student not in entries
            or entries[submission.student].handed != result_cache.handed_in(submission)
        ):
            reasons[submission.student] = "what is handed in is not what was graded"
    for student, entry in entries.items():
        if entry.result.verdict == "grader_error":
            cells = (cell.message for cell in entry.result.cells.values())
            why = entry.result.message or next(filter(None, cells), "")
            reasons[student] = f"the grader failed: {why}"
    return reasons


def _ids(mark: Mark, person: Person | None) -> dict[str, str]:
    """The student's ids in other systems, from the roster, completed from the gradebook."""
    ids = {
        "student": mark.student,
        "first_name": mark.first_name,
        "last_name": mark.last_name,
        "email": mark.email,
        "lms_user_id": mark.lms_user_id,
    }
    fields = () if person is None else asdict(person).items()
    return {name: value for name, value in (*ids.items(), *fields) if value}
