"""What is said of a check that failed on an error is the student's to read."""

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
