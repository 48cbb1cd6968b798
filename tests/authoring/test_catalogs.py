"""The catalogs of assignments and of feedback: complete, current, and true to their messages."""

from __future__ import annotations

import shutil

import pytest
from babel.messages.pofile import read_po

from autograder.authoring.catalogs import assignment_messages, package_messages, update
from autograder.course.folders import Course, find_course
from autograder.course.translation import PACKAGE, read_catalog
from tests.catalogs import faults
from tests.edits import edit_file
from tests.toy_course import make_course
from tests.toy_translation import TRANSLATIONS, translate

COURSE = find_course()
FILES = sorted([*COURSE.catalogs.glob("*/*/*.po"), *PACKAGE.glob("*/*/*.po")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_catalog_is_complete_and_true(path):
    """Nothing untranslated, fuzzy or obsolete; the same numbers, code, formulas, links, values."""
    found = list(faults(path))
    assert not found, "\n".join(found[:20])


def test_catalogs_are_up_to_date(tmp_path):
    """`make translation` would change none: every English message is in them."""
    copy = tmp_path / "course"
    shutil.copytree(COURSE.solutions, copy / "solutions")
    package = tmp_path / "locale"
    shutil.copytree(PACKAGE, package)
    languages = sorted({path.parent.parent.name for path in FILES})
    assert update(Course(copy), languages, package) == []


def entries(path):
    """The messages of a catalog with their translations and flags."""
    with path.open("rb") as file:
        return {
            message.id: (message.string, message.fuzzy) for message in read_po(file) if message.id
        }


@pytest.fixture
def course(tmp_path):
    """The toy course with a translated catalog that was brought up to date."""
    course = make_course(tmp_path / "course")
    translate(course)
    update(course, ["zh_CN"], tmp_path / "locale")
    return course


def test_messages_are_those_that_students_read(course):
    """Of the notebook and its checks, in their order."""
    assert list(assignment_messages(course.assignment("toy"))) == list(TRANSLATIONS)
    places = assignment_messages(course.assignment("toy"))["two axes are refused"]
    assert places == ["solutions/toy/checks.py#test_double_refusal"]


def test_nothing_changes_a_second_time(course, tmp_path):
    """Whatever the time is; and translations stay."""
    assert update(course, ["zh_CN"], tmp_path / "locale") == []
    path = course.catalogs / "zh_CN" / "LC_MESSAGES" / "toy.po"
    assert read_catalog(path) == TRANSLATIONS


def test_a_changed_sentence_becomes_fuzzy(course, tmp_path):
    """It keeps its translation for whoever looks at it, and is shown in English until then."""
    source = course.assignment("toy").notebook_source
    edit_file(source, ("double() takes one axis", "double() takes a single axis"))
    path = course.catalogs / "zh_CN" / "LC_MESSAGES" / "toy.po"
    assert update(course, ["zh_CN"], tmp_path / "locale") == [path]
    assert entries(path)["double() takes a single axis"] == ("double() 只接受一个轴", True)
    assert "double() takes one axis" not in path.read_text(encoding="utf-8")
    assert "double() takes a single axis" not in read_catalog(path)


def test_what_a_second_assignment_uses_moves_to_the_shared_catalog(course, tmp_path):
    """With its translation."""
    shutil.copytree(course.solutions / "toy", course.solutions / "second")
    update(course, ["zh_CN"], tmp_path / "locale")
    folder = course.catalogs / "zh_CN" / "LC_MESSAGES"
    assert read_catalog(folder / "shared.po") == TRANSLATIONS
    assert entries(folder / "toy.po") == {}


def test_the_package_has_the_words_of_pages_and_checks():
    """Of each place that students read from, one."""
    messages = package_messages()
    for message in (
        "not run yet",
        "some values are wrong",
        "Skip to the result",
        "partly passed",
        "{count} days",
        "this is the notebook of {other}",
        "a picture that the cell drew",
    ):
        assert message in messages
    assert "blank notebook" not in messages and "own code" not in messages
