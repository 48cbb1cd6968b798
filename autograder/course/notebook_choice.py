"""Choose among several notebooks of one student the one that holds the student's work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.course.cells import source_text
from autograder.course.errors import SubmissionError
from autograder.course.notebook_file import plain_source, raw_source, read_notebook
from autograder.course.notebook_names import few, plain

RELATED = 3  # a notebook of an assignment has at least a third of the release's cells


@dataclass(frozen=True)
class Choice:
    """Which of several notebooks is taken, and what is to be known about the others.

    index : of the notebook in the order in which they were given
    own : the cells in it that the student wrote; empty for one that is as it was released
    is_tie : whether another one holds other answers, and no fewer
    """

    index: int
    flags: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()
    is_tie: bool = False


@dataclass(frozen=True)
class _Contents:
    """The cells of a file that are not the release's, or why it cannot be read.

    is_related : whether it has a good part of the release's cells
    """

    own: frozenset[str] = frozenset()
    error: str = ""
    is_related: bool = False

    @property
    def rank(self) -> tuple[int, int]:
        """Answers go before what cannot be read, and that before a blank notebook."""
        return (2 if self.own else 1 if self.error else 0), len(self.own)


@dataclass(frozen=True)
class GivenCells:
    """The cells that an assignment was released with.

    texts : in every language
    count : how many there are in one
    """

    texts: frozenset[str] = frozenset()
    count: int = 0


NOTHING = GivenCells()


def given_cells(*releases: Path) -> GivenCells:
    """What the cells of an assignment were released with; nothing without a release.

    releases : the students' notebook, in English first
    """
    editions = [_texts(path) for path in releases]
    return GivenCells(frozenset().union(*editions), len(editions[0]) if editions else 0)


def _texts(path: Path) -> frozenset[str]:
    try:
        cells = json.loads(path.read_bytes())["cells"]
        return frozenset(plain_source(source_text(cell)) for cell in cells)
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()


def choose_notebook(
    names: Sequence[str], read: Callable[[int], bytes], given: GivenCells
) -> Choice:
    """The notebook with most answers in it; of equals, the first.

    names : the files in the order in which they are preferred; there is at least one
    read : gives the contents of a file, or raises `SubmissionError`
    given : what `given_cells` gives
    """
    works = [_look_into(read, number, given) for number in range(len(names))]
    index = max(range(len(names)), key=lambda number: (works[number].rank, -number))
    chosen, name = works[index], few([names[index]])
    blank = [names[number] for number in range(index) if works[number].rank[0] == 0]
    broken = [other for other, work in zip(names, works, strict=True) if work.error]
    different = [number for number, work in enumerate(works) if work.own and work.own != chosen.own]
    flags = []
    if blank:
        flags.append(
            f"blank notebook: {few(blank)} holds no answers, so {name} was taken; hand in one "
            "file, under the assignment's name"
        )
    if broken and not chosen.error:
        flags.append(
            f"unreadable copy: {few(broken)} cannot be read, so {name} was taken; ask the student "
            "whether that is the right one"
        )
    if different:
        flags.append(several(name, (names[number] for number in different)))
    is_tie = any(works[number].rank == chosen.rank for number in different)
    return Choice(index, tuple(flags), chosen.own, is_tie)


def related(count: int, read: Callable[[int], bytes], given: GivenCells) -> tuple[int, ...]:
    """Which of several notebooks have a good part of the release's cells in them.

    Assignments have some cells in common, such as those that set up drawings.
    """
    works = (_look_into(read, index, given) for index in range(count))
    return tuple(index for index, work in enumerate(works) if work.is_related)


def other_answers(
    names: Sequence[str], read: Callable[[int], bytes], given: GivenCells, assignment: str
) -> tuple[int, ...]:
    """Which notebooks of an assignment hold other answers than the first, which was taken.

    Those are looked at that have its name in theirs, or a good part of the release's cells.
    """
    works = [_look_into(read, number, given) for number in range(len(names))]
    return tuple(
        number
        for number, work in enumerate(works)
        if number
        and work.own
        and work.own != works[0].own
        and (work.is_related or plain(assignment) in plain(names[number]))
    )


def several(name: str, others: Iterable[str]) -> str:
    """The flag for a notebook that was taken, and others with other answers beside it."""
    return (
        f"several notebooks: {name} was taken, and {few(others)} holds other answers; ask the "
        "student which one counts, and leave only that one there"
    )


def _look_into(read: Callable[[int], bytes], index: int, given: GivenCells) -> _Contents:
    try:
        cells = read_notebook(read(index)).cells
    except SubmissionError as error:
        return _Contents(error=str(error))
    texts = map(raw_source, cells)
    sources = {plain_source(text) for text in texts if text is not None}
    is_related = bool(given.count) and len(sources & given.texts) * RELATED >= given.count
    return _Contents(frozenset(sources - given.texts - {""}), is_related=is_related)
