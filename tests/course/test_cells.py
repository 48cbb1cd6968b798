"""What a cell is follows from its metadata, and a test cell's function from its name."""

import nbformat
import pytest

from autograder.course import cells
from autograder.course.cells import owner_of
from autograder.course.errors import SourceError

FUNCTIONS = ("max_pool_forward", "max_pool_forward_im2col", "im2col")


@pytest.mark.parametrize(
    ("test", "owner"),
    [
        ("test_max_pool_forward", "max_pool_forward"),
        ("test_max_pool_forward_ties", "max_pool_forward"),
        ("test_max_pool_forward_im2col_speed", "max_pool_forward_im2col"),
        ("test_im2col_layout", "im2col"),
    ],
)
def test_the_longest_name_that_fits_owns_the_cell(test, owner):
    """Where two names fit, the longer one is meant."""
    assert owner_of(test, FUNCTIONS) == owner


@pytest.mark.parametrize("test", ["test_average", "test_im2colors", "im2"])
def test_a_cell_of_no_function_is_refused(test):
    """The message lists the functions there are."""
    with pytest.raises(SourceError, match="belongs to no function") as caught:
        owner_of(test, FUNCTIONS)
    assert "max_pool_forward_im2col" in caught.value.remedy


def cell(kind="code", tags=(), **noted):
    """A cell as JSON has it, with nbgrader's notes unless there are none."""
    metadata = {"tags": list(tags)} if tags else {}
    if noted:
        metadata["nbgrader"] = {"grade": False, "solution": False, "locked": False} | noted
    return {"cell_type": kind, "metadata": metadata, "source": ["a\n", "b"]}


KINDS = {
    "setup": cell(grade_id="setup", locked=True),
    "double": cell(grade_id="double", solution=True),
    "test_double": cell(grade_id="test_double", grade=True, locked=True, points=2),
    "why": cell("markdown", grade_id="why", grade=True, solution=True, points=5),
    "picture": cell(tags=[cells.DEMONSTRATION]),
    "own": cell(),
    "prose": cell("markdown"),
}
EXPECTED = {
    cells.is_solution: {"double", "why"},
    cells.is_function: {"double"},
    cells.is_graded: {"test_double", "why"},
    cells.is_test: {"test_double"},
    cells.is_written: {"why"},
    cells.is_definition: {"setup", "double"},
    cells.is_demonstration: {"picture"},
    cells.is_code: set(KINDS) - {"why", "prose"},
}


@pytest.mark.parametrize("predicate", EXPECTED, ids=lambda predicate: predicate.__name__)
def test_each_predicate_holds_for_its_cells_and_no_other(predicate):
    """For plain JSON as for nbformat's nodes."""
    for name, one in KINDS.items():
        assert predicate(one) is (name in EXPECTED[predicate]), name
        assert predicate(nbformat.from_dict(one)) is (name in EXPECTED[predicate]), name


@pytest.mark.parametrize(
    "metadata", [None, [], {"nbgrader": []}, {"nbgrader": {"grade_id": ["double"]}}], ids=repr
)
def test_what_is_no_metadata_says_nothing(metadata):
    """A student's file may hold anything there."""
    strange = {"cell_type": "code", "metadata": metadata, "source": ""}
    assert cells.grade_id(strange) is None
    assert not cells.is_solution(strange) and not cells.is_graded(strange)


def test_a_notebook_is_described_in_its_order():
    """Functions, and the points of tests and answers; sources of what students write."""
    nb = {"cells": list(KINDS.values())}
    assert cells.describe(nb) == cells.Cells(("double",), {"test_double": 2.0}, {"why": 5.0})
    assert cells.solution_sources(nb) == {"double": "a\nb", "why": "a\nb"}
