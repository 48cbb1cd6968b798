"""The files of a class's submissions, in the zip that a system packs or in a folder on disk."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from autograder.course.errors import SubmissionError
from autograder.course.notebook_file import read_bytes
from autograder.lms.archive import MAX_FILES, Archive, is_system_file

MAX_DEPTH = 8  # folders that lie in each other


class Entry(Protocol):
    """One file, with its path and the time of its packing, which a zip has without a zone."""

    @property
    def path(self) -> str: ...

    @property
    def packed(self) -> datetime | None: ...


@dataclass(frozen=True)
class FolderEntry:
    """One file in a folder; `path` begins with the folder's own name."""

    path: str
    place: Path
    packed: datetime | None = None


class Folder:
    """The files in a folder and in those in it, as an `Archive` gives those of a zip.

    No link is followed, and hidden folders are left out, such as .git.
    Raises `SubmissionError` when there are more than `MAX_FILES`.
    """

    def __init__(self, folder: Path):
        self.entries = tuple(_files(folder, folder.resolve().name, MAX_DEPTH))
        if len(self.entries) > MAX_FILES:
            raise SubmissionError(f"it holds {len(self.entries)} files, more than {MAX_FILES}")

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing is open."""

    def read(self, index: int) -> bytes:
        """The contents of one of `entries`; raises `SubmissionError` when they cannot be read."""
        return read_bytes(self.entries[index].place)


def open_files(path: Path) -> Archive | Folder:
    """The files of a zip or a folder, to be used in a `with`."""
    return Folder(path) if path.is_dir() else Archive(path)


def fingerprint(path: Path) -> str:
    """The SHA-256 of a zip, or of the names and sizes of the files in a folder."""
    if not path.is_dir():
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    total = hashlib.sha256()
    for entry in Folder(path).entries:
        total.update(f"{entry.path}\0{entry.place.stat().st_size}\0".encode(errors="replace"))
    return total.hexdigest()


def _files(folder: Path, path: str, depth: int) -> Iterator[FolderEntry]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise SubmissionError(f"{path} cannot be looked into: {error.strerror}") from None
    for entry in entries:
        inner = f"{path}/{entry.name}"
        if is_system_file(inner) or (entry.name.startswith(".") and not _is_checkpoints(entry)):
            continue
        if entry.is_dir(follow_symlinks=False):
            if depth:
                yield from _files(Path(entry.path), inner, depth - 1)
        else:
            yield FolderEntry(inner, Path(entry.path))


def _is_checkpoints(entry: os.DirEntry[str]) -> bool:
    return entry.name == ".ipynb_checkpoints"
