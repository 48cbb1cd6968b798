"""Break the disk, the rights, the lock or a file: python -m tests.faults COURSE FAULT...

For each fault and each command it prints, as JSON, what that said and left behind, and whether the
same command works once the fault is mended. A small disk is a file system in memory, for which it
has to run in a mount namespace of its own (`unshare`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import nbformat
from click.testing import CliRunner
from nbformat import NotebookNode
from sqlalchemy import event
from sqlalchemy.engine import Engine

from autograder.authoring import release as release_module
from autograder.batch import run as batch_run
from autograder.cli.main import main
from autograder.course.folders import Course
from tests.one_worker import Worker

Fault = Callable[[Path], AbstractContextManager[None]]
ROOM = 6  # MB of the file system beside what the course takes
PAGE = 4096
# What each command is called with; {inbox} is a folder of files from Canvas outside of the course.
COMMANDS = {
    "collect": ("{inbox}/submissions.zip", "toy"),
    "explain": ("ann", "toy"),
    "export": ("toy", "--format", "csv", "--allow-ungraded"),
    "feedback": ("toy",),
    "grade": ("toy", "--workers", "1"),
    "late": ("toy", "--deadline", "2030-01-01 12:00 UTC"),
    "list": (),
    "new": ("fresh",),
    "regrade": ("toy", "--workers", "1"),
    "release": ("toy", "--fresh"),
    "report": ("toy",),
    "roster": ("{inbox}/students.csv",),
    "totals": (),
}


@contextmanager
def full(course: Path, pages: int = 0) -> Iterator[None]:
    """No more than so many pages are left on the disk."""
    filling = course / "filling"
    with open(filling, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(PAGE))
        except OSError:
            file.truncate(file.tell() - PAGE * pages)
    yield
    filling.unlink()


@contextmanager
def read_only(course: Path) -> Iterator[None]:
    """Nothing on the disk can be changed.

    Only the mount's flag is set: a namespace without rights may not give the disk its options.
    """
    subprocess.run(["mount", "-o", "remount,bind,ro", course], check=True)
    yield
    subprocess.run(["mount", "-o", "remount,bind,rw", course], check=True)


@contextmanager
def rights(course: Path) -> Iterator[None]:
    """Files and folders may be read and not written; root would not notice."""
    modes = {path: path.stat().st_mode for path in [course, *course.rglob("*")]}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    yield
    for path, mode in modes.items():
        path.chmod(mode)


@contextmanager
def locked(course: Path) -> Iterator[None]:
    """Another program has the gradebook open and writes.

    SQLite waits five seconds for it each time, here a moment.
    """

    def wait_a_moment(dialect: object, record: object, words: object, options: dict) -> None:
        options["timeout"] = 0.1

    database = sqlite3.connect(course / "grading" / "gradebook.db")
    database.execute("BEGIN EXCLUSIVE")
    event.listen(Engine, "do_connect", wait_a_moment)
    yield
    event.remove(Engine, "do_connect", wait_a_moment)
    database.close()


@contextmanager
def cut(course: Path, file: str) -> Iterator[None]:
    """The second half of a file is gone, as after a crash of the machine."""
    data = (course / file).read_bytes()
    (course / file).write_bytes(data[: len(data) // 2])
    yield
    (course / file).write_bytes(data)


def named(fault: str) -> Fault:
    """`full`, `full:4`, `read_only`, `rights`, `locked`, or `cut:FILE`."""
    kind, _, detail = fault.partition(":")
    if kind == "cut":
        return lambda course: cut(course, detail)
    if kind == "full":
        return lambda course: full(course, int(detail or 0))
    return {"read_only": read_only, "rights": rights, "locked": locked}[kind]


@contextmanager
def copied(source: Path, fault: str) -> Iterator[Path]:
    """A copy of the course, on a small disk of its own if the fault is one of the disk."""
    place = Path(tempfile.mkdtemp())
    on_small_disk = fault.startswith(("full", "read_only"))
    if on_small_disk:
        size = sum(path.stat().st_size + PAGE for path in source.rglob("*")) // 2**20 + ROOM
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", place], check=True)
    try:
        shutil.copytree(source, place, dirs_exist_ok=True)
        yield place
    finally:
        if on_small_disk:
            subprocess.run(["umount", "-l", place], check=True)
        shutil.rmtree(place)


def states(course: Path) -> dict[str, bytes | None]:
    """Every file of the course with its bytes, and every folder with None."""
    return {
        str(path.relative_to(course)): path.read_bytes() if path.is_file() else None
        for path in course.rglob("*")
        if path.name not in ("filling", ".lock") and not path.name.startswith("gradebook.db-")
    }


def damaged(course: Path) -> list[str]:
    """What is half written: files of JSON that are none, parts of files, and empty folders."""
    found = [str(path) for path in course.rglob(f".*.{os.getpid()}")]
    for path in course.rglob("*"):
        if path.is_dir() and path.is_relative_to(course / "grading" / "submitted"):
            found += [] if any(path.iterdir()) else [str(path)]
        try:
            if path.suffix in (".json", ".ipynb"):
                json.loads(path.read_bytes())
            elif path.suffix == ".jsonl":
                *lines, rest = path.read_bytes().split(b"\n")
                found += [str(path)] if rest else []
                [json.loads(line) for line in lines]
        except ValueError:
            found.append(str(path))
    return found


def trial(source: Path, fault: str, verb: str) -> dict[str, object]:
    """The outcome of one command on a fresh copy of the course with a fault.

    A command that fails is given once more without the fault.
    """
    with copied(source, fault) as course:
        words = [word.format(inbox=source.parent / "inbox") for word in COMMANDS[verb]]
        command = ["--course", str(course), verb, *words]
        with named(fault)(course):
            before = states(course)
            ended = CliRunner().invoke(main, command)
            after = states(course)
        left = damaged(course)
        again = CliRunner().invoke(main, command) if ended.exit_code else ended
        error = ended.exception
        bug = error is not None and not isinstance(error, SystemExit)
        return {
            "fault": fault,
            "verb": verb,
            "code": ended.exit_code,
            "output": ended.output,
            "error": "".join(traceback.format_exception(error)) if bug else "",
            "changed": sorted(path for path in before if before[path] != after.get(path)),
            "damaged": left,
            "again": again.exit_code,
            "output_again": again.output,
        }


def run_notebooks_once(memory: Path) -> None:
    """Let a release take what a notebook shows in a kernel from an earlier one, of any fault.

    A kernel works in a folder of its own for temporary files, so no fault of the course reaches it.
    """
    run = release_module.execute
    memory.mkdir(exist_ok=True)

    def execute(course: Course, nb: NotebookNode, *, files: Path, seed: int | None) -> None:
        output = memory / hashlib.sha256(nbformat.writes(nb).encode()).hexdigest()
        if output.is_file():
            nb.cells = nbformat.reads(output.read_text(encoding="utf-8"), as_version=4).cells
            return
        run(course, nb, files=files, seed=seed)
        output.write_text(nbformat.writes(nb), encoding="utf-8")

    release_module.execute = execute


if __name__ == "__main__":
    folder, *faults = sys.argv[1:]
    run_notebooks_once(Path(folder).parent / "executed")
    worker = Worker()
    batch_run.local = lambda *_: worker
    for broken in faults:
        for name in COMMANDS:
            print(json.dumps(trial(Path(folder), broken, name)), flush=True)
    worker.end()
