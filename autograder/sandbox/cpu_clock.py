"""Count the processor time of a jailed process and of all that it started, from outside."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass

from autograder.sandbox.agent.gate import below

TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class CpuUsage:
    """The processor time of a process and of its ended children.

    own : seconds of its own
    ended : ticks of the children that it waited for
    faults : page faults of those children, of which each has some: so one more child is seen
    """

    own: float = 0.0
    ended: int = 0
    faults: int = 0

    def since(self, before: CpuUsage) -> float:
        """The seconds used since an earlier reading, rounded up to ticks for ended children."""
        ticks = self.ended - before.ended
        if self.faults != before.faults:
            ticks += 2  # what rounding hides, of user and of system time
        return max(0.0, self.own - before.own) + ticks * TICK


class Clock:
    """The processor time of a process, given by its handle, and of its descendants.

    Descendants are included because a student's process may let a child do the work. The time of a
    process that ends is counted by the parent that waits for it, so the sum never shrinks.
    """

    def __init__(self, handle: int):
        self._handle = handle
        self._sum = 0.0
        self._usage: dict[int, CpuUsage] = {}

    def seconds(self) -> float:
        """The seconds that the kernel has counted for all of them until now."""
        usage = {pid: _usage(pid) for pid in below(self._gate())}
        before = self._usage
        self._sum += sum(now.since(before.get(pid, CpuUsage())) for pid, now in usage.items())
        self._usage = usage
        return self._sum

    def _gate(self) -> int:
        """The parent of the process, which adopts its orphans if no namespace ends with it."""
        # Seen from here the process has another number than its own idea of it.
        with open(f"/proc/self/fdinfo/{self._handle}") as file:
            pid = next(int(line.split()[1]) for line in file if line.startswith("Pid:"))
        return int(_stat(pid)[1])


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on; the second may hold anything."""
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()


def _usage(pid: int) -> CpuUsage:
    """The processor time that a process has used; zero if it has gone."""
    with suppress(OSError):
        seconds = time.clock_gettime((~pid << 3) | 2)  # as clock_getcpuclockid(3) makes it
        fields = _stat(pid)
        return CpuUsage(seconds, int(fields[13]) + int(fields[14]), int(fields[8]))
    return CpuUsage()
