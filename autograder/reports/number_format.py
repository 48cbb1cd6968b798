"""Write numbers as people read them: few decimals, a minus sign, a dash where none is known."""

from __future__ import annotations

import math

NONE = "–"


def number(value: float | None, digits: int = 1) -> str:
    """A number with at most one decimal, or with exactly two where they are asked for."""
    if value is None or math.isnan(value):
        return NONE
    text = f"{value:.{digits}f}"
    if digits != 2:  # correlations are easier to compare with all their decimals
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.removeprefix("-") if not float(text) else text.replace("-", "−")


def percent(share: float) -> str:
    """A share, 0 to 1, in whole percent."""
    return NONE if math.isnan(share) else f"{share:.0%}"
