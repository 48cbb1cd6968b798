"""Rules for the cells of a solved notebook, looked for before anything of it is run.

Each is something that a release, a batch or a student's own notebook would trip over later, in
another place and in other words.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from autograder.authoring.cell_names import CellNames, names_of
from autograder.checks.scopes import defined_functions, parse
from autograder.course.cells import (
    describe,
    grade_id,
    is_code,
    is_definition,
    is_demonstration,
    is_function,
    is_graded,
    is_solution,
    is_test,
    owner_of,
)
from autograder.course.errors import ReleaseError, SourceError

REGION = re.compile(r"^([ \t]*)### BEGIN SOLUTION\n.*?### END SOLUTION", re.MULTILINE | re.DOTALL)
HIDDEN = "BEGIN HIDDEN TESTS"


def check_source(nb: NotebookNode, path: Path) -> None:
    """Raise `ReleaseError`, naming the file, the cell and the remedy, for the first broken rule.

    nb : the solved notebook as it is written, without the lines that the build adds
    path : of `notebook.py`
    """
    for index, cell in enumerate(nb.cells):
        where = f"{path}, cell {grade_id(cell) or f'cell {index}'!r}"
        _check_kind(cell, where)
        if is_function(cell):
            _check_function(cell, where)
    _check_tests(nb, path)
    _check_names(nb, path)


def _check_kind(cell: NotebookNode, where: str) -> None:
    if is_code(cell) and is_graded(cell) and is_solution(cell):
        raise ReleaseError(
            f"{where}: this is code that a person would grade, and nobody counts its points",
            "Ask for a function, with a test cell of its own; or, for an answer in words, begin "
            "the cell with # %% [markdown].",
        )
    if is_test(cell) and not is_code(cell):
        raise ReleaseError(
            f"{where}: this is text with points, and nobody answers in it",
            'Give its header "solution": true, or take "grade" and "points" away.',
        )
    if HIDDEN in cell.source:
        raise ReleaseError(
            f"{where}: hidden tests stand in the notebook; `autograder grade` never runs them",
            "Write them into the function of the cell's name in checks.py.",
        )


def _check_function(cell: NotebookNode, where: str) -> None:
    """A solution cell defines its function, and what is solved of it stands between markers."""
    name = str(grade_id(cell))
    if re.search(rf"^class {re.escape(name)}\b", cell.source, re.MULTILINE):
        raise ReleaseError(
            f"{where}: it defines a class, and checks can call functions alone",
            "Ask for a function that uses the class, and give the class in the setup cell.",
        )
    defined = defined_functions(cell.source)
    if name not in defined:
        others = ", ".join(sorted(defined)) or "no function"
        raise ReleaseError(
            f"{where}: it defines {others}, and not {name}",
            "Give the cell the grade_id of the function that students write in it.",
        )
    if "### BEGIN SOLUTION" not in cell.source:
        raise ReleaseError(
            f"{where}: the solution has no markers, so students would get an empty cell",
            "Put ### BEGIN SOLUTION and ### END SOLUTION around what they are to write, inside the "
            "function.",
        )
    stub = REGION.sub(r"\1raise NotImplementedError()", cell.source)
    if name not in defined_functions(stub):
        raise ReleaseError(
            f"{where}: the markers stand around `def {name}`, so students would not get it",
            "Put ### BEGIN SOLUTION below the function's docstring.",
        )


def _check_tests(nb: NotebookNode, path: Path) -> None:
    """Every test cell stands below its function, and every function has one."""
    cells = describe(nb)
    places = {grade_id(cell): index for index, cell in enumerate(nb.cells)}
    tested = set()
    for test in cells.tests:
        try:
            owner = owner_of(test, cells.functions)
        except SourceError as error:
            raise ReleaseError(f"{path}: {error}", error.remedy) from None
        if not test.isidentifier():
            raise ReleaseError(
                f"{path}, cell {test!r}: no function of checks.py can have this name",
                "Name it with letters, digits and underscores.",
            )
        if places[test] < places[owner]:
            raise ReleaseError(
                f"{path}, cell {test!r}: it stands above the cell of {owner}, which it tests",
                "Move it below.",
            )
        tested.add(owner)
    for function in cells.functions:
        if function not in tested:
            raise ReleaseError(
                f"{path}, cell {function!r}: students are asked for this function, and no test "
                "cell grades it",
                f'Give it one: nbgrader={{"grade_id": "test_{function}", "grade": true, '
                '"points": 1}.',
            )


def _check_names(nb: NotebookNode, path: Path) -> None:
    """What grading runs uses only names that grading has."""
    for user in filter(_is_graded_with, nb.cells):
        names = names_of(user.source)
        for name in sorted(names.used - names.bound):
            for problem, remedy in _sources_of(name, user, nb):
                raise ReleaseError(
                    f"{path}, cell {grade_id(user)!r}: it uses {name}, {problem}", remedy
                )


def _is_graded_with(cell: NotebookNode) -> bool:
    return is_definition(cell) or (is_code(cell) and is_test(cell))


def _sources_of(name: str, user: NotebookNode, nb: NotebookNode) -> Iterator[tuple[str, str]]:
    """Why the cell that binds a name may not be there for the one that uses it; with a remedy."""
    binding = [
        (index, cell)
        for index, cell in enumerate(nb.cells)
        if is_code(cell) and cell is not user and name in names_of(cell.source).bound
    ]
    if any(is_definition(cell) and not is_function(cell) for _, cell in binding):
        return
    if any(grade_id(cell) == name for _, cell in binding):
        return
    to_setup = f"Move what defines {name} into the setup cell."
    for index, cell in binding:
        label = repr(grade_id(cell) or f"cell {index}")
        if is_function(cell):
            what = "imports" if _imports(cell, name) else "defines"
            yield (
                f"which the solution cell {label} {what}; students may write that cell anew",
                to_setup,
            )
        elif is_test(cell):
            yield (
                f"which only the test cell {label} defines; each test cell is run by itself",
                f"{to_setup} Or define it in both test cells.",
            )
        elif is_demonstration(cell):
            yield f"which {label} defines, a demonstration that grading does not run", to_setup
        else:
            yield (
                f"which {label} defines, a cell without a grade_id that students may change",
                f'{to_setup} Or give that cell nbgrader={{"grade_id": "…", "locked": true}}.',
            )


def _imports(cell: NotebookNode, name: str) -> bool:
    tree = parse(cell.source) or ast.Module([], [])
    return any(
        name in CellNames.of_aliases(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    )
