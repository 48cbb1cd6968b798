"""Grade a class again under its earlier seeds, and say whose score changed and why.

A rehearsal does the same and writes nothing, so that a mended check can be looked at first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.batch import state
from autograder.batch.history import read_history
from autograder.batch.rehearsal import rehearse
from autograder.batch.run import BatchOptions, Progress, find_class, grade_submissions
from autograder.course.changes import Change, CommonLoss, common_losses, differences
from autograder.course.folders import Assignment
from autograder.course.results import Results


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

    `grade_class` and `BatchOptions` explain the keywords. A submission that was never graded, or
    was changed since, gets a new seed; one that was never graded counts as changed. If a regrade
    was interrupted, or met a fault of the grader, the next one resumes it and compares with the
    results from before the first.

    dry_run : only say what would change; gradebook, results and log stay as they are
    """
    submissions = find_class(assignment, submitted)
    with state.alone(assignment):
        history = read_history(assignment)
        unfinished = state.unfinished_regrade(history)
        before = read_history(assignment, until=unfinished or history.head).graded
        seeds = {student: entry.seed for student, entry in before.items()}
        options = BatchOptions(
            workers,
            scheduler,
            fresh=unfinished is None,
            seed=seed,
            seeds=seeds,
            trusted=trusted,
            tier=tier,
            regrade=unfinished or history.head,
        )
        if dry_run:
            results = rehearse(assignment, submissions, options, tell, say)
        else:
            results = grade_submissions(assignment, submissions, results_file, options, tell, say)
    changes = []
    for now in results.submissions:
        earlier = before[now.student].result if now.student in before else None
        if why := differences(earlier, now):
            score = None if earlier is None else earlier.score
            changes.append(Change(now.student, score, now.score, why))
    earlier_results = {student: entry.result for student, entry in before.items()}
    losses = common_losses(earlier_results, results.submissions)
    return RegradeResult(results, tuple(changes), losses)
