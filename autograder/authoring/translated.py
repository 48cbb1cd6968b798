"""The students' notebook in another language, made of the English one and a catalog.

Prose and headings are translated, and of code only what it shows to people: the messages of checks
and of given functions, docstrings, and the sentences of the cell that shows progress. So the two
notebooks have the same cells, with the same names, and run the same program.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable

from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from autograder.authoring.code_messages import code_texts, translated_code
from autograder.authoring.markdown_messages import translated_markdown
from autograder.authoring.progress import CELL_ID, HEADER, TITLES
from autograder.course.cells import grade_id, is_code, is_solution, nbgrader_metadata
from autograder.course.errors import ReleaseError
from autograder.course.notebook_language import set_language
from autograder.course.translation import Catalog

STUB = "YOUR ANSWER HERE"  # nbgrader's
TITLE = re.compile(r"# Check (?P<test>\w+) · (?P<points>[\d.]+) points?")


def translated_notebook(nb: NotebookNode, catalog: Catalog) -> NotebookNode:
    """A built or released notebook in the catalog's language.

    Raises `ReleaseError`, naming the cell, where a translation would change what a cell does.
    """
    there = copy.deepcopy(nb)
    set_language(there, catalog.language)
    for index, cell in enumerate(there.cells):
        where = f"cell {grade_id(cell) or index!r} in {catalog.language}"
        try:
            cell.source = translated_cell(cell, catalog.text)
        except ReleaseError as error:
            raise ReleaseError(f"{where}: {error}", error.remedy) from None
        if is_code(cell) and not same_program(nb.cells[index].source, cell.source):
            raise ReleaseError(f"{where} is another program than in English")
        if "checksum" in nbgrader_metadata(cell):
            cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
    return there


def translated_cell(cell: NotebookNode, translate: Callable[[str], str]) -> str:
    """The source of a cell with every message replaced by what `translate` makes of it.

    Code of nbgrader's cells and the one that shows progress is translated; that of other cells
    draws and prints, and stays as it is.
    """
    if not is_code(cell):
        if is_solution(cell):
            return translate(STUB) if cell.source == STUB else str(cell.source)
        return translated_markdown(cell.source, translate)
    if is_solution(cell):
        return translated_code(cell.source, translate, texts=False)
    if nbgrader_metadata(cell) or cell.get("id") == CELL_ID:
        return translated_code(_translated_title(cell.source, translate), translate)
    return str(cell.source)


def _translated_title(source: str, translate: Callable[[str], str]) -> str:
    """A cell with the comments translated that are seen of it where it is folded."""
    lines = source.split("\n")
    if title := TITLE.fullmatch(lines[0]):
        values = title.groupdict()
        lines[0] = "# " + translate(TITLES[values["points"] != "1"]).format(**values)
    for number, line in enumerate(lines[: len(HEADER)]):
        if line.removeprefix("# ") in HEADER:
            lines[number] = "# " + translate(line.removeprefix("# "))
    return "\n".join(lines)


def same_program(source: str, other: str) -> bool:
    """Whether two cells differ in nothing but the wording of their texts."""
    return _without_wording(source) == _without_wording(other)


def _without_wording(source: str) -> str:
    """A program with its texts taken out, and the values left that stand in them."""
    data, done, end = source.encode(), b"", 0
    for text in code_texts(source):
        values = sorted(set(text.values)) if text.has_values else ()
        done += data[end : text.start] + repr(("text", *values)).encode()
        end = text.end
    return ast.dump(ast.parse((done + data[end:]).decode()))
