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
from autograder.lms.grades import Filled, Grade, How, Line, Problem
from autograder.lms.row_matching import Matcher, fit, left_out
from autograder.lms.spreadsheet import Sheet, exactly, number, sheet_text, written

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


def new(assignment: Assignment, grades: Sequence[Grade], how: How) -> Filled:
    """A CSV of addresses and grades, of the students who have both."""
    rows = [["Email address", how.column or assignment.name]]
    lines, problems = [], []
    for grade in grades:
        given = grade.points(None, how)
        if given is None:
            continue
        address = grade.ids.get("email", "")
        if not address or is_formula(address):
            why = f"{address!r} is no address to send out" if address else "no email address"
            problems.append(Problem("not in the file", grade.student, why, not how.allow_unmatched))
            continue
        shown = _shown(given, how.decimal or ".")
        rows.append([address, shown])
        lines.append(Line(grade.student, grade.name, "", shown))
    return Filled(sheet_text(rows, mark=True), tuple(lines), tuple(problems))


def fill(assignment: Assignment, sheet: Sheet, grades: Sequence[Grade], how: How) -> Filled:
    """The worksheet that Moodle gave, with grades in its Grade column.

    Raises `CourseError` when there is no such column, or its maximum is not the assignment's.
    """
    head = [name.strip().casefold() for name in sheet.head.values]
    target = _column(sheet, head, how)
    address = _addresses(sheet, head)
    most = _maximum(sheet, head, target)
    lock = head.index("grade can be changed") if "grade can be changed" in head else None
    if grades:
        fit(
            exactly(grades[0].mark.max_score), most, f"{sheet.head.values[target]!r} in Moodle", how
        )
    numbers = [
        row.values[index]
        for row in sheet.rows
        for index in (target, target + 1)
        if index < len(head)
    ]
    comma = any("," in value and number(value) is not None for value in numbers)
    sign = how.decimal or ("," if comma else ".")

    matcher = Matcher(grades, KEYS)
    rows, lines, problems = [[cell.raw for cell in sheet.head.cells]], [], []
    if most is None:
        problems.append(Problem("maximum", "", "the file does not say it, so it was not compared"))
    for row in sheet.rows:
        cells = [cell.raw for cell in row.cells]
        rows.append(cells)
        for index in range(1, target):
            if is_formula(row.values[index]):
                cells[index] = written(guard_cell(row.values[index]), sheet.delimiter)
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
        now, problem = _decide(grade, before, most, how, sign, locked)
        if problem:
            problems.append(problem)
        if now != before:
            cells[target] = written(now, sheet.delimiter)
        lines.append(Line(grade.student, name, before, now))
    if not lines:
        raise CourseError(
            f"{sheet.path}: no row is a student of the gradebook",
            "Import the roster, so that the gradebook has their email addresses; without anonymous "
            "submissions Moodle writes these into its worksheet.",
        )
    problems += left_out(grades, matcher.found, how)
    return Filled(sheet.text(rows), tuple(lines), tuple(problems))


def _decide(
    grade: Grade, before: str, most: Decimal | None, how: How, sign: str, locked: bool
) -> tuple[str, Problem | None]:
    """What the cell says now, and what is to be known about it."""
    given, there = grade.points(most, how), number(before)
    if given is None:
        why = f"{before} is in the file, the gradebook has nothing"
        return before, None if before in NOTHING else Problem("kept", grade.student, why)
    if there == given:
        return before, None
    if locked:
        why = f"Moodle has it locked at {before or 'nothing'}; the gradebook has {given}"
        return before, Problem("kept", grade.student, why)
    if there is not None and not grade.mark.submitted:
        why = f"{before} is in the file, the gradebook has no submission"
        return before, Problem("kept", grade.student, why)
    if most is not None and given > most:
        why = (
            f"{given} is above {most.normalize():f}: Moodle passes over it; --cap gives the maximum"
        )
        return before, Problem("over the maximum", grade.student, why, True)
    return _shown(given, sign), None


def _shown(given: Decimal, sign: str) -> str:
    return f"{given:f}".replace(".", sign)


def _column(sheet: Sheet, head: list[str], how: How) -> int:
    wanted = (how.column or "Grade").strip().casefold()
    if head.count(wanted) != 1:
        raise CourseError(
            f"{sheet.path}: {'several columns are' if wanted in head else 'no column is'} called "
            f"{how.column or 'Grade'!r}",
            f"Name the one with the grades with --column: {'; '.join(sheet.head.values)}.",
        )
    found = head.index(wanted)
    if head[found + 1 : found + 2] == ["scale"]:
        raise CourseError(
            f"{sheet.path}: the assignment is graded by a scale, which has no points",
            "Set its grade type to Point in Moodle.",
        )
    return found


def _addresses(sheet: Sheet, head: list[str]) -> int | None:
    """The column of email addresses: by its heading, or as the one that holds nothing else."""
    if "email address" in head:
        return head.index("email address")
    for index in range(len(head)):
        values = [row.values[index] for row in sheet.rows if row.values[index].strip()]
        if values and all("@" in value and " " not in value.strip() for value in values):
            return index
    return None


def _maximum(sheet: Sheet, head: list[str], target: int) -> Decimal | None:
    """What the grades are out of: Moodle writes it right of them, the same in every row."""
    column = head.index("maximum grade") if "maximum grade" in head else target + 1
    values = {number(row.values[column]) for row in sheet.rows} if column < len(head) else set()
    return values.pop() if len(values) == 1 else None
