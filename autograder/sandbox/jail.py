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
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course.errors import JailError
from autograder.course.limits import Limits
from autograder.sandbox import file_view
from autograder.sandbox.libraries import MODULES
from autograder.sandbox.users import unused_user
from autograder.wire.codec import Channel

TIERS = ("isolated", "restricted", "unprotected")
START_SECONDS = 60.0
SPAWN_SECONDS = 20.0
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
    modules : what it imports once, as far as it has that
    probe : what `agent.probes` tries to reach; with it, processes only try the protections

    Raises `JailError` when the tier cannot be had on this machine.
    """

    def __init__(
        self,
        tier: str,
        absent: tuple[str, ...] = (),
        *,
        modules: tuple[str, ...] = MODULES,
        probe: dict[str, Any] | None = None,
    ):
        self.tier = tier
        self._absent = absent
        self._modules = modules
        self._probe = probe
        self._user = None if tier == "unprotected" else unused_user()
        self._scratch: Path | None = None
        self._home = file_view.FOLDER
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
            order["inner"] = file_view.inner_files()
        elif self.tier == "restricted":
            reading, listing = file_view.readable(self._absent)
            order |= {"reading": reading, "listing": listing, "root": self._user is not None}
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
        if self.tier != "isolated":
            self._scratch = Path(tempfile.mkdtemp(prefix="autograder-jail-"))
            self._scratch.chmod(0o711)
            home = self._scratch / "home"
            home.mkdir(0o700)  # the warm process gives it to its user
            self._home = str(home)
        settings = {
            "tier": self.tier,
            "uid": self._user,
            "home": self._home,
            "fonts": "/fonts" if self.tier == "isolated" else file_view.fonts(),
            "modules": [
                name for name in self._modules if name.partition(".")[0] not in self._absent
            ],
            "absent": self._absent,
            "probe": self._probe,
        }
        python = [sys.executable, "-I", "-c", START]
        if self.tier == "isolated":
            return [
                *file_view.bubblewrap(self._absent),
                *python,
                "/grader",
                str(control),
                json.dumps(settings),
            ]
        return [*python, str(file_view.ROOT), str(control), json.dumps(settings)]


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
