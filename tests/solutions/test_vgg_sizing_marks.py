"""Who gets marks for `vgg_sizing`, beyond what the fairness suite asks."""

from __future__ import annotations

import sys
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from autograder.checks.loading import load_trusted
from autograder.checks.nbgrader_hooks import check_in, isolate_in
from autograder.checks.random_inputs import check_generator
from autograder.course.errors import CheckFailed, ForbiddenRoute
from autograder.course.folders import Course
from autograder.course.notebook_source import read_source
from tests.fairness.suite import collect

ASSIGNMENT = Course(Path(__file__).resolve().parents[2]).assignment("vgg_sizing")
TRUSTED = load_trusted(ASSIGNMENT)
REFERENCE = TRUSTED.reference
SOURCE = read_source(ASSIGNMENT)
CELLS = {cell.id: cell.source for cell in SOURCE.cells}


def own_cells(function):
    return [test for test in TRUSTED.cells.tests if TRUSTED.cells.owner(test) == function]


def notebook_with(source="", *, own_classes=False):
    """The names of a notebook whose cells were run, `source` being the last of them."""
    if not own_classes:
        namespace = dict(vars(REFERENCE))
    else:
        namespace = {"__name__": __name__}  # dataclasses look their module up
        for test in ("setup", "given_layers", *TRUSTED.cells.functions):
            exec(CELLS[test], namespace)
    exec(source, namespace)
    return namespace


def loses(test, namespace, source=None, *, seed=0):
    """Whether a test cell's trusted check gives no marks to that notebook."""
    isolate_in(TRUSTED, test, namespace)
    try:
        check_in(TRUSTED, test, namespace, source, check_generator(seed, test))
    except (CheckFailed, ForbiddenRoute):
        return True
    return False


def sees(test, namespace):
    """Whether the visible checks of a test cell fail on that notebook."""
    isolate_in(TRUSTED, test, namespace)
    try:
        exec(CELLS[test], namespace)
    except Exception:
        return True
    return False


@pytest.mark.parametrize("seed", range(5))
def test_the_reference_gets_full_marks(seed):
    """The solved notebook passes all trusted checks, whatever the nets are."""
    for test in TRUSTED.cells.tests:
        source = CELLS[TRUSTED.cells.owner(test)]
        assert not loses(test, notebook_with(), source, seed=seed), test


def test_the_reference_passes_the_visible_checks():
    """The solved notebook passes what students see."""
    for test in TRUSTED.cells.tests:
        assert not sees(test, notebook_with()), test


def test_a_notebook_with_classes_of_its_own_gets_full_marks():
    """In a kernel Conv, Pool and FC are the notebook's own, and meet the grader's functions."""
    by_class = """
def layer_parameters(layers, input_shape):
    volumes, counts = [input_shape, *layer_shapes(layers, input_shape)], []
    for layer, (C, H, W) in zip(layers, volumes):
        if isinstance(layer, Conv):
            counts.append((layer.kernel**2 * C * layer.filters, layer.filters))
        elif isinstance(layer, FC):
            counts.append((C * H * W * layer.units, layer.units))
        else:
            assert isinstance(layer, Pool)
            counts.append((0, 0))
    return counts
"""
    for test in TRUSTED.cells.tests:
        namespace = notebook_with(by_class, own_classes=True)
        assert namespace["Conv"] is not REFERENCE.Conv
        assert not loses(test, namespace), test
        assert not sees(test, namespace), test


@pytest.mark.parametrize("function", TRUSTED.cells.functions)
def test_an_empty_function_loses_its_own_cells(function):
    """An unfinished function loses all of its own cells and none of the others'."""
    source = f"def {function}(*args, **kwargs):\n    raise NotImplementedError()"
    tests = TRUSTED.cells.tests
    assert [test for test in tests if loses(test, notebook_with(source))] == own_cells(function)
    assert [test for test in tests if sees(test, notebook_with(source))] == own_cells(function)


@pytest.mark.parametrize("function", TRUSTED.cells.functions)
def test_trusted_checks_see_what_visible_ones_see(function):
    """A cell whose visible checks fail gets no marks, and no right answer fails either."""
    for variant in collect("vgg_sizing"):
        if variant.function != function:
            continue
        for test in own_cells(function):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # some variants warn, which costs nothing
                failing = sees(test, notebook_with(variant.source))
            if variant.kind == "wheat":
                assert not failing, (variant.what, test)
            elif failing:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    assert loses(test, notebook_with(variant.source), variant.source), variant.what


@pytest.mark.parametrize(
    ("function", "what", "cells"),
    [
        ("layer_shapes", "floors", ["refusal"]),
        ("layer_shapes", "names_no_padding", ["refusal"]),
        ("layer_shapes", "fc_is_a_number", ["fc", "network"]),
        ("layer_shapes", "takes_layers_out", ["network"]),
        ("layer_shapes", "lists_for_tuples", ["network"]),
        ("layer_parameters", "fc_square", ["fc"]),
        ("layer_parameters", "no_biases", ["network"]),
        ("multiply_adds", "pooling_works", ["network"]),
        ("activation_memory", "always_four", ["bytes"]),
        ("receptive_field", "stride_first", ["jump"]),
        ("multiply_adds", "with_biases", ["conv", "fc"]),
        ("training_memory", "three_copies", ["copies"]),
        ("training_memory", "forward_only", ["batch"]),
        ("largest_batch", "negative", ["none"]),
        ("largest_batch", "capped", ["fits"]),
        ("largest_batch", "slots_not_handed_on", ["settings"]),
        ("build_network", "no_relu", ["layers", "runs"]),
        ("build_network", "pool_stride_left_out", ["settings", "runs"]),
        ("build_network", "frozen_numbers", ["parameters"]),
    ],
)
def test_a_slip_costs_what_it_breaks(function, what, cells):
    """What was done right still earns its marks."""
    variants = {(v.kind, v.function, v.what): v.source for v in collect("vgg_sizing")}
    source = variants["chaff", function, what]
    lost = [test for test in own_cells(function) if loses(test, notebook_with(source), source)]
    assert lost == [f"test_{function}_{cell}" for cell in cells]


BROKEN_NETWORKS = {
    "raises when it runs": "class Bad(nn.ReLU):\n        def forward(self, x): raise OSError",
    "answers with a list": "class Bad(nn.ReLU):\n        def forward(self, x): return [x]",
    "has parameters that raise": (
        "class Bad(nn.ReLU):\n        def parameters(self, *_, **__): raise OSError"
    ),
}


@pytest.mark.parametrize("body", BROKEN_NETWORKS.values(), ids=BROKEN_NETWORKS)
def test_a_network_that_breaks_is_never_the_graders_fault(body):
    """Whatever a network does when it is asked, it is a failed cell and no more."""
    base = "nn.Sequential" if "parameters" in body else "nn.ReLU"
    source = f"""
def build_network(layers, input_shape):
    {body.replace("nn.ReLU", base)}
    return {"Bad()" if base == "nn.Sequential" else "nn.Sequential(Bad())"}
"""
    for test in own_cells("build_network"):
        # A GraderFault would end this test.
        assert loses(test, notebook_with(source), source), test


def test_the_untouched_notebook_only_says_what_is_missing(monkeypatch):
    """In the release no demonstration raises anything but NotImplementedError."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    import matplotlib

    matplotlib.use("Agg")
    namespace = {"__name__": __name__}
    for cell in SOURCE.cells:
        if cell.cell_type != "code" or cell.metadata.get("nbgrader", {}).get("grade"):
            continue
        source = cell.source
        if "### BEGIN SOLUTION" in source:
            head, tail = source.split("    ### BEGIN SOLUTION")
            source = head + "    raise NotImplementedError()" + tail.split("### END SOLUTION")[1]
        with suppress(NotImplementedError):
            exec(source, namespace)
    import matplotlib.pyplot as plt

    plt.close("all")


def test_without_scikit_learn_there_is_a_drawing(monkeypatch):
    """The picture is drawn where no photograph is installed, of the same size and range."""
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    cell = next(cell.source for cell in SOURCE.cells if "def load_picture" in cell.source)
    namespace = {"np": np}
    exec(cell.split("\n\n\n")[0], namespace)
    picture = namespace["load_picture"]()
    assert picture.shape == (224, 224, 3)
    assert 0 <= picture.min() < picture.max() <= 1
