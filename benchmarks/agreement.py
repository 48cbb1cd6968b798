"""Do two runs say the same? What was graded is read from the results file and the gradebook."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

# What says when or how long, and so differs between two runs that agree.
TIMES = {"seconds"}
SHOWN = 5

GRADES = """
SELECT submitted_assignment.student_id, base_cell.name, grade.auto_score
FROM grade
JOIN base_cell ON base_cell.id = grade.cell_id
JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
"""


def read_results(path: Path) -> dict[str, Any]:
    """A results file without its times, submissions by student."""
    data = _without_times(json.loads(path.read_text(encoding="utf-8")))
    data["submissions"] = {one["student"]: one for one in data["submissions"]}
    return data


def read_grades(gradebook: Path) -> dict[str, dict[str, float | None]]:
    """What nbgrader's SQLite gradebook holds: student → cell → points given by the machine."""
    grades: dict[str, dict[str, float | None]] = {}
    with closing(sqlite3.connect(f"file:{gradebook}?mode=ro", uri=True)) as connection:
        for student, cell, score in connection.execute(GRADES):
            grades.setdefault(student, {})[cell] = score
    return grades


def differences(one: Any, other: Any, where: str = "") -> list[str]:
    """Where two pieces of JSON differ, each place in a line; empty when they are the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        found = []
        for key in sorted(one.keys() | other.keys()):
            place = f"{where}/{key}"
            if key not in one or key not in other:
                found.append(f"{place}: only in the {'first' if key in one else 'second'}")
            else:
                found += differences(one[key], other[key], place)
        return found
    same = type(one) is type(other) and one == other
    return [] if same else [f"{where}: {one!r} and {other!r}"]


def shorten(found: list[str]) -> list[str]:
    """The first few, and how many more."""
    more = len(found) - SHOWN
    return found if more <= 0 else [*found[:SHOWN], f"and {more} more"]


def _without_times(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_times(value) for key, value in data.items() if key not in TIMES}
    return [_without_times(one) for one in data] if isinstance(data, list) else data
