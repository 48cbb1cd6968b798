"""Read extensions from a CSV file, as a teaching assistant keeps them during a term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from autograder.course.errors import CourseError
from autograder.course.folders import Course
from autograder.course.safe_text import unguard_cell
from autograder.course.spreadsheet import read_sheet
from autograder.gradebook.extensions import ALL, Extension, parse_amount
from autograder.lms.people import WITHDRAWN, StudentFinder, read_people, read_roster, write_roster

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "student": ("student", "email", "login", "id", "name"),
    "section": ("section", "group"),
    "assignment": ("assignment",),
    "extension": ("extension", "hours", "until", "date", "deadline", "days"),
    "reason": ("reason", "comment", "note"),
}
IDS = ("student", "email", "sis_login_id", "sis_user_id", "lms_user_id")
MAX_ERRORS = 10  # lines in error that one message names


@dataclass(frozen=True)
class ExtensionFile:
    """What a file of extensions says.

    withdrawn : students who have left the course, by its column of extensions
    """

    extensions: tuple[Extension, ...]
    withdrawn: tuple[str, ...]


def read_extension_file(
    course: Course, path: Path, assignment: str, zone: ZoneInfo | None = None
) -> ExtensionFile:
    """The extensions in a CSV with the columns student (or section), assignment, extension, reason.

    A student is named by any id, by the address or by the name. An extension is as in 48, 2d, or
    2026-11-05 23:59 Europe/Berlin; `withdrawn` stands for who has left.

    assignment : where a row has none; `all` stands for all
    zone : of moments without one
    Raises `CourseError` with all lines that cannot be read.
    """
    sheet = read_sheet(path)
    head = sheet.keys
    places = {
        field: index
        for field, names in COLUMNS.items()
        if (index := next((head.index(name) for name in names if name in head), None)) is not None
    }
    if "extension" not in places or not {"student", "section"} & set(places):
        raise CourseError(
            f"{path} has not the columns of extensions: {', '.join(sheet.headings[:8])}",
            "It needs student or section, and extension, hours or until; besides, it can have "
            "assignment and reason.",
        )
    unit = "d" if head[places["extension"]] == "days" else ""
    finder = StudentFinder(read_people(course).values())
    extensions, withdrawn, errors = [], [], []
    for row in sheet.rows:
        fields = {field: unguard_cell(row.values[index]) for field, index in places.items()}
        name, section = fields.get("student", ""), fields.get("section", "")
        wanted = fields.get("assignment") or assignment
        amount = fields["extension"]
        try:
            student = _student(finder, name) if name else ""
            if wanted not in (ALL, *course.names):
                raise ValueError(f"there is no assignment {wanted!r}")
            if not student and not section:
                raise ValueError("it names neither a student nor a section")
            if amount.casefold() == WITHDRAWN and student:
                withdrawn.append(student)
                continue
            text = f"{amount}{unit}" if amount.isdecimal() else amount
            extension = Extension(
                student,
                "" if student else section,
                wanted,
                parse_amount(text, zone),
                fields.get("reason", ""),
            )
            extensions.append(extension)
        except ValueError as error:
            errors.append(f"line {row.line}: {error}")
    if errors:
        more = f"; and {len(errors) - MAX_ERRORS} lines more" if len(errors) > MAX_ERRORS else ""
        raise CourseError(
            f"{path}, {'; '.join(errors[:MAX_ERRORS])}{more}",
            "Correct these lines. Nothing was changed.",
        )
    return ExtensionFile(tuple(extensions), tuple(dict.fromkeys(withdrawn)))


def withdraw(course: Course, students: tuple[str, ...]) -> None:
    """Mark students as withdrawn on the roster: what there is of them stays."""
    people = read_people(course)
    left = {student: replace(people[student], status=WITHDRAWN) for student in students}
    write_roster(course, (read_roster(course) | left).values())


def named_student(course: Course, name: str) -> str:
    """The student of an id, an address or a full name; `name` itself where it is not clear."""
    try:
        return _student(StudentFinder(read_people(course).values()), name)
    except ValueError:
        return name


def _student(finder: StudentFinder, name: str) -> str:
    hits: frozenset[str] = frozenset()
    for field in IDS:
        hits = hits or finder.by(field, name)
    hits = hits or finder.by_name(name)
    if len(hits) != 1:
        fitting = f" ({' and '.join(sorted(hits))})" if hits else ""
        raise ValueError(f"{name!r} is {'several students' if hits else 'nobody'}{fitting}")
    return next(iter(hits))
