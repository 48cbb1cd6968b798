"""What students see of the checks: quick answers that help, and a kernel that lacks something."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import subprocess
import sys
import warnings
from collections import Counter
from functools import cache

import pytest

from autograder.course.folders import find_course
from tests.fairness.suite import collect
from tests.growth import ratio
from tests.processes import LONG
from tests.solutions.solved import solved

COURSE = find_course()
QUICK_LOOPS = 50  # of a million additions in Python, which take about 0.04 s each
MISTAKES = 2  # wrong answers for each function, of the eight or more that there are
# How a message says what came, beside what was expected.
CAME = re.compile(
    r"yours?\b|you |returned|refused|raised|not |now|got|but|changed|leaves out|is on",
    re.IGNORECASE,
)


@cache
def prepared(name):
    """The reference's namespace, the owner of each test cell and the cell's source."""
    assignment = solved(name)
    return assignment.trusted, {test: assignment.cells[test] for test in assignment.tests}


def mistakes(name):
    """The first wrong answers to each function."""
    seen = Counter()
    for variant in collect(name):
        seen[variant.function] += variant.kind == "chaff"
        if variant.kind == "chaff" and seen[variant.function] <= MISTAKES:
            yield variant


def failing(name, variant):
    """The first visible check that a variant fails: (test, exception), or None."""
    trusted, checks = prepared(name)
    namespace = dict(vars(trusted.reference))
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        exec(variant.source, namespace)
        for test, source in checks.items():
            if trusted.cells.owner(test) != variant.function:
                continue
            try:
                exec(compile(source, test, "exec"), dict(namespace))
            except Exception as error:
                return test, error
    return None


@pytest.mark.slow
@pytest.mark.parametrize("name", COURSE.names)
def test_a_failing_check_says_what_was_expected_what_came_and_in_which_case(name):
    """Tried with wrong answers that students write; an exception of theirs speaks for itself."""
    told, tried = {}, 0
    for variant in mistakes(name):
        found, tried = failing(name, variant), tried + 1
        if found and isinstance(found[1], AssertionError):
            told[str(found[1])] = found[0]
    assert len(told) >= tried / 4  # others are left to the trusted checks, or raise by themselves
    for said, test in told.items():
        assert "expected" in said, (test, said)
        assert CAME.search(said), (test, said)
        assert len(said.split()) > 5, (test, said)  # the case, or what to look at
        assert len(said.splitlines()) < 12 and len(said) < 2000, (test, said)


@pytest.mark.slow
@pytest.mark.parametrize("name", COURSE.names)
def test_a_visible_check_answers_quickly(name):
    """On work that is right, where all of a check runs: two seconds on an ordinary computer."""
    trusted, checks = prepared(name)

    def loop():
        total = 0
        for number in range(1_000_000):
            total += number

    for test, source in checks.items():

        def check(test=test, source=source):
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(source, test, "exec"), dict(vars(trusted.reference)))

        assert ratio(check, loop, QUICK_LOOPS) < QUICK_LOOPS, test


def setup_source(name):
    """The setup cell of an assignment."""
    return solved(name).cells["setup"]


def run_setup(name, before):
    """The setup cell of an assignment, run in a process where `before` was run."""
    code = f"{before}\n{setup_source(name)}"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=LONG
    )


def refusal_of_setup(name, before):
    """The last line of what a setup cell raises in a process where `before` was run."""
    ran = run_setup(name, before)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    return ran.stderr.strip().splitlines()[-1]


# Those that look for their libraries with the code in solutions/shared.
LOOKING = [
    name
    for name in COURSE.names
    if "solutions.shared" in COURSE.assignment(name).notebook_source.read_text(encoding="utf-8")
]
WITH_TORCH = [name for name in LOOKING if "import torch" in setup_source(name)]
LACKING = "import sys; sys.modules.update(dict.fromkeys({names!r}))"
# Something that is found as torch, and is imported at once.
QUICK = """
import importlib.machinery, sys, types
sys.modules["torch"] = types.ModuleType("torch")
sys.modules["torch"].__spec__ = importlib.machinery.ModuleSpec("torch", None)
"""


@pytest.mark.parametrize("name", WITH_TORCH)
def test_a_kernel_without_torch_is_told_how_to_get_it(name):
    """One sentence with the command, in place of a traceback further on."""
    assert refusal_of_setup(name, LACKING.format(names=["torch"])) == (
        "ModuleNotFoundError: This kernel has no torch: run `%pip install torch` in a new cell, "
        "then restart the kernel and run this cell again."
    )


@pytest.mark.parametrize("name", [name for name in LOOKING if name not in WITH_TORCH])
def test_a_notebook_about_numpy_asks_for_no_more(name):
    """Its setup runs where PyTorch is missing, and names what is missing without it."""
    ran = run_setup(name, LACKING.format(names=["torch"]))
    assert ran.returncode == 0, ran.stderr
    assert "This kernel has no numpy and no matplotlib" in refusal_of_setup(
        name, LACKING.format(names=["numpy", "torch", "matplotlib"])
    )


def test_everything_that_a_kernel_lacks_is_named_at_once():
    """So that one command and one restart are enough."""
    said = refusal_of_setup("vgg_sizing", LACKING.format(names=["numpy", "torch", "matplotlib"]))
    assert "no numpy and no torch and no matplotlib" in said
    assert "`%pip install numpy torch matplotlib`" in said


@pytest.mark.parametrize(
    ("before", "says"),
    [
        pytest.param(
            "import numpy; numpy.__version__ = '1.24.4'",
            "ImportError: This kernel has NumPy 1.24.4, and 1.26 is the oldest that will do: run "
            "`%pip install --upgrade numpy` in a new cell, then restart the kernel and run this "
            "cell again.",
            id="NumPy",
        ),
        pytest.param(
            "import collections, sys, numpy, matplotlib\n"
            "Version = collections.namedtuple('Version', 'major minor micro')\n"
            "sys.version_info, sys.version = Version(3, 9, 7), '3.9.7 (main)'",
            "ImportError: This kernel runs Python 3.9.7: choose one with Python 3.10 or newer.",
            id="Python",
        ),
    ],
)
def test_an_old_kernel_is_told_what_is_too_old(before, says):
    """With what to do about it."""
    assert refusal_of_setup("naive_convolution", QUICK + before) == says


def test_all_notebooks_look_at_their_kernel_in_the_same_way():
    """The same lines open each of them; only those that use PyTorch ask for it."""
    openings = set()
    for name in LOOKING:
        body = ast.parse(setup_source(name)).body
        looks = [ast.unparse(node) for node in body if isinstance(node, ast.If)]
        openings.add(tuple(looks))
        asked = next(ast.unparse(node) for node in body if isinstance(node, ast.Assign))
        assert ("'torch'" in asked) == (name in WITH_TORCH), name
    assert len(openings) == 1 and len(openings.pop()) == 3
