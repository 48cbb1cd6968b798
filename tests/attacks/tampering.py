"""Tampering with the interpreter, with IPython and with what later cells are run by."""

from tests.attacks.attack import FULL, ONE, Group
from tests.attacks.pages import kinds
from tests.attacks.scene import canary, file_at

GROUP = Group("tampering")
NEITHER = ("graded", "crashed")

GROUP.add(
    "an input transformer",
    "every later cell, tests included, is rewritten to nothing before it runs",
    {
        "double": """
        shell = get_ipython()
        shell.input_transformers_cleanup.append(lambda lines: ["pass\\n"])
        shell.input_transformers_post.append(lambda lines: ["pass\\n"])
        """
    },
)
GROUP.add(
    "an AST transformer",
    "assert statements are taken out of every later cell",
    {
        "double": """
        import ast

        class NoAsserts(ast.NodeTransformer):
            def visit_Assert(self, node):
                return ast.Pass()

            def visit_Try(self, node):
                return ast.Pass()

        get_ipython().ast_transformers.append(NoAsserts())

        def double(x):
            return x
        """,
        "double_sum": "def double_sum(x):\n    return 0.0",
    },
)
GROUP.add(
    "a replaced run_cell",
    "the method that runs a cell reports success without running it",
    {
        "double": """
        from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

        InteractiveShell.run_cell = lambda self, *given, **how: ExecutionResult(None)
        type(get_ipython()).run_cell = InteractiveShell.run_cell
        """
    },
)
GROUP.add(
    "an event that mends results",
    "after each cell its error is taken out of the result that the runner reads",
    {
        "double": """
        def mend(result):
            result.error_in_exec = result.error_before_exec = None

        get_ipython().events.register("post_run_cell", mend)
        get_ipython().set_custom_exc((BaseException,), lambda *given, **how: None)
        """
    },
)
GROUP.add(
    "partial credit in an output",
    "nbgrader takes a number that a test cell shows for its points",
    {
        "double": """
        import gc

        class Grade(dict):
            pass

        def shown(*given):
            return [{"output_type": "execute_result", "execution_count": 1, "metadata": {},
                     "data": {"text/plain": "1000.0"}}]

        for one in gc.get_objects():
            if type(one).__name__ == "Outputs":
                type(one).begin = lambda self, room: setattr(self, "_room", room)
                type(one).shown = shown()
        """
    },
    verdicts=NEITHER,
    harmed=kinds,
)
GROUP.add(
    "a display hook",
    "the hook that shows a cell's value shows points instead",
    {
        "double": """
        import sys

        sys.displayhook = lambda value: print("3.0")
        get_ipython().displayhook = sys.displayhook

        def double(x):
            return x

        3.0
        """
    },
    verdicts=NEITHER,
)
GROUP.add(
    "an import hook",
    "every module that is imported from now on is the student's, NumPy included",
    {
        "double": """
        import builtins, sys, types

        class Fake(types.ModuleType):
            def __getattr__(self, name):
                if name.startswith("__"):
                    raise AttributeError(name)
                return lambda *given, **how: True

        for name in ("numpy", "numpy.testing", "json", "struct", "select"):
            sys.modules[name] = Fake(name)
        np = Fake("numpy")
        builtins.__import__ = lambda name, *given, **how: Fake(name)

        def double(x):
            return True
        """
    },
    verdicts=NEITHER,
)
GROUP.add(
    "patched built-ins",
    "len, isinstance, all, any and type are not what they were",
    {
        "double": """
        import builtins

        builtins.all = lambda *given: True
        builtins.any = lambda *given: False
        builtins.len = lambda thing: 0
        builtins.isinstance = lambda *given: True

        def double(x):
            return x
        """
    },
    verdicts=NEITHER,
)
GROUP.add(
    "a thread that writes",
    "a thread goes on writing into every pipe while the runner answers",
    {
        "double": """
        import os, stat, threading

        def write():
            answer = b'{"n": 5, "kind": "ok", "body": null, "sizes": []}'
            while True:
                for end in range(3, 64):
                    try:
                        if stat.S_ISFIFO(os.fstat(end).st_mode):
                            os.write(end, len(answer).to_bytes(4, "big") + answer)
                    except OSError:
                        pass

        threading.Thread(target=write, daemon=True).start()

        def double(x):
            return x
        """
    },
    verdicts=("graded", "crashed", "timed_out"),
)
GROUP.add(
    "a swapped pipe",
    "the ends of the runner's pipes are put in each other's place with dup2",
    {
        "double": """
        import os, stat

        ends = []
        for end in range(3, 64):
            try:
                if stat.S_ISFIFO(os.fstat(end).st_mode):
                    ends.append(end)
            except OSError:
                pass
        near, far = os.pipe()
        for end in ends:
            os.dup2(near if end == ends[0] else far, end)
        """
    },
    rest="honest",
    verdicts=("crashed", "timed_out"),
    least=ONE,
    most=ONE,
)
GROUP.add(
    "closed files",
    "every file descriptor of the process is closed",
    {
        "double": """
        import os

        os.closerange(0, 256)
        """
    },
    rest="honest",
    verdicts=("crashed",),
    least=ONE,
    most=ONE,
)
GROUP.add(
    "a patched system call wrapper",
    "os.read and os.write are the student's, and say that all is well",
    {
        "double": """
        import os, sys

        write = os.write

        def forged(end, data):
            text = bytes(data).replace(b'"kind": "error"', b'"kind": "ok"')
            return write(end, text) and len(data)

        os.write = forged

        def double(x):
            raise ValueError("2")
        """
    },
    verdicts=(*NEITHER, "timed_out"),
    most=1,  # two axes are refused
)
GROUP.add(
    "a file among the libraries",
    "a file in site-packages is there for the next student, and for the grader",
    {
        "double": """
        import os, sys

        for place in {os.path.dirname(np.__path__[0]), os.path.dirname(os.__file__), sys.prefix}:
            try:
                open(os.path.join(place, "@MARK@"), "w").close()
            except OSError:
                pass

        def double(x):
            return x
        """
    },
    harmed=lambda scene: file_at(*_libraries())(scene),
)
GROUP.add(
    "changed libraries",
    "NumPy's own files are changed, in memory by mmap or on disk",
    {
        "double": """
        import mmap, os

        for name in ("@CANARY@", np.__file__):
            try:
                end = os.open(name, os.O_RDWR | (os.O_CREAT if name == "@CANARY@" else 0))
                os.write(end, b"") if name != "@CANARY@" else os.write(end, b"x")
                mmap.mmap(end, 1, prot=mmap.PROT_WRITE | mmap.PROT_READ)
            except (OSError, ValueError):
                pass

        def double(x):
            return x
        """
    },
    harmed=canary,
    proof="harm",
)
GROUP.add(
    "settings for the next one",
    "start-up files of Python, IPython and Matplotlib are left in the home folder",
    {
        "double": """
        import os

        code = "import builtins; builtins.atk = lambda x: x + x\\n"
        for name in (".ipython/profile_default/startup/00.py", "usercustomize.py",
                     ".local/lib/python3.11/site-packages/usercustomize.py", "sitecustomize.py",
                     ".config/matplotlib/matplotlibrc", "matplotlib/matplotlibrc"):
            for home in (os.path.expanduser("~"), os.getcwd(), "/tmp"):
                try:
                    path = os.path.join(home, name)
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    open(path, "w").write(code)
                except OSError:
                    pass

        import builtins

        def double(x):
            return builtins.atk(x)
        """
    },
)
GROUP.add(
    "the next cell's process",
    "a right double sabotages the process for whoever comes after: warm state is shared",
    {
        "double": """
        def double(x):
            if x.ndim != 1:
                raise ValueError(x.ndim)
            np.multiply.__class__
            np.random.seed(0)
            np.seterr(all="raise")
            return 2 * x

        import sys

        sys.setrecursionlimit(60)
        """
    },
    rest="honest",
    verdicts=("graded", "crashed"),
    most=FULL,
)


def _libraries() -> set[str]:
    import os
    import sys

    import numpy

    return {os.path.dirname(numpy.__path__[0]), os.path.dirname(os.__file__), sys.prefix}
