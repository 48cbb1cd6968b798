"""No mistake of an author's reaches a class: each is refused in a sentence that says where."""

import re

import pytest

from autograder.authoring.release import release
from autograder.course.errors import CourseError
from tests.authoring.check_mistakes import CHECK_FILES, CHECKS_THAT_PASS
from tests.authoring.notebook_mistakes import HEADERS, SOLUTIONS, TESTS
from tests.toy_course import make_course

pytestmark = pytest.mark.slow
ALL = (*HEADERS, *SOLUTIONS, *TESTS, *CHECK_FILES, *CHECKS_THAT_PASS)


@pytest.mark.parametrize("mistake", ALL, ids=lambda mistake: mistake.what)
def test_a_mistake_is_refused_in_a_sentence(tmp_path, mistake):
    """It names the file, the cell or the line, and the remedy; nothing is written."""
    course = make_course(tmp_path, mistake.notebook_text, mistake.checks_text)
    assignment = course.assignment("toy")
    if not mistake.checks_text:
        assignment.checks_source.unlink()
    for name, content in mistake.files.items():
        assignment.extra_files.mkdir(exist_ok=True)
        (assignment.extra_files / name).write_text(content)
    with pytest.raises(CourseError) as caught:
        release(assignment)
    text = str(caught.value)
    assert re.search(mistake.says, text) or mistake.says in text, text
    assert str(course.solutions / "toy") in text
    assert re.search(r"cell |line \d+|checks\.py|files/", text)
    assert caught.value.remedy
    assert "\n" not in text and len(text) < 500
    assert not course.release.exists()
    assert not course.grading.exists() or list(course.grading.iterdir()) == []


def test_the_list_is_long_and_no_mistake_is_in_it_twice():
    """Thirty-five were asked for."""
    assert len({mistake.what for mistake in ALL}) == len(ALL) >= 35
