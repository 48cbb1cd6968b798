"""Make a class of any size out of the sample class; no two of its submissions are the same."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.authoring.building import build_notebook
from autograder.course.folders import Assignment
from tests.submissions.sample_class import NAME, SAMPLES

# A second costs a second, however fast the grader is: the time limit would be what is measured.
SLOW = ("infinite_loop",)
# nbgrader ends its whole batch at these two, and grades nobody after them.
STOPS_NBGRADER = ("duplicated_test_cell", "not_json")
OWNER = "OWNER-OF-THIS-SUBMISSION"


def make_class(
    assignment: Assignment, size: int, leave_out: Iterable[str] = SLOW
) -> Iterator[tuple[str, bytes]]:
    """`size` students and their submissions: the samples in turn, but for those left out.

    Every submission ends its first answer with a comment naming its owner, so that none can be
    taken for another.
    """
    released = nbformat.read(assignment.release, as_version=4)
    solved = build_notebook(assignment)
    kinds = [
        (sample.student, _text(sample.make(copy.deepcopy(released), solved)))
        for sample in SAMPLES
        if sample.student not in set(leave_out)
    ]
    for number, (kind, text) in enumerate(islice(cycle(kinds), size)):
        # The number first: in any order of names, the kinds come mixed.
        student = f"{number:05d}-{kind}"
        yield student, text.replace(OWNER, student).encode()


def write_class(submissions: Iterable[tuple[str, bytes]], folder: Path) -> list[Path]:
    """Write a class to `folder/<student>/<assignment>/<assignment>.ipynb`."""
    written = []
    for student, data in submissions:
        path = folder / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        written.append(path)
    return written


def _text(made: NotebookNode | bytes) -> str:
    if isinstance(made, bytes):  # broken already, so that it can be lengthened anywhere
        return f"{made.decode()}\n{OWNER}"
    answer = next(cell for cell in made.cells if _is_answer(cell))
    answer.source = f"{answer.source}\n# {OWNER}"
    return json.dumps(made, indent=1)


def _is_answer(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution", False)
