"""Each rule of the filter holds in the kernel, whatever stands where the kernel does not look."""

import ctypes
import errno
import os
from dataclasses import asdict

import pytest

from autograder.sandbox.agent.call_filter import _number, program
from autograder.sandbox.agent.call_rules import WORD, Argument, Rule, last_rules, rules
from tests.jail_calls import json_output, process_in

pytestmark = pytest.mark.slow
CALL = """
    import ctypes, json
    libc = ctypes.CDLL(None, use_errno=True)
    answers = []
    for number, arguments in {calls}:
        ctypes.set_errno(0)
        result = libc.syscall(*map(ctypes.c_ulong, [number, *arguments]))
        answers.append([result, ctypes.get_errno()])
    print(json.dumps(answers))
"""


def arguments_for(rule, filling):
    """Six arguments that a rule is about, with `filling` in the upper halves of whole numbers."""
    arguments = [filling << 32] * 6
    for argument in rule.when:
        shift = 32 if argument.upper else 0
        # If not that value: the number of no process, or any other value of these bits.
        other = (argument.value ^ 0x7FFFFFFF) & argument.mask
        value = argument.value if argument.equal else other
        addressed = (argument.position, True) in {(one.position, one.upper) for one in rule.when}
        kept = 0 if addressed else arguments[argument.position] & ~WORD
        arguments[argument.position] = kept | value << shift
    return arguments


@pytest.mark.parametrize("filling", [0, 1, 0xFFFFFFFF])
def test_every_rule_is_kept(numpy_jail, filling):
    """Also where a number is given whose lower half alone is what the kernel reads."""
    alone = numpy_jail.tier == "isolated"
    # A process that would be concerned cannot be named; 1 is never a submission's own outside.
    wanted = [
        rule
        for rule in rules(alone) + last_rules(alone, 2**22 + 1)
        if rule.code is not None and _number(rule.call) >= 0 and not _is_doubled(rule)
    ]
    calls = [[_number(rule.call), arguments_for(rule, filling)] for rule in wanted]
    with process_in(numpy_jail) as inside:
        answers = json_output(inside, CALL.format(calls=calls))
    expected = [[-1, rule.code] if rule.code else [0, 0] for rule in wanted]
    broken = [
        (rule.call, [asdict(one) for one in rule.when], answer)
        for rule, answer, right in zip(wanted, answers, expected, strict=True)
        if answer != right
    ]
    assert not broken


def _is_doubled(rule):
    """Whether two conditions are about one argument, which `arguments_for` cannot meet."""
    halves = [(one.position, one.upper) for one in rule.when]
    return len(set(halves)) < len(halves)


def run_filtered(wanted, call, *arguments):
    """A call's result and error in a process with nothing but a filter."""
    from autograder.sandbox.agent import call_filter, confinement

    code = program(wanted)
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        confinement.no_privileges()
        call_filter._load(code, 0)
        libc = ctypes.CDLL(None, use_errno=True)
        result = libc.syscall(*map(ctypes.c_ulong, [_number(call), *arguments]))
        os.write(write_end, f"{result} {ctypes.get_errno()}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    result, code = os.read(read_end, 100).split()
    os.close(read_end), os.close(write_end)
    return int(result), int(code)


def test_the_first_rule_that_fits_holds():
    """And a call that no rule fits is made."""
    wanted = [
        Rule("getpgid", errno.EPERM, (Argument(0, 7),)),
        Rule("getpgid", errno.EBUSY, (Argument(0, 0, 0xFF, equal=False),)),
    ]
    assert run_filtered(wanted, "getpgid", 7) == (-1, errno.EPERM)
    assert run_filtered(wanted, "getpgid", 8) == (-1, errno.EBUSY)
    assert run_filtered(wanted, "getpgid", 0) == (os.getpgid(0), 0)


def test_all_conditions_of_a_rule_must_fit():
    """One that is not what it must be lets the call through."""
    rule = Rule("lseek", errno.EPERM, (Argument(0, 5), Argument(1, 9, upper=True)))
    assert run_filtered([rule], "lseek", 5, 9 << 32, 0) == (-1, errno.EPERM)
    assert run_filtered([rule], "lseek", 1000, 9 << 32, 0) == (-1, errno.EBADF)
    assert run_filtered([rule], "lseek", 5, 9, 0)[1] != errno.EPERM
