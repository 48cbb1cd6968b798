"""Mark written answers: one answer's points and comment, and the rubric of a question.

Points and comments go into nbgrader's gradebook as formgrader puts them there, so both show the
same. The rubric, and who gave what, lie beside it (`rubric`); every mark leaves a line in the
assignment's audit log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from nbgrader.api import Comment, Grade, Gradebook, MissingEntry

from autograder.batch import audit_log
from autograder.course.configuration import load_config
from autograder.course.errors import CourseError, UnknownAssignmentError
from autograder.course.folders import Assignment
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.reports.rubric import Rubric, RubricItem, Ticked, alone, read_rubric, write_rubric
from autograder.reports.written_questions import (
    Answer,
    AnswerMark,
    AnswerPlace,
    answer_of,
    read_question,
    require_question,
)

MOST_COMMENT = 10_000  # characters


class MarkedMeanwhile(CourseError):
    """Somebody else has marked the answer since the page was shown.

    answer : as it is now
    """

    def __init__(self, message: str, remedy: str, answer: Answer):
        super().__init__(message, remedy)
        self.answer = answer


@dataclass(frozen=True)
class MarkToSave:
    """What a marker gives to one answer.

    points : None takes the mark back
    version : of the answer as the marker saw it
    """

    points: float | None
    items: tuple[str, ...]
    comment: str
    by: str
    version: str


def save_mark(assignment: Assignment, cell: str, key: str, mark: MarkToSave, secret: str) -> Answer:
    """Write one answer's points and comment into the gradebook; the answer as it is now.

    Raises `MarkedMeanwhile` when the mark is another than the marker saw, `UnknownAssignmentError`
    for an unknown answer, and `CourseError` for points that the question does not have.
    """
    require_question(assignment, cell)
    place = AnswerPlace(assignment, cell, secret)
    with alone(assignment, cell), open_gradebook(load_config(assignment.course)) as gradebook:
        rubric = read_rubric(assignment, cell)
        student = _student(gradebook, place, key)
        before = answer_of(place, _row(gradebook, place, student), rubric)
        if before.version != mark.version:
            who = f" by {before.by}" if before.by else " elsewhere, perhaps in formgrader"
            points = "no points" if before.points is None else f"{before.points:g} points"
            raise MarkedMeanwhile(
                f"this answer was marked meanwhile{who}: {points}",
                "Save again if your mark is to count, or press u to keep the other one.",
                before,
            )
        _write(gradebook, place, student, mark, rubric)
        rubric = _note(place, {student: (before.points, mark)}, rubric)
        return answer_of(place, _row(gradebook, place, student), rubric)


def save_rubric(
    assignment: Assignment, cell: str, items: tuple[RubricItem, ...], by: str, secret: str
) -> int:
    """Write the items of a rubric, and give the answers that have them their new points.

    An answer keeps what its marker gave on top of the items. Answers that were marked elsewhere
    since stay as they are. Returns the number of answers whose points or comment changed.
    """
    require_question(assignment, cell)
    place = AnswerPlace(assignment, cell, secret)
    with alone(assignment, cell):
        question = read_question(assignment, cell, secret)
        old, new = question.rubric, replace(question.rubric, items=items)
        changed: dict[str, tuple[float | None, MarkToSave]] = {}
        kept = {item.id for item in items}
        with open_gradebook(load_config(assignment.course)) as gradebook:
            for answer in question.answers:
                if not answer.items or answer.points is None:
                    continue
                extra = answer.points - old.points(answer.items, question.max_score)
                ids = tuple(item for item in answer.items if item in kept)
                points = new.points(ids, question.max_score) + extra
                points = min(max(points, 0.0), question.max_score)
                mark = MarkToSave(points, ids, answer.comment, answer.by, answer.version)
                if (points, new.comment(ids, "")) != (answer.points, old.comment(answer.items, "")):
                    _write(gradebook, place, answer.student, mark, new)
                    changed[answer.student] = (answer.points, mark)
        _note(place, changed, new, by=by)
        return len(changed)


def _student(gradebook: Gradebook, place: AnswerPlace, key: str) -> str:
    for work in gradebook.assignment_submissions(place.name):
        if place.key(work.student_id) == key:
            return str(work.student_id)
    raise UnknownAssignmentError("there is no such answer any more", "Load the page again.")


def _row(gradebook: Gradebook, place: AnswerPlace, student: str) -> AnswerMark:
    grade, comment = _entries(gradebook, place, student)
    person = gradebook.find_student(student)
    name = " ".join(part for part in (person.first_name, person.last_name) if part)
    waits = bool(grade.needs_manual_grade)
    return AnswerMark(
        student, name, grade.auto_score, grade.manual_score, waits, comment.comment or ""
    )


def _entries(gradebook: Gradebook, place: AnswerPlace, student: str) -> tuple[Grade, Comment]:
    try:
        where = (place.cell, place.name, place.name, student)
        return gradebook.find_grade(*where), gradebook.find_comment(*where)
    except MissingEntry:
        raise CourseError(
            f"the gradebook holds no answer of {student} to {place.cell}",
            f"Grade it first: autograder grade {place.name}",
        ) from None


def _write(
    gradebook: Gradebook, place: AnswerPlace, student: str, mark: MarkToSave, rubric: Rubric
) -> None:
    """Put points and comment where formgrader puts them."""
    grade, comment = _entries(gradebook, place, student)
    most = float(grade.max_score)
    if mark.points is not None and not 0 <= mark.points <= most:
        raise CourseError(f"{mark.points:g} is not between 0 and {most:g} points")
    grade.manual_score = mark.points
    grade.needs_manual_grade = mark.points is None and grade.auto_score is None
    comment.manual_comment = rubric.comment(mark.items, mark.comment) or None
    gradebook.db.commit()


def _note(
    place: AnswerPlace,
    marks: Mapping[str, tuple[float | None, MarkToSave]],
    rubric: Rubric,
    by: str = "",
) -> Rubric:
    """Keep who gave what beside the gradebook, and in the log.

    by : who changed the rubric, which changed these marks
    """
    time = datetime.now(UTC).isoformat(timespec="seconds")
    given = dict(rubric.given)
    for student, (before, mark) in marks.items():
        given[student] = Ticked(mark.items, mark.comment.strip(), mark.points, mark.by, time)
        facts = {"student": student, "cell": place.cell, "before": before, "points": mark.points}
        audit_log.note(place.assignment, "mark", marker=by or mark.by, **facts)
    rubric = replace(rubric, given=given)
    write_rubric(place.assignment, place.cell, rubric)
    return rubric
