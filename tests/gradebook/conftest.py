"""The late class, graded under a policy."""

from datetime import UTC, timedelta

import pytest

from autograder.gradebook.deadlines import change_deadlines
from tests.gradebook.late_class import CLASS, DUE, batch, configure
from tests.small_class import GOOD, KINDS, answer, copy_course, hand_in


@pytest.fixture(scope="session")
def graded(clean_course, tmp_path_factory):
    """The class graded by a batch under a policy; fay earned 3 of 10 points, the others 6."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("late"))
    configure(course, "percent_per_day = 10", "grace_minutes = 10")
    work = {student: answer(course, GOOD) for student in CLASS}
    hand_in(course, work | {"fay": answer(course, KINDS["triples"])})
    for student, seconds in CLASS.items():
        moment = DUE.astimezone(UTC) + timedelta(seconds=seconds)
        stamp = course.grading / "submitted" / student / "toy" / "timestamp.txt"
        stamp.write_text(f"{moment:%Y-%m-%d %H:%M:%S} UTC")
    change_deadlines(course.assignment("toy"), due=DUE)
    batch(course)
    return course


@pytest.fixture
def course(graded, tmp_path):
    """A copy of it that a test may change."""
    return copy_course(graded, tmp_path / "course")
