"""Zips as Canvas and Moodle make them, and worse ones."""

from __future__ import annotations

import json
import stat
import struct
import zipfile
from datetime import datetime
from pathlib import Path

PACKED = datetime(2026, 11, 9, 14, 30, 2)  # when somebody pressed the button


def notebook(text: str) -> bytes:
    """A small notebook that says `text`."""
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": text}
    nb = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(nb, ensure_ascii=False).encode()


class Unflagged(zipfile.ZipInfo):
    """A name in UTF-8 without the bit that says so, as rubyzip writes it."""

    def _encodeFilenameFlags(self):
        return self.filename.encode(), self.flag_bits & ~0x800


def make_zip(
    path: Path, files, *, packed: datetime = PACKED, method=zipfile.ZIP_DEFLATED, unflagged=False
) -> Path:
    """A zip of pairs of name and contents, all packed at one time; a name may come twice."""
    info_class = Unflagged if unflagged else zipfile.ZipInfo
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items() if isinstance(files, dict) else files:
            info = info_class(name, packed.timetuple()[:6])
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            info.compress_type = method
            archive.writestr(info, data)
    return path


def patch_flags(path: Path, name: str, bit: int) -> None:
    """Set a bit of the flags of one file, in its local and its central header."""
    data = bytearray(path.read_bytes())
    for mark, flags, start in ((b"PK\3\4", 6, 30), (b"PK\1\2", 8, 46)):
        at = data.find(mark)
        while at >= 0:
            if data[at + start :].startswith(name.encode()):
                data[at + flags] |= bit
            at = data.find(mark, at + 4)
    path.write_bytes(data)


# Where the fields of a file's central header are, from its signature on.
VERSION, FLAGS, METHOD, CRC, PACKED_SIZE, SIZE = 6, 8, 10, 16, 20, 24
NAME_LENGTH, EXTRA_LENGTH, OFFSET, NAME = 28, 30, 42, 46
CENTRAL, END = b"PK\1\2", b"PK\5\6"


def patch(data: bytes, field: int, value: bytes) -> bytes:
    """The zip with other bytes in a field of its last file's central header."""
    at = data.rindex(CENTRAL) + field
    return data[:at] + value + data[at + len(value) :]


def with_extra(data: bytes, extra: bytes) -> bytes:
    """The zip with an extra field of its last, or only, file."""
    at, end = data.rindex(CENTRAL), data.rindex(END)
    behind = at + NAME + int.from_bytes(data[at + NAME_LENGTH : at + NAME_LENGTH + 2], "little")
    size = int.from_bytes(data[end + 12 : end + 16], "little") + len(extra)
    end_record = data[end : end + 12] + struct.pack("<I", size) + data[end + 16 :]
    data = data[:behind] + extra + data[behind:end] + end_record
    return patch(data, EXTRA_LENGTH, struct.pack("<H", len(extra)))


def announcing(count: int) -> bytes:
    """A zip that announces files and holds none of them."""
    header = CENTRAL + bytes(NAME_LENGTH - 4) + b"\1\0" + bytes(NAME - NAME_LENGTH - 2) + b"a"
    return header * count + END + struct.pack("<4H2LH", 0, 0, 0, 0, len(header) * count, 0, 0)
