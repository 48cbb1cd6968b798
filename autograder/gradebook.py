"""Put what was graded into nbgrader's gradebook and autograded/ folder, by nbgrader's own steps.

One writer does this for a whole batch, one submission after the other: SQLite has one writer too.
"""

from __future__ import annotations

import copy
import shutil
import tempfile
from pathlib import Path

from nbgrader.api import MissingEntry
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, SaveAutoGrades

from autograder.course import Assignment
from autograder.errors import CourseError, GraderFault
from autograder.grade import Graded
from autograder.intake import Submission
from autograder.stocktools import load_config, open_gradebook, run


class _Record(Autograde):
    """Autograde for exactly one student, whose name is a name and not a pattern."""

    def init_notebooks(self) -> None:
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        notebook = Path(folder) / f"{self.coursedir.assignment_id}.ipynb"
        self.assignments = {folder: [str(notebook)]}
        self.notebooks = []


class GradebookWriter:
    """Writes one assignment's graded submissions.

    nbgrader's Autograde step is run on notebooks that have been executed already, with what would
    sanitize and execute them again left out. It makes the student, the submission, the grades and
    the comments, applies the course's late penalties and writes autograded/.
    """

    def __init__(self, assignment: Assignment):
        self._assignment = assignment
        self._config = load_config(assignment.course)

    def require_assignment(self) -> None:
        """Raise `CourseError` when the gradebook does not know the assignment yet."""
        # nbgrader makes the database when it opens it, and needs its folder for that.
        self._assignment.course.grading.mkdir(exist_ok=True)
        try:
            with open_gradebook(self._config) as gradebook:
                gradebook.find_notebook(self._assignment.name, self._assignment.name)
        except MissingEntry:
            raise CourseError(
                f"the gradebook does not know {self._assignment.name}",
                f"Release it first: autograder release {self._assignment.name}",
            ) from None

    def write(self, graded: Graded, submission: Submission) -> None:
        """Record one submission; raises `GraderFault` when the gradebook ends up saying otherwise.

        A missing submission leaves no row, which is how nbgrader says missing.
        """
        if graded.notebook is None:
            return
        self._assignment.course.grading.mkdir(exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".staged-", dir=self._assignment.course.grading))
        try:
            self._stage(graded, submission, folder)
            self._save(submission.student, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self._verify(graded)

    def _stage(self, graded: Graded, submission: Submission, folder: Path) -> None:
        place = folder / submission.student / self._assignment.name
        place.mkdir(parents=True)
        (place / f"{self._assignment.name}.ipynb").write_text(graded.notebook, encoding="utf-8")
        stamp = submission.timestamp
        if stamp.is_file() and not stamp.is_symlink():
            (place / "timestamp.txt").write_bytes(stamp.read_bytes()[:100])

    def _save(self, student: str, folder: Path) -> None:
        config = copy.deepcopy(self._config)
        config.CourseDirectory.submitted_directory = str(folder)
        config.CourseDirectory.assignment_id = self._assignment.name
        config.CourseDirectory.student_id = student
        config.Autograde.sanitize_preprocessors = []
        config.Autograde.autograde_preprocessors = [
            SaveAutoGrades,
            AssignLatePenalties,
            CheckCellMetadata,
        ]
        run(_Record, config)

    def _verify(self, graded: Graded) -> None:
        result = graded.result
        with open_gradebook(self._config) as gradebook:
            notebook = gradebook.find_submission_notebook(
                self._assignment.name, self._assignment.name, result.student
            )
            written = {grade.name: grade.auto_score for grade in notebook.grades}
        for name, cell in result.cells.items():
            if written.get(name) != cell.score:
                raise GraderFault(
                    f"{result.student}: the gradebook says {written.get(name)} for {name}, "
                    f"grading said {cell.score}"
                )
