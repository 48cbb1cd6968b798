"""Make outputs that come out of a jail fit for a page: text and pictures, and nothing that runs."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

PNG = b"\x89PNG\r\n\x1a\n"
MAX_OUTPUTS = 300
MAX_LINES = 500
MAX_LINE = 5_000
# Colours are kept (nbconvert makes spans of them); every other control sequence goes.
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


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


def plain_text(text: Any, lines: int = MAX_LINES) -> str:
    """Text that can be shown: bounded, valid Unicode, no control sequences but colours."""
    text = str(text).encode("utf-8", "replace").decode("utf-8")
    parts = []
    for line in text.split("\n")[:lines]:
        kept, last = "", 0
        line = line.rsplit("\r", 1)[-1][:MAX_LINE]
        for colour in COLOUR.finditer(line):
            kept += CONTROL.sub("", line[last : colour.start()]) + colour.group()
            last = colour.end()
        parts.append(kept + CONTROL.sub("", line[last:]))
    return "\n".join(parts)


def harmless_markdown(text: str) -> str:
    """A written answer whose HTML is text and whose links cannot run anything.

    Formgrader and feedback pages show Markdown as it is, raw HTML and its scripts included.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text)
    # Colons that are spelled as entities count too, once a browser reads them.
    link = r"(?i)\b(javascript|vbscript|data)(\s*)(:|&colon;?|&#0*58;?|&#x0*3a;?)"
    return re.sub(link, r"\1\2&#8203;:", text)


def _clean(one: Any) -> tuple[NotebookNode | None, int]:
    if not isinstance(one, dict):
        return None, 0
    kind = one.get("output_type")
    if kind == "stream" and isinstance(one.get("text"), str):
        text = plain_text(one["text"])
        # nbgrader gives 0 for anything on stderr. It is shown, but as ordinary output.
        return new_output("stream", name="stdout", text=text), len(text)
    if kind in ("display_data", "execute_result") and isinstance(one.get("data"), dict):
        data = _clean_data(one["data"])
        if data:
            return new_output("display_data", data=data), sum(map(len, data.values()))
    if kind == "error":
        lines = one.get("traceback")
        traceback = [plain_text(line) for line in lines[:60]] if isinstance(lines, list) else []
        ename, evalue = (plain_text(one.get(name, ""), 20) for name in ("ename", "evalue"))
        made = new_output("error", ename=ename, evalue=evalue, traceback=traceback)
        return made, sum(map(len, traceback)) + len(evalue)
    return None, 0


def _clean_data(data: dict[str, Any]) -> dict[str, str]:
    kept = {}
    if isinstance(data.get("text/plain"), str):
        kept["text/plain"] = plain_text(data["text/plain"])
    picture = data.get("image/png")
    if isinstance(picture, str):
        try:
            content = base64.b64decode(picture, validate=False)
        except (binascii.Error, ValueError):
            content = b""
        if content.startswith(PNG):
            kept["image/png"] = base64.b64encode(content).decode()
    return kept
