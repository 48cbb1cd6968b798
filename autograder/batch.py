"""Grade a class: map over its submissions, write each result as it comes, lose none.

What is done is not done again unless the submission, the assignment or the grader changed: every
result is kept beside a key of what it depended on.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from autograder.course import Assignment
from autograder.errors import CourseError, SubmissionError, UnknownAssignmentError
from autograder.grade import Graded, grade_submission
from autograder.gradebook import GradebookWriter
from autograder.intake import Submission, find_submissions, read_bytes
from autograder.keys import assignment_key, digest
from autograder.release import require_current
from autograder.results import (
    Results,
    SubmissionResult,
    submission_from_dict,
    summarize,
    to_json,
    write_atomically,
)
from autograder.trusted import load_trusted

# A submission, and the key of what its result depends on.
Work = tuple[Submission, str]


@dataclass(frozen=True)
class Progress:
    """What a batch tells while it runs: how many of how many, and the latest result."""

    done: int
    total: int
    latest: SubmissionResult
    reused: bool


def grade_class(
    assignment: Assignment,
    submitted: Path,
    results_file: Path,
    *,
    workers: int = 1,
    fresh: bool = False,
    seed: int | None = None,
    tell: Callable[[Progress], None] = lambda progress: None,
) -> Results:
    """Grade every submission in `submitted`; write the gradebook and `results_file`.

    Raises `CourseError` before anything is graded when the folder, the release or the checks are
    not in order. After that every submission ends in a verdict.
    """
    submissions = _look_for(assignment, submitted)
    load_trusted(assignment)
    require_current(assignment)
    writer = GradebookWriter(assignment)
    writer.require_assignment()
    base = _base_key(assignment)
    done: dict[str, SubmissionResult] = {}
    todo: list[Work] = []
    for submission in submissions:
        key = _key(base, submission)
        kept = None if fresh else _kept(assignment, submission, key)
        if kept is None:
            todo.append((submission, key))
        else:
            done[submission.student] = kept
            tell(Progress(len(done), len(submissions), kept, reused=True))
    for submission, key, graded in _run(assignment, todo, workers, seed):
        result = _record(assignment, writer, submission, key, graded)
        done[submission.student] = result
        tell(Progress(len(done), len(submissions), result, reused=False))
    ordered = tuple(done[submission.student] for submission in submissions)
    results = Results(assignment.name, (), ordered)
    write_atomically(results_file, to_json(results))
    return results


def _look_for(assignment: Assignment, submitted: Path) -> list[Submission]:
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
    return found


def _run(
    assignment: Assignment, todo: list[Work], workers: int, seed: int | None
) -> Iterator[tuple[Submission, str, Graded]]:
    """Grade in worker processes; yield in order of completion, a fault as a `grader_error`."""
    broken: list[Work] = []
    with _executor(max(1, min(workers, len(todo)))) as pool:
        futures: dict[Future, Work] = {
            pool.submit(grade_submission, assignment, work[0], seed): work for work in todo
        }
        for future in as_completed(futures):
            try:
                yield *futures[future], _result(assignment, futures[future], future)
            except BrokenProcessPool:
                broken.append(futures[future])
    # A worker that dies takes its whole pool along. What was not finished is graded again, each in
    # a pool of its own, so that the one at fault is known and the others get their marks.
    for work in broken:
        with _executor(1) as pool:
            future = pool.submit(grade_submission, assignment, work[0], seed)
            try:
                graded = _result(assignment, work, future)
            except BrokenProcessPool:
                graded = _fault(assignment, work[0], "the grading process died")
        yield *work, graded


def _result(assignment: Assignment, work: Work, future: Future) -> Graded:
    try:
        return future.result()
    except BrokenProcessPool:
        raise
    except Exception as error:
        what = "".join(traceback.format_exception_only(error)).strip()
        return _fault(assignment, work[0], what)


def _executor(workers: int) -> Executor:
    # spawn: forking a process that already runs threads (torch, Jupyter) can deadlock the child.
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def _fault(assignment: Assignment, submission: Submission, what: str) -> Graded:
    result = summarize(
        submission.student, {}, verdict="grader_error", message=what, flags=submission.flags
    )
    most = load_trusted(assignment).cells.max_score
    return Graded(replace(result, max_score=most), None)


def _record(
    assignment: Assignment,
    writer: GradebookWriter,
    submission: Submission,
    key: str,
    graded: Graded,
) -> SubmissionResult:
    """Write a result to the gradebook and beside its key; a failure here is a fault of ours."""
    if graded.result.verdict != "grader_error":
        try:
            writer.write(graded, submission)
        except (Exception, SystemExit) as error:  # nbgrader's steps end with sys.exit on errors
            what = f"the gradebook could not be written: {type(error).__name__}: {error}"
            graded = _fault(assignment, submission, what)
    if graded.result.verdict == "grader_error":
        _kept_file(assignment, submission).unlink(missing_ok=True)
        return graded.result
    kept = {"key": key, "result": asdict(graded.result)}
    write_atomically(_kept_file(assignment, submission), json.dumps(kept, indent=1))
    return graded.result


def _kept_file(assignment: Assignment, submission: Submission) -> Path:
    return assignment.course.results / assignment.name / f"{submission.student}.json"


def _kept(assignment: Assignment, submission: Submission, key: str) -> SubmissionResult | None:
    """The result of an earlier run, if it depended on exactly what is there now."""
    try:
        kept = json.loads(_kept_file(assignment, submission).read_text(encoding="utf-8"))
        return submission_from_dict(kept["result"]) if kept["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _base_key(assignment: Assignment) -> bytes:
    """What every submission's result depends on: the assignment, its release and the grader."""
    return digest([assignment_key(assignment).encode(), assignment.release.read_bytes()]).encode()


def _key(base: bytes, submission: Submission) -> str:
    if submission.path is None:
        return digest([base])
    try:
        data = read_bytes(submission.path)
    except SubmissionError as error:
        data = str(error).encode()
    return digest([base, submission.path.name.encode(), data])
