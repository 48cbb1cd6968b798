"""What a jailed process cannot reach: other submissions, its guards, and files of others."""

import os
import time

import pytest

from autograder.course.errors import LimitHit
from autograder.sandbox import file_view
from autograder.sandbox.jail import Jail
from tests.attacks.hangs import FLOOD
from tests.jail_calls import LIMITS, json_output, process_in, run_cell
from tests.processes import LONG

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shared():
    """A jail without namespaces: files, users and IPC are the machine's."""
    one = Jail("restricted", modules=("numpy",))
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


@pytest.mark.parametrize(
    "way",
    [
        "fcntl.fcntl(one, fcntl.F_SETOWN, OTHER)",
        "fcntl.fcntl(one, 15, struct.pack('ii', 1, OTHER))",
        "fcntl.ioctl(one, 0x8901, struct.pack('i', OTHER))",
        "fcntl.ioctl(one, 0x8902, struct.pack('i', OTHER))",
        "fcntl.ioctl(one, 0x5452, struct.pack('i', 1))",
        "check(libc.syscall(72, one.fileno(), ctypes.c_ulong(1 << 32 | fcntl.F_SETOWN), OTHER))",
        "check(libc.syscall(16, one.fileno(), ctypes.c_ulong(1 << 32 | 0x8901), owner))",
    ],
)
def test_signals_by_way_of_a_file_are_refused(jail, way):
    """A file's owner gets a signal when it is ready, past every filter on `kill`."""
    source = f"""
        import ctypes, fcntl, os, socket, struct
        libc, OTHER = ctypes.CDLL(None), os.getppid() or 1
        owner = ctypes.byref(ctypes.c_int(OTHER))
        def check(result):
            if result == -1:
                raise PermissionError
        one, other = socket.socketpair()
        {way}
    """
    with process_in(jail) as calls:
        assert run_cell(calls, source)["error"][0] == "PermissionError"


QUESTIONS = {
    "group": "os.getpgid(OTHER)",
    "session": "os.getsid(OTHER)",
    "priority": "os.getpriority(os.PRIO_PROCESS, OTHER)",
    "cores": "os.sched_getaffinity(OTHER)",
    "scheduler": "os.sched_getscheduler(OTHER)",
    "processor time": "time.clock_gettime(~OTHER << 3 | 2)",
    "limits": "resource.prlimit(OTHER, resource.RLIMIT_CPU)",
    "signal": "os.kill(OTHER, 0)",
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_nothing_is_told_about_other_processes(jail, question):
    """Neither that they are there, nor how much they compute."""
    source = f"""
        import os, resource, time
        OTHER = OUTSIDE
        {QUESTIONS[question]}
    """
    with process_in(jail) as calls:
        outside = source.replace("OUTSIDE", str(os.getpid()))
        assert run_cell(calls, outside)["error"] is not None
        own = run_cell(calls, source.replace("OUTSIDE", "0").replace("~OTHER << 3 | 2", "2"))
        assert own["error"] is None or question == "signal"


@pytest.mark.parametrize("landlock", [1, 7])
def test_no_file_that_may_be_read_is_emptied(weakened, landlock):
    """Opening it to read and to empty it is no writing to an older Landlock."""
    weakened("confinement.py", "return max(0, ", f"return min({landlock}, ")
    victim = file_view.ROOT / "autograder" / "wire" / "__init__.py"
    before = victim.read_text()
    assert before
    one = Jail("restricted", ("scipy", "torch"))
    try:
        with process_in(one) as calls:
            path = repr(str(victim))
            assert run_cell(calls, f"open({path}).read()")["error"] is None
            source = f"import os\nos.open({path}, os.O_RDONLY | os.O_TRUNC)"
            assert run_cell(calls, source)["error"][0] == "PermissionError"
    finally:
        one.close()
    assert victim.read_text() == before


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
