"""Fashion-MNIST is read where it is, checked when it is fetched, and missed in one sentence."""

import gzip
import hashlib

import fashion
import fashion_files
import numpy as np
import pytest
import torch


def idx(values):
    """An array as the files hold it: zero, zero, type, number of axes, their lengths, bytes."""
    head = bytes([0, 0, 8, values.ndim]) + b"".join(n.to_bytes(4, "big") for n in values.shape)
    return gzip.compress(head + values.tobytes())


@pytest.fixture
def files(tmp_path):
    """Four small files of the right names: 60 pictures to train, 20 to test."""
    rng, contents = np.random.default_rng(0), {}
    for part, count in [("train", 60), ("t10k", 20)]:
        pictures = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = rng.integers(0, 10, count, dtype=np.uint8)
        contents[f"{part}-images-idx3-ubyte.gz"] = pictures
        contents[f"{part}-labels-idx1-ubyte.gz"] = labels
    for name, values in contents.items():
        (tmp_path / name).write_bytes(idx(values))
    return tmp_path, contents


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """A machine that has the files neither installed nor fetched."""
    monkeypatch.delenv(fashion_files.VARIABLE, raising=False)
    monkeypatch.setattr(fashion_files, "INSTALLED", tmp_path / "installed")
    monkeypatch.setattr(fashion_files, "FETCHED", tmp_path / "fetched")
    return tmp_path


def test_the_named_folder_is_read(nowhere, monkeypatch, files):
    """Pictures and labels keep their order; the last of the training file validate."""
    place, contents = files
    monkeypatch.setenv(fashion_files.VARIABLE, str(place))
    split, (x_val, y_val) = fashion.load(40, validation=10)
    assert fashion.source() == "Fashion-MNIST"
    assert split.x_train.shape == (40, 1, 28, 28) and split.x_test.shape == (20, 1, 28, 28)
    assert x_val.shape == (10, 1, 28, 28) and split.x_train.dtype == torch.float32
    pixels = contents["train-images-idx3-ubyte.gz"]
    assert np.allclose(split.x_train[3, 0], (pixels[3] / 255 - 0.286) / 0.353, atol=1e-5)
    assert y_val.tolist() == contents["train-labels-idx1-ubyte.gz"][50:].tolist()


def test_without_the_files_digits_stand_in_and_a_sentence_says_so(nowhere, capsys):
    """Same shapes and types, other pictures, and how to get the real ones."""
    split, (x_val, y_val) = fashion.load(500)
    said = capsys.readouterr().out
    assert fashion.source() == "digits"
    assert "Fashion-MNIST is not on this machine" in said and fashion_files.PACKAGE in said
    assert split.x_train.shape == (500, 1, 28, 28) and len(x_val) == len(y_val) == 297
    assert set(split.y_test.tolist()) == set(range(10))


def test_what_is_fetched_is_checked_by_its_content(nowhere, monkeypatch):
    """The same bytes packed otherwise are taken; other bytes are not, and are not kept."""
    content = {name: name.encode() for name in fashion_files.FILES}
    sums = {name: hashlib.sha256(text).hexdigest() for name, text in content.items()}
    monkeypatch.setattr(fashion_files, "FILES", sums)

    def offer(changed=None):
        for name, text in content.items():
            yield name, gzip.compress(b"other" if name == changed else text, compresslevel=1)

    monkeypatch.setattr(fashion_files, "_from_debian", lambda folder: offer(list(content)[2]))
    monkeypatch.setattr(fashion_files, "_from_authors", lambda folder: offer(list(content)[2]))
    said = fashion_files.fetch()
    assert f"{list(content)[2]} is not the published file" in said
    assert fashion_files.folder() is None
    monkeypatch.setattr(fashion_files, "_from_authors", lambda folder: offer())
    assert "came into" in fashion_files.fetch()
    assert fashion_files.folder() == nowhere / "fetched"


def test_a_machine_without_a_network_gets_a_sentence(nowhere, monkeypatch):
    """No exception, whatever way fails."""

    def fail(folder):
        raise OSError("Name or service not known")

    monkeypatch.setattr(fashion_files, "_from_debian", fail)
    monkeypatch.setattr(fashion_files, "_from_authors", fail)
    said = fashion_files.fetch()
    assert "could not be fetched" in said and "Name or service not known" in said
