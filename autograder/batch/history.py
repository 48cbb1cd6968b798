"""Read the trail of grading: its runs, what the last one changed, and whether it is whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.batch.audit_log import START, line_hash, log_file
from autograder.course.changes import Change, differences
from autograder.course.folders import Assignment
from autograder.course.results import SubmissionResult, submission_from_dict


@dataclass(frozen=True)
class Entry:
    """One submission that a run graded.

    handed : the fingerprint of the file, as `intake.fingerprint` makes it
    """

    time: str
    result: SubmissionResult
    seed: int
    handed: str


@dataclass(frozen=True)
class Run:
    """One grading run.

    facts : who, host, command, versions, limits, hashes, tier and protections
    entries : by student; what was graded before and did not change is not in it
    ended : None for a run that was cut off
    """

    id: str
    started: str
    facts: dict[str, Any]
    entries: dict[str, Entry] = field(default_factory=dict)
    ended: str | None = None


@dataclass(frozen=True)
class History:
    """A log that was read.

    notes : what else was done with the grades, such as exports
    broken : the lines (from 1) that are not as they were written, or follow one that was taken out
    head : the hash of the last line
    """

    runs: tuple[Run, ...]
    notes: tuple[dict[str, Any], ...]
    broken: tuple[int, ...]
    head: str

    @property
    def finished(self) -> tuple[Run, ...]:
        """The runs that came to their end."""
        return tuple(run for run in self.runs if run.ended is not None)


def read_history(assignment: Assignment) -> History:
    """All that the log says; nothing where there is no log yet."""
    runs: dict[str, dict] = {}
    notes: list[dict] = []
    broken, head = [], START
    for number, line in enumerate(_lines(log_file(assignment)), 1):
        try:
            told = json.loads(line)
            if told["previous"] != head:
                broken.append(number)
            _take(told, runs, notes)
        except (ValueError, KeyError, TypeError, AttributeError):
            broken.append(number)
        head = line_hash(line)
    return History(tuple(Run(**run) for run in runs.values()), tuple(notes), tuple(broken), head)


def last_changes(history: History) -> tuple[Change, ...]:
    """Whose result the last finished run changed, by student; none after the first run.

    A run that was cut off counts to the one that went on with it.
    """
    before: dict[str, SubmissionResult] = {}
    now: dict[str, SubmissionResult] = {}
    graded: dict[str, SubmissionResult] = {}
    for run in history.runs:
        graded |= {student: entry.result for student, entry in run.entries.items()}
        if run.ended is not None:
            before, now, graded = now, now | graded, {}
    if len(history.finished) < 2:
        return ()
    changes = []
    for student, result in sorted(now.items()):
        was = before.get(student)
        if why := differences(was, result):
            changes.append(Change(student, None if was is None else was.score, result.score, why))
    return tuple(changes)


def _take(told: dict[str, Any], runs: dict[str, dict], notes: list[dict]) -> None:
    event = told["event"]
    if event == "begin":
        facts = {
            key: value for key, value in told.items() if key not in ("event", "previous", "run")
        }
        runs[told["run"]] = {
            "id": told["run"],
            "started": told["time"],
            "facts": facts,
            "entries": {},
        }
    elif event == "graded":
        result = submission_from_dict(told["result"])
        entry = Entry(told["time"], result, told["seed"], told["handed"])
        runs[told["run"]]["entries"][result.student] = entry
    elif event == "end":
        runs[told["run"]]["ended"] = told["time"]
    else:
        notes.append(told)


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with open(path, "rb") as file:
            for line in file:
                yield line.removesuffix(b"\n")
    except FileNotFoundError:
        return
