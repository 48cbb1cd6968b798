"""`autograder export`: grades for other systems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from autograder.cli.late import show_penalties
from autograder.cli.terminal import FILE, err, named_columns, out, plain, short
from autograder.course.folders import Course
from autograder.lms.systems import WITH_GRADES

if TYPE_CHECKING:
    from autograder.lms.grades import GradeLine, Problem

FEW = 3  # students who have a line of their own each


@click.command()
@click.argument("name")
@click.option(
    "--format",
    type=click.Choice(WITH_GRADES),
    required=True,
    help="Which system the file is for; csv is what `nbgrader export` writes.",
)
@click.option(
    "--into", type=FILE, help="The gradebook or worksheet downloaded there, to be filled."
)
@click.option(
    "--out",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the file goes besides grading/exports/NAME/.",
)
@click.option(
    "--columns",
    multiple=True,
    metavar="FIELD=HEADING,…",
    help="With --format csv: which column is which in a file of any other system, as in "
    "'student=Number,points=Grade'.",
)
@click.option("--column", help="The column to fill; by default the one called like NAME, or Grade.")
@click.option("--dry-run", is_flag=True, help="Show what would change and write nothing.")
@click.option(
    "--allow-ungraded",
    is_flag=True,
    help="Count cells that wait for a person as 0, and leave out what is not graded.",
)
@click.option(
    "--only-complete",
    is_flag=True,
    help="Leave out students of whom a cell waits for a person.",
)
@click.option("--no-drafts", is_flag=True, help="Leave out work never submitted on its platform.")
@click.option("--no-comments", is_flag=True, help="Leave the file's column of comments as it is.")
@click.option(
    "--allow-unmatched", is_flag=True, help="Leave out students whom the file does not have."
)
@click.option(
    "--missing",
    type=click.Choice(["blank", "zero"]),
    default="blank",
    show_default=True,
    help="What students without a submission get.",
)
@click.option("--scale", is_flag=True, help="Convert to the maximum of the file.")
@click.option("--cap", is_flag=True, help="Give the maximum where a score is above it.")
@click.option(
    "--decimal",
    type=click.Choice(["point", "comma"]),
    help="The sign before decimals; by default what the file has.",
)
@click.option("--replace", is_flag=True, help="Let --out be the file that is filled.")
@click.option(
    "--submitted",
    type=click.Path(path_type=Path),
    help="Folder of what was graded. [default: grading/submitted]",
)
@click.pass_context
def export(
    ctx: click.Context,
    name: str,
    format: str,
    into: Path | None,
    target: Path | None,
    columns: tuple[str, ...],
    column: str | None,
    dry_run: bool,
    allow_ungraded: bool,
    only_complete: bool,
    no_drafts: bool,
    no_comments: bool,
    allow_unmatched: bool,
    missing: str,
    scale: bool,
    cap: bool,
    decimal: str | None,
    replace: bool,
    submitted: Path | None,
) -> None:
    """Write NAME's grades as a learning platform or a spreadsheet takes them.

    Exits with 1 and writes nothing while work is not graded or a grade has no place in the file.
    """
    from autograder.lms.export import plan, write
    from autograder.lms.grades import ExportOptions

    options = ExportOptions(
        column=column,
        allow_ungraded=allow_ungraded,
        only_complete=only_complete,
        drafts=not no_drafts,
        comments=not no_comments,
        allow_unmatched=allow_unmatched,
        missing=missing,
        scale=scale,
        cap=cap,
        decimal=None if decimal is None else {"comma": ",", "point": "."}[decimal],
    )
    course: Course = ctx.obj
    assignment = course.assignment(name)
    if columns and format != "csv":
        raise click.UsageError("--columns goes with --format csv")
    planned = plan(
        assignment,
        format,
        options,
        into=into,
        columns=named_columns(columns),
        submitted=submitted,
    )
    changed = [line for line in planned.filled.lines if line.changed]
    if dry_run:
        _show_lines(changed)
    show_penalties(planned.penalties, "penalty by the policy now")
    _show_problems(planned.problems)
    count = len(planned.filled.lines)
    if into is None:
        out.print(f"{len(changed)} students with a grade")
    else:
        out.print(f"{count} students: {len(changed)} changed, {count - len(changed)} unchanged")
    if planned.blocked:
        err.print(
            f"[bold red]Not written:[/] {len(planned.blocked)} of these keep it incomplete. Mend "
            "them, or leave them out with --only-complete, --allow-ungraded and --allow-unmatched.",
            soft_wrap=True,
        )
        ctx.exit(1)
    if dry_run:
        out.print("dry run: nothing was written")
        return
    exported = write(planned, target, into=into, replace=replace)
    out.print(f"export: {short(exported.path)}", soft_wrap=True)
    if exported.copy != exported.path:
        out.print(f"copy: {short(exported.copy)}", soft_wrap=True)
    out.print(f"sha256: {exported.sha256}", soft_wrap=True)


def _show_lines(lines: Sequence[GradeLine]) -> None:
    table = Table("student", "name", "was", "is", box=None, pad_edge=False)
    for line in lines:
        table.add_row(*map(plain, (line.student, line.name, line.before or "–", line.now or "–")))
    if lines:
        out.print(table)


def _show_problems(problems: Sequence[Problem]) -> None:
    table = Table("", "student", "", box=None, pad_edge=False)
    by_reason: dict[tuple[bool, str], list[str]] = {}
    for problem in sorted(problems, key=lambda problem: not problem.blocks):
        reason = (problem.blocks, f"{problem.kind}: {problem.reason}")
        by_reason.setdefault(reason, []).append(problem.student or "–")
    for (blocks, sentence), students in by_reason.items():
        mark = "[bold red]blocks[/]" if blocks else "note"
        # One line for all who have the same, where they are more than a few.
        together = len(students) > FEW
        for who in [", ".join(students)] if together else students:
            table.add_row(mark, plain(who), plain(sentence))
    if problems:
        out.print(table)
        counts = Counter(problem.kind for problem in problems)
        out.print("; ".join(f"{count} {plain(kind)}" for kind, count in counts.items()))
