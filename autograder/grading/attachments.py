"""Take the pictures of a written answer out of its cell, and only those that are safe to show.

Students paste pictures into Markdown. Jupyter keeps them as attachments of the cell, Colab writes
them into the text as data addresses, and both may stand in HTML. Here all become attachments under
names of ours, which hold nothing but whole PNG and JPEG pictures, and the text refers to them as
`![…](attachment:NAME)`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from autograder.course.safe_text import file_name
from autograder.grading.pictures import MAX_TOTAL_PIXELS, Picture, read_picture

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
        self._room, self._pixels = MAX_BASE64, MAX_TOTAL_PIXELS

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
        safe = _picture(bundle)
        if safe is None or not self._has_room(safe):
            self.left_out.append(title)
            return ""
        self._room -= len(safe.data)
        self._pixels -= safe.pixels
        ending = "png" if safe.type == "image/png" else "jpg"
        digest = hashlib.sha256(safe.data.encode()).hexdigest()[:8]
        name = f"picture-{len(self.attachments) + 1}-{digest}.{ending}"
        self.attachments[name] = {safe.type: safe.data}
        return name

    def _has_room(self, safe: Picture) -> bool:
        return (
            len(self.attachments) < MAX_PICTURES
            and len(safe.data) <= self._room
            and safe.pixels <= self._pixels
        )


def safe_attachments(cell: Mapping[str, Any]) -> dict[str, Picture]:
    """The pictures in a cell's attachments that are safe to show, by name."""
    attachments = cell.get("attachments")
    if not isinstance(attachments, Mapping):
        return {}
    pictures, room = {}, MAX_TOTAL_PIXELS
    for name, bundle in list(attachments.items())[:MAX_PICTURES]:
        safe = _picture(bundle)
        if safe is not None and safe.pixels <= room:
            room -= safe.pixels
            pictures[str(name)] = safe
    return pictures


def _picture(bundle: Any) -> Picture | None:
    """The first picture of an attachment, which may be there in several types."""
    data = bundle.values() if isinstance(bundle, Mapping) else ()
    return next(filter(None, map(read_picture, data)), None)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
