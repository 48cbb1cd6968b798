"""Set and read deadlines, which nbgrader keeps in the gradebook in UTC.

nbgrader's own reader of times takes `2026-11-02 12:00 +0100` for an offset of 100 seconds, and a
zone that it does not know for UTC. Here a moment has its zone, or is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from nbgrader import api

from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
from autograder.course.folders import Assignment
from autograder.gradebook.extensions import (
    Extension,
    Extensions,
    read_extensions,
    with_rows,
    write_extensions,
)
from autograder.gradebook.late import Penalty, find_assignment, settle
from autograder.gradebook.nbgrader_adapter import open_gradebook


def change_deadlines(
    assignment: Assignment,
    *,
    due: datetime | None = None,
    rows: Iterable[Extension] = (),
    write: bool = True,
) -> tuple[Extensions, tuple[Penalty, ...]]:
    """Set a deadline and extensions, whether or not anything was handed in, and settle penalties.

    due : the new deadline with its time zone; by default it stays
    rows : extensions that are added, each in the place of an earlier one about the same
    write : whether anything is changed, or only said

    Returns all extensions, and the penalties as they are now. Raises `CourseError` when `due` has
    no zone, the assignment was never released, an extension needs a deadline and there is none, or
    a student is not known.
    """
    if due is not None and due.tzinfo is None:
        raise CourseError(f"{due} has no time zone", "Name one: 2026-11-02 23:59 Europe/Berlin")
    moment = None if due is None else due.astimezone(UTC).replace(tzinfo=None)
    rows = tuple(rows)
    extensions = with_rows(read_extensions(assignment.course), rows)
    _require_sense(assignment, rows, moment, extensions)
    penalties = settle(assignment, write=write, due=moment, extensions=extensions)
    if write and rows:
        write_extensions(assignment.course, extensions)
    return extensions, penalties


def deadlines(assignment: Assignment) -> dict[str | None, datetime]:
    """The deadline, under the key None, and that of each student with an extension, in UTC.

    There are none while the assignment has no deadline.
    """
    extensions = read_extensions(assignment.course)
    with open_gradebook(load_config(assignment.course)) as gradebook:
        row = gradebook.db.query(api.Assignment).filter_by(name=assignment.name).one_or_none()
        if row is None or row.duedate is None:
            return {}
        due: datetime = row.duedate
        works = gradebook.db.query(api.SubmittedAssignment).filter_by(assignment_id=row.id)
        own = {work.student_id: work.extension for work in works if work.extension}
        students = [student.id for student in gradebook.db.query(api.Student)]
    for student in students:
        extension = extensions.of(student, assignment.name, due)
        if extension is not None:
            own[student] = extension
    return {None: due, **{student: due + extension for student, extension in own.items()}}


def _require_sense(
    assignment: Assignment,
    rows: Iterable[Extension],
    due: datetime | None,
    extensions: Extensions,
) -> None:
    with open_gradebook(load_config(assignment.course)) as gradebook:
        deadline = due or find_assignment(gradebook, assignment.name).duedate
        known = {student.id for student in gradebook.db.query(api.Student)}
    for row in rows:
        if deadline is None and row.assignment == assignment.name:
            raise CourseError(
                f"{assignment.name} has no deadline",
                f"Set one: autograder late {assignment.name} --deadline '2026-11-02 23:59 UTC'",
            )
        if row.student and row.student not in known:
            raise CourseError(
                f"the gradebook knows no student {row.student!r}",
                "Import the list of students first: autograder roster FILE.csv",
            )
        if row.section and not extensions.students(row):
            raise CourseError(
                f"nobody on the roster is in the section {row.section!r}",
                "Write it as the column section of grading/roster.csv has it.",
            )
