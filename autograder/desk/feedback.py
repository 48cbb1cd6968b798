"""Make the feedback pages that students get, by nbgrader's own generate_feedback."""

from __future__ import annotations

from pathlib import Path

from nbgrader.converters import GenerateFeedback

from autograder.course import Assignment
from autograder.errors import CourseError
from autograder.stocktools import load_config, run


def make_feedback(assignment: Assignment) -> list[Path]:
    """One HTML page for each graded student; returns their paths.

    Raises `CourseError` when nothing has been graded yet, or when nbgrader cannot make a page.
    """
    config = load_config(assignment.course)
    config.CourseDirectory.assignment_id = assignment.name
    folder = assignment.course.grading / "autograded"
    if not any(folder.glob(f"*/{assignment.name}/{assignment.name}.ipynb")):
        raise CourseError(
            f"nothing of {assignment.name} has been graded",
            f"Grade it first: autograder grade {assignment.name}",
        )
    try:
        run(GenerateFeedback, config)
    except (Exception, SystemExit) as error:
        raise CourseError(f"nbgrader could not make feedback: {error}") from error
    pages = assignment.course.grading / "feedback"
    return sorted(pages.glob(f"*/{assignment.name}/{assignment.name}.html"))
