"""Which names in a cell's code are its own, and where.

The standard library's `symtable` is not used: it knows what a scope binds, but its tables lead to
no node of the syntax tree where two lambdas or comprehensions share a line, and attributes, the
order of evaluation and what belongs to the scope around a function would have to be read off the
tree in any case.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
# %magic, !command, help? and value = !command, as IPython reads them at the start of a line.
MAGIC = re.compile(r"^([ \t]*)(?:[%!?].*|.*\?[ \t]*)$", re.MULTILINE)
MAGIC_VALUE = re.compile(r"=[ \t]*[%!].*$", re.MULTILINE)
CELL_MAGIC = re.compile(r"\s*%%(\w+).*\n?")
# Cell magics that run the cell as Python; what stands under any other is no Python.
PYTHON_MAGICS = ("capture", "prun", "time", "timeit")
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def parse(source: str) -> ast.Module | None:
    """The code as Python sees it, without IPython's own syntax, or None where it is no Python.

    IPython is not asked what it would make of it. That takes it a second for a long cell.
    """
    with suppress(SyntaxError, ValueError):  # ValueError: null bytes
        return ast.parse(source)
    with suppress(SyntaxError, ValueError):
        return ast.parse(without_magics(source))
    return None


def without_magics(source: str) -> str:
    """The Python in a cell that has magics, commands or help in it, line by line where it stood."""
    while magic := CELL_MAGIC.match(source):
        if magic[1] not in PYTHON_MAGICS:
            return ""
        source = "\n" * magic[0].count("\n") + source[magic.end() :]
        if not source.strip():
            return source
    return MAGIC_VALUE.sub("= None", MAGIC.sub(r"\1pass", source))


def defined_functions(source: str) -> frozenset[str]:
    """The functions that a cell's code defines at its top level; none where it does not parse.

    A condition or a later assignment is not looked at: this finds where an answer stands, while
    `defined` says which names are certainly the cell's own.
    """
    try:
        tree = parse(source)
    except (RecursionError, MemoryError):
        return frozenset()
    statements = tree.body if tree else ()
    return frozenset(node.name for node in statements if isinstance(node, ast.FunctionDef))


def bound_names(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The names and attributes that a cell's statements bind where other cells can see them."""
    nodes = list(nodes)
    names = set(_bound(nodes))
    for node in (inner for outer in nodes for inner in ast.walk(outer)):
        if isinstance(node, ast.Global):
            names |= set(node.names)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.attr)
        if isinstance(node, ast.NamedExpr):  # a default may hold one, and binds it outside
            names.add(node.target.id)
    return frozenset(names)


def defined(tree: ast.Module) -> frozenset[str]:
    """Functions and classes that the cell defines without condition, and never makes another."""
    assigned = {
        node.id
        for node in _inner(tree.body)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    assigned |= _declared(ast.walk(tree), ast.Global)
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return frozenset(node.name for node in tree.body if isinstance(node, definitions)) - assigned


def function_scope(node: Function) -> tuple[frozenset[str], frozenset[str]]:
    """What is local to a function or lambda, assigned or not, and what it declares global."""
    names = {argument.arg for argument in arguments(node.args)}
    inner = list(_inner(body(node)))
    outer = _declared(inner, ast.Global)
    local = (names | set(_bound(body(node)))) - outer - _declared(inner, ast.Nonlocal)
    return frozenset(local), outer


def body(node: Function) -> list[ast.AST]:
    """The statements of a function, or the one expression of a lambda."""
    return [node.body] if isinstance(node, ast.Lambda) else [*node.body]


def class_scope(node: ast.ClassDef) -> frozenset[str]:
    """What a class body binds: until it has, the name is the module's, or Python's own."""
    return frozenset(_bound(node.body)) | _declared(_inner(node.body), ast.Global)


def comprehension_scope(node: Comprehension) -> frozenset[str]:
    """What a comprehension's `for` binds, which lives in it and nowhere else."""
    targets = (target for part in node.generators for target in ast.walk(part.target))
    return frozenset(target.id for target in targets if isinstance(target, ast.Name))


def comprehension_parts(node: Comprehension) -> list[ast.AST]:
    """All that a comprehension evaluates, in order: what its first `for` goes through is first."""
    parts: list[ast.AST] = []
    for generator in node.generators:
        parts += [generator.iter, generator.target, *generator.ifs]
    return parts + [getattr(node, part) for part in ("elt", "key", "value") if hasattr(node, part)]


def arguments(given: ast.arguments) -> list[ast.arg]:
    """All arguments that a function names."""
    every = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
    return [argument for argument in every if argument]


def evaluated_outside(node: Function) -> list[ast.AST]:
    """What of a function belongs to the scope around it: decorators, defaults, annotations."""
    parts = [*getattr(node, "decorator_list", ()), *node.args.defaults, *node.args.kw_defaults]
    parts += [argument.annotation for argument in arguments(node.args)]
    parts.append(getattr(node, "returns", None))
    return [part for part in parts if part]


def _inner(
    nodes: Iterable[ast.AST], closed: tuple[type, ...] = (*SCOPES, *COMPREHENSIONS)
) -> Iterator[ast.AST]:
    """The nodes of one scope: not what stands in functions, classes and the like inside it."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, closed):
            waiting += ast.iter_child_nodes(node)


def _bound(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names that a scope of these nodes binds itself."""
    for node in _inner(nodes):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.MatchMapping):
            yield from [node.rest] if node.rest else []
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.split(".")[0]
        elif isinstance(node, COMPREHENSIONS):
            # `:=` binds outside; nothing else in there does.
            for inner in _inner(ast.iter_child_nodes(node), SCOPES):
                if isinstance(inner, ast.NamedExpr):
                    yield inner.target.id
        elif isinstance(name := getattr(node, "name", None), str):
            yield name  # of a function, a class, an exception, a pattern


def _declared(
    nodes: Iterable[ast.AST], kind: type[ast.Global] | type[ast.Nonlocal]
) -> frozenset[str]:
    return frozenset(name for node in nodes if isinstance(node, kind) for name in node.names)
