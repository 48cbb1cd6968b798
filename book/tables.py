"""Tables of numbers as cells print them: real tables on a page, aligned text in a terminal.

table(["network", "parameters"], [["AlexNet", 60_965_224]], "Parameters of one network")
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from numbers import Integral


@dataclass(frozen=True)
class Table:
    """Rows of texts under a head; the first cell of a row names it."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str

    def _repr_html_(self) -> str:
        columns = zip(self.head, *self.rows, strict=True)
        side, *sides = (' class="right"' if _is_numeric(c[1:]) else "" for c in columns)
        heads = "".join(
            f'<th scope="col"{c}>{escape(t)}</th>'
            for t, c in zip(self.head, [side, *sides], strict=True)
        )
        # It scrolls inside its own frame, which a keyboard must reach, and a frame needs a name.
        lines = [
            f'<div class="numbers" role="region" tabindex="0" aria-label="{escape(self.caption)}">',
            f'<table class="table"><caption>{escape(self.caption)}</caption>',
            "<thead><tr>" + heads,
            "</tr></thead><tbody>",
        ]
        for first, *rest in self.rows:
            cells = "".join(f"<td{c}>{escape(t)}</td>" for t, c in zip(rest, sides, strict=True))
            lines.append(f'<tr><th scope="row"{side}>{escape(first)}</th>{cells}</tr>')
        return "\n".join([*lines, "</tbody></table></div>"])

    def __repr__(self) -> str:
        rows = [self.head, *self.rows]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
            for row in rows
        ]
        return "\n".join([self.caption, *lines])


def table(head: Sequence[str], rows: Sequence[Sequence[object]], caption: str) -> Table:
    """A table whose whole numbers have commas; everything else is written as `str` does."""

    def text(value: object) -> str:
        if isinstance(value, Integral) and not isinstance(value, bool):
            return f"{value:,}"
        return str(value)

    return Table(tuple(head), tuple(tuple(map(text, row)) for row in rows), caption)


def _is_numeric(column: Sequence[str]) -> bool:
    """Whether texts are numbers, perhaps with a sign before and a unit behind, or empty."""
    return any(column) and all(re.match(r"[-+−≈<>(]?\s*\d|[–-]?$", text) for text in column)


def percent(shares: Sequence[float]) -> str:
    """Runs of one experiment: their mean, and the least and the largest where they differ."""
    mean = f"{sum(shares) / len(shares):.1%}"
    least, most = (f"{100 * share:.1f}" for share in (min(shares), max(shares)))
    return mean if least == most else f"{mean} ({least}–{most})"


def product(shape: Sequence[int]) -> str:
    """The sides of a volume or of weights as text: 512 × 7 × 7."""
    return " × ".join(f"{side:,}" for side in shape)


def of_layers(rows: Sequence, caption: str) -> Table:
    """The rows of `networks.layers` with the sums of the columns that can be added up."""
    lines = [[row.name, row.kind, product(row.shape), *row[3:]] for row in rows]
    sums = [sum(row[column] for row in rows) for column in (3, 4, 5)]
    values = f"{sum(row.values for row in rows):,} values"
    head = ["layer", "kind", "output", "weights", "biases", "multiply-adds"]
    return table(head, [*lines, ["sum", "", values, *sums]], caption)
