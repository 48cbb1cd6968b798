"""The audit log of grading: who graded what, when and with what, in a file that only grows.

grading/log/NAME.jsonl has a line for each event. Each line carries the hash of the line before it,
so a line that was changed, removed or inserted later is noticed. Lines removed at the end are not:
compare the hash that a command prints when it ends.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import pwd
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from autograder.course.errors import CourseError
from autograder.course.folders import CONFIG, Assignment
from autograder.course.results import SubmissionResult

START = "0" * 64
BLOCK = 1 << 16
LIBRARIES = ("convnet-course-autograder", "nbgrader", "numpy", "torch")


def head(assignment: Assignment) -> str:
    """The hash of the last line; `START` where there is no log."""
    try:
        handle = os.open(log_file(assignment), os.O_RDONLY)
    except FileNotFoundError:
        return START
    try:
        last, _ = _last_line(handle)
    finally:
        os.close(handle)
    return line_hash(last) if last else START


def log_file(assignment: Assignment) -> Path:
    """Where the log is."""
    return assignment.course.grading / "log" / f"{assignment.name}.jsonl"


def begin(assignment: Assignment, **facts: Any) -> str:
    """Note that a run begins, with who runs it and the `facts`; return the run's id."""
    run = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    note(assignment, "begin", run=run, **facts)
    return run


def graded(
    assignment: Assignment,
    run: str,
    result: SubmissionResult,
    *,
    seed: int,
    handed: str,
    notebook: str | None = None,
) -> None:
    """Note one submission's result.

    handed : the fingerprint of what was handed in
    notebook : the text of the notebook in autograded/, of which the hash is noted
    """
    facts = {
        "run": run,
        "seed": seed,
        "handed": handed,
        "notebook": None if notebook is None else line_hash(notebook.encode()),
        "result": asdict(result),
    }
    _append(assignment, "graded", facts)


def end(assignment: Assignment, run: str, **facts: Any) -> str:
    """Note that a run has come to its end; return the hash of the log so far."""
    return _append(assignment, "end", {"run": run, **facts})


@contextmanager
def noting_stops(assignment: Assignment, run: str) -> Iterator[None]:
    """Note why a run stops before its end; of one that is killed there is no such line."""
    try:
        yield
    except BaseException as error:
        why = str(error) if isinstance(error, CourseError) else type(error).__name__
        if isinstance(error, KeyboardInterrupt):
            why = "somebody pressed Ctrl-C"
        with suppress(CourseError):  # where the log cannot be written either
            remedy = getattr(error, "remedy", "")
            _append(assignment, "stopped", {"run": run, "why": why, "remedy": remedy})
        raise


def note(assignment: Assignment, event: str, **facts: Any) -> str:
    """Note another event about an assignment's grades; return the hash of the log so far."""
    origin = {"who": _who(), "host": socket.gethostname(), "command": sys.argv}
    return _append(assignment, event, {**origin, **facts})


def _who() -> str:
    try:
        name = pwd.getpwuid(os.getuid()).pw_name  # not by a variable, which anybody can set
    except KeyError:  # a user without a name, as in containers
        name = str(os.getuid())
    behind = os.environ.get("SUDO_USER")
    return f"{behind} as {name}" if behind else name


@cache
def versions() -> dict[str, str]:
    """The versions of what grading depends on."""
    numbers = {"python": platform.python_version(), "system": platform.platform()}
    for name in LIBRARIES:
        try:
            numbers[name] = version(name)
        except PackageNotFoundError:
            numbers[name] = "not installed"
    return numbers


def _append(assignment: Assignment, event: str, facts: dict[str, Any]) -> str:
    """Add a line, wait until the disk has it, and return its hash."""
    path = log_file(assignment)
    time = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # seeds tell the hidden inputs
        with open(path, "a+b", buffering=0, opener=_private) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            last, complete = _last_line(file.fileno())
            previous = line_hash(last) if last else START
            data = json.dumps(
                {"event": event, "time": time, **facts, "previous": previous}
            ).encode()
            # A process that was killed while it wrote has left half a line; it stays as one.
            _write_whole(file.fileno(), (b"" if complete else b"\n") + data + b"\n")
    except OSError as error:
        raise CourseError(
            f"{path} cannot be written: {error.strerror}",
            "Make room or change its rights, and give the same command again.",
        ) from error
    return line_hash(data)


def _write_whole(handle: int, data: bytes) -> None:
    """Add the data to a file and wait until the disk has it; where that fails, add none of it."""
    size = os.fstat(handle).st_size
    try:
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, size)
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _last_line(handle: int) -> tuple[bytes, bool]:
    """The last line without its end, and whether it has one."""
    start = os.fstat(handle).st_size
    if not start:
        return b"", True
    tail = b""
    while start and b"\n" not in tail[:-1]:
        end, start = start, max(0, start - BLOCK)
        tail = os.pread(handle, end - start, start) + tail
    return tail.removesuffix(b"\n").rpartition(b"\n")[2], tail.endswith(b"\n")


def hashes(assignment: Assignment) -> dict[str, str]:
    """The hashes of the files that decide about scores, by name."""
    files = {
        "release": assignment.release,
        "notebook": assignment.notebook_source,
        "checks": assignment.checks_source,
        "configuration": assignment.course.root / CONFIG,
    }
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def line_hash(line: bytes) -> str:
    """The hash of a line, which the next line carries."""
    return hashlib.sha256(line).hexdigest()
