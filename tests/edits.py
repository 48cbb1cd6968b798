"""Texts with other words in a few places; an edit that does not fit its text raises."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

Edit = tuple[str, str]


def edit(source: str, *edits: Edit, label: str = "the text", every: bool = False) -> str:
    """A text in which other texts are replaced.

    Each edit is a pair (old, new), and `old` stands in the source exactly once, or with `every` at
    least once. All edits refer to the source as it is given. A text that starts with a line break
    is a block: its own indentation is taken off, and it is indented like the place where it is
    found or put. Raises `ValueError` with the label and the text where an old text is not there, or
    where two of them overlap.
    """
    replacements = []
    for old, new in edits:
        spans = list(_spans(old, source))
        if not spans or (len(spans) > 1 and not every):
            raise ValueError(f"{label}: it has this {len(spans)} times and not once:\n{old}")
        replacements += [(*span, new) for span in spans]
    end = len(source)
    for first, last, new in sorted(replacements, reverse=True):
        if last > end:
            raise ValueError(f"{label}: another edit overlaps the one that gives:\n{new}")
        line = source[source.rfind("\n", 0, first) + 1 :]
        indent = line[: len(line) - len(line.lstrip(" "))]
        source = source[:first] + _indented(new, indent) + source[last:]
        end = first
    return source


def edit_file(path: Path, *edits: Edit, every: bool = False) -> None:
    """Make edits in a file of UTF-8 and leave every other byte as it is; raises as `edit` does."""
    text = path.read_bytes().decode("utf-8")
    path.write_bytes(edit(text, *edits, label=path.name, every=every).encode("utf-8"))


def edit_bytes(data: bytes, *edits: Edit, every: bool = False) -> bytes:
    """The same of a file's content, such as a notebook that is handed in."""
    return edit(data.decode("utf-8"), *edits, every=every).encode("utf-8")


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
