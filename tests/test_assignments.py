"""What students get is what the sources say, and complete."""

import json
import re
import shutil
import subprocess
import sys

import nbformat
import pytest

from autograder.authoring.building import build_notebook, notebook_bytes
from autograder.authoring.release import generate
from autograder.authoring.translated import translated_notebook
from autograder.course.cells import describe
from autograder.course.folders import find_course
from autograder.course.notebook_source import read_source
from autograder.course.translation import catalog, languages
from autograder.sandbox.file_view import fonts
from tests.processes import LONG

COURSE = find_course()
RUN = "import runpy, sys; sys.path.insert(0, sys.argv[1]); runpy.run_module(sys.argv[2])"


@pytest.mark.parametrize("name", COURSE.names)
def test_the_release_is_current(name, tmp_path):
    """nbgrader makes the committed notebook out of the sources again, byte for byte.

    But for the number of further checks: one may be mended without a release.
    """
    assignment = COURSE.assignment(name)
    again = generate(assignment, build_notebook(assignment), tmp_path)
    assert without_counts(again.read_text()) == without_counts(assignment.release.read_text())


def without_counts(text):
    """A notebook's text with the numbers of further checks taken out of its last cell."""
    rest, found, call = text.rpartition("functions={  # how many further checks there are")
    assert found
    return rest + found + re.sub(r": \(\d+, \{", ": (N, {", call)


@pytest.mark.parametrize("name", COURSE.names)
def test_each_translation_is_current(name):
    """The committed notebook in another language is made of the English one and its catalog.

    `autograder release` writes it. `translated_notebook` refuses one that runs another program.
    """
    assignment = COURSE.assignment(name)
    released = nbformat.read(assignment.release, as_version=4)
    assert {path: path.read_text() for path in assignment.translations.values()} == {
        assignment.translation(language): notebook_bytes(
            translated_notebook(released, catalog(language, assignment))
        )
        for language in languages(assignment)
    }


@pytest.mark.parametrize("name", COURSE.names)
def test_a_release_has_the_points_of_its_source(name):
    """Those of the machine and those of a person, cell by cell."""
    assignment = COURSE.assignment(name)
    assert describe(nbformat.read(assignment.release, as_version=4)) == describe(
        read_source(assignment)
    )


@pytest.mark.parametrize("name", COURSE.names)
def test_a_release_carries_nothing_of_ours(name):
    """No hidden line, no solution marker, no tool's metadata, no output."""
    for path in COURSE.assignment(name).editions:
        nb = nbformat.read(path, as_version=4)
        text = json.dumps(nb)
        for word in ("autograder", "BEGIN SOLUTION", "HIDDEN TESTS", "jupytext", "/root/"):
            assert word not in text
        assert all(not cell.get("outputs") for cell in nb.cells)
        assert set(nb.metadata) <= {"kernelspec", "language_info", "convnet_course"}


@pytest.mark.slow
@pytest.mark.parametrize("name", COURSE.names)
def test_a_solved_notebook_runs_alone(name, tmp_path):
    """As plain Python, beside the files that it includes, without this repository on its path."""
    for part in (name, "shared"):
        shutil.copytree(COURSE.solutions / part, tmp_path / "solutions" / part)
    ran = subprocess.run(
        [sys.executable, "-I", "-c", RUN, str(tmp_path), f"solutions.{name}.notebook"],
        cwd=tmp_path,
        env={"MPLBACKEND": "Agg", "MPLCONFIGDIR": fonts(), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=LONG,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
