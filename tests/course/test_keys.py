"""A key changes exactly when something changes that the work depends on."""

import ast
import sys
from importlib.metadata import packages_distributions

import grimp
import pytest

from autograder.course.keys import (
    GRADING,
    PACKAGE,
    PAGES,
    RELEASING,
    code_key,
    digest,
    files_key,
    folder_files,
)
from autograder.feedback.publishing import LIBRARIES
from tests.package_copy import copy_package

# What a key of code must cover: all that these modules import, and what that imports, and so on.
# A feedback page is made by `feedback.page`; what `publishing` reads for it is in the key as data.
ENTRIES = {
    GRADING: ("autograder.grading.grade", "autograder.sandbox.agent", "autograder.checks"),
    RELEASING: ("autograder.authoring", "autograder.checks"),
    PAGES: ("autograder.feedback.page",),
}


@pytest.fixture(scope="module")
def imports():
    """Which module of the package imports which."""
    return grimp.build_graph("autograder", cache_dir=None)


@pytest.mark.parametrize("packages", ENTRIES, ids=["grading", "releasing", "pages"])
def test_a_key_of_code_covers_all_that_is_imported(imports, packages):
    """A package that somebody begins to import must be added to the key, or old work stays."""
    for entry in ENTRIES[packages]:
        modules = {entry} | imports.find_upstream_modules(entry, as_package=True)
        imported = {name.split(".")[1] for name in modules if "." in name}
        assert imported <= set(packages), entry


def test_a_page_depends_on_every_library_that_feedback_imports():
    """A mended sanitizer of somebody else's renews the pages as well."""
    roots = set()
    for path in (PACKAGE / "feedback").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                roots |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                roots.add(node.module.split(".")[0])
    roots -= {*sys.stdlib_module_names, "autograder", "traitlets"}  # it reads the settings
    distributions = packages_distributions()
    assert {name.lower() for root in roots for name in distributions[root]} == set(LIBRARIES)


def test_a_key_of_code_changes_with_a_module_and_a_template(tmp_path, monkeypatch):
    """And with the name of a file, but not with what Python compiles of it."""
    package = copy_package(tmp_path, monkeypatch)
    found = [code_key(["feedback"])]
    template = next(package.glob("feedback/**/*.j2"))
    for path in (package / "feedback" / "markup.py", template):
        path.write_bytes(path.read_bytes() + b"\n")
        found.append(code_key(["feedback"]))
    (package / "feedback" / "markup.py").rename(package / "feedback" / "other.py")
    found.append(code_key(["feedback"]))
    assert len(set(found)) == len(found)
    (package / "feedback" / "__pycache__").mkdir()
    (package / "feedback" / "__pycache__" / "markup.cpython-311.pyc").write_bytes(b"x")
    assert code_key(["feedback"]) == found[-1]


def test_a_key_of_files_tells_a_missing_file_from_an_empty_one(tmp_path):
    """And two files from one that holds both."""
    empty = tmp_path / "empty"
    empty.touch()
    found = {
        files_key({"a": empty}),
        files_key({"a": tmp_path / "missing"}),
        files_key({"a": empty, "b": empty}),
        files_key({"b": empty}),
        files_key({}),
    }
    assert len(found) == 5
    assert set(folder_files(tmp_path)) == {"empty"}
    assert folder_files(tmp_path / "nowhere") == {}


def test_where_a_part_ends_matters():
    """The same bytes cut elsewhere are something else."""
    assert digest([b"ab", b"c"]) != digest([b"a", b"bc"])
