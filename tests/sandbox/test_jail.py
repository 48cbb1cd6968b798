"""A jailed process computes, shares nothing with another, and reaches nothing else."""

import base64
import os
import sys
import time
import uuid
from pathlib import Path

import pytest

from autograder.grading.pictures import PNG
from tests.jail_calls import json_output, process_in, run_cell
from tests.processes import LONG

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def test_a_cell_runs_and_its_names_stay(jail):
    """What it prints comes out, and the next cell goes on where it ended."""
    with process_in(jail) as calls:
        answer = run_cell(calls, "import numpy as np\nx = np.arange(4)\nprint('x is', x)")
        assert answer["outputs"] == [
            {"output_type": "stream", "name": "stdout", "text": "x is [0 1 2 3]\n"}
        ]
        assert answer["error"] is None
        (result,) = run_cell(calls, "x.sum()")["outputs"]
        assert result["data"] == {"text/plain": "np.int64(6)"}


# Where 0.3 s of processor time are used: by the process itself, by a thread of it, by children
# that it waits for, that go on or have just ended, and by a child that has taken its place.
WORKERS = {
    "itself": "burn(0.3)",
    "a thread": "one = threading.Thread(target=burn, args=[0.3]); one.start(); one.join()",
    "children in a row": "for _ in range(30):\n    start(0.01)\n    os.wait()",
    "children at a time": "for _ in range(3):\n    start(0.1)\nfor _ in range(3):\n    os.wait()",
    "a child that goes on": "start(0.3, rest=30)\nos.read(heard, 1)",
    "an orphan": "if os.fork() == 0:\n    start(0.3, rest=30)\n    os._exit(0)\nos.read(heard, 1)",
    "a zombie": "start(0.3)\nos.read(heard, 1)",
    "its successor": "if os.fork():\n    while True:\n        os.wait()\nburn(0.3)",
}
BURN = """
    import os, threading, time

    heard, said = os.pipe()

    def burn(seconds):
        until = time.thread_time() + seconds
        while time.thread_time() < until:
            pass

    def start(seconds, rest=0):
        if os.fork() == 0:
            burn(seconds)
            os.write(said, b"!")
            time.sleep(rest)
            os._exit(0)
"""


@pytest.mark.parametrize("work", WORKERS.values(), ids=WORKERS)
def test_the_time_of_all_processes_is_counted(jail, work):
    """Whoever does the work, its processor time is the submission's."""
    with process_in(jail) as calls:
        run_cell(calls, BURN)
        before = calls.cpu_seconds()
        assert run_cell(calls, work)["error"] is None
        # Children that are waited for are counted in ticks, rounded up; forks take time as well,
        # and more of it where other processes empty the caches.
        assert 0.3 <= calls.cpu_seconds() - before < 3


def test_time_that_was_counted_stays_counted(jail):
    """A process that ends takes nothing of the sum away, so that none is ended for that."""
    with process_in(jail) as calls:
        run_cell(calls, BURN)
        run_cell(calls, "start(0.5)\nos.read(heard, 1)")
        before = calls.cpu_seconds()
        run_cell(calls, "os.wait()")
        assert before > 0.5
        assert calls.cpu_seconds() >= before


def test_a_short_child_is_not_rounded_away(jail):
    """The kernel counts in hundredths of a second what children have used: one costs two."""
    with process_in(jail) as calls:
        run_cell(calls, BURN)
        before = calls.cpu_seconds()
        run_cell(calls, "start(0)\nos.wait()")
        assert calls.cpu_seconds() - before >= 0.02


def test_a_picture_comes_out_as_png(jail):
    """A figure that is open at the end of a cell is shown, as in a notebook."""
    with process_in(jail) as calls:
        answer = run_cell(calls, "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])")
        (shown,) = answer["outputs"]
        assert base64.b64decode(shown["data"]["image/png"]).startswith(PNG)
        assert set(shown["data"]) <= {"image/png", "text/plain"}


def test_an_error_comes_out_with_its_traceback(jail):
    """Class, text and the line that raised; also where the cell does not compile."""
    with process_in(jail) as calls:
        answer = run_cell(calls, "def f():\n    raise ValueError('no é')\nf()")
        assert answer["error"] == ["ValueError", "no é"]
        (shown,) = answer["outputs"]
        assert shown["output_type"] == "error"
        assert "raise ValueError" in "\n".join(shown["traceback"])
        assert run_cell(calls, "def (")["error"][0] == "SyntaxError"
        assert json_output(calls, "print(1)") == 1


def test_a_tensor_is_computed_on_one_thread(torch_jail):
    """PyTorch works after the fork, and workers do not fight for cores."""
    with process_in(torch_jail) as calls:
        source = """
            import torch
            out = torch.nn.Conv2d(3, 8, 3)(torch.randn(2, 3, 16, 16))
            print([list(out.shape), torch.get_num_threads()])
        """
        assert json_output(calls, source) == [[2, 8, 14, 14], 1]


def test_files_of_the_assignment_lie_in_the_working_folder(jail):
    """In folders of their own where the release has them so."""
    with process_in(jail) as calls:
        files = {"data.txt": b"one", "deep/er/data.txt": b"two"}
        calls.ask("files", {"files": files}, time.monotonic() + LONG)
        source = "print([len(open(one).read()) for one in ('data.txt', 'deep/er/data.txt')])"
        assert json_output(calls, source) == [3, 3]


# What one submission leaves wherever it can, and all that a submission finds when it starts.
LEAVE = """
    import builtins, json, os, random, sys
    import numpy, torch
    left = []
    for place in (".", "/tmp", "/dev/shm", "/var/tmp", "/run", os.path.expanduser("~")):
        try:
            with open(os.path.join(place, "@MARK@"), "w") as file:
                left.append(place)
        except OSError:
            pass
    os.environ["LEFT"] = "@MARK@"
    builtins.LEFT = numpy.LEFT = torch.LEFT = "@MARK@"
    sys.modules["left"] = sys
    sys.path.insert(0, "/left")
    numpy.random.seed(5), random.seed(5), torch.manual_seed(5)
    torch.set_default_dtype(torch.float64)
    numpy.set_printoptions(precision=1)
    os.umask(0o77)
    print(json.dumps(left))
"""
FIND = """
    names = sorted(globals())
    import builtins, json, os, random, sys
    import numpy, torch
    files = []
    for place in (".", "/tmp", "/dev/shm", "/var/tmp", "/run", os.path.expanduser("~")):
        try:
            files += [name for name in os.listdir(place) if name == "@MARK@"]
        except OSError:
            pass
    print(json.dumps([
        names, files, os.listdir("."), os.umask(0),
        {name: value for name, value in os.environ.items() if name not in ("HOME", "TMPDIR")},
        sys.path, sorted(sys.modules), dir(builtins), dir(numpy), dir(torch),
        numpy.random.rand(), random.random(), torch.rand(1).item(),
        str(torch.get_default_dtype()), numpy.get_printoptions()["precision"],
    ]))
"""


def test_submissions_in_a_row_share_nothing(torch_jail):
    """Files, globals, modules, environment, random numbers: all is as it was for the first."""
    mark = uuid.uuid4().hex
    leave, find = (source.replace("@MARK@", mark) for source in (LEAVE, FIND))
    with process_in(torch_jail) as calls:
        before = json_output(calls, find)
        assert "." in json_output(calls, leave)
        assert json_output(calls, find) != before  # it can be seen that something was left
    with process_in(torch_jail) as calls:
        assert json_output(calls, find) == before
    places = [Path(place, mark) for place in ("/tmp", "/dev/shm", "/var/tmp", "/run")]
    assert not any(place.exists() for place in places)


def test_submissions_at_a_time_do_not_see_each_other(jail):
    """Neither the other's files nor its processes."""
    look = """
        import json, os, tempfile
        open("here", "w").close()
        seen = []
        for number in range(1, 70_000):
            try:
                os.kill(number, 0)
                seen.append(number)
            except OSError:
                pass
        # Not its folders: a Python that lies below /tmp is there too.
        print(json.dumps([sorted(filter(os.path.isfile, os.listdir("."))), len(seen)]))
    """
    with process_in(jail) as one, process_in(jail) as other:
        for calls in (one, other):
            assert json_output(calls, look) == [["here"], 1]


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"])
def test_the_network_is_refused(jail, family):
    """There is no socket of any family to begin with."""
    source = f"""
        import json, socket
        try:
            socket.socket(socket.{family}, socket.SOCK_DGRAM)
            print(json.dumps("a socket"))
        except OSError as error:
            print(json.dumps(error.strerror))
    """
    with process_in(jail) as calls:
        assert json_output(calls, source) == "Operation not permitted"


def test_no_file_of_the_course_or_the_machine_can_be_read(jail):
    """Nor of the grader, but for what stands inside with it."""
    places = [
        *(
            ROOT / name
            for name in ("nbgrader_config.py", "README.md", "tests/sandbox/test_jail.py")
        ),
        *(ROOT / "autograder" / name for name in ("checks/checking.py", "sandbox/jail.py")),
        *sorted((ROOT / "solutions").rglob("*.py")),
        *(Path("/etc") / name for name in ("passwd", "shadow", "hostname")),
        *(Path("/proc") / name for name in ("1/environ", "self/environ", "cpuinfo")),
    ]
    source = f"""
        import json
        read = []
        for place in {list(map(str, places))}:
            try:
                with open(place, "rb") as file:
                    file.read(1)
                read.append(place)
            except OSError:
                pass
        print(json.dumps(read))
    """
    assert sum(place.exists() for place in places) > 10
    with process_in(jail) as calls:
        assert json_output(calls, source) == []


def test_nothing_can_be_written_but_in_the_working_folder(jail):
    """Neither Python's own files, nor the jail's, nor anywhere else on the machine."""
    places = [sys.prefix, os.path.dirname(os.__file__), "/usr", "/usr/bin", "/", "/etc", "/var/tmp"]
    places += ["/dev", "/dev/shm", "/grader", "/proc", "/root", "/home", str(ROOT)]
    source = f"""
        import json, os
        wrote = []
        for place in {places}:
            path = os.path.join(place, "autograder-test")
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT))
                os.unlink(path)
                wrote.append(place)
            except OSError:
                pass
        print(json.dumps(wrote))
    """
    with process_in(jail) as calls:
        assert json_output(calls, source) == []


def test_nothing_that_runs_can_be_made_root(jail):
    """Neither by asking for it nor in namespaces of its own; programs gain nothing either."""
    source = """
        import ctypes, json, os
        libc = ctypes.CDLL(None)
        tries = [libc.setuid(0), libc.setresuid(0, 0, 0), libc.unshare(0x10000000),
                 libc.chroot(b"."), libc.mount(b"x", b".", b"tmpfs", 0, None)]
        print(json.dumps([os.getuid() != 0, tries, libc.prctl(39, 0, 0, 0, 0)]))
    """
    with process_in(jail) as calls:
        assert json_output(calls, source) == [True, [-1] * 5, 1]
