"""A section is found in the cell of a roster, alone or among others, as each system lists them."""

import unicodedata

import pytest

from autograder.gradebook.sections import is_in_section, sections_by_student
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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_roster_that_a_spreadsheet_saved_has_the_same_sections(tmp_path, encoding):
    """With semicolons, in the code page of a German Excel; who has left is in none."""
    course = make_course(tmp_path)
    course.grading.mkdir()
    text = "student;section;status\nann;Übung A, Übung B;\nbob;'-1;\ncem;Übung A;withdrawn\n"
    (course.grading / "roster.csv").write_text(text, encoding=encoding)
    assert sections_by_student(course) == {"ann": "Übung A, Übung B", "bob": "-1"}
