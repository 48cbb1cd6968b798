"""The words of the live figures, and the strings of their other modules, without a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

ENTRY = re.compile(r'(\w+): ("(?:[^"\\]|\\.)*"(?:\s*\+\s*"(?:[^"\\]|\\.)*")*)')
PLACE = re.compile(r"\{(\w+)\}")
PART = re.compile(r'"(?:[^"\\]|\\.)*"')
# A slash after one of these begins a regular expression; after a value it divides.
BEFORE_REGEX = re.compile(r"(^|[(,=:\[!&|?{};]|return|=>)\s*$")
REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\[\n])+/\w*")
STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")


def words_in(path: Path) -> dict[str, str]:
    """The texts of a module of words by their names."""
    entries = ENTRY.findall(path.read_text(encoding="utf-8"))
    return {name: "".join(map(json.loads, PART.findall(value))) for name, value in entries}


def places_in(text: str) -> set[str]:
    """The {places} that a text has."""
    return set(PLACE.findall(text))


def literals(source: str) -> Iterator[tuple[str, str]]:
    """Each string of a script, and the code before it on its line; a template has \\0 for holes."""
    yield from _literals(source, 0, end="")[0]


def _literals(source: str, at: int, end: str) -> tuple[list[tuple[str, str]], int]:
    """The strings from `at` up to an unmatched `end`, and where that stands."""
    found: list[tuple[str, str]] = []
    depth = 0
    while at < len(source):
        sign, rest = source[at], source[at : at + 2]
        before = source[source.rfind("\n", 0, at) + 1 : at]
        if rest == "//":
            at = source.find("\n", at) % (len(source) + 1)
        elif rest == "/*":
            at = source.index("*/", at) + 2
        elif sign == "/" and BEFORE_REGEX.search(before) and (regex := REGEX.match(source, at)):
            at = regex.end()
        elif sign in "\"'" and (string := STRING.match(source, at)):
            found.append((string[0][1:-1], before))
            at = string.end()
        elif sign == "`":
            text, inner, at = _template(source, at + 1)
            found += [(text, before), *inner]
        elif sign == end and depth == 0:
            return found, at
        else:
            depth += (sign == "{") - (sign == "}")
            at += 1
    return found, at


def _template(source: str, at: int) -> tuple[str, list[tuple[str, str]], int]:
    """The text of a template that begins at `at`, the strings in its holes, and its end."""
    text, inner = "", []
    while source[at] != "`":
        if source[at : at + 2] == "${":
            strings, at = _literals(source, at + 2, end="}")
            inner += strings
            text += "\0"
        else:
            text += source[at]
        at += 1
    return text, inner, at + 1
