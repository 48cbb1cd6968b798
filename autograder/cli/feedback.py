"""`autograder feedback`: make the pages that students get."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.cli.terminal import FILE, err, out, plain, progress_bar, short
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
@click.option(
    "--zip",
    "system",
    type=click.Choice(["moodle", "canvas"]),
    help="Pack the pages as Moodle (Upload multiple feedback files in a zip) or Canvas (Upload "
    "Submissions) takes them.",
)
@click.option("--worksheet", type=FILE, help="With --zip moodle: also for who handed nothing in.")
@click.option(
    "--mail-merge", is_flag=True, help="Write the pages and a list by which a program mails them."
)
@click.option(
    "--out", "target", type=click.Path(path_type=Path), help="Where the zip or list goes."
)
@click.pass_context
def feedback(
    ctx: click.Context,
    name: str,
    students: tuple[str, ...],
    class_distribution: bool,
    system: str | None,
    worksheet: Path | None,
    mail_merge: bool,
    target: Path | None,
) -> None:
    """Make the feedback pages of NAME, for everybody or the STUDENTs named.

    Pages that are up to date are left alone. Exits with 1 when a page could not be made, or could
    not be packed.
    """
    from autograder.feedback.publishing import make_feedback
    from autograder.lms.extension_files import named_student

    if system and mail_merge:
        raise click.UsageError("--zip and --mail-merge are two ways: give the command twice")
    if worksheet and system != "moodle":
        raise click.UsageError("--worksheet goes with --zip moodle")

    course: Course = ctx.obj
    students = tuple(named_student(course, student) for student in students)
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
    if class_distribution and not outcome.shows_class:
        err.print(
            "[bold]Note:[/] The pages do not say how the class did: fewer than ten students have "
            "nothing left to mark.",
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
    left_out: tuple[str, ...] = ()
    if system or mail_merge:
        from autograder.feedback import delivery

        assignment = course.assignment(name)
        pages = {page.student: page.page for page in outcome.outcomes if not page.why}
        place = course.grading / "exports" / name
        if system:
            numbers = delivery.moodle_numbers(assignment, worksheet) if worksheet else None
            path = target or place / f"feedback-{system}.zip"
            packed = delivery.pack(assignment, pages, system, path, numbers)
        else:
            packed = delivery.mail_merge(assignment, pages, target or place / "mail")
        left_out = packed.left_out
        out.print(f"packed: {packed.count} pages in {short(packed.path)}", soft_wrap=True)
    if left_out:
        err.print(
            f"[bold red]Not packed:[/] {plain(', '.join(left_out))}: "
            + (
                "no address is known"
                if mail_merge
                else ("not in the worksheet" if worksheet else "no file came from there")
            ),
            soft_wrap=True,
        )
    ctx.exit(1 if outcome.failures or left_out else 0)
