"""A batch that was cut off goes on with its seed; any other gets a new one."""

import json
import stat

import pytest

from autograder.batch import state as batch_state
from autograder.course.errors import CourseError
from tests.toy_course import make_course


@pytest.fixture
def toy(tmp_path):
    return make_course(tmp_path).assignment("toy")


def state(toy):
    """The file in which a batch's seed is written down."""
    return toy.course.results / "toy" / ".batch"


def test_a_seed_that_is_asked_for_is_taken(toy):
    """Also when another batch was cut off."""
    batch_state.begin(toy, "key", 5, fresh=False)
    assert batch_state.begin(toy, "key", 6, fresh=False) == 6
    assert batch_state.begin(toy, "key", 0, fresh=False) == 0


def test_a_batch_that_was_cut_off_goes_on(toy):
    """With the seed that it had, drawn or asked for, however often."""
    seed = batch_state.begin(toy, "key", None, fresh=False)
    assert batch_state.begin(toy, "key", None, fresh=False) == seed
    assert batch_state.begin(toy, "key", None, fresh=False) == seed
    batch_state.begin(toy, "key", 5, fresh=False)
    assert batch_state.begin(toy, "key", None, fresh=False) == 5


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
    before = batch_state.begin(toy, "key", None, fresh=False)
    if finished:
        batch_state.finish(toy, faultless=True)
    assert batch_state.begin(toy, key, None, fresh=fresh) != before
    assert json.loads(state(toy).read_text())["key"] == key


def test_a_seed_is_large_and_drawn_anew(toy):
    """Nobody can try them all, and Python's own generator has no part in it."""
    seeds = {batch_state.begin(toy, "key", None, fresh=True) for _ in range(20)}
    assert len(seeds) == 20
    assert max(seeds).bit_length() > 40


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"key": "key", "seed": "5"}', '{"key": "key"}', "\udc80"],
    ids=repr,
)
def test_a_broken_record_begins_a_new_batch(toy, text):
    """Half a file of a machine that lost power stops nobody."""
    state(toy).parent.mkdir(parents=True)
    state(toy).write_text(text, encoding="utf-8", errors="surrogateescape")
    assert isinstance(batch_state.begin(toy, "key", None, fresh=False), int)
    assert json.loads(state(toy).read_text())["finished"] is False


def test_the_seed_is_for_its_owner_alone(toy):
    """It tells the hidden inputs; who else works on the machine may not read it."""
    batch_state.begin(toy, "key", None, fresh=False)
    assert stat.S_IMODE(state(toy).stat().st_mode) == 0o600
    batch_state.finish(toy, faultless=True)
    assert stat.S_IMODE(state(toy).stat().st_mode) == 0o600


def test_two_batches_of_an_assignment_do_not_run_at_a_time(toy):
    """The second is told so; when the first has ended, it may."""
    first, second = batch_state.alone(toy), batch_state.alone(toy)
    with first, pytest.raises(CourseError, match="another batch is grading toy"), second:
        pytest.fail("two at a time")
    with batch_state.alone(toy):
        pass
