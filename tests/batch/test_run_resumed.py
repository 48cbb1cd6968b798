"""A batch that is killed goes on where it was, and ends as if nothing had happened."""

import os
import signal
import subprocess
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from autograder.batch import executors, state
from autograder.batch.history import read_history
from autograder.cli.main import main
from autograder.course.errors import CourseError
from autograder.grading import worker_state
from autograder.sandbox.libraries import Libraries
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

SIZE = 12
# How many results are there when the batch is killed: none, with the workers just started; …
MOMENTS = (0, 1, 4, SIZE - 1)


@pytest.fixture(scope="module")
def course(clean_course, tmp_path_factory):
    """A course with a class of which most take a moment."""
    made = copy_course(clean_course, tmp_path_factory.mktemp("class"))
    hand_in(made, class_of(made, SIZE, seconds=0.5))
    return made


def start(course):
    """Start a batch of two workers."""
    return subprocess.Popen(
        batch(course, "grade", "toy", "--workers", 2),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def done(course):
    """The log's entry of each student's result."""
    return read_history(course.assignment("toy")).entries


def runs(course):
    """The runs in the log."""
    return read_history(course.assignment("toy")).runs


def seed(course):
    """The seed of the last batch."""
    return runs(course)[-1].facts["seed"]


@pytest.fixture(scope="module")
def killed(course, tmp_path_factory):
    """The class graded in a batch that is killed at every one of the moments, and then let be.

    What was kept and which seed was used after each kill, and what was left running then.
    """
    for _ in range(5):  # on a busy machine a batch may have ended before it is killed
        mine = copy_course(course, tmp_path_factory.mktemp("killed"))
        stages = kill_at_all_moments(mine)
        if len(stages) == len(MOMENTS):
            break
    assert len(stages) == len(MOMENTS), "each batch had ended before it was killed"
    run(batch(mine, "grade", "toy", "--workers", 2))
    return mine, stages


def kill_at_all_moments(mine):
    """What was kept, the seed and what was left, after each kill that came before the end."""
    stages = []
    with adopting():
        known = descendants()
        for moment in MOMENTS:
            with start(mine) as going:
                # What it says fits into the pipe, so nobody has to read it.
                assert soon(lambda: descendants(going.pid) or going.poll() is not None)
                soon(lambda: len(done(mine)) >= moment or going.poll() is not None)  # noqa: B023
                soon(lambda: len(runs(mine)) > len(stages) or going.poll() is not None)
                going.send_signal(signal.SIGKILL)
                going.wait()
                soon(lambda: descendants() <= known)
                left = names(descendants() - known)
            if going.returncode == 0 or (len(done(mine)) == SIZE and moment < SIZE - 1):
                break
            assert going.returncode == -signal.SIGKILL, going.stdout.read()
            stages.append((done(mine), seed(mine), left))
    return stages


@pytest.mark.slow
def test_nothing_is_left_running(killed):
    """Workers and jails die with the batch, at whatever moment it dies."""
    _, stages = killed
    assert [left for _, _, left in stages] == [[]] * len(MOMENTS)


@pytest.mark.slow
def test_what_was_graded_is_not_graded_again(killed):
    """Each run goes on from what the last has kept, and loses at most what was in flight."""
    mine, stages = killed
    for moment, (before, _, _) in zip(MOMENTS, stages, strict=True):
        assert len(before) >= moment
    after = [one for one, _, _ in stages[1:]] + [done(mine)]
    for (before, _, _), later in zip(stages, after, strict=True):
        assert before.items() <= later.items()


@pytest.mark.slow
def test_the_seed_stays_the_same(killed):
    """All submissions get the hidden inputs of one batch, which is written down with each."""
    mine, stages = killed
    assert len({drawn for _, drawn, _ in stages}) == 1
    assert {entry.seed for entry in done(mine).values()} == {seed(mine)}


@pytest.mark.slow
def test_it_ends_as_an_undisturbed_batch_does(killed, course, tmp_path):
    """Results, gradebook and notebooks are the same but for times."""
    mine, _ = killed
    whole = copy_course(course, tmp_path)
    run(batch(whole, "grade", "toy", "--workers", 2, "--seed", seed(mine)))
    assert scores(mine.results / "toy.json") == expected(mine)
    assert results(mine.results / "toy.json") == results(whole.results / "toy.json")
    assert gradebook(mine) == gradebook(whole)
    assert notebooks(mine) == notebooks(whole)


@pytest.mark.slow
def test_a_batch_after_one_that_ended_draws_a_new_seed(killed, tmp_path):
    """Hidden inputs serve one batch: who hands in again is asked something else."""
    mine, _ = killed
    again = copy_course(mine, tmp_path)
    run(batch(again, "grade", "toy", "--workers", 1))
    assert seed(again) != seed(mine)
    assert done(again) == done(mine)


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_nothing(course, tmp_path):
    """The processes of this machine may die as well: the batch ends with all verdicts."""
    mine = copy_course(course, tmp_path)
    with start(mine) as going:
        assert soon(lambda: len(done(mine)) >= 2)
        forked = [
            process
            for process in descendants(going.pid)
            if "forkserver" in "".join(names({process}))
        ]
        server = max(forked, key=lambda process: len(descendants(process.pid)))
        worker = next(process for process in forked if process != server)
        os.kill(worker.pid, signal.SIGKILL)
        said, _ = going.communicate(timeout=LONG)
    assert going.returncode == 0, said
    assert scores(mine.results / "toy.json") == expected(mine)


class _Pool:
    """A pool whose worker dies when it is given the task "evil"."""

    def __init__(self):
        self._broken = False

    def submit(self, call, function, argument):
        if self._broken:
            raise BrokenProcessPool
        future = executors.Future()
        if argument.name == "evil":
            self._broken = True
            future.set_exception(BrokenProcessPool())
        else:
            future.set_result(argument.name)
        return future

    def shutdown(self, **how):
        pass


@dataclass(frozen=True)
class _Task:
    name: str

    @property
    def assignment(self):
        return SimpleNamespace(name="checks", checks_source="checks.py")


def test_pools_that_break_lose_no_submission(monkeypatch):
    """Who was in flight gets another try, and whoever was lost twice a process of its own."""
    by_itself = []
    monkeypatch.setattr(executors, "_by_itself", lambda task: by_itself.append(task) or task.name)
    tasks = [_Task(name) for name in ("a", "b", "evil", *"cdefghijk")]
    graded = list(executors.run(_Pool, lambda: 2, tasks))
    assert sorted(graded, key=str) == sorted(((task, task.name) for task in tasks), key=str)
    # Six were in flight with it, and might have been the one that did it.
    assert tasks[2] in by_itself and set(by_itself) <= set(tasks[:6])


def test_checks_that_end_their_process_are_an_error_in_a_sentence(monkeypatch):
    """Nothing is graded then."""

    def broken(pool, function, argument):
        future = executors.Future()
        future.set_exception(BrokenProcessPool())
        return future

    monkeypatch.setattr(executors, "_submit", broken)
    with pytest.raises(CourseError, match=r"the process that loads checks\.py died"):
        list(executors.run(_Pool, lambda: 2, [_Task("a")]))


@pytest.mark.slow
def test_a_batch_has_the_environment_that_it_was_called_in(monkeypatch):
    """A later batch of one process sees neither the PATH of the first nor its variables."""
    monkeypatch.setenv("PATH", "/first", prepend=os.pathsep)
    monkeypatch.setenv("ONLY_FIRST", "1")
    for first in (True, False):
        with executors.local(1) as pool:
            seen = pool.submit(os.getenv, "PATH").result().startswith("/first")
            assert (seen, pool.submit(os.getenv, "ONLY_FIRST").result()) == (
                first,
                "1" * first or None,
            )
        monkeypatch.undo()


def scratch_of_a_jail():
    """Start a jail where nothing is protected, and say where its private folder is."""
    return worker_state.jail("unprotected", Libraries(modules=("numpy",)))._scratch


@pytest.mark.slow
def test_a_worker_that_ends_takes_its_folders_with_it():
    """A thousand batches leave no more in the system's folder for temporary files than one."""
    with executors.local(1) as pool:
        scratch = pool.submit(scratch_of_a_jail).result()
        assert scratch.is_dir()
    assert not scratch.exists()


def cli(course, *arguments):
    """The exit code of a command, and what it said on one line."""
    found = CliRunner().invoke(main, ["--course", str(course.root), *arguments])
    return found.exit_code, " ".join(found.output.split())


@pytest.mark.slow
@pytest.mark.parametrize("command", ["grade", "regrade"])
def test_a_second_batch_at_the_same_time_is_refused(command, course):
    """It says so, with exit code 1, and touches nothing."""
    with state.alone(course.assignment("toy")):
        code, said = cli(course, command, "toy")
    assert code == 1
    assert "Error: another batch is grading toy Remedy: Wait until it has ended" in said
    assert not (course.results / "toy.json").exists()
    assert [path.name for path in (course.results / "toy").iterdir()] == [".lock"]
