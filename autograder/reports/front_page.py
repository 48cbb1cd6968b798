"""The first page of `autograder serve`: what is to be done, and every student's scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from urllib.parse import quote

from nbgrader import api
from sqlalchemy.exc import SQLAlchemyError

from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
from autograder.course.faults import course_error
from autograder.course.folders import Assignment, Course
from autograder.course.safe_text import label
from autograder.feedback import wording
from autograder.feedback.rendering import environment, style
from autograder.gradebook.marks import Mark, read_marks
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.lms.grades import unreadable_students
from autograder.lms.rejections import Rejections, read_rejections
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
    withdrawn: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Work:
    """What is known of one assignment: the marks of its students, and what could not be graded.

    unreadable : the students whose file could not be read
    """

    assignment: Assignment
    marks: tuple[Mark, ...]
    rejections: Rejections
    unreadable: frozenset[str]


def front_page(course: Course, others: Iterable[tuple[str, str]], search: str) -> tuple[str, str]:
    """The page as HTML, and its policy.

    others : further places, a word and an address each
    search : part of a name, a login or an address; "" shows everybody
    """
    notes: list[str] = []
    works: list[Work] = []
    unreleased: list[str] = []
    try:
        known = _known(course)
    except (CourseError, OSError, SQLAlchemyError) as error:
        notes.append(str(course_error(error) or error))
        known = frozenset()
    for assignment in map(course.assignment, course.names):
        if not assignment.release.is_file() or assignment.name not in known:
            unreleased.append(assignment.name)
            continue
        try:
            marks, rejections = read_marks(assignment), read_rejections(assignment)
            works.append(
                Work(assignment, marks, rejections, unreadable_students(assignment, marks))
            )
        except (CourseError, OSError, SQLAlchemyError) as error:
            notes.append(f"{assignment.name}: {course_error(error) or error}")
    people = _people(works, search)
    css, policy = style(TEMPLATES / "front.css")
    templates = environment(TEMPLATES)
    templates.filters |= {"label": label, "num": number, "quote": _quoted}
    html = templates.get_template("front.html.j2").render(
        css=css,
        notes=notes,
        unreleased=[] if notes else unreleased,
        assignments=[_row(work) for work in works],
        people=people[:MOST_SHOWN],
        count=len(people),
        search=search,
        others=list(others),
    )
    return html, policy.replace("form-action 'none'", "form-action 'self'")


def _known(course: Course) -> frozenset[str]:
    """The assignments that the gradebook has."""
    with open_gradebook(load_config(course)) as gradebook:
        return frozenset(name for (name,) in gradebook.db.query(api.Assignment.name))


def _row(work: Work) -> AssignmentRow:
    """The row of an assignment; who has withdrawn is not among those who wait for a mark."""
    assignment, left = work.assignment, work.rejections.withdrawn
    submitted = [mark for mark in work.marks if mark.submitted and mark.student not in left]
    read = [mark for mark in submitted if mark.student not in work.unreadable]
    cells = [cell for mark in read for cell in mark.cells]
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
        mean(mark.score for mark in read) if read else None,
        max((mark.max_score for mark in work.marks), default=0.0),
        report.is_file(),
        tuple(questions),
    )


def _people(works: list[Work], search: str) -> list[Person]:
    """The students whom a search finds, by name."""
    by_student: dict[str, dict[str, Mark]] = {}
    for work in works:
        for mark in work.marks:
            by_student.setdefault(mark.student, {})[work.assignment.name] = mark
    people = []
    wanted = search.casefold().split()
    for student, own in by_student.items():
        mark = next(iter(own.values()))
        text = " ".join((student, mark.name, mark.email or "")).casefold()
        if all(word in text for word in wanted):
            cells = tuple(_cell(work, student, own.get(work.assignment.name)) for work in works)
            withdrawn = any(student in work.rejections.withdrawn for work in works)
            people.append(Person(student, mark.name, withdrawn, cells))
    return sorted(people, key=lambda person: (person.name.casefold(), person.student))


def _cell(work: Work, student: str, mark: Mark | None) -> Cell:
    assignment, links = work.assignment, []
    for word, folder, suffix in (
        ("page", "feedback", ".html"),
        ("notebook", "autograded", ".ipynb"),
    ):
        parts = (folder, student, assignment.name, f"{assignment.name}{suffix}")
        if (assignment.course.grading.joinpath(*parts)).is_file():
            links.append((word, _quoted("/".join(parts))))
    if mark is None or not mark.submitted:
        is_refused = work.rejections.instead_of_work(student) is not None
        return Cell("", ("refused",) if is_refused else (), tuple(links))
    if student in work.unreadable:
        return Cell("", ("could not be read",), tuple(links))
    states = []
    if mark.ungraded and student not in work.rejections.withdrawn:
        states.append("waits for a mark")
    if mark.seconds_late:
        states.append(f"{wording.lasting(mark.seconds_late)} late")
    score = f"{number(mark.score)} of {number(mark.max_score)}"
    return Cell(score, tuple(states), tuple(links))


def _quoted(text: str) -> str:
    """A relative address; a colon in its first part would be taken for a scheme."""
    return quote(text, errors="surrogateescape")
