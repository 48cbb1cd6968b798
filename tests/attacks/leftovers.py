"""Leftovers: processes, threads and ports that want to outlive the submission."""

from tests.attacks.attack import FULL, Group
from tests.attacks.scene import any_of, canary, file_at, left_running

GROUP = Group("leftovers")
RIGHT = """
        def double(x):
            if x.ndim > 1:
                raise ValueError(x.ndim)
            return x + x
"""
# Nothing here is wrong with the answers, so they may keep their points.
FREE = {"rest": "honest", "verdicts": ("graded", "crashed"), "most": FULL}

GROUP.add(
    "a daemon",
    "a process forks twice and leads a session of its own",
    {
        "double": f"""
        import ctypes, os, time

        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                ctypes.CDLL(None).prctl(15, b"@MARK@", 0, 0, 0)
                for end in range(3, 64):
                    try:
                        os.close(end)
                    except OSError:
                        pass
                time.sleep(60)
            os._exit(0)
        {RIGHT}
        """
    },
    **FREE,
    harmed=left_running,
    proof="harm",
)
GROUP.add(
    "a program in the background",
    "a shell that ignores the hang-up signal is started by a call",
    {
        "double": """
        import subprocess

        def double(x):
            subprocess.Popen(["nohup", "sh", "-c", "sleep 60; : @MARK@"], start_new_session=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
            if x.ndim > 1:
                raise ValueError(x.ndim)
            return x + x
        """
    },
    **FREE,
    harmed=left_running,
    proof="harm",
)
GROUP.add(
    "children that hold the pipes",
    "children keep the runner's pipes open after their parent is gone",
    {
        "double": """
        import ctypes, os, time

        def double(x):
            for _ in range(3):
                if os.fork() == 0:
                    ctypes.CDLL(None).prctl(15, b"@MARK@", 0, 0, 0)
                    time.sleep(60)
                    os._exit(0)
            os._exit(0)
        """
    },
    verdicts=("crashed", "timed_out"),
    harmed=left_running,
    proof="harm",
)
GROUP.add(
    "a listening port",
    "a server waits on a port for whoever comes after the grading",
    {
        "double": f"""
        import ctypes, os, socket, time

        if os.fork() == 0:
            ctypes.CDLL(None).prctl(15, b"@MARK@", 0, 0, 0)
            with socket.create_server(("127.0.0.1", 0)) as server:
                open("@CANARY@", "w").write(str(server.getsockname()[1]))
                time.sleep(60)
            os._exit(0)
        {RIGHT}
        """
    },
    **FREE,
    harmed=any_of(canary, left_running),
    proof="harm",
)
GROUP.add(
    "a timer of the system",
    "cron, at and systemd run something later",
    {
        "double": f"""
        import os, subprocess

        for folder in ("/etc/cron.d", "/var/spool/cron/crontabs", "/var/spool/cron/atjobs",
                       "/etc/systemd/system", os.path.expanduser("~/.config/autostart")):
            try:
                open(folder + "/@MARK@", "w").close()
            except OSError:
                pass
        {RIGHT}
        """
    },
    **FREE,
    harmed=file_at(
        *("/etc/cron.d", "/var/spool/cron/crontabs", "/var/spool/cron/atjobs"),
        "/etc/systemd/system",
    ),
)
GROUP.add(
    "a process that survives a crash",
    "a child takes over when the process that it was forked from is killed",
    {
        "double": """
        import ctypes, os, signal, time

        def double(x):
            child = os.fork()
            if child == 0:
                os.setsid()
                signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
                ctypes.CDLL(None).prctl(15, b"@MARK@", 0, 0, 0)
                until = time.monotonic() + 30
                while time.monotonic() < until:
                    try:
                        if os.fork():
                            os._exit(0)  # a new process every time one looks
                    except OSError:
                        pass
                    time.sleep(0.01)
                os._exit(0)
            while True:
                time.sleep(1)
        """
    },
    verdicts=("timed_out",),
    harmed=left_running,
)

GROUP.add(
    "a process whose guard is signalled",
    "a file is made to signal whoever watches the submission, and its child to stay",
    {
        "double": f"""
        import ctypes, fcntl, os, socket, struct, time

        one, other = socket.socketpair()
        for control in (0x8901, 0x8902):
            try:
                fcntl.ioctl(one, control, struct.pack("i", os.getppid() or 1))
                fcntl.ioctl(one, 0x5452, struct.pack("i", 1))
                other.send(b"!")
            except OSError:
                pass
        if os.fork() == 0:
            os.setsid()
            ctypes.CDLL(None).prctl(15, b"@MARK@", 0, 0, 0)
            time.sleep(60)
            os._exit(0)
        {RIGHT}
        """
    },
    **FREE,
    harmed=left_running,
)
