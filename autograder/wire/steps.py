"""Count the lines of Python that one call runs: what a loop over places cannot hide.

Counts every line in every frame, library code included, because a callback from `np.vectorize` or
`map` is a loop as well.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def count_steps(call: Callable[[], Any]) -> int:
    """The number of lines that `call()` runs; its exceptions are passed on."""
    count = 0

    def tracer(frame: Any, event: str, arg: Any) -> Any:
        nonlocal count
        if event in ("line", "call"):
            count += 1
        return tracer

    previous = sys.gettrace()
    sys.settrace(tracer)
    try:
        call()
    finally:
        sys.settrace(previous)
    return count
