"""Honest work that looks like an attack: it gets full marks."""

from tests.attacks.attack import FULL, Group

GROUP = Group("honest")


def honest(name: str, why: str, before: str, inside: str = "", after: str = "") -> None:
    """A right `double` with something unusual about it."""
    lines = [
        before,
        "def double(x):",
        *[f"    {line}" for line in inside.splitlines()],
        "    if x.ndim > 1:",
        "        raise ValueError(x.ndim)",
        "    return x + x",
        after,
    ]
    source = "\n".join(line for line in lines if line)
    GROUP.add(name, why, {"double": source}, rest="honest", least=FULL, most=FULL)


honest("prints", "it prints while it works", "", "print('doubling', x.shape)\nprint('x' * 10_000)")
honest(
    "warnings",
    "it warns, on stderr and by the warnings module",
    "import sys, warnings",
    "warnings.warn('slow')\nprint('hm', file=sys.stderr)",
)
honest(
    "random numbers",
    "it seeds NumPy's global generator, and Python's",
    "import random\nnp.random.seed(0)\nrandom.seed(0)",
    "np.random.seed(1)\nnp.random.rand(3)",
)
honest(
    "a thread that ends",
    "it starts a thread and waits for it",
    "import threading",
    "thread = threading.Thread(target=sum, args=([1, 2],))\nthread.start()\nthread.join()",
)
honest(
    "a pool",
    "it works with threads of a pool, and leaves them",
    "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(2)",
    "list(pool.map(abs, range(4)))",
)
honest(
    "a file",
    "it writes a file into its folder and reads it again",
    "import os, tempfile",
    "with open('notes.txt', 'w') as file:\n    file.write(str(x))\n"
    "assert open('notes.txt').read()\n"
    "tempfile.TemporaryFile().close()",
)
honest(
    "a plot",
    "it draws, and leaves the figure open",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('doubling')\nplt.show()",
    "plt.figure()\nplt.plot([0, 1])",
)
honest(
    "magics",
    "it times itself and sets the precision of what it shows",
    "%precision 3\n%matplotlib inline",
    "",
    "%timeit -n 1 -r 1 double(np.ones(3))",
)
honest(
    "a child process that ends",
    "it starts a process and waits for it",
    "import subprocess, sys\nsubprocess.run(['true'], check=True)",
)
honest(
    "eight child processes",
    "it works with eight forked processes, which share the memory that they were forked with",
    "import os, time",
    "children = []\nfor _ in range(8):\n    child = os.fork()\n    if child == 0:\n"
    "        time.sleep(0.3)\n        os._exit(0)\n    children.append(child)\n"
    "for child in children:\n    os.waitpid(child, 0)",
)
honest(
    "signals and exits",
    "it sets a handler and registers a function for the end",
    "import atexit, signal\nsignal.signal(signal.SIGUSR1, signal.SIG_IGN)\n"
    "atexit.register(print, 'bye')",
)
honest(
    "strange names",
    "its own helpers are called like what the runner uses",
    "answer = question = runner = json = reference = student = check = 1\n"
    "def agree(*given):\n    return False\n",
)
honest(
    "a slow start",
    "its cell takes a second, and its first call as well",
    "import time\ntime.sleep(1)",
    "time.sleep(0.3)",
)
honest(
    "collected garbage",
    "it looks at its own frames and its garbage",
    "import gc, sys\ngc.collect()\ngc.set_threshold(10)",
    "sys._getframe().f_lineno\ngc.collect()",
)
honest(
    "torch",
    "it uses torch and gives an array",
    "import torch",
    "torch.manual_seed(0)\nassert torch.from_numpy(x.copy()).sum() == x.sum() or True",
)
