"""An assignment is released through nbgrader, provably, or not at all."""

import json

import nbformat
import pytest

from autograder.authoring.release import release
from autograder.authoring.release_record import require_current
from autograder.course.errors import CourseError
from tests.edits import edit, edit_file
from tests.package_copy import copy_package, touch
from tests.small_class import copy_course
from tests.toy_course import NOTEBOOK, make_course

pytestmark = pytest.mark.slow


def test_the_release_holds_stubs_and_no_hidden_line(toy_course):
    """Students get a NotImplementedError where the solution was, and only visible checks."""
    nb = nbformat.read(toy_course.assignment("toy").release, as_version=4)
    sources = {cell.id: cell.source for cell in nb.cells}
    assert "raise NotImplementedError()" in sources["double"]
    assert sources["test_double_sum"].startswith(
        "# Check test_double_sum · 3 points\nassert double"
    )
    assert sources["written_why"] == "YOUR ANSWER HERE"
    text = json.dumps(nb)
    assert "HIDDEN" not in text and "autograder" not in text and "factor" not in text
    assert all(not cell.get("outputs") for cell in nb.cells)


def test_releasing_again_changes_no_byte(toy_course):
    """The second release says so and leaves the same file."""
    assignment = toy_course.assignment("toy")
    before = assignment.release.read_bytes(), assignment.source.read_bytes()
    assert release(assignment).changed is False
    assert (assignment.release.read_bytes(), assignment.source.read_bytes()) == before


@pytest.fixture
def again(clean_course, tmp_path, monkeypatch):
    """Releases a copy of the toy course, in which no notebook can be run: whether one should be."""
    assignment = copy_course(clean_course, tmp_path / "course").assignment("toy")
    package = copy_package(tmp_path, monkeypatch)

    def refuse(*args, **kwargs):
        raise AssertionError("a notebook was run")

    monkeypatch.setattr("autograder.authoring.release.execute", refuse)

    def is_proved_again(**how):
        try:
            assert release(assignment, **how).changed is False
        except AssertionError as error:
            assert str(error) == "a notebook was run"
            return True
        return False

    return assignment, package, is_proved_again


def add(path, text):
    """Add text to a file."""
    path.write_text(path.read_text() + text)


def test_what_is_proved_is_not_proved_again(again):
    """A second release runs no notebook; `fresh` proves in any case."""
    _, _, is_proved_again = again
    assert not is_proved_again()
    assert is_proved_again(fresh=True)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda toy: add(toy.notebook_source, "\n# %%\n1 + 1\n"), id="notebook"),
        pytest.param(lambda toy: add(toy.checks_source, "\n# another thought\n"), id="checks"),
        pytest.param(lambda toy: add(toy.course.root / "nbgrader_config.py", "\n"), id="settings"),
        pytest.param(lambda toy: add(toy.release, " "), id="release edited"),
        pytest.param(lambda toy: toy.release.unlink(), id="release gone"),
        pytest.param(lambda toy: add(toy.source, " "), id="built notebook edited"),
        pytest.param(
            lambda toy: (toy.course.grading / "gradebook.db").unlink(), id="gradebook gone"
        ),
        pytest.param(
            lambda toy: toy.extra_files.mkdir() or (toy.extra_files / "data.txt").write_text("1"),
            id="shipped file",
        ),
    ],
)
def test_what_changed_is_proved_again(again, change):
    """Whatever a release read or wrote."""
    assignment, _, is_proved_again = again
    change(assignment)
    assert is_proved_again()


@pytest.mark.parametrize(
    ("file", "proved_again"),
    [
        ("authoring/progress.py", True),
        ("checks/checking.py", True),
        ("gradebook/nbgrader_adapter.py", True),
        ("cli/main.py", False),
        ("reports/page.py", False),
        ("batch/run.py", False),
    ],
)
def test_only_code_that_builds_or_proves_brings_the_proof_back(again, file, proved_again):
    """A change to the command line releases nothing anew."""
    _, package, is_proved_again = again
    touch(package / file)
    assert is_proved_again() is proved_again


def test_a_check_may_be_mended_after_the_release(tmp_path, clean_course):
    """Students' notebooks count the further checks; a new one changes no cell that is graded."""
    course = copy_course(clean_course, tmp_path / "course")
    assignment = course.assignment("toy")
    more = "    with checking('more'):\n        agree(student.double(x), reference.double(x))\n"
    add(assignment.checks_source, more)
    require_current(assignment)
    # The same where the record is of an older version, and the graded cells are built to compare.
    (course.grading / "released" / "toy").unlink()
    require_current(assignment)


def test_a_release_older_than_its_source_is_not_graded_against(tmp_path, toy_course):
    """Grading against what students never got would be unfair."""
    course = make_course(tmp_path)
    assignment = course.assignment("toy")
    with pytest.raises(CourseError, match="was not released here"):
        require_current(assignment)
    released = toy_course.assignment("toy")
    for mine, theirs in (
        (assignment.source, released.source),
        (assignment.release, released.release),
    ):
        mine.parent.mkdir(parents=True)
        mine.write_bytes(theirs.read_bytes())
    require_current(assignment)
    edit_file(assignment.notebook_source, ("Twice x", "Two times x"))
    with pytest.raises(CourseError, match="was changed after"):
        require_current(assignment)


@pytest.mark.parametrize(("seconds", "message"), [(3, ""), (60, "it ran longer than 5 seconds")])
def test_a_kernel_may_take_longer_than_a_submission(tmp_path, seconds, message):
    """It loads libraries that a jail has in memory; what takes longer still is told as that."""
    given = (
        "import numpy as np\nimport time\nfrom IPython import get_ipython\n"
        f"time.sleep({seconds} if hasattr(get_ipython(), 'kernel') else 0)\n"
    )
    course = make_course(tmp_path, edit(NOTEBOOK, ("import numpy as np\n", given)))
    with open(course.root / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write("c.Execute.timeout = 1\n")
    if message:
        with pytest.raises(CourseError, match=message):
            release(course.assignment("toy"))
    else:
        assert release(course.assignment("toy")).changed
