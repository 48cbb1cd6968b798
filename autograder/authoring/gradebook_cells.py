"""See whether the gradebook can take a notebook's cells, before anything of a release is written.

nbgrader neither adds nor removes cells of a notebook for which the gradebook has submissions.
"""

from __future__ import annotations

from nbformat import NotebookNode
from nbgrader.api import MissingEntry

from autograder.course.cells import grade_id
from autograder.course.configuration import load_config
from autograder.course.errors import ReleaseError
from autograder.course.folders import Assignment
from autograder.gradebook.nbgrader_adapter import open_gradebook


def require_known_cells(assignment: Assignment, nb: NotebookNode) -> None:
    """Raise `ReleaseError`, naming the cells, where a notebook has other cells than the gradebook.

    nb : what is to be released; without submissions in the gradebook it may have any cells
    """
    with open_gradebook(load_config(assignment.course)) as gradebook:
        try:
            notebook = gradebook.find_notebook(assignment.name, assignment.name)
        except MissingEntry:
            return
        count = len(notebook.submissions)
        kinds = (notebook.grade_cells, notebook.solution_cells, notebook.source_cells)
        known = {cell.name for cells in kinds for cell in cells}
    names = {name for cell in nb.cells if (name := grade_id(cell))}
    if not count or names == known:
        return
    changes = [
        f"{verb} {', '.join(sorted(cells))}"
        for verb, cells in (("adds", names - known), ("removes", known - names))
        if cells
    ]
    raise ReleaseError(
        f"the gradebook has {count} submission{'s' * (count > 1)} to {assignment.name}, and the "
        f"new notebook {' and '.join(changes)}; nbgrader can do neither any more",
        "Keep the cells and change what they ask, in checks.py too. Or begin the assignment anew, "
        "without the points that people gave: copy grading/gradebook.db to a safe place, then "
        f"nbgrader db assignment remove {assignment.name} --force, release and grade.",
    )
