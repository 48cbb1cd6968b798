"""`autograder list` and `autograder release`: show the assignments, and release them."""

from __future__ import annotations

import json

import click
from rich.table import Table

from autograder.cli.terminal import err, out, short
from autograder.course.folders import Course


@click.command("list")
@click.pass_obj
def list_(course: Course) -> None:
    """List the assignments and whether each is released."""
    from autograder.authoring.release_record import is_built
    from autograder.course.cells import describe

    table = Table("assignment", "points", "manual", "released")
    for name in course.names:
        assignment = course.assignment(name)
        if is_built(assignment):
            cells = describe(json.loads(assignment.source.read_bytes()))
        else:
            from autograder.course.notebook_source import read_source  # heavy: jupytext

            cells = describe(read_source(assignment))
        manual = sum(cells.answers.values())
        released = "yes" if assignment.release.is_file() else "no"
        table.add_row(name, f"{cells.max_score:g}", f"{manual:g}", released)
    out.print(table)


@click.command()
@click.argument("names", nargs=-1)
@click.option("--fresh", is_flag=True, help="Prove again what is proved already.")
@click.pass_obj
def release(course: Course, names: tuple[str, ...], fresh: bool) -> None:
    """Build, prove and release assignments: NAMES, or all of them."""
    from autograder.authoring.release import release as release_assignment

    for name in names or course.names:
        assignment = course.assignment(name)
        with err.status(f"releasing {name}: running the solved and the untouched notebook"):
            outcome = release_assignment(assignment, fresh=fresh)
        verb = "released" if outcome.changed else "unchanged"
        points = f"{outcome.max_score:g} points and {outcome.manual:g} by hand"
        out.print(f"{verb}: {short(outcome.notebook)} ({points})", soft_wrap=True)
