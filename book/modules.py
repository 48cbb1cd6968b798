"""Which modules of the book a text of Python imports, and what those import in turn.

What is computed for a page depends on them. So the files of stored results and the executed pages
are known by a fingerprint of them, and the notebooks that readers download come with them.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

BOOK = Path(__file__).resolve().parent
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def imported(source: str, book: Path = BOOK, package: Path | None = None) -> Iterator[Path]:
    """The files below `book` that a text of Python imports itself.

    package : the folder that holds the text, for imports that begin with a dot
    """
    for node in ast.walk(ast.parse(source)):
        base = book
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = node.module or ""
            names = [start, *(f"{start}.{alias.name}".lstrip(".") for alias in node.names)]
            if node.level:
                base = package or book
        else:
            continue
        for name in filter(None, names):
            parts = name.split(".")
            for end in range(1, len(parts) + 1):
                place = base.joinpath(*parts[:end])
                choices = (place.parent / f"{place.name}.py", place / "__init__.py")
                yield from (path for path in choices if path.is_file())


def dependencies(
    sources: Iterable[str] = (), files: Iterable[Path] = (), book: Path = BOOK
) -> list[Path]:
    """`files`, what they and the texts in `sources` import from the book, and so on, sorted."""
    waiting = [*files]
    for source in sources:
        waiting += imported(source, book)
    known: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in known:
            known.add(path)
            waiting += imported(path.read_text(encoding="utf-8"), book, path.parent)
    return sorted(known)


def fingerprint(files: Iterable[Path], book: Path = BOOK) -> str:
    """A name for what the files do; comments, docstrings and line breaks do not change it."""
    digest = hashlib.sha256()
    for path in files:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:]
        digest.update(f"{path.relative_to(book)}\0{ast.dump(tree)}\0".encode())
    return digest.hexdigest()
