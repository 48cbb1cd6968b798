"""`autograder late`: deadlines, extensions and what lateness costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from autograder.cli.terminal import FILE, out, plain, time_zone
from autograder.course.folders import Course

if TYPE_CHECKING:
    from autograder.gradebook.extensions import Extension, Extensions
    from autograder.gradebook.late import Penalty


class Amount(click.ParamType["timedelta | datetime"]):
    """An extension: 48, 2d, or a date with its zone."""

    name = "amount"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta | datetime:
        from autograder.gradebook.extensions import parse_amount

        try:
            return parse_amount(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.argument("name")
@click.option(
    "--deadline", metavar="TIME", help="Set it, such as '2026-11-02 23:59 Europe/Berlin'."
)
@click.option("--section", help="Set the deadline of this section alone.")
@click.option(
    "--extend",
    type=(str, Amount()),
    multiple=True,
    metavar="STUDENT HOURS",
    help="Give a student more time: 48 hours, 2d, or until '2026-11-05 23:59 Europe/Berlin'; 0 "
    "takes it back. More than once for several.",
)
@click.option(
    "--from",
    "file",
    type=FILE,
    help="A CSV of extensions: student or section, assignment or all, extension, reason.",
)
@click.option("--zone", metavar="ZONE", help="The time zone of dates in --from.")
@click.option("--dry-run", is_flag=True, help="Show what would change and write nothing.")
@click.pass_obj
def late(
    course: Course,
    name: str,
    deadline: str | None,
    section: str | None,
    extend: tuple[tuple[str, timedelta | datetime], ...],
    file: Path | None,
    zone: str | None,
    dry_run: bool,
) -> None:
    """Show who was late for NAME and settle the penalties by the course's policy.

    Deadlines and extensions can be set before anything is handed in.
    """
    from autograder.course.configuration import load_zone
    from autograder.gradebook.deadlines import change_deadlines
    from autograder.gradebook.extensions import Extension
    from autograder.gradebook.marks import read_marks

    assignment = course.assignment(name)
    moment = None if deadline is None else _moment(deadline)
    if section is not None and moment is None:
        raise click.UsageError("--section goes with --deadline")
    rows = []
    if extend:
        from autograder.lms.extension_files import named_student

        rows = [Extension(named_student(course, who), "", name, amount) for who, amount in extend]
    due = moment
    if section is not None and moment is not None:
        due = None
        utc = moment.astimezone(UTC).replace(tzinfo=None)
        rows.append(Extension("", section, name, utc, "the section's deadline"))
    withdrawn: tuple[str, ...] = ()
    if file is not None:
        from autograder.lms.extension_files import read_extension_file, withdraw

        extension_file = read_extension_file(course, file, name, time_zone(zone))
        rows += extension_file.extensions
        withdrawn = extension_file.withdrawn
    extensions, penalties = change_deadlines(assignment, due=due, rows=rows, write=not dry_run)
    if withdrawn and not dry_run:
        withdraw(course, withdrawn)
    if moment is not None:
        whose = "" if section is None else f" of {section}"
        out.print(
            plain(
                f"deadline{whose}: {moment:%Y-%m-%d %H:%M %Z}, "
                f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            )
        )
    _show_extensions([(row, len(extensions.students(row))) for row in rows], load_zone(course))
    _show_lists(extensions, rows)
    _show_shared_students(extensions, name)
    if withdrawn:
        out.print(plain(f"withdrawn: {', '.join(withdrawn)}"), soft_wrap=True)
    show_penalties(penalties, "penalty now")
    changed = sum(penalty.changed for penalty in penalties)
    count = sum(penalty.seconds_late > 0 for penalty in penalties)
    settled = "would change" if dry_run else "changed"
    graded = sum(mark.submitted for mark in read_marks(assignment))
    out.print(f"{count} late of {graded} graded, {changed} penalties {settled}")
    others = sorted({row.assignment for row in rows} - {name})
    if others == ["all"]:
        others = ["all others"]
    if others:
        out.print(
            plain(
                f"Penalties of other assignments ({', '.join(others)}) follow at their next grade, "
                "late or export."
            ),
            soft_wrap=True,
        )
    if dry_run:
        out.print("dry run: nothing was written")


def _moment(text: str) -> datetime:
    """The deadline that an option names."""
    from autograder.gradebook.extensions import parse_moment

    try:
        return parse_moment(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no date, time and time zone, such as '2026-11-02 23:59 Europe/Berlin'",
            param_hint="--deadline",
        ) from None


def _show_extensions(rows: Sequence[tuple[Extension, int]], zone: tzinfo) -> None:
    table = Table("extension of", "students", "assignment", "", "reason", box=None, pad_edge=False)
    for row, count in rows:
        who = row.student or f"section {row.section}"
        table.add_row(*map(plain, (who, str(count), row.assignment, row.text(zone), row.reason)))
    if rows:
        out.print(table)


def _show_lists(extensions: Extensions, rows: Sequence[Extension]) -> None:
    """Say which sections of the roster were taken for a list of two, as nobody can see that."""
    for row in rows:
        for cell, count in extensions.lists(row).items():
            students = "1 student" if count == 1 else f"{count} students"
            out.print(
                plain(
                    f"section {row.section}: {students} of {cell!r}, which is read as several "
                    f"sections. If it is one, give it a deadline of its own: --section {cell!r}"
                ),
                soft_wrap=True,
            )


def _show_shared_students(extensions: Extensions, name: str) -> None:
    """Say which students are in several sections with a deadline, and which of these counts."""
    by_sections: dict[tuple[str, ...], list[str]] = {}
    for student, sections in sorted(extensions.in_several_sections(name).items()):
        by_sections.setdefault(sections, []).append(student)
    for sections, students in by_sections.items():
        several = " and ".join(sections)
        out.print(
            plain(f"in {several}, so that the latest deadline counts: {', '.join(students)}"),
            soft_wrap=True,
        )


def show_penalties(penalties: Sequence[Penalty], heading: str) -> None:
    """Print a table of late students with what it costs them."""
    table = Table("student", "late", "penalty before", heading, box=None, pad_edge=False)
    for penalty in penalties:
        points = (f"{penalty.before:g}", f"{penalty.now:g}")
        table.add_row(plain(penalty.student), _duration(penalty.seconds_late), *points)
    if penalties:
        out.print(table)


def _duration(seconds: float) -> str:
    days, remainder = divmod(int(seconds), 86400)
    return f"{days} d {remainder // 3600:02d}:{remainder % 3600 // 60:02d}:{remainder % 60:02d}"
