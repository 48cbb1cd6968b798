"""Right work gets full marks and wrong work loses marks, on its own function and on any seed."""

from collections import Counter
from functools import cache

import pytest

from autograder.checks.loading import load_trusted
from autograder.course.folders import find_course
from tests.fairness.suite import collect, judge

COURSE = find_course()
# `make fairness` tries 20; here the second shows that the first was no accident.
SEEDS = 2


@cache
def trusted(name):
    """An assignment's checks, loaded once."""
    return load_trusted(COURSE.assignment(name))


VARIANTS = [
    pytest.param(name, variant, id=f"{variant.kind}-{variant.function}-{variant.what}")
    for name in COURSE.names
    for variant in collect(name)
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_every_variant_is_graded_fairly(name, variant):
    """A wheat keeps all its points; a chaff loses some, and none of another function."""
    verdict = judge(trusted(name), variant, SEEDS)
    assert verdict.fair, verdict.why


@pytest.mark.parametrize("name", COURSE.names)
def test_every_function_has_its_wheats_and_chaffs(name):
    """At least three right and eight wrong implementations stand for each function."""
    counts = Counter((variant.function, variant.kind) for variant in collect(name))
    for function in trusted(name).cells.functions:
        assert counts[function, "wheat"] >= 3, function
        assert counts[function, "chaff"] >= 8, function
