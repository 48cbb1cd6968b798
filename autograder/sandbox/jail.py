"""Start the warm process in its jail, and one student's process in it after the other.

Three tiers, from the strongest to none:

    isolated      bubblewrap around the warm process; every submission in namespaces of its own
    restricted    where namespaces are refused: Landlock, seccomp, limits, an unused user
    unprotected   limits on time and memory only, for an instructor's own code

What is inside is `autograder.sandbox.agent`; here are the two ends that are held outside.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import site
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from autograder.course.errors import JailError
from autograder.course.limits import Limits
from autograder.sandbox.libraries import library_folders, readable_around
from autograder.wire.codec import Channel

TIERS = ("isolated", "restricted", "unprotected")
ROOT = Path(__file__).parents[2]  # what holds `autograder`
# All of this project that a jail holds: the agent, what both ends speak, and what Python needs
# to import them by the names that they have outside.
INSIDE = (
    "autograder/__init__.py",
    "autograder/sandbox/__init__.py",
    "autograder/sandbox/agent",
    "autograder/wire",
)
FOLDER = "/tmp"  # where an isolated submission has its private folder
FIRST_UID = 2_000_000_000  # users whom nothing belongs to
START_SECONDS = 60.0
SPAWN_SECONDS = 20.0
# What the course's notebooks import, but for demonstrations; imported once, before any fork.
MODULES = ("matplotlib.pyplot", "numpy", "torch.nn.functional")
DEVICES = ("null", "random", "urandom")  # not zero: shared memory that nobody counts
START = (
    "import sys; sys.path.insert(0, sys.argv[1]); sys.argv[1:2] = []; "
    "from autograder.sandbox.agent.warm_process import main; del sys.path[0]; "
    "import json; main(int(sys.argv[1]), json.loads(sys.argv[2]))"
)


@dataclass(frozen=True)
class ProcessEnd:
    """How a student's process ended.

    code : its exit code, negative for a signal
    why : `memory` or `alone` where its gate ended it, `lost` where nobody can say; None otherwise
    """

    code: int
    why: str | None


LOST = ProcessEnd(-signal.SIGKILL, "lost")


class SandboxedProcess:
    """One student's process: its channel, the handle to end it by, and its gate's reports.

    Raises `JailError` when its gate does not report it as started.
    """

    def __init__(self, channel: Channel, report: socket.socket):
        self.channel = channel
        self._report = report
        self._end: ProcessEnd | None = None
        self._last: dict[str, Any] = {}  # what the gate said when the process ended by itself
        try:
            _, (self._handle,) = _receive(report, ("started",), SPAWN_SECONDS)
        except JailError:
            channel.close()
            report.close()
            raise

    def cpu_seconds(self) -> float:
        """The processor time of the process and all that it started, as the kernel counts it.

        Raises `JailError` when its gate is gone.
        """
        if not self._last:
            with suppress(BrokenPipeError):  # it may have ended just now, which it has said then
                self._report.send(b"clock")
            answer, _ = _receive(self._report, ("clock", "ended"), SPAWN_SECONDS)
            if "clock" in answer:
                return float(answer["clock"])
            self._last = answer
        return float(self._last["seconds"])

    def end(self) -> ProcessEnd:
        """Kill the process and all it started; say how it had ended if it was dead already.

        Raises `JailError` when its gate is gone. A second call returns the same result.
        """
        if self._end is None:
            self._end = LOST
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            self.channel.close()
            os.close(self._handle)
            with self._report:
                if not self._last:
                    self._last, _ = _receive(self._report, ("ended",), SPAWN_SECONDS)
            self._end = ProcessEnd(self._last["ended"], self._last["why"])
        return self._end


class Jail:
    """A warm process in a tier's protections, from which students' processes are forked.

    tier : one of `TIERS`
    absent : libraries that it does not have, by their import roots
    probe : a file that must not be seen from inside; with it, processes only try the protections

    Raises `JailError` when the tier cannot be had on this machine.
    """

    def __init__(self, tier: str, absent: tuple[str, ...] = (), *, probe: str | None = None):
        self.tier = tier
        self._absent = absent
        self._probe = probe
        self._scratch: Path | None = None
        self._home = FOLDER
        self._control, far_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # Without a name, so that nothing of it is left even if this process is killed.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed in close)
        try:
            self._process = subprocess.Popen(
                self._command(far_end.fileno()),
                pass_fds=(far_end.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=self._errors,
                stderr=self._errors,
                env=_environment(),
                start_new_session=True,
            )
        except (OSError, JailError) as error:
            self._forget()
            raise JailError(f"the {tier} jail cannot be started: {error}") from None
        finally:
            far_end.close()
        try:
            _receive(self._control, ("ready",), START_SECONDS)
        except JailError as error:
            self._errors.seek(0)
            output = self._errors.read().decode(errors="replace").strip()
            self.close()
            raise JailError(f"the {tier} jail cannot be had: {error} {output}".strip()) from None

    def admit(self, limits: Limits) -> SandboxedProcess:
        """Fork a fresh process for one submission, under `limits`.

        Raises `JailError` when the jail is gone or the process cannot be confined.
        """
        ours_in, ours_out, report = self._order(limits.order())
        return SandboxedProcess(Channel(ours_in, ours_out), report)

    def admit_probe(self, limits: dict[str, int]) -> tuple[SandboxedProcess, int]:
        """Fork a process that tries the protections, and return the pipe by which it reports.

        limits : as `Limits.order` has them
        """
        ours_in, ours_out, report = self._order(limits)
        process = SandboxedProcess(Channel(ours_in, ours_out), report)
        return process, os.dup(ours_in)

    def _order(self, limits: dict[str, int]) -> tuple[int, int, socket.socket]:
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        report, far_report = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        order: dict[str, Any] = {"tier": self.tier, "limits": limits, "folder": self._home}
        if self.tier == "isolated":
            order["inner"] = [
                prefix for prefix in _prefixes() if Path(prefix).is_relative_to(FOLDER)
            ]
        elif self.tier == "restricted":
            reading, listing = _readable(self._absent)
            order |= {"reading": reading, "listing": listing, "root": os.getuid() == 0}
        try:
            ends = [theirs_in, theirs_out, far_report.fileno()]
            socket.send_fds(self._control, [json.dumps(order).encode()], ends)
        except OSError:
            os.close(ours_in)
            os.close(ours_out)
            report.close()
            raise JailError("the warm process is gone") from None
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
            far_report.close()
        return ours_in, ours_out, report

    def close(self) -> None:
        """End the warm process and everything in it."""
        if self._process.poll() is None:
            self._process.kill()  # each gate notices, and ends what it watches
            self._control.settimeout(SPAWN_SECONDS)
            with suppress(OSError):
                while self._control.recv(1 << 16):
                    pass
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._forget()

    def _forget(self) -> None:
        self._control.close()
        self._errors.close()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def _command(self, control: int) -> list[str]:
        uid = FIRST_UID + os.getpid() % 100_000 if os.getuid() == 0 else None
        if self.tier != "isolated":
            self._scratch = Path(tempfile.mkdtemp(prefix="autograder-jail-"))
            self._scratch.chmod(0o755)
            home = self._scratch / "home"
            home.mkdir()
            home.chmod(0o1777)
            self._home = str(home)
        settings = {
            "tier": self.tier,
            "uid": None if self.tier == "unprotected" else uid,
            "home": self._home,
            "fonts": "/fonts" if self.tier == "isolated" else _fonts(),
            "modules": [name for name in MODULES if name.partition(".")[0] not in self._absent],
            "absent": self._absent,
            "probe": self._probe,
        }
        python = [sys.executable, "-I", "-c", START]
        if self.tier == "isolated":
            return [
                *_bubblewrap(self._absent),
                *python,
                "/grader",
                str(control),
                json.dumps(settings),
            ]
        return [*python, str(ROOT), str(control), json.dumps(settings)]


def _receive(
    end: socket.socket, keys: Sequence[str], seconds: float
) -> tuple[dict[str, Any], list[int]]:
    """The next message of the warm process or a gate, and the handles that came with it.

    Raises `JailError` unless it comes within `seconds` and has one of these keys.
    """
    end.settimeout(seconds)
    try:
        data, handles, *_ = socket.recv_fds(end, 1 << 16, 1)
    except OSError as error:
        raise JailError(f"the warm process does not answer ({error})") from None
    message = json.loads(data) if data else {}
    if not message.keys() & set(keys):
        raise JailError(message.get("failed", "the warm process is gone").strip()[-1500:])
    return message, list(handles)


def _environment() -> dict[str, str]:
    """The environment variables of the jail, and no others."""
    one_thread = {
        f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "VECLIB")
    }
    return one_thread | {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _fonts() -> str:
    """The folder of Matplotlib's list of fonts, which takes seconds to make."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.environ.get("MPLCONFIGDIR") or os.path.join(base, "matplotlib")


@cache
def _prefixes() -> list[str]:
    """The folders of Python and its libraries: the environment, its base, and what it builds on.

    An environment that is layered over another one has the other's libraries on its path.
    """
    folders = {
        sys.prefix,
        sys.base_prefix,
        *(os.path.realpath(folder) for folder in (*site.getsitepackages(), *_layers())),
    }
    folders.add(str(Path(sys.executable).resolve().parent.parent))
    local = {folder for folder in folders if folder != "/usr" and not folder.startswith("/usr/")}
    nested = {folder for folder in local for outer in local if folder.startswith(f"{outer}/")}
    return sorted(local - nested)


def _layers() -> list[str]:
    """The folders of libraries on the path, wherever they lie; not the user's own."""
    own = site.getusersitepackages()
    return [
        folder
        for folder in sys.path
        if Path(folder).name in ("site-packages", "dist-packages") and folder != own
    ]


def not_in_a_jail(library: str) -> str:
    """What to do about a library that this process can import, and no jail can.

    library : its import root. Empty where jails have it, or nobody does.
    """
    try:
        spec = find_spec(library)
    except (ImportError, ValueError):
        spec = None
    place = spec and (spec.origin or next(iter(spec.submodule_search_locations or ()), None))
    if not place or place in ("built-in", "frozen"):
        return ""
    readable = [Path(folder) for folder in ("/usr", *_prefixes())]
    if any(Path(place).is_relative_to(folder) for folder in readable):
        return ""
    return (
        f"{library} lies in {place}, outside of the folders of Python that a jail can read. "
        f"Install it into this environment: {sys.executable} -m pip install {library}"
    )


@cache
def _readable(absent: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The files that a restricted process may read, and the folders that it may only list.

    It may read the system's programs and libraries, and Python's but for those that are absent.
    """
    devices = [f"/dev/{name}" for name in DEVICES]
    system = ["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime"]
    inside = (str(ROOT / part) for part in INSIDE)
    readable, listed = readable_around((*system, *_prefixes()), library_folders(absent))
    return (*readable, *devices, *inside), listed


def _bubblewrap(absent: tuple[str, ...]) -> list[str]:
    program = shutil.which("bwrap")
    if not program:
        raise JailError("bubblewrap is not installed")
    command = [program, "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-net"]
    command += ["--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if os.getuid() != 0:
        command += ["--unshare-user"]
    command += ["--ro-bind", "/usr", "/usr"]
    for name in ("lib", "lib64", "bin"):
        path = Path("/", name)
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            command += ["--ro-bind", str(path), str(path)]
    command += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    # Before the prefixes, one of which may lie below it.
    command += ["--perms", "1777", "--size", "100000000", "--tmpfs", FOLDER]
    for prefix in _prefixes():
        # Folders on the way are made so that an unused user can pass, as in a root's home.
        for parent in reversed(Path(prefix).parents[:-1]):
            command += ["--perms", "0755", "--dir", str(parent)]
        command += ["--ro-bind", prefix, prefix]
    for folder in library_folders(absent):
        command += ["--perms", "0555", "--size", "4096", "--tmpfs", folder, "--remount-ro", folder]
    for folder in ("/grader", "/grader/autograder", "/grader/autograder/sandbox", "/dev"):
        command += ["--perms", "0755", "--dir", folder]
    for part in INSIDE:
        command += ["--ro-bind", str(ROOT / part), f"/grader/{part}"]
    command += ["--ro-bind-try", _fonts(), "/fonts"]
    for name in DEVICES:
        command += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    return [*command, "--proc", "/proc", "--remount-ro", "/", "--chdir", FOLDER, "--"]
