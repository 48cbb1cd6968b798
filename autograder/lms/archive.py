"""Read a zip that strangers may have written: nothing is unpacked, and files are read one by one.

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
from autograder.course.notebook_file import MAX_BYTES

MAX_FILES = 50_000
MAX_NAME = 1000  # characters of a path; the rest is cut off
MAX_REASON = 200  # characters of what zipfile says of a damaged zip, which can quote its names
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
UTF8 = 0x800  # the bit that says that a name is UTF-8
SYSTEM_FILES = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class ZipEntry:
    """One file in a zip.

    path : as text, with slashes
    packed : the time of the packing by the clock of the machine that packed it, to two seconds
    """

    path: str
    packed: datetime | None
    info: zipfile.ZipInfo


class Archive:
    """An open zip, to be used in a `with`. Folders and the files that systems add are left out.

    What Jupyter saved before, in `.ipynb_checkpoints`, is there: it may be all that is.

    Raises `SubmissionError` when it is no zip, or has more than `MAX_FILES` files.
    """

    def __init__(self, file: Path | BinaryIO):
        try:
            self._zip = zipfile.ZipFile(file)
        except Exception as error:  # it raises whatever it trips over
            raise SubmissionError(
                f"it is not a zip file, or not a whole one ({_reason(error)})"
            ) from None
        infos = self._zip.infolist()
        if len(infos) > MAX_FILES:
            self._zip.close()
            raise SubmissionError(f"it holds {len(infos)} files, more than {MAX_FILES}")
        # ZipInfo.is_dir() fails for an empty name, which no system gives.
        files = [info for info in infos if info.filename and not info.filename.endswith("/")]
        entries = [ZipEntry(_path(info), _packed(info), info) for info in files]
        self.entries = tuple(entry for entry in entries if not is_system_file(entry.path))

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *exception: object) -> None:
        self._zip.close()

    def read(self, index: int) -> bytes:
        """The contents of one of `entries`; raises `SubmissionError` when they cannot be read."""
        entry = self.entries[index]
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
        unbounded = copy(info)
        unbounded.file_size = MAX_BYTES + 1  # else Python stops at the size that the zip states
        try:
            with self._zip.open(unbounded) as file:
                data = file.read(MAX_BYTES + 1)
        except Exception as error:  # as above
            raise SubmissionError(f"it is damaged in the zip ({_reason(error)})") from None
        if len(data) != info.file_size:
            raise SubmissionError("it is damaged in the zip (it has another size than it says)")
        return data


def _path(info: zipfile.ZipInfo) -> str:
    """The path of a file in the zip, as text. Canvas writes UTF-8 without setting the bit for it.

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


def _reason(error: Exception) -> str:
    return str(error)[:MAX_REASON] or type(error).__name__


def is_system_file(path: str) -> bool:
    """Whether macOS or Windows has put a file there."""
    parts = path.split("/")
    return not SYSTEM_FILES.isdisjoint(parts) or parts[-1].startswith("._")
