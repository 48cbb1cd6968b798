"""Find the processes that descend from this one, and see whether they are gone."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

PR_SET_CHILD_SUBREAPER = 36
LONG = 600.0  # seconds that nothing here needs, however busy the machine is


class Process(NamedTuple):
    """A process, with the time when it was started, since numbers are used again.

    start : in the kernel's ticks
    """

    pid: int
    start: int


@contextmanager
def adopting() -> Iterator[None]:
    """Become the parent of processes below this one that lose theirs, so that none gets away."""
    prctl = ctypes.CDLL(None).prctl
    assert prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    try:
        yield
    finally:
        prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def descendants(root: int | None = None) -> set[Process]:
    """The living processes that descend from `root`, by default from this one."""
    children: dict[int, list[Process]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and (living := _living(int(entry.name))):
            parent, process = living
            children.setdefault(parent, []).append(process)
    processes: set[Process] = set()
    waiting = [os.getpid() if root is None else root]
    while waiting:
        inner = children.get(waiting.pop(), [])
        processes.update(inner)
        waiting += [process.pid for process in inner]
    return processes


def survivors(processes: set[Process]) -> set[Process]:
    """Those of these processes that are still there."""
    return {
        process
        for process in processes
        if (living := _living(process.pid)) and living[1] == process
    }


def _living(pid: int) -> tuple[int, Process] | None:
    """A process after the number of its parent; None if it is gone or only a zombie."""
    try:
        # The name in brackets may hold anything; the other fields come after it.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else (int(fields[1]), Process(pid, int(fields[19])))


def soon(true: Callable[[], object], seconds: float = LONG, every: float = 0.02) -> bool:
    """Whether something is true or becomes true; a failure takes as long as `seconds`.

    It is looked for less often the longer it takes, but ten times a second at least.
    """
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(every)
        every = min(1.1 * every, max(every, 0.1))
    return True


def names(processes: set[Process]) -> list[str]:
    """The command lines of processes, for a message."""
    commands = []
    for pid, _ in processes:
        with suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
            commands.append(f"{pid} {command.decode(errors='replace')[:150]}")
    return commands


def processes_with(mark: str) -> list[int]:
    """The processes whose command line carries the mark, on the whole machine."""
    processes = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (entry / "cmdline").read_bytes():
                processes.append(int(entry.name))
    return processes
