"""What an attack is: a submission, what it may earn at most, and what it must not do.

Attacks are data. The text of a solution cell may name what belongs to its scene:

    @CANARY@   a path that must not exist afterwards
    @MARK@     a word by which its processes and its outputs are found
    @PORT@     a port of this machine on which somebody listens
    @COURSE@   the course's folder, with solutions/, the gradebook and the other submissions
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.attacks.scene import Scene, nothing
from tests.small_class import GOOD

FULL, ONE = 6.0, 3.0  # points of the toy course, and of one of its two functions

Make = Callable[[Path, bytes], None]


@dataclass(frozen=True)
class Attack:
    """One submission that wants what it does not deserve.

    Attributes
    ----------
    sources : by grade_id, what stands in a solution cell
    rest : whether the other solution cells are `honest` or `untouched`
    make : writes the files of a submission that is no ordinary notebook, given the folder
        STUDENT/ASSIGNMENT (whose parent exists) and the bytes of the notebook with `sources` in it
    student : the name of the student's folder, where that is the attack
    verdicts : those it may end with
    least, most : the points that its honest part deserves
    flags : how flags begin that an instructor must see
    harmed : says what happened that must not happen, or None
    unpromised : why it is not prevented, where it is not; the suite then expects it to work
    proof : how an unprotected grader in the same process suffers: it gives `points`, or the scene
        is harmed (`harm`); None where that cannot be shown without breaking the machine
    """

    name: str
    group: str
    why: str
    sources: Mapping[str, str] = field(default_factory=dict)
    rest: str = "untouched"
    make: Make | None = None
    student: str | None = None
    assignment: str = "toy"
    verdicts: tuple[str, ...] = ("graded",)
    least: float = 0.0
    most: float = 0.0
    flags: tuple[str, ...] = ()
    harmed: Callable[[Scene], str | None] = nothing
    unpromised: str = ""
    proof: str | None = None

    @property
    def folder(self) -> str:
        """The name of the student's folder."""
        return self.student or re.sub(r"[^a-z0-9]+", "-", f"{self.group} {self.name}".lower())

    def answers(self, scene: Scene, honest: Mapping[str, str] = GOOD) -> dict[str, str]:
        """The sources of the solution cells, for one scene."""
        rest = honest if self.rest == "honest" else {}
        return {**rest, **{name: scene.fill(text) for name, text in self.sources.items()}}


class Group:
    """Collects the attacks of one module."""

    def __init__(self, name: str):
        self.name = name
        self.attacks: list[Attack] = []

    def add(self, name: str, why: str, sources: Mapping[str, str] | None = None, **rest: Any):
        """Add one attack; the cells' texts may be indented."""
        cells = {key: cell(text) for key, text in (sources or {}).items()}
        self.attacks.append(Attack(name, self.name, why, cells, **rest))


def cell(text: str) -> str:
    """The source of a cell, written indented in a list."""
    return textwrap.dedent(text).strip("\n")


def edited(change: Callable[[dict], Any]) -> Make:
    """Write the notebook after `change` has been at its JSON."""

    def make(place: Path, honest: bytes) -> None:
        nb = json.loads(honest)
        change(nb)
        written(json.dumps(nb).encode())(place, honest)

    return make


def written(data: bytes) -> Make:
    """Write these bytes in the notebook's place."""

    def make(place: Path, honest: bytes) -> None:
        place.mkdir()
        (place / f"{place.name}.ipynb").write_bytes(data)

    return make


def of(nb: dict, name: str) -> dict:
    """The cell with this grade_id."""
    return next(one for one in nb["cells"] if meta(one).get("grade_id") == name)


def meta(one: dict) -> dict:
    """A cell's nbgrader metadata."""
    return one["metadata"].get("nbgrader", {})
