"""Nothing is said to another process, in this jail or outside, by what the kernel has for it."""

import ctypes
import mmap
import os
import socket

import numpy as np
import pytest

from tests.edits import edit
from tests.jail_calls import json_output, process_in, run_cell

pytestmark = pytest.mark.slow


def test_locks_are_no_messages(jail):
    """Locks on files that everybody can read are granted and not set."""
    lock = """
        import fcntl, os
        end = os.open(os.__file__, os.O_RDONLY)
        fcntl.flock(end, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.lockf(end, fcntl.LOCK_SH | fcntl.LOCK_NB)
    """
    with process_in(jail) as first, process_in(jail) as second:
        assert run_cell(first, lock)["error"] is None
        assert run_cell(second, lock)["error"] is None


@pytest.mark.parametrize("kind", range(1, 11))
@pytest.mark.parametrize("way", ["sendto(b'secret', PATH)", "sendmsg([b'secret'], [], 0, PATH)"])
def test_messages_leave_for_nowhere(jail, tmp_path, kind, way):
    """One datagram socket of a pair can send to any address, and a raw one is one of these."""
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        for place in (path, *list(tmp_path.parents)[:2]):
            os.chmod(place, 0o777)
        listener.setblocking(False)
        source = f"""
            import socket
            one, other = socket.socketpair(socket.AF_UNIX, {kind})
            one.{way.replace("PATH", repr(path))}
        """
        with process_in(jail) as calls:
            run_cell(calls, source)
        with pytest.raises(BlockingIOError):
            listener.recv(100)


def test_open_files_are_passed_to_nobody(jail):
    """Neither to a queue, where what they hold counts for no process, nor to a neighbour."""
    source = """
        import json, os, socket
        one, other = socket.socketpair()
        one.send(b"stream"), other.recv(6)
        kinds = []
        for attempt in (
            lambda: socket.send_fds(one, [b"x"], [0]),
            lambda: one.sendmsg([b"x"]),
            lambda: other.recvmsg(1),
        ):
            try:
                attempt()
                kinds.append(None)
            except OSError as error:
                kinds.append(error.errno)
        print(json.dumps(kinds))
    """
    with process_in(jail) as calls:
        assert json_output(calls, source) == [1, 1, 1]


WAITS = """
    import ctypes, errno, json, mmap, os, threading, time
    import numpy as np
    libc = ctypes.CDLL(None, use_errno=True)
    file = open(os.__file__, "rb")
    mapped = mmap.mmap(file.fileno(), 4096, mmap.MAP_PRIVATE, mmap.PROT_READ)
    page = np.frombuffer(mapped, np.uint32)
    word = ctypes.c_void_p(page.ctypes.data)
    class Time(ctypes.Structure):
        _fields_ = [("s", ctypes.c_long), ("ns", ctypes.c_long)]
    def wait(action):
        limit = ctypes.byref(Time(0, 300_000_000))
        return libc.syscall(202, word, action, int(page[0]), limit, None, -1), ctypes.get_errno()
"""


@pytest.mark.parametrize("action", [0, 9])
def test_nobody_waits_for_another_jail(jail, action):
    """A futex in a page of a library is one for all who map it; to wake it would be a message."""
    with process_in(jail) as waiting, process_in(jail) as waking:
        run_cell(waiting, WAITS)
        run_cell(waking, WAITS)
        assert json_output(waiting, f"print(json.dumps(wait({action})))") == [-1, 11]  # at once
        run_cell(
            waiting,
            f"thread = threading.Thread(target=lambda: [wait({action}) for _ in range(9999)])\n"
            "thread.start()",
        )
        woken = "print(max(libc.syscall(202, word, 1, 99, None, None, 0) for _ in range(999)))"
        assert json_output(waking, woken) == 0


PAGES = """
    import ctypes, json, mmap, os
    import numpy as np
    libc = ctypes.CDLL(None, use_errno=True)
    file = open(os.__file__, "rb")
    size = os.path.getsize(os.__file__)
    page = np.frombuffer(mmap.mmap(file.fileno(), 4096, mmap.MAP_PRIVATE, mmap.PROT_READ), np.uint8)
    place = ctypes.c_void_p(page.ctypes.data)
"""


def in_memory(path):
    """Whether the first page of a file is in memory, as the kernel says it to root."""
    with open(path, "rb") as file:
        mapped = mmap.mmap(file.fileno(), 4096, mmap.MAP_SHARED, mmap.PROT_READ)
        address = np.frombuffer(mapped, np.uint8).ctypes.data
        answer = ctypes.create_string_buffer(1)
        assert ctypes.CDLL(None).mincore(ctypes.c_void_p(address), 4096, answer) == 0
    return bool(answer.raw[0] & 1)


@pytest.mark.parametrize(
    "throw_out",
    [
        "os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)",
        "libc.madvise(place, 4096, 20)",
        "libc.madvise(place, 4096, 21)",
        "libc.syscall(221, file.fileno(), 0, 0, 4)",
    ],
)
def test_no_page_of_a_library_is_thrown_out_of_memory(jail, throw_out):
    """Whoever came later could find out which are there, and read a message in that."""
    path = os.path.join(os.path.dirname(os.__file__), "turtle.py")
    with open(path, "rb") as file:
        file.read()
    assert in_memory(path)
    with process_in(jail) as calls:
        run_cell(calls, edit(PAGES, ("os.__file__", repr(path)), every=True))
        for _ in range(3):
            run_cell(calls, throw_out)
    assert in_memory(path)


@pytest.mark.parametrize(
    "look",
    [
        "libc.mincore(place, 4096, ctypes.create_string_buffer(1))",
        "os.preadv(file.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT)",
        "1 / (1 + libc.syscall(451, file.fileno(), 0, 0, 0))",
    ],
)
def test_nobody_is_told_which_pages_are_in_memory(jail, look):
    """What others have read before is theirs to know."""
    with process_in(jail) as calls:
        run_cell(calls, PAGES)
        answer = run_cell(calls, f"assert {look} != -1")
        assert answer["error"] is not None
