"""Find the submissions of a class in their folders; nothing is opened yet."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from autograder.course.safe_text import file_name, has_control, unicode_name

TIMESTAMP = "timestamp.txt"  # beside a submission, by nbgrader: when it was handed in
SECRET = "submission_secret.txt"  # likewise: by it a student finds the feedback in the exchange


@dataclass(frozen=True)
class Submission:
    """One student's work for one assignment; nothing is opened yet.

    student : the student's id, which is the folder's name as text
    folder : where the work lies
    path : the notebook, or what stands in its place; None where there is nothing
    flags : remarks for the instructor
    """

    student: str
    folder: Path
    path: Path | None
    flags: tuple[str, ...] = ()

    @property
    def timestamp(self) -> Path:
        """nbgrader's record of when it was handed in; it need not exist."""
        return self.folder / TIMESTAMP

    @property
    def refused(self) -> str:
        """Why nothing under this student's name can be graded, or empty."""
        return refuse_name(self.student)


def find_submissions(folder: Path, assignment: str) -> list[Submission]:
    """The submissions in `folder/<student>/<assignment>/<assignment>.ipynb`, by student.

    A student without the notebook is there too, with `path` None. A notebook under another name
    is taken when it is the only one, and flagged.
    """
    submissions = []
    for student in sorted(folder.iterdir()):
        place = student / assignment
        try:
            if student.name.startswith(".") or student.is_symlink() or not student.is_dir():
                continue
            # Whose files a link shows is anybody's guess; reading it says so.
            path = place if place.is_symlink() else _notebook(place, f"{assignment}.ipynb")
        except OSError:  # no right to look; reading it says so
            path = place
        flags: tuple[str, ...] = ()
        if path is not None and path not in (place, place / f"{assignment}.ipynb"):
            flags = (f"renamed notebook: {file_name(path.name)}",)
        submissions.append(Submission(unicode_name(student.name), place, path, flags))
    return submissions


def _notebook(place: Path, name: str) -> Path | None:
    """The notebook of this name, or else the only one in the folder."""
    if os.path.lexists(place / name):
        return place / name
    try:
        names = os.listdir(place)
    except (FileNotFoundError, NotADirectoryError):
        return None
    others = [entry for entry in names if entry.endswith(".ipynb")]
    return place / others[0] if len(others) == 1 else None


def refuse_name(student: str) -> str:
    """Why this cannot be a student's id, or empty.

    nbgrader's pages stop for the whole class at a folder whose name has a line break in it.
    """
    if has_control(student):
        return (
            f"the folder's name “{file_name(student)}” has a line break or another control "
            "character in it; rename the folder to the student's id and grade again"
        )
    return ""
