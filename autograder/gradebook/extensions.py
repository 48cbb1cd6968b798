"""Later and earlier deadlines of students and sections, in grading/extensions.csv.

nbgrader keeps an extension with a submission, so there is none before something was graded. Here
they are kept in a file, and `late.settle` brings them into the gradebook whenever it runs: after
grading, at `autograder late` and at each export.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from autograder.course.errors import CourseError
from autograder.course.files import write_atomically
from autograder.course.folders import Course
from autograder.course.time_zones import named_zone

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

    sections : of each student
    """

    def __init__(self, rows: Iterable[Extension], sections: Mapping[str, frozenset[str]]):
        self.rows = tuple(
            replace(row, section=unicodedata.normalize("NFC", row.section)) for row in rows
        )
        self.sections = {
            student: frozenset(unicodedata.normalize("NFC", name) for name in names)
            for student, names in sections.items()
        }

    def of(self, student: str, assignment: str, due: datetime | None) -> timedelta | None:
        """What to add to the deadline `due`; None where nothing is said about the student.

        A student's own row counts before a section's, one of the assignment before one of all, and
        of two such the later one.
        """
        best: tuple[tuple[bool, bool], timedelta | datetime] | None = None
        for row in self.rows:
            is_own = row.student == student
            is_theirs = is_own or row.section in self.sections.get(student, ())
            if is_theirs and row.assignment in (assignment, ALL):
                rank = (is_own, row.assignment == assignment)
                if best is None or rank >= best[0]:
                    best = rank, row.amount
        if best is None:
            return None
        amount = best[1]
        if isinstance(amount, datetime):
            return None if due is None else amount - due
        return amount

    def students(self, row: Extension) -> list[str]:
        """The students whom a row is about."""
        if row.student:
            return [row.student]
        section = unicodedata.normalize("NFC", row.section)
        return sorted(name for name, own in self.sections.items() if section in own)


def read_extensions(course: Course) -> Extensions:
    """The extensions in grading/extensions.csv; none where there is no such file.

    Raises `CourseError` naming the line that cannot be read.
    """
    path = course.grading / "extensions.csv"
    rows = []
    if path.is_file():
        lines = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))
        for number, line in enumerate(lines, 2):
            try:
                fields = {name: (line[name] or "").strip() for name in COLUMNS}
                amount = parse_amount(fields["extension"])
            except (KeyError, ValueError) as error:
                raise CourseError(
                    f"{path}, line {number}: {error}",
                    f"It has the columns {', '.join(COLUMNS)}; an extension is as in 48h, 2d or "
                    "2026-11-05 23:59 Europe/Berlin.",
                ) from None
            about = fields["student"], fields["section"], fields["assignment"] or ALL
            rows.append(Extension(*about, amount, fields["reason"]))
    return Extensions(rows, _sections(course))


def with_rows(extensions: Extensions, rows: Iterable[Extension]) -> Extensions:
    """The extensions with more rows, each in the place of one about the same."""
    by_key = {(row.student, row.section, row.assignment): row for row in extensions.rows}
    for row in Extensions(rows, {}).rows:
        key = (row.student, row.section, row.assignment)
        by_key.pop(key, None)
        by_key[key] = row
    return Extensions(by_key.values(), extensions.sections)


def write_extensions(course: Course, extensions: Extensions) -> None:
    """Write grading/extensions.csv, whole or not at all."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in extensions.rows:
        writer.writerow([row.student, row.section, row.assignment, row.text(), row.reason])
    write_atomically(course.grading / "extensions.csv", text.getvalue())


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


def _sections(course: Course) -> dict[str, frozenset[str]]:
    """The sections of each student, as grading/roster.csv has them."""
    path = course.grading / "roster.csv"
    if not path.is_file():
        return {}
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    return {
        row.get("student") or "": frozenset(
            name.strip() for name in (row.get("section") or "").split(",") if name.strip()
        )
        for row in rows
        if (row.get("status") or "").casefold() != "withdrawn"
    }
