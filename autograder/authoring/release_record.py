"""The record of a release: the key of its proof, and hashes of the files that it wrote.

With it an assignment that did not change is neither built nor proved again, and a batch knows at
once that the release is up to date with `notebook.py`. The record lies in `grading/released/NAME`;
without a current one, everything is built and proved again.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from autograder.course.errors import CourseError
from autograder.course.files import write_atomically
from autograder.course.folders import CONFIG, Assignment
from autograder.course.keys import (
    RELEASING,
    code_key,
    digest,
    files_key,
    folder_files,
    versions_key,
)
from autograder.course.released_notebook import read_released

# The code that makes the built notebook out of `notebook.py`, but for the cell that shows progress.
BUILDING = ("authoring", "course")
LIBRARIES = ("jupytext", "nbformat")


@dataclass(frozen=True)
class ReleaseRecord:
    """The keys of a release.

    proof : a hash of everything that the proof depended on
    build : a hash of everything that the graded cells of the built notebook depended on
    source : a hash of the folder with the built notebook, as the release wrote it
    release : a hash of the students' folder, as the release wrote it
    notebook : a hash of `notebook.py` and what it includes; "" in records of earlier versions
    """

    proof: str
    build: str
    source: str
    release: str
    notebook: str = ""


def begin_record(assignment: Assignment) -> ReleaseRecord:
    """The record of a release that begins now, with the keys of its sources only."""
    notebook = files_key(_notebook_files(assignment))
    return ReleaseRecord(proof_key(assignment), build_key(assignment), "", "", notebook)


def end_record(assignment: Assignment, record: ReleaseRecord) -> None:
    """Write the record of a release, with hashes of the two folders that it wrote."""
    record = replace(record, source=source_key(assignment), release=release_key(assignment))
    write_atomically(_file(assignment), json.dumps(asdict(record), indent=1) + "\n")


def source_key(assignment: Assignment) -> str:
    """A hash of the files in the folder that nbgrader reads."""
    return files_key(folder_files(assignment.source.parent))


def release_key(assignment: Assignment) -> str:
    """A hash of the files in the students' folder."""
    return files_key(folder_files(assignment.release.parent))


def read_record(assignment: Assignment) -> ReleaseRecord | None:
    """The record of the last release; None where there is none, or it cannot be read."""
    try:
        return ReleaseRecord(**json.loads(_file(assignment).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def proof_key(assignment: Assignment) -> str:
    """A hash of what a release and its proof depend on.

    That is the solved notebook, the checks, the shipped files, the course's settings, the packages
    that build and prove, and the versions of Python and of what they use.
    """
    files = {
        **_notebook_files(assignment),
        "checks": assignment.checks_source,
        "configuration": assignment.course.root / CONFIG,
    }
    parts = (
        files_key(files),
        files_key(folder_files(assignment.extra_files)),
        code_key(RELEASING),
        versions_key(*LIBRARIES, "nbgrader", "numpy", "torch"),
    )
    return digest(part.encode() for part in parts)


def build_key(assignment: Assignment) -> str:
    """A hash of what the graded cells of the built notebook depend on; not of the checks."""
    parts = (
        files_key(_notebook_files(assignment)),
        code_key(BUILDING),
        versions_key(*LIBRARIES),
    )
    return digest(part.encode() for part in parts)


def changed_since(assignment: Assignment) -> str:
    """What a record shows to have changed after the release, in words; "" for nothing."""
    record = read_record(assignment)
    if record is None or record.build == build_key(assignment):
        return ""
    if record.notebook == files_key(_notebook_files(assignment)):
        return "the program that builds it"
    return assignment.notebook_source.name if record.notebook else "notebook.py or the program"


def built_key(assignment: Assignment) -> str:
    """A hash of what the built notebook depends on, and of what was built."""
    return digest([build_key(assignment).encode(), source_key(assignment).encode()])


def require_current(assignment: Assignment, known: Collection[str] = ()) -> None:
    """Raise `CourseError` when the release is damaged, or not up to date with `notebook.py`.

    The checks do not count: one may be mended, and a class graded again, without a release. The
    record does not count either, as it lies in grading/, where a reference could be put beside it.

    known : keys, as `built_key` makes them, of which this has been found out before
    """
    for path in (assignment.source, *assignment.editions):
        read_released(path)
    if built_key(assignment) not in known and not _builds_the_same(assignment):
        raise CourseError(
            f"{assignment.notebook_source} was changed after {assignment.name} was released",
            f"Release it again: autograder release {assignment.name}",
        )


def _builds_the_same(assignment: Assignment) -> bool:
    """Build the graded cells again, and compare them with those of the last release."""
    # Heavy: jupytext, nbformat and NumPy.
    from autograder.authoring.building import build_without_progress, notebook_bytes
    from autograder.authoring.progress import CELL_ID

    cells = read_released(assignment.source)["cells"]
    built = json.loads(notebook_bytes(build_without_progress(assignment)))["cells"]
    # Not the cell that shows progress, which counts the checks.
    return bool([cell for cell in cells if cell["id"] != CELL_ID] == built)


def _notebook_files(assignment: Assignment) -> dict[str, Path]:
    """The solved notebook and what it may include, by path in `solutions/`."""
    folder = assignment.course.solutions
    return {str(path.relative_to(folder)): path for path in assignment.notebook_files}


def _file(assignment: Assignment) -> Path:
    return assignment.course.grading / "released" / assignment.name
