"""python -m benchmarks.floor FOLDER [TAG]: the least that grading can cost, as JSON.

Every cell of every notebook below FOLDER is run in this one process, which has NumPy, torch and
matplotlib imported: no kernel, no jail, no check but the asserts that the notebook shows. What is
printed is thrown away, and what is drawn is never rendered. Cells with TAG are left out.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.measure import Measurement, measure, peak_memory


def run_cells(notebook: dict[str, Any], skip: str | None = None) -> dict[str, Any]:
    """Run a notebook's code cells, past those that raise; return the names they left.

    Cells tagged `skip` are not run.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code" or skip in cell["metadata"].get("tags", []):
            continue
        with contextlib.suppress(Exception):  # wrong answers are part of any class
            exec(compile("".join(cell["source"]), "<cell>", "exec"), namespace)
    return namespace


def run_all(notebooks: list[Path], skip: str | None = None) -> Measurement:
    """Read and run all notebooks, after the first was run once for what imports and caches cost."""
    import warnings

    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    _run(notebooks[0], skip)
    plt.close("all")
    wall, cpu = time.monotonic(), time.process_time()
    for path in notebooks:
        _run(path, skip)
        plt.close("all")
    peak = peak_memory()
    return Measurement(time.monotonic() - wall, time.process_time() - cpu, peak, peak)


def _run(path: Path, skip: str | None) -> None:
    thrown_away = io.StringIO()
    with contextlib.redirect_stdout(thrown_away), contextlib.redirect_stderr(thrown_away):
        run_cells(json.loads(path.read_bytes()), skip)


def measure_floor(submitted: Path, log: Path, skip: str | None = None) -> Measurement:
    """The same in a process of its own, for a class laid out as nbgrader does it."""
    command = [sys.executable, "-m", "benchmarks.floor", submitted.absolute()]
    measure(command + [skip] * (skip is not None), folder=Path(__file__).parents[1], log=log)
    return Measurement(**json.loads(log.read_text(encoding="utf-8")))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    # Before NumPy is imported: on arrays this small, threads only wait for each other.
    os.environ["OMP_NUM_THREADS"] = "1"
    found = sorted(Path(sys.argv[1]).glob("*/*/*.ipynb"))
    print(json.dumps(asdict(run_all(found, *sys.argv[2:]))))
