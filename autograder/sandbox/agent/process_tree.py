"""Find the processes of a submission, and what they use, while none of them can start another.

A process that dies hands its children on, perhaps to one that was already looked at. So a walk
through the tree counts only if nobody died in it. That comes to an end because the gate, which
walks, grants no new process in the meantime.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

TICK = 1 / os.sysconf("SC_CLK_TCK")
MOST_WALKS = 200  # more than a submission has processes, unless nobody counts them
OPEN_FILES = 128  # that a process may have
PIPE_BYTES = 1 << 16  # what a pipe holds, unless it was enlarged
MEMORY_FIELDS = (b"RssAnon:", b"RssShmem:", b"VmSwap:", b"VmPTE:")
SHARE_FIELDS = (b"Pss_Anon:", b"Pss_Shmem:", b"SwapPss:")


@dataclass(frozen=True)
class CpuUsage:
    """The processor time of processes and of their ended children.

    own : seconds of their own
    ended : ticks of the children that they waited for
    faults : page faults of those children, of which each has some: so one more child is seen
    """

    own: float = 0.0
    ended: int = 0
    faults: int = 0

    def __add__(self, other: CpuUsage) -> CpuUsage:
        return CpuUsage(self.own + other.own, self.ended + other.ended, self.faults + other.faults)

    def since(self, before: CpuUsage) -> float:
        """The seconds used since an earlier reading, rounded up to ticks for ended children."""
        ticks = self.ended - before.ended
        if self.faults != before.faults:
            ticks += 2  # what rounding hides, of user and of system time
        return max(0.0, self.own - before.own + ticks * TICK)


def below(root: int) -> dict[int, list[int]]:
    """The threads of all processes that descend from `root`, by process; living ones first.

    The first thread of a process may have ended before the others. It is there still, and what is
    said in its name about memory and open files is that there are none.
    """
    known: set[int] = set()
    for _ in range(MOST_WALKS):
        threads, dead = _walk(root)
        if dead <= known:
            break
        known |= dead
    return threads


def children(pid: int) -> list[int]:
    """The processes that one of a single thread has started and not waited for."""
    return [int(child) for child in _read(f"/proc/{pid}/task/{pid}/children").split()]


def _walk(root: int) -> tuple[dict[int, list[int]], set[int]]:
    """One walk through the tree, and the processes and threads that were found dead in it."""
    threads: dict[int, list[int]] = {}
    dead: set[int] = set()
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        try:
            tasks = list(map(int, os.listdir(f"/proc/{pid}/task")))
        except OSError:
            dead.add(pid)
            continue
        for task in tasks:
            place = f"/proc/{pid}/task/{task}"
            try:
                children = _read(f"{place}/children")
                if pid != root and _fields(f"{place}/stat")[0] in (b"Z", b"X"):
                    dead.add(task)
            except OSError:
                dead.add(task)
            else:
                waiting += map(int, children.split())
        threads[pid] = sorted(tasks, key=dead.__contains__)
    del threads[root]
    return threads, dead


def cpu_usage(root: int) -> CpuUsage:
    """The processor time of all processes below `root`, and of those that ended."""
    for _ in range(MOST_WALKS):
        pids = below(root).keys()
        usage = sum(map(_cpu_usage, pids), replace(_cpu_usage(root), own=0.0))
        # One that was waited for in between would be missing here and there.
        if len(pids) < 2 or below(root).keys() == pids:
            break
    return usage


def _cpu_usage(pid: int) -> CpuUsage:
    with suppress(OSError):
        seconds = time.clock_gettime((~pid << 3) | 2)  # as clock_getcpuclockid(3) makes it
        fields = _fields(f"/proc/{pid}/stat")
        return CpuUsage(seconds, int(fields[13]) + int(fields[14]), int(fields[8]))
    return CpuUsage()


def memory(root: int, limit: int) -> int:
    """Bytes that the processes below `root` have written to and hold, or that are held for them.

    Memory that forked processes share is first counted for each of them. Only if that is over the
    limit, each gets its share of it, which takes longer to find out; where the system does not say
    it, the first count stands.
    """
    processes = below(root)
    living = [threads[0] for threads in processes.values() if threads]
    queues = buffers([thread for threads in processes.values() for thread in threads])
    total = sum(map(used, living)) + queues
    if total > limit and len(living) > 1:
        return sum(_share(thread) or used(thread) for thread in living) + queues
    return total


def used(pid: int) -> int:
    """Bytes that a process has written to and holds, and of the tables of its memory.

    pid : its number, or that of any of its threads that has not ended
    """
    return _kilobytes(pid, "status", MEMORY_FIELDS) * 1024


def _share(pid: int) -> int:
    tables = _kilobytes(pid, "status", MEMORY_FIELDS[-1:])
    share = _kilobytes(pid, "smaps_rollup", SHARE_FIELDS)
    return (tables + share) * 1024 if share else 0


def buffers(pids: list[int]) -> int:
    """Bytes that the kernel may hold for the pipes and sockets of these processes or threads."""
    ends: set[str] = set()
    hidden = 0
    for pid in pids:
        try:
            names = os.listdir(f"/proc/{pid}/fd")
        except PermissionError:  # of a program that may be run and not be read
            hidden += OPEN_FILES
            continue
        except OSError:
            continue
        for name in names:
            try:
                ends.add(os.readlink(f"/proc/{pid}/fd/{name}"))
            except PermissionError:
                hidden += 1
            except OSError:
                continue
    sizes = {"pipe": PIPE_BYTES, "socket": _socket_bytes()}
    seen = sum(sizes.get(end.partition(":[")[0], 0) for end in ends)
    return seen + hidden * _socket_bytes()


@cache
def _socket_bytes() -> int:
    """What one socket's queue may hold: it takes one more message when it is not yet full."""
    one, other = socket.socketpair()
    with one, other:
        return one.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) * 3 // 2


def _fields(path: str) -> list[bytes]:
    """The fields of a stat file from the third on; the second may hold anything."""
    return _read(path).rpartition(b")")[2].split()


def _kilobytes(pid: int, name: str, fields: tuple[bytes, ...]) -> int:
    total = 0
    with suppress(OSError, ValueError, IndexError):
        for line in _read(f"/proc/{pid}/{name}").splitlines():
            if line.startswith(fields):
                total += int(line.split()[1])
    return total


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
