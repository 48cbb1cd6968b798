"""The processor time of a submission is counted wherever its processes go in the meantime."""

import pytest

from tests.jail_calls import process_in, run_cell

pytestmark = pytest.mark.slow
TRIES = 8
PAIRS, SECONDS = 6, 0.04

# Workers compute and live on. Their parents end a moment later, when the grader has found them and
# not yet asked for their children; these become the children of somebody else.
PREPARE = f"""
    import os, time

    begin, heard, end = os.pipe(), os.pipe(), os.pipe()

    def sleeper():
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)

    def parent():
        if os.fork() == 0:
            if os.fork() == 0:
                worker()
            wait = float(os.read(end[0], 8))
            until = time.monotonic() + wait
            while time.monotonic() < until:
                pass
            os._exit(0)

    def worker():
        os.read(begin[0], 1)
        until = time.thread_time() + {SECONDS}
        while time.thread_time() < until:
            pass
        os.write(heard[1], b"!")
        time.sleep(30)

    def hide(wait):
        os.write(begin[1], {PAIRS} * b".")
        for _ in range({PAIRS}):
            os.read(heard[0], 1)
        for number in range({PAIRS}):
            os.write(end[1], f"{{wait + number * 3e-4:.6f}}".encode())

    for _ in range({PAIRS}):
        parent()
    for _ in range(10):
        sleeper()
"""


def test_a_worker_is_not_missed_while_its_parent_dies(jail):
    """However the moment is chosen: what was used by then is counted then, and nothing later."""
    for number in range(TRIES):
        with process_in(jail) as calls:
            run_cell(calls, PREPARE)
            before = calls.cpu_seconds()
            run_cell(calls, f"hide({3e-3 * number / TRIES:.6f})")
            after = calls.cpu_seconds()
            assert after - before >= PAIRS * SECONDS, number
            assert calls.cpu_seconds() - after < SECONDS, number
