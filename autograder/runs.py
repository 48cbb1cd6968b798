"""Remember a batch's seed, so that a batch that was cut off goes on with the same questions.

The hidden inputs come from a secret seed that is drawn for each batch. It is written down before
the first submission is graded, and kept with every result, so that a result can be had again.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from autograder.course import Assignment
from autograder.results import write_atomically


def begin(assignment: Assignment, key: str, seed: int | None, *, fresh: bool) -> int:
    """The seed of this batch: the one asked for, that of a batch that was cut off, or a new one.

    key : of what every result depends on; a batch that began under another is not gone on with
    """
    before = _read(_file(assignment))
    if seed is None and not fresh and before.get("key") == key and not before.get("finished"):
        seed = before.get("seed")
    if not isinstance(seed, int):
        seed = secrets.randbits(48)
    _write(assignment, {"key": key, "seed": seed, "finished": False})
    return seed


def finish(assignment: Assignment) -> None:
    """Note that every submission of the batch has its result."""
    _write(assignment, {**_read(_file(assignment)), "finished": True})


def _file(assignment: Assignment) -> Path:
    return assignment.course.results / assignment.name / ".batch"


def _read(path: Path) -> dict:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(assignment: Assignment, state: dict) -> None:
    write_atomically(_file(assignment), json.dumps(state))
    _file(assignment).chmod(0o600)
