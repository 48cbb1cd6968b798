"""Put a student's cells into a clean copy of the released notebook, where the student had them.

The released cells come back as they were released. Of the student's file, the answers are taken
from where the release asked for them or from wherever else they stand, and the student's own cells
stay where they are. What was found elsewhere, or put right, is named in the flags.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.checks.forbidden import MAX_SOURCE
from autograder.course.cells import (
    grade_id,
    is_code,
    is_demonstration,
    is_function,
    is_solution,
    is_test,
)
from autograder.grading.definitions import Definitions, joined, without_fences
from autograder.grading.submitted_cells import SubmittedCell

MAX_OWN = 500  # cells of a student's own that are run
OWN = "own-"  # how the ids of their cells begin
NO_METADATA = "metadata lost: another program saved the notebook; answers were found by content"


@dataclass(frozen=True)
class PlacedNotebook:
    """A clean notebook with the student's answers in it.

    sources : the source of each solution cell, and later of each written answer, by grade_id
    flags : what had been moved or tampered with, each "kind: cell"
    """

    nb: NotebookNode
    sources: dict[str, str]
    flags: tuple[str, ...]


@dataclass(frozen=True)
class _Own:
    """Code of the student's own that runs behind the released cell at `place` (-1: first)."""

    source: str
    place: float


def place_cells(cells: Sequence[SubmittedCell], released: NotebookNode) -> PlacedNotebook:
    """The released notebook with the cells of a student's file in it."""
    return _Placement(cells, released).result()


class _Placement:
    """One student's cells on their way into the released notebook, and the flags on them."""

    def __init__(self, cells: Sequence[SubmittedCell], released: NotebookNode):
        self._cells, self._nb = cells, released
        self._definitions = Definitions()
        self._flags: list[str] = []
        self._functions = {
            name: index
            for index, cell in enumerate(released.cells)
            if is_function(cell) and (name := grade_id(cell)) is not None
        }
        names = {grade_id(cell) for cell in released.cells} - {None}
        # Then a flag for each cell would say the same again and again.
        self._no_metadata = bool(cells) and not any(cell.grade_id in names for cell in cells)

    def result(self) -> PlacedNotebook:
        """Place everything; flags come in the order of the released notebook."""
        if self._no_metadata:
            self._flags.append(NO_METADATA)
        sources: dict[str, str] = {}
        for index, cell in enumerate(self._nb.cells):
            name = grade_id(cell)
            if name is None:
                continue
            copies = self._copies(index)
            if name in self._functions:
                sources[name] = self._own_answer(name, copies)
            elif not is_solution(cell):  # what is answered in words, `written_answers` finds
                self._flag_given(name, copies)
        own = list(self._own_cells())
        self._answers_elsewhere(sources, own)
        return PlacedNotebook(self._assemble(sources, own), sources, tuple(self._flags))

    def _copies(self, index: int) -> list[SubmittedCell]:
        """The cells of the file that are the released cell at `index`."""
        return [cell for cell in self._cells if cell.index == index]

    def _flag(self, kind: str, name: str) -> None:
        if not (self._no_metadata and kind in ("deleted cell", "recovered cell")):
            self._flags.append(f"{kind}: {name}")

    def _flag_given(self, name: str, copies: list[SubmittedCell]) -> None:
        """Note what happened to a cell that students leave alone; the clean copy has it right."""
        if not copies:
            self._flag("deleted cell", name)
        if len(copies) > 1:
            self._flag("duplicated cell", name)
        if not all(cell.is_given for cell in copies):
            self._flag("edited cell", name)

    def _short(self, name: str, copies: list[SubmittedCell]) -> list[SubmittedCell]:
        """The copies of a cell that are no longer than any answer."""
        short = [cell for cell in copies if len(cell.source) <= MAX_SOURCE]
        if len(short) < len(copies):
            self._flag("oversized cell", name)
        return short

    def _flag_copies(self, name: str, copies: list[SubmittedCell]) -> None:
        if copies and not any(cell.grade_id for cell in copies):
            self._flag("recovered cell", name)
        if len(copies) > 1:
            self._flag("duplicated cell", name)

    def _own_answer(self, name: str, copies: list[SubmittedCell]) -> str:
        """What the student made of a function's solution cell: code, or an empty text.

        A stub that was left as it is counts as one, and so does a cell that is gone: whether the
        function stands elsewhere is looked at later.
        """
        self._flag_copies(name, copies)
        if any(cell.kind != "code" for cell in copies):
            self._flag("answer in a text cell", name)
        written = [
            cell.source if cell.kind == "code" else without_fences(cell.source)
            for cell in self._short(name, copies)
            if not cell.is_given
        ]
        return joined(list(dict.fromkeys(written)), name, self._definitions)

    def _own_cells(self) -> Iterable[_Own]:
        """The student's own code: cells that nobody released, and changed versions of given ones.

        A changed given cell runs before the given one, so that what it adds is there and what it
        broke is put right. Changed checks and demonstrations are left out, unless they hold an
        answer.
        """
        place, count = -1.0, 0
        for cell in self._cells:
            own = place
            if cell.index is not None:
                place, own = float(cell.index), cell.index - 0.5
                given = self._nb.cells[cell.index]
                if cell.is_given or not is_code(given) or grade_id(given) in self._functions:
                    continue
                answers = any(self._definitions.has(cell.source, name) for name in self._functions)
                if not answers and (is_test(given) or is_demonstration(given)):
                    continue
            elif cell.kind != "code":
                continue
            if not cell.source.strip() or len(cell.source) > MAX_SOURCE:
                continue
            count += 1
            if count > MAX_OWN:
                self._flags.append(f"too many cells: only {MAX_OWN} of the student's own are run")
                return
            yield _Own(cell.source, own)

    def _answers_elsewhere(self, sources: dict[str, str], own: list[_Own]) -> None:
        """Find functions that stand in none of their solution cells, and move them there.

        A cell that answers several functions goes to the first of them. The solution cells of the
        others say where to look; a stub there would undo the answer.
        """
        for name, index in self._functions.items():
            if self._definitions.has(sources[name], name):
                continue
            copies = self._copies(index)
            kind = "answer in another cell" if copies else "recovered cell"
            above = (
                other for other in self._before(name) if self._definitions.has(sources[other], name)
            )
            if other := next(above, None):
                if sources[name] != _pointer(name, other):  # it was not this cell that moved there
                    self._flag(kind, name)
                    sources[name] = _pointer(name, other, sources[name])
            elif source := self._take(name, sources, own):
                sources[name] = joined([sources[name], source], name, self._definitions)
                self._flag(kind, name)
            elif not sources[name]:
                if not copies:
                    self._flag("deleted cell", name)
                sources[name] = self._nb.cells[index].source

    def _before(self, name: str) -> list[str]:
        names = list(self._functions)
        return names[: names.index(name)]

    def _take(self, name: str, sources: dict[str, str], own: list[_Own]) -> str:
        """Take the code that defines a function from where it stands further down, or above."""
        index = self._functions[name]
        for at in reversed(range(len(own))):
            if self._definitions.has(own[at].source, name):
                # What stands before it, and would run after its first check now, goes along, so
                # that whatever it needs is there.
                for number, other in enumerate(own[:at]):
                    own[number] = replace(other, place=min(other.place, index - 0.5))
                return own.pop(at).source
        for function in reversed(self._functions):
            if function != name and self._definitions.has(sources[function], name):
                source, sources[function] = sources[function], ""
                if self._definitions.has(source, function):
                    sources[function] = _pointer(function, name)
                return source
        return ""

    def _assemble(self, sources: dict[str, str], own: list[_Own]) -> NotebookNode:
        """The clean notebook: released cells in order, with answers, and own cells between them."""
        nb = copy.deepcopy(self._nb)
        placed = []
        for index, cell in enumerate(nb.cells):
            name = grade_id(cell)
            if name in sources:
                cell.source = sources[name]
            placed.append((float(index), cell))
        for number, extra in enumerate(own):
            placed.append((extra.place, new_code_cell(extra.source, id=f"{OWN}{number}")))
        # Sorted stably: what runs behind a released cell comes after it.
        nb.cells = [cell for _, cell in sorted(placed, key=lambda pair: pair[0])]
        return nb


def _pointer(name: str, other: str, beside: str = "") -> str:
    """The comment that stands in a solution cell whose function is defined in another one."""
    comment = f"# {name} is defined in the cell of {other}."
    return f"{beside.rstrip()}\n\n{comment}" if beside.strip() else comment


def is_own(cell: NotebookNode) -> bool:
    """Whether a cell of a clean notebook is one of the student's own."""
    return str(cell.get("id", "")).startswith(OWN) and grade_id(cell) is None
