"""Markers that nbgrader would pass by, or trip over, are named before anything is released."""

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.authoring.markers import check_markers, has_markers
from autograder.course.errors import ReleaseError

PATH = Path("solutions/toy/notebook.py")
SOLUTION = {"grade_id": "f", "solution": True, "grade": False}
TEST = {"grade_id": "test_f", "solution": False, "grade": True}


def notebook(source, meta):
    return new_notebook(cells=[new_code_cell(source, metadata={"nbgrader": meta} if meta else {})])


@pytest.mark.parametrize(
    ("source", "meta", "says"),
    [
        pytest.param("### BEGIN SOLUTION\nx = 1", SOLUTION, "never closed", id="unclosed"),
        pytest.param("x = 1\n### END SOLUTION", SOLUTION, "without its BEGIN", id="unopened"),
        pytest.param(
            "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION\n### END SOLUTION",
            SOLUTION,
            "line 2: BEGIN SOLUTION inside an open SOLUTION",
            id="nested",
        ),
        pytest.param(
            "### BEGIN HIDDEN TESTS\n### END SOLUTION", TEST, "without its BEGIN", id="crossed"
        ),
        pytest.param(
            "### BEGIN SOLUTION\n### END SOLUTION", None, "not a solution cell", id="plain cell"
        ),
        pytest.param(
            "### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS", SOLUTION, "not graded", id="not graded"
        ),
    ],
)
def test_a_misplaced_marker_is_refused_with_file_and_cell(source, meta, says):
    """The message names the file, the cell and what is wrong with the marker."""
    with pytest.raises(ReleaseError, match=says) as caught:
        check_markers(notebook(source, meta), PATH)
    assert str(PATH) in str(caught.value)
    assert (meta["grade_id"] if meta else "cell 0") in str(caught.value)


def test_well_placed_markers_pass():
    """A closed solution in a solution cell and closed hidden tests in a test cell are fine."""
    check_markers(notebook("### BEGIN SOLUTION\nx = 1\n### END SOLUTION", SOLUTION), PATH)
    check_markers(notebook("### BEGIN HIDDEN TESTS\n1\n### END HIDDEN TESTS", TEST), PATH)


def test_any_marker_is_noticed():
    """has_markers finds every edge of every region."""
    assert has_markers("x\n### END HIDDEN TESTS")
    assert has_markers("=== BEGIN MARK SCHEME ===")
    assert not has_markers("the solution begins here")
