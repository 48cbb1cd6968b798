"""Every contender on the same class, one after the other, in one run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.course.cells import DEMONSTRATION
from autograder.course.folders import Assignment
from benchmarks.agreement import read_grades
from benchmarks.classes import SLOW, STOPS_NBGRADER, make_class, write_class
from benchmarks.floor import measure_floor
from benchmarks.measure import BenchmarkError, scale
from benchmarks.otter import grade_with_otter
from benchmarks.ours import grade_with_ours
from benchmarks.report import STOCK, TWO_WORKERS, row
from benchmarks.scratch import copy_course, make_course
from benchmarks.stock import grade_with_stock

ONE_WORKER, OTTER = "autograder, 1 worker", "otter run"
FLOOR, GRADED_FLOOR = "every cell, nothing else", "the same without demonstrations"


def compare(
    assignment: Assignment,
    scratch: Path,
    otter_venv: Path,
    *,
    size: int = 40,
    stock: int = 8,
    otter: int = 8,
    tell: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Measure all on `size` submissions, nbgrader on the first `stock`, otter on `otter`."""
    name = assignment.name
    submissions = list(make_class(assignment, size, SLOW + STOPS_NBGRADER))
    tell(f"releasing {name} in a copy of the course")
    course = make_course(assignment, scratch / "course")
    rows = {}

    tell(f"nbgrader: {stock} submissions")
    theirs = copy_course(course, scratch / "stock")
    start, graded = grade_with_stock(theirs, name, submissions[:stock])
    rows[STOCK] = row(scale(graded, stock, size, start), stock, size)

    if otter:
        tell(f"otter: {otter} submissions")
        released = json.loads(assignment.release.read_bytes())
        graded = grade_with_otter(otter_venv, released, submissions[:otter], scratch / "otter")
        rows[OTTER] = row(scale(graded, otter, size), otter, size)

    for workers, label in ((1, ONE_WORKER), (2, TWO_WORKERS)):
        tell(f"ours: {size} submissions, workers: {workers}")
        ours = copy_course(course, scratch / f"ours-{workers}")
        write_class(submissions, ours.grading / "submitted")
        rows[label] = row(grade_with_ours(ours, name, workers=workers), size, size)

    tell(f"the cells alone: {size} submissions")
    for label, skip in ((FLOOR, None), (GRADED_FLOOR, DEMONSTRATION)):
        floor = measure_floor(ours.grading / "submitted", scratch / "floor.log", skip)
        rows[label] = row(floor, size, size)
    agreed = _agreement(theirs.grading / "gradebook.db", ours.grading / "gradebook.db")
    return {"size": size, "contenders": rows, "notes": [*_notes(), agreed]}


def _agreement(theirs: Path, ours: Path) -> str:
    """Say for how many submissions nbgrader and we gave the same points, test cell by test cell."""
    stock, batch = read_grades(theirs), read_grades(ours)
    same = [student for student, grades in stock.items() if batch.get(student) == grades]
    # nbgrader leaves a deleted test cell ungraded, and we put it back.
    known = [student for student in stock if "deleted_test_cell" in student]
    if other := stock.keys() - {*same, *known}:
        raise BenchmarkError(f"nbgrader and we graded differently: {', '.join(sorted(other))}")
    return f"Of the {len(stock)} that nbgrader graded, {len(same)} have the same points from us."


def _notes() -> list[str]:
    return [
        "The class is the sample class's honest and wrong submissions in turn, without "
        f"{', '.join(SLOW + STOPS_NBGRADER)}: nbgrader waits for the first and ends its batch at "
        "the others.",
        "What nbgrader takes to start is measured by itself and counted once. Its submissions are "
        "graded in its own process tree, one after the other; it has no other way.",
        "otter grades by the visible checks only; nbgrader and we run the trusted checks too.",
        "nbgrader and otter run every cell. We leave out those tagged as demonstrations, which no "
        "mark depends on.",
        "The last two lines are cells run in one warm process, visible checks included, pictures "
        "not rendered, nothing separating one submission from the next: the floor.",
        "biggest: the most resident memory of any one process. main: of the process that was "
        "started, which runs no student's code but at the floor.",
    ]
