"""Where the libraries lie that a jail leaves out, because they would do the asked work.

What a file system does not hold cannot be imported, whatever name or loader is used for it.
"""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# What notebooks import as a rule.
MODULES = ("matplotlib.pyplot", "numpy", "torch.nn.functional")


@dataclass(frozen=True)
class Libraries:
    """The libraries of a jail.

    absent : those that it does not have, by their import roots
    modules : what it imports once, before any student's process is forked from it
    """

    absent: tuple[str, ...] = ()
    modules: tuple[str, ...] = MODULES

    @property
    def with_torch(self) -> bool:
        """Whether PyTorch is imported, which takes seconds."""
        return "torch" in self.roots

    @property
    def roots(self) -> frozenset[str]:
        """The import roots of what is imported."""
        return frozenset(name.partition(".")[0] for name in self.modules)


# The folders that belong to a library, and the packages that bring its functions along.
FOLDERS = {
    "torch": ("torch", "torchgen", "functorch", "torchvision", "torchaudio", "triton", "nvidia"),
    "scipy": ("scipy", "scipy.libs", "skimage", "sklearn", "cupyx"),
}
# Where a Python keeps packages, in the folder around it. The Python that an environment is made of
# has some of its own, which are not on the path and can still be read.
PACKAGES = "lib*/python3*/*-packages"


@cache
def library_folders(names: tuple[str, ...]) -> tuple[str, ...]:
    """The folders on this machine that hold the named libraries.

    names : import roots; one that is not in `FOLDERS` has a folder of its own name
    """
    places = [*site.getsitepackages(), site.getusersitepackages(), *sys.path]
    executable = Path(sys.executable).resolve()
    around = (sys.prefix, sys.base_prefix, executable.parent.parent, "/usr", "/usr/local")
    places += [str(place) for folder in around for place in Path(folder).glob(PACKAGES)]
    folders = {
        str((Path(place) / folder).resolve())
        for place in places
        if place
        for name in names
        for folder in FOLDERS.get(name, (name,))
        if (Path(place) / folder).is_dir()
    }
    return tuple(sorted(folders))


def readable_around(
    paths: Iterable[str], hidden: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The paths to allow so that `hidden` folders stay unreadable, and the folders to list only.

    A folder that holds a hidden one is replaced by what else is in it, and may only be listed.
    """
    readable: list[str] = []
    listed: list[str] = []
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        real = os.path.realpath(path)  # a link, as lib64 is one, must not lead around
        if real in hidden or real in listed:
            continue
        if any(Path(folder).is_relative_to(real) for folder in hidden):
            listed.append(real)
            waiting += [str(child) for child in Path(real).iterdir()]
        else:
            readable.append(path)
    return tuple(readable), tuple(listed)
