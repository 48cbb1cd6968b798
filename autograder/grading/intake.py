"""Take a student's file in: read it safely, and keep only what the student was asked to write.

Nothing in the file is believed. It must be an ordinary file of bounded size that holds a JSON
notebook; of it, only the sources of solution cells and written answers are taken over into a clean
copy of the notebook. Whatever else was changed is put right by that, and named in the flags.
"""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from autograder.checks.forbidden import MAX_SOURCE
from autograder.checks.scopes import defined_functions
from autograder.course.cells import grade_id, is_solution
from autograder.course.keys import digest
from autograder.course.notebook_file import read_notebook
from autograder.course.submissions import Submission

MAX_LOST = 500  # cells without metadata that are looked through for a lost answer
# Characters of one submission that are parsed to find where a function is defined; some text takes
# three seconds for a million.
MAX_PARSED = 400_000


@dataclass(frozen=True)
class CleanNotebook:
    """The course's notebook with the student's answers in it, and what had been tampered with."""

    nb: NotebookNode
    sources: dict[str, str]
    flags: tuple[str, ...]


@dataclass(frozen=True)
class _Cell:
    kind: str
    source: str
    grade_id: str | None
    cell_id: str | None


def fingerprint(submission: Submission, data: bytes | str | None) -> str:
    """A hash of what was handed in, its name and the flags on it included.

    data : its bytes, why they cannot be read, or None where there is nothing
    """
    if submission.refused:  # whatever it holds
        return digest([submission.refused.encode()])
    if submission.path is None or data is None:
        return digest([submission.reason.encode()] if submission.reason else [])
    content = data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data
    flags = (flag.encode() for flag in submission.flags)
    return digest([os.fsencode(submission.path.name), content, *flags])


def clean_copy(data: bytes, released: NotebookNode) -> CleanNotebook:
    """Put a student's answers into a copy of the notebook that the student got.

    Raises `SubmissionError` when `data` holds no notebook.
    """
    file = read_notebook(data)
    cells = _read_cells(file.cells)
    named = ((grade_id(cell), cell) for cell in released.cells)
    original = {name: cell for name, cell in named if name is not None}
    nb, sources, flags, known = copy.deepcopy(released), {}, [*file.flags], _Definitions()
    for cell in nb.cells:
        name = grade_id(cell)
        if name is None:
            continue
        given = original[name]
        copies = [answer for answer in cells if answer.grade_id == name]
        if not is_solution(cell):
            flags += _look_at_given(name, copies, given)
            continue
        chosen, remarks = _choose(name, cell.cell_type, copies, cells, given, original, known)
        flags += remarks
        cell.source = sources[name] = given.source if chosen is None else chosen.source
    return CleanNotebook(nb, sources, tuple(flags))


def _read_cells(cells: list[Any]) -> list[_Cell]:
    return [cell for raw in cells if (cell := _read_cell(raw))]


def _read_cell(raw: Any) -> _Cell | None:
    """One cell, every field checked for its type, or None where there is nothing to use."""
    if not isinstance(raw, dict):
        return None
    source = raw.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return None
    # Half a surrogate pair is legal in JSON and cannot be written to any file.
    source = source.encode("utf-8", "replace").decode("utf-8")
    return _Cell(
        kind=raw.get("cell_type") if isinstance(raw.get("cell_type"), str) else "",
        source=source,
        grade_id=grade_id(raw),
        cell_id=raw.get("id") if isinstance(raw.get("id"), str) else None,
    )


def _look_at_given(name: str, copies: list[_Cell], given: NotebookNode) -> list[str]:
    """What happened to a cell that students leave alone; the clean copy has it right anyway."""
    if not copies:
        return [f"deleted cell: {name}"]
    flags = [f"duplicated cell: {name}"] if len(copies) > 1 else []
    if any(cell.source.strip() != given.source.strip() for cell in copies):
        flags.append(f"edited cell: {name}")
    return flags


def _choose(
    name: str,
    kind: str,
    copies: list[_Cell],
    cells: list[_Cell],
    given: NotebookNode,
    original: dict[str, NotebookNode],
    known: _Definitions,
) -> tuple[_Cell | None, list[str]]:
    """The cell that holds the student's answer to `name`, and remarks about how it was found."""
    remarks = []
    if not copies:
        # The metadata is gone, as some editors make it; the cell's id or its content may be left.
        lost = [cell for cell in cells if cell.grade_id not in original and cell.kind == kind]
        copies = [cell for cell in lost if cell.cell_id == name]
        copies = copies or [
            cell for cell in lost[:MAX_LOST] if kind == "code" and known.defines(cell.source, name)
        ]
        remarks = [f"{'recovered' if copies else 'deleted'} cell: {name}"]
    if len(copies) > 1:
        remarks.append(f"duplicated cell: {name}")
    if any(len(cell.source) > MAX_SOURCE for cell in copies):
        remarks.append(f"oversized cell: {name}")
        copies = [cell for cell in copies if len(cell.source) <= MAX_SOURCE]
    changed = [cell for cell in copies if cell.source.strip() != given.source.strip()]
    # A copy that was left empty is no answer; of several answers the last is what Python would use.
    last = (changed or copies or [None])[-1]
    if kind == "code" and len(changed) > 1:
        defining = (cell for cell in reversed(changed) if known.defines(cell.source, name))
        return next(defining, last), remarks
    return last, remarks


class _Definitions:
    """Which functions the cells of one submission define; reads each once, and not without end."""

    def __init__(self) -> None:
        self._room = MAX_PARSED
        self._known: dict[str, frozenset[str]] = {}

    def defines(self, source: str, function: str) -> bool:
        """Whether it does; False where that would take more reading than a notebook deserves."""
        if function not in source or len(source) > MAX_SOURCE:
            return False
        if source not in self._known:
            if len(source) > self._room:
                return False
            self._room -= len(source)
            self._known[source] = defined_functions(source)
        return function in self._known[source]
