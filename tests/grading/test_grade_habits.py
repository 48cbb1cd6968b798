"""What people write around a right answer costs nothing; what does their work earns nothing.

Whole notebooks of a real assignment are graded in the jail, as a batch grades them.
"""

import copy
import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder.course.folders import find_course
from autograder.course.limits import load_limits
from autograder.course.records import Task
from autograder.course.submissions import Submission
from autograder.grading import worker_state
from autograder.grading.grade import grade_submission
from tests.submissions.sample_class import FUNCTIONS, NAME, solve

pytestmark = pytest.mark.slow
ALL = 40.0
IMPORTS = """
import os, json, logging, gc, pathlib, timeit, unittest, doctest, tempfile, asyncio
import concurrent.futures, torch, scipy.signal
from numpy.lib.stride_tricks import sliding_window_view
from tqdm import tqdm
"""
TORCH = """
def conv2d_forward(x, w, b, *, stride=1, pad=0):
    import torch
    given = map(torch.from_numpy, (x, w, b))
    return torch.nn.functional.conv2d(*given, stride=stride, padding=pad).numpy()
"""
VIEWS = """
def conv2d_forward(x, w, b, *, stride=1, pad=0):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    look = getattr(np.lib, "stride" + "_tricks")
    windows = getattr(look, "sliding_" + "window_view")(x, w.shape[2:], (2, 3))
    return np.einsum("nchwij,fcij->nfhw", windows[:, :, ::stride, ::stride], w) + b[:, None, None]
"""


@pytest.fixture(scope="module")
def assignment():
    """naive_convolution, as released in this checkout."""
    yield find_course().assignment(NAME)
    worker_state.start_over()


@pytest.fixture(scope="module")
def notebooks(assignment):
    """The released notebook and the solved one."""
    released = nbformat.read(assignment.release, as_version=4)
    solved = nbformat.read(assignment.source, as_version=4)
    return released, solve(copy.deepcopy(released), solved)


@pytest.fixture
def graded(assignment, notebooks, tmp_path):
    """Grade the solved notebook after `change(cells by grade_id, notebook)`."""

    def grade(change):
        nb = copy.deepcopy(notebooks[1])
        cells = {one.metadata.get("nbgrader", {}).get("grade_id"): one for one in nb.cells}
        change(cells, nb)
        path = tmp_path / f"{NAME}.ipynb"
        path.write_text(json.dumps(nb), encoding="utf-8")
        submission = Submission("ann", tmp_path, path)
        limits = load_limits(assignment.course)
        return grade_submission(Task(assignment, submission, 7, limits, "isolated")).result

    return grade


def each(text):
    """Write `text`, in which the code stands for @, into every solution cell."""

    def change(cells, nb):
        for name in FUNCTIONS:
            cells[name].source = text.replace("@", cells[name].source)

    return change


STATE = """
import functools, io, os, random, sys, tempfile, time, warnings
warnings.simplefilter("error")
np.seterr(all="raise")
np.set_printoptions(precision=1, threshold=1, suppress=True)
np.random.seed(0)
random.seed(0)
sys.setrecursionlimit(10**6)
sys.stdout = sys.stderr = io.StringIO()
os.chdir(tempfile.mkdtemp())
print, sum, max, list = None, 0, 3, [1]
calls = 0
def timed(function):
    @functools.wraps(function)
    def inner(*values, **more):
        global calls
        calls += 1
        start = time.perf_counter()
        result = function(*values, **more)
        sys.stdout.write(f"{time.perf_counter() - start}\\n" * 10_000)
        return result
    return inner
"""
# What a function is bound to in the end; `NAME_` is the student's function.
BOUND = (
    "lambda *values, **more: NAME_(*values, **more)",
    "functools.partial(NAME_)",
    "type('Helper', (), {'method': lambda self, *values, **more: NAME_(*values, **more)})().method",
    "type('Called', (), {'__call__': lambda self, *values, **more: NAME_(*values, **more)})()",
    "timed(NAME_)",
)


def bound_elsewhere(cells, nb):
    """Give every function another name, and bind the asked one to something that calls it."""
    nb.cells.insert(3, new_code_cell("import numpy as np\n" + STATE))
    for name, text in zip(FUNCTIONS, BOUND, strict=True):
        own = cells[name].source.replace(f"def {name}(", f"def {name}_(").replace("*, ", "")
        cells[name].source = f"{own}\n\n{name} = {text.replace('NAME', name)}"


def written_to_a_file(cells, nb):
    """Write all functions to a file, with what they need, and run or import that."""
    given = [one.source for one in nb.cells if "def expect_axes" in one.source]
    code = "\n\n".join([*given, *(cells[name].source for name in FUNCTIONS)])
    nb.cells.insert(1, new_code_cell(f"%%writefile mine.py\n{code}"))
    for name in FUNCTIONS:
        cells[name].source = f"from mine import {name}"
    cells[FUNCTIONS[0]].source = "%run mine.py"


def merged(at):
    """Put all functions into one cell of the student's own, and empty their cells."""

    def change(cells, nb):
        nb.cells.insert(at, new_code_cell("\n\n\n".join(cells[name].source for name in FUNCTIONS)))
        for name in FUNCTIONS:
            cells[name].source = "# see the other cell"

    return change


def without_metadata(cells, nb):
    for number, one in enumerate(nb.cells):
        one.metadata, one["id"] = {}, f"x{number}"


def as_text(cells, nb):
    for name in FUNCTIONS:
        cells[name].cell_type = "markdown"
        for field in ("outputs", "execution_count"):
            cells[name].pop(field, None)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(each("%%time\n@"), id="timed"),
        pytest.param(each("%%capture\n@"), id="captured"),
        pytest.param(
            each("%matplotlib inline\n%load_ext autoreload\n@\n%timeit 1\nlen?"), id="magics"
        ),
        pytest.param(each(f"{IMPORTS}\n@"), id="imports"),
        pytest.param(
            each("@\nimport matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()"), id="plots"
        ),
        pytest.param(
            each("@\nprint(locals().keys(), vars().keys(), len(np.__dict__), eval('1'))"),
            id="names",
        ),
        pytest.param(each("@\nnp = None\nrange = 5"), id="names bound again"),
        pytest.param(merged(0), id="all in the first cell"),
        pytest.param(merged(10_000), id="all in the last cell"),
        pytest.param(without_metadata, id="metadata lost"),
        pytest.param(as_text, id="solutions became text"),
        pytest.param(bound_elsewhere, id="bound elsewhere, with settings of all kinds"),
        pytest.param(written_to_a_file, id="written to a file"),
        pytest.param(
            each(
                "import torch\ndevice = torch.device('cuda' if torch.cuda.is_available() else 0)\n@"
            ),
            id="PyTorch asked for its device",
        ),
        pytest.param(
            each(
                "# 卷积 🙂\n结果 = '好' * 2\n@\nif __name__ == '__main__':\n    print('x' * 9**7)"
            ),
            id="Chinese names and megabytes",
        ),
        pytest.param(
            each("import asyncio\nawait asyncio.sleep(0)\n@\ninput('go on?')"), id="waits for input"
        ),
    ],
)
def test_a_right_answer_keeps_all_points(graded, change):
    """Whatever stands around it, and wherever it stands."""
    result = graded(change)
    lost = {
        name: cell.message for name, cell in result.cells.items() if cell.score < cell.max_score
    }
    assert lost == {}
    assert result.score == ALL


@pytest.mark.parametrize(("other", "said"), [("pooling", True), (NAME, False)])
def test_the_notebook_of_another_assignment_is_flagged_with_its_name(
    assignment, graded, other, said
):
    """It earns what it earns, which is nothing; without the flag that would read as no answer."""
    nb = nbformat.read(assignment.course.assignment(other).release, as_version=4)
    named = [cell for cell in nb.cells if "nbgrader" in cell.metadata]  # no demonstrations
    result = graded(lambda cells, given: given.update(cells=named))
    assert (result.verdict, result.score) == ("graded", 0)
    wrong = [flag for flag in result.flags if flag.startswith("wrong notebook: ")]
    assert bool(wrong) == said
    assert wrong[:1] == list(result.flags[:1]) or not said
    for flag in wrong:
        assert f"this is the notebook of {other}; ask the student for that of {NAME}" in flag


@pytest.mark.parametrize("source", [TORCH, VIEWS], ids=["PyTorch", "strided views"])
def test_what_does_the_work_in_a_students_place_costs_its_function(graded, source):
    """And no other; the message says what was used."""
    result = graded(lambda cells, nb: cells["conv2d_forward"].update(source=source))
    own = {
        name: one for name, one in result.cells.items() if name.startswith("test_conv2d_forward_")
    }
    assert sum(cell.score for cell in own.values()) == 0
    assert result.score == ALL - sum(cell.max_score for cell in own.values())
    assert "forbidden" in {cell.status for cell in own.values()}
    assert "does the asked work in your place" in own["test_conv2d_forward_value"].message
