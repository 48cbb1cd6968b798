"""What goes into grading one submission, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.course.folders import Assignment
from autograder.course.limits import Limits
from autograder.course.results import SubmissionResult
from autograder.course.submissions import Submission


@dataclass(frozen=True)
class Task:
    """All that grading a submission needs to know.

    assignment, submission : what is graded, and where it lies
    limits : what it may use
    seed : of the hidden inputs; the same seed asks the same questions
    tier : the protections it is run in, of `autograder.sandbox.jail.TIERS`
    """

    assignment: Assignment
    submission: Submission
    seed: int
    limits: Limits
    tier: str


@dataclass(frozen=True)
class Graded:
    """What grading a submission gave.

    result : points and verdict
    notebook : the executed notebook as JSON text; None where nothing was handed in
    handed : the `fingerprint` of exactly what was graded, whatever lies there by now
    """

    result: SubmissionResult
    notebook: str | None
    handed: str
