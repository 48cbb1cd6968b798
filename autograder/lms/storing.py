"""Put a student's notebook where nbgrader looks for it, and keep the ones that it replaces.

grading/submitted/STUDENT/NAME/ gets NAME.ipynb and timestamp.txt, as nbgrader has it, and the
student's other notebooks with other answers, if there are any.
grading/collected/NAME/STUDENT/now.json says where they came from; earlier notebooks lie beside it
in folders 1, 2, 3, …
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from autograder.course.errors import SubmissionError
from autograder.course.files import write_atomically
from autograder.course.folders import Assignment
from autograder.course.notebook_file import read_bytes
from autograder.course.notebook_search import notebooks_in
from autograder.course.submissions import TIMESTAMP, refuse_name
from autograder.gradebook.sidecar import moment, read_stamp

FORMAT = "%Y-%m-%d %H:%M:%S UTC"
RECORD = "now.json"
MAX_STEM = 60  # letters of the name of another notebook that is kept beside


@dataclass(frozen=True)
class Source:
    """The origin of a notebook.

    number : as the system counts files, 0 where it does not
    late : whether the system calls it late
    time : for timestamp.txt, as it stands there; "" for none
    told : whether the system said that time, rather than that it follows from the packing
    beside : the SHA-256 of all other notebooks that came with it; "" for none
    draft : whether the student never submitted it
    """

    system: str
    zip: str
    path: str
    number: int
    late: bool
    time: str
    told: bool
    packed: str
    sha256: str
    beside: str = ""
    draft: bool = False


class SubmissionFolder:
    """One student's folder for one assignment, and the folder with its record and history."""

    def __init__(self, assignment: Assignment, student: str):
        name = assignment.name
        self.folder = assignment.course.grading / "submitted" / student / name
        self.notebook = self.folder / f"{name}.ipynb"
        self.collected = assignment.course.grading / "collected" / name / student

    @property
    def is_filled(self) -> bool:
        """Whether the student has handed in a notebook, by whatever way."""
        return os.path.lexists(self.notebook) or bool(notebooks_in(self.folder))

    @property
    def is_draft(self) -> bool:
        """Whether the notebook there is a draft that the student never submitted."""
        record = self.record
        if record is None or not record.draft:
            return False
        data = self._notebook_bytes()
        return data is not None and hashed(data) == record.sha256

    def outcome(self, data: bytes, source: Source) -> str:
        """What `put` would do with a notebook: an outcome for it.

        That is `new`, `replaced`, `older`, `unchanged`, or `corrected`, which changes its time
        alone. Raises `SubmissionError` where there can be no such folder.
        """
        student = self.folder.parent.name
        inside = self.folder.parents[1].name == "submitted"
        if not inside or student.startswith(".") or refuse_name(student):
            raise SubmissionError("the student's id cannot be a folder's name")
        for path in (self.folder, self.folder.parent):
            if path.is_symlink():
                raise SubmissionError(f"{path} is a link")
        record = self.record
        if not self.is_filled:
            return "new"
        if self._notebook_bytes() == data or (
            record is not None and record.sha256 == source.sha256
        ):
            # A person may have mended the notebook or its time since; that stays.
            stamp = self._stamp()
            corrected = source.told and (record is None or record.time != source.time)
            if source.time and stamp != source.time and (corrected or not (stamp or record)):
                return "corrected"
            return "unchanged"
        return "replaced" if self._is_newer(source, record) else "older"

    def put(
        self,
        data: bytes,
        source: Source,
        outcome: str,
        beside: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Store a notebook. One that it replaces is moved aside first, so that none is lost.

        beside : names and contents of other notebooks that are kept in the same folder
        Raises `OSError` where that cannot be done, and leaves everything as it was then: an empty
        folder would be a submission that is missing.
        """
        if outcome == "older":
            return
        aside = self.collected / self._next_number() if outcome == "replaced" else None
        folders = [self.folder, *self.folder.parents, self.collected, *self.collected.parents]
        before = {path for path in folders if path.exists()}
        record = self.record
        others: dict[Path, bytes] = {}
        # A person may have taken them away since they came.
        if outcome in ("new", "replaced") or record is None or record.beside != source.beside:
            others = self._places(beside)
        try:
            if aside is not None:
                self._move_aside(aside)
            for path, contents in others.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(path, contents)
            self._write(data, source, outcome)
        except OSError:
            if outcome in ("new", "replaced"):
                for path in others:
                    path.unlink(missing_ok=True)
                self._take_back(aside, before)
            raise

    def _write(self, data: bytes, source: Source, outcome: str) -> None:
        """Write the notebook, its time and its record, as far as the outcome asks for them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if outcome == "unchanged":
            # timestamp.txt still holds the earlier time.
            record = self.record
            source = replace(
                source,
                time=record.time if record else self._stamp(),
                told=record.told if record else False,
            )
        elif source.time:
            write_atomically(self.folder / TIMESTAMP, source.time)
        if outcome in ("new", "replaced"):  # last: without a notebook it would be new once more
            write_atomically(self.notebook, data)
        text = json.dumps(asdict(source), indent=1, ensure_ascii=False)
        write_atomically(self.collected / RECORD, text)

    def _places(self, beside: Sequence[tuple[str, bytes]]) -> dict[Path, bytes]:
        """Where the other notebooks go; of their names, only what is harmless in a path is kept."""
        places: dict[Path, bytes] = {}
        for number, (name, contents) in enumerate(beside, 1):
            stem = re.sub(r"[^\w ()-]", "_", name.partition(".")[0])[:MAX_STEM].strip()
            path = self.folder / f"{stem}.ipynb"
            if not stem or path in places or path.name.casefold() == self.notebook.name.casefold():
                path = self.folder / f"{stem}_{number}.ipynb"
            places[path] = contents
        return places

    def _is_newer(self, source: Source, record: Source | None) -> bool:
        if record and record.told and source.told and record.time != source.time:
            # A worksheet can be younger than the zip beside it, so packing says less than this.
            earlier, later = moment(record.time), moment(source.time)
            if earlier is not None and later is not None:
                return later > earlier
        if record and record.system == source.system and record.packed and source.packed:
            # A system packs what counts at that time, which may be an earlier upload chosen again.
            return (source.packed, source.number) >= (record.packed, record.number)
        stored = moment(record.time if record else "") or moment(self._stamp())
        stored = stored or moment(record.packed if record else "")
        offered = moment(source.time) or moment(source.packed)
        return stored is None or offered is None or offered >= stored

    def _next_number(self) -> str:
        numbers = [int(path.name) for path in self.collected.glob("*") if path.name.isdecimal()]
        return str(max(numbers, default=0) + 1)

    def _move_aside(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        for path in [*notebooks_in(self.folder), self.folder / TIMESTAMP]:
            if os.path.lexists(path):
                place = folder / path.relative_to(self.folder)
                place.parent.mkdir(parents=True, exist_ok=True)
                os.rename(path, place)
        if os.path.lexists(self.collected / RECORD):
            os.rename(self.collected / RECORD, folder / RECORD)

    def _take_back(self, aside: Path | None, before: Collection[Path]) -> None:
        """Undo what was written of a notebook, and put back what was moved aside for it.

        before : the folders, and those above them, that were there
        """
        self.notebook.unlink(missing_ok=True)
        (self.folder / TIMESTAMP).unlink(missing_ok=True)
        if aside is not None and aside.is_dir():
            for path in sorted(path for path in aside.rglob("*") if not path.is_dir()):
                home = self.collected if path == aside / RECORD else self.folder
                os.rename(path, home / path.relative_to(aside))
            shutil.rmtree(aside)
        for path in (self.folder, self.collected):
            for folder in (path, *path.parents):
                if folder in before:
                    break
                if folder.is_dir():
                    folder.rmdir()

    def _notebook_bytes(self) -> bytes | None:
        try:
            return read_bytes(self.notebook)
        except SubmissionError:
            return None

    def _stamp(self) -> str:
        return read_stamp(self.folder / TIMESTAMP) or ""

    @property
    def record(self) -> Source | None:
        """Where the notebook came from; None where that is not known."""
        try:
            return Source(**json.loads((self.collected / RECORD).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None


def written(time: datetime | None) -> str:
    """A time as nbgrader writes it; "" for none."""
    return "" if time is None else time.strftime(FORMAT)


def hashed(data: bytes) -> str:
    """The SHA-256 of a notebook, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
