"""Nobody is graded in a jail that takes points from a right answer."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache

import pytest
from click.testing import CliRunner

from autograder.authoring.release import release
from autograder.batch import run as batch_run
from autograder.batch.doctor import examine
from autograder.checks.loading import libraries_of
from autograder.checks.random_inputs import check_generator
from autograder.cli.main import main
from autograder.course.errors import UnfitJailError
from autograder.course.folders import CONFIG
from autograder.course.limits import Limits, load_limits
from autograder.course.records import Task
from autograder.course.submissions import find_submissions
from autograder.grading import worker_state
from autograder.grading.grade import grade_submission
from autograder.grading.proof import prove, require_proof
from tests.edits import edit, edit_file
from tests.jail_calls import json_output, process_in, run_cell
from tests.small_class import GOOD, POINTS, answer, class_of, copy_course, hand_in, scores
from tests.toy_course import NOTEBOOK, make_course

pytestmark = pytest.mark.slow
TIERS = ("isolated", "restricted")
# The solved notebook needs so much more than what a jail has from the start: far more than the
# free memory that a process may inherit, which nothing counts.
HUNGRY = edit(NOTEBOOK, ("factor = 2", "factor = np.ones(50_000_000)[0] * 2"))
THREADED = edit(
    NOTEBOOK,
    (
        "\nfactor = 2",
        """
        import threading
        thread = threading.Thread(target=print)
        thread.start()
        thread.join()
        factor = 2
        """,
    ),
)
# What CUDA's libraries do to the warm process: gigabytes that are mapped, some of them in use.
BALLAST = """
    import mmap
    ballast = [mmap.mmap(-1, 3 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)]
    ballast.append(bytearray(b"x") * 300_000_000)
    gc.disable()  #"""


@pytest.fixture
def in_threads(request, monkeypatch):
    """Workers in this process, so that a changed jail is theirs alone; the others share theirs."""
    monkeypatch.setattr(batch_run, "local", lambda *_: ThreadPoolExecutor(1))
    changed = "weakened" in request.fixturenames
    if changed:
        worker_state.start_over()
    yield
    if changed:
        worker_state.start_over()


@pytest.fixture(scope="module", autouse=True)
def no_jails():
    """None is left to the tests of other files."""
    worker_state.start_over()
    yield
    worker_state.start_over()


@pytest.fixture
def course(clean_course, tmp_path):
    return copy_course(clean_course, tmp_path / "course")


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """Toy courses with other notebooks, each released when a copy of it is first asked for."""

    @cache
    def course_of(notebook):
        assert notebook != NOTEBOOK
        course = make_course(tmp_path_factory.mktemp("released") / "course", notebook)
        release(course.assignment("toy"))
        return course

    def copy_of(folder, notebook, config=""):
        """A copy with this at the end of its configuration."""
        course = copy_course(course_of(notebook), folder / "other")
        with open(course.root / CONFIG, "a") as file:
            file.write(f"\n{config}\n")
        return course

    return copy_of


def grade(course, *arguments):
    command = ("--course", str(course.root), "grade", "toy", "--workers", "1", *arguments)
    return CliRunner().invoke(main, command)


@pytest.mark.parametrize("tier", TIERS)
def test_the_solved_notebook_earns_its_points(course, tier, in_threads):
    """In both tiers, under the limits of the course, and with next to no memory of its own."""
    for limits in (load_limits(course), Limits(memory_mb=3)):
        proof = prove(course.assignment("toy"), limits, tier)
        assert (proof.score, proof.max_score, proof.reason) == (6.0, 6.0, "")


@pytest.mark.parametrize("tier", TIERS)
def test_libraries_as_large_as_cudas_are_not_counted(course, tier, weakened, in_threads):
    """The limit of memory holds for what comes on top of them, and it still stops a hog."""
    weakened("warm_process.py", "gc.disable()  #", BALLAST)
    toy, limits = course.assignment("toy"), Limits(memory_mb=500)
    require_proof(toy, load_limits(course), tier)
    ask = "import json, numpy\ntry:\n    x = numpy.ones({})\nexcept MemoryError:\n    x = []\n"
    with process_in(worker_state.jail(tier, libraries_of(toy)), limits) as calls:
        mapped = "print(open('/proc/self/statm').read() if False else 1)"
        assert json_output(calls, mapped) == 1
        assert json_output(calls, ask.format(40_000_000) + "print(len(x))") == 40_000_000
        assert json_output(calls, ask.format(80_000_000) + "print(len(x))") == 0
        assert run_cell(calls, "x = [0] * 10**9")["error"][0] == "MemoryError"


@pytest.mark.parametrize(
    ("notebook", "limits", "remedy"),
    [
        pytest.param(
            *(HUNGRY, {"memory_mb": 30}, "set c.Autograder.memory_mb = 480; it is 30 now"),
            id="memory",
        ),
        pytest.param(
            *(THREADED, {"processes": 1}, "set c.Autograder.processes = 2; it is 1 now"),
            id="processes",
        ),
    ],
)
def test_a_limit_that_is_too_low_is_named_with_a_value(
    released, tmp_path, notebook, limits, remedy, in_threads
):
    """The lowest value that was tried and works is in the remedy."""
    course = released(tmp_path, notebook)
    with pytest.raises(UnfitJailError, match=r"earns [01] of 6") as caught:
        require_proof(course.assignment("toy"), replace(Limits(), **limits), "isolated")
    assert remedy in caught.value.remedy


def test_the_solved_notebook_answers_the_questions_of_each_seed(course, in_threads):
    """A check that asks too much under some seeds only is found before it judges anybody."""
    assignment = course.assignment("toy")
    edit_file(assignment.checks_source, ("reference.double(x)", "(2 + (x[0] > 0)) * x"))
    test = "test_double_values"
    numbers = {seed: check_generator(seed, test).standard_normal() for seed in range(20)}
    sound, unsound = min(numbers, key=numbers.get), max(numbers, key=numbers.get)
    require_proof(assignment, Limits(), "isolated", sound)
    with pytest.raises(UnfitJailError, match="solved notebook earns 4 of 6") as caught:
        require_proof(assignment, Limits(), "isolated", unsound)
    assert "test_double_values" in str(caught.value) and "checks.py" in str(caught.value)
    assert "Mend the check" in caught.value.remedy


def test_where_no_limit_is_the_cause_the_jail_says_what_failed(course, weakened, in_threads):
    """The reason comes from the process that failed before any code of the notebook."""
    weakened("gate.py", "os.chdir(folder)", 'os.chdir("/not/there")')
    with pytest.raises(UnfitJailError, match="No such file or directory") as caught:
        require_proof(course.assignment("toy"), Limits(), "isolated")
    assert "No limit is the cause" in caught.value.remedy


def test_a_batch_whose_jail_is_unfit_grades_nobody(released, tmp_path, in_threads):
    """Exit 1, a sentence with the setting, and no results; `doctor` says the same."""
    course = released(tmp_path, HUNGRY, "c.Autograder.memory_mb = 30")
    hand_in(course, class_of(course, 4))
    ended = grade(course)
    assert ended.exit_code == 1, ended.output
    text = " ".join(ended.output.split())
    assert "is not fit to grade toy" in text and "set c.Autograder.memory_mb = 480" in text
    assert not (course.results / "toy.json").exists()
    assert not list((course.results / "toy").glob("*.json"))
    ended = CliRunner().invoke(main, ["--course", str(course.root), "doctor"])
    assert ended.exit_code == 1
    assert "is not fit to grade toy" in ended.output
    assert "Nothing is missing" not in ended.output


def test_a_worker_with_an_unfit_jail_grades_nobody(course, weakened, in_threads):
    """Also where another worker's jail was fit, as on a cluster of different machines."""
    hand_in(course, {"ann": answer(course, GOOD)})
    (ann,) = find_submissions(course.grading / "submitted", "toy")
    task = Task(course.assignment("toy"), ann, 7, Limits(), "isolated")
    assert grade_submission(task).result.score == POINTS["good"]
    worker_state.start_over()
    weakened("shell.py", "def run_cell(", "def run_cell(*_):\n    raise OSError\n\ndef _run_cell(")
    with pytest.raises(UnfitJailError):
        grade_submission(task)


@pytest.mark.parametrize(
    ("file", "text", "other"),
    [
        pytest.param(
            "server.py",
            "        for name, content",
            "        os._exit(9)\n        for name, content",
            id="dies",
        ),
        pytest.param(
            "server.py",
            "        for name, content",
            "        os.write(self._channel.write_end, bytes(99))\n        for name, content",
            id="garbles",
        ),
    ],
)
def test_what_dies_before_any_students_code_is_a_fault_of_ours(
    course, weakened, in_threads, monkeypatch, file, text, other
):
    """Its verdict would be `grader_error`; a batch stops before that."""
    monkeypatch.setattr("autograder.grading.grade.require_proof", lambda *_: None)
    weakened(file, text, other)
    hand_in(course, {"ann": answer(course, GOOD)})
    ended = grade(course)
    assert ended.exit_code == 1
    assert "Not graded: ann" in ended.output
    (result,) = json.loads((course.results / "toy.json").read_text())["submissions"]
    assert (result["verdict"], result["score"]) == ("grader_error", None)


def test_a_class_that_ends_alike_is_said_and_exits_with_1(course):
    """Nine in ten crash: the results are written, and somebody is asked to look."""
    dies = GOOD | {"double_sum": "import os\ndef double_sum(x):\n    os._exit(0)"}
    work = {f"s{number}": answer(course, dies) for number in range(9)}
    hand_in(course, work | {"good": answer(course, GOOD)})
    ended = grade(course)
    assert ended.exit_code == 1
    text = " ".join(ended.output.split())
    assert "9 of the 10 submissions that ran ended as crashed" in text
    assert scores(course.results / "toy.json") == {**dict.fromkeys(work, 3.0), "good": 6.0}
    # One more that did not crash, and it is no longer nearly everybody.
    hand_in(course, {"better": answer(course, GOOD)})
    ended = grade(course)
    assert ended.exit_code == 0, ended.output


def test_doctor_grades_a_right_answer_under_the_limits_in_use(course, in_threads):
    """It names the assignments that are fit."""
    diagnosis = examine(course)
    assert diagnosis.report[-1] == "right answers earn all points: toy"
    assert diagnosis.advice == ("Nothing is missing.",)
