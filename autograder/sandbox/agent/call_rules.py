"""Which system calls a student's process may not make, and with which arguments.

Computing on arrays needs few of the kernel's calls. What is refused here would widen what a process
can reach, or leave something where another submission could find it.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import signal
import socket
from dataclasses import dataclass

WORD = 0xFFFFFFFF
NAMESPACES = {
    "NEWNS": 0x00020000,
    "NEWCGROUP": 0x02000000,
    "NEWUTS": 0x04000000,
    "NEWIPC": 0x08000000,
    "NEWUSER": 0x10000000,
    "NEWPID": 0x20000000,
    "NEWNET": 0x40000000,
}
ANY_NAMESPACE = sum(NAMESPACES.values())

REFUSED = """
    accept accept4 acct add_key adjtimex bind bpf chroot clock_adjtime clock_settime connect
    create_module delete_module fanotify_init fanotify_mark finit_module fsconfig fsmount fsopen
    fspick init_module inotify_add_watch inotify_init inotify_init1 io_uring_enter
    io_uring_register io_uring_setup ioperm iopl ioprio_set kcmp kexec_file_load kexec_load keyctl
    landlock_add_rule landlock_create_ruleset landlock_restrict_self listen lookup_dcookie mbind
    memfd_create memfd_secret migrate_pages modify_ldt mount mount_setattr move_mount move_pages
    mq_open mq_unlink msgctl msgget msgrcv msgsnd name_to_handle_at nfsservctl open_by_handle_at
    open_tree perf_event_open personality pidfd_getfd pidfd_open pidfd_send_signal pivot_root
    process_madvise process_mrelease process_vm_readv process_vm_writev ptrace quotactl
    quotactl_fd reboot request_key sched_setaffinity sched_setattr sched_setparam
    sched_setscheduler semctl semget semop semtimedop set_mempolicy set_mempolicy_home_node setns
    sethostname setdomainname setpriority setsockopt settimeofday shmat shmctl shmget socket
    swapoff swapon sync sysfs sysinfo syslog umount2 unshare uselib userfaultfd ustat vhangup
    vmsplice
"""
# Without the first two, programs fall back to calls whose flags a filter can see. The third is a
# newer way to wait for a futex, and those by number came after the names that a libseccomp knows.
MISSING = ("clone3", "openat2", "futex_waitv", *range(451, 512))
# Disk beyond what the size of a file says, asynchronous input and output, of which the machine has
# one budget, what tells which pages of a file are in memory, and how full the machine's disk is.
UNSUPPORTED = """
    fallocate fstatfs io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit mincore
    statfs
"""
# Flushes of a whole file system, and what throws a file's pages out of memory: without effect.
# Locks on files that everybody can read would be messages to whoever runs at the same time. A
# process that is alone with its files needs none, so it is told that it has them.
IGNORED = "fadvise64 flock syncfs"
LOCKS = (fcntl.F_SETLK, fcntl.F_SETLKW, fcntl.F_OFD_SETLK, fcntl.F_OFD_SETLKW)
F_SETOWN_EX = 15
# Signals to the owner of a file, leases, watched folders, pipes that hold more memory, and hints
# about writing, which stay with a file for everybody who opens it.
FILE_CONTROLS = (
    *range(1035, 1040),
    *(fcntl.F_SETOWN, fcntl.F_SETSIG, F_SETOWN_EX),
    *(fcntl.F_SETLEASE, fcntl.F_NOTIFY, fcntl.F_SETPIPE_SZ),
)
# Of a device's controls only a terminal's, for which any file may be asked; and of these neither
# signals from a file nor typing into a terminal.
TERMINAL, FIOASYNC, TIOCSTI = 0x5400, 0x5452, 0x5412
# Who dies with whom, whether the gate may see how much memory is in use, and cores and pages that
# are shared with other processes.
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP = 1, 4, 22
PR_SCHED_CORE, PR_SET_MEMORY_MERGE = 62, 67
PROCESS_CONTROLS = (PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SCHED_CORE, PR_SET_MEMORY_MERGE)
# MADV_REMOVE, MERGEABLE, COLD and PAGEOUT: for pages of files, and pages shared with others.
ADVICE = (9, 12, 20, 21)
# Shared memory without a file may leave what is counted for a process and stay in memory; pages of
# the machine's store of huge ones are counted for nobody.
SHARED_MEMORY, MAP_HUGETLB = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS, 0x40000
# A futex without this flag, in a page of a file, is the same one in every jail.
FUTEX_PRIVATE, WAKES = 0x80, (1, 10)
CLOCKS = "clock_getres clock_gettime clock_nanosleep timer_create"
OF_A_PROCESS = 1 << 31  # the clock of any process, by its number
PAIRS = (socket.SOCK_STREAM, socket.SOCK_SEQPACKET)  # a datagram can be sent to any address

# Without namespaces: what Landlock does not ask about, which is a file's owner, mode and times.
UNTOUCHED = """
    chmod chown fchmod fchmodat fchown fchownat futimesat lchown utime utimensat utimes
"""
NO_ATTRIBUTES = "fremovexattr fsetxattr lremovexattr lsetxattr removexattr setxattr"
OPENINGS = {"open": 1, "openat": 2}  # where their flags are
# Without namespaces: the position of the process that a call is about; signals first.
SIGNALS = {"kill": 0, "tkill": 0, "tgkill": 0, "rt_sigqueueinfo": 0, "rt_tgsigqueueinfo": 0}
QUERIES = {
    "getpgid": 0,
    "getsid": 0,
    "get_robust_list": 0,
    "getpriority": 1,
    "ioprio_get": 1,
    "sched_getaffinity": 0,
    "sched_getattr": 0,
    "sched_getparam": 0,
    "sched_getscheduler": 0,
    "sched_rr_get_interval": 0,
}
# Passing open files on: into a queue that counts for nobody, or to another submission.
PASSING = "recvmmsg recvmsg sendmmsg sendmsg"


@dataclass(frozen=True)
class Argument:
    """What one argument of a system call is, or is not.

    position : of the argument, from 0
    value : of the bits in `mask`, of the lower half of the argument. The kernel looks at no more of
        an `int`, so a comparison of both halves could be evaded.
    equal : whether the bits have that value, or another
    upper : whether the upper half is meant, where the argument is an address
    """

    position: int
    value: int
    mask: int = WORD
    equal: bool = True
    upper: bool = False


@dataclass(frozen=True)
class Rule:
    """A system call that is not simply allowed.

    call : its name or number
    code : the error that it gets, 0 to say that it was done; None to ask the gate
    when : what its arguments must be, all together; nothing for any
    """

    call: str | int
    code: int | None
    when: tuple[Argument, ...] = ()


def rules(alone: bool) -> list[Rule]:
    """The rules for a student's process; of those for one call, the first that fits holds.

    alone : whether it has namespaces of its own. One that has not may have no effect on files that
        it may not write.
    """
    no, done = errno.EPERM, 0
    found = [Rule(name, no) for name in REFUSED.split()]
    found += [Rule(name, errno.ENOSYS) for name in MISSING]
    found += [Rule(name, errno.EOPNOTSUPP) for name in UNSUPPORTED.split()]
    found += [Rule(name, done) for name in IGNORED.split()]
    # The ways to start a process or a thread, each of which the gate counts.
    found += [Rule("clone", no, (Argument(0, 0, ANY_NAMESPACE, equal=False),))]
    found += [Rule(name, None) for name in ("clone", "fork", "vfork")]
    # Whoever ignores the end of a child has its time counted nowhere; asking is allowed.
    child = Argument(0, signal.SIGCHLD)
    found += [
        Rule("rt_sigaction", no, (child, Argument(1, 0, equal=False, upper=upper)))
        for upper in (False, True)
    ]
    found += [Rule("prctl", no, (Argument(0, option),)) for option in PROCESS_CONTROLS]
    found += [Rule("prlimit64", no, (Argument(0, 0, equal=False),))]
    found += [Rule("fcntl", done, (Argument(1, command),)) for command in LOCKS]
    found += [Rule("fcntl", no, (Argument(1, command),)) for command in FILE_CONTROLS]
    found += [Rule("ioctl", no, (Argument(1, TERMINAL, WORD & ~0xFF, equal=False),))]
    found += [Rule("ioctl", no, (Argument(1, command),)) for command in (FIOASYNC, TIOCSTI)]
    found += [Rule("socketpair", no, (Argument(0, socket.AF_UNIX, equal=False),))]
    other = tuple(Argument(1, kind, 0xF, equal=False) for kind in PAIRS)
    found += [Rule("socketpair", no, other)]
    found += [
        Rule("mmap", errno.ENOMEM, (Argument(3, flags, flags),))
        for flags in (SHARED_MEMORY, MAP_HUGETLB)
    ]
    found += [Rule("madvise", errno.EINVAL, (Argument(2, advice),)) for advice in ADVICE]
    # A read that does not wait says whether a page of a file is in memory.
    found += [Rule("preadv2", errno.EOPNOTSUPP, (Argument(5, 0, equal=False),))]
    # Whoever waits for the end of a thread does so by a futex that is not private; there is always
    # nothing to wait for, and so it looks again.
    found += [Rule("futex", done, (Argument(1, wake, 0xFF),)) for wake in WAKES]
    found += [Rule("futex", errno.EAGAIN, (Argument(1, 0, FUTEX_PRIVATE),))]
    found += [
        Rule(name, errno.EINVAL, (Argument(0, OF_A_PROCESS, OF_A_PROCESS),))
        for name in CLOCKS.split()
    ]
    if not alone:
        found += [Rule(name, done) for name in UNTOUCHED.split()]
        found += [Rule(name, errno.ENOTSUP) for name in NO_ATTRIBUTES.split()]
        found += [Rule("truncate", no)]
        # Landlock asks about emptying a file that is opened to be read since Linux 6.2.
        emptied = (os.O_TRUNC | os.O_RDONLY, os.O_TRUNC | os.O_ACCMODE)
        found += [Rule(name, no, (Argument(at, *emptied),)) for name, at in OPENINGS.items()]
    return found


def last_rules(alone: bool, pid: int) -> list[Rule]:
    """The rules that come into force when nothing is left to be set up.

    pid : of the student's process; without namespaces it may signal to itself only
    """
    no = errno.EPERM
    found = [Rule(name, no) for name in (*PASSING.split(), "seccomp")]
    found += [Rule("prctl", no, (Argument(0, PR_SET_SECCOMP),))]
    if not alone:
        for name, position in SIGNALS.items():
            found += [Rule(name, no, (Argument(position, pid, equal=False),))]
        for name, position in QUERIES.items():
            others = (Argument(position, own, equal=False) for own in (0, pid))
            found += [Rule(name, no, tuple(others))]
    return found
