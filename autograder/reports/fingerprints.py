"""Fingerprint Python code so that names, texts, comments and layout make no difference.

Winnowing: of the hashes of every GRAM words in a row, the least in each window is selected, so
that any GRAM + WINDOW − 1 words that two programs share give them a fingerprint in common. From
S. Schleimer, D. S. Wilkerson and A. Aiken, "Winnowing: Local Algorithms for Document
Fingerprinting", SIGMOD 2003.
"""

from __future__ import annotations

import builtins
import keyword
import re
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

GRAM = 7
WINDOW = 4
MAX_CHARACTERS = 20_000  # of a cell; nobody writes a longer one
# Names that keep their meaning however a program is disguised.
FIXED_NAMES = frozenset(keyword.kwlist) | frozenset(dir(builtins))
NAME = "name"  # what all other names are compared as
# Python's own tokenizer stops at a mistake, differs from version to version and takes five times
# as long. Comments and texts come first, so that nothing in them is taken for code. A text that
# never ends is a text too, or each quotation mark in it would be tried to its end.
WORD = re.compile(
    r"""
    \#[^\n]*
  | [bBfFrRuU]{0,2} (?: \"{3} (?:[^"\\]|\\.|"(?!""))*+ (?:\"{3})?  |  \" (?:[^"\\\n]|\\.)*+ \"?
                      | '{3} (?:[^'\\]|\\.|'(?!''))*+ (?:'{3})?  |  '  (?:[^'\\\n]|\\.)*+ '?  )
  | (?P<attribute> \.\s*[^\W\d]\w*)
  | (?P<name> [^\W\d]\w*)
  | (?P<other> \.?\d[\w.]* | [^\s\w()\\])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Fingerprints:
    """The fingerprints of a cell: hashes, and the lines (from 0) of their first and last words."""

    hashes: tuple[int, ...]
    first: tuple[int, ...]
    last: tuple[int, ...]


def fingerprints(source: str, max_characters: int = MAX_CHARACTERS) -> Fingerprints:
    """The fingerprints of the first `max_characters`, which need not be right Python."""
    words, offsets = _words(source[:max_characters])
    if len(words) < GRAM:
        return Fingerprints((), (), ())
    grams = _hashes(words)
    window = min(WINDOW, len(grams))
    # Of equals the last, as in the paper: a run of them gives few fingerprints.
    minima = sliding_window_view(grams, window)[:, ::-1].argmin(axis=1)
    selection = np.unique(np.arange(len(minima)) + window - 1 - minima)
    ends = np.array([match.start() for match in re.finditer("\n", source)])
    lines = np.searchsorted(ends, offsets)
    return Fingerprints(
        tuple(grams[selection].tolist()),
        tuple(lines[selection].tolist()),
        tuple(lines[selection + GRAM - 1].tolist()),
    )


def _hashes(words: list[str]) -> np.ndarray:
    """The hash of each GRAM words in a row; the same in every process, unlike Python's own."""
    word_codes = {word: zlib.crc32(word.encode("utf-8", "replace")) for word in set(words)}
    codes = np.array([word_codes[word] for word in words], dtype=np.uint64)
    hashes = np.zeros(len(codes) - GRAM + 1, dtype=np.uint64)
    for position in range(GRAM):  # modulo 2⁶⁴, as NumPy's integers are
        column = codes[position : position + len(hashes)]
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + column
        hashes ^= hashes >> np.uint64(29)
    return hashes


def _words(source: str) -> tuple[list[str], list[int]]:
    """The words of the code that are compared, and the offset at which each begins.

    Round brackets and trailing commas are layout too: they can be put in and left out.
    """
    words: list[str] = []
    offsets: list[int] = []
    for match in WORD.finditer(source):
        kind = match.lastgroup
        if kind is None:  # a comment or a text
            continue
        word = match[kind]
        if kind == "name" and word not in FIXED_NAMES:
            word = NAME
        elif kind == "other" and word in "]}" and words and words[-1] == ",":
            words.pop(), offsets.pop()
        words.append(word)
        offsets.append(match.start())
    return words, offsets
