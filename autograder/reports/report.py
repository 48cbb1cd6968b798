"""Gather all that there is to say about a graded class: one `Report` of plain records.

Nothing here changes a score. Figures are about the submissions that were read and graded: whoever
handed in nothing, or a file that cannot be read, says nothing about how hard a task is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from sqlalchemy.exc import SQLAlchemyError

from autograder.batch.audit_log import hashes
from autograder.batch.history import History, Run, last_changes, read_history
from autograder.course.cells import Cells, describe, owner_of
from autograder.course.changes import Change
from autograder.course.errors import CourseError, SourceError
from autograder.course.folders import Assignment
from autograder.course.limits import load_limits
from autograder.course.results import Results, SubmissionResult, read_results
from autograder.gradebook.marks import Mark, read_marks
from autograder.reports import attention, failures
from autograder.reports.failures import Group
from autograder.reports.similarity import Similarity, find_pairs
from autograder.reports.statistics import Item, Spread, alpha, items, spread

UNSEEN = ("missing", "unreadable", "grader_error")  # verdicts on what could not be graded


@dataclass(frozen=True)
class Row:
    """One student: the result, what the gradebook holds, and why to look. None: not known."""

    student: str
    result: SubmissionResult | None
    mark: Mark | None
    look: tuple[str, ...]

    @property
    def name(self) -> str:
        """First and last name, as far as the gradebook has them."""
        return self.mark.name if self.mark else ""

    @property
    def verdict(self) -> str:
        return self.result.verdict if self.result else "–"

    @property
    def lost(self) -> int:
        """In how many test cells points were lost."""
        cells = self.result.cells.values() if self.result else ()
        return sum(cell.score < cell.max_score for cell in cells)

    @property
    def handed_in(self) -> Mark | None:
        """The mark, if the gradebook has a submission."""
        return self.mark if self.mark and self.mark.submitted else None


@dataclass(frozen=True)
class Report:
    """A graded class, all told.

    run : the last grading run in the log; None without one
    notes : what is odd about the data, in sentences
    verdicts : each with its students
    counted : the results that the figures are about
    tasks, cells : functions, and the test cells that make them up, in the notebook's order
    owners : the function of each test cell
    similarity : None where it was not asked for, or without a release
    """

    assignment: str
    made: datetime
    results: Results
    run: Run | None
    notes: tuple[str, ...]
    rows: tuple[Row, ...]
    verdicts: tuple[Group, ...]
    counted: tuple[SubmissionResult, ...]
    max_score: float
    scores: Spread
    seconds: Spread
    tasks: tuple[Item, ...]
    cells: tuple[Item, ...]
    owners: dict[str, str]
    alpha: float
    failing: tuple[Group, ...]
    flags: tuple[Group, ...]
    look: tuple[Group, ...]
    changes: tuple[Change, ...]
    similarity: Similarity | None
    finals: Spread
    final_max: float


def make_report(assignment: Assignment, *, similarity: bool = True) -> Report:
    """All about the last results of an assignment.

    Raises `CourseError` when there are none, or they are damaged. Without a gradebook or a log the
    report says so and leaves out what they hold.
    """
    path = assignment.course.results / f"{assignment.name}.json"
    results = read_results(path)
    _require_numbers(results, str(path))
    history = read_history(assignment)
    released = _released(assignment)
    marks, no_marks = _marks(assignment)
    submissions = results.submissions
    counted = tuple(one for one in submissions if one.verdict not in UNSEEN)
    names, points, scores = _matrix(counted or submissions, released)
    scores = scores if counted else scores[:0]
    owners = {name: _owner(name, released) for name in names}
    flagged = failures.flags(submissions)
    compared = similarity and released is not None  # what the release gives doesn't count
    close = find_pairs(assignment, [one.student for one in counted]) if compared else None
    limits = load_limits(assignment.course)
    similar = close.students if close else ()
    look = attention.look_at(submissions, marks, flagged, similar, limits.submission_seconds)
    done = [mark for mark in marks or () if mark.submitted and not mark.ungraded]
    return Report(
        assignment=assignment.name,
        made=datetime.now(UTC),
        results=results,
        run=history.finished[-1] if history.finished else None,
        notes=(*no_marks, *_notes(assignment, names, released, history)),
        rows=_rows(submissions, marks or (), attention.reasons(look)),
        verdicts=_verdicts(submissions),
        counted=counted,
        max_score=max((one.max_score for one in submissions), default=0.0),
        scores=spread([one.score for one in counted]),
        seconds=spread([one.seconds for one in counted]),
        tasks=_tasks(names, points, scores, owners),
        cells=items(names, points, scores),
        owners=owners,
        alpha=alpha(scores),
        failing=failures.failing(counted),
        flags=flagged,
        look=look,
        changes=last_changes(history),
        similarity=close,
        finals=spread([mark.score for mark in done]),
        final_max=max((mark.max_score for mark in marks or ()), default=0.0),
    )


def _require_numbers(results: Results, path: str) -> None:
    """JSON carries NaN, and a file that somebody mended by hand carries anything."""
    for one in results.submissions:
        numbers = [one.max_score, one.seconds, 0.0 if one.score is None else one.score]
        for cell in one.cells.values():
            numbers += [cell.score, cell.max_score]
        if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
            raise CourseError(
                f"{path}: the points or the time of {one.student} are no numbers",
                f"Write it again from what is kept: autograder grade {results.assignment}",
            )


def _released(assignment: Assignment) -> Cells | None:
    try:
        return describe(json.loads(assignment.release.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _marks(assignment: Assignment) -> tuple[tuple[Mark, ...] | None, list[str]]:
    """The gradebook's marks, or a sentence on why there are none."""
    try:
        return read_marks(assignment), []
    except (CourseError, SQLAlchemyError) as error:
        why = str(error).partition("\n")[0]
        return None, [f"Marks by hand, lateness and final scores are not known: {why}."]


def _notes(
    assignment: Assignment, names: Sequence[str], released: Cells | None, history: History
) -> list[str]:
    """Whether the results still fit the release, and the log is whole."""
    again = f"Grade again: autograder grade {assignment.name}"
    if released is None:
        return [f"The release cannot be read. Release it: autograder release {assignment.name}"]
    notes = []
    finished = history.finished
    before = finished[-1].facts.get("hashes", {}) if finished else {}
    if names and set(names) != set(released.tests):
        notes.append(f"These results are of another release, with other test cells. {again}")
    elif _changed(assignment, before):
        notes.append(f"Release, checks or configuration have changed since. {again}")
    if len(finished) < len(history.runs) and history.runs[-1].ended is None:
        notes.append(f"The last grading run was cut off; these results are older. {again}")
    if history.broken:
        lines = ", ".join(map(str, history.broken[:5]))
        notes.append(f"The log of grading was changed by hand at line {lines}.")
    return notes


def _changed(assignment: Assignment, before: dict[str, str]) -> bool:
    """Whether a file that decides about scores is not what the log says it was."""
    try:
        return any(before.get(what, now) != now for what, now in hashes(assignment).items())
    except OSError:
        return True


def _owner(test: str, released: Cells | None) -> str:
    """The function that a test cell is about; of another release's, the cell itself."""
    try:
        return owner_of(test, released.functions if released else ())
    except SourceError:
        return test


def _matrix(
    results: Sequence[SubmissionResult], released: Cells | None
) -> tuple[list[str], list[float], np.ndarray]:
    """The test cells, their points, and students × cells; NaN where somebody lacks a cell."""
    points = {name: cell.max_score for one in results for name, cell in one.cells.items()}
    in_order = [name for name in (released.tests if released else ()) if name in points]
    points = {name: points[name] for name in dict.fromkeys([*in_order, *points])}
    scores = np.full((len(results), len(points)), np.nan)
    column = {name: number for number, name in enumerate(points)}
    for row, one in enumerate(results):
        for name, cell in one.cells.items():
            scores[row, column[name]] = cell.score
    return list(points), list(points.values()), scores


def _tasks(
    names: Sequence[str], points: Sequence[float], scores: np.ndarray, owners: dict[str, str]
) -> tuple[Item, ...]:
    """The functions, each the sum of its test cells."""
    tasks = list(dict.fromkeys(owners[name] for name in names))
    mine = [[owners[name] == task for name in names] for task in tasks]
    most = [float(np.dot(part, points)) for part in mine]
    sums = [scores[:, part].sum(axis=1) for part in mine]
    return items(tasks, most, np.array(sums).reshape(len(tasks), len(scores)).T)


def _verdicts(results: Sequence[SubmissionResult]) -> tuple[Group, ...]:
    found: dict[str, list[str]] = {}
    for one in results:
        found.setdefault(one.verdict, []).append(one.student)
    groups = (Group(verdict, tuple(students)) for verdict, students in found.items())
    return tuple(sorted(groups, key=lambda one: (-len(one.students), one.what)))


def _rows(
    results: Sequence[SubmissionResult], marks: Sequence[Mark], why: dict[str, tuple[str, ...]]
) -> tuple[Row, ...]:
    """Everybody who is in the results or the gradebook."""
    graded = {one.student: one for one in results}
    marked = {one.student: one for one in marks}
    return tuple(
        Row(student, graded.get(student), marked.get(student), why.get(student, ()))
        for student in sorted(graded.keys() | marked.keys())
    )
