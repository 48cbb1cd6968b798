"""Patches of what compares: NumPy, built-ins, the checks and the runner, from a student's cell."""

from tests.attacks.attack import Group

GROUP = Group("patches")

GROUP.add(
    "patched NumPy",
    "np.all, np.array_equal and np.testing say yes to everything",
    {
        "double": """
        np.all = np.array_equal = np.allclose = lambda *given, **how: True
        np.testing.assert_allclose = np.testing.assert_array_equal = lambda *given, **how: None

        def double(x):
            return np.zeros_like(x)
        """
    },
    proof="points",
)
GROUP.add(
    "patched words of the checks",
    "agree, refuses and checking are replaced in every module that knows them",
    {
        "double": """
        import contextlib, sys

        for module in list(sys.modules.values()):
            for word in ("agree", "refuses", "untouched", "shaped", "precise"):
                if hasattr(module, word) and "check" in module.__name__:
                    setattr(module, word, lambda *given, **how: None)
        np.array_equal = lambda *given, **how: True

        def double(x):
            if x.ndim > 1:
                raise ValueError
            return None
        """
    },
    proof="points",
)
GROUP.add(
    "patched getattr",
    "the built-in getattr hands out a check that checks nothing",
    {
        "double": """
        import builtins

        real = builtins.getattr

        def getattr(thing, name, *default):
            if isinstance(name, str) and name.startswith("test_"):
                return lambda *given: None
            return real(thing, name, *default)

        builtins.getattr = getattr
        np.array_equal = lambda *given, **how: True

        def double(x):
            if x.ndim > 1:
                raise ValueError
        """
    },
    proof="points",
)
GROUP.add(
    "an overwritten local variable",
    "a profile hook writes the wanted value over the one that came, in the check's own frame",
    {
        "double": """
        import ctypes, sys

        def hook(frame, event, argument):
            local = frame.f_locals
            if event == "call" and "got" in local and "want" in local:
                local["got"] = local["want"]
                ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))

        np.array_equal = lambda *given, **how: True
        sys.setprofile(hook)

        def double(x):
            sys.setprofile(hook)
            return np.zeros_like(x)
        """
    },
    proof="points",
)
GROUP.add(
    "a patch from a weak reference",
    "the comparison is patched when the answer is let go of, long after the function returned",
    {
        "double": """
        import weakref

        class Answer(np.ndarray):
            pass

        def patch():
            np.all = np.array_equal = lambda *given, **how: True

        def double(x):
            token = Answer((0,))
            weakref.finalize(token, patch)
            return np.array([2.0, 4.0]) if x.size == 2 else np.zeros_like(x)
        """
    },
    proof="points",
)
GROUP.add(
    "a patch from a signal handler",
    "a timer's handler replaces the comparison while the checks run",
    {
        "double": """
        import signal

        def patch(number, frame):
            np.all = np.array_equal = lambda *given, **how: True

        def double(x):
            signal.signal(signal.SIGALRM, patch)
            signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
            for _ in range(200_000):
                pass
            return np.array([2.0, 4.0]) if x.size == 2 else np.zeros_like(x)
        """
    },
    proof="points",
)
GROUP.add(
    "a patched conversation",
    "json, os.write and the runner's codec turn every error into a yes",
    {
        "double": """
        import json, os, sys

        def always(make):
            def dumps(value, *given, **how):
                if isinstance(value, dict) and "kind" in value:
                    value = {**value, "kind": "ok", "body": {"t": [True, {"l": []}]}}
                return make(value, *given, **how)
            return dumps

        json.dumps = always(json.dumps)
        for name, module in list(sys.modules.items()):
            if name.endswith("codec") and hasattr(module, "encode"):
                module.encode = lambda value, buffers, other: {"t": [True, {"l": []}]}

        def double(x):
            return True
        """
    },
    verdicts=("graded", "crashed"),
)
GROUP.add(
    "a patched runner",
    "the runner's own methods are replaced by ones that answer what the visible check wants",
    {
        "double": """
        import gc

        def call(*given, **how):
            return np.array([2.0, 4.0]), []

        for one in gc.get_objects():
            if type(one).__name__ in ("AgentServer", "LocalStudent"):
                type(one)._call = call

        def double(x):
            return np.array([2.0, 4.0])
        """
    },
)
GROUP.add(
    "replaced proxies",
    "double_sum's cell replaces the earlier function and every name that the runner looks up",
    {
        "double": "def double(x):\n    return x\n",
        "double_sum": """
        class Names(dict):
            def __setitem__(self, name, value):
                pass

            def __getitem__(self, name):
                return (lambda x: 6.0)

            def __contains__(self, name):
                return True

        import gc

        for one in gc.get_objects():
            if type(one).__name__ == "AgentServer":
                one._names = Names()

        def double_sum(x):
            return 6.0
        """,
    },
    verdicts=("graded", "crashed"),
)
