"""Pack the feedback pages of a class to be handed back in bulk, by a platform or by mail.

Moodle takes a zip under “Upload multiple feedback files in a zip” and finds students by the numbers
of its own zip, NAME_NUMBER_assignsubmission_file_ORIGINAL (mod/assign/feedback/file,
importziplib.php).
Canvas takes one under “Upload Submissions”, named as in its “Download Submissions”. Both names are
known from what was collected; the students of whom they are not are named.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from autograder.course.errors import CourseError
from autograder.course.files import write_atomically
from autograder.course.folders import Assignment
from autograder.course.safe_text import guard_cell
from autograder.course.spreadsheet import sheet_text
from autograder.gradebook.marks import read_marks
from autograder.lms.facts import read_worksheet
from autograder.lms.path_patterns import path_pattern, read_upload
from autograder.lms.people import Person, read_people
from autograder.lms.storing import SubmissionFolder
from autograder.lms.student_matching import StudentMatcher
from autograder.lms.systems import BY_NAME
from autograder.lms.uploads import Upload

SYSTEMS = ("moodle", "canvas")
HEAD = ("email", "first_name", "last_name", "student", "assignment", "score", "max_score", "file")
TIME = (1980, 1, 1, 0, 0, 0)  # of each file in a zip, so that the same pages are the same zip


@dataclass(frozen=True)
class Delivery:
    """What was packed.

    path : the zip, or the list of a mail merge
    count : the pages in it
    left_out : students with a page whom the platform's names, or an address, are not known of
    """

    path: Path
    count: int
    left_out: tuple[str, ...]


def pack(
    assignment: Assignment,
    pages: Mapping[str, Path],
    system: str,
    target: Path,
    numbers: Mapping[str, str] | None = None,
) -> Delivery:
    """Write a zip of the students' pages, named as a platform wants them.

    pages : by student
    system : one of `SYSTEMS`
    numbers : Moodle's numbers by student, from a worksheet, for those who handed nothing in
    Raises `CourseError` when no page has a name there.
    """
    names: Callable[[str], str] = {"moodle": _moodle_name, "canvas": _canvas_name}[system]
    packed, left_out, given = io.BytesIO(), [], set[str]()
    people = read_people(assignment.course)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, page in _of_present(pages, people):
            path = _collected_path(assignment, student, system)
            name = names(path) if path else ""
            if name in given:  # the work of a group, which the platform has of one member
                name = ""
            if not name and numbers and student in numbers:
                name = f"{_plain(people[student])}_{numbers[student]}_assignsubmission_file_"
            if not name:
                left_out.append(student)
                continue
            given.add(name)
            info = zipfile.ZipInfo(f"{name}{assignment.name}-feedback.html", TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, page.read_bytes())
        count = len(archive.namelist())
    if not count:
        raise CourseError(
            f"no student has a name in a zip of {BY_NAME[system].title}",
            "Collect the submissions from there first, or use --mail-merge.",
        )
    write_atomically(target, packed.getvalue(), mode=0o600)
    return Delivery(target, count, tuple(left_out))


def mail_merge(assignment: Assignment, pages: Mapping[str, Path], folder: Path) -> Delivery:
    """Write the students' pages and list.csv, by which a mail program sends each to its student."""
    people = read_people(assignment.course)
    marks = {mark.student: mark for mark in read_marks(assignment)}
    rows, left_out = [], []
    for student, page in _of_present(pages, people):
        person, mark = people.get(student, Person(student)), marks.get(student)
        if not person.email:
            left_out.append(student)
            continue
        name = f"{student}-{assignment.name}.html"
        write_atomically(folder / name, page.read_bytes(), mode=0o600)
        texts = (person.email, person.first_name, person.last_name, student, assignment.name)
        is_marked = mark is not None and mark.submitted
        score = f"{mark.score:g}" if mark is not None and is_marked else ""
        most = f"{mark.max_score:g}" if mark is not None else ""
        rows.append([*map(guard_cell, texts), score, most, guard_cell(name)])
    path = folder / "list.csv"
    write_atomically(path, sheet_text([HEAD, *rows], mark=True), mode=0o600)
    return Delivery(path, len(rows), tuple(left_out))


def _of_present(
    pages: Mapping[str, Path], people: Mapping[str, Person]
) -> Iterable[tuple[str, Path]]:
    """The pages of students who have not withdrawn."""
    for student, page in sorted(pages.items()):
        if not (student in people and people[student].withdrawn):
            yield student, page


def _collected_path(assignment: Assignment, student: str, system: str) -> str:
    """The path of a student's file in the platform's zip; "" where it came by another way."""
    record = SubmissionFolder(assignment, student).record
    return record.path if record is not None and record.system == system else ""


def _moodle_name(path: str) -> str:
    patterns = [path_pattern(text) for text in BY_NAME["moodle"].paths]
    upload = read_upload(patterns, path, lambda upload: False)
    if upload is None or not upload.owner:
        return ""
    return f"{upload.name}_{upload.owner}_assignsubmission_file_"


def _canvas_name(path: str) -> str:
    base = path.rpartition("/")[2]
    patterns = [path_pattern(text) for text in BY_NAME["canvas"].paths]
    upload = read_upload(patterns, path, lambda upload: False)
    return base.removesuffix(upload.original) if upload is not None and upload.original else ""


def _plain(person: Person) -> str:
    return f"{person.first_name} {person.last_name}".replace("_", " ").replace("/", " ").strip()


def moodle_numbers(assignment: Assignment, worksheet: Path) -> dict[str, str]:
    """Moodle's numbers of students, from a grading worksheet of the assignment."""
    facts = read_worksheet(worksheet, ZoneInfo("UTC"))
    matcher = StudentMatcher(read_people(assignment.course), BY_NAME["moodle"], facts)
    numbers = {}
    for number in facts:
        students = matcher.find(Upload("", number, "", "", "file"))
        if isinstance(students, tuple) and len(students) == 1:
            numbers[students[0]] = number
    return numbers
