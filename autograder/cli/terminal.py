"""What all commands print with: two consoles, plain text, short paths, and errors in a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from autograder.course.errors import CourseError
from autograder.course.safe_text import multiline_text

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
out = Console(highlight=False, emoji=False)
err = Console(stderr=True, highlight=False, emoji=False)


class Command(click.Group):
    """A group that turns the course's errors into one sentence, a remedy and exit 1."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CourseError as error:
            err.print(f"[bold red]Error:[/] {plain(str(error))}", soft_wrap=True)
            if error.remedy:
                err.print(f"[bold]Remedy:[/] {plain(error.remedy)}", soft_wrap=True)
            ctx.exit(error.exit_code)


def named_columns(values: Sequence[str]) -> dict[str, str] | None:
    """Pairs such as `student=SID,email=E-Mail` as a dict; None for none.

    Raises `click.BadParameter` for anything else.
    """
    pairs: dict[str, str] = {}
    for value in values:
        for part in re.split(r",(?=\s*\w+\s*=)", value):
            field, sign, name = part.partition("=")
            if not sign or not name.strip() or field.strip() in pairs:
                raise click.BadParameter(
                    f"{part!r} is not as in 'student=SID,email=E-Mail'", param_hint="--columns"
                )
            pairs[field.strip()] = name.strip()
    return pairs or None


def time_zone(name: str | None) -> ZoneInfo | None:
    """A time zone by its name; raises `click.BadParameter` where there is none."""
    try:
        return None if name is None else ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError, OSError):
        raise click.BadParameter(
            f"{name!r} is no time zone, such as Europe/Berlin or UTC", param_hint="--zone"
        ) from None


def plain(text: str) -> str:
    """The text, escaped so that rich finds no markup in it and a terminal no commands."""
    return escape(multiline_text(text))


def short(path: Path) -> str:
    """A path, relative to the working directory if it lies below it."""
    try:
        return plain(str(path.resolve().relative_to(Path.cwd())))
    except ValueError:
        return plain(str(path))


def progress_bar(activity: str) -> Bar:
    """A bar with a count and the `latest` of its tasks, which disappears when it is done."""
    return Bar(
        TextColumn(activity),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[latest]}"),
        console=err,
        transient=True,
    )
