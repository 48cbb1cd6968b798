"""A full disk, a lock, missing rights or half a file end every command in a sentence."""

import json
import os
import signal
import subprocess
import sys
import zipfile
from functools import cache
from itertools import product

import click
import pytest
from click.testing import CliRunner

from autograder.batch.history import read_history
from autograder.batch.run import grade_class
from autograder.cli.main import main
from tests.faults import COMMANDS, cut
from tests.processes import soon
from tests.small_class import GOOD, KINDS, answer, batch, copy_course, hand_in
from tests.toy_course import ROOT

pytestmark = pytest.mark.usefixtures("shared_worker")

READERS = {"explain", "list"}  # they write nothing
PAGES = (0, 2, 6, 20)  # of a disk that are left
DISK = (*(f"full:{pages}" for pages in PAGES), "read_only")
FILES = (
    "assignments/toy/toy.ipynb",
    "grading/autograded/ann/toy/toy.ipynb",
    "grading/gradebook.db",
    "grading/log/toy.jsonl",
    "grading/results/toy.json",
    "grading/source/toy/toy.ipynb",
)
CUTS = tuple(f"cut:{file}" for file in FILES)
NAMESPACE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "-r"]
STUDENTS = """\
student,first_name,last_name,lms_user_id
ann,Ann,A,1
bob,Bob,B,2
cleo,Cleo,C,3
dora,Dora,D,4
"""


@pytest.fixture(scope="module")
def graded(clean_course, tmp_path_factory):
    """A class of two that is graded, a third who handed in since, and files from Canvas."""
    place = tmp_path_factory.mktemp("faults")
    course = copy_course(clean_course, place / "course")
    submitted = hand_in(
        course, {"ann": answer(course, GOOD), "bob": answer(course, KINDS["triples"])}
    )
    grade_class(course.assignment("toy"), submitted, course.results / "toy.json")
    hand_in(course, {"cleo": answer(course, GOOD)})
    (course.grading / "roster.csv").write_text(STUDENTS.partition("dora")[0])
    (place / "inbox").mkdir()
    (place / "inbox" / "students.csv").write_text(STUDENTS)
    with zipfile.ZipFile(place / "inbox" / "submissions.zip", "w") as archive:
        for number, student in enumerate(("ann", "bob", "cleo"), 1):
            data = answer(course, KINDS["forbidden"] if student == "bob" else GOOD)
            archive.writestr(f"{student}_{number}_{number + 10}_toy.ipynb", data)
    return course


@pytest.fixture(scope="module")
def outcomes(graded):
    """The outcome of each command under a fault; those of a kind are tried in one process."""

    @cache
    def run(faults: tuple[str, ...]) -> dict[str, dict[str, dict]]:
        command = [sys.executable, "-m", "tests.faults", str(graded.root), *faults]
        if not {*DISK}.isdisjoint(faults):
            if subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode:
                pytest.skip("this machine gives no mount namespace for a small disk")
            command = [*NAMESPACE, *command]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        found = [json.loads(line) for line in ran.stdout.splitlines()]
        assert [(one["fault"], one["verb"]) for one in found] == [*product(faults, COMMANDS)]
        return {
            fault: {one["verb"]: one for one in found if one["fault"] == fault} for fault in faults
        }

    def outcomes_of(fault: str) -> dict[str, dict]:
        return run(next(kind for kind in (DISK, CUTS, (fault,)) if fault in kind))[fault]

    return outcomes_of


def no_harm(outcome: dict) -> None:
    """A command under a fault ends well or in a sentence, damages nothing, and works later."""
    assert outcome["error"] == "" and "Traceback" not in outcome["output"], outcome
    assert outcome["code"] in (0, 1), outcome
    if outcome["code"]:
        assert "Remedy: " in outcome["output"] or "Not made: " in outcome["output"], outcome
    assert outcome["damaged"] == [], outcome
    assert outcome["again"] == 0, outcome


@pytest.mark.slow
@pytest.mark.parametrize("pages", PAGES)
def test_a_full_disk(outcomes, pages):
    """Whenever it is full; with no room at all, every command that writes says so."""
    for verb, outcome in outcomes(f"full:{pages}").items():
        no_harm(outcome)
        if pages == 0:
            # Of a line of the log, all may still fit behind what the file's last page holds.
            assert set(outcome["changed"]) <= {"grading/log/toy.jsonl"}
            assert (outcome["code"] == 0) == (verb in READERS)
            full = "disk is full" in outcome["output"] or "No space left" in outcome["output"]
            assert full == (verb not in READERS), outcome["output"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        "read_only",
        pytest.param(
            "rights",
            marks=pytest.mark.skipif(os.geteuid() == 0, reason="root writes where nobody may"),
        ),
    ],
)
def test_a_course_that_cannot_be_written(outcomes, fault):
    """Every command that writes names the file, or the gradebook."""
    for verb, outcome in outcomes(fault).items():
        no_harm(outcome)
        assert outcome["changed"] == []
        assert (outcome["code"] == 0) == (verb in READERS), outcome


@pytest.mark.slow
def test_a_gradebook_that_another_program_has_locked(outcomes):
    """The remedy is to close the other program; nobody's result becomes a fault of the grader."""
    for verb, outcome in outcomes("locked").items():
        no_harm(outcome)
        assert "grader_error" not in outcome["output"]
        if verb not in ("list", "new"):  # which do without it
            assert "locked by another program" in outcome["output"], outcome
        if outcome["code"]:
            assert "Close the other program" in outcome["output"]
        # A report is made without it, and says so.
        assert (outcome["code"] == 0) == (verb in ("list", "new", "report")), outcome


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_half_a_file(outcomes, file):
    """Each file that commands read and write themselves, one at a time."""
    for outcome in outcomes(f"cut:{file}").values():
        if outcome["verb"] == "explain" and outcome["code"] == 1:
            assert "Does not add up" in outcome["output"] or "Remedy" in outcome["output"]
            continue
        no_harm(outcome)


def test_every_command_is_tried():
    """But those that run until Ctrl-C, and `doctor`, which is tried below."""
    assert {*COMMANDS, "doctor", "lab", "serve"} == {*main.list_commands(click.Context(main))}


@pytest.mark.slow
@pytest.mark.parametrize("file", ["assignments/toy/toy.ipynb", "grading/source/toy/toy.ipynb"])
def test_doctor_names_half_a_notebook(graded, tmp_path, file):
    """It is a fault of the course, which it lists with the remedy."""
    course = copy_course(graded, tmp_path / "course")
    with cut(course.root, file):
        ended = CliRunner().invoke(main, ["--course", str(course.root), "doctor"])
    assert ended.exit_code == 1 and "Traceback" not in ended.output
    assert "is damaged" in ended.output and "autograder release toy --fresh" in ended.output


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_that_lacks_letters(graded, encoding):
    """What it cannot show is spelled out; nothing ends for that."""
    ran = subprocess.run(
        batch(graded, "report", "toy", "--out", graded.root / "grading" / "out.html"),
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Cronbach" in ran.stdout.decode(encoding)


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["grade", "regrade"])
def test_ctrl_c_says_what_is_kept(graded, tmp_path, verb):
    """One sentence and 130, as programs end that a signal ended; the same command goes on."""
    course = copy_course(graded, tmp_path / "course")
    # The others take so long that the signal finds some of them undone.
    slow = GOOD | {"double_sum": f"import time\ntime.sleep(1)\n{GOOD['double_sum']}"}
    names = [f"s{number:02d}" for number in range(8)]
    hand_in(course, {name: answer(course, slow if name > "s00" else GOOD) for name in names})
    process = subprocess.Popen(
        batch(course, verb, "toy", "--workers", 1),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # A shell has what it starts in the background ignore the signal, tests among it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )

    def graded_students():
        history = read_history(course.assignment("toy"))
        return {student for run in history.runs for student in run.entries}

    assert soon(lambda: "s00" in graded_students())
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it, to all of its processes
    output, _ = process.communicate()
    assert process.returncode == 130
    assert "Stopped. What was finished is kept" in output and "Traceback" not in output
    assert 0 < len(graded_students() & set(names)) < len(names)
    ended = CliRunner().invoke(main, ["--course", str(course.root), verb, "toy", "--workers", "1"])
    assert ended.exit_code == 0, ended.output


@pytest.mark.parametrize(
    ("text", "sentence", "remedy"),
    [
        (
            '{"status":"unauthenticated","errors":[{"message":"user authorization required"}]}',
            "Canvas answered “unauthenticated”",
            "Log in to Canvas",
        ),
        (
            '{"errors":[{"message":"The specified resource does not exist."}]}',
            "Canvas answered “an error”",
            "See in the address",
        ),
        ('[{"user_id": 1, "submitted_at": "2026-11-', "is not Canvas's list", "Save what Canvas"),
    ],
)
def test_what_canvas_answers_instead_of_times(graded, tmp_path, text, sentence, remedy):
    """A page of somebody who is not logged in is no list, and neither is half of one."""
    times = tmp_path / "times.json"
    times.write_text(text)
    inbox = graded.root.parent / "inbox" / "submissions.zip"
    command = ["--course", str(graded.root), "collect", str(inbox), "toy", "--dry-run"]
    ended = CliRunner(env={"COLUMNS": "300"}).invoke(main, [*command, "--times", str(times)])
    assert ended.exit_code == 1 and "Traceback" not in ended.output
    assert sentence in ended.output and f"Remedy: {remedy}" in ended.output
