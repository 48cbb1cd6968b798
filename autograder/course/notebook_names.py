"""What the name of a notebook's file says, however browsers, Jupyter and desktops spell it."""

from __future__ import annotations

import re
from collections.abc import Iterable

NOTEBOOK = re.compile(r"\.ipynb(\.(txt|json))?$", re.IGNORECASE)  # browsers add what is after it
# What Canvas, browsers, Jupyter and desktops add to the name of a file that is there already. It
# must take linear time; the blanks before it are stripped without an expression.
COPY = re.compile(
    r"-(?P<number>\d{1,2})$|-(?P<uuid>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"
    r"|\(\d{1,4}\)$|-checkpoint$|[\s_-]?copy\s?\d{0,4}$",
    re.IGNORECASE,
)
CHECKPOINTS = ".ipynb_checkpoints"  # the folder of what Jupyter saved before
MAX_COPIES = 10  # of copies that one name is taken for
MAX_SHOWN = 3  # names in a sentence
MAX_LETTERS = 80  # of each


def is_notebook(name: str) -> bool:
    """Whether a file's name is a notebook's; one that is hidden, as macOS adds some, is none."""
    return NOTEBOOK.search(name) is not None and not name.startswith(".")


def is_called(name: str, assignment: str) -> bool:
    """Whether a notebook has the assignment's name, copies of it (`-2`, ` (1)`) included."""
    wanted, stem = plain(assignment), _stem(name)
    for _ in range(MAX_COPIES):
        if plain(stem) == wanted:
            return True
        stem = COPY.sub("", stem).rstrip()
    return False


def version(name: str) -> int:
    """The number that Canvas gave a copy: 2 for `name-2.ipynb`, 0 for `name.ipynb`."""
    match = COPY.search(_stem(name))
    if match is None:
        return 0
    return 100 if match["uuid"] else int(match["number"] or 0)


def _stem(name: str) -> str:
    return NOTEBOOK.sub("", name).rstrip()


def few(names: Iterable[str]) -> str:
    """The first few names for a sentence, each cut if it is long, and how many more there are."""
    names = sorted(names)
    shown = [name if len(name) <= MAX_LETTERS else f"{name[:MAX_LETTERS]}…" for name in names]
    more = len(names) - MAX_SHOWN
    listed = ", ".join(shown[:MAX_SHOWN])
    return f"{listed} and {more} more" if more > 0 else listed


def plain(text: str) -> str:
    """Letters and digits in one case: what is left of a name however it was typed."""
    return "".join(filter(str.isalnum, text)).casefold()
