"""What marks for `naive_convolution` depend on, beyond what the fairness suite asks."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path

import pytest

from autograder.checks.loading import load_trusted
from autograder.checks.nbgrader_hooks import isolate_in
from autograder.course.folders import Course
from autograder.course.notebook_source import read_source
from tests.edits import edit
from tests.fairness.suite import Variant, collect, grade

ASSIGNMENT = Course(Path(__file__).resolve().parents[2]).assignment("naive_convolution")
TRUSTED = load_trusted(ASSIGNMENT)
CELLS = {cell.id: cell.source for cell in read_source(ASSIGNMENT).cells}
FUNCTIONS = TRUSTED.cells.functions
VARIANTS = {(one.function, one.what): one for one in collect(ASSIGNMENT.name)}
IDS = [f"{one.kind}-{one.function}-{one.what}" for one in VARIANTS.values()]


def own_cells(function):
    return [test for test in TRUSTED.cells.tests if TRUSTED.cells.owner(test) == function]


@cache
def loses(variant, seed=0, others=False):
    """The test cells that the trusted checks give no marks for."""
    return list(grade(TRUSTED, variant, seed, others=others).lost)


def lost_messages(variant):
    """What is said about all test cells that a variant loses."""
    return "\n".join(grade(TRUSTED, variant, 0, others=False).lost.values())


def sees(variant, tests):
    """The test cells whose visible checks fail in a notebook with this one cell replaced."""
    failed = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a student may warn
        for test in tests:
            namespace = dict(vars(TRUSTED.reference))
            exec(variant.source, namespace)
            isolate_in(TRUSTED, test, namespace)
            try:
                exec(CELLS[test], namespace)
            except Exception:
                failed.append(test)
    return failed


def test_the_points_are_forty_and_five():
    """40 points are graded by machine, 5 by a person."""
    assert TRUSTED.cells.max_score == 40
    assert sum(TRUSTED.cells.answers.values()) == 5


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_reference_gets_full_marks(function):
    """The solved notebook passes all checks, visible ones too, whatever the inputs are."""
    reference = Variant("wheat", function, "the reference", CELLS[function])
    assert sees(reference, own_cells(function)) == []
    for seed in range(5):
        assert loses(reference, seed) == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_empty_function_loses_its_own_cells(function):
    """An unfinished function loses all of its own cells and none of the others'."""
    source = f"def {function}(*args, **kwargs):\n    raise NotImplementedError()"
    empty = Variant("chaff", function, "unfinished", source)
    assert loses(empty, others=True) == own_cells(function)
    assert sees(empty, TRUSTED.cells.tests) == own_cells(function)


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=IDS)
def test_trusted_checks_see_what_visible_ones_see(variant):
    """A cell whose visible checks fail gets no marks from its trusted check either."""
    assert set(sees(variant, own_cells(variant.function))) <= set(loses(variant))


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=IDS)
def test_marks_do_not_depend_on_the_numbers(variant):
    """Other inputs cost the same cells."""
    assert loses(variant, seed=1) == loses(variant)


@pytest.mark.parametrize(
    ("function", "what", "cells"),
    [
        ("conv_output_size", "pad_ignored", ["values"]),
        ("conv_output_size", "float_returned", ["int"]),
        ("conv_output_size", "negative_pad_let_in", ["refusals"]),
        ("conv_output_size", "message_without_stride", ["message"]),
        ("conv2d_forward", "stride_ignored", ["stride"]),
        ("conv2d_forward", "padding_by_the_edge", ["pad"]),
        ("conv2d_forward", "bias_forgotten", ["volume"]),
        ("conv2d_forward", "always_float64", ["dtype"]),
        ("conv2d_forward", "single_precision_inside", ["dtype"]),
        ("conv2d_forward", "columns_floored", ["refusal"]),
        ("conv2d_forward", "first_image_only", ["volume"]),
        ("conv2d_backward", "dw_flipped", ["dw"]),
        ("conv2d_backward", "db_averaged", ["db"]),
        ("conv2d_backward", "stride_ignored", ["geometry"]),
        ("conv2d_backward", "frame_cut_off_one_end", ["geometry"]),
        ("conv2d_backward", "dout_scaled_in_place", ["dtype"]),
        ("dilated_conv2d_forward", "rows_only", ["value"]),
        ("dilated_conv2d_forward", "stride_ignored", ["geometry"]),
        ("dilated_conv2d_forward", "floors", ["refusal"]),
        ("dilated_conv2d_forward", "filters_cleared", ["dtype"]),
        ("locally_connected_forward", "bias_shared", ["value"]),
        ("locally_connected_forward", "places_taken_from_w", ["refusal"]),
        ("locally_connected_forward", "always_float64", ["dtype"]),
    ],
)
def test_a_slip_costs_what_it_breaks(function, what, cells):
    """What was done right still earns its marks."""
    assert loses(VARIANTS[function, what]) == [f"test_{function}_{cell}" for cell in cells]


@pytest.mark.parametrize(
    ("function", "what", "says"),
    [
        ("conv2d_forward", "kernel_flipped", "the filter is turned around"),
        ("conv2d_forward", "bias_forgotten", "the biases are not added"),
        ("conv2d_forward", "bias_of_the_first_filter", "every value gets the first bias"),
        ("dilated_conv2d_forward", "bias_forgotten", "the biases are not added"),
        ("locally_connected_forward", "bias_forgotten", "the biases are not added"),
    ],
)
def test_a_hint_names_what_the_values_show(function, what, says):
    """Where the wrong values are those of a slip that is known, the hint is about it."""
    assert says in lost_messages(VARIANTS[function, what])


def test_a_hint_accuses_of_nothing_that_the_values_do_not_show():
    """A padding that is always 1 is told so, and not that the filter is turned around."""
    source = edit(
        CELLS["conv2d_forward"],
        ("padded = np.pad", "pad = 1\n    padded = np.pad"),
        ("    OH = conv_output_size", "    pad = 1\n    OH = conv_output_size"),
    )
    said = lost_messages(Variant("chaff", "conv2d_forward", "pad fixed at 1", source))
    assert "zeros are put around the image although pad is 0" in said
    assert "turned" not in said
