"""A class that nearly all loses the same cell is told from one that was judged."""

import pytest

from autograder.course.changes import common_losses
from autograder.course.results import CellResult, summarize


def results(count, *, verdict=None, **cells):
    """So many students whose cells have these shares of 2 points each, by student."""
    made = {
        name: CellResult(2.0 * share, 2.0, "passed" if share == 1 else "failed")
        for name, share in cells.items()
    }
    students = [f"s{number:02d}" for number in range(count)]
    return {student: summarize(student, made, verdict=verdict) for student in students}


ALL = results(10, a=1, b=1)


@pytest.mark.parametrize(
    ("now", "cells"),
    [
        pytest.param(results(10, a=0, b=1), ["a"], id="one cell"),
        pytest.param(results(10, a=0.5, b=0), ["a", "b"], id="a part of the points is a loss"),
        pytest.param(ALL | results(9, a=1, b=0), ["b"], id="nine of ten"),
        pytest.param(ALL | results(8, a=1, b=0), [], id="eight of ten"),
        pytest.param(results(4, a=0, b=0), [], id="too few to say"),
        pytest.param(ALL, [], id="nothing changed"),
        pytest.param(results(10, a=0, b=0, verdict="missing"), [], id="nothing is handed in now"),
        pytest.param(results(10, b=1), [], id="the cell is gone"),
    ],
)
def test_the_cells_that_nearly_everyone_newly_loses(now, cells):
    """Each is named with its students, and with how many had it."""
    losses = common_losses(ALL, now.values())
    assert [loss.cell for loss in losses] == cells
    for loss in losses:
        assert (len(loss.students), loss.of) in ((9, 10), (10, 10))
        assert f"{len(loss.students)} of the {loss.of}" in loss.sentence


def test_those_who_never_had_the_cell_do_not_count():
    """If five of a hundred had it and all five lose it, that is everybody who could."""
    before = results(100, a=0) | results(5, a=1)
    (loss,) = common_losses(before, results(100, a=0).values())
    assert (loss.of, len(loss.students)) == (5, 5)


def test_without_earlier_results_nothing_is_lost():
    """A first grading warns of nothing, whatever it gives."""
    assert common_losses({}, results(10, a=0).values()) == ()


def test_a_fault_of_the_grader_is_no_loss():
    """Its cells say nothing about the check."""
    fault = CellResult(0.0, 2.0, "grader_error")
    now = [summarize(student, {"a": fault, "b": fault}) for student in ALL]
    assert common_losses(ALL, now) == ()
