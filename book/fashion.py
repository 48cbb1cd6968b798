"""Fashion-MNIST: 70,000 grey pictures of clothes, 28 × 28, ten classes, as tensors to train on.

    split, validation = fashion.load(10_000)

Where the files come from: `fashion_files`. Where they cannot be had, scikit-learn's digits stand
in, and a sentence says so.

Source: Xiao, Rasul and Vollgraf, Fashion-MNIST, 2017. MIT licence.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import digits
import numpy as np
import torch
from fashion_files import MISSING, folder
from torch import Tensor

CLASSES = (
    *("T-shirt", "trousers", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)


def source() -> str:
    """Which pictures `load` gives, for the names of stored results."""
    return "Fashion-MNIST" if folder() else "digits"


def load(count: int, validation: int = 2_000) -> tuple[digits.Split, tuple[Tensor, Tensor]]:
    """`count` training pictures and all test pictures, and as a pair those to validate on.

    Pictures are (N, 1, 28, 28), float32, with mean 0 and spread 1 over the training pictures of
    Fashion-MNIST. The order is that of the files, which is random.
    """
    place = folder()
    if place is None:
        print(MISSING)
        return _stand_in(count, validation)
    x, y = _read(place, "train")
    x_test, y_test = _read(place, "t10k")
    kept, held_back = slice(0, count), slice(len(y) - validation, len(y))
    return digits.Split(x[kept], y[kept], x_test, y_test), (x[held_back], y[held_back])


def _read(place: Path, part: str) -> tuple[Tensor, Tensor]:
    x = gzip.decompress((place / f"{part}-images-idx3-ubyte.gz").read_bytes())
    y = gzip.decompress((place / f"{part}-labels-idx1-ubyte.gz").read_bytes())
    pictures = np.frombuffer(x, np.uint8, offset=16).reshape(-1, 1, 28, 28)
    labels = np.frombuffer(y, np.uint8, offset=8)
    scaled = (torch.from_numpy(pictures.copy()).float() / 255 - 0.286) / 0.353
    return scaled, torch.from_numpy(labels.astype(np.int64))


def _stand_in(count: int, validation: int) -> tuple[digits.Split, tuple[Tensor, Tensor]]:
    whole = digits.load(seed=0)
    fill, rng = digits.enlarged(28), torch.Generator()
    x, x_test = ((fill(part, rng) - 0.286) / 0.353 for part in (whole.x_train, whole.x_test))
    validation = min(validation, 297)
    kept = min(count, len(x) - validation)
    split = digits.Split(x[:kept], whole.y_train[:kept], x_test, whole.y_test)
    return split, (x[-validation:], whole.y_train[-validation:])
