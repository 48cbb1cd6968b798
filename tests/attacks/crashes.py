"""Crashes: a process that ends, by itself or with others, costs the function that ended it."""

from tests.attacks.attack import FULL, ONE, Group

GROUP = Group("crashes")
CRASHED = {"verdicts": ("crashed",), "rest": "honest", "least": ONE, "most": ONE}

GROUP.add(
    "exit at import",
    "the process ends with success before anything was checked",
    {"double": "import os\n\nos._exit(0)"},
    **CRASHED,
)
GROUP.add(
    "exit in a call",
    "the process ends with success in the middle of a question",
    {"double": "import os\n\ndef double(x):\n    os._exit(0)"},
    **CRASHED,
)
GROUP.add(
    "exit after the visible check",
    "the process ends as soon as hidden inputs come, so that nobody can find fault",
    {
        "double_sum": """
        import os

        def double_sum(x):
            if x.size != 2:
                os._exit(0)
            return 6.0
        """
    },
    **CRASHED,
)
GROUP.add(
    "a segmentation fault",
    "the interpreter reads address 1",
    {"double": "import ctypes\n\ndef double(x):\n    return ctypes.string_at(1)"},
    **CRASHED,
)
GROUP.add(
    "abort",
    "the process aborts itself, without a core file",
    {"double": "import os\n\ndef double(x):\n    os.abort()"},
    **CRASHED,
)
GROUP.add(
    "sys.exit",
    "the interpreter is asked to end; that is an exception and no crash",
    {"double": "import sys\n\ndef double(x):\n    sys.exit(0)"},
    rest="honest",
    least=ONE,
    most=ONE,
)
GROUP.add(
    "exit in the cell",
    "the cell ends the interpreter while it is run",
    {"double": "raise SystemExit(0)"},
    rest="honest",
    least=ONE,
    most=ONE,
)
GROUP.add(
    "endless recursion",
    "a function calls itself",
    {"double": "def double(x):\n    return double(x)"},
    rest="honest",
    verdicts=("graded", "timed_out"),
    least=ONE,
    most=ONE,
)
GROUP.add(
    "a deeper recursion",
    "the recursion limit is lifted, so that the C stack overflows",
    {
        "double": """
        import sys

        sys.setrecursionlimit(10**9)

        def double(x):
            return sorted([1], key=lambda one: double(x))
        """
    },
    **(CRASHED | {"verdicts": ("crashed", "out_of_memory", "graded")}),
)
GROUP.add(
    "signals to everybody",
    "every process that may be signalled is killed",
    {
        "double": """
        import os, signal

        def double(x):
            for pid in (-1, 0):
                try:
                    if os.getuid():  # as root, outside of a jail, this would end the machine
                        os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
            os._exit(1)
        """
    },
    **CRASHED,
)
GROUP.add(
    "signals to the parent",
    "the process that waits for the answer is killed, and so is the whole group",
    {
        "double": """
        import os, signal

        def double(x):
            for pid in (os.getppid(), 1):
                if os.getuid() and pid:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except OSError:
                        pass
            os._exit(1)
        """
    },
    **CRASHED,
)
GROUP.add(
    "closed streams",
    "stdin, stdout and stderr are closed or turned into each other",
    {
        "double": """
        import os, sys

        def double(x):
            sys.stdout = sys.stderr = sys.stdin = sys.__stdout__ = sys.__stderr__ = None
            for end in (0, 1, 2):
                os.close(end)
            if x.ndim > 1:
                raise ValueError(x.ndim)
            return x + x
        """
    },
    rest="honest",
    verdicts=("graded", "crashed"),
    most=FULL,
)
GROUP.add(
    "a crash at exit",
    "handlers that run at the end crash, and a finaliser raises for ever",
    {
        "double": """
        import atexit, os, threading

        atexit.register(os.abort)
        threading._register_atexit(os.abort)

        def double(x):
            if x.ndim > 1:
                raise ValueError(x.ndim)
            return x + x
        """
    },
    rest="honest",
    least=FULL,
    most=FULL,
)
GROUP.add(
    "an exec",
    "the process becomes another program that says nothing",
    {
        "double": """
        import os

        def double(x):
            os.execv("/bin/sh", ["sh", "-c", "exit 0"])
        """
    },
    **CRASHED,
)
GROUP.add(
    "exceptions that cannot be told",
    "an exception whose text, class and traceback raise when they are looked at",
    {
        "double": """
        class Meta(type):
            def __getattribute__(self, name):
                if name in ("__name__", "__module__", "__mro__"):
                    raise MemoryError(name)
                return super().__getattribute__(name)

        class Odd(Exception, metaclass=Meta):
            def __str__(self):
                raise KeyboardInterrupt

            __repr__ = __str__

        def double(x):
            raise Odd
        """
    },
    rest="honest",
    verdicts=("graded", "crashed", "out_of_memory"),
    least=ONE,
    most=ONE,
)
GROUP.add(
    "base exceptions",
    "KeyboardInterrupt and GeneratorExit are no mistakes but still exceptions",
    {
        "double": "def double(x):\n    raise KeyboardInterrupt",
        "double_sum": "def double_sum(x):\n    raise GeneratorExit",
    },
)
GROUP.add(
    "every function crashes",
    "each function ends the process that the one before had started anew",
    {
        "double": "import os\n\ndef double(x):\n    os._exit(3)",
        "double_sum": "import os\n\ndef double_sum(x):\n    os.abort()",
    },
    verdicts=("crashed",),
)
