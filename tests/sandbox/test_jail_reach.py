"""What a jailed process cannot reach: other submissions, its guards, and files of others."""

import os
import socket
import time

import pytest

from autograder.course.errors import LimitHit
from autograder.sandbox.jail import Jail
from tests.attacks.hangs import FLOOD
from tests.jail_calls import LIMITS, json_output, process_in, run_cell
from tests.processes import LONG

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shared():
    """A jail without namespaces: files, users and IPC are the machine's."""
    one = Jail("restricted")
    yield one
    one.close()


OFFSETS = """
    import json, os, stat
    ends = []
    for end in range(3, 64):
        try:
            if stat.S_ISREG(os.fstat(end).st_mode):
                ends.append(end)
        except OSError:
            pass
    print(json.dumps([os.lseek(end, 0, os.SEEK_CUR) for end in ends]))
    for end in ends:
        os.lseek(end, 4711, os.SEEK_SET)
"""


def test_no_open_file_is_shared_with_the_next_submission(jail):
    """The offset of a file that both inherit would be a message from one to the other."""
    with process_in(jail) as first:
        before = json_output(first, OFFSETS)
    with process_in(jail) as second:
        assert json_output(second, OFFSETS) == before
    assert before, "the warm process holds fonts open; without any this test says nothing"


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


def test_questions_without_end_meet_the_deadline(jail):
    """A process that floods its grader with questions holds it no longer than one that hangs."""
    start, asked = time.monotonic(), []

    def outside(*question):
        asked.append(question)
        return "error", ["NameError", "nobody answers"]

    with process_in(jail) as calls, pytest.raises(LimitHit) as caught:
        body = {"source": FLOOD, "earlier": [], "room": 1000}
        calls.ask("cell", body, start + 1, answer_back=outside)
    assert caught.value.status == "timed_out"
    assert asked and time.monotonic() - start < LONG


def test_memory_that_may_not_be_looked_at_counts(jail):
    """Neither a process that hides its memory nor shared memory escapes the watch."""
    source = """
        import ctypes, json, mmap, os
        hidden = ctypes.CDLL(None, use_errno=True).prctl(4, 0, 0, 0, 0)
        try:
            mmap.mmap(-1, 1 << 20)
            mapped = True
        except OSError:
            mapped = False
        try:
            mapped_zero = bool(mmap.mmap(os.open("/dev/zero", os.O_RDWR), 1 << 20))
        except OSError:
            mapped_zero = False
        print(json.dumps([hidden, mapped, mapped_zero]))
    """
    with process_in(jail) as calls:
        assert json_output(calls, source) == [-1, False, False]


def test_nobody_is_slowed_down(jail):
    """Neither its own cores nor the priorities and limits of others are a process's to choose."""
    source = """
        import json, os, resource
        attempts = {
            "cores": lambda: os.sched_setaffinity(0, range(64)),
            "scheduler": lambda: os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0)),
            "limits": lambda: resource.prlimit(os.getppid() or 1, resource.RLIMIT_DATA),
        }
        done = []
        for name, attempt in attempts.items():
            try:
                attempt()
                done.append(name)
            except OSError:
                pass
        print(json.dumps(done))
    """
    with process_in(jail) as calls:
        assert json_output(calls, source) == []


@pytest.mark.parametrize("call", [451, 452, 463, 466, 469, 500])
def test_calls_that_are_too_new_to_have_a_name_are_refused(jail, call):
    """A filter of names lets pass what it does not know."""
    source = f"""
        import ctypes, errno, json
        libc = ctypes.CDLL(None, use_errno=True)
        print(json.dumps([libc.syscall({call}, -1, 0, 0, 0, 0), ctypes.get_errno()]))
    """
    with process_in(jail) as calls:
        assert json_output(calls, source) == [-1, 38]  # ENOSYS


def test_datagrams_leave_for_nowhere(jail, tmp_path):
    """One socket of a pair can send to any address, unless there is no such pair."""
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        os.chmod(path, 0o777)
        listener.settimeout(0.5)
        source = f"""
            import socket
            one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            one.sendto(b"secret", {path!r})
        """
        with process_in(jail) as calls:
            assert run_cell(calls, source)["error"] is not None
            stream = "import socket\na, b = socket.socketpair()\na.send(b'x')"
            assert run_cell(calls, stream)["error"] is None
        with pytest.raises(TimeoutError):
            listener.recv(100)


def test_files_of_others_keep_their_mode_times_and_attributes(shared, tmp_path):
    """Landlock does not ask about these, and a jail without namespaces has the user's own files."""
    victim = tmp_path / "marks"
    victim.write_text("40")
    victim.chmod(0o666)
    before = victim.stat()
    source = f"""
        import os
        for attempt in (
            lambda: os.chmod({str(victim)!r}, 0),
            lambda: os.utime({str(victim)!r}, (1, 1)),
            lambda: os.chown({str(victim)!r}, os.getuid(), os.getgid()),
            lambda: os.setxattr({str(victim)!r}, "user.note", b"1"),
            lambda: os.truncate({str(victim)!r}, 0),
        ):
            try:
                attempt()
            except OSError:
                pass
        os.setxattr(os.environ["MPLCONFIGDIR"], "user.note", b"1")
    """
    with process_in(shared) as calls:
        assert run_cell(calls, source)["error"][0] == "OSError"
    after = victim.stat()
    assert (after.st_mode, after.st_mtime, after.st_uid) == (
        before.st_mode,
        before.st_mtime,
        before.st_uid,
    )
    assert victim.read_text() == "40"


def test_what_others_do_in_their_folders_is_not_heard(shared, tmp_path):
    """Names in a folder that cannot be listed stay unknown."""
    source = f"""
        import ctypes, json
        libc = ctypes.CDLL(None, use_errno=True)
        end = libc.inotify_init1(0)
        print(json.dumps(libc.inotify_add_watch(end, {str(tmp_path)!r}.encode(), 0xFFF)))
    """
    with process_in(shared) as calls:
        assert json_output(calls, source) == -1


def test_signals_by_way_of_a_file_are_refused(shared):
    """A file's owner gets a signal when it is ready, past every filter on `kill`."""
    source = """
        import fcntl, os
        heard, said = os.pipe()
        fcntl.fcntl(heard, fcntl.F_SETOWN, os.getppid())
    """
    with process_in(shared) as calls:
        assert run_cell(calls, source)["error"][0] == "PermissionError"


@pytest.mark.parametrize(
    "leave",
    [
        pytest.param(
            "for _ in range(1500):\n    os.mkdir('a')\n    os.chdir('a')", id="nested deeply"
        ),
        pytest.param("os.mkdir('a'), open('a/b', 'w'), os.mkdir('a/c', 0)", id="closed"),
    ],
)
def test_folders_are_removed_whatever_they_hold(shared, leave):
    """On the real disk, where nothing else would remove them."""
    place = "import json, os\nprint(json.dumps(os.getcwd()))"
    with process_in(shared, LIMITS) as calls:
        folder = json_output(calls, place)
        assert run_cell(calls, f"import os\n{leave}")["error"] is None
        assert os.path.isdir(folder)
    assert not os.path.exists(folder)
