"""What each function and each written answer of an assignment is about, in words."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from autograder.course.cells import grade_id, is_code, is_function, is_written, source_text

HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.MULTILINE)
NUMBER = re.compile(r"^((\d+(\.\d+)*\s*[·.:)]|\d+(\.\d+)+)\s+|\d+[、：]\s*)")
ASIDE = re.compile(r"\s*[(（][^()（）]*[)）]$")  # "(5 points, read by a person)"
SENTENCE = re.compile(r"(.+?(?:[.!?](?=\s|$)|[。！？]))")
TITLE, SECTION = 1, 2  # levels of headings: the notebook's own, and that of its parts


def titles(nb: Mapping[str, Any]) -> dict[str, str]:
    """The title of each function and each written answer of a release, by cell name.

    A function has the heading of the cell right above it, or else of its section, unless another
    function has the same, or it is the function's name or the notebook's title. Failing that, it
    has the first sentence of its docstring. An answer has the last heading since the task above.
    A cell without any of these is left out.
    """
    functions: dict[str, str] = {}
    docstrings: dict[str, str] = {}
    answers: dict[str, str] = {}
    section = above = own = ""
    for cell in nb["cells"]:
        name, source = grade_id(cell), source_text(cell)
        if name and is_function(cell):
            names_it = re.search(rf"\b{re.escape(name)}\b", above) is not None
            functions[name] = section if names_it or not above else above
            docstrings[name] = _docstring(source, name)
            above = own = ""
        elif name and is_written(cell):
            answers[name] = own
            above = own = ""
        elif is_code(cell):
            above = ""
        else:
            above = ""
            for signs, text in HEADING.findall(source):
                own = above = ASIDE.sub("", NUMBER.sub("", text))
                section = own if len(signs) == SECTION else section
                if len(signs) == TITLE:
                    above = section = ""
    shared = Counter(functions.values())
    chosen = {
        name: docstrings[name] if not heading or shared[heading] > 1 else heading.replace("`", "")
        for name, heading in functions.items()
    }
    return {name: title for name, title in (chosen | answers).items() if title}


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
            return (sentence[1] if sentence else text).rstrip(".。").replace("`", "")
    return ""
