"""How a submission and a test cell can end, and the sentence that each means to an instructor.

Members are strings, so JSON, comparisons and messages hold the plain words of the results file.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class _Outcome(StrEnum):
    """A word of the results file with its `meaning`."""

    meaning: str

    def __new__(cls, word: str, meaning: str = "") -> Self:
        """The member `word`, which means `meaning`."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.meaning = meaning
        return member


class Verdict(_Outcome):
    """How grading a whole submission ended.

    `Verdict("missing")` is the member for a word; it raises `ValueError` for an unknown one.
    """

    GRADED = "graded", "all of it was graded"
    MISSING = "missing", "nothing was handed in"
    UNREADABLE = "unreadable", "the file cannot be read"
    TIMED_OUT = "timed_out", "it ran out of time"
    OUT_OF_MEMORY = "out_of_memory", "it ran out of memory"
    CRASHED = "crashed", "its process ended"
    GRADER_ERROR = "grader_error", "the grader failed on it; it has no score"


class Status(_Outcome):
    """How one test cell ended.

    `Status("passed")` is the member for a word; it raises `ValueError` for an unknown one.
    """

    PASSED = "passed", "all of its checks passed"
    PARTIAL = "partial", "some of its checks passed"
    FAILED = "failed", "a check failed, or the code raised an error"
    TIMED_OUT = "timed_out", "a cell or its checks ran into the time limit"
    OUT_OF_MEMORY = "out_of_memory", "a cell or its checks ran into the memory limit"
    CRASHED = "crashed", "the student's process ended"
    FORBIDDEN = "forbidden", "the code takes a way that the assignment rules out"
    GRADER_ERROR = (
        "grader_error",
        "the grader failed on a cell; that is no fault of the student's",
    )
