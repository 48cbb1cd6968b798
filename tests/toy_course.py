"""A whole course small enough to read: one assignment, two functions, one written answer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from autograder.course.folders import Course

ROOT = Path(__file__).parents[1]

NOTEBOOK = '''\
# %% [markdown]
# # Double and add

# %% nbgrader={"grade_id": "setup", "locked": true}
import numpy as np

# %% nbgrader={"grade_id": "double", "solution": true}
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    if x.ndim != 1:
        raise ValueError(f"{x.ndim} axes")
    factor = 2
    return factor * x
    ### END SOLUTION

# %% nbgrader={"grade_id": "test_double_values", "grade": true, "points": 2}
assert np.array_equal(double(np.array([1.0, 2.0])), [2.0, 4.0]), "double([1, 2]) is [2, 4]"

# %% nbgrader={"grade_id": "test_double_refusal", "grade": true, "points": 1}
try:
    double(np.zeros((2, 2)))
except ValueError:
    pass
else:
    raise AssertionError("double() takes one axis")

# %% nbgrader={"grade_id": "double_sum", "solution": true}
def double_sum(x):
    """The sum of twice x."""
    ### BEGIN SOLUTION
    return float(double(x).sum())
    ### END SOLUTION

# %% nbgrader={"grade_id": "test_double_sum", "grade": true, "points": 3}
assert double_sum(np.array([1.0, 2.0])) == 6.0, "double_sum([1, 2]) is 6"

# %%
print("twice:", double(np.ones(2)))

# %% [markdown] nbgrader={"grade_id": "written_why", "grade": true, "solution": true, "points": 4}
# Because it is so.
'''

CHECKS = """\
from autograder.checks.checking import agree, checking, refuses
from autograder.checks.forbidden import Routes

ROUTES = {"*": Routes(libraries=("torch", "scipy"), names=("repeat",))}


def test_double_values(student, reference, rng):
    x = rng.standard_normal(5)
    with checking("every value is doubled", hint="multiply by two"):
        agree(student.double(x), reference.double(x))


def test_double_refusal(student, reference, rng):
    with checking("two axes are refused"):
        refuses(lambda: student.double(rng.standard_normal((3, 4))), 2)


def test_double_sum(student, reference, rng):
    x = rng.standard_normal(5)
    with checking("the doubled values are summed"):
        agree(student.double_sum(x), reference.double_sum(x))
"""


def make_course(folder: Path, notebook: str = NOTEBOOK, checks: str = CHECKS) -> Course:
    """The toy course in `folder`, with the real nbgrader_config.py, not released yet."""
    place = folder / "solutions" / "toy"
    place.mkdir(parents=True)
    (place / "notebook.py").write_text(notebook, encoding="utf-8")
    (place / "checks.py").write_text(checks, encoding="utf-8")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    return Course(folder)


def write_release(assignment, functions, tests):
    """Write a release that has these cells and no text."""
    kinds = [(name, 0, {"solution": True, "grade": False}) for name in functions]
    kinds += [(name, most, {"solution": False, "grade": True}) for name, most in tests.items()]
    cells = [
        {
            "cell_type": "code",
            "source": "",
            "metadata": {"nbgrader": {"grade_id": name, "points": points} | kind},
        }
        for name, points, kind in kinds
    ]
    assignment.release.parent.mkdir(parents=True)
    assignment.release.write_text(json.dumps({"cells": cells}), encoding="utf-8")
