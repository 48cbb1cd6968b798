"""Read the marks of an assignment from the gradebook: points by machine, by hand, and penalties."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from nbgrader import api
from nbgrader.api import Gradebook
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from autograder.course.configuration import load_config
from autograder.course.folders import Assignment
from autograder.gradebook.late import find_assignment, seconds_late
from autograder.gradebook.nbgrader_adapter import open_gradebook


@dataclass(frozen=True)
class CellMark:
    """The points of one graded cell, as nbgrader counts them.

    auto : what grading gave; None before
    manual : what a person gave, which counts instead of `auto`; None where nobody has
    kind : `test`, or `answer` for what only a person can grade
    needs_person : whether nbgrader asks for one
    """

    name: str
    auto: float | None
    manual: float | None
    extra_credit: float
    max_score: float
    kind: str
    needs_person: bool

    @property
    def score(self) -> float:
        """The points that count."""
        points = self.auto if self.manual is None else self.manual
        return (points or 0.0) + self.extra_credit


@dataclass(frozen=True)
class Mark:
    """The points of one student for an assignment.

    score = max(0, auto + manual + extra_credit − penalty), in points.

    timestamp : when it was handed in, in UTC and without a zone, as nbgrader keeps it
    auto : of the cells that nobody has graded by hand; `manual` of the others
    comments : on solutions and answers, each with the cell's name
    ungraded : the cells that wait for a person
    due : the deadline with the student's extension, as `timestamp`; None where there is none
    """

    student: str
    first_name: str | None
    last_name: str | None
    email: str | None
    lms_user_id: str | None
    submitted: bool
    timestamp: datetime | None
    seconds_late: float
    penalty: float
    max_score: float
    cells: tuple[CellMark, ...]
    comments: tuple[tuple[str, str], ...]
    due: datetime | None = None

    @property
    def name(self) -> str:
        """First and last name, as far as the gradebook has them."""
        return " ".join(part for part in (self.first_name, self.last_name) if part)

    @property
    def auto(self) -> float:
        """The machine's points of the cells that nobody has graded by hand."""
        return sum((cell.auto or 0.0) for cell in self.cells if cell.manual is None)

    @property
    def manual(self) -> float:
        """The points that a person gave."""
        return sum(cell.manual for cell in self.cells if cell.manual is not None)

    @property
    def extra_credit(self) -> float:
        """The points that a person gave on top, over all cells."""
        return sum(cell.extra_credit for cell in self.cells)

    @property
    def raw(self) -> float:
        """Points before the penalty."""
        return self.auto + self.manual + self.extra_credit

    @property
    def score(self) -> float:
        """The points that count, after the penalty."""
        return max(0.0, self.raw - self.penalty)

    @property
    def ungraded(self) -> tuple[str, ...]:
        """The names of the cells that wait for a person."""
        return tuple(cell.name for cell in self.cells if cell.needs_person)


def read_marks(assignment: Assignment) -> tuple[Mark, ...]:
    """The marks of every student whom the gradebook knows, in order of their names.

    Raises `CourseError` when the assignment was never released.
    """
    with open_gradebook(load_config(assignment.course)) as gradebook:
        return marks_in(gradebook, assignment.name)


def marks_in(gradebook: Gradebook, name: str) -> tuple[Mark, ...]:
    """The marks of every student for the assignment `name`, out of a gradebook that is open.

    Raises `CourseError` when the assignment was never released.
    """
    assignment = find_assignment(gradebook, name)
    session = gradebook.db
    works = {
        work.student_id: work
        for work in session.query(api.SubmittedAssignment).filter_by(assignment_id=assignment.id)
    }
    penalties = _penalties(session, assignment.id)
    cells = _cells(session, assignment.id)
    comments = _comments(session, assignment.id)
    max_score = sum(cell.max_score for book in assignment.notebooks for cell in book.grade_cells)
    marks = []
    for student in session.query(api.Student).order_by(api.Student.id):
        work = works.get(student.id)
        marks.append(
            Mark(
                student.id,
                student.first_name,
                student.last_name,
                student.email,
                student.lms_user_id,
                work is not None,
                None if work is None else work.timestamp,
                0.0 if work is None else seconds_late(work),
                0.0 if work is None else penalties.get(work.id, 0.0),
                float(max_score),
                () if work is None else tuple(cells.get(work.id, ())),
                () if work is None else tuple(comments.get(work.id, ())),
                _due(assignment, work),
            )
        )
    return tuple(marks)


def _due(assignment: api.Assignment, work: api.SubmittedAssignment | None) -> datetime | None:
    due: datetime | None = assignment.duedate
    extension = None if work is None else work.extension
    return due if due is None or extension is None else due + extension


def _penalties(session: Session, assignment_id: str) -> dict[str, float]:
    rows = session.query(
        api.SubmittedNotebook.assignment_id, api.SubmittedNotebook.late_submission_penalty
    ).filter(_of(assignment_id))
    total: dict[str, float] = defaultdict(float)
    for work, penalty in rows:
        total[work] += penalty or 0.0
    return total


def _cells(session: Session, assignment_id: str) -> dict[str, list[CellMark]]:
    """The graded cells of each submission, in order of their names."""
    by_work: dict[str, list[CellMark]] = defaultdict(list)
    rows = (
        session.query(
            api.SubmittedNotebook.assignment_id,
            api.GradeCell.name,
            api.GradeCell.max_score,
            api.GradeCell.cell_type,
            api.Grade.auto_score,
            api.Grade.manual_score,
            api.Grade.extra_credit,
            api.Grade.needs_manual_grade,
        )
        .join(api.Grade, api.Grade.notebook_id == api.SubmittedNotebook.id)
        .join(api.GradeCell, api.GradeCell.id == api.Grade.cell_id)
        .filter(_of(assignment_id))
        .order_by(api.GradeCell.name)
    )
    for work, name, max_score, cell_type, auto, manual, extra, needs_person in rows:
        kind = "test" if cell_type == "code" else "answer"
        cell = CellMark(name, auto, manual, extra or 0.0, max_score, kind, needs_person)
        by_work[work].append(cell)
    return by_work


def _comments(session: Session, assignment_id: str) -> dict[str, list[tuple[str, str]]]:
    by_work: dict[str, list[tuple[str, str]]] = defaultdict(list)
    rows = (
        session.query(
            api.SubmittedNotebook.assignment_id, api.SolutionCell.name, api.Comment.comment
        )
        .join(api.Comment, api.Comment.notebook_id == api.SubmittedNotebook.id)
        .join(api.SolutionCell, api.SolutionCell.id == api.Comment.cell_id)
        .filter(_of(assignment_id), api.Comment.comment.isnot(None))
        .order_by(api.SolutionCell.name)
    )
    for work, name, text in rows:
        by_work[work].append((name, text))
    return by_work


def _of(assignment_id: str) -> ColumnElement[bool]:
    works = api.SubmittedAssignment
    selection = select(works.id).where(works.assignment_id == assignment_id)
    condition: ColumnElement[bool] = api.SubmittedNotebook.assignment_id.in_(selection)
    return condition
