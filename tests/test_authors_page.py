"""The page "Writing an assignment" works as it is written, from an empty folder on."""

import inspect
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.release import release
from autograder.checks import checking
from autograder.course.cells import describe
from autograder.course.folders import Course
from autograder.course.notebook_source import read_source
from tests.processes import LONG
from tests.small_class import scores
from tests.toy_course import ROOT, make_course

PAGE = ROOT / "book" / "write-an-assignment.md"
TEXT = PAGE.read_text(encoding="utf-8")
FILES = dict(re.findall(r"```\{code-block\} python\n:caption: (\S+)\n\n(.*?)```", TEXT, re.DOTALL))
COMMANDS = [
    line
    for block in re.findall(r"```bash\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines()
]
NAME = "statistics"
RUN = "import sys; from autograder.cli.main import main; main(sys.argv[1:])"


def run(line, folder):
    """Run a command line of the page in a folder; what it said."""
    program, *arguments = shlex.split(line)
    if program == "autograder":
        command = [sys.executable, "-c", RUN, *arguments]
    else:
        assert program in ("mkdir", "cp"), line
        command = [program, *arguments]
    ran = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=LONG,
    )
    assert ran.returncode == 0, f"{line}\n{ran.stdout}{ran.stderr}"
    return ran.stdout + ran.stderr


@pytest.mark.slow
def test_every_command_works_in_the_order_of_the_page(tmp_path):
    """The template is released; then the page's own two functions, graded, reported, exported."""
    course = Course(tmp_path)
    begun = [line for line in COMMANDS[:2] if run(line, tmp_path)]
    assert [line.split()[1] for line in begun] == ["new", "release"]
    assert describe(read_source(course.assignment(NAME))).functions == ("moving_sums",)
    for name, content in FILES.items():
        assert (tmp_path / name).is_file()  # so that the page names what `new` has written
        (tmp_path / name).write_text(content, encoding="utf-8")
    said = {line: run(line, tmp_path) for line in COMMANDS[2:]}
    released = describe(nbformat.read(course.assignment(NAME).release, as_version=4))
    assert released.functions == ("median", "spread")
    assert "0/9" in said[f"autograder grade {NAME}"]

    # "Solve it, copy it once more and grade again: Ann has nine points."
    assignment = course.assignment(NAME)
    nb = nbformat.read(assignment.release, as_version=4)
    solved = {cell.id: cell.source for cell in read_source(assignment).cells}
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = solved[cell.id]
    nbformat.write(nb, course.grading / "submitted" / "ann" / NAME / f"{NAME}.ipynb")
    assert "1 handed in anew" in run(f"autograder grade {NAME}", tmp_path)
    assert scores(course.results / f"{NAME}.json") == {"ann": 9.0}
    text = run(f"autograder explain ann {NAME}", tmp_path)
    assert "waits for a person: written_mean" in text
    assert release(assignment).changed is False


KINDS = """\
# %% nbgrader={"grade_id": "setup", "locked": true}
from collections import namedtuple
from dataclasses import dataclass

import numpy as np

Pair = namedtuple("Pair", "first second")


@dataclass(frozen=True)
class Place:
    name: str
    x: float


# %% nbgrader={"grade_id": "answer", "solution": true}
def answer(kind, place):
    ### BEGIN SOLUTION
    return {
        "numbers": [1, 2.5, True, np.float32(2), place.x],
        "texts": ("a", b"b", place.name, None),
        "arrays": [np.arange(3), np.ones((2, 2), np.float16), np.array([True]), np.array(1.5)],
        "dict": {"a": [1, {2: 3.0}], (1, 2): "b", 3: np.ones(2)},
        "set": {1, "a", (2, 3)},
        "frozenset": [frozenset({1}), set()],
        "named tuple": Pair(1, np.zeros(2)),
    }[kind]
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_answer", "grade": true, "points": 1}
assert answer("set", Place("Ulm", 1.0)) == {1, "a", (2, 3)}
"""
KINDS_CHECKS = """\
from autograder.checks.checking import agree, checking


def test_answer(student, reference, rng):
    place = reference.Place("Ulm", 2.0)
    kinds = ("numbers", "texts", "arrays", "dict", "set", "frozenset", "named tuple")
    for kind in kinds:
        with checking(f"{kind} come back as they are"):
            agree(student.answer(kind, place), reference.answer(kind, place))
"""


@pytest.mark.slow
def test_what_the_page_says_of_the_jail_is_so(tmp_path):
    """Every kind of value comes out of it, and a record goes in: the release proves both."""
    course = make_course(tmp_path, KINDS, KINDS_CHECKS)
    assert release(course.assignment("toy")).max_score == 1.0


def test_the_page_has_every_word_of_checking():
    """And none that is not there."""
    words = {
        name
        for name, value in vars(checking).items()
        if inspect.isfunction(value) and value.__module__ == checking.__name__ and name[0] != "_"
    }
    table = TEXT[TEXT.index("| function of") : TEXT.index("For any other test")]
    assert words == {name for name in words if re.search(rf"`(with )?{name}\b|{name}\(", table)}


def test_what_the_page_names_is_there():
    """Files and pages that it sends an author to."""
    for target in re.findall(r"\]\((\w[\w-]*\.md)\)", TEXT):
        assert (PAGE.parent / target).is_file(), target
    assert Path(ROOT / "tests" / "fairness" / "__main__.py").is_file()
    assert "write-an-assignment" in (PAGE.parent / "_toc.yml").read_text(encoding="utf-8")
