"""The walk through a submission's processes finds all of them, whoever dies in the meantime."""

import os
import signal
import socket
import time
from contextlib import contextmanager

import pytest

from autograder.sandbox.agent import process_tree
from autograder.sandbox.agent.process_tree import below, buffers, cpu_usage
from tests.processes import adopting, soon

SECONDS = 0.1


@contextmanager
def family(generations):
    """Processes of which each is the child of the one before; the last computes, then all rest."""
    heard, said = os.pipe()
    first = os.fork()
    if first == 0:
        for _ in range(generations - 1):
            if os.fork():
                break
        else:
            until = time.thread_time() + SECONDS
            while time.thread_time() < until:
                pass
            os.write(said, b"!")
        time.sleep(600)
        os._exit(0)
    os.read(heard, 1)
    line = [first]
    while len(line) < generations:
        (child,) = process_tree.children(line[-1])
        line.append(child)
    try:
        yield line
    finally:
        for pid in line:  # each is adopted when the one before is waited for
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(heard), os.close(said)


def dying(monkeypatch, victims):
    """Let each of these processes die when its children are about to be read for the first time."""
    read, waiting = process_tree._read, set(victims)

    def kill_and_read(path):
        for pid in list(waiting):
            if path == f"/proc/{pid}/task/{pid}/children":
                waiting.discard(pid)
                os.kill(pid, signal.SIGKILL)
                assert soon(
                    lambda place=f"/proc/{pid}/stat": process_tree._fields(place)[0] == b"Z"
                )
        return read(path)

    monkeypatch.setattr(process_tree, "_read", kill_and_read)


@pytest.mark.parametrize("victims", [(0,), (1,), (0, 1), (0, 1, 2)])
def test_nobody_is_missed_whose_parent_dies(monkeypatch, victims):
    """The orphan is then a child of somebody whose children were read before."""
    with adopting(), family(4) as line:
        dying(monkeypatch, [line[number] for number in victims])
        assert line[-1] in below(os.getpid())


@pytest.mark.parametrize("victims", [(0,), (1,), (0, 1), (0, 1, 2)])
def test_the_time_of_an_orphan_is_counted_at_once(monkeypatch, victims):
    """Not when somebody asks again."""
    with adopting(), family(4) as line:
        dying(monkeypatch, [line[number] for number in victims])
        assert cpu_usage(os.getpid()).own >= SECONDS


def test_what_the_kernel_holds_for_pipes_and_sockets_is_counted_once():
    """Each end of a pair of sockets has a queue; a pipe has one, whoever holds its ends."""
    before = buffers([os.getpid()])
    one, other = socket.socketpair()
    ends = os.pipe()
    copies = [os.dup(end) for end in (*ends, one.fileno())]
    size = one.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    with one, other:
        grown = buffers([os.getpid()]) - before
        assert 2 * size + (1 << 16) <= grown <= 4 * size + (1 << 16)
    for end in (*ends, *copies):
        os.close(end)
    assert buffers([os.getpid()]) == before
