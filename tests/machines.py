"""As root: run `make demo` and `make test` as newcomers would, one combination after the other.

Every combination is a clean clone of the last commit, an empty environment, and a user, a place and
a Python. The user without rights is created for this and removed at the end. It takes from ten
minutes to an hour for each combination; the logs are kept in _build/machines.

    python -m tests.machines --python /usr/bin/python3 --python /opt/python3.13/bin/python3
    python -m tests.machines --who user --where blank --only demo

Of the environment only PIP_* is passed on: PIP_FIND_LINKS spares loading PyTorch each time.
"""

from __future__ import annotations

import argparse
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / "_build" / "machines"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
WHO = ("root", "user")
WHERE = {"home": "the user's home", "tmp": "below /tmp", "blank": "a path with a blank and an ü"}
TARGETS = ("demo", "test")
HOURS = 2  # after which a command hangs
DESKTOP = 250
TAIL = 40  # lines of the log of what failed


@dataclass(frozen=True)
class Combination:
    """Who runs it, where the clone lies, and which Python it is set up with."""

    who: str
    where: str
    python: str


@dataclass
class Outcome:
    """What came of one combination: minutes and exit code by target, and what was installed."""

    combination: Combination
    targets: dict[str, tuple[float, int]] = field(default_factory=dict)
    versions: str = ""

    @property
    def passed(self) -> bool:
        """Whether all targets ended with 0."""
        return all(code == 0 for _, code in self.targets.values())


@contextmanager
def new_user() -> Iterator[pwd.struct_passwd]:
    """A user without rights, with a home; both are removed at the end, whatever runs then."""
    name = f"machines-{os.getpid()}"
    subprocess.run(["useradd", "--create-home", "--shell", "/bin/sh", name], check=True)
    user = pwd.getpwnam(name)
    try:
        yield user
    finally:
        for entry in os.scandir("/proc"):
            with suppress(OSError):
                if entry.name.isdigit() and entry.stat().st_uid == user.pw_uid:
                    os.kill(int(entry.name), signal.SIGKILL)
        subprocess.run(["userdel", "--force", "--remove", name], stderr=subprocess.DEVNULL)


def rights(user: pwd.struct_passwd) -> dict[str, object]:
    """What `subprocess` needs to run something as the user, and nothing of root's environment."""
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    environment = {"PATH": PATH, "HOME": user.pw_dir, **pip}
    return {
        "user": user.pw_uid,
        "group": user.pw_gid,
        "extra_groups": [],
        "env": environment,
        "stdin": subprocess.DEVNULL,
    }


def refusal(python: str, user: pwd.struct_passwd) -> str | None:
    """Why the user cannot run a Python, or None."""
    sentence = f"{user.pw_name} cannot run {python}, so nothing was tried"
    try:
        done = subprocess.run([python, "-c", ""], cwd="/", capture_output=True, **rights(user))
    except OSError as error:
        return f"{sentence}: {error.strerror}."
    return f"{sentence}: {done.stderr.decode(errors='replace')}" if done.returncode else None


@contextmanager
def desktop(user: pwd.struct_passwd) -> Iterator[None]:
    """As many processes of the user as a desktop with a browser has; limits must not count them."""
    command = ["sh", "-c", f"for each in $(seq {DESKTOP}); do sleep 1d & done; wait"]
    process = subprocess.Popen(command, start_new_session=True, **rights(user))
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def clone(where: str, user: pwd.struct_passwd) -> Iterator[Path]:
    """A clean clone that belongs to the user; it is removed at the end."""
    prefix = "Ein Kürs " if where == "blank" else "course-"
    parent = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp" if where == "tmp" else user.pw_dir))
    try:
        git = ["git", "-c", "safe.directory=*", "clone", "--quiet", "--no-hardlinks"]
        subprocess.run([*git, ROOT, parent / "course"], check=True)
        subprocess.run(["chown", "-R", f"{user.pw_uid}:{user.pw_gid}", parent], check=True)
        yield parent / "course"
    finally:
        shutil.rmtree(parent, ignore_errors=True)


def make(target: str, folder: Path, python: str, user: pwd.struct_passwd, log: Path) -> int:
    """The exit code of make in a clone; 124 if it was ended because it hung."""
    log.parent.mkdir(parents=True, exist_ok=True)
    command = ["make", target, f"PYTHON={python}"]
    with open(log, "wb") as file:
        process = subprocess.Popen(
            command, cwd=folder, stdout=file, stderr=file, start_new_session=True, **rights(user)
        )
        try:
            return process.wait(HOURS * 3600)
        except subprocess.TimeoutExpired:
            return 124
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def run(one: Combination, user: pwd.struct_passwd, targets: Sequence[str]) -> Outcome:
    """Try one combination, and print what happens on the way."""
    outcome = Outcome(one)
    title = f"{one.who} · {WHERE[one.where]} · {one.python}"
    with clone(one.where, user) as folder, desktop(user):
        for target in targets:
            name = "-".join([one.who, one.where, *Path(one.python).parts[1:], target])
            log = LOGS / f"{name}.log"
            print(f"{title}: make {target} …", flush=True)
            start = time.monotonic()
            code = make(target, folder, one.python, user, log)
            minutes = (time.monotonic() - start) / 60
            outcome.targets[target] = (minutes, code)
            print(f"{title}: make {target} took {minutes:.1f} min, exit {code}", flush=True)
            if code:
                lines = log.read_text(errors="replace").splitlines()
                print("".join(f"    {line}\n" for line in lines[-TAIL:]), f"    (all: {log})")
            if not (folder / ".venv" / ".ready").exists():
                break  # nothing else can run
        outcome.versions = versions(folder, user)
    return outcome


def versions(folder: Path, user: pwd.struct_passwd) -> str:
    """The Python of a clone's environment, and its build of PyTorch."""
    code = "import sys, importlib.metadata as m; print(sys.version.split()[0], m.version('torch'))"
    command = [folder / ".venv/bin/python", "-c", code]
    with suppress(OSError):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, **rights(user))
        return done.stdout.strip()
    return ""


def table(outcomes: Sequence[Outcome], targets: Sequence[str]) -> str:
    """A line for each combination, as Markdown."""
    heads = ["who", "where", "Python, PyTorch", *(f"make {target}" for target in targets)]
    rows = [heads, ["---"] * len(heads)]
    for one in outcomes:
        row = [one.combination.who, WHERE[one.combination.where]]
        row.append(one.versions or one.combination.python)
        for target in targets:
            minutes, code = one.targets.get(target, (0.0, None))
            row.append("not run" if code is None else f"{minutes:.1f} min, exit {code}")
        rows.append(row)
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main() -> int:
    """0 when everything passed everywhere."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", action="append", help="a path; may be given several times")
    parser.add_argument("--who", action="append", choices=WHO)
    parser.add_argument("--where", action="append", choices=WHERE)
    parser.add_argument(
        "--only", action="append", choices=TARGETS, help="one target instead of both"
    )
    chosen = parser.parse_args()
    pythons = chosen.python or [shutil.which("python3", path=PATH) or "python3"]
    targets = chosen.only or TARGETS
    if os.getuid() != 0:
        sys.exit("This must be run by root: it creates a user, and removes him at the end.")
    with new_user() as user:
        users = {"root": pwd.getpwuid(0), "user": user}
        combinations = [
            Combination(*each)
            for each in itertools.product(chosen.who or WHO, chosen.where or WHERE, pythons)
        ]
        for one in combinations:
            if reason := refusal(one.python, users[one.who]):
                sys.exit(reason)
        outcomes = [run(one, users[one.who], targets) for one in combinations]
    print(f"\n{table(outcomes, targets)}", end="")
    return 0 if all(one.passed for one in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
