"""A tier is had when its protections were tried and held, and never because somebody says so."""

import json
import os
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.batch import doctor
from autograder.batch.doctor import examine
from autograder.cli.main import main
from autograder.course.errors import CourseError
from autograder.sandbox import file_view, isolation
from autograder.sandbox.isolation import ANSWERS, LEFTOVERS, NEEDED, Tier, choose, probe
from tests.small_class import copy_course
from tests.toy_course import make_course

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
SECRETS = (ROOT / "nbgrader_config.py", ROOT / "tests")  # anybody on this machine may read them

# Runs what bubblewrap is told to run, and protects from nothing.
# The shell finds a Python whose path holds a blank, which the kernel does not.
NO_BUBBLEWRAP = f"""#!/bin/sh
'''exec' "{sys.executable}" "$0" "$@"
' '''
import os, sys
command = sys.argv[sys.argv.index("--") + 1:]
os.execv(command[0], [{str(file_view.ROOT)!r} if one == "/grader" else one for one in command])
"""


@pytest.fixture
def without_bubblewrap(monkeypatch, tmp_path):
    """A machine on which it is not installed."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


@pytest.mark.parametrize("name", ["isolated", "restricted"])
def test_a_tier_that_protects_is_had(name):
    """On this machine all that it must hold holds; each was tried."""
    found = probe(name, SECRETS)
    assert found.available, found.why_not
    assert set(found.protections) >= NEEDED[name] | {ANSWERS}
    assert set(found.protections) <= set(doctor.PREVENTS)


def test_where_nothing_protects_the_probes_say_so():
    """They are no tests that cannot fail: without protections most of the attempts succeed."""
    found = probe("unprotected", SECRETS)
    assert found.available
    assert set(found.protections).isdisjoint({"network", "files", "system calls"})
    assert ANSWERS in found.protections


def test_a_program_that_only_calls_itself_bubblewrap_is_noticed(without_bubblewrap, tmp_path):
    """What it was told to do is not what it does: nothing is hidden, or nothing is there."""
    program = tmp_path / "bin" / "bwrap"
    program.write_text(NO_BUBBLEWRAP)
    program.chmod(0o755)
    found = probe("isolated", SECRETS)
    assert not found.available
    missing = found.why_not.removeprefix("these did not hold: ").split(", ")
    assert "files" in missing or "the isolated jail cannot be had" in found.why_not


def test_a_missing_program_is_named(without_bubblewrap):
    """So that somebody can install it."""
    found = probe("isolated", SECRETS)
    assert (found.available, found.protections) == (False, ())
    assert "bubblewrap is not installed" in found.why_not


# What is left out of the jail, and the protection that does not hold without it.
NO_FILTER = ("gate.py", "call_filter.few_system_calls(", "(lambda alone: os.dup(0))(")
UNCOUNTED = ("gate.py", 'limits["processes"])', "1000)")
MISSING = {
    "no filter of system calls": ("isolated", "system calls", *NO_FILTER),
    "no filter of messages by path": (
        *("restricted", "network", "call_rules.py"),
        *("(socket.SOCK_STREAM, socket.SOCK_SEQPACKET)", "range(16)"),
    ),
    "no filter of signals by way of a file": (
        *("restricted", "other processes", "call_rules.py"),
        *('Rule("ioctl", no, (Argument(1, TERMINAL', 'Rule("uselib", no, (Argument(1, TERMINAL'),
    ),
    "no number of processes": ("isolated", "processes", *UNCOUNTED),
    "no number of processes, restricted": ("restricted", "processes", *UNCOUNTED),
    "no size of the folder": (
        "isolated",
        "disk",
        "confinement.py",
        "size={size},nr_inodes=4096,",
        "",
    ),
    "no namespace of processes": (
        *("isolated", LEFTOVERS, "confinement.py"),
        *("CLONE_NEWUSER | CLONE_NEWPID |", "CLONE_NEWUSER |"),
    ),
    "a sight of /proc": (
        *("isolated", "other processes", "confinement.py"),
        *('mount(b"tmpfs", b"/proc", b"tmpfs", hidden, b"size=4k,mode=555")', "0"),
    ),
    "no Landlock": (
        *("restricted", "files", "gate.py"),
        *("confinement.only_these_files(", "(lambda *_, **__: None)("),
    ),
    "no filter of system calls, restricted": ("restricted", "system calls", *NO_FILTER),
    "root": (
        *("restricted", "user", "warm_process.py"),
        *("_become_somebody(confinement,", "(lambda *_: None)(confinement,"),
    ),
    "no broom": (
        *("restricted", LEFTOVERS, "gate.py"),
        *("for pid in process_tree.below(os.getpid())", "for pid in ()"),
    ),
}
# Where the gate sweeps nothing, the warm process does.
ALSO = {"no broom": ("warm_process.py", "_end_orphans(set(gates.values()))", "pass")}


@pytest.mark.parametrize("case", MISSING)
def test_a_protection_that_is_missing_is_noticed(weakened, case):
    """The tier is not had then, and the reason names it."""
    name, protection, *change = MISSING[case]
    if protection == "user" and os.getuid() != 0:
        pytest.skip("nobody is root here to begin with")
    weakened(*change)
    if case in ALSO:
        weakened(*ALSO[case])
    found = probe(name, SECRETS)
    assert not found.available
    assert protection not in found.protections
    assert protection in found.why_not


def test_memory_without_a_limit_is_no_tier(weakened):
    """The gate ends the probes for it where it looks in time, and else they say it themselves."""
    weakened("confinement.py", '"AS": memory,', "")
    tier = probe("isolated", SECRETS)
    assert not tier.available
    assert "memory" in tier.why_not


def test_probes_that_cannot_be_run_say_why(weakened):
    """How their process ended, since somebody has to mend it."""
    weakened("probes.py", "leave_something_behind()\n    prot", "os._exit(3)\n    prot")
    why = "the probes could not be run: their process ended with exit code 3"
    assert probe("isolated", SECRETS).why_not == why


def test_a_kernel_without_landlock_does_not_give_the_restricted_tier(weakened):
    """The error of the attempt is the reason."""
    weakened("confinement.py", "return max(0, ", "return 0 * max(0, ")
    assert not probe("restricted", SECRETS).available


NOTHING = tuple(Tier(name, (), f"{name} is broken") for name in ("isolated", "restricted"))
UNPROTECTED = Tier("unprotected", (ANSWERS,))
ISOLATED, RESTRICTED = (Tier(name, tuple(NEEDED[name])) for name in ("isolated", "restricted"))


@pytest.mark.parametrize(
    ("machine", "trusted", "wanted", "chosen"),
    [
        pytest.param((ISOLATED, RESTRICTED), False, None, "isolated", id="the strongest"),
        pytest.param((NOTHING[0], RESTRICTED), False, None, "restricted", id="the next"),
        pytest.param((ISOLATED, RESTRICTED), False, "restricted", "restricted", id="one wanted"),
        pytest.param(NOTHING, True, None, "unprotected", id="none, trusted"),
        pytest.param((ISOLATED, RESTRICTED), True, None, "isolated", id="all, trusted"),
        pytest.param(NOTHING, False, None, None, id="none"),
        pytest.param((NOTHING[0], RESTRICTED), True, "isolated", None, id="one wanted, not had"),
        pytest.param((ISOLATED, RESTRICTED), False, "unprotected", None, id="none wanted"),
    ],
)
def test_the_strongest_tier_that_holds_is_chosen(monkeypatch, machine, trusted, wanted, chosen):
    """Never `unprotected` without trust, and never another than the one that is insisted on."""
    there = {tier.name: tier for tier in (*machine, UNPROTECTED)}
    monkeypatch.setattr(isolation, "probe", lambda name, secrets: there[name])
    if chosen is not None:
        assert choose(SECRETS, trusted=trusted, wanted=wanted).name == there[chosen].name
        return
    with pytest.raises(CourseError) as caught:
        choose(SECRETS, trusted=trusted, wanted=wanted)
    assert "--i-trust-this-code" in caught.value.remedy
    if wanted != "unprotected":
        assert "isolated is broken" in str(caught.value)


def run(course, *arguments):
    return CliRunner().invoke(main, ["--course", str(course.root), *map(str, arguments)])


def test_doctor_shows_each_tier_as_it_was_found(tmp_path):
    """A line for every protection, and that nothing is missing."""
    course = make_course(tmp_path)
    result = run(course, "doctor")
    assert result.exit_code == 0, result.output
    assert "tier: isolated" in result.output
    assert "Nothing is missing." in result.output
    assert "2000 MB" in result.output and "32 processes" in result.output
    lines = [line for line in result.output.splitlines() if "│" in line or "┃" in line]
    text = " ".join(" ".join(line.split()) for line in lines)
    for protection in doctor.PREVENTS:
        assert protection.split()[0] in text
    assert re.search(r"network +│ yes +│ yes +│ – ", "\n".join(lines))


@pytest.mark.parametrize(
    ("version", "words"),
    [(1, ("moving files", "6.12")), (3, ("TCP", "signals")), (6, ()), (7, ()), (0, ())],
)
def test_doctor_names_what_an_older_landlock_does_not_ask_about(version, words):
    """With the Linux that brought it; a newer one, or none, has nothing to say."""
    (line,) = doctor._lost(version) or [""]
    assert all(word in line for word in words) and bool(line) == bool(words)
    assert "emptying" in line if version == 1 else "emptying" not in line


def test_doctor_says_how_to_get_the_next_tier(without_bubblewrap, tmp_path):
    """With the command that helps."""
    result = run(make_course(tmp_path / "course"), "doctor")
    assert "tier: restricted" in result.output
    assert "apt-get install bubblewrap" in result.output
    assert "bubblewrap: not installed" in result.output


def test_doctor_tells_a_machine_that_refuses_namespaces_what_to_allow(tmp_path, monkeypatch):
    """Bubblewrap is there and fails; the advice is not to install it."""
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    found = examine(make_course(tmp_path / "course"))
    assert "tier: restricted" in found.report
    assert "No permissions to create new namespace" in found.advice[0]
    assert "max_user_namespaces" in found.advice[1] and "hostUsers" in found.advice[1]


def test_doctor_says_what_is_left_when_nothing_holds(without_bubblewrap, weakened, tmp_path):
    """Both reasons, both remedies, and the last resort."""
    weakened("confinement.py", "return max(0, ", "return 0 * max(0, ")
    found = examine(make_course(tmp_path / "course"))
    assert "tier: unprotected" in found.report
    advice = " ".join(found.advice)
    for word in ("bubblewrap is not installed", "Landlock", "libseccomp2", "--i-trust-this-code"):
        assert word in advice


def test_without_protection_nothing_is_graded_but_trusted_code(
    clean_course, toy_answers, without_bubblewrap, weakened, tmp_path
):
    """Exit 1 and the remedy; with it, the results say which protections there were."""
    weakened("confinement.py", "return max(0, ", "return 0 * max(0, ")
    course = copy_course(clean_course, tmp_path / "course")
    place = tmp_path / "submitted" / "ann" / "toy"
    place.mkdir(parents=True)
    answer = "def double_sum(x):\n    return float(2 * x.sum())"
    (place / "toy.ipynb").write_bytes(toy_answers(double_sum=answer))
    results = tmp_path / "results.json"
    command = ("grade", "toy", "--workers", 1, "--fresh")
    command += ("--submitted", tmp_path / "submitted", "--results", results)
    refused = run(course, *command)
    assert refused.exit_code == 1
    said = " ".join(refused.output.split())
    assert "this machine gives no protection from students' code" in said
    assert "Remedy:" in said and "--i-trust-this-code" in said
    assert not results.exists()
    graded = run(course, *command, "--i-trust-this-code")
    assert graded.exit_code == 0, graded.output
    written = json.loads(results.read_text())
    (ann,) = written["submissions"]
    assert (ann["verdict"], ann["score"]) == ("graded", 3.0)
    assert ANSWERS in written["protections"]
    assert {"network", "files", "system calls"}.isdisjoint(written["protections"])
