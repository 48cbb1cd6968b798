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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from autograder.errors import ForbiddenRoute

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
    setattr delattr attrgetter methodcaller get_type_hints ForwardRef
    __globals__ __subclasses__ __loader__ __spec__ __dict__ __getattribute__ __code__ __closure__
    __self__ __func__ __wrapped__ __class__ __bases__ __mro__ __reduce__ __reduce_ex__
    _getframe _current_frames f_globals f_locals f_builtins f_back tb_frame gi_frame cr_frame
    settrace setprofile importlib ctypes ctypeslib f2py allow_pickle runstring rundocs measure
    """.split()  # noqa: SIM905
)
# Methods may have these names: model.eval(), re.compile().
ONLY_NAMES = frozenset(("eval", "exec", "compile", "globals", "locals", "vars"))
LOOKING = ("getattr", "hasattr")  # fine with a name that can be seen


@dataclass(frozen=True)
class Routes:
    """What the solution cells of a function may use.

    modules : import roots allowed besides the harmless part of the standard library
    names : functions, attributes or keywords that must not appear, wherever they come from
    """

    modules: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def look_for_forbidden(routes: Routes, source: str, tainted: frozenset[str] = frozenset()) -> None:
    """Raise `ForbiddenRoute` naming the line and the word, or return nothing.

    `tainted` are names that a cell with a forbidden route has made. Code that does not parse has no
    route at all: running it will fail and say so.
    """
    if len(source) > MAX_SOURCE:
        raise ForbiddenRoute(f"the cell has more than {MAX_SOURCE // 1000} KB and was not read")
    found = _found(routes, source, tainted)
    if found is not None:
        raise ForbiddenRoute(found)


@lru_cache(maxsize=64)  # a cell is looked at again for each function that is asked for later
def _found(routes: Routes, source: str, tainted: frozenset[str]) -> str | None:
    try:
        tree = _parse(source)
        if tree is not None:
            _Look(routes, tree, tainted).visit(tree)
    except ForbiddenRoute as route:
        return str(route)
    except (RecursionError, MemoryError):
        return "the cell is nested too deeply to be looked at"
    return None


def names_made(source: str) -> frozenset[str]:
    """The names and attributes that a cell binds where other cells can see them."""
    try:
        tree = _parse(source)
    except (RecursionError, MemoryError):
        return frozenset()
    if tree is None:
        return frozenset()
    made = set(_bound(_inner(tree)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            made |= set(node.names)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            made.add(node.attr)
    return frozenset(made)


def _parse(source: str) -> ast.Module | None:
    """The code as Python sees it; IPython's own syntax is a call of `get_ipython`."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):  # ValueError: null bytes
        pass
    from IPython.core.inputtransformer2 import TransformerManager  # only for the few that need it

    try:
        return ast.parse(TransformerManager().transform_cell(source))
    except (SyntaxError, ValueError):
        return None


def _inner(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of one scope: not what stands in functions, classes and lambdas inside it."""
    waiting = list(ast.iter_child_nodes(node))
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, SCOPES):
            waiting += ast.iter_child_nodes(one)


SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def _bound(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names that a scope of these nodes binds itself."""
    for one in nodes:
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id
        elif isinstance(one, SCOPES) and not isinstance(one, ast.Lambda):
            yield one.name
        elif isinstance(one, ast.alias):
            yield one.asname or one.name.split(".")[0]
        elif isinstance(one, ast.ExceptHandler) and one.name:
            yield one.name


def _own_globals(tree: ast.Module) -> frozenset[str]:
    """Functions and classes that the cell defines without condition: no longer what they were."""
    return frozenset(one.name for one in tree.body if hasattr(one, "name"))


def _own_locals(node: ast.AST) -> frozenset[str]:
    """What is local to a function or lambda, whether it is ever assigned or not."""
    given = node.args
    names = {one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
    names |= {one.arg for one in (given.vararg, given.kwarg) if one}
    inner = list(_inner(node))
    names |= set(_bound(inner)) if not isinstance(node, ast.Lambda) else set()
    shared = {
        name for one in inner if isinstance(one, ast.Global | ast.Nonlocal) for name in one.names
    }
    return frozenset(names - shared)


class _Look(ast.NodeVisitor):
    def __init__(self, routes: Routes, tree: ast.Module, tainted: frozenset[str]):
        self._routes = routes
        self._tainted = tainted
        self._own = [_own_globals(tree)]

    def _refuse(self, node: ast.AST, word: str) -> None:
        line = getattr(node, "lineno", 0)
        if word == "get_ipython":
            word = "IPython's own commands"
        raise ForbiddenRoute(f"line {line} uses {word}, which this assignment rules out")

    def _module(self, node: ast.AST, dotted: str) -> None:
        root = dotted.split(".")[0]
        if root not in STANDARD and root not in self._routes.modules:
            self._refuse(node, root)
        for part in dotted.split("."):
            self._word(node, part)

    def _word(self, node: ast.AST, word: str) -> None:
        if word in self._routes.names or word in HIDING or word in self._tainted:
            self._refuse(node, word)

    def _scope(self, node: ast.AST) -> None:
        self._own.append(_own_locals(node))
        self.generic_visit(node)
        self._own.pop()

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _scope

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._module(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._module(node, node.module or "__main__")
        for alias in node.names:
            self._word(node, alias.name)
            if alias.name == "modules":
                self._refuse(node, "sys.modules")

    def visit_Name(self, node: ast.Name) -> None:
        # The setup cell imports torch for everybody, so its bare name is a route of its own.
        if isinstance(node.ctx, ast.Load) and not any(node.id in own for own in self._own):
            if node.id == "torch" and "torch" not in self._routes.modules:
                self._refuse(node, node.id)
            if node.id in LOOKING:
                self._refuse(node, f"{node.id} with a name that is not written out")
            self._word(node, node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        # Networks have modules() too, where PyTorch is allowed.
        if node.attr == "modules" and "torch" not in self._routes.modules:
            self._refuse(node, "sys.modules")
        if node.attr not in ONLY_NAMES:
            self._word(node, node.attr)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        own = any(name in one for one in self._own)
        for keyword in node.keywords:
            # A student's own helper may call its argument what it likes.
            if keyword.arg and not own:
                self._word(node, keyword.arg)
        words = [one.value for one in node.args[1:2] if isinstance(one, ast.Constant)]
        if name in LOOKING and not own and words:
            self._word(node, str(words[0]))
            for part in (*node.args, *node.keywords):
                self.visit(part)
            return
        self.generic_visit(node)
