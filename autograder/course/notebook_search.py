"""Look for a student's notebook in the folder of an assignment, wherever in it the file lies.

The notebook belongs at ASSIGNMENT/ASSIGNMENT.ipynb. Programs and people put it elsewhere: one
folder further down, under the name of a copy, with another ending. Hidden files and what systems
leave behind are never taken for it, and no link to a folder is followed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from autograder.course.notebook_choice import (
    GivenCells,
    choose_notebook,
    other_answers,
    related,
    several,
)
from autograder.course.notebook_file import read_bytes
from autograder.course.notebook_names import CHECKPOINTS, few, is_called, is_notebook
from autograder.course.safe_text import file_name

MAX_DEPTH = 4  # folders that lie in each other
MAX_ENTRIES = 1_000  # of one student's folder
MAX_CANDIDATES = 10  # notebooks that are opened to choose among them
BESIDE = ("timestamp.txt", "submission_secret.txt")  # nbgrader's own
PACKED = (".zip", ".tar", ".gz", ".tgz", ".rar", ".7z")


@dataclass(frozen=True)
class SearchResult:
    """The notebook in a student's folder, or what lies there in its place.

    path : None where there is no notebook
    reason : what lies there instead of one, and what to do; "" where nothing does
    """

    path: Path | None
    flags: tuple[str, ...] = ()
    reason: str = ""


def search_notebook(
    place: Path, assignment: str, released: Callable[[], GivenCells]
) -> SearchResult:
    """The notebook of an assignment in `place`, the student's folder for it.

    released : gives the texts of the release's cells; asked where there is a choice
    Raises `OSError` where the folder may not be looked into.
    """
    exact = place / f"{assignment}.ipynb"

    def order(path: Path) -> tuple[bool, int, bool, str]:
        return path != exact, len(path.parts), path.name != exact.name, path.name

    try:
        files = sorted(_files(place), key=order)
    except (FileNotFoundError, NotADirectoryError):
        files = []
    if exact not in files and os.path.lexists(exact):  # among more files than are looked at
        files = [exact, *files]
    notebooks = [path for path in files if is_notebook(path.name) and not _is_checkpoint(path)]
    copies = [path for path in notebooks if is_called(path.name, assignment)]
    if copies:
        rest = [path for path in notebooks if path not in copies]
        return _with_rest(_best(copies, place, exact, released), rest, place, exact, released)
    if notebooks:
        return _only(notebooks, place, exact, released)
    if earlier := [path for path in files if _is_checkpoint(path) and is_notebook(path.name)]:
        return _best(earlier, place, exact, released)
    # The assignment's own folder may be missing, or be called otherwise.
    around = [
        path
        for path in sorted(_files(place.parent), key=order)
        if is_notebook(path.name) and is_called(path.name, assignment) and not _is_checkpoint(path)
    ]
    if around:
        return _best(around, place.parent, exact, released)
    return SearchResult(None, (), _nothing(place, files, exact.name))


def notebooks_in(folder: Path) -> list[Path]:
    """The notebooks in a folder and in those in it; none where it may not be looked into."""
    try:
        return [path for path in _files(folder) if is_notebook(path.name)]
    except OSError:
        return []


def _files(folder: Path) -> list[Path]:
    """The files in a folder and in those in it, hidden ones included; not more than so many."""
    files: list[Path] = []
    level, room = [folder], MAX_ENTRIES
    for depth in range(MAX_DEPTH):
        deeper: list[Path] = []
        for parent in level:
            try:
                with os.scandir(parent) as entries:
                    listed = list(islice(entries, room))
            except OSError:
                if depth == 0:
                    raise
                continue
            room -= len(listed)
            for entry in listed:
                path = parent / entry.name
                # A folder that is called like a notebook stands in the place of one.
                if not entry.is_dir(follow_symlinks=False) or is_notebook(entry.name):
                    files.append(path)
                elif entry.name == CHECKPOINTS or not _is_of_system(entry.name):
                    deeper.append(path)
        level = deeper
    return files


def _is_of_system(name: str) -> bool:
    return name.startswith((".", "__"))


def _is_checkpoint(path: Path) -> bool:
    return path.parent.name == CHECKPOINTS or path.stem.endswith("-checkpoint")


def _best(
    candidates: Sequence[Path],
    place: Path,
    exact: Path,
    released: Callable[[], GivenCells],
) -> SearchResult:
    """The one of several notebooks that holds most answers."""
    candidates = candidates[:MAX_CANDIDATES]
    flags: tuple[str, ...] = ()
    path = candidates[0]
    if len(candidates) > 1:
        names = _names(candidates, place)
        choice = choose_notebook(names, lambda index: read_bytes(candidates[index]), released())
        path, flags = candidates[choice.index], choice.flags
    if _is_checkpoint(path):
        flags = (
            f"checkpoint taken: only {_name(path, place)} lies there, which Jupyter wrote at an "
            "earlier save; ask the student for the notebook itself",
            *flags,
        )
    elif path != exact and not flags:
        flags = (f"renamed notebook: {_name(path, place)}",)
    return SearchResult(path, flags)


def _with_rest(
    result: SearchResult,
    rest: Sequence[Path],
    place: Path,
    exact: Path,
    released: Callable[[], GivenCells],
) -> SearchResult:
    """The result, flagged where notebooks of other names beside it hold other answers."""
    if not rest or result.path is None:
        return result
    paths = [result.path, *rest[: MAX_CANDIDATES - 1]]
    names = _names(paths, place)
    others = other_answers(names, lambda index: read_bytes(paths[index]), released(), exact.stem)
    if not others:
        return result
    return replace(
        result, flags=(*result.flags, several(names[0], (names[index] for index in others)))
    )


def _only(
    notebooks: Sequence[Path],
    place: Path,
    exact: Path,
    released: Callable[[], GivenCells],
) -> SearchResult:
    """The only notebook of another name, or the only one that is of this assignment."""
    if len(notebooks) == 1:
        return _best(notebooks, place, exact, released)
    given = released()
    some = notebooks[:MAX_CANDIDATES]
    fitting = related(len(some), lambda index: read_bytes(some[index]), given)
    if len(notebooks) == len(some) and fitting:
        likely = [some[index] for index in fitting]
        names = _names(likely, place)
        choice = choose_notebook(names, lambda index: read_bytes(likely[index]), given)
        if not choice.is_tie:
            path = likely[choice.index]
            flag = f"renamed notebook: {_name(path, place)}"
            return SearchResult(path, (flag, *choice.flags))
    return SearchResult(
        None,
        (),
        f"there are several notebooks of other names, {few(_names(notebooks, place))}; give the "
        f"right one the name {exact.name}",
    )


def _nothing(place: Path, files: Sequence[Path], name: str) -> str:
    """What lies in a folder without any notebook, and what to do; "" where nothing does."""
    if place.exists() and not place.is_dir():
        return f"a file lies in the place of the folder {file_name(place.name)}; put it inside"
    rest = [path for path in files if path.name not in BESIDE and path.name != ".DS_Store"]
    if not rest:
        return ""
    listed = few(_names(rest, place))
    if any(path.name.lower().endswith(PACKED) for path in rest):
        return f"there is an archive, {listed}; unpack it and put its notebook there as {name}"
    if all(path.name.startswith("._") for path in rest):
        return (
            f"there is only {listed}, which macOS writes beside a file and which holds nothing of "
            f"it; hand in {name} itself"
        )
    return f"there is no notebook among the files, {listed}; hand in the .ipynb file as {name}"


def _names(paths: Sequence[Path], place: Path) -> list[str]:
    return [_name(path, place) for path in paths]


def _name(path: Path, place: Path) -> str:
    return file_name(str(path.relative_to(place)))
