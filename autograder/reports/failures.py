"""Count the failures in a class by the property that failed, and the flags by their kind."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from autograder.course.results import SubmissionResult
from autograder.course.verdicts import Status
from autograder.feedback.wording import own_words

HINT = ". Hint: "
MAX_PROPERTY = 200  # characters of a property; a student's own exception may be longer
EXCEPTION = re.compile(r"[A-Za-z_.]*(Error|Exception|Warning|Interrupt|Exit)\b")
NUMBERS = re.compile(r"-?\d[\d.,e+-]*(?<![.,])")
NOTED = (
    Status.FORBIDDEN,
    Status.TIMED_OUT,
    Status.OUT_OF_MEMORY,
    Status.CRASHED,
    Status.GRADER_ERROR,
)
MEANINGS: dict[str, str] = {
    "renamed notebook": "the only notebook in the folder was taken, under another name",
    "deleted cell": "a cell of the release was missing; grading puts it back",
    "edited cell": "a cell that is not theirs was changed; grading used the original",
    "duplicated cell": "a cell was there twice; of answers, the last counts",
    "recovered cell": "an answer had lost its mark and was found by what it defines",
    "answer in another cell": "an answer stood in another cell, and was graded from there",
    "answer in a text cell": "a solution cell had become text, and was graded as code",
    "metadata lost": "another program dropped what tells cells apart; content was used",
    "slow cells": "cells of their own took half of the time, and the others were not run",
    "too many cells": "only the first of many cells of their own were run",
    "oversized cell": "a cell was too long to be read",
    "answer elsewhere": "a written answer was not in its cell; formgrader shows it there",
    "picture not shown": "a written answer has a picture that is not safe to show",
    "long answer": "a written answer was too long to be shown whole",
    "blank notebook": "another notebook with answers in it was graded",
    "several notebooks": "there are others with other answers; ask which one counts",
    "unreadable copy": "another notebook, which can be read, was graded",
    "checkpoint taken": "there was nothing but what Jupyter wrote at an earlier save",
    "unusual encoding": "the file was not UTF-8, and was read all the same",
    "zero bytes at the end": "they were left out of the file",
    "text after the end": "what follows the notebook in its file was left out",
    "old notebook format": "the file was of format 3, and was read",
    "kept result": "log and gradebook disagreed about an earlier result; it was graded again",
    "link": "a link to another place was handed in, and was not followed",
    "twin": "another student's name looks the same; see to it that both are meant",
    "unreadable answer": "what a function gave back broke a check that holds for the reference",
    **{status: status.meaning for status in NOTED},
}


CATEGORIES = {  # of flags, those that may ask for action first
    "Whose result it is": ("kept result", "twin"),
    "Limits and ruled-out ways": (*NOTED, "unreadable answer", "slow cells", "too many cells"),
    "Which file counts": (
        "several notebooks",
        "link",
        "unreadable copy",
        "checkpoint taken",
        "blank notebook",
        "unreadable timestamp",
    ),
    "Given cells that were changed": ("edited cell", "deleted cell", "duplicated cell"),
    "Where answers stood": (
        "answer elsewhere",
        "answer in another cell",
        "answer in a text cell",
        "recovered cell",
        "picture not shown",
        "long answer",
        "oversized cell",
    ),
    "The file's form": (
        "renamed notebook",
        "metadata lost",
        "unusual encoding",
        "zero bytes at the end",
        "text after the end",
        "old notebook format",
    ),
}
OTHER = "Other"


@dataclass(frozen=True)
class Group:
    """Students who have something in common, and the test cells in which they have it.

    name : what they have in common, such as a property that failed or the kind of a flag
    """

    name: str
    students: tuple[str, ...]
    cells: tuple[str, ...] = ()
    meaning: str = ""


def failing(results: Iterable[SubmissionResult]) -> tuple[Group, ...]:
    """The properties that failed in a class, with the students; those of most students first."""
    builders: dict[str, _GroupBuilder] = {}
    for result in results:
        for name, cell in result.cells.items():
            if cell.score < cell.max_score:
                builders.setdefault(failed_property(cell.message), _GroupBuilder()).add(
                    result.student, name
                )
    groups = [builder.group(text) for text, builder in builders.items()]
    return tuple(sorted(groups, key=lambda group: (-len(group.students), group.name)))


def flags(results: Iterable[SubmissionResult]) -> tuple[Group, ...]:
    """The flags of submissions and the statuses in `NOTED`, by kind; the most frequent first."""
    builders: dict[str, _GroupBuilder] = {}
    for result in results:
        for flag in result.flags:
            kind, _, place = flag.partition(": ")
            builders.setdefault(kind, _GroupBuilder()).add(result.student, place)
        for name, cell in result.cells.items():
            if cell.status in NOTED:
                builders.setdefault(cell.status, _GroupBuilder()).add(result.student, name)
    groups = [builder.group(kind, MEANINGS.get(kind, "")) for kind, builder in builders.items()]
    return tuple(sorted(groups, key=lambda group: (-len(group.students), group.name)))


def by_category(groups: Iterable[Group]) -> list[tuple[str, list[Group]]]:
    """The groups of `flags` under the headings of `CATEGORIES`, without those that are empty."""
    category = {kind: name for name, kinds in CATEGORIES.items() for kind in kinds}
    sorted_groups: dict[str, list[Group]] = {name: [] for name in (*CATEGORIES, OTHER)}
    for group in groups:
        sorted_groups[category.get(group.name, OTHER)].append(group)
    return [(name, members) for name, members in sorted_groups.items() if members]


@lru_cache(maxsize=4096)
def failed_property(message: str) -> str:
    """The property that a message names: its text up to the hint, without a student's own numbers.

    Those are what a visible check found, and what stands in the message of an exception.
    """
    words = own_words(message.partition(HINT)[0], first=True) or "(no message)"
    if EXCEPTION.match(words):
        words = NUMBERS.sub("…", words)
    return words if len(words) <= MAX_PROPERTY else words[: MAX_PROPERTY - 1] + "…"


class _GroupBuilder:
    """Collects the students and cells of a `Group`, each once and in order."""

    def __init__(self) -> None:
        self._students: dict[str, None] = {}
        self._cells: dict[str, None] = {}

    def add(self, student: str, cell: str) -> None:
        self._students[student] = None
        if cell:
            self._cells[cell] = None

    def group(self, name: str, meaning: str = "") -> Group:
        return Group(name, tuple(self._students), tuple(self._cells), meaning)
