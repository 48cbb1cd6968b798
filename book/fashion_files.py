"""The four files of Fashion-MNIST: where they are looked for, and how they are fetched.

`python -m fashion_files`, which `make book` calls, brings them into `_build/fashion-mnist` where
they are nowhere else: on Debian from its package, which needs no rights, elsewhere from the
authors' repository. Both are checked. Without a network a sentence says what to do.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

VARIABLE, PACKAGE = "FASHION_MNIST", "dataset-fashion-mnist"
INSTALLED = Path("/usr/share/datasets/fashion-mnist")  # by Debian's package
FETCHED = Path(__file__).resolve().parents[1] / "_build" / "fashion-mnist"
AUTHORS = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
# What each file holds when it is unpacked: Debian packs the same bytes in its own way.
FILES = {
    "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",  # noqa: E501
    "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",  # noqa: E501
    "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
MISSING = (
    "Fashion-MNIST is not on this machine and could not be fetched. In its place stand "
    "scikit-learn's digits, stretched to 28 × 28, so the sentences about clothes and the numbers "
    f"in the text do not fit. On Debian and Ubuntu, `sudo apt-get install {PACKAGE}` brings it; "
    f"elsewhere put the four .gz files of its authors into a folder, and name that in ${VARIABLE}."
)


def folder() -> Path | None:
    """Where the four files are; None where they are not on this machine."""
    named = os.environ.get(VARIABLE)
    for place in ([Path(named)] if named else []) + [INSTALLED, FETCHED]:
        if all((place / name).is_file() for name in FILES):
            return place
    return None


def fetch() -> str:
    """Bring the files into `_build/fashion-mnist` if they are nowhere, and say what came."""
    if folder():
        return f"Fashion-MNIST is in {folder()}."
    with tempfile.TemporaryDirectory() as temporary:
        for way in (_from_debian, _from_authors):
            try:
                for name, packed in way(Path(temporary)):
                    _keep(name, packed)
            except (OSError, subprocess.SubprocessError, ValueError) as error:
                failure = error
            else:
                return f"Fashion-MNIST came into {FETCHED}."
    return f"{MISSING} ({failure})"


def _keep(name: str, packed: bytes) -> None:
    found = hashlib.sha256(gzip.decompress(packed)).hexdigest()
    if found != FILES[name]:
        raise ValueError(f"{name} is not the published file: its content has SHA-256 {found}")
    FETCHED.mkdir(parents=True, exist_ok=True)
    partial = FETCHED / f"{name}.{os.getpid()}"
    partial.write_bytes(packed)
    os.replace(partial, FETCHED / name)


def _from_debian(temporary: Path) -> Iterator[tuple[str, bytes]]:
    """Out of the package, unpacked here: that needs neither root nor an installation."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise FileNotFoundError("there is no apt-get here")
    options = {"cwd": temporary, "check": True, "capture_output": True, "timeout": 120}
    try:
        subprocess.run(["apt-get", "download", PACKAGE], **options)
    except subprocess.CalledProcessError:
        if os.geteuid():
            raise
        # A fresh container has no lists of packages yet, and only root may bring them.
        subprocess.run(["apt-get", "update", "-qq"], **options)
        subprocess.run(["apt-get", "download", PACKAGE], **options)
    (package,) = temporary.glob("*.deb")
    subprocess.run(["dpkg-deb", "-x", package.name, "unpacked"], **options)
    for name in FILES:
        place = temporary / "unpacked" / INSTALLED.relative_to("/")
        yield name, (place / name).read_bytes()


def _from_authors(temporary: Path) -> Iterator[tuple[str, bytes]]:
    for name in FILES:
        with urllib.request.urlopen(AUTHORS + name, timeout=60) as answer:
            yield name, answer.read()


if __name__ == "__main__":
    print(fetch())
