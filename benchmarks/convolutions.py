"""The course's fast convolution in NumPy against PyTorch's: one thread, float32, ratios.

Contenders take turns, so that whatever else the machine does hits all of them. What counts is the
ratio of CPU times within one run; seconds of different days or machines do not compare.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from autograder.course.files import write_atomically
from benchmarks.machine import describe_machine
from benchmarks.measure import BenchmarkError
from book import fast_convolution
from book.roofline import Layer, Seconds, laps, least, measure_machine

PEER = "torch.nn.functional.conv2d"
OURS = "in_blocks"
CONTENDERS = ("windows_as_rows", "windows_as_columns", OURS)  # of book/fast_convolution.py


@dataclass(frozen=True)
class Case:
    """A layer, how many times as long as PyTorch we may take, and how often to measure."""

    layer: Layer
    target: float
    rounds: int


CASES = (
    Case(Layer("VGG-16, conv3_2", 1, 256, 56, 256, 3, 1, 1), 1.3, 15),
    # The layer on which the CS231n assignments time their fast layers.
    Case(Layer("(100,3,31,31) * (25,3,3,3)", 100, 3, 31, 25, 3, 2, 1), 4.0, 200),
)


def compare_convolutions(path: Path, console: Console) -> None:
    """Measure all cases, print a table, write `path`."""
    report = {"machine": _machine(path.parent), "cases": measure_all(CASES)}
    write_atomically(path, json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    show(report, console)


def measure_all(cases: tuple[Case, ...]) -> dict[str, Any]:
    """Every case by its layer's name, all on one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            return {case.layer.name: measure_case(case) for case in cases}
    finally:
        torch.set_num_threads(before)


def measure_case(case: Case) -> dict[str, Any]:
    """What each contender took, and its ratio to the peer; `BenchmarkError` if one is wrong."""
    layer = case.layer
    x, w, b = layer.arrays()
    tensors = [torch.from_numpy(array) for array in (x, w, b)]

    def peer():
        return torch.nn.functional.conv2d(*tensors, stride=layer.stride, padding=layer.pad)

    def ours(name):
        function = getattr(fast_convolution, name)
        return lambda: function(x, w, b, stride=layer.stride, pad=layer.pad)

    calls = {PEER: peer, **{name: ours(name) for name in CONTENDERS}}
    want = peer().numpy()
    for name in CONTENDERS:
        # The sums have up to thousands of terms, added up in another order.
        out = calls[name]()
        if out.shape != want.shape or not np.allclose(out, want, rtol=1e-3, atol=1e-3):
            raise BenchmarkError(f"{layer.name}: {name} does not agree with PyTorch")
    return {"target": case.target, "contenders": compare(laps(calls, case.rounds))}


def compare(taken: dict[str, list[Seconds]]) -> dict[str, dict[str, float]]:
    """Of each contender the least CPU and wall time, and how many times those of the peer.

    `ratio` divides the least CPU times, `ratio_wall` the least wall times, and `ratio_median` is
    the median of the ratios of single rounds.
    """
    best = least(taken)
    rounds = {
        name: [one.cpu / peer.cpu for one, peer in zip(runs, taken[PEER], strict=True)]
        for name, runs in taken.items()
    }
    return {
        name: {
            "cpu": one.cpu,
            "wall": one.wall,
            "ratio": one.cpu / best[PEER].cpu,
            "ratio_median": median(rounds[name]),
            "ratio_wall": one.wall / best[PEER].wall,
        }
        for name, one in best.items()
    }


def verdicts(cases: dict[str, Any]) -> list[str]:
    """What was asked for and what was measured, one sentence each."""
    said = []
    for name, case in cases.items():
        ours = case["contenders"][OURS]["ratio"]
        asked = f"at most {case['target']:g}×"
        met = "met" if ours <= case["target"] else "MISSED"
        said.append(f"{name}: {ours:.2f}× PyTorch's CPU time (asked for: {asked}; {met})")
    return said


def show(report: dict[str, Any], console: Console) -> None:
    """A table for each case, and the verdicts."""
    machine = report["machine"]
    console.print(
        f"{machine['date']}: one thread of {machine['cpu']}, {machine['peak'] / 1e9:.0f} Gflop/s, "
        f"{machine['bandwidth'] / 1e9:.0f} GB/s"
    )
    for name, case in report["cases"].items():
        table = Table(title=name, box=None, title_justify="left")
        table.add_column("")
        for column in ("CPU, ms", "wall, ms", "× CPU", "× CPU, median", "× wall"):
            table.add_column(column, justify="right")
        for contender, one in case["contenders"].items():
            ratios = (one[key] for key in ("ratio", "ratio_median", "ratio_wall"))
            table.add_row(
                contender,
                f"{1000 * one['cpu']:.2f}",
                f"{1000 * one['wall']:.2f}",
                *(f"{ratio:.2f}" for ratio in ratios),
            )
        console.print(table)
    for verdict in verdicts(report["cases"]):
        console.print(verdict, markup=False, soft_wrap=True)


def _machine(build: Path) -> dict[str, Any]:
    known = describe_machine(build / "otter-venv")
    versions = {name: known["versions"][name] for name in ("Linux", "Python", "numpy", "torch")}
    with threadpool_limits(1):
        return {**known, "versions": versions, **measure_machine()._asdict()}
