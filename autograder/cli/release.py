"""`autograder list` and `autograder release`: show the assignments, and release them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.table import Table

from autograder.cli.terminal import err, out, short
from autograder.course.folders import Course

if TYPE_CHECKING:
    from autograder.course.cells import Cells


@click.command("list")
@click.pass_obj
def list_(course: Course) -> None:
    """List the assignments with their points, as released, or as written where none is.

    Points are given by machine, by hand, and together.
    """
    from autograder.authoring.release_record import changed_since
    from autograder.course.cells import describe
    from autograder.course.released_notebook import read_released

    def written() -> Cells:
        from autograder.course.notebook_source import read_source  # heavy: jupytext

        return describe(read_source(assignment))

    table = Table()
    for heading in ("assignment", "by machine", "by hand", "sum"):
        table.add_column(heading, no_wrap=True, overflow="fold")
    table.add_column("released", overflow="fold")  # which alone wraps in a narrow terminal
    for name in course.names:
        assignment = course.assignment(name)
        if not assignment.release.is_file():
            cells, released = written(), "no"
        else:
            cells, released = describe(read_released(assignment.release)), "yes"
            if change := changed_since(assignment):
                now = written()
                released = f"yes, before {change} changed"
                if (now.tests, now.answers) != (cells.tests, cells.answers):
                    released += f" to {now.max_score:g} and {_manual(now):g}"
        points = (cells.max_score, _manual(cells), cells.max_score + _manual(cells))
        table.add_row(name, *(f"{number:g}" for number in points), released)
    out.print(table)


def _manual(cells: Cells) -> float:
    return sum(cells.answers.values())


@click.command()
@click.argument("names", nargs=-1)
@click.option("--fresh", is_flag=True, help="Prove again what is proved already.")
@click.pass_obj
def release(course: Course, names: tuple[str, ...], fresh: bool) -> None:
    """Build, prove and release assignments: NAMES, or all of them."""
    from autograder.authoring.release import release as release_assignment

    for name in names or course.names:
        assignment = course.assignment(name)
        doing = f"{name}: running its checks, the solved and the untouched notebook …"
        if not err.is_terminal:  # where the line below does not show
            err.print(doing, soft_wrap=True)
        with err.status(doing):
            outcome = release_assignment(assignment, fresh=fresh)
        verb = "released" if outcome.changed else "unchanged"
        points = f"{outcome.max_score:g} points and {outcome.manual:g} by hand"
        out.print(f"{verb}: {short(outcome.notebook)} ({points})", soft_wrap=True)
