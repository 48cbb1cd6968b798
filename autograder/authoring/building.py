"""Build the notebook that nbgrader sees from `solutions/NAME/notebook.py`.

A test cell gets a comment that names it, and two hidden lines: one above its visible checks, that
puts the reference's earlier functions in place so that one mistake is not paid for twice, and one
below, that runs the trusted checks. It is folded to its comment where the student's program can do
that. A last cell shows progress. Building is byte-stable: a cell's id is its grade_id, or its
position.
"""

from __future__ import annotations

import nbformat
from nbformat import NotebookNode

from autograder.authoring.progress import FOLDED, first_line, progress_cell
from autograder.checks.loading import load_trusted
from autograder.course.cells import describe, grade_id, is_code
from autograder.course.folders import Assignment
from autograder.course.notebook_source import read_source

HIDDEN = "### BEGIN HIDDEN TESTS\n{line}\n### END HIDDEN TESTS"
# Jupyter's own tag: "Run all" goes on below a cell that fails, down to the one that shows progress.
GO_ON = "raises-exception"
# What a test cell's hidden lines call.
HOOKS = "autograder.checks.nbgrader_hooks"


def build_notebook(assignment: Assignment) -> NotebookNode:
    """The solved notebook for nbgrader: with hidden lines, and with the cell that shows progress.

    Takes seconds, because the trusted checks are run to be counted.
    """
    nb = build_without_progress(assignment)
    nb.cells.append(progress_cell(load_trusted(assignment)))
    return nb


def build_without_progress(assignment: Assignment) -> NotebookNode:
    """The notebook without the cell that shows progress; quick, as no check is run."""
    nb = read_source(assignment)
    cells = describe(nb)
    for cell in nb.cells:
        test = grade_id(cell)
        if is_code(cell) and (test in cells.tests or test is None):
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), GO_ON]
        if test in cells.tests:
            cells.owner(test)  # refuse a test that belongs to no function
            line = f"import {HOOKS}; {HOOKS}.{{verb}}({{name!r}}, {{test!r}}, globals())"
            above = line.format(verb="isolate", name=assignment.name, test=test)
            below = line.format(verb="check", name=assignment.name, test=test)
            parts = (HIDDEN.format(line=above), cell.source, HIDDEN.format(line=below))
            cell.source = "\n".join((first_line(test, cells.tests[test]), *parts))
            cell.metadata["jupyter"] = dict(FOLDED)
    return nb


def notebook_bytes(nb: NotebookNode) -> str:
    """The notebook as text, the same for the same notebook."""
    text: str = nbformat.writes(nb, version=4)
    return text + "\n"
