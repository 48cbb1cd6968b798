"""Read a zip that strangers had a hand in: nothing is unpacked, every file is read by itself.

A zip can name a file outside of its folder, hold links, hold a name twice, be encrypted, and grow
a thousandfold. So no name in it becomes a path, and no file is read beyond a notebook's limit.
"""

from __future__ import annotations

import stat
import unicodedata
import zipfile
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from autograder.course.errors import SubmissionError
from autograder.grading.intake import MAX_BYTES

MAX_FILES = 50_000
MAX_NAME = 1000  # letters of a path; what is behind them is not looked at
MAX_SAID = 200  # letters of what zipfile says of a damaged zip, which can quote names of it
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
UTF8 = 0x800  # the bit that says that a name is UTF-8
LEFT_BEHIND = {"__MACOSX", ".ipynb_checkpoints", ".DS_Store", "Thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class Entry:
    """One file in a zip.

    path : as text, with slashes
    packed : when it was packed, as the clock of the packing machine had it, to two seconds
    """

    path: str
    packed: datetime | None
    info: zipfile.ZipInfo


class Archive:
    """A zip that is open; use it in a `with`. Folders and what systems leave behind are left out.

    Raises `SubmissionError` when it is no zip, or has more than `MAX_FILES` files.
    """

    def __init__(self, file: Path | BinaryIO):
        try:
            self._zip = zipfile.ZipFile(file)
        except Exception as error:  # it raises whatever it trips over
            raise SubmissionError(
                f"it is not a zip file, or not a whole one ({_said(error)})"
            ) from None
        found = self._zip.infolist()
        if len(found) > MAX_FILES:
            self._zip.close()
            raise SubmissionError(f"it holds {len(found)} files, more than {MAX_FILES}")
        # ZipInfo.is_dir() fails for an empty name, which no system gives.
        named = [one for one in found if one.filename and not one.filename.endswith("/")]
        entries = [Entry(_path(info), _packed(info), info) for info in named]
        self.entries = tuple(one for one in entries if not _left_behind(one.path))

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *exception: object) -> None:
        self._zip.close()

    def read(self, entry: Entry) -> bytes:
        """A file's contents; raises `SubmissionError` saying why there are none."""
        info = entry.info
        if entry.path.startswith("/") or ".." in entry.path.split("/"):
            raise SubmissionError("its path leads out of the zip")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise SubmissionError("it is a link, not a file")
        if info.flag_bits & 0x1:
            raise SubmissionError("it is encrypted")
        if info.compress_type not in METHODS:
            raise SubmissionError("it is packed by a method that is not read here")
        if info.file_size > MAX_BYTES:
            size = f"{info.file_size / 1e6:.0f} MB, more than {MAX_BYTES / 1e6:.0f}"
            raise SubmissionError(f"it has {size}")
        whole = copy(info)
        whole.file_size = MAX_BYTES + 1  # else Python stops in silence at the size that it says
        try:
            with self._zip.open(whole) as file:
                data = file.read(MAX_BYTES + 1)
        except Exception as error:  # as above
            raise SubmissionError(f"it is damaged in the zip ({_said(error)})") from None
        if len(data) != info.file_size:
            raise SubmissionError("it is damaged in the zip (it has another size than it says)")
        return data


def _path(info: zipfile.ZipInfo) -> str:
    """The name as text. Canvas writes UTF-8 and does not set the bit that says so.

    It is cut before it is normalized, which takes minutes for long names of many accents.
    """
    name = info.filename
    if not info.flag_bits & UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode()
    return unicodedata.normalize("NFC", name[:MAX_NAME].replace("\\", "/"))


def _packed(info: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*info.date_time)
    except ValueError:  # a zip can say the 31st of February
        return None


def _said(error: Exception) -> str:
    return str(error)[:MAX_SAID] or type(error).__name__


def _left_behind(path: str) -> bool:
    parts = path.split("/")
    return not LEFT_BEHIND.isdisjoint(parts) or parts[-1].startswith("._")
