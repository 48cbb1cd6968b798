"""make says in one sentence what a machine lacks, before anything is installed."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.lock import ROOT


@pytest.fixture
def checkout(tmp_path):
    """What make reads first, in a folder of an awkward name."""
    folder = tmp_path / "Ein Kürs"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "requirements.lock").touch()
    return folder


def make(folder, *arguments, **environment):
    """make's exit code, and everything it printed."""
    done = subprocess.run(
        ["make", "--silent", "--no-print-directory", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def fake_python(folder, version):
    """A program that says it is such a Python, in a path with a blank."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)
    return f"PYTHON={path}"


@pytest.mark.parametrize("version", ["2.7", "3.8", "3.10"])
def test_a_python_that_is_too_old_is_refused(checkout, version):
    """With its version and the ones that work, and before .venv is made."""
    code, printed = make(checkout, ".venv/.ready", fake_python(checkout, version))
    assert code != 0
    assert f"is Python {version}, and the course needs one of 3.11 3.12 3.13." in printed
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_a_python_that_is_tested_is_taken_without_a_word(checkout, version):
    """These are the ones that README names."""
    assert make(checkout, "python", fake_python(checkout, version)) == (0, "")


def test_a_python_that_is_newer_is_taken_with_a_note(checkout):
    """It may work; the note says what to do if it does not."""
    code, printed = make(checkout, "python", fake_python(checkout, "3.14"))
    assert code == 0
    assert "Python 3.14 is newer than what is tested (3.11 3.12 3.13)" in printed


def test_a_missing_python_is_named(checkout):
    """And not by the shell alone."""
    code, printed = make(checkout, "python", "PYTHON=python-of-nobody")
    assert code != 0
    assert "There is no python-of-nobody." in printed


def test_an_environment_whose_python_is_gone_is_no_environment(checkout):
    """As after an upgrade of the system: the Python that make will take instead is looked at."""
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(checkout / "gone")
    code, printed = make(checkout, "python", fake_python(checkout, "3.10"))
    assert code != 0
    assert "is Python 3.10" in printed


def test_missing_programs_are_named_with_the_one_command(checkout):
    """Somebody who is not root can copy it."""
    bin_folder = checkout / "bin"
    bin_folder.mkdir()
    (bin_folder / "id").write_text("#!/bin/sh\necho 1000\n")
    (bin_folder / "id").chmod(0o755)
    path = f"{bin_folder}:{os.environ['PATH']}"
    code, printed = make(checkout, "system", "PROGRAMS=bwrap of-nobody", PATH=path)
    assert code != 0
    assert "sudo apt-get install -y --no-install-recommends bubblewrap libseccomp2" in printed


@pytest.mark.slow
def test_where_pip_fails_its_reason_is_shown(checkout):
    """Here there is no index, so that pip has nothing to build with."""
    for name in ("README.md", "LICENSE"):
        shutil.copy(ROOT / name, checkout)
    arguments = (".venv/.ready", f"PYTHON={sys.executable}", "PROGRAMS=sh")
    code, printed = make(checkout, *arguments, PIP_NO_INDEX="1")
    assert code != 0
    assert "No matching distribution found for setuptools" in printed
    assert not (checkout / ".venv" / ".ready").exists()
