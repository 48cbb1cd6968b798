"""A course is found from any folder in it, and what students hand in is never taken for one."""

import pytest

from autograder.course.errors import CourseError
from autograder.course.folders import find_course
from tests.toy_course import make_course


def test_a_course_is_found_from_within(tmp_path):
    """The nearest one; a course may lie in the folder of another."""
    course = make_course(tmp_path / "outer")
    inner = make_course(course.root / "examples" / "inner")
    for folder in (course.root, course.solutions / "toy", course.root / "examples"):
        assert find_course(folder).root == course.root
    assert find_course(inner.solutions).root == inner.root
    with pytest.raises(CourseError, match="is not inside a course"):
        find_course(tmp_path)


@pytest.mark.parametrize(
    "place", ["submitted/eve", "submitted/eve/toy/deep", "collected/toy/eve/1"]
)
def test_what_was_handed_in_is_no_course(tmp_path, place):
    """Its settings are code, which would run with the rights of whoever looks into the folder."""
    course = make_course(tmp_path / "course")
    evil = make_course(course.grading / place)
    (evil.root / "nbgrader_config.py").write_text("raise SystemExit('this ran')")
    for folder in (evil.root, evil.solutions, evil.solutions / "toy"):
        assert find_course(folder).root == course.root
    # Nor does another layer of the same hide it.
    again = make_course(evil.grading / "submitted" / "eve")
    assert find_course(again.root).root == course.root
