"""`autograder lab`: JupyterLab with nbgrader's extensions, on the course."""

from __future__ import annotations

import os
import socket

import click

from autograder.cli.terminal import out
from autograder.course.errors import CourseError
from autograder.course.folders import Course


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8888, show_default=True)
@click.pass_obj
def lab(course: Course, port: int) -> None:
    """Open JupyterLab and formgrader on localhost until Ctrl-C."""
    from autograder.reports.lab import lab_command, lab_environment

    _require_free(port)
    command, environment = lab_command(course, port), lab_environment(course)
    out.print("Starting JupyterLab on the course: its address comes next.")
    out.print("Formgrader is in its menu Nbgrader. Ctrl-C twice ends it.")
    os.chdir(course.root)
    os.execve(command[0], command, environment)


def _require_free(port: int) -> None:
    try:
        with socket.create_server(("127.0.0.1", port)):
            pass
    except OSError as error:
        raise CourseError(
            f"port {port} cannot be used: {error.strerror}", "Name another: --port 8889"
        ) from error
