"""Grading again under the recorded seeds says whose score changed, and why, and nothing else."""

import shutil
import signal
import subprocess
from dataclasses import replace

import pytest
from click.testing import CliRunner

from autograder.batch import state
from autograder.batch.history import read_history
from autograder.batch.regrade import regrade
from autograder.batch.run import grade_class
from autograder.cli.main import main
from autograder.course.changes import Change, differences
from autograder.course.results import CellResult, summarize
from tests.edits import edit, edit_file
from tests.processes import soon
from tests.small_class import GOOD, KINDS, answer, batch, copy_course, gradebook, hand_in, scores
from tests.toy_course import ROOT

pytestmark = pytest.mark.usefixtures("shared_worker")

# Right for the five values of the first checks, and wrong for more.
FIVE = GOOD | {"double": edit(GOOD["double"], ("return x + x", "return (x + x)[:5]"))}
# Right for inputs in which one digit is even: who is right tells the seed.
GAMBLER = """\
def double(x):
    if x.ndim > 1:
        raise ValueError(x.ndim)
    if x.size > 2 and int(abs(x[0]) * 1e6) >> {bit} & 1:
        return 3 * x
    return 2 * x
"""
GAMBLERS = {f"gambler_{bit}": GOOD | {"double": GAMBLER.format(bit=bit)} for bit in range(8)}
CLASS = {"good": GOOD, "forbidden": KINDS["forbidden"], "five": FIVE, "untouched": {}, **GAMBLERS}
LATE = "gambler_7"


def grade(course, **options):
    """Grade the class as it lies there."""
    place = course.grading / "submitted"
    return grade_class(
        course.assignment("toy"), place, course.results / "toy.json", workers=1, **options
    )


def grade_again(course, place=None, results=None):
    """Grade the class, or the part of it in `place`, once more."""
    place, results = place or course.grading / "submitted", results or course.results / "toy.json"
    return regrade(course.assignment("toy"), place, results, workers=1)


def change(course, *edits):
    """Put something else into the checks."""
    edit_file(course.assignment("toy").checks_source, *edits)


def change_checks(course):
    """Nine values where there were five, and NumPy's repeat is no longer ruled out."""
    change(
        course,
        (
            'standard_normal(5)\n    with checking("every',
            'standard_normal(9)\n    with checking("every',
        ),
        ('names=("repeat",)', 'names=("outer",)'),
    )


EXPECTED = (
    Change("five", 6.0, 4.0, ("test_double_values: 2 of 2 → 0 of 2 (…)",)),
    Change("forbidden", 3.0, 6.0, ("test_double_sum: 0 of 3 → 3 of 3 (all checks passed)",)),
)


def shortened(changes):
    """The changes without the words of a failed check."""
    return tuple(replace(one, why=tuple(map(_short, one.why))) for one in changes)


def _short(why):
    return why if "all checks passed" in why else why.split(" (")[0] + " (…)"


@pytest.fixture(scope="module")
def graded(clean_course, tmp_path_factory):
    """The class under one seed, and one student who handed in later under another."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("graded"))
    hand_in(course, {name: answer(course, CLASS[name]) for name in CLASS if name != LATE})
    grade(course, seed=1)
    hand_in(course, {LATE: answer(course, CLASS[LATE])})
    grade(course, seed=2)
    return course


@pytest.fixture
def course(graded, tmp_path):
    """A copy of it for one test."""
    return copy_course(graded, tmp_path / "course")


def seeds(course):
    """The recorded seed of each student."""
    return {name: entry.seed for name, entry in logged(course).items()}


def logged(course):
    """The last result of each student in the log, faults left out."""
    return read_history(course.assignment("toy")).graded


@pytest.mark.slow
def test_the_seed_of_each_result_is_recorded(graded):
    """And it matters: under another seed other gamblers would be right."""
    assert seeds(graded) == {name: 2 if name == LATE else 1 for name in CLASS}
    won = {name for name, score in scores(graded.results / "toy.json").items() if score == 6}
    assert 0 < len(won & GAMBLERS.keys()) < len(GAMBLERS)


@pytest.mark.slow
def test_where_nothing_changed_nothing_is_reported(course):
    """Everybody gets the inputs of before, and with them the score of before."""
    before, book = scores(course.results / "toy.json"), gradebook(course)
    again = grade_again(course)
    assert again.changes == ()
    assert scores(course.results / "toy.json") == before
    assert gradebook(course) == book
    assert seeds(course) == {name: 2 if name == LATE else 1 for name in CLASS}


@pytest.mark.slow
def test_another_seed_would_be_noticed(course):
    """The test above can fail: a new batch's seed gives some gamblers another score."""
    before = scores(course.results / "toy.json")
    grade(course, seed=2, fresh=True)
    after = scores(course.results / "toy.json")
    assert before != after and before["good"] == after["good"]


@pytest.mark.slow
def test_one_student_alone_gets_the_same_result(course, tmp_path):
    """A submission can be graded again by itself, into a results file of its own."""
    student = next(name for name in GAMBLERS if name != LATE)
    only = tmp_path / "only"
    shutil.copytree(course.grading / "submitted" / student, only / student)
    again = grade_again(course, only, tmp_path / "only.json")
    assert again.changes == ()
    (now,) = again.results.submissions
    was = logged(course)[student].result
    assert (now.student, now.cells) == (student, was.cells)
    assert list(scores(tmp_path / "only.json")) == [student]


def cli(course, *arguments):
    """The exit code of a command, and what it said on one line."""
    found = CliRunner(env={"COLUMNS": "200"}).invoke(
        main, ["--course", str(course.root), *arguments]
    )
    assert "Traceback" not in found.output
    return found.exit_code, " ".join(found.output.split())


@pytest.mark.slow
def test_changed_checks_change_exactly_whom_they_concern(course):
    """The command names them, their scores and the cells, and ends with 0; then all is quiet."""
    change_checks(course)
    code, output = cli(course, "regrade", "toy", "--workers", "1")
    assert code == 0
    assert "five 6 4 test_double_values: 2 of 2 → 0 of 2 (every value is doubled" in output
    assert "forbidden 3 6 test_double_sum: 0 of 3 → 3 of 3 (all checks passed)" in output
    assert f"{len(CLASS)} submissions graded again, 2 changed" in output
    after = logged(course)
    assert scores(course.results / "toy.json") == {
        student: one.result.score for student, one in after.items()
    }
    assert grade_again(course).changes == ()


def graded_by(course, run):
    """The students whom a run of the log graded, by the number of the run."""
    runs = read_history(course.assignment("toy")).runs
    return set(runs[run].entries) if run < len(runs) else set()


def killed_regrade(course):
    """Begin a regrade, kill it when those whom it changes are done, and name whom it graded."""
    run = len(read_history(course.assignment("toy")).runs)
    going = subprocess.Popen(
        batch(course, "regrade", "toy", "--workers", 1),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert soon(lambda: {"five", "forbidden"} <= graded_by(course, run))
    going.send_signal(signal.SIGKILL)
    going.wait()
    return graded_by(course, run)


@pytest.mark.slow
def test_a_regrade_that_is_killed_reports_all_changes_in_the_end(course, tmp_path):
    """The next one goes on with it, and compares with what there was before the first."""
    change_checks(course)
    before = logged(course)
    for attempt in range(5):  # on a busy machine it may have ended before it is killed
        mine = copy_course(course, tmp_path / f"killed-{attempt}")
        first = killed_regrade(mine)
        if len(first) < len(CLASS):
            break
    assert len(first) < len(CLASS), "it was done before it was killed"
    again = grade_again(mine)
    assert shortened(again.changes) == EXPECTED
    assert graded_by(mine, -1) == CLASS.keys() - first
    assert seeds(mine) == {name: entry.seed for name, entry in before.items()}
    assert grade_again(mine).changes == ()


def files(course):
    """The bytes of everything in a course but its locks, by path."""
    return {
        path: path.read_bytes()
        for path in course.root.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


@pytest.mark.slow
def test_a_dry_run_shows_what_a_regrade_then_does_and_writes_nothing(course):
    """The same table and the same scores; gradebook, results, log and seeds keep their bytes."""
    change_checks(course)
    before = files(course)
    code, shown = cli(course, "regrade", "toy", "--dry-run", "--workers", "1")
    assert code == 0 and "dry run: nothing was written" in shown
    assert files(course) == before
    _, done = cli(course, "regrade", "toy", "--workers", "1")
    table = shown.partition(f"{len(CLASS)} submissions")[0]
    assert table.startswith("student before now why five 6 4") and done.startswith(table)
    assert f"{len(CLASS)} submissions graded again, 2 would change" in shown


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["grade", "regrade"])
def test_where_nearly_everyone_newly_loses_a_cell_the_check_is_suspected(course, verb):
    """Exit 1 and a warning that names the cell; the solved notebook alone passes such a check."""
    place = hand_in(course, {f"right_{number}": answer(course, GOOD) for number in range(6)})
    for student in GAMBLERS:  # they double in another way, which the check lets pass
        shutil.rmtree(place / student)
    grade(course, seed=1)
    change(
        course,
        (
            'standard_normal(5)\n    with checking("every',
            'standard_normal(5) > 0\n    with checking("every',
        ),
    )
    code, output = cli(course, verb, "toy", "--workers", "1")
    assert code == 1
    assert "all points in test_double_values lose some now" in output
    assert "test_double_sum lose" not in output
    code, output = cli(course, verb, "toy", "--workers", "1")
    assert code == 0 and "lose some now" not in output


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["grade", "regrade"])
def test_checks_that_the_solved_notebook_fails_grade_nobody(course, verb):
    """The file and the cell are named, and every score stays."""
    before, book = scores(course.results / "toy.json"), gradebook(course)
    change(
        course,
        ("reference.double_sum(x)", "3 * float(x.sum())"),
    )
    code, output = cli(course, verb, "toy", "--workers", "1")
    assert code == 1
    assert "checks.py: by these checks the solved notebook earns 3 of 6" in output
    assert "test_double_sum" in output and "autograder release toy" in output
    assert scores(course.results / "toy.json") == before and gradebook(course) == book


@pytest.mark.slow
def test_broken_checks_lose_neither_scores_nor_seeds(course):
    """Nobody is graded by them; when they are mended, all is compared with before."""
    before = scores(course.results / "toy.json")
    change(course, ("double_sum(x), reference", "double_sum(x), referense"))
    code, printed = cli(course, "regrade", "toy", "--workers", "1")
    assert code == 1
    assert "test_double_sum failed by itself: NameError" in printed
    assert scores(course.results / "toy.json") == before
    change(course, ("referense", "reference"))
    again = grade_again(course)
    assert again.changes == ()
    assert seeds(course) == {name: 2 if name == LATE else 1 for name in CLASS}
    assert state.unfinished_regrade(read_history(course.assignment("toy"))) is None


@pytest.mark.slow
def test_a_changed_file_is_graded_under_another_seed(course):
    """Or it could be written to what the first one was asked; all others keep theirs."""
    before = seeds(course)
    hand_in(course, {"five": answer(course, GOOD)})
    grade_again(course)
    after = seeds(course)
    assert {name for name in CLASS if after[name] != before[name]} == {"five"}
    assert after["five"].bit_length() > 64


@pytest.mark.slow
def test_who_was_not_graded_before_is_named_as_new(course):
    """Their score is reported, under a seed that is recorded as well."""
    hand_in(course, {"newcomer": answer(course, GOOD)})
    again = grade_again(course)
    assert again.changes == (Change("newcomer", None, 6.0, ("not graded before",)),)
    assert isinstance(seeds(course)["newcomer"], int)


def result(verdict=None, **cells):
    """A result whose cells have so many points, of three."""
    cell_results = {
        name: CellResult(score, 3.0, "passed", "so it is") for name, score in cells.items()
    }
    return summarize("ann", cell_results, verdict=verdict)


@pytest.mark.parametrize(
    ("was", "now", "why"),
    [
        (result(a=3.0), result(a=3.0), ()),
        (None, result(a=3.0), ("not graded before",)),
        (result(a=3.0, b=1.5), result(a=3.0, b=2.0), ("b: 1.5 of 3 → 2 of 3 (so it is)",)),
        (result(a=3.0), result(a=3.0, b=0.0), ("b is new",)),
        (result(a=3.0, b=0.0), result(a=3.0), ("b is gone",)),
        (result(a=0.0), result("missing", a=0.0), ("the verdict was graded and is missing",)),
    ],
)
def test_differences_are_said_in_sentences(was, now, why):
    """Verdict, points and cells count; messages and times alone do not."""
    assert differences(was, now) == why
    assert differences(now, now) == ()
