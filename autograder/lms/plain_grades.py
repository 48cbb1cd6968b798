"""Write grades as `nbgrader export` does: the same columns, for programs and people."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.course.configuration import load_config
from autograder.course.folders import Assignment
from autograder.course.safe_text import guard_cell
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.lms.grades import ExportOptions, FilledFile, Grade, GradeLine
from autograder.lms.spreadsheet import points, sheet_text

COLUMNS = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
)


def new(assignment: Assignment, grades: Sequence[Grade], options: ExportOptions) -> FilledFile:
    """A file with all students of the gradebook; a grade that is missing is empty, not 0.

    Times are in UTC, as nbgrader has them. Names that a spreadsheet would run get an apostrophe.
    """
    with open_gradebook(load_config(assignment.course)) as gradebook:
        due = gradebook.find_assignment(assignment.name).duedate
    rows: list[Sequence[str]] = [COLUMNS]
    lines = []
    for grade in grades:
        score_now, mark = grade.points(None, options), grade.mark
        score = "" if score_now is None else f"{score_now:f}"
        texts = (
            assignment.name,
            "" if due is None else str(due),
            "" if mark.timestamp is None else str(mark.timestamp),
            mark.student,
            *(grade.ids.get(name, "") for name in ("last_name", "first_name", "email")),
        )
        numbers = (
            ("", "")
            if score_now is None
            else (f"{points(mark.raw):f}", f"{points(mark.penalty):f}")
        )
        rows.append([*map(guard_cell, texts), *numbers, score, f"{points(mark.max_score):f}"])
        lines.append(GradeLine(grade.student, grade.name, "", score))
    return FilledFile(sheet_text(rows), tuple(lines), ())
