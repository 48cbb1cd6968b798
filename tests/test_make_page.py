"""`make page` builds one page by the same program as `make book`; what either does again is tested
with that program."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def book(tmp_path):
    """A checkout that is ready."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in (
        *("requirements.lock", "book/pooling.md", "benchmarks/figures.json"),
        *(".venv/.ready", "_build/figures.json"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (1000, 1000))
    os.utime(tmp_path / "Makefile", (1000, 1000))
    os.utime(tmp_path / "pyproject.toml", (1000, 1000))
    return tmp_path


def commands(folder, *arguments):
    """What make would run."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    made = subprocess.run(
        ["make", "--dry-run", *arguments], cwd=folder, env=environment, capture_output=True
    )
    assert made.returncode == 0, made.stderr
    return made.stdout.decode().splitlines()


def test_a_page_and_the_book_are_built_by_one_program(book):
    """Which looks by itself at what changed."""
    assert ".venv/bin/python -m book.building page" in commands(book, "page", "NAME=pooling")
    assert commands(book, "book") == [".venv/bin/python -m book.building"]


def test_a_page_that_is_not_there_is_named(book):
    """In a sentence, with an example."""
    made = subprocess.run(
        ["make", "--silent", "page", "NAME=poling"], cwd=book, capture_output=True, text=True
    )
    assert made.returncode != 0
    assert "There is no book/poling.md: make page NAME=pooling" in made.stdout
