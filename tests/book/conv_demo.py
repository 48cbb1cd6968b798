"""What the tests of the convolution demo share: its numbers, and the layer in PyTorch."""

from __future__ import annotations

import json

import numpy as np
import torch
from playwright.sync_api import Page

from tests.book.live_figures import numbers

DEMO = "conv-demo"


def random_layer(
    rng: np.random.Generator, *, size: int, kernel: int, filters: int, depth: int
) -> dict[str, list]:
    """Input, filters and biases of a layer."""
    return {
        "x": numbers(rng, depth, size, size),
        "w": numbers(rng, filters, depth, kernel, kernel),
        "b": numbers(rng, filters),
    }


def given(layer: dict[str, list]) -> str:
    """The child of a demo that gives it numbers of its own."""
    return f'<script type="application/json">{json.dumps(layer)}</script>'


def torch_output(layer: dict[str, list], stride: int, pad: int) -> np.ndarray:
    """The layer's output as PyTorch computes it in float64."""
    x, w, b = (torch.tensor(layer[name], dtype=torch.float64) for name in "xwb")
    return torch.nn.functional.conv2d(x[None], w, b, stride=stride, padding=pad)[0].numpy()


def read(page: Page, name: str):
    """A property of the demo."""
    return page.locator(DEMO).evaluate(f"demo => demo.{name}")


def chosen(page: Page) -> tuple[int, int, int]:
    """Filter, row and column of the output value that is chosen."""
    cell = read(page, "selected")
    return cell["filter"], cell["row"], cell["column"]


def drawn_volume(page: Page, kind: str) -> np.ndarray:
    """The numbers in the tables of one kind, as a reader sees them: [tables, rows, columns]."""
    tables = page.locator(f"{DEMO} table.{kind}").evaluate_all(
        "tables => tables.map(t => [...t.rows].map(r => [...r.cells].map(c => c.textContent)))"
    )
    return np.array([[[number(text) for text in row] for row in table] for table in tables])


def number(text: str) -> float:
    """A number as the demo writes it, with a minus sign."""
    return float(text.replace("\N{MINUS SIGN}", "-"))
