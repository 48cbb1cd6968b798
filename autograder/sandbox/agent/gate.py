"""Stand between the warm process and one student's process: confine it, watch it, sweep up.

The gate is forked from the warm process, makes the namespaces, forks the student's process into
them and says by its report socket how that ended. No student's code runs in the gate itself.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import stat
import subprocess
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from autograder.sandbox.agent import confinement
from autograder.wire.codec import Channel, Closed

LOOK_EVERY = 0.05  # seconds between two looks at what a submission's processes use
IN_PLACE = b"in place"  # what the student's process sends when it is confined


def stand(report: socket.socket, ends: list[int], order: dict, work: Callable) -> None:
    """Run one student's process and report its end; the caller exits afterwards.

    The process is reported as started when all that confines it is in place. Raises `RuntimeError`
    where that failed; no student's code has run then.

    report : the socket for both reports
    ends : of the pipes to and from the grader, which the student's process gets
    order : tier, limits and folders, as `sandbox.jail` sends them
    work : what the student's process does with its channel
    """
    tier = order["tier"]
    parent = os.getppid()
    folder = order["folder"]
    # What this process has, the student's has from the start: limits are on top of it.
    limits = {**order["limits"], "size": _size(), "held": _held(os.getpid()) * 1024}
    if tier == "isolated":
        confinement.new_namespaces()
    else:  # in the jail's own folder, which goes with it whatever happens here
        folder = tempfile.mkdtemp(prefix="submission-", dir=folder)
        confinement.adopt_orphans()
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = os.fork()
    if child == 0:
        report.close()
        near.close()
        _be_the_student(far, ends, {**order, "limits": limits}, folder, work)
    for end in ends:
        os.close(end)
    far.close()
    with near:
        failure, listeners, *_ = socket.recv_fds(near, 1 << 14, 1)
    if failure != IN_PLACE:
        _, status, _ = os.wait4(child, 0)
        _sweep(tier, folder)
        code = os.waitstatus_to_exitcode(status)
        raise RuntimeError(failure.decode(errors="replace") or f"the process ended with {code}")
    handle = os.pidfd_open(child)
    socket.send_fds(report, [json.dumps({"started": child}).encode()], [handle])
    why = _watch(handle, parent, limits, listeners)
    _, status, used = os.wait4(child, 0)
    _sweep(tier, folder)
    end = {
        "ended": os.waitstatus_to_exitcode(status),
        "why": why,
        "seconds": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss * 1024,
    }
    report.send(json.dumps(end).encode())


def _be_the_student(
    gate: socket.socket,
    ends: list[int],
    order: dict[str, Any],
    folder: str,
    work: Callable,
) -> None:
    tier, limits = order["tier"], order["limits"]
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for end in range(3):
            os.dup2(nothing, end)
        _open_anew()
        if tier == "isolated":
            confinement.private_mounts(folder, limits["disk"], order["inner"])
        os.chdir(folder)
        os.environ.update(HOME=folder, TMPDIR=folder)
        tempfile.tempdir = folder
        confinement.limits(
            memory=limits["size"] + limits["memory"],
            disk=limits["disk"],
            seconds=limits["seconds"],
        )
        if tier == "restricted":
            confinement.only_these_files(
                order["reading"], [folder, "/dev/null"], listing=order["listing"]
            )
        if tier != "unprotected":
            restricted = tier == "restricted"
            readable = confinement.CAP_DAC_READ_SEARCH if restricted and order["root"] else 0
            confinement.no_privileges(readable)
            listener = confinement.few_system_calls(alone=not restricted)
            socket.send_fds(gate, [IN_PLACE], [listener])
            os.close(listener)
        else:
            gate.send(IN_PLACE)
        gate.close()
        channel = Channel(*ends)
    except BaseException:
        with suppress(OSError):
            gate.send(traceback.format_exc()[-4000:].encode())
        os._exit(70)
    try:
        work(channel)
    except Closed:
        os._exit(0)
    except BaseException:
        os._exit(1)
    os._exit(0)


def _open_anew() -> None:
    """Open once more what the warm process has open, the files of fonts.

    Whoever inherits an open file shares its offset: one submission could leave a message in it.
    """
    for end in map(int, os.listdir("/proc/self/fd")):
        with suppress(OSError):  # the listing's own
            if end < 3 or not stat.S_ISREG(os.fstat(end).st_mode):
                continue
            at = os.lseek(end, 0, os.SEEK_CUR)
            own = os.open(f"/proc/self/fd/{end}", os.O_RDONLY)
            os.lseek(own, at, os.SEEK_SET)
            os.dup2(own, end, inheritable=False)
            os.close(own)


def _watch(handle: int, parent: int, limits: dict[str, Any], listeners: list[int]) -> str | None:
    """Wait for the child's end; end it for using too much, or for being left alone.

    listeners : where its processes ask before they start another; none where nobody asks
    """
    poll = select.poll()
    for end in (handle, *listeners):
        poll.register(end, select.POLLIN)
    most = limits["held"] + limits["memory"]
    looked = 0.0
    while True:
        ready = dict(poll.poll(LOOK_EVERY * 1000))
        if handle in ready:
            return None
        for listener in ready:
            if ready[listener] & select.POLLIN:
                confinement.answer_start(
                    listener, lambda: _tasks(os.getpid()) < limits["processes"]
                )
            else:  # nobody is left who could ask
                poll.unregister(listener)
        if time.monotonic() - looked < LOOK_EVERY:
            continue
        looked = time.monotonic()
        why = None
        if os.getppid() != parent:
            why = "alone"
        elif _memory(os.getpid(), most) > most:
            why = "memory"
        if why:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            return why


def _tasks(root: int) -> int:
    """How many processes and threads there are below `root`."""
    count = 0
    for pid in below(root):
        with suppress(OSError):
            count += len(os.listdir(f"/proc/{pid}/task"))
    return count


def _size() -> int:
    """Bytes of address space that this process has mapped, files and reserves included."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _memory(root: int, limit: int) -> int:
    """Bytes that the processes below `root` have written to and hold, shared memory included.

    What forked processes share counts for each of them at first. Only if that is too much, it is
    counted once, which takes longer; where this may not be asked, the first count stands.
    """
    inner = below(root)
    total = sum(map(_held, inner)) * 1024
    if total > limit and len(inner) > 1:
        return sum(_share(pid) or _held(pid) for pid in inner) * 1024
    return total


def _held(pid: int) -> int:
    return _kilobytes(pid, "status", ("RssAnon:", "RssShmem:", "VmSwap:"))


def _share(pid: int) -> int:
    return _kilobytes(pid, "smaps_rollup", ("Pss_Anon:", "Pss_Shmem:", "SwapPss:"))


def _kilobytes(pid: int, name: str, fields: tuple[str, ...]) -> int:
    total = 0
    with suppress(OSError, ValueError, IndexError), open(f"/proc/{pid}/{name}") as file:
        for line in file:
            if line.startswith(fields):
                total += int(line.split()[1])
    return total


def below(root: int) -> list[int]:
    """The processes that descend from `root`, up to some thousand."""
    descendants, waiting = [], [root]
    while waiting and len(descendants) < 1000:
        pid = waiting.pop()
        with suppress(OSError, ValueError):
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as file:
                    inner = [int(child) for child in file.read().split()]
                descendants += inner
                waiting += inner
    return descendants


def _sweep(tier: str, folder: str) -> None:
    """End what is left behind. A process namespace has done it by now; elsewhere it is work."""
    if tier == "isolated":
        return
    until = time.monotonic() + 5
    while time.monotonic() < until:
        left = below(os.getpid())
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            break
        time.sleep(0.005)
    # Not Python's own rmtree: folders may be nested without end, and closed to their owner.
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
    with suppress(OSError):
        subprocess.run(["/bin/chmod", "-R", "u+rwX", folder], **quiet)
        subprocess.run(["/bin/rm", "-rf", folder], **quiet)
