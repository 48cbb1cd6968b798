"""What is said of a check that failed on an error is the student's to read."""

import sys

import pytest

from autograder.grading.failed_cells import FailedCells
from autograder.grading.session import CellRun
from autograder.wire.errors import rules_out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (rules_out("torch.ones"), rules_out("torch.ones")),
        ("no such axis", "RuntimeError: no such axis"),
    ],
)
def test_only_a_message_of_ours_stands_without_its_kind(text, said):
    """A ruled-out way is no crash; an error of the student's code keeps its name."""
    assert FailedCells([]).explain(CellRun([], ("RuntimeError", text), "double", 3)) == said


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("SyntaxError", "invalid syntax", True),
        ("ImportError", "cannot import name 'override' from 'typing'", True),
        ("IndentationError", "unexpected indent", False),
        ("NameError", "name 'n' is not defined", False),
        ("ModuleNotFoundError", "No module named 'numba'", False),
    ],
)
def test_what_another_python_may_take_is_told_with_the_version_of_grading(kind, text, says):
    """A student's own may be newer."""
    version = f"; grading has Python {sys.version_info.major}.{sys.version_info.minor}"
    told = FailedCells([]).explain(CellRun([], (kind, text), "double", 3))
    assert told.endswith(version) == says and told.startswith(f"{kind}: {text}")
