"""A worker in the process that batches are started in, for tests of what batches do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from autograder.grading import worker_state


class Worker(ThreadPoolExecutor):
    """One thread that grades. It outlives a batch, and with it its jail does.

    To start a process and a jail in it takes ten times as long as to grade the toy course there.
    """

    def __init__(self) -> None:
        super().__init__(1)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Do nothing at the end of a batch."""

    def end(self) -> None:
        """End the jail, and then the thread."""
        self.submit(worker_state.start_over).result()
        super().shutdown()
