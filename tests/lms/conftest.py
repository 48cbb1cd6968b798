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
def nobodys(tmp_path_factory):
    """The toy course with a deadline and without students; tests take copies of it."""
    made = make_course(tmp_path_factory.mktemp("collect"))
    made.grading.mkdir()
    with open_gradebook(load_config(made)) as book:
        book.add_assignment("toy", duedate=DUE)
    return made


@pytest.fixture
def course(nobodys, tmp_path):
    """A class of Canvas."""
    made = copy_course(nobodys, tmp_path / "course")
    import_roster(made, DATA / "canvas_gradebook.csv")
    return made


@pytest.fixture
def moodle_course(nobodys, tmp_path):
    """A class of Moodle."""
    made = copy_course(nobodys, tmp_path / "moodle")
    import_roster(made, DATA / "moodle_participants.csv")
    return made


@pytest.fixture
def zipped(tmp_path):
    """Makes a zip with the given files."""
    return lambda files, name="submissions.zip", **how: make_zip(tmp_path / name, files, **how)
