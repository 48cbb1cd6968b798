"""What the fairness suite found, as lines for a terminal and as tables for the book."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autograder.course.cells import Cells
from tests.fairness.bands import BANDS
from tests.fairness.suite import Verdict


@dataclass(frozen=True)
class Row:
    """One function: its points, and what was found about its variants."""

    function: str
    points: float
    wheats: list[Verdict]
    chaffs: list[Verdict]

    def lost(self, band: str) -> list[float]:
        """The shares of the points that the chaffs of a band lost, the smallest first."""
        return sorted(one.lost / one.points for one in self.chaffs if one.variant.band == band)


def rows(cells: Cells, verdicts: list[Verdict]) -> list[Row]:
    """A row for each function, in the notebook's order."""
    return [
        Row(
            function,
            sum(points for test, points in cells.tests.items() if cells.owner(test) == function),
            *(
                [v for v in verdicts if (v.variant.function, v.variant.kind) == (function, kind)]
                for kind in ("wheat", "chaff")
            ),
        )
        for function in cells.functions
    ]


def lines(row: Row) -> Iterator[str]:
    """One function for a terminal: the counts, then what each chaff lost."""
    wheats, chaffs = _fair(row.wheats), _fair(row.chaffs)
    yield f"  {row.function:28} wheats passed {wheats:10} chaffs caught {chaffs}"
    for one in row.chaffs:
        share = one.lost / one.points
        lost = f"{one.lost:g} of {one.points:g}"
        yield f"    {one.variant.band or '':5} {lost:>10} {share:5.0%}  {one.variant.what}"
    for one in (*row.wheats, *row.chaffs):
        if not one.fair:
            yield f"  UNFAIR {one.variant.kind} {row.function} {one.variant.what}: {one.why}"


def markdown(name: str, table: list[Row]) -> str:
    """One assignment's table for the book."""
    head = ["function", "points", "wheats passed", "chaffs caught", *BANDS]
    text = [f"## `{name}`", "", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for row in table:
        cells = [f"`{row.function}`", f"{row.points:g}", _fair(row.wheats), _fair(row.chaffs)]
        cells += [_shares(row.lost(band)) for band in BANDS]
        text.append(f"| {' | '.join(cells)} |")
    return "\n".join(text) + "\n"


def _fair(verdicts: list[Verdict]) -> str:
    return f"{sum(one.fair for one in verdicts)}/{len(verdicts)}"


def _shares(shares: list[float]) -> str:
    """How many chaffs, and the least and the most they lost: `5: 25–50%`, broken nowhere else."""
    if not shares:
        return "–"
    ends = dict.fromkeys(f"{100 * share:.0f}" for share in (shares[0], shares[-1]))
    return f"{len(shares)}: " + "\u2060–\u2060".join(ends) + "%"
