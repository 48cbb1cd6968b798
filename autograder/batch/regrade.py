"""Grade a class again under the seeds of before, and say whose score changed and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.batch import result_cache, state
from autograder.batch.result_cache import CachedResult
from autograder.batch.run import BatchOptions, Progress, find_class, grade_submissions
from autograder.course.changes import Change, differences
from autograder.course.files import write_atomically
from autograder.course.folders import Assignment
from autograder.course.results import Results, submission_from_dict


@dataclass(frozen=True)
class RegradeResult:
    """The new results, and what is different about them."""

    results: Results
    changes: tuple[Change, ...]


def regrade(
    assignment: Assignment,
    submitted: Path,
    results_file: Path,
    *,
    tell: Callable[[Progress], None] = lambda progress: None,
    workers: int = 1,
    scheduler: str | None = None,
    seed: int | None = None,
    trusted: bool = False,
    tier: str | None = None,
) -> RegradeResult:
    """Grade every submission again; each gets the hidden inputs that it had.

    `BatchOptions` explains the keywords. A submission that was never graded gets a new seed and
    counts as changed. A regrade that was cut off, or that met a fault of the grader, is gone on
    with by the next, which compares with what there was before the first.
    """
    submissions = find_class(assignment, submitted)
    with state.alone(assignment):
        notes = state.before_regrade(assignment)
        begun = _read(notes)
        before = {**result_cache.everything(assignment), **begun}
        _write(notes, before)
        seeds = {student: one.seed for student, one in before.items()}
        options = BatchOptions(workers, scheduler, not begun, seed, seeds, trusted, tier)
        results = grade_submissions(assignment, submissions, results_file, options, tell)
    changes = []
    for now in results.submissions:
        was = before[now.student].result if now.student in before else None
        why = differences(was, now)
        if why:
            score = None if was is None else was.score
            changes.append(Change(now.student, score, now.score, why))
    return RegradeResult(results, tuple(changes))


def _write(notes: Path, before: dict[str, CachedResult]) -> None:
    whole = {student: asdict(one) for student, one in before.items()}
    write_atomically(notes, json.dumps(whole), mode=0o600)


def _read(notes: Path) -> dict[str, CachedResult]:
    try:
        whole = json.loads(notes.read_text(encoding="utf-8"))
        return {
            student: CachedResult(submission_from_dict(one["result"]), one["seed"])
            for student, one in whole.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
