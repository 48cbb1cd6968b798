"""Find out which protections this machine gives, by trying to break them."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from autograder.course.errors import CourseError, JailError
from autograder.sandbox.agent.probes import LIMITS
from autograder.sandbox.file_view import is_seen
from autograder.sandbox.jail import TIERS, Jail, ProcessEnd

ANSWERS = "answers from outside"
NETWORK = "network"
LEFTOVERS = "nothing left behind"
# What each tier must hold to be called by its name.
NEEDED = {
    "isolated": frozenset(
        {"network", "files", "other processes", "system calls", "user", "memory", "processes"}
        | {"disk", LEFTOVERS}
    ),
    "restricted": frozenset(
        {"network", "files", "other processes", "system calls", "user", "memory", "processes"}
        | {LEFTOVERS}
    ),
    "unprotected": frozenset(),
}
PROBE_SECONDS = 15.0


@dataclass(frozen=True)
class Tier:
    """A tier as this machine gives it.

    name : one of `TIERS`
    protections : those that held when they were tried
    why_not : why it cannot be used here, in words; empty where it can
    stronger : why each stronger tier cannot be had, where this one was chosen in its place
    """

    name: str
    protections: tuple[str, ...]
    why_not: str = ""
    stronger: tuple[str, ...] = ()

    @property
    def available(self) -> bool:
        """Whether it can be used here."""
        return not self.why_not


def probe(name: str, secrets: Sequence[Path]) -> Tier:
    """Try a tier's protections.

    secrets : files, and folders of files, of which none must be readable from inside
    """
    try:
        protections = _protections(name, secrets)
    except JailError as error:
        return Tier(name, (), str(error))
    missing = ", ".join(sorted(NEEDED[name] - set(protections)))
    return Tier(name, protections, f"these did not hold: {missing}" if missing else "")


def choose(secrets: Sequence[Path], *, trusted: bool, wanted: str | None = None) -> Tier:
    """The strongest tier that holds here.

    secrets : files, and folders of files, of which none must be readable from inside
    trusted : whether the code may run without protection
    wanted : the only tier that will do; None for the strongest

    Raises `CourseError`, which says what to install or to allow, when there is none.
    """
    for path in secrets:
        if not trusted and is_seen(path):
            raise CourseError(
                f"{path} lies among programs and libraries, which students' code may read",
                "Move it to a folder of its own (an exchange is named by c.Exchange.root).",
            )
    failures: list[str] = []
    for name in TIERS if wanted is None else (wanted,):
        if name == "unprotected" and not trusted:
            break
        tier = probe(name, secrets)
        if tier.available:
            return replace(tier, stronger=tuple(failures))
        failures.append(f"{name}: {tier.why_not}")
    raise CourseError(
        f"this machine gives no protection from students' code ({'; '.join(failures)})",
        f"{how_to_get(failures)} `autograder doctor` shows what is missing. For code that you "
        "trust, add --i-trust-this-code.",
    )


def how_to_get(failures: Iterable[str]) -> str:
    """The remedy, in a sentence or two: what to install or to allow on this machine.

    failures : why tiers are not available, as `probe` says it
    """
    if not sys.platform.startswith("linux"):
        return "Grade on Linux, or in a Linux container or virtual machine."
    reasons = " ".join(failures)
    missing = [] if shutil.which("bwrap") else ["bubblewrap"]
    missing += ["libseccomp2"] if "seccomp" in reasons else []
    if missing:
        return f"Install what is missing: apt-get install {' '.join(missing)}."
    return (
        "Namespaces seem to be refused. On a machine of your own: sysctl "
        "user.max_user_namespaces=15000 and, on Ubuntu, "
        "kernel.apparmor_restrict_unprivileged_userns=0. In Docker: --security-opt "
        "seccomp=unconfined --security-opt systempaths=unconfined. In Kubernetes: "
        "hostUsers: false with procMount: Unmasked."
    )


def _protections(name: str, secrets: Sequence[Path]) -> tuple[str, ...]:
    """The protections of a tier that held when its probes tried to break them."""
    with TemporaryDirectory(prefix="autograder-probe-") as folder, _mailbox(folder) as mailbox:
        targets = {"secrets": list(map(str, secrets)), "mailbox": mailbox.getsockname()}
        jail = Jail(name, probe=targets)
        try:
            process, read_end = jail.admit_probe(LIMITS)
            try:
                line = _read_line(read_end)
                end = process.end()
                if not line.endswith(b"\n"):
                    raise JailError(f"the probes could not be run: {_cause(end)}")
                protections: list[str] = json.loads(line)
                # The pipe closes when the last process that holds its other end is gone.
                if _closes(read_end, 3.0):
                    protections.append(LEFTOVERS)
            finally:
                os.close(read_end)
        finally:
            jail.close()
        if select.select([mailbox], [], [], 0)[0]:
            protections = [name for name in protections if name != NETWORK]
    return (ANSWERS, *protections)


@contextmanager
def _mailbox(folder: str) -> Iterator[socket.socket]:
    """A socket to which every process on this machine may send."""
    os.chmod(folder, 0o711)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mailbox:
        path = os.path.join(folder, "mailbox")
        mailbox.bind(path)
        os.chmod(path, 0o777)
        yield mailbox


def _cause(end: ProcessEnd) -> str:
    """How the process of the probes ended before it had reported."""
    if end.why is not None:
        return f"they were ended for their use of {end.why}"
    if end.code == -signal.SIGKILL:
        return f"they did not report within {PROBE_SECONDS:g} seconds"
    return f"their process ended with exit code {end.code}"


def _read_line(end: int) -> bytes:
    data, until = b"", time.monotonic() + PROBE_SECONDS
    while not data.endswith(b"\n") and time.monotonic() < until:
        if select.select([end], [], [], 0.1)[0]:
            part = os.read(end, 4096)
            if not part:
                break
            data += part
    return data


def _closes(end: int, seconds: float) -> bool:
    return bool(select.select([end], [], [], seconds)[0]) and os.read(end, 1) == b""
