"""What an assignment's cells are, read off their nbgrader metadata.

This is all that a student's kernel needs to know of a notebook, so nothing heavy is imported here:
nbformat alone would cost every kernel two seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from autograder.course.errors import SourceError

TEST_PREFIX = "test_"
DEMONSTRATION = "demonstration"  # the tag of a cell that shows something and earns nothing


@dataclass(frozen=True)
class Cells:
    """What an assignment's cells are, by grade_id, in the notebook's order."""

    functions: tuple[str, ...]
    tests: dict[str, float]
    answers: dict[str, float]

    @property
    def max_score(self) -> float:
        """The points that are graded without a human."""
        return sum(self.tests.values())

    def owner(self, test: str) -> str:
        """The function that a test cell is about: of the names that fit, the longest."""
        return owner_of(test, self.functions)

    def earlier(self, function: str) -> tuple[str, ...]:
        """The functions that the notebook asks for before this one."""
        return self.functions[: self.functions.index(function)]


def owner_of(test: str, functions: tuple[str, ...]) -> str:
    """The longest of `functions` whose name follows `test_` in the test cell's id."""
    rest = test.removeprefix(TEST_PREFIX)
    fits = [name for name in functions if rest == name or rest.startswith(f"{name}_")]
    if not fits:
        raise SourceError(
            f"test cell {test!r} belongs to no function",
            "Name it test_FUNCTION or test_FUNCTION_WHAT after one of the solution cells: "
            f"{', '.join(functions)}.",
        )
    return max(fits, key=len)


def describe(nb: dict) -> Cells:
    """What the cells of a built or released notebook are; plain JSON will do."""
    functions, tests, answers = [], {}, {}
    for cell in nb["cells"]:
        meta = cell["metadata"].get("nbgrader")
        if not meta:
            continue
        if meta["solution"] and cell["cell_type"] == "code":
            functions.append(meta["grade_id"])
        elif meta["grade"] and meta["solution"]:
            answers[meta["grade_id"]] = float(meta["points"])
        elif meta["grade"]:
            tests[meta["grade_id"]] = float(meta["points"])
    return Cells(tuple(functions), tests, answers)
