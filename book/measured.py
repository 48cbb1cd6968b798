"""What the page on grading at scale reckons from.

The cost of grading comes from the benchmarks: `make book` puts the last `make bench-growth` of this
machine, or else the committed `benchmarks/figures.json`, into `_build/figures.json`. What one
machine does alone, however many others grade, is measured here: writing and feedback.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import nbformat
from nbgrader.converters import GenerateAssignment

from autograder.authoring.building import build_notebook, notebook_bytes
from autograder.batch import audit_log
from autograder.course.cells import describe
from autograder.course.configuration import load_config
from autograder.course.files import write_atomically
from autograder.course.folders import CONFIG, Assignment, Course
from autograder.course.limits import Limits
from autograder.course.notebook_file import read_notebook
from autograder.course.records import Graded, Task
from autograder.course.results import CellResult, summarize
from autograder.course.submissions import Submission
from autograder.feedback.publishing import make_feedback
from autograder.gradebook.nbgrader_adapter import run
from autograder.gradebook.writer import GradebookWriter
from autograder.grading.intake import clean_copy, fingerprint

ROOT = Path(__file__).parents[1]
NAME = "naive_convolution"
WORKERS = 2  # of the growth measurement
# Whatever database the course uses, the copy's is its own.
OWN_GRADEBOOK = """
c.CourseDirectory.db_url = f"sqlite:///{c.CourseDirectory.root}/grading/gradebook.db"
"""


@dataclass(frozen=True)
class Serial:
    """What the one writer takes for a submission: seconds of CPU, and bytes by folder."""

    write: float
    feedback: float
    disk: dict[str, int]


def figures() -> dict:
    """What `benchmarks.report` saved; a `note` says what to know about a measurement."""
    built = ROOT / "_build" / "figures.json"  # a notebook on Binder or Colab has none
    path = built if built.is_file() else ROOT / "benchmarks" / "figures.json"
    return json.loads(path.read_text(encoding="utf-8"))


def growth(report: dict) -> dict[int, dict]:
    """What classes of several sizes took, smallest first; seconds and MiB, as benchmarks say."""
    sizes = report["growth"]["sizes"].items()
    return dict(sorted((int(size), row) for size, row in sizes))


def marginal(sizes: dict[int, dict], what: str) -> float:
    """Seconds of `wall` or `cpu` for one submission more, starting left out where that is known."""
    few, many = min(sizes), max(sizes)
    if few == many:
        return sizes[many][what] / many
    return (sizes[many][what] - sizes[few][what]) / (many - few)


def serial(students: int = 30) -> Serial:
    """Write the solved notebook for some students into a fresh SQLite gradebook, and time it.

    CPU time is counted, not wall time: whoever builds a book has other things running.
    """
    with _released() as assignment:
        writer_seconds = []
        run_id = audit_log.begin(assignment)
        with GradebookWriter(assignment) as writer:
            before = _size(assignment.course.grading / "gradebook.db")
            for number in range(students):
                submission, graded = _graded(assignment, f"student-{number:04}")
                task = Task(assignment, submission, 1, Limits(), "isolated")
                begin = time.process_time()
                writer.write(graded, submission)
                audit_log.graded(
                    assignment,
                    run_id,
                    graded.result,
                    seed=task.seed,
                    handed=graded.handed,
                    notebook=graded.notebook,
                )
                writer_seconds.append(time.process_time() - begin)
        grading = assignment.course.grading
        disk = {
            "submitted": _size(assignment.course.root / "handed-in") // students,
            "autograded": _size(grading / "autograded") // students,
            "log": _size(grading / "log") // students,
            "gradebook": (_size(grading / "gradebook.db") - before) // students,
        }
        begin = time.process_time()
        made = make_feedback(assignment).pages
        feedback_seconds = (time.process_time() - begin) / len(made)
        disk["feedback"] = _size(grading / "feedback") // len(made)
    return Serial(median(writer_seconds), feedback_seconds, disk)


@contextmanager
def _released():
    """The assignment, released in a temporary copy of the course."""
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder))
        for part in (NAME, "shared"):
            shutil.copytree(ROOT / "solutions" / part, course.solutions / part)
        config = (ROOT / CONFIG).read_text(encoding="utf-8")
        (course.root / CONFIG).write_text(config + OWN_GRADEBOOK, encoding="utf-8")
        assignment = course.assignment(NAME)
        write_atomically(assignment.source, notebook_bytes(build_notebook(assignment)))
        config = load_config(course)
        config.CourseDirectory.assignment_id = NAME
        run(GenerateAssignment, config)
        yield assignment


def _graded(assignment: Assignment, student: str) -> tuple[Submission, Graded]:
    """A submission that solves everything, and what a batch would say of it."""
    released = nbformat.read(assignment.release, as_version=4)
    data = assignment.source.read_bytes()
    path = assignment.course.root / "handed-in" / student / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    cells = {
        test: CellResult(points, points, "passed", "all checks passed")
        for test, points in describe(released).tests.items()
    }
    notebook = nbformat.writes(clean_copy(read_notebook(data), released).nb, version=4)
    submission = Submission(student, path.parent, path)
    return submission, Graded(summarize(student, cells), notebook, fingerprint(submission, data))


def _size(place: Path) -> int:
    """Bytes in a file, or in all files below a folder."""
    files = [place] if place.is_file() else place.rglob("*")
    return sum(path.stat().st_size for path in files if path.is_file())
