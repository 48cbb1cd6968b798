"""Write a report as one HTML page that needs no network and no script."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from jinja2 import Template
from markupsafe import Markup, escape

from autograder.course.safe_text import label, page_text
from autograder.feedback import wording
from autograder.feedback.rendering import environment, style
from autograder.gradebook.statistics import Item, doubling_edges, even_edges, histogram
from autograder.reports import charts
from autograder.reports.charts import ChartRule
from autograder.reports.failures import by_category
from autograder.reports.number_format import number, percent
from autograder.reports.report import Report, StudentRow
from autograder.reports.similarity import CELL_LIMIT, COMMON, LIMIT

TEMPLATES = Path(__file__).parent / "templates"
TELLING = 0.2  # with less discrimination, a test cell says little about who can do the rest
MOST_FAILING = 25
MOST_CHANGES = 200
SLOWEST = 10
MOST_CODE = 15_000  # characters of one side of an excerpt
MOST_LINE = 300
PARTS = {  # what asks for action first
    "look": "Who needs a look",
    "flags": "Flags",
    "scores": "Scores",
    "tasks": "Tasks",
    "failed": "What failed",
    "time": "Time",
    "changed": "What changed",
    "similar": "Similar code",
    "graded": "What was graded",
    "students": "Students",
}


def page(report: Report, folder: Path) -> str:
    """The report as HTML. Whatever students wrote is text in it.

    folder : where the page will lie, from which it links to pages and notebooks of students
    """
    css, policy = style(TEMPLATES / "report.css")
    points = [result.score for result in report.counted if result.score is not None]
    score_bins = histogram(points, even_edges(report.max_score))
    times = [result.seconds for result in report.counted]
    time_bins = histogram(times, doubling_edges(times))
    similar = report.similarity
    scores, rules = report.scores, []
    if scores.count:
        rules = [ChartRule(scores.mean, "mean"), ChartRule(scores.median, "median")]
    final = f"final, of {number(report.final_max)}, of those with nothing left to mark"
    rows = [(f"by grading, of {number(report.max_score)}", scores)]
    rows += [(final, report.finals)] if report.finals.count else []
    functions = [(task.name, task.success) for task in report.tasks]
    kinds = {group.name for group in report.flags}
    return _template(report, folder).render(
        r=report,
        look=[group for group in report.look if group.name not in kinds],
        flags=by_category(report.flags),
        flagged=len({student for group in report.flags for student in group.students}),
        css=css,
        policy=Markup(policy),
        parts=[(part, title) for part, title in PARTS.items() if similar or part != "similar"],
        facts=facts(report),
        score_bins=score_bins,
        score_chart=charts.histogram(
            "scores", "How the scores are spread", score_bins, "points", rules
        ),
        score_rows=rows,
        task_chart=charts.bars("functions", "Success by function", functions),
        by_task=_by_task(report),
        telling=TELLING,
        most_failing=MOST_FAILING,
        most_changes=MOST_CHANGES,
        time_bins=time_bins,
        time_chart=charts.histogram("times", "How long grading took", time_bins, "seconds"),
        slowest=sorted(report.counted, key=lambda result: -result.seconds)[:SLOWEST],
        pairs=similar.pairs if similar else (),
        limit=LIMIT,
        cell_limit=CELL_LIMIT,
        common=COMMON,
    )


def facts(report: Report) -> list[tuple[str, str]]:
    """Terms and texts that say when, by whom and how a class was graded, from the audit log."""
    protections = ", ".join(report.results.protections) or "none"
    run = report.run
    if run is None:
        return [("when", "not known, as there is no log"), ("protections", protections)]
    logged = run.facts
    versions = ", ".join(f"{name} {text}" for name, text in logged.get("versions", {}).items())
    release = str(logged.get("hashes", {}).get("release", "–"))
    command = logged.get("command") or []
    return [
        ("when", f"{_moment(run.started)} to {_moment(run.ended or '')}"),
        ("by", f"{logged.get('who', '–')} on {logged.get('host', '–')}"),
        ("command", " ".join([Path(command[0]).name, *command[1:]]) if command else "–"),
        ("versions", versions or "–"),
        ("release", f"SHA-256 {release[:16]}"),
        ("protections", f"{logged.get('tier', '')}: {protections}".removeprefix(": ")),
    ]


def _template(report: Report, folder: Path) -> Template:
    names = {row.student: (index, row.name) for index, row in enumerate(report.rows, 1)}

    def who(student: str, *, link: bool = True) -> Markup:
        """A student's name and login; a link leads to the row at the end of the page."""
        index, name = names.get(student, (0, ""))
        text = Markup("<bdi>{}</bdi>").format(label(name or student))
        if link and index:
            text = Markup('<a href="#student-{}">{}</a>').format(index, text)
        return text + Markup(' <bdi class="soft">{}</bdi>').format(label(student)) if name else text

    def links(row: StudentRow) -> list[tuple[str, str]]:
        """What can be opened of a student's, with its address as seen from the page."""
        files = {"page": row.page, "notebook": row.notebook}
        return [(word, _address(path, folder)) for word, path in files.items() if path]

    templates = environment(TEMPLATES)
    templates.filters |= {
        "label": label,
        "num": number,
        "percent": percent,
        "moment": wording.moment,
        "lasting": wording.lasting,
        "name": _name,
        "code": _code,
        "who": who,
        "links": links,
    }
    return templates.get_template("report.html.j2")


def _address(path: Path, folder: Path) -> str:
    """The relative address of a file for a page in `folder`."""
    relative = os.path.relpath(path, folder.resolve())
    return quote(relative, errors="surrogateescape")


def _name(text: str) -> Markup:
    """A name that the course gave, with breaks allowed after its underscores."""
    return escape(label(text)).replace("_", Markup("_<wbr>"))


def _by_task(report: Report) -> list[tuple[Item, list[Item]]]:
    """Each function with its test cells."""
    return [
        (task, [cell for cell in report.cells if report.owners[cell.name] == task.name])
        for task in report.tasks
    ]


def _code(lines: Iterable[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Lines of an excerpt for the page: safe to show, and not too many."""
    page_lines: list[tuple[str, bool]] = []
    room = MOST_CODE
    for line, is_common in lines:
        text = page_text(line, MOST_LINE)
        room -= len(text) + 1
        if room < 0:
            return [*page_lines, ("… the rest is left out", False)]
        page_lines.append((text, is_common))
    return page_lines


def _moment(text: str) -> str:
    """A time of the audit log as the page shows it."""
    try:
        return f"{datetime.fromisoformat(text):%Y-%m-%d, %H:%M} UTC"
    except ValueError:
        return text or "–"
