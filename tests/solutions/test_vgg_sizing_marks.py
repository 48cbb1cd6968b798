"""Who gets marks for `vgg_sizing`, beyond what the fairness suite asks."""

from __future__ import annotations

import sys
from contextlib import suppress

import numpy as np
import pytest

from autograder.checks.nbgrader_hooks import check_in, isolate_in
from autograder.checks.random_inputs import check_generator
from tests.fairness.suite import Variant
from tests.solutions.solved import solved

SOLVED = solved("vgg_sizing")


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
    for test in SOLVED.tests:
        namespace = {"__name__": __name__}  # dataclasses look their module up
        for cell in ("setup", "given_layers", *SOLVED.functions):
            exec(SOLVED.cells[cell], namespace)
        exec(by_class, namespace)
        assert namespace["Conv"] is not SOLVED.reference.Conv
        isolate_in(SOLVED.trusted, test, namespace)
        check_in(SOLVED.trusted, test, namespace, None, check_generator(0, test))
        isolate_in(SOLVED.trusted, test, namespace)
        exec(SOLVED.cells[test], namespace)


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
    lost = SOLVED.lost(Variant("chaff", "build_network", "broken", source))
    assert list(lost) == SOLVED.own_tests("build_network")  # a GraderFault would have been raised


def test_the_untouched_notebook_only_says_what_is_missing(monkeypatch):
    """In the release no demonstration raises anything but NotImplementedError."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    import matplotlib

    matplotlib.use("Agg")
    namespace = {"__name__": __name__}
    for cell in SOLVED.notebook.cells:
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
    cell = next(cell.source for cell in SOLVED.notebook.cells if "def load_picture" in cell.source)
    namespace = {"np": np}
    exec(cell.split("\n\n\n")[0], namespace)
    picture = namespace["load_picture"]()
    assert picture.shape == (224, 224, 3)
    assert 0 <= picture.min() < picture.max() <= 1
