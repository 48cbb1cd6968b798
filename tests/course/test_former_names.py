"""A course that was written before a name changed is told the name of today."""

import importlib

import pytest

from autograder.checks.loading import load_trusted
from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
from autograder.course.former_names import FORMER_NAMES
from tests.edits import edit, edit_file
from tests.toy_course import CHECKS, make_course


def test_the_config_of_an_older_course_is_told_the_new_name(tmp_path):
    """With the line, before nbgrader fails on the old one."""
    course = make_course(tmp_path)
    edit_file(
        course.root / "nbgrader_config.py", ("autograder.gradebook.late.", "autograder.late.")
    )
    with pytest.raises(CourseError, match=r"line \d+: autograder\.late is "):
        load_config(course)


def test_the_checks_of_an_older_course_are_told_the_new_name(tmp_path):
    """In place of a ModuleNotFoundError."""
    older = edit(CHECKS, ("autograder.checks.checking", "autograder.checking"))
    course = make_course(tmp_path, checks=older)
    with pytest.raises(CourseError, match=r"line 1: autograder\.checking is") as caught:
        load_trusted(course.assignment("toy"))
    assert caught.value.remedy == "Write autograder.checks.checking there."


@pytest.mark.parametrize(("former", "name"), FORMER_NAMES.items())
def test_each_new_name_exists_and_the_former_does_not(former, name):
    """Otherwise the sentence would send people to a wrong place."""
    importlib.import_module(name)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(former)


def test_routes_that_say_what_is_allowed_are_told_to_say_what_is_ruled_out(tmp_path):
    """In place of a TypeError; a local variable of that name is nobody's business."""
    older = edit(CHECKS, ('libraries=("torch", "scipy")', 'modules=("numpy",)'))
    course = make_course(tmp_path, checks=older)
    with pytest.raises(CourseError, match=r"line \d+: Routes names the libraries") as caught:
        load_trusted(course.assignment("toy"))
    assert "libraries=" in caught.value.remedy
