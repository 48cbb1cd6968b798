"""The cells that a page shows are short, fit beside both sidebars, and show what they compute."""

import ast
import re
from pathlib import Path

import pytest

BOOK = Path(__file__).parents[2] / "book"
CELL = re.compile(r"^```\{code-cell\} ipython3\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
MOST_LETTERS, MOST_LINES = 84, 16


PAGES = sorted(page for page in BOOK.glob("*.md") if CELL.search(page.read_text(encoding="utf-8")))


def cells(page):
    """The first line, the tags and the code of every cell of a page."""
    text = page.read_text(encoding="utf-8")
    for match in CELL.finditer(text):
        options = dict(re.findall(r"^:(\w+): (.*)$", match[1], re.MULTILINE))
        tags = set(re.findall(r"[\w-]+", options.get("tags", "")))
        code = re.sub(r"^:\w+: .*\n", "", match[1], flags=re.MULTILINE)
        yield text.count("\n", 0, match.start()) + 1, tags, code


def shown_cells():
    """The code of every cell that no tag folds away, with its page and its first line."""
    for page in PAGES:
        for line, tags, code in cells(page):
            if not tags & FOLDED:
                yield pytest.param(code.splitlines(), id=f"{page.name}:{line}")


def outside_functions(node):
    """The parts of a cell that run when it does: neither functions nor classes."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            yield child
            yield from outside_functions(child)


def defined(cell):
    """The names that a cell gives to values, functions and classes, unless with a `_` in front."""
    stored = [node for node in outside_functions(cell) if isinstance(node, ast.Name)]
    names = {node.id for node in stored if isinstance(node.ctx, ast.Store)}
    names |= {node.name for node in cell.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return {name for name in names if not name.startswith("_")}


def used(cell):
    """The names that a cell reads, in functions as well."""
    names = [node for node in ast.walk(cell) if isinstance(node, ast.Name)]
    return {node.id for node in names if isinstance(node.ctx, ast.Load)}


def is_constant(call):
    """Whether a call prints nothing but what is written there."""
    printed = isinstance(call, ast.Call) and getattr(call.func, "id", "") == "print"
    return printed and all(isinstance(argument, ast.Constant) for argument in call.args)


@pytest.mark.parametrize("lines", list(shown_cells()))
def test_a_cell_that_is_shown_is_short(lines):
    """Its lines have at most 84 letters, and it has at most 16 lines that are not empty."""
    assert [line for line in lines if len(line) > MOST_LETTERS] == []
    assert sum(line.strip() != "" for line in lines) <= MOST_LINES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_shown_cell_computes_is_used_where_it_is_seen(page):
    """A value, a function or a class is not there for the sake of a cell that is left out."""
    parsed = [(line, tags, ast.parse(code)) for line, tags, code in cells(page)]
    idle = []
    for at, (line, tags, cell) in enumerate(parsed):
        if tags & FOLDED:
            continue
        visible = [later for _, tags, later in parsed[at:] if "remove-cell" not in tags]
        idle += [
            f"{line}: {name}" for name in sorted(defined(cell) - set().union(*map(used, visible)))
        ]
    assert idle == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_shown_cell_prints_what_it_computes(page):
    """No cell prints a sentence that would be the same, whatever came out."""
    for line, tags, code in cells(page):
        if not tags & FOLDED:
            calls = [node.value for node in ast.parse(code).body if isinstance(node, ast.Expr)]
            assert not any(map(is_constant, calls)), f"{page.name}:{line}"
