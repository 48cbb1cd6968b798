"""`autograder grade` and `autograder regrade`: run a batch and show its results."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack

import click
from rich.table import Table

from autograder.cli.terminal import err, out, plain, progress_bar, short
from autograder.course.folders import CONFIG, Assignment, Course
from autograder.course.results import Results, SubmissionResult
from autograder.course.verdicts import Status

if TYPE_CHECKING:
    from autograder.batch.run import Progress
    from autograder.course.changes import CommonLoss

Command = TypeVar("Command", bound=Callable[..., Any])


class Workers(TypedDict):
    """The options of a batch that say where it runs, as `BatchOptions` explains them."""

    workers: int
    scheduler: str | None
    trusted: bool


class BatchArguments(Workers):
    """The argument and the options that `grade` and `regrade` share."""

    name: str
    submitted: Path | None
    results: Path | None


def batch_options(command: Command) -> Command:
    """Add the argument and the options of `BatchArguments` to a command."""
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


@click.command()
@batch_options
@click.option("--fresh", is_flag=True, help="Grade again what is graded already.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the checks' random inputs.")
@click.pass_context
def grade(
    ctx: click.Context, fresh: bool, seed: int | None, **batch: Unpack[BatchArguments]
) -> None:
    """Grade all submissions of NAME; write results, gradebook and autograded notebooks.

    Exits with 1 when the grader failed on a submission, which is never counted as zero, when
    nearly all submissions ended in the same limit or crash, and when nearly everyone loses a cell
    that they had.
    """
    assignment, submitted, target = _files(ctx.obj, batch)
    with _progress() as tell:
        # They take a second or two to import.
        from autograder.batch.history import read_history
        from autograder.batch.run import grade_class
        from autograder.course.changes import common_losses

        logged = read_history(assignment).graded
        before = {student: entry.result for student, entry in logged.items()}
        graded = grade_class(
            assignment,
            submitted,
            target,
            tell=tell,
            say=_note,
            fresh=fresh,
            seed=seed,
            **_workers(batch),
        )
    _print_results(graded)
    out.print(f"protections: {', '.join(graded.protections)}")
    _print_files(assignment, target)
    _end(ctx, graded, common_losses(before, graded.submissions))


@click.command()
@batch_options
@click.option("--dry-run", is_flag=True, help="Show whose score would change and write nothing.")
@click.pass_context
def regrade(ctx: click.Context, dry_run: bool, **batch: Unpack[BatchArguments]) -> None:
    """Grade NAME again with its earlier seeds; report whose score changed and why.

    Exits with 1 when the grader failed on a submission, and when nearly everyone loses a cell that
    they had.
    """
    assignment, submitted, target = _files(ctx.obj, batch)
    with _progress() as tell:
        from autograder.batch.regrade import regrade as regrade_class

        regraded = regrade_class(
            assignment,
            submitted,
            target,
            tell=tell,
            say=_note,
            dry_run=dry_run,
            **_workers(batch),
        )
    table = Table("student", "before", "now", "why", box=None, pad_edge=False)
    for change in regraded.changes:
        scores = ("–" if score is None else f"{score:g}" for score in (change.before, change.now))
        table.add_row(*map(plain, (change.student, *scores, "; ".join(change.why))))
    if regraded.changes:
        out.print(table)
    count = len(regraded.results.submissions)
    changed = "would change" if dry_run else "changed"
    out.print(f"{count} submissions graded again, {len(regraded.changes)} {changed}")
    if dry_run:
        out.print("dry run: nothing was written")
    else:
        _print_files(assignment, target)
    _end(ctx, regraded.results, regraded.losses)


def _files(course: Course, batch: BatchArguments) -> tuple[Assignment, Path, Path]:
    """The assignment, the folder of its submissions, and the file for its results."""
    submitted = batch["submitted"] or course.grading / "submitted"
    results = batch["results"] or course.results / f"{batch['name']}.json"
    return course.assignment(batch["name"]), submitted, results


def _workers(batch: BatchArguments) -> Workers:
    return {
        "workers": batch["workers"],
        "scheduler": batch["scheduler"],
        "trusted": batch["trusted"],
    }


@contextmanager
def _progress() -> Iterator[Callable[[Progress], None]]:
    """Show a bar while a batch runs; yields the function that reports progress to it."""
    with progress_bar("grading") as bar:
        task = bar.add_task("grading", total=None, latest="starting the jail")
        first = True

        def tell(progress: Progress) -> None:
            nonlocal first
            if progress.reused:  # it came at once, and says nothing of how long the rest takes
                kept = f"{progress.done} of {progress.total} are kept, starting the jail"
                bar.update(task, latest=kept)
                return
            if first:
                first = False
                bar.reset(task, total=progress.total, completed=progress.done - 1, latest="")
            latest = f"{progress.latest.student}: {progress.latest.verdict}"
            bar.update(task, completed=progress.done, total=progress.total, latest=plain(latest))

        yield tell


def _note(sentence: str) -> None:
    err.print(f"[bold]Note:[/] {plain(sentence)}", soft_wrap=True)


def _print_files(assignment: Assignment, results: Path) -> None:
    """Print where the results and the log are, and the hash that proves the log's end later."""
    from autograder.batch import audit_log

    out.print(f"results: {short(results)}")
    head = audit_log.head(assignment)[:16]
    out.print(f"log: {short(audit_log.log_file(assignment))} (ends with {head})")


def _end(ctx: click.Context, graded: Results, losses: Sequence[CommonLoss]) -> None:
    for fault in graded.faults:
        err.print(f"[bold red]Not graded:[/] {plain(f'{fault.student}: {_reason(fault)}')}")
    if graded.common_end:
        err.print(f"[bold red]Look before you believe this:[/] {graded.common_end}.")
        err.print(
            f"[bold]Remedy:[/] Look at one of them with `autograder explain STUDENT "
            f"{graded.assignment}`, and at the limits in {CONFIG}.",
            soft_wrap=True,
        )
    for loss in losses:
        err.print(
            f"[bold red]Look before you believe this:[/] {plain(loss.sentence)}.", soft_wrap=True
        )
    if losses:
        err.print(
            f"[bold]Remedy:[/] Look at the check, and at one of them with `autograder explain "
            f"{plain(losses[0].students[0])} {graded.assignment}`. `autograder regrade --dry-run "
            f"{graded.assignment}` shows what a mended check would change.",
            soft_wrap=True,
        )
    ctx.exit(1 if graded.faults or graded.common_end or losses else 0)


def _print_results(results: Results) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("student", "verdict", "score", "lost cells"):
        table.add_column(heading, no_wrap=True, overflow="fold")
    table.add_column("flags", overflow="fold")  # which alone takes more lines in a narrow terminal
    for result in results.submissions:
        score = "–" if result.score is None else f"{result.score:g}/{result.max_score:g}"
        lost = sum(cell.score < cell.max_score for cell in result.cells.values())
        cells = f"{lost} of {len(result.cells)}" if lost else ""
        flags = _flags(result)
        table.add_row(*map(plain, (result.student, result.verdict, score, cells, flags)))
    out.print(table)
    counts = Counter(result.verdict for result in results.submissions)
    scores = [result.score for result in results.submissions if result.score is not None]
    mean = f", mean {sum(scores) / len(scores):.1f}" if scores else ""
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    out.print(f"{len(results.submissions)} submissions: {verdicts}{mean}")


def _flags(result: SubmissionResult) -> str:
    """A submission's flags on one line; of many of one kind, how many."""
    kinds = Counter(flag.partition(":")[0] for flag in result.flags)
    texts = [
        f"{count} × {kind}" if count > 1 else _only(result, kind) for kind, count in kinds.items()
    ]
    forbidden = sum(cell.status == Status.FORBIDDEN for cell in result.cells.values())
    if forbidden:
        texts.insert(0, f"forbidden: {forbidden} cell{'s' if forbidden > 1 else ''}")
    return "; ".join(texts)


def _only(result: SubmissionResult, kind: str) -> str:
    return next(flag for flag in result.flags if flag.partition(":")[0] == kind)


def _reason(result: SubmissionResult) -> str:
    """Why a submission could not be graded, in its own message or those of its cells."""
    faults = [cell.message for cell in result.cells.values() if cell.status == "grader_error"]
    return result.message or "; ".join(faults)
