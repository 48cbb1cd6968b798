"""What holds for the solution of every assignment, its checks and its points."""

from __future__ import annotations

import inspect

import pytest

from autograder.course.folders import find_course
from tests.fairness.suite import Variant
from tests.solutions.solved import solved

NAMES = find_course().names
each_name = pytest.mark.parametrize("name", NAMES)
each_function = pytest.mark.parametrize(
    ("name", "function"),
    [
        pytest.param(name, function, id=f"{name}-{function}")
        for name in NAMES
        for function in solved(name).functions
    ],
)


@each_name
def test_the_points_are_forty_and_five(name):
    """40 points are graded by machine, 5 by a person."""
    cells = solved(name).trusted.cells
    assert (cells.max_score, sum(cells.answers.values())) == (40, 5)


@each_name
def test_stubs_say_what_they_ask_for(name):
    """Every function's docstring names its arguments, results, errors and source."""
    for function in solved(name).functions:
        text = inspect.getdoc(getattr(solved(name).reference, function))
        for part in ("Parameters", "Returns", "Raises", "Source: CS231n notes"):
            assert part in text, f"{function} says nothing about {part}"


@each_function
def test_the_reference_gets_full_marks(name, function):
    """The solved notebook passes all checks, visible ones too, whatever the inputs are."""
    solution = Variant("wheat", function, "the solution", solved(name).cells[function])
    assert solved(name).failing(solution) == []
    for seed in range(5):
        assert solved(name).lost(solution, seed) == {}


@each_function
def test_an_empty_function_loses_its_own_cells(name, function):
    """An unfinished function loses all of its own cells and none of the others'."""
    source = f"def {function}(*args, **kwargs):\n    raise NotImplementedError()"
    empty = Variant("chaff", function, "unfinished", source)
    own = solved(name).own_tests(function)
    assert list(solved(name).lost(empty, others=True)) == own
    assert solved(name).failing(empty, others=True) == own


@pytest.mark.slow
@each_function
def test_a_visible_check_costs_no_more_than_the_trusted_ones(name, function):
    """A cell whose visible checks fail gets no marks, and no right answer fails either."""
    for variant in solved(name).variants(function):
        failing = solved(name).failing(variant)
        if failing:
            assert set(failing) <= solved(name).lost(variant).keys(), variant.what
            assert variant.kind == "chaff", variant.what
