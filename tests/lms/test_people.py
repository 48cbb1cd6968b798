"""Students are found by what other systems call them, and a damaged roster is named."""

import csv
import io

import pytest

from autograder.course.errors import CourseError
from autograder.lms.people import COLUMNS, Person, StudentFinder, read_roster, roster_file


def test_students_are_found_by_ids_addresses_and_names():
    """Addresses and names in any case, a name in either order, as Moodle's folders have it."""
    people = [
        Person("sb", "Siobhán", "O'Brien", "Sb@x.org", "17"),
        Person("k1", "Min-jun", "Kim"),
        Person("k2", "Min-jun", "Kim"),
        Person("xw", "小明", "王"),
    ]
    finder = StudentFinder(people)
    assert finder.by("email", "sb@X.ORG ") == {"sb"}
    assert finder.by("lms_user_id", "17") == {"sb"}
    assert finder.by("lms_user_id", "") == finder.by("section", "") == frozenset()
    assert finder.by_name("SIOBHÁN OBrien") == finder.by_name("O'Brien, Siobhán") == {"sb"}
    assert finder.by_name("Min-jun Kim") == {"k1", "k2"}
    assert finder.by_name("王 小明") == {"xw"}


def test_a_damaged_roster_is_named(new_course):
    """With its line, where a student is in it twice."""
    file = io.StringIO()
    csv.writer(file).writerows([COLUMNS, *[["ann", *[""] * (len(COLUMNS) - 1)]] * 2])
    roster_file(new_course).write_text(file.getvalue(), encoding="utf-8", newline="")
    with pytest.raises(CourseError, match="line 3: ann is there twice"):
        read_roster(new_course)
