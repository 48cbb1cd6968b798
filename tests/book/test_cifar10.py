"""CIFAR-10 is read from the published archive's layout, safely, or its absence is explained."""

import importlib.util
import io
import os
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest

SPEC = importlib.util.spec_from_file_location(
    "cifar10", Path(__file__).parents[2] / "book" / "cifar10.py"
)
cifar10 = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(cifar10)

NAMES = (*cifar10.TRAINING, "test_batch")


def batch(rng, count):
    """A batch as the authors pickled theirs: bytes for keys, protocol 2, pixels by channel."""
    data = rng.integers(0, 256, size=(count, 3072), dtype=np.uint8)
    labels = rng.integers(0, 10, size=count).tolist()
    return {b"batch_label": b"a batch", b"labels": labels, b"data": data, b"filenames": []}


@pytest.fixture
def batches(monkeypatch):
    """Six small batches; the environment names no folder."""
    monkeypatch.delenv(cifar10.VARIABLE, raising=False)
    rng = np.random.default_rng(0)
    return {name: batch(rng, 4) for name in NAMES}


def write_archive(folder, batches):
    with tarfile.open(folder / cifar10.ARCHIVE, "w:gz") as tar:
        for name, content in batches.items():
            data = pickle.dumps(content, protocol=2)
            info = tarfile.TarInfo(f"{cifar10.FOLDER}/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def write_folder(folder, batches):
    (folder / cifar10.FOLDER).mkdir()
    for name, content in batches.items():
        (folder / cifar10.FOLDER / name).write_bytes(pickle.dumps(content, protocol=2))


@pytest.mark.parametrize("write", [write_archive, write_folder])
def test_both_forms_give_the_same_pictures(tmp_path, batches, write):
    """Five training batches in order, channels before rows, labels as int64."""
    write(tmp_path, batches)
    training = cifar10.load_cifar10(tmp_path)
    assert training.x.shape == (20, 3, 32, 32) and training.x.dtype == np.uint8
    assert training.y.shape == (20,) and training.y.dtype == np.int64
    second = batches["data_batch_2"]
    # Red first, each channel row by row.
    assert training.x[4, 1, 2, 3] == second[b"data"][0, 1024 + 2 * 32 + 3]
    test = cifar10.load_cifar10(tmp_path, training=False)
    assert test.y.tolist() == batches["test_batch"][b"labels"]


def test_absence_is_explained(tmp_path, monkeypatch):
    """The message names the places looked at and the variable that names another."""
    monkeypatch.setenv(cifar10.VARIABLE, str(tmp_path))
    with pytest.raises(cifar10.Cifar10Missing, match="is not on this machine") as caught:
        cifar10.load_cifar10()
    for word in (str(tmp_path), cifar10.ARCHIVE, f"${cifar10.VARIABLE}"):
        assert word in str(caught.value)


def test_a_pickle_that_would_run_something_is_refused(tmp_path, batches):
    """Only what builds an array may be in a batch."""

    class Attack:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "attacked"),)

    write_folder(tmp_path, batches | {"test_batch": Attack()})
    with pytest.raises(ValueError, match="it is no CIFAR-10"):
        cifar10.load_cifar10(tmp_path, training=False)
    assert not (tmp_path / "attacked").exists()


def test_another_pickle_is_no_batch(tmp_path, batches):
    """The file and the folder are named."""
    write_folder(tmp_path, batches | {"test_batch": {b"data": []}})
    with pytest.raises(ValueError, match=r"test_batch in .* is not a batch"):
        cifar10.load_cifar10(tmp_path, training=False)
