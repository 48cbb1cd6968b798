"""A filter of system calls, which the kernel runs before each call of a student's process.

`call_rules` says what is filtered. A filter is a program for the kernel's packet machine; it is
made once in the warm process, so that a submission only has to load it.
Sources: seccomp(2), seccomp_unotify(2).
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import struct
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache

from autograder.sandbox.agent.call_rules import WORD, Argument, Rule, last_rules, rules

# Instructions of the packet machine: load a word, mask it, compare it, jump, return.
LOAD, MASK, IF_EQUAL, IF_AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
# Where struct seccomp_data has the number of the call, the processor and the arguments.
NUMBER, PROCESSOR, ARGUMENTS = 0, 4, 16
KILL, ERROR, NOTIFY, ALLOW = 0x80000000, 0x00050000, 0x7FC00000, 0x7FFF0000
X32 = 0x40000000  # the numbers of a second set of calls on the same processor
SET_FILTER, NEW_LISTENER = 1, 1 << 3

Instruction = tuple[int, int, int, int]  # what to do, how far to jump if so and if not, a number


@cache
def _libseccomp() -> ctypes.CDLL:
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_arch_native.restype = ctypes.c_uint32
    return library


@cache
def _number(call: str | int) -> int:
    """The number of a system call; negative for one that this processor does not have."""
    if isinstance(call, int):
        return call
    return int(_libseccomp().seccomp_syscall_resolve_name(call.encode()))


def _matching(argument: Argument, otherwise: int) -> list[Instruction]:
    """Instructions that go on if an argument is as wanted, or jump by `otherwise`."""
    upper = argument.upper == (sys.byteorder == "little")
    code: list[Instruction] = [(LOAD, 0, 0, ARGUMENTS + 8 * argument.position + 4 * upper)]
    if argument.mask != WORD:
        code.append((MASK, 0, 0, argument.mask))
    jumps = (0, otherwise) if argument.equal else (otherwise, 0)
    return [*code, (IF_EQUAL, *jumps, argument.value)]


def _answer(rule: Rule) -> list[Instruction]:
    """Instructions that return a rule's answer if its arguments fit, and go on if not."""
    code: list[Instruction] = [(RETURN, 0, 0, NOTIFY if rule.code is None else ERROR | rule.code)]
    for argument in reversed(rule.when):
        code = [*_matching(argument, len(code)), *code]
    return code


def program(wanted: Iterable[Rule]) -> bytes:
    """The filter for some rules; of those for one call, the first that fits holds."""
    by_call: dict[int, list[Rule]] = {}
    for rule in wanted:
        if (number := _number(rule.call)) >= 0:
            by_call.setdefault(number, []).append(rule)
    native = _libseccomp().seccomp_arch_native()
    code: list[Instruction] = [(LOAD, 0, 0, PROCESSOR), (IF_EQUAL, 1, 0, native)]
    code += [(RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER)]
    code += [(IF_AT_LEAST, 0, 1, X32), (RETURN, 0, 0, KILL)]
    # What the kernel answers without looking at arguments, it remembers; the others come first.
    for number, same in sorted(by_call.items(), key=lambda item: not item[1][0].when):
        answers = [step for rule in same for step in _answer(rule)]
        answers.append((RETURN, 0, 0, ALLOW))
        code += [(IF_EQUAL, 0, len(answers), number), *answers]
    code.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in code)


@cache
def prepared(alone: bool) -> bytes:
    """The filter of `call_rules.rules`.

    Raises `OSError` where there is no libseccomp.
    """
    return program(rules(alone))


def _load(code: bytes, flags: int) -> int:
    """Put a filter before this process's system calls; the listener's handle, if one is wanted."""
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("HP", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    handle = int(libc.syscall(_number("seccomp"), SET_FILTER, flags, header))
    if handle < 0:
        reason = ctypes.get_errno()
        raise OSError(reason, f"seccomp: {os.strerror(reason)}")
    return handle


def few_system_calls(*, alone: bool = True) -> int:
    """Refuse what `call_rules.rules` refuse, and ask before this process starts another.

    Returns a handle by which another process must allow every process and thread that this one
    and its descendants start (`answer_start`); without it none can be started.

    alone : whether the process has namespaces of its own

    Raises `OSError` without libseccomp, or where the kernel is too old (5.5).
    """
    return _load(prepared(alone), NEW_LISTENER)


def no_more_handles(*, alone: bool = True) -> None:
    """Refuse also to pass handles on, and what else `call_rules.last_rules` refuse."""
    _load(program(last_rules(alone, os.getpid())), 0)


# struct seccomp_notif and seccomp_notif_resp of <linux/seccomp.h>, and the calls that carry them.
NOTICE_BYTES, NOTICE_RECEIVE, NOTICE_SEND = 80, 0xC0502100, 0xC0182101
GO_ON = 1  # SECCOMP_USER_NOTIF_FLAG_CONTINUE


def answer_start(listener: int, allowed: Callable[[int], bool]) -> None:
    """Answer one process of a jail that wants to start another: go on, or "try again" (EAGAIN).

    listener : the handle that `few_system_calls` gave; it is readable when somebody waits
    allowed : whether there may be one process or thread more, started by the thread of this number
    """
    notice = bytearray(NOTICE_BYTES)
    with suppress(OSError):  # the process may have been killed before it gets its answer
        fcntl.ioctl(listener, NOTICE_RECEIVE, notice)
        number, thread = struct.unpack_from("QI", notice)
        error, flags = (0, GO_ON) if allowed(thread) else (-errno.EAGAIN, 0)
        fcntl.ioctl(listener, NOTICE_SEND, struct.pack("QqiI", number, 0, error, flags))
