"""Read the file of a notebook, by whatever program it was saved, and believe nothing in it.

A file that can be read has its list of cells taken out, as plain JSON in the shape of notebook
format 4, and flags that say what was odd about it. Of one that cannot be read, the error says what
it is and what the student can do.
"""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course.errors import SubmissionError
from autograder.course.file_kinds import kind_of_bytes, kind_of_text
from autograder.course.notebook_language import language_of
from autograder.course.safe_text import encodable, file_name
from autograder.course.translation import ENGLISH

MAX_BYTES = 20_000_000
# More objects and lists than any notebook of that size has; as Python's they would fill gigabytes.
MAX_PARTS = 400_000
GUESS = "Windows-1252"  # for what is no Unicode
# What Git writes at the beginning of a line where it could not merge two versions.
CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7}) |^={7}\r?$", re.MULTILINE)
PADDING = " \t\r\n\0\ufeff\ufffd"  # what may follow a notebook without meaning anything
DOWNLOAD = "download it again from Jupyter with File › Download"
SAVE = "open it in Jupyter and save it once more before handing it in"


@dataclass(frozen=True)
class NotebookFile:
    """The cells of a notebook's file as JSON has them, of any type, and what was odd about it.

    language : the one that its release noted in it
    """

    cells: list[Any]
    flags: tuple[str, ...] = ()
    language: str = ENGLISH


def read_bytes(path: Path) -> bytes:
    """The contents of a submitted file; raises `SubmissionError` for anything but a plain file."""
    name = file_name(path.name)
    try:
        # Opened without following links and without waiting on a FIFO, then looked at: what was
        # looked at is then what is read.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise SubmissionError(f"{name} cannot be opened: {error.strerror}") from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise SubmissionError(f"{name} is not an ordinary file")
        if status.st_size > MAX_BYTES:
            raise SubmissionError(
                f"{name} has {status.st_size / 1e6:.0f} MB, more than {MAX_BYTES / 1e6:.0f}; "
                "clear its outputs and hand it in again"
            )
        with open(handle, "rb", closefd=False) as file:
            return file.read(MAX_BYTES)
    finally:
        os.close(handle)


def read_notebook(data: bytes) -> NotebookFile:
    """The cells of a notebook's file; raises `SubmissionError` when it holds no notebook."""
    text, flags = _decode(data)
    if text.count("{") + text.count("[") > MAX_PARTS:
        raise SubmissionError("the file has far more parts than a notebook; it was not read")
    content, rest = _parse(text)
    cells = _cells(content)
    if cells is None:
        raise SubmissionError(
            "the file holds JSON but no list of cells, so it is not a notebook; hand in the .ipynb "
            f"file that Jupyter saves, or {DOWNLOAD}"
        )
    if rest:
        flags = [*flags, _after_the_end(cells, rest)]
    if "cells" not in content and "content" not in content:
        flags = [*flags, f"old notebook format: the file is of format 3; {SAVE}"]
    return NotebookFile(cells, tuple(flags), language_of(content))


def raw_source(cell: Any) -> str | None:
    """What stands in a cell of a file that nobody has checked, with lines that end in "\\n".

    None where there is no text. Half a surrogate pair is legal in JSON and cannot be written to any
    file; it becomes a question mark.
    """
    source = cell.get("source", "") if isinstance(cell, dict) else None
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return None
    return encodable(source).replace("\r\n", "\n").replace("\r", "\n")


def plain_source(text: str) -> str:
    """A cell's text without what programs change when they save it: ends of lines, and blanks."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def _decode(data: bytes) -> tuple[str, list[str]]:
    """The file's text without what surrounds it, and flags for what was unusual."""
    if kind := kind_of_bytes(data):
        raise SubmissionError(kind)
    encoding: str = json.detect_encoding(data)
    flags = []
    try:
        # A file in UTF-16 may end in half a character, which is padding.
        text = data.decode(encoding, "strict" if encoding.startswith("utf-8") else "replace")
    except UnicodeDecodeError as error:
        if _is_whole(data[: error.start]):  # only what follows the notebook is damaged
            text = data.decode(encoding, "replace")
        else:
            text, encoding = data.decode("cp1252", "replace"), GUESS
        if not text.lstrip(PADDING).startswith("{"):
            raise SubmissionError(
                "the file is not UTF-8 text, so it is not a notebook; hand in the .ipynb file that "
                f"Jupyter saves, or {DOWNLOAD}"
            ) from None
    if not encoding.startswith("utf-8"):
        doubt = ", a guess by which letters with accents may be wrong" if encoding == GUESS else ""
        read_as = f"{encoding.upper()}{doubt}"
        flags.append(f"unusual encoding: the file is not UTF-8 and was read as {read_as}; {SAVE}")
    if "\0" in text[len(text.rstrip(PADDING)) :]:
        flags.append(f"zero bytes at the end: they were left out of the file; {SAVE}")
    return text.strip(PADDING), flags


def _is_whole(data: bytes) -> bool:
    """Whether UTF-8 text begins with a whole JSON value."""
    try:
        json.JSONDecoder().raw_decode(data.decode("utf-8-sig").strip(PADDING))
    except (ValueError, RecursionError):
        return False
    return True


def _parse(text: str) -> tuple[Any, str]:
    """The JSON value at the beginning of a text, and what follows it."""
    try:
        content, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError) as error:
        raise SubmissionError(_no_json(text, error)) from None
    return content, text[end:].strip(PADDING)


def _no_json(text: str, error: Exception) -> str:
    """Why a text is not JSON, and the remedy."""
    if conflict := CONFLICT.search(text):
        line = text.count("\n", 0, conflict.start()) + 1
        return (
            f"the file is not JSON, because Git could not merge two versions of it and left its "
            f"markers in it (the first in line {line}); resolve the conflict, or hand in the "
            "version before the merge"
        )
    if kind := kind_of_text(text):
        return kind
    # Python names the place where a string began that has no end.
    cut = isinstance(error, json.JSONDecodeError) and (
        error.pos >= len(text) or error.msg.startswith("Unterminated string")
    )
    if cut:
        return (
            f"the file is not JSON, because it breaks off after {len(text):,} characters, as a "
            f"download or an upload does that was cut short; {DOWNLOAD} and hand that in"
        )
    reason = f"{type(error).__name__}: {error}"[:200]
    return f"the file is not JSON, so it is not a notebook ({reason}); {DOWNLOAD}"


def _cells(content: Any) -> list[Any] | None:
    """The cells of a notebook in format 4 or 3, as format 4 has them; None where there are none."""
    if not isinstance(content, dict):
        return None
    if isinstance(content.get("cells"), list):
        return list(content["cells"])
    inner = content.get("content")  # what a Jupyter server answers, with the notebook in it
    if isinstance(inner, dict) and isinstance(inner.get("cells"), list):
        return list(inner["cells"])
    sheets = content.get("worksheets")
    if not isinstance(sheets, list):
        return None
    lists = [
        sheet["cells"]
        for sheet in sheets
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
    ]
    return [_from_format_3(cell) for cells in lists for cell in cells] if lists else None


def _from_format_3(cell: Any) -> Any:
    """A cell of format 3 as format 4 has it: code was `input`, and headings were cells."""
    if not isinstance(cell, dict):
        return cell
    cell = {**cell, "source": cell.get("source", cell.get("input", ""))}
    if cell.get("cell_type") == "heading":
        level = cell.get("level")
        signs = "#" * (min(max(level, 1), 6) if isinstance(level, int) else 1)
        source = cell["source"]
        lines = source if isinstance(source, list) else [source]
        cell.update(cell_type="markdown", source=[f"{signs} ", *lines])
    return cell


def _after_the_end(cells: list[Any], rest: str) -> str:
    """The flag for text after the end of a notebook; an error where it is another notebook.

    A program that writes a shorter file over a longer one leaves the old one's tail there.
    """
    if rest.startswith("{"):
        try:
            other = _cells(json.JSONDecoder().raw_decode(rest)[0])
        except (ValueError, RecursionError):
            other = None
        if other is not None and other != cells:
            raise SubmissionError(
                "the file holds two different notebooks, one after the other; hand in one of them "
                "in a file of its own"
            )
    return f"text after the end: what follows the notebook in its file was left out; {SAVE}"
