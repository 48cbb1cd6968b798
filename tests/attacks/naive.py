"""A grader as one writes it first: student, checks and reference in one process.

It shows that an attack is one: what the batch must withstand works here. Run as a program, it reads
jobs, `{name: {grade_id: source}}`, grades each in a process forked for it, and writes
`{name: points}`; a process that ended gave none.

    python -m tests.attacks.naive COURSE JOBS POINTS
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

import numpy as np

from autograder.checks.loading import load_trusted
from autograder.checks.nbgrader_hooks import check_in, isolate_in
from autograder.course.folders import Course
from autograder.sandbox.agent.shell import make_shell, run_cell

SECONDS = 5
MEMORY = 4_000_000_000


def grade(shell, trusted, cells: list[dict], sources: dict[str, str]) -> float:
    """The points of one submission; nothing is guarded."""
    points = 0.0
    for one in cells:
        name = one["metadata"].get("nbgrader", {}).get("grade_id")
        if one["cell_type"] != "code":
            continue
        if name not in trusted.cells.tests:
            run_cell(shell, sources.get(name, "".join(one["source"])), 10_000)
            continue
        isolate_in(trusted, name, shell.user_ns)
        if run_cell(shell, "".join(one["source"]), 10_000)["error"]:
            continue
        with contextlib.suppress(Exception):
            check_in(trusted, name, shell.user_ns, None, np.random.default_rng(1))
            points += trusted.cells.tests[name]
    return points


def main(root: Path, jobs: dict[str, dict[str, str]]) -> dict[str, float | None]:
    """Grade every job in a process of its own."""
    os.environ["AUTOGRADER_COURSE"] = str(root)
    assignment = Course(root).assignment("toy")
    trusted = load_trusted(assignment, built=True)
    cells = json.loads(assignment.release.read_bytes())["cells"]
    shell = make_shell()
    found: dict[str, float | None] = {}
    for name, sources in jobs.items():
        near, far = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(near)
            signal.alarm(SECONDS)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            say = os.write  # before anybody can patch it
            out = io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                points = grade(shell, trusted, cells, sources)
            say(far, str(points).encode())
            os._exit(0)
        os.close(far)
        found[name] = _wait(near, child)
    return found


def _wait(near: int, child: int) -> float | None:
    """What the child says before it ends; what it leaves behind is not waited for."""
    until = time.monotonic() + SECONDS + 1
    while time.monotonic() < until and os.waitpid(child, os.WNOHANG) == (0, 0):
        time.sleep(0.01)
    os.set_blocking(near, False)
    with contextlib.suppress(BlockingIOError, ValueError):
        return float(os.read(near, 100))
    return None


if __name__ == "__main__":
    course, given, wanted = map(Path, sys.argv[1:])
    wanted.write_text(json.dumps(main(course, json.loads(given.read_text()))))
