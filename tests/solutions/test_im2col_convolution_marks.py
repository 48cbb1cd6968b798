"""What marks for `im2col_convolution` depend on, beyond what the fairness suite asks."""

from __future__ import annotations

import contextlib
import io
import warnings
from pathlib import Path

import pytest

from autograder.checks.loading import load_trusted
from autograder.checks.nbgrader_hooks import isolate_in
from autograder.course.folders import Course
from autograder.course.notebook_source import read_source
from tests.fairness.suite import collect, grade

ASSIGNMENT = Course(Path(__file__).resolve().parents[2]).assignment("im2col_convolution")
TRUSTED = load_trusted(ASSIGNMENT)
CELLS = {cell.id: cell.source for cell in read_source(ASSIGNMENT).cells}
VARIANTS = {(one.function, one.what): one for one in collect(ASSIGNMENT.name)}
IDS = [f"{one.kind}-{one.function}-{one.what}" for one in VARIANTS.values()]


def visible_failures(variant):
    """The test cells of a variant's function whose visible checks fail."""
    failed = set()
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # a student may warn
        for test in TRUSTED.cells.tests:
            if TRUSTED.cells.owner(test) != variant.function:
                continue
            namespace = dict(vars(TRUSTED.reference))
            exec(variant.source, namespace)
            isolate_in(TRUSTED, test, namespace)
            try:
                exec(CELLS[test], namespace)
            except Exception:
                failed.add(test)
    return failed


def test_the_points_are_forty_and_five():
    """40 points are graded by machine, 5 by a person."""
    assert TRUSTED.cells.max_score == 40
    assert sum(TRUSTED.cells.answers.values()) == 5


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS.values(), ids=IDS)
def test_a_visible_check_costs_no_more_than_the_trusted_ones(variant):
    """A cell is lost by either, so what is left out by one is left out by both."""
    lost = grade(TRUSTED, variant, 0, others=False).lost
    assert visible_failures(variant) <= lost.keys()


@pytest.mark.parametrize(
    ("function", "what", "cells"),
    [
        ("im2col", "stride_ignored", ["stride"]),
        ("im2col", "rows_kh_kw_c", ["order"]),
        ("im2col", "message_without_pad", ["refusal"]),
        ("col2im", "frame_kept", ["pad"]),
        ("col2im", "frame_cut_at_zero", ["value", "overlap"]),
        ("conv2d_forward_im2col", "no_bias", ["volume"]),
        ("conv2d_forward_im2col", "pad_not_passed", ["geometry"]),
        ("conv2d_forward_im2col", "naive_loops", ["speed"]),
        ("conv2d_backward_im2col", "db_mean", ["db"]),
        ("conv2d_backward_im2col", "stride_not_in_col2im", ["geometry"]),
    ],
)
def test_a_slip_costs_what_it_breaks(function, what, cells):
    """It is paid once; what was done right still earns its marks."""
    lost = grade(TRUSTED, VARIANTS[function, what], 0, others=False).lost
    assert list(lost) == [f"test_{function}_{cell}" for cell in cells]
