"""Compare the processor time of two pieces of work, so that a busy machine changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

LEAST_ROUNDS = 2
MOST_ROUNDS = 6


def ratio(work: Callable[[], object], base: Callable[[], object], most: float) -> float:
    """How many times the processor time of `base` the call of `work` takes.

    Both are measured in turn, and the least time of each counts: other processes can only make a
    call slower. While the ratio exceeds `most`, up to six rounds are measured.
    """
    base_times, work_times = [], []
    for done in range(1, MOST_ROUNDS + 1):
        base_times.append(_cpu_seconds(base))
        work_times.append(_cpu_seconds(work))
        result = min(work_times) / min(base_times)
        if done >= LEAST_ROUNDS and result <= most:
            break
    return result


def growth(work: Callable[[int], object], size: int, times: int = 4, most: float = 8.0) -> float:
    """How many times as much processor time `work` takes for `times` the size.

    Linear work gives about `times`, quadratic work about its square.
    """
    return ratio(lambda: work(times * size), lambda: work(size), most)


def _cpu_seconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return max(time.process_time() - start, 1e-6)
