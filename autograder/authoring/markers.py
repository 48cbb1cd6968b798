"""Check that nbgrader's BEGIN and END markers are paired and stand in cells that it clears."""

from __future__ import annotations

from pathlib import Path

from nbformat import NotebookNode

from autograder.course.cells import grade_id, is_graded, is_solution
from autograder.course.errors import ReleaseError

REGIONS = ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME")


def check_markers(nb: NotebookNode, path: Path) -> None:
    """Raise `ReleaseError` for a marker that is nested, unclosed, unopened or in a wrong cell.

    nbgrader ignores some of these, such as an END without its BEGIN.
    """
    for index, cell in enumerate(nb.cells):
        where = f"{path}, cell {grade_id(cell) or f'cell {index}'!r}"
        regions = _regions(cell.source, where)
        if "SOLUTION" in regions and not is_solution(cell):
            raise ReleaseError(
                f"{where}: a solution stands in a cell that is not a solution cell",
                'Give its header nbgrader={"grade_id": …, "solution": true}.',
            )
        if "HIDDEN TESTS" in regions and not is_graded(cell):
            raise ReleaseError(
                f"{where}: hidden tests stand in a cell that is not graded",
                'Give its header nbgrader={"grade_id": …, "grade": true, "points": …}.',
            )


def has_markers(source: str) -> bool:
    """Whether any marker is left in a cell's source."""
    return any(f"{edge} {region}" in source for region in REGIONS for edge in ("BEGIN", "END"))


def _regions(source: str, where: str) -> set[str]:
    """The kinds of region in a cell, or `ReleaseError` naming the line."""
    open_region, regions = None, set()
    for number, line in enumerate(source.splitlines(), start=1):
        for region in REGIONS:
            if f"BEGIN {region}" in line:
                if open_region:
                    raise ReleaseError(
                        f"{where}, line {number}: BEGIN {region} inside an open {open_region}",
                        f"Close it first with ### END {open_region}.",
                    )
                open_region = region
                regions.add(region)
            elif f"END {region}" in line:
                if open_region != region:
                    raise ReleaseError(
                        f"{where}, line {number}: END {region} without its BEGIN",
                        f"Put ### BEGIN {region} above it, or delete it.",
                    )
                open_region = None
    if open_region:
        raise ReleaseError(
            f"{where}: BEGIN {open_region} is never closed",
            f"Put ### END {open_region} below it.",
        )
    return regions
