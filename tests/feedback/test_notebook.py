"""A notebook fits on a page of half a megabyte, with every formula of the course drawn."""

import json
import re

import pytest

from autograder.course.cells import describe
from autograder.course.folders import Course
from autograder.course.limits import Limits
from autograder.course.results import CellResult, summarize
from autograder.feedback.boxes import GradedWork
from autograder.feedback.page import Pages
from autograder.gradebook.marks import CellMark, Mark
from tests.growth import ratio
from tests.toy_course import ROOT


def solved_work(name, student="ann"):
    """A notebook with the reference's answers, and full marks, without any grading."""
    assignment = Course(ROOT).assignment(name)
    released = json.loads(assignment.release.read_text(encoding="utf-8"))
    cells = describe(released)
    for cell in released["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = ["# solved\n", *cell["source"]]
    results = {
        test: CellResult(most, most, "passed", "all checks passed")
        for test, most in cells.tests.items()
    }
    marks = tuple(
        CellMark(test, most, None, 0.0, most, "test", False) for test, most in cells.tests.items()
    )
    most = cells.max_score
    mark = Mark(student, None, None, None, None, True, None, 0.0, 0.0, most, marks, ())
    return assignment, GradedWork(student, "graded", mark, summarize(student, results), released)


@pytest.mark.parametrize("name", Course(ROOT).names)
def test_every_formula_of_the_course_is_drawn(name):
    """None stays in TeX, and a page has less than 500 kB."""
    assignment, work = solved_work(name)
    text = Pages(assignment, Limits()).page(work, "0" * 64)
    assert re.findall('<code class="tex">.*?</code>', text) == []
    assert "<math" in text
    assert len(text.encode()) < 500_000


def test_the_released_parts_are_made_once_for_all_pages():
    """The second page takes a small part of the first one's time: 4 % for the longest notebook."""
    assignment, work = solved_work("naive_convolution")
    pages = Pages(assignment, Limits())
    pages.page(work, "")

    def first():
        Pages(assignment, Limits()).page(work, "")

    assert ratio(lambda: pages.page(work, ""), first, 0.25) < 0.25


def test_a_huge_answer_leaves_a_page_of_half_a_megabyte():
    """Code without end, outputs without end and pictures without end are cut, and it is said."""
    assignment, work = solved_work("naive_convolution")
    for cell in work.notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "&<" * 90_000}]
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = "a+<&'\"" * 30_000
    text = Pages(assignment, Limits()).page(work, "")
    assert len(text.encode()) < 500_000
    assert "the page has no room for the rest" in text and "characters more" in text
