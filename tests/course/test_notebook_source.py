"""A line that imports from solutions/shared/ stands for the text of that file."""

import pytest

from autograder.course.errors import SourceError
from autograder.course.folders import Course
from autograder.course.notebook_source import read_source

NOTEBOOK = """\
# %% nbgrader={"grade_id": "setup", "locked": true}
import sys

from solutions.shared.values import expect_values, tolerance

print(expect_values)
"""
VALUES = '''"""What compares values."""

import numpy as np


# included from here on
def expect_values(got):
    """Compare \\\\1 values."""
    return np.all(got)
'''


@pytest.fixture
def assignment(tmp_path):
    """An assignment with one cell, which includes a file."""
    course = Course(tmp_path)
    for place, text in (("toy/notebook.py", NOTEBOOK), ("shared/values.py", VALUES)):
        path = course.solutions / place
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    return course.assignment("toy")


def test_an_include_is_replaced_by_the_text_below_the_mark(assignment):
    """Nothing else of the file comes in, and nothing else of the cell goes."""
    (cell,) = read_source(assignment).cells
    text = VALUES.split("# included from here on\n")[1]
    assert cell.source == f"import sys\n\n{text}\nprint(expect_values)"


def test_the_included_files_belong_to_the_notebook(assignment):
    """Whoever asks whether a notebook changed must look at them too."""
    shared = assignment.course.shared / "values.py"
    assert assignment.notebook_files == (assignment.notebook_source, shared)


@pytest.mark.parametrize("text", [None, "import sys\n", VALUES * 2], ids=["gone", "none", "two"])
def test_a_file_that_cannot_be_included_is_named(assignment, text):
    """Where it is not there, or does not say what of it belongs into the notebook."""
    shared = assignment.course.shared / "values.py"
    shared.unlink() if text is None else shared.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read_source(assignment)
    assert str(shared) in str(caught.value)


def test_a_notebook_that_cannot_be_read_is_named(assignment):
    """As when it is not UTF-8."""
    assignment.notebook_source.write_bytes(b"# \xff")
    with pytest.raises(SourceError, match=r"notebook\.py"):
        read_source(assignment)
