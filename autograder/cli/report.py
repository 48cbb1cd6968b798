"""`autograder report`: report on a graded class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from autograder.cli.terminal import err, out, plain, short
from autograder.course.folders import Course
from autograder.course.notebook_names import few
from autograder.course.safe_text import label

if TYPE_CHECKING:
    from autograder.reports.failures import Group
    from autograder.reports.report import Report

MOST_FAILING = 5


@click.command()
@click.argument("name")
@click.option(
    "--out",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the page goes; the CSV files go beside it. [default: grading/reports/NAME.html]",
)
@click.option("--no-similarity", is_flag=True, help="Do not look for pairs whose code is close.")
@click.pass_context
def report(ctx: click.Context, name: str, page: Path | None, no_similarity: bool) -> None:
    """Report on NAME's last results: one HTML page, two CSV files, and the figures here.

    Exits with 1 where the log of grading has other results, or the gradebook other points.
    """
    from autograder.reports.files import write_report
    from autograder.reports.report import make_report

    course: Course = ctx.obj
    assignment = course.assignment(name)
    with err.status(f"reading what was graded of {name}"):
        summary = make_report(assignment, similarity=not no_similarity)
        paths = write_report(summary, page or course.grading / "reports" / f"{name}.html")
    for note in summary.notes:
        err.print(f"[bold]Note:[/] {plain(note)}", soft_wrap=True)
    _print_figures(summary)
    _print_tasks(summary)
    _print_groups("failed most often", summary.failing[:MOST_FAILING])
    _print_groups("flags", summary.flags, names=True)
    _print_groups("needs a human look", summary.look, names=True)
    out.print(f"changed by the last run: {len(summary.changes)} students")
    if summary.similarity:
        out.print(f"similar code, to be looked at: {summary.similarity.count} pairs")
    for path in paths:
        out.print(f"written: {short(path)}", soft_wrap=True)
    for doubt in summary.doubt_sentences:
        err.print(f"[bold red]Does not add up:[/] {plain(label(doubt))}", soft_wrap=True)
    if summary.doubts:
        err.print(f"[bold]Remedy:[/] autograder grade {plain(name)}")
    ctx.exit(1 if summary.doubts else 0)


def _print_figures(summary: Report) -> None:
    from autograder.reports.number_format import number

    verdicts = ", ".join(f"{len(group.students)} {group.name}" for group in summary.verdicts)
    _print(f"{len(summary.results.submissions)} students: {verdicts or 'none'}")
    s, t = summary.scores, summary.seconds
    _print(
        f"points of the {s.count} with a score to count: mean {number(s.mean)} of "
        f"{number(summary.max_score)}, median {number(s.median)}, quartiles {number(s.lower)} and "
        f"{number(s.upper)}, standard deviation {number(s.deviation)}"
    )
    _print(f"seconds a submission: median {number(t.median)}, slowest {number(t.maximum)}")
    _print(f"Cronbach’s alpha of {len(summary.cells)} test cells: {number(summary.alpha, 2)}")


def _print_tasks(summary: Report) -> None:
    from autograder.reports.number_format import number, percent

    table = Table("task", "success", "difficulty", "discrimination", box=None, pad_edge=False)
    for task in summary.tasks:
        figures = (number(task.difficulty, 2), number(task.discrimination, 2))
        table.add_row(plain(task.name), percent(task.success), *figures)
    out.print(table)


def _print_groups(title: str, groups: Sequence[Group], *, names: bool = False) -> None:
    """A line for each group: how many students, what they have in common, and who the first are."""
    _print(f"{title}:" if groups else f"{title}: nothing")
    for group in groups:
        who = f": {few(group.students)}" if names else ""
        _print(f"  {len(group.students):>4}  {group.name}{who}")


def _print(text: str) -> None:
    out.print(plain(label(text)), soft_wrap=True)
