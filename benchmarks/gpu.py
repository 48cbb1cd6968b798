"""What the course says about GPUs, checked on one: python -m benchmarks.gpu, for make test-gpu.

The solved notebooks of `fc_to_conv` and `vgg_sizing` run on the GPU, and with them their asserts;
VGG-16 trains at growing batches, predicted against measured memory; and the layers of the
performance chapter are timed. That takes minutes. Without a GPU the same runs on the CPU, where
memory cannot be measured, and the table says so.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
from datetime import date
from pathlib import Path

import torch

from benchmarks.convolutions import CASES
from book.roofline import Layer, laps, least

GIB = 2**30
LAYERS = (Layer("AlexNet, conv1", 1, 3, 227, 96, 11, 4, 0), *(case.layer for case in CASES))
TARGET = Path(__file__).parents[1] / "_build" / "gpu.md"


def memory_rows() -> list[tuple[int, float, float | None]]:
    """Batch, predicted and measured GiB of a training step; None where nothing was measured.

    The assignments print all that they show, and fail where an assert does.
    """
    with contextlib.redirect_stdout(io.StringIO()):
        importlib.import_module("solutions.fc_to_conv.notebook")
        sizing = importlib.import_module("solutions.vgg_sizing.notebook")
    measured = [*sizing.measured, *[None] * len(sizing.batches)]
    return [
        (batch, expected / GIB, peak and peak / GIB)
        for batch, expected, peak in zip(sizing.batches, sizing.predicted, measured, strict=False)
    ]


def time_rows(device: torch.device, rounds: int = 20) -> list[tuple[str, float, float]]:
    """Of each layer its name, least wall time in ms, and Gflop/s; float32 without TF32."""
    torch.backends.cudnn.allow_tf32 = False
    rows = []
    for layer in LAYERS:
        x, w, b = (torch.from_numpy(array).to(device) for array in layer.arrays())

        def call(x=x, w=w, b=b, layer=layer):
            torch.nn.functional.conv2d(x, w, b, stride=layer.stride, padding=layer.pad)
            if device.type == "cuda":
                torch.cuda.synchronize()

        seconds = least(laps({"call": call}, rounds))["call"].wall
        rows.append((layer.name, 1000 * seconds, layer.flops / seconds / 1e9))
    return rows


def report(device: torch.device) -> str:
    """The measurements in Markdown, with where and when they were made."""
    on_gpu = device.type == "cuda"
    place = torch.cuda.get_device_name(device) if on_gpu else "a CPU, for want of a GPU"
    lines = [f"Measured on {date.today().isoformat()} on {place}, PyTorch {torch.__version__}.", ""]
    lines += ["| VGG-16, batch | predicted, GiB | measured, GiB | ratio |", "|---:|---:|---:|---:|"]
    for batch, expected, peak in memory_rows():
        result = "— | —" if peak is None else f"{peak:.2f} | {peak / expected:.2f}"
        lines.append(f"| {batch} | {expected:.2f} | {result} |")
    lines += ["", "| layer | ms | Gflop/s |", "|---|---:|---:|"]
    lines += [f"| {name} | {ms:.3f} | {speed:,.0f} |" for name, ms, speed in time_rows(device)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    os.environ.setdefault("MPLBACKEND", "Agg")
    text = report(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    print(text)
