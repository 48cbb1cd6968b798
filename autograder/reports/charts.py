"""Draw small charts as SVG inside a page, without a script and with the page's colours.

Each has a title and a description for people who cannot see it; the page gives the same numbers as
a table. Across, everything is placed in percent, and down in pixels: a chart is as wide as the
page, and its letters have the same size on a phone and on a wide screen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from autograder.gradebook.statistics import Bin, even_edges
from autograder.reports.number_format import percent

LEFT, RIGHT = 9.0, 99.0  # percent of the width, around the area that is drawn in
TOP, FOOT = 20, 34  # pixels
HEIGHT = 220
LINE = 38  # of a bar with its name above
TRACK = 89.0  # percent of the width, so that a share fits beside it
STEPS = 6  # numbers below a histogram at most, so that they fit on a phone


@dataclass(frozen=True)
class ChartRule:
    """A vertical line in a histogram, at a value, with a word."""

    value: float
    word: str


def histogram(
    name: str, title: str, bins: Sequence[Bin], unit: str, rules: Sequence[ChartRule] = ()
) -> Markup:
    """Bars of one width side by side, even where the ranges they stand for double."""
    maximum = max((bar.count for bar in bins), default=0)
    steps = [step for step in even_edges(maximum, 4) if step == int(step)] or [0, 1]
    top = max(steps[-1], maximum, 1)
    width = (RIGHT - LEFT) / max(len(bins), 1)
    parts = [_across(step, top) for step in steps]
    for index, bar in enumerate(bins):
        x, height = LEFT + index * width, _height(bar.count, top)
        parts.append(_rect(x + 0.05 * width, HEIGHT - FOOT - height, 0.9 * width, height, "bar"))
    interval = math.ceil((len(bins) + 1) / STEPS)
    edges = [*(bar.low for bar in bins), *(bar.high for bar in bins[-1:])]
    for index, edge in enumerate(edges):
        if index % interval == 0:
            side = "end" if index == len(bins) else "middle"
            parts.append(_text(LEFT + index * width, HEIGHT - FOOT + 15, f"{edge:.3g}", side))
    for row, rule in enumerate(sorted(rules, key=lambda rule: rule.value)):
        parts += _rule(rule, bins, width, row)
    parts.append(_text((LEFT + RIGHT) / 2, HEIGHT - 5, unit, "middle"))
    parts.append(_text(0.5, TOP - 8, "students", "start"))
    filled = "; ".join(f"{bar.low:.3g} to {bar.high:.3g}: {bar.count}" for bar in bins if bar.count)
    return _svg(name, title, f"Students by {unit}. {filled or 'None.'}", HEIGHT, parts)


def bars(name: str, title: str, rows: Sequence[tuple[str, float]]) -> Markup:
    """Bars of shares, 0 to 1, one below the other, with names above."""
    parts = []
    for index, (word, share) in enumerate(rows):
        y, length = index * LINE, 0.0 if math.isnan(share) else TRACK * share
        parts.append(_text(0, y + 13, word, "start"))
        parts.append(_rect(0, y + 18, TRACK, 14, "track"))
        parts.append(_rect(0, y + 18, length, 14, "bar"))
        parts.append(_text(TRACK + 1, y + 30, percent(share), "start"))
    description = "; ".join(f"{word}: {percent(share)}" for word, share in rows)
    return _svg(name, title, description, LINE * len(rows) + 6, parts)


def _rule(rule: ChartRule, bins: Sequence[Bin], width: float, row: int) -> list[Markup]:
    """A rule with its word, which stands left of the first rule and right of the second."""
    for index, bar in enumerate(bins):
        if bar.low <= rule.value <= bar.high:
            x = LEFT + (index + (rule.value - bar.low) / (bar.high - bar.low)) * width
            word_is_left = x > 86 or (row == 0 and x > 34)
            side, word = ("end", f"{rule.word}\u2002") if word_is_left else ("start", rule.word)
            y = TOP - 8 + 12 * row
            text = _text(x if word_is_left else x + 0.7, y, word, side, "rule-word")
            return [_line(x, y - 8, x, HEIGHT - FOOT, "rule"), text]
    return []


def _across(step: float, top: float) -> Markup:
    y = HEIGHT - FOOT - _height(step, top)
    return _line(LEFT, y, RIGHT, y, "grid") + _text(LEFT - 1.5, y + 4, f"{step:g}", "end")


def _height(count: float, top: float) -> float:
    return count / top * (HEIGHT - TOP - FOOT - 14)


def _rect(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    """A rectangle; `x` and `width` in percent, `y` and `height` in pixels."""
    template = '<rect x="{:.2f}%" y="{:.1f}" width="{:.2f}%" height="{:.1f}" class="{}"/>'
    return Markup(template).format(x, y, max(width, 0), max(height, 0), kind)


def _line(x: float, y: float, to_x: float, to_y: float, kind: str) -> Markup:
    template = '<line x1="{:.2f}%" y1="{:.1f}" x2="{:.2f}%" y2="{:.1f}" class="{}"/>'
    return Markup(template).format(x, y, to_x, to_y, kind)


def _text(x: float, y: float, word: str, anchor: str, kind: str = "") -> Markup:
    template = '<text x="{:.2f}%" y="{:.1f}" text-anchor="{}" class="{}">{}</text>'
    return Markup(template).format(x, y, anchor, kind, word)


def _svg(name: str, title: str, description: str, height: float, parts: Sequence[Markup]) -> Markup:
    head = Markup(
        '<svg class="chart" width="100%" height="{:.0f}" role="img" '
        'aria-labelledby="{n}-title {n}-said"><title id="{n}-title">{}</title>'
        '<desc id="{n}-said">{}</desc>'
    ).format(height, title, description, n=name)
    return head + Markup("").join(map(escape, parts)) + Markup("</svg>")
