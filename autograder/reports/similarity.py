"""Find pairs of submissions whose code is close, for a person to look at; this is no verdict.

Code counts if it is neither in the release nor in the reference solution, and few students have it.
The `share` of two works is the part of the smaller one's fingerprints that the other one has too,
cell by cell: 0 for none, 1 for all of them.

The limits lie in a gap that was measured on the five assignments' wheats, right solutions in
different styles (`tests/fairness/`): of two of them at most 0.25 is in common. A copy keeps 0.95
when all names, comments, texts, layout and the order of functions are changed, and 0.55 when its
statements are swapped, its += spelled out and prints put into its loops as well. The tests measure
both again. A copy of little, or one in which every line is rewritten, is not found.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from autograder.course.cells import grade_id, is_function, source_text
from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
from autograder.course.folders import Assignment
from autograder.reports.fingerprints import Fingerprints, fingerprints

LIMIT = 0.5  # of a whole submission
CELL_LIMIT = 0.85  # of one cell, where the rest is different
LEAST = 40  # fingerprints that count; with fewer there is nothing to say, about 100 words of code
LEAST_IN_CELL = 12
COMMON = 0.3  # what more of the class than this have, and more students than FEW, doesn't count
FEW = 4
BLOCK = 2048  # columns at a time


Works = Mapping[str, Mapping[str, str]]  # by student, by cell: the source
Counting = list[dict[str, set[int]]]  # of each student, by cell: the fingerprints that count


@dataclass(frozen=True)
class Excerpt:
    """One cell of a pair of works: the lines of both, each with whether it is in common."""

    cell: str
    left: tuple[tuple[str, bool], ...]
    right: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Pair:
    """Two students whose works are close.

    share : of the whole works
    cell_share : of the closest cell, where one is close by itself; 0 otherwise
    excerpts : the cells with something in common
    """

    left: str
    right: str
    share: float
    cell_share: float
    excerpts: tuple[Excerpt, ...]


@dataclass(frozen=True)
class Similarity:
    """The close pairs of works in a class.

    pairs : the closest ones, as many as were asked for, closest first
    count : of all close pairs
    students : everybody in one of them
    compared : how many works had enough code
    """

    pairs: tuple[Pair, ...]
    count: int
    students: tuple[str, ...]
    compared: int


def read_works(assignment: Assignment, students: Sequence[str]) -> dict[str, dict[str, str]]:
    """The solution cells as they were graded, out of these students' autograded notebooks.

    A student without such a notebook is left out.
    """
    config = load_config(assignment.course)
    folder = assignment.course.root / config.CourseDirectory.autograded_directory
    name = assignment.name
    works = {student: _solutions(folder / student / name / f"{name}.ipynb") for student in students}
    return {student: cells for student, cells in works.items() if cells}


def find_pairs(assignment: Assignment, students: Sequence[str]) -> Similarity:
    """The close pairs among these students; raises `CourseError` when nothing is released."""
    released = _solutions(assignment.release)
    if not released:
        raise CourseError(
            f"{assignment.release} holds no solution cells",
            f"Release it first: autograder release {assignment.name}",
        )
    reference = [path.read_text(encoding="utf-8") for path in assignment.notebook_files]
    return compare(read_works(assignment, students), [*released.values(), *reference])


def compare(works: Works, given: Sequence[str] = (), *, max_pairs: int = 20) -> Similarity:
    """The close pairs among works; code that is in the sources `given` does not count.

    Time and memory grow with the square of the class; 1,000 works take seconds.
    """
    students = sorted(works)
    prints = [
        {cell: fingerprints(text) for cell, text in works[student].items()} for student in students
    ]
    counting = _counting(prints, given)
    share, cell_share, are_close = _close(counting)
    indices = np.argwhere(np.triu(are_close, 1))
    closest = np.maximum(share, cell_share)[tuple(indices.T)]
    pairs = []
    for left, right in indices[np.argsort(-closest, kind="stable")[:max_pairs]]:
        excerpts = []
        for cell in counting[left]:
            if shared := counting[left][cell] & counting[right].get(cell, set()):
                lines = (
                    _marked(works[students[index]][cell], prints[index][cell], shared)
                    for index in (left, right)
                )
                excerpts.append(Excerpt(cell, *lines))
        shares = float(share[left, right]), float(cell_share[left, right])
        pairs.append(Pair(students[left], students[right], *shares, tuple(excerpts)))
    concerned = tuple(students[index] for index in np.unique(indices))
    compared = sum(sum(map(len, cells.values())) >= LEAST for cells in counting)
    return Similarity(tuple(pairs), len(indices), concerned, compared)


def _counting(works: Sequence[Mapping[str, Fingerprints]], given: Sequence[str]) -> Counting:
    """The fingerprints that count: not given, not common, and in cells with enough of them."""
    hashes = [{cell: set(marks.hashes) for cell, marks in work.items()} for work in works]
    students = Counter(chain.from_iterable(set().union(*work.values()) for work in hashes))
    limit = max(FEW, COMMON * len(works))
    excluded = {value for value, count in students.items() if count > limit}
    excluded.update(*(fingerprints(text, max_characters=len(text)).hashes for text in given))
    remaining = ({cell: prints - excluded for cell, prints in work.items()} for work in hashes)
    return [
        {cell: prints for cell, prints in work.items() if len(prints) >= LEAST_IN_CELL}
        for work in remaining
    ]


def _close(counting: Counting) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each two works: their share, that of their closest cell (or 0), and whether close."""
    total = np.zeros((len(counting),) * 2, dtype=np.float32)
    sizes = np.zeros(len(counting), dtype=np.float32)
    best = np.zeros_like(total)
    for cell in sorted(set().union(*counting)):
        prints = [work.get(cell, set()) for work in counting]
        size = np.array([len(hashes) for hashes in prints], dtype=np.float32)
        shared = _shared(prints)
        share = _share(shared, size)
        share[(share < CELL_LIMIT) | (shared < LEAST)] = 0
        best = np.maximum(best, share)
        total += shared
        sizes += size
    share = _share(total, sizes)
    close = (share >= LIMIT) & (np.minimum.outer(sizes, sizes) >= LEAST) | (best > 0)
    return share, best, close


def _share(shared: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    share: np.ndarray = shared / np.maximum(np.minimum.outer(sizes, sizes), 1)
    return share


def _shared(prints: Sequence[set[int]]) -> np.ndarray:
    """The number of fingerprints that each two works have in common, as a matrix."""
    count = Counter(chain.from_iterable(prints))
    shared_hashes = (value for value in count if count[value] > 1)
    number = {value: index for index, value in enumerate(shared_hashes)}
    pairs = [
        (row, number[value])
        for row, hashes in enumerate(prints)
        for value in hashes
        if value in number
    ]
    rows, columns = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    shared = np.zeros((len(prints),) * 2, dtype=np.float32)
    for start in range(0, len(number), BLOCK):
        in_block = (start <= columns) & (columns < start + BLOCK)
        block = np.zeros((len(prints), BLOCK), dtype=np.float32)
        block[rows[in_block], columns[in_block] - start] = 1
        shared += block @ block.T
    return shared


def _marked(source: str, prints: Fingerprints, hashes: set[int]) -> tuple[tuple[str, bool], ...]:
    """The lines of a cell, each with whether a fingerprint with one of these hashes is in it."""
    numbers: set[int] = set()
    for value, first, last in zip(prints.hashes, prints.first, prints.last, strict=True):
        if value in hashes:
            numbers.update(range(first, last + 1))
    lines = enumerate(source.split("\n"))
    return tuple((line, number in numbers) for number, line in lines)


def _solutions(path: Path) -> dict[str, str]:
    """The sources of a notebook's solution cells, by grade_id; none where it cannot be read."""
    try:
        cells = json.loads(path.read_bytes())["cells"]
        return {
            name: source_text(cell)
            for cell in cells
            if is_function(cell) and (name := grade_id(cell))
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
