"""A notebook fits on a page of half a megabyte, with every formula of the course drawn."""

import json
import re

import pytest

from autograder.course.cells import describe, is_written
from autograder.course.folders import Course
from autograder.course.limits import Limits
from autograder.course.results import CellResult, summarize
from autograder.feedback.boxes import GradedWork
from autograder.feedback.page import Pages
from autograder.gradebook.marks import CellMark, Mark
from tests.grading.test_attachments import JPEG, PNG, SVG, drawn
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
    """The second page takes a small part of the first one's time: 4% for the longest notebook."""
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


def page_with(attachments, text="So: ![a plot](attachment:a.png)"):
    """The page of a student whose written answer has these attachments."""
    assignment, work = solved_work("pooling")
    (cell,) = [cell for cell in work.notebook["cells"] if is_written(cell)]
    cell |= {"source": text, "attachments": attachments}
    return Pages(assignment, Limits()).page(work, "")


@pytest.mark.parametrize("picture", [("image/png", PNG), ("image/jpeg", JPEG)], ids=["png", "jpeg"])
def test_a_picture_of_an_answer_is_shown_below_it(picture):
    """The text names it; what the page may show is PNG and JPEG inside of it."""
    kind, data = picture
    text = page_with({"a.png": {kind: data}})
    assert f'<img src="data:{kind};base64,{data}" alt="a.png">' in text
    assert "[picture: a plot; shown below]" in text


@pytest.mark.parametrize("kind", ["image/svg+xml", "image/png", "text/html"])
def test_no_other_attachment_is_shown(kind):
    """Also where nbgrader has graded alone, and nobody has looked at it before."""
    text = page_with({"a.png": {kind: SVG}})
    assert SVG not in text and "not loaded: attachment:a.png" in text


def test_a_picture_that_is_too_large_for_a_page_is_named():
    """The others stay, and so does the page's size."""
    large = drawn("PNG", size=(2000, 2000), noise=True)
    text = page_with({"a.png": {"image/png": large}, "b.png": {"image/png": PNG}})
    assert "[a.png: too large for this page]" in text and PNG in text
    assert len(text) < 600_000
