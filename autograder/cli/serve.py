"""`autograder serve`: show the book, feedback, results and reports on this machine only."""

from __future__ import annotations

import click

from autograder.cli.terminal import out
from autograder.course.errors import CourseError
from autograder.course.folders import Course


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.pass_obj
def serve(course: Course, port: int) -> None:
    """Show the book, feedback, results and reports on localhost until Ctrl-C."""
    from autograder.reports.server import make_server

    try:
        server = make_server(course, port)
    except OSError as error:
        raise CourseError(
            f"port {port} cannot be used: {error.strerror}", "Name another: --port 8001"
        ) from error
    out.print(f"http://127.0.0.1:{server.server_address[1]}/  (Ctrl-C ends it)")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
