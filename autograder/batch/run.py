"""Grade a class: map over its submissions, write each result as it comes, lose none.

A submission is not graded again unless it, the assignment, the limits or the code that grades
changed: the log has every result with a key of what it depended on. Where the log was written in,
or the gradebook has other points, the submission is graded again and flagged.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.authoring.release_record import built_key, require_current
from autograder.batch import audit_log, result_cache, state
from autograder.batch.agreement import doubts
from autograder.batch.executors import Outcomes, dask, local, run, start_server, warm_up
from autograder.batch.history import Entry, History, read_history
from autograder.checks.loading import imported_roots, libraries_of
from autograder.course.cells import Cells, describe
from autograder.course.configuration import secret_places
from autograder.course.errors import CourseError, UnknownAssignmentError
from autograder.course.faults import course_error, stops_everything
from autograder.course.folders import Assignment
from autograder.course.limits import load_limits
from autograder.course.records import Graded, Task
from autograder.course.results import Results, SubmissionResult, summarize, write_results
from autograder.course.student_names import twin_flags
from autograder.course.submissions import Submission, find_submissions
from autograder.sandbox.file_view import not_in_a_jail
from autograder.sandbox.isolation import Tier, choose, how_to_get
from autograder.sandbox.libraries import Libraries

if TYPE_CHECKING:
    from autograder.gradebook.writer import GradebookWriter

PAUSES = (0.05, 0.2, 0.8)  # seconds before the gradebook is tried again


@dataclass(frozen=True)
class Progress:
    """What a batch reports while it runs.

    done, total : the number of submissions that have their result, and of all
    latest : the result that came last
    reused : whether it is the result of an earlier batch
    """

    done: int
    total: int
    latest: SubmissionResult
    reused: bool


@dataclass(frozen=True)
class BatchOptions:
    """How a batch is graded; `grade_class` and `regrade` take the fields as keywords.

    workers : processes on this machine; without effect with a scheduler
    scheduler : the address of a Dask scheduler whose workers grade instead
    fresh : grade again even where a cached result is up to date
    seed : of the hidden inputs, for all submissions; by default drawn and written down
    seeds : by student, where some are to be graded under seeds of their own; a student whose file
        has changed since gets another
    trusted : whether the code may be run without protection
    tier : insist on one tier of `autograder.sandbox.jail.TIERS`
    regrade : of a regrade, the hash of the log as it was before
    """

    workers: int = 1
    scheduler: str | None = None
    fresh: bool = False
    seed: int | None = None
    seeds: Mapping[str, int] | None = None
    trusted: bool = False
    tier: str | None = None
    regrade: str | None = None


def grade_class(
    assignment: Assignment,
    submitted: Path,
    results_file: Path,
    *,
    tell: Callable[[Progress], None] = lambda progress: None,
    say: Callable[[str], None] = lambda sentence: None,
    workers: int = 1,
    scheduler: str | None = None,
    fresh: bool = False,
    seed: int | None = None,
    trusted: bool = False,
    tier: str | None = None,
) -> Results:
    """Grade every submission in `submitted`; write the gradebook and `results_file`.

    `tell` is called after each submission, and `say` before the first with what is to be known of
    this batch, in sentences; `BatchOptions` explains the other keywords.

    Raises `CourseError` before anything is graded when the folder, the release, the checks or the
    protections are not in order. After that every submission ends in a verdict.
    """
    options = BatchOptions(workers, scheduler, fresh, seed, None, trusted, tier)
    submissions = find_class(assignment, submitted)
    with state.alone(assignment):
        return grade_submissions(assignment, submissions, results_file, options, tell, say)


def grade_submissions(
    assignment: Assignment,
    submissions: list[Submission],
    results_file: Path,
    options: BatchOptions,
    tell: Callable[[Progress], None],
    say: Callable[[str], None],
) -> Results:
    """Grade these submissions; the caller keeps other batches out with `state.alone`."""
    libraries = libraries_of(assignment)
    if min(options.workers, len(submissions)) == 1 and not options.scheduler:
        start_server(1, libraries)  # it takes as long to start as what comes before the first task
    limits = load_limits(assignment.course)
    tier = choose(secret_places(assignment.course), trusted=options.trusted, wanted=options.tier)
    for sentence in (*weaknesses(tier), *out_of_reach(assignment)):
        say(sentence)
    parts = result_cache.dependencies(assignment, limits, tier)
    base = result_cache.base_key(parts)
    history, built = read_history(assignment), built_key(assignment)
    handed = {submission.student: result_cache.handed_in(submission) for submission in submissions}
    logged = {} if options.fresh else history.entries
    kept = {
        student: entry
        for student, entry in logged.items()
        if student in handed and result_cache.is_current(entry, handed[student], base)
    }
    todo = [submission for submission in submissions if submission.student not in kept]
    if not options.fresh:
        for sentence in _reasons(history, handed, kept, parts):
            say(sentence)
    with ExitStack() as stack:
        grade = stack.enter_context(graders(options, tier, libraries, len(todo)))
        # nbgrader takes seconds to import; the first worker starts its jail meanwhile.
        from autograder.gradebook.late import load_policy, settle
        from autograder.gradebook.sidecar import remarks
        from autograder.gradebook.writer import GradebookWriter

        load_policy(assignment.course)  # raises for a setting that makes no sense
        cells = describe(json.loads(assignment.release.read_bytes()))
        with GradebookWriter(assignment) as writer:
            marks = {mark.student: mark for mark in writer.marks()} if kept else {}
            doubtful = {
                student: why
                for student, entry in kept.items()
                if (why := doubts(entry, marks.get(student), writer.notebook(student)))
            }
            if doubtful and not todo:
                grade = stack.enter_context(graders(options, tier, libraries, len(doubtful)))
            todo += [submission for submission in submissions if submission.student in doubtful]
            by_student = {
                student: entry.result for student, entry in kept.items() if student not in doubtful
            }
            seed = state.batch_seed(history, base, options.seed, fresh=options.fresh)

            def task(submission: Submission) -> Task:
                student, its_seed = submission.student, seed
                if options.seeds and student in options.seeds:
                    its_seed = options.seeds[student]
                if options.seed is None:
                    its_seed = state.student_seed(history, student, handed[student], its_seed)
                return Task(assignment, submission, its_seed, limits, tier.name)

            run_id = audit_log.begin(
                assignment,
                seed=seed,
                tier=tier.name,
                protections=tier.protections,
                limits=asdict(limits),
                versions=audit_log.versions(),
                hashes={**audit_log.hashes(assignment), "all": base, "built": built},
                dependencies=parts,
                options={
                    "workers": options.workers,
                    "scheduler": options.scheduler,
                    "fresh": options.fresh,
                },
                regrade=options.regrade,
                submissions=len(submissions),
                kept=len(by_student),
            )
            stack.enter_context(audit_log.noting_stops(assignment, run_id))
            for number, result in enumerate(by_student.values(), 1):
                tell(Progress(number, len(submissions), result, reused=True))
            for finished, outcome in grade(map(task, todo)):
                student = finished.submission.student
                before = history.graded.get(student)
                outcome = _flagged(outcome, doubtful.get(student, ()))
                result = _record(writer, finished, outcome, cells, run_id, before)
                by_student[student] = result
                tell(Progress(len(by_student), len(submissions), result, reused=False))
            writer.note_times(submissions)
            twins = twin_flags(handed, writer.students())
    # Also for cached results: deadlines and extensions change without any grading.
    settle(assignment)
    # The class and the files beside the notebooks change too, so these flags are added anew.
    ordered = tuple(
        _with_flags(
            by_student[submission.student],
            (*remarks(submission), *twins.get(submission.student, ())),
        )
        for submission in submissions
    )
    results = Results(assignment.name, tier.protections, ordered)
    write_results(results_file, results)
    audit_log.end(assignment, run_id, verdicts=Counter(result.verdict for result in ordered))
    return results


def weaknesses(tier: Tier) -> Iterator[str]:
    """Why this batch is protected less well than it could be, if it is."""
    if tier.stronger:
        yield (
            f"students' code runs {tier.name} here, as {'; '.join(tier.stronger)}. "
            f"{how_to_get(tier.stronger)}"
        )


def out_of_reach(assignment: Assignment) -> Iterator[str]:
    """What the notebook imports and no jail of this machine can read, with the remedy."""
    return filter(None, map(not_in_a_jail, sorted(imported_roots(assignment))))


def _reasons(
    history: History, handed: Mapping[str, str], kept: Collection[str], now: dict[str, str]
) -> Iterator[str]:
    """How many submissions are graded again, and why; nothing where all are graded first.

    handed : the fingerprints of all submissions, by student
    kept : the students whose results are up to date
    now : what results depend on
    """
    before = {run.key: run.dependencies for run in history.runs}
    counts: Counter[tuple[str, ...]] = Counter()
    for student in handed.keys() - kept:
        entry = history.entries.get(student)
        earlier = before.get(entry.base, {}) if entry else {}
        counts[result_cache.why_graded(entry, handed[student], earlier, now)] += 1
    if not counts or set(counts) == {(result_cache.NEW,)}:
        return
    parts = []
    for word in (result_cache.NEW, result_cache.ANEW):
        if count := counts.get((word,), 0):
            parts.append(f"{count} {word}")
    for why, count in counts.most_common():
        if not {result_cache.NEW, result_cache.ANEW}.intersection(why):
            changed = " and ".join(why) or "what they depend on"
            parts.append(f"{count} again, because of changes in {changed}")
    yield f"{counts.total()} of {len(handed)} are graded: {', '.join(parts)}"


def find_class(assignment: Assignment, submitted: Path) -> list[Submission]:
    """The submissions in a folder, of an assignment that is released as it is now."""
    if not submitted.is_dir():
        raise UnknownAssignmentError(
            f"there is no folder {submitted}",
            "Put submissions at STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb in a folder "
            "and name it with --submitted.",
        )
    submissions = find_submissions(submitted, assignment.name, *assignment.editions)
    if not submissions:
        raise CourseError(
            f"{submitted} holds no student's folder",
            f"Expected {submitted}/STUDENT/{assignment.name}/{assignment.name}.ipynb.",
        )
    require_current(assignment, read_history(assignment).built)
    return submissions


@contextmanager
def graders(
    options: BatchOptions, tier: Tier, libraries: Libraries, count: int
) -> Iterator[Callable[[Iterable[Task]], Outcomes]]:
    """A function that maps `count` tasks to results on this machine or on a cluster.

    libraries : those of the jails

    Processes of this machine are started at once, so that they are ready when the caller is.
    """
    if not count:
        yield lambda tasks: iter(())
    elif options.scheduler:
        with dask(options.scheduler) as (executor, width):
            yield lambda tasks: run(lambda: executor, width, tasks)
    else:
        workers = max(1, min(options.workers, count))
        first = local(workers, libraries)
        warming = warm_up(first, tier.name, libraries)
        pools = chain([first], iter(lambda: local(workers, libraries), None))
        try:
            yield lambda tasks: run(lambda: next(pools), lambda: workers, tasks)
        finally:
            warming.join()
            first.shutdown(wait=True, cancel_futures=True)


def _flagged(outcome: Graded | str, why: tuple[str, ...]) -> Graded | str:
    """The outcome with a flag for each doubt about the result that it replaces."""
    if isinstance(outcome, str) or not why:
        return outcome
    flags = tuple(f"kept result: {sentence}; graded again" for sentence in why)
    return replace(outcome, result=_with_flags(outcome.result, flags))


def _record(
    writer: GradebookWriter,
    task: Task,
    outcome: Graded | str,
    cells: Cells,
    run_id: str,
    before: Entry | None,
) -> SubmissionResult:
    """Write a result to the gradebook and the log.

    before : the log's entry of the result that it replaces
    If the gradebook refuses it, the result becomes a `grader_error`. Raises `CourseError` when no
    result could be written, as where the disk is full or the gradebook is locked.
    """
    if isinstance(outcome, Graded) and outcome.result.verdict != "grader_error":
        try:
            _write(writer, outcome, task.submission, before.notebook if before else None)
        except (Exception, SystemExit) as error:  # nbgrader's steps may end with sys.exit
            if stops_everything(error) and (trouble := course_error(error)):
                raise trouble from error
            why = str(error).partition("\n")[0]  # a database's error goes on with its statement
            outcome = f"the gradebook could not be written: {type(error).__name__}: {why}"
    if isinstance(outcome, str):
        outcome = fault(task.submission, outcome, cells)
    audit_log.graded(
        task.assignment,
        run_id,
        outcome.result,
        seed=task.seed,
        handed=outcome.handed,
        notebook=outcome.notebook,
    )
    return outcome.result


def _write(
    writer: GradebookWriter, graded: Graded, submission: Submission, before: str | None
) -> None:
    """Write to the gradebook, and try again if formgrader or another batch is writing too."""
    from nbgrader.api import InvalidEntry
    from sqlalchemy.exc import SQLAlchemyError

    for pause in PAUSES:
        try:
            return writer.write(graded, submission, before)
        except (InvalidEntry, SQLAlchemyError):
            time.sleep(pause)
    return writer.write(graded, submission, before)


def _with_flags(result: SubmissionResult, flags: tuple[str, ...]) -> SubmissionResult:
    return replace(result, flags=(*result.flags, *flags)) if flags else result


def fault(submission: Submission, message: str, cells: Cells) -> Graded:
    result = summarize(
        submission.student, {}, verdict="grader_error", message=message, flags=submission.flags
    )
    return Graded(replace(result, max_score=cells.max_score), None, "")
