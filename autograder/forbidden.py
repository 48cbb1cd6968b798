"""Find forbidden routes in a solution cell by looking at its code.

An assignment that asks for loops is not done by calling `torch.nn.functional.conv2d`. `checks.py`
says which modules a solution may import and which names it must not use:

    ROUTES = {"*": Routes(modules=("numpy",), names=("sliding_window_view", "as_strided"))}

Only code counts: a comment, a docstring or a local variable that happens to be called `torch` does
not. Ways to reach code that cannot be seen (`eval`, `importlib`, `sys.modules`, …) are ruled out
wherever there are routes, because they would make the look meaningless.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass

from autograder.errors import ForbiddenRoute

HIDING_NAMES = {"__import__", "eval", "exec", "globals", "vars", "__builtins__", "get_ipython"}
HIDING_MODULES = {"importlib", "imp", "ctypes", "gc", "inspect", "runpy", "pkgutil", "subprocess"}
HIDING_ATTRIBUTES = {"__globals__", "__builtins__", "__import__", "__subclasses__", "__loader__"}


@dataclass(frozen=True)
class Routes:
    """What the solution cells of a function may use.

    modules : import roots allowed besides the standard library
    names : functions, attributes or keywords that must not appear, wherever they come from
    """

    modules: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def look_for_forbidden(routes: Routes, source: str) -> None:
    """Raise `ForbiddenRoute` naming the line and the word, or return nothing.

    Code that does not parse has no route at all: running it will fail and say so.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # ValueError: null bytes
        return
    _Look(routes, _bound_names(tree)).visit(tree)


def _bound_names(tree: ast.AST) -> set[str]:
    """Names that the cell itself assigns, which therefore are not the forbidden global."""
    bound = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    bound |= {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    return bound


class _Look(ast.NodeVisitor):
    def __init__(self, routes: Routes, bound: set[str]):
        self._routes = routes
        self._bound = bound

    def _refuse(self, node: ast.AST, word: str) -> None:
        line = getattr(node, "lineno", 0)
        raise ForbiddenRoute(f"line {line} uses {word}, which this assignment rules out")

    def _module(self, node: ast.AST, dotted: str) -> None:
        root = dotted.split(".")[0]
        known = root in sys.stdlib_module_names or root in self._routes.modules
        if not known or root in HIDING_MODULES:
            self._refuse(node, root)
        for part in dotted.split("."):
            self._word(node, part)

    def _word(self, node: ast.AST, word: str) -> None:
        if word in self._routes.names:
            self._refuse(node, word)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._module(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._module(node, node.module or "__main__")
        for alias in node.names:
            self._word(node, alias.name)
            if node.module == "sys" and alias.name == "modules":
                self._refuse(node, "sys.modules")

    def visit_Name(self, node: ast.Name) -> None:
        # The setup cell imports torch for everybody, so its bare name is a route of its own.
        if node.id not in self._bound:
            if node.id in HIDING_NAMES:
                self._refuse(node, node.id)
            if node.id == "torch" and "torch" not in self._routes.modules:
                self._refuse(node, node.id)
            self._word(node, node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in HIDING_ATTRIBUTES:
            self._refuse(node, node.attr)
        if node.attr == "modules" and isinstance(node.value, ast.Name) and node.value.id == "sys":
            self._refuse(node, "sys.modules")
        self._word(node, node.attr)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        own = isinstance(node.func, ast.Name) and node.func.id in self._bound
        for keyword in node.keywords:
            # A student's own helper may call its argument what it likes.
            if keyword.arg and not own:
                self._word(node, keyword.arg)
        if isinstance(node.func, ast.Name) and node.func.id in ("getattr", "attrgetter"):
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    for part in argument.value.split("."):
                        self._word(node, part)
        self.generic_visit(node)
