"""What `make test-gpu` prints, on a machine without a GPU and as on one with it."""

from __future__ import annotations

import subprocess
import sys
from ast import literal_eval
from pathlib import Path

import pytest
import torch

from benchmarks import gpu

ROOT = Path(__file__).parents[2]
CPU = torch.device("cpu")


def rows(text):
    """The cells of all table rows in Markdown that hold numbers."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    return [row for row in cells if len(row) > 1 and any(letter.isdigit() for letter in row[1])]


def test_each_layer_is_timed_and_its_speed_follows_from_its_time():
    """Gflop/s is the layer's multiplications and additions over the least time of a call."""
    timed = gpu.time_rows(CPU, rounds=1)
    assert [name for name, _, _ in timed] == [layer.name for layer in gpu.LAYERS]
    for layer, (_, milliseconds, speed) in zip(gpu.LAYERS, timed, strict=True):
        assert speed == pytest.approx(layer.flops / (milliseconds / 1000) / 1e9)


def test_measured_memory_stands_beside_what_was_predicted(monkeypatch):
    """A ratio where a GPU measured, a dash where nothing was."""
    monkeypatch.setattr(gpu, "memory_rows", lambda: [(8, 2.0, 2.5), (16, 4.0, None)])
    monkeypatch.setattr(gpu, "time_rows", lambda device: [("conv", 0.5, 1234.6)])
    assert rows(gpu.report(CPU)) == [
        ["8", "2.00", "2.50", "1.25"],
        ["16", "4.00", "—", "—"],
        ["conv", "0.500", "1,235"],
    ]


@pytest.mark.slow
@pytest.mark.skipif(torch.cuda.is_available(), reason="a machine with a GPU measures memory")
def test_without_a_gpu_the_solved_notebooks_run_and_memory_stays_a_prediction():
    """Both solved notebooks run with their asserts; a larger batch is predicted to take more."""
    code = "from benchmarks import gpu; print(*gpu.memory_rows(), sep='\\n')"
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={"MPLBACKEND": "Agg", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    batches, predicted, measured = zip(*map(literal_eval, done.stdout.splitlines()), strict=True)
    assert list(batches) == sorted(set(batches)) and list(predicted) == sorted(set(predicted))
    assert set(measured) == {None}
