"""What grading says, as data: frozen records, and the JSON that carries them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

VERDICTS = (
    "graded",
    "missing",
    "unreadable",
    "timed_out",
    "out_of_memory",
    "crashed",
    "grader_error",
)
STATUSES = (
    "passed",
    "partial",
    "failed",
    "timed_out",
    "out_of_memory",
    "crashed",
    "forbidden",
    "grader_error",
)
# The worst thing that happened to a cell is what the submission as a whole reports.
LIMITS = ("grader_error", "crashed", "out_of_memory", "timed_out")


@dataclass(frozen=True)
class CellResult:
    """One test cell: points, how it ended, and a sentence for the student."""

    score: float
    max_score: float
    status: str
    message: str = ""


@dataclass(frozen=True)
class SubmissionResult:
    """One student's result. `score` is None for `grader_error` and nothing else."""

    student: str
    verdict: str
    score: float | None
    max_score: float
    cells: dict[str, CellResult] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    seconds: float = 0.0
    message: str = ""


@dataclass(frozen=True)
class Results:
    """A graded class."""

    assignment: str
    protections: tuple[str, ...]
    submissions: tuple[SubmissionResult, ...]

    @property
    def faults(self) -> tuple[SubmissionResult, ...]:
        """The submissions about which the grader could say nothing."""
        return tuple(one for one in self.submissions if one.verdict == "grader_error")


def summarize(
    student: str,
    cells: dict[str, CellResult],
    *,
    flags: Iterable[str] = (),
    seconds: float = 0.0,
    message: str = "",
    verdict: str | None = None,
) -> SubmissionResult:
    """A submission's result from its cells.

    The verdict is the worst limit that any cell ran into, or else `graded`; a caller that knows
    better (`missing`, `unreadable`) says so.
    """
    seen = {cell.status for cell in cells.values()}
    verdict = verdict or next((limit for limit in LIMITS if limit in seen), "graded")
    score = None if verdict == "grader_error" else sum(cell.score for cell in cells.values())
    most = sum(cell.max_score for cell in cells.values())
    return SubmissionResult(
        student, verdict, score, most, cells, tuple(flags), round(seconds, 3), message
    )


def to_json(results: Results) -> str:
    """The results file of the design, students in order."""
    return json.dumps(asdict(results), indent=1, ensure_ascii=False) + "\n"


def submission_from_dict(data: dict) -> SubmissionResult:
    """The inverse of `dataclasses.asdict` for one submission."""
    cells = {name: CellResult(**cell) for name, cell in data["cells"].items()}
    return SubmissionResult(**{**data, "cells": cells, "flags": tuple(data["flags"])})


def write_atomically(path: Path, text: str) -> None:
    """Write `text` so that a reader finds the old file or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
