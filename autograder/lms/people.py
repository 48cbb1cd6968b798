"""Read and write grading/roster.csv, the students of a course, and find one by an id or a name.

`autograder roster` writes roster.csv, and everything else reads it. nbgrader's gradebook has the
same students, without the ids for which it has no column.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from nbgrader import api

from autograder.course.configuration import SQLITE, load_config
from autograder.course.errors import CourseError
from autograder.course.files import write_atomically
from autograder.course.folders import Course
from autograder.course.safe_text import guard_cell
from autograder.course.spreadsheet import read_sheet, sheet_text
from autograder.gradebook.nbgrader_adapter import open_gradebook

# The spellings of which differ from file to file.
CASELESS = {"email", "sis_login_id", "github"}
WITHDRAWN = "withdrawn"
# What Moodle's clean_filename takes out of a name.
NAME_SIGNS = re.compile(r"[\x00-\x1f\x7f&<>\"`|':\\/]")


@dataclass(frozen=True)
class Person:
    """One student, here and in other systems; "" stands for what is not known.

    student : the folder's name and nbgrader's id
    lms_user_id : Canvas's ID
    sis_user_id : Canvas's SIS User ID, Moodle's ID number
    sis_login_id : Canvas's SIS Login ID, Moodle's username
    github : the name on GitHub
    status : `withdrawn` for who has left the course
    """

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    sis_user_id: str = ""
    sis_login_id: str = ""
    section: str = ""
    github: str = ""
    status: str = ""

    @property
    def withdrawn(self) -> bool:
        """Whether the student has left: what there is stays, and nothing is exported."""
        return self.status.casefold() == WITHDRAWN


COLUMNS = tuple(field.name for field in fields(Person))


def roster_file(course: Course) -> Path:
    """The path of the course's roster."""
    return course.grading / "roster.csv"


def read_people(course: Course) -> dict[str, Person]:
    """The roster, and the gradebook's students whom it does not have, by student.

    Raises `CourseError` when roster.csv is damaged.
    """
    people, config = read_roster(course), load_config(course)
    url = config.CourseDirectory.db_url
    if isinstance(url, str) and url.startswith(SQLITE) and not Path(url[len(SQLITE) :]).exists():
        return people  # to open it would make one
    with open_gradebook(config) as gradebook:
        for row in gradebook.db.query(api.Student):
            fields = (row.first_name, row.last_name, row.email, row.lms_user_id)
            people.setdefault(row.id, Person(row.id, *(value or "" for value in fields)))
    return people


def read_roster(course: Course) -> dict[str, Person]:
    """The students in grading/roster.csv, by student; none where there is no such file."""
    path = roster_file(course)
    if not path.exists():
        return {}
    sheet = read_sheet(path)
    if "student" not in sheet.headings:
        raise CourseError(f"{path} has no column student", "Import the roster again.")
    people = {}
    for line, values in sheet.records():
        fields = {name: unicodedata.normalize("NFC", value) for name, value in values.items()}
        student = fields["student"]
        if student in people:
            raise CourseError(
                f"{path}, line {line}: {student} is there twice", "Take one of the lines out."
            )
        people[student] = Person(**{name: fields.get(name, "") for name in COLUMNS})
    return people


def write_roster(course: Course, people: Iterable[Person]) -> None:
    """Write grading/roster.csv, whole or not at all, in order of the students' ids."""
    rows = [
        [guard_cell(getattr(person, name)) for name in COLUMNS]
        for person in sorted(people, key=lambda person: person.student)
    ]
    write_atomically(roster_file(course), sheet_text([COLUMNS, *rows]), mode=0o600)


class StudentFinder:
    """Finds students by their ids and names in other systems."""

    def __init__(self, people: Iterable[Person]):
        self._ids: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._names: dict[str, set[str]] = defaultdict(set)
        for person in people:
            for field in COLUMNS:
                if value := getattr(person, field):
                    self._ids[field, same(field, value)].add(person.student)
            for name in (
                (person.first_name, person.last_name),
                (person.last_name, person.first_name),
            ):
                if key := name_key(" ".join(name)):
                    self._names[key].add(person.student)

    def by(self, field: str, value: str) -> frozenset[str]:
        """The students whose `field` has this value; none for an empty value."""
        return frozenset(self._ids.get((field, same(field, value)), ()) if value.strip() else ())

    def by_name(self, full_name: str) -> frozenset[str]:
        """The students of this name, whichever part comes first."""
        return frozenset(self._names.get(name_key(full_name), ()))


def name_key(name: str) -> str:
    """A name in the form in which names are compared: one case, and only signs that Moodle keeps.

    Without blanks: some scripts have none between a person's names.
    """
    plain = NAME_SIGNS.sub("", unicodedata.normalize("NFKC", name)).casefold()
    return "".join(letter for letter in plain if not letter.isspace() and letter not in ",_")


def same(field: str, value: str) -> str:
    """A value in the form in which values are compared; the case of addresses does not count."""
    value = unicodedata.normalize("NFC", value.strip())
    return value.casefold() if field in CASELESS else value
