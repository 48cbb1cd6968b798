"""The messages of a Markdown cell: headings, paragraphs, items of lists, cells of tables.

Code between fences and formulas between lines of `$$` are no messages, and stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MARK = re.compile(r"\s*(?:#{1,6}|[-*+]|\d+\.|>)\s+")
NO_PROSE = re.compile(r"`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|<[^>]*>|https?://\S+", re.DOTALL)
WORD = re.compile(r"\b[A-Za-z]?[a-z]{2,}\b")  # none that is an axis, such as KH


def translated_markdown(source: str, translate: Callable[[str], str]) -> str:
    """The cell with every message replaced by what `translate` makes of it."""
    lines: list[str] = []  # of the message so far, without its mark
    mark, verbatim = "", ""  # what begins the message, and what ends what is no message
    done: list[str] = []

    def finish() -> None:
        nonlocal mark
        if lines:
            done.append(mark + message(" ".join(line.strip() for line in lines), translate))
        lines.clear()
        mark = ""

    for line in source.split("\n"):
        text = line.strip()
        if verbatim or text.startswith(("```", "$$")):
            finish()
            done.append(line)
            opens = text[:3] if text.startswith("```") else "$$"
            if verbatim:
                verbatim = "" if text.endswith(verbatim) else verbatim
            elif text == opens or not text.endswith(opens):
                verbatim = opens
        elif not text:
            finish()
            done.append(line)
        elif text.startswith("|"):
            finish()
            done.append(_row(line, translate))
        elif begins := MARK.match(line):
            finish()
            mark = begins[0]
            lines.append(line[begins.end() :])
            if text.startswith("#"):
                finish()
        else:
            if not lines:
                mark = line[: len(line) - len(line.lstrip())]
            lines.append(line)
    finish()
    return "\n".join(done)


def message(text: str, translate: Callable[[str], str]) -> str:
    """What `translate` makes of a text, if there are words in it."""
    return translate(text) if has_words(text) else text


def has_words(text: str) -> bool:
    """Whether there are words in a text, besides code, formulas, tags and addresses."""
    return WORD.search(NO_PROSE.sub(" ", text)) is not None


def _row(line: str, translate: Callable[[str], str]) -> str:
    """A line of a table; a bar in code or in a formula is no border."""
    cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    return "| " + " | ".join(message(cell.strip(), translate) for cell in cells) + " |"
