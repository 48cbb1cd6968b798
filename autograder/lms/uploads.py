"""Records of what other systems say about students, submissions and files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

NOTEBOOK = re.compile(r"\.ipynb(\.(txt|json))?$", re.IGNORECASE)  # browsers add what is after it
# What Canvas, browsers, Jupyter and desktops add to the name of a file that is there already. It
# must take linear time; the blanks before it are stripped without an expression.
COPY = re.compile(
    r"-(?P<number>\d{1,2})$|-(?P<uuid>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"
    r"|\(\d{1,4}\)$|[\s_-]?copy\s?\d{0,4}$",
    re.IGNORECASE,
)
MAX_COPIES = 10  # of copies that one name is taken for
MAX_SHOWN = 3  # names in a sentence
MAX_LETTERS = 80  # of each


@dataclass(frozen=True)
class ListedStudent:
    """A student in a list of another system.

    line : of the file, from 1
    cells : the row by its headings
    about : what the row says for the columns of the roster
    student : what the student is called here, unless it is said otherwise
    """

    line: int
    cells: Mapping[str, str]
    about: Mapping[str, str]
    student: str


@dataclass(frozen=True)
class SubmissionFacts:
    """What another system says about a submission, besides its files.

    time : when it was handed in, in UTC and without a zone; None where that is not said
    ids : the student, by columns of the roster
    """

    time: datetime | None
    late: bool
    draft: bool = False
    name: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Upload:
    """One file of a zip, by what its name says.

    path : in the zip
    owner : what the system calls the student; "" when it does not tell
    name : the student's name, as far as it is in the file's
    original : what the student had called it
    kind : `file`, `text` or `link`
    number : grows with every upload, where the system numbers them; 0 where not
    place : which file of the zip it is
    doubt : why nobody can say whose it is; "" where that is clear
    """

    path: str
    owner: str
    name: str
    original: str
    kind: str
    number: int = 0
    late: bool = False
    place: int = 0
    doubt: str = ""


def is_notebook(name: str) -> bool:
    """Whether a file's name is a notebook's."""
    return NOTEBOOK.search(name) is not None


def is_called(name: str, assignment: str) -> bool:
    """Whether a notebook has the assignment's name, copies of it (`-2`, ` (1)`) included."""
    wanted, stem = plain(assignment), _stem(name)
    for _ in range(MAX_COPIES):
        if plain(stem) == wanted:
            return True
        stem = COPY.sub("", stem).rstrip()
    return False


def version(name: str) -> int:
    """The number that Canvas gave a copy: 2 for `name-2.ipynb`, 0 for `name.ipynb`."""
    match = COPY.search(_stem(name))
    if match is None:
        return 0
    return 100 if match["uuid"] else int(match["number"] or 0)


def _stem(name: str) -> str:
    return NOTEBOOK.sub("", name).rstrip()


def few(names: Iterable[str]) -> str:
    """The first few names for a sentence, each cut if it is long, and how many more there are."""
    names = sorted(names)
    shown = [name if len(name) <= MAX_LETTERS else f"{name[:MAX_LETTERS]}…" for name in names]
    more = len(names) - MAX_SHOWN
    return ", ".join(shown[:MAX_SHOWN]) + (f" and {more} more" if more > 0 else "")


def plain(text: str) -> str:
    """Letters and digits in one case: what is left of a name however it was typed."""
    return "".join(filter(str.isalnum, text)).casefold()
