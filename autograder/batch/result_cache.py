"""The keys by which a later batch knows a result again: what was handed in, and all else.

The results themselves are in the audit log, with both keys.
"""

from __future__ import annotations

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


def base_key(assignment: Assignment, limits: Limits, tier: Tier) -> str:
    """A hash of what every result of an assignment depends on.

    That is the built notebook with the reference, the release, the checks, the shipped files, the
    limits, the isolation level, the code of the packages that grade, and the versions of Python,
    NumPy and PyTorch. Other settings are left out: a new policy for late work is no reason to
    grade again.
    """
    files = {
        "source": assignment.source,
        "release": assignment.release,
        "checks": assignment.checks_source,
    }
    parts = (
        files_key(files),
        files_key(folder_files(assignment.extra_files)),
        repr(limits),
        tier.name,
        code_key(GRADING),
        versions_key("numpy", "torch"),
    )
    return digest(part.encode() for part in parts)


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
