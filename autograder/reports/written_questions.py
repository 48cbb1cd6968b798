"""A written question with all its answers and their marks, as markers see them.

An answer is shown as it stands in the graded notebook, its mark as the gradebook and the rubric
beside it have it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from autograder.course.cells import describe, grade_id, is_code, is_written, source_text
from autograder.course.configuration import load_config
from autograder.course.errors import UnknownAssignmentError
from autograder.course.folders import Assignment
from autograder.course.released_notebook import read_released
from autograder.feedback.markup import markdown
from autograder.feedback.notebook import UNANSWERED
from autograder.feedback.titles import titles
from autograder.gradebook.marks import read_marks
from autograder.grading.attachments import safe_attachments
from autograder.grading.pictures import Picture
from autograder.lms.grades import unreadable_students
from autograder.lms.people import read_roster
from autograder.reports.rubric import Rubric, read_rubric

MOST_REUSED = 12
IN_WRITING = "In writing"  # the title of an answer that has no heading of its own


@dataclass(frozen=True)
class Answer:
    """One student's answer, and its mark.

    key : stands for the student in addresses, and tells nobody who that is
    lot : decides which of several markers has it; it never changes
    html : the answer, with nothing in it that runs or loads
    points : None as long as nobody has given any
    waits : whether it waits for a person
    blank : whether nothing was written
    items : the ids of the rubric's items that it has
    comment : the marker's own, without the items' texts
    by, time : who marked it last and when; "" where that is not known
    version : changes with the mark
    """

    key: str
    lot: int
    student: str
    name: str
    html: Markup
    pictures: tuple[Picture, ...]
    points: float | None
    waits: bool
    blank: bool
    items: tuple[str, ...]
    comment: str
    by: str
    time: str
    version: str


@dataclass(frozen=True)
class Question:
    """A written question of an assignment with all its answers.

    prompt : the text of the notebook above the answer
    reused : the comments on these answers, the most frequent first
    """

    assignment: str
    cell: str
    title: str
    prompt: Markup
    max_score: float
    rubric: Rubric
    answers: tuple[Answer, ...]

    @property
    def reused(self) -> tuple[str, ...]:
        counts = Counter(answer.comment for answer in self.answers if answer.comment)
        return tuple(text for text, _ in counts.most_common(MOST_REUSED))

    @property
    def waiting(self) -> int:
        """How many answers wait for a person."""
        return sum(answer.waits for answer in self.answers)


def questions(assignment: Assignment) -> dict[str, str]:
    """The written questions of a release: cell and title, in the notebook's order."""
    nb = read_released(assignment.release)
    words, answers = titles(nb), describe(nb).answers
    untitled = [cell for cell in answers if cell not in words]
    if len(untitled) == 1:
        words[untitled[0]] = IN_WRITING
    return {cell: words.get(cell, f"{IN_WRITING}: {cell}") for cell in answers}


def read_question(assignment: Assignment, cell: str, secret: str) -> Question:
    """A question with the answers of all who handed in, in an order that tells nothing of them.

    Who has withdrawn needs no mark, and is left out; so is whose file could not be read.

    secret : what the keys of students are made with

    Raises `UnknownAssignmentError` when the release has no such question.
    """
    nb = read_released(assignment.release)
    require_question(assignment, cell)
    rubric = read_rubric(assignment, cell)
    place = AnswerPlace(assignment, cell, secret)
    answers, people, marks = [], read_roster(assignment.course), read_marks(assignment)
    unreadable = unreadable_students(assignment, marks)
    for mark in marks:
        if mark.student in people and people[mark.student].withdrawn:
            continue
        if mark.student in unreadable:
            continue
        for one in mark.cells:
            if one.name == cell:
                comment = dict(mark.comments).get(cell, "")
                row = AnswerMark(
                    mark.student, mark.name, one.auto, one.manual, one.needs_person, comment
                )
                answers.append(answer_of(place, row, rubric))
    return Question(
        assignment.name,
        cell,
        questions(assignment)[cell],
        _prompt(nb["cells"], cell),
        describe(nb).answers[cell],
        rubric,
        tuple(sorted(answers, key=lambda answer: answer.key)),
    )


def max_score(assignment: Assignment, cell: str) -> float:
    """The points of a written question."""
    require_question(assignment, cell)
    return describe(read_released(assignment.release)).answers[cell]


def picture(
    assignment: Assignment, cell: str, key: str, index: int, secret: str
) -> tuple[str, bytes] | None:
    """A picture of an answer with its kind; None where there is none."""
    place = AnswerPlace(assignment, cell, secret)
    for student in place.students():
        if place.key(student) == key:
            pictures = place.show(student)[1]
            if index < len(pictures):
                return pictures[index].type, base64.b64decode(pictures[index].data)
    return None


def part_of(answers: Sequence[Answer], part: int, of: int) -> tuple[Answer, ...]:
    """The answers of one marker out of several; an answer stays one marker's when others come.

    part : from 1 to `of`
    """
    return tuple(answer for answer in answers if answer.lot % of == part - 1)


def require_question(assignment: Assignment, cell: str) -> None:
    known = questions(assignment)
    if cell not in known:
        raise UnknownAssignmentError(
            f"{assignment.name} has no written question {cell!r}",
            f"It has: {', '.join(known) or 'none'}.",
        )


class AnswerPlace:
    """Where a question's answers and marks are, and what stands for their students in addresses."""

    def __init__(self, assignment: Assignment, cell: str, secret: str):
        self.assignment, self.name, self.cell = assignment, assignment.name, cell
        self._secret = secret.encode()
        config = load_config(assignment.course).CourseDirectory
        self._graded = assignment.course.root / config.autograded_directory

    def key(self, student: str) -> str:
        """What stands for a student."""
        return hmac.digest(self._secret, student.encode(), "sha256").hex()[:16]

    def lot(self, student: str) -> int:
        """A number by which the answers are shared out; the same whenever it is asked for."""
        text = f"{self.name}/{self.cell}/{student}"
        return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)

    def students(self) -> list[str]:
        """Those who have a graded notebook, or had one of another assignment."""
        return [path.name for path in self._graded.iterdir()] if self._graded.is_dir() else []

    def show(self, student: str) -> tuple[Markup, tuple[Picture, ...]]:
        """A student's answer as HTML, and its pictures."""
        path = self._graded / student / self.name / f"{self.name}.ipynb"
        return _shown(path, path.stat().st_mtime_ns if path.exists() else 0, self.cell)


@dataclass(frozen=True)
class AnswerMark:
    """What the gradebook says of one answer."""

    student: str
    name: str
    auto: float | None
    manual: float | None
    waits: bool
    comment: str


def answer_of(place: AnswerPlace, row: AnswerMark, rubric: Rubric) -> Answer:
    given = rubric.given.get(row.student)
    own = "" if row.comment == UNANSWERED else row.comment
    items: tuple[str, ...] = ()
    by = time = ""
    if given is not None and given.points == row.manual:
        by, time = given.by, given.time
        if rubric.comment(given.items, given.comment) == own:
            items, own = given.items, given.comment
    html, pictures = place.show(row.student)
    points = row.auto if row.manual is None else row.manual
    state = json.dumps([row.student, row.manual, row.waits, row.comment])
    return Answer(
        key=place.key(row.student),
        lot=place.lot(row.student),
        student=row.student,
        name=row.name,
        html=html,
        pictures=pictures,
        points=None if row.waits and row.manual is None else points,
        waits=row.waits,
        blank=row.comment == UNANSWERED,
        items=items,
        comment=own,
        by=by,
        time=time,
        version=hashlib.sha256(state.encode()).hexdigest()[:16],
    )


@lru_cache(maxsize=20_000)
def _shown(path: Path, stamp: int, cell: str) -> tuple[Markup, tuple[Picture, ...]]:
    """An answer of a graded notebook as HTML, and its pictures; read once per change of a file."""
    try:
        cells = json.loads(path.read_bytes())["cells"]
        answers = [one for one in cells if grade_id(one) == cell and is_written(one)]
    except (OSError, ValueError, KeyError, TypeError):
        answers = []
    if not answers:
        return Markup("<p><em>The graded notebook cannot be read: grade it again.</em></p>"), ()
    pictures = safe_attachments(answers[0])
    return markdown(source_text(answers[0]), pictures=pictures), tuple(pictures.values())


def _prompt(cells: Iterable[Mapping[str, Any]], cell: str) -> Markup:
    """The text right above an answer in the release."""
    above: list[str] = []
    for one in cells:
        if grade_id(one) == cell:
            break
        above = [] if is_code(one) or is_written(one) else [*above, source_text(one)]
    return markdown("\n\n".join(above[-1:]), level=2)
