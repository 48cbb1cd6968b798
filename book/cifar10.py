"""Read CIFAR-10 from the archive that its authors publish, where the reader has it.

Nothing is downloaded. Put `cifar-10-python.tar.gz` (or its unpacked folder `cifar-10-batches-py`)
into `~/data`, or name its folder in the environment variable CIFAR10.

Source: Krizhevsky, Learning multiple layers of features from tiny images, 2009.
"""

from __future__ import annotations

import os
import pickle
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

ARCHIVE, FOLDER, VARIABLE = "cifar-10-python.tar.gz", "cifar-10-batches-py", "CIFAR10"
TRAINING = tuple(f"data_batch_{number}" for number in range(1, 6))
CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)


class Cifar10Missing(FileNotFoundError):
    """The archive is not where it was looked for; the message says where that was."""


@dataclass(frozen=True)
class Images:
    """Pictures `x` (N, 3, 32, 32), uint8, RGB; labels `y` (N,), int64, into CLASSES."""

    x: np.ndarray
    y: np.ndarray


def load_cifar10(folder: Path | str | None = None, *, training: bool = True) -> Images:
    """The 50,000 training pictures, or the 10,000 test pictures.

    Looks for the archive, then for the unpacked folder, in `folder`, or else in $CIFAR10, or else
    in ~/data. Raises `Cifar10Missing` where there is neither, and `ValueError` where what is there
    is no CIFAR-10.
    """
    place = Path(folder or os.environ.get(VARIABLE) or Path.home() / "data")
    batches = [_read(place, name) for name in (TRAINING if training else ("test_batch",))]
    return Images(np.concatenate([x for x, _ in batches]), np.concatenate([y for _, y in batches]))


def _read(place: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    with _open(place, name) as file:
        batch = _ArraysOnly(file, encoding="bytes").load()
    try:
        x = np.asarray(batch[b"data"], dtype=np.uint8)
        y = np.asarray(batch[b"labels"], dtype=np.int64)
        return x.reshape(len(y), 3, 32, 32), y
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{name} in {place} is not a batch of CIFAR-10: {error}") from error


@contextmanager
def _open(place: Path, name: str) -> Iterator[BinaryIO]:
    archive, unpacked = place / ARCHIVE, place / FOLDER / name
    if archive.is_file():
        with tarfile.open(archive) as tar:
            member = tar.extractfile(f"{FOLDER}/{name}")
            if member is None:
                raise ValueError(f"{archive} holds no file {FOLDER}/{name}")
            yield member
    elif unpacked.is_file():
        with open(unpacked, "rb") as file:
            yield file
    else:
        raise Cifar10Missing(
            f"CIFAR-10 is not on this machine: there is neither {archive} nor {unpacked}. Get "
            f"{ARCHIVE} from its authors' page, put it there, or name its folder in ${VARIABLE}."
        )


# What an array is built of in a pickle, by NumPy 1 and by NumPy 2.
ARRAY_PARTS = {
    ("numpy.core.multiarray", "_reconstruct"): np._core.multiarray._reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): np._core.multiarray._reconstruct,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): lambda text, encoding: text.encode(encoding),
}


class _ArraysOnly(pickle.Unpickler):
    """The batches are pickles, and a pickle may run anything: only arrays are let in."""

    def find_class(self, module: str, name: str) -> object:
        try:
            return ARRAY_PARTS[module, name]
        except KeyError:
            raise ValueError(f"the batch asks for {module}.{name}: it is no CIFAR-10") from None
