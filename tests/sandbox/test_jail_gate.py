"""A submission ends with its gate, whatever it has started, and the jail goes on."""

import os
import random
import signal
import time
import uuid
from contextlib import suppress

import pytest

from autograder.course.errors import JailError, LimitHit
from autograder.sandbox.jail import Jail
from autograder.sandbox.remote_call import RemoteCalls
from tests.jail_calls import LIMITS, json_output, run_cell
from tests.processes import descendants, processes_with, soon, survivors

pytestmark = pytest.mark.slow
MARK = uuid.uuid4().hex

# Processes of sessions of their own, some without a parent, and one that always starts another.
LEAVE = f"""
    import os, sys, time

    def sleeper():
        os.setsid()
        code = "import time; time.sleep(3600)"
        os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", code, "{MARK}"])

    for _ in range(2):
        if os.fork() == 0:
            sleeper()
        if os.fork() == 0:
            if os.fork() == 0:
                sleeper()
            os._exit(0)
    if os.fork() == 0:
        while True:
            with_children = os.fork()
            if with_children:
                os._exit(0)
"""


def gate_of(before):
    """The process below the warm one which is newer than these; its own child is a submission."""
    (gate,) = [pid for pid, _ in descendants() - before if len(descendants(pid)) >= 1]
    return gate


@pytest.mark.parametrize("attempt", range(6))
def test_nothing_outlives_a_gate_that_is_killed(numpy_jail, attempt):
    """At any moment while a submission starts processes; the next one is served as ever."""
    before = descendants()
    process = numpy_jail.admit(LIMITS)
    calls = RemoteCalls(process)
    gate = gate_of(before)
    inside = descendants(gate)
    if attempt:
        run_cell(calls, LEAVE)
        if attempt > 3:
            assert soon(lambda: processes_with(MARK))
        inside |= descendants(gate)
    time.sleep(random.random() / 50)
    os.kill(gate, signal.SIGKILL)
    assert soon(lambda: not (survivors(inside) or processes_with(MARK) or descendants() - before))
    with pytest.raises((JailError, LimitHit)):
        run_cell(calls, "x = 1")
    with suppress(JailError):
        calls.end()
    process = numpy_jail.admit(LIMITS)
    calls = RemoteCalls(process)
    assert json_output(calls, "print(1)") == 1
    calls.end()


def test_a_gate_that_is_killed_is_no_fault_of_a_student(numpy_jail):
    """Whoever asks for the time, or for the end, hears that the jail is broken."""
    before = descendants()
    process = numpy_jail.admit(LIMITS)
    os.kill(gate_of(before), signal.SIGKILL)
    with pytest.raises(JailError):
        process.cpu_seconds()
    with pytest.raises(JailError):
        process.end()


@pytest.mark.parametrize("tier", ["isolated", "restricted"])
def test_a_jail_that_closes_ends_what_runs(tier):
    """Though nobody has ended the submission before."""
    before = descendants()
    jail = Jail(tier, ("scipy", "torch"))
    calls = RemoteCalls(jail.admit(LIMITS))
    run_cell(calls, LEAVE)
    inside = descendants() - before
    jail.close()
    assert soon(lambda: not survivors(inside) and not processes_with(MARK))
    with suppress(JailError):
        calls.end()
