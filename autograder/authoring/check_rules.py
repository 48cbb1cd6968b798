"""Rules for `checks.py`: how a trusted check is written, and that wrong answers fail it.

A check that cannot fail is worse than none, because it looks like one. So every check is asked
about functions that are certainly wrong, in this process and in milliseconds.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from autograder.checks.checking import COMPARED
from autograder.checks.forbidden import Routes
from autograder.checks.loading import Trusted
from autograder.checks.local_student import LocalStudent
from autograder.checks.random_inputs import check_generator
from autograder.course.errors import (
    CheckFailed,
    ForbiddenRoute,
    GraderFault,
    LimitHit,
    ReleaseError,
)
from autograder.sandbox.libraries import FOLDERS

SEED = 0
COMPARE = "Compare with agree(student.{0}(…), reference.{0}(…))."
# Of NumPy's random module: what does not draw from the generator that nobody seeds.
SEEDED = ("default_rng", "Generator", "SeedSequence", "PCG64", "BitGenerator")


def check_checks(trusted: Trusted) -> None:
    """Raise `ReleaseError`, naming the file, the line and the remedy, for the first bad check."""
    _check_text(trusted)
    _check_routes(trusted)
    for test in trusted.cells.tests:
        _check_signature(trusted, test)
    for test in trusted.cells.tests:
        _check_calls(trusted, test)
        _check_refusals(trusted, test)
    for function in trusted.cells.functions:
        _check_answers(trusted, function)


def _check_text(trusted: Trusted) -> None:
    """What must not stand in the file, wherever it stands."""
    path = trusted.assignment.checks_source
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assert):
            raise ReleaseError(
                f"{path}, line {node.lineno}: a plain assert; when it fails, the check counts as "
                "broken, and not the answer as wrong",
                "Compare with agree(…) inside `with checking(…):`, or raise CheckFailed.",
            )
        if (
            isinstance(node, ast.Attribute)
            and node.attr not in SEEDED
            and ast.unparse(node.value) in ("np.random", "numpy.random", "random")
        ):
            raise ReleaseError(
                f"{path}, line {node.lineno}: {ast.unparse(node)} draws what no seed repeats, so "
                "a regrade would ask other questions",
                "Draw from `rng`, the check's third argument.",
            )
        if (
            isinstance(node, ast.Attribute)
            and ast.unparse(node.value) == "student"
            and node.attr not in (*vars(trusted.reference), *vars(LocalStudent), "changed")
        ):
            raise ReleaseError(
                f"{path}, line {node.lineno}: students are not asked for {node.attr!r}",
                f"The solution cells have {', '.join(trusted.cells.functions)}.",
            )
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) in ("refuses", "holds")
            and node.args
            and isinstance(node.args[0], ast.Call)
            and ast.unparse(node.args[0].func).startswith("student.")
        ):
            raise ReleaseError(
                f"{path}, line {node.lineno}: the call is made before {ast.unparse(node.func)} "
                "can watch it",
                f"Write {ast.unparse(node.func)}(lambda: {ast.unparse(node.args[0])}, …).",
            )


def _check_routes(trusted: Trusted) -> None:
    path, routes = trusted.assignment.checks_source, trusted.routes
    form = 'ROUTES = {"*": Routes(libraries=("scipy",), names=("sort",))}'
    if not isinstance(routes, Mapping):
        raise ReleaseError(f"{path}: ROUTES is no dict", f"Write {form}.")
    tables = {} if routes else vars(trusted.checks)  # where ROUTES may go by another name
    for name, value in tables.items():
        if isinstance(value, dict) and Routes in map(type, value.values()):
            raise ReleaseError(f"{path}: {name} rules nothing out", f"Write {form}.")
    for name, rule in routes.items():
        if name != "*" and name not in trusted.cells.functions:
            raise ReleaseError(
                f"{path}: ROUTES names {name!r}, which no solution cell is called",
                f'There are "*" for all, and {", ".join(trusted.cells.functions)}.',
            )
        if not isinstance(rule, Routes) or not all(
            isinstance(words, tuple) and all(isinstance(word, str) for word in words)
            for words in (rule.libraries, rule.names)
        ):
            raise ReleaseError(
                f"{path}: ROUTES[{name!r}] is {rule!r}, and not Routes with tuples of names",
                f"Write {form}; a tuple of one has a comma.",
            )
        for library in rule.libraries:
            _check_library(trusted, library)


def _check_library(trusted: Trusted, library: str) -> None:
    """A library that is ruled out has to exist, and must not be at hand in the notebook."""
    path, notebook = trusted.assignment.checks_source, trusted.assignment.notebook_source
    if library not in FOLDERS and find_spec(library) is None:
        raise ReleaseError(
            f"{path}: ROUTES rules out {library!r}, and no library of that name is installed",
            "Correct the name, as it is imported, or take it out: what is not there helps nobody.",
        )
    for name, value in vars(trusted.reference).items():
        if isinstance(value, ModuleType) and value.__name__.partition(".")[0] == library:
            raise ReleaseError(
                f"{path}: ROUTES rules out {library}, which {notebook} imports as {name}, so "
                "every answer may use it",
                f"Rule single functions of {library} out by `names`, or do not import it.",
            )


def _where(trusted: Trusted, test: str) -> str:
    """The file, the line where a check begins, and its name, for the start of a sentence."""
    path = str(trusted.assignment.checks_source)
    check = inspect.unwrap(getattr(trusted.checks, test))
    while isinstance(check, partial):
        check = check.func
    code = check.__code__ if isinstance(check, FunctionType) else None
    if code is None or code.co_filename != path:
        return f"{path}: {test}"
    return f"{path}, line {code.co_firstlineno}: {test}"


def _check_signature(trusted: Trusted, test: str) -> None:
    check = getattr(trusted.checks, test)
    try:
        inspect.signature(check).bind(None, None, None)
    except (TypeError, ValueError):
        raise ReleaseError(
            f"{_where(trusted, test)} cannot be called with a student, a reference and an rng",
            f"Write def {test}(student, reference, rng):",
        ) from None


class _WatchedStudent(LocalStudent):
    """The reference as a student, which notes the functions that a check asks it for."""

    def __init__(self, namespace: dict[str, Any], asked: set[str], device: str | None = None):
        super().__init__(namespace, device)
        self._asked = asked

    def _function(self, name: str) -> Callable[..., Any]:
        self._asked.add(name)
        return super()._function(name)

    def on_device(self, device: str) -> LocalStudent:
        return _WatchedStudent(self._namespace, self._asked, device)


def _check_calls(trusted: Trusted, test: str) -> None:
    """The check holds for the reference, and calls the function that it is named after."""
    owner, asked = trusted.cells.owner(test), set[str]()
    student = _WatchedStudent(dict(vars(trusted.reference)), asked)
    try:
        with trusted.beside_files():
            trusted.run(test, student, check_generator(SEED, test))
    except GraderFault as fault:
        raise ReleaseError(str(fault), "Mend the check; it breaks on the right answer.") from None
    except (CheckFailed, ForbiddenRoute) as failure:
        raise ReleaseError(
            f"{_where(trusted, test)} fails the solved notebook: {failure}",
            "Mend the solution or the check.",
        ) from None
    if not asked:
        raise ReleaseError(
            f"{_where(trusted, test)} never calls the student", COMPARE.format(owner)
        )
    if owner not in asked:
        raise ReleaseError(
            f"{_where(trusted, test)} calls {', '.join(sorted(asked))}, and never {owner}",
            f"Call student.{owner}, or name the cell after the function that it is about.",
        )


class Unknown:
    """What no function returns, and nothing can be compared with."""


def raising(*args: Any, **kwargs: Any) -> Any:
    """An answer that is none, by an exception that no check can want."""
    raise Exception("this function always raises")


def returning_none(*args: Any, **kwargs: Any) -> None:
    """What a function without a `return` returns."""


def returning_unknown(*args: Any, **kwargs: Any) -> Unknown:
    """An object of no kind that a check knows."""
    return Unknown()


def returning_input(*args: Any, **kwargs: Any) -> Any:
    """The first argument, as it came."""
    return args[0] if args else next(iter(kwargs.values()), None)


def _check_refusals(trusted: Trusted, test: str) -> None:
    """No check passes for a function that does nothing, whatever one cell is about."""
    owner = trusted.cells.owner(test)
    if _passes(trusted, test, raising):
        raise ReleaseError(
            f"{_where(trusted, test)} passes for a {owner} that always raises",
            "Let the error through: `checking` reports it, and `holds` and `except` hide it.",
        )
    if _passes(trusted, test, returning_none):
        raise ReleaseError(
            f"{_where(trusted, test)} passes for a {owner} that returns None, so it compares "
            "nothing of what comes back",
            COMPARE.format(owner),
        )
    if _passes(trusted, test, returning_unknown):
        raise ReleaseError(
            f"{_where(trusted, test)} passes for a {owner} that returns an object of no use",
            COMPARE.format(owner),
        )


def _check_answers(trusted: Trusted, function: str) -> None:
    """Of all cells of a function together, one at least looks at the values that come back.

    A cell may be about the dtype alone, which other values have as well.
    """
    tests = [test for test in trusted.cells.tests if trusted.cells.owner(test) == function]
    answer = getattr(trusted.reference, function)
    for wrong, what in (
        (returning_input, "that returns its first argument"),
        (partial(_other_values, answer), "that returns other values of the right kind"),
    ):
        if all(_passes(trusted, test, wrong) for test in tests):
            raise ReleaseError(
                f"{_where(trusted, tests[0])} passes for a {function} {what}, and so does every "
                "other check of it",
                f"{COMPARE.format(function)} Ask for a case in which the answer is another one.",
            )


def _passes(trusted: Trusted, test: str, wrong: Callable[..., Any]) -> bool:
    """Whether a check passes for a wrong function; raises `ReleaseError` for swapped arguments."""
    namespace = {**vars(trusted.reference), trusted.cells.owner(test): wrong}
    try:
        with trusted.beside_files():
            trusted.run(test, LocalStudent(namespace), check_generator(SEED, test))
    except GraderFault as fault:
        # The check stumbles over what came back; a batch says that it could not be read.
        if COMPARED in str(fault) and Unknown.__name__ in str(fault):
            raise ReleaseError(
                f"{str(fault).partition(' failed by itself')[0]} takes what the student returned "
                "for what is right",
                "The student's answer stands first in agree, and what is right second.",
            ) from None
        return False
    except (CheckFailed, ForbiddenRoute, LimitHit):
        return False
    return True


def _other_values(answer: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What the reference returns, of the same kind and with other values."""
    return _changed(answer(*args, **kwargs))


def _changed(value: Any) -> Any:
    if isinstance(value, bool | np.bool_):
        return type(value)(not value)
    if isinstance(value, int | float | np.number):
        other: Any = value + 1
        return type(value)(other)
    if isinstance(value, str):
        return f"{value}?"
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf":
        return value + value.dtype.type(1)
    if isinstance(value, np.ndarray) and value.dtype.kind == "b":
        return ~value
    if isinstance(value, list | tuple):
        return type(value)(map(_changed, value))
    if isinstance(value, dict):
        return {key: _changed(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return type(value)(map(_changed, value))
    return None if value is not None else 0
