"""Get the pinned parts of JupyterLite and Pyodide, and refuse any that is not what it should be."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PYODIDE = "pyodide@0.27.7"
PYODIDE_SHA256 = "89d5d952675eb08e11286e52c7238f1248ce71726e896db9703e73bef23dc343"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


class PartError(Exception):
    """A part that cannot be had, or is another than the pinned one; says which and why."""


def install_parts(target: Path) -> None:
    """Install JupyterLite into the folder `target`, apart from the environment."""
    _run([*PIP, "install", "--no-deps", "--require-hashes", "--upgrade", "--target", target])


def _run(command: list[str | Path], name: str = "parts.txt") -> None:
    done = subprocess.run(
        [*command, "-r", HERE / name], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise PartError(f"book/lite/{name}: {_reason(done.stderr)}")


def download(name: str, target: Path) -> list[Path]:
    """Download the wheels that book/lite/NAME lists into the folder `target`."""
    target.mkdir(parents=True, exist_ok=True)
    _run([*PIP, "download", "--no-deps", "--require-hashes", "--dest", target], name)
    return sorted(target.glob("*.whl"))


def download_pyodide(target: Path) -> Path:
    """Download Pyodide's core, which only npm has, into the folder `target`."""
    npm = shutil.which("npm")
    if npm is None:
        raise PartError("npm is missing, which has Pyodide's core: install Node.js")
    target.mkdir(parents=True, exist_ok=True)
    command = [npm, "pack", "--silent", "--pack-destination", str(target), PYODIDE]
    done = subprocess.run(command, cwd=target, capture_output=True, text=True, check=False)
    path = target / f"{PYODIDE.replace('@', '-')}.tgz"
    if done.returncode or not path.is_file():
        raise PartError(f"npm cannot get {PYODIDE}: {_reason(done.stderr)}")
    if hashlib.sha256(path.read_bytes()).hexdigest() != PYODIDE_SHA256:
        raise PartError(f"npm's {PYODIDE} is not the one that is pinned in book/lite/parts.py")
    return path


def _reason(output: str) -> str:
    """The last line of what a program says about why it failed."""
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no reason was given"
