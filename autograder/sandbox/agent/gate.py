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

from autograder.sandbox.agent import call_filter, confinement, process_tree
from autograder.sandbox.agent.process_tree import CpuUsage
from autograder.wire.codec import Channel, Closed

LOOK_EVERY = 0.05  # seconds between two looks at what a submission's processes use
STARTING = 0.1  # seconds after which a process is there that was allowed
IN_PLACE = b"in place"  # what the student's process sends when it is confined


def stand(
    report: socket.socket,
    ends: list[int],
    order: dict[str, Any],
    work: Callable[[Channel], None],
    control: socket.socket,
) -> None:
    """Run one student's process and report its end; the caller exits afterwards.

    The process is reported as started when all that confines it is in place. Raises `RuntimeError`
    where that failed; no student's code has run then.

    report : the socket for both reports
    ends : of the pipes to and from the grader, which the student's process gets
    order : tier, limits and folders, as `sandbox.jail` sends them
    work : what the student's process does with its channel
    control : the warm process's socket, which stays open for as long as there is a gate
    """
    tier = order["tier"]
    parent = os.getppid()
    folder = order["folder"]
    # What this process has, the student's has from the start: limits are on top of it.
    held = process_tree.used(os.getpid())
    limits = {**order["limits"], "size": _size(), "held": held}
    if tier == "isolated":
        confinement.new_namespaces()
    else:  # in the jail's own folder, which goes with it whatever happens here
        folder = tempfile.mkdtemp(prefix="submission-", dir=folder)
        confinement.adopt_orphans()
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = os.fork()
    if child == 0:
        for inherited in (report, near, control):
            inherited.close()
        _be_the_student(far, ends, {**order, "limits": limits}, folder, work)
    for end in ends:
        os.close(end)
    far.close()
    with near:
        failure, listeners, *_ = socket.recv_fds(near, 1 << 14, 1)
        if listeners:
            failure = near.recv(1 << 14)
    if failure != IN_PLACE:
        _, status = os.waitpid(child, 0)
        _sweep(tier, folder)
        code = os.waitstatus_to_exitcode(status)
        raise RuntimeError(failure.decode(errors="replace") or f"the process ended with {code}")
    handle, above = os.pidfd_open(child), os.pidfd_open(parent)
    if os.getppid() != parent:  # its number may be another's by now
        raise RuntimeError("the warm process is gone")
    socket.send_fds(report, [json.dumps({"started": child}).encode()], [handle])
    clock = Clock()
    why = _watch(child, handle, above, limits, listeners, report, clock)
    seconds = clock.seconds()  # the child is not waited for yet, so that its own time is there
    _, status = os.waitpid(child, 0)
    _sweep(tier, folder)
    code = os.waitstatus_to_exitcode(status)
    report.send(json.dumps({"ended": code, "why": why, "seconds": seconds}).encode())


class Clock:
    """The processor time of all processes below the gate.

    Descendants are included because a student's process may let a child do the work. The time of a
    process that ends is counted by the parent that waits for it, so the sum never shrinks.
    """

    def __init__(self) -> None:
        self._sum = 0.0
        self._before = CpuUsage()

    def seconds(self) -> float:
        """The seconds that the kernel has counted for all of them until now."""
        usage = process_tree.cpu_usage(os.getpid())
        self._sum += usage.since(self._before)
        self._before = usage
        return self._sum


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
            confinement.die_with_parent()
            listener = call_filter.few_system_calls(alone=not restricted)
            socket.send_fds(gate, [b"listener"], [listener])
            os.close(listener)
            call_filter.no_more_handles(alone=not restricted)
        else:
            confinement.die_with_parent()
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


def _watch(
    child: int,
    handle: int,
    above: int,
    limits: dict[str, Any],
    listeners: list[int],
    report: socket.socket,
    clock: Clock,
) -> str | None:
    """Wait for the child's end; end it for using too much, or for being left alone.

    above : a handle of the process that the gate was forked from
    listeners : where its processes ask before they start another; none where nobody asks
    report : where the grader asks for the processor time
    """
    poll = select.poll()
    for end in (handle, above, report.fileno(), *listeners):
        poll.register(end, select.POLLIN)
    maximum = limits["held"] + limits["memory"]
    starts = Starts(child, limits["processes"])
    last_look, why = 0.0, None
    while why is None:
        ready = dict(poll.poll(LOOK_EVERY * 1000))
        if handle in ready:
            return None
        for listener in listeners:
            if ready.get(listener, 0) & select.POLLIN:
                call_filter.answer_start(listener, starts.allow)
            elif listener in ready:  # nobody is left who could ask
                poll.unregister(listener)
        if above in ready or (report.fileno() in ready and not _tell_time(report, clock)):
            why = "alone"
        elif time.monotonic() - last_look >= LOOK_EVERY:
            if process_tree.memory(os.getpid(), maximum) > maximum:
                why = "memory"
            last_look = time.monotonic()
    signal.pidfd_send_signal(handle, signal.SIGKILL)
    return why


def _tell_time(report: socket.socket, clock: Clock) -> bool:
    """Answer the grader's question for the processor time; False if there is no grader."""
    if not report.recv(16):
        return False
    report.send(json.dumps({"clock": clock.seconds()}).encode())
    return True


class Starts:
    """Allows processes and threads of a submission, up to a number at a time.

    child : its first process, which is waited for elsewhere
    most : the number
    """

    def __init__(self, child: int, most: int):
        self._child = child
        self._most = most
        self._allowed: dict[int, float] = {}  # when each thread was allowed to start another

    def allow(self, thread: int) -> bool:
        """Whether a thread may start another, when all that were allowed have come to be."""
        self._allowed.pop(thread, None)  # it asks again, so what it was allowed is there
        while self._tasks() + len(self._allowed) >= self._most:
            if not self._allowed:
                return False
            time.sleep(0.001)
            late = time.monotonic() - STARTING
            self._allowed = {one: at for one, at in self._allowed.items() if at > late}
        self._allowed[thread] = time.monotonic()
        return True

    def _tasks(self) -> int:
        """The number of processes and threads; orphans that have ended do not count."""
        for pid in process_tree.children(os.getpid()):
            if pid != self._child:
                os.waitpid(pid, os.WNOHANG)
        return sum(map(len, process_tree.below(os.getpid()).values()))


def _size() -> int:
    """Bytes of address space that this process has mapped, files and reserves included."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _sweep(tier: str, folder: str) -> None:
    """End the processes that are left and remove the folder, where no namespace has done so."""
    if tier == "isolated":
        return
    until = time.monotonic() + 5
    while time.monotonic() < until:
        for pid in process_tree.below(os.getpid()):
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
