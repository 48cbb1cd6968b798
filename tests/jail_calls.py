"""Run cells in a jail for a test."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import dedent
from typing import Any

from autograder.course.limits import Limits
from autograder.sandbox.jail import Jail
from autograder.sandbox.remote_call import RemoteCalls
from tests.processes import LONG

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
    """The JSON that a cell prints; it must not fail, and may warn (of forks, since Python 3.12)."""
    answer = run_cell(calls, source, **options)
    assert answer["error"] is None, answer
    printed = [output["text"] for output in answer["outputs"] if output.get("name") == "stdout"]
    return json.loads("".join(printed))
