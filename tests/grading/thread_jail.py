"""Threads of a test's own process in place of jailed processes, which answer as an agent does."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from autograder.sandbox.agent.server import AgentServer
from autograder.wire.codec import Channel, Closed

LATE = time.monotonic() + 1_000_000  # a deadline that no run of all tests comes to


class ThreadProcess:
    """A thread with a channel to it; `serve(channel)` runs in the thread.

    SystemExit in it ends this "process" and nothing else.
    """

    def __init__(self, serve: Callable[[Channel], None]):
        read_here, write_there = os.pipe()
        read_there, write_here = os.pipe()
        self.channel: Channel | None = Channel(read_here, write_here)
        far_end = Channel(read_there, write_there)
        self._thread = threading.Thread(target=self._run, args=(serve, far_end))
        self._thread.start()

    def _run(self, serve: Callable[[Channel], None], channel: Channel) -> None:
        try:
            with suppress(Closed, SystemExit):
                serve(channel)
        finally:
            channel.close()

    def end(self) -> SimpleNamespace:
        """End the thread, if it goes on; how it ended is always a crash."""
        if self.channel is not None:
            self.channel.close()
            self._thread.join()
            self.channel = None
        return SimpleNamespace(why=None, code=1)


class CellServer(AgentServer):
    """An agent that runs cells without IPython; a cell may set `ANSWER` to what is answered."""

    def _cell(self, source: str, earlier: list[str], room: int, role: str = "own") -> Any:
        self._names.update((name, self._stand_in(name)) for name in earlier)
        exec(source, self._names)
        return self._names.get("ANSWER", {"outputs": [], "error": None, "where": None})


class ThreadJail:
    """Admits "processes" which have names of their own, and `shared` ones."""

    def __init__(self, **shared: Any):
        self.processes: list[ThreadProcess] = []
        self._shared = shared

    def admit(self, limits: Any) -> ThreadProcess:
        """Start a process; limits are not kept."""
        shell = SimpleNamespace(user_ns=dict(self._shared))
        self.processes.append(ThreadProcess(lambda channel: CellServer(channel, shell).serve()))
        return self.processes[-1]

    def close(self) -> None:
        """End all processes."""
        for process in self.processes:
            process.end()
