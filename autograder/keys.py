"""Say whether anything changed that a piece of work depended on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from autograder.course import CONFIG, Assignment


def digest(parts: Iterable[bytes]) -> str:
    """One hash of several parts, in order; where one part ends matters."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


def assignment_key(assignment: Assignment) -> str:
    """A hash of the assignment's sources, the course's settings and the grader itself."""
    extra = sorted(path for path in assignment.extra_files.rglob("*") if path.is_file())
    grader = sorted(Path(__file__).parent.rglob("*.py"))
    own = (assignment.notebook_source, assignment.checks_source, assignment.course.root / CONFIG)
    paths = (*own, *extra, *grader)
    return digest(part for path in paths for part in (path.name.encode(), path.read_bytes()))
