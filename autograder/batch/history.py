"""Read the audit log: its runs, the results that the last one changed, and its broken lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
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
    entries : by student; results that were reused are not in it
    ended : None for a run that was interrupted
    """

    id: str
    started: str
    facts: dict[str, Any]
    entries: dict[str, Entry] = field(default_factory=dict)
    ended: str | None = None


@dataclass(frozen=True)
class History:
    """A log that was read.

    notes : the other events, such as exports of the grades
    broken : the lines (from 1) that were changed, or follow a line that was removed
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
    """The content of the log; empty where there is no log yet."""
    runs: dict[str, Run] = {}
    notes: list[dict[str, Any]] = []
    broken, head = [], START
    for number, line in enumerate(_lines(log_file(assignment)), 1):
        try:
            event = json.loads(line)
            if event["previous"] != head:
                broken.append(number)
            _add(event, runs, notes)
        except (ValueError, KeyError, TypeError, AttributeError):
            broken.append(number)
        head = line_hash(line)
    return History(tuple(runs.values()), tuple(notes), tuple(broken), head)


def last_changes(history: History) -> tuple[Change, ...]:
    """The results that the last finished run changed, by student; none after the first run.

    An interrupted run and the run that resumed it count as one.
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
        earlier = before.get(student)
        if why := differences(earlier, result):
            score = None if earlier is None else earlier.score
            changes.append(Change(student, score, result.score, why))
    return tuple(changes)


def _add(event: dict[str, Any], runs: dict[str, Run], notes: list[dict[str, Any]]) -> None:
    """Add the event of one line to its run, or to the notes."""
    kind = event["event"]
    if kind == "begin":
        facts = {
            key: value for key, value in event.items() if key not in ("event", "previous", "run")
        }
        runs[event["run"]] = Run(event["run"], event["time"], facts)
    elif kind == "graded":
        result = submission_from_dict(event["result"])
        entry = Entry(event["time"], result, event["seed"], event["handed"])
        runs[event["run"]].entries[result.student] = entry
    elif kind == "end":
        runs[event["run"]] = replace(runs[event["run"]], ended=event["time"])
    else:
        notes.append(event)


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with open(path, "rb") as file:
            for line in file:
                yield line.removesuffix(b"\n")
    except FileNotFoundError:
        return
