"""Choose the notebook that a student means, among the files of one attempt."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from autograder.course.errors import SubmissionError
from autograder.course.notebook_names import few, is_called, is_notebook, plain, version
from autograder.lms.archive import Archive
from autograder.lms.uploads import Upload

MAX_FILES = 100  # that one student has in a zip
MAX_UNPACKED = 100_000_000  # bytes of notebooks that are compared for one student
ENTRY = b"PK\1\2"  # stands before each file in the directory of a zip
ZIPS = (".zip",)
OTHER_ARCHIVES = (".tar", ".gz", ".tgz", ".rar", ".7z")
ASK = "Ask the student for the .ipynb file"


@dataclass(frozen=True)
class ChosenNotebook:
    """The notebook that was chosen among a student's files.

    remarks : what is to be known about it, such as that it had another name
    """

    upload: Upload
    data: bytes
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """Why no notebook or student could be chosen, and what can be done."""

    why: str
    remedy: str


def choose(
    uploads: Sequence[Upload],
    read: Callable[[Upload], bytes],
    assignment: str,
    others: Collection[str] = (),
) -> ChosenNotebook | Refusal:
    """The notebook of the assignment among a student's files.

    It is the one of the assignment's name, of several copies the latest. Otherwise it is the only
    one, or the only one whose name holds the assignment's. A zip is looked into where there is no
    notebook beside it.
    others : the names of other assignments, for notebooks that belong to these
    """
    if len(uploads) > MAX_FILES:
        return Refusal(f"the student has {len(uploads)} files there", f"{ASK} alone.")
    files = [upload for upload in uploads if upload.kind == "file"]
    notebooks = [file for file in files if is_notebook(file.original)]
    zips = [file for file in files if file.original.lower().endswith(ZIPS)]
    if not notebooks and len(zips) == 1:
        return _inside(zips[0], read, assignment, others)
    return _among(notebooks, read, assignment, others) or _nothing(uploads, files)


def _inside(
    outer: Upload, read: Callable[[Upload], bytes], assignment: str, others: Collection[str]
) -> ChosenNotebook | Refusal:
    """The notebook in a zip that the student made; a zip within that zip is not opened."""
    try:
        data = read(outer)
        # Python lists all that a zip announces before it can be asked how many that are, and a zip
        # can announce hundreds of thousands.
        if (count := data.count(ENTRY)) > MAX_FILES:
            raise SubmissionError(f"it holds {count} files, more than {MAX_FILES}")
        with Archive(io.BytesIO(data)) as archive:
            entries = {entry.path: entry for entry in archive.entries}
            notebooks = [
                Upload(path, outer.owner, outer.name, path.rpartition("/")[2], "file", outer.number)
                for path in entries
                if is_notebook(path)
            ]
            if len(entries) != len(archive.entries):
                return Refusal("the student's zip holds a name twice", f"{ASK}.")
            choice = _among(
                notebooks, lambda file: archive.read(entries[file.path]), assignment, others
            )
    except SubmissionError as error:
        return Refusal(f"the student's zip: {error}", f"{ASK}.")
    if choice is None:
        return Refusal("the student's zip holds no notebook", f"{ASK}.")
    if isinstance(choice, Refusal):
        return Refusal(f"in the student's zip: {choice.why}", choice.remedy)
    remarks = (f"was in {few([outer.original])}", *choice.remarks)
    return ChosenNotebook(outer, choice.data, remarks)


def _among(
    notebooks: list[Upload],
    read: Callable[[Upload], bytes],
    assignment: str,
    others: Collection[str],
) -> ChosenNotebook | Refusal | None:
    if not notebooks:
        return None
    copies = [notebook for notebook in notebooks if is_called(notebook.original, assignment)]
    holding = [notebook for notebook in notebooks if plain(assignment) in plain(notebook.original)]
    read = _bounded(read)
    remarks: tuple[str, ...] = ()
    try:
        if copies:
            copies.sort(key=_age)
            latest = copies[-1]
            data = read(latest)
            same = [notebook for notebook in copies[:-1] if _age(notebook) == _age(latest)]
            if any(read(notebook) != data for notebook in same):
                return Refusal("the same name is there twice", "Keep the right one in the zip.")
            if len(copies) > len(same) + 1:
                older = len(copies) - len(same) - 1
                remarks = (f"{older} earlier {'copy' if older == 1 else 'copies'} left out",)
            return ChosenNotebook(latest, data, remarks)
        likely = holding if len(holding) == 1 else notebooks
        only, data = likely[0], read(likely[0])
        differ = any(read(notebook) != data for notebook in likely[1:])
    except SubmissionError as error:
        return Refusal(str(error), f"{ASK}, saved again with its outputs cleared.")
    if differ:
        names = few(notebook.original for notebook in notebooks)
        return Refusal(
            f"several notebooks, none called {assignment}.ipynb: {names}",
            f"Find out which is meant and call it {assignment}.ipynb in the zip.",
        )
    wrong = [name for name in others if name != assignment and is_called(only.original, name)]
    if wrong and only not in holding:
        return Refusal(f"it is called like another assignment, {wrong[0]}", f"{ASK}.")
    return ChosenNotebook(only, data, (f"renamed from {few([only.original])}",))


def _bounded(read: Callable[[Upload], bytes]) -> Callable[[Upload], bytes]:
    """`read` with a limit on the sum of what it reads, as a small zip can unpack to gigabytes."""
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


def _nothing(uploads: Sequence[Upload], files: list[Upload]) -> Refusal:
    names = few(upload.original for upload in files)
    if any(upload.original.lower().endswith(ZIPS) for upload in files):
        return Refusal("several zips and no notebook", f"{ASK}.")
    if any(upload.original.lower().endswith(OTHER_ARCHIVES) for upload in files):
        return Refusal(
            "an archive that is not read here", "Unpack it, and put its .ipynb file into the zip."
        )
    if files:
        return Refusal(f"no notebook: {names}", f"{ASK}.")
    work = "an address" if any(upload.kind == "link" for upload in uploads) else "typed text"
    return Refusal(f"{work}, no file", f"{ASK}, and let the assignment take files alone.")
