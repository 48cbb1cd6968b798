"""Tasks are named in words that the notebook has."""

import pytest

from autograder.feedback.titles import titles


def cell(kind, source, name=None, **nbgrader):
    """A cell of a release."""
    metadata = {"nbgrader": {"grade_id": name, **nbgrader}} if name else {}
    return {"cell_type": kind, "source": source, "metadata": metadata}


def function(source, name="double"):
    return titles({"cells": [cell("code", source, name, solution=True)]})


@pytest.mark.parametrize(
    ("docstring", "title"),
    [
        ("Twice x.", "Twice x"),
        ("Count the places\n    where it fits. Not more.", "Count the places where it fits"),
        ("Convolve `x` without a stop\n\n    x : an array", "Convolve x without a stop"),
        ("", None),
    ],
)
def test_a_function_is_called_by_its_docstring(docstring, title):
    """By its first sentence, on one line."""
    text = f'def double(x):\n    """{docstring}"""\n    raise NotImplementedError'
    assert function(text).get("double") == title


@pytest.mark.parametrize("source", ["def double(x)", "x = 1", "def other(x):\n    'Other.'", "\0"])
def test_a_function_without_one_keeps_its_name(source):
    """Also where the cell is no Python at all."""
    assert function(source) == {}


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("## 6 · Say it in words (5 points, read by a person)", "Say it in words"),
        ("# One\n\ntext\n\n### 2.1 Two ##", "Two"),
        ("## 3 ways to pad", "3 ways to pad"),
        ("text alone", None),
    ],
)
def test_an_answer_is_called_by_the_heading_above(heading, title):
    """Without its number and what stands in brackets."""
    answer = cell("markdown", "YOUR ANSWER HERE", "written_why", solution=True, grade=True)
    nb = {"cells": [cell("markdown", heading), cell("code", "1"), answer]}
    assert titles(nb).get("written_why") == title
