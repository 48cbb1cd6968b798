"""Stand between the warm process and one student's process: confine it, watch it, sweep up.

The gate is forked from the warm process, makes the namespaces, forks the student's process into
them and says by its report socket how that ended. No student's code runs in the gate itself.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from . import confine
from .codec import Channel, Closed

LOOK_EVERY = 0.05  # seconds between two looks at what a submission's processes use


def stand(report: socket.socket, ends: list[int], order: dict, work: Callable) -> None:
    """Run one student's process and report its end; the caller exits afterwards."""
    tier, limits = order["tier"], order["limits"]
    parent = os.getppid()
    folder = order["folder"] if tier == "isolated" else tempfile.mkdtemp(prefix="submission-")
    if tier == "isolated":
        confine.new_namespaces()
    else:
        confine.adopt_orphans()
    child = os.fork()
    if child == 0:
        _be_the_student(report, ends, order, folder, work)
    for end in ends:
        os.close(end)
    handle = os.pidfd_open(child)
    socket.send_fds(report, [json.dumps({"started": child}).encode()], [handle])
    why = _watch(handle, parent, limits)
    _, status, used = os.wait4(child, 0)
    _sweep(tier, folder)
    said = {
        "ended": os.waitstatus_to_exitcode(status),
        "why": why,
        "seconds": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss * 1024,
    }
    report.send(json.dumps(said).encode())


def _be_the_student(
    report: socket.socket,
    ends: list[int],
    order: dict[str, Any],
    folder: str,
    work: Callable,
) -> None:
    tier, limits = order["tier"], order["limits"]
    try:
        report.close()
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for end in range(3):
            os.dup2(nothing, end)
        if tier == "isolated":
            confine.private_mounts(folder, limits["disk"])
        os.chdir(folder)
        os.environ.update(HOME=folder, TMPDIR=folder)
        tempfile.tempdir = folder
        confine.limits(
            memory=limits["memory"],
            processes=limits["processes"],
            disk=limits["disk"],
            seconds=limits["seconds"],
        )
        if tier == "restricted":
            confine.only_these_files(order["reading"], [folder, "/dev/null"])
        if tier != "unprotected":
            restricted = tier == "restricted"
            readable = confine.CAP_DAC_READ_SEARCH if restricted and order["root"] else 0
            confine.no_privileges(readable)
            confine.few_system_calls(signals_to=os.getpid() if restricted else None)
        channel = Channel(*ends)
    except BaseException:
        # The channel is not in use yet: say what went wrong through it, and nothing ran.
        with suppress(OSError):
            os.write(ends[1], traceback.format_exc().encode())
        os._exit(70)
    try:
        work(channel)
    except Closed:
        os._exit(0)
    except BaseException:
        os._exit(1)
    os._exit(0)


def _watch(handle: int, parent: int, limits: dict[str, Any]) -> str | None:
    """Wait for the child's end; end it for using too much, or for being left alone."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    pause = LOOK_EVERY * 1000
    while not poll.poll(pause):
        why = None
        if os.getppid() != parent:
            why = "alone"
        elif _memory(os.getpid(), limits["memory"]) > limits["memory"]:
            why = "memory"
        if why:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            return why
    return None


def _memory(root: int, limit: int) -> int:
    """Bytes that the processes below `root` have written to and hold, shared memory included.

    What forked processes share counts for each of them at first. Only if that is too much, it is
    counted once, which takes longer; where this may not be asked, the first count stands.
    """
    inner = _below(root)
    total = sum(_kilobytes(pid, "status", ("RssAnon:", "RssShmem:")) for pid in inner) * 1024
    if total > limit and len(inner) > 1:
        fair = sum(_kilobytes(pid, "smaps_rollup", ("Pss_Anon:", "Pss_Shmem:")) for pid in inner)
        return fair * 1024 or total
    return total


def _kilobytes(pid: int, name: str, fields: tuple[str, ...]) -> int:
    found = 0
    with suppress(OSError, ValueError, IndexError), open(f"/proc/{pid}/{name}") as file:
        for line in file:
            if line.startswith(fields):
                found += int(line.split()[1])
    return found


def _below(root: int) -> list[int]:
    found, waiting = [], [root]
    while waiting and len(found) < 1000:
        pid = waiting.pop()
        with suppress(OSError, ValueError):
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as file:
                    inner = [int(one) for one in file.read().split()]
                found += inner
                waiting += inner
    return found


def _sweep(tier: str, folder: str) -> None:
    """End what is left behind. A process namespace has done it by now; elsewhere it is work."""
    if tier == "isolated":
        return
    until = time.monotonic() + 5
    while time.monotonic() < until:
        left = _below(os.getpid())
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            break
        time.sleep(0.005)
    shutil.rmtree(folder, ignore_errors=True)
