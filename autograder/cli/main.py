"""The command line: parse, call, print. Exit 0 when all is well, 1 when not, 2 for wrong usage."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from autograder import __version__
from autograder.cli.collect import collect, roster
from autograder.cli.explain import explain
from autograder.cli.export import export, late
from autograder.cli.feedback import feedback
from autograder.cli.lab import lab
from autograder.cli.report import report
from autograder.cli.terminal import Command, err, out, plain, progress_bar, short
from autograder.course.errors import CourseError
from autograder.course.folders import CONFIG, Course, find_course
from autograder.course.results import Results, SubmissionResult


@click.group(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option(
    "--course",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The course's folder; by default the one around the working directory.",
)
@click.pass_context
def main(ctx: click.Context, course: Path | None) -> None:
    """Release, grade and report the course's assignments."""
    if ctx.invoked_subcommand:
        ctx.obj = find_course(course)


@main.command("list")
@click.pass_obj
def list_(course: Course) -> None:
    """List the assignments and whether each is released."""
    from autograder.checks.loading import load_trusted

    table = Table("assignment", "points", "manual", "released")
    for name in course.names:
        assignment = course.assignment(name)
        cells = load_trusted(assignment).cells
        manual = sum(cells.answers.values())
        released = "yes" if assignment.release.is_file() else "no"
        table.add_row(name, f"{cells.max_score:g}", f"{manual:g}", released)
    out.print(table)


@main.command()
@click.argument("names", nargs=-1)
@click.pass_obj
def release(course: Course, names: tuple[str, ...]) -> None:
    """Build, prove and release assignments: NAMES, or all of them."""
    from autograder.authoring.release import release as release_one

    for name in names or course.names:
        assignment = course.assignment(name)
        with err.status(f"releasing {name}: running the solved and the untouched notebook"):
            made = release_one(assignment)
        what = "released" if made.changed else "unchanged"
        where = short(made.notebook)
        points = f"{made.max_score:g} points and {made.manual:g} by hand"
        out.print(f"{what}: {where} ({points})", soft_wrap=True)


def batch_options(command: Callable) -> Callable:
    """The options that `grade` and `regrade` share."""
    options = (
        click.argument("name"),
        click.option(
            "--submitted",
            type=click.Path(path_type=Path),
            help="Folder of STUDENT/NAME/NAME.ipynb. [default: grading/submitted]",
        ),
        click.option(
            "--results",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Where the results go. [default: grading/results/NAME.json]",
        ),
        click.option(
            "--workers",
            type=click.IntRange(min=1),
            default=os.cpu_count,
            help="Submissions graded at the same time. [default: one a core]",
        ),
        click.option(
            "--scheduler",
            metavar="ADDRESS",
            help="Grade on the workers of a Dask scheduler, such as tcp://10.0.0.1:8786.",
        ),
        click.option(
            "--i-trust-this-code",
            "trusted",
            is_flag=True,
            help="Grade even where this machine gives no protection from the code.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@main.command()
@batch_options
@click.option("--fresh", is_flag=True, help="Grade again what is graded already.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the checks' random inputs.")
@click.pass_context
def grade(ctx: click.Context, name: str, **options: Any) -> None:
    """Grade all submissions of NAME; write results, gradebook and autograded notebooks.

    Exits with 1 when the grader failed on a submission, which is never counted as zero, and when
    nearly all submissions ended in the same limit or crash.
    """
    from autograder.batch.run import grade_class

    graded, results = _with_bar(ctx.obj, name, grade_class, options)
    _print_results(graded)
    out.print(f"protections: {', '.join(graded.protections)}")
    _print_where(ctx.obj, name, results)
    _end(ctx, graded)


@main.command()
@batch_options
@click.pass_context
def regrade(ctx: click.Context, name: str, **options: Any) -> None:
    """Grade NAME again with the seeds of before; report whose score changed and why."""
    from autograder.batch.regrade import regrade as regrade_class

    regraded, results = _with_bar(ctx.obj, name, regrade_class, options)
    table = Table("student", "before", "now", "why", box=None, pad_edge=False)
    for one in regraded.changes:
        scores = ("–" if score is None else f"{score:g}" for score in (one.before, one.now))
        table.add_row(*map(plain, (one.student, *scores, "; ".join(one.why))))
    if regraded.changes:
        out.print(table)
    count = len(regraded.results.submissions)
    out.print(f"{count} submissions graded again, {len(regraded.changes)} changed")
    _print_where(ctx.obj, name, results)
    _end(ctx, regraded.results)


@main.command()
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Say which protections from students' code this machine gives, and how to get more.

    Grades the solved notebook of each released assignment under the limits of the course. Exits
    with 1 when one of them does not earn its points.
    """
    from autograder.batch.doctor import examine

    with err.status("trying each protection, then a right answer to each assignment"):
        found = examine(ctx.obj)
    for line in found.report:
        out.print(plain(line), soft_wrap=True)
    table = Table("protection", *(tier.name for tier in found.tiers), "what it prevents")
    for name, prevents in found.protections.items():
        held = ("yes" if name in tier.protections else "–" for tier in found.tiers)
        table.add_row(name, *held, prevents)
    out.print(table)
    for line in found.advice:
        out.print(plain(line), soft_wrap=True)
    for fault in found.faults:
        err.print(f"[bold red]Error:[/] {plain(str(fault))}", soft_wrap=True)
        err.print(f"[bold]Remedy:[/] {plain(fault.remedy)}", soft_wrap=True)
    ctx.exit(1 if found.faults else 0)


def _with_bar(
    course: Course, name: str, grade_them: Callable, options: dict[str, Any]
) -> tuple[Any, Path]:
    """Run a batch under a progress bar; what it returned, and where the results are."""
    assignment = course.assignment(name)
    submitted = options.pop("submitted") or course.grading / "submitted"
    results = options.pop("results") or course.results / f"{name}.json"
    with progress_bar("grading") as bar:
        task = bar.add_task("grading", total=None, latest="")

        def tell(progress) -> None:
            latest = f"{progress.latest.student}: {progress.latest.verdict}"
            bar.update(task, completed=progress.done, total=progress.total, latest=plain(latest))

        return grade_them(assignment, submitted, results, tell=tell, **options), results


def _print_where(course: Course, name: str, results: Path) -> None:
    """The files that a batch has written; the log's hash shows later whether its end is there."""
    from autograder.batch import audit_log

    assignment = course.assignment(name)
    out.print(f"results: {short(results)}")
    head = audit_log.head(assignment)[:16]
    out.print(f"log: {short(audit_log.log_file(assignment))} (ends with {head})")


def _end(ctx: click.Context, graded: Results) -> None:
    for fault in graded.faults:
        err.print(f"[bold red]Not graded:[/] {plain(f'{fault.student}: {_why(fault)}')}")
    if graded.common_end:
        err.print(f"[bold red]Look before you believe this:[/] {graded.common_end}.")
        err.print(
            f"[bold]Remedy:[/] Look at one of them with `autograder explain STUDENT "
            f"{graded.assignment}`, and at the limits in {CONFIG}.",
            soft_wrap=True,
        )
    ctx.exit(1 if graded.faults or graded.common_end else 0)


@main.command()
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


def _print_results(results: Results) -> None:
    table = Table("student", "verdict", "score", "lost", "flags", box=None, pad_edge=False)
    for one in results.submissions:
        score = "–" if one.score is None else f"{one.score:g}/{one.max_score:g}"
        lost = [name for name, cell in one.cells.items() if cell.score < cell.max_score]
        shown = f"{len(lost)} of {len(one.cells)} cells" if lost else ""
        table.add_row(*map(plain, (one.student, one.verdict, score, shown, "; ".join(one.flags))))
    out.print(table)
    counts = Counter(one.verdict for one in results.submissions)
    scores = [one.score for one in results.submissions if one.score is not None]
    mean = f", mean {sum(scores) / len(scores):.1f}" if scores else ""
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    out.print(f"{len(results.submissions)} submissions: {verdicts}{mean}")


def _why(result: SubmissionResult) -> str:
    faults = [cell.message for cell in result.cells.values() if cell.status == "grader_error"]
    return result.message or "; ".join(faults)


for command in (collect, explain, export, feedback, lab, late, report, roster):
    main.add_command(command)

if __name__ == "__main__":
    sys.exit(main())
