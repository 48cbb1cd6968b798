"""Gather the results, figures and oddities of a graded class in one `Report` of plain records.

Nothing here changes a score. Figures are about the submissions that were read and graded: a missing
submission, or a file that cannot be read, does not show how hard a task is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy.exc import SQLAlchemyError

from autograder.authoring.release_record import changed_since
from autograder.batch.agreement import class_doubts, results_doubts
from autograder.batch.audit_log import hashes
from autograder.batch.history import History, Run, last_changes, read_history
from autograder.course.cells import Cells, describe, owner_of
from autograder.course.changes import Change
from autograder.course.errors import CourseError, SourceError
from autograder.course.faults import course_error
from autograder.course.folders import Assignment
from autograder.course.limits import load_limits
from autograder.course.results import Results, SubmissionResult, read_results
from autograder.course.safe_text import label
from autograder.gradebook.late import settle
from autograder.gradebook.marks import Mark, read_marks
from autograder.gradebook.statistics import Item, Spread, alpha, items, spread
from autograder.lms.rejections import read_rejections
from autograder.lms.storing import SubmissionFolder
from autograder.reports import attention, failures
from autograder.reports.failures import Group
from autograder.reports.similarity import Similarity, find_pairs

DECIDING = ("release", "checks")  # of what a run logs a hash of
MOST_DOUBTS = 10  # that are spelled out; the gradebook's are among the reasons for a look too
UNSEEN = ("missing", "unreadable", "grader_error")  # verdicts on what could not be graded


@dataclass(frozen=True)
class StudentRow:
    """One student in a report: result, mark and reasons for a look; None for what is not known.

    page, notebook : the feedback page and the graded notebook, where there are any
    """

    student: str
    result: SubmissionResult | None
    mark: Mark | None
    look: tuple[str, ...]
    page: Path | None = None
    notebook: Path | None = None

    @property
    def name(self) -> str:
        """First and last name, as far as the gradebook has them."""
        return self.mark.name if self.mark else ""

    @property
    def verdict(self) -> str:
        return self.result.verdict if self.result else "–"

    @property
    def lost(self) -> int:
        """The number of test cells in which points were lost."""
        cells = self.result.cells.values() if self.result else ()
        return sum(cell.score < cell.max_score for cell in cells)

    @property
    def handed_in(self) -> Mark | None:
        """The mark, if the gradebook has a submission."""
        return self.mark if self.mark and self.mark.submitted else None


@dataclass(frozen=True)
class Report:
    """The results, figures and oddities of a graded class.

    run : the last grading run in the log; None without one
    notes : oddities of the data, in sentences
    doubts : on results and points that the log does not vouch for, by student; the student ""
        stands for all of them
    verdicts : each with its students
    counted : the results that the figures are about
    tasks, cells : functions, and the test cells that make them up, in the notebook's order
    owners : the function of each test cell
    similarity : None if it is turned off, or without a release
    """

    assignment: str
    time: datetime
    results: Results
    run: Run | None
    notes: tuple[str, ...]
    doubts: dict[str, tuple[str, ...]]
    rows: tuple[StudentRow, ...]
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

    @property
    def doubt_sentences(self) -> list[str]:
        """The doubts in sentences, not all of them where there are many."""
        lines = [
            f"{student}: {'; '.join(why)}." if student else f"{'; '.join(why).capitalize()}."
            for student, why in self.doubts.items()
        ]
        rest = len(lines) - MOST_DOUBTS
        return [*lines[:MOST_DOUBTS], *([f"And so it is with {rest} more."] if rest > 0 else [])]


def make_report(assignment: Assignment, *, similarity: bool = True) -> Report:
    """Make the report on the last results of an assignment.

    Raises `CourseError` when there are none, or they are damaged. Without a gradebook or a log the
    report says so and leaves out what they hold.
    """
    path = assignment.course.results / f"{assignment.name}.json"
    results = read_results(path)
    _require_numbers(results, str(path))
    history = read_history(assignment)
    released = _released(assignment)
    marks, why_no_marks = _marks(assignment)
    submissions = results.submissions
    counted = tuple(result for result in submissions if result.verdict not in UNSEEN)
    names, points, scores = _matrix(counted or submissions, released)
    scores = scores if counted else scores[:0]
    owners = {name: _owner(name, released) for name in names}
    flag_groups = failures.flags(submissions)
    # Code of the release does not count; an assignment of written answers has none.
    is_compared = similarity and released is not None and bool(released.functions)
    similar_pairs = (
        find_pairs(assignment, [result.student for result in counted]) if is_compared else None
    )
    limits = load_limits(assignment.course)
    similar_students = similar_pairs.students if similar_pairs else ()
    look = attention.look_at(
        submissions,
        marks,
        flag_groups,
        similar_students,
        limits.submission_seconds,
        read_rejections(assignment),
    )
    in_figures = {result.student for result in counted}
    complete = [mark for mark in marks or () if mark.student in in_figures and not mark.ungraded]
    doubts = _doubts(results, history, marks or ())
    return Report(
        assignment=assignment.name,
        time=datetime.now(UTC),
        results=results,
        run=history.finished[-1] if history.finished else None,
        notes=(
            *why_no_marks,
            *_notes(assignment, dict(zip(names, points, strict=True)), released, history),
            *_drafts(assignment, [result.student for result in submissions]),
        ),
        doubts=doubts,
        rows=_rows(assignment, submissions, marks or (), attention.reasons(look)),
        verdicts=_verdicts(submissions),
        counted=counted,
        max_score=max((result.max_score for result in submissions), default=0.0),
        scores=spread([result.score for result in counted if result.score is not None]),
        seconds=spread([result.seconds for result in counted]),
        tasks=_tasks(names, points, scores, owners),
        cells=items(names, points, scores),
        owners=owners,
        alpha=alpha(scores),
        failing=failures.failing(counted),
        flags=flag_groups,
        look=look,
        changes=last_changes(history),
        similarity=similar_pairs,
        finals=spread([mark.score for mark in complete]),
        final_max=max((mark.max_score for mark in marks or ()), default=0.0),
    )


def _require_numbers(results: Results, path: str) -> None:
    """Raise `CourseError` where points or times are not numbers; JSON can hold NaN, and text."""
    for result in results.submissions:
        numbers = [result.max_score, result.seconds, 0.0 if result.score is None else result.score]
        for cell in result.cells.values():
            numbers += [cell.score, cell.max_score]
        if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
            raise CourseError(
                f"{path}: the points or the time of {result.student} are no numbers",
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
        why = str(course_error(error) or error).partition("\n")[0]
        return None, [f"Marks by hand, lateness and final scores are not known: {why}."]


def _notes(
    assignment: Assignment, points: dict[str, float], released: Cells | None, history: History
) -> list[str]:
    """Sentences for when the results do not fit the release any more, or the log is damaged."""
    names, remedy = list(points), f"Grade again: autograder grade {assignment.name}"
    if released is None:
        return [f"The release cannot be read. Release it: autograder release {assignment.name}"]
    notes = []
    finished = history.finished
    if names and set(names) != set(released.tests):
        notes.append(f"These results are of another release, with other test cells. {remedy}")
    elif points and points != released.tests:
        notes.append(f"These results are of another release, with other points. {remedy}")
    elif changes := _changes(assignment, finished[-1].facts if finished else {}):
        notes.append(f"Since then {' and '.join(changes)} changed. {remedy}")
    if change := changed_since(assignment):
        notes.append(
            f"{assignment.notebook_source} is not what was released, which these results are of: "
            f"{change} changed. "
            f"Release it before anything is graded again: autograder release {assignment.name}"
        )
    if _is_late_policy_new(assignment):
        notes.append(
            "Deadlines or the policy for late work have changed since the penalties were set. "
            f"Settle them: autograder late {assignment.name}"
        )
    if len(finished) < len(history.runs) and history.runs[-1].ended is None:
        notes.append(_unfinished(history.runs[-1], remedy))
    if history.broken:
        lines = ", ".join(map(str, history.broken[:5]))
        notes.append(f"The log of grading was changed by hand at line {lines}.")
    return notes


def _unfinished(run: Run, remedy: str) -> str:
    """A sentence on the last run, which has no end."""
    if not run.stopped:
        return f"The last grading run was cut off; these results are older. {remedy}"
    why = label(run.stopped)
    return (
        f"The last grading run stopped, and these results are older. Why it stopped: {why} {remedy}"
    )


def _drafts(assignment: Assignment, students: Sequence[str]) -> list[str]:
    """A sentence on who has never submitted what was graded; none where nobody has."""
    drafts = [name for name in students if SubmissionFolder(assignment, name).is_draft]
    return [f"Drafts that were never submitted: {', '.join(drafts)}."] if drafts else []


def _doubts(
    results: Results, history: History, marks: Sequence[Mark]
) -> dict[str, tuple[str, ...]]:
    if not history.runs:
        return {"": ("there is no log of grading, so nothing vouches for these results",)}
    return {**class_doubts(history, marks), **results_doubts(results, history)}


def _changes(assignment: Assignment, logged: dict[str, Any]) -> list[str]:
    """What decides about scores and is other than in the log of a run."""
    before = logged.get("hashes", {})
    try:
        now = hashes(assignment)
    except OSError:
        return ["a file that decides about scores"]
    changes = [f"the {name}" for name in DECIDING if before.get(name, now[name]) != now[name]]
    limits = asdict(load_limits(assignment.course))
    return [*changes, "the limits"] if logged.get("limits", limits) != limits else changes


def _is_late_policy_new(assignment: Assignment) -> bool:
    """Whether the policy now gives somebody another penalty than the gradebook has."""
    try:
        return any(penalty.changed for penalty in settle(assignment, write=False))
    except (CourseError, SQLAlchemyError):
        return False  # `_marks` says what is wrong with the gradebook


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
    points = {name: cell.max_score for result in results for name, cell in result.cells.items()}
    in_order = [name for name in (released.tests if released else ()) if name in points]
    points = {name: points[name] for name in dict.fromkeys([*in_order, *points])}
    scores = np.full((len(results), len(points)), np.nan)
    column = {name: number for number, name in enumerate(points)}
    for row, result in enumerate(results):
        for name, cell in result.cells.items():
            scores[row, column[name]] = cell.score
    return list(points), list(points.values()), scores


def _tasks(
    names: Sequence[str], points: Sequence[float], scores: np.ndarray, owners: dict[str, str]
) -> tuple[Item, ...]:
    """Item statistics of the functions, each the sum of its test cells."""
    tasks = list(dict.fromkeys(owners[name] for name in names))
    masks = [[owners[name] == task for name in names] for task in tasks]
    maxima = [float(np.dot(mask, points)) for mask in masks]
    sums = [scores[:, mask].sum(axis=1) for mask in masks]
    return items(tasks, maxima, np.array(sums).reshape(len(tasks), len(scores)).T)


def _verdicts(results: Sequence[SubmissionResult]) -> tuple[Group, ...]:
    students_by_verdict: dict[str, list[str]] = {}
    for result in results:
        students_by_verdict.setdefault(result.verdict, []).append(result.student)
    groups = (Group(verdict, tuple(students)) for verdict, students in students_by_verdict.items())
    return tuple(sorted(groups, key=lambda group: (-len(group.students), group.name)))


def _rows(
    assignment: Assignment,
    results: Sequence[SubmissionResult],
    marks: Sequence[Mark],
    why: dict[str, tuple[str, ...]],
) -> tuple[StudentRow, ...]:
    """A row for every student who is in the results or the gradebook."""
    graded = {result.student: result for result in results}
    marked = {mark.student: mark for mark in marks}
    name, grading = assignment.name, assignment.course.grading

    def file(kind: str, student: str, suffix: str) -> Path | None:
        path = grading / kind / student / name / f"{name}{suffix}"
        return path if path.is_file() else None

    return tuple(
        StudentRow(
            student,
            graded.get(student),
            marked.get(student),
            why.get(student, ()),
            file("feedback", student, ".html"),
            file("autograded", student, ".ipynb"),
        )
        for student in sorted(graded.keys() | marked.keys())
    )
