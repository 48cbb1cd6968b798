"""Which processes came of this one, and whether they are gone."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
LONG = 600.0  # seconds that nothing here needs, however busy the machine is


@contextmanager
def adopting() -> Iterator[None]:
    """Become the parent of processes below this one that lose theirs, so that none gets away."""
    prctl = ctypes.CDLL(None).prctl
    assert prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    try:
        yield
    finally:
        prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def below(root: int | None = None) -> set[int]:
    """The living processes below `root`, by default below this one."""
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            # The name in brackets may hold anything; state and parent come after it.
            state, parent = Path(entry.path, "stat").read_text().rpartition(")")[2].split()[:2]
            if state not in "ZX":
                children.setdefault(int(parent), []).append(int(entry.name))
    found: set[int] = set()
    waiting = [os.getpid() if root is None else root]
    while waiting:
        inner = children.get(waiting.pop(), [])
        found.update(inner)
        waiting += inner
    return found


def soon(true: Callable[[], object], seconds: float = LONG, every: float = 0.005) -> bool:
    """Whether something is true or becomes true; a failure takes as long as `seconds`."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(every)
    return True


def names(processes: set[int]) -> list[str]:
    """What processes call themselves, for a message."""
    found = []
    for pid in processes:
        with suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
            found.append(f"{pid} {command.decode(errors='replace')[:150]}")
    return found
