"""Try what a jail is to prevent, as a student's code could, and report which attempts failed.

The system is not asked what it promises: a protection holds if the attempt to break it failed.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

MEGABYTE = 1_000_000
MOST_FILES = 100
FIOSETOWN = 0x8901
# The limits that the probes are run under, and run into.
LIMITS = {"memory": 600 * MEGABYTE, "processes": 12, "disk": 4 * MEGABYTE, "seconds": 20}


def network(mailbox: str) -> bool:
    """No listening port on this machine; whether the message comes is seen by whoever waits."""
    # A pair of sockets needs no network, but one of datagrams can send to others.
    for kind in range(1, 11):
        with suppress(OSError):
            one, _ = socket.socketpair(socket.AF_UNIX, kind)
            one.sendto(b"a message", mailbox)
    with suppress(OSError), socket.socket() as server:
        server.settimeout(0.5)
        server.bind(("127.0.0.1", 0))
        server.listen()
        return False
    return True


def files(secrets: list[str]) -> bool:
    """No file of the course can be read, and nothing outside the private folder be written."""
    for secret in secrets:
        if any(map(_can_be_read, _files_at(secret))):
            return False
    for path in ("/usr", os.path.dirname(os.__file__), "/dev/shm", "/var/tmp", "/"):
        with suppress(OSError):
            with open(os.path.join(path, ".autograder-probe"), "w"):
                pass
            os.unlink(os.path.join(path, ".autograder-probe"))
            return False
    return True


def _files_at(secret: str) -> list[str]:
    """A file itself, or some of those in a folder."""
    files = [os.path.join(place, name) for place, _, names in os.walk(secret) for name in names]
    return [secret, *files[:MOST_FILES]]


def _can_be_read(path: str) -> bool:
    with suppress(OSError), open(path):
        return True
    return False


def other_processes() -> bool:
    """Other processes can be neither signalled, also by way of a file, nor seen."""
    with suppress(OSError):
        os.kill(os.getppid() or 1_000_000, 0)
        return False
    one, other = socket.socketpair()
    owner = os.getppid() or os.getpid()  # of a file, who gets a signal when it is ready
    with one, other:
        with suppress(OSError):
            fcntl.fcntl(one, fcntl.F_SETOWN, owner)
            return False
        with suppress(OSError):
            fcntl.ioctl(one, FIOSETOWN, struct.pack("i", owner))
            return False
    with suppress(OSError):
        return not any(name.isdigit() for name in os.listdir("/proc"))
    return True


def system_calls() -> bool:
    """No new namespaces, no tracing, no keys: a filter answers instead of the kernel."""
    libc = ctypes.CDLL(None, use_errno=True)
    refused = libc.unshare(0x10000000) != 0 and libc.ptrace(0, 0, 0, 0) != 0
    return bool(refused and libc.prctl(39, 0, 0, 0, 0) == 1)  # 39 asks for no_new_privs


def user() -> bool:
    """The process is not root and cannot become it."""
    if os.getuid() == 0:
        return False
    with suppress(OSError):
        os.setuid(0)
        return False
    return True


def memory() -> bool:
    """More memory than allowed is refused."""
    try:
        return not bytearray(LIMITS["memory"] + 50 * MEGABYTE)
    except MemoryError:
        return True


def processes() -> bool:
    """More processes than allowed are refused."""
    children = []
    try:
        for _ in range(LIMITS["processes"] + 4):
            child = os.fork()
            if child == 0:
                time.sleep(5)
                os._exit(0)
            children.append(child)
    except OSError:
        return True
    finally:
        for child in children:
            with suppress(OSError):
                os.kill(child, 9)
                os.waitpid(child, 0)
    return False


def disk() -> bool:
    """More files than fit into the private folder are refused, however small each is."""
    block = bytes(MEGABYTE)
    try:
        for number in range(LIMITS["disk"] // MEGABYTE + 4):
            with open(f"filling-{number}", "wb") as file:
                file.write(block)
    except OSError:
        return True
    finally:
        for name in os.listdir("."):
            if name.startswith("filling-"):
                os.unlink(name)
    return False


def leave_something_behind() -> None:
    """A process of its own session that keeps this one's pipes open."""
    between = os.fork()
    if between == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(30)
        os._exit(0)
    os.waitpid(between, 0)


def work(targets: dict[str, Any], write_end: int) -> None:
    """Try to break each protection, and report those that held.

    targets : "secrets", paths that must not be readable, and "mailbox", the path of a socket to
        which nothing must be sent
    """
    tries: dict[str, Callable[[], bool]] = {
        "user": user,  # before new namespaces are tried, in which nobody is root
        "network": lambda: network(targets["mailbox"]),
        "files": lambda: files(targets["secrets"]),
        "other processes": other_processes,
        "system calls": system_calls,
        "memory": memory,
        "processes": processes,
        "disk": disk,
    }
    # First, while there is room for one more process; otherwise there would be nothing to be gone.
    leave_something_behind()
    protections = []
    for name, attempt in tries.items():
        with suppress(Exception):
            if attempt():
                protections.append(name)
    os.write(write_end, json.dumps(protections).encode() + b"\n")
    time.sleep(30)
