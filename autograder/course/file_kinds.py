"""Say what a file is that was handed in as a notebook and is none, and what to do about it."""

from __future__ import annotations

import re

JUPYTER = "hand in the .ipynb file itself, which Jupyter gives with File › Download"
UNPACK = "unpack it and hand in the .ipynb file that is in it"
# What files of each kind begin with.
BYTES = (
    (b"%PDF", "a PDF", JUPYTER),
    (b"PK\3\4", "a zip archive", UNPACK),
    (b"\x1f\x8b", "a gzip archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"\x89PNG", "a picture", JUPYTER),
    (b"\xff\xd8\xff", "a picture", JUPYTER),
    (b"GIF8", "a picture", JUPYTER),
    (
        b"\0\5\x16\7",
        "what macOS notes about a file",
        "hand in the file of the same name without “._” in front",
    ),
)
PAGE = "on GitHub use “Download raw file”, in Jupyter File › Download"
TEXTS = (
    (re.compile(r"(?i)<!doctype html|<html"), "a web page", PAGE),
    (re.compile(r"\{\\rtf"), "a document of a word processor", JUPYTER),
    (
        re.compile(r"version https://git-lfs"),
        "Git LFS's pointer to a file",
        "fetch the file with `git lfs pull` and hand that in",
    ),
    (re.compile(r'(?:#|import |from |def |"""|%)'), "Python code or text", JUPYTER),
    (re.compile(r"https?://\S+\s*$"), "an address", JUPYTER),
)


def kind_of_bytes(data: bytes) -> str:
    """A sentence on what a file is by its first bytes, with the remedy; "" for what may be text."""
    if not data.strip(b"\0 \t\r\n"):
        what = "holds nothing but zero bytes or blanks" if data else "is empty"
        return (
            f"the file {what}, so it is not JSON and not a notebook; {JUPYTER}, and look at its "
            "size before you upload it"
        )
    for beginning, what, remedy in BYTES:
        if data.startswith(beginning):
            return f"the file is {what}, not UTF-8 text, so it is not a notebook; {remedy}"
    return ""


def kind_of_text(text: str) -> str:
    """A sentence on what a text is that is not JSON, with the remedy; "" where nobody can say."""
    beginning = text[:1_000].lstrip()
    for pattern, what, remedy in TEXTS:
        if pattern.match(beginning):
            return f"the file is not JSON but {what}, so it is not a notebook; {remedy}"
    return ""
