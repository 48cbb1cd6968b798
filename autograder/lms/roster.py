"""Import students from a list of another system, into grading/roster.csv and nbgrader's gradebook.

A student who is in the course already is found by the other system's ids and keeps the id that
folders and grades are named by, so nobody is there twice. Students who are no longer on a list are
named and stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from nbgrader import api

from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
from autograder.course.folders import Course
from autograder.course.spreadsheet import Sheet, heading, read_sheet
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.gradebook.sections import is_in_group
from autograder.lms.people import (
    COLUMNS,
    WITHDRAWN,
    Person,
    StudentFinder,
    read_people,
    read_roster,
    write_roster,
)
from autograder.lms.student_lists import damage, read_list
from autograder.lms.uploads import ListedStudent

# A folder on every system, one word on every command line, and no formula in a spreadsheet.
# nbgrader's exchange has + between a student and an assignment.
STUDENT = re.compile(r"[^\W_][\w.@'-]*")
MAX_STUDENT = 100  # bytes
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?|.*[.]", re.IGNORECASE)
IDS = {"lms_user_id": "Canvas id", "sis_user_id": "number", "email": "address"}
MAX_ERRORS = 10  # lines in error that one message names
LENGTH = 128  # letters of a column in nbgrader's gradebook


@dataclass(frozen=True)
class RosterImport:
    """The outcome of importing a list of students.

    system : whose list it was, as `systems` calls it
    changed : students and what is new about them, as sentences
    absent : students who were there before and are not on the list
    teaching : the roles of people on the list who teach and were left out
    unused : headings of columns that nothing was read from
    """

    system: str
    added: tuple[Person, ...]
    changed: tuple[tuple[str, str], ...]
    unchanged: tuple[str, ...]
    absent: tuple[Person, ...]
    teaching: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


def import_roster(
    course: Course,
    path: Path,
    *,
    id_column: str | None = None,
    columns: Mapping[str, str] | None = None,
    accept_ids: bool = False,
    withdraw_absent: bool = False,
    write: bool = True,
) -> RosterImport:
    """Import the students of a CSV file; a field that the file leaves empty keeps its value.

    id_column : the heading of the column that has the ids of new students
    columns : headings by the roster's columns, for a list of a system that is not known
    accept_ids : take ids that look as if a spreadsheet had damaged them
    withdraw_absent : mark as withdrawn who is not on the list
    Raises `CourseError` naming the lines when the file is no such list, or has ids that do not fit.
    """
    sheet = read_sheet(path)
    student_list = read_list(sheet, columns)
    rows = list(student_list.students)
    if id_column is not None:
        rows = [replace(row, student=_cell(sheet, row, id_column)) for row in rows]
    rows = _joined(rows)
    if not rows:
        raise CourseError(f"{path} holds no student", "Download it again.")
    before, in_file = read_people(course), read_roster(course)
    damaged = {} if accept_ids else damage(rows) | _lost_zeros(rows, before)
    now = _match(path, rows, before, damaged, fixed=id_column is not None)
    added, changed, unchanged = [], [], []
    for student, person in now.items():
        earlier = before.get(student)
        if earlier is None:
            added.append(person)
        elif earlier != person:
            changed.append((student, _difference(earlier, person)))
        else:
            unchanged.append(student)
    absent = tuple(
        replace(person, status=WITHDRAWN) if withdraw_absent else person
        for student, person in sorted(before.items())
        if student not in now
    )
    if write:
        # The gradebook first: it can refuse, and then neither has changed.
        _write_gradebook(course, now.values())
        left = {person.student: person for person in absent if withdraw_absent}
        write_roster(course, (in_file | left | now).values())
    return RosterImport(
        student_list.system.name,
        tuple(added),
        tuple(changed),
        tuple(unchanged),
        absent,
        student_list.teaching,
        student_list.unused,
    )


def _joined(rows: Iterable[ListedStudent]) -> list[ListedStudent]:
    """The rows with one for each student, where a list has one for each of a student's sections.

    Rows that differ in anything else stay, and are refused where they have the same id.
    """
    joined: dict[object, ListedStudent] = {}
    for row in rows:
        others = {name: value for name, value in row.about.items() if name != "section"}
        key = (row.student, *sorted(others.items())) if row.student else row.line
        first = joined.setdefault(key, row)
        names = (first.about.get("section", ""), row.about.get("section", ""))
        if first is not row and not is_in_group(*names):
            about = {**first.about, "section": ", ".join(filter(None, names))}
            joined[key] = replace(first, about=about)
    return list(joined.values())


def _lost_zeros(rows: list[ListedStudent], before: Mapping[str, Person]) -> dict[int, str]:
    """Why ids are not those of the roster, which begin with zeros, by the number of the line."""
    reasons = {}
    for field in ("student", "sis_user_id"):
        known = {getattr(person, field) for person in before.values()} - {""}
        stripped = {value.lstrip("0"): value for value in known if value.startswith("0")}
        for row in rows:
            value = row.student if field == "student" else row.about.get(field, "")
            if value not in known and value in stripped:
                reasons[row.line] = f"the id {value!r} was {stripped[value]!r} before"
    return reasons


def _cell(sheet: Sheet, row: ListedStudent, column: str) -> str:
    names = {heading(name): name for name in row.cells}
    if heading(column) not in names:
        raise CourseError(
            f"{sheet.path} has no column {column!r}", f"It has: {', '.join(names.values())}."
        )
    return row.cells[names[heading(column)]]


def _match(
    path: Path,
    rows: list[ListedStudent],
    before: dict[str, Person],
    damaged: Mapping[int, str],
    *,
    fixed: bool,
) -> dict[str, Person]:
    """The students of the list as they are now; raises `CourseError` with all lines in error.

    damaged : why the ids of some lines are refused
    """
    finder, errors = StudentFinder(before.values()), []
    now: dict[str, Person] = {}
    lines: dict[tuple[str, str], int] = {}
    for row in rows:
        student_row = replace(row, student=unicodedata.normalize("NFC", row.student.strip()))
        student, why = _student_id(student_row, finder, before, fixed=fixed)
        why = damaged.get(row.line, why)
        if not why:
            # Some file systems do not tell Ann from ann.
            keys = [("student", student.casefold())]
            keys += [(field, row.about.get(field, "")) for field in ("lms_user_id", "sis_user_id")]
            twice = [key for key in keys if key[1] and key in lines]
            if twice:
                field, value = twice[0]
                kind = IDS.get(field, "id")
                why = f"the {kind} {value!r} is in line {lines[twice[0]]} too"
            lines |= {key: row.line for key in keys if key[1]}
        if why:
            errors.append(f"line {row.line}: {why}")
            continue
        person = before.get(student, Person(student))
        updates = {name: value for name, value in row.about.items() if value}
        if not row.is_split and _is_same_name(row, person):
            for name in ("first_name", "last_name"):  # which are known better
                updates.pop(name, None)
        updates.setdefault("status", "")  # who is listed again has come back
        now[student] = replace(person, **updates)
    if errors:
        more = f"; and {len(errors) - MAX_ERRORS} lines more" if len(errors) > MAX_ERRORS else ""
        remedy = "Name a column with other ids, such as --id-column ID, or correct these lines."
        if damaged:
            remedy = (
                "Download the list again and do not open it in a spreadsheet; if the ids are right "
                "as they are, add --accept-ids."
            )
        elif fixed:
            remedy = "Leave --id-column out, and students keep the ids that they have, or correct "
            remedy += "these lines."
        raise CourseError(
            f"{path}, {'; '.join(errors[:MAX_ERRORS])}{more}", f"{remedy} Nothing was imported."
        )
    return now


def _is_same_name(row: ListedStudent, person: Person) -> bool:
    """Whether a full name is the student's, whichever part of it comes first."""
    names = row.about.get("first_name", ""), row.about.get("last_name", "")
    known = person.first_name, person.last_name
    full, *orders = ("".join("".join(parts).split()) for parts in (names, known, known[::-1]))
    return full in orders


def _student_id(
    row: ListedStudent, finder: StudentFinder, before: dict[str, Person], *, fixed: bool
) -> tuple[str, str]:
    """The id of a listed student in this course, or else why the row cannot be used.

    fixed : whether the option --id-column names the column that has the ids
    """
    hits: set[str] = set()
    for field in IDS:
        # A number that contradicts weighs more than an address that fits.
        fitting = {
            student
            for student in finder.by(field, row.about.get(field, ""))
            if field != "email" or not _contradicts(row, before[student])
        }
        hits |= fitting
    if len(hits) > 1:
        return "", f"it fits {' and '.join(sorted(hits))}"
    if hits:
        (student,) = hits
        if fixed and row.student and student != row.student:
            return "", f"{row.student!r} is in the course as {student!r}"
        return student, ""
    if not row.student:
        return "", "there is no id"
    if why := _refusal(row.student):
        return "", why
    spellings = {other for other in before if other.casefold() == row.student.casefold()}
    if spellings - {row.student}:
        return "", f"{row.student!r} is in the course as {spellings.pop()!r}"
    if row.student in before and _contradicts(row, before[row.student]):
        return "", f"{row.student!r} is somebody else in grading/roster.csv"
    return row.student, ""


def _contradicts(row: ListedStudent, person: Person) -> bool:
    """Whether the row and the person both have a number, and not the same."""
    pairs = [
        (row.about.get(field), getattr(person, field)) for field in ("lms_user_id", "sis_user_id")
    ]
    return any(listed and known and listed != known for listed, known in pairs)


def _refusal(student: str) -> str:
    """Why this cannot be a student's id; "" where it can."""
    if len(student.encode()) > MAX_STUDENT:
        return f"an id of {len(student)} letters is too long for a folder's name"
    if not STUDENT.fullmatch(student) or RESERVED.fullmatch(student):
        return (
            f"{student!r} cannot be a folder's name: it takes letters and digits, "
            "and between them . _ - @ '"
        )
    return ""


def _difference(before: Person, now: Person) -> str:
    old, new = asdict(before), asdict(now)
    return "; ".join(
        f"{name}: {old[name]!r} → {new[name]!r}" for name in COLUMNS if old[name] != new[name]
    )


def _write_gradebook(course: Course, people: Iterable[Person]) -> None:
    """Write the students into the gradebook in one transaction; nbgrader's own way takes many."""
    course.grading.mkdir(exist_ok=True)
    with open_gradebook(load_config(course)) as gradebook:
        rows = {row.id: row for row in gradebook.db.query(api.Student)}
        for person in people:
            row = rows.get(person.student)
            if row is None:
                row = api.Student(id=person.student)
                gradebook.db.add(row)
            for name in ("first_name", "last_name", "email", "lms_user_id"):
                if value := getattr(person, name):
                    setattr(row, name, value[:LENGTH])
        gradebook.db.commit()
