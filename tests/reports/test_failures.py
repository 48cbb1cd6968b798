"""What went wrong in a class is counted by property and by kind of flag."""

import dataclasses

import pytest

from autograder.course.results import CellResult
from autograder.reports.failures import (
    CATEGORIES,
    MEANINGS,
    OTHER,
    Group,
    by_category,
    failed_property,
)
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


@pytest.mark.parametrize(
    ("messages", "name"),
    [
        (
            (
                "strides are kept\nat [0, 1] expected 3, you returned 4\n1 of 2 values differ",
                "strides are kept\nexpected shape (2, 2), you returned (2,)",
            ),
            "strides are kept",
        ),
        (
            (
                "ValueError: operands could not be broadcast together with shapes (2,3) (4,)",
                "ValueError: operands could not be broadcast together with shapes (5,3) (1,)",
            ),
            "ValueError: operands could not be broadcast together with shapes (…) (…,)",
        ),
    ],
)
def test_a_property_is_one_row_whatever_was_found(messages, name):
    """What a visible check found, and the numbers of an exception, differ from one to another."""
    assert {failed_property(message) for message in messages} == {name}


def test_numbers_of_a_property_stay():
    """Stride 2 and stride 3 are two properties."""
    assert failed_property("stride 2 moves by two") != failed_property("stride 3 moves by two")


def test_every_kind_of_flag_has_a_heading():
    """What is new is under the last one, and no heading is empty."""
    groups = [Group(kind, ("ann",)) for kind in (*MEANINGS, "by pigeon")]
    headings = by_category(groups)
    assert [name for name, _ in headings] == [*CATEGORIES, OTHER]
    assert [group.name for group in headings[-1][1]] == ["by pigeon"]
    assert sum(len(members) for _, members in headings) == len(groups)
