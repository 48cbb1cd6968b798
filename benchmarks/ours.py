"""`autograder grade`, through its command line."""

from __future__ import annotations

import sys
from pathlib import Path

from autograder.course.folders import Course
from benchmarks.agreement import read_results
from benchmarks.measure import BenchmarkError, Measurement, measure

AUTOGRADER = Path(sys.executable).with_name("autograder")
SEED = 1


def grade_with_ours(
    course: Course,
    name: str,
    *,
    workers: int,
    fresh: bool = True,
    kill_after: float | None = None,
) -> Measurement:
    """Grade what is in the course's grading/submitted; every submission must get a verdict."""
    command = [AUTOGRADER, "grade", name, "--workers", str(workers), "--seed", str(SEED)]
    killed = kill_after is not None
    measured = measure(
        command + ["--fresh"] * fresh,
        folder=course.root,
        log=course.root / f"ours-{workers}.log",
        ok=(-9,) if killed else (0,),
        kill_after=kill_after,
    )
    if not killed:
        students = {path.name for path in (course.grading / "submitted").iterdir()}
        graded = read_results(course.results / f"{name}.json")["submissions"].keys()
        if students != graded:
            raise BenchmarkError(f"{len(students)} submitted, {len(graded)} in the results")
    return measured
