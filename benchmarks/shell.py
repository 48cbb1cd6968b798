"""What a person waits for at the shell: help, a list, one submission graded, nothing to release."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from autograder.course.folders import CONFIG, Assignment, Course
from benchmarks.classes import SLOW, STOPS_NBGRADER, make_class, write_class
from benchmarks.measure import Measurement, measure
from benchmarks.ours import AUTOGRADER, grade_with_ours
from benchmarks.scratch import OWN_GRADEBOOK

TRIES = 3  # the least of them counts: a disturbance only ever makes a run longer
HELP, LIST = "autograder --help", "autograder list"
GRADE, RELEASE = "grade, one submission", "release, nothing changed"
# What this project asks of itself: seconds of CPU, or of wall time on two cores that idle.
TARGETS = {HELP: ("cpu", 0.3), LIST: ("cpu", 1.0), GRADE: ("wall", 4.0), RELEASE: ("cpu", 10.0)}


def measure_shell(
    assignment: Assignment, scratch: Path, *, tell: Callable[[str], None] = print
) -> dict[str, Any]:
    """Measure four commands in a copy of the whole course; a row for each."""
    course = _copy(assignment.course, scratch / "course")
    tell(f"releasing {len(course.names)} assignments in a copy of the course")
    _run(course, "release")
    (submission,) = make_class(assignment, 1, SLOW + STOPS_NBGRADER)
    write_class([submission], course.grading / "submitted")
    commands = {
        HELP: lambda: _run(course, "--help"),
        LIST: lambda: _run(course, "list"),
        GRADE: lambda: grade_with_ours(course, assignment.name, workers=2),
        RELEASE: lambda: _run(course, "release"),
    }
    rows = {}
    for name, command in commands.items():
        tell(name)
        rows[name] = asdict(least([command() for _ in range(TRIES)]))
    return {"date": date.today().isoformat(), "commands": rows}


def _copy(course: Course, folder: Path) -> Course:
    """The course's sources in another folder, with a gradebook of its own."""
    shutil.copytree(course.solutions, folder / "solutions")
    config = (course.root / CONFIG).read_text(encoding="utf-8")
    (folder / CONFIG).write_text(config + OWN_GRADEBOOK, encoding="utf-8")
    return Course(folder)


def _run(course: Course, *arguments: str) -> Measurement:
    return measure([AUTOGRADER, *arguments], folder=course.root, log=course.root / "shell.log")


def least(runs: list[Measurement]) -> Measurement:
    """The least time of several runs of one command, and the most memory."""
    return Measurement(
        min(run.wall for run in runs),
        min(run.cpu for run in runs),
        max(run.biggest for run in runs),
        max(run.main for run in runs),
        max(run.left for run in runs),
    )
