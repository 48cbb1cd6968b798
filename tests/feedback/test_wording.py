"""Every verdict, status, flag and failure is said in words that a student understands."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from autograder.course.limits import Limits
from autograder.course.verdicts import Status, Verdict
from autograder.feedback import wording
from autograder.feedback.wording import own_words


@pytest.mark.parametrize("found", Verdict)
def test_every_verdict_has_its_sentence(found):
    """And whatever went wrong has its remedy."""
    said, remedy = wording.verdict(found, "it is a picture", "toy.ipynb", Limits())
    assert said.endswith(".") and "_" not in said
    assert bool(remedy) == (found != "graded")


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_sign_a_word_and_a_meaning(status):
    """Passed needs no more than its word."""
    sign, word = wording.SIGNS[status]
    assert len(sign) == 1 and word and "_" not in word
    assert bool(wording.status(status, Limits())) == (status != "passed")


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("renamed notebook: toy (1).ipynb", "Your file was called “toy (1).ipynb”."),
        ("deleted cell: test_double", "“test_double” was not in your notebook"),
        ("edited cell: {0}", "You changed the given cell “{0}”"),
        (
            "wrong notebook: this is the notebook of pooling; ask the student for that of toy",
            "Your file is not the notebook of this assignment: this is the notebook of pooling. "
            "Ask your instructor whether you may hand in the right one.",
        ),
        ("handed in by pigeon", "handed in by pigeon"),
    ],
)
def test_flags_are_said_in_sentences(flag, said):
    """What is not known is said as it is."""
    assert said in wording.flag(flag)


@pytest.mark.parametrize(
    ("message", "gist"),
    [
        ("x is 2: some values are wrong", "x is 2: some values are wrong"),
        (
            "\nNot equal to tolerance rtol=1e-07\nadd the bias once\nMismatched elements: 4",
            "add the bias once",
        ),
        ("Arrays are not equal\n\n(shapes (2,), (3,) mismatch)", "Arrays are not equal"),
        ("", ""),
    ],
)
def test_a_failure_in_short_is_its_own_words(message, gist):
    """Without the numbers that NumPy writes around them."""
    assert own_words(message) == gist


def test_many_flags_of_one_kind_are_one_sentence():
    """Twenty lost cells are no list of twenty; flags of other kinds stay by themselves."""
    lost = [f"deleted cell: test_{number}" for number in range(20)]
    several, other, one = wording.flags([*lost, "handed in by pigeon", "edited cell: setup"])
    assert several.startswith("20 cells were not in your notebook: “test_0”, “test_1”, ")
    assert "“test_5” and 14 more." in several and "“test_6”" not in several
    assert other == "handed in by pigeon" and "You changed the given cell “setup”" in one
    (two,) = wording.flags(["edited cell: a", "edited cell: b"])
    assert "2 given cells: “a” and “b”." in two


def test_a_failure_begins_with_its_property():
    """Below the first line stands what a visible check found, which differs from one to another."""
    message = "every stride is kept\nat [0, 1] expected 3, you returned 4\n2 of 4 values differ"
    assert own_words(message, first=True) == "every stride is kept"
    numpy = "\nNot equal to tolerance rtol=1e-07\nadd the bias once\nMismatched elements: 4"
    assert own_words(numpy, first=True) == "add the bias once"


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("UTC", "2026-07-02, 22:30 UTC"),
        ("Europe/Berlin", "2026-07-03, 00:30 CEST"),
        ("Asia/Kolkata", "2026-07-03, 04:00 IST"),
    ],
)
def test_times_are_in_a_zone(zone, text):
    """nbgrader's have none and are in UTC; the page says which one it shows."""
    assert wording.moment(datetime(2026, 7, 2, 22, 30), ZoneInfo(zone)) == text
    assert wording.moment(None, ZoneInfo(zone)) == ""
