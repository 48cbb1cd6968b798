"""Describe each graded cell of a student's feedback page: its points, and why they are so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograder.course.cells import Cells
from autograder.course.limits import Limits
from autograder.course.results import CellResult, SubmissionResult
from autograder.course.safe_text import label, page_text
from autograder.course.translation import NONE, Catalog
from autograder.feedback import wording
from autograder.feedback.wording import own_words
from autograder.gradebook.marks import CellMark, Mark

UNREAD = ("missing", "unreadable")  # verdicts on work of which no cell could be read
GIST = 300  # characters of a failure in short


@dataclass(frozen=True)
class GradedWork:
    """The records that a student's page is written from.

    verdict : of the batch, or `graded` where nbgrader graded alone
    notebook : the graded notebook as JSON has it; None where there is none
    rejected : what was handed in instead of a notebook, as a sentence; "" where nothing was
    """

    student: str
    verdict: str
    mark: Mark | None = None
    result: SubmissionResult | None = None
    notebook: dict[str, Any] | None = None
    rejected: str = ""


@dataclass(frozen=True)
class Box:
    """One graded cell on a student's page.

    task : the function that it tests; empty for a written answer
    failed, hint : the property that does not hold, in short, and what helps
    details : the whole message, where that is longer
    meaning : what the status means, where its word is not enough
    same_as : the cell above that failed for the same reason; the page gives it there
    """

    name: str
    task: str
    label: str
    status: str
    points: float
    most: float
    failed: str = ""
    hint: str = ""
    details: str = ""
    meaning: str = ""
    notes: tuple[str, ...] = ()
    waits: bool = False
    same_as: str = ""

    @property
    def sign(self) -> str:
        return wording.SIGNS[self.status][0]

    @property
    def word(self) -> str:
        return wording.SIGNS[self.status][1]


def boxes(
    work: GradedWork,
    cells: Cells,
    limits: Limits,
    failures: dict[str, str],
    catalog: Catalog = NONE,
) -> dict[str, Box]:
    """The graded cells by name: test cells, then written answers.

    failures : what failed in nbgrader's own run, by test cell
    catalog : of the language that the page is in
    """
    marks = {cell.name: cell for cell in work.mark.cells} if work.mark else {}
    results = work.result.cells if work.result else {}
    reasons: dict[tuple[str, str, str], str] = {}
    graded = {}
    for name, most in cells.tests.items():
        status, message = _status(
            work, marks.get(name), results.get(name), most, failures.get(name, "")
        )
        message, _, hint = page_text(message).strip().partition(". Hint: ")
        message, hint = catalog.translate(message), catalog.translate(hint)
        owner = cells.owner(name)
        first = reasons.setdefault((owner, message, hint), name) if message else name
        graded[name] = Box(
            name,
            owner,
            name.removeprefix(f"test_{owner}").strip("_").replace("_", " ")
            or catalog.text("as a whole"),
            status,
            marks[name].score if name in marks else 0.0,
            most,
            label(own_words(message), GIST),
            hint,
            message if "\n" in message or len(message) > GIST else "",
            catalog.translate(wording.status(status, limits)),
            _notes(marks.get(name), catalog, test=True),
            name in marks and marks[name].needs_person,
            first if first != name else "",
        )
    for name, most in cells.answers.items():
        mark = marks.get(name)
        waits = mark is not None and mark.needs_person
        by_hand = mark is not None and mark.manual is not None
        graded[name] = Box(
            name,
            "",
            name.removeprefix("written_").replace("_", " "),
            "waits" if waits else "by_hand" if by_hand else "unanswered",
            mark.score if mark else 0.0,
            most,
            notes=_notes(mark, catalog),
            waits=waits,
        )
    return graded


def _status(
    work: GradedWork, mark: CellMark | None, result: CellResult | None, most: float, failure: str
) -> tuple[str, str]:
    """The status of a test cell, and the message about it."""
    if work.verdict in UNREAD:
        return "not_seen", ""
    machine = (mark.auto or 0.0) if mark else 0.0
    if result and (mark is None or result.score == machine):
        return result.status, "" if result.status == "passed" else result.message
    # Graded by nbgrader alone, or changed in the database: only the points are known.
    if machine >= most:
        return "passed", ""
    return "partial" if machine > 0 else "failed", failure


def _notes(mark: CellMark | None, catalog: Catalog, *, test: bool = False) -> tuple[str, ...]:
    notes = []
    if mark and test and mark.manual is not None:
        note = catalog.text("A person gave {points} here; the machine had given {before}.")
        points, before = wording.points(mark.manual), wording.points(mark.auto or 0.0)
        notes.append(note.format(points=points, before=before))
    if mark and mark.extra_credit:
        note = catalog.text("With {points} of extra credit.")
        notes.append(note.format(points=wording.points(mark.extra_credit)))
    return tuple(notes)
