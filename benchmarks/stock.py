"""nbgrader's own `nbgrader autograde`, as an instructor runs it."""

from __future__ import annotations

import sys
from pathlib import Path

from autograder.course.folders import Course
from benchmarks.agreement import read_grades
from benchmarks.classes import write_class
from benchmarks.measure import BenchmarkError, Measurement, measure

NBGRADER = Path(sys.executable).with_name("nbgrader")


def grade_with_stock(
    course: Course, name: str, submissions: list[tuple[str, bytes]]
) -> tuple[Measurement, Measurement]:
    """Grade in `course`: first nobody, which is what starting costs, then the submissions."""
    command = [NBGRADER, "autograde", name]
    (course.grading / "submitted").mkdir(parents=True)
    # It does all that comes before the first submission, and fails because there is none.
    start = measure(command, folder=course.root, log=course.root / "start.log", ok=(1,))
    write_class(submissions, course.grading / "submitted")
    graded = measure(command, folder=course.root, log=course.root / "stock.log")
    students = {student for student, _ in submissions}
    if missing := students - read_grades(course.grading / "gradebook.db").keys():
        raise BenchmarkError(f"nbgrader did not grade {', '.join(sorted(missing))}")
    return start, graded
