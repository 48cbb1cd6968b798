"""Take a student's file in: read it safely, and put its cells into a clean notebook.

Nothing in the file is believed. It must be an ordinary file of bounded size that holds a JSON
notebook; of it, only the sources of cells are taken over into a clean copy of the notebook.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder.course.cells import grade_id
from autograder.course.errors import SubmissionError
from autograder.course.keys import digest
from autograder.course.safe_text import file_name
from autograder.course.submissions import Submission
from autograder.grading.placement import PlacedNotebook, SubmittedCell, place_cells

MAX_BYTES = 20_000_000
# More objects and lists than any notebook of that size has; as Python's they would fill gigabytes.
MAX_PARTS = 400_000


def read_bytes(path: Path) -> bytes:
    """The contents of a submitted file; raises `SubmissionError` for anything but a plain file."""
    name = file_name(path.name)
    try:
        # Opened without following links and without waiting on a FIFO, then looked at: what was
        # looked at is then what is read.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise SubmissionError(f"{name} cannot be opened: {error.strerror}") from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise SubmissionError(f"{name} is not an ordinary file")
        if status.st_size > MAX_BYTES:
            raise SubmissionError(
                f"{name} has {status.st_size / 1e6:.0f} MB, more than {MAX_BYTES / 1e6:.0f}; "
                "clear its outputs and hand it in again"
            )
        with open(handle, "rb", closefd=False) as file:
            return file.read(MAX_BYTES)
    finally:
        os.close(handle)


def fingerprint(submission: Submission, data: bytes | str | None) -> str:
    """A hash of what was handed in, its name included.

    data : its bytes, why they cannot be read, or None where there is nothing
    """
    if submission.refused:  # whatever it holds
        return digest([submission.refused.encode()])
    if submission.path is None or data is None:
        return digest([])
    content = data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data
    return digest([os.fsencode(submission.path.name), content])


def clean_copy(data: bytes, released: NotebookNode) -> PlacedNotebook:
    """Put a student's answers and own cells into a copy of the notebook that the student got.

    Raises `SubmissionError` when `data` holds no notebook.
    """
    return place_cells(_read_cells(data), released)


def _read_cells(data: bytes) -> list[SubmittedCell]:
    if data.count(b"{") + data.count(b"[") > MAX_PARTS:
        raise SubmissionError("the file has far more parts than a notebook; it was not read")
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SubmissionError("the file is not UTF-8 text, so it is not a notebook") from None
    except (ValueError, RecursionError) as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise SubmissionError(
            f"the file is not JSON, so it is not a notebook ({reason}); download it again from "
            "Jupyter with File › Download"
        ) from None
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise SubmissionError(
            "the file holds JSON but no list of cells; save it in notebook format 4"
        )
    return [cell for raw in cells if (cell := _read_cell(raw))]


def _read_cell(raw: Any) -> SubmittedCell | None:
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
    source = source.replace("\r\n", "\n").replace("\r", "\n")  # as other systems end lines
    return SubmittedCell(
        kind=raw.get("cell_type") if isinstance(raw.get("cell_type"), str) else "",
        source=source,
        grade_id=grade_id(raw),
        cell_id=raw.get("id") if isinstance(raw.get("id"), str) else None,
    )
