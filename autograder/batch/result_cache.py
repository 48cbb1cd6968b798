"""The keys by which a later batch knows a result again: what was handed in, and all else.

The results themselves are in the audit log, with both keys.
"""

from __future__ import annotations

from collections.abc import Mapping

from autograder.batch.history import Entry
from autograder.course.errors import SubmissionError
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
from autograder.course.submissions import Submission
from autograder.course.verdicts import Verdict
from autograder.grading.intake import fingerprint
from autograder.sandbox.isolation import Tier

NEW = "new"
ANEW = "handed in anew"


def dependencies(assignment: Assignment, limits: Limits, tier: Tier) -> dict[str, str]:
    """What every result of an assignment depends on, in words, each with a hash or a value.

    Other settings are left out: a new policy for late work is no reason to grade again.
    """
    return {
        "the solution": files_key({"source": assignment.source}),
        "the release": files_key({"release": assignment.release, **assignment.translations}),
        "the checks": files_key({"checks": assignment.checks_source}),
        "the shipped files": files_key(folder_files(assignment.extra_files)),
        "the limits": repr(limits),
        "the isolation level": tier.name,
        "the grader": code_key(GRADING),
        "the version of Python, NumPy or PyTorch": versions_key("numpy", "torch"),
    }


def base_key(parts: Mapping[str, str]) -> str:
    """One hash of what every result of an assignment depends on, see `dependencies`."""
    return digest(part.encode() for part in parts.values())


def why_graded(
    entry: Entry | None, handed: str, before: Mapping[str, str], now: Mapping[str, str]
) -> tuple[str, ...]:
    """Why a submission has no result that is up to date: `NEW`, `ANEW`, or what has changed.

    entry : the last result of the student; None where there is none
    handed : the fingerprint of the file that lies there now
    before, now : what results depended on when that one came about, and depend on now
    """
    if entry is None:
        return (NEW,)
    if entry.handed != handed:
        return (ANEW,)
    return tuple(name for name, value in now.items() if before.get(name) != value)


def is_current(entry: Entry, handed: str, base: str) -> bool:
    """Whether nothing has changed that a result of the log depended on.

    A fault of the grader is no result.
    """
    return (
        entry.result.verdict != Verdict.GRADER_ERROR
        and entry.base == base
        and entry.handed == handed
    )


def handed_in(submission: Submission) -> str:
    """The fingerprint of the file that lies in a student's folder now."""
    if submission.path is None:
        return fingerprint(submission, None)
    try:
        return fingerprint(submission, read_bytes(submission.path))
    except SubmissionError as error:
        return fingerprint(submission, str(error))
