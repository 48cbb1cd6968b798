"""Find forbidden routes in a solution cell by looking at its code.

A forbidden route is what does the asked work in the student's place: an assignment that asks for
loops is not done by calling `torch.nn.functional.conv2d`. `checks.py` says what that is:

    ROUTES = {"*": Routes(libraries=("torch", "scipy"), names=("sliding_window_view",))}

In a batch the libraries are not there at all, so that nothing is gained by hiding them, and an
import that is never used costs nothing; this look then only explains what failed. Names that NumPy
itself defines are found by their words alone. Only code counts: a comment, a docstring or a local
variable that happens to be called `torch` is no route.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from autograder.checks import scopes
from autograder.course.errors import ForbiddenRoute

MAX_SOURCE = 200_000
BY_NAME = ("getattr", "hasattr", "setattr")  # their second argument names an attribute
BY_TYPE = ("isinstance", "issubclass")  # to ask for a type does no work
MAX_STATEMENTS = 5_000  # of a cell that is looked at; far more than anybody writes
ENTANGLED = 5  # times that a cell is gone through for what depends on what


@dataclass(frozen=True)
class Routes:
    """What does the asked work of a function in the student's place.

    libraries : import roots that must not be used; a batch's jail does not have them
    names : functions, attributes or keywords that must not be used, wherever they come from
    """

    libraries: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bindings:
    """The names that other cells have bound.

    helpers : of functions and classes of the student's own
    tainted : of what came by a route that is forbidden here
    """

    helpers: frozenset[str] = frozenset()
    tainted: frozenset[str] = frozenset()


NOTHING = Bindings()


def look_for_forbidden(routes: Routes, source: str, earlier: Bindings = NOTHING) -> None:
    """Raise `ForbiddenRoute`, naming the line and the word, when a cell's code has such a route.

    Code that does not parse has no route at all: running it will fail and say so.

    routes : what the cell must not use
    source : its code
    earlier : what the cells that run before it have bound
    """
    route = _route(routes, source, earlier)
    if route is not None:
        raise ForbiddenRoute(route)


@lru_cache(maxsize=64)
def bindings_after(routes: Routes, source: str, earlier: Bindings) -> Bindings:
    """What is bound after a cell: what it defines, and what statements with a route have bound.

    A helper that stands beside such a statement is untouched by it, unless it uses what that makes.
    """
    tree = _parsed(source)
    helpers = (earlier.helpers - scopes.bound_names(tree.body)) | scopes.defined(tree)
    tainted = earlier.tainted - scopes.defined(tree)
    if _mentions(routes, source, earlier):
        tainted |= _tainted_names(routes, tree, earlier)
    return Bindings(helpers - tainted, tainted)


def makes(source: str) -> frozenset[str]:
    """The names that a cell would bind, if it ran."""
    return scopes.bound_names(_parsed(source).body)


def defines(source: str, name: str) -> bool:
    """Whether a cell defines this function itself, whatever other cells have bound."""
    return name in scopes.defined(_parsed(source))


def _parsed(source: str) -> ast.Module:
    """The code of a cell, empty where there is none that could run."""
    try:
        tree = scopes.parse(source)
    except (RecursionError, MemoryError):
        tree = None
    return tree or ast.Module([], [])


@lru_cache(maxsize=64)  # a cell is looked at again for each function that is asked for later
def _route(routes: Routes, source: str, earlier: Bindings) -> str | None:
    if len(source) > MAX_SOURCE:
        return f"the cell has more than {MAX_SOURCE // 1000} KB and was not read"
    if not _mentions(routes, source, earlier):
        return None
    try:
        tree = scopes.parse(source)
        if tree is not None and len(tree.body) > MAX_STATEMENTS:
            return f"the cell has more than {MAX_STATEMENTS:,} statements and was not read"
        if tree is not None:
            _Look(routes, tree, earlier, _tainted_names(routes, tree, earlier)).visit(tree)
    except ForbiddenRoute as route:
        return str(route)
    except (RecursionError, MemoryError):
        return "the cell is nested too deeply to be looked at"
    return None


def _mentions(routes: Routes, source: str, earlier: Bindings) -> bool:
    """Whether a forbidden word stands anywhere in a cell, as code or not."""
    return any(word in source for word in (*routes.libraries, *routes.names, *earlier.tainted))


def _imported(routes: Routes, tree: ast.AST) -> frozenset[str]:
    """The names to which a cell's imports, inside functions too, bind something forbidden."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            parts = [(alias, alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = (node.module or "").split(".")
            parts = [(alias, [*module, alias.name]) for alias in node.names]
        else:
            continue
        for alias, path in parts:
            if path[0] in routes.libraries or set(path) & set(routes.names):
                names.add(alias.asname or (path[0] if isinstance(node, ast.Import) else path[-1]))
    return frozenset(names)


def _tainted_names(routes: Routes, tree: ast.Module, before: Bindings) -> frozenset[str]:
    """The names that imports and statements with a forbidden route bind, one by way of another."""
    if len(tree.body) > MAX_STATEMENTS:
        return scopes.bound_names(tree.body)
    bound = {statement: scopes.bound_names([statement]) for statement in tree.body}
    tainted = _imported(routes, ast.Module(list(tree.body), []))
    for _ in range(ENTANGLED):
        look = _Look(routes, tree, before, tainted)
        more = [
            names
            for statement, names in bound.items()
            if names - tainted and look.refuses(statement)
        ]
        if not more:
            return tainted
        tainted = tainted.union(*more)
    return scopes.bound_names(tree.body)


class _Look(ast.NodeVisitor):
    """Looks at a cell, given what others have bound and what of its own is tainted already."""

    def __init__(
        self,
        routes: Routes,
        tree: ast.Module,
        earlier: Bindings,
        tainted: frozenset[str] = frozenset(),
    ):
        self._routes = routes
        self._imported = _imported(routes, tree)
        self._tainted = earlier.tainted | tainted | set(routes.libraries)
        # The names that are the student's own where we are: for what runs on the spot, and for
        # functions that are defined there and run later.
        helpers = earlier.helpers - scopes.bound_names(tree.body) - set(routes.names)
        self._now = helpers - set(routes.libraries)
        self._module = (helpers | scopes.defined(tree)) - set(routes.libraries) - tainted
        self._later = self._module

    def refuses(self, statement: ast.AST) -> bool:
        """Whether one statement of the cell has a forbidden route."""
        try:
            self.visit(statement)
        except (ForbiddenRoute, RecursionError):
            return True
        return False

    def _word(self, node: ast.AST, word: str) -> None:
        if word in self._routes.names or word in self._tainted:
            line = getattr(node, "lineno", 0)
            raise ForbiddenRoute(f"line {line} uses {word}, which this assignment rules out")

    def _attribute(self, node: ast.AST, word: str) -> None:
        # What has a library's name is the library only where nothing stands before it.
        if word not in self._routes.libraries:
            self._word(node, word)

    def _within(self, nodes: Iterable[ast.AST], now: frozenset[str], later: frozenset[str]) -> None:
        before = self._now, self._later
        self._now, self._later = now - self._imported, later - self._imported
        try:
            for node in nodes:
                self.visit(node)
        finally:
            self._now, self._later = before

    def visit_Module(self, node: ast.Module) -> None:
        for statement in node.body:
            # A function that has a route is named where it has it, not where it is defined.
            self.visit(statement)
            self._now |= self._module & {getattr(statement, "name", None)}

    def _function(self, node: scopes.Function) -> None:
        for part in scopes.evaluated_outside(node):
            self.visit(part)
        local, declared = scopes.function_scope(node)
        own = (self._later - declared) | (self._module & declared) | local
        self._within(scopes.body(node), own, own)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _function

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        # Read before it is bound, such a name is not that of a function around.
        bound = scopes.class_scope(node)
        self._within(node.body, self._now - bound, self._later - bound)

    def _comprehension(self, node: scopes.Comprehension) -> None:
        first, *rest = scopes.comprehension_parts(node)
        self.visit(first)  # it belongs to the scope outside
        own = scopes.comprehension_scope(node)
        self._within(rest, self._now | own, self._later | own)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and node.id not in self._now:
            self._word(node, node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._attribute(node, node.attr)
        self.generic_visit(node)

    def visit_MatchClass(self, node: ast.MatchClass) -> None:
        for name in node.kwd_attrs:  # read like attributes
            self._attribute(node, name)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        own = name in self._now
        if name in BY_TYPE and not own:
            self.visit(node.args[0]) if node.args else None
            return
        for keyword in node.keywords:
            # A student's own helper may call its argument what it likes.
            if keyword.arg in self._routes.names and not own:
                self._word(node, keyword.arg)
        words = [word.value for word in node.args[1:2] if isinstance(word, ast.Constant)]
        if name in BY_NAME and not own and words:
            self._attribute(node, str(words[0]))
        self.generic_visit(node)
