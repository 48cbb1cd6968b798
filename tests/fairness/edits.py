"""A wrong variant, written as a small edit of a right implementation."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.edits import Edit, edit


@dataclass(frozen=True)
class Chaff:
    """A wrong variant: its name, the texts that are replaced, where they stand, and its band."""

    what: str
    edits: tuple[Edit, ...]
    base: Callable | None = None
    band: str | None = None


def chaff(what: str, *edits: Edit, base: Callable | None = None, band: str | None = None) -> Chaff:
    """A wrong variant, made by replacing texts of a right implementation.

    The edits are those of `tests.edits.edit`. The base is a wheat or, by default, the function as
    `solutions/NAME/notebook.py` solves it, without docstring and markers. A chaff that is another
    algorithm has no edits, and its base is a function named `chaff__what`. The band, a name of
    `bands.BANDS`, says what share of the function's points the mistake may cost.
    """
    return Chaff(what, edits, base, band)


def source_of(function: Callable, name: str) -> str:
    """The source of a wheat or of a chaff that stays whole, as a function called `name`."""
    source = inspect.getsource(function)
    return edit(source, (f"def {function.__name__}(", f"def {name}("))


@cache
def solved_functions(notebook: Path) -> dict[str, str]:
    """The functions of a solved notebook in its order, without docstrings and markers."""
    text = notebook.read_text(encoding="utf-8")
    lines = text.split("\n")
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    # Not by get_source_segment, which goes through the whole text for each of them.
    sources = {node.name: lines[node.lineno - 1 : node.end_lineno] for node in functions}
    return {name: without_docstring("\n".join(source)) for name, source in sources.items()}


def without_docstring(source: str) -> str:
    """A function's source without its docstring and without the markers of a solution."""
    function = ast.parse(source).body[0]
    lines = source.split("\n")
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        del lines[docstring.lineno - 1 : docstring.end_lineno]
    lines = [line for line in lines if not re.match(r" *### (BEGIN|END) SOLUTION", line)]
    return "\n".join(lines).rstrip() + "\n"


def chaff_source(variant: Chaff, function: str, solution: str) -> str:
    """The source of a wrong variant of `function`.

    Raises `ValueError`, naming function, variant and text, where an old text is not in the base
    exactly once, or where two of them overlap.
    """
    base = variant.base
    source = without_docstring(source_of(base, function)) if base else solution
    where = base.__name__ if base else "the solution"
    return edit(source, *variant.edits, label=f"{function}, chaff {variant.what} of {where}")
