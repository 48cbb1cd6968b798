"""Write grades as Canvas takes them: the CSV of “Import Grades”.

As in Canvas's own lib/gradebook_importer.rb and lib/gradebook_exporter.rb
(github.com/instructure/canvas-lms):

- The first columns are Student (or LastName, FirstName), ID, then SIS User ID, SIS Login ID,
  Integration ID and Root Account where the school has them, and Section as the last; after them an
  assignment's column is headed `Title (id)`. A column that is no assignment becomes a new one.
- A student is found by ID, then by SIS User ID and SIS Login ID, and only then by name. So a name
  may be changed where an id stands beside it: one that a spreadsheet would run gets an apostrophe.
- The row of Points Possible sets the points of the assignment, so it stays as it was.
- An empty cell takes an existing grade away, so a cell is emptied nowhere. `EX` is excused and
  `N/A` not assigned: both stay.
- Canvas compares and shows two decimals. Numbers have a point, and no sign between thousands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from autograder.course.errors import CourseError
from autograder.course.folders import Assignment
from autograder.course.notebook_names import plain
from autograder.course.safe_text import guard_cell, is_formula
from autograder.lms.canvas import TEST_STUDENTS
from autograder.lms.grades import ExportOptions, FilledFile, Grade, GradeLine, Problem
from autograder.lms.row_matching import RowMatcher, left_out, require_same_maximum
from autograder.lms.spreadsheet import (
    Sheet,
    SheetRow,
    csv_cell,
    exactly,
    number,
    sheet_text,
)

ABOUT_STUDENTS = (
    "Student",
    "LastName",
    "FirstName",
    "ID",
    "SIS User ID",
    "SIS Login ID",
    "Integration ID",
    "Root Account",
    "Section",
)
KEYS = (
    ("ID", "lms_user_id"),
    ("SIS User ID", "sis_user_id"),
    ("SIS Login ID", "sis_login_id"),
    # Many courses name their students in nbgrader by one of these.
    ("SIS User ID", "student"),
    ("SIS Login ID", "student"),
    ("SIS Login ID", "email"),
)
POSSIBLE = "Points Possible"
UNTOUCHED = {"EX": "is excused", "N/A": "is not assigned to the student"}
TITLE = re.compile(r"(.*)\s\((\d+)\)", re.DOTALL)


def new(assignment: Assignment, grades: Sequence[Grade], options: ExportOptions) -> FilledFile:
    """A new file, with the students who have a grade; Canvas asks which assignment it is for."""
    head = [
        "Student",
        "ID",
        "SIS User ID",
        "SIS Login ID",
        "Section",
        options.column or assignment.name,
    ]
    maximum = grades[0].mark.max_score if grades else 0
    rows = [head, [f"    {POSSIBLE}", "", "", "", "", f"{maximum:.2f}"]]
    lines, problems = [], []
    for grade in grades:
        points = grade.points(None, options)
        if points is None:
            continue
        ids = [grade.ids.get(name, "") for name in ("lms_user_id", "sis_user_id", "sis_login_id")]
        key = next(filter(None, ids), "")
        if not key or is_formula(key):
            why = f"no id that Canvas finds the student by ({key!r})" if key else "no id of Canvas"
            problems.append(
                Problem("not in the file", grade.student, why, not options.allow_unmatched)
            )
            continue
        cells = [grade.name, *ids, grade.ids.get("section", "")]
        rows.append([*map(guard_cell, cells), f"{points:f}"])
        lines.append(GradeLine(grade.student, grade.name, "", f"{points:f}"))
    return FilledFile(sheet_text(rows), tuple(lines), tuple(problems))


def fill(
    assignment: Assignment, sheet: Sheet, grades: Sequence[Grade], options: ExportOptions
) -> FilledFile:
    """The gradebook that Canvas exported, cut to one assignment's column, with its grades.

    Raises `CourseError` when it is none, when it is not clear which column is meant, and when the
    points possible are not the assignment's.
    """
    head = sheet.head.values
    info = _about_students(sheet)
    possible = next((row for row in sheet.rows if POSSIBLE in row.values[0]), None)
    if possible is None:
        raise CourseError(f"{sheet.path} has no row of {POSSIBLE}", "Export it again from Canvas.")
    target = _column(sheet, len(info), assignment.name, options)
    if "read only" in possible.values[target]:
        raise CourseError(
            f"{sheet.path}: Canvas calculates {head[target]!r} itself",
            "Name an assignment's column with --column.",
        )
    maximum = number(possible.values[target])
    if maximum is None:
        raise CourseError(
            f"{sheet.path}: {head[target]!r} has no points possible", "Set them in Canvas."
        )
    if grades:
        require_same_maximum(
            exactly(grades[0].mark.max_score), maximum, f"{head[target]!r} in Canvas", options
        )

    matcher = RowMatcher(grades, KEYS)
    rows, lines, problems = [_cells(sheet.head, info, target)], [], []
    for row in sheet.rows:
        cells = _cells(row, info, target)
        rows.append(cells)
        if row is possible or _says_nothing(row):
            continue
        about = {head[index]: row.values[index] for index in info}
        where = f"{sheet.path.name}, line {row.line}"
        name = row.values[0]
        grade = matcher.find(about, where)
        _guard(cells, row, about, sheet.delimiter)
        if grade is None:
            if name not in TEST_STUDENTS:
                problems.append(Problem("not in the gradebook", name, f"{where}: left as it is"))
            continue
        before = row.values[target].strip()
        now, why = _decide(grade, before, maximum, options)
        if why:
            problems.append(Problem("kept", grade.student, why))
        if now != before:
            cells[-1] = csv_cell(now, sheet.delimiter)
        lines.append(GradeLine(grade.student, name, before, now))
    if not lines:
        raise CourseError(
            f"{sheet.path}: no row is a student of the gradebook",
            "Import the roster, so that grading/roster.csv has their Canvas ids.",
        )
    problems += left_out(grades, matcher.students, options)
    return FilledFile(sheet.text(rows), tuple(lines), tuple(problems))


def _about_students(sheet: Sheet) -> range:
    head = sheet.head.values
    names = head[: head.index("Section") + 1] if "Section" in head else ()
    familiar = all(name in ABOUT_STUDENTS for name in names)
    if not names or not familiar or "ID" not in names or head[0] not in {"Student", "LastName"}:
        raise CourseError(
            f"{sheet.path} is not a gradebook that Canvas exported: it begins with "
            f"{', '.join(head[:5])}",
            "In Canvas: Grades, Export, Export Entire Gradebook.",
        )
    return range(len(names))


def _column(sheet: Sheet, start: int, name: str, options: ExportOptions) -> int:
    """The index of the assignment's column, from `start` on."""
    title = options.column or name
    head = sheet.head.values
    exact = [index for index in range(start, len(head)) if head[index] == title]
    similar = [index for index in range(start, len(head)) if _plain(head[index]) == _plain(title)]
    columns = exact or similar
    if len(columns) != 1:
        titles = [head[index] for index in columns] or [
            heading for heading in head[start:] if TITLE.fullmatch(heading)
        ]
        count = "several columns are" if columns else "no column is"
        raise CourseError(
            f"{sheet.path}: {count} called {title!r}",
            f"Name one with --column: {'; '.join(titles) or 'there is no assignment'}.",
        )
    return columns[0]


def _plain(title: str) -> str:
    """Letters and digits of a title without its id: `Naive Convolution (12)`, naive_convolution."""
    match = TITLE.fullmatch(title)
    return plain(match[1] if match else title)


def _cells(row: SheetRow, info: range, target: int) -> list[str]:
    return [row.cells[index].raw for index in (*info, target)]


def _says_nothing(row: SheetRow) -> bool:
    """Whether the row is about posting policies alone, which Canvas's importer skips."""
    return all(
        re.fullmatch(r"\s*(muted|manual posting.*)?\s*", value, re.IGNORECASE)
        for value in row.values
    )


def _guard(cells: list[str], row: SheetRow, about: dict[str, str], delimiter: str) -> None:
    """Guard names that a spreadsheet would run, if the row has an ID by which Canvas finds it."""
    if not about["ID"].strip().isdecimal():
        return
    for index, name in enumerate(about):
        if name != "ID" and is_formula(row.values[index]):
            cells[index] = csv_cell(guard_cell(row.values[index]), delimiter)


def _decide(grade: Grade, before: str, maximum: Decimal, options: ExportOptions) -> tuple[str, str]:
    """The text of the cell after the export, and why it stays where a change was expected."""
    points = grade.points(maximum, options)
    if points is None:
        why = f"{before} is in the file, the gradebook has nothing"
        return before, "" if before in {"", "-"} else why
    if before.upper() in UNTOUCHED:
        return before, f"{before} {UNTOUCHED[before.upper()]}; the gradebook has {points}"
    number_before = number(before)
    if number_before is not None and not grade.mark.submitted and number_before != points:
        return before, f"{before} is in the file, the gradebook has no submission"
    return (before if number_before == points else f"{points:f}"), ""
