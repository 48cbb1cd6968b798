"""The state of a batch: its seed, with which a batch that was interrupted is resumed.

The hidden inputs come from a secret seed that is drawn for each batch. The seed is written down
before the first submission is graded and stored with every result, so that a result can be
computed again.
"""

from __future__ import annotations

import fcntl
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder.course.errors import CourseError
from autograder.course.files import write_atomically
from autograder.course.folders import Assignment


@contextmanager
def alone(assignment: Assignment) -> Iterator[None]:
    """Keep other batches of the assignment out: they would write over the results of this one.

    The system releases the lock when this process ends, however it ends.
    Raises `CourseError` when another batch is running.
    """
    folder = before_regrade(assignment).parent
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)  # the seeds in it tell the hidden inputs
    with open(folder / ".lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(
                f"another batch is grading {assignment.name}",
                "Wait until it has ended, or end it. What it has graded is kept.",
            ) from None
        yield


def begin(assignment: Assignment, key: str, seed: int | None, *, fresh: bool) -> int:
    """The seed of this batch: `seed`, or that of an interrupted batch, or a new one.

    key : of what every result depends on; a batch that began under another key is not resumed
    """
    before = _read(_file(assignment))
    if seed is None and not fresh and before.get("key") == key and not before.get("finished"):
        seed = before.get("seed")
    if not isinstance(seed, int):
        seed = new_seed()
    _write(assignment, {"key": key, "seed": seed, "finished": False})
    return seed


def new_seed() -> int:
    """A seed that nobody can guess."""
    return secrets.randbits(48)


def finish(assignment: Assignment, *, faultless: bool) -> None:
    """Note that every submission of the batch has its result.

    faultless : whether none is `grader_error`; otherwise a regrade is still to be done
    """
    _write(assignment, {**_read(_file(assignment)), "finished": True})
    if faultless:
        before_regrade(assignment).unlink(missing_ok=True)


def before_regrade(assignment: Assignment) -> Path:
    """The file in which an unfinished regrade keeps the results that it compares with."""
    return _file(assignment).with_name(".before")


def _file(assignment: Assignment) -> Path:
    return assignment.course.results / assignment.name / ".batch"


def _read(path: Path) -> dict[str, Any]:
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def _write(assignment: Assignment, state: dict[str, Any]) -> None:
    write_atomically(_file(assignment), json.dumps(state), mode=0o600)
