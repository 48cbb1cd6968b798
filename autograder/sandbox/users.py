"""Choose the user who students' code runs as where the grader runs as root."""

from __future__ import annotations

import os
from pathlib import Path

from autograder.sandbox.agent.confinement import NOBODY

FIRST = 2_000_000_000  # of the numbers that no system gives to anybody


def unused_user() -> int | None:
    """A user to whom nothing belongs and whom this process can become.

    None where it is not root, and in a user namespace that knows no such user. There root has the
    rights of the ordinary user who made the namespace, as under `unshare -r` or in a container
    without users of its own.
    """
    if os.getuid() != 0:
        return None
    for user in (FIRST + os.getpid() % 100_000, NOBODY):
        if _knows("uid_map", user) and _knows("gid_map", user):
            return user
    return None


def _knows(table: str, number: int) -> bool:
    """Whether this process's user namespace has a user or group of this number."""
    try:
        lines = Path("/proc/self", table).read_text(encoding="ascii").splitlines()
    except OSError:  # a system without namespaces
        return True
    ranges = [tuple(map(int, line.split())) for line in lines]
    return any(first <= number < first + count for first, _, count in ranges)
