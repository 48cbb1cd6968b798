"""The forbidden routes that a submission's solution cells take, and what is missing without them.

A cell that takes one is left out when the trusted checks run. So nothing of it is there for other
functions, in whatever place it would hide it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from autograder.checks.forbidden import makes
from autograder.checks.loading import Trusted
from autograder.course.errors import ForbiddenRoute


class SubmissionRoutes:
    """Looks at each solution cell of one submission once.

    sources : the sources of the submission's cells, by grade_id
    """

    def __init__(self, trusted: Trusted, sources: Mapping[str | None, str]):
        self._trusted, self._cells = trusted, trusted.cells
        self._sources = sources
        self._routes: dict[str, str | None] = {}

    def of(self, function: str | None) -> str | None:
        """What a message says of the forbidden route that a function's cell takes.

        None where it takes none, and for a cell that is no function's.
        """
        if function not in self._cells.functions:
            return None
        if function not in self._routes:
            earlier = self._cells.earlier(function)
            others = {name: self._sources[name] for name in earlier if not self.of(name)}
            try:
                self._trusted.look(function, self._sources[function], others)
                self._routes[function] = None
            except ForbiddenRoute as route:
                self._routes[function] = str(route)
        return self._routes[function]

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
