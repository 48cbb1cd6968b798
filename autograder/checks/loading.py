"""The trusted side of an assignment: its reference implementation and its checks.

The reference is the solved notebook itself. Only its given and solution cells are run, so that
loading it neither draws figures nor checks anything.
"""

from __future__ import annotations

import ast
import json
import linecache
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, chdir, contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from autograder.checks.forbidden import (
    NOTHING,
    Bindings,
    Routes,
    bindings_after,
    defines,
    look_for_forbidden,
)
from autograder.checks.memoize import MemoizedModule
from autograder.checks.scopes import parse
from autograder.course.cells import Cells, describe, grade_id, is_definition, source_text
from autograder.course.configuration import load_config
from autograder.course.errors import (
    CheckFailed,
    CourseError,
    ForbiddenRoute,
    GraderFault,
    LimitHit,
    SourceError,
    StudentError,
)
from autograder.course.folders import CONFIG, Assignment
from autograder.course.former_names import require_current_names
from autograder.sandbox.libraries import Libraries


@dataclass(frozen=True)
class Trusted:
    """The trusted side of one assignment.

    cells : what its cells are
    reference : the module that holds the solved notebook's functions
    checks : the module of `checks.py`, with a function for each test cell
    """

    assignment: Assignment
    cells: Cells
    reference: ModuleType
    checks: ModuleType

    @property
    def routes(self) -> dict[str, Routes]:
        """What does each function's work in a student's place, by ROUTES of `checks.py`; "*" stands
        for the functions that are not named there.
        """
        return getattr(self.checks, "ROUTES", {})

    def look(self, function: str, source: str, routes: Routes, others: Iterable[str] = ()) -> None:
        """Raise `ForbiddenRoute` when a solution cell's code takes a way that is ruled out.

        function : what the cell is to define
        source : its code
        routes : what the function must not use, see `routes_of`
        others : the code of the student's cells that run before it; what one of them binds by a way
            that this function's cell must not take is ruled out as well
        """
        bound = NOTHING
        for text in others:
            bound = bindings_after(routes, text, bound)
        # Functions asked for earlier are the reference's by then.
        tainted = bound.tainted - set(self.cells.earlier(function))
        if function in tainted and not defines(source, function):
            raise ForbiddenRoute(
                f"another cell defines {function} in a way which this assignment rules out"
            )
        look_for_forbidden(routes, source, Bindings(bound.helpers, tainted))

    def answered(self, function: str) -> tuple[str, ...]:
        """The earlier functions that the reference answers for while this one is asked.

        It does not answer for those that this one must not use, whatever name leads to them.
        """
        names = self.routes_of(function).names
        return tuple(name for name in self.cells.earlier(function) if name not in names)

    def routes_of(self, function: str) -> Routes:
        """What a function must not use; nothing where `checks.py` does not say."""
        return self.routes.get(function, self.routes.get("*", Routes()))

    @cached_property
    def libraries(self) -> Libraries:
        """The libraries of a jail for this assignment."""
        return libraries_of(self.assignment)

    @cached_property
    def memoized_reference(self) -> MemoizedModule:
        """The reference, as a batch asks it: the same questions for every submission."""
        return MemoizedModule(self.reference, self.cells.functions, self.beside_files)

    def beside_files(self) -> AbstractContextManager[None]:
        """A context in the folder of the files that ship with the notebook, which may read them."""
        return _beside_files(self.assignment)

    def run(self, test: str, student: Any, rng: np.random.Generator, reference: Any = None) -> None:
        """Run one test cell's trusted check; return nothing when the work is right.

        Raises `CheckFailed` when the student is wrong, and `GraderFault`, naming the file and the
        line, when the check itself broke. `ForbiddenRoute` and `LimitHit` pass through.

        test : the test cell's grade_id
        student : answers for the student's functions, as `LocalStudent` does
        rng : what hidden inputs are drawn from
        reference : answers for the reference, if not the module itself
        """
        try:
            getattr(self.checks, test)(student, reference or self.reference, rng)
        except (CheckFailed, ForbiddenRoute, GraderFault, LimitHit):
            raise
        except StudentError as error:
            # A call outside any `checking(...)`: still the student's failure, without a hint.
            raise CheckFailed(f"your function raised {error.kind}") from None
        except Exception as error:
            line = self._line_of(error)
            why = f"{error}" or "without a message"  # such as StopIteration
            raise GraderFault(
                f"{self.assignment.checks_source}, line {line}: {test} failed by itself: "
                f"{type(error).__name__}: {why}"
            ) from error

    def _line_of(self, error: BaseException) -> int:
        """The innermost line of `checks.py` that led to an error; what it called is ours."""
        path = str(self.assignment.checks_source)
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == path]
        return (lines or [None])[-1] or 0


def libraries_of(assignment: Assignment) -> Libraries:
    """The libraries of a jail for a built assignment.

    It imports what the notebook's cells do, and what `c.Autograder.imports` names: a library that
    takes long to import, and that students may use besides. Raises `CourseError` where that is no
    list of names, and `SourceError` where ROUTES is not written out.
    """
    config = load_config(assignment.course)
    more = config.get("Autograder", {}).get("imports", ())
    if not isinstance(more, list | tuple) or not all(isinstance(name, str) for name in more):
        raise CourseError(
            f"{assignment.course.root / CONFIG}: c.Autograder.imports is {more!r}",
            'Write a list of names, such as ["pandas"].',
        )
    absent = _absent_libraries(assignment)
    modules = {"matplotlib.pyplot", "numpy", *more, *_imported_modules(assignment)}
    return Libraries(absent, tuple(sorted(modules)))


def imported_roots(assignment: Assignment) -> frozenset[str]:
    """The import roots of the given and solution cells of a built assignment."""
    return frozenset(name.partition(".")[0] for name in _imported_modules(assignment))


def _absent_libraries(assignment: Assignment) -> tuple[str, ...]:
    """The libraries that no function of an assignment may use and that it does not import itself.

    NumPy's `lib.stride_tricks` is one of them where that name is ruled out.

    They are read off ROUTES of `checks.py`. The file is not run for it, which may take seconds: a
    jail is started at the same time. Raises `SourceError` where ROUTES is not written out.
    """
    path = assignment.checks_source
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return ()  # whoever runs the file says what is wrong with it
    for node in tree.body:
        if isinstance(node, ast.Assign) and "ROUTES" in map(ast.unparse, node.targets):
            try:
                libraries = _common_libraries(node.value)
                return tuple(sorted(libraries - imported_roots(assignment)))
            except ValueError:
                raise SourceError(
                    f"{path}, line {node.lineno}: the libraries in ROUTES cannot be read",
                    'Write them out: ROUTES = {"*": Routes(libraries=("torch", "scipy"))}.',
                ) from None
    return ()


def _imported_modules(assignment: Assignment) -> set[str]:
    """The modules that the given and solution cells of a built assignment import."""
    nb = json.loads(assignment.source.read_text(encoding="utf-8"))
    modules: set[str] = set()
    for cell in filter(is_definition, nb["cells"]):
        for node in ast.walk(parse(source_text(cell)) or ast.Module([], [])):
            if isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module)
    return modules


def _common_libraries(routes: ast.expr) -> set[str]:
    """What all entries of ROUTES rule out; nothing without an entry for every function."""
    if not isinstance(routes, ast.Dict) or not all(routes.keys):
        raise ValueError
    keys = [ast.literal_eval(key) for key in routes.keys if key]
    libraries: list[set[str]] = []
    for call in routes.values:
        if not isinstance(call, ast.Call):
            raise ValueError
        words = {word.arg: word.value for word in call.keywords}
        names = ast.literal_eval(words["names"]) if "names" in words else ()
        modules = {"numpy.lib.stride_tricks"} if "stride_tricks" in names else set()
        named = ast.literal_eval(words["libraries"]) if "libraries" in words else ()
        libraries.append({*named, *modules})
    return set.intersection(*libraries) if "*" in keys else set()


def load_trusted(assignment: Assignment, *, built: bool = False) -> Trusted:
    """Load the reference and the checks of an assignment, once per change of its files.

    The reference comes from `notebook.py`, or with `built` from the notebook that was built of it,
    which is read ten times as fast.

    Raises `SourceError` when the notebook or `checks.py` cannot be run, or when a test cell has no
    check or a check no test cell.
    """
    notebook = (assignment.source,) if built else assignment.notebook_files
    stamps = tuple(
        path.stat().st_mtime_ns if path.is_file() else 0
        for path in (*notebook, assignment.checks_source)
    )
    return _load(assignment, built, stamps)


@lru_cache(maxsize=16)
def _load(assignment: Assignment, built: bool, stamps: tuple[int, ...]) -> Trusted:
    if built:
        nb = json.loads(assignment.source.read_text(encoding="utf-8"))
    else:
        from autograder.course.notebook_source import read_source  # heavy: jupytext and nbformat

        nb = read_source(assignment)
    cells = describe(nb)
    trusted = Trusted(assignment, cells, _run_reference(assignment, nb), _run_checks(assignment))
    known = {name for name in vars(trusted.checks) if name.startswith("test_")}
    stray = sorted(known - set(cells.tests))
    if missing := [test for test in cells.tests if test not in known]:
        others = f"; {', '.join(stray)} belongs to no test cell" if stray else ""
        raise SourceError(
            f"{assignment.checks_source} has no check for {', '.join(missing)}{others}",
            "Write a function of that name taking (student, reference, rng).",
        )
    if stray:
        raise SourceError(
            f"{assignment.checks_source} has {', '.join(stray)}, but no test cell of that name",
            "Rename the function, or give the notebook the cell.",
        )
    return trusted


def _run_reference(assignment: Assignment, nb: dict[str, Any]) -> ModuleType:
    module = _module(f"reference_{assignment.name}")
    for cell in nb["cells"]:
        if not is_definition(cell):
            continue
        source = source_text(cell)
        # The functions are looked into (their source, their line numbers), so keep the text.
        filename = f"<{assignment.name}:{grade_id(cell)}>"
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        try:
            with _beside_files(assignment):
                exec(compile(source, filename, "exec"), vars(module))
        except Exception as error:
            raise SourceError(
                f"{assignment.notebook_source}, cell {grade_id(cell)!r}: it does not run: "
                f"{type(error).__name__}: {error}",
                f"What it reads belongs into {assignment.extra_files}, opened by its name alone."
                if isinstance(error, FileNotFoundError)
                else "Mend it: the reference is made of the given and the solution cells alone.",
            ) from error
    return module


def _run_checks(assignment: Assignment) -> ModuleType:
    path = assignment.checks_source
    require_current_names(path)
    module = _module(f"checks_{assignment.name}")
    module.__file__ = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read: {error.strerror}",
            "Write it, with a function for each test cell.",
        ) from error
    try:
        exec(compile(text, str(path), "exec"), vars(module))
    except Exception as error:
        line = (
            getattr(error, "lineno", None) or traceback.extract_tb(error.__traceback__)[-1].lineno
        )
        what = error.msg if isinstance(error, SyntaxError) else error
        raise SourceError(
            f"{path}, line {line}: {type(error).__name__}: {what}", "Mend checks.py."
        ) from error
    return module


@contextmanager
def _beside_files(assignment: Assignment) -> Iterator[None]:
    """As in the folder of a student's notebook: its files can be opened, and its modules imported.

    Another assignment may ship a module of the same name, so none is left behind.
    """
    folder = assignment.extra_files
    if not folder.is_dir():
        yield
        return
    sys.path.insert(0, str(folder))
    try:
        with chdir(folder):
            yield
    finally:
        sys.path.remove(str(folder))
        for name, module in list(sys.modules.items()):
            if Path(getattr(module, "__file__", None) or "/").is_relative_to(folder):
                del sys.modules[name]


def _module(name: str) -> ModuleType:
    # Dataclasses look their module up in sys.modules while they are being defined.
    module = ModuleType(name)
    sys.modules[name] = module
    return module
