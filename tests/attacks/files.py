"""Files: writing to the course, to the system, to other students and to the next one."""

import os
from pathlib import Path

from tests.attacks.attack import FULL, ONE, Group
from tests.attacks.pages import shown
from tests.attacks.scene import any_of, canary, file_at
from tests.toy_course import ROOT

GROUP = Group("files")


def _link(target: str):
    """A submission that is a link; `@OTHER@` stands for a neighbour's notebook."""

    def make(place: Path, honest: bytes) -> None:
        place.mkdir()
        other = place.parents[1] / "files-neighbour" / "toy" / "toy.ipynb"
        (place / "toy.ipynb").symlink_to(target.replace("@OTHER@", str(other)))

    return make


def _folder_link(place: Path, honest: bytes) -> None:
    place.symlink_to(place.parents[1] / "files-neighbour" / "toy")


def _hard_link(place: Path, honest: bytes) -> None:
    place.mkdir()
    (place / "toy.ipynb").write_bytes(honest)
    (place / "timestamp.txt").symlink_to("/etc/passwd")
    (place / "checks.py").write_text("raise SystemExit('imported')\n")
    (place / "numpy.py").write_text("raise SystemExit('imported')\n")
    (place / "sitecustomize.py").write_text("raise SystemExit('imported')\n")


GROUP.add(
    "a canary",
    "a file is written where everybody may write",
    {
        "double": """
        def double(x):
            open("@CANARY@", "w").write("sings")
            return x
        """
    },
    harmed=canary,
    proof="harm",
)
GROUP.add(
    "the gradebook",
    "the scores are rows of an SQLite file",
    {
        "double": """
        import glob, sqlite3

        for path in glob.glob("@COURSE@/**/*.db", recursive=True):
            with sqlite3.connect(path) as database:
                database.execute("UPDATE grade SET auto_score = 1000, manual_score = 1000")
            open("@CANARY@", "w").close()

        def double(x):
            return x
        """
    },
    harmed=canary,
    proof="harm",
)
GROUP.add(
    "results and checks",
    "results, checks, releases and other students' notebooks are overwritten",
    {
        "double": """
        import os

        for folder, _, names in os.walk("@COURSE@"):
            for name in names:
                try:
                    with open(os.path.join(folder, name), "a") as file:
                        file.write("")
                    open("@CANARY@", "w").close()
                except OSError:
                    pass

        def double(x):
            return x
        """
    },
    harmed=canary,
    proof="harm",
)
GROUP.add(
    "system folders",
    "files in the folders of the system",
    {
        "double": """
        import os

        for folder in ("/usr", "/usr/bin", "/etc", "/etc/cron.d", "/var/spool/cron", "/root",
                       "/opt", "/", "/lib", "/run", "@PROJECT@"):
            try:
                open(os.path.join(folder, "@MARK@"), "w").close()
            except OSError:
                pass

        def double(x):
            return x
        """
    },
    harmed=file_at(
        *("/usr", "/usr/bin", "/etc", "/etc/cron.d", "/var/spool/cron", "/root", "/opt", "/"),
        *("/lib", "/run", ROOT),
    ),
)
GROUP.add(
    "shared folders",
    "files in the folders that all processes of a machine share",
    {
        "double": """
        for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run/lock", "/dev/mqueue"):
            try:
                open(folder + "/@MARK@", "w").close()
            except OSError:
                pass

        def double(x):
            return x
        """
    },
    harmed=file_at("/tmp", "/var/tmp", "/dev/shm", "/run/lock", "/dev/mqueue"),
    proof="harm",
)
# Three students, so that at least two of them are graded by the same worker, one after the other.
for number in ("first", "second", "third"):
    GROUP.add(
        f"a message to the next one, {number}",
        "whoever comes first leaves a solution in a shared place; whoever comes next takes it",
        {
            "double": """
            import os, sys

            SHARED = [folder + "/atk_shared.py" for folder in
                      ("/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~"), os.getcwd())]
            for path in SHARED:
                if os.path.exists(path):
                    exec(open(path).read())
            for path in SHARED:
                try:
                    open(path, "w").write("def double(x):\\n    return x + x\\n")
                except OSError:
                    pass
            import numpy, torch

            if hasattr(torch, "atk_shared"):
                double = torch.atk_shared
            torch.atk_shared = lambda x: x + x
            """
        },
    )
GROUP.add(
    "a link to a neighbour",
    "the notebook is a link to somebody else's",
    make=_link("@OTHER@"),
    verdicts=("unreadable",),
)
GROUP.add(
    "a link to the instructor's file",
    "the notebook is a link to a file that only the grader may read",
    make=_link("/etc/shadow"),
    verdicts=("unreadable",),
)
GROUP.add(
    "a link to nothing",
    "the notebook is a link to itself",
    make=_link("toy.ipynb"),
    verdicts=("unreadable",),
)
GROUP.add(
    "a folder that is a link",
    "the folder of the assignment is a link to the neighbour's",
    make=_folder_link,
    verdicts=("missing", "unreadable"),
)
GROUP.add(
    "files beside the notebook",
    "modules of famous names and a link as a timestamp lie beside an untouched notebook",
    {"double": "import checks", "double_sum": "import numpy.py"},
    make=_hard_link,
)
GROUP.add(
    "links out of the private folder",
    "the private folder holds links and hard links to the outside, to be followed or deleted",
    {
        "double": """
        import os

        for number, target in enumerate(("@COURSE@", "/", "/etc/passwd", "@CANARY@")):
            for make in (os.symlink, os.link):
                try:
                    make(target, f"link-{number}-{make.__name__}")
                except OSError:
                    pass
        os.chmod(".", 0o000)

        def double(x):
            open("link-3-symlink", "w").write("through a link")
            return x
        """
    },
    harmed=canary,
)
GROUP.add(
    "mounts and roots",
    "namespaces, mounts and chroot open what was hidden",
    {
        "double": """
        import ctypes, os

        libc = ctypes.CDLL(None, use_errno=True)
        if os.getuid():  # as root, outside of a jail, this would change the machine
            libc.unshare(0x10000000)
            libc.unshare(0x00020000)
            libc.mount(b"proc", b"/proc", b"proc", 0, None)
            libc.umount2(b"/tmp", 2)
            libc.umount2(b"/proc", 2)
        try:
            os.chroot(".")
            for depth in range(30):
                os.chdir("..")
            os.chroot(".")
        except OSError:
            pass
        try:
            open("@CANARY@", "w").close()
        except OSError:
            pass

        def double(x):
            return x
        """
    },
    harmed=canary,
)
GROUP.add(
    "another user",
    "root is asked for by every call there is, and by programs that give it",
    {
        "double": """
        import ctypes, os, subprocess

        for call in (lambda: os.setresuid(0, 0, 0), lambda: os.setresgid(0, 0, 0),
                     lambda: os.setgroups([0]), lambda: os.chown("/tmp", 0, 0)):
            try:
                call()
            except OSError:
                pass
        for program in (["su", "-c", "touch @CANARY@"], ["mount"], ["sudo", "-n", "true"]):
            try:
                subprocess.run(program, timeout=1, stdin=subprocess.DEVNULL, capture_output=True)
            except (OSError, subprocess.SubprocessError):
                pass
        if os.getuid() == 0 or os.geteuid() == 0:
            open("@CANARY@", "w").close()

        def double(x):
            return x
        """
    },
    harmed=canary,
)
GROUP.add(
    "device files",
    "a disk, a memory or a kernel log is a file that can be made",
    {
        "double": """
        import os

        for name, major, minor in (("disk", 8, 0), ("mem", 1, 1), ("kmsg", 1, 11)):
            try:
                os.mknod(name, 0o060666 if name == "disk" else 0o020666, os.makedev(major, minor))
                os.open(name, os.O_RDWR)
                open("@CANARY@", "w").close()
            except OSError:
                pass
        for name in ("/dev/mem", "/dev/sda", "/dev/kmsg", "/dev/fuse", "/dev/kvm", "/dev/tty"):
            try:
                os.open(name, os.O_WRONLY)
                open("@CANARY@", "w").close()
            except OSError:
                pass

        def double(x):
            return x
        """
    },
    harmed=canary,
)
GROUP.add(
    "a right answer with a canary",
    "a right solution gets its points and still writes nothing outside",
    {
        "double_sum": """
        def double_sum(x):
            try:
                open("@CANARY@", "w").write("sings")
            except OSError:
                pass
            return float(double(x).sum())
        """
    },
    rest="honest",
    least=FULL,
    most=FULL,
    harmed=any_of(canary, file_at("/tmp", "/var/tmp")),
    proof="harm",
)
GROUP.add(
    "the graded notebook",
    "the files of the assignment are deleted, and the working folder with them",
    {
        "double": """
        import os, shutil

        shutil.rmtree(os.getcwd(), ignore_errors=True)
        shutil.rmtree("@COURSE@/grading/autograded", ignore_errors=True)
        """
    },
    rest="honest",
    least=ONE,
    most=ONE,
    harmed=lambda scene: None if os.path.isdir(scene.course.root / "solutions") else "it is gone",
)
# Two students at a time and one after the other: a page of a library is in memory or it is not, and
# a futex in it is the same for all.
for number in ("first", "second"):
    GROUP.add(
        f"a message in a library, {number}",
        "a page of a file that all map is thrown out of memory, looked for, and waited on",
        {
            "double": """
            import ctypes, mmap, os

            libc = ctypes.CDLL(None, use_errno=True)
            file = open(os.__file__, "rb")
            page = np.frombuffer(mmap.mmap(file.fileno(), 4096, mmap.MAP_PRIVATE, 1), np.uint32)
            place = ctypes.c_void_p(page.ctypes.data)

            class Time(ctypes.Structure):
                _fields_ = [("s", ctypes.c_long), ("ns", ctypes.c_long)]

            limit = ctypes.byref(Time(0, 500_000_000))
            waited = libc.syscall(202, place, 0, int(page[0]), limit, None, 0)
            woken = libc.syscall(202, place, 1, 9, None, None, 0)
            known = libc.mincore(place, 4096, ctypes.create_string_buffer(1))
            if waited == 0 or woken > 0 or ctypes.get_errno() == 110 or known == 0:
                print("got", "@MARK@", sep=":")

            def double(x):
                return x
            """
        },
        harmed=shown,
    )
