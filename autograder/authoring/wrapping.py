"""Break text into lines where Chinese characters are two columns wide and stand without spaces."""

from __future__ import annotations

import re
import unicodedata

# What must not begin a line, and what must not end one.
CLOSING = "，。、；：！？）」』”’】》…,.;:!?)]"
OPENING = "（「『“‘【《(["
# Values in braces, code and formulas are not broken; nor are Latin words, of which the blanks
# behind them are a part.
PIECE = re.compile(
    r"(?:\{[^{}]*\}|`[^`\n]+`|\$[^$\n]+\$|[^\s\u2e80-\uffef{]|\{)+\s*|[\u2e80-\uffef]\s*|\s+"
)


def columns(text: str) -> int:
    """How many columns a text takes in a font of even width."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def pieces(text: str, width: int) -> list[str]:
    """The text in pieces of at most `width` columns, as far as it has places to break."""
    lines = [""]
    for piece in PIECE.findall(text):
        line = lines[-1]
        fits = columns(line) + columns(piece.rstrip()) <= width
        if line and not fits and piece[0] not in CLOSING and line.rstrip()[-1:] not in OPENING:
            lines.append(piece)
        else:
            lines[-1] += piece
    return lines
