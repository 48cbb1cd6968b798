"""What the hidden lines of a test cell call when the cell runs in a Jupyter kernel.

Stock nbgrader runs a student's notebook in one kernel, hidden lines included. `isolate` stands
above a cell's visible checks and `check` below them. Both run in the student's own process, so
this is as forgeable as nbgrader is; the batch that asks its questions from outside is the safe way.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from autograder.checks.loading import Trusted, load_trusted
from autograder.checks.local_student import LocalStudent
from autograder.checks.random_inputs import check_generator
from autograder.checks.scopes import defined_functions
from autograder.course.errors import CheckFailed, ForbiddenRoute, GraderFault
from autograder.course.folders import find_course

SEED_VARIABLE = "AUTOGRADER_SEED"
COURSE_VARIABLE = "AUTOGRADER_COURSE"
BUILT_VARIABLE = "AUTOGRADER_BUILT"


def isolate(name: str, test: str, namespace: dict[str, Any]) -> None:
    """Put the reference in place of every function that the notebook asked for before this one.

    A function may call the earlier ones. A mistake in those was paid for in their own cells, so
    from here on they are right.
    """
    trusted = _load(name)
    isolate_in(trusted, test, namespace)


def check(name: str, test: str, namespace: dict[str, Any]) -> None:
    """Run the test cell's trusted checks on the functions in `namespace`.

    Raises `CheckFailed`, `ForbiddenRoute` or `GraderFault`, each with a short traceback that shows
    no line of `checks.py`.
    """
    trusted = _load(name)
    function = trusted.cells.owner(test)
    source = _cell_defining(function, namespace.get("In", []))
    try:
        check_in(trusted, test, namespace, source, fresh_rng(test))
    except (CheckFailed, ForbiddenRoute, GraderFault) as error:
        raise error.with_traceback(None) from None


def isolate_in(trusted: Trusted, test: str, namespace: dict[str, Any]) -> None:
    """Put the reference in place of the earlier functions in a namespace of this process.

    test : the grade_id of a test cell; functions asked for before its own are replaced
    """
    for earlier in trusted.cells.earlier(trusted.cells.owner(test)):
        namespace[earlier] = getattr(trusted.reference, earlier)


def check_in(
    trusted: Trusted,
    test: str,
    namespace: dict[str, Any],
    source: str | None,
    rng: np.random.Generator,
    reference: Any = None,
) -> None:
    """Run a test cell's trusted check on the functions in a namespace of this process.

    Raises `CheckFailed` when the student is wrong, `ForbiddenRoute` for a way that is ruled out,
    and `GraderFault` when the check itself broke.

    source : the code of the function's solution cell; None to look for no forbidden routes
    rng : what hidden inputs are drawn from
    reference : answers for the reference, if not the module itself
    """
    if source is not None:
        function = trusted.cells.owner(test)
        trusted.look(function, source, trusted.routes_of(function))
    trusted.run(test, LocalStudent(namespace), rng, reference)


def fresh_rng(test: str) -> np.random.Generator:
    """A generator for one test cell: from the run's recorded seed, or else from the system."""
    seed = os.environ.get(SEED_VARIABLE)
    if seed is None:
        return np.random.default_rng()
    return check_generator(int(seed), test)


def _load(name: str) -> Trusted:
    root, built = (os.environ.get(name) for name in (COURSE_VARIABLE, BUILT_VARIABLE))
    # The grader's own imports go wrong only through a fault of ours.
    try:
        course = find_course(Path(root) if root else None)
        if built:
            course = replace(course, built=Path(built))
        return load_trusted(course.assignment(name), built=True)
    except Exception as error:
        raise GraderFault(f"{name} cannot be checked: {error}") from None


def _cell_defining(function: str, history: list[str]) -> str | None:
    """The last executed cell that defines `function`, from IPython's input history."""
    return next((cell for cell in reversed(history) if function in defined_functions(cell)), None)
