"""`autograder feedback`: make the pages that students get."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.cli.terminal import err, out, plain, progress_bar, short
from autograder.course.folders import Course

if TYPE_CHECKING:
    from autograder.feedback.publishing import PageOutcome


@click.command()
@click.argument("name")
@click.argument("students", nargs=-1, metavar="[STUDENT]...")
@click.option(
    "--class-distribution",
    is_flag=True,
    help="Show on each page how the class did, from ten students on.",
)
@click.pass_context
def feedback(
    ctx: click.Context, name: str, students: tuple[str, ...], class_distribution: bool
) -> None:
    """Make the feedback pages of NAME, for everybody or the STUDENTs named.

    Pages that are up to date are left alone. Exits with 1 when a page could not be made.
    """
    from autograder.feedback.publishing import make_feedback

    course: Course = ctx.obj
    with progress_bar("feedback") as bar:
        task = bar.add_task("feedback", total=None, latest="")

        def tell(count: int, total: int, latest: PageOutcome) -> None:
            bar.update(task, completed=count, total=total, latest=plain(latest.student))

        outcome = make_feedback(
            course.assignment(name), students, show_class=class_distribution, tell=tell
        )
    changed = sum(page.changed for page in outcome.outcomes)
    count = len(outcome.pages)
    out.print(
        f"feedback: {count} pages in {short(course.grading / 'feedback')} "
        f"({changed} written, {count - changed} unchanged)",
        soft_wrap=True,
    )
    if outcome.outdated:
        err.print(
            f"[bold]Note:[/] {len(outcome.outdated)} of them have the points of an earlier "
            f"release. Grade again: autograder grade {plain(name)}",
            soft_wrap=True,
        )
    for failure in outcome.failures:
        sentence = plain(f"{failure.student}: {failure.why}")
        err.print(f"[bold red]Not made:[/] {sentence}", soft_wrap=True)
    ctx.exit(1 if outcome.failures else 0)
