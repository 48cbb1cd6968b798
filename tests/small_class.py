"""A small class of the toy course, and what a batch made of it, without times."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from sqlalchemy import create_engine, text

from autograder.course.folders import Course
from tests.processes import LONG
from tests.toy_course import ROOT

DOUBLE = "def double(x):\n    if x.ndim > 1:\n        raise ValueError(x.ndim)\n    return x + x"
GOOD = {
    "double": DOUBLE,
    "double_sum": "def double_sum(x):\n    return float(double(x).sum())",
    "written_why": "Because two is twice one.",
}
KINDS = {
    "good": GOOD,
    "untouched": {},
    "triples": GOOD | {"double": "def double(x):\n    return 3 * x"},
    "forbidden": GOOD
    | {"double_sum": "def double_sum(x):\n    return float(np.repeat(x, 2).sum())"},
    "dies": GOOD | {"double_sum": "import os\ndef double_sum(x):\n    os._exit(0)"},
    "shows": GOOD | {"double_sum": "import sys\nprint(len(sys.argv))\n" + GOOD["double_sum"]},
}
POINTS = {
    "good": 6,
    "untouched": 0,
    "triples": 3,
    "forbidden": 3,
    "dies": 3,
    "shows": 6,
    "missing": 0,
}
GRADES = """
    SELECT student.id, cell.name, grade.auto_score, grade.manual_score, grade.needs_manual_grade
    FROM grade
    JOIN base_cell AS cell ON cell.id = grade.cell_id
    JOIN submitted_notebook AS notebook ON notebook.id = grade.notebook_id
    JOIN submitted_assignment AS work ON work.id = notebook.assignment_id
    JOIN student ON student.id = work.student_id
"""


def copy_course(course: Course, folder: Path) -> Course:
    """The course and all that is in it, in another folder."""
    shutil.copytree(course.root, folder, dirs_exist_ok=True)
    return Course(folder)


def hand_in(course: Course, work: dict[str, bytes]) -> Path:
    """Put the students' notebooks where nbgrader has them; the folder of them all."""
    folder = course.grading / "submitted"
    for student, notebook in work.items():
        place = folder / student / "toy"
        place.mkdir(parents=True, exist_ok=True)
        (place / "toy.ipynb").write_bytes(notebook)
    return folder


def answer(course: Course, sources: dict[str, str]) -> bytes:
    """The released notebook with these sources in its solution cells."""
    nb = nbformat.read(course.assignment("toy").release, as_version=4)
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = sources.get(name, cell.source)
    return json.dumps(nb).encode()


def class_of(course: Course, size: int, *, seconds: float = 0.0) -> dict[str, bytes]:
    """The work of `size` students of all kinds; who wrote something takes so many seconds."""
    found = {}
    for number in range(size):
        kind = list(KINDS)[number % len(KINDS)]
        sources = dict(KINDS[kind])
        if seconds and "double" in sources:
            sources["double"] += f"\nimport time\ntime.sleep({seconds})"
        found[f"{number:02d}_{kind}"] = answer(course, sources)
    return found


def expected(course: Course) -> dict[str, float]:
    """The points of the class that was handed in, by student."""
    students = sorted(path.name for path in (course.grading / "submitted").iterdir())
    return {student: float(POINTS[student.split("_", 1)[1]]) for student in students}


def batch(course: Course, *arguments: object) -> list[str]:
    """The command line that runs `autograder` in a process of its own."""
    start = "from autograder.cli.main import main; main()"
    return [sys.executable, "-c", start, "--course", str(course.root), *map(str, arguments)]


def run(command: list[str], *, place: Path = ROOT) -> str:
    """Run a command to its end, which must be a good one; what it said."""
    done = subprocess.run(
        command, cwd=place, capture_output=True, text=True, timeout=LONG, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def results(path: Path) -> dict:
    """A results file without the seconds that everything took."""
    found = json.loads(path.read_text(encoding="utf-8"))
    for one in found["submissions"]:
        del one["seconds"]
    return found


def scores(path: Path) -> dict[str, float]:
    """The score of each student in a results file."""
    return {one["student"]: one["score"] for one in results(path)["submissions"]}


def grades(db_url: str) -> list[tuple]:
    """All grades in a gradebook, in order."""
    engine = create_engine(db_url)
    with engine.connect() as database:
        rows = [tuple(row) for row in database.execute(text(GRADES))]
    engine.dispose()
    return sorted(
        (*row[:2], *(None if one is None else float(one) for one in row[2:])) for row in rows
    )


def gradebook(course: Course) -> list[tuple]:
    """All grades in a course's own gradebook, in order."""
    return grades(f"sqlite:///{course.grading / 'gradebook.db'}")


def notebooks(course: Course) -> dict[str, bytes]:
    """What was written for formgrader and the feedback, by path."""
    folder = course.grading / "autograded"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*.ipynb"))
        if not path.name.startswith(".")
    }
