"""Read the cells of a student's notebook with what each is of the release, and where it lies.

This is for answers in words, which may stand in any cell, of any kind. A cell is known by its
grade_id, by what stands in it, by its id, or by its heading; all others are the student's own.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograder.checks.forbidden import MAX_SOURCE
from autograder.course.cells import grade_id, is_code, is_function, is_solution, source_text
from autograder.course.notebook_file import plain_source, raw_source

MAX_CODE = 20_000  # characters of a code cell that is looked at for whether it holds prose
MAGIC = re.compile(r"^([ \t]*)[%!].*$", re.MULTILINE)


@dataclass(frozen=True)
class AnswerCell:
    """A cell of the student's, and what it is of the release.

    plain : its source without what programs change; of a very long one the beginning
    before, after : the release's cells around it, by their positions
    index : the release's cell that it is; None for one of the student's own
    is_given : whether it is as the release has it
    """

    kind: str
    source: str
    name: str | None
    attachments: Any
    plain: str
    index: int | None = None
    is_given: bool = False
    before: int = -1
    after: int = 0


def is_answered_in_words(cell: Mapping[str, Any]) -> bool:
    """Whether a cell of the release is for an answer in words."""
    return is_solution(cell) and not is_code(cell)


def placed_cells(raw: Sequence[Any], given: Sequence[Mapping[str, Any]]) -> list[AnswerCell]:
    """The student's cells with what each is of the release, and where between its cells it lies."""
    by_name = {grade_id(cell): index for index, cell in enumerate(given) if grade_id(cell)}
    by_id = {cell.get("id"): index for index, cell in enumerate(given) if cell.get("id")}
    by_text: dict[str, int] = {}
    by_heading: dict[str, int] = {}
    for index, cell in enumerate(given):
        if not is_answered_in_words(cell):
            by_text.setdefault(plain_source(source_text(cell)), index)
        if not is_code(cell) and source_text(cell).startswith("#"):
            by_heading.setdefault(source_text(cell).split("\n")[0].strip(), index)
    functions = [grade_id(cell) for cell in given if is_function(cell)]
    defines = re.compile(rf"^def (?:{'|'.join(map(re.escape, filter(None, functions)))})\b", re.M)
    cells: list[AnswerCell] = []
    for own, cell_id in filter(None, map(_read, raw)):
        place = by_name.get(own.name) if own.name else None
        is_given = place is None and own.plain in by_text
        if is_given:
            place = by_text[own.plain]
        if place is None and cell_id is not None:
            place = by_id.get(cell_id)
        if place is None and own.kind != "code":
            place = by_heading.get(own.plain.partition("\n")[0])
        if place is None and functions and defines.search(own.plain):
            continue  # a function's cell that has lost its mark
        cells.append(replace(own, index=place, is_given=is_given))
    return list(_between(cells, len(given)))


def _between(cells: Sequence[AnswerCell], end: int) -> Iterator[AnswerCell]:
    """The cells with the release's cells around each."""
    after, following = end, []
    for cell in reversed(cells):
        following.append(after)
        after = after if cell.index is None else cell.index
    before = -1
    for cell, after in zip(cells, reversed(following), strict=True):
        yield replace(cell, before=before, after=after)
        before = before if cell.index is None else cell.index


def _read(raw: Any) -> tuple[AnswerCell, str | None] | None:
    """A cell with every field checked for its type, and its id; None where there is none."""
    source = raw_source(raw)
    if source is None:
        return None
    kind, cell_id = raw.get("cell_type"), raw.get("id")
    cell = AnswerCell(
        kind if isinstance(kind, str) else "",
        source,
        grade_id(raw),
        raw.get("attachments"),
        plain_source(source[:MAX_SOURCE]),
    )
    return cell, cell_id if isinstance(cell_id, str) else None


def is_shown_as_text(cell: AnswerCell) -> bool:
    """Whether a cell is shown as text: Markdown, or a code cell of what is not Python."""
    return cell.kind != "code" or _statements(cell.source) is None


def is_prose(source: str) -> bool:
    """Whether a code cell holds an answer in words: comments and texts alone, or no Python."""
    statements = _statements(source)
    return statements is None or all(
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
        for statement in statements
    )


def _statements(source: str) -> list[ast.stmt] | None:
    """A code cell as Python reads it, without IPython's lines; None where it is no Python."""
    source = MAGIC.sub(r"\1pass", source)
    if len(source) > MAX_CODE:
        return [ast.Pass()]  # too long to be looked at, and no answer is so long
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source).body
    except (SyntaxError, ValueError):
        return None
    except (RecursionError, MemoryError):
        return [ast.Pass()]
