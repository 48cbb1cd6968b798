"""python -m tests.lock: write requirements.lock for every Python that the project supports.

The versions are those that are installed here. Where one of them does not run on a supported
Python, or a package is missing here (an extra, or a need of another Python), pip is asked for one
that runs on all of them.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
HEAD = """\
# Exact versions of everything that make installs, each with the Pythons it runs on; pip reads them
# as constraints (-c). Made by: make lock
"""
LINE = re.compile(r"(?P<name>[\w.-]+)==(?P<version>\S+)(  # Python (?P<pythons>\S+))?")
# PyTorch's build for CUDA needs libraries that its build for CPUs does not. It names their versions
# itself, and the lock is the same whichever of the two is installed.
CUDA = re.compile(r"torch requires (nvidia|cuda|triton)")
PATCHES = range(30)  # more than any Python has had


@dataclass(frozen=True)
class Release:
    """One version of a package: the Pythons it runs on, and what it requires."""

    name: str
    version: str
    pythons: SpecifierSet
    requires: tuple[Requirement, ...]

    def lacks(self, pythons: list[str]) -> list[str]:
        """Those of the Pythons it does not run on, each named by the first version that fails."""
        full = [[f"{python}.{patch}" for patch in PATCHES] for python in pythons]
        bad = [[one for one in patches if one not in self.pythons] for patches in full]
        return [patches[0] for patches in bad if patches]


def supported_pythons() -> list[str]:
    """The versions in pyproject.toml's classifiers, such as 3.11."""
    pattern = re.compile(r"Programming Language :: Python :: (3\.\d+)")
    return [match[1] for match in map(pattern.fullmatch, PROJECT["classifiers"]) if match]


def read_lock(path: Path = LOCK) -> dict[str, Release]:
    """The releases in a lock by package, under each package's normalized name."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    releases = [_release(**LINE.fullmatch(line).groupdict()) for line in lines]
    return {canonicalize_name(one.name): one for one in releases}


def installed() -> dict[str, Release]:
    """Everything in this environment, and the project as pyproject.toml has it now.

    A build's mark, as in 2.13.0+cpu, is left out.
    """
    requires = list(PROJECT["dependencies"])
    for extra, more in PROJECT["optional-dependencies"].items():
        requires += [f'{one}; extra == "{extra}"' for one in more]
    project = _release(PROJECT["name"], PROJECT["version"], None, requires)
    found = {canonicalize_name(PROJECT["name"]): project}
    for one in importlib.metadata.distributions():
        fields = one.metadata.json  # `fields[...]` warns since Python 3.12 where a field is missing
        release = _release(fields["name"], one.version, fields.get("requires_python"), one.requires)
        found.setdefault(
            canonicalize_name(release.name), release
        )  # the first is what Python imports
    return found


def ask_pip(requirement: str, python: str) -> Release:
    """The newest release that meets a requirement and runs on a Python."""
    with tempfile.TemporaryDirectory() as unused:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command += ["--dry-run", "--ignore-installed", "--no-deps", "--only-binary=:all:"]
        command += ["--python-version", python, "--target", unused, "--report", "-", requirement]
        answer = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if answer.returncode:
        sys.exit(f"pip has no release of {requirement} for Python {python}; its reason is above.")
    (one,) = (item["metadata"] for item in json.loads(answer.stdout)["install"])
    pythons, requires = one.get("requires_python"), one.get("requires_dist")
    return _release(one["name"], one["version"], pythons, requires)


def needs(releases: dict[str, Release], python: str) -> dict[str, SpecifierSet]:
    """All packages that the project and its extras need on a Python, and the versions allowed."""
    environment = {
        **default_environment(),
        "python_version": python,
        "python_full_version": f"{python}.0",
    }
    allowed: dict[str, SpecifierSet] = {}
    project = canonicalize_name(PROJECT["name"])
    waiting = [(project, extra) for extra in ("", *PROJECT["optional-dependencies"])]
    seen = set(waiting)
    while waiting:
        name, extra = waiting.pop()
        if name not in releases:
            continue
        for one in releases[name].requires:
            if one.marker and not one.marker.evaluate({**environment, "extra": extra}):
                continue
            if CUDA.match(f"{name} requires {one.name}"):
                continue
            need = canonicalize_name(one.name)
            allowed[need] = allowed.get(need, SpecifierSet()) & one.specifier
            for inner in ("", *one.extras):
                if (need, inner) not in seen:
                    seen.add((need, inner))
                    waiting.append((need, inner))
    allowed.pop(project, None)
    return allowed


def lock(
    releases: dict[str, Release], old: dict[str, Release], pythons: list[str]
) -> list[Release]:
    """What the project needs, in versions that run on all the Pythons.

    `releases` is what is installed, and is completed on the way. A package that is missing there
    gets the version of the old lock, if that has one.
    """
    while True:
        allowed: dict[str, SpecifierSet] = {}
        for python in pythons:
            for name, versions in needs(releases, python).items():
                allowed[name] = allowed.get(name, SpecifierSet()) & versions
        absent = [name for name in allowed if name not in releases]
        unfit = [name for name in allowed if name in releases and releases[name].lacks(pythons)]
        if not absent + unfit:
            break
        for name in absent:
            wanted = f"{name}=={old[name].version}" if name in old else f"{name}{allowed[name]}"
            releases[name] = ask_pip(wanted, f"{pythons[0]}.0")
        for name in unfit:
            lacking = releases[name].lacks(pythons)
            print(f"{name} {releases[name].version} does not run on Python {lacking[0]}.")
            releases[name] = ask_pip(f"{name}{allowed[name]}", lacking[0])
            if lacking := releases[name].lacks(pythons):
                sys.exit(f"No release of {name} runs on all Pythons: {lacking[0]} is left out.")
            print(f"  The lock has {releases[name].version}, which does.")
    for name, versions in allowed.items():
        if not versions.contains(releases[name].version, prereleases=True):
            sys.exit(f"{name} {releases[name].version} is none of the versions needed: {versions}.")
    return [releases[name] for name in sorted(allowed)]


def write_lock(releases: list[Release], path: Path = LOCK) -> None:
    """One line for each release."""
    notes = [f"  # Python {one.pythons}" if one.pythons else "" for one in releases]
    lines = [
        f"{one.name}=={one.version}{note}\n" for one, note in zip(releases, notes, strict=True)
    ]
    path.write_text(HEAD + "".join(lines))


def _release(
    name: str, version: str, pythons: str | None, requires: Iterable[str] | None = None
) -> Release:
    parsed = tuple(Requirement(one) for one in requires or ())
    return Release(name, version.partition("+")[0], SpecifierSet(pythons or ""), parsed)


def main() -> None:
    """Write the lock, or end with the sentence that says why there can be none."""
    pythons = supported_pythons()
    releases = lock(installed(), read_lock(), pythons)
    write_lock(releases)
    print(f"{LOCK.name}: {len(releases)} packages for Python {', '.join(pythons)}")


if __name__ == "__main__":
    main()
