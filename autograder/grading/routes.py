"""The forbidden routes that a submission's solution cells take, and what is missing without them.

A cell that uses a forbidden name is left out when the trusted checks run. So nothing of it is there
for other functions, in whatever place it would hide it. Libraries that the jail does not have need
no such care.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from nbformat import NotebookNode

from autograder.checks.forbidden import Routes, makes
from autograder.checks.loading import Trusted
from autograder.course.cells import grade_id, is_code, is_function
from autograder.course.errors import ForbiddenRoute
from autograder.grading.placement import is_own


class SubmissionRoutes:
    """Looks at each solution cell of one submission once, and at the student's cells above it.

    cells : of the clean notebook
    """

    def __init__(self, trusted: Trusted, cells: Sequence[NotebookNode]):
        self._trusted, self._cells = trusted, trusted.cells
        self._absent = trusted.libraries.absent
        self._sources: dict[str, str] = {}
        self._above: dict[str, list[tuple[str | None, str]]] = {}
        written: list[tuple[str | None, str]] = []
        for cell in cells:
            if is_code(cell) and (is_function(cell) or is_own(cell)):
                name = grade_id(cell)
                if name is not None:
                    self._sources[name] = cell.source
                    self._above[name] = list(written)
                written.append((name, cell.source))
        self._names: dict[str, str | None] = {}

    def of(self, function: str | None) -> str | None:
        """What a message says of what a function's cell uses, and the jail cannot keep from it.

        None where it uses none, and for a cell that is no function's.
        """
        if function not in self._sources:
            return None
        if function not in self._names:
            routes = self._trusted.routes_of(function)
            # What is there can be found by its words alone.
            there = tuple(name for name in routes.libraries if name not in self._absent)
            self._names[function] = self._look(function, replace(routes, libraries=there))
        return self._names[function]

    def library_route(self, function: str) -> str | None:
        """What a message says of the forbidden library that a function's cell uses, if it does."""
        return self._look(function, replace(self._trusted.routes_of(function), names=()))

    def _look(self, function: str, routes: Routes) -> str | None:
        if routes == Routes():
            return None
        others = [text for name, text in self._above[function] if name is None or not self.of(name)]
        try:
            self._trusted.look(function, self._sources[function], routes, others)
        except ForbiddenRoute as route:
            return str(route)
        return None

    def explain_name_error(self, function: str, message: str) -> str:
        """What to add to a check's message about a NameError, if the grader left something out."""
        if "NameError" not in message:
            return ""
        earlier = self._cells.earlier(function)
        words = {function, *re.findall(r"\w+", self._sources[function])}
        other_names = set(vars(self._trusted.reference)) - {function}
        for name in earlier:
            route = self.of(name)
            missing = sorted(words & makes(self._sources[name]) - other_names) if route else ()
            if missing:
                return f" (the cell of {name} makes {missing[0]} and was left out: {route})"
        unanswered = sorted(set(earlier) - set(self._trusted.answered(function)))
        return f" ({' and '.join(unanswered)} must not be used here)" if unanswered else ""
