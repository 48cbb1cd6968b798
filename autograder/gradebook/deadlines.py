"""Set deadlines and extensions where nbgrader keeps them: in the gradebook, in UTC.

nbgrader's own reader of times takes `2026-11-02 12:00 +0100` for an offset of 100 seconds, and a
zone that it does not know for UTC. Here a moment has its zone, or is refused.
"""

from __future__ import annotations

from datetime import datetime

from nbgrader.api import MissingEntry

from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
from autograder.course.folders import Assignment
from autograder.gradebook.late import find_assignment
from autograder.gradebook.nbgrader_adapter import open_gradebook


def set_deadline(assignment: Assignment, due: datetime) -> None:
    """Set an assignment's deadline in the gradebook.

    due : with its time zone; nbgrader keeps it in UTC

    Raises `CourseError` when `due` has no zone, or the assignment was never released.
    """
    if due.tzinfo is None:
        raise CourseError(f"{due} has no time zone", "Name one: 2026-11-02 23:59 Europe/Berlin")
    with open_gradebook(load_config(assignment.course)) as gradebook:
        find_assignment(gradebook, assignment.name)
        gradebook.update_or_create_assignment(assignment.name, duedate=due)


def extend(assignment: Assignment, student: str, hours: float) -> None:
    """Extend the deadline for one student, in place of an earlier extension.

    hours : after the assignment's deadline

    Raises `CourseError` when there is no deadline, or no submission of the student.
    """
    with open_gradebook(load_config(assignment.course)) as gradebook:
        if find_assignment(gradebook, assignment.name).duedate is None:
            raise CourseError(
                f"{assignment.name} has no deadline",
                f"Set one: autograder late {assignment.name} --deadline '2026-11-02 23:59 UTC'",
            )
        try:
            gradebook.grant_extension(assignment.name, student, hours=hours)
        except MissingEntry:
            raise CourseError(
                f"the gradebook holds no submission of {student!r} to {assignment.name}",
                "nbgrader keeps extensions with submissions: grade first, then extend.",
            ) from None
