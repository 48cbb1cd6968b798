"""What a grading process keeps between submissions: its jail, and each assignment's reference."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import ParamSpec, TypeVar

import nbformat
from nbformat import NotebookNode

from autograder.checks.loading import libraries_of
from autograder.course.cells import grade_id, is_definition
from autograder.course.folders import Assignment
from autograder.course.limits import Limits
from autograder.course.released_notebook import same_cells
from autograder.grading.reference import Reference
from autograder.sandbox.jail import Jail
from autograder.sandbox.libraries import Libraries

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

EVERYTHING = Libraries()
_JAILS: dict[tuple[str, Libraries], Jail] = {}
_REFERENCES: dict[tuple[object, ...], Reference] = {}
_PROOFS: set[tuple[object, ...]] = set()  # what this process's jails were proved for
_ALONE = threading.Lock()


def one_at_a_time(
    function: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
) -> Result:
    """Call the function while no other thread of this process is in here.

    A Dask worker may have many threads. Jail, reference and caches serve one submission at a time,
    and a check that times a function must not be slowed down by the check of another.
    """
    with _ALONE:
        return function(*args, **kwargs)


def jail(tier: str, libraries: Libraries = EVERYTHING) -> Jail:
    """This process's jail of a tier with some libraries, started when it is first asked for."""
    key = (tier, libraries)
    if key not in _JAILS:
        _JAILS[key] = Jail(tier, libraries.absent, modules=libraries.modules)
    return _JAILS[key]


def reference(assignment: Assignment, built: NotebookNode, limits: Limits, tier: str) -> Reference:
    """The reference's process for an assignment; an older one is ended."""
    sources = tuple(
        (str(grade_id(cell)), cell.source) for cell in built.cells if is_definition(cell)
    )
    files = read_files(assignment)
    key = (assignment.name, sources, limits, tier, tuple(files.items()))
    if key not in _REFERENCES:
        _close_references()
        running = jail(tier, libraries_of(assignment))
        _REFERENCES[key] = Reference(running, sources, limits, files)
    return _REFERENCES[key]


def is_proved(assignment: Assignment, limits: Limits, tier: str, seed: int) -> bool:
    """Whether a known right answer has earned its points in this process's jail."""
    return _proof_key(assignment, limits, tier, seed) in _PROOFS


def note_proof(assignment: Assignment, limits: Limits, tier: str, seed: int) -> None:
    """Note that it has; it is forgotten when the jail is started anew."""
    _PROOFS.add(_proof_key(assignment, limits, tier, seed))


def _proof_key(assignment: Assignment, limits: Limits, tier: str, seed: int) -> tuple[object, ...]:
    files = (assignment.source, assignment.release, assignment.checks_source)
    return (assignment.name, *(path.stat().st_mtime_ns for path in files), limits, tier, seed)


@atexit.register
def start_over() -> None:
    """End the jails of this process; the next submission starts them anew."""
    _PROOFS.clear()
    _close_references()
    for running in _JAILS.values():
        running.close()
    _JAILS.clear()


def _close_references() -> None:
    for process in _REFERENCES.values():
        process.close()
    _REFERENCES.clear()


def read_notebook(assignment: Assignment, which: str) -> NotebookNode:
    """The `source` or `release` notebook of an assignment, read once per change of its file."""
    path: Path = getattr(assignment, which)
    return _read(path, path.stat().st_mtime_ns)


def read_translations(assignment: Assignment) -> list[NotebookNode]:
    """The release of an assignment in other languages, each read once per change of its file.

    One of another release than the English notebook, whose cells are others, is left out.
    """
    released = read_notebook(assignment, "release")
    paths = assignment.translations.values()
    translations = [_read(path, path.stat().st_mtime_ns) for path in paths]
    return [nb for nb in translations if same_cells(nb, released)]


def read_files(assignment: Assignment) -> dict[str, bytes]:
    """What ships beside an assignment's notebook, by path relative to it."""
    folder = assignment.extra_files
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@lru_cache(maxsize=16)
def _read(path: Path, stamp: int) -> NotebookNode:
    nb: NotebookNode = nbformat.read(path, as_version=4)
    return nb
