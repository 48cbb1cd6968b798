"""The sample class: twelve submissions to `naive_convolution`, and what each must earn.

Every submission is the released notebook with a few changes, so that the class follows a changed
release. What is expected is said by function, not by points, for the same reason.
"""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import nbformat
from nbformat import NotebookNode

from autograder.course.cells import describe
from autograder.course.folders import Assignment
from tests.edits import edit
from tests.fairness.edits import source_of
from tests.submissions import einsum_style, mistakes

NAME = "naive_convolution"


@dataclass(frozen=True)
class Expected:
    """A sample's verdict, and the functions that earn nothing or only some of their points."""

    verdict: str = "graded"
    nothing: tuple[str, ...] = ()
    some: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sample:
    """One student of the sample class."""

    student: str
    make: Callable[[NotebookNode, NotebookNode], NotebookNode | bytes]
    expected: Expected


def solve(released: NotebookNode, solved: NotebookNode, only: int | None = None) -> NotebookNode:
    """The release with the solved notebook's answers in its first `only` solution cells."""
    nb = copy.deepcopy(released)
    answers = {cell.metadata.nbgrader.grade_id: cell for cell in _tagged(solved)}
    for cell in [cell for cell in _tagged(nb) if cell.metadata.nbgrader.solution][:only]:
        cell.source = answers[cell.metadata.nbgrader.grade_id].source
    return nb


def paste(nb: NotebookNode, module: ModuleType, prefix: str = "") -> NotebookNode:
    """Put a module's functions into the solution cells of their names."""
    functions = dict(inspect.getmembers(module, inspect.isfunction))
    for cell in _tagged(nb):
        name = cell.metadata.nbgrader.grade_id
        if prefix + name in functions:
            cell.source = source_of(functions[prefix + name], name)
            if module is mistakes:
                cell.source = "import sys\nimport warnings\n\n\n" + cell.source
    return nb


def mistake(prefix: str) -> Callable[[NotebookNode, NotebookNode], NotebookNode]:
    """A solved notebook with one wrong answer out of `mistakes`."""
    return lambda released, solved: paste(solve(released, solved), mistakes, f"{prefix}__")


def _einsum(released: NotebookNode, solved: NotebookNode) -> NotebookNode:
    return paste(solve(released, solved), einsum_style)


def _syntax_error(released: NotebookNode, solved: NotebookNode) -> NotebookNode:
    nb = solve(released, solved)
    cell = _cell(nb, "conv2d_backward")
    cell.source = edit(cell.source, ("def conv2d_backward(", "def conv2d_backward(("))
    return nb


def _deleted_test_cell(released: NotebookNode, solved: NotebookNode) -> NotebookNode:
    nb = solve(released, solved)
    nb.cells.remove(_cell(nb, _first_test(nb)))
    return nb


def _duplicated_test_cell(released: NotebookNode, solved: NotebookNode) -> NotebookNode:
    nb = solve(released, solved)
    cell = _cell(nb, _first_test(nb))
    nb.cells.insert(nb.cells.index(cell), copy.deepcopy(cell))
    return nb


def _not_json(released: NotebookNode, solved: NotebookNode) -> bytes:
    # What a download that broke off leaves behind.
    return json.dumps(solve(released, solved)).encode()[:-2000]


def _tagged(nb: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in nb.cells if "nbgrader" in cell.metadata]


def _cell(nb: NotebookNode, grade_id: str) -> NotebookNode:
    return next(cell for cell in _tagged(nb) if cell.metadata.nbgrader.grade_id == grade_id)


def _first_test(nb: NotebookNode) -> str:
    return next(iter(describe(nb).tests))


FUNCTIONS = (
    "conv_output_size",
    "conv2d_forward",
    "conv2d_backward",
    "dilated_conv2d_forward",
    "locally_connected_forward",
)
SAMPLES = (
    Sample("perfect_loops", solve, Expected()),
    Sample("perfect_einsum", _einsum, Expected()),
    Sample("untouched", lambda released, solved: released, Expected(nothing=FUNCTIONS)),
    Sample(
        "half_done",
        lambda released, solved: solve(released, solved, only=2),
        Expected(nothing=FUNCTIONS[2:]),
    ),
    Sample("stride_ignored", mistake("stride_ignored"), Expected(some=("conv2d_forward",))),
    Sample("bias_per_element", mistake("bias_per_element"), Expected(some=("conv2d_forward",))),
    Sample("syntax_error", _syntax_error, Expected(nothing=("conv2d_backward",))),
    Sample(
        "infinite_loop",
        mistake("infinite_loop"),
        Expected("timed_out", nothing=("conv2d_backward",)),
    ),
    Sample("correct_but_warns", mistake("warns"), Expected()),
    Sample("deleted_test_cell", _deleted_test_cell, Expected(flags=("deleted cell",))),
    Sample("duplicated_test_cell", _duplicated_test_cell, Expected(flags=("duplicated cell",))),
    Sample("not_json", _not_json, Expected("unreadable", nothing=FUNCTIONS)),
)


def write_class(assignment: Assignment, folder: Path) -> list[Path]:
    """Write every sample to `folder/<student>/<assignment>/<assignment>.ipynb`."""
    released = nbformat.read(assignment.release, as_version=4)
    solved = nbformat.read(assignment.source, as_version=4)
    written = []
    for sample in SAMPLES:
        made = sample.make(copy.deepcopy(released), solved)
        data = made if isinstance(made, bytes) else json.dumps(made, indent=1).encode()
        path = folder / sample.student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        # An unchanged file keeps its time, so that nothing is graded twice for nothing.
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)
        written.append(path)
    return written
