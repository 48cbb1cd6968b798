"""The messages of Markdown are its blocks, and nothing else of it changes."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from autograder.authoring.markdown_messages import translated_markdown
from autograder.course.cells import is_code
from autograder.course.folders import find_course
from autograder.course.notebook_source import read_source

COURSE = find_course()
PARTS = """\
## 1 · A heading

A paragraph of
two lines with `code` and $x + y$.
$$
\\text{words in a formula}
$$
and on.

- an item
  goes on
- another

1. **(1 point)** first
   and more

| symbol | meaning |
|---|---|
| `x` (N, C) | many images |

```python
print("code is no message")
```

<details><summary>One way</summary>

$$one = line$$

</details>
"""


def test_the_parts_of_markdown():
    """Headings, paragraphs, items and cells are messages; fences, formulas and marks are not."""
    found = []
    translated_markdown(PARTS, lambda message: found.append(message) or message)
    assert found == [
        "1 · A heading",
        "A paragraph of two lines with `code` and $x + y$.",
        "and on.",
        "an item goes on",
        "another",
        "**(1 point)** first and more",
        "symbol",
        "meaning",
        "many images",
        "<details><summary>One way</summary>",
    ]


@pytest.mark.parametrize("name", COURSE.names)
def test_notebooks_read_the_same(name):
    """Put together again without translations, every cell of every notebook shows the same."""
    reader = MarkdownIt("commonmark").enable("table")
    for cell in read_source(COURSE.assignment(name)).cells:
        if not is_code(cell):
            shown = [
                re.sub(r"\s+", " ", reader.render(text))
                for text in (cell.source, translated_markdown(cell.source, str))
            ]
            assert shown[0] == shown[1]
