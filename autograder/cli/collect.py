"""`autograder roster` and `autograder collect`: import the students and their submissions."""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
from rich.table import Table

from autograder.cli.terminal import FILE, err, named_columns, out, plain, short, time_zone
from autograder.course.folders import Course

if TYPE_CHECKING:
    from autograder.lms.collect import CollectedSubmission, Collection

OUTCOMES = {
    "new": "new",
    "replaced": "replaced by a newer one",
    "corrected": "with a corrected time",
    "unchanged": "unchanged",
    "older": "older than what is there",
}
LISTED = ("replaced", "older", "corrected")  # outcomes that have a row of their own
TIME = "%Y-%m-%d %H:%M:%S %Z"
MOST_ADDED = 5  # students that an import lists; a dry run lists all


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--id-column",
    metavar="NAME",
    help="The column that students' folders are called by. [default: SIS Login ID, else SIS User "
    "ID, else ID; in Moodle ID number, else Username, else the address before its @]",
)
@click.option(
    "--columns",
    multiple=True,
    metavar="FIELD=HEADING,…",
    help="Which column is which in any other CSV, as in 'student=SID,email=E-Mail,full_name=Name'.",
)
@click.option("--accept-ids", is_flag=True, help="Take ids that look damaged by a spreadsheet.")
@click.option("--withdraw-absent", is_flag=True, help="Mark who is not on the list as withdrawn.")
@click.option("--dry-run", is_flag=True, help="Show what would change and write nothing.")
@click.pass_obj
def roster(
    course: Course,
    file: Path,
    id_column: str | None,
    columns: tuple[str, ...],
    accept_ids: bool,
    withdraw_absent: bool,
    dry_run: bool,
) -> None:
    """Import the students in FILE, a list of any learning platform or another CSV.

    Students who are in the course already are updated. Those who are not on the list any more are
    named and stay.
    """
    from autograder.lms.people import roster_file
    from autograder.lms.roster import import_roster

    imported = import_roster(
        course,
        file,
        id_column=id_column,
        columns=named_columns(columns),
        accept_ids=accept_ids,
        withdraw_absent=withdraw_absent,
        write=not dry_run,
    )
    table = Table("", "student", "name", "", box=None, pad_edge=False)
    listed = imported.added if dry_run else imported.added[:MOST_ADDED]
    for person in listed:
        name = f"{person.first_name} {person.last_name}"
        table.add_row("added", plain(person.student), plain(name), "")
    if more := len(imported.added) - len(listed):
        table.add_row("added", "…", f"and {more} more", "")
    for student, difference in imported.changed:
        table.add_row("changed", plain(student), "", plain(difference))
    for person in imported.absent:
        name = f"{person.first_name} {person.last_name}"
        what = "withdrawn" if person.withdrawn else "kept"
        table.add_row("gone", plain(person.student), plain(name), f"not on the list; {what}")
    if table.row_count:
        out.print(table)
    out.print(
        f"{len(imported.added)} added, {len(imported.changed)} changed, "
        f"{len(imported.unchanged)} unchanged, {len(imported.absent)} gone"
    )
    if imported.teaching:
        roles = Counter(imported.teaching)
        words = ", ".join(f"{count} {role}" for role, count in roles.items())
        out.print(plain(f"no students, and left out: {words}"), soft_wrap=True)
    if imported.unused:
        out.print(plain(f"columns not used: {', '.join(imported.unused)}"), soft_wrap=True)
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
    help="The time zone of the times in a worksheet or in paths, such as Europe/Berlin.",
)
@click.option(
    "--language",
    metavar="CODE",
    help="The language of these times, such as de. [default: the one that fits]",
)
@click.option(
    "--pattern",
    help="What the paths mean, as in '{student}/{file}' or '{last}{first}_{id}_{file}'; or the "
    "name of a system. [default: the system that most paths fit]",
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
    language: str | None,
    pattern: str | None,
    dry_run: bool,
) -> None:
    """Put the submissions of NAME in FILE, a platform's zip or a folder, into grading/submitted.

    The latest notebook of each student counts. What it replaces is kept in grading/collected.
    Exits with 1 when there are files that fit nobody or cannot be graded.
    """
    from autograder.course.configuration import load_zone
    from autograder.lms.collect import collect as collect_zip
    from autograder.lms.zip_contents import Sources

    course: Course = ctx.obj
    sources = Sources(worksheet, times, time_zone(zone), _language(language), pattern)
    collection = collect_zip(course.assignment(name), file, sources, write=not dry_run)
    shown = load_zone(course)
    table = Table("student", "", "handed in", "", box=None, pad_edge=False)
    for work in collection.works:
        if dry_run or work.late or work.remarks or work.outcome in LISTED:
            remarks = ("late", *work.remarks) if work.late else work.remarks
            cells = (work.student, OUTCOMES[work.outcome], _time(work, shown), "; ".join(remarks))
            table.add_row(*map(plain, cells))
    if table.row_count:
        out.print(table)
    _print_unmatched(collection)
    if collection.missing:
        out.print(f"no submission of: {plain(', '.join(collection.missing))}", soft_wrap=True)
    counts = Counter(work.outcome for work in collection.works)
    parts = [f"{counts[key]} {words}" for key, words in OUTCOMES.items() if counts[key]]
    late = sum(work.late for work in collection.works)
    out.print(
        f"{len(collection.works)} submissions from {_title(collection.system)}: "
        f"{', '.join(parts) or 'none'}; {late} late, {len(collection.missing)} missing",
        soft_wrap=True,
    )
    _print_bounded_times(collection, "folder" if file.is_dir() else "zip")
    if counts["corrected"]:
        out.print(f"Times have changed: `autograder late {name}` settles the penalties.")
    if dry_run:
        out.print("dry run: nothing was written")
    if collection.unmatched:
        err.print(
            f"[bold red]Not collected:[/] the files of {len(collection.unmatched)} above. They are "
            "kept on a list that reports, feedback and exports know.",
            soft_wrap=True,
        )
    ctx.exit(1 if collection.unmatched else 0)


def _language(code: str | None) -> str | None:
    from autograder.lms.dates import is_language

    if code is not None and not is_language(code):
        raise click.BadParameter(f"{code!r} is no language, such as de", param_hint="--language")
    return code


def _title(system: str) -> str:
    from autograder.lms.systems import BY_NAME

    return BY_NAME[system].title if system in BY_NAME else "the pattern"


def _time(work: CollectedSubmission, zone: ZoneInfo) -> str:
    if not work.time:
        return "not known"
    from autograder.gradebook.sidecar import moment

    time = moment(work.time)
    text = work.time if time is None else f"{time.replace(tzinfo=UTC).astimezone(zone):{TIME}}"
    return text if work.told else f"by {text}"


def _print_unmatched(collection: Collection) -> None:
    """The files that were not taken, and below them why; once for all that have one reason."""
    by_reason: dict[str, list[str]] = {}
    for files in collection.unmatched:
        owner = f"of {files.student}: " if files.student else ""
        sentence = f"    {owner}{files.why}. {files.remedy}"
        by_reason.setdefault(sentence, []).extend(files.paths or files.files)
    for sentence, paths in by_reason.items():
        for path in paths:
            out.print(f"[bold]unmatched:[/] {plain(path)}", soft_wrap=True)
        out.print(plain(sentence), soft_wrap=True)


def _print_bounded_times(collection: Collection, kind: str) -> None:
    """Count the submissions whose time is not known exactly, and name the option that gives it.

    kind : what was collected, a zip or a folder
    """
    bounded = [work for work in collection.works if not work.told and work.outcome != "unchanged"]
    if not bounded:
        return
    from autograder.lms.systems import BY_NAME

    system = BY_NAME.get(collection.system)
    sentences = [f"A {kind} does not say when things were handed in."]
    if without := sum(not work.time for work in bounded):
        sentences.append(f"The time of {_submissions(without)} is not known: none counts as late.")
    if count := len(bounded) - without:
        late = sum(work.late for work in bounded)
        how_many = f", {late} of them late" if late else ""
        sentences.append(
            f"Of {_submissions(count)} only the latest possible time is known{how_many}."
        )
    if system and system.exact:
        sentences.append(f"{system.exact} says the times exactly.")
    out.print(" ".join(sentences), soft_wrap=True)


def _submissions(count: int) -> str:
    return "1 submission" if count == 1 else f"{count} submissions"
