"""Read the audit log: its runs, the last result of each student, and its broken lines.

The log is the only record of results that later batches and pages believe. Whatever else lies in
grading/ is held against it.
"""

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
from autograder.course.verdicts import Verdict


@dataclass(frozen=True)
class Entry:
    """One submission that a run graded.

    handed : the fingerprint of the file, as `intake.fingerprint` makes it
    base : the key of all else that the result depended on, as `result_cache.base_key` makes it
    notebook : the SHA-256 of the notebook in autograded/; None where none was written, or by
        an earlier version of this package
    intact : whether the line after it, if there is one, carries its hash
    """

    time: str
    result: SubmissionResult
    seed: int
    handed: str
    base: str = ""
    notebook: str | None = None
    intact: bool = True


@dataclass(frozen=True)
class Run:
    """One grading run.

    facts : who, host, command, versions, limits, hashes, tier and protections
    entries : by student; results that were reused are not in it
    ended : None for a run that was interrupted
    stopped : why it stopped before its end, and what can be done, in sentences; "" for one that was
        not stopped or was killed
    faults : on how many submissions the grader failed, as far as the run has ended
    intact : whether the line after that of its beginning carries its hash
    """

    id: str
    started: str
    facts: dict[str, Any]
    entries: dict[str, Entry] = field(default_factory=dict)
    ended: str | None = None
    faults: int = 0
    intact: bool = True
    stopped: str = ""

    @property
    def key(self) -> str:
        """The key of what its results depended on besides the submissions."""
        return str(self.hashes.get("all", ""))

    @property
    def hashes(self) -> dict[str, str]:
        """The hashes of what the run depended on."""
        return self._mapping("hashes")

    @property
    def dependencies(self) -> dict[str, str]:
        """What its results depended on in words; empty for a run of an earlier version."""
        return self._mapping("dependencies")

    def _mapping(self, name: str) -> dict[str, str]:
        """One of the facts; empty where somebody wrote something else into the log."""
        fact = self.facts.get(name)
        return fact if isinstance(fact, dict) else {}


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

    @property
    def entries(self) -> dict[str, Entry]:
        """The last entry of each student, faults of the grader included."""
        return {student: entry for run in self.runs for student, entry in run.entries.items()}

    @property
    def graded(self) -> dict[str, Entry]:
        """The last entry of each student that the grader did not fail on."""
        return {
            student: entry
            for run in self.runs
            for student, entry in run.entries.items()
            if entry.result.verdict != Verdict.GRADER_ERROR
        }

    @property
    def built(self) -> frozenset[str]:
        """The built notebooks that a run was begun with, by `release_record.built_key`."""
        keys = (str(run.hashes.get("built", "")) for run in self.runs if run.intact)
        return frozenset(filter(None, keys))

    def of(self, student: str) -> tuple[Entry, ...]:
        """All entries of one student, the oldest first."""
        return tuple(run.entries[student] for run in self.runs if student in run.entries)


def read_history(assignment: Assignment, until: str | None = None) -> History:
    """The content of the log; empty where there is no log yet.

    until : the hash of the last line to read; by default, and where no line has it, all are read
    """
    runs: dict[str, Run] = {}
    notes: list[dict[str, Any]] = []
    broken, head, number = [], START, 0
    before: tuple[int, dict[str, Any]] | None = None  # its successor says whether it is intact

    def add(intact: bool) -> None:
        if before is None:
            return
        try:
            _add(before[1], runs, notes, intact)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            broken.append(before[0])

    for number, line in enumerate(_lines(log_file(assignment)), 1):
        event = _event(line)
        is_next = event is not None and event.get("previous") == head
        if not is_next:
            broken.append(number)
        if event is not None:  # half a line vouches for nothing; the one after it does
            add(intact=is_next)
            before = (number, event)
        head = line_hash(line)
        if head == until:
            break
    add(intact=True)
    return History(tuple(runs.values()), tuple(notes), tuple(sorted(set(broken))), head)


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


def _event(line: bytes) -> dict[str, Any] | None:
    """The event of a line; None for half a line or nonsense."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _add(
    event: dict[str, Any], runs: dict[str, Run], notes: list[dict[str, Any]], intact: bool
) -> None:
    """Add the event of one line to its run, or to the notes."""
    kind = event["event"]
    if kind == "begin":
        facts = {
            key: value for key, value in event.items() if key not in ("event", "previous", "run")
        }
        runs[event["run"]] = Run(event["run"], event["time"], facts, intact=intact)
    elif kind == "graded":
        result = submission_from_dict(event["result"])
        run = runs[event["run"]]
        run.entries[result.student] = Entry(
            event["time"],
            result,
            int(event["seed"]),
            str(event["handed"]),
            run.key,
            event.get("notebook"),
            intact,
        )
    elif kind == "end":
        run = runs[event["run"]]
        faults = int(event.get("verdicts", {}).get(Verdict.GRADER_ERROR, 0))
        runs[run.id] = replace(run, ended=event["time"], faults=faults)
    elif kind == "stopped":
        run = runs[event["run"]]
        sentences = f"{str(event['why']).rstrip('.')}. {event['remedy']}"
        runs[run.id] = replace(run, stopped=sentences.strip())
    else:
        notes.append(event)


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with open(path, "rb") as file:
            for line in file:
                yield line.removesuffix(b"\n")
    except FileNotFoundError:
        return
