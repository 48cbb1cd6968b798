"""Make outputs that come out of a jail fit for a page: text and pictures, and nothing that runs."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder.course.safe_text import MAX_COLOURS, encodable, output_text
from autograder.grading.pictures import read_png

# What stands below a cell that was not run.
NO_TIME_LEFT = "Not run for grading: cells of your own may take half of the time for the notebook."
NOT_RUN = "This cell demonstrates and earns nothing; it is not run for grading."
MAX_OUTPUTS = 300
MAX_NAME = 200  # of an exception


def clean_outputs(raw: Any, room: int) -> list[NotebookNode]:
    """The outputs of one cell, checked field by field; at most `room` bytes of them."""
    if not isinstance(raw, list):
        return []
    made = []
    for one in raw[:MAX_OUTPUTS]:
        output, size = _clean(one)
        if output is None or size > room:
            continue
        room -= size
        made.append(output)
    return made


def harmless_markdown(text: str, pictures: Collection[str] = ()) -> str:
    """A written answer whose HTML is text and whose links cannot run anything.

    pictures : the names of the cell's attachments, to which the text may refer

    Formgrader and feedback pages show Markdown as it is, raw HTML and its scripts included. What is
    changed stays readable where it means something else, in formulas and code: a space or nothing
    that can be seen is put in. The pages of this package take out what cannot be seen.
    """
    text = re.sub(r"<(?=[A-Za-z/!?])", "<\u200b", encodable(text))
    # Letters, colons and blanks that are spelled as entities count once a browser reads them.
    # nbconvert reads those of a link twice, so that an ampersand's own entity begins another.
    text = re.sub(r"&(?=#|amp|AMP|(?:Tab|NewLine|colon)\b)", "& ", text)
    # A page with an attachment that is not there cannot be made.
    schemes = r"(?i)\b(javascript|vbscript|data|attachment)(\s*)(\\?:)"
    text = re.sub(schemes, "\\1\\2\u200b\\3", text)
    # Once each: nbconvert writes all of a picture at every reference to it.
    for name in pictures:
        text = text.replace(f"](attachment\u200b:{name})", f"](attachment:{name})", 1)
    return text


def _clean(one: Any) -> tuple[NotebookNode | None, int]:
    if not isinstance(one, dict):
        return None, 0
    kind = one.get("output_type")
    if kind == "stream" and isinstance(one.get("text"), str):
        text = output_text(one["text"])
        # nbgrader gives 0 for anything on stderr. It is shown, but as ordinary output.
        return new_output("stream", name="stdout", text=text), _size(text)
    if kind in ("display_data", "execute_result") and isinstance(one.get("data"), dict):
        data = _clean_data(one["data"])
        if data:
            return new_output("display_data", data=data), _size(*data.values())
    if kind == "error":
        lines = one.get("traceback")
        traceback, colours = [], MAX_COLOURS
        for line in lines[:60] if isinstance(lines, list) else ():
            if isinstance(line, str):
                traceback.append(output_text(line, colours=colours))
                colours -= traceback[-1].count("\x1b")
        # Only text: of bytes or an array the text would be many times as large.
        said = (one.get(name) for name in ("ename", "evalue"))
        ename, evalue = (output_text(text, 20) if isinstance(text, str) else "" for text in said)
        ename = ename[:MAX_NAME]
        made = new_output("error", ename=ename, evalue=evalue, traceback=traceback)
        return made, _size(ename, evalue, *traceback)
    return None, 0


def _size(*texts: str) -> int:
    return sum(len(text.encode()) for text in texts)


def _clean_data(data: dict[str, Any]) -> dict[str, str]:
    kept = {}
    if isinstance(data.get("text/plain"), str):
        kept["text/plain"] = output_text(data["text/plain"])
    png = read_png(data.get("image/png"))
    if png is not None:
        kept["image/png"] = png.data
    return kept
