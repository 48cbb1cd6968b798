"""Make sure that nothing of a solution or a hidden test is left in what students get."""

from __future__ import annotations

import re

from nbformat import NotebookNode

from autograder.authoring.markers import has_markers
from autograder.checks.scopes import defined_functions
from autograder.course.cells import describe, grade_id, is_code, is_solution
from autograder.course.errors import ReleaseError
from autograder.course.folders import Assignment
from autograder.course.keys import folder_files

# Shorter runs of a solution's lines stand in prose and tests for good reasons, unless they are all
# of it and long.
TELLING_LINES = 3
TELLING_LENGTH = 40  # characters of a solution that is shorter
MAX_TEXT = 1_000_000  # bytes of a shipped file that is read for them; data may be larger


def check_leftovers(built: NotebookNode, released: NotebookNode, assignment: Assignment) -> None:
    """Raise `ReleaseError`, naming the cell, for a leftover that nbgrader did not clear.

    A leftover is a marker, a hidden line, a solution cell that is still as it was, a second
    definition of a function that students are asked for, or several lines of a solution.
    """
    functions = set(describe(built).functions)
    solved = {grade_id(cell): cell for cell in built.cells if grade_id(cell)}
    runs = _telling_runs(built)
    for index, cell in enumerate(released.cells):
        name = grade_id(cell) or f"cell {index}"
        where = f"{assignment.notebook_source}, cell {name!r}"
        if has_markers(cell.source) or "autograder.checks.nbgrader_hooks" in cell.source:
            raise ReleaseError(f"{where}: a marker or a hidden test is left in the release")
        if is_solution(cell) and cell.source == solved[name].source:
            raise ReleaseError(
                f"{where}: the solution is left in the release",
                "Put it between ### BEGIN SOLUTION and ### END SOLUTION.",
            )
        if is_code(cell) and not is_solution(cell):
            for function in functions & defined_functions(cell.source):
                raise ReleaseError(
                    f"{where}: {function} is defined outside its solution cell",
                    "Students are asked to write it; take it out of this cell.",
                )
        if line := _solution_line(cell.source, runs):
            raise ReleaseError(
                f"{where}: lines of a solution are left in the release, from {line!r} on",
                "Put them between ### BEGIN SOLUTION and ### END SOLUTION, or take them out.",
            )
    _check_files(assignment, runs)


def _check_files(assignment: Assignment, runs: set[tuple[str, ...]]) -> None:
    """Raise `ReleaseError` for a shipped file that gives a solution away, or is in the way."""
    for name, path in sorted(folder_files(assignment.extra_files).items()):
        if name == assignment.release.name:
            raise ReleaseError(
                f"{path} has the name of the students' notebook, which takes its place",
                "Give it another name.",
            )
        if path.stat().st_size > MAX_TEXT:
            continue
        if line := _solution_line(path.read_text(encoding="utf-8", errors="replace"), runs):
            raise ReleaseError(
                f"{path}: lines of a solution would reach students in it, from {line!r} on",
                "Take them out, or move the file out of files/.",
            )


def _solution_line(text: str, runs: set[tuple[str, ...]]) -> str:
    """The first of several lines in a row that stand in a solution too; empty where none do.

    Lines that are commented out are looked at as well.
    """
    lines = [line.strip() for line in text.splitlines()]
    comments = [line.lstrip("# ") for line in lines if line.startswith("#")]
    for code in (_code_lines(text), _code_lines("\n".join(comments))):
        for start in range(len(code)):
            for length in range(1, TELLING_LINES + 1):
                if tuple(code[start : start + length]) in runs:
                    return code[start]
    return ""


def _telling_runs(built: NotebookNode) -> set[tuple[str, ...]]:
    """Every run of consecutive code lines inside the solution regions, and short ones whole."""
    runs = set()
    for cell in built.cells:
        for region in re.findall(
            r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", cell.source, flags=re.DOTALL
        ):
            lines = _code_lines(region)
            runs |= {
                tuple(lines[start : start + TELLING_LINES])
                for start in range(len(lines) - TELLING_LINES + 1)
            }
            if len(lines) < TELLING_LINES and len("".join(lines)) >= TELLING_LENGTH:
                runs.add(tuple(lines))
    return runs


def _code_lines(source: str) -> list[str]:
    lines = (line.strip() for line in source.splitlines())
    return [line for line in lines if len(line) > 3 and not line.startswith("#")]
