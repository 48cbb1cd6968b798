"""What the gradebook knows of a class, and why a list is not taken in."""

import pytest

from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.lms.roster import import_roster


def students(course):
    """The students in nbgrader's gradebook."""
    with open_gradebook(load_config(course)) as book:
        return {student.id: student.to_dict() for student in book.students}


def refusal(course, path, **how):
    """Why a list is not taken in; nothing may have been written."""
    before = students(course)
    with pytest.raises(CourseError) as error:
        import_roster(course, path, **how)
    assert students(course) == before
    assert error.value.remedy
    return str(error.value)
