"""Keep what takes long to compute, for as long as nothing that it depends on has changed.

    @stored
    def accuracy_of(name, seed):
        ...

The first call computes; later ones read the result from `_build/results`. Its file is named after
the function, its arguments, the code of its module and of every module of the book that this
imports, and PyTorch's version. So a changed network, data set or training loop is computed again,
and a changed comment is not. Results are what `torch.load(weights_only=True)` reads: numbers,
strings, tensors, and lists, tuples and dictionaries of them. `make book` computes what is missing,
on all cores: `python -m experiments`.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from modules import BOOK, dependencies, fingerprint

ROOT = BOOK.parent
# A notebook that a reader took home keeps its results beside its modules.
FOLDER = ROOT / "_build" / "results" if (ROOT / "_config.yml").is_file() else BOOK / "results"


def stored(compute: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function whose arguments JSON can write; `.is_stored(...)` asks for its file."""

    def path(*args: Any, **kwargs: Any) -> Path:
        module = Path(sys.modules[compute.__module__].__file__).resolve()
        depends = fingerprint(dependencies(files=[module])), torch.__version__
        key = json.dumps([compute.__qualname__, *depends, args, kwargs], sort_keys=True)
        digest = hashlib.sha256(key.encode()).hexdigest()[:20]
        return FOLDER / f"{module.stem}-{compute.__name__}-{digest}.pt"

    @functools.wraps(compute)
    def result(*args: Any, **kwargs: Any) -> Any:
        file = path(*args, **kwargs)
        if not file.is_file():
            value = compute(*args, **kwargs)
            file.parent.mkdir(parents=True, exist_ok=True)
            partial = file.with_suffix(f".{os.getpid()}")
            torch.save(value, partial)
            os.replace(partial, file)
        return torch.load(file, weights_only=True)

    result.is_stored = lambda *args, **kwargs: path(*args, **kwargs).is_file()
    return result
