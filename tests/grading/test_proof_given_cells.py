"""A given cell that does not run in the jail is our fault, and never a student's zero."""

import json
import shutil
import sys

import pytest

from autograder.authoring.release import release
from autograder.course.errors import GivenCellError, UnfitJailError
from autograder.course.limits import Limits
from autograder.course.records import Task
from autograder.course.submissions import find_submissions
from autograder.grading import worker_state
from autograder.grading.grade import grade_submission
from autograder.grading.proof import require_proof
from autograder.sandbox.file_view import not_in_a_jail
from tests.edits import edit
from tests.small_class import GOOD, POINTS, answer, copy_course, hand_in
from tests.toy_course import NOTEBOOK, make_course

pytestmark = pytest.mark.slow
SETUP = "import numpy as np\n"


def with_setup(lines):
    """The toy notebook with more lines in its given cell."""
    return edit(NOTEBOOK, (SETUP, f"{SETUP}{lines}\n"))


NEEDS_FILE = with_setup('from pathlib import Path\nPAIR = Path("data/two.txt").read_text()')
NEEDS_MODULE = with_setup("from pairs import PAIR")


@pytest.fixture(scope="module", autouse=True)
def no_jails():
    yield
    worker_state.start_over()


def released(folder, notebook, **files):
    """A toy course with these files beside the notebook, released."""
    course = make_course(folder, notebook)
    for name, content in files.items():
        path = course.assignment("toy").extra_files / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    release(course.assignment("toy"))
    return course


@pytest.fixture(scope="module")
def released_with_file(tmp_path_factory):
    """The toy course whose given cell reads a file beside the notebook."""
    return released(tmp_path_factory.mktemp("file") / "course", NEEDS_FILE, data__two_txt="2")


@pytest.fixture(scope="module")
def released_with_module(tmp_path_factory):
    """The toy course whose given cell imports a module beside the notebook."""
    return released(
        tmp_path_factory.mktemp("module") / "course", NEEDS_MODULE, pairs_py="PAIR = 2\n"
    )


@pytest.fixture
def course(released_with_file, tmp_path):
    """A copy of the first for one test."""
    return copy_course(released_with_file, tmp_path / "course")


def task_of(course, sources):
    folder = hand_in(course, {"ann": answer(course, sources)})
    (ann,) = find_submissions(folder, "toy")
    return Task(course.assignment("toy"), ann, 7, Limits(), "isolated")


@pytest.mark.parametrize("kind", ["file", "module"])
def test_given_cells_use_what_lies_beside_the_notebook(request, tmp_path, kind):
    """In the trusted process, in the reference's and in a student's."""
    course = copy_course(request.getfixturevalue(f"released_with_{kind}"), tmp_path / "course")
    assert grade_submission(task_of(course, GOOD)).result.score == POINTS["good"]
    assert "pairs" not in sys.modules  # another assignment may have a module of that name


@pytest.mark.parametrize(
    ("line", "error", "remedy"),
    [
        pytest.param("open({!r})", "FileNotFoundError", "Put what it reads into", id="file"),
        pytest.param(
            "from urllib.request import urlopen; urlopen('http://127.0.0.1:{port}/')",
            "URLError",
            "No jail has a network",
            id="network",
        ),
    ],
)
def test_what_only_this_machine_has_is_named_before_anybody_is_graded(
    tmp_path, monkeypatch, line, error, remedy
):
    """The cell, its error, and where to put what it needs; here it was released elsewhere."""
    monkeypatch.setattr("autograder.authoring.release._prove_jailed", lambda assignment: None)
    outside = tmp_path / "outside.txt"
    outside.write_text("2")
    line = f"import os\nif not os.path.exists({str(outside)!r}):\n    " + line.format(
        str(outside), port=9
    )
    course = released(tmp_path / "course", with_setup(line))
    with pytest.raises(UnfitJailError, match=rf"the given cell 'setup' .* {error}") as caught:
        require_proof(course.assignment("toy"), Limits(), "isolated")
    assert remedy in caught.value.remedy


def test_a_setup_cell_that_breaks_later_gives_no_score(course):
    """After the proof something goes missing: a fault that names the cell, not six lost points."""
    task = task_of(course, GOOD)
    require_proof(task.assignment, task.limits, task.tier, task.seed)
    shutil.rmtree(task.assignment.extra_files)
    with pytest.raises(GivenCellError, match="the given cell 'setup' does not run"):
        grade_submission(task)


def test_what_a_student_broke_in_a_given_cell_is_the_students(course):
    """Code of the student's own that stands above it has run by then."""
    task = task_of(course, GOOD)
    nb = json.loads(task.submission.path.read_bytes())
    own = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    nb["cells"].insert(0, {**own, "id": "mine", "source": "import os\nos.remove('data/two.txt')"})
    task.submission.path.write_text(json.dumps(nb))
    result = grade_submission(task).result
    assert result.verdict == "graded"


def test_a_library_that_no_jail_reads_is_named_with_its_place(tmp_path, monkeypatch):
    """What Python's own folders hold is not spoken of, nor is what is nowhere."""
    (tmp_path / "afar.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert str(tmp_path / "afar.py") in not_in_a_jail("afar")
    assert [not_in_a_jail(name) for name in ("numpy", "json", "sys", "nowhere_at_all")] == [""] * 4
