"""What went wrong in a class is counted by property and by kind of flag."""

import dataclasses

import pytest

from autograder.course.results import CellResult
from autograder.reports.failures import failed_property
from tests.reports.toy_results import groups, result


def test_failed_properties_are_counted_up_to_their_hint(report_of):
    """Students count once, whatever the hint; the cells are named; passed cells say nothing."""
    found = report_of(
        result("ann", 0, 0, 3, message="every value is doubled: some values are wrong. Hint: ha"),
        result("bob", 0, 1, 3, message="every value is doubled: some values are wrong. Hint: ho"),
        result("zoe", 2, 1, 0, message="a sum"),
    )
    assert [(one.name, one.students) for one in found.failing] == [
        ("every value is doubled: some values are wrong", ("ann", "bob")),
        ("a sum", ("zoe",)),
    ]
    assert found.failing[0].cells == ("test_double_values", "test_double_refusal")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("it holds: no. Hint: try", "it holds: no"),
        (
            "Not equal to tolerance rtol=1e-07, atol=0\nbias once\nMismatched elements: 4 / 4",
            "bias once",
        ),
        (
            "Arrays are not equal\n\n(shapes (2,), (3,) mismatch)\n ACTUAL: 1",
            "Arrays are not equal",
        ),
        ("\nArrays are not equal\nwrong corner\nMax absolute difference: 1", "wrong corner"),
        ("ValueError: x" + "y" * 900, "ValueError: x" + "y" * 186 + "…"),
        ("", "(no message)"),
    ],
)
def test_a_property_is_said_without_tables_of_numbers(message, said):
    """What an assignment's author wrote is kept; what NumPy put around it is not."""
    assert failed_property(message) == said


def test_flags_are_told_by_kind(report_of):
    """What was tampered with, forbidden ways and limits, with the cells concerned."""
    ann = result("ann", 0, 1, 3, flags=("edited cell: setup", "edited cell: double"))
    cells = ann.cells | {"test_double_values": CellResult(0.0, 2.0, "forbidden", "np.repeat")}
    found = report_of(
        dataclasses.replace(ann, cells=cells),
        result("bob", 2, 1, 3, flags=("deleted cell: setup",)),
    )
    assert groups(found.flags) == {
        "deleted cell": ("bob",),
        "edited cell": ("ann",),
        "forbidden": ("ann",),
    }
    assert {one.name: one.cells for one in found.flags}["edited cell"] == ("setup", "double")
