"""Grade a class: map over its submissions, write each result as it comes, lose none.

What is done is not done again unless the submission, the assignment, the limits or the grader
changed: every result is kept beside a key of what it depended on.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from nbgrader.api import InvalidEntry
from sqlalchemy.exc import SQLAlchemyError

from autograder.authoring.release import require_current
from autograder.batch import audit_log, result_cache, state
from autograder.batch.executors import dask, local, run
from autograder.course.cells import Cells, describe
from autograder.course.errors import CourseError, UnknownAssignmentError
from autograder.course.folders import CONFIG, Assignment
from autograder.course.limits import load_limits
from autograder.course.records import Graded, Task
from autograder.course.results import Results, SubmissionResult, summarize, write_results
from autograder.course.submissions import Submission, find_submissions
from autograder.gradebook.late import load_policy, settle
from autograder.gradebook.sidecar import remarks
from autograder.gradebook.writer import GradebookWriter
from autograder.sandbox.isolation import choose

PAUSES = (0.05, 0.2, 0.8)  # seconds before the gradebook is tried again


@dataclass(frozen=True)
class Progress:
    """What a batch tells while it runs: how many of how many, and the latest result."""

    done: int
    total: int
    latest: SubmissionResult
    reused: bool


@dataclass(frozen=True)
class How:
    """How a batch is graded.

    workers : processes on this machine; without effect with a scheduler
    scheduler : the address of a Dask scheduler whose workers grade instead
    fresh : grade again what is done already
    seed : of the hidden inputs, for all submissions; by default drawn and written down
    seeds : by student, where some are to be graded under seeds of their own
    trusted : whether the code may be run where nothing protects from it
    tier : insist on one tier of `autograder.sandbox.jail.TIERS`
    """

    workers: int = 1
    scheduler: str | None = None
    fresh: bool = False
    seed: int | None = None
    seeds: Mapping[str, int] | None = None
    trusted: bool = False
    tier: str | None = None


def grade_class(
    assignment: Assignment,
    submitted: Path,
    results_file: Path,
    *,
    tell: Callable[[Progress], None] = lambda progress: None,
    **options: Any,
) -> Results:
    """Grade every submission in `submitted`; write the gradebook and `results_file`.

    The options are the fields of `How`. Raises `CourseError` before anything is graded when the
    folder, the release, the checks or the protections are not in order. After that every
    submission ends in a verdict.
    """
    submissions = find_class(assignment, submitted)
    with state.alone(assignment):
        return grade_these(assignment, submissions, results_file, How(**options), tell)


def grade_these(
    assignment: Assignment,
    submissions: list[Submission],
    results_file: Path,
    how: How,
    tell: Callable[[Progress], None],
) -> Results:
    """Grade these submissions; the caller keeps other batches out."""
    cells = describe(json.loads(assignment.release.read_bytes()))
    limits = load_limits(assignment.course)
    load_policy(assignment.course)  # a setting that makes no sense is said before all the work
    tier = choose(assignment.course.root / CONFIG, trusted=how.trusted, wanted=how.tier)
    with GradebookWriter(assignment) as writer:
        base = result_cache.base_key(assignment, limits, tier)
        seed = state.begin(assignment, base, how.seed, fresh=how.fresh)
        done: dict[str, SubmissionResult] = {}
        todo: list[Submission] = []
        for submission in submissions:
            before = None if how.fresh else result_cache.read(assignment, submission, base)
            if before is None:
                todo.append(submission)
            else:
                done[submission.student] = before
                tell(Progress(len(done), len(submissions), before, reused=True))

        def task(submission: Submission) -> Task:
            own = (how.seeds or {}).get(submission.student, seed)
            return Task(assignment, submission, own, limits, tier.name)

        run = audit_log.begin(
            assignment,
            seed=seed,
            tier=tier.name,
            protections=tier.protections,
            limits=asdict(limits),
            versions=audit_log.versions(),
            hashes={**audit_log.hashes(assignment), "all": base},
            options={"workers": how.workers, "scheduler": how.scheduler, "fresh": how.fresh},
            submissions=len(submissions),
            kept=len(done),
        )
        with _graders(how, len(todo)) as grade:
            for one, outcome in grade(map(task, todo)):
                result = _record(writer, one, outcome, base, cells, run)
                done[one.submission.student] = result
                tell(Progress(len(done), len(submissions), result, reused=False))
        writer.note_times(submissions)
    # Of what is kept as well: deadlines and extensions change without any work being graded.
    settle(assignment)
    ordered = tuple(_with_remarks(done[one.student], one) for one in submissions)
    results = Results(assignment.name, tier.protections, ordered)
    write_results(results_file, results)
    audit_log.end(assignment, run, verdicts=Counter(one.verdict for one in ordered))
    state.finish(assignment, faultless=not results.faults)
    return results


def find_class(assignment: Assignment, submitted: Path) -> list[Submission]:
    """The submissions in a folder, of an assignment that is released as it is now."""
    if not submitted.is_dir():
        raise UnknownAssignmentError(
            f"there is no folder {submitted}",
            "Put submissions at STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb in a folder "
            "and name it with --submitted.",
        )
    found = find_submissions(submitted, assignment.name)
    if not found:
        raise CourseError(
            f"{submitted} holds no student's folder",
            f"Expected {submitted}/STUDENT/{assignment.name}/{assignment.name}.ipynb.",
        )
    require_current(assignment)
    return found


@contextmanager
def _graders(how: How, count: int) -> Iterator[Callable]:
    """What maps tasks to results: here, or on a cluster."""
    if how.scheduler and count:
        with dask(how.scheduler) as (executor, width):
            yield lambda tasks: run(lambda: executor, width, tasks)
    else:
        workers = max(1, min(how.workers, count))
        yield lambda tasks: run(lambda: local(workers), lambda: workers, tasks)


def _record(
    writer: GradebookWriter, task: Task, outcome: Graded | str, base: str, cells: Cells, run: str
) -> SubmissionResult:
    """Write a result to the gradebook, to the trail and beside its key.

    A failure here is a fault of ours.
    """
    if isinstance(outcome, Graded) and outcome.result.verdict != "grader_error":
        try:
            _write(writer, outcome, task.submission)
        except (Exception, SystemExit) as error:  # nbgrader's steps may end with sys.exit
            why = str(error).partition("\n")[0]  # a database's error goes on with its statement
            outcome = f"the gradebook could not be written: {type(error).__name__}: {why}"
    if isinstance(outcome, str):
        outcome = _fault(task.submission, outcome, cells)
    # Before it is kept: no grade is used again that the trail does not know.
    audit_log.graded(task.assignment, run, outcome.result, seed=task.seed, handed=outcome.handed)
    if outcome.result.verdict == "grader_error":
        result_cache.forget(task.assignment, task.submission)
    else:
        result_cache.write(task, outcome, base)
    return outcome.result


def _write(writer: GradebookWriter, graded: Graded, submission: Submission) -> None:
    """Write to the gradebook; formgrader and other assignments' batches may be at it as well."""
    for pause in PAUSES:
        try:
            return writer.write(graded, submission)
        except (InvalidEntry, SQLAlchemyError):
            time.sleep(pause)
    return writer.write(graded, submission)


def _with_remarks(result: SubmissionResult, submission: Submission) -> SubmissionResult:
    """A result with flags for what lies beside the notebook, which may change without grading."""
    more = remarks(submission)
    return replace(result, flags=(*result.flags, *more)) if more else result


def _fault(submission: Submission, what: str, cells: Cells) -> Graded:
    result = summarize(
        submission.student, {}, verdict="grader_error", message=what, flags=submission.flags
    )
    return Graded(replace(result, max_score=cells.max_score), None, "")
