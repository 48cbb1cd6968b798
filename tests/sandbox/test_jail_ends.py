"""Jails come to an end without a trace, however that is, and say why they cannot be had.

None of this needs PyTorch, so it is tried on jails that only try their protections.
"""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from autograder.course.errors import JailError
from autograder.course.limits import Limits
from autograder.sandbox.agent.probes import LIMITS
from autograder.sandbox.jail import Jail
from tests.processes import descendants, soon, survivors

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def handles():
    """How many files, pipes and sockets this process has open."""
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Where jails of this process have their folders."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(params=["isolated", "restricted", "unprotected"])
def tier(request):
    return request.param


HOLDER = """
import sys, time
from autograder.sandbox.agent.probes import LIMITS
from autograder.sandbox.jail import Jail
jail = Jail(sys.argv[1], probe={"secrets": [], "mailbox": "/nothing"})
processes = [jail.admit_probe(LIMITS) for _ in range(2)]
print("ready", flush=True)
time.sleep(60)
"""


def test_a_jail_ends_with_whoever_holds_it(tier):
    """Killed without a chance to say so, it leaves no process of the jail."""
    command = [sys.executable, "-c", HOLDER, tier]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as holder:
        assert holder.stdout.readline() == b"ready\n"
        inside = descendants(holder.pid)
        assert len(inside) >= 5  # the warm process, two gates and two students' processes
        holder.kill()
    assert soon(lambda: not survivors(inside)), inside


def test_a_closed_jail_leaves_nothing(tier, scratch):
    """No process, no handle and no file."""
    ends, before = handles(), descendants()
    jail = Jail(tier, probe={"secrets": [], "mailbox": "/nothing"})
    process, spare = jail.admit_probe(LIMITS)
    inside = descendants() - before
    assert len(inside) >= 3
    process.end()
    os.close(spare)
    jail.close()
    assert soon(lambda: not survivors(inside))
    assert handles() == ends
    assert list(scratch.iterdir()) == []


def test_a_jail_that_broke_is_an_error_of_ours(tier):
    """Whoever asks is told so, each time, and no handle is lost over it."""
    before = descendants()
    jail = Jail(tier, probe={"secrets": [], "mailbox": "/nothing"})
    process, spare = jail.admit_probe(LIMITS)
    ends = handles()
    for pid, _ in descendants() - before:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for _ in range(3):
        with pytest.raises(JailError):
            jail.admit(Limits())
    assert handles() == ends
    with pytest.raises(JailError):
        process.end()
    process.end()  # it was said once; whoever only cleans up is not stopped by it
    os.close(spare)
    jail.close()


def test_a_jail_that_cannot_be_had_says_why(scratch, tmp_path, monkeypatch):
    """In the words of the program that was to start it; nothing stays open."""
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'no namespaces today' >&2\nexit 1\n")
    program.chmod(0o755)
    ends = handles()
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(JailError, match=r"isolated jail cannot be had.*no namespaces today"):
        Jail("isolated")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(JailError, match="bubblewrap is not installed"):
        Jail("isolated")
    assert handles() == ends
    assert list(scratch.iterdir()) == []


def test_a_process_can_be_ended_twice(tier):
    """The second time says what the first did."""
    jail = Jail(tier, probe={"secrets": [], "mailbox": "/nothing"})
    process, spare = jail.admit_probe(LIMITS)
    first = process.end()
    assert (first.code, first.why) == (-signal.SIGKILL, None)
    assert process.end() is first
    os.close(spare)
    jail.close()
