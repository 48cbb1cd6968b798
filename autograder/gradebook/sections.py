"""The sections and groups that the cell of a roster names, and who is in one.

A student can be in several: Canvas writes "Lab A and Lecture" or "Lab A, Lab B, and Lecture", in
the language of the profile, Moodle "Group A, Group B". Names are chosen by people and can have
commas and such words in them, so a cell is not taken apart: a name is looked for in it. Whether
"Lab A and B" is one section or two, nobody can see in it; it is one where it is listed as one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from autograder.course.folders import Course
from autograder.course.spreadsheet import read_sheet

# What stands between two names; the words are those before the last one.
SIGN = "[,;、，和]"
WORD = r"\s(?i:and|und|et|y|e|en|og|och|i|ja|ve|és|и|та)\s"
TAKEN = "\0"  # what stands for a longer name that was found first


def is_in_section(cell: str, name: str, listed: Iterable[str] = ()) -> bool:
    """Whether the cell of a roster names this section, alone or among others.

    listed : names that are known to be those of sections; where one of them, such as "Lab A and B",
        stands in the cell, no other name is looked for in it
    """
    return _is_named(cell, name, WORD, tuple(listed))


def is_in_group(cell: str, name: str) -> bool:
    """Whether the cell of a roster names this group; only signs, as in Moodle, part two groups."""
    return _is_named(cell, name)


def is_list(cell: str, name: str) -> bool:
    """Whether the cell names this section only if a word in it, such as "and", parts two names."""
    return is_in_section(cell, name) and not is_in_group(cell, name)


def sections_by_student(course: Course) -> dict[str, str]:
    """What grading/roster.csv has as section of each student who has not left the course.

    Raises `CourseError` when the file is damaged.
    """
    path = course.grading / "roster.csv"
    if not path.is_file():
        return {}
    return {
        unicodedata.normalize("NFC", row.get("student", "")): row.get("section", "")
        for _, row in read_sheet(path).records()
        if row.get("status", "").casefold() != "withdrawn"
    }


@cache  # many students have the same cell
def _is_named(cell: str, name: str, word: str = "", listed: tuple[str, ...] = ()) -> bool:
    text, name = _plain(cell), _plain(name)
    for longer in sorted(map(_plain, listed), key=len, reverse=True):
        if len(longer) > len(name):
            text = _pattern(longer, word).sub(rf"\g<1>{TAKEN}", text)
    return bool(name) and bool(_pattern(name, word).search(text))


@cache
def _pattern(name: str, word: str) -> re.Pattern[str]:
    parting = "|".join(filter(None, (SIGN, word)))
    return re.compile(rf"((?:^|{parting})\s*){re.escape(name)}(?=\s*(?:$|{parting}))")


def _plain(text: str) -> str:
    """A text as it is compared: accents and blanks in one form."""
    return " ".join(unicodedata.normalize("NFC", text).split())
