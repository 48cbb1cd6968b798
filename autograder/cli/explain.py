"""`autograder explain`: explain how a score came about."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

import click
from rich.table import Table

from autograder.cli.terminal import err, out, plain
from autograder.course.folders import Course

if TYPE_CHECKING:
    from autograder.reports.explanation import Explanation, Line, Step


@click.command()
@click.argument("student")
@click.argument("name")
@click.pass_context
def explain(ctx: click.Context, student: str, name: str) -> None:
    """Explain how STUDENT's score in NAME came about, check by check.

    A student is named by login or any other id, by the address or by the name. Exits with 1 where
    the log, the gradebook and the file disagree.
    """
    from autograder.course.configuration import load_zone
    from autograder.lms.extension_files import named_student
    from autograder.reports.explanation import explain as explain_score

    course: Course = ctx.obj
    zone, assignment = load_zone(course), course.assignment(name)
    explanation = explain_score(assignment, named_student(course, student))
    _print_score(explanation, zone)
    _print_lines(explanation)
    out.print()
    for step in explanation.steps:
        _print_step(step, zone)
    for note in explanation.exports:
        score = note["scores"][explanation.mark.student] or "no score"
        time = _moment(datetime.fromisoformat(note["time"]), zone)
        sentence = f"{time}  {note['event']} by {note['who']}: {score} in {note['file']}"
        out.print(plain(sentence), soft_wrap=True)
    for doubt in explanation.doubts:
        err.print(f"[bold red]Does not add up:[/] {plain(doubt)}", soft_wrap=True)
    ctx.exit(1 if explanation.doubts else 0)


def _moment(time: datetime, zone: tzinfo) -> str:
    """A time in the course's zone; one without a zone is in UTC."""
    return f"{time.replace(tzinfo=time.tzinfo or UTC).astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


def _print_score(explanation: Explanation, zone: tzinfo) -> None:
    mark = explanation.mark
    who = f"{mark.student} ({mark.name})" if mark.name else mark.student
    out.print(plain(f"{explanation.assignment}, {who}"))
    parts = [f"{mark.auto:g} by machine", f"{mark.manual:g} by hand"]
    if mark.extra_credit:
        parts.append(f"{mark.extra_credit:g} extra")
    if mark.penalty:
        parts.append(f"−{mark.penalty:g} for being late")
    if explanation.rejection is not None and not mark.submitted:
        out.print(f"score: none of {mark.max_score:g}, as nothing could be graded")
    else:
        out.print(f"score: {mark.score:g} of {mark.max_score:g} ({', '.join(parts)})")
    stamp = _moment(mark.timestamp, zone) if mark.timestamp else "at a time not known"
    late = f", {mark.seconds_late / 3600:.1f} hours late" if mark.seconds_late else ""
    if mark.submitted:
        out.print(f"handed in: {stamp}{late}")
    elif explanation.rejection is None:
        out.print("handed in: nothing")
    if explanation.rejection is not None:
        sentence = f"{explanation.rejection.sentence}. {explanation.rejection.remedy}"
        out.print(plain(sentence), soft_wrap=True)
    if mark.submitted or explanation.rejection is None:  # it would be called missing otherwise
        why = f" ({explanation.message})" if explanation.message else ""
        out.print(plain(f"verdict: {explanation.verdict}{why}"))
    if explanation.flags:
        out.print(plain(f"flags: {'; '.join(explanation.flags)}"), soft_wrap=True)
    if mark.ungraded:
        out.print(f"waits for a person: {', '.join(mark.ungraded)}")


def _print_lines(explanation: Explanation) -> None:
    """Print the cells in a table; those of a file that could not be read are one line."""
    unread = [line for line in explanation.lines if line.unread]
    table = Table(box=None, pad_edge=False)
    for heading in ("cell", "points", "given by", "status"):
        table.add_column(heading, no_wrap=True, overflow="fold")
    table.add_column("why", overflow="fold")  # which alone takes more lines in a narrow terminal
    for line in explanation.lines:
        if not line.unread:
            points = f"{line.score:g}/{line.max_score:g}"
            table.add_row(*map(plain, (line.cell, points, _by(line), line.status, line.why)))
    if unread:
        most = sum(line.max_score for line in unread)
        out.print(f"not graded: all {len(unread)} test cells, of {most:g} points together")
    if table.rows:
        out.print()
        out.print(table)


def _by(line: Line) -> str:
    return line.by if line.machine is None else f"{line.by} (machine: {line.machine:g})"


def _print_step(step: Step, zone: tzinfo) -> None:
    facts, result = step.run.facts, step.entry.result
    score = "no score" if result.score is None else f"{result.score:g}/{result.max_score:g}"
    inputs = f"tier {facts.get('tier')}, seed {step.entry.seed}, file {step.entry.handed[:12]}"
    numbers = facts.get("versions", {})
    versions = ", ".join(
        f"{name} {numbers[name]}" for name in ("numpy", "torch") if name in numbers
    )
    time = _moment(datetime.fromisoformat(step.entry.time), zone)
    out.print(
        plain(
            f"{time}  {result.verdict}, {score}: run {step.run.id} by "
            f"{facts.get('who')} on {facts.get('host')} ({inputs}; {versions}; checks "
            f"{facts.get('hashes', {}).get('checks', '')[:12]})"
        ),
        soft_wrap=True,
    )
    for sentence in step.changed:
        out.print(plain(f"    {sentence}"), soft_wrap=True)
