"""Take a student's file in: read it safely, and put its cells into a clean notebook.

Nothing in the file is believed. It must be an ordinary file of bounded size that holds a JSON
notebook; of it, only the sources of cells are taken over into a clean copy of the notebook.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from nbformat import NotebookNode

from autograder.course.keys import digest
from autograder.course.notebook_file import NotebookFile, plain_source, raw_source
from autograder.course.notebook_language import language_of, set_language
from autograder.course.submissions import Submission
from autograder.grading.placement import PlacedNotebook, place_cells
from autograder.grading.submitted_cells import read_cells
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


def clean_copy(
    file: NotebookFile,
    released: NotebookNode,
    earlier: Mapping[str, frozenset[str]] | None = None,
    translations: Sequence[NotebookNode] = (),
) -> PlacedNotebook:
    """Put a student's answers and own cells into a copy of the notebook that the student got.

    The copy is the English notebook whatever language the student's is in, which it notes. So all
    are graded by the same cells.

    file : the student's, of which nothing is believed
    earlier : what its cells were in earlier releases, see `course.released_cells`
    translations : the notebook as it was released in other languages
    """
    got = edition(file, released, translations)
    cells = read_cells(file.cells, got.cells, earlier)
    answers = written_answers(cells, got, released)
    placed = with_answers(place_cells(cells, released), answers, file.flags)
    if got is not released:
        set_language(placed.nb, language_of(got))
    return placed


def edition(
    file: NotebookFile, released: NotebookNode, translations: Sequence[NotebookNode]
) -> NotebookNode:
    """The notebook that a student got, of the release and its translations.

    It is the one with most of the file's cells in it; of equals, the one that the file names.
    """
    if not translations:
        return released
    texts = {plain_source(text) for cell in file.cells if (text := raw_source(cell)) is not None}

    def fit(nb: NotebookNode) -> tuple[int, bool]:
        own = {plain_source(cell.source) for cell in nb.cells}
        return len(own & texts), language_of(nb) == file.language

    return max((released, *translations), key=fit)
