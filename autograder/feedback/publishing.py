"""Write the feedback pages: one for each student, also without a submission.

A page lies where nbgrader's would, `grading/feedback/STUDENT/NAME/NAME.html`, beside the two files
that `nbgrader release_feedback` needs, so that nbgrader's own commands hand it out.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from traitlets.config import Config

from autograder.batch.agreement import doubts
from autograder.batch.history import Entry, read_history
from autograder.course.cells import describe
from autograder.course.configuration import load_config, load_zone
from autograder.course.errors import CourseError
from autograder.course.faults import course_error, stops_everything
from autograder.course.files import write_atomically
from autograder.course.folders import Assignment
from autograder.course.keys import PAGES, code_key, digest, versions_key
from autograder.course.limits import load_limits
from autograder.course.submissions import SECRET, TIMESTAMP, refuse_name
from autograder.course.verdicts import Verdict
from autograder.feedback.boxes import GradedWork
from autograder.feedback.distribution import distribution
from autograder.feedback.page import Pages
from autograder.gradebook.marks import Mark, read_marks
from autograder.gradebook.sidecar import read_secret
from autograder.lms.rejections import read_rejections
from autograder.lms.storing import SubmissionFolder

# The distributions by which pages are written.
LIBRARIES = (
    "jinja2",
    "latex2mathml",
    "markdown-it-py",
    "markupsafe",
    "mdit-py-plugins",
    "nh3",
    "pygments",
)
KEY = re.compile(r'<meta name="autograder-feedback" content="([0-9a-f]{64})">')


@dataclass(frozen=True)
class PageOutcome:
    """One student's page, or why there is none.

    changed : whether the page was written; otherwise it was there already
    why : what went wrong, or empty
    """

    student: str
    page: Path
    changed: bool = False
    why: str = ""


@dataclass(frozen=True)
class Feedback:
    """The feedback pages of a class, and the errors, in order of the students.

    outdated : the students whose points are those of an earlier release
    shows_class : whether the pages say how the class did
    """

    outcomes: tuple[PageOutcome, ...]
    outdated: tuple[str, ...] = ()
    shows_class: bool = False

    @property
    def pages(self) -> tuple[Path, ...]:
        """The pages that are there now."""
        return tuple(outcome.page for outcome in self.outcomes if not outcome.why)

    @property
    def failures(self) -> tuple[PageOutcome, ...]:
        """The students whose page could not be made."""
        return tuple(outcome for outcome in self.outcomes if outcome.why)


def make_feedback(
    assignment: Assignment,
    students: Sequence[str] = (),
    *,
    show_class: bool = False,
    tell: Callable[[int, int, PageOutcome], None] = lambda done, total, latest: None,
) -> Feedback:
    """A page for each of `students`, or for everybody whom the gradebook or a batch knows.

    show_class : whether pages say how the class did; those of a small class never do

    A page that is up to date is not written again. An error about one student is in the result,
    and the others get their pages. Raises `CourseError` when nothing has been graded yet, and when
    a student is not known.
    """
    course = assignment.course
    config = load_config(course)
    graded = course.root / config.CourseDirectory.autograded_directory
    if not assignment.release.is_file() or not (
        any((course.results / assignment.name).glob("[!.]*"))  # a lock is no result
        or any(graded.glob(f"*/{assignment.name}/{assignment.name}.ipynb"))
    ):
        raise CourseError(
            f"nothing of {assignment.name} has been graded",
            f"Grade it first: autograder grade {assignment.name}",
        )
    feedback = _ClassFeedback(assignment, config, show_class=show_class)
    for student in students:
        if student not in feedback.students:
            raise CourseError(
                f"neither the gradebook nor any batch of {assignment.name} knows {student!r}",
                "Name a student as the folder of the submission is named.",
            )
    names = sorted(set(students)) or feedback.students
    outcomes = []
    for student in names:
        outcomes.append(feedback.write(student))
        tell(len(outcomes), len(names), outcomes[-1])
    return Feedback(tuple(outcomes), feedback.outdated(names), feedback.shows_class)


class _ClassFeedback:
    """The records that the pages of a class are written from, and the place of each page."""

    def __init__(self, assignment: Assignment, config: Config, *, show_class: bool):
        self._assignment, self._folders = assignment, config.CourseDirectory
        self._limits = load_limits(assignment.course)
        self._zone = load_zone(assignment.course)
        self._pages = Pages(assignment, self._limits, self._zone)
        # A page is written again when anything that writes it changed, a sanitizer above all.
        self._code = (code_key(PAGES) + versions_key(*LIBRARIES)).encode()
        self._marks = {mark.student: mark for mark in read_marks(assignment)}
        self._group = distribution(self._marks.values()) if show_class else None
        self._entries = read_history(assignment).entries
        self._rejections = read_rejections(assignment)
        rejected = self._rejections.by_student
        self.students = sorted({*self._marks, *self._entries, *rejected})

    @property
    def shows_class(self) -> bool:
        """Whether pages say how the class did."""
        return self._group is not None

    def outdated(self, students: Sequence[str]) -> tuple[str, ...]:
        """Those of the students whose results have other points than the release has now."""
        points = describe(json.loads(self._assignment.release.read_bytes())).tests
        return tuple(
            student
            for student in students
            if (entry := self._entries.get(student))
            and entry.result.verdict != Verdict.GRADER_ERROR
            and {name: cell.max_score for name, cell in entry.result.cells.items()} != points
        )

    def write(self, student: str) -> PageOutcome:
        """Write the student's page unless it is up to date."""
        place = self._place(self._folders.feedback_directory, student)
        page = place / f"{self._assignment.name}.html"
        try:
            if "/" in student or student in ("", ".", ".."):
                raise CourseError("this is not the name of a folder")
            if why := refuse_name(student):
                raise CourseError(why)
            work, key = self._work(student)
            if place.is_symlink():
                place.unlink()
            place.mkdir(parents=True, exist_ok=True)
            self._write_sidecars(place, student, work.mark)
            if _key_of(page) == key:
                return PageOutcome(student, page)
            if page.is_symlink() or page.is_dir():
                raise CourseError(f"{page} is not an ordinary file")
            write_atomically(page, self._pages.page(work, key, self._group), mode=self._mode)
        except Exception as error:  # the others get their pages whatever happens
            fault = error if isinstance(error, CourseError) else course_error(error)
            if fault is not None and stops_everything(error):
                raise fault from error
            why = f"{type(error).__name__}: {error}" if fault is None else str(fault)
            return PageOutcome(student, page, why=why)
        return PageOutcome(student, page, changed=True)

    def _work(self, student: str) -> tuple[GradedWork, str]:
        """The records that a student's page is written from, and a hash of them."""
        mark, entry = self._marks.get(student), self._entries.get(student)
        result, notebook = entry.result if entry else None, None
        if result is not None and result.verdict == "grader_error":
            work = GradedWork(student, "grader_error", mark, result)
        elif mark is None or not mark.submitted:
            if result is not None and result.verdict not in ("missing", "unreadable"):
                raise CourseError("graded, but not in the gradebook: grade it again with --fresh")
            verdict = "missing" if result is None else result.verdict
            if result is None and SubmissionFolder(self._assignment, student).is_filled:
                raise CourseError("handed in, and not graded yet: grade it first")
            rejection = self._rejections.instead_of_work(student)
            sentence = "" if rejection is None else rejection.sentence
            work = GradedWork(student, verdict, mark, result, rejected=sentence)
        else:
            if result is not None and result.verdict == "missing":
                result = None  # the gradebook holds what was handed in before
            notebook = self._notebook(student)
            nb = self._read(student, notebook)
            if result is not None and self._pages.by_nbgrader(nb):
                result = None  # nbgrader graded it after the batch
            if entry is not None and result is not None:
                _require_agreement(entry, mark, self._notebook_path(student))
            work = GradedWork(student, result.verdict if result else "graded", mark, result, nb)
        result = replace(work.result, seconds=0.0) if work.result else None
        facts = (student, work.verdict, mark, result, self._limits, work.rejected)
        shown = (self._zone.key, self._group)
        parts = (repr(facts), repr(shown), notebook or "")
        return work, digest([self._code, self._pages.released, *map(str.encode, parts)])

    def _notebook(self, student: str) -> str:
        path = self._notebook_path(student)
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise CourseError(f"{path} is missing: grade it again with --fresh") from None

    def _read(self, student: str, notebook: str) -> dict[str, Any]:
        try:
            nb: dict[str, Any] = json.loads(notebook)
        except ValueError:
            path = self._notebook_path(student)
            raise CourseError(f"{path} is damaged: grade it again with --fresh") from None
        return nb

    def _notebook_path(self, student: str) -> Path:
        place = self._place(self._folders.autograded_directory, student)
        return place / f"{self._assignment.name}.ipynb"

    def _write_sidecars(self, place: Path, student: str, mark: Mark | None) -> None:
        """Write the two files without which `nbgrader release_feedback` stops for all students."""
        when = mark.timestamp if mark and mark.timestamp else datetime.now(UTC)
        stamp = f"{when:%Y-%m-%d %H:%M:%S.%f} UTC"
        if (mark and mark.timestamp) or not (place / TIMESTAMP).is_file():
            _write(place / TIMESTAMP, stamp, self._mode)
        secret = self._secret(student)
        if secret is None and not (place / SECRET).is_file():
            secret = secrets.token_hex(64)  # nobody has it, so nobody fetches the page by it
        if secret is not None:
            _write(place / SECRET, secret, 0o600)  # whoever has it can fetch the page

    def _secret(self, student: str) -> str | None:
        """The secret that `nbgrader submit` wrote beside the submission, if it did."""
        for folder in (self._folders.autograded_directory, self._folders.submitted_directory):
            secret = read_secret(self._place(folder, student) / SECRET)
            if secret is not None:
                return secret
        return None

    def _place(self, folder: str, student: str) -> Path:
        return self._assignment.course.root / folder / student / self._assignment.name

    @property
    def _mode(self) -> int:
        return 0o664 if self._folders.get("groupshared") else 0o644  # as nbgrader's own


def _require_agreement(entry: Entry, mark: Mark, notebook: Path) -> None:
    """Raise `CourseError` where gradebook or notebook are not what the log says."""
    if why := doubts(entry, mark, notebook):
        raise CourseError(f"{why[0]}: grade it again, and look at what changed")


def _write(path: Path, text: str, mode: int) -> None:
    is_there = not path.is_symlink() and path.is_file() and path.stat().st_mode & 0o777 == mode
    if not is_there or path.read_text(encoding="utf-8") != text:
        write_atomically(path, text, mode=mode)


def _key_of(page: Path) -> str | None:
    """The key in a page; None if there is no such page."""
    try:
        with open(page, encoding="utf-8") as file:
            match = KEY.search(file.read(2_000))
    except (OSError, UnicodeDecodeError):
        return None
    return match.group(1) if match else None
