"""Where a batch's submissions are graded: processes of this machine, or Dask's on many.

Both are executors of concurrent.futures, and both may lose a worker. `run` keeps only a few tasks
in flight, so that ten thousand results never wait in memory, and gives a task that was lost with
its worker another try.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain
from multiprocessing import get_context

from autograder.errors import CourseError
from autograder.grade import Graded, Task, grade_submission, require_checks
from autograder.inside.confine import die_with_parent

AHEAD = 2  # tasks for each worker that wait, so that none has to
TRIES = 3


def local(workers: int) -> Executor:
    """Processes of this machine."""
    # spawn: forking a process that already runs threads (torch, Jupyter) can deadlock the child.
    # With their parent they die, however it does, and their jails with them.
    return ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=die_with_parent
    )


@contextmanager
def dask(address: str) -> Iterator[tuple[Executor, int]]:
    """The workers of a running Dask scheduler, and how many tasks they take at a time.

    Raises `CourseError` when Dask is not installed or nobody answers at `address`.
    """
    try:
        from distributed import Client
    except ImportError:
        raise CourseError(
            "Dask is not installed", "Install it: pip install 'convnet-course-autograder[cluster]'."
        ) from None
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise CourseError(
            f"no Dask scheduler answers at {address}: {error}",
            "Start one with `dask scheduler`, and workers with "
            "`dask worker ADDRESS --nworkers N --nthreads 1`.",
        ) from None
    with client:
        workers = client.scheduler_info()["workers"]
        if not workers:
            raise CourseError(
                f"the scheduler at {address} has no workers",
                f"Start some: dask worker {address} --nworkers N --nthreads 1",
            )
        # retries: a worker that dies in the middle of a task costs nothing but time.
        yield (
            client.get_executor(pure=False, retries=TRIES),
            sum(one["nthreads"] for one in workers.values()),
        )


def run(
    executor: Callable[[], Executor], workers: int, tasks: Iterable[Task]
) -> Iterator[tuple[Task, Graded | str]]:
    """Grade the tasks; yield each with its result in order of completion, or with what broke.

    `executor` is called again when a pool has lost a worker and with it all that was in flight.
    Raises `SourceError` when the assignment's checks cannot be loaded, before anything is graded.
    """
    waiting = iter(tasks)
    flying: dict[Future, Task] = {}
    alone: list[Task] = []
    pool = executor()
    try:
        first = next(waiting, None)
        if first is None:
            return
        # Asked of a worker, so that PyTorch is not loaded into the process that only writes.
        pool.submit(require_checks, first.assignment).result()
        waiting = chain([first], waiting)
        while True:
            while len(flying) < workers * (1 + AHEAD):
                task = next(waiting, None)
                if task is None:
                    break
                flying[pool.submit(grade_submission, task)] = task
            if not flying:
                break
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                task = flying.pop(future)
                try:
                    yield task, _outcome(future)
                except BrokenProcessPool:
                    alone.append(task)
                    alone += flying.values()
                    flying.clear()
                    pool.shutdown(wait=False, cancel_futures=True)
                    pool = executor()
                    break
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    # Which of them broke the pool nobody knows: each gets one of its own, so that the others keep
    # their marks.
    for task in alone:
        yield task, _by_itself(task)


def _by_itself(task: Task) -> Graded | str:
    for _ in range(TRIES):
        with local(1) as pool:
            try:
                return _outcome(pool.submit(grade_submission, task))
            except BrokenProcessPool:
                continue
    return "the grading process died"


def _outcome(future: Future) -> Graded | str:
    try:
        return future.result()
    except BrokenProcessPool:
        raise
    except Exception as error:
        return "".join(traceback.format_exception_only(error)).strip()
