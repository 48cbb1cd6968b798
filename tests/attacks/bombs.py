"""Bombs: more memory, processes, disk, output or questions than a submission may use.

Each is bounded (3 GB, 64 processes or threads, 300 MB of files), so that a machine whose jail fails
lives to tell.
"""

from tests.attacks.attack import FULL, ONE, Group
from tests.attacks.pages import kinds

GROUP = Group("bombs")
BOMB = {"rest": "honest", "least": ONE, "most": ONE}
KILLED = ("out_of_memory", "crashed", "graded", "timed_out")

GROUP.add(
    "memory by NumPy",
    "arrays that are written to, until nothing is left",
    {
        "double": """
        def double(x):
            kept = [np.ones(25_000_000) for _ in range(15)]
            return kept[0][:5]
        """
    },
    **BOMB,
    verdicts=("out_of_memory", "timed_out"),
)
GROUP.add(
    "memory by lists",
    "a list that doubles",
    {
        "double": """
        def double(x):
            kept = [0]
            while len(kept) < 350_000_000:
                kept += kept
        """
    },
    **BOMB,
    verdicts=("out_of_memory", "timed_out"),
)
GROUP.add(
    "memory at the top",
    "the cell itself asks for memory, each time that it is run",
    {"double": "kept = [bytearray(100_000_000) for _ in range(30)]"},
    **BOMB,
    verdicts=("out_of_memory", "graded", "timed_out"),
)
GROUP.add(
    "memory by many processes",
    "eight processes take 350 MB each, none of them too much by itself",
    {
        "double": """
        import os, time

        def double(x):
            for _ in range(8):
                if os.fork() == 0:
                    kept = bytearray(b"x") * 350_000_000
                    time.sleep(20)
                    os._exit(0)
            time.sleep(20)
        """
    },
    **BOMB,
    verdicts=("out_of_memory", "timed_out"),
)
GROUP.add(
    "shared memory",
    "anonymous shared mappings are nobody's heap",
    {
        "double": """
        import mmap

        def double(x):
            kept = []
            for _ in range(30):
                kept.append(mmap.mmap(-1, 100_000_000))
                for at in range(0, 100_000_000, 4096):
                    kept[-1][at] = 1
        """
    },
    **BOMB,
    verdicts=("out_of_memory", "timed_out", "graded"),
)
GROUP.add(
    "a fork bomb",
    "every process starts two, up to 64",
    {
        "double": """
        import os, time

        def double(x):
            for _ in range(6):
                try:
                    os.fork()
                except OSError:
                    pass
            time.sleep(20)
        """
    },
    **BOMB,
    verdicts=("timed_out", "crashed", "out_of_memory"),
)
GROUP.add(
    "a thread bomb",
    "threads, up to 64",
    {
        "double": """
        import threading, time

        def double(x):
            for _ in range(64):
                threading.Thread(target=time.sleep, args=(20,)).start()
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
    "a large file",
    "one file of 300 MB",
    {
        "double": """
        def double(x):
            with open("large", "wb") as file:
                for _ in range(300):
                    file.write(bytes(1_000_000))
        """
    },
    **BOMB,
    verdicts=("graded", "crashed", "timed_out"),
)
GROUP.add(
    "many files",
    "a hundred thousand empty files and folders",
    {
        "double": """
        import os

        def double(x):
            for number in range(50_000):
                open(f"file-{number}", "w").close()
                os.mkdir(f"folder-{number}")
        """
    },
    **BOMB,
    verdicts=("graded", "timed_out", "crashed"),
)
GROUP.add(
    "a deep folder",
    "folders in folders, deeper than a path can say",
    {
        "double": """
        import os

        def double(x):
            for _ in range(3_000):
                os.mkdir("a" * 100)
                os.chdir("a" * 100)
        """
    },
    **BOMB,
    verdicts=("graded", "timed_out", "crashed"),
)
GROUP.add(
    "a flood of output",
    "300 MB on one line, and as much on stderr",
    {
        "double": """
        import os, sys

        def double(x):
            for _ in range(300):
                sys.stdout.write("x" * 1_000_000)
                sys.stderr.write("y" * 1_000_000)
                os.write(1, b"z" * 1_000_000)
            return x + x

        for _ in range(100):
            print("x" * 1_000_000, end="")
        """
    },
    rest="honest",
    verdicts=KILLED,
    least=ONE,
    most=5,
    harmed=kinds,
)
GROUP.add(
    "many lines",
    "a million short lines and ten thousand outputs",
    {
        "double": """
        from IPython.display import display

        for number in range(10_000):
            print(number, "\\n" * 100)
            display(number)
        """
    },
    **BOMB,
    verdicts=KILLED,
    harmed=kinds,
)
GROUP.add(
    "many figures",
    "a hundred figures of four million pixels, all open",
    {
        "double": """
        import matplotlib.pyplot as plt

        for _ in range(100):
            plt.figure(figsize=(20, 20), dpi=100)
            plt.imshow(np.random.rand(500, 500))
        """
    },
    **BOMB,
    verdicts=(*KILLED,),
    harmed=kinds,
)
GROUP.add(
    "a giant message",
    "an exception of 100 MB",
    {
        "double": """
        def double(x):
            raise ValueError("2" * 100_000_000)
        """
    },
    rest="honest",
    verdicts=KILLED,
    least=ONE,
    most=4,
    harmed=kinds,
)
GROUP.add(
    "a giant number",
    "an integer of a million digits, which takes long to be written down",
    {"double": "def double(x):\n    return 10**1_000_000"},
    **BOMB,
    verdicts=KILLED,
)
GROUP.add(
    "a giant array",
    "a result of 500 MB",
    {"double": "def double(x):\n    return np.zeros(62_500_000)"},
    **BOMB,
    verdicts=KILLED,
)
GROUP.add(
    "a giant shape",
    "a result of 10¹⁵ values that takes no memory where it is made",
    {"double": "def double(x):\n    return np.broadcast_to(np.float64(1), (10**5, 10**5, 10**5))"},
    **BOMB,
    verdicts=KILLED,
)
GROUP.add(
    "a nested result",
    "a list a hundred thousand lists deep",
    {
        "double": """
        def double(x):
            kept = []
            for _ in range(100_000):
                kept = [kept]
            return kept
        """
    },
    **BOMB,
    verdicts=KILLED,
)
GROUP.add(
    "a result in itself",
    "a list and a dict that hold themselves",
    {
        "double": """
        def double(x):
            kept = [{}]
            kept[0]["kept"] = kept
            kept.append(kept)
            return kept
        """
    },
    **BOMB,
    verdicts=KILLED,
)
GROUP.add(
    "a million items",
    "a list of a million numbers where five are expected",
    {"double": "def double(x):\n    return [0.0] * 1_000_000"},
    **BOMB,
    verdicts=KILLED,
)
GROUP.add(
    "many arrays",
    "fifty thousand small arrays as one result",
    {"double": "def double(x):\n    return [np.zeros(2)] * 50_000"},
    **BOMB,
    verdicts=KILLED,
)
GROUP.add(
    "many questions",
    "an earlier function is asked without end",
    {
        "double_sum": """
        def double_sum(x):
            while True:
                double(x)
        """
    },
    **BOMB,
    verdicts=("timed_out",),
)
GROUP.add(
    "large questions",
    "an earlier function is asked about arrays of 100 MB, again and again",
    {
        "double_sum": """
        def double_sum(x):
            large = np.zeros(12_500_000)
            for _ in range(20):
                double(large)
            return 0.0
        """
    },
    **BOMB,
    verdicts=KILLED,
)
GROUP.add(
    "an endless source",
    "the source of a cell is four megabytes of statements, which the grader looks through",
    {"double": "x = [\n" + "0,\n" * 700_000 + "]\nraise KeyError"},
    **BOMB,
    verdicts=KILLED,
)
GROUP.add(
    "a deep source",
    "an expression of ten thousand terms, deeper than a parser or a visitor can go",
    {"double": "def double(x):\n    return " + "x + " * 10_000 + "x"},
    **BOMB,
    verdicts=("graded", "crashed", "timed_out"),  # the last on a busy machine
)
GROUP.add(
    "an unreadable source",
    "a hundred thousand minus signs before a number",
    {"double": "def double(x):\n    return " + "-" * 100_000 + "1"},
    **BOMB,
    verdicts=("graded", "crashed", "timed_out"),  # the last on a busy machine
)
