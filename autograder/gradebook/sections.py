"""The sections and groups that the cell of a roster names, and who is in one.

A student can be in several: Canvas writes "Lab A and Lecture" or "Lab A, Lab B, and Lecture", in
the language of the profile, Moodle "Group A, Group B". Names are chosen by people and can have
commas and such words in them, so a cell is not taken apart: a name is looked for in it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from autograder.course.folders import Course
from autograder.course.spreadsheet import read_sheet

# What stands between two names; the words are those before the last one.
SIGN = "[,;、，和]"
WORD = r"\s(?i:and|und|et|y|e|en|og|och|i|ja|ve|és|и|та)\s"
BEFORE, BEHIND = rf"(?:^|{SIGN}|{WORD})\s*", rf"\s*(?:$|{SIGN}|{WORD})"


def is_in_section(cell: str, name: str) -> bool:
    """Whether the cell of a roster names this section, alone or among others."""
    return bool(name.strip()) and bool(_pattern(_plain(name)).search(_plain(cell)))


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


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(BEFORE + re.escape(name) + BEHIND)


def _plain(text: str) -> str:
    """A text as it is compared: accents and blanks in one form."""
    return " ".join(unicodedata.normalize("NFC", text).split())
