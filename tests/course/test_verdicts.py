"""Verdicts and statuses are the plain words of the results file, each with a sentence."""

import copy
import json
import pickle
from collections import Counter

import pytest

from autograder.course.errors import LimitHit
from autograder.course.results import CellResult, summarize
from autograder.course.verdicts import Status, Verdict

VERDICTS = "graded missing unreadable timed_out out_of_memory crashed grader_error"
STATUSES = "passed partial failed timed_out out_of_memory crashed forbidden grader_error"


def test_the_words_are_those_of_the_results_file():
    """Other tools read them, so none is renamed or lost."""
    assert list(map(str, Verdict)) == VERDICTS.split()
    assert list(map(str, Status)) == STATUSES.split()


@pytest.mark.parametrize("outcome", [*Verdict, *Status], ids=repr)
def test_a_member_does_as_its_word(outcome):
    """In JSON, messages, sets, dicts and counts, and on its way to another process."""
    word = str(outcome)
    assert type(word) is str
    assert json.dumps({outcome: [outcome]}) == json.dumps({word: [word]})
    assert f"{outcome} {outcome:>20}" == f"{word} {word:>20}"
    assert outcome in {word} and word in {outcome} and {word: 1}[outcome] == 1
    assert sorted(Counter([outcome, "zero"]).items()) == sorted(Counter([word, "zero"]).items())
    assert pickle.loads(pickle.dumps(outcome)) is outcome
    assert copy.deepcopy(outcome) is outcome
    assert outcome.meaning


def test_a_record_holds_members_whatever_it_was_given():
    """So that a meaning can be asked of each; an unknown word is refused."""
    result = summarize("ann", {"a": CellResult(0.0, 1.0, "crashed")}, verdict="missing")
    assert (result.verdict, result.cells["a"].status) == (Verdict.MISSING, Status.CRASHED)
    assert result.verdict.meaning == "nothing was handed in"
    assert LimitHit("timed_out", "slow").status.meaning
    with pytest.raises(ValueError, match="lost"):
        CellResult(0.0, 1.0, "lost")
    with pytest.raises(ValueError, match="lost"):
        summarize("ann", {}, verdict="lost")
