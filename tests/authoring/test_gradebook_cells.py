"""A release that the gradebook cannot take changes nothing, and says which cells are in the way."""

import nbformat
import pytest

from autograder.authoring.gradebook_cells import require_known_cells
from autograder.authoring.release import release
from autograder.course.configuration import load_config
from autograder.course.errors import ReleaseError
from autograder.gradebook.nbgrader_adapter import open_gradebook
from tests.edits import edit
from tests.toy_course import NOTEBOOK, make_course

# nbgrader's gradebook flushes more often than SQLAlchemy likes.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]
MORE = edit(NOTEBOOK, ('"written_why"', '"written_because"'))


def test_cells_are_refused_once_there_are_submissions(tmp_path):
    """Both what was added and what was removed is named; until then any cells will do."""
    assignment = make_course(tmp_path).assignment("toy")
    release(assignment)
    files = (assignment.release, assignment.source)
    before = [path.read_bytes() for path in files]
    with open_gradebook(load_config(assignment.course)) as gradebook:
        gradebook.add_student("ann")
        gradebook.add_submission("toy", "ann")
    assignment.notebook_source.write_text(MORE, encoding="utf-8")
    with pytest.raises(ReleaseError) as caught:
        release(assignment)
    assert "1 submission to toy" in str(caught.value)
    assert "adds written_because and removes written_why" in str(caught.value)
    assert "nbgrader db assignment remove toy --force" in caught.value.remedy
    assert [path.read_bytes() for path in files] == before
    with open_gradebook(load_config(assignment.course)) as gradebook:
        gradebook.remove_submission("toy", "ann")
    release(assignment)
    assert b"written_because" in assignment.release.read_bytes()


def test_an_assignment_that_the_gradebook_does_not_know_may_have_any_cells(toy_course, tmp_path):
    """As at the first release."""
    nb = nbformat.read(toy_course.assignment("toy").release, as_version=4)
    (tmp_path / "grading").mkdir()
    require_known_cells(make_course(tmp_path).assignment("toy"), nb)
