"""Write grades as Moodle takes them: the grading worksheet of an assignment, or a CSV of grades.

As in Moodle's own mod/assign/gradingtable.php, mod/assign/feedback/offline and grade/import/csv
(github.com/moodle/moodle):

- The worksheet's columns are Identifier, Full name, Email address and other fields of the user,
  Status, Grade, Maximum Grade, Grade can be changed, Last modified (submission), Last modified
  (grade), Feedback comments; their headings are in the language of who downloads it, and the file
  must come back in that language. Moodle finds a student by the Identifier alone, which has no
  meaning outside of the one assignment: so a worksheet is filled and never made.
- Moodle takes in Grade and the feedback, and passes over everything between Identifier and Grade.
  There a name that a spreadsheet would run gets an apostrophe; feedback stays as it was.
- It passes without a word over a grade above the maximum, over a locked one, and over one that was
  changed in Moodle after the worksheet was downloaded. The first two are told of here.
- Without a worksheet: a CSV for “Grades, Import, CSV file”, where the students are found by email
  address. One address that Moodle does not know makes it refuse the whole file.
- Numbers have the sign before decimals of the language, `unformat_float` in lib/moodlelib.php; a
  point is read in every language. A byte-order mark is passed over, and Excel needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from autograder.course.errors import CourseError
from autograder.course.folders import Assignment
from autograder.course.safe_text import guard_cell, is_formula
from autograder.lms.grades import ExportOptions, FilledFile, Grade, GradeLine, Problem
from autograder.lms.moodle import address_column, column_names
from autograder.lms.row_matching import RowMatcher, left_out, require_same_maximum
from autograder.lms.spreadsheet import Sheet, csv_cell, exactly, number, sheet_text

KEYS = (
    ("id number", "sis_user_id"),
    ("username", "sis_login_id"),
    ("email", "email"),
    # Many courses name their students in nbgrader by one of these.
    ("id number", "student"),
    ("username", "student"),
)
NOTHING = {"", "-"}
LOCKED = {"no", "nein", "non", "nee", "não", "否"}


def new(assignment: Assignment, grades: Sequence[Grade], options: ExportOptions) -> FilledFile:
    """A CSV of addresses and grades, of the students who have both."""
    rows = [["Email address", options.column or assignment.name]]
    lines, problems = [], []
    for grade in grades:
        points = grade.points(None, options)
        if points is None:
            continue
        address = grade.ids.get("email", "")
        if not address or is_formula(address):
            why = f"{address!r} is no address to send out" if address else "no email address"
            problems.append(
                Problem("not in the file", grade.student, why, not options.allow_unmatched)
            )
            continue
        text = _decimal_text(points, options.decimal or ".")
        rows.append([address, text])
        lines.append(GradeLine(grade.student, grade.name, "", text))
    return FilledFile(sheet_text(rows, mark=True), tuple(lines), tuple(problems))


def fill(
    assignment: Assignment, sheet: Sheet, grades: Sequence[Grade], options: ExportOptions
) -> FilledFile:
    """The worksheet that Moodle gave, with grades in its Grade column.

    Raises `CourseError` when there is no such column, or its maximum is not the assignment's.
    """
    head = column_names(sheet)
    target = _column(sheet, head, options)
    address = address_column(sheet)
    maximum = _maximum(sheet, head, target)
    lock = head.index("grade can be changed") if "grade can be changed" in head else None
    if grades:
        require_same_maximum(
            exactly(grades[0].mark.max_score),
            maximum,
            f"{sheet.head.values[target]!r} in Moodle",
            options,
        )
    numbers = [
        row.values[index]
        for row in sheet.rows
        for index in (target, target + 1)
        if index < len(head)
    ]
    comma = any("," in value and number(value) is not None for value in numbers)
    sign = options.decimal or ("," if comma else ".")

    matcher = RowMatcher(grades, KEYS)
    rows, lines, problems = [[cell.raw for cell in sheet.head.cells]], [], []
    if maximum is None:
        problems.append(Problem("maximum", "", "the file does not say it, so it was not compared"))
    for row in sheet.rows:
        cells = [cell.raw for cell in row.cells]
        rows.append(cells)
        for index in range(1, target):
            if is_formula(row.values[index]):
                cells[index] = csv_cell(guard_cell(row.values[index]), sheet.delimiter)
        about = dict(zip(head, row.values, strict=True))
        if address is not None:
            about["email"] = row.values[address]
        where = f"{sheet.path.name}, line {row.line}"
        name = row.values[1] if target > 1 else row.values[0]
        grade = matcher.find(about, where)
        if grade is None:
            problems.append(Problem("not in the gradebook", name, f"{where}: left as it is"))
            continue
        before = row.values[target].strip()
        locked = lock is not None and row.values[lock].strip().casefold() in LOCKED
        now, problem = _decide(grade, before, maximum, options, sign, locked)
        if problem:
            problems.append(problem)
        if now != before:
            cells[target] = csv_cell(now, sheet.delimiter)
        lines.append(GradeLine(grade.student, name, before, now))
    if not lines:
        raise CourseError(
            f"{sheet.path}: no row is a student of the gradebook",
            "Import the roster, so that the gradebook has their email addresses; without anonymous "
            "submissions Moodle writes these into its worksheet.",
        )
    problems += left_out(grades, matcher.students, options)
    return FilledFile(sheet.text(rows), tuple(lines), tuple(problems))


def _decide(
    grade: Grade,
    before: str,
    maximum: Decimal | None,
    options: ExportOptions,
    sign: str,
    locked: bool,
) -> tuple[str, Problem | None]:
    """The text of the cell after the export, and the problem with it, if there is one."""
    points, number_before = grade.points(maximum, options), number(before)
    if points is None:
        why = f"{before} is in the file, the gradebook has nothing"
        return before, None if before in NOTHING else Problem("kept", grade.student, why)
    if number_before == points:
        return before, None
    if locked:
        why = f"Moodle has it locked at {before or 'nothing'}; the gradebook has {points}"
        return before, Problem("kept", grade.student, why)
    if number_before is not None and not grade.mark.submitted:
        why = f"{before} is in the file, the gradebook has no submission"
        return before, Problem("kept", grade.student, why)
    if maximum is not None and points > maximum:
        why = (
            f"{points} is above {maximum.normalize():f}: Moodle passes over it; "
            "--cap gives the maximum"
        )
        return before, Problem("over the maximum", grade.student, why, True)
    return _decimal_text(points, sign), None


def _decimal_text(points: Decimal, sign: str) -> str:
    return f"{points:f}".replace(".", sign)


def _column(sheet: Sheet, head: list[str], options: ExportOptions) -> int:
    heading = (options.column or "Grade").strip().casefold()
    if head.count(heading) != 1:
        raise CourseError(
            f"{sheet.path}: {'several columns are' if heading in head else 'no column is'} called "
            f"{options.column or 'Grade'!r}",
            f"Name the one with the grades with --column: {'; '.join(sheet.head.values)}.",
        )
    column = head.index(heading)
    if head[column + 1 : column + 2] == ["scale"]:
        raise CourseError(
            f"{sheet.path}: the assignment is graded by a scale, which has no points",
            "Set its grade type to Point in Moodle.",
        )
    return column


def _maximum(sheet: Sheet, head: list[str], target: int) -> Decimal | None:
    """The maximum of the grades: Moodle writes it to the right of them, the same in every row."""
    column = head.index("maximum grade") if "maximum grade" in head else target + 1
    values = {number(row.values[column]) for row in sheet.rows} if column < len(head) else set()
    return values.pop() if len(values) == 1 else None
