"""Grade a class and write nothing, so that a mended check can be looked at before it counts."""

from __future__ import annotations

import json
from collections.abc import Callable

from autograder.batch import result_cache, state
from autograder.batch.history import read_history
from autograder.batch.run import (
    BatchOptions,
    Progress,
    fault,
    graders,
    out_of_reach,
    weaknesses,
)
from autograder.checks.loading import libraries_of
from autograder.course.cells import describe
from autograder.course.configuration import secret_places
from autograder.course.folders import Assignment
from autograder.course.limits import load_limits
from autograder.course.records import Task
from autograder.course.results import Results, SubmissionResult
from autograder.course.submissions import Submission
from autograder.sandbox.isolation import choose


def rehearse(
    assignment: Assignment,
    submissions: list[Submission],
    options: BatchOptions,
    tell: Callable[[Progress], None],
    say: Callable[[str], None],
) -> Results:
    """Grade these submissions and write nothing; raises what `grade_submissions` raises.

    A submission without a seed of its own is graded under one that is drawn and forgotten.
    """
    libraries = libraries_of(assignment)
    limits = load_limits(assignment.course)
    tier = choose(secret_places(assignment.course), trusted=options.trusted, wanted=options.tier)
    for sentence in (*weaknesses(tier), *out_of_reach(assignment)):
        say(sentence)
    cells = describe(json.loads(assignment.release.read_bytes()))
    history, seeds, new = read_history(assignment), options.seeds or {}, state.new_seed()

    def task(submission: Submission) -> Task:
        student = submission.student
        handed = result_cache.handed_in(submission)
        seed = state.student_seed(history, student, handed, seeds.get(student, new))
        return Task(assignment, submission, seed, limits, tier.name)

    by_student: dict[str, SubmissionResult] = {}
    with graders(options, tier, libraries, len(submissions)) as grade:
        for finished, outcome in grade(map(task, submissions)):
            if isinstance(outcome, str):
                outcome = fault(finished.submission, outcome, cells)
            by_student[finished.submission.student] = outcome.result
            done = len(by_student)
            tell(Progress(done, len(submissions), outcome.result, reused=False))
    ordered = (by_student[submission.student] for submission in submissions)
    return Results(assignment.name, tier.protections, tuple(ordered))
