"""The packages are what pyproject.toml and CONTRIBUTING.md say that they are."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = sorted((ROOT / "autograder").rglob("__init__.py"))


def floors():
    """The packages in the linter's order, top floor first."""
    with open(ROOT / "pyproject.toml", "rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    return next(one["layers"] for one in contracts if one.get("containers") == ["autograder"])


def test_every_package_has_a_floor():
    """Of the folders in autograder, none is left out of the linter's contract."""
    folders = {path.parent.name for path in PACKAGES if path.parents[2] == ROOT}
    assert folders == set(floors())


def test_contributing_shows_the_packages_in_the_order_of_the_linter():
    """Its table has a row for each, and one for what runs inside the jail."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("| package | what belongs in it |\n|---|---|\n")[2].partition("\n\n")[0]
    shown = re.findall(r"^\| `([\w/]+)` \|", table, re.MULTILINE)
    assert [name for name in shown if name != "sandbox/agent"] == floors()
    assert shown[shown.index("sandbox") + 1] == "sandbox/agent"


@pytest.mark.parametrize("path", PACKAGES, ids=lambda path: path.parent.name)
def test_a_package_says_what_belongs_in_it_and_imports_nothing_of_the_project(path):
    """A jail imports two of them, and the command line all; so none may be slow."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    imported = [
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    ]
    assert imported in ([], ["sys"])


def test_tests_lie_as_the_modules_lie():
    """What stands in a package's folder of tests bears the name of one of its modules."""
    for package in floors():
        modules = {path.stem for path in (ROOT / "autograder" / package).rglob("*.py")}
        for path in (ROOT / "tests" / package).glob("test_*.py"):
            name = path.stem.removeprefix("test_")
            assert any(name == one or name.startswith(f"{one}_") for one in modules), path
