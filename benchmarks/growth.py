"""How our cost grows with the class, and whether a killed batch ends as an undisturbed one does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from autograder.course.folders import Assignment, Course
from benchmarks.agreement import differences, read_grades, read_results, shorten
from benchmarks.classes import SLOW, make_class, write_class
from benchmarks.measure import BenchmarkError, Measurement
from benchmarks.ours import grade_with_ours
from benchmarks.report import row
from benchmarks.scratch import copy_course, make_course

WORKERS = 2


def grow(
    assignment: Assignment,
    scratch: Path,
    sizes: list[int],
    *,
    resume: int | None = None,
    tell: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Grade classes of these sizes; kill and resume the one of the size `resume`."""
    tell(f"releasing {assignment.name} in a copy of the course")
    course = make_course(assignment, scratch / "course")
    measured: dict[str, Any] = {}
    resumed: dict[str, Any] = {}
    for size in sizes:
        tell(f"ours: {size:,} submissions")
        whole = _with_class(course, assignment, size, scratch / f"whole-{size}")
        undisturbed = grade_with_ours(whole, assignment.name, workers=WORKERS)
        measured[str(size)] = {
            **row(undisturbed, size, size),
            "date": date.today().isoformat(),
        }
        if size == resume:
            tell(f"ours: {size:,} submissions, killed in the middle and resumed")
            killed = _with_class(course, assignment, size, scratch / f"killed-{size}")
            resumed[str(size)] = kill_and_resume(whole, killed, assignment.name, undisturbed)
    return {"sizes": measured, "resume": resumed}


def kill_and_resume(
    whole: Course, killed: Course, name: str, undisturbed: Measurement
) -> dict[str, Any]:
    """Kill the batch half-way through, let the next run finish, and compare with `whole`."""
    half = undisturbed.wall / 2
    first = grade_with_ours(killed, name, workers=WORKERS, kill_after=half)
    if (killed.results / f"{name}.json").exists():
        raise BenchmarkError(
            f"the batch was done before it was killed, {half:.0f} s after it began"
        )
    # No --fresh: what is graded is kept, and that is the point.
    second = grade_with_ours(killed, name, workers=WORKERS, fresh=False)
    found = differences(_all(whole, name), _all(killed, name))
    return {
        "undisturbed": undisturbed.wall,
        "killed_after": first.wall,
        "resumed_for": second.wall,
        "left": first.left,
        "found": len(found),
        "differences": shorten(found),
    }


def _with_class(course: Course, assignment: Assignment, size: int, folder: Path) -> Course:
    made = copy_course(course, folder)
    write_class(make_class(assignment, size, SLOW), made.grading / "submitted")
    return made


def _all(course: Course, name: str) -> dict[str, Any]:
    return {
        "results": read_results(course.results / f"{name}.json"),
        "gradebook": read_grades(course.grading / "gradebook.db"),
    }
