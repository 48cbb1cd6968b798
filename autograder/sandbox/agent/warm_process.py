"""The warm process: everything imported once, then one forked child for each submission.

It is started inside the jail with a control socket, answers each order by a fork, and reads and
runs nothing of any student. NumPy, Matplotlib and, where the assignment imports it, PyTorch are
used once here, so that no child pays for their first time.
"""

from __future__ import annotations

import gc
import io
import json
import os
import select
import shutil
import signal
import socket
import sys
import traceback
import warnings
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from autograder.wire.codec import Channel

MAX_ORDER = 1 << 16


def main(control_end: int, settings: dict[str, Any]) -> None:
    """Serve orders until the other side closes the control socket."""
    control = socket.socket(fileno=control_end)
    try:
        from autograder.sandbox.agent import call_filter, confinement, gate

        if os.getuid() == 0 and settings["tier"] != "unprotected":
            try:
                _become_somebody(confinement, settings)
            except OSError as error:
                why = f"students' code cannot run as another user than root: {error.strerror}"
                control.send(json.dumps({"failed": why}).encode())
                return
        if settings["tier"] != "isolated":
            confinement.die_with_parent()
            confinement.adopt_orphans()
        if settings["tier"] != "unprotected":
            call_filter.prepared(alone=settings["tier"] == "isolated")
        work = _warm_up(settings)
    except BaseException:
        control.send(json.dumps({"failed": traceback.format_exc()[-4000:]}).encode())
        return
    control.send(json.dumps({"ready": os.getpid()}).encode())
    gates: dict[int, int] = {}  # their numbers, by their handles
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        ready = [end for end, _ in poll.poll()]
        for handle in gates.keys() & set(ready):
            poll.unregister(handle)
            os.waitpid(gates.pop(handle), 0)
            os.close(handle)
            _end_orphans(set(gates.values()))
        if control.fileno() not in ready:
            continue
        data, ends, *_ = socket.recv_fds(control, MAX_ORDER, 3)
        if not data:
            return
        gate_id = os.fork()
        if gate_id == 0:
            for handle in gates:
                os.close(handle)
            report = socket.socket(fileno=ends.pop())
            try:
                gate.stand(report, ends, json.loads(data), work, control)
            except BaseException:
                with suppress(OSError):
                    failed = {"failed": traceback.format_exc()[-4000:]}
                    report.send(json.dumps(failed).encode())
            os._exit(0)
        handle = os.pidfd_open(gate_id)
        gates[handle] = gate_id
        poll.register(handle, select.POLLIN)
        for end in ends:
            os.close(end)


def _end_orphans(gates: set[int]) -> None:
    """End what a gate has left behind that was killed: it cannot start anything any more.

    gates : the children that stay
    """
    from autograder.sandbox.agent.process_tree import below, children

    while orphans := set(children(os.getpid())) - gates:
        for pid in orphans.union(*map(below, orphans)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in orphans:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _become_somebody(confine: ModuleType, settings: dict[str, Any]) -> None:
    """Change from root to a user to whom nothing belongs but the home folder.

    In a user namespace without such a user it stays the only one, and is root no more.
    """
    uid = settings["uid"]
    if uid is None:
        confine.become_nobody()
        return
    if settings["tier"] != "isolated":
        os.chown(settings["home"], uid, uid)
    confine.become(uid, confine.CAP_DAC_READ_SEARCH if settings["tier"] == "restricted" else 0)


def _warm_up(settings: dict[str, Any]) -> Callable[[Channel], None]:
    """Import and use once what notebooks use; return what a child does with its channel."""
    if settings["probe"] is not None:
        from autograder.sandbox.agent import probes

        return lambda channel: probes.work(settings["probe"], channel.write_end)
    from autograder.sandbox.agent.hugepages import use_huge_pages

    gc.disable()  # what is imported stays; to look through it again and again takes half a second
    home = settings["home"]
    os.environ.update(HOME=home, MPLCONFIGDIR=f"{home}/matplotlib")
    with suppress(OSError):
        shutil.copytree(settings["fonts"], f"{home}/matplotlib", dirs_exist_ok=True)
    from autograder.sandbox.agent import ruled_out

    ruled_out.install(settings["absent"])
    # What students' notebooks may import without it being their fault that it is slow.
    import numpy  # noqa: F401

    with_torch = any(name.partition(".")[0] == "torch" for name in settings["modules"])
    if with_torch:
        import torch
        import torch.nn.functional

        torch.set_num_threads(1)
        with suppress(RuntimeError):
            torch.set_num_interop_threads(1)
    from autograder.sandbox.agent.server import work
    from autograder.sandbox.agent.shell import make_shell, run_cell

    shell = make_shell()
    for name in settings["modules"]:
        with suppress(Exception):
            __import__(name)
    # scikit-learn counts the threads of libraries, which are read off /proc where there is one. A
    # jail has none, or one that may not be read; then they are asked of the loader.
    with suppress(ImportError):
        import threadpoolctl

        threadpoolctl._HAS_PROCFS = False
    before = sys.stdout
    sys.stdout = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run_cell(shell, FIRST_PICTURE, 1 << 20)
        if with_torch:
            run_cell(shell, FIRST_NETWORK, 1 << 20)
        run_cell(shell, "import numpy\nnumpy.zeros(3).reshape(2, 2)", 1 << 20)  # a traceback
    from matplotlib import pyplot

    sys.stdout = before
    pyplot.close("all")
    for name in ("_first_picture", "_first_network", "numpy"):
        shell.user_ns.pop(name, None)
    shell.execution_count = 1
    # A collection in a child would touch, and so copy, every object that the fork shares.
    gc.freeze()
    gc.enable()
    use_huge_pages()
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        raise RuntimeError(f"the warm process has {threads} threads, so it cannot be forked")
    return lambda channel: work(channel, shell)


FIRST_PICTURE = """
def _first_picture():
    import matplotlib.pyplot as plt
    import numpy as np
    np.random.default_rng(0).normal(size=3)
    figure, axes = plt.subplots(figsize=(1, 1))  # quick to draw
    axes.plot([0, 1]); axes.imshow([[0, 1]]); axes.set_title("$x$")
    return figure
_first_picture()
"""
# One convolution each way, some on the meta device.
FIRST_NETWORK = """
def _first_network():
    import copy
    import torch
    from torch import nn
    x = torch.zeros(1, 2, 6, 6, requires_grad=True)
    model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                          nn.Linear(12, 2))
    copy.deepcopy(model)(x).sum().backward()
    model.double()(x.double()).sum().backward()
    with torch.device("meta"), torch.no_grad():
        nn.Sequential(nn.Conv2d(2, 3, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12, 2))(
            torch.zeros(1, 2, 6, 6))
        nn.functional.conv2d(torch.zeros(1, 2, 6, 6), torch.zeros(3, 2, 3, 3))
        torch.eye(2)
_first_network()
"""

if __name__ == "__main__":
    raise SystemExit("this is started by autograder.sandbox.jail")
