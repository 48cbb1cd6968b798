"""Keys: hashes of everything that a piece of work depends on, to see whether it must be redone.

    what is kept             depends, besides its inputs, on the code of the packages in
    a submission's result    GRADING
    the proof of a release   RELEASING
    a feedback page          PAGES

A key holds contents and never dates, so a copy of the course has the same keys.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
# Packages whose code decides about a score. In no other can a change be a reason to grade again.
GRADING = ("checks", "course", "grading", "sandbox", "wire")
# Packages that build an assignment and prove it in a Jupyter kernel.
RELEASING = ("authoring", "checks", "course", "gradebook", "grading", "sandbox", "wire")
# Packages that make a page of a result and a notebook.
PAGES = ("course", "feedback", "gradebook", "grading")
CODE = {".py", ".j2", ".css"}  # of a package: its modules, and the templates beside them


def digest(parts: Iterable[bytes]) -> str:
    """One hash of several parts, in order; where one part ends matters."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


def files_key(files: Mapping[str, Path]) -> str:
    """A hash of files' contents under the names given; a file that is missing counts as such.

    files : paths by name, such as `{"checks": assignment.checks_source}`
    """
    parts = []
    for name, path in sorted(files.items()):
        content = (b"file", path.read_bytes()) if path.is_file() else (b"missing",)
        parts += [name.encode(errors="surrogateescape"), *content]
    return digest(parts)


def folder_files(folder: Path) -> dict[str, Path]:
    """All files below a folder, by path relative to it; none where there is no folder."""
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}


def code_key(packages: Iterable[str]) -> str:
    """A hash of the code of packages of `autograder`, by their names, such as `GRADING`."""
    files = {}
    for package in packages:
        for name, path in folder_files(PACKAGE / package).items():
            if path.suffix in CODE:
                files[f"{package}/{name}"] = path
    return files_key(files)


@cache
def versions_key(*distributions: str) -> str:
    """A hash of Python's version and those of installed distributions, such as `"numpy"`."""
    parts = [platform.python_version()]
    for name in distributions:
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            parts.append(f"{name} is not installed")
    return digest(part.encode() for part in parts)
