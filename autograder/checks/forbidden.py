"""Find forbidden routes in a solution cell by looking at its code.

An assignment that asks for loops is not done by calling `torch.nn.functional.conv2d`. `checks.py`
says which modules a solution may import and which names it must not use:

    ROUTES = {"*": Routes(modules=("numpy",), names=("sliding_window_view", "as_strided"))}

Only code counts: a comment, a docstring or a local variable that happens to be called `torch` does
not. Ways to reach code that cannot be seen (`eval`, `sys.modules`, a function's globals, IPython's
commands, …) are ruled out wherever there are routes, because they would make the look meaningless.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from autograder.checks import scopes
from autograder.course.errors import ForbiddenRoute

MAX_SOURCE = 200_000
# The parts of the standard library that compute, and lead nowhere else.
STANDARD = frozenset(
    """
    __future__ abc array bisect cmath collections contextlib copy dataclasses decimal enum fractions
    functools heapq itertools math numbers operator random re statistics sys textwrap time typing
    warnings
    """.split()  # noqa: SIM905 (a list of forty words would fill a page)
)
HIDING = frozenset(
    """
    __import__ eval exec compile globals locals vars __builtins__ builtins get_ipython breakpoint
    setattr delattr attrgetter methodcaller get_type_hints ForwardRef singledispatch
    singledispatchmethod __globals__ __subclasses__ __loader__ __spec__ __dict__ __getattribute__
    __setattr__ __code__ __closure__ __self__ __func__ __wrapped__ __class__ __bases__ __mro__
    __reduce__ __reduce_ex__ __annotations__ _getframe _current_frames f_globals f_locals f_builtins
    f_back tb_frame gi_frame cr_frame settrace setprofile importlib ctypes ctypeslib f2py
    allow_pickle runstring rundocs measure _ip user_ns displayhook meta_path path_hooks
    path_importer_cache load_module exec_module _private _eval_type _create_fn
    """.split()  # noqa: SIM905
)
# Methods may have these names: model.eval(), re.compile().
ONLY_NAMES = frozenset(("eval", "exec", "compile", "globals", "locals", "vars"))
# Attributes by which NumPy and the standard library lead to PyTorch, where that is ruled out.
LEADING_OUT = frozenset(
    """
    modules eval exec globals locals vars bltns copyreg inspect os _os pickle _thread types weakref
    load read_array extbuild subprocess gc timeit
    """.split()  # noqa: SIM905
)
LOOKING = ("getattr", "hasattr")  # fine with a name that can be seen
# What is there without a definition: a cell's own, deleted or not made yet, is Python's again.
ALWAYS_THERE = frozenset(("torch", "get_ipython", *LOOKING, *(HIDING & set(dir(builtins)))))
ENTANGLED = 5  # times that a cell is gone through for what depends on what


@dataclass(frozen=True)
class Routes:
    """What the solution cells of a function may use.

    modules : import roots allowed besides the harmless part of the standard library
    names : functions, attributes or keywords that must not appear, wherever they come from
    """

    modules: tuple[str, ...] = ()
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

    routes : what the cell may use
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
    tainted = (earlier.tainted - scopes.defined(tree)) | _tainted_names(routes, tree, earlier)
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
    try:
        tree = scopes.parse(source)
        if tree is not None:
            _Look(routes, tree, earlier).visit(tree)
    except ForbiddenRoute as route:
        return str(route)
    except (RecursionError, MemoryError):
        return "the cell is nested too deeply to be looked at"
    return None


def _tainted_names(routes: Routes, tree: ast.Module, before: Bindings) -> frozenset[str]:
    """The names that the cell's statements with a forbidden route bind, one by way of another."""
    bound = {statement: scopes.bound_names([statement]) for statement in tree.body}
    tainted: frozenset[str] = frozenset()
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
        self._tainted = earlier.tainted | tainted
        self._torch = "torch" in routes.modules
        # The names that are the student's own where we are: for what runs on the spot, and for
        # functions that are defined there and run later.
        helpers = earlier.helpers - scopes.bound_names(tree.body) - set(routes.names)
        self._now = helpers - ALWAYS_THERE
        self._module = (helpers | scopes.defined(tree)) - ALWAYS_THERE - tainted
        self._later = self._module

    def refuses(self, statement: ast.AST) -> bool:
        """Whether one statement of the cell has a forbidden route."""
        try:
            self.visit(statement)
        except (ForbiddenRoute, RecursionError):
            return True
        return False

    def _refuse(self, node: ast.AST, word: str) -> None:
        line = getattr(node, "lineno", 0)
        if word == "get_ipython":
            word = "IPython's own commands"
        raise ForbiddenRoute(f"line {line} uses {word}, which this assignment rules out")

    def _import(self, node: ast.AST, dotted: str) -> None:
        root = dotted.split(".")[0]
        if root not in STANDARD and root not in self._routes.modules:
            self._refuse(node, root)
        for part in dotted.split("."):
            self._word(node, part)

    def _word(self, node: ast.AST, word: str) -> None:
        if word in self._routes.names or word in HIDING or word in self._tainted:
            self._refuse(node, word)

    def _attribute(self, node: ast.AST, word: str) -> None:
        if word in LEADING_OUT and not self._torch:
            self._refuse(node, "sys.modules" if word == "modules" else word)
        if word not in ONLY_NAMES:
            self._word(node, word)

    def _within(self, nodes: Iterable[ast.AST], now: frozenset[str], later: frozenset[str]) -> None:
        before = self._now, self._later
        self._now, self._later = now, later
        try:
            for node in nodes:
                self.visit(node)
        finally:
            self._now, self._later = before

    def visit_Module(self, node: ast.Module) -> None:
        for statement in node.body:
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

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._import(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._import(node, node.module or "__main__")
        for alias in node.names:
            if alias.name == "modules" or (node.module, alias.name) == ("sys", "*"):
                self._refuse(node, "sys.modules")
            self._word(node, alias.name)
            self._attribute(node, alias.name)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and node.id not in self._now:
            # The setup cell imports torch for everybody, so its bare name is a route of its own.
            if node.id == "torch" and not self._torch:
                self._refuse(node, node.id)
            if node.id in LOOKING:
                self._refuse(node, f"{node.id} with a name that is not written out")
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
        for keyword in node.keywords:
            # A student's own helper may call its argument what it likes.
            if keyword.arg and not own:
                self._word(node, keyword.arg)
        words = [word.value for word in node.args[1:2] if isinstance(word, ast.Constant)]
        if name in LOOKING and not own and words:
            self._attribute(node, str(words[0]))
            for part in (*node.args, *node.keywords):
                self.visit(part)
            return
        self.generic_visit(node)
