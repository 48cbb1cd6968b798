"""The rubric of a written answer, and what each marker ticked: grading/marking/NAME/CELL.json.

nbgrader's gradebook has the points and the comment of an answer, and they count. This file has what
it has no place for: the items of the rubric, which of them an answer has, and who said so.
"""

from __future__ import annotations

import fcntl
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from autograder.course.errors import CourseError
from autograder.course.files import write_atomically
from autograder.course.folders import Assignment

MOST_ITEMS = 40
MOST_TEXT = 500  # characters of an item


@dataclass(frozen=True)
class RubricItem:
    """One thing that an answer may have: its points, below 0 for what is taken off, and its text.

    id : stays when points or text change
    """

    id: str
    points: float
    text: str


@dataclass(frozen=True)
class Ticked:
    """What a marker gave to an answer.

    items : the ids of rubric items, in the rubric's order
    comment : the marker's own, without the items' texts
    points : what came of it, as it went into the gradebook
    by, time : who gave it, and when, in UTC
    """

    items: tuple[str, ...]
    comment: str
    points: float | None
    by: str
    time: str


@dataclass(frozen=True)
class Rubric:
    """The items of one question, and what was given by student."""

    items: tuple[RubricItem, ...] = ()
    given: Mapping[str, Ticked] = field(default_factory=dict)

    def points(self, ids: Iterable[str], max_score: float) -> float:
        """The points of an answer with these items, from 0 to `max_score`.

        Where all items take off, an answer starts with all points, otherwise with none.
        """
        chosen = set(ids)
        start = max_score if all(item.points <= 0 for item in self.items) else 0.0
        total = start + sum(item.points for item in self.items if item.id in chosen)
        return min(max(total, 0.0), max_score)

    def comment(self, ids: Iterable[str], own: str) -> str:
        """What the student reads: the items, each in a line, and the marker's own words."""
        chosen = set(ids)
        lines = [
            f"- {item.text} ({item.points:+g})".replace("-0)", "0)").replace("+0)", "0)")
            for item in self.items
            if item.id in chosen
        ]
        return "\n\n".join(filter(None, ("\n".join(lines), own.strip())))


def read_rubric(assignment: Assignment, cell: str) -> Rubric:
    """The rubric of one question; empty where there is none yet.

    Raises `CourseError` when the file is damaged.
    """
    path = _file(assignment, cell)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        given = {
            student: Ticked(**{**entry, "items": tuple(entry["items"])})
            for student, entry in data["given"].items()
        }
        return Rubric(tuple(RubricItem(**item) for item in data["items"]), given)
    except FileNotFoundError:
        return Rubric()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CourseError(
            f"{path} is damaged: {type(error).__name__}: {error}",
            "Mend it or take it away: points and comments are in the gradebook, and stay.",
        ) from error


def write_rubric(assignment: Assignment, cell: str, rubric: Rubric) -> None:
    """Write a rubric; the caller holds `alone`."""
    data = {
        "items": [asdict(item) for item in rubric.items],
        "given": {student: asdict(ticked) for student, ticked in sorted(rubric.given.items())},
    }
    text = json.dumps(data, indent=1, ensure_ascii=False)
    write_atomically(_file(assignment, cell), text, mode=0o600)


def rubric_items(entries: Any, rubric: Rubric) -> tuple[RubricItem, ...]:
    """The items that a marker's page sends: lists of objects with `id`, `points` and `text`.

    An item without an id is new. Raises `ValueError` with a sentence for what is no such list.
    """
    if not isinstance(entries, list) or len(entries) > MOST_ITEMS:
        raise ValueError(f"a rubric has at most {MOST_ITEMS} items")
    known = {item.id for item in rubric.items}
    numbers = [
        int(item) for item in known | {tick for one in rubric.given.values() for tick in one.items}
    ]
    following = max(numbers, default=0) + 1
    items: list[RubricItem] = []
    for entry in entries:
        text = entry.get("text") if isinstance(entry, dict) else None
        points = entry.get("points") if isinstance(entry, dict) else None
        if not isinstance(text, str) or not 0 < len(text.strip()) <= MOST_TEXT:
            raise ValueError(f"an item has a text of 1 to {MOST_TEXT} characters")
        if (
            isinstance(points, bool)
            or not isinstance(points, int | float)
            or not math.isfinite(points)
        ):
            raise ValueError(f"the points of {text.strip()!r} are no number")
        identity = entry.get("id")
        if identity not in known or identity in {item.id for item in items}:
            identity, following = str(following), following + 1
        items.append(RubricItem(identity, float(points), " ".join(text.split())))
    return tuple(items)


@contextmanager
def alone(assignment: Assignment, cell: str) -> Iterator[None]:
    """Keep other markers out while one mark is written; it takes milliseconds."""
    path = _file(assignment, cell).with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _file(assignment: Assignment, cell: str) -> Path:
    return assignment.course.grading / "marking" / assignment.name / f"{cell}.json"
