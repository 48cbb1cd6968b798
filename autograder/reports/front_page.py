"""The first page of `autograder serve`: what is to be done, and every student's scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from urllib.parse import quote

from sqlalchemy.exc import SQLAlchemyError

from autograder.course.errors import CourseError
from autograder.course.faults import course_error
from autograder.course.folders import Assignment, Course
from autograder.course.safe_text import label
from autograder.feedback import wording
from autograder.feedback.rendering import environment, style
from autograder.gradebook.marks import Mark, read_marks
from autograder.reports import written_questions
from autograder.reports.number_format import number

TEMPLATES = Path(__file__).parent / "templates"
MOST_SHOWN = 1000  # students


@dataclass(frozen=True)
class Waiting:
    """A written question, and how many of its answers wait for a person."""

    cell: str
    title: str
    waiting: int
    total: int


@dataclass(frozen=True)
class AssignmentRow:
    """An assignment on the first page; `report` says whether there is one to open."""

    name: str
    submitted: int
    mean: float | None
    max_score: float
    report: bool
    questions: tuple[Waiting, ...]


@dataclass(frozen=True)
class Cell:
    """One student's work for one assignment.

    score : in words, "" where nothing was handed in
    states : what is to be known of it, in a few words each
    links : a word and an address each, relative to the first page
    """

    score: str
    states: tuple[str, ...]
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Person:
    """One student with a cell for each assignment."""

    student: str
    name: str
    cells: tuple[Cell, ...]


def front_page(course: Course, others: Iterable[tuple[str, str]], search: str) -> tuple[str, str]:
    """The page as HTML, and its policy.

    others : further places, a word and an address each
    search : part of a name, a login or an address; "" shows everybody
    """
    notes: list[str] = []
    marks: dict[str, tuple[Mark, ...]] = {}
    for name in course.names:
        assignment = course.assignment(name)
        if assignment.release.is_file():
            try:
                marks[name] = read_marks(assignment)
            except (CourseError, OSError, SQLAlchemyError) as error:
                notes.append(f"{name}: {course_error(error) or error}")
    people = _people(course, marks, search)
    css, policy = style(TEMPLATES / "front.css")
    templates = environment(TEMPLATES)
    templates.filters |= {"label": label, "num": number, "quote": _quoted}
    html = templates.get_template("front.html.j2").render(
        css=css,
        notes=notes,
        assignments=[_row(course.assignment(name), marks[name]) for name in marks],
        people=people[:MOST_SHOWN],
        count=len(people),
        search=search,
        others=list(others),
    )
    return html, policy.replace("form-action 'none'", "form-action 'self'")


def _row(assignment: Assignment, marks: tuple[Mark, ...]) -> AssignmentRow:
    submitted = [mark for mark in marks if mark.submitted]
    cells = [cell for mark in submitted for cell in mark.cells]
    try:
        titles = written_questions.questions(assignment)
    except CourseError:
        titles = {}
    questions = []
    for name, title in titles.items():
        answers = [cell for cell in cells if cell.name == name]
        waiting = sum(cell.needs_person for cell in answers)
        questions.append(Waiting(name, title, waiting, len(answers)))
    report = assignment.course.grading / "reports" / f"{assignment.name}.html"
    return AssignmentRow(
        assignment.name,
        len(submitted),
        mean(mark.score for mark in submitted) if submitted else None,
        max((mark.max_score for mark in marks), default=0.0),
        report.is_file(),
        tuple(questions),
    )


def _people(course: Course, marks: dict[str, tuple[Mark, ...]], search: str) -> list[Person]:
    """The students whom a search finds, by name."""
    by_student: dict[str, dict[str, Mark]] = {}
    for name, of_assignment in marks.items():
        for mark in of_assignment:
            by_student.setdefault(mark.student, {})[name] = mark
    people = []
    wanted = search.casefold().split()
    for student, own in by_student.items():
        mark = next(iter(own.values()))
        text = " ".join((student, mark.name, mark.email or "")).casefold()
        if all(word in text for word in wanted):
            cells = tuple(_cell(course.assignment(name), student, own.get(name)) for name in marks)
            people.append(Person(student, mark.name, cells))
    return sorted(people, key=lambda person: (person.name.casefold(), person.student))


def _cell(assignment: Assignment, student: str, mark: Mark | None) -> Cell:
    links = []
    for word, folder, suffix in (
        ("page", "feedback", ".html"),
        ("notebook", "autograded", ".ipynb"),
    ):
        parts = (folder, student, assignment.name, f"{assignment.name}{suffix}")
        if (assignment.course.grading.joinpath(*parts)).is_file():
            links.append((word, _quoted("/".join(parts))))
    if mark is None or not mark.submitted:
        return Cell("", (), tuple(links))
    states = []
    if mark.ungraded:
        states.append("waits for a mark")
    if mark.seconds_late:
        states.append(f"{wording.lasting(mark.seconds_late)} late")
    score = f"{number(mark.score)} of {number(mark.max_score)}"
    return Cell(score, tuple(states), tuple(links))


def _quoted(text: str) -> str:
    """A relative address; a colon in its first part would be taken for a scheme."""
    return quote(text, errors="surrogateescape")
