"""A wrong variant, written as a small edit of a right implementation."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Edit = tuple[str, str]


@dataclass(frozen=True)
class Chaff:
    """A wrong variant: its name, the texts that are replaced, where they stand, and its band."""

    what: str
    edits: tuple[Edit, ...]
    base: Callable | None = None
    band: str | None = None


def chaff(what: str, *edits: Edit, base: Callable | None = None, band: str | None = None) -> Chaff:
    """A wrong variant, made by replacing texts of a right implementation.

    Each edit is a pair (old, new), and `old` stands in the base exactly once. The base is a wheat
    or, by default, the function as `solutions/NAME/notebook.py` solves it, without docstring and
    markers. A text that starts with a line break is a block: its own indentation is taken off, and
    it is indented like the place where it is found or put. A chaff that is another algorithm has no
    edits, and its base is a function named `chaff__what`. The band, a name of `bands.BANDS`, says
    what share of the function's points the mistake may cost.
    """
    return Chaff(what, edits, base, band)


def source_of(function: Callable, name: str) -> str:
    """The source of a wheat or of a chaff that stays whole, as a function called `name`."""
    source = inspect.getsource(function)
    return source.replace(f"def {function.__name__}(", f"def {name}(", 1)


@cache
def solved_functions(notebook: Path) -> dict[str, str]:
    """The functions of a solved notebook in its order, without docstrings and markers."""
    text = notebook.read_text(encoding="utf-8")
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    return {node.name: without_docstring(ast.get_source_segment(text, node)) for node in functions}


def without_docstring(source: str) -> str:
    """A function's source without its docstring and without the markers of a solution."""
    function = ast.parse(source).body[0]
    lines = source.split("\n")
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        del lines[docstring.lineno - 1 : docstring.end_lineno]
    lines = [line for line in lines if not re.match(r" *### (BEGIN|END) SOLUTION", line)]
    return "\n".join(lines).rstrip() + "\n"


def edited(variant: Chaff, function: str, solution: str) -> str:
    """The source of a wrong variant of `function`.

    Raises `ValueError`, naming function, variant and text, where an old text is not in the base
    exactly once, or where two of them overlap.
    """
    label = f"{function}, chaff {variant.what}"
    base = variant.base
    source = without_docstring(source_of(base, function)) if base else solution
    where = base.__name__ if base else "the solution"
    replacements = []
    for old, new in variant.edits:
        spans = list(_spans(old, source))
        if len(spans) != 1:
            raise ValueError(f"{label}: {len(spans)} times in {where}, and not once:\n{old}")
        replacements.append((*spans[0], new))
    end = len(source)
    for first, last, new in sorted(replacements, reverse=True):
        if last > end:
            raise ValueError(f"{label}: another edit overlaps the one that gives:\n{new}")
        line = source[source.rfind("\n", 0, first) + 1 :]
        indent = line[: len(line) - len(line.lstrip(" "))]
        source = source[:first] + _indented(new, indent) + source[last:]
        end = first
    return source


def _spans(old: str, source: str) -> Iterator[tuple[int, int]]:
    """Where a text stands; of a block, from the first letter of its first line."""
    if not old.startswith("\n"):
        for match in re.finditer(re.escape(old), source):
            yield match.span()
        return
    lines = [re.escape(line) for line in textwrap.dedent(old).strip().split("\n")]
    pattern = "^( *)" + r"\n\1".join(lines) + "$"
    for match in re.finditer(pattern, source, re.MULTILINE):
        yield match.end(1), match.end()


def _indented(new: str, indent: str) -> str:
    """A new text; of a block, every line after the first is indented."""
    if not new.startswith("\n"):
        return new
    return textwrap.indent(textwrap.dedent(new).strip(), indent).strip()
