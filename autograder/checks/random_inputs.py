"""The random generator that a trusted check draws its hidden inputs from."""

from __future__ import annotations

import numpy as np


def check_generator(seed: int, test: str) -> np.random.Generator:
    """The generator for one test cell's trusted check; the same for the same arguments.

    seed : of the run, recorded with its results
    test : the test cell's grade_id; it goes in, so that one cell's numbers say nothing about
        another's
    """
    return np.random.default_rng([seed, *test.encode()])
