"""Find the submissions of a class in their folders."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autograder.course.notebook_choice import GivenCells, given_cells
from autograder.course.notebook_search import SearchResult, search_notebook
from autograder.course.safe_text import file_name, has_control, unicode_name

TIMESTAMP = "timestamp.txt"  # beside a submission, by nbgrader: when it was handed in
SECRET = "submission_secret.txt"  # likewise: by it a student finds the feedback in the exchange


@dataclass(frozen=True)
class Submission:
    """One student's work for one assignment.

    student : the student's id, which is the folder's name as text
    folder : where the work lies
    path : the notebook, or what stands in its place; None where there is nothing
    flags : remarks for the instructor
    reason : what lies there in the place of a notebook, and what to do; "" where nothing does
    """

    student: str
    folder: Path
    path: Path | None
    flags: tuple[str, ...] = ()
    reason: str = ""

    @property
    def timestamp(self) -> Path:
        """nbgrader's record of when it was handed in; it need not exist."""
        return self.folder / TIMESTAMP

    @property
    def refused(self) -> str:
        """Why nothing under this student's name can be graded, or empty."""
        return refuse_name(self.student)


def find_submissions(folder: Path, assignment: str, *releases: Path) -> list[Submission]:
    """The submissions in `folder/<student>/<assignment>/<assignment>.ipynb`, by student.

    A student without the notebook is there too, with `path` None. A notebook elsewhere in the
    student's folder, or under another name, is taken where it is clear that it is meant, and
    flagged. Of several, those are opened that may be meant; nothing else is. No link is followed:
    whose files it shows is anybody's guess, so it is the file that cannot be read, and flagged.

    releases : the released notebook in all languages, by which a blank copy is told from one with
        answers
    """

    @cache
    def released() -> GivenCells:
        return given_cells(*releases)

    submissions = []
    for student in sorted(folder.iterdir()):
        place = student / assignment
        if student.name.startswith("."):
            continue
        try:
            if not student.is_symlink() and not student.is_dir():
                continue
            result = _linked(student) or _linked(place)
            result = result or search_notebook(place, assignment, released)
            notebook = _linked(result.path) if result.path else None
        except OSError:  # no right to look; reading it says so
            result, notebook = SearchResult(place), None
        flags = dict.fromkeys((*result.flags, *(notebook.flags if notebook else ())))
        submissions.append(
            Submission(unicode_name(student.name), place, result.path, tuple(flags), result.reason)
        )
    return submissions


def _linked(path: Path) -> SearchResult | None:
    """A link in the place of what was handed in, with a flag; None where it is no link."""
    if not path.is_symlink():
        return None
    what = f"link: {file_name(path.name)} leads elsewhere; put there what was handed in itself"
    return SearchResult(path, (what,))


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
