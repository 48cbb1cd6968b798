"""Where an attack takes place, and how to see afterwards whether it did harm."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from autograder.course.folders import Course
from tests.toy_course import ROOT


@dataclass(frozen=True)
class Scene:
    """What one attack is told of, and by what it is found out.

    folder : its own folder, in which anybody may write; empty unless it got out of the jail
    heard : what the listener on `port` was sent, by all attacks
    student, group : the name of the submission's folder, and of the attack's group
    """

    folder: Path
    course: Course
    mark: str
    port: int
    heard: list[bytes]
    student: str
    group: str = ""

    @property
    def canary(self) -> Path:
        return self.folder / "canary"

    def fill(self, text: str) -> str:
        """The text of a cell with the scene's own names in it."""
        values = {
            "@CANARY@": str(self.canary),
            "@MARK@": self.mark,
            "@PORT@": str(self.port),
            "@COURSE@": str(self.course.root),
            "@PROJECT@": str(ROOT),
        }
        for name, value in values.items():
            text = text.replace(name, value)
        return text


Harm = Callable[[Scene], "str | None"]


def nothing(scene: Scene) -> None:
    """An attack on marks alone."""


def any_of(*harms: Harm) -> Harm:
    """The first harm that happened."""
    return lambda scene: next((said for one in harms if (said := one(scene))), None)


def canary(scene: Scene) -> str | None:
    """A file was written outside the jail."""
    found = sorted(path.name for path in scene.folder.iterdir())
    return f"it wrote {', '.join(found)} outside its jail" if found else None


def heard(scene: Scene) -> str | None:
    """Something got out over the network."""
    said = scene.mark.encode()
    return "it reached a port of the machine" if any(said in one for one in scene.heard) else None


def left_running(scene: Scene) -> str | None:
    """A process that carries the attack's mark is alive."""
    found = marked(scene.mark)
    return f"it left {len(found)} processes running" if found else None


def file_at(*places: str | Path) -> Harm:
    """A file of the attack's name lies in one of these folders; it is removed."""

    def harmed(scene: Scene) -> str | None:
        found = [Path(place, scene.mark) for place in places]
        # Some may be in a folder of root's, into which nobody else can look, or write.
        found = [path for path in found if os.path.exists(path)]
        for path in found:
            path.unlink()
        return f"it wrote {', '.join(map(str, found))}" if found else None

    return harmed


def marked(mark: str) -> list[int]:
    """The processes whose name or command line carries `mark`."""
    return by_mark([mark])[mark]


def by_mark(marks: Collection[str]) -> dict[str, list[int]]:
    """For each mark the processes whose name or command line carries it."""
    found: dict[str, list[int]] = {mark: [] for mark in marks}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        said = b""
        for name in ("comm", "cmdline"):
            with suppress(OSError):
                said += Path(entry.path, name).read_bytes()
        for mark in marks:
            if mark.encode() in said:
                found[mark].append(int(entry.name))
    return found


def end_marked(marks: Collection[str]) -> None:
    """End what attacks left running, where nothing protected from them."""
    for pid in chain.from_iterable(by_mark(marks).values()):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def fingerprint(*folders: Path) -> dict[str, str]:
    """The sha256 of every file below these folders, by path."""
    found = {}
    for folder in folders:
        for path in [folder] if folder.is_file() else sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


class Listener:
    """Somebody on a port of this machine who writes down what comes."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                one, _ = self._socket.accept()
            except OSError:
                return
            with one:
                one.settimeout(1)
                with suppress(OSError):
                    self.heard.append(one.recv(1000))

    def close(self) -> None:
        """Stop listening."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
