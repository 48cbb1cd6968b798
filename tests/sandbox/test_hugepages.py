"""Memory in huge pages: a cheaper fork, and nothing else."""

import os
import subprocess
import sys

import pytest

from autograder.sandbox.file_view import ROOT
from tests.processes import LONG

PROGRAM = """
import hashlib, os, sys
sys.path.insert(0, sys.argv[1])
from autograder.sandbox.agent.hugepages import HUGE, use_huge_pages

def huge_kilobytes():
    with open("/proc/self/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("AnonHugePages"))

data = bytearray(os.urandom(1 << 20) * 16)  # too large for malloc's own heap: mapped by itself
before, small = hashlib.sha256(data).hexdigest(), huge_kilobytes()
use_huge_pages()
child = os.fork()
if child == 0:
    data[:: 1 << 12] = bytes(len(data[:: 1 << 12]))
    os._exit(0)
os.waitpid(child, 0)
print(before == hashlib.sha256(data).hexdigest(), huge_kilobytes() - small)
"""


@pytest.fixture(scope="module")
def said():
    """Whether the bytes of a process that did it stayed, and how much of it is in huge pages."""
    command = [sys.executable, "-I", "-c", PROGRAM, str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=LONG)
    same, gained = done.stdout.split()
    return same == "True", int(gained)


def test_what_is_in_memory_stays_as_it_is(said):
    """Also after a forked child wrote to all of its copies."""
    assert said[0]


def test_large_memory_ends_up_in_huge_pages(said):
    """Where the kernel can; elsewhere nothing changes."""
    kernel = tuple(int(part) for part in os.uname().release.split(".")[:2])
    if kernel < (6, 1) or not os.path.exists("/sys/kernel/mm/transparent_hugepage"):
        pytest.skip("this kernel has no MADV_COLLAPSE")
    assert said[1] >= 8 << 10
