"""A solved assignment, and what its test cells make of answers to one of its functions."""

from __future__ import annotations

import contextlib
import io
import warnings
from functools import cache, cached_property

import torch

from autograder.checks.loading import load_trusted
from autograder.checks.nbgrader_hooks import isolate_in
from autograder.course.folders import find_course
from autograder.course.notebook_source import read_source
from tests.fairness.suite import Variant, collect, grade


class Solved:
    """An assignment with its checks, its reference and the sources of its cells."""

    def __init__(self, name: str):
        assignment = find_course().assignment(name)
        self.name = name
        self.trusted = load_trusted(assignment)
        self.reference = self.trusted.reference
        self.functions = self.trusted.cells.functions
        self.tests = tuple(self.trusted.cells.tests)
        self.notebook = read_source(assignment)
        self.cells = {cell.id: cell.source for cell in self.notebook.cells}

    def own_tests(self, function: str) -> list[str]:
        """The test cells of a function."""
        return [test for test in self.tests if self.trusted.cells.owner(test) == function]

    @cached_property
    def _all_variants(self) -> list[Variant]:
        return collect(self.name)

    def variants(self, function: str) -> list[Variant]:
        """The right and wrong answers to a function that the fairness suite has."""
        return [variant for variant in self._all_variants if variant.function == function]

    def variant(self, function: str, what: str) -> Variant:
        """The one of that name."""
        (variant,) = [one for one in self.variants(function) if one.what == what]
        return variant

    def lost(self, variant: Variant, seed: int = 0, *, others: bool = False) -> dict[str, str]:
        """The test cells whose trusted checks give no marks to a variant, with their messages.

        others : whether those of other functions are asked as well
        """
        return grade(self.trusted, variant, seed, others=others).lost

    def failing(self, variant: Variant, *, others: bool = False) -> list[str]:
        """The test cells whose visible checks fail in a notebook with that variant."""
        failed = []
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")  # a student may warn
            for test in self.tests if others else self.own_tests(variant.function):
                namespace = dict(vars(self.reference))
                with torch.enable_grad():  # a variant may leave gradients off
                    exec(variant.source, namespace)
                    isolate_in(self.trusted, test, namespace)
                    try:
                        exec(self.cells[test], namespace)
                    except Exception:
                        failed.append(test)
        return failed

    def look(self, function: str, source: str) -> None:
        """Look for forbidden routes in the code of a solution cell; raises `ForbiddenRoute`."""
        self.trusted.look(function, source, self.trusted.routes_of(function))


solved = cache(Solved)
