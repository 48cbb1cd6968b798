"""Take the pictures of a written answer out of its cell, and only those that are safe to show.

Students paste pictures into Markdown. Jupyter keeps them as attachments of the cell, Colab writes
them into the text as data addresses, and both may stand in HTML. Here all become attachments under
names of ours, which hold nothing but whole PNG and JPEG pictures, and the text refers to them as
`![…](attachment:NAME)`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from autograder.course.safe_text import file_name
from autograder.grading.outputs import MAX_PIXELS, picture

MAX_PICTURES = 20  # of one answer
MAX_BASE64 = 12_000_000  # characters of all pictures of one answer
DATA = re.compile(r"data:image/[a-z+.-]{1,20};base64,([A-Za-z0-9+/=]+)", re.IGNORECASE)
NAME = r"picture-\d{1,3}-[0-9a-f]{8}\.(?:png|jpg)"
MARKDOWN = re.compile(rf"!\[([^\[\]\n]{{0,200}})\]\(\s?<?attachment:({NAME})>?[^()\n]{{0,200}}\)")
HTML = re.compile(rf"<img\b[^<>]{{0,500}}?attachment:({NAME})[^<>]{{0,500}}>", re.IGNORECASE)
REFERENCE = re.compile(rf"!\[[^\[\]\n]{{0,200}}\]\(attachment:({NAME})\)")


class Album:
    """Collects the pictures of one answer, which may stand in several cells."""

    def __init__(self) -> None:
        self.attachments: dict[str, dict[str, str]] = {}
        self.left_out: list[str] = []
        self._room = MAX_BASE64

    def take(self, text: str, attachments: Any) -> str:
        """The text with references to the pictures that are shown; those it does not name follow.

        attachments : the cell's, as JSON has them, so of any type
        """
        names = []
        if isinstance(attachments, Mapping):
            # The longest first, as one name may be the beginning of another.
            titles = sorted(filter(_is_text, attachments), key=len, reverse=True)
            self.left_out += map(file_name, titles[MAX_PICTURES:])
            for name in titles[:MAX_PICTURES]:
                safe = self._add(attachments[name], file_name(name))
                names.append(safe)
                for spelling in {name, quote(name), name.replace(" ", "%20")}:
                    text = text.replace(
                        f"attachment:{spelling}", f"attachment:{safe}" if safe else ""
                    )
        text = DATA.sub(lambda match: self._inline(match[1], names), text)
        text = HTML.sub(r"![](attachment:\1)", text)
        text = MARKDOWN.sub(r"![\1](attachment:\2)", text)
        named = set(REFERENCE.findall(text))
        rest = [name for name in names if name and name not in named]
        return "\n\n".join([text, *(f"![{name}](attachment:{name})" for name in rest)]).strip()

    def _inline(self, data: str, names: list[str]) -> str:
        names.append(self._add({"image": data}, "a picture in the text"))
        return f"attachment:{names[-1]}" if names[-1] else "a picture that is not shown"

    def _add(self, bundle: Any, title: str) -> str:
        """Add a picture; its name here, or "" where it is not shown.

        The name changes with the picture, so that an answer with another one is another answer.
        """
        data = bundle.values() if isinstance(bundle, Mapping) else ()
        safe = next(filter(None, map(safe_picture, data)), None)
        if safe is None or len(self.attachments) >= MAX_PICTURES or len(safe[1]) > self._room:
            self.left_out.append(title)
            return ""
        self._room -= len(safe[1])
        ending = "png" if safe[0] == "image/png" else "jpg"
        digest = hashlib.sha256(safe[1].encode()).hexdigest()[:8]
        name = f"picture-{len(self.attachments) + 1}-{digest}.{ending}"
        self.attachments[name] = {safe[0]: safe[1]}
        return name


def safe_attachments(cell: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """The pictures in a cell's attachments that are safe to show: type and base64 by name."""
    attachments = cell.get("attachments")
    if not isinstance(attachments, Mapping):
        return {}
    pictures = {}
    for name, bundle in list(attachments.items())[:MAX_PICTURES]:
        data = bundle.values() if isinstance(bundle, Mapping) else ()
        safe = next(filter(None, map(safe_picture, data)), None)
        if safe is not None:
            pictures[str(name)] = safe
    return pictures


def safe_picture(data: Any) -> tuple[str, str] | None:
    """The type and the base64 of a PNG or a JPEG, and nothing that follows its end."""
    if isinstance(data, list):
        data = "".join(filter(_is_text, data))
    if not _is_text(data):
        return None
    if png := picture(data):
        return "image/png", png
    jpeg = _jpeg(data)
    return ("image/jpeg", jpeg) if jpeg else None


def _jpeg(data: str) -> str | None:
    """A JPEG as base64; None where it is another thing or not whole, or has too many pixels."""
    try:
        content = base64.b64decode(data, validate=False)
    except (binascii.Error, ValueError):
        return None
    if not content.startswith(b"\xff\xd8\xff"):
        return None
    at, pixels = 2, 0
    # Segments have a sign and their length; in what follows the last, the end's sign is unique.
    while at + 9 < len(content) and content[at] == 0xFF:
        sign, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if 0xC0 <= sign <= 0xCF and sign not in (0xC4, 0xC8, 0xCC):
            height, width = content[at + 5 : at + 7], content[at + 7 : at + 9]
            pixels = int.from_bytes(height) * int.from_bytes(width)
        if sign == 0xDA:
            end = content.find(b"\xff\xd9", at)
            if end < 0 or not 0 < pixels <= MAX_PIXELS:
                return None
            return base64.b64encode(content[: end + 2]).decode()
        at += 2 + length
    return None


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
