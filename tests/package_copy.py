"""A copy of the package's code to change, while Python runs the original."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autograder.course import keys


def copy_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the code to `folder`/package, and let keys be made of the copy; the copy's path."""
    ignored = shutil.ignore_patterns("__pycache__")
    copy = shutil.copytree(keys.PACKAGE, folder / "package", ignore=ignored)
    monkeypatch.setattr(keys, "PACKAGE", copy)
    return copy


def touch(file: Path) -> None:
    """Add a comment to a file of the copy."""
    with open(file, "a", encoding="utf-8") as code:
        code.write("# a comment more\n")
