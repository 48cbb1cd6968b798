"""Tell by a notebook's cells that it is of another assignment of the course."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.course.cells import grade_id
from autograder.course.errors import CourseError
from autograder.course.folders import Assignment
from autograder.course.released_notebook import read_released

PART = 2  # a notebook of another assignment has at least half of the cells that only this one has


def other_assignment(cells: Sequence[Any], assignment: Assignment) -> str:
    """The other assignment of the course whose notebook this is; "" where it is none.

    The names count that nbgrader gives to cells, of those that one assignment alone has. A single
    one of `assignment` is enough for it to be this one's.

    cells : of a notebook's file that nobody has checked
    """
    course = assignment.course
    names = {name: _names(course.assignment(name).release) for name in course.names}
    counts = Counter(cell for cells in names.values() for cell in cells)
    own = {name: {cell for cell in cells if counts[cell] == 1} for name, cells in names.items()}
    there = _cell_names(cells)
    if there & own.get(assignment.name, set()):
        return ""
    shared = {name: len(there & cells) for name, cells in own.items() if cells}
    name = max(shared, key=lambda name: shared[name] / len(own[name]), default="")
    return name if name and shared[name] * PART >= len(own[name]) else ""


def _names(release: Path) -> frozenset[str]:
    """The names of an assignment's released cells; none where it was not released."""
    return _read(release, release.stat().st_mtime_ns) if release.is_file() else frozenset()


@lru_cache(maxsize=64)
def _read(release: Path, stamp: int) -> frozenset[str]:
    try:
        return _cell_names(read_released(release)["cells"])
    except CourseError:
        return frozenset()


def _cell_names(cells: Sequence[Any]) -> frozenset[str]:
    return frozenset(name for cell in cells if isinstance(cell, dict) and (name := grade_id(cell)))
