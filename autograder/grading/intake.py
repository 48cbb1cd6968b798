"""Take a student's file in: read it safely, and put its cells into a clean notebook.

Nothing in the file is believed. It must be an ordinary file of bounded size that holds a JSON
notebook; of it, only the sources of cells are taken over into a clean copy of the notebook.
"""

from __future__ import annotations

import os
from typing import Any

from nbformat import NotebookNode

from autograder.course.cells import grade_id
from autograder.course.keys import digest
from autograder.course.notebook_file import raw_source, read_notebook
from autograder.course.submissions import Submission
from autograder.grading.placement import PlacedNotebook, SubmittedCell, place_cells
from autograder.grading.written_answers import with_answers, written_answers


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


def clean_copy(data: bytes, released: NotebookNode) -> PlacedNotebook:
    """Put a student's answers and own cells into a copy of the notebook that the student got.

    Raises `SubmissionError` when `data` holds no notebook.
    """
    file = read_notebook(data)
    placed = place_cells(_read_cells(file.cells), released)
    return with_answers(placed, written_answers(file.cells, released), file.flags)


def _read_cells(cells: list[Any]) -> list[SubmittedCell]:
    return [cell for raw in cells if (cell := _read_cell(raw))]


def _read_cell(raw: Any) -> SubmittedCell | None:
    """One cell, every field checked for its type, or None where there is nothing to use."""
    source = raw_source(raw)
    if source is None:
        return None
    kind, cell_id = raw.get("cell_type"), raw.get("id")
    return SubmittedCell(
        kind=kind if isinstance(kind, str) else "",
        source=source,
        grade_id=grade_id(raw),
        cell_id=cell_id if isinstance(cell_id, str) else None,
    )
