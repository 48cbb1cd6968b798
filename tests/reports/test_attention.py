"""Every student who needs a human look is named, with the reason."""

import dataclasses

from autograder.reports.files import students_csv
from tests.reports.toy_results import groups, mark, result, rows


def test_everybody_who_needs_a_look_is_named_with_the_reason(report_of):
    """Verdicts, flags, time, lateness, and what waits for a mark by hand."""
    found = report_of(
        result("ann", 2, 1, 3, flags=("edited cell: setup",), seconds=170.0),
        result("bob", 0, 0, 0, verdict="grader_error"),
        result("eve", 2, 1, 3),
        marks=[mark("ann", manual=3.0, late=60.0), mark("eve")],
    )
    assert groups(found.look) == {
        "grader_error": ("bob",),
        "edited cell": ("ann",),
        "near the time limit": ("ann",),
        "late": ("ann",),
        "waits for marks by hand": ("eve",),
    }
    (ann,) = (row for row in found.rows if row.student == "ann")
    assert ann.look == ("edited cell", "near the time limit", "late")


def test_results_and_gradebook_that_disagree_are_pointed_at(report_of):
    """Students in one of the two alone, and points that differ; who is missing has no entry."""
    found = report_of(
        result("ann", 2, 1, 3),
        result("bob", 2, 1, 3),
        result("kim", 0, 0, 0, verdict="missing"),
        marks=[
            mark("ann", auto=5.0, manual=1.0),
            mark("old", manual=1.0),
            dataclasses.replace(mark("zoe"), submitted=False, cells=()),
            dataclasses.replace(mark("kim"), submitted=False, cells=()),
        ],
    )
    assert groups(found.look) == {
        "missing": ("kim",),
        "not in the gradebook": ("bob",),
        "other points in the gradebook": ("ann",),
        "only in the gradebook": ("old",),
        "no submission": ("zoe",),
    }
    assert [row.student for row in found.rows] == ["ann", "bob", "kim", "old", "zoe"]
    assert rows(students_csv(found))["zoe"]["final"] == ""
