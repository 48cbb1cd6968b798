"""`make page` builds one page in seconds, whatever else is out of date."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TABLES = ("fairness.md", "attacks.md", "figures.json")
MEASURED = ("tests.fairness", "book.promises")


@pytest.fixture
def book(tmp_path):
    """A checkout that is ready, with a grader that is newer than the tables of the book."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in (
        "requirements.lock",
        "book/pooling.md",
        "book/promises.py",
        "book/grading-safely.md",
        "benchmarks/figures.json",
        "autograder/grading/grade.py",
        ".venv/.ready",
        *(f"_build/{name}" for name in TABLES),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (1000, 1000))
    os.utime(tmp_path / "Makefile", (1000, 1000))
    os.utime(tmp_path / "pyproject.toml", (1000, 1000))
    os.utime(tmp_path / "autograder" / "grading" / "grade.py", (2000, 2000))
    return tmp_path


def commands(folder, *arguments):
    """What make would run."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    made = subprocess.run(
        ["make", "--dry-run", *arguments], cwd=folder, env=environment, capture_output=True
    )
    assert made.returncode == 0, made.stderr
    return made.stdout.decode()


def test_a_page_waits_for_no_table_because_the_grader_changed(book):
    """The whole book does wait, and both call the same program."""
    page, whole = commands(book, "page", "NAME=pooling"), commands(book, "book")
    assert "jupyter-book build" in page and "jupyter-book build" in whole
    for measured in MEASURED:
        assert measured not in page and measured in whole


def test_a_table_that_is_missing_is_made_once(book):
    """Without it the page that includes it could not be built."""
    (book / "_build" / "attacks.md").unlink()
    page = commands(book, "page", "NAME=pooling")
    assert "book.promises" in page and "tests.fairness" not in page


def test_a_page_that_is_not_there_is_named(book):
    """In a sentence, with an example."""
    made = subprocess.run(
        ["make", "--silent", "page", "NAME=poling"], cwd=book, capture_output=True, text=True
    )
    assert made.returncode != 0
    assert "There is no book/poling.md: make page NAME=pooling" in made.stdout
