"""The command line. It exits with 0 when all is well, 1 when not, and 2 for wrong usage."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from autograder import __version__
from autograder.cli.terminal import Command
from autograder.course.folders import find_course

# The module of each command, which holds a function of the command's name.
MODULES = {
    "collect": "collect",
    "doctor": "doctor",
    "explain": "explain",
    "export": "export",
    "feedback": "feedback",
    "grade": "grade",
    "lab": "lab",
    "late": "late",
    "list": "release",
    "new": "new",
    "regrade": "grade",
    "release": "release",
    "report": "report",
    "roster": "collect",
    "serve": "serve",
    "totals": "totals",
}


class LazyCommands(Command):
    """A group that imports the module of a command when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in MODULES:
            return None
        module = import_module(f"autograder.cli.{MODULES[cmd_name]}")
        function = "list_" if cmd_name == "list" else cmd_name  # not Python's own list
        command: click.Command = getattr(module, function)
        return command


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option(
    "--course",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The course's folder; by default the one around the working directory.",
)
@click.pass_context
def main(ctx: click.Context, course: Path | None) -> None:
    """Release, grade and report the course's assignments."""
    if ctx.invoked_subcommand == "new":
        ctx.obj = course  # there may be no course yet
    elif ctx.invoked_subcommand:
        ctx.obj = find_course(course)


if __name__ == "__main__":
    sys.exit(main())
