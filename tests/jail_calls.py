"""Run cells in a jail for a test, and see from outside which processes are there."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from textwrap import dedent
from typing import Any

from autograder.course.limits import Limits
from autograder.sandbox.jail import Jail
from autograder.sandbox.remote_call import RemoteCalls

LONG = 300.0  # seconds that nothing here needs, however busy the machine is
LIMITS = Limits(submission_seconds=20, memory_mb=1_500, processes=24, disk_mb=4)


@contextmanager
def process_in(jail: Jail, limits: Limits = LIMITS) -> Iterator[RemoteCalls]:
    """Calls to a fresh process of the jail, which is ended afterwards."""
    calls = RemoteCalls(jail.admit(limits))
    try:
        yield calls
    finally:
        calls.end()


def run_cell(
    calls: RemoteCalls, source: str, *, seconds: float = LONG, room: int = 1_000_000
) -> dict[str, Any]:
    """What a cell shows and the error it ends with."""
    body = {"source": dedent(source), "earlier": [], "room": room}
    kind, answer = calls.ask("cell", body, time.monotonic() + seconds)
    assert kind == "ok", answer
    return answer


def json_output(calls: RemoteCalls, source: str, **options: Any) -> Any:
    """The JSON that a cell prints; it must not fail."""
    answer = run_cell(calls, source, **options)
    assert answer["error"] is None, answer
    return json.loads("".join(output["text"] for output in answer["outputs"]))


def descendants(pid: int) -> dict[int, str]:
    """All processes below this one, each with its time of birth, since numbers are used again."""
    processes = {}
    with suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split()):
                processes |= descendants(child)
                if birth := start_time(child):
                    processes[child] = birth
    return processes


def survivors(processes: dict[int, str]) -> list[int]:
    """Those of these processes that are still there."""
    return [pid for pid, birth in processes.items() if start_time(pid) == birth]


def start_time(pid: int) -> str | None:
    """When a process was started, in the kernel's ticks; None if it is gone or only a zombie."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if state in "ZX" else rest[18]


def processes_with(mark: str) -> list[int]:
    """The processes whose command line carries the mark, on the whole machine."""
    processes = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (entry / "cmdline").read_bytes():
                processes.append(int(entry.name))
    return processes
