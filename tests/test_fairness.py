"""Right work gets full marks, and wrong work loses what its mistake may cost, on any seed."""

from collections import Counter
from functools import cache

import pytest

from autograder.checks.loading import load_trusted
from autograder.course.folders import find_course
from tests.fairness import suite
from tests.fairness.bands import BANDS
from tests.fairness.page import lines, markdown, rows
from tests.fairness.suite import Outcome, Variant, Verdict, collect, judge

COURSE = find_course()
# `make book` grades every variant under seed 0 and fails where one is graded unfairly; here another
# seed shows that this was no accident. `make fairness` tries 20.
SEEDS = (1,)


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
    """A wheat keeps all its points; a chaff loses what its band says, and none elsewhere."""
    verdict = judge(trusted(name), variant, SEEDS)
    assert verdict.fair, verdict.why


@pytest.mark.parametrize("name", COURSE.names)
def test_every_function_has_its_wheats_and_chaffs(name):
    """At least three right and eight wrong implementations stand for each function."""
    counts = Counter((variant.function, variant.kind) for variant in collect(name))
    for function in trusted(name).cells.functions:
        assert counts[function, "wheat"] >= 3, function
        assert counts[function, "chaff"] >= 8, function


@pytest.mark.parametrize(
    ("band", "inside", "outside"),
    [
        ("style", [0.01, 0.15], [0.0, 0.16, 1.0]),
        ("slip", [0.25, 3 / 12, 0.5], [0.0, 0.15, 0.24, 0.51]),
        ("idea", [0.51, 0.1 + 0.2 + 0.7], [0.0, 0.5, 0.1 + 0.2 + 0.2]),
    ],
)
def test_a_band_holds_its_edges_and_nothing_beyond(band, inside, outside):
    """Also where a sum of points is off by a rounding."""
    assert all(BANDS[band].holds(share) for share in inside)
    assert not any(BANDS[band].holds(share) for share in outside)


@pytest.mark.parametrize(
    ("lost", "says"),
    [
        (["test_f_a"], ""),
        (["test_f_a", "test_f_b"], "loses 3 of 4 points, outside 'slip'"),
        ([], "no test cell caught it"),
        (["test_f_a", "test_g"], "test_g: wrong"),
    ],
)
def test_a_chaff_is_unfairly_graded_outside_its_band(lost, says):
    """A slip that costs 1 of 4 points is in its band; 3 of 4, nothing, or another's are not."""
    variant = Variant("chaff", "f", "stride_ignored", "", band="slip")
    own = {"test_f_a": 1.0, "test_f_b": 2.0, "test_f_c": 1.0}
    unfair = Outcome(variant, dict.fromkeys(lost, "wrong"), own).unfair
    assert says in unfair
    assert bool(unfair) == bool(says)


@pytest.mark.parametrize("band", [None, "idee"])
def test_a_chaff_without_a_band_is_named(band):
    """Nobody can say what it may cost; a wheat needs none."""
    with pytest.raises(ValueError, match=r"toy/f\.py: chaff skips has the band .*; give it one of"):
        suite._check_band("toy", Variant("chaff", "f", "skips", "", band=band))
    suite._check_band("toy", Variant("wheat", "f", "loops", ""))


def test_the_tables_say_what_was_lost():
    """A terminal names each chaff with its points and its band; the page counts them by band."""
    cells = trusted("pooling").cells
    function = cells.functions[0]
    verdicts = [
        Verdict(Variant("wheat", function, "loops", ""), 0.0, 12.0),
        Verdict(Variant("chaff", function, "flips", "", band="slip"), 3.0, 12.0),
        Verdict(Variant("chaff", function, "skips", "", band="slip"), 6.0, 12.0),
        Verdict(Variant("chaff", function, "zeros", "", band="idea"), 1.0, 12.0, "too cheap"),
    ]
    row = rows(cells, verdicts)[0]
    text = [" ".join(line.split()) for line in lines(row)]
    assert text[0].endswith("wheats passed 1/1 chaffs caught 2/3")
    assert text[1:] == [
        "slip 3 of 12 25% flips",
        "slip 6 of 12 50% skips",
        "idea 1 of 12 8% zeros",
        f"UNFAIR chaff {function} zeros: too cheap",
    ]
    shown = markdown("pooling", [row]).replace("\u2060", "")
    assert shown.splitlines()[-1] == f"| `{function}` | 12 | 1/1 | 2/3 | – | 2: 25–50% | 1: 8% |"
