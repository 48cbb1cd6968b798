"""As root, run test files again as a user without rights: python -m tests.unprivileged FILE...

Root may read, signal and count what others may not, so a test that passes as root may fail for
everybody else. The user is one whom the machine does not know. He has a copy of this checkout, at
the checkout's own path, because the environment names that path. Where others cannot reach the
checkout or Python, as in a root's home, they are shown to him there without the rest of that
home. All this is in a mount namespace, which goes away with the tests.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# What the tests write, and what is not the project's.
LEFT_OUT = {".git", ".venv", "_build", "grading", ".pytest_cache", ".ruff_cache"}
USER = "unprivileged"
PYTEST = (sys.executable, "-m", "pytest", "-n", "3", "--dist", "loadfile")


def unused_id() -> int:
    """A number of a user and a group whom the machine does not know."""
    known = {one.pw_uid for one in pwd.getpwall()} | {one.gr_gid for one in grp.getgrall()}
    return next(number for number in range(61_184, 65_000) if number not in known)


def closed_folder(path: Path) -> Path | None:
    """The outermost folder on the way to a path that others may not enter."""
    for folder in reversed([path, *path.parents]):
        if not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None


def copy_checkout(target: Path, user: int) -> None:
    """The project's files, as if the user had cloned them."""

    def left_out(folder: str, names: list[str]) -> set[str]:
        top = LEFT_OUT if Path(folder) == ROOT else set()
        return {name for name in names if name in top or name == "__pycache__"}

    shutil.copytree(ROOT, target, ignore=left_out, symlinks=True)
    subprocess.run(["chown", "-R", f"{user}:{user}", target], check=True)


def mount(*arguments: str | Path) -> None:
    """The program of that name; it says why when it cannot."""
    subprocess.run(["mount", *arguments], check=True)


def show(place: Path) -> None:
    """Put the copy, Python and the environment where the user can reach them."""
    sources = {ROOT: place / "checkout"}
    for number, path in enumerate(dict.fromkeys(map(Path, (sys.base_prefix, sys.prefix)))):
        if closed_folder(path) or path.is_relative_to(ROOT):
            sources[path] = place / f"python{number}"
            sources[path].mkdir()
            mount("--rbind", path, sources[path])
    # One after the other: what is covered now is open when the next is looked at.
    for path in sources:
        if folder := closed_folder(path):
            mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", folder)
            for one in sources:
                if one.is_relative_to(folder):
                    one.mkdir(parents=True, exist_ok=True)
    for path, source in sources.items():
        path.mkdir(parents=True, exist_ok=True)
        mount("--rbind", source, path)
    mount("--bind", place / "passwd", "/etc/passwd")


def run_as_user(place: Path, user: int, tests: list[str]) -> int:
    """pytest's exit code; called in a mount namespace."""
    show(place)
    home = place / "home"
    os.environ.update(HOME=str(home), USER=USER, LOGNAME=USER)
    rights = {"user": user, "group": user, "extra_groups": [], "cwd": ROOT}
    first = subprocess.run([sys.executable, "-c", "import pytest, autograder"], **rights)
    if first.returncode:
        print(f"A user without rights cannot use {sys.executable}; its reason is above.")
        return first.returncode
    return subprocess.run([*PYTEST, *tests], **rights).returncode


def main(arguments: list[str]) -> int:
    """Prepare a place for the user, and start this program again in a mount namespace."""
    if arguments[:1] == ["--inside"]:
        return run_as_user(Path(arguments[1]), int(arguments[2]), arguments[3:])
    if not arguments:
        sys.exit(__doc__)
    if os.getuid() != 0:
        sys.exit(f"You are no root, so pytest alone does it: {' '.join(PYTEST[1:])} …")
    user = unused_id()
    with tempfile.TemporaryDirectory(prefix="unprivileged-", dir="/tmp") as name:
        place = Path(name)
        place.chmod(0o755)
        copy_checkout(place / "checkout", user)
        (place / "home").mkdir()
        os.chown(place / "home", user, user)
        known = Path("/etc/passwd").read_text()
        line = f"{USER}:x:{user}:{user}::{place / 'home'}:/bin/sh\n"
        (place / "passwd").write_text(f"{known.rstrip()}\n{line}")
        alone = ["unshare", "--mount", "--propagation", "private"]
        again = [sys.executable, "-m", "tests.unprivileged", "--inside", name, str(user)]
        return subprocess.run([*alone, *again, *arguments], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
