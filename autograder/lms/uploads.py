"""Records of what other systems say about students, submissions and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class ListedStudent:
    """A student in a list of another system.

    line : of the file, from 1
    cells : the row by its headings
    about : what the row says for the columns of the roster
    student : what the student is called here, unless it is said otherwise
    is_split : whether the list has first and last names apart; else the last word was taken
    """

    line: int
    cells: Mapping[str, str]
    about: Mapping[str, str]
    student: str
    is_split: bool = True


@dataclass(frozen=True)
class SubmissionFacts:
    """What another system says about a submission, besides its files.

    time : when it was handed in, in UTC and without a zone; None where that is not said
    ids : the student, by columns of the roster
    group : what the system calls the group whose work it is; "" for one's own
    kind : of submission, where there is no file
    others : the members of a group besides the student, each by columns of the roster
    """

    time: datetime | None
    late: bool
    draft: bool = False
    name: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    group: str = ""
    kind: str = ""
    others: tuple[Mapping[str, str], ...] = ()


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
    ids : the fields of its path that name a person, with their values
    time : when it was handed in, as the path has it; "" where it does not
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
    ids: tuple[tuple[str, str], ...] = ()
    time: str = ""

    @property
    def title(self) -> str:
        """What the student had called it, or what it is where it is no file."""
        kinds = {"text": "typed text", "link": "an address"}
        return kinds.get(self.kind, self.original or self.path.rpartition("/")[2])
