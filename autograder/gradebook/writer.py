"""Write results into nbgrader's gradebook and autograded/ folder, by nbgrader's own steps.

One writer does this for a whole batch, one submission after the other, in one transaction each.
SQLite allows one writer only, and a batch that is killed leaves no submission half written.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import BaseCell, Comment, Grade, Gradebook, MissingEntry, SubmittedNotebook
from nbgrader.preprocessors import SaveAutoGrades
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from autograder.course.cells import solution_sources
from autograder.course.configuration import load_config
from autograder.course.errors import CourseError, GraderFault
from autograder.course.files import write_atomically
from autograder.course.folders import Assignment
from autograder.course.records import Graded
from autograder.course.submissions import SECRET, TIMESTAMP, Submission
from autograder.gradebook.marks import Mark, marks_in
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.gradebook.sidecar import moment, read_secret, read_stamp


class _NotebookRows:
    """The grades and comments of one submitted notebook, read with two queries.

    It stands in for the gradebook in nbgrader's step, which would query six tables for every grade
    and every comment.
    """

    def __init__(self, gradebook: Gradebook, notebook: SubmittedNotebook):
        self.db = gradebook.db
        self.grades = self._by_cell(Grade, notebook)
        self.comments = self._by_cell(Comment, notebook)

    def find_grade(self, cell: str, *where: str) -> Grade:
        return self._find(self.grades, cell)

    def find_comment(self, cell: str, *where: str) -> Comment:
        return self._find(self.comments, cell)

    def _by_cell(self, kind: Any, notebook: SubmittedNotebook) -> dict[str, Any]:
        rows = self.db.query(BaseCell.name, kind).join(kind.cell)
        return dict(rows.filter(kind.notebook_id == notebook.id).all())

    @staticmethod
    def _find(rows: dict[str, Any], cell: str) -> Any:
        if cell not in rows:
            raise MissingEntry(f"the gradebook does not know the cell {cell}")
        return rows[cell]


class _SaveGrades(SaveAutoGrades):
    """nbgrader's step with a gradebook that is open already.

    nbgrader's own opens the database anew for every notebook and commits every grade.
    """

    def __init__(self, gradebook: _NotebookRows, config: Config):
        super().__init__(config=config)
        self.gradebook = gradebook

    def preprocess(
        self, nb: nbformat.NotebookNode, resources: dict[str, Any]
    ) -> tuple[nbformat.NotebookNode, dict[str, Any]]:
        names = resources["nbgrader"]
        self.notebook_id, self.assignment_id = names["notebook"], names["assignment"]
        self.student_id = names["student"]
        session = self.gradebook.db()
        commit, session.commit = session.commit, lambda: None
        try:
            with session.no_autoflush:  # all grades in one go
                for index, cell in enumerate(nb.cells):
                    self.preprocess_cell(cell, resources, index)
        finally:
            session.commit = commit
        session.flush()
        return nb, resources


def require_assignment(assignment: Assignment) -> None:
    """Raise `CourseError` when the gradebook does not know the assignment yet."""
    with GradebookWriter(assignment):
        pass


class GradebookWriter:
    """Writes one assignment's graded submissions; use it in a `with`.

    It does what `nbgrader autograde` does after a notebook has run: it makes the student and the
    submission, saves grades and comments, and writes autograded/. Penalties for being late are
    settled for all at once, by `late.settle`.

    Raises `CourseError` when the gradebook does not know the assignment yet.
    """

    def __init__(self, assignment: Assignment):
        self._assignment = assignment
        self._config = load_config(assignment.course)
        # nbgrader makes the database when it opens it, and needs its folder for that.
        assignment.course.grading.mkdir(exist_ok=True)
        self._gradebook = open_gradebook(self._config)

    def __enter__(self) -> GradebookWriter:
        try:
            self._gradebook.find_notebook(self._assignment.name, self._assignment.name)
        except MissingEntry:
            self._gradebook.close()
            raise CourseError(
                f"the gradebook does not know {self._assignment.name}",
                f"Release it first: autograder release {self._assignment.name}",
            ) from None
        # SaveAutoGrades and Gradebook commit after every grade; here that only orders the writes.
        self._session = self._gradebook.db()
        self._commit = self._session.commit
        self._session.commit = self._session.flush
        return self

    def __exit__(self, *exception: object) -> None:
        self._session.commit = self._commit
        self._gradebook.close()

    def marks(self) -> tuple[Mark, ...]:
        """The marks of all students, as they are now."""
        return marks_in(self._gradebook, self._assignment.name)

    def students(self) -> list[str]:
        """The ids of all students whom the gradebook knows."""
        return [student.id for student in self._gradebook.students]

    def notebook(self, student: str) -> Path:
        """Where a student's executed notebook is; it need not exist."""
        return self._place(student) / f"{self._assignment.name}.ipynb"

    def write(self, graded: Graded, submission: Submission, before: str | None = None) -> None:
        """Record one submission; raises `GraderFault` when the gradebook then has other scores.

        A missing submission leaves no row: nbgrader treats a student without a row as missing.

        before : the SHA-256 of the student's notebook in autograded/ as it was written, to see
            whether it tells which answers a person has graded; None where it is not known
        """
        if graded.notebook is None:
            return
        nb = nbformat.reads(graded.notebook, as_version=4)
        stamp = read_stamp(submission.timestamp)
        try:
            with warnings.catch_warnings():
                # nbgrader makes its rows in an order that SQLAlchemy's autoflush warns of.
                warnings.simplefilter("ignore", SAWarning)
                self._save(submission.student, nb, stamp, before)
            self._verify(graded)
            self._commit()
        except BaseException:
            self._session.rollback()
            raise
        self._write_files(graded.notebook, submission, stamp)

    def _save(
        self, student: str, nb: nbformat.NotebookNode, stamp: str | None, before: str | None
    ) -> None:
        """Save grades and comments."""
        name, gradebook = self._assignment.name, self._gradebook
        gradebook.update_or_create_student(student)
        times = {} if stamp is None else {"timestamp": moment(stamp)}
        gradebook.update_or_create_submission(name, student, **times)
        notebook = gradebook.find_submission_notebook(name, name, student)
        rows = _NotebookRows(gradebook, notebook)
        # The cells that a person has graded, with what the machine gave them then.
        reviewed = {
            cell: grade.auto_score
            for cell, grade in rows.grades.items()
            if grade.manual_score is not None and not grade.needs_manual_grade
        }
        resources = {"nbgrader": {"notebook": name, "assignment": name, "student": student}}
        _SaveGrades(rows, config=self._config).preprocess(nb, resources)
        if reviewed:
            answers = _solutions(self.notebook(student), before)
            self._leave_reviewed(answers, nb, rows.grades, reviewed)

    def _leave_reviewed(
        self,
        before: dict[str, str],
        nb: nbformat.NotebookNode,
        grades: dict[str, Grade],
        reviewed: dict[str, float | None],
    ) -> None:
        """Keep a person's grade of a cell if neither the answer nor the machine's score changed.

        nbgrader asks for a new grade by hand whenever a submission is graded again.
        """
        now = solution_sources(nb)
        for cell, score in reviewed.items():
            is_unchanged = before == now or (cell in now and before.get(cell) == now[cell])
            if is_unchanged and grades[cell].auto_score == score:
                grades[cell].needs_manual_grade = False
        self._session.flush()

    def note_times(self, submissions: Iterable[Submission]) -> None:
        """Record when each was handed in, also of submissions that were not graded again.

        The same file may be handed in again later, or its time become known after grading.
        """
        name = self._assignment.name
        works = {work.student_id: work for work in self._gradebook.assignment_submissions(name)}
        for submission in submissions:
            work, stamp = works.get(submission.student), read_stamp(submission.timestamp)
            if work is None or stamp is None:
                continue
            handed_in = moment(stamp)
            if work.timestamp != handed_in:
                work.timestamp = handed_in
                place = self._place(submission.student)
                if place.is_dir():
                    write_atomically(place / TIMESTAMP, stamp)
        self._commit()

    def _verify(self, graded: Graded) -> None:
        result, name = graded.result, self._assignment.name
        notebook = self._gradebook.find_submission_notebook(name, name, result.student)
        rows = self._session.query(BaseCell.name, Grade.auto_score).join(Grade.cell)
        scores = dict(rows.filter(Grade.notebook_id == notebook.id).all())
        for test, cell in result.cells.items():
            if scores.get(test) != cell.score:
                raise GraderFault(
                    f"{result.student}: the gradebook says {scores.get(test)} for {test}, "
                    f"grading said {cell.score}"
                )
        self._session.expire_all()

    def _place(self, student: str) -> Path:
        folder: str = self._config.CourseDirectory.autograded_directory
        return self._assignment.course.root / folder / student / self._assignment.name

    def _write_files(self, notebook: str, submission: Submission, stamp: str | None) -> None:
        """Write autograded/STUDENT/ASSIGNMENT/, where formgrader and generate_feedback look."""
        name, place = self._assignment.name, self._place(submission.student)
        if place.is_symlink():
            place.unlink()
        place.mkdir(parents=True, exist_ok=True)
        write_atomically(place / f"{name}.ipynb", notebook)
        if stamp is not None:
            write_atomically(place / TIMESTAMP, stamp)
        # By the secret nbgrader's exchange finds the student's feedback. A damaged one is replaced
        # by a random one, because nbgrader would stop at it for the whole class.
        secret = submission.folder / SECRET
        if os.path.lexists(secret):  # through a link as well: then it is a random one
            content = read_secret(secret) or secrets.token_hex(64)
            write_atomically(place / SECRET, content, mode=0o600)
        extra = self._assignment.extra_files
        if extra.is_dir():
            shutil.copytree(extra, place, dirs_exist_ok=True)


def _solutions(path: Path, sha256: str | None) -> dict[str, str]:
    """The answers in a notebook that was graded before.

    There are none where there is no such file, or another one than was written.
    """
    try:
        data = path.read_bytes()
        if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
            return {}
        return solution_sources(nbformat.reads(data.decode(), as_version=4))
    except (OSError, ValueError, nbformat.ValidationError):
        return {}
