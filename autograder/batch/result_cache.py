"""The result cache: each submission's result, with a key of everything that it depended on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder.course.errors import SubmissionError
from autograder.course.files import write_atomically
from autograder.course.folders import Assignment
from autograder.course.keys import (
    GRADING,
    code_key,
    digest,
    files_key,
    folder_files,
    versions_key,
)
from autograder.course.limits import Limits
from autograder.course.notebook_file import read_bytes
from autograder.course.records import Graded, Task
from autograder.course.results import SubmissionResult, submission_from_dict
from autograder.course.submissions import Submission
from autograder.grading.intake import fingerprint
from autograder.sandbox.isolation import Tier

NEW = "new"
ANEW = "handed in anew"
MAX_BASES = 20  # of whose results some may still be there


@dataclass(frozen=True)
class CachedResult:
    """A result of an earlier batch, and the seed that its hidden inputs came from.

    handed : the fingerprint of the file that was graded
    """

    result: SubmissionResult
    seed: int
    handed: str = ""


def dependencies(assignment: Assignment, limits: Limits, tier: Tier) -> dict[str, str]:
    """What every result of an assignment depends on, in words, each with a hash or a value.

    Other settings are left out: a new policy for late work is no reason to grade again.
    """
    return {
        "the solution": files_key({"source": assignment.source}),
        "the release": files_key({"release": assignment.release}),
        "the checks": files_key({"checks": assignment.checks_source}),
        "the shipped files": files_key(folder_files(assignment.extra_files)),
        "the limits": repr(limits),
        "the isolation level": tier.name,
        "the grader": code_key(GRADING),
        "the version of Python, NumPy or PyTorch": versions_key("numpy", "torch"),
    }


def base_key(assignment: Assignment, limits: Limits, tier: Tier) -> str:
    """A hash of what every result of an assignment depends on, see `dependencies`."""
    parts = dependencies(assignment, limits, tier)
    return digest(part.encode() for part in parts.values())


def note_base(assignment: Assignment, base: str, parts: dict[str, str]) -> None:
    """Keep what a base key stands for, so that a later batch can say what has changed since."""
    bases = {**_bases(assignment), base: parts}
    newest = dict(list(bases.items())[-MAX_BASES:])
    write_atomically(_bases_file(assignment), json.dumps(newest, indent=1), mode=0o600)


def why_graded(
    assignment: Assignment, submission: Submission, parts: dict[str, str]
) -> tuple[str, ...]:
    """Why a submission has no result that is up to date: `NEW`, `ANEW`, or what has changed.

    parts : what results depend on now, see `dependencies`
    """
    record = _load(_file(assignment, submission.student))
    if record is None:
        return (NEW,)
    if record.get("handed", "") != handed_in(submission):
        return (ANEW,)
    before = _bases(assignment).get(record.get("base", ""), {})
    return tuple(name for name, value in parts.items() if before.get(name) != value)


def _bases(assignment: Assignment) -> dict[str, dict[str, str]]:
    try:
        bases = json.loads(_bases_file(assignment).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return bases if isinstance(bases, dict) else {}


def _bases_file(assignment: Assignment) -> Path:
    return assignment.course.results / assignment.name / ".bases"


def read(assignment: Assignment, submission: Submission, base: str) -> SubmissionResult | None:
    """The result of an earlier batch, if nothing that it depended on has changed."""
    record = _load(_file(assignment, submission.student))
    if record is None or record["key"] != _key(base, handed_in(submission)):
        return None
    return submission_from_dict(record["result"])


def everything(assignment: Assignment) -> dict[str, CachedResult]:
    """All cached results of an assignment, by student, even those that are out of date."""
    paths = sorted((assignment.course.results / assignment.name).glob("*.json"))
    cached = (_read(path) for path in paths)
    return {entry.result.student: entry for entry in cached if entry is not None}


def of_student(assignment: Assignment, student: str) -> CachedResult | None:
    """The cached result of one student, even if it is out of date; None where there is none."""
    return _read(_file(assignment, student))


def write(task: Task, graded: Graded, base: str) -> None:
    """Cache a result. It must be in the gradebook already, as it is not written there again."""
    record = {
        "key": _key(base, graded.handed),
        "base": base,
        "handed": graded.handed,
        "seed": task.seed,
        "result": asdict(graded.result),
    }
    path = _file(task.assignment, task.submission.student)
    # Private, as the seed tells the hidden inputs.
    write_atomically(path, json.dumps(record, indent=1), mode=0o600)


def forget(assignment: Assignment, submission: Submission) -> None:
    """Remove a submission's cached result, so that it is graded again."""
    _file(assignment, submission.student).unlink(missing_ok=True)


def _file(assignment: Assignment, student: str) -> Path:
    # A name that leaves no room for what is added to it is replaced by its hash.
    short = student if len(student.encode()) < 200 else digest([student.encode()])
    return assignment.course.results / assignment.name / f"{short}.json"


def _read(path: Path) -> CachedResult | None:
    record = _load(path)
    if record is None or not isinstance(record.get("seed"), int):
        return None
    result = submission_from_dict(record["result"])
    return CachedResult(result, record["seed"], record.get("handed", ""))


def _load(path: Path) -> dict[str, Any] | None:
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        submission_from_dict(record["result"])
        return record if isinstance(record["key"], str) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def handed_in(submission: Submission) -> str:
    """The fingerprint of the file that lies in a student's folder now."""
    if submission.path is None:
        return fingerprint(submission, None)
    try:
        return fingerprint(submission, read_bytes(submission.path))
    except SubmissionError as error:
        return fingerprint(submission, str(error))


def _key(base: str, handed: str) -> str:
    return digest([base.encode(), handed.encode()])
