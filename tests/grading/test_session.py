"""What goes wrong in one function is paid for in that function's cells, and nowhere else."""

import os
import signal
import time
from contextlib import suppress
from dataclasses import replace

import pytest
from nbgrader.utils import determine_grade

from autograder.authoring.release import release
from autograder.course.limits import Limits
from autograder.grading import worker_state
from tests.edits import edit
from tests.grading.toy_session import GOOD, LIMITS, cell_with, grade_answers, statuses
from tests.processes import descendants
from tests.toy_course import CHECKS, NOTEBOOK, make_course

pytestmark = pytest.mark.slow
DEMONSTRATION = """
# %% tags=["demonstration"]
open("a demonstration", "w").write("was run")

# %%
import os
print(os.listdir("."))
"""
# No route is forbidden, and one check takes an array for granted: checks may have such mistakes.
TRUSTING = edit(
    CHECKS,
    (
        "agree(student.double(x), reference.double(x))",
        "agree(student.double(x)[::-1], reference.double(x)[::-1])",
    ),
    ('ROUTES = {"*": Routes(libraries=("torch", "scipy"), names=("repeat",))}', "ROUTES = {}"),
)
HANG, CRASH = "while True: pass", "__import__('os')._exit(0)"
# What does not hang takes milliseconds.
SHORT = replace(LIMITS, cell_seconds=3)
# An exception for one array; the end of the process for many processes that hold memory each.
TOO_LARGE = "np.ones(10**10)"
TOO_MANY = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        held = np.ones(8_000_000)
        time.sleep(30)
time.sleep(30)
"""


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """The toy course with a demonstration and with checks that trust what they get."""
    folder = tmp_path_factory.mktemp("session")
    assignment = make_course(folder, NOTEBOOK + DEMONSTRATION, TRUSTING).assignment("toy")
    release(assignment)
    yield assignment
    worker_state.start_over()


@pytest.fixture
def graded(toy, tmp_path):
    """Grade right answers but for those given: the result, and the executed notebook."""

    def grade(limits=LIMITS, **sources):
        return grade_answers(toy, tmp_path, limits, GOOD | sources)

    return grade


def double_with(*edits):
    """A right `double` with these edits."""
    return edit(GOOD["double"], *edits)


def at(place, what):
    """A `double` that is right but for what it does in this place."""
    if place == "its cell":
        return f"{what}\n{GOOD['double']}"
    size = {"a visible check": 2, "a trusted check": 5}[place]
    indented = "\n".join(f"        {line}" for line in what.strip().splitlines())
    return double_with(("    return", f"    if x.size == {size}:\n{indented}\n    return"))


PLACES = ("its cell", "a visible check", "a trusted check")


def test_right_answers_get_full_marks(graded):
    """So that whatever is lost below is lost for what is done there."""
    result, _ = graded()
    assert (result.verdict, result.score, result.flags) == ("graded", 6.0, ())


@pytest.mark.parametrize(
    ("what", "status"),
    [
        pytest.param(HANG, "timed_out", id="a hang"),
        pytest.param(CRASH, "crashed", id="a crash"),
        pytest.param(TOO_MANY, "out_of_memory", id="too much memory for all"),
    ],
)
@pytest.mark.parametrize("place", PLACES)
def test_the_end_of_a_process_costs_the_functions_cells(graded, place, what, status):
    """Those that would come after it too: they are not asked. The other function keeps all."""
    result, nb = graded(SHORT if what == HANG else LIMITS, double=at(place, what))
    assert statuses(result) == {
        "double_values": status,
        "double_refusal": status,
        "double_sum": "passed",
    }
    assert (result.verdict, result.score, result.flags) == (status, 3.0, ())
    assert "[]" in str(cell_with(nb, "os.listdir").outputs)


@pytest.mark.parametrize("place", PLACES[1:])
def test_memory_that_is_refused_costs_one_cell(graded, place):
    """The process lives, so the function's other cells are asked."""
    result, _ = graded(double=at(place, TOO_LARGE))
    assert statuses(result) == {
        "double_values": "out_of_memory",
        "double_refusal": "passed",
        "double_sum": "passed",
    }
    assert (result.verdict, result.score) == ("out_of_memory", 4.0)


@pytest.mark.parametrize(
    ("what", "cause"),
    [
        pytest.param(TOO_LARGE, "MemoryError: ", id="memory"),
        pytest.param("1 / 0", "ZeroDivisionError: division by zero (line ", id="1/0"),
        pytest.param("raise SystemExit", "SystemExit", id="exit"),
        pytest.param("def (", "SyntaxError: invalid syntax (line ", id="def"),
        pytest.param("import nowhere", "grading does not have nowhere", id="package"),
        pytest.param("if True:\n\tx = 1\n        y = 2", "TabError: ", id="tab"),
        pytest.param("x =\u00a01", "SyntaxError: invalid non-printable character", id="space"),
        pytest.param("<<<<<<< HEAD", "SyntaxError: invalid syntax (line ", id="merge"),
    ],
)
def test_an_error_in_a_cell_costs_what_it_was_to_define(graded, what, cause):
    """The function is not there; its cell shows why, and so does each of its test cells."""
    result, nb = graded(double=at("its cell", what))
    assert statuses(result) == {
        "double_values": "failed",
        "double_refusal": "failed",
        "double_sum": "passed",
    }
    message = result.cells["test_double_values"].message
    assert message.startswith("double is not defined, because its cell stopped with ")
    assert cause in message
    cell = cell_with(nb, what)
    assert "error" in [one.output_type for one in cell.outputs]


@pytest.mark.parametrize("what", [HANG, CRASH], ids=["a hang", "a crash"])
def test_cells_after_the_end_of_a_process_run_in_a_fresh_one(graded, what):
    """In it the cells so far were run again, but for the one that ended it."""
    result, nb = graded(SHORT, double_sum=f"{what}\n{GOOD['double_sum']}")
    assert statuses(result)["double_values"] == statuses(result)["double_refusal"] == "passed"
    assert result.score == 3.0
    assert "twice: [2. 2.]" in str(cell_with(nb, "twice:").outputs)


def test_a_cell_that_ends_its_process_only_when_it_is_run_again_is_found(graded):
    """It is left out from then on and costs its function alone; nothing runs in circles."""
    for patience in (4, 20, 100):  # on a busy machine the first run may come too late
        late = time.time() + patience
        double = f"import os, time\nif time.time() > {late}:\n    os._exit(1)\nprint('in time')\n"
        wait = "import os, time\n"
        wait += f"while time.time() < {late} + 0.1:\n    time.sleep(0.1)\nos._exit(1)"
        limits = replace(LIMITS, cell_seconds=patience + 20, submission_seconds=2 * patience + 90)
        result, nb = graded(limits, double=double + GOOD["double"], double_sum=wait)
        if "in time" in str(cell_with(nb, "'in time'").outputs):
            break
    assert "in time" in str(cell_with(nb, "'in time'").outputs)
    assert statuses(result) == {
        "double_values": "crashed",
        "double_refusal": "crashed",
        "double_sum": "crashed",
    }
    assert "NameError" in str(cell_with(nb, "twice:").outputs)


def test_what_was_earned_before_time_is_up_stays(graded):
    """The cells after it are told that the notebook had no time left."""
    for seconds in (3, 15, 60):  # on a busy machine the right answer takes longer
        limits = Limits(cell_seconds=100, submission_seconds=seconds)
        result, _ = graded(limits, double_sum="import time\ntime.sleep(3600)")
        if result.cells["test_double_values"].status == "passed":
            break
    assert result.cells["test_double_values"].status == "passed"
    assert result.cells["test_double_sum"].status == "timed_out"
    assert "whole notebook" in result.cells["test_double_sum"].message
    assert (result.verdict, result.score) == ("timed_out", 3.0)


@pytest.mark.parametrize("answer", ["object()", "None", "5", "{1, 2}", "iter(x)"], ids=str)
def test_an_answer_that_a_check_cannot_read_is_failed_and_flagged(graded, answer):
    """It is no fault of the grader: the check holds for the reference."""
    wrong = double_with(("return x + x", f"return {answer} if x.size == 5 else x + x"))
    result, _ = graded(double=wrong)
    assert statuses(result) == {
        "double_values": "failed",
        "double_refusal": "passed",
        "double_sum": "passed",
    }
    assert result.flags == ("unreadable answer: test_double_values",)
    assert result.verdict == "graded"


@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
@pytest.mark.parametrize("mark", ["1", "0.5", "2.0"])
def test_what_a_test_cell_shows_is_no_mark(graded, mark, right):
    """nbgrader takes a last number for partial credit; here it is output like any other."""
    show = f"    get_ipython().displayhook({mark})\n    print({mark})\n"
    double = double_with(
        ("    if x.ndim", f"{show}    if x.ndim"), ("x + x", "x + x" if right else "x")
    )
    result, nb = graded(double=double)
    wanted = 2.0 if right else 0.0
    assert result.cells["test_double_values"].score == wanted
    cell = cell_with(nb, "double([1, 2])")
    assert "execute_result" not in [one.output_type for one in cell.outputs]
    assert any(mark in str(one) for one in cell.outputs)
    assert determine_grade(cell) == (wanted, 2.0)


def test_a_failed_trusted_check_shows_nothing_of_the_hidden_input(graded):
    """The sentence of the check, and nbgrader reads 0 points."""
    result, nb = graded(double=double_with(("x + x", "x + x if x.size == 2 else x")))
    cell = result.cells["test_double_values"]
    assert cell.message.startswith("every value is doubled")
    assert cell.message.endswith("Hint: multiply by two")
    outputs = cell_with(nb, "double([1, 2])").outputs
    assert [one.output_type for one in outputs] == ["error"]


@pytest.mark.parametrize(
    ("before", "message"),
    [
        ("assert x.ndim == 7", "an assert of your own in double failed, line 3"),
        (
            "assert x.ndim == 7, 'too flat'",
            "an assert of your own in double failed, line 3: “too flat”",
        ),
        ("nowhere", "NameError: name 'nowhere' is not defined (line 3)"),
    ],
)
def test_an_error_in_the_students_function_names_its_line(graded, before, message):
    """And an assertion of the student's own is not taken for one of the course's checks."""
    result, _ = graded(double=double_with(("(x):\n", f"(x):\n    {before}\n")))
    cell = result.cells["test_double_values"]
    assert message in cell.message
    assert cell.status == "failed"


@pytest.mark.parametrize(
    "line", ["np = None", "range = 5", "list = [1]", "print = ''", "sum = np.inf", "float = 0.5"]
)
def test_a_name_that_was_bound_again_costs_nobody_else(graded, line):
    """A cell that makes something else of `np` or of Python's own names is mended for checks."""
    result, _ = graded(double=f"{GOOD['double']}\n{line}\n")
    assert set(statuses(result).values()) == {"passed"}


@pytest.mark.parametrize("kind", ["np.asmatrix(2 * x)[0].A1", "np.ma.masked_array(2 * x)"])
def test_a_matrix_or_masked_array_counts_as_the_array_that_it_holds(graded, kind):
    """Its values are what the student computed."""
    result, _ = graded(double=double_with(("x + x", kind)))
    assert set(statuses(result).values()) == {"passed"}


def test_demonstrations_are_not_run(graded):
    """They earn nothing; their cells say so."""
    _, nb = graded()
    assert "not run for grading" in cell_with(nb, "a demonstration").outputs[0].text
    assert "a demonstration" not in str(cell_with(nb, "os.listdir").outputs)


def test_a_jail_that_broke_is_replaced(graded):
    """Killed from outside between two submissions, with the reference's process in it."""
    graded()
    for pid, _ in descendants():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    result, _ = graded()
    assert (result.verdict, result.score) == ("graded", 6.0)
