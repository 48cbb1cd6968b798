"""Explain one student's score, check by check, and look for records of it that disagree."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from autograder.batch import agreement, result_cache
from autograder.batch.history import Entry, History, Run, read_history
from autograder.course.changes import differences
from autograder.course.errors import UnknownAssignmentError
from autograder.course.folders import Assignment
from autograder.course.submissions import find_submissions
from autograder.feedback.boxes import UNREAD
from autograder.gradebook.marks import Mark, read_marks
from autograder.lms.rejections import Rejection, read_rejections


@dataclass(frozen=True)
class Line:
    """One graded cell in an explanation: the points that count, who gave them, and why.

    machine : the points that grading gave, where a person gave others; else None
    unread : whether the cell was not graded, as the file cannot be read
    """

    cell: str
    score: float
    max_score: float
    by: str
    status: str
    why: str
    machine: float | None = None
    unread: bool = False


@dataclass(frozen=True)
class Step:
    """One grading of a submission, and what it changed since the one before."""

    run: Run
    entry: Entry
    changed: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """How a score came about.

    doubts : sentences on records that disagree; there are none in an honest course
    exports : the log's events about files in which the score was exported
    rejection : what the student handed in and could not be graded; None for nothing
    """

    assignment: str
    mark: Mark
    verdict: str
    message: str
    flags: tuple[str, ...]
    lines: tuple[Line, ...]
    steps: tuple[Step, ...]
    exports: tuple[dict[str, Any], ...]
    doubts: tuple[str, ...]
    rejection: Rejection | None = None


def explain(assignment: Assignment, student: str) -> Explanation:
    """How one student's score came about.

    Raises `CourseError` when the gradebook does not know the student or the assignment.
    """
    marks = {mark.student: mark for mark in read_marks(assignment)}
    if student not in marks:
        raise UnknownAssignmentError(
            f"the gradebook knows no student {student!r}", _suggestion(student, sorted(marks))
        )
    mark, history = marks[student], read_history(assignment)
    steps = _steps(history, student)
    last = steps[-1].entry.result if steps else None
    return Explanation(
        assignment.name,
        mark,
        last.verdict if last else ("missing" if not mark.submitted else "never graded by a batch"),
        last.message if last else "",
        last.flags if last else (),
        _lines(mark, steps),
        steps,
        tuple(note for note in history.notes if student in note.get("scores", {})),
        _doubts(assignment, mark, steps, history),
        read_rejections(assignment).by_student.get(student),
    )


def _suggestion(student: str, students: list[str]) -> str:
    if matches := difflib.get_close_matches(student, students, n=3):
        return f"Did you mean {', '.join(matches)}?"
    return f"It knows {len(students)} students; `autograder roster FILE.csv` adds those of a list."


def _steps(history: History, student: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    for run in history.runs:
        entry = run.entries.get(student)
        if entry is not None:
            before = steps[-1].entry.result if steps else None
            changed = differences(before, entry.result) if before else ()
            steps.append(Step(run, entry, changed))
    return tuple(steps)


def _lines(mark: Mark, steps: tuple[Step, ...]) -> tuple[Line, ...]:
    last = steps[-1].entry.result if steps else None
    cells = last.cells if last else {}
    is_unread = last is not None and last.verdict in UNREAD
    comments = dict(mark.comments)
    lines = []
    for cell in mark.cells:
        graded = cells.get(cell.name)
        by = "nobody yet" if cell.needs_person else "machine"
        if cell.manual is not None:
            by = "a person"
        why = comments.get(cell.name, "")
        unread = is_unread and cell.manual is None and cell.kind == "test"
        status = graded.status if graded else ""
        if is_unread:
            status = "not graded"
        elif graded and graded.status != "passed":
            why = graded.message
        lines.append(
            Line(
                cell.name,
                cell.score,
                cell.max_score,
                by,
                status,
                why,
                cell.auto if cell.manual is not None and cell.kind == "test" else None,
                unread,
            )
        )
    # In the order of the notebook, as grading has it; cells that only a person grades come last.
    order = list(cells)
    return tuple(
        sorted(lines, key=lambda line: order.index(line.cell) if line.cell in cells else len(order))
    )


def _doubts(
    assignment: Assignment, mark: Mark, steps: tuple[Step, ...], history: History
) -> tuple[str, ...]:
    """The disagreements between the log, the gradebook and the file."""
    doubts = []
    if history.broken:
        lines = ", ".join(map(str, history.broken[:10]))
        doubts.append(f"the log is not as it was written: see line {lines}")
    last = steps[-1].entry if steps else None
    if last is None:
        return (*doubts, *agreement.unlogged(mark))
    if last.result.verdict == "grader_error":
        doubts.append("the grader failed on it, so there is no score: grade again")
    doubts += agreement.doubts(last, mark)
    doubts += _file_now(assignment, mark.student, last)
    return tuple(doubts)


def _file_now(assignment: Assignment, student: str, last: Entry) -> list[str]:
    folder = assignment.course.grading / "submitted"
    submissions = [
        submission
        for submission in (
            find_submissions(folder, assignment.name, *assignment.editions)
            if folder.is_dir()
            else []
        )
        if submission.student == student
    ]
    if not submissions or (submissions[0].path is None and last.result.verdict != "missing"):
        return ["the file that was graded is not in grading/submitted"]
    if result_cache.handed_in(submissions[0]) != last.handed:
        return ["another file was handed in since: grade again"]
    return []
