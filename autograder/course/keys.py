"""Say whether anything changed that a piece of work depended on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from autograder.course.folders import CONFIG, Assignment

# Packages of the grader in which nothing can change a score.
AROUND = {"cli", "reports", "feedback", "lms"}
GRADER = Path(__file__).parents[1]


def digest(parts: Iterable[bytes]) -> str:
    """One hash of several parts, in order; where one part ends matters."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


def assignment_key(assignment: Assignment, *, settings: bool = True) -> str:
    """A hash of the assignment's sources, the course's settings and the grader itself."""
    own = [assignment.notebook_source, assignment.checks_source]
    if settings:
        own.append(assignment.course.root / CONFIG)
    named = [(path.name, path) for path in own]
    for folder, pattern in ((assignment.extra_files, "*"), (GRADER, "*.py")):
        found = sorted(path for path in folder.rglob(pattern) if path.is_file())
        if folder == GRADER:
            found = [path for path in found if path.relative_to(folder).parts[0] not in AROUND]
        named += [(str(path.relative_to(folder)), path) for path in found]
    return digest(part for name, path in named for part in (name.encode(), path.read_bytes()))
