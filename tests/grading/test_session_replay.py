"""A session replaces a process that ended, and runs in the new one what the cells so far define."""

import dataclasses

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course.errors import LimitHit
from autograder.course.limits import Limits
from autograder.grading.reference import Reference
from autograder.grading.session import NO_TIME, Session
from autograder.sandbox.remote_call import GARBLED
from tests.grading.thread_jail import ThreadJail

END = "raise SystemExit"
REFERENCE = "def double(x):\n    return x + x\n"


def cell(source, name=None, **metadata):
    """A code cell that notes in RUNS that it runs."""
    if name is not None:
        metadata["nbgrader"] = {"grade_id": name}
    return new_code_cell(f"RUNS.append({name or source!r})\n{source}", metadata=metadata)


@pytest.fixture
def open_session():
    """Open a session on these cells: the session, and the list of what ran in its processes."""
    jails = []

    def make(*cells, tests=(), limits=None):
        runs = []
        jails.append(ThreadJail(RUNS=runs))
        jails.append(ThreadJail())
        reference = Reference(jails[-1], (("given", REFERENCE),), Limits(), {})
        nb = new_notebook(cells=list(cells))
        rest = {"tests": tests, "files": {}, "limits": limits or Limits()}
        return Session(jails[-2], reference, nb, **rest), runs

    yield make
    for jail in jails:
        jail.close()


def test_a_fresh_process_replays_the_cells_so_far(open_session):
    """But for the cell that ended the one before."""
    session, runs = open_session(cell("", "a"), cell(END, "b"), cell("", "c"), cell("", "d"))
    session.run(0)
    with pytest.raises(LimitHit) as caught:
        session.run(1)
    assert (caught.value.status, caught.value.alive) == ("crashed", False)
    session.lose_cell(1, caught.value)
    session.run(2)
    session.run(3)
    assert runs == ["a", "b", "a", "c", "d"]
    assert session.lost == {"b": caught.value}


def test_a_cell_that_ends_the_process_when_it_is_replayed_is_lost_too(open_session):
    """Then the replay begins again without it."""
    again = cell(f"if RUNS.count('b') == 2:\n    {END}", "b")
    session, runs = open_session(cell("", "a"), again, cell(END, "c"), cell("", "d"))
    session.run(0)
    session.run(1)
    with pytest.raises(LimitHit) as caught:
        session.run(2)
    session.lose_cell(2, caught.value)
    session.run(3)
    assert runs == ["a", "b", "c", "a", "b", "a", "d"]
    assert list(session.lost) == ["c", "b"]


def test_what_defines_nothing_is_not_replayed(open_session):
    """Text, test cells, demonstrations, and what is to be skipped."""
    session, runs = open_session(
        new_markdown_cell("text"),
        cell("", "a"),
        cell("", "test_a"),
        cell("", "shown", tags=["demonstration"]),
        cell("", "skipped"),
        cell("x = 1", "last"),
        tests={"test_a": 1.0},
    )
    session.skip([4])
    for index in range(5):
        session.replay(index)
    session.restart()
    session.run(5)
    assert runs == ["a", "a", "last"]


def test_a_lost_function_keeps_its_cell(open_session):
    """A call ended the process; what else the cell defines is still needed."""
    session, runs = open_session(cell("", "a"), cell("", "b"))
    session.run(0)
    hit = LimitHit("crashed", "it ended")
    session.lose_function("a", hit)
    session.run(1)
    assert runs == ["a", "a", "b"] and session.lost == {"a": hit}


def test_a_check_calls_what_the_cells_define(open_session):
    """With stand-ins, which the reference answers for as far as it may."""
    source = "def double(x):\n    return 0\n\n\ndef twice(x):\n    return double(x) + 1\n"
    session, _ = open_session(cell(source))
    for answered, want in ((("double",), 5), ((), None)):
        options = {"stand_ins": ("double",), "answered": answered}
        with session.student(1, **options) as student:
            if want is None:
                with pytest.raises(Exception, match="double is not answered here"):
                    student.twice(3)
            else:
                assert student.twice(2) == want


def test_stand_ins_stay_for_the_cells_below(open_session):
    """As in a kernel; after a restart they are gone."""
    session, _ = open_session(cell("", "test_a"), cell("x = double(2)\nassert x == 4"))
    session.run(0, stand_ins=("double",))
    assert session.run(1).error is None
    session.restart()
    with pytest.raises(LimitHit, match=GARBLED):  # this agent answers an error with nothing
        session.run(1)


@pytest.mark.parametrize(
    "answer",
    [None, 5, [], {}, {"outputs": []}, {"outputs": [], "error": "x"}, {"error": ["x"]}],
    ids=str,
)
def test_an_answer_that_is_no_run_of_a_cell_ends_the_process(open_session, answer):
    """Whatever a process says of a cell."""
    session, _ = open_session(cell(f"ANSWER = {answer!r}"))
    with pytest.raises(LimitHit, match=GARBLED) as caught:
        session.run(0)
    assert (caught.value.status, caught.value.alive) == ("crashed", False)


def test_memory_that_a_cell_does_not_get_ends_the_process(open_session):
    """It can no longer be said what is there."""
    session, _ = open_session(cell("raise MemoryError"))
    with pytest.raises(LimitHit) as caught:
        session.run(0)
    assert (caught.value.status, caught.value.alive) == ("out_of_memory", False)


def test_time_for_the_notebook_ends_and_begins_again(open_session):
    """It is the same time for all cells together, until the restart."""
    limits = dataclasses.replace(Limits(), submission_seconds=-1)
    session, _ = open_session(cell(""), limits=limits)
    with pytest.raises(LimitHit, match=NO_TIME) as caught:
        session.require_time()
    assert (caught.value.status, caught.value.alive) == ("timed_out", True)
    session._limits = Limits()
    session.restart()
    session.require_time()
