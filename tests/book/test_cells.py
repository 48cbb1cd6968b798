"""The cells that a page shows are short enough to be read, and fit beside both sidebars."""

import re
from pathlib import Path

import pytest

BOOK = Path(__file__).parents[2] / "book"
CELL = re.compile(r"^```\{code-cell\} ipython3\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
MOST_LETTERS, MOST_LINES = 84, 16


def shown_cells():
    """The code of every cell that no tag folds away, with its page and its first line."""
    for page in sorted(BOOK.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for match in CELL.finditer(text):
            options = dict(re.findall(r"^:(\w+): (.*)$", match[1], re.MULTILINE))
            tags = set(re.findall(r"[\w-]+", options.get("tags", "")))
            if not tags & FOLDED:
                number = text.count("\n", 0, match.start()) + 1
                code = re.sub(r"^:\w+: .*\n", "", match[1], flags=re.MULTILINE)
                yield pytest.param(code.splitlines(), id=f"{page.name}:{number}")


@pytest.mark.parametrize("lines", list(shown_cells()))
def test_a_cell_that_is_shown_is_short(lines):
    """Its lines have at most 84 letters, and it has at most 16 lines that are not empty."""
    assert [line for line in lines if len(line) > MOST_LETTERS] == []
    assert sum(line.strip() != "" for line in lines) <= MOST_LINES
