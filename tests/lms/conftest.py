"""Courses of Canvas and of Moodle to collect into, and zips to collect."""

import pytest

from autograder.course.configuration import load_config
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.lms.roster import import_roster
from tests.lms.zips_of_systems import DATA, DUE
from tests.small_class import copy_course
from tests.toy_course import make_course
from tests.zips import make_zip


@pytest.fixture(scope="session")
def empty_course(tmp_path_factory):
    """The toy course with a deadline and without students; tests take copies of it."""
    course = make_course(tmp_path_factory.mktemp("collect"))
    course.grading.mkdir()
    with open_gradebook(load_config(course)) as book:
        book.add_assignment("toy", duedate=DUE)
    return course


@pytest.fixture
def new_course(empty_course, tmp_path):
    """A course that has no students yet."""
    return copy_course(empty_course, tmp_path / "course")


@pytest.fixture
def course(new_course):
    """A class of Canvas."""
    import_roster(new_course, DATA / "canvas_gradebook.csv")
    return new_course


@pytest.fixture
def moodle_course(empty_course, tmp_path):
    """A class of Moodle."""
    course = copy_course(empty_course, tmp_path / "moodle")
    import_roster(course, DATA / "moodle_participants.csv")
    return course


@pytest.fixture
def zipped(tmp_path):
    """A function that makes a zip of the given files."""
    return lambda files, name="submissions.zip", **how: make_zip(tmp_path / name, files, **how)


@pytest.fixture
def listed(tmp_path):
    """Writes a CSV file and gives its path."""

    def write(text, encoding="utf-8"):
        path = tmp_path / "list.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write
