"""`autograder new`: begin an assignment."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.cli.terminal import out, short
from autograder.course.errors import CourseError
from autograder.course.folders import Course, find_course


@click.command()
@click.argument("name")
@click.pass_context
def new(ctx: click.Context, name: str) -> None:
    """Begin the assignment NAME with a small one that works, to be replaced cell by cell.

    In a folder that is no course, it begins a course as well.
    """
    from autograder.authoring.new import new_assignment

    place: Path | None = ctx.obj
    try:
        course = find_course(place)
    except CourseError:
        course = Course((place or Path.cwd()).resolve())
    begun = new_assignment(course, name)
    for path in begun.written:
        out.print(f"written: {short(path)}", soft_wrap=True)
    out.print(f"Now edit them, and try them with: autograder release {name}", soft_wrap=True)
