"""As root: run the steps of Containerfile in a clean Debian, made by debootstrap.

    python -m tests.container /var/tmp/image

There is no container engine in this. Each RUN, and at the end CMD, runs in a mount namespace whose
root is the folder, as an engine would arrange it. The network is the machine's, with its settings
and PIP_*; a folder that PIP_FIND_LINKS names is shown inside. The folder stays.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# How this machine reaches the network. Steps may overwrite them, so each begins with a copy.
SETTINGS = ("/etc/apt/apt.conf.d", "/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt")
ENTER = """\
set -e
mount --bind {root} {root}
for place in dev sys; do mount --rbind /$place {root}/$place; done
{links}
mount -t proc proc {root}/proc
mkdir -p {root}/.before
cd {root}
pivot_root . .before
umount -l /.before
cd {folder}
exec env -i {environment} sh -c {command}
"""


def instructions(text: str) -> list[tuple[str, str]]:
    """The instructions of a Containerfile: word and rest, continued lines joined."""
    joined = re.sub(r"\\\n\s*", "", text)
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def run_inside(root: Path, command: str, folder: str, environment: dict[str, str]) -> None:
    """Run a command whose root is `root`; `CalledProcessError` if it fails."""
    subprocess.run(["cp", "-rL", "--parents", *SETTINGS, root], check=True)
    links = environment.get("PIP_FIND_LINKS", "")
    if links.startswith("/"):
        (root / links[1:]).mkdir(parents=True, exist_ok=True)
        links = f"mount --bind {shlex.quote(links)} {shlex.quote(f'{root}{links}')}"
    script = ENTER.format(
        root=shlex.quote(str(root)),
        links=links,
        folder=shlex.quote(folder),
        environment=" ".join(shlex.quote(f"{k}={v}") for k, v in environment.items()),
        command=shlex.quote(command),
    )
    unshare = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]
    subprocess.run(unshare, check=True)


def build(root: Path) -> None:
    """Follow Containerfile from its first line to its last."""
    passed_on = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    environment = {"HOME": "/root", "PATH": PATH, "DEBIAN_FRONTEND": "noninteractive"} | passed_on
    folder = "/"
    for word, rest in instructions((ROOT / "Containerfile").read_text(encoding="utf-8")):
        print(f"{word} {rest}", flush=True)
        match word:
            case "FROM":
                suite = rest.removeprefix("debian:")
                subprocess.run(["debootstrap", "--variant=minbase", suite, root], check=True)
            case "WORKDIR":
                folder = rest
                (root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "COPY":  # of the last commit, as a build would find it in a clean clone
                packed = subprocess.run(
                    ["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True
                )
                target = root / folder.lstrip("/")
                subprocess.run(["tar", "-x", "-C", target], input=packed.stdout, check=True)
            case "ARG" | "ENV":
                name, _, value = rest.partition("=")
                if word == "ENV" or name not in passed_on:
                    environment[name] = value
            case "RUN":
                run_inside(root, rest, folder, environment)
            case "CMD":
                run_inside(root, shlex.join(json.loads(rest)), folder, environment)
            case _:
                sys.exit(f"Containerfile: {word} is not known to tests/container.py")


if __name__ == "__main__":
    if os.geteuid() or len(sys.argv) != 2:
        sys.exit("As root: python -m tests.container FOLDER")
    build(Path(sys.argv[1]).resolve())
