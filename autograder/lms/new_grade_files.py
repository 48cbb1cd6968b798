"""Write grades into a new file, with the columns of a learning platform or those that are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from autograder.course.errors import CourseError
from autograder.course.folders import Assignment
from autograder.course.safe_text import guard_cell, is_formula
from autograder.course.spreadsheet import decimal_text, heading, points, sheet_text
from autograder.gradebook.deadlines import deadlines
from autograder.lms.grades import ExportOptions, FilledFile, Grade, GradeLine, Problem
from autograder.lms.people import COLUMNS
from autograder.lms.system_records import GradeColumns, System
from autograder.lms.systems import BY_NAME

ID_FIELDS = ("student", "lms_user_id", "sis_user_id", "sis_login_id", "email")
EXTRA = ("assignment", "duedate", "timestamp", "raw", "penalty", "maximum")


def with_columns(system: System, columns: Mapping[str, str] | None) -> GradeColumns:
    """How grades are written for a system, or into the columns that a person has named.

    columns : headings by the roster's columns, and of `points` and `comment`
    Raises `CourseError` for a name that there is not, or without `points` and an id.
    """
    if columns is None:
        if system.grades is None:
            raise CourseError(f"{system.title} takes no grades in", "Name --columns instead.")
        return system.grades
    known = (*COLUMNS, "name", "points", "comment", *EXTRA)
    for field in columns:
        if field not in known:
            raise CourseError(f"--columns: there is no {field!r}", f"There are {', '.join(known)}.")
    ids = [field for field in ID_FIELDS if field in columns]
    if "points" not in columns or not ids:
        raise CourseError(
            "--columns names no column for points, or none to find the students by",
            "As in --columns 'student=Number,points=Grade'.",
        )
    own = BY_NAME["csv"].grades or GradeColumns((), ())
    comment = columns.get("comment")
    return replace(
        own,
        keys=tuple(((heading(columns[field]),), field) for field in ids),
        new=tuple((name, field) for field, name in columns.items()),
        target=(heading(columns["points"]),),
        comments=() if comment is None else (heading(comment),),
        sign=True,
        ids=tuple(ids),
    )


def new(
    form: GradeColumns, assignment: Assignment, grades: Sequence[Grade], options: ExportOptions
) -> FilledFile:
    """A new file, with the students who have a grade; one without ids has everybody.

    A name that a spreadsheet would run gets an apostrophe; an id that would be run is not sent out.
    """
    title = options.column or assignment.name
    maximum = grades[0].mark.max_score if grades else 0
    head = [name.format(title=title) for name, _ in form.new]
    rows: list[Sequence[str]] = [head]
    if form.first_row:
        rows.append([cell.format(maximum=f"{maximum:.2f}") for cell in form.first_row])
    has_due = any(field == "duedate" for _, field in form.new)
    due = deadlines(assignment).get(None) if has_due else None
    lines: list[GradeLine] = []
    problems: list[Problem] = []
    for grade in grades:
        if grade.withdrawn:
            continue
        score = grade.points(None, options)
        ids = [grade.ids.get(name, "") for name in form.ids]
        if form.ids:
            if score is None:
                continue
            key = next(filter(None, ids), "")
            if not key or is_formula(key):
                why = f"no id to find the student by ({key!r})" if key else "no id of that system"
                blocks = not options.allow_unmatched
                problems.append(Problem("not in the file", grade.student, why, blocks))
                continue
        text = "" if score is None else decimal_text(score, options.decimal or ".")
        facts = _facts(assignment, grade, "" if due is None else str(due), score)
        facts |= {"points": text, "assignment": assignment.name}
        rows.append([_new_cell(field, facts) for _, field in form.new])
        lines.append(GradeLine(grade.student, grade.name, "", text))
    content = sheet_text(rows, mark=form.mark, delimiter=form.delimiter)
    return FilledFile(content, tuple(lines), tuple(problems), form.encoding)


def _facts(assignment: Assignment, grade: Grade, due: str, score: Decimal | None) -> dict[str, str]:
    """What can stand in a new file about a student, by the names of `GradeColumns.new`."""
    mark = grade.mark
    return {
        **{name: guard_cell(value) for name, value in grade.ids.items()},
        "name": guard_cell(grade.name),
        "comment": guard_cell(grade.comment),
        "duedate": due,
        "timestamp": "" if mark.timestamp is None else str(mark.timestamp),
        "raw": "" if score is None else f"{points(mark.raw):f}",
        "penalty": "" if score is None else f"{points(mark.penalty):f}",
        "maximum": f"{points(mark.max_score):f}",
    }


def _new_cell(field: str, facts: Mapping[str, str]) -> str:
    """The cell of a field: Brightspace has # before each id, and alone at the end of each line."""
    name = field.removeprefix("#")
    value = facts.get(name, "")
    return f"#{value}" if field.startswith("#") and (value or not name) else value
