"""A batch that was cut off goes on with its seed; any other gets a new one."""

import pytest

from autograder.batch import audit_log, state
from autograder.batch.history import read_history
from autograder.course.errors import CourseError
from autograder.course.results import CellResult, summarize
from tests.toy_course import make_course


@pytest.fixture
def toy(tmp_path):
    return make_course(tmp_path).assignment("toy")


def begin(toy, key="key", seed=None, *, fresh=False, finished=False, work=(), **facts):
    """Begin a batch as `grade_submissions` does: its seed.

    work : pairs of a student and what he has handed in
    """
    seed = state.batch_seed(read_history(toy), key, seed, fresh=fresh)
    run = audit_log.begin(toy, seed=seed, hashes={"all": key}, **facts)
    for student, handed in work:
        result = summarize(student, {"test": CellResult(1.0, 1.0, "passed")})
        audit_log.graded(toy, run, result, seed=seed, handed=handed)
    if finished:
        audit_log.end(toy, run, verdicts={"graded": len(work)})
    return seed


def test_a_seed_that_is_asked_for_is_taken(toy):
    """Also when another batch was cut off."""
    begin(toy, seed=5)
    assert begin(toy, seed=6) == 6
    assert begin(toy, seed=0) == 0


def test_a_batch_that_was_cut_off_goes_on(toy):
    """With the seed that it had, drawn or asked for, however often."""
    seed = begin(toy)
    assert begin(toy) == seed
    assert begin(toy) == seed
    begin(toy, seed=5)
    assert begin(toy) == 5


@pytest.mark.parametrize(
    ("key", "fresh", "finished"),
    [
        pytest.param("key", False, True, id="after one that is done"),
        pytest.param("another", False, False, id="after a change of the assignment"),
        pytest.param("key", True, False, id="when all is to be graded again"),
    ],
)
def test_a_new_batch_gets_a_new_seed(toy, key, fresh, finished):
    """What a class was asked once says nothing about the next time."""
    before = begin(toy, finished=finished)
    assert begin(toy, key, fresh=fresh) != before


def test_a_seed_is_large_and_drawn_anew(toy):
    """Nobody can try them all, and Python's own generator has no part in it."""
    seeds = {begin(toy, fresh=True) for _ in range(20)}
    assert len(seeds) == 20
    assert max(seeds).bit_length() > 120


def test_another_file_is_asked_other_questions(toy):
    """Whoever knows what the first was asked could write the second to it."""
    seed = begin(toy, work=[("ann", "first"), ("bob", "first")])
    history = read_history(toy)
    assert state.student_seed(history, "ann", "first", seed) == seed
    assert state.student_seed(history, "zoe", "first", seed) == seed
    others = {state.student_seed(history, "ann", "second", seed) for _ in range(5)}
    assert seed not in others and len(others) == 5
    # Nor does going back to the first file make the seed safe again.
    begin(toy, seed=seed, work=[("ann", "second")])
    assert state.student_seed(read_history(toy), "ann", "first", seed) != seed


def test_a_regrade_is_unfinished_until_one_ends_without_a_fault(toy):
    """A batch between two of them does not change what they compare with."""
    begin(toy, finished=True)
    assert state.unfinished_regrade(read_history(toy)) is None
    begin(toy, regrade="before")
    assert state.unfinished_regrade(read_history(toy)) == "before"
    begin(toy)
    assert state.unfinished_regrade(read_history(toy)) == "before"
    run = audit_log.begin(toy, regrade="before")
    audit_log.end(toy, run, verdicts={"grader_error": 1})
    assert state.unfinished_regrade(read_history(toy)) == "before"
    begin(toy, regrade="before", finished=True)
    assert state.unfinished_regrade(read_history(toy)) is None


@pytest.mark.parametrize("seed", [None, "5", 5.0, [5]], ids=repr)
def test_a_seed_that_is_none_begins_a_new_batch(toy, seed):
    """Whoever wrote it into the log stops nobody."""
    audit_log.begin(toy, seed=seed, hashes={"all": "key"})
    assert isinstance(begin(toy), int)


def test_two_batches_of_an_assignment_do_not_run_at_a_time(toy):
    """The second is told so; when the first has ended, it may."""
    first, second = state.alone(toy), state.alone(toy)
    with first, pytest.raises(CourseError, match="another batch is grading toy"), second:
        pytest.fail("two at a time")
    with state.alone(toy):
        pass
