"""What a jail sees of the machine's files: programs, libraries, Python, and nothing beside them.

A folder is seen because an interpreter or a library needs it. So `/usr` as a whole is not, below
which nbgrader's exchange lies by default, nor is the folder around a Python, which may be a home.
"""

from __future__ import annotations

import os
import shutil
import site
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from autograder.course.errors import JailError
from autograder.sandbox.libraries import library_folders, readable_around

ROOT = Path(__file__).parents[2]  # what holds `autograder`
# All of this project that a jail holds: the agent, what both ends speak, and what Python needs
# to import them by the names that they have outside.
INSIDE = (
    "autograder/__init__.py",
    "autograder/sandbox/__init__.py",
    "autograder/sandbox/agent",
    "autograder/wire",
)
FOLDER = "/tmp"  # where an isolated submission has its private folder
DEVICES = ("null", "random", "urandom")  # not zero: shared memory that nobody counts
# Programs and libraries of the system, time zones, and the fonts that Matplotlib has found.
SYSTEM = (
    *("/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/bin", "/usr/local/lib"),
    *("/usr/local/lib64", "/usr/share/fonts", "/usr/share/zoneinfo"),
    *("/bin", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime"),
)
PYTHON = ("bin", "lib", "lib64", "pyvenv.cfg")  # what a Python needs of the folder around it


def fonts() -> str:
    """The folder of Matplotlib's list of fonts, which takes seconds to make."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.environ.get("MPLCONFIGDIR") or os.path.join(base, "matplotlib")


@cache
def python_files() -> tuple[str, ...]:
    """Where Python and its libraries lie: of the environment, its base, and what it builds on.

    Outer folders come first. Links are among them; what lies in the system's folders is not.
    """
    executable = Path(sys.executable).resolve()
    prefixes = {sys.prefix, sys.base_prefix, str(executable.parent.parent)}
    places = {os.path.join(prefix, part) for prefix in prefixes for part in PYTHON}
    places |= {os.path.realpath(folder) for folder in (*site.getsitepackages(), *_layers())}
    there = sorted(place for place in places if os.path.exists(place))
    outer: list[str] = []
    for place in there:
        if not any(Path(place).is_relative_to(other) for other in (*SYSTEM, *outer)):
            outer.append(place)
    return tuple(outer)


def _layers() -> list[str]:
    """The folders of libraries on the path, wherever they lie; not the user's own.

    An environment that is layered over another one has the other's libraries on its path.
    """
    own = site.getusersitepackages()
    return [
        folder
        for folder in sys.path
        if Path(folder).name in ("site-packages", "dist-packages") and folder != own
    ]


def not_in_a_jail(library: str) -> str:
    """What to do about a library that this process can import, and no jail can.

    library : its import root. Empty where jails have it, or nobody does.
    """
    try:
        spec = find_spec(library)
    except (ImportError, ValueError):
        spec = None
    place = spec and (spec.origin or next(iter(spec.submodule_search_locations or ()), None))
    if not place or place in ("built-in", "frozen") or is_seen(Path(place)):
        return ""
    return (
        f"{library} lies in {place}, outside of the folders of Python that a jail can read. "
        f"Install it into this environment: {sys.executable} -m pip install {library}"
    )


def is_seen(path: Path) -> bool:
    """Whether jails see a path, because it lies among programs or libraries."""
    seen = [os.path.realpath(place) for place in (*SYSTEM, *python_files())]
    return any(Path(os.path.realpath(path)).is_relative_to(place) for place in seen)


def inner_files() -> tuple[str, ...]:
    """What Python needs below the folder that each isolated submission gets a fresh one for."""
    return tuple(place for place in python_files() if Path(place).is_relative_to(FOLDER))


@cache
def _libraries(absent: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return readable_around((*SYSTEM, *python_files()), library_folders(absent))


def readable(absent: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The files that a restricted process may read, and the folders that it may only list.

    absent : libraries that it may not read, by their import roots
    """
    seen, listed = _libraries(absent)
    devices = (f"/dev/{name}" for name in DEVICES)
    inside = (str(ROOT / part) for part in INSIDE)
    return (*seen, *devices, *inside), listed


def bubblewrap(absent: tuple[str, ...]) -> list[str]:
    """The command that starts another one in an isolated jail.

    absent : libraries that are not in it, by their import roots

    Raises `JailError` where bubblewrap is not installed.
    """
    program = shutil.which("bwrap")
    if not program:
        raise JailError("bubblewrap is not installed")
    command = [program, "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-net"]
    command += ["--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if os.getuid() != 0:
        command += ["--unshare-user"]
    for place in SYSTEM:
        command += _shown(place)
    # Before Python, which may lie below it.
    command += ["--perms", "1777", "--size", "100000000", "--tmpfs", FOLDER]
    for place in python_files():
        command += _shown(place)
    for folder in library_folders(absent):
        if is_seen(Path(folder)):
            command += [*("--perms", "0555", "--size", "4096", "--tmpfs", folder)]
            command += ["--remount-ro", folder]
    for folder in ("/grader", "/grader/autograder", "/grader/autograder/sandbox", "/dev"):
        command += ["--perms", "0755", "--dir", folder]
    for part in INSIDE:
        command += ["--ro-bind", str(ROOT / part), f"/grader/{part}"]
    command += ["--ro-bind-try", fonts(), "/fonts"]
    for name in DEVICES:
        command += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    return [*command, "--proc", "/proc", "--remount-ro", "/", "--chdir", FOLDER, "--"]


def _shown(place: str) -> Iterator[str]:
    """The options that show a file, a folder or a link in its place."""
    # Folders on the way are made so that an unused user can pass, as in a root's home.
    for parent in reversed(Path(place).parents[:-1]):
        yield from ("--perms", "0755", "--dir", str(parent))
    if os.path.islink(place) and os.path.isdir(place):
        yield from ("--symlink", os.readlink(place), place)
    elif os.path.exists(place):
        yield from ("--ro-bind", place, place)
