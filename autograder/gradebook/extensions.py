"""Later and earlier deadlines of students and sections, in grading/extensions.csv.

nbgrader keeps an extension with a submission, so there is none before something was graded. Here
they are kept in a file, and `late.settle` brings them into the gradebook whenever it runs: after
grading, at `autograder late` and at each export.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from autograder.course.errors import CourseError
from autograder.course.files import write_atomically
from autograder.course.folders import Course
from autograder.course.safe_text import guard_cell
from autograder.course.spreadsheet import read_sheet, sheet_text
from autograder.course.time_zones import named_zone
from autograder.gradebook.sections import is_in_section, is_list, sections_by_student

ALL = "all"
COLUMNS = ("student", "section", "assignment", "extension", "reason")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
DURATION = re.compile(r"(\d+(?:[.,]\d+)?)\s*([mhdw]?)[a-z]*", re.IGNORECASE)
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?)\s+(\S+)")
MOST = timedelta(weeks=520)


@dataclass(frozen=True)
class Extension:
    """Another deadline, of one student or of a section.

    student, section : one of the two; the other is ""
    assignment : its name, or `all`
    amount : from the assignment's deadline, or the moment of the new deadline in UTC without a zone
    """

    student: str
    section: str
    assignment: str
    amount: timedelta | datetime
    reason: str = ""

    def text(self, zone: tzinfo = UTC) -> str:
        """The amount as people write it: hours, or a moment in a time zone."""
        if isinstance(self.amount, datetime):
            return f"{self.amount.replace(tzinfo=UTC).astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
        return f"{self.amount / timedelta(hours=1):g}h"


class Extensions:
    """The extensions of a course, those of students before those of their sections.

    rows : of several about the same student or section and the same assignment, the last counts
    sections : what the roster has as section of each student, which can name several
    """

    def __init__(self, rows: Iterable[Extension], sections: Mapping[str, str]):
        rows = [replace(row, section=unicodedata.normalize("NFC", row.section)) for row in rows]
        self.rows = tuple(
            {(row.student, row.section, row.assignment): row for row in rows}.values()
        )
        self.sections = sections
        self._listed = tuple({row.section for row in self.rows} - {""})

    def of(self, student: str, assignment: str, due: datetime | None) -> timedelta | None:
        """What to add to the deadline `due`; None where nothing is said about the student.

        A student's own row counts before a section's, and one of the assignment before one of all.
        Of several sections that have a row, the one with the latest deadline counts.
        """
        amounts = [row.amount for row in self.rows_of(student, assignment).values()]
        extensions = [
            (None if due is None else amount - due) if isinstance(amount, datetime) else amount
            for amount in amounts
        ]
        return max((extension for extension in extensions if extension is not None), default=None)

    def rows_of(self, student: str, assignment: str) -> dict[str, Extension]:
        """A student's own row, under "", or else the rows of the student's sections, by section."""
        theirs = [
            row
            for row in self.rows
            if row.assignment in (assignment, ALL) and self._is_about(row, student)
        ]
        # That of the assignment takes the place of that of all.
        theirs.sort(key=lambda row: row.assignment == assignment)
        by_section = {row.section: row for row in theirs}
        return {"": by_section[""]} if "" in by_section else by_section

    def in_several_sections(self, assignment: str) -> dict[str, tuple[str, ...]]:
        """The students in more than one section with a row, and these sections' names."""
        sections = {name: tuple(sorted(self.rows_of(name, assignment))) for name in self.sections}
        return {student: names for student, names in sections.items() if len(names) > 1}

    def students(self, row: Extension) -> list[str]:
        """The students whom a row is about."""
        if row.student:
            return [row.student]
        return sorted(student for student in self.sections if self._is_about(row, student))

    def lists(self, row: Extension) -> dict[str, int]:
        """The sections of the roster that a row is about because a word in them parts two names.

        Such as "Lab A and B" for a row about "Lab A", each with how many students have it.
        """
        cells = Counter(self.sections[student] for student in self.students(row) if row.section)
        return {cell: count for cell, count in cells.items() if is_list(cell, row.section)}

    def _is_about(self, row: Extension, student: str) -> bool:
        if row.student:
            return row.student == student
        return is_in_section(self.sections.get(student, ""), row.section, self._listed)


def read_extensions(course: Course) -> Extensions:
    """The extensions in grading/extensions.csv; none where there is no such file.

    Raises `CourseError` naming the line that cannot be read.
    """
    path = course.grading / "extensions.csv"
    rows = []
    if path.is_file():
        for line, values in read_sheet(path).records():
            try:
                fields = {name: values[name] for name in COLUMNS}
                amount = parse_amount(fields["extension"])
            except (KeyError, ValueError) as error:
                raise CourseError(
                    f"{path}, line {line}: {error}",
                    f"It has the columns {', '.join(COLUMNS)}; an extension is as in 48h, 2d or "
                    "2026-11-05 23:59 Europe/Berlin.",
                ) from None
            about = fields["student"], fields["section"], fields["assignment"] or ALL
            rows.append(Extension(*about, amount, fields["reason"]))
    return Extensions(rows, sections_by_student(course))


def with_rows(extensions: Extensions, rows: Iterable[Extension]) -> Extensions:
    """The extensions with more rows, each in the place of one about the same."""
    return Extensions((*extensions.rows, *rows), extensions.sections)


def write_extensions(course: Course, extensions: Extensions) -> None:
    """Write grading/extensions.csv, whole or not at all."""
    rows = [
        [
            guard_cell(text)
            for text in (row.student, row.section, row.assignment, row.text(), row.reason)
        ]
        for row in extensions.rows
    ]
    text = sheet_text([COLUMNS, *rows])
    write_atomically(course.grading / "extensions.csv", text, mode=0o600)


def parse_amount(text: str, zone: ZoneInfo | None = None) -> timedelta | datetime:
    """An extension as people write it: 48, 48h, 2d, 1 week, or `2026-11-05 23:59 Europe/Berlin`.

    zone : of a moment without one
    Raises `ValueError` for anything else.
    """
    text = text.strip()
    if match := DURATION.fullmatch(text):
        unit = UNITS[(match[2] or "h").lower()]
        amount = timedelta(**{unit: float(match[1].replace(",", "."))})
        if amount > MOST:
            raise ValueError(f"{text!r} is more than ten years")
        return amount
    try:
        moment = parse_moment(f"{text} {zone}" if zone and not MOMENT.fullmatch(text) else text)
    except ValueError:
        raise ValueError(
            f"{text!r} is no extension, such as 48h, 2d or 2026-11-05 23:59 Europe/Berlin"
        ) from None
    return moment.astimezone(UTC).replace(tzinfo=None)


def parse_moment(text: str) -> datetime:
    """`YYYY-MM-DD HH:MM ZONE` as a moment with that zone, which is named and never guessed.

    Raises `ValueError` for anything else.
    """
    moment = MOMENT.fullmatch(text.strip())
    if moment is None:
        raise ValueError(f"{text!r} is no date, time and time zone")
    return datetime.fromisoformat(moment[1]).replace(tzinfo=named_zone(moment[2]))
