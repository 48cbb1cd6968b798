"""Run a command and measure it: wall time, CPU time and memory of everything it starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cgroup import Group

MIB = 2**20
SAMPLE_EVERY = 0.1
# Set for builds and tests; whoever is measured decides on threads and plots itself.
OURS_ALONE = (
    "MPLBACKEND",
    "PYTHONHASHSEED",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
)


class BenchmarkError(Exception):
    """A measurement that would mean nothing: what was measured did not do its work."""


@dataclass(frozen=True)
class Measurement:
    """What a command took. Seconds, and MiB of resident memory.

    `biggest` is the highest of any single process, `main` that of the process started first: the
    trusted one, which runs no student's code. `left` counts the processes that outlived it by five
    seconds.
    """

    wall: float
    cpu: float
    biggest: float
    main: float
    left: int = 0

    def __add__(self, other: Measurement) -> Measurement:
        """One after the other."""
        return Measurement(
            self.wall + other.wall,
            self.cpu + other.cpu,
            max(self.biggest, other.biggest),
            max(self.main, other.main),
            self.left + other.left,
        )


def scale(
    measured: Measurement, ran: int, size: int, start: Measurement | None = None
) -> Measurement:
    """What `size` submissions would take, from the `ran` that were measured.

    `start` is what the command takes on no submission at all; it is paid once for any number.
    """
    wall, cpu = (start.wall, start.cpu) if start else (0.0, 0.0)
    factor = size / ran
    return Measurement(
        wall + (measured.wall - wall) * factor,
        cpu + (measured.cpu - cpu) * factor,
        measured.biggest,
        measured.main,
        measured.left,
    )


def measure(
    command: list[str | Path],
    *,
    folder: Path,
    log: Path,
    ok: tuple[int, ...] = (0,),
    kill_after: float | None = None,
) -> Measurement:
    """Run `command` in `folder`, its output going to `log`, and measure it.

    With `kill_after` its first process is killed after so many seconds, as `kill -9` does it.
    Raises `BenchmarkError` when it ends with a status not in `ok` (a signal is negative).
    """
    words = [str(word) for word in command]
    group = Group.make(f"benchmark-{os.getpid()}")
    log.parent.mkdir(parents=True, exist_ok=True)
    peaks: dict[int, float] = {}
    with open(log, "wb") as output:
        begin = time.monotonic()
        process = subprocess.Popen(
            group.enter(words) if group else words,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        done = threading.Event()
        watcher = threading.Thread(
            target=_watch, args=(process.pid, group, peaks, done, kill_after)
        )
        watcher.start()
        try:
            # wait4 gives the usage of the process and of all that was waited for below it.
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.monotonic() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:  # Ctrl-C: leave nothing behind
            process.kill()
            if group:
                group.remove()
            raise
        finally:
            done.set()
            watcher.join()
    cpu = usage.ru_utime + usage.ru_stime
    left = 0
    if group:
        # Each of the two may miss something and neither counts too much, so the larger is right.
        cpu = max(cpu, group.cpu)
        left = group.remove()
    if process.returncode not in ok:
        raise BenchmarkError(f"{' '.join(words)}: exit status {process.returncode}\n{_tail(log)}")
    biggest = max(usage.ru_maxrss / 1024, *peaks.values(), 0.0)  # ru_maxrss is in KiB
    return Measurement(wall, cpu, biggest, peaks.get(process.pid, 0.0), left)


def environment() -> dict[str, str]:
    """The environment of a measured command: a user's, with this Python's programs first."""
    env = {name: value for name, value in os.environ.items() if name not in OURS_ALONE}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', '')}"
    return env


def peak_memory(pid: int | str = "self") -> float:
    """The most resident memory that a process ever had, in MiB; 0 when it has gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / MIB
    return 0.0


def _watch(
    pid: int,
    group: Group | None,
    peaks: dict[int, float],
    done: threading.Event,
    kill_after: float | None,
) -> None:
    end = None if kill_after is None else time.monotonic() + kill_after
    while not done.wait(SAMPLE_EVERY):
        for one in group.pids | {pid} if group else {pid}:
            peaks[one] = max(peaks.get(one, 0.0), peak_memory(one))
        if end is not None and time.monotonic() >= end:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            end = None


def _tail(log: Path, lines: int = 15) -> str:
    text = log.read_text(encoding="utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])
