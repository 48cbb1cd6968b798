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
    ("above", "title"),
    [
        (["# Course", "## 1 · Do it twice"], "Do it twice"),
        (["# Course", "## 1 · Do it twice", "### Write `double`"], "Do it twice"),
        (["## 1 · Do it twice\n\n### Write `double`"], "Do it twice"),
        (["## One", "### Twice as much"], "Twice as much"),
        (["## One", "### A trap", "### Write `double`"], "One"),
        (["# Course"], "Twice x"),
        (["text alone"], "Twice x"),
    ],
)
def test_a_function_has_the_heading_above_it(above, title):
    """That of its cell or its section, and not the notebook's or the function's own name."""
    cells = [cell("markdown", text) for text in above]
    function = cell("code", 'def double(x):\n    """Twice x."""', "double", solution=True)
    assert titles({"cells": [*cells, function]}) == {"double": title}


def test_a_heading_that_functions_share_is_none_of_theirs():
    """Each is called by its docstring."""
    texts = {name: f'def {name}(x):\n    """The {name} of x."""' for name in ("half", "double")}
    functions = [cell("code", text, name, solution=True) for name, text in texts.items()]
    nb = {"cells": [cell("markdown", "## One"), *functions]}
    assert titles(nb) == {"half": "The half of x", "double": "The double of x"}


def test_an_answer_does_not_have_the_heading_of_the_task_above():
    """One heading is of one task; the answer after it has no title."""
    function = cell("code", "def double(x):\n    return 2 * x", "double", solution=True)
    answer = cell("markdown", "YOUR ANSWER HERE", "written_why", solution=True, grade=True)
    cells = [cell("markdown", "## Do it twice"), function, cell("markdown", "And why?"), answer]
    assert titles({"cells": cells}) == {"double": "Do it twice"}


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
