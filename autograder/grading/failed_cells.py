"""Say of a failed check what the student can mend: the cell that did not run, or their own assert.

A check that calls a function which was never defined only knows a NameError. The cause is the error
with which the function's cell, or a cell of the student's own, had stopped before.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from nbformat import NotebookNode

from autograder.checks.forbidden import makes
from autograder.course.cells import grade_id, is_code, is_function
from autograder.grading.placement import is_own
from autograder.grading.session import CellRun
from autograder.wire.errors import RULES_OUT

UNDEFINED = re.compile(r"name '(\w+)' is not defined")
LACKING = re.compile(r"No module named '(\w+)")
DEFINITION = re.compile(r"^\s*(?:async\s+)?def\s+(\w+)", re.MULTILINE)
MAX_TEXT = 500
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


class FailedCells:
    """The student's cells that stopped with an error, in the order in which they ran.

    cells : of the clean notebook
    """

    def __init__(self, cells: Sequence[NotebookNode]):
        self._failed: list[tuple[NotebookNode, CellRun]] = []
        written = [cell for cell in cells if is_code(cell) and (is_function(cell) or is_own(cell))]
        self._functions = {name for cell in written for name in DEFINITION.findall(cell.source)}

    def note(self, cell: NotebookNode, run: CellRun) -> None:
        """Remember that running a cell ended in an error, if it did."""
        if run.error is not None:
            self._failed.append((cell, run))

    def explain(self, run: CellRun) -> str:
        """What to say of a visible check that failed; the check's own words where they help best.

        run : of the test cell, which ended in an error
        """
        assert run.error is not None
        kind, text = run.error
        text = text.strip()
        if kind == "NotImplementedError":
            return "not written yet (NotImplementedError)"
        if kind == "AssertionError":
            if run.function in self._functions:
                own = f": “{text[:MAX_TEXT]}”" if text else ""
                return f"an assert of your own in {run.function} failed, line {run.line}{own}"
            return text or "a check failed"
        if text.endswith(RULES_OUT):  # its kind before it would read as if something had crashed
            return text
        missing = UNDEFINED.search(text) if kind == "NameError" else None
        cause = self._cause(missing[1]) if missing else ""
        if missing and cause:
            return f"{missing[1]} is not defined, because {cause}"
        return _sentence(run, with_line=run.function in self._functions)

    def _cause(self, name: str) -> str:
        """Which cell would have defined a name, and the error that it stopped with."""
        for cell, run in reversed(self._failed):
            defined = makes(cell.source) or set(re.findall(r"\w+", cell.source))
            if name in defined:
                where = "its cell" if grade_id(cell) == name else _owner(cell)
                return f"{where} stopped with {_sentence(run)}"
        return ""


def _owner(cell: NotebookNode) -> str:
    name = grade_id(cell)
    return f"the cell of {name}" if name else "a cell of your own"


def _sentence(run: CellRun, with_line: bool = True) -> str:
    """An error with its line, and with what grading lacks."""
    assert run.error is not None
    kind, text = run.error
    line = f" (line {run.line})" if with_line and run.line else ""
    lacking = LACKING.search(text) if kind == "ModuleNotFoundError" else None
    hint = f"; grading does not have {lacking[1]}" if lacking else ""
    if kind in ("SyntaxError", "ImportError"):  # it may be right in a later version of Python
        hint = f"; grading has Python {PYTHON}"
    return f"{kind}: {text.strip()[:MAX_TEXT]}{line}{hint}"
