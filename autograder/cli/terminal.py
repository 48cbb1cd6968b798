"""What all commands print with: two consoles, plain text, short paths, and errors in a sentence."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bar
from rich.text import Text

from autograder.course.errors import CourseError
from autograder.course.faults import course_error
from autograder.course.safe_text import multiline_text
from autograder.course.time_zones import named_zone

STOPPED = "What was finished is kept and nothing is half written. The same command goes on."
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
out = Console(highlight=False, emoji=False)
err = Console(stderr=True, highlight=False, emoji=False)


class Command(click.Group):
    """A group that turns faults of the course and the machine into a sentence, a remedy and exit 1.

    Ctrl-C ends with 130, as programs do that a signal ended.
    """

    def invoke(self, ctx: click.Context) -> object:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # a terminal may not have every letter
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except CourseError as error:
            _end(ctx, error)
        except KeyboardInterrupt:
            err.print(f"[bold]Stopped.[/] {STOPPED}", soft_wrap=True)
            ctx.exit(130)
        except (click.ClickException, click.exceptions.Exit):
            raise  # a wrong command, such as a file that is not there, which click names
        except BrokenPipeError:
            raise  # who reads the output has seen enough; click ends quietly
        except Exception as error:
            sentence = course_error(error)
            if sentence is None:
                raise  # a mistake of ours, whose traceback says where
            _end(ctx, sentence)


def _end(ctx: click.Context, error: CourseError) -> NoReturn:
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
        return None if name is None else named_zone(name)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--zone") from None


def plain(text: str) -> str:
    """The text, escaped so that rich finds no markup in it and a terminal no commands."""
    return escape(multiline_text(text))


def short(path: Path) -> str:
    """A path, relative to the working directory if it lies below it."""
    try:
        return plain(str(path.resolve().relative_to(Path.cwd())))
    except ValueError:
        return plain(str(path))


class TimeLeft(ProgressColumn):
    """How long a task will still take, in words, once that can be said."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        seconds = task.time_remaining
        if seconds is None or task.finished:
            return Text("")
        minutes = round(seconds / 60)
        return Text(f"{minutes} min left" if seconds > 90 else f"{int(seconds)} s left")


def progress_bar(activity: str) -> Bar:
    """A bar with a count and the `latest` of its tasks, which disappears when it is done.

    It moves from side to side as long as its task has no total.
    """
    return Bar(
        TextColumn(activity),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeLeft(),
        TextColumn("{task.fields[latest]}"),
        console=err,
        transient=True,
    )
