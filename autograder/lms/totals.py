"""The points of a term: students by assignments, students by cells, and totals by configuration.

In `nbgrader_config.py`:

    c.Totals.weights = {"pooling": 2}   # how often an assignment counts; 1 where nothing is said
    c.Totals.drop_lowest = 1            # so many of a student's lowest shares do not count
    c.Totals.out_of = 100               # the total of who has all points

A total is the weighted mean of the shares of the points. What is not settled yet does not count in
it and is named: answers that wait for a mark, what could not be graded, and what is not due yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from nbgrader import api

from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
from autograder.course.folders import CONFIG, Assignment, Course
from autograder.course.safe_text import guard_cell
from autograder.course.spreadsheet import exactly, points, sheet_text
from autograder.gradebook.deadlines import deadlines
from autograder.gradebook.late import settle
from autograder.gradebook.marks import Mark, read_marks
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.lms.grades import unreadable_students
from autograder.lms.people import Person, read_people
from autograder.lms.rejections import read_rejections

SETTINGS = ("weights", "drop_lowest", "out_of")


@dataclass(frozen=True)
class TotalRules:
    """How a total is made; `c.Totals.…` sets it.

    weights : by assignment; those that are not named weigh 1
    drop_lowest : how many of a student's lowest shares do not count
    out_of : the total of who has all points
    """

    weights: Mapping[str, float]
    drop_lowest: int = 0
    out_of: float = 100

    def total(self, shares: Mapping[str, float]) -> float | None:
        """The total of a student's shares by assignment; None where nothing counts."""
        weighted = {name: share for name, share in shares.items() if self.weight(name)}
        order = sorted(weighted, key=lambda name: (weighted[name], name))
        counted = order[min(self.drop_lowest, max(len(order) - 1, 0)) :]
        weight = sum(map(self.weight, counted))
        if not weight:
            return None
        return self.out_of * sum(self.weight(name) * shares[name] for name in counted) / weight

    def weight(self, name: str) -> float:
        """How often an assignment counts."""
        return self.weights.get(name, 1.0)


@dataclass(frozen=True)
class StudentTotal:
    """One student's term.

    scores : by assignment, after penalties; None for what is not settled
    maxima : by assignment
    open : assignments that do not count yet, with the reason
    total : None where nothing counts
    """

    person: Person
    scores: Mapping[str, float | None]
    maxima: Mapping[str, float]
    open: Mapping[str, str]
    total: float | None


def read_rules(course: Course) -> TotalRules:
    """The rules of the course; raises `CourseError` naming the setting that makes no sense."""
    settings = load_config(course).get("Totals", {})

    def refuse(name: str, remedy: str) -> CourseError:
        return CourseError(f"{course.root / CONFIG}: c.Totals.{name} is {settings[name]!r}", remedy)

    for name in settings:
        if name not in SETTINGS:
            raise CourseError(
                f"{course.root / CONFIG}: there is no setting c.Totals.{name}",
                f"There are: {', '.join(SETTINGS)}.",
            )
    weights = dict(settings.get("weights", {}))
    for name, weight in weights.items():
        if name not in course.names or not _is_number(weight):
            raise refuse("weights", "Name assignments of the course, each with a number from 0 on.")
    drop = settings.get("drop_lowest", 0)
    if not isinstance(drop, int) or isinstance(drop, bool) or drop < 0:
        raise refuse("drop_lowest", "Give it a whole number, 0 for none.")
    out_of = settings.get("out_of", 100)
    if not _is_number(out_of) or not out_of:
        raise refuse("out_of", "Give it a number of points above 0.")
    return TotalRules(weights, drop, float(out_of))


def read_totals(course: Course, now: datetime | None = None) -> tuple[StudentTotal, ...]:
    """The terms of all students who have not withdrawn, penalties by the policy as it is now.

    now : in UTC and without a zone; what is due later does not count yet
    """
    now = now or datetime.now(UTC).replace(tzinfo=None)
    rules, people = read_rules(course), read_people(course)
    scores: dict[str, dict[str, float | None]] = {student: {} for student in people}
    opened: dict[str, dict[str, str]] = {student: {} for student in people}
    maxima: dict[str, float] = {}
    for assignment in _released(course):
        name = assignment.name
        late = {penalty.student: penalty.now for penalty in settle(assignment, write=False)}
        due, rejections = deadlines(assignment), read_rejections(assignment)
        marks = read_marks(assignment)
        unreadable = unreadable_students(assignment, marks)
        for mark in marks:
            if mark.student not in people:
                continue
            maxima[name] = mark.max_score
            why = ""
            if mark.submitted and mark.student in unreadable:
                why = "handed in, and could not be read"
            elif mark.ungraded:
                why = "waits for a mark"
            elif not mark.submitted and mark.student in rejections.by_student:
                why = "handed in, and not graded"
            elif not mark.submitted and _is_due_later(due, mark.student, now):
                why = "not due yet"
            if why:
                opened[mark.student][name] = why
                scores[mark.student][name] = None
            else:
                scores[mark.student][name] = max(0.0, mark.raw - late.get(mark.student, 0.0))
    return tuple(
        StudentTotal(
            person,
            scores[student],
            maxima,
            opened[student],
            rules.total(
                {
                    name: score / maxima[name]
                    for name, score in scores[student].items()
                    if score is not None and maxima[name]
                }
            ),
        )
        for student, person in sorted(people.items())
        if not person.withdrawn
    )


def totals_sheet(totals: Iterable[StudentTotal]) -> str:
    """A CSV of students × assignments, with the total and what is open."""
    totals = list(totals)
    names = sorted({name for total in totals for name in total.scores})
    head = ["student", "last_name", "first_name", "section", *names, "total", "open"]
    rows = [head]
    for total in totals:
        person = total.person
        texts = (person.student, person.last_name, person.first_name, person.section)
        reasons = "; ".join(f"{name} {why}" for name, why in total.open.items())
        scores = [_text(total.scores.get(name)) for name in names]
        rows.append([*map(guard_cell, texts), *scores, _text(total.total), reasons])
    return sheet_text(rows, mark=True)


def cells_sheet(assignment: Assignment) -> str:
    """A CSV of students × graded cells of an assignment; a cell without a mark is empty."""
    marks = [mark for mark in read_marks(assignment) if mark.submitted]
    names = sorted({cell.name for mark in marks for cell in mark.cells})
    rows = [["student", *names, "penalty", "score"]]
    for mark in marks:
        cells = {cell.name: cell for cell in mark.cells}
        scores = [
            _text(cells[name].score) if name in cells and not cells[name].needs_person else ""
            for name in names
        ]
        rows.append([guard_cell(mark.student), *scores, _text(mark.penalty), _score(mark)])
    return sheet_text(rows, mark=True)


def _score(mark: Mark) -> str:
    return "" if mark.ungraded else _text(mark.score)


def _text(score: float | None) -> str:
    return "" if score is None else f"{points(exactly(score)):f}"


def _released(course: Course) -> list[Assignment]:
    """The assignments that the gradebook knows."""
    with open_gradebook(load_config(course)) as gradebook:
        known = {row.name for row in gradebook.db.query(api.Assignment)}
    return [course.assignment(name) for name in course.names if name in known]


def _is_due_later(due: Mapping[str | None, datetime], student: str, now: datetime) -> bool:
    """Whether the student still has time; without a deadline everybody has."""
    limit = due.get(student, due.get(None))
    return limit is None or limit > now


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1e6
