"""How the files of a learning platform look: the records that the table of `systems` is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ListColumns:
    """How a system lists students.

    needs : each of these headings, or one of its alternatives, is in every list of the system
    columns : of the roster, and `full_name`, `sortable_name` (Last, First) and `role`, with the
        headings that they can have, the first that is there counts
    student : the columns by which a new student is called, the first with a value; of an address
        the part before @ where it is unique
    digits : the column that is a number in each row of a student
    without : headings that no list of the system has
    """

    needs: tuple[tuple[str, ...], ...]
    columns: Mapping[str, tuple[str, ...]]
    student: tuple[str, ...]
    digits: str = ""
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class GradeColumns:
    """How a system takes grades in.

    keys : headings by which a row's student is found, with columns of the roster, surest first
    target : headings of the column with the grades; empty where it is called by the assignment
    title : what the assignment is called in a heading, and its maximum if that is there
    maximum : the row, or else the heading of the column, that has the maximum
    beside : whether the maximum is in the column right of the grades in any other language
    kept : columns that the file is cut to, besides the grades; all where empty
    anchor : a column without which no name in a row is guarded against being run as a formula
    stays : words that are never replaced, and what they mean
    locked : headings that say whether a grade can be changed, and the words for no
    comments : headings of the column with feedback
    over : whether a score above the maximum is taken in
    sign : whether decimals have the sign of the file, a comma in some languages
    ids : columns of the roster by which a new file calls a student
    first_row : the row below the headings of a new file
    new : headings and contents of a new file; contents with another sign are text
    mark, encoding, delimiter : how a new file is written
    download : where a teacher finds the file
    """

    keys: tuple[tuple[tuple[str, ...], str], ...]
    new: tuple[tuple[str, str], ...]
    target: tuple[str, ...] = ()
    title: str = r"(?P<title>.*)"
    maximum: tuple[str, ...] = ()
    beside: bool = False
    kept: tuple[str, ...] = ()
    anchor: str = ""
    stays: Mapping[str, str] = field(default_factory=dict)
    locked: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    comments: tuple[str, ...] = ()
    over: bool = True
    sign: bool = False
    ids: tuple[str, ...] = ()
    first_row: tuple[str, ...] = ()
    mark: bool = False
    encoding: str = "utf-8"
    delimiter: str = ","
    download: str = ""


@dataclass(frozen=True)
class System:
    """One system: its name in options and records, its name for people, and its files.

    paths : patterns of the files in its zips, the surest first
    beside : files that it adds to them
    exact : the option that gives times, or says who is who
    facts_by : the field of a path by which that file calls students; "" for `number`
    says_late : whether its paths say whether a submission was late
    by_name : whether the names in its paths are those of the system, and not chosen by students
    remedy : what can be done about a file of somebody whom the roster does not know
    """

    name: str
    title: str
    people: ListColumns | None = None
    grades: GradeColumns | None = None
    paths: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    exact: str = ""
    facts_by: str = ""
    says_late: bool = False
    by_name: bool = False
    remedy: str = "Import the list of students again: autograder roster FILE.csv."
