"""What a grading process keeps between submissions: its jail, and each assignment's reference."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.course import Assignment
from autograder.jail import Jail
from autograder.limits import Limits
from autograder.reference import Reference

_JAILS: dict[str, Jail] = {}
_REFERENCES: dict[tuple, Reference] = {}
_ALONE = threading.Lock()


def one_at_a_time(function: Callable, *arguments: Any) -> Any:
    """Call the function while no other thread of this process is in here.

    A Dask worker may have many threads. Jail, reference and caches serve one submission at a time,
    and a check that times a function must not be slowed down by the check of another.
    """
    with _ALONE:
        return function(*arguments)


def jail(tier: str) -> Jail:
    """This process's jail of a tier, started when it is first asked for."""
    if tier not in _JAILS:
        _JAILS[tier] = Jail(tier)
    return _JAILS[tier]


def reference(assignment: Assignment, built: NotebookNode, limits: Limits, tier: str) -> Reference:
    """The reference's process for an assignment; an older one is ended."""
    sources = tuple(
        cell.source
        for cell in built.cells
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {"grade": True})["grade"]
    )
    key = (assignment.name, sources, limits, tier)
    if key not in _REFERENCES:
        _close_references()
        _REFERENCES[key] = Reference(jail(tier), sources, limits)
    return _REFERENCES[key]


@atexit.register
def start_over() -> None:
    """End the jails of this process; the next submission starts them anew."""
    _close_references()
    for one in _JAILS.values():
        one.close()
    _JAILS.clear()


def _close_references() -> None:
    for one in _REFERENCES.values():
        one.close()
    _REFERENCES.clear()


def read_notebook(assignment: Assignment, which: str) -> NotebookNode:
    """The `source` or `release` notebook of an assignment, read once per change of its file."""
    path = getattr(assignment, which)
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(path: str, stamp: int) -> NotebookNode:
    return nbformat.read(path, as_version=4)
