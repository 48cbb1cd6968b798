"""The messages of a docstring: its sentences, without headings, names of arguments and formulas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from autograder.authoring.markdown_messages import has_words
from autograder.authoring.wrapping import pieces

WIDTH = 100  # columns of a line of code
RULE = re.compile(r"-{3,}$")
ITEM = re.compile(r"[\w`]+ : ")
PHRASE = re.compile(r"[A-Za-z]{2,},? [a-z]{2,}")  # two words in a row, as no formula has


def translated_docstring(text: str, translate: Callable[[str], str]) -> str:
    """The text between a docstring's quotation marks, with every message replaced."""
    first, *rest = text.split("\n")
    indents = [len(line) - len(line.lstrip()) for line in rest if line.strip()]
    base = min(indents, default=0)
    lines = [" " * base + first, *rest]
    done: list[str] = []
    in_section = False
    for chunk in _chunks(lines):
        if len(chunk) > 1 and RULE.match(chunk[1].strip()):
            done += chunk[:2]
            chunk, in_section = chunk[2:], True
        elif in_section and _indent(chunk[0]) == base and not _names(chunk, base, 0):
            in_section = False
        done += _section(chunk, base, translate) if in_section else _free(chunk, translate)
    return "\n".join(done)[base:]


def _chunks(lines: list[str]) -> Iterator[list[str]]:
    """Lines up to a blank one, and each blank one by itself."""
    chunk: list[str] = []
    for line in lines:
        if line.strip():
            chunk.append(line)
            continue
        if chunk:
            yield chunk
        yield [line]
        chunk = []
    if chunk:
        yield chunk


def _free(chunk: list[str], translate: Callable[[str], str]) -> Iterator[str]:
    """A paragraph outside of sections; one with a formula in it keeps its lines."""
    indents = {_indent(line) for line in chunk}
    text = "\n".join(line.strip() for line in chunk)
    if len(indents) == 1 and " = " not in text:
        yield from _paragraph(chunk, translate)
    elif PHRASE.search(text):
        yield from (" " * min(indents) + line for line in translate(_dedented(chunk)).split("\n"))
    else:
        yield from chunk


def _section(chunk: list[str], base: int, translate: Callable[[str], str]) -> Iterator[str]:
    """The lines below a heading: names with their types, and below each what it is."""
    paragraph: list[str] = []
    for number, line in enumerate(chunk):
        is_name = _names(chunk, base, number)
        if paragraph and (is_name or ITEM.match(line.strip())):
            yield from _paragraph(paragraph, translate)
            paragraph = []
        if is_name:
            yield line
        else:
            paragraph.append(line)
    if paragraph:
        yield from _paragraph(paragraph, translate)


def _names(chunk: list[str], base: int, number: int) -> bool:
    """Whether a line of a section names an argument or a result."""
    line = chunk[number]
    is_followed = number + 1 < len(chunk) and _indent(chunk[number + 1]) > base
    return _indent(line) == base and (is_followed or " : " in line)


def _paragraph(lines: list[str], translate: Callable[[str], str]) -> Iterator[str]:
    text = " ".join(line.strip() for line in lines)
    is_message = has_words(text) and (PHRASE.search(text) or text.endswith("."))
    there = translate(text) if is_message else text
    if there == text:
        yield from lines
        return
    indent = _indent(lines[0])
    for piece in pieces(there, WIDTH - indent):
        yield " " * indent + piece.rstrip()


def _dedented(lines: list[str]) -> str:
    least = min(map(_indent, lines))
    return "\n".join(line[least:] for line in lines)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
