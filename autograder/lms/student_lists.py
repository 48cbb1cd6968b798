"""Read a list of students of any system, by the table of `systems` or by columns that are named."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from autograder.course.errors import CourseError
from autograder.course.safe_text import unguard_cell
from autograder.course.spreadsheet import Sheet, heading
from autograder.lms.people import COLUMNS
from autograder.lms.system_records import ListColumns, System
from autograder.lms.systems import BY_NAME, PLAIN, SYSTEMS, TEACHING, TEST_STUDENTS
from autograder.lms.uploads import ListedStudent

IDS = ("lms_user_id", "sis_user_id", "sis_login_id")
NAME_FIELDS = ("full_name", "sortable_name", "role")
# How a spreadsheet writes a long number that it took for one: 1.07E+13, 12345.0.
DAMAGED = re.compile(r"\d[.,]?\d*E\+?\d+|\d+[.,]0+", re.IGNORECASE)
HASH = re.compile(r"[0-9a-f]{32,}")  # the login of Canvas's test student


@dataclass(frozen=True)
class StudentList:
    """The students of a list.

    teaching : rows of people who teach, by their words for it
    unused : headings of columns that nothing was read from
    """

    system: System
    students: tuple[ListedStudent, ...]
    teaching: tuple[str, ...]
    unused: tuple[str, ...]


def read_list(sheet: Sheet, named: Mapping[str, str] | None = None) -> StudentList:
    """The students of a list, in the order of its rows.

    named : headings by the roster's columns, for a list that no system of the table has
    Raises `CourseError` when no system has such columns, or one that is named is not there.
    """
    system = _named(sheet, named) if named else _system(sheet)
    if system is None or system.people is None:
        raise CourseError(
            f"{sheet.path} is no list of students that is known here: its columns are "
            f"{', '.join(sheet.headings[:8])}",
            "Say which is which: --columns 'student=…,email=…,first_name=…,last_name=…', or with "
            "full_name=… for both names. Lists of "
            f"{', '.join(one.title for one in SYSTEMS if one is not PLAIN)} are known.",
        )
    places = _places(sheet, system.people)
    rows = [
        {field: _text(field, row.values[index]) for field, index in places.items()}
        for row in sheet.rows
    ]
    different = {row.get("email", "").casefold() for row in rows}
    addresses = Counter(address.partition("@")[0] for address in different)
    students, teaching = [], []
    for (line, cells), fields in zip(sheet.records(), rows, strict=True):
        if _is_no_student(fields, system.people):
            continue
        if _teaches(fields.get("role", "")):
            teaching.append(fields["role"])
            continue
        about = _about(fields)
        student = next(
            filter(None, (_id(field, about, fields, addresses) for field in system.people.student)),
            "",
        )
        is_split = "full_name" not in fields or bool(fields.get("last_name"))
        students.append(ListedStudent(line, cells, about, student, is_split))
    used = set(places.values())
    unused = [name for index, name in enumerate(sheet.headings) if name and index not in used]
    return StudentList(system, tuple(students), tuple(teaching), tuple(unused))


def damage(rows: Sequence[ListedStudent]) -> dict[int, str]:
    """Why ids are not what they were before a spreadsheet saved them, by the number of the line.

    A spreadsheet takes an id for a number: it writes a long one as 1.07E+13, and leaves out the
    zeros that it begins with, so that it is shorter than the others.
    """
    reasons: dict[int, str] = {}
    for field in ("student", *IDS):
        values = {row.line: row.about.get(field, "") or "" for row in rows}
        if field == "student":
            values = {row.line: row.student for row in rows}
        numbers = {line: value for line, value in values.items() if value.isdecimal()}
        lengths = Counter(map(len, numbers.values()))
        usual, count = lengths.most_common(1)[0] if lengths else (0, 0)
        is_fixed = count >= 5 and count >= 0.8 * len(numbers) and field != "lms_user_id"
        has_zeros = any(value.startswith("0") for value in numbers.values())
        for line, value in values.items():
            if DAMAGED.fullmatch(value):
                reasons.setdefault(line, f"the id {value!r} is a number that a spreadsheet wrote")
            elif is_fixed and not has_zeros and line in numbers and len(value) < usual:
                why = f"the id {value!r} has {len(value)} digits, and the others {usual}"
                reasons.setdefault(line, f"{why}: a spreadsheet leaves zeros out")
    return reasons


def _system(sheet: Sheet) -> System | None:
    head = set(sheet.keys)
    for system in SYSTEMS:
        people = system.people
        if (
            people
            and all(head & set(names) for names in people.needs)
            and not head & set(people.without)
        ):
            return system
    return None


def _named(sheet: Sheet, named: Mapping[str, str]) -> System:
    """A system with the columns that a person has named."""
    fields = (*COLUMNS, *NAME_FIELDS)
    for field, name in named.items():
        if field not in fields:
            raise CourseError(f"--columns: there is no {field!r}", f"There are {', '.join(fields)}")
        if heading(name) not in sheet.keys:
            raise CourseError(
                f"{sheet.path} has no column {name!r}", f"It has: {', '.join(sheet.headings)}."
            )
    columns = {field: (heading(name),) for field, name in named.items()}
    ids = ("student", "sis_user_id", "sis_login_id", "lms_user_id", "email")
    return replace(BY_NAME["csv"], people=ListColumns((), columns, ids))


def _places(sheet: Sheet, people: ListColumns) -> dict[str, int]:
    """The index of each field's column, the leftmost of a heading that is there twice."""
    head = sheet.keys
    places = {}
    for field, names in people.columns.items():
        index = next((head.index(name) for name in names if name in head), None)
        if index is not None:
            places[field] = index
    return places


def _text(field: str, value: str) -> str:
    text = unicodedata.normalize("NFC", unguard_cell(value))  # a Mac writes accents apart
    return text.removeprefix("#") if field in IDS else text  # as Brightspace guards them


def _is_no_student(fields: Mapping[str, str], people: ListColumns) -> bool:
    """Whether a row is about points, or the student with whom teachers try things out."""
    if people.digits and not fields.get(people.digits, "").isdecimal():
        return True
    if fields.get("sis_user_id"):
        return False
    name = fields.get("sortable_name") or fields.get("full_name", "")
    both = f"{fields.get('last_name', '')}, {fields.get('first_name', '')}"
    is_named = bool({name.casefold(), both.casefold()} & set(TEST_STUDENTS))
    return is_named or (
        bool(people.digits) and bool(HASH.fullmatch(fields.get("sis_login_id", "")))
    )


def _teaches(role: str) -> bool:
    words = [heading(word) for word in re.split(r"[,;|]", role) if word.strip()]
    return bool(words) and all(word in TEACHING for word in words)


def _about(fields: Mapping[str, str]) -> dict[str, str]:
    """A row by the columns of the roster."""
    about = {name: fields[name] for name in COLUMNS[1:] if name in fields}
    if "sortable_name" in fields and not about.get("last_name"):
        last, _, first = fields["sortable_name"].partition(",")
        about |= {"first_name": about.get("first_name") or first.strip(), "last_name": last.strip()}
    elif "full_name" in fields and not about.get("last_name"):
        # Where only the full name is known, its last word is taken for the surname.
        first, _, last = fields["full_name"].rpartition(" ")
        about |= {"first_name": about.get("first_name") or first, "last_name": last}
    if not about.get("email") and "@" in about.get("sis_login_id", ""):
        about["email"] = about["sis_login_id"]
    return about


def _id(
    field: str, about: Mapping[str, str], fields: Mapping[str, str], addresses: Counter[str]
) -> str:
    value = about.get(field) or fields.get(field, "")
    if field == "email":
        local = value.partition("@")[0]
        return local if addresses[local.casefold()] == 1 else value
    return value
