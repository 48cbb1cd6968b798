"""Take from this process, for good, whatever a student's code does not need.

Each function is one protection. They are called in a forked child before any student's code, and
none of them can be undone by the process itself or by what it starts.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import struct
from collections.abc import Iterable, Sequence
from functools import cache

from autograder.sandbox.agent.process_tree import OPEN_FILES

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
NAMESPACES = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
NOBODY = 65534  # a user whom a container knows that knows few users
HOST_NAME = b"jail"  # the machine's own is nobody's business
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
PR_SET_KEEPCAPS, PR_SET_CHILD_SUBREAPER = 8, 36
PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 47, 2
# Read what belongs to others: for a Python in a root's home. Landlock says which files that is.
CAP_DAC_READ_SEARCH = 1 << 2
CAPABILITIES = 0x20080522  # the version of capset's structures

LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
LISTING = 1 << 3
READING = (1 << 0) | (1 << 2) | LISTING  # execute, read a file, list a folder
# Rights and scopes by the version of Landlock that brought them.
FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
TCP_SINCE, TCP = 4, 0b11
SCOPES_SINCE, SCOPES = 6, 0b11


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, action: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{action}: {os.strerror(code)}")
    return result


def new_namespaces() -> None:
    """Leave for new user, process, network, IPC and host name namespaces.

    Children are in them; this process keeps its process namespace. Raises `OSError` where the
    system refuses.
    """
    _unshare_users(NAMESPACES, os.getuid(), os.getgid())
    _checked(_libc().sethostname(HOST_NAME, len(HOST_NAME)), "host name")


def _unshare_users(namespaces: int, uid: int, gid: int) -> None:
    """Leave for new namespaces in which this process's user has these numbers, and nobody else."""
    maps = {"uid_map": f"{uid} {os.getuid()} 1", "gid_map": f"{gid} {os.getgid()} 1"}
    _checked(_libc().unshare(namespaces), "unshare")
    for name, text in {"setgroups": "deny", **maps}.items():
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def private_mounts(folder: str, size: int, inner: Sequence[str] = ()) -> None:
    """Leave for a mount namespace with an empty folder of `size` bytes, and no /proc.

    It is this process's own: its parent needs /proc to see how much memory is in use.

    inner : what stays below `folder`, read-only as it is, such as the parts of a Python there
    """
    _checked(_libc().unshare(CLONE_NEWNS), "unshare")
    mount = _libc().mount
    _checked(mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "mount")
    flags, options = MS_NOSUID | MS_NODEV, f"size={size},nr_inodes=4096,mode=700".encode()
    ends = {path: os.open(path, os.O_PATH) for path in inner if not os.path.islink(path)}
    links = {path: os.readlink(path) for path in inner if os.path.islink(path)}
    folders = {path for path in ends if os.path.isdir(path)}
    _checked(mount(b"tmpfs", folder.encode(), b"tmpfs", flags, options), f"mount on {folder}")
    for path, end in ends.items():
        os.makedirs(path if path in folders else os.path.dirname(path), exist_ok=True)
        if path not in folders:
            open(path, "x").close()
        source = f"/proc/self/fd/{end}".encode()
        bound = mount(source, os.fsencode(path), None, MS_BIND | MS_REC, None)
        _checked(bound, f"mount of {path}")
        os.close(end)
    for path, target in links.items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)
    hidden = flags | MS_NOEXEC | MS_RDONLY
    _checked(mount(b"tmpfs", b"/proc", b"tmpfs", hidden, b"size=4k,mode=555"), "mount on /proc")


def no_privileges(keep: int = 0) -> None:
    """Give up every capability but those of the mask `keep`, and the ways to regain one.

    The programs that this process starts have them, too: a Python does not start where it may not
    read its own library.
    """
    _checked(_libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    _only_capabilities(keep)
    for number in range(keep.bit_length()):
        if keep >> number & 1:
            raised = _libc().prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0)
            _checked(raised, f"ambient capability {number}")


def _only_capabilities(mask: int) -> None:
    # Effective, permitted and inheritable, of the lower and of the upper 32.
    header = struct.pack("Ii", CAPABILITIES, 0)
    wanted = struct.pack("6I", mask, mask, mask, 0, 0, 0)
    _checked(_libc().capset(header, wanted), "capset")


def limits(*, memory: int, disk: int, seconds: int) -> None:
    """Limit this process and each that it starts.

    memory : bytes of address space of one process, those that are mapped already included
    disk : bytes of one file
    seconds : of processor time of one process

    RLIMIT_NPROC is not among them: it counts all processes of the user, those outside the jail
    too. The gate counts the processes of a jail instead, see `call_filter`.
    """
    wanted = {
        "AS": memory,
        "CPU": seconds,
        "FSIZE": disk,
        "NOFILE": OPEN_FILES,
        "CORE": 0,
        "MEMLOCK": 0,
        "MSGQUEUE": 0,
        "SIGPENDING": 256,
    }
    for name, value in wanted.items():
        kind = getattr(resource, f"RLIMIT_{name}", None)
        if kind is None:
            continue
        _, hard = resource.getrlimit(kind)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (allowed, allowed))


def become(uid: int, keep: int = 0) -> None:
    """Change from root to a user who owns nothing, with the capabilities `keep`."""
    _libc().prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    _only_capabilities(keep)
    # A process that changed its user may not write its own uid_map until it says so.
    _libc().prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)


def become_nobody() -> None:
    """Change from root of a namespace that knows nobody else to a user of NOBODY's number.

    It is the same user to the system outside, but without root's capabilities. Raises `OSError`
    where the system refuses a namespace within the namespace.
    """
    _unshare_users(CLONE_NEWUSER, NOBODY, NOBODY)
    _only_capabilities(0)


def die_with_parent() -> None:
    """Be killed when the parent dies."""
    _libc().prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends."""
    _libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def landlock_version() -> int:
    """The version of the kernel's Landlock; 0 for none."""
    return max(0, int(_libc().syscall(LANDLOCK_CREATE, None, 0, 1)))


def only_these_files(
    reading: Iterable[str], writing: Iterable[str], listing: Iterable[str] = ()
) -> None:
    """Let this process read below some folders and write below others, and nothing else.

    listing : folders of which the names in them may be read, and no file

    Raises `OSError` where the kernel has no Landlock.
    """
    version = landlock_version()
    if not version:
        raise OSError(errno.EOPNOTSUPP, "the kernel has no Landlock")
    rights = FILE_RIGHTS[max(known for known in FILE_RIGHTS if known <= version)]
    size = 8 if version < TCP_SINCE else 16 if version < SCOPES_SINCE else 24
    ruleset = struct.pack("QQQ", rights, TCP, SCOPES)[:size]
    handle = _checked(_libc().syscall(LANDLOCK_CREATE, ruleset, size, 0), "Landlock")
    try:
        rules = [(path, READING) for path in reading] + [(path, rights) for path in writing]
        rules += [(path, LISTING) for path in listing]
        for path, allowed in rules:
            if not os.path.exists(path):
                continue
            end = os.open(path, os.O_PATH | os.O_CLOEXEC)
            files_only = 0b110 if not os.path.isdir(path) else rights
            rule = struct.pack("=Qi", allowed & (files_only | 1), end)
            result = _libc().syscall(LANDLOCK_ADD, handle, 1, rule, 0)
            os.close(end)
            _checked(result, f"Landlock rule for {path}")
        _checked(_libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
        _checked(_libc().syscall(LANDLOCK_RESTRICT, handle, 0), "Landlock")
    finally:
        os.close(handle)
