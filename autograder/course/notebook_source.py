"""Read `solutions/NAME/notebook.py`: the solved notebook with complete metadata.

The source is py:percent. Its cell headers carry the shortest nbgrader metadata that says what a
cell is; everything else has one default, filled in here:

    # %% nbgrader={"grade_id": "setup", "locked": true}                  given, students keep it
    # %% nbgrader={"grade_id": "conv2d_forward", "solution": true}       students write it
    # %% nbgrader={"grade_id": "test_conv2d_forward", "grade": true, "points": 4}
    # %% [markdown] nbgrader={"grade_id": "why", "grade": true, "solution": true, "points": 5}
    # %% tags=["demonstration"]                                          shows, costs time

A cell tagged as a demonstration draws, times or trains and earns nothing. Students and stock
nbgrader run it; a batch need not, so no other cell may use what it defines. The tag stays in the
release. A cell with nbgrader metadata cannot carry it, because marks may depend on that cell.

Code that several notebooks have lies in `solutions/shared/`. A line that imports from there,

    from solutions.shared.values import expect_values

stands for the text of that file below its line `# included from here on`, so that what students
get needs no such file. Started in the course's folder, `python -m solutions.NAME.notebook` runs
the notebook as it is written.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode

from autograder.course.cells import DEMONSTRATION
from autograder.course.errors import SourceError
from autograder.course.folders import Assignment

DEFAULTS = {
    "grade": False,
    "locked": False,
    "schema_version": 3,
    "solution": False,
    "task": False,
}
INCLUDE = re.compile(r"^(?:import|from) solutions\.shared\.(\w+)\b.*\n?", re.MULTILINE)
INCLUDED = "# included from here on\n"  # what stands below it in a shared file is included
# What jupytext makes of a header: its metadata, a title, and what it could not read.
UNREADABLE = "incorrectly_encoded_metadata"
KNOWN_KEYS = ("nbgrader", "tags", "title", "region_name", "cell_marker", "skipline", "noskipline")
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def read_source(assignment: Assignment) -> NotebookNode:
    """The solved notebook with complete nbgrader metadata, and no hidden lines yet.

    Raises `SourceError` naming the file and the cell.
    """
    path = assignment.notebook_source
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read: {error}") from error
    text = INCLUDE.sub(lambda line: _included(assignment, line), text)
    try:
        nb = jupytext.reads(text, fmt="py:percent")
    except Exception as error:
        raise SourceError(f"{path} is not a py:percent notebook: {error}") from error
    _require_readable_headers(nb, path)
    clean: NotebookNode = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL})
    ids: set[str] = set()
    for index, cell in enumerate(nb.cells):
        new: Callable[..., NotebookNode] = (
            nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
        )
        header = cell.metadata.get("nbgrader")
        metadata: dict[str, Any] = {}
        if header is not None:
            metadata["nbgrader"] = _complete(header, path, index)
        if "tags" in cell.metadata:
            metadata["tags"] = _tags(cell.metadata["tags"], header, path, index)
        cell_id = header["grade_id"] if header else f"cell-{index:03d}"
        if cell_id in ids:
            raise SourceError(
                f"{path}, cell {cell_id!r}: another cell has this grade_id", "Rename one."
            )
        ids.add(cell_id)
        # A notebook cell id may hold 64 characters.
        clean.cells.append(new(cell.source, metadata=metadata, id=cell_id[:64]))
    return clean


def _require_readable_headers(nb: NotebookNode, path: Path) -> None:
    """Raise `SourceError` for a cell header that jupytext took for something else."""
    for index, cell in enumerate(nb.cells):
        for key, value in cell.metadata.items():
            lost = value is None or (key == "title" and "nbgrader" in value)
            if key == UNREADABLE or lost:
                raise SourceError(
                    f"{path}: the header of cell {index} cannot be read: # %% {value or key}",
                    'Write it as JSON: # %% nbgrader={"grade_id": "setup", "locked": true}.',
                )
            if key not in KNOWN_KEYS and not key.startswith("lines_to_"):  # jupytext's own
                raise SourceError(
                    f"{path}: the header of cell {index} says {key}={value!r}, which means nothing",
                    f'There are nbgrader={{…}} and tags=["{DEMONSTRATION}"].',
                )


def _included(assignment: Assignment, line: re.Match[str]) -> str:
    """The text that an including line stands for; raises `SourceError` where there is none."""
    path = assignment.course.shared / f"{line[1]}.py"
    try:
        _, text = path.read_text(encoding="utf-8").split(INCLUDED)
    except OSError:
        raise SourceError(
            f"{assignment.notebook_source} includes {path}, which is not there"
        ) from None
    except ValueError:
        raise SourceError(
            f"{path} is included, but has not one line {INCLUDED.strip()!r}",
            "Put it above what belongs into the notebooks.",
        ) from None
    return text


def _complete(header: Any, path: Path, index: int) -> dict[str, Any]:
    if not isinstance(header, dict) or not isinstance(header.get("grade_id"), str):
        raise SourceError(
            f"{path}: cell {index} has nbgrader metadata without a grade_id",
            'Give it a name: nbgrader={"grade_id": "setup", …}.',
        )
    unknown = set(header) - set(DEFAULTS) - {"grade_id", "points"}
    if unknown:
        raise SourceError(
            f"{path}: cell {header['grade_id']!r} has unknown keys {sorted(unknown)}",
            "There are grade_id, grade, points, solution and locked.",
        )
    meta = {**DEFAULTS, **header}
    _require_values(meta, f"{path}: cell {header['grade_id']!r}")
    if meta["grade"] and not meta["solution"]:
        meta["locked"] = True
    return dict(sorted(meta.items()))


def _require_values(meta: dict[str, Any], where: str) -> None:
    """Raise `SourceError` for a value that nbgrader would take for another, or stop at later."""
    for key in ("grade", "locked", "solution", "task"):
        if not isinstance(meta[key], bool):
            raise SourceError(f"{where} has {key}: {meta[key]!r}", "Write true or false.")
    if meta["task"]:
        raise SourceError(
            f"{where} is a task cell of nbgrader's, which is not known here",
            'For an answer in words: # %% [markdown] nbgrader={…, "grade": true, "solution": true}',
        )
    if not meta["grade"]:
        if "points" in meta:
            raise SourceError(f"{where} has points, but is not graded", 'Add "grade": true.')
        return
    points = meta.get("points")
    if points is None:
        raise SourceError(f"{where} is graded, and has no points", 'Add "points": 2, or so many.')
    number = isinstance(points, int | float) and not isinstance(points, bool)
    if not number or not 0 <= points < math.inf:
        raise SourceError(f"{where} has the points {points!r}", "Write a number, such as 2 or 0.5.")


def _tags(tags: list[str], header: dict[str, Any] | None, path: Path, index: int) -> list[str]:
    name = repr(header["grade_id"]) if header else index
    # That it is a list of strings, nbformat has made sure of.
    if any(tag != DEMONSTRATION for tag in tags):
        raise SourceError(
            f"{path}: cell {name} has the tags {tags!r}",
            f'The only tags there are: tags=["{DEMONSTRATION}"].',
        )
    if header is not None and tags:
        raise SourceError(
            f"{path}: cell {name} is tagged as a {DEMONSTRATION}, but has nbgrader metadata",
            "Marks or other cells may depend on it, so it has to run: remove the tag.",
        )
    return tags
