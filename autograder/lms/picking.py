"""Choose the notebook that a student means, among the files of one attempt."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from autograder.course.errors import SubmissionError
from autograder.lms.archive import Archive
from autograder.lms.uploads import Upload, few, is_called, is_notebook, plain, version

MAX_FILES = 100  # that one student has in a zip
MAX_UNPACKED = 100_000_000  # bytes of notebooks that are compared for one student
ENTRY = b"PK\1\2"  # what each file in a zip is announced by
PACKED = (".zip",)
OTHERS = (".tar", ".gz", ".tgz", ".rar", ".7z")
AGAIN = "Ask the student for the .ipynb file"


@dataclass(frozen=True)
class Chosen:
    """The notebook that was taken.

    remarks : what is to be known about it, such as that it had another name
    """

    upload: Upload
    data: bytes
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """Why nothing was taken, and what can be done."""

    why: str
    remedy: str


def choose(
    uploads: Sequence[Upload],
    read: Callable[[Upload], bytes],
    assignment: str,
    others: Collection[str] = (),
) -> Chosen | Refused:
    """The notebook of the assignment among a student's files.

    It is the one of the assignment's name, of several copies the latest. Otherwise it is the only
    one, or the only one whose name holds the assignment's. A zip is looked into where there is no
    notebook beside it.
    others : the names of other assignments, for notebooks that belong to these
    """
    if len(uploads) > MAX_FILES:
        return Refused(f"the student has {len(uploads)} files there", f"{AGAIN} alone.")
    files = [one for one in uploads if one.kind == "file"]
    notebooks = [one for one in files if is_notebook(one.original)]
    zips = [one for one in files if one.original.lower().endswith(PACKED)]
    if not notebooks and len(zips) == 1:
        return _inside(zips[0], read, assignment, others)
    return _among(notebooks, read, assignment, others) or _nothing(uploads, files)


def _inside(
    packed: Upload, read: Callable[[Upload], bytes], assignment: str, others: Collection[str]
) -> Chosen | Refused:
    """The notebook in a zip that the student made; in a zip within that nobody looks."""
    try:
        data = read(packed)
        # Python lists all that a zip announces before it can be asked how many that are, and a zip
        # can announce hundreds of thousands.
        if (count := data.count(ENTRY)) > MAX_FILES:
            raise SubmissionError(f"it holds {count} files, more than {MAX_FILES}")
        with Archive(io.BytesIO(data)) as archive:
            entries = {one.path: one for one in archive.entries}
            found = [
                Upload(
                    path, packed.owner, packed.name, path.rpartition("/")[2], "file", packed.number
                )
                for path in entries
                if is_notebook(path)
            ]
            if len(entries) != len(archive.entries):
                return Refused("the student's zip holds a name twice", f"{AGAIN}.")
            chosen = _among(found, lambda one: archive.read(entries[one.path]), assignment, others)
    except SubmissionError as error:
        return Refused(f"the student's zip: {error}", f"{AGAIN}.")
    if chosen is None:
        return Refused("the student's zip holds no notebook", f"{AGAIN}.")
    if isinstance(chosen, Refused):
        return Refused(f"in the student's zip: {chosen.why}", chosen.remedy)
    remarks = (f"was in {few([packed.original])}", *chosen.remarks)
    return Chosen(packed, chosen.data, remarks)


def _among(
    notebooks: list[Upload],
    read: Callable[[Upload], bytes],
    assignment: str,
    others: Collection[str],
) -> Chosen | Refused | None:
    if not notebooks:
        return None
    called = [one for one in notebooks if is_called(one.original, assignment)]
    holding = [one for one in notebooks if plain(assignment) in plain(one.original)]
    read = _bounded(read)
    remarks: tuple[str, ...] = ()
    try:
        if called:
            called.sort(key=_age)
            latest = called[-1]
            data = read(latest)
            same = [one for one in called[:-1] if _age(one) == _age(latest)]
            if any(read(one) != data for one in same):
                return Refused("the same name is there twice", "Keep the right one in the zip.")
            if len(called) > len(same) + 1:
                older = len(called) - len(same) - 1
                remarks = (f"{older} earlier {'copy' if older == 1 else 'copies'} left out",)
            return Chosen(latest, data, remarks)
        likely = holding if len(holding) == 1 else notebooks
        only, data = likely[0], read(likely[0])
        differ = any(read(one) != data for one in likely[1:])
    except SubmissionError as error:
        return Refused(str(error), f"{AGAIN}, saved again with its outputs cleared.")
    if differ:
        names = few(one.original for one in notebooks)
        return Refused(
            f"several notebooks, none called {assignment}.ipynb: {names}",
            f"Find out which is meant and call it {assignment}.ipynb in the zip.",
        )
    wrong = [name for name in others if name != assignment and is_called(only.original, name)]
    if wrong and only not in holding:
        return Refused(f"it is called like another assignment, {wrong[0]}", f"{AGAIN}.")
    return Chosen(only, data, (f"renamed from {few([only.original])}",))


def _bounded(read: Callable[[Upload], bytes]) -> Callable[[Upload], bytes]:
    """`read`, until what was read is too much: a small zip can hold gigabytes of one notebook."""
    total = 0

    def bounded(upload: Upload) -> bytes:
        nonlocal total
        data = read(upload)
        total += len(data)
        if total > MAX_UNPACKED:
            limit = MAX_UNPACKED / 1e6
            raise SubmissionError(f"the notebooks together have more than {limit:.0f} MB")
        return data

    return bounded


def _age(upload: Upload) -> tuple[int, int]:
    return version(upload.original), upload.number


def _nothing(uploads: Sequence[Upload], files: list[Upload]) -> Refused:
    names = few(one.original for one in files)
    if any(one.original.lower().endswith(PACKED) for one in files):
        return Refused("several zips and no notebook", f"{AGAIN}.")
    if any(one.original.lower().endswith(OTHERS) for one in files):
        return Refused(
            "an archive that is not read here", "Unpack it, and put its .ipynb file into the zip."
        )
    if files:
        return Refused(f"no notebook: {names}", f"{AGAIN}.")
    what = "an address" if any(one.kind == "link" for one in uploads) else "typed text"
    return Refused(f"{what}, no file", f"{AGAIN}, and let the assignment take files alone.")
