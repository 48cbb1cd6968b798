"""Draw small charts as SVG inside a page, without a script and with the page's colours.

Each has a title and a description for people who cannot see it; the page gives the same numbers as
a table. 360 units are as wide as a small phone, so that letters stay readable there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from autograder.reports.number_format import percent
from autograder.reports.statistics import Bin, even_edges

WIDTH = 360
LEFT, RIGHT, TOP, FOOT = 34, 8, 20, 34  # around the area that is drawn in
HEIGHT = 190
LINE = 38  # of a bar with its name above


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
    width = (WIDTH - LEFT - RIGHT) / max(len(bins), 1)
    parts = [_across(step, top) for step in steps]
    for index, bar in enumerate(bins):
        x, height = LEFT + index * width, _height(bar.count, top)
        parts.append(_rect(x + 0.75, HEIGHT - FOOT - height, width - 1.5, height, "bar"))
    interval = math.ceil((len(bins) + 1) / 6)
    edges = [*(bar.low for bar in bins), *(bar.high for bar in bins[-1:])]
    for index, edge in enumerate(edges):
        if index % interval == 0:
            parts.append(_text(LEFT + index * width, HEIGHT - FOOT + 15, f"{edge:.3g}", "middle"))
    for row, rule in enumerate(sorted(rules, key=lambda rule: rule.value)):
        parts += _rule(rule, bins, width, row)
    parts.append(_text((WIDTH + LEFT) / 2, HEIGHT - 5, unit, "middle"))
    parts.append(_text(2, TOP - 8, "students", "start"))
    filled = "; ".join(f"{bar.low:.3g} to {bar.high:.3g}: {bar.count}" for bar in bins if bar.count)
    return _svg(name, title, f"Students by {unit}. {filled or 'None.'}", HEIGHT, parts)


def bars(name: str, title: str, rows: Sequence[tuple[str, float]]) -> Markup:
    """Bars of shares, 0 to 1, one below the other, with names above."""
    height, track = LINE * len(rows) + 6, WIDTH - 50
    parts = []
    for index, (word, share) in enumerate(rows):
        y, length = index * LINE, 0.0 if math.isnan(share) else track * share
        parts.append(_text(0, y + 13, word, "start"))
        parts.append(_rect(0, y + 18, track, 14, "track"))
        parts.append(_rect(0, y + 18, length, 14, "bar"))
        parts.append(_text(track + 6, y + 30, percent(share), "start"))
    description = "; ".join(f"{word}: {percent(share)}" for word, share in rows)
    return _svg(name, title, description, height, parts)


def _rule(rule: ChartRule, bins: Sequence[Bin], width: float, row: int) -> list[Markup]:
    """A rule with its word, which stands left of the first rule and right of the second."""
    for index, bar in enumerate(bins):
        if bar.low <= rule.value <= bar.high:
            x = LEFT + (index + (rule.value - bar.low) / (bar.high - bar.low)) * width
            word_is_left = x > WIDTH - 50 or (row == 0 and x > LEFT + 90)
            side, gap = ("end", -4) if word_is_left else ("start", 4)
            y = TOP - 8 + 12 * row
            word = _text(x + gap, y, rule.word, side, "rule-word")
            return [_line(x, y - 8, x, HEIGHT - FOOT, "rule"), word]
    return []


def _across(step: float, top: float) -> Markup:
    y = HEIGHT - FOOT - _height(step, top)
    return _line(LEFT, y, WIDTH - RIGHT, y, "grid") + _text(LEFT - 5, y + 4, f"{step:g}", "end")


def _height(count: float, top: float) -> float:
    return count / top * (HEIGHT - TOP - FOOT - 14)


def _rect(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    template = '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" class="{}"/>'
    return Markup(template).format(x, y, max(width, 0), max(height, 0), kind)


def _line(x: float, y: float, to_x: float, to_y: float, kind: str) -> Markup:
    template = '<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" class="{}"/>'
    return Markup(template).format(x, y, to_x, to_y, kind)


def _text(x: float, y: float, word: str, anchor: str, kind: str = "") -> Markup:
    template = '<text x="{:.1f}" y="{:.1f}" text-anchor="{}" class="{}">{}</text>'
    return Markup(template).format(x, y, anchor, kind, word)


def _svg(name: str, title: str, description: str, height: float, parts: Sequence[Markup]) -> Markup:
    head = Markup(
        '<svg class="chart" viewBox="0 0 {} {:.0f}" role="img" '
        'aria-labelledby="{n}-title {n}-said"><title id="{n}-title">{}</title>'
        '<desc id="{n}-said">{}</desc>'
    ).format(WIDTH, height, title, description, n=name)
    return head + Markup("").join(map(escape, parts)) + Markup("</svg>")
