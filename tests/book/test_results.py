"""What takes long is computed once, and again when something that it depends on has changed."""

import shutil
import subprocess
import sys

import pytest

from tests.book import BOOK

WORK = '''\
"""Count how often it runs."""

from helper import FACTOR
from results import stored


@stored
def times(number):
    """Multiply."""
    with open("runs.txt", "a") as file:
        file.write("x")
    return {"value": number * FACTOR, "list": [1.5, (2, "three")]}
'''


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    """A book of two modules, as a reader has it who took it home, and one result of it."""
    folder = tmp_path_factory.mktemp("book")
    for name in ("modules.py", "results.py"):
        shutil.copy(BOOK / name, folder)
    (folder / "work.py").write_text(WORK)
    (folder / "helper.py").write_text("FACTOR = 7\n")
    (folder / "stranger.py").write_text("NOTHING = 0\n")
    assert ask(folder, "(times.is_stored(6), times(6)['value'])") == ("(False, 42)", 1)
    return folder


@pytest.fixture
def folder(computed, tmp_path):
    """A copy of it."""
    return shutil.copytree(computed, tmp_path / "book")


def ask(folder, expression):
    """The value of an expression in a new Python, and how often anything was computed so far."""
    code = f"from work import times; print({expression})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    runs = folder / "runs.txt"
    return done.stdout.strip(), len(runs.read_text()) if runs.exists() else 0


def test_a_result_is_computed_once_for_its_arguments(folder):
    """A second call reads it, another argument computes."""
    value = "{'value': 42, 'list': [1.5, (2, 'three')]}"
    assert ask(folder, "times(6)") == (value, 1)
    assert ask(folder, "(times.is_stored(6), times.is_stored(7))") == ("(True, False)", 1)
    assert ask(folder, "(times(7)['value'], times(7)['value'])") == ("(49, 49)", 2)
    assert {path.suffix for path in (folder / "results").iterdir()} == {".pt"}


@pytest.mark.parametrize(
    ("name", "before", "after", "runs"),
    [
        ("work.py", "number * FACTOR", "FACTOR * number", 2),
        ("helper.py", "FACTOR = 7", "FACTOR = 8", 2),
        ("results.py", "20]", "21]", 2),
        ("work.py", "Multiply", "Take the product", 1),
        ("helper.py", "FACTOR = 7", "# Why seven?\nFACTOR = (\n    7\n)", 1),
        ("stranger.py", "0", "1", 1),
    ],
    ids=["its code", "an import", "the store", "a docstring", "a comment", "another module"],
)
def test_a_result_depends_on_code_and_not_on_words(folder, name, before, after, runs):
    """Of its own module and of what that imports."""
    path = folder / name
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after, 1))
    assert ask(folder, "times(6)")[1] == runs
