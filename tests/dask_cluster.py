"""A real Dask cluster on this machine: a scheduler, and workers in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.processes import soon
from tests.toy_course import ROOT

HERE = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")


class Cluster:
    """A scheduler and the workers that were started for it."""

    def __init__(self, folder: Path):
        self.workers: list[subprocess.Popen] = []
        self._folder = folder
        self._file = folder / "scheduler.json"
        self._log = open(folder / "log", "wb")  # noqa: SIM115 (closed in end)
        self._scheduler = self._start("scheduler", *HERE, "--port", "0", f"{self._at}")
        try:
            soon(lambda: self._is_there() or self._scheduler.poll() is not None)
            assert self._is_there(), self.log()
            self.address = json.loads(self._file.read_text())["address"]
        except BaseException:
            self.end()
            raise

    def _is_there(self) -> bool:
        """Whether the scheduler has written all of where it is."""
        return self._file.is_file() and self._file.read_text().rstrip().endswith("}")

    @property
    def _at(self) -> str:
        return f"--scheduler-file={self._file}"

    def add(self, threads: int = 1) -> subprocess.Popen:
        """Start a worker; no nanny starts it again when it is killed."""
        scratch = f"--local-directory={self._folder / 'scratch'}"
        worker = self._start(
            *("worker", *HERE, self._at, scratch, "--no-nanny", f"--nthreads={threads}")
        )
        self.workers.append(worker)
        return worker

    def alive(self) -> list[subprocess.Popen]:
        """The workers that nobody has killed."""
        return [worker for worker in self.workers if worker.poll() is None]

    def registered(self) -> int:
        """How many workers the scheduler has heard of since it began."""
        return self.log().count("Register worker")

    def end_scheduler(self) -> None:
        """Kill the scheduler and nothing else."""
        self._kill(self._scheduler)

    def end(self) -> None:
        """Kill all that is left of it."""
        for process in (*self.workers, self._scheduler):
            self._kill(process)
        self._log.close()

    def log(self) -> str:
        """What scheduler and workers said."""
        return (self._folder / "log").read_text(errors="replace")

    def _start(self, *arguments: str) -> subprocess.Popen:
        # Where the project is, so that a worker can import what it is sent.
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments],
            cwd=ROOT,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )

    @staticmethod
    def _kill(process: subprocess.Popen) -> None:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()


@contextmanager
def cluster(folder: Path, workers: int = 0, threads: int = 1) -> Iterator[Cluster]:
    """A cluster that is gone afterwards, whatever happened."""
    folder.mkdir()
    made = Cluster(folder)
    try:
        for _ in range(workers):
            made.add(threads)
        yield made
    finally:
        made.end()
