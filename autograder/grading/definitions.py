"""Which functions the cells of a submission define, looked at once and within bounds."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograder.checks.forbidden import MAX_SOURCE
from autograder.checks.scopes import defined_functions, parse

# Characters of one submission that are parsed to find where a function is defined; some text takes
# three seconds for a million.
MAX_PARSED = 400_000
FENCE = re.compile(r"^\s*```.*$", re.MULTILINE)


class Definitions:
    """Which functions sources define; each source is read once, and not without end."""

    def __init__(self) -> None:
        self._room = MAX_PARSED
        self._known: dict[str, frozenset[str]] = {}

    def has(self, source: str, function: str) -> bool:
        """Whether a source defines a function at its top level.

        False where that would take more reading than a notebook deserves.
        """
        if function not in source or len(source) > MAX_SOURCE:
            return False
        if source not in self._known:
            if len(source) > self._room:
                return False
            self._room -= len(source)
            self._known[source] = defined_functions(source)
        return function in self._known[source]


def joined(sources: Sequence[str], function: str, definitions: Definitions) -> str:
    """The parts of a solution cell that was split or doubled, as one cell.

    Of several parts that define the function the last counts, as in Python. Parts that only make
    sense together are put together, and a part that is no Python is left out where it can be.
    """
    sources = [source for source in sources if source.strip()]
    if len(sources) < 2:
        return "".join(sources)
    defining = [source for source in sources if definitions.has(source, function)]
    whole = "\n".join(sources)
    if len(defining) > 1 or (defining and not _parses(whole)):
        return defining[-1]
    return whole if defining or definitions.has(whole, function) else sources[-1]


def without_fences(text: str) -> str:
    """The code in a text cell, without the fences that Markdown puts around code."""
    return FENCE.sub("", text)


def _parses(source: str) -> bool:
    try:
        return parse(source) is not None
    except (RecursionError, MemoryError):
        return False
