"""Every version in requirements.lock runs on every Python that the project supports."""

import re
import subprocess
import sys

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests import lock
from tests.lock import PROJECT, ROOT, Release, installed, needs, read_lock, supported_pythons

PYTHONS = ["3.11", "3.12", "3.13"]


def release(name, version, pythons="", requires=()):
    """A release as pip or the environment would describe it."""
    return Release(
        name, version, SpecifierSet(pythons), tuple(Requirement(one) for one in requires)
    )


def project(*requires):
    """The project with these requirements."""
    name = canonicalize_name(PROJECT["name"])
    return {name: release(name, "0.1.0", requires=requires)}


def test_the_supported_pythons_are_the_same_everywhere():
    """README, pyproject.toml's classifiers and its oldest Python agree."""
    assert supported_pythons() == PYTHONS
    assert "Python 3.11, 3.12 or 3.13" in (ROOT / "README.md").read_text()
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"


def test_a_pin_runs_on_all_of_them():
    """From the first patch release of the oldest to the last one of the newest."""
    lacking = {pin.name: pin.lacks(PYTHONS) for pin in read_lock().values()}
    assert {name: pythons for name, pythons in lacking.items() if pythons} == {}


def test_the_pythons_noted_in_the_lock_are_the_packages_own():
    """The notes are compared with the metadata of what is installed in the same version."""
    here = installed()
    same = [one for name, one in read_lock().items() if name in here]
    same = [one for one in same if here[canonicalize_name(one.name)].version == one.version]
    assert len(same) > 100
    for pin in same:
        assert pin.pythons == here[canonicalize_name(pin.name)].pythons, pin.name


@pytest.mark.parametrize("python", PYTHONS)
def test_nothing_that_a_python_needs_is_missing_in_the_lock(python):
    """Nor is it pinned to a version that another package rules out."""
    pins = read_lock()
    for name, versions in needs(installed(), python).items():
        assert name in pins, name
        assert versions.contains(pins[name].version, prereleases=True), name


def test_a_release_that_leaves_out_a_python_names_it():
    """The patch releases count: soupsieve 4.1.2 needs 3.11.5."""
    assert release("soupsieve", "4.1.2", ">=3.11.5").lacks(PYTHONS) == ["3.11.0"]
    assert release("old", "1", "<3.13").lacks(PYTHONS) == ["3.13.0"]
    assert release("odd", "1", "!=3.12.3,>=3.8").lacks(PYTHONS) == ["3.12.3"]
    assert release("any", "1").lacks(PYTHONS) == []


def test_an_older_release_replaces_one_that_is_too_new(monkeypatch, capsys):
    """pip is asked within what the other packages allow, for the Python that was left out."""
    asked = []

    def answer(requirement, python):
        asked.append((requirement, python))
        return release("soup", "2.10", ">=3.8")

    monkeypatch.setattr(lock, "ask_pip", answer)
    releases = project("soup>1.2") | {"soup": release("soup", "4.1.2", ">=3.11.5")}
    (pin,) = lock.lock(releases, {}, PYTHONS)
    assert asked == [("soup>1.2", "3.11.0")]
    assert pin.version == "2.10"
    assert "soup 4.1.2 does not run on Python 3.11.0." in capsys.readouterr().out


def test_a_package_that_only_another_python_needs_is_in_the_lock(monkeypatch):
    """In the old lock's version, and with what it needs itself; what nobody needs is left out."""
    shelf = {
        "overrides==7.7.0": release("overrides", "7.7.0", requires=["inner"]),
        "inner": release("inner", "3"),
    }
    monkeypatch.setattr(lock, "ask_pip", lambda requirement, python: shelf[requirement])
    releases = project('overrides; python_version < "3.12"') | {"stray": release("stray", "1")}
    old = {"overrides": release("overrides", "7.7.0"), "gone": release("gone", "1")}
    pins = lock.lock(releases, old, PYTHONS)
    assert [(one.name, one.version) for one in pins] == [("inner", "3"), ("overrides", "7.7.0")]


def test_versions_that_do_not_fit_each_other_end_the_command():
    """One sentence names the package, its version and what was allowed."""
    releases = project("soup<4") | {"soup": release("soup", "4.1.2")}
    with pytest.raises(SystemExit, match=re.escape("soup 4.1.2 is none of the versions needed")):
        lock.lock(releases, {}, PYTHONS)


def test_the_lock_is_what_was_written(tmp_path):
    """A file that pip reads as constraints: its own parser takes every line."""
    path = tmp_path / "lock"
    lock.write_lock([release("one", "1.0", ">=3.8"), release("two", "2.0")], path)
    assert read_lock(path)["one"] == release("one", "1.0", ">=3.8")
    assert read_lock(path)["two"] == release("two", "2.0")
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--no-index"]
    done = subprocess.run([*command, "-c", path, "packaging"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
