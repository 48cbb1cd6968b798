"""`autograder totals`: the points of the whole term."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.cli.terminal import out, plain, short
from autograder.course.folders import Course


@click.command()
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the files go. [default: grading/exports/totals]",
)
@click.option("--dry-run", is_flag=True, help="Say what is open and write nothing.")
@click.pass_obj
def totals(course: Course, folder: Path | None, dry_run: bool) -> None:
    """Write the points of all students in all assignments, their totals, and the points of cells.

    Weights and dropped assignments are set by c.Totals in nbgrader_config.py.
    """
    from autograder.course.files import write_atomically
    from autograder.course.notebook_names import few
    from autograder.lms.totals import cells_sheet, read_rules, read_totals, totals_sheet

    rules, terms = read_rules(course), read_totals(course)
    names = sorted({name for term in terms for name in term.scores})
    for name in names:
        students: dict[str, list[str]] = {}
        for term in terms:
            if name in term.open:
                students.setdefault(term.open[name], []).append(term.person.student)
        weight = f"weight {rules.weight(name):g}"
        counts = "; ".join(f"{why}: {len(who)} ({few(who)})" for why, who in students.items())
        out.print(plain(f"{name} ({weight}): {counts or 'settled for everybody'}"), soft_wrap=True)
    known = [term.total for term in terms if term.total is not None]
    mean = f", mean {sum(known) / len(known):.1f} of {rules.out_of:g}" if known else ""
    dropped = f"; lowest shares dropped: {rules.drop_lowest} each" if rules.drop_lowest else ""
    out.print(f"{len(terms)} students, {len(known)} with a total{mean}{dropped}", soft_wrap=True)
    if dry_run:
        out.print("dry run: nothing was written")
        return
    place = folder or course.grading / "exports" / "totals"
    write_atomically(place / "totals.csv", totals_sheet(terms), mode=0o600)
    for name in names:
        write_atomically(place / f"{name}.csv", cells_sheet(course.assignment(name)), mode=0o600)
    out.print(f"written: {short(place)}/totals.csv, and one file for each assignment's cells")
