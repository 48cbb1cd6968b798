"""`autograder roster` and `autograder collect`: get the students and their submissions in."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from rich.table import Table

from autograder.cli.terminal import FILE, err, out, plain, short
from autograder.course.folders import Course

DONE = {
    "new": "new",
    "replaced": "replaced by a newer one",
    "corrected": "with a corrected time",
    "unchanged": "unchanged",
    "older": "older than what is there",
}


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--id-column",
    metavar="NAME",
    help="The column that students' folders are called by. [default: SIS Login ID, else SIS User "
    "ID, else ID; in Moodle ID number, else Username, else the address before its @]",
)
@click.option("--dry-run", is_flag=True, help="Show what would change and write nothing.")
@click.pass_obj
def roster(course: Course, file: Path, id_column: str | None, dry_run: bool) -> None:
    """Import the students in FILE, a list from Canvas or Moodle or a plain CSV.

    Who is known already is updated. Who is not on the list any more is named and stays.
    """
    from autograder.lms.people import roster_file
    from autograder.lms.roster import import_roster

    done = import_roster(course, file, id_column=id_column, write=not dry_run)
    table = Table("", "student", "name", "", box=None, pad_edge=False)
    for one in done.added:
        table.add_row("added", plain(one.student), plain(f"{one.first_name} {one.last_name}"), "")
    for student, what in done.changed:
        table.add_row("changed", plain(student), "", plain(what))
    for one in done.gone:
        name = f"{one.first_name} {one.last_name}"
        table.add_row("gone", plain(one.student), plain(name), "not on the list; kept")
    if table.row_count:
        out.print(table)
    out.print(
        f"{len(done.added)} added, {len(done.changed)} changed, {len(done.unchanged)} unchanged, "
        f"{len(done.gone)} gone"
    )
    if dry_run:
        out.print("dry run: nothing was written")
    else:
        out.print(f"roster: {short(roster_file(course))}", soft_wrap=True)


@click.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.argument("name")
@click.option("--worksheet", type=FILE, help="Moodle's grading worksheet: who is who, and when.")
@click.option(
    "--times",
    type=FILE,
    multiple=True,
    help="What Canvas's API says of the submissions: when. More than once for several pages.",
)
@click.option(
    "--zone",
    metavar="ZONE",
    help="The time zone of the worksheet's times, such as Europe/Berlin.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be done and write nothing.")
@click.pass_context
def collect(
    ctx: click.Context,
    file: Path,
    name: str,
    worksheet: Path | None,
    times: tuple[Path, ...],
    zone: str | None,
    dry_run: bool,
) -> None:
    """Put the submissions of NAME in FILE, a zip from Canvas or Moodle, into grading/submitted.

    The latest notebook of each student counts. What it replaces is kept in grading/collected.
    Exits with 1 when there are files that fit nobody.
    """
    from autograder.lms.collect import Sources
    from autograder.lms.collect import collect as collect_zip

    course: Course = ctx.obj
    sources = Sources(worksheet, times, _zone(zone))
    done = collect_zip(course.assignment(name), file, sources, write=not dry_run)
    table = Table("student", "", "handed in", "", box=None, pad_edge=False)
    for work in done.works:
        if dry_run or work.late or work.remarks or work.outcome in ("older", "corrected"):
            remarks = ("late", *work.remarks) if work.late else work.remarks
            cells = (work.student, DONE[work.outcome], _time(work), "; ".join(remarks))
            table.add_row(*map(plain, cells))
    if table.row_count:
        out.print(table)
    _unmatched(done)
    if done.missing:
        out.print(f"no submission of: {plain(', '.join(done.missing))}", soft_wrap=True)
    counts = Counter(work.outcome for work in done.works)
    parts = [f"{counts[key]} {said}" for key, said in DONE.items() if counts[key]]
    late = sum(work.late for work in done.works)
    out.print(
        f"{len(done.works)} submissions from {done.system.capitalize()}: "
        f"{', '.join(parts) or 'none'}; {late} late, {len(done.missing)} missing",
        soft_wrap=True,
    )
    _times(done)
    if counts["corrected"]:
        out.print(f"Times have changed: `autograder late {name}` settles the penalties.")
    if dry_run:
        out.print("dry run: nothing was written")
    if done.unmatched:
        err.print(
            f"[bold red]Not collected:[/] the files of {len(done.unmatched)} above.",
            soft_wrap=True,
        )
    ctx.exit(1 if done.unmatched else 0)


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return None if name is None else ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError, OSError):
        raise click.BadParameter(
            f"{name!r} is no time zone, such as Europe/Berlin or UTC", param_hint="--zone"
        ) from None


def _time(work) -> str:
    if not work.time:
        return "not known"
    return work.time if work.told else f"by {work.time}"


def _unmatched(done) -> None:
    for one in done.unmatched:
        for path in one.paths:
            out.print(f"[bold]unmatched:[/] {plain(path)}", soft_wrap=True)
        whose = f"of {one.student}: " if one.student else ""
        out.print(plain(f"    {whose}{one.why}. {one.remedy}"), soft_wrap=True)


def _times(done) -> None:
    """Say so where nobody knows when something was handed in."""
    bounded = [work for work in done.works if not work.told and work.outcome != "unchanged"]
    if not bounded:
        return
    late = sum(work.late for work in bounded)
    how = "--times SUBMISSIONS.json" if done.system == "canvas" else "--worksheet GRADES.csv"
    out.print(
        f"A zip does not say when things were handed in: {len(bounded)} times are no more than "
        f"the latest that is possible, {late} of them of late work. {how} says them exactly.",
        soft_wrap=True,
    )
