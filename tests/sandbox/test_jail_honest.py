"""What honest notebooks do works in both jails."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.jail_calls import json_output, process_in

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "source",
    [
        "import concurrent.futures as c\np = c.ThreadPoolExecutor(4)\n"
        "print(sum(p.map(abs, range(-9, 0))))",
        "import threading\nx = [threading.Thread(target=len, args=('',)) for _ in range(9)]\n"
        "[t.start() for t in x], [t.join() for t in x]\nprint(45)",
        "import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', 'import threading\\n"
        "t = threading.Thread(target=print, args=[45]); t.start(); t.join()'],"
        " capture_output=True, text=True).stdout)",
        "import multiprocessing as m\nc = m.get_context('fork')\na, b = c.Pipe()\n"
        "p = c.Process(target=b.send, args=[45])\np.start()\nprint(a.recv())\np.join()",
        "import asyncio, threading\n"
        "async def f():\n    await asyncio.sleep(0.01)\n    print(45)\n"
        "t = threading.Thread(target=lambda: asyncio.run(f()))\nt.start()\nt.join()",
        "import tempfile\nwith tempfile.TemporaryFile() as f:\n    f.write(b'45')\n"
        "    f.seek(0)\n    print(int(f.read()))",
        "import numpy as np\nnp.save('a.npy', np.arange(10.0))\n"
        "print(int(np.load('a.npy', mmap_mode='r').sum()))",
        "import sqlite3\nwith sqlite3.connect('a.db') as d:\n    d.execute('create table t(x)')\n"
        "    d.execute('insert into t values(45)')\n"
        "    print(d.execute('select x from t').fetchone()[0])\nd.close()",
        "import zoneinfo, datetime\nprint(45 + 0 * datetime.datetime(2026, 1, 1,"
        " tzinfo=zoneinfo.ZoneInfo('Europe/Berlin')).hour)",
        "import shutil, os\nopen('b', 'w').write('45')\nshutil.copytree('.', 'sub')\n"
        "print(open('sub/b').read())",
        "import warnings\nwarnings.simplefilter('ignore')  # joblib has no semaphores here\n"
        "from sklearn.cluster import KMeans\nx = [[44.0], [46.0], [-45.0]]\n"
        "print(max(KMeans(2, n_init=1, random_state=0).fit(x).cluster_centers_.ravel()))",
    ],
    ids=[
        "pool",
        "threads",
        "program",
        "process",
        "asyncio",
        "file",
        "map",
        "sqlite",
        "zone",
        "copy",
        "clusters",
    ],
)
def test_honest_work_needs_nothing_that_is_refused(jail, source):
    """Threads, programs, processes, event loops, temporary and mapped files work as ever."""
    with process_in(jail) as calls:
        assert abs(json_output(calls, source)) == 45


# Prints where a Python finds its library that a submission starts in the restricted jail.
STARTED = """
from autograder.sandbox.jail import Jail
from tests.jail_calls import json_output, process_in
code = "import json, subprocess, sys\\nprint(json.dumps(subprocess.run("
code += "[sys.executable, '-c', 'import sys; print(sys.prefix)'], capture_output=True, text=True"
code += ").stdout.strip()))"
with process_in(Jail("restricted")) as calls:
    print(json_output(calls, code))
"""


@pytest.mark.skipif(os.getuid() != 0, reason="a user may enter the folder of their own Python")
def test_a_program_starts_where_only_root_may_enter(tmp_path):
    """The course and its Python may lie in root's home, where a submission's user may not look."""
    environment = tmp_path / "closed" / "environment"
    environment.parent.mkdir(mode=0o700)
    command = [sys.executable, "-m", "venv", "--without-pip", environment]
    subprocess.run(command, check=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    ours = [sysconfig.get_path("purelib"), str(Path(__file__).parents[2])]
    (packages / "ours.pth").write_text("\n".join(ours), encoding="utf-8")
    ran = subprocess.run(
        [environment / "bin" / "python", "-c", STARTED],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.strip() == str(environment), ran.stderr
