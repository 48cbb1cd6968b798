"""The state that a batch goes on from, which the audit log knows, and the lock of a batch.

The hidden inputs come from a secret seed that is drawn for each batch. The log has it before the
first submission is graded, and once more with every result, so that a result can be computed again.
"""

from __future__ import annotations

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from autograder.batch.history import History
from autograder.course.errors import CourseError
from autograder.course.folders import Assignment

SEED_BITS = 128  # nobody can try them all, even with everything that a page says of the checks


@contextmanager
def alone(assignment: Assignment) -> Iterator[None]:
    """Keep other batches of the assignment out: they would write over the results of this one.

    The system releases the lock when this process ends, however it ends.
    Raises `CourseError` when another batch is running.
    """
    folder = assignment.course.results / assignment.name
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    with open(folder / ".lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(
                f"another batch is grading {assignment.name}",
                "Wait until it has ended, or end it. What it has graded is kept.",
            ) from None
        yield


def new_seed() -> int:
    """A seed that nobody can guess."""
    return secrets.randbits(SEED_BITS)


def batch_seed(history: History, key: str, seed: int | None, *, fresh: bool) -> int:
    """The seed of a batch: `seed`, or that of the batch that was cut off, or a new one.

    key : of what every result depends on; a batch that began under another key is not resumed
    """
    if seed is not None:
        return seed
    last = history.runs[-1] if history.runs else None
    if last and not fresh and last.ended is None and last.key == key:
        logged = last.facts.get("seed")
        if isinstance(logged, int):
            return logged
    return new_seed()


def student_seed(history: History, student: str, handed: str, seed: int) -> int:
    """`seed`, or a new one if the student was asked its questions about another file.

    Otherwise a second file could be written to what the first one was asked.
    """
    entries = history.of(student)
    if any(entry.seed == seed and entry.handed != handed for entry in entries):
        return new_seed()
    return seed


def unfinished_regrade(history: History) -> str | None:
    """The log's hash before the regrade that was cut off or met a fault, if there is one."""
    for run in reversed(history.runs):
        if run.ended and not run.faults:
            break
        if isinstance(before := run.facts.get("regrade"), str):
            return before
    return None
