"""Grade a class again under its earlier seeds, and say whose score changed and why.

A rehearsal does the same and writes nothing, so that a mended check can be looked at first.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.batch import result_cache, state
from autograder.batch.result_cache import CachedResult
from autograder.batch.run import BatchOptions, Progress, find_class, grade_submissions, rehearse
from autograder.course.changes import Change, CommonLoss, common_losses, differences
from autograder.course.files import write_atomically
from autograder.course.folders import Assignment
from autograder.course.results import Results, submission_from_dict


@dataclass(frozen=True)
class RegradeResult:
    """The new results, and how they differ from the earlier ones.

    losses : the cells that nearly everyone newly loses
    """

    results: Results
    changes: tuple[Change, ...]
    losses: tuple[CommonLoss, ...]


def regrade(
    assignment: Assignment,
    submitted: Path,
    results_file: Path,
    *,
    tell: Callable[[Progress], None] = lambda progress: None,
    say: Callable[[str], None] = lambda sentence: None,
    workers: int = 1,
    scheduler: str | None = None,
    seed: int | None = None,
    trusted: bool = False,
    tier: str | None = None,
    dry_run: bool = False,
) -> RegradeResult:
    """Grade every submission again; each gets the hidden inputs that it had.

    `grade_class` and `BatchOptions` explain the keywords. A submission that was never graded gets a
    new seed and counts as changed. If a regrade was interrupted, or met a fault of the grader, the
    next one resumes it and compares with the results from before the first.

    dry_run : only say what would change; gradebook, results and log stay as they are
    """
    submissions = find_class(assignment, submitted)
    with state.alone(assignment):
        notes = state.before_regrade(assignment)
        unfinished = _read(notes)
        before = {**result_cache.everything(assignment), **unfinished}
        seeds = {student: cached.seed for student, cached in before.items()}
        options = BatchOptions(workers, scheduler, not unfinished, seed, seeds, trusted, tier)
        if dry_run:
            results = rehearse(assignment, submissions, options, tell, say)
        else:
            _write(notes, before)
            results = grade_submissions(assignment, submissions, results_file, options, tell, say)
    changes = []
    for now in results.submissions:
        earlier = before[now.student].result if now.student in before else None
        if why := differences(earlier, now):
            score = None if earlier is None else earlier.score
            changes.append(Change(now.student, score, now.score, why))
    earlier_results = {student: cached.result for student, cached in before.items()}
    losses = common_losses(earlier_results, results.submissions)
    return RegradeResult(results, tuple(changes), losses)


def _write(notes: Path, before: dict[str, CachedResult]) -> None:
    records = {student: asdict(cached) for student, cached in before.items()}
    write_atomically(notes, json.dumps(records), mode=0o600)


def _read(notes: Path) -> dict[str, CachedResult]:
    try:
        records = json.loads(notes.read_text(encoding="utf-8"))
        return {
            student: CachedResult(submission_from_dict(record["result"]), record["seed"])
            for student, record in records.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
