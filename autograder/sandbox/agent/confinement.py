"""Take from this process, for good, whatever a student's code does not need.

Each function is one protection. They are called in a forked child before any student's code, and
none of them can be undone by the process itself or by what it starts.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import fcntl
import mmap
import os
import resource
import signal
import socket
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
NAMESPACES = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
PR_SET_KEEPCAPS, PR_SET_CHILD_SUBREAPER = 8, 36
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

# System calls that computing on arrays never makes, and that widen what a process can reach.
REFUSED = """
    accept accept4 acct add_key adjtimex bind bpf chroot clock_adjtime clock_settime clone3 connect
    create_module delete_module fanotify_init finit_module fsconfig fsmount fsopen fspick
    init_module inotify_add_watch inotify_init inotify_init1 io_uring_enter io_uring_register
    io_uring_setup ioperm iopl ioprio_set kcmp kexec_file_load kexec_load keyctl
    landlock_add_rule landlock_create_ruleset landlock_restrict_self listen lookup_dcookie mbind
    memfd_create memfd_secret migrate_pages mount mount_setattr move_mount move_pages mq_open
    msgctl msgget msgrcv msgsnd name_to_handle_at nfsservctl open_by_handle_at open_tree
    perf_event_open personality pidfd_getfd pidfd_open pidfd_send_signal pivot_root
    process_madvise process_vm_readv process_vm_writev ptrace quotactl quotactl_fd reboot
    request_key sched_setaffinity sched_setattr sched_setparam sched_setscheduler semctl semget
    semop semtimedop set_mempolicy setns sethostname setdomainname setpriority settimeofday shmat
    shmctl shmget socket swapoff swapon sync syslog umount2 unshare uselib userfaultfd ustat
    vhangup vmsplice
"""
# Calls by number that came after these: a libseccomp that is older does not know their names.
NEWER = range(451, 512)

# Locks on files that everybody can read would be messages to whoever runs at the same time. A
# process that is alone with its files needs none, so it is told that it has them.
LOCKS = (fcntl.F_SETLK, fcntl.F_SETLKW, fcntl.F_OFD_SETLK, fcntl.F_OFD_SETLKW)
F_SETOWN_EX = 15
# Signals to the owner of a file, leases, watched folders, and pipes that hold more memory.
FILE_CONTROLS = (
    *(fcntl.F_SETOWN, fcntl.F_SETSIG, F_SETOWN_EX),
    *(fcntl.F_SETLEASE, fcntl.F_NOTIFY, fcntl.F_SETPIPE_SZ),
)
# What Landlock does not ask about: whose file it is, its mode and its times. Without effect.
UNTOUCHED = """
    chmod chown fchmod fchmodat fchown fchownat futimesat lchown utime utimensat utimes
"""
UNSUPPORTED = "fremovexattr fsetxattr lremovexattr lsetxattr removexattr setxattr"


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
    uid, gid = os.getuid(), os.getgid()
    _checked(_libc().unshare(NAMESPACES), "unshare")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def private_mounts(folder: str, size: int, inner: Iterable[str] = ()) -> None:
    """Leave for a mount namespace with an empty folder of `size` bytes, and no /proc.

    It is this process's own: its parent needs /proc to see how much memory is in use.

    inner : folders below `folder` that stay, read-only as they are, such as a Python below /tmp
    """
    _checked(_libc().unshare(CLONE_NEWNS), "unshare")
    mount = _libc().mount
    _checked(mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "mount")
    flags, options = MS_NOSUID | MS_NODEV, f"size={size},nr_inodes=4096,mode=700".encode()
    ends = {path: os.open(path, os.O_PATH | os.O_DIRECTORY) for path in inner}
    _checked(mount(b"tmpfs", folder.encode(), b"tmpfs", flags, options), f"mount on {folder}")
    for path, end in ends.items():
        os.makedirs(path)
        source = f"/proc/self/fd/{end}".encode()
        bound = mount(source, os.fsencode(path), None, MS_BIND | MS_REC, None)
        _checked(bound, f"mount of {path}")
        os.close(end)
    hidden = flags | MS_NOEXEC | MS_RDONLY
    _checked(mount(b"tmpfs", b"/proc", b"tmpfs", hidden, b"size=4k,mode=555"), "mount on /proc")


def no_privileges(keep: int = 0) -> None:
    """Give up every capability but those of the mask `keep`, and the ways to regain one."""
    _checked(_libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    _only_capabilities(keep)


def _only_capabilities(mask: int) -> None:
    # Effective, permitted and inheritable, of the lower and of the upper 32.
    header, wanted = struct.pack("Ii", CAPABILITIES, 0), struct.pack("6I", mask, mask, 0, 0, 0, 0)
    _checked(_libc().capset(header, wanted), "capset")


def limits(*, memory: int, disk: int, seconds: int) -> None:
    """Limit this process and each that it starts.

    memory : bytes of address space of one process, those that are mapped already included
    disk : bytes of one file
    seconds : of processor time of one process

    RLIMIT_NPROC is not among them: it counts all processes of the user, those outside the jail
    too. The gate counts the processes of a jail instead, see `few_system_calls`.
    """
    wanted = {
        "AS": memory,
        "CPU": seconds,
        "FSIZE": disk,
        "NOFILE": 128,
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


def die_with_parent() -> None:
    """Be killed when the parent dies."""
    _libc().prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends."""
    _libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@cache
def _seccomp() -> ctypes.CDLL:
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    if not hasattr(library, "seccomp_notify_fd"):
        raise OSError("libseccomp is older than 2.5")
    library.seccomp_notify_fd.argtypes = [ctypes.c_void_p]
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_void_p,
    ]
    return library


class _Compare(ctypes.Structure):
    """libseccomp's `struct scmp_arg_cmp`."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    )


ALLOW, NOTIFY, ERRNO = 0x7FFF0000, 0x7FC00000, 0x00050000
NOT_EQUAL, EQUAL, MASKED_EQUAL = 1, 4, 7
SHARED_MEMORY = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS


def few_system_calls(*, alone: bool = True) -> int:
    """Refuse the system calls of `REFUSED` and new namespaces; ask before a process starts another.

    Returns a handle by which another process must allow every process and thread that this one
    and its descendants start (`answer_start`); without it none can be started.

    alone : whether the process has namespaces of its own. One that has not can signal to itself
        only, and has no effect on files that it may not write.

    Raises `OSError` without seccomp, or where libseccomp (2.5) or the kernel (5.5) is too old.
    Source: seccomp_unotify(2).
    """
    library = _seccomp()
    rules = library.seccomp_init(ALLOW)
    if not rules:
        raise OSError("seccomp cannot be set up")

    def resolve(name: str) -> int:  # negative for a call that this processor does not have
        return int(library.seccomp_syscall_resolve_name(name.encode()))

    def refuse(call: str | int, *compare: _Compare, code: int = errno.EPERM) -> None:
        number = call if isinstance(call, int) else resolve(call)
        if number >= 0:
            add(call, number, ERRNO | code, *compare, again=isinstance(call, int))

    def add(
        call: str | int, number: int, action: int, *compare: _Compare, again: bool = False
    ) -> None:
        array = (_Compare * len(compare))(*compare)
        code = abs(library.seccomp_rule_add_array(rules, action, number, len(compare), array))
        if not (again and code == errno.EEXIST):  # refused by its name already
            _checked(-code, f"seccomp rule for {call}")

    for name in REFUSED.split():
        # glibc falls back from clone3 to clone, whose flags a filter can see.
        refuse(name, code=errno.ENOSYS if name == "clone3" else errno.EPERM)
    for number in NEWER:
        refuse(number, code=errno.ENOSYS)
    new = (CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET)
    for flag in new:
        refuse("clone", _Compare(0, MASKED_EQUAL, flag, flag))
    # The other ways to start a process or a thread, each of which the gate counts.
    for name in ("clone", "fork", "vfork"):
        if (number := resolve(name)) >= 0:
            without = (_Compare(0, MASKED_EQUAL, sum(new), 0),) if name == "clone" else ()
            add(name, number, NOTIFY, *without)
    # Whoever ignores the end of a child has its time counted nowhere; asking is allowed.
    refuse("rt_sigaction", _Compare(0, EQUAL, signal.SIGCHLD, 0), _Compare(1, NOT_EQUAL, 0, 0))
    # Who dies with whom, and whether the gate may see how much memory is in use.
    for option in (PR_SET_PDEATHSIG, PR_SET_DUMPABLE):
        refuse("prctl", _Compare(0, EQUAL, option, 0))
    refuse("prlimit64", _Compare(0, NOT_EQUAL, 0, 0))
    # A datagram socket can send to any address, one of a pair too.
    refuse("socketpair", _Compare(1, MASKED_EQUAL, 0xF, socket.SOCK_DGRAM))
    # Shared memory without a file may leave what is counted for a process and stay in memory.
    refuse("mmap", _Compare(3, MASKED_EQUAL, SHARED_MEMORY, SHARED_MEMORY), code=errno.ENOMEM)
    refuse("flock", code=0)
    for command in LOCKS:
        refuse("fcntl", _Compare(1, EQUAL, command, 0), code=0)
    for command in FILE_CONTROLS:
        refuse("fcntl", _Compare(1, EQUAL, command, 0))
    if not alone:
        for name in ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
            refuse(name, _Compare(0, NOT_EQUAL, os.getpid(), 0))
        for name in UNTOUCHED.split():
            refuse(name, code=0)
        for name in UNSUPPORTED.split():
            refuse(name, code=errno.ENOTSUP)
        refuse("truncate")
    _checked(-abs(library.seccomp_load(rules)), "seccomp")
    return _checked(library.seccomp_notify_fd(rules), "seccomp's notifications")


# struct seccomp_notif and seccomp_notif_resp of <linux/seccomp.h>, and the calls that carry them.
NOTICE_BYTES, NOTICE_RECEIVE, NOTICE_SEND = 80, 0xC0502100, 0xC0182101
GO_ON = 1  # SECCOMP_USER_NOTIF_FLAG_CONTINUE


def answer_start(listener: int, allowed: Callable[[], bool]) -> None:
    """Answer one process of a jail that wants to start another: go on, or "try again" (EAGAIN).

    listener : the handle that `few_system_calls` gave; it is readable when somebody waits
    allowed : whether there may be one process or thread more
    """
    notice = bytearray(NOTICE_BYTES)
    with suppress(OSError):  # the process may have been killed before it gets its answer
        fcntl.ioctl(listener, NOTICE_RECEIVE, notice)
        (number,) = struct.unpack_from("Q", notice)
        error, flags = (0, GO_ON) if allowed() else (-errno.EAGAIN, 0)
        fcntl.ioctl(listener, NOTICE_SEND, struct.pack("QqiI", number, 0, error, flags))


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
