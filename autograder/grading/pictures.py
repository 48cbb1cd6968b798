"""Read PNG and JPEG pictures that a student made, and bound what a page has to unpack.

A picture of a few bytes may unpack to gigabytes: by its sides, by frames of an animation, by many
scans, by a compressed text or colour profile beside it. So a PNG is put together again from the
chunks that draw it, and pixels are counted for each picture and for all of a notebook.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

PNG = b"\x89PNG\r\n\x1a\n"
DRAWING = (b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"sRGB", b"pHYs", b"IDAT", b"IEND")
MAX_PIXELS = 16_000_000  # of one picture; a browser unpacks them all, four bytes each
MAX_SIDE = 20_000  # a long figure has one
MAX_TOTAL_PIXELS = 80_000_000  # of all pictures of an answer, or of a notebook: 320 MB
MAX_SCANS = 64  # of a JPEG; each draws all of it again, and programs write about ten
NO_ROOM = "[a picture is left out: together, the pictures of this notebook are too large]\n"


@dataclass(frozen=True)
class Picture:
    """A whole picture, and nothing that follows its end.

    type : `image/png` or `image/jpeg`
    data : the file as base64
    """

    type: str
    data: str
    pixels: int


def read_picture(data: Any) -> Picture | None:
    """A PNG or a JPEG out of base64, as JSON has it; None where it is not safe to show."""
    if isinstance(data, list):
        data = "".join(part for part in data if isinstance(part, str))
    return read_png(data) or read_jpeg(data)


def read_png(data: Any) -> Picture | None:
    """A PNG out of base64; None where it is another thing, not whole, or too large."""
    content = _decoded(data)
    if content is None or not content.startswith(PNG):
        return None
    chunks = list(_chunks(content))
    if not chunks or chunks[-1][4:8] != b"IEND" or chunks[0][4:8] != b"IHDR":
        return None
    width, height = int.from_bytes(chunks[0][8:12]), int.from_bytes(chunks[0][12:16])
    if not _fits(width, height) or [chunk[4:8] for chunk in chunks].count(b"IHDR") > 1:
        return None
    whole = PNG + b"".join(chunk for chunk in chunks if chunk[4:8] in DRAWING)
    return Picture("image/png", base64.b64encode(whole).decode(), width * height)


def read_jpeg(data: Any) -> Picture | None:
    """A JPEG out of base64; None where it is another thing, not whole, or too large."""
    content = _decoded(data)
    if content is None or not content.startswith(b"\xff\xd8\xff"):
        return None
    at, sizes = 2, []
    # Segments have a sign and their length; in what follows the last, the end's sign is unique.
    while at + 9 < len(content) and content[at] == 0xFF:
        sign, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if 0xC0 <= sign <= 0xCF and sign not in (0xC4, 0xC8, 0xCC):
            height, width = content[at + 5 : at + 7], content[at + 7 : at + 9]
            sizes.append((int.from_bytes(width), int.from_bytes(height)))
        if sign == 0xDA:
            end = content.find(b"\xff\xd9", at)
            scans = content.count(b"\xff\xda", at, max(end, at))
            if end < 0 or scans > MAX_SCANS or len(sizes) != 1 or not _fits(*sizes[0]):
                return None
            whole = base64.b64encode(content[: end + 2]).decode()
            return Picture("image/jpeg", whole, sizes[0][0] * sizes[0][1])
        at += 2 + length
    return None


def bound_pictures(cells: Iterable[NotebookNode]) -> None:
    """Leave out pictures that the pages of a notebook could not hold all together, in place.

    The pictures of written answers come first, as a person grades by them. A text stands where a
    cell had drawn one.
    """
    cells, room = list(cells), MAX_TOTAL_PIXELS
    for cell in cells:
        attachments = cell.get("attachments") or {}
        for name, bundle in list(attachments.items()):
            pixels = sum(_pixels(data) for data in bundle.values())
            if pixels > room:
                del attachments[name]
            else:
                room -= pixels
    for cell in cells:
        for index, output in enumerate(cell.get("outputs", ())):
            if pixels := _pixels(output.get("data", {}).get("image/png")):
                if pixels > room:
                    cell.outputs[index] = new_output("stream", name="stdout", text=NO_ROOM)
                else:
                    room -= pixels


def _pixels(data: Any) -> int:
    found = read_picture(data)
    return found.pixels if found else 0


def _fits(width: int, height: int) -> bool:
    return 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS


def _chunks(content: bytes) -> Iterator[bytes]:
    """The whole chunks of a PNG up to its end.

    Each has its length, four letters, its content and a checksum.
    """
    at = len(PNG)
    while at + 12 <= len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4])
        if end > len(content):
            return
        yield content[at:end]
        if content[at + 4 : at + 8] == b"IEND":
            return
        at = end


def _decoded(data: Any) -> bytes | None:
    if not isinstance(data, str):
        return None
    try:
        return base64.b64decode(data, validate=False)
    except (binascii.Error, ValueError):
        return None
