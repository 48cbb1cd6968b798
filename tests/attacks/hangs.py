"""Hangs: code that never ends costs its own function's points and no more time than its limit."""

from tests.attacks.attack import FULL, ONE, Group

GROUP = Group("hangs")
# Questions from within a cell, faster than anybody can answer; the answers are thrown away.
FLOOD = """
import gc, json, os

def flood():
    one = next(o for o in gc.get_objects() if type(o).__name__ == "AgentServer")
    nothing = {"d": [["name", "double"], ["args", {"t": []}], ["kwargs", {"d": []}]]}
    text = {"n": one._question, "kind": "outside", "body": nothing, "sizes": []}
    text = json.dumps(text).encode()
    frames = (len(text).to_bytes(4, "big") + text) * 2000
    heard, said = one._channel._read_end, one._channel.write_end
    for end in (heard, said):
        os.set_blocking(end, True)
    if os.fork() == 0:
        while True:
            os.read(heard, 1 << 20)
    while True:
        view = memoryview(frames)
        while view:
            view = view[os.write(said, view) :]

flood()
"""
HANGS = {"verdicts": ("timed_out",), "rest": "honest", "least": ONE, "most": ONE}

GROUP.add(
    "an endless loop",
    "the plainest hang",
    {"double": "def double(x):\n    while True:\n        pass"},
    **HANGS,
)
GROUP.add(
    "an endless loop at the top",
    "the cell itself never ends, each time that it is run",
    {"double": "while True:\n    pass"},
    **HANGS,
)
GROUP.add(
    "a sleep that catches everything",
    "every exception is caught, KeyboardInterrupt and SystemExit among them",
    {
        "double": """
        import time

        def double(x):
            while True:
                try:
                    time.sleep(60)
                except BaseException:
                    pass
        """
    },
    **HANGS,
)
GROUP.add(
    "blocked signals",
    "all signals that can be blocked are blocked or ignored",
    {
        "double": """
        import signal

        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
        for number in range(1, 64):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass

        def double(x):
            while True:
                pass
        """
    },
    **HANGS,
)
GROUP.add(
    "a loop in C",
    "a regular expression of exponential cost does not look for signals",
    {
        "double": """
        import re

        def double(x):
            return re.match(r"(a+)+$", "a" * 60 + "b")
        """
    },
    **HANGS,
)
GROUP.add(
    "a deadlock",
    "a thread waits for a lock that it holds, with the interpreter's threads around it",
    {
        "double": """
        import threading

        lock = threading.Lock()

        def double(x):
            lock.acquire()
            lock.acquire()
        """
    },
    **HANGS,
)
GROUP.add(
    "a finaliser without end",
    "an object never finishes being deleted, in the cell that let go of it",
    {
        "double": """
        class Stays:
            def __del__(self):
                while True:
                    pass

        thing = Stays()
        del thing
        """
    },
    **HANGS,
)
GROUP.add(
    "an exception without end",
    "the text of an exception is never done",
    {
        "double": """
        class Long(ValueError):
            def __str__(self):
                while True:
                    pass

        def double(x):
            raise Long
        """
    },
    **HANGS,
)
GROUP.add(
    "an answer without end",
    "an answer takes for ever to be written down, as a list that grows while it is read",
    {
        "double": """
        class Endless(list):
            def __iter__(self):
                while True:
                    yield 1.0

        def double(x):
            return Endless([1.0])
        """
    },
    **(HANGS | {"verdicts": ("timed_out", "graded", "crashed", "out_of_memory")}),
)
GROUP.add(
    "a stopped process",
    "the process stops itself and everything around it",
    {
        "double": """
        import os, signal

        def double(x):
            child = os.fork()
            if child == 0:
                while True:
                    os.kill(os.getppid(), signal.SIGSTOP)
            os.waitpid(child, 0)
        """
    },
    **HANGS,
)
GROUP.add(
    "threads without end",
    "ten threads go on for ever beside a right answer",
    {
        "double": """
        import threading

        def spin():
            while True:
                pass

        for _ in range(10):
            threading.Thread(target=spin).start()

        def double(x):
            if x.ndim > 1:
                raise ValueError(x.ndim)
            return x + x
        """
    },
    rest="honest",
    verdicts=("graded", "timed_out"),
    most=FULL,
)
GROUP.add(
    "just below the limit",
    "each call takes as long as it may, so that the whole takes longer than it may",
    {
        "double": """
        import time

        time.sleep(2)

        def double(x):
            time.sleep(1.2)
            if x.ndim > 1:
                raise ValueError(x.ndim)
            return x + x
        """,
        "double_sum": """
        import time

        time.sleep(2)

        def double_sum(x):
            time.sleep(1.2)
            return float((x + x).sum())
        """,
    },
    verdicts=("graded", "timed_out"),
    most=FULL,
)
GROUP.add(
    "every function hangs",
    "no cell ever ends; the whole takes no longer than a submission may",
    {
        "double": "def double(x):\n    while True:\n        pass",
        "double_sum": "while True:\n    pass",
    },
    verdicts=("timed_out",),
)
GROUP.add(
    "questions without end",
    "the process asks its grader for earlier functions, faster than anybody can answer",
    {"double_sum": FLOOD},
    **HANGS,
)
