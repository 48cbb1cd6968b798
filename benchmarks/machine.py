"""On what and with what a measurement was made."""

from __future__ import annotations

import os
import platform
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import otter

GIB = 2**30


def describe_machine(otter_venv: Path) -> dict[str, Any]:
    """Date, processor, memory and the versions that matter."""
    return {
        "date": date.today().isoformat(),
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB,
        "versions": {
            "Linux": platform.release(),
            "Python": platform.python_version(),
            **{name: version(name) for name in ("nbgrader", "torch", "numpy")},
            "otter-grader": otter.version(otter_venv),
        },
    }


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
