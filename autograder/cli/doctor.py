"""`autograder doctor`: show this machine's protections, and whether right answers earn points."""

from __future__ import annotations

import click
from rich.table import Table

from autograder.cli.terminal import err, out, plain


@click.command()
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Say which protections from students' code this machine gives, and how to get more.

    Grades the solved notebook of each released assignment under the limits of the course. Exits
    with 1 when one of them does not earn its points.
    """
    from autograder.batch.doctor import examine

    with err.status("trying each protection, then a right answer to each assignment"):
        diagnosis = examine(ctx.obj)
    for line in diagnosis.report:
        out.print(plain(line), soft_wrap=True)
    table = Table("protection", *(tier.name for tier in diagnosis.tiers), "what it prevents")
    for name, prevents in diagnosis.protections.items():
        marks = ("yes" if name in tier.protections else "–" for tier in diagnosis.tiers)
        table.add_row(name, *marks, prevents)
    out.print(table)
    for line in diagnosis.advice:
        out.print(plain(line), soft_wrap=True)
    for fault in diagnosis.faults:
        err.print(f"[bold red]Error:[/] {plain(str(fault))}", soft_wrap=True)
        err.print(f"[bold]Remedy:[/] {plain(fault.remedy)}", soft_wrap=True)
    ctx.exit(1 if diagnosis.faults else 0)
