"""A class graded on a Dask cluster is graded as on this machine, whatever happens to workers."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from autograder.batch import executors
from autograder.batch.history import read_history
from autograder.batch.run import grade_class
from autograder.course.errors import CourseError
from autograder.grading import worker_state
from tests.dask_cluster import cluster
from tests.processes import LONG, adopting, descendants, names, soon
from tests.small_class import (
    batch,
    class_of,
    copy_course,
    expected,
    gradebook,
    hand_in,
    notebooks,
    results,
    run,
    scores,
)
from tests.toy_course import ROOT

pytestmark = pytest.mark.slow
SIZE = 12
SEED = ("--seed", 7)


@pytest.fixture(scope="module")
def course(clean_course, tmp_path_factory):
    """A course with a class, of which most take a moment: there is a middle to be killed in."""
    made = copy_course(clean_course, tmp_path_factory.mktemp("class"))
    hand_in(made, class_of(made, SIZE, seconds=0.3))
    return made


@pytest.fixture(scope="module")
def here(course, tmp_path_factory):
    """The class graded by one process of this machine."""
    mine = copy_course(course, tmp_path_factory.mktemp("here"))
    run(batch(mine, "grade", "toy", *SEED, "--workers", 1))
    assert scores(mine.results / "toy.json") == expected(mine)
    return mine


@pytest.fixture(scope="module")
def lasting_cluster(tmp_path_factory):
    """A scheduler for several tests."""
    with cluster(tmp_path_factory.mktemp("cluster") / "two") as made:
        yield made


@pytest.fixture
def two(lasting_cluster):
    """A scheduler and two workers of one thread each; those that a test has killed are replaced."""
    while len(lasting_cluster.alive()) < 2:
        lasting_cluster.add()
    return lasting_cluster


def same(one, other):
    """Whether results, gradebook and notebooks of two courses are the same but for times."""
    assert results(one.results / "toy.json") == results(other.results / "toy.json")
    assert gradebook(one) == gradebook(other)
    assert notebooks(one) == notebooks(other)


def grading(course, *arguments):
    """Start a batch; what it says is read when it is done."""
    return subprocess.Popen(
        batch(course, "grade", "toy", *SEED, *arguments),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kept(course):
    """How many results the batch has kept so far."""
    return len(read_history(course.assignment("toy")).entries)


@pytest.mark.parametrize("workers", [2, 4])
def test_more_workers_give_the_same_results(workers, course, here, tmp_path):
    """Who grades what, and in which order, makes no difference."""
    mine = copy_course(course, tmp_path)
    run(batch(mine, "grade", "toy", *SEED, "--workers", workers))
    same(mine, here)


def test_a_cluster_gives_the_same_results(two, course, here, tmp_path):
    """Two workers of a Dask scheduler do what one process here does, each in its own jail."""
    mine = copy_course(course, tmp_path)
    with grading(mine, "--scheduler", two.address) as going:
        jails = []

        def both_have_jails():  # one may start its own when the other has graded already
            jails[:] = [descendants(one.pid) for one in two.alive()]
            return all(jails)

        assert soon(lambda: both_have_jails() or going.poll() is not None)
        said, _ = going.communicate(timeout=LONG)
    assert going.returncode == 0, said
    assert all(jails) and not jails[0] & jails[1], two.log()
    same(mine, here)


def test_a_worker_that_is_killed_costs_nothing(two, course, here, tmp_path):
    """Its tasks are done by the other, and its jail dies with it."""
    mine = copy_course(course, tmp_path / "course")
    with adopting():
        victim, other = two.alive()
        known = descendants() - descendants(victim.pid)
        with grading(mine, "--scheduler", two.address) as going:
            assert soon(lambda: kept(mine) >= 3 and descendants(victim.pid)), two.log()
            victim.send_signal(signal.SIGKILL)
            victim.wait()
            assert kept(mine) < SIZE, "the batch was done before the worker was killed"

            def stray():
                # The victim's children are adopted by this process if they live on.
                strays = descendants() - known - descendants(going.pid) - descendants(other.pid)
                return {process for process in strays if process.pid != going.pid}

            assert soon(lambda: not stray()), names(stray())
            said, _ = going.communicate(timeout=LONG)
        assert going.returncode == 0, said
    same(mine, here)


def test_a_worker_that_comes_late_takes_its_share(course, here, tmp_path):
    """A batch that began with one worker gives work to the second."""
    mine = copy_course(course, tmp_path / "course")
    with cluster(tmp_path / "cluster", workers=1) as made:
        with grading(mine, "--scheduler", made.address) as going:
            assert soon(lambda: kept(mine)), made.log()
            going.send_signal(signal.SIGSTOP)  # or all may be done before the second is there
            late = made.add()
            assert soon(lambda: made.registered() == 2), made.log()
            going.send_signal(signal.SIGCONT)
            assert soon(lambda: descendants(late.pid) or going.poll() is not None)
            assert descendants(late.pid), "the second worker has started no jail"
            said, _ = going.communicate(timeout=LONG)
        assert going.returncode == 0, said
    same(mine, here)


def test_a_scheduler_that_goes_away_ends_the_batch_in_a_sentence(course, here, tmp_path):
    """Nobody gets grader_error for it, and the next run goes on with what is kept."""
    mine = copy_course(course, tmp_path / "course")
    with (
        cluster(tmp_path / "cluster", workers=2) as made,
        grading(mine, "--scheduler", made.address) as going,
    ):
        assert soon(lambda: kept(mine) >= 2), made.log()
        made.end_scheduler()
        said, _ = going.communicate(timeout=LONG)
    assert going.returncode == 1
    assert f"the scheduler at {made.address} went away" in " ".join(said.split())
    assert "Traceback" not in said
    assert 2 <= kept(mine) < SIZE
    assert not (mine.results / "toy.json").exists()
    run(batch(mine, "grade", "toy", *SEED, "--workers", 2))
    same(mine, here)


def test_a_worker_with_many_threads_grades_one_after_the_other(course, here, tmp_path):
    """Four threads share one process and its jail, and get nothing mixed up."""
    mine = copy_course(course, tmp_path / "course")
    with cluster(tmp_path / "cluster", workers=1, threads=4) as made:
        run(batch(mine, "grade", "toy", *SEED, "--scheduler", made.address))
    same(mine, here)


def test_threads_of_a_process_wait_for_each_other():
    """Of two threads, the second begins when the first is done, even where that failed."""
    inside, most = [], []

    def enter(fails):
        inside.append(None)
        most.append(len(inside))
        time.sleep(0.02)
        inside.pop()
        if fails:
            raise ValueError

    def call(number):
        try:
            worker_state.one_at_a_time(enter, number % 2 == 0)
        except ValueError:
            failed.append(number)

    failed: list[int] = []
    threads = [threading.Thread(target=call, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 6
    assert sorted(failed) == [0, 2, 4]


def one_sentence(course, address):
    """What a batch says that cannot begin, and its remedy."""
    with pytest.raises(CourseError) as caught:
        grade_class(
            course.assignment("toy"),
            course.grading / "submitted",
            course.results / "toy.json",
            scheduler=address,
            fresh=True,
        )
    assert not read_history(course.assignment("toy")).runs
    return str(caught.value), caught.value.remedy


def test_without_dask_the_remedy_is_to_install_it(course, monkeypatch):
    """The extra that brings Dask is named."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    message, remedy = one_sentence(course, "tcp://127.0.0.1:1")
    assert message == "Dask is not installed"
    assert "[cluster]" in remedy


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:1", "nowhere.invalid:8786", "tcp://127.0.0.1", "what:is:this"]
)
def test_where_no_scheduler_answers_the_address_is_named(address, course, monkeypatch):
    """The remedy says how one is started."""
    monkeypatch.setattr(executors, "CONNECT_SECONDS", 1.0)
    message, remedy = one_sentence(course, address)
    assert message.startswith(f"no Dask scheduler answers at {address}: ")
    assert "dask scheduler" in remedy and "dask worker" in remedy


def test_a_scheduler_without_workers_is_an_error(course, monkeypatch, tmp_path):
    """A batch would wait for ever; the remedy says how workers are started."""
    with cluster(tmp_path / "cluster") as made:
        for seconds in (2.0, 20.0, LONG):  # on a busy machine the scheduler takes its time
            monkeypatch.setattr(executors, "CONNECT_SECONDS", seconds)
            message, remedy = one_sentence(course, made.address)
            if "answers" not in message:
                break
    assert message == f"the scheduler at {made.address} has no workers"
    assert "dask worker" in remedy


def test_a_cluster_that_loses_all_workers_ends_the_batch_after_a_while(
    course, monkeypatch, tmp_path
):
    """New ones are waited for, but not for ever; what is graded is kept."""
    monkeypatch.setattr(executors, "ALONE_SECONDS", 3.0)
    monkeypatch.setattr(executors, "LOOK_EVERY", 0.2)
    mine = copy_course(course, tmp_path / "course")
    with cluster(tmp_path / "cluster", workers=1) as made:

        def tell(progress):
            if progress.done == 2:
                os.kill(made.workers[0].pid, signal.SIGKILL)

        with pytest.raises(CourseError, match="has lost its workers") as caught:
            grade_class(
                mine.assignment("toy"),
                mine.grading / "submitted",
                mine.results / "toy.json",
                scheduler=made.address,
                tell=tell,
            )
    assert "kept" in caught.value.remedy
    assert 2 <= kept(mine) < SIZE


@pytest.mark.parametrize("failures", [1, 2])
def test_a_client_that_starts_too_slowly_is_started_again(monkeypatch, failures):
    """A busy machine may take Dask longer than it waits; the second failure is a sentence."""
    starts = []

    def client(address, **options):
        starts.append(address)
        if len(starts) <= failures:
            raise AssertionError  # as distributed does
        raise OSError("nobody is there")

    monkeypatch.setattr("distributed.Client", client)
    says = "does not start" if failures == 2 else "nobody is there"
    with pytest.raises(CourseError, match=says), executors.dask("tcp://127.0.0.1:1"):
        raise AssertionError("not reached")
    assert len(starts) == 2
