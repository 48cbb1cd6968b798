"""Keep what students handed in and nobody could grade, so that it is never taken for nothing.

`collect` writes grading/collected/NAME/rejections.json: PDFs, typed text, links, several notebooks,
files of people who are not on the roster. `read_rejections` adds what lies in grading/submitted in
the place of a notebook. Reports, feedback, exports and explanations all ask it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.course.errors import CourseError, SubmissionError
from autograder.course.files import write_atomically
from autograder.course.folders import Assignment
from autograder.course.notebook_file import read_bytes
from autograder.course.notebook_names import few
from autograder.course.safe_text import label
from autograder.course.submissions import find_submissions
from autograder.lms.people import read_roster
from autograder.lms.storing import SubmissionFolder, hashed

FILE = "rejections.json"


@dataclass(frozen=True)
class Rejection:
    """Something that was handed in and could not be graded.

    student : "" where nobody can say whose it is
    paths : of its files, in the zip or folder that they came in
    files : the same as the student called them, or what there was instead, such as "typed text"
    why, remedy : sentences without their last full stop, and with it
    source : the name of the zip or folder; "" for what lies in grading/submitted
    owner : what the other system calls whoever handed it in
    beside : the SHA-256 of the notebook that the student had handed in before; "" for none
    """

    student: str
    paths: tuple[str, ...]
    files: tuple[str, ...]
    why: str
    remedy: str
    source: str = ""
    owner: str = ""
    beside: str = ""

    @property
    def sentence(self) -> str:
        """What there is and why it was not graded, for a table or a page."""
        what = few(self.files)
        gist = "handed in something that could not be graded"
        if self.beside:
            gist = "handed in something else later that could not be graded"
        why = self.why.removesuffix(f": {what}")
        repeats = not what or why.startswith(what)
        return label(f"{gist}: {why}" if repeats else f"{gist}: {what} ({why})")


@dataclass(frozen=True)
class Rejections:
    """What could not be graded of one assignment.

    by_student : the latest of each student
    unknown : of people whom the course does not know
    withdrawn : who has left, and owes nothing
    """

    by_student: dict[str, Rejection]
    unknown: tuple[Rejection, ...]
    withdrawn: frozenset[str] = frozenset()

    def instead_of_work(self, student: str) -> Rejection | None:
        """What a student handed in where there is no notebook; None where there is one."""
        rejection = self.by_student.get(student)
        return None if rejection is None or rejection.beside else rejection


def read_rejections(assignment: Assignment, submitted: Path | None = None) -> Rejections:
    """What was handed in for an assignment and could not be graded, as of now.

    A rejection is settled when the student's notebook in grading/submitted is another than at the
    time of the rejection, however it came there.

    submitted : the folder of submissions, by default grading/submitted
    """
    by_student, unknown = {}, []
    for rejection in stored(assignment):
        if not rejection.student:
            unknown.append(rejection)
        elif notebook_hash(assignment, rejection.student) == rejection.beside:
            by_student[rejection.student] = rejection
    folder = submitted or assignment.course.grading / "submitted"
    if folder.is_dir():
        for submission in find_submissions(folder, assignment.name, *assignment.editions):
            if submission.path is None and submission.reason:
                why, _, remedy = submission.reason.partition("; ")
                by_student.setdefault(
                    submission.student, Rejection(submission.student, (), (), why, f"{remedy}.")
                )
    left = frozenset(
        student for student, person in read_roster(assignment.course).items() if person.withdrawn
    )
    for student in left:
        by_student.pop(student, None)
    return Rejections(by_student, tuple(unknown), left)


def stored(assignment: Assignment) -> tuple[Rejection, ...]:
    """The rejections that collecting has written, settled or not.

    Raises `CourseError` when the file is damaged.
    """
    path = _file(assignment)
    try:
        return tuple(
            Rejection(**{**entry, "paths": tuple(entry["paths"]), "files": tuple(entry["files"])})
            for entry in json.loads(path.read_text(encoding="utf-8"))
        )
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CourseError(
            f"{path} cannot be read: {type(error).__name__}: {error}",
            "Take the file away, and collect every zip of the assignment again.",
        ) from error


def store(assignment: Assignment, rejections: Iterable[Rejection]) -> None:
    """Write the rejections of an assignment in the place of all earlier ones."""
    entries = sorted(map(asdict, rejections), key=lambda entry: (entry["student"], entry["paths"]))
    if entries or _file(assignment).exists():
        text = json.dumps(entries, indent=1, ensure_ascii=False)
        write_atomically(_file(assignment), text, mode=0o600)


def notebook_hash(assignment: Assignment, student: str) -> str:
    """The SHA-256 of a student's notebook in grading/submitted; "" where there is none."""
    place = SubmissionFolder(assignment, student)
    try:
        return hashed(read_bytes(place.notebook))
    except SubmissionError:
        return "unreadable" if place.is_filled else ""


def _file(assignment: Assignment) -> Path:
    return assignment.course.grading / "collected" / assignment.name / FILE
