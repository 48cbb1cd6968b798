"""Read the cells of a student's notebook, with what each of them is of the release.

A cell is known by its grade_id, by what stands in it, by its id, or by its heading; all others are
the student's own. Nothing in the file is believed: every field is checked for its type.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograder.checks.forbidden import MAX_SOURCE
from autograder.course.cells import grade_id, is_code, is_solution, source_text
from autograder.course.notebook_file import plain_source, raw_source
from autograder.course.released_cells import cell_hash

MAX_CODE = 20_000  # characters of a code cell that is looked at for whether it holds prose
MAGIC = re.compile(r"^([ \t]*)[%!].*$", re.MULTILINE)


@dataclass(frozen=True)
class SubmittedCell:
    """One cell of a student's file.

    kind : "code", "markdown" or "raw", or whatever the file says
    attachments : as the file has them, so of any type
    plain : the source without what programs change; of a very long one the beginning
    index : the position of the released cell that it is; None for one of the student's own
    is_given : whether it is as this release or an earlier one has it, and no place for an answer
        in words
    """

    kind: str
    source: str
    grade_id: str | None = None
    cell_id: str | None = None
    attachments: Any = None
    plain: str = ""
    index: int | None = None
    is_given: bool = False


def is_answered_in_words(cell: Mapping[str, Any]) -> bool:
    """Whether a cell of the release is for an answer in words."""
    return is_solution(cell) and not is_code(cell)


def read_cells(
    raw: Sequence[Any],
    given: Sequence[Mapping[str, Any]],
    earlier: Mapping[str, frozenset[str]] | None = None,
) -> list[SubmittedCell]:
    """The cells of a file in their order, without those in which there is nothing to use.

    raw : the cells as JSON has them, so of any type
    given : the cells of the release
    earlier : what they were in earlier releases, see `course.released_cells`
    """
    earlier = earlier or {}
    by_name = {name: index for index, cell in enumerate(given) if (name := grade_id(cell))}
    by_id = {cell.get("id"): index for index, cell in enumerate(given) if cell.get("id")}
    by_text: dict[str, int] = {}
    by_heading: dict[str, int] = {}
    for index, cell in enumerate(given):
        if not is_answered_in_words(cell):  # several of them begin with the same text
            by_text.setdefault(plain_source(source_text(cell)), index)
        if not is_code(cell) and source_text(cell).startswith("#"):
            by_heading.setdefault(source_text(cell).split("\n")[0].strip(), index)

    def index_of(cell: SubmittedCell) -> int | None:
        if cell.grade_id in by_name:
            return by_name[cell.grade_id]
        if cell.plain in by_text:
            return by_text[cell.plain]
        index = by_id.get(cell.cell_id)
        if index is not None and _is_like(cell, given[index]):
            return index
        return by_heading.get(cell.plain.partition("\n")[0]) if cell.kind != "code" else None

    cells = []
    for own in filter(None, map(_read, raw)):
        position = index_of(own)
        is_given = position is not None and (
            by_text.get(own.plain) == position
            or cell_hash(own.plain) in earlier.get(grade_id(given[position]) or "", ())
        )
        cells.append(replace(own, index=position, is_given=is_given))
    return cells


def _is_like(cell: SubmittedCell, released: Mapping[str, Any]) -> bool:
    """Whether a cell that shares a released cell's id may be a changed version of it.

    Programs that number cells anew give the same numbers to others.
    """
    return grade_id(released) is not None or cell.kind == released["cell_type"]


def _read(raw: Any) -> SubmittedCell | None:
    """One cell, every field checked for its type, or None where there is nothing to use."""
    source = raw_source(raw)
    if source is None:
        return None
    kind, cell_id = raw.get("cell_type"), raw.get("id")
    return SubmittedCell(
        kind if isinstance(kind, str) else "",
        source,
        grade_id(raw),
        cell_id if isinstance(cell_id, str) else None,
        raw.get("attachments"),
        plain_source(source[:MAX_SOURCE]),
    )


def is_shown_as_text(cell: SubmittedCell) -> bool:
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
