"""A PostgreSQL server of Debian's, in a folder of its own, for as long as it is needed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

DEBIAN = Path("/usr/lib/postgresql")
MISSING = (
    "PostgreSQL is not installed, so the gradebook on a server cannot be tested. Install Debian's "
    "package: apt-get install postgresql"
)


def programs() -> Path:
    """The folder of the newest version's programs, which Debian keeps out of the PATH.

    Raises `AssertionError` naming the Debian package where there is none.
    """
    found = [path.parent for path in DEBIAN.glob("*/bin/initdb")]
    elsewhere = shutil.which("initdb")
    if elsewhere:
        found.append(Path(elsewhere).parent)
    assert found, MISSING
    return max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", str(path))])


@contextmanager
def server() -> Iterator[str]:
    """Start a server that listens on a socket in its folder only; yield its database's URL.

    It is stopped and its folder deleted afterwards, whatever happened.
    """
    place = programs()
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    # PostgreSQL refuses to run as root; Debian's package has made a user for it.
    somebody = {"user": "postgres", "group": "postgres", "extra_groups": []}
    who = somebody if os.getuid() == 0 else {}
    if who:
        shutil.chown(folder, who["user"], who["group"])
    data, here, own = folder / "data", ("-h", folder), ("-U", "course")

    def call(program: str, *arguments: object) -> None:
        command = [place / program, *map(str, arguments)]
        log = folder / "output"
        with open(log, "ab") as output:  # a pipe would be held open by the server
            done = subprocess.run(
                command, cwd=folder, stdout=output, stderr=output, check=False, **who
            )
        assert done.returncode == 0, log.read_text(errors="replace")

    try:
        call("initdb", *own, "-D", data, "--auth=trust", "--no-sync", "--encoding=UTF8")
        # pg_ctl hands these to a shell; the server reads a list, in which a path is quoted too.
        sockets = shlex.quote(f'unix_socket_directories="{folder}"')
        options = f"-c listen_addresses= -c {sockets} -c fsync=off"
        call("pg_ctl", "start", "-w", "-D", data, "-l", folder / "log", "-o", options)
        try:
            call("createdb", *here, *own, "gradebook")
            yield f"postgresql+psycopg://course@/gradebook?host={quote(str(folder))}"
        finally:
            call("pg_ctl", "stop", "-w", "-m", "immediate", "-D", data)
    finally:
        shutil.rmtree(folder)
