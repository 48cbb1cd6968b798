"""Stand in for libraries that a jail leaves out: importing one works, and using it says why not.

The files of the library are not in the jail. This only gives students a sentence in place of a
ModuleNotFoundError, and lets an import that is never used cost nothing. tqdm, which many import out
of habit, counts without showing anything.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ContextDecorator
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from autograder.wire.errors import rules_out

# Functions that set something up or ask for a device, and compute nothing.
HARMLESS = frozenset(
    (
        *("device", "device_count", "empty_cache", "is_available", "manual_seed"),
        *("manual_seed_all", "no_grad", "set_default_device", "set_default_dtype"),
        *("set_float32_matmul_precision", "set_num_interop_threads", "set_num_threads"),
        *("set_printoptions", "synchronize", "use_deterministic_algorithms"),
    )
)
VERSION = "0.0.0"  # of a library that is left out


class RuledOut:
    """Something in a library that is left out, known by its dotted name."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, name: str) -> RuledOut:
        if name.startswith("__"):
            raise AttributeError(name)
        return RuledOut(f"{self._name}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._name.rpartition(".")[2] in HARMLESS:
            return _Nothing()
        raise RuntimeError(rules_out(self._name))

    def __instancecheck__(self, value: Any) -> bool:
        return False

    def __subclasscheck__(self, kind: Any) -> bool:
        return False

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[()]:
        return ()  # a class that is never used costs nothing

    def __or__(self, other: Any) -> Any:
        return other  # in annotations

    __ror__ = __or__


class _Nothing(ContextDecorator, int):
    """A context and a decorator without any effect; as a number it is 0, and so it is false."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        pass


class _Library(ModuleType):
    """A module whose every name is ruled out."""

    def __getattr__(self, name: str) -> RuledOut:
        if name.startswith("__"):
            raise AttributeError(name)
        return RuledOut(f"{self.__name__}.{name}")


class _Progress:
    """tqdm without a bar: what it is given, one after the other."""

    def __init__(self, iterable: Any = None, *args: Any, **kwargs: Any):
        self._iterable = iterable

    def __iter__(self) -> Iterator[Any]:
        return iter(self._iterable)

    def __len__(self) -> int:
        return len(self._iterable)

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *error: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: None


class StandIns(MetaPathFinder, Loader):
    """Finds the libraries that are left out, in whatever form they are imported.

    names : their import roots
    """

    def __init__(self, names: Sequence[str]):
        self._names = frozenset(names)
        self._tqdm = not _is_there("tqdm")

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The way to load a module of one of the libraries, None for any other."""
        root = name.partition(".")[0]
        if root in self._names or (root == "tqdm" and self._tqdm):
            return ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """An empty module, or one of which every name is ruled out."""
        known = spec.name.partition(".")[0] in self._names
        if not known:
            return ModuleType(spec.name)
        library = _Library(spec.name)
        vars(library)["__version__"] = VERSION
        return library

    def exec_module(self, module: ModuleType) -> None:
        """Fill tqdm's modules; the others have nothing to run."""
        if not isinstance(module, _Library):
            vars(module).update(
                tqdm=_Progress, trange=lambda *args, **rest: _Progress(range(*args))
            )


def install(names: Sequence[str]) -> None:
    """Have the named libraries found as stand-ins from now on, before anything on the disk.

    names : import roots; of a module of a library that is there, as in "numpy.lib.stride_tricks",
        the public functions are replaced
    """
    sys.meta_path.insert(0, StandIns(names))
    for name in names:
        if "." in name:
            _rule_out(import_module(name))


def _rule_out(module: ModuleType) -> None:
    """Replace a module's public functions wherever their library has them."""
    library = module.__name__.partition(".")[0]
    homes = [home for name, home in sys.modules.items() if name.partition(".")[0] == library]
    for name, function in list(vars(module).items()):
        if name.startswith("_") or not callable(function):
            continue
        for home in homes:
            if vars(home).get(name) is function:
                setattr(home, name, RuledOut(f"{module.__name__}.{name}"))


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False
