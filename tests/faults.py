"""Break the disk, the rights or the lock under commands: python -m tests.faults COURSE FAULT.

It runs in a mount namespace of its own (`unshare`), where the course is copied to a small file
system in memory, and prints for each command what it said and what it left behind.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner

from autograder.cli.main import main

ROOM = 6  # MB of the file system beside what the course takes
# What each command is called with; {inbox} is a folder of files from Canvas outside of the course.
COMMANDS = {
    "collect": ("{inbox}/submissions.zip", "toy"),
    "explain": ("ann", "toy"),
    "export": ("toy", "--format", "csv"),
    "feedback": ("toy",),
    "grade": ("toy", "--workers", "1"),
    "late": ("toy", "--deadline", "2030-01-01 12:00 UTC"),
    "list": (),
    "regrade": ("toy", "--workers", "1"),
    "release": ("toy", "--fresh"),
    "report": ("toy",),
    "roster": ("{inbox}/students.csv",),
}


@contextmanager
def full(course: Path) -> Iterator[None]:
    """Not a byte is left on the disk."""
    with open(course / "filling", "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    yield


@contextmanager
def read_only(course: Path) -> Iterator[None]:
    """Nothing on the disk can be changed."""
    subprocess.run(["mount", "-o", "remount,ro", course], check=True)
    yield


@contextmanager
def locked(course: Path) -> Iterator[None]:
    """Another program has the gradebook open and writes."""
    database = sqlite3.connect(course / "grading" / "gradebook.db")
    database.execute("BEGIN EXCLUSIVE")
    yield
    database.close()


FAULTS = {fault.__name__: fault for fault in (full, read_only, locked)}


def states(course: Path) -> dict[str, str]:
    """Every folder and file of the course, with the bytes of the files."""
    return {
        str(path.relative_to(course)): path.read_bytes().hex() if path.is_file() else "folder"
        for path in course.rglob("*")
        if path.name not in ("filling", ".lock") and not path.name.startswith("gradebook.db-")
    }


def trial(source: Path, fault: str, verb: str) -> dict[str, object]:
    """The outcome of one command on a fresh copy of the course, with the fault."""
    place = Path(tempfile.mkdtemp())
    size = sum(path.stat().st_size + 4096 for path in source.rglob("*")) // 2**20 + ROOM
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", place], check=True)
    try:
        shutil.copytree(source, place, dirs_exist_ok=True)
        before = states(place)
        words = [word.format(inbox=source.parent / "inbox") for word in COMMANDS[verb]]
        with FAULTS[fault](place):
            ended = CliRunner().invoke(main, ["--course", str(place), verb, *words])
        after = states(place)
        error = ended.exception
        if isinstance(error, SystemExit):
            error = None
        return {
            "code": ended.exit_code,
            "output": ended.output,
            "error": "".join(traceback.format_exception(error)) if error else "",
            "changed": sorted(path for path in before if before[path] != after.get(path)),
            "new": sorted(after.keys() - before.keys()),
        }
    finally:
        subprocess.run(["umount", "-l", place], check=True)
        place.rmdir()


if __name__ == "__main__":
    folder, broken, *verbs = sys.argv[1:]
    for name in verbs or COMMANDS:
        print(json.dumps({"verb": name, **trial(Path(folder), broken, name)}), flush=True)
