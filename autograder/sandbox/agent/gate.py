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

from autograder.sandbox.agent import call_filter, confinement
from autograder.wire.codec import Channel, Closed

LOOK_EVERY = 0.05  # seconds between two looks at what a submission's processes use
IN_PLACE = b"in place"  # what the student's process sends when it is confined


def stand(
    report: socket.socket, ends: list[int], order: dict[str, Any], work: Callable[[Channel], None]
) -> None:
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
    limits = {**order["limits"], "size": _size(), "held": _kilobytes_used(os.getpid()) * 1024}
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
        _, status = os.waitpid(child, 0)
        _sweep(tier, folder)
        code = os.waitstatus_to_exitcode(status)
        raise RuntimeError(failure.decode(errors="replace") or f"the process ended with {code}")
    handle = os.pidfd_open(child)
    socket.send_fds(report, [json.dumps({"started": child}).encode()], [handle])
    why = _watch(handle, parent, limits, listeners)
    _, status = os.waitpid(child, 0)
    _sweep(tier, folder)
    report.send(json.dumps({"ended": os.waitstatus_to_exitcode(status), "why": why}).encode())


def _be_the_student(
    gate: socket.socket,
    ends: list[int],
    order: dict[str, Any],
    folder: str,
    work: Callable[[Channel], None],
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
            listener = call_filter.few_system_calls(alone=not restricted)
            socket.send_fds(gate, [IN_PLACE], [listener])
            os.close(listener)
            call_filter.no_more_handles(alone=not restricted)
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
    """Open anew the files of fonts that the warm process has open.

    Inherited files share their offset, in which one submission could leave a message for the next.
    """
    for end in map(int, os.listdir("/proc/self/fd")):
        with suppress(OSError):  # the listing's own
            if end < 3 or not stat.S_ISREG(os.fstat(end).st_mode):
                continue
            offset = os.lseek(end, 0, os.SEEK_CUR)
            copy = os.open(f"/proc/self/fd/{end}", os.O_RDONLY)
            os.lseek(copy, offset, os.SEEK_SET)
            os.dup2(copy, end, inheritable=False)
            os.close(copy)


def _watch(handle: int, parent: int, limits: dict[str, Any], listeners: list[int]) -> str | None:
    """Wait for the child's end; end it for using too much, or for being left alone.

    listeners : where its processes ask before they start another; none where nobody asks
    """
    poll = select.poll()
    for end in (handle, *listeners):
        poll.register(end, select.POLLIN)
    maximum = limits["held"] + limits["memory"]
    last_look = 0.0
    while True:
        ready = dict(poll.poll(LOOK_EVERY * 1000))
        if handle in ready:
            return None
        for listener in ready:
            if ready[listener] & select.POLLIN:
                call_filter.answer_start(
                    listener, lambda: _tasks(os.getpid()) < limits["processes"]
                )
            else:  # nobody is left who could ask
                poll.unregister(listener)
        if time.monotonic() - last_look < LOOK_EVERY:
            continue
        last_look = time.monotonic()
        why = None
        if os.getppid() != parent:
            why = "alone"
        elif _memory(os.getpid(), maximum) > maximum:
            why = "memory"
        if why:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            return why


def _tasks(root: int) -> int:
    """The number of processes and threads below `root`."""
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

    Memory that forked processes share is first counted for each of them. Only if that is over the
    limit, each gets its share of it, which takes longer to find out; where the system does not say
    it, the first count stands.
    """
    pids = below(root)
    total = sum(map(_kilobytes_used, pids)) * 1024
    if total > limit and len(pids) > 1:
        return sum(_kilobytes_shared(pid) or _kilobytes_used(pid) for pid in pids) * 1024
    return total


def _kilobytes_used(pid: int) -> int:
    return _kilobytes(pid, "status", ("RssAnon:", "RssShmem:", "VmSwap:"))


def _kilobytes_shared(pid: int) -> int:
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
    descendants: list[int] = []
    waiting = [root]
    while waiting and len(descendants) < 1000:
        pid = waiting.pop()
        with suppress(OSError, ValueError):
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children") as file:
                    children = [int(child) for child in file.read().split()]
                descendants += children
                waiting += children
    return descendants


def _sweep(tier: str, folder: str) -> None:
    """End the processes that are left and remove the folder, where no namespace has done so."""
    if tier == "isolated":
        return
    until = time.monotonic() + 5
    while time.monotonic() < until:
        for pid in below(os.getpid()):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            break
        time.sleep(0.005)
    # Not Python's own rmtree: folders may be nested without end, and closed to their owner.
    with suppress(OSError):
        for command in (["/bin/chmod", "-R", "u+rwX", folder], ["/bin/rm", "-rf", folder]):
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
