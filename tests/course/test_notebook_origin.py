"""A notebook of another assignment of the course is known by its cells, whatever its name is."""

import json
from itertools import permutations

import pytest

from autograder.course.folders import Course
from autograder.course.notebook_file import read_notebook
from autograder.course.notebook_origin import other_assignment
from autograder.lms.picking import ChosenNotebook, Refusal, choose
from autograder.lms.uploads import Upload
from tests.toy_course import ROOT

COURSE = Course(ROOT)


def released(name):
    return COURSE.assignment(name).release.read_bytes()


def origin(name):
    return lambda cells: other_assignment(cells, COURSE.assignment(name))


def picked(name, files):
    uploads = [Upload(file, "7", "Ann", file, "file") for file in files]
    return choose(uploads, lambda file: files[file.path], name, COURSE.names, origin=origin(name))


@pytest.mark.parametrize(("name", "other"), [*permutations(COURSE.names, 2)])
def test_the_notebook_of_another_assignment_is_refused_with_its_name(name, other):
    """Also with some of its cells deleted; beside the right notebook it does not matter."""
    nb = json.loads(released(other))
    nb["cells"] = nb["cells"][: len(nb["cells"]) * 3 // 4]
    for data in (released(other), json.dumps(nb).encode()):
        choice = picked(name, {f"{name}.ipynb": data})
        assert isinstance(choice, Refusal)
        assert f"is the notebook of {other}" in choice.why and name in choice.remedy
    both = picked(name, {"a.ipynb": released(other), "b.ipynb": released(name)})
    assert isinstance(both, ChosenNotebook) and both.data == released(name)


@pytest.mark.parametrize("name", COURSE.names)
def test_what_may_be_of_this_assignment_is_of_no_other(name):
    """A single cell of it is enough, and so is a file in which no cell has a name."""
    nb, one = json.loads(released(name)), json.loads(released(COURSE.names[0]))
    named = [cell for cell in nb["cells"] if "test_" in json.dumps(cell["metadata"])]
    one["cells"].append(named[0])
    bare = [{"cell_type": "code", "source": cell["source"]} for cell in nb["cells"]]
    for data in (released(name), json.dumps(one).encode(), json.dumps({"cells": bare}).encode()):
        assert origin(name)(read_notebook(data).cells) == ""
    assert origin(name)([None, 1, {"metadata": []}, []]) == ""
    assert isinstance(picked(name, {f"{name}.ipynb": b"no notebook"}), ChosenNotebook)


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b" \n"])
def test_an_empty_file_is_refused_and_is_no_choice_beside_another(data):
    """An upload that broke off leaves one."""
    choice = picked("pooling", {"pooling.ipynb": data})
    assert isinstance(choice, Refusal) and "the file is empty: pooling.ipynb" in choice.why
    files = {"pooling.ipynb": data, "Untitled.ipynb": released("pooling")}
    assert picked("pooling", files).data == released("pooling")
