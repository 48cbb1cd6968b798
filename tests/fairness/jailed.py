"""Grade the variants of the fairness suite in a jail, function by function.

The batch must give what the same checks give in one process: the same cells kept, the same lost.
"""

from __future__ import annotations

import copy

import numpy as np
from nbformat import NotebookNode

from autograder.checks.loading import load_trusted
from autograder.course.folders import Assignment, find_course
from autograder.course.limits import Limits
from autograder.grading import worker_state
from autograder.grading.scorer import score_notebook
from tests.fairness.suite import Variant, collect, grade


class Jailed:
    """One assignment's variants in one jail."""

    def __init__(
        self, assignment: Assignment, tier: str = "isolated", limits: Limits | None = None
    ):
        self._assignment = assignment
        self._tier = tier
        self._limits = limits or Limits()
        self._built = worker_state.read_notebook(assignment, "source")
        self._trusted = load_trusted(assignment, built=True)

    def lost(self, variant: Variant, seed: int) -> dict[str, str]:
        """The test cells of its own function that a variant loses, with their messages."""
        score = score_notebook(
            worker_state.jail(self._tier, self._trusted.libraries),
            self._trusted,
            worker_state.reference(self._assignment, self._built, self._limits, self._tier),
            self._notebook(variant),
            files={},
            seed=seed,
            limits=self._limits,
        )
        return {test: cell.message for test, cell in score.cells.items() if not cell.score}

    def _notebook(self, variant: Variant) -> NotebookNode:
        """The solved notebook with the variant in its cell, and its function's tests emptied.

        Visible checks are left out: the suite asks what the trusted ones find.
        """
        cells = self._trusted.cells
        nb = copy.deepcopy(self._built)
        nb.cells = [cell for cell in nb.cells if "nbgrader" in cell.metadata]
        kept = []
        for cell in nb.cells:
            name = cell.metadata.nbgrader.grade_id
            if name == variant.function:
                cell.source = variant.source
            if name in cells.tests:
                if cells.owner(name) != variant.function:
                    continue
                cell.source = ""
            kept.append(cell)
        nb.cells = kept
        return nb


def compare(name: str, step: int = 1, offset: int = 0, seed: int = 0) -> list[str]:
    """Every `step`-th variant of an assignment, here and in the jail; sentences on differences."""
    assignment = find_course().assignment(name)
    trusted = load_trusted(assignment)
    jailed = Jailed(assignment)
    found = []
    for variant in collect(name)[offset::step]:
        here = grade(trusted, variant, seed, others=False).lost
        there = jailed.lost(variant, seed)
        if set(here) != set(there):
            what = f"{variant.kind} {variant.function} {variant.what}"
            only = sorted(set(here) ^ set(there))
            texts = "; ".join(f"{one}: {here.get(one)} / {there.get(one)}" for one in only)
            found.append(f"{name}: {what}: here / in the jail: {texts}")
    np.random.seed()  # variants may have seeded the global generator
    return found
