"""What the names in a cell's code stand for: which are its own, and where."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
# %magic, !command, help? and value = !command; in what Python cannot read, a guess is enough.
MAGIC = re.compile(r"^[ \t]*[%!?]|=[ \t]*[%!]|\?[ \t]*$", re.MULTILINE)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def parse(source: str) -> ast.Module | None:
    """The code as Python sees it, or None; IPython's own syntax is a use of `get_ipython`.

    IPython is not asked what it would make of it. That takes it a second for a long cell.
    """
    with suppress(SyntaxError, ValueError):  # ValueError: null bytes
        return ast.parse(source)
    return ast.parse("get_ipython()") if MAGIC.search(source) else None


def defined_functions(source: str) -> frozenset[str]:
    """The functions that a cell's code defines at its top level; none where it does not parse.

    A condition or a later assignment is not looked at: this finds where an answer stands, while
    `defined` says which names are certainly the cell's own.
    """
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    return frozenset(node.name for node in statements if isinstance(node, ast.FunctionDef))


def names_made(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The names and attributes that a cell's statements bind where other cells can see them."""
    nodes = list(nodes)
    made = set(_bound(nodes))
    for node in (inner for one in nodes for inner in ast.walk(one)):
        if isinstance(node, ast.Global):
            made |= set(node.names)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            made.add(node.attr)
        if isinstance(node, ast.NamedExpr):  # a default may hold one, and binds it outside
            made.add(node.target.id)
    return frozenset(made)


def defined(tree: ast.Module) -> frozenset[str]:
    """Functions and classes that the cell defines without condition, and never makes another."""
    other = {
        one.id
        for one in _inner(tree.body)
        if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load)
    }
    other |= _declared(ast.walk(tree), ast.Global)
    return frozenset(one.name for one in tree.body if hasattr(one, "name")) - other


def function_scope(node: ast.AST) -> tuple[frozenset[str], frozenset[str]]:
    """What is local to a function or lambda, assigned or not, and what it declares global."""
    names = {one.arg for one in arguments(node.args)}
    inner = list(_inner(body(node)))
    outer = _declared(inner, ast.Global)
    local = (names | set(_bound(body(node)))) - outer - _declared(inner, ast.Nonlocal)
    return frozenset(local), outer


def body(node: ast.AST) -> list[ast.AST]:
    """The statements of a function, or the one expression of a lambda."""
    return node.body if isinstance(node.body, list) else [node.body]


def class_scope(node: ast.ClassDef) -> frozenset[str]:
    """What a class body binds: until it has, the name is the module's, or Python's own."""
    return frozenset(_bound(node.body)) | _declared(_inner(node.body), ast.Global)


def comprehension_scope(node: ast.AST) -> frozenset[str]:
    """What a comprehension's `for` binds, which lives in it and nowhere else."""
    targets = (one for part in node.generators for one in ast.walk(part.target))
    return frozenset(one.id for one in targets if isinstance(one, ast.Name))


def comprehension_parts(node: ast.AST) -> list[ast.AST]:
    """All that a comprehension evaluates, in order: what its first `for` goes through is first."""
    found = []
    for part in node.generators:
        found += [part.iter, part.target, *part.ifs]
    return found + [getattr(node, one) for one in ("elt", "key", "value") if hasattr(node, one)]


def arguments(given: ast.arguments) -> list[ast.arg]:
    """All arguments that a function names."""
    every = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
    return [one for one in every if one]


def evaluated_outside(node: ast.AST) -> list[ast.AST]:
    """What of a function belongs to the scope around it: decorators, defaults, annotations."""
    found = [*getattr(node, "decorator_list", ()), *node.args.defaults, *node.args.kw_defaults]
    found += [one.annotation for one in arguments(node.args)]
    found.append(getattr(node, "returns", None))
    return [one for one in found if one]


def _inner(
    nodes: Iterable[ast.AST], closed: tuple[type, ...] = (*SCOPES, *COMPREHENSIONS)
) -> Iterator[ast.AST]:
    """The nodes of one scope: not what stands in functions, classes and the like inside it."""
    waiting = list(nodes)
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, closed):
            waiting += ast.iter_child_nodes(one)


def _bound(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names that a scope of these nodes binds itself."""
    for one in _inner(nodes):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id
        elif isinstance(one, ast.MatchMapping):
            yield from [one.rest] if one.rest else []
        elif isinstance(one, ast.alias):
            yield one.asname or one.name.split(".")[0]
        elif isinstance(one, COMPREHENSIONS):
            # `:=` binds outside; nothing else in there does.
            for inner in _inner(ast.iter_child_nodes(one), SCOPES):
                if isinstance(inner, ast.NamedExpr):
                    yield inner.target.id
        elif not isinstance(one, ast.Lambda) and getattr(one, "name", None):
            yield one.name  # of a function, a class, an exception, a pattern


def _declared(nodes: Iterable[ast.AST], kind: type) -> frozenset[str]:
    return frozenset(name for one in nodes if isinstance(one, kind) for name in one.names)
