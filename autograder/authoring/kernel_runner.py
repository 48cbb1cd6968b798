"""Run a notebook's cells in a Jupyter kernel, under a time limit, and mark cells that did not run.

This is nbgrader's own Execute step with three additions: a limit on the whole run, the end of all
processes that the kernel started, and an error in every cell that did not run, because nbgrader
gives full marks to a test cell without output.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute, LimitOutput
from nbgrader.preprocessors.execute import UnresponsiveKernelError
from nbgrader.utils import is_grade, is_solution
from traitlets.config import Config

from autograder.checks.nbgrader_hooks import BUILT_VARIABLE, COURSE_VARIABLE, SEED_VARIABLE
from autograder.course.cells import describe, owner_of
from autograder.course.configuration import load_config
from autograder.course.folders import Course
from autograder.course.limits import load_limits

TIMED_OUT = "CellTimeoutError"
# What a test cell that did not run is marked with, by how the run ended.
NOT_RUN = {
    "finished": ("CellNotRun", "the cell did not run"),
    "timed_out": ("NotebookTimedOut", "the time for the whole notebook was up before this cell"),
    "crashed": ("KernelDied", "the kernel died in this cell or an earlier one"),
}

# How long the outputs of a cell may take to arrive after it ran, which is the kernel's and the
# machine's affair. nbclient waits for 4 seconds, which a busy machine exceeds.
OUTPUT_SECONDS = 120
# How many times as long as in a submission cells may run. A kernel imports each library anew, which
# takes half a minute on a slow disk; a jail has them in memory, and is held to the limits.
PATIENCE = 5


def execute(course: Course, nb: NotebookNode, *, files: Path, seed: int | None) -> None:
    """Run all cells of `nb` in place, in a fresh kernel and an empty folder holding `files`.

    Errors in cells stay in their outputs. Cells that did not run, because the kernel died or the
    time was up, get an error output that says so.
    """
    config = load_config(course)
    limits = load_limits(course)
    config.Execute.timeout = round(PATIENCE * limits.cell_seconds)
    scratch = Path(tempfile.mkdtemp(prefix="autograder-"))
    # Sockets in the file system: nobody else can connect, and no two kernels want the same port.
    config.KernelManager.transport = "ipc"
    config.KernelManager.ip = str(scratch / "kernel")
    folder = scratch / "work"
    folder.mkdir()
    try:
        if files.is_dir():
            shutil.copytree(files, folder, dirs_exist_ok=True)
        with _environment(course, seed):
            _run(config, nb, folder, PATIENCE * limits.submission_seconds)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    _keep_warnings_out_of_grades(nb)
    LimitOutput(config=config).preprocess(nb, {})


class _Execute(Execute):
    """nbgrader's Execute, but after a function hung in one test cell, its others are not run.

    Each of them would wait for the limit again, until the time of the whole notebook is up and the
    functions after it are never tested.
    """

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any], km: object = None) -> object:
        self._functions = describe(nb).functions
        self._hung: set[str] = set()
        self.answered: set[str] = set()
        return super().preprocess(nb, resources, km)

    def preprocess_cell(self, cell: NotebookNode, resources: dict[str, Any], index: int) -> object:
        if not (is_grade(cell) and cell.cell_type == "code"):
            return super().preprocess_cell(cell, resources, index)
        function = owner_of(cell.metadata.nbgrader.grade_id, self._functions)
        if function in self._hung:
            cell.outputs = [new_output("error", **self.error_on_timeout)]
            return cell, resources
        result = super().preprocess_cell(cell, resources, index)
        if any(output.get("ename") == TIMED_OUT for output in cell.outputs):
            self._hung.add(function)
        return result

    def on_cell_executed(self, **event: Any) -> None:
        # The kernel's reply is the only proof that a cell ran to its end: a kernel that exits in
        # the middle of a cell leaves it numbered, without output and without reply.
        self.answered.add(event["cell"].id)
        super().on_cell_executed(**event)


def _run(config: Config, nb: NotebookNode, folder: Path, limit: float) -> None:
    why = f"it ran longer than {config.Execute.timeout} seconds"
    step = _Execute(
        config=config,
        kernel_name="python3",
        iopub_timeout=OUTPUT_SECONDS,
        shutdown_kernel="immediate",  # to end by itself takes a kernel with PyTorch two seconds
        error_on_timeout={"ename": TIMED_OUT, "evalue": why, "traceback": [why]},
    )
    expired = threading.Event()

    def stop() -> None:
        expired.set()
        _kill(step)

    timer = threading.Timer(limit, stop)
    timer.start()
    try:
        step.preprocess(nb, {"metadata": {"path": str(folder)}})
        end = "finished"
    except (DeadKernelError, UnresponsiveKernelError):
        end = "timed_out" if expired.is_set() else "crashed"
    except CellTimeoutError:  # an interrupt at the limit can cost the kernel its last message
        end = "timed_out"
    finally:
        timer.cancel()
        _kill(step)
    _mark_cells_not_run(nb, end, step.answered)


def _kill(step: Execute) -> None:
    """End the kernel and whatever it started: it leads a process group of its own."""
    provisioner = getattr(getattr(step, "km", None), "provisioner", None)
    pgid = getattr(provisioner, "pgid", None) or getattr(provisioner, "pid", None)
    if pgid:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pgid, signal.SIGKILL)


@contextmanager
def _environment(course: Course, seed: int | None) -> Iterator[None]:
    """Set the variables for the kernel: the course's folders, the seed, one thread per library."""
    variables = {
        COURSE_VARIABLE: str(course.root),
        BUILT_VARIABLE: str(course.source),
        SEED_VARIABLE: None if seed is None else str(seed),
        "OMP_NUM_THREADS": "1",  # submissions run side by side; threads would only fight
        "MPLBACKEND": None,  # the kernel chooses its inline backend
    }
    before = {key: os.environ.get(key) for key in variables}
    _set_environment(variables)
    try:
        yield
    finally:
        _set_environment(before)


def _set_environment(values: dict[str, str | None]) -> None:
    for key, value in values.items():
        if value is None:
            os.environ.pop(key, None)
        else:
            os.environ[key] = value


def _mark_cells_not_run(nb: NotebookNode, end: str, answered: set[str]) -> None:
    ename, why = NOT_RUN[end]
    for cell in nb.cells:
        asked = end != "finished" or (is_grade(cell) and not is_solution(cell))
        ran = cell.cell_type != "code" or cell.id in answered
        if asked and not ran and not _has_error(cell):
            text = f"{ename}: {why}"
            cell.outputs.append(new_output("error", ename=ename, evalue=why, traceback=[text]))


def _has_error(cell: NotebookNode) -> bool:
    return any(output.output_type == "error" for output in cell.outputs)


def _keep_warnings_out_of_grades(nb: NotebookNode) -> None:
    # nbgrader gives 0 for anything on stderr. Show it, but as ordinary output.
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                output.name = "stdout"
