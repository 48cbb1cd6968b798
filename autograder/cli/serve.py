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
    """Show the book, feedback, results and reports on localhost until Ctrl-C.

    Only who opens the printed address is answered, because it holds a secret that is new each time.
    """
    from autograder.reports.server import make_server

    try:
        server = make_server(course, port)
    except OSError as error:
        raise CourseError(
            f"port {port} cannot be used: {error.strerror}", "Name another: --port 8001"
        ) from error
    out.print(f"{server.address}  (Ctrl-C ends it)", soft_wrap=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
