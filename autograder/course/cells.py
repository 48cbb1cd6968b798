"""What an assignment's cells are, read off their nbgrader metadata.

The predicates take one cell of a notebook, a `NotebookNode` or plain JSON. A cell without nbgrader
metadata, or with something else in its place, is none of what they ask for.

This is all that a student's kernel needs to know of a notebook, so nothing heavy is imported here:
nbformat alone would cost every kernel two seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from autograder.course.errors import SourceError

TEST_PREFIX = "test_"
DEMONSTRATION = "demonstration"  # the tag of a cell that shows something and earns nothing


def nbgrader_metadata(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """nbgrader's metadata of a cell: `grade_id`, `solution`, `grade`, `points` and more.

    It is empty for a cell that is none of nbgrader's.
    """
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
    return nbgrader if isinstance(nbgrader, Mapping) else {}


def grade_id(cell: Mapping[str, Any]) -> str | None:
    """The name by which nbgrader knows a cell; None for a cell that has none."""
    name = nbgrader_metadata(cell).get("grade_id")
    return name if isinstance(name, str) else None


def is_code(cell: Mapping[str, Any]) -> bool:
    """Whether a cell holds code."""
    return cell.get("cell_type") == "code"


def is_solution(cell: Mapping[str, Any]) -> bool:
    """Whether students write a cell: a function, or an answer in words."""
    return bool(nbgrader_metadata(cell).get("solution"))


def is_function(cell: Mapping[str, Any]) -> bool:
    """Whether students write a function in a cell, which is named after it."""
    return is_code(cell) and is_solution(cell)


def is_graded(cell: Mapping[str, Any]) -> bool:
    """Whether a cell has points: a test cell, or an answer that a person grades."""
    return bool(nbgrader_metadata(cell).get("grade"))


def is_test(cell: Mapping[str, Any]) -> bool:
    """Whether a cell is a test cell, which the machine grades."""
    return is_graded(cell) and not is_solution(cell)


def is_written(cell: Mapping[str, Any]) -> bool:
    """Whether students answer in words in a cell, and a person grades it."""
    return is_graded(cell) and is_solution(cell) and not is_code(cell)


def is_definition(cell: Mapping[str, Any]) -> bool:
    """Whether a cell of nbgrader's defines what others use: given code, or a function's cell."""
    return is_code(cell) and bool(nbgrader_metadata(cell)) and not is_graded(cell)


def is_demonstration(cell: Mapping[str, Any]) -> bool:
    """Whether a cell only shows something, so that a batch leaves it out."""
    return DEMONSTRATION in cell["metadata"].get("tags", ())


def source_text(cell: Mapping[str, Any]) -> str:
    """The source of a cell as one text; plain JSON may hold it as a list of lines."""
    return "".join(cell["source"])


def solution_sources(nb: Mapping[str, Any]) -> dict[str, str]:
    """The sources of the cells that students write, by grade_id."""
    return {
        nbgrader_metadata(cell)["grade_id"]: source_text(cell)
        for cell in nb["cells"]
        if is_solution(cell)
    }


@dataclass(frozen=True)
class Cells:
    """What an assignment's cells are, in the notebook's order.

    functions : the functions that students write
    tests : the points of each test cell, by grade_id
    answers : the points of each answer that a person grades, by grade_id
    """

    functions: tuple[str, ...]
    tests: dict[str, float]
    answers: dict[str, float]

    @property
    def max_score(self) -> float:
        """The points that are graded without a human."""
        return sum(self.tests.values())

    def owner(self, test: str) -> str:
        """The function that a test cell is about: of the names that fit, the longest.

        Raises `SourceError` when none fits.
        """
        return owner_of(test, self.functions)

    def earlier(self, function: str) -> tuple[str, ...]:
        """The functions that the notebook asks for before this one."""
        return self.functions[: self.functions.index(function)]


def owner_of(test: str, functions: tuple[str, ...]) -> str:
    """The longest of `functions` whose name follows `test_` in the test cell's id.

    Raises `SourceError` when none fits.
    """
    rest = test.removeprefix(TEST_PREFIX)
    fits = [name for name in functions if rest == name or rest.startswith(f"{name}_")]
    if not fits:
        raise SourceError(
            f"test cell {test!r} belongs to no function",
            "Name it test_FUNCTION or test_FUNCTION_WHAT after one of the solution cells: "
            f"{', '.join(functions)}.",
        )
    return max(fits, key=len)


def describe(nb: Mapping[str, Any]) -> Cells:
    """What the cells of a built or released notebook are; plain JSON will do."""
    cells: Iterable[Mapping[str, Any]] = nb["cells"]
    names = [(nbgrader_metadata(cell), cell) for cell in cells if nbgrader_metadata(cell)]
    return Cells(
        tuple(noted["grade_id"] for noted, cell in names if is_function(cell)),
        {noted["grade_id"]: float(noted["points"]) for noted, cell in names if is_test(cell)},
        {noted["grade_id"]: float(noted["points"]) for noted, cell in names if is_written(cell)},
    )
