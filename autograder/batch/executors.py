"""Map over a batch's submissions in processes of this machine, or in Dask's on many machines.

Both are executors of concurrent.futures, and both may lose a worker. `run` keeps only a few tasks
in flight, so that ten thousand results never wait in memory. A task whose worker died is tried
again.
"""

from __future__ import annotations

import gc
import logging
import os
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from itertools import chain, islice
from multiprocessing import forkserver, get_context, parent_process
from multiprocessing.util import Finalize
from threading import Thread
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from autograder.course.errors import CourseError, UnfitJailError
from autograder.course.records import Graded, Task
from autograder.grading import worker_state
from autograder.grading.grade import grade_submission, require_order
from autograder.grading.worker_state import EVERYTHING
from autograder.sandbox.libraries import Libraries

if TYPE_CHECKING:
    from distributed import Client

# Each task with its result, or with a sentence that says what broke.
Outcomes = Iterator[tuple[Task, Graded | str]]
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

AHEAD = 2  # tasks for each worker that wait, so that none has to
TRIES = 3
CONNECT_SECONDS = 10.0  # for a scheduler, and then for its first worker
LOOK_EVERY = 5.0  # seconds between two looks at how many workers there are
ALONE_SECONDS = 300.0  # a cluster may be without workers for so long, as when a queue starts anew
START = (
    "Start a scheduler with `dask scheduler`, and on each machine, with this grader installed and "
    "the course in the same folder: dask worker ADDRESS --nworkers CORES --nthreads 1"
)
AGAIN = "What was graded is kept: start the cluster again, and then the same command."


def start_server(workers: int, libraries: Libraries = EVERYTHING) -> None:
    """Start the process from which `workers` workers are forked; returns at once.

    libraries : those of the jails

    The process ends with the thread that calls this.
    """
    # Forking this process, which may run threads (torch, Jupyter), can deadlock the child; a server
    # that has only imported what every worker needs can be forked. Several workers share a PyTorch
    # that was imported once. One imports it by itself, while its jail does the same on another
    # core: see `warm_up`.
    shared = ["torch"] if workers > 1 and libraries.with_torch else []
    forkserver.set_forkserver_preload(
        ["autograder.batch.forkserver", "autograder.grading.grade", *shared]
    )
    forkserver.ensure_running()


def local(workers: int, libraries: Libraries = EVERYTHING) -> Executor:
    """Processes of this machine, for an assignment with these libraries."""
    start_server(workers, libraries)
    return ProcessPoolExecutor(
        workers,
        mp_context=get_context("forkserver"),
        initializer=_begin,
        initargs=(dict(os.environ),),
    )


def warm_up(pool: Executor, tier: str, libraries: Libraries) -> Thread:
    """Start a pool's first worker and its jail; returns at once, with a thread that waits for it.

    tier : of the jail, one of `autograder.sandbox.jail.TIERS`
    """

    def start() -> None:
        # An error here comes again with the first task, which reports it.
        with suppress(Exception):
            pool.submit(worker_state.one_at_a_time, _start_jail, tier, libraries).result()

    thread = Thread(target=start, daemon=True)
    thread.start()
    return thread


def _start_jail(tier: str, libraries: Libraries) -> None:
    """Start this worker's jail, and import what checks need on another core meanwhile."""
    gc.disable()  # nothing that is imported is garbage
    importing = Thread(target=import_module, args=("torch" if libraries.with_torch else "numpy",))
    importing.start()
    try:
        worker_state.jail(tier, libraries)  # by this thread, with which the jail would end
    finally:
        importing.join()
        gc.freeze()
        gc.enable()


def _begin(environment: dict[str, str]) -> None:
    """Give this worker the batch's environment, and let it end with the batch.

    The server that it was forked from may be older than the batch, and may have started with
    another PATH. However the batch ends, the worker and its jail end with it, and the server after
    its last worker.
    """
    os.environ.clear()
    os.environ.update(environment)
    gc.freeze()  # what the server imported stays, and is shared as long as nobody looks through it
    gc.enable()
    # Functions registered with atexit are not called in such a process.
    Finalize(None, worker_state.start_over, exitpriority=1)
    Thread(target=_end_with_batch, daemon=True).start()


def _end_with_batch() -> None:
    """Wait for the end of the batch's process, then end this one."""
    if batch := parent_process():
        batch.join()
    os._exit(1)


@contextmanager
def dask(address: str) -> Iterator[tuple[Executor, Callable[[], int]]]:
    """The workers of a running Dask scheduler, and a function that says how many tasks they take.

    Raises `CourseError` when Dask is not installed, when nobody answers at `address`, when there
    are no workers, and when the scheduler or all workers go away for good.
    """
    try:
        from distributed import Client
    except ImportError:
        raise CourseError(
            "Dask is not installed", "Install it: pip install 'convnet-course-autograder[cluster]'."
        ) from None
    # They log tracebacks of errors that are raised below as a sentence.
    for logger in ("distributed.client", "tornado.application"):
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    connect = partial(Client, address, timeout=CONNECT_SECONDS, set_as_default=False)
    try:
        try:
            client = connect()
        except AssertionError:  # its thread had not started within ten seconds, as it may happen
            client = connect()  # where a machine is very busy
    except (OSError, ValueError) as error:
        raise CourseError(f"no Dask scheduler answers at {address}: {error}", START) from None
    except AssertionError:
        raise CourseError("Dask's client does not start; this machine is too busy", AGAIN) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            raise CourseError(f"the scheduler at {address} has no workers", START) from None
        try:
            yield _OnCluster(client), _Width(client, address)
        except CancelledError:  # a client that loses its scheduler cancels what it waits for
            raise CourseError(f"the scheduler at {address} went away", AGAIN) from None


class _OnCluster(Executor):
    """Dask's executor with the methods that `run` needs."""

    def __init__(self, client: Client):
        # A worker that dies in the middle of a task costs nothing but time: Dask gives its tasks
        # to others, by itself. `retries` are for a task that raises, on a machine out of order.
        self._executor: Executor = client.get_executor(pure=False, retries=TRIES)

    def submit(
        self,
        function: Callable[Parameters, Result],
        /,
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Future[Result]:
        """Hand a call to one of the workers."""
        return self._executor.submit(function, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Do nothing: the client, when it is closed, cancels the tasks that have not begun."""


class _Width:
    """How many tasks the workers of a cluster take at a time; they come and go."""

    def __init__(self, client: Client, address: str):
        self._client, self._address = client, address
        self._last_look = self._last_worker = time.monotonic() - LOOK_EVERY
        self._width = 0

    def __call__(self) -> int:
        """Raises `CourseError` when there were no workers for long."""
        now = time.monotonic()
        if now - self._last_look < LOOK_EVERY:
            return self._width
        try:
            self._width = sum(self._client.nthreads().values())
        except (OSError, ValueError):  # while it connects again
            self._width = 0
        self._last_look = now
        if self._width:
            self._last_worker = now
        elif now - self._last_worker > ALONE_SECONDS:
            raise CourseError(f"the scheduler at {self._address} has lost its workers", AGAIN)
        return self._width


def run(
    executor: Callable[[], Executor], workers: Callable[[], int], tasks: Iterable[Task]
) -> Outcomes:
    """Grade the tasks; yield each with its result in order of completion, or with what broke.

    `executor` is called again when a pool has lost a worker and with it all tasks in flight;
    `workers` says how many tasks are taken at a time, which changes on a cluster.
    Raises `SourceError` when the assignment's checks cannot be loaded, before anything is graded,
    and `UnfitJailError` when a worker's jail takes points from a known right answer.
    """
    waiting = iter(tasks)
    in_flight: dict[Future[Graded], Task] = {}
    retried: set[Task] = set()
    suspects: list[Task] = []
    pool = executor()
    try:
        first = next(waiting, None)
        if first is None:
            return
        # Asked of a worker, so that PyTorch is not loaded into the process that only writes.
        _require_order(pool, first)
        waiting = chain([first], waiting)
        while True:
            room = max(1, workers()) * (1 + AHEAD) - len(in_flight)
            for task in islice(waiting, max(0, room)):
                in_flight[_submit(pool, grade_submission, task)] = task
            if not in_flight:
                break
            for future in wait(in_flight, LOOK_EVERY, return_when=FIRST_COMPLETED).done:
                task = in_flight.pop(future)
                try:
                    yield task, _outcome(future)
                except BrokenProcessPool:
                    affected = [task, *in_flight.values()]
                    suspects += [task for task in affected if task in retried]
                    waiting = chain([task for task in affected if task not in retried], waiting)
                    retried.update(affected)
                    in_flight.clear()
                    pool.shutdown(wait=False, cancel_futures=True)
                    pool = executor()
                    break
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    # Any of the tasks that were in flight when two pools broke may be the cause. Each gets a pool
    # of its own, so that the others keep their marks.
    for task in suspects:
        yield task, _by_itself(task)


def _submit(pool: Executor, function: Callable[[Task], Result], task: Task) -> Future[Result]:
    """Hand a call to the pool; if the pool is broken, the future raises `BrokenProcessPool`."""
    try:
        return pool.submit(worker_state.one_at_a_time, function, task)
    except BrokenProcessPool as error:
        future: Future[Result] = Future()
        future.set_exception(error)
        return future


def _require_order(pool: Executor, task: Task) -> None:
    try:
        _submit(pool, require_order, task).result()
    except BrokenProcessPool:
        raise CourseError(
            f"the process that loads {task.assignment.checks_source} died",
            "See what it does when it is imported, and whether the machine has memory left.",
        ) from None


def _by_itself(task: Task) -> Graded | str:
    for _ in range(TRIES):
        with local(1) as pool:
            try:
                return _outcome(_submit(pool, grade_submission, task))
            except BrokenProcessPool:
                continue
    return "the grading process died"


def _outcome(future: Future[Graded]) -> Graded | str:
    try:
        return future.result()
    except (BrokenProcessPool, CancelledError, UnfitJailError):
        raise
    except Exception as error:
        return "".join(traceback.format_exception_only(error)).strip()
