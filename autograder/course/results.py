"""What grading says, as data: frozen records, and the JSON that carries them."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from autograder.course.errors import CourseError
from autograder.course.files import write_atomically

PASSED = "all checks passed"

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
NOT_RUN = ("missing", "unreadable")
# From so many submissions on, this share of them is "nearly everybody".
FEW, NEARLY_ALL = 5, 0.9


@dataclass(frozen=True, slots=True)
class CellResult:
    """One test cell: points, how it ended, and a sentence for the student."""

    score: float
    max_score: float
    status: str
    message: str = ""


@dataclass(frozen=True, slots=True)
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

    @property
    def common_end(self) -> str:
        """In a sentence, the limit or crash that ended nearly everybody's work; often empty.

        A few students may crash, and each in a way of their own. Where nearly all do, the cause
        is rather the machine, a limit or a given cell.
        """
        ran = [one for one in self.submissions if one.verdict not in NOT_RUN]
        verdict, count = Counter(one.verdict for one in ran).most_common(1)[0] if ran else ("", 0)
        if len(ran) < FEW or verdict not in LIMITS or count < NEARLY_ALL * len(ran):
            return ""
        return (
            f"{count} of the {len(ran)} submissions that ran ended as {verdict}. So many alike are "
            "hardly the students' doing"
        )


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
    return "".join(_json_parts(results))


def _json_parts(results: Results) -> Iterator[str]:
    # One student at a time: ten thousand of them as one nested dict would take a gigabyte.
    head = {"assignment": results.assignment, "protections": list(results.protections)}
    yield json.dumps(head, indent=1, ensure_ascii=False)[:-2] + ',\n "submissions": ['
    for position, one in enumerate(results.submissions):
        text = json.dumps(asdict(one), indent=1, ensure_ascii=False)
        yield (",\n  " if position else "\n  ") + text.replace("\n", "\n  ")
    yield ("\n ]" if results.submissions else "]") + "\n}\n"


def submission_from_dict(data: dict) -> SubmissionResult:
    """The inverse of `dataclasses.asdict` for one submission.

    Names and messages that many students share are held once.
    """
    cells = {
        sys.intern(name): CellResult(
            cell["score"],
            cell["max_score"],
            sys.intern(cell["status"]),
            sys.intern(cell["message"]),
        )
        for name, cell in data["cells"].items()
    }
    return SubmissionResult(**{**data, "cells": cells, "flags": tuple(data["flags"])})


def write_results(path: Path, results: Results) -> None:
    """Write the results file, whole or not at all."""
    write_atomically(path, _json_parts(results))


def read_results(path: Path) -> Results:
    """The inverse of `write_results`.

    Raises `CourseError` when there is no such file, or it holds something else.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Results(
            data["assignment"],
            tuple(data["protections"]),
            tuple(map(submission_from_dict, data["submissions"])),
        )
    except FileNotFoundError:
        raise CourseError(
            f"there is no {path}", f"Grade first: autograder grade {path.stem}"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CourseError(
            f"{path} does not hold results: {type(error).__name__}: {error}",
            f"Write it again from what is kept: autograder grade {path.stem}",
        ) from error
