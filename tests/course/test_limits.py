"""The limits of a submission come from nbgrader_config.py, and a wrong one is named."""

import os
import re

import pytest

from autograder.course.configuration import FOLDERS, load_config
from autograder.course.errors import CourseError
from autograder.course.folders import find_course
from autograder.course.limits import Limits, load_limits
from tests.toy_course import make_course

SETTINGS = {
    "cell_seconds": "Execute.timeout",
    "submission_seconds": "Autograder.submission_timeout",
    "memory_mb": "Autograder.memory_mb",
    "processes": "Autograder.processes",
    "disk_mb": "Autograder.disk_mb",
    "output_kb": "Autograder.output_kb",
}

WRONG = ("0", "-1", "None", "'20'", "True", "[20]", "float('nan')", "float('inf')")


@pytest.fixture
def course(tmp_path):
    return make_course(tmp_path)


def configure(course, *lines):
    folders = [f"c.CourseDirectory.{name} = {folder!r}" for name, folder in FOLDERS.items()]
    text = "\n".join(["c = get_config()", *folders, *lines])
    (course.root / "nbgrader_config.py").write_text(text)


def test_the_courses_configuration_says_what_the_code_does():
    """The file that comes with the course shows every setting, with its default."""
    config = load_config(find_course())
    for field, setting in SETTINGS.items():
        section, name = setting.split(".")
        assert config[section][name] == getattr(Limits(), field), setting


def test_a_configuration_that_sets_nothing_gives_the_defaults(course):
    """Of the limits; where the folders are, it has to say."""
    configure(course)
    assert load_limits(course) == Limits()


@pytest.mark.parametrize(("field", "setting"), SETTINGS.items(), ids=SETTINGS)
def test_each_setting_sets_its_limit_and_no_other(course, field, setting):
    """Every field of `Limits` can be set."""
    configure(course, f"c.{setting} = 7")
    limits = load_limits(course)
    assert {name for name in SETTINGS if getattr(limits, name) != getattr(Limits(), name)} == {
        field
    }
    assert getattr(limits, field) == 7


def test_every_limit_has_a_setting():
    """A new limit needs one, and a line in this file."""
    assert set(SETTINGS) == set(Limits.__dataclass_fields__)


@pytest.mark.parametrize("value", WRONG)
@pytest.mark.parametrize("setting", SETTINGS.values())
def test_each_wrong_setting_is_named(course, setting, value):
    """With its file, its value and what it should be."""
    configure(course, f"c.{setting} = {value}")
    with pytest.raises(CourseError) as caught:
        load_limits(course)
    assert f"c.{setting} is " in str(caught.value)
    assert "nbgrader_config.py" in str(caught.value)
    assert re.fullmatch(r"Give it a positive (whole )?number\.", caught.value.remedy)


@pytest.mark.parametrize("setting", ["memory_mb", "processes", "disk_mb", "output_kb"])
def test_what_the_kernel_counts_is_a_whole_number(course, setting):
    """Half a process would be found out only by the first submission."""
    configure(course, f"c.Autograder.{setting} = 2.5")
    with pytest.raises(CourseError, match=f"c.Autograder.{setting} is 2.5"):
        load_limits(course)


def test_seconds_may_have_fractions(course):
    """A quick assignment's cells may have half a second."""
    configure(course, "c.Execute.timeout = 0.5")
    assert load_limits(course).cell_seconds == 0.5


def test_a_change_of_the_file_is_seen(course):
    """By a process that has read it before."""
    configure(course, "c.Autograder.memory_mb = 500")
    assert load_limits(course).memory_mb == 500
    configure(course, "c.Autograder.memory_mb = 600")
    path = course.root / "nbgrader_config.py"
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert load_limits(course).memory_mb == 600


def test_the_jail_is_told_bytes_and_whole_seconds():
    """As the kernel takes them; the process's own limit comes after the grader's."""
    order = Limits(submission_seconds=2.5, memory_mb=3, disk_mb=2, processes=4).order()
    assert order == {"memory": 3_000_000, "processes": 4, "disk": 2_000_000, "seconds": 3}
    assert all(type(value) is int for value in order.values())
