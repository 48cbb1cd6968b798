"""Whatever is half-written in `nbgrader_config.py` ends in one sentence with a remedy."""

import ast
import re
import shutil

import pytest

from autograder.course.configuration import FOLDERS, SETTINGS, load_config, load_zone
from autograder.course.errors import CourseError
from autograder.course.folders import CONFIG, Course
from autograder.course.limits import Limits, load_limits
from autograder.gradebook.late import load_policy
from autograder.gradebook.nbgrader_adapter import open_gradebook
from tests.edits import edit
from tests.toy_course import ROOT

TEXT = (ROOT / CONFIG).read_text(encoding="utf-8")
STATEMENTS = [node for node in ast.parse(TEXT).body if isinstance(node, ast.Assign)]


def course_with(tmp_path, text):
    """A course with this configuration."""
    (tmp_path / "solutions").mkdir()
    (tmp_path / "grading").mkdir()
    (tmp_path / CONFIG).write_text(text)
    return Course(tmp_path)


def course_with_address(tmp_path, address):
    """A course whose gradebook has this address."""
    ours = 'f"sqlite:///{c.CourseDirectory.root}/grading/gradebook.db"'
    return course_with(tmp_path, edit(TEXT, (ours, repr(address))))


def read_all(course, gradebook=False):
    """All that is ever read of it: the limits, the policy, and a gradebook's address."""
    config = load_config(course)
    load_limits(course)
    load_policy(course)
    if gradebook:
        open_gradebook(config).close()


@pytest.mark.slow
@pytest.mark.parametrize("node", STATEMENTS, ids=lambda node: ast.unparse(node.targets[0]))
@pytest.mark.parametrize("what", ["left out", "None", "a list", "a name", "half of it"])
def test_no_statement_of_a_config_leads_to_a_traceback(tmp_path, node, what):
    """Each is taken out, given something else, or cut in the middle."""
    lines = TEXT.splitlines()
    start, end = node.lineno - 1, node.end_lineno
    target = ast.unparse(node.targets[0])
    new = {
        "left out": [],
        "None": [f"{target} = None"],
        "a list": [f"{target} = [1]"],
        "a name": [f"{target} = undefined"],
        "half of it": [lines[start][: len(lines[start]) // 2]],
    }[what]
    course = course_with(tmp_path, "\n".join([*lines[:start], *new, *lines[end:]]))
    try:
        read_all(course, gradebook="db_url" in target and what != "left out")
    except CourseError as error:
        assert CONFIG in str(error) and error.remedy
        assert "\n" not in str(error)


def test_every_folder_is_where_nbgrader_looks(tmp_path):
    """One that is not set, or elsewhere, is refused with the line to write."""
    for name, folder in FOLDERS.items():
        line = re.compile(rf"^c\.CourseDirectory\.{name} = .*$", re.MULTILINE)
        for other in ("", f'c.CourseDirectory.{name} = "elsewhere"'):
            place = tmp_path / f"{name}{len(other)}"
            place.mkdir()
            with pytest.raises(CourseError, match=name) as caught:
                load_config(course_with(place, line.sub(other, TEXT)))
            assert caught.value.remedy == f'Write c.CourseDirectory.{name} = "{folder}".'


def test_a_setting_that_nobody_knows_is_refused_by_name(tmp_path):
    """A typing error must not leave a limit as it was."""
    course = course_with(tmp_path, TEXT + "\nc.Autograder.memory = 4000\n")
    with pytest.raises(CourseError, match=r"no setting c\.Autograder\.memory$") as caught:
        load_limits(course)
    assert "memory_mb" in caught.value.remedy
    assert {*SETTINGS} >= {"memory_mb", "processes", "disk_mb", "output_kb", "submission_timeout"}


def test_what_is_left_out_has_its_default(tmp_path):
    """The gradebook lies where nbgrader's own default has it; the limits are ours."""
    folders = "\n".join(f"c.CourseDirectory.{name} = {at!r}" for name, at in FOLDERS.items())
    course = course_with(tmp_path, f"c = get_config()\n{folders}\n")
    section = load_config(course).CourseDirectory
    assert section.db_url == f"sqlite:///{tmp_path}/gradebook.db"
    assert (section.root, section.course_id) == (str(tmp_path), "")
    assert load_limits(course) == Limits()


def test_a_relative_gradebook_is_the_courses_wherever_one_stands(tmp_path, monkeypatch):
    """Not a second one in another folder."""
    course = course_with_address(tmp_path, "sqlite:///grading/gradebook.db")
    monkeypatch.chdir(course.root / "solutions")
    address = f"sqlite:///{tmp_path}/grading/gradebook.db"
    assert load_config(course).CourseDirectory.db_url == address


@pytest.mark.parametrize(
    "address",
    ["", "gradebook.db", "sqlite:////no/folder/here.db", "postgres://x/y", "oracle://x/y"],
)
def test_an_address_of_no_database_is_said_so(tmp_path, address):
    """A file in no folder, a scheme that nobody speaks, no address at all."""
    with pytest.raises(CourseError, match=r"db_url, .*cannot be opened"):
        read_all(course_with_address(tmp_path, address), gradebook=True)


@pytest.mark.parametrize(
    "address",
    [
        "oracle://grader:hunter2@x/y",
        "postgres://grader:hunter2@x/y",
        "postgresql//grader:hunter2@x/y",
        "mysql://:hunter2@x/y",
        "oracle://grader:hun:ter2/@hunter2@x/y",
    ],
)
def test_a_password_of_a_database_is_not_printed(tmp_path, address):
    """What a terminal shows ends in logs and in mails that ask for help."""
    with pytest.raises(CourseError, match="cannot be opened") as caught:
        read_all(course_with_address(tmp_path, address), gradebook=True)
    assert "hun" not in f"{caught.value}{caught.value.remedy}"


def test_a_config_that_is_gone_is_no_course(tmp_path):
    """It is asked for by whoever has found the course before."""
    course = course_with(tmp_path, TEXT)
    shutil.move(course.root / CONFIG, course.root / "other.py")
    with pytest.raises(CourseError, match=CONFIG):
        load_config(course)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC"])
def test_pages_have_a_time_zone(tmp_path, zone):
    """The one of the configuration."""
    course = course_with(tmp_path, f"{TEXT}\nc.Autograder.zone = {zone!r}\n")
    assert load_zone(course).key == zone


@pytest.mark.parametrize("zone", ["Berlin", "", "../UTC", 1, None])
def test_what_is_no_time_zone_is_refused(tmp_path, zone):
    """With the setting and an example."""
    course = course_with(tmp_path, f"{TEXT}\nc.Autograder.zone = {zone!r}\n")
    with pytest.raises(CourseError, match=r"c\.Autograder\.zone is") as caught:
        load_zone(course)
    assert "Europe/Berlin" in caught.value.remedy
