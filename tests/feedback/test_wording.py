"""Every verdict, status, flag and failure is said in words that a student understands."""

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
