"""What each function and each written answer of an assignment is about, in words."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from autograder.course.cells import grade_id, is_code, is_function, is_written, source_text

HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
NUMBER = re.compile(r"^(\d+(\.\d+)*\s*[·.:)]|\d+(\.\d+)+)\s+")
ASIDE = re.compile(r"\s*\([^()]*\)$")  # "(5 points, read by a person)"
SENTENCE = re.compile(r"(.+?[.!?])(\s|$)")


def titles(nb: Mapping[str, Any]) -> dict[str, str]:
    """The title of each function and each written answer of a release, by cell name.

    Of a function it is the first sentence of its docstring, of an answer the heading above it. A
    cell without either is left out.
    """
    found, heading = {}, ""
    for cell in nb["cells"]:
        name, source = grade_id(cell), source_text(cell)
        if name and is_function(cell):
            found[name] = _docstring(source, name)
        elif name and is_written(cell):
            found[name] = heading
        elif not is_code(cell) and (headings := HEADING.findall(source)):
            heading = ASIDE.sub("", NUMBER.sub("", headings[-1]))
    return {name: title for name, title in found.items() if title}


def _docstring(source: str, name: str) -> str:
    """The first sentence of the docstring of what is called `name`; "" where there is none."""
    try:
        nodes = ast.parse(source).body
    except (SyntaxError, ValueError):
        return ""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            text = " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())
            sentence = SENTENCE.match(text)
            return (sentence[1] if sentence else text).removesuffix(".").replace("`", "")
    return ""
