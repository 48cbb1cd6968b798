"""The results of grading as frozen records, and the JSON file that holds them."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from autograder.course.errors import CourseError
from autograder.course.files import write_atomically
from autograder.course.verdicts import Status, Verdict

PASSED = "all checks passed"

# The worst thing that happened to a cell is what the submission as a whole reports.
LIMITS = (Verdict.GRADER_ERROR, Verdict.CRASHED, Verdict.OUT_OF_MEMORY, Verdict.TIMED_OUT)
NOT_RUN = (Verdict.MISSING, Verdict.UNREADABLE)
# From so many submissions on, this share of them is "nearly everybody".
FEW, NEARLY_ALL = 5, 0.9


@dataclass(frozen=True, slots=True)
class CellResult:
    """What one test cell earned.

    Raises `ValueError` for a status that `Status` does not have.

    score, max_score : points
    status : how the cell ended; a plain word becomes its member
    message : a sentence for the student
    """

    score: float
    max_score: float
    status: Status
    message: str = ""

    def __post_init__(self) -> None:
        """Turn a plain word into its member."""
        object.__setattr__(self, "status", Status(self.status))


@dataclass(frozen=True, slots=True)
class SubmissionResult:
    """What one student's submission earned.

    Raises `ValueError` for a verdict that `Verdict` does not have.

    student : the student's id
    verdict : how grading ended; a plain word becomes its member
    score : the points of all test cells; None for `grader_error` and nothing else
    max_score : the points that its test cells can give
    cells : the results of the test cells by grade_id; empty where the grader failed on all of it
    flags : remarks for the instructor, each "kind: what", such as "edited cell: setup"
    seconds : how long grading it took by the clock
    message : why it was not graded; empty where it was
    """

    student: str
    verdict: Verdict
    score: float | None
    max_score: float
    cells: dict[str, CellResult] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    seconds: float = 0.0
    message: str = ""

    def __post_init__(self) -> None:
        """Turn a plain word into its member."""
        object.__setattr__(self, "verdict", Verdict(self.verdict))


@dataclass(frozen=True)
class Results:
    """The results of a class.

    assignment : its name
    protections : what the jail was seen to prevent, in words
    submissions : one result for each student, by name
    """

    assignment: str
    protections: tuple[str, ...]
    submissions: tuple[SubmissionResult, ...]

    @property
    def faults(self) -> tuple[SubmissionResult, ...]:
        """The submissions about which the grader could say nothing."""
        return tuple(
            result for result in self.submissions if result.verdict == Verdict.GRADER_ERROR
        )

    @property
    def common_end(self) -> str:
        """In a sentence, the limit or crash that ended nearly everybody's work; often empty.

        A few students may crash, and each in a way of their own. Where nearly all do, the cause
        is rather the machine, a limit or a given cell.
        """
        verdicts = [result.verdict for result in self.submissions if result.verdict not in NOT_RUN]
        if len(verdicts) < FEW:
            return ""
        verdict, count = Counter(verdicts).most_common(1)[0]
        if verdict not in LIMITS or count < NEARLY_ALL * len(verdicts):
            return ""
        return (
            f"{count} of the {len(verdicts)} submissions that ran ended as {verdict}. So many "
            "alike are hardly the students' doing"
        )


def summarize(
    student: str,
    cells: dict[str, CellResult],
    *,
    flags: Iterable[str] = (),
    seconds: float = 0.0,
    message: str = "",
    verdict: Verdict | str | None = None,
) -> SubmissionResult:
    """A submission's result from its cells.

    verdict : what the caller knows better, such as `missing`; else it is the worst limit that any
        cell ran into, or `graded`
    seconds : by the clock; rounded to milliseconds
    flags, message : as `SubmissionResult` has them
    """
    statuses = {str(cell.status) for cell in cells.values()}
    worst = next((limit for limit in LIMITS if limit in statuses), Verdict.GRADED)
    verdict = Verdict(verdict or worst)
    points = sum(cell.score for cell in cells.values())
    return SubmissionResult(
        student,
        verdict,
        None if verdict == Verdict.GRADER_ERROR else points,
        sum(cell.max_score for cell in cells.values()),
        cells,
        tuple(flags),
        round(seconds, 3),
        message,
    )


def _json_parts(results: Results) -> Iterator[str]:
    """The text of a results file: a JSON object with one entry for each submission, in order."""
    # One student at a time: ten thousand of them as one nested dict would take a gigabyte.
    head = {"assignment": results.assignment, "protections": list(results.protections)}
    yield json.dumps(head, indent=1, ensure_ascii=False)[:-2] + ',\n "submissions": ['
    for position, result in enumerate(results.submissions):
        text = json.dumps(asdict(result), indent=1, ensure_ascii=False)
        yield (",\n  " if position else "\n  ") + text.replace("\n", "\n  ")
    yield ("\n ]" if results.submissions else "]") + "\n}\n"


def submission_from_dict(data: dict[str, Any]) -> SubmissionResult:
    """A submission's result from what `dataclasses.asdict` made of it.

    Names and messages that many students share are held once. Raises `ValueError`, `KeyError` or
    `TypeError` where `data` is something else.
    """
    cells = {
        sys.intern(name): CellResult(
            cell["score"],
            cell["max_score"],
            Status(cell["status"]),
            sys.intern(cell["message"]),
        )
        for name, cell in data["cells"].items()
    }
    return SubmissionResult(**{**data, "cells": cells, "flags": tuple(data["flags"])})


def write_results(path: Path, results: Results) -> None:
    """Write the results file, whole or not at all, for nobody else to read."""
    write_atomically(path, _json_parts(results), mode=0o600)


def read_results(path: Path) -> Results:
    """Read a results file that `write_results` wrote.

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
