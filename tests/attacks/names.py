"""Odd names: of students, of files, and of dates. The work is honest and must be graded."""

import os
from pathlib import Path

from tests.attacks.attack import FULL, Group, written
from tests.attacks.malformed import HONEST_WORK
from tests.attacks.scene import canary
from tests.edits import edit_bytes
from tests.small_class import GOOD

GROUP = Group("names")

NAMES = {
    "markup": "<img src=x onerror=alert(1)>",
    "quotes": "a'b\"c;-- DROP TABLE student",
    "a line break": "two\nlines",
    "a command": "$(touch canary)`id`|&",
    "an option": "-rf --force",
    "patterns": "*[a-z]?{x,y}",
    "far letters": "Żółć 姓名 \u202egnp.exe",
    "dots": "three..dots..",
    "bytes that are no text": "latin-\udce9-1",
    "bytes spelled out": "latin-\\xe9-1",
    "the longest name": "n" * 255,
    "spaces": "  spaces  ",
}
UNGRADED = ("a line break", "bytes that are no text", "the longest name")
for label, student in NAMES.items():
    GROUP.add(
        f"a student's name: {label}",
        "a folder's name is whatever whoever collects submissions makes of it",
        GOOD,
        student=student,
        least=0 if label in UNGRADED else FULL,
        most=FULL,
        verdicts=("unreadable",) if label == "a line break" else ("graded", "unreadable"),
        harmed=canary,
    )


def _renamed(name: bytes):
    def make(place: Path, honest: bytes) -> None:
        place.mkdir()
        with open(os.fsencode(place) + b"/" + name, "wb") as file:
            file.write(honest)

    return make


def _two(first: bytes, second: bytes, *, differ: bool = False):
    def make(place: Path, honest: bytes) -> None:
        _renamed(first)(place, honest)
        other = edit_bytes(honest, ("return x + x", "return 2 * x")) if differ else honest
        (place / os.fsdecode(second)).write_bytes(other)

    return make


def _renamed_fifo(place: Path, honest: bytes) -> None:
    place.mkdir()
    os.mkfifo(os.fsencode(place) + b"/toy \xe9.ipynb")


GROUP.add(
    "a file name that is no text",
    "the only notebook has a byte in its name that no text has",
    make=_renamed(b"toy \xe9.ipynb"),
    **(HONEST_WORK | {"verdicts": ("graded", "unreadable", "missing"), "least": 0}),
)
GROUP.add(
    "a FIFO whose name is no text",
    "the sentence that says why it cannot be read has its name",
    make=_renamed_fifo,
    verdicts=("unreadable",),
    flags=("renamed notebook: toy",),
)
GROUP.add(
    "a file name that drives a terminal",
    "the only notebook's name clears the screen of whoever reads the flags",
    make=_renamed(b"\x1b[2J\x1b]0;owned\x07toy\n.ipynb"),
    **HONEST_WORK,
    flags=("renamed notebook: ?[2J?]0;owned?toy?.ipynb",),
)
GROUP.add(
    "a file name with markup",
    "the only notebook's name is a script",
    make=_renamed(b"<script>alert(1)<script>.ipynb"),
    **HONEST_WORK,
    flags=("renamed notebook",),
)
GROUP.add(
    "two notebooks under other names",
    "which of two is meant, nobody knows, unless they are the same",
    make=_two(b"a.ipynb", b"b.ipynb"),
    **HONEST_WORK,
    flags=("renamed notebook: a.ipynb",),
)
GROUP.add(
    "two different notebooks under other names",
    "which of two is meant, nobody knows",
    GOOD,
    make=_two(b"a.ipynb", b"b.ipynb", differ=True),
    verdicts=("missing",),
)


def _timestamp(content: bytes | None):
    def make(place: Path, honest: bytes) -> None:
        written(honest)(place, honest)
        if content is None:
            os.mkfifo(place / "timestamp.txt")
        else:
            (place / "timestamp.txt").write_bytes(content)

    return make


for label, content in {
    "a FIFO": None,
    "no date": b"\xff\x00 tomorrow",
    "the far future": b"99999-01-01 00:00:00 UTC",
    "the year 1": b"0001-01-01 00:00:00 +2359",
    "a rule": b"2026-11-01 10:00:00 GMT,M3.2.0,M11.1.0",
    "a path": b"2026-11-01 10:00:00 /dev/zero",
}.items():
    GROUP.add(
        f"a timestamp: {label}",
        "the file beside the notebook that says when it was handed in",
        make=_timestamp(content),
        **HONEST_WORK,
        flags=("unreadable timestamp",),
    )
