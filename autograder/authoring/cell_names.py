"""The names that a cell binds for other cells, and those that it uses and gets from elsewhere."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from autograder.checks.scopes import without_magics

# What every notebook has, beside Python's own.
NOTEBOOK = frozenset(("In", "Out", "display", "get_ipython", "exit", "quit"))


@dataclass(frozen=True)
class CellNames:
    """The names of one cell.

    bound : what it defines where other cells see it
    used : what it looks up there, in functions too; Python's own names are left out
    """

    bound: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()

    @staticmethod
    def of_aliases(node: ast.Import | ast.ImportFrom) -> frozenset[str]:
        """The names that an import binds."""
        return frozenset(alias.asname or alias.name.partition(".")[0] for alias in node.names)


@lru_cache(maxsize=256)
def names_of(source: str) -> CellNames:
    """The names of a cell; none where it is no Python, which running it will say."""
    try:
        top = symtable.symtable(without_magics(source), "<cell>", "exec")
    except (SyntaxError, ValueError):
        return CellNames()
    bound = {symbol.get_name() for symbol in top.get_symbols() if _binds(symbol)}
    used = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    for table in _inner(top):
        for symbol in table.get_symbols():
            if symbol.is_global():
                used.add(symbol.get_name())
                if symbol.is_declared_global() and symbol.is_assigned():
                    bound.add(symbol.get_name())
    return CellNames(frozenset(bound), frozenset(used) - set(vars(builtins)) - NOTEBOOK)


def _binds(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()


def _inner(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _inner(child)
