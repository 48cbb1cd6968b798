"""`autograder feedback`: make the pages that students get."""

from __future__ import annotations

import click

from autograder.commands.terminal import out, short
from autograder.course import Course


@click.command()
@click.argument("name")
@click.pass_obj
def feedback(course: Course, name: str) -> None:
    """Make the feedback pages of NAME's graded students."""
    from autograder.desk.feedback import make_feedback

    pages = make_feedback(course.assignment(name))
    out.print(f"feedback: {len(pages)} pages in {short(course.grading / 'feedback')}")
