"""A control group for the command being measured, where this machine lets us make one.

A group counts everything that ever ran in it. `getrusage` counts only what somebody waited for, and
nobody waits for what is killed together with its namespace.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

# How long processes may take to end by themselves after their command has ended.
GRACE = 5.0


class Group:
    """A version 2 control group below the one that this process is in."""

    def __init__(self, folder: Path):
        self._folder = folder

    @classmethod
    def make(cls, name: str) -> Group | None:
        """A new group, or None where groups cannot be made."""
        parent = _own_folder()
        if parent is None:
            return None
        try:
            (parent / name).mkdir()
        except OSError:
            return None
        return cls(parent / name)

    def enter(self, command: list[str]) -> list[str]:
        """The same command, which first puts itself into the group; its pid stays the same."""
        script = 'echo $$ > "$0" && exec "$@"'
        return ["/bin/sh", "-c", script, str(self._folder / "cgroup.procs"), *command]

    @property
    def cpu(self) -> float:
        """Seconds of CPU, user and system, of everything that ran in the group so far."""
        for line in (self._folder / "cpu.stat").read_text().splitlines():
            name, value = line.split()
            if name == "usage_usec":
                return int(value) / 1e6
        raise OSError(f"{self._folder} does not count CPU time")

    @property
    def pids(self) -> set[int]:
        """The processes that are in the group now, groups inside it included."""
        found: set[int] = set()
        for file in self._folder.rglob("cgroup.procs"):
            with suppress(OSError):  # a group inside may have gone
                found |= {int(pid) for pid in file.read_text().split()}
        return found

    def remove(self) -> int:
        """End the group; return how many processes were still there and had to be killed."""
        self._wait(GRACE)
        left = len(self.pids)
        if left:
            (self._folder / "cgroup.kill").write_text("1")
            self._wait(GRACE)
        inner = [path for path in self._folder.rglob("*") if path.is_dir()]
        for folder in [*sorted(inner, reverse=True), self._folder]:
            _remove(folder)
        return left

    def _wait(self, seconds: float) -> None:
        """Wait until nothing runs in the group any more, but no longer than `seconds`."""
        end = time.monotonic() + seconds
        events = self._folder / "cgroup.events"
        while "populated 1" in events.read_text() and time.monotonic() < end:
            time.sleep(0.05)


def _remove(folder: Path) -> None:
    # A process that is just ending holds its group for a moment longer than it is listed.
    end = time.monotonic() + GRACE
    while True:
        try:
            return folder.rmdir()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def _own_folder() -> Path | None:
    mounts = [line.split() for line in _lines("/proc/self/mounts")]
    mount = next((fields[1] for fields in mounts if fields[2] == "cgroup2"), None)
    own = next((line[3:] for line in _lines("/proc/self/cgroup") if line.startswith("0::")), None)
    return Path(mount, own.lstrip("/")) if mount and own else None


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
