"""`autograder feedback`: make the pages that students get."""

from __future__ import annotations

import click

from autograder.cli.terminal import err, out, plain, progress_bar, short
from autograder.course.folders import Course


@click.command()
@click.argument("name")
@click.argument("students", nargs=-1, metavar="[STUDENT]...")
@click.pass_context
def feedback(ctx: click.Context, name: str, students: tuple[str, ...]) -> None:
    """Make the feedback pages of NAME, for everybody or the STUDENTs named.

    Pages that are as they should be are left alone. Exits with 1 when a page could not be made.
    """
    from autograder.feedback.publishing import make_feedback

    course: Course = ctx.obj
    with progress_bar("feedback") as bar:
        task = bar.add_task("feedback", total=None, latest="")

        def tell(done, total, latest) -> None:
            bar.update(task, completed=done, total=total, latest=plain(latest.student))

        made = make_feedback(course.assignment(name), students, tell=tell)
    written = sum(one.changed for one in made.outcomes)
    count = len(made.pages)
    out.print(
        f"feedback: {count} pages in {short(course.grading / 'feedback')} "
        f"({written} written, {count - written} unchanged)",
        soft_wrap=True,
    )
    for one in made.failures:
        err.print(f"[bold red]Not made:[/] {plain(f'{one.student}: {one.why}')}", soft_wrap=True)
    ctx.exit(1 if made.failures else 0)
