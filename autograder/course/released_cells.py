"""The cells of every release of an assignment, by hashes: what students were given at some time.

A student's notebook may be older than the release that it is graded against. What it holds of an
earlier one was changed by the course, and not by the student.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from autograder.course.cells import grade_id, is_code, is_solution, source_text
from autograder.course.files import write_atomically
from autograder.course.folders import Assignment
from autograder.course.notebook_file import plain_source


def note_release(assignment: Assignment, *notebooks: str) -> None:
    """Add the cells of released notebooks, as JSON text, to those that are known.

    One that was damaged after its release adds nothing: its cells were noted then.
    """
    known = {name: set(hashes) for name, hashes in released_cells(assignment).items()}
    for text in notebooks:
        try:
            cells = json.loads(text)["cells"]
        except (ValueError, KeyError, TypeError):
            continue
        for cell in cells:
            name = grade_id(cell)
            if name and (is_code(cell) or not is_solution(cell)):  # answers all begin alike
                known.setdefault(name, set()).add(cell_hash(plain_source(source_text(cell))))
    data = {name: sorted(hashes) for name, hashes in sorted(known.items())}
    write_atomically(_file(assignment), json.dumps(data, indent=1) + "\n")


def released_cells(assignment: Assignment) -> Mapping[str, frozenset[str]]:
    """The hashes of each cell's sources in all releases that this course has seen."""
    path = _file(assignment)
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError:
        return {}


def cell_hash(plain: str) -> str:
    """The hash of a cell's source, as `notebook_file.plain_source` gives it."""
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()[:16]


@lru_cache(maxsize=8)
def _read(path: Path, stamp: int) -> Mapping[str, frozenset[str]]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {name: frozenset(hashes) for name, hashes in data.items()}
    except (ValueError, AttributeError, TypeError):
        return {}


def _file(assignment: Assignment) -> Path:
    return assignment.course.grading / "released" / f"{assignment.name}.cells"
