"""Tell by a notebook's cells that it is of another assignment of the course."""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from pathlib import Path

from autograder.course.cells import grade_id
from autograder.course.errors import SubmissionError
from autograder.course.folders import Assignment
from autograder.course.notebook_file import read_notebook

PART = 2  # a notebook of another assignment has at least half of the cells that only this one has


def other_assignment(data: bytes, assignment: Assignment) -> str:
    """The other assignment of the course whose notebook this is; "" where it is none.

    The names count that nbgrader gives to cells, of those that one assignment alone has. A single
    one of `assignment` is enough for it to be this one's.

    data : the notebook's file
    """
    course = assignment.course
    names = {name: _names(course.assignment(name).release) for name in course.names}
    counts = Counter(cell for cells in names.values() for cell in cells)
    own = {name: {cell for cell in cells if counts[cell] == 1} for name, cells in names.items()}
    try:
        cells = read_notebook(data).cells
    except SubmissionError:
        return ""
    there = {grade_id(cell) for cell in cells if isinstance(cell, dict)}
    if there & own.get(assignment.name, set()):
        return ""
    shared = {name: len(there & cells) for name, cells in own.items() if cells}
    name = max(shared, key=lambda name: shared[name] / len(own[name]), default="")
    return name if name and shared[name] * PART >= len(own[name]) else ""


def _names(release: Path) -> frozenset[str]:
    """The names of an assignment's released cells; none where it was not released."""
    try:
        return _read(release, release.stat().st_mtime_ns)
    except OSError:
        return frozenset()


@lru_cache(maxsize=64)
def _read(release: Path, stamp: int) -> frozenset[str]:
    try:
        cells = json.loads(release.read_bytes())["cells"]
        return frozenset(name for cell in cells if (name := grade_id(cell)))
    except (ValueError, KeyError, TypeError, AttributeError):
        return frozenset()
