"""A section is found in the cell of a roster, alone or among others, as each system lists them."""

import re
import unicodedata
from datetime import timedelta

import pytest

from autograder.gradebook.extensions import Extension, Extensions
from autograder.gradebook.sections import (
    is_in_group,
    is_in_section,
    is_list,
    sections_by_student,
)
from tests.toy_course import make_course

LISTS = {
    "Moodle": "Group A, Group B",
    "Canvas": "Group A and Group B",
    "Canvas with three": "Group A, Group B, and Tutors",
    "Canvas in German": "Group A, Group B und Tutors",
    "Canvas in French": "Group A et Group B",
    "Canvas in Spanish": "Tutors, Group A y Group B",
    "Canvas in Chinese": "Group A和Group B",
    "by hand": "Group A;Group B",
    "with more blanks": " Group  A ,\u00a0Group B ",
}


@pytest.mark.parametrize("cell", LISTS.values(), ids=LISTS)
def test_a_student_of_two_sections_is_in_both(cell):
    """And in none of which the name is only a part of theirs."""
    for name in ("Group A", "Group B", " Group  B "):
        assert is_in_section(cell, name), name
    for name in ("Group", "A", "B", "Group A B", "roup A", "", " ", "Group C", "and"):
        assert not is_in_section(cell, name), name


@pytest.mark.parametrize(
    "name", ["Lab A, Monday", "Mon and Wed", "Übung (Mo) [1] + .*", "Sand und Ton", "A; B"]
)
def test_a_name_may_have_what_stands_between_names(name):
    """It is found alone and in every place of a list, however its accents are spelled."""
    for cell in (name, f"Tutors, {name}", f"{name} and Tutors", f"X, {name}, and Y"):
        assert is_in_section(unicodedata.normalize("NFD", cell), name), cell
    assert not is_in_section("Übung (Mo) [1] + xy", "Übung (Mo) [1] + .*")


WHOLE = ("Group A and B", "Mon und Wed", "A, B", "Sand et Ton y C", "X和Y")


@pytest.mark.parametrize("whole", WHOLE)
@pytest.mark.parametrize("around", ["{}", "{}, Tutors", "Tutors and {}", "X1, {}, and X2", "{};{}"])
def test_a_section_that_is_listed_itself_wins_over_its_parts(whole, around):
    """Alone or among others; a part beside it still counts."""
    cell = around.format(whole, whole)
    parts = [part for part in re.split(r", ?|和| (?:and|und|et|y) ", whole) if part]
    for part in parts:
        assert is_in_section(cell, part)
        assert not is_in_section(cell, part, [whole]), part
        assert is_in_section(f"{cell}, {part}", part, [whole, part]), part
    for name in (whole, "Tutors", "X1", "X2"):
        assert is_in_section(cell, name, WHOLE) == is_in_section(cell, name)


def test_a_word_parts_no_groups():
    """Moodle's lists have commas, and a group's work must reach nobody else."""
    assert is_in_group("Group A and B, Tutors", "Group A and B")
    assert is_in_group("Tutors;Group A", "Group A")
    assert not is_in_group("Group A and B, Tutors", "Group A")
    assert not is_in_group("Group A", "")
    assert is_list("Group A and B, Tutors", "Group A")
    assert not is_list("Group A, Group B", "Group A")


def test_a_deadline_of_its_own_makes_one_section_of_a_list():
    """Until then each row says whom it reaches by taking a cell for a list."""
    cells = {"ann": "Lab A", "bob": "Lab A and B", "cem": "Lab A and B", "dee": "B, Lab A"}
    row = Extension("", "Lab A", "all", timedelta(hours=1))
    before = Extensions([row], cells)
    assert before.students(row) == ["ann", "bob", "cem", "dee"]
    assert before.lists(row) == {"Lab A and B": 2}
    own = Extension("", "Lab A and B", "toy", timedelta(hours=2))
    after = Extensions([row, own], cells)
    assert after.students(row) == ["ann", "dee"] and after.students(own) == ["bob", "cem"]
    assert after.lists(row) == after.lists(own) == {}
    assert after.of("bob", "toy", None) == own.amount and after.of("ann", "toy", None) == row.amount


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_roster_that_a_spreadsheet_saved_has_the_same_sections(tmp_path, encoding):
    """With semicolons, in the code page of a German Excel; who has left is in none."""
    course = make_course(tmp_path)
    course.grading.mkdir()
    text = "student;section;status\nann;Übung A, Übung B;\nbob;'-1;\ncem;Übung A;withdrawn\n"
    (course.grading / "roster.csv").write_text(text, encoding=encoding)
    assert sections_by_student(course) == {"ann": "Übung A, Übung B", "bob": "-1"}
