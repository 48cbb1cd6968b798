"""Results, marks and a release of the toy course, made up without any grading."""

import csv
import io
from datetime import datetime

from autograder.course.results import CellResult, summarize
from autograder.gradebook.marks import CellMark, Mark

TESTS = {"test_double_values": 2.0, "test_double_refusal": 1.0, "test_double_sum": 3.0}
HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "+49 170",
    "@SUM(A1)",
    "-2+3",
    'Müller, "Jo" O\'Neil',
    "[bold]Max[/bold]",
    "张伟",
    "אברהם",
    "\u202egnp.exe",
    "tab\tand;semicolon",
]


def result(student, *points, flags=(), verdict=None, seconds=1.0, message="it is so. Hint: think"):
    """A student with so many points in each test cell."""
    cells = {
        name: CellResult(
            float(got), most, "passed" if got == most else "failed", "" if got == most else message
        )
        for (name, most), got in zip(TESTS.items(), points, strict=True)
    }
    return summarize(student, cells, flags=flags, verdict=verdict, seconds=seconds)


def mark(student, *, auto=6.0, manual=None, late=0.0, penalty=0.0, first=None, last=None):
    """What the gradebook says of a student who handed in."""
    cells = [CellMark("test_double_values", auto, None, 0.0, 6.0, "test", False)]
    cells.append(CellMark("written_why", None, manual, 0.0, 4.0, "answer", manual is None))
    when = datetime(2026, 11, 2, 12)
    known = (student, first, last, None, None)
    return Mark(*known, True, when, late, penalty, 10.0, tuple(cells), ())


def groups(found):
    """What groups say, by their heading."""
    return {one.name: one.students for one in found}


def rows(text):
    """The rows of a CSV file, by the first column."""
    table = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    return {next(iter(row.values())): row for row in table}
