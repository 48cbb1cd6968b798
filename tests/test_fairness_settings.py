"""What a student sets for a whole notebook costs a right answer nothing, wherever it is graded."""

import json
from dataclasses import replace
from functools import partial

import nbformat
import pytest

from autograder.authoring.building import build_notebook, notebook_bytes
from autograder.course.folders import find_course
from autograder.course.limits import load_limits
from autograder.course.records import Task
from autograder.course.submissions import Submission
from autograder.grading import worker_state
from autograder.grading.grade import grade_submission
from tests.fairness.settings import (
    SETTINGS,
    TORCH,
    lost_in_kernel,
    with_setting,
    with_stars,
)
from tests.submissions.sample_class import solve

pytestmark = pytest.mark.slow
WITH_TORCH = ("fc_to_conv", "vgg_sizing")


@pytest.fixture(scope="module", params=find_course().names)
def solved(request, tmp_path_factory):
    """An assignment, its built notebook, and the release with the solutions in it."""
    built = tmp_path_factory.mktemp("built")
    course = replace(find_course(), built=built)
    assignment = course.assignment(request.param)
    assignment.source.parent.mkdir()
    assignment.source.write_text(notebook_bytes(build_notebook(assignment)))
    nb = nbformat.read(assignment.source, as_version=4)
    yield assignment, nb, solve(nbformat.read(assignment.release, as_version=4), nb)
    worker_state.start_over()


def all_settings(assignment):
    """All of them in one cell."""
    return "\n".join(
        [*SETTINGS.values(), *(TORCH.values() if assignment.name in WITH_TORCH else ())]
    )


def graded(assignment, nb, folder):
    """What a batch takes off, by test cell."""
    path = folder / f"{assignment.name}.ipynb"
    path.write_text(json.dumps(nb), encoding="utf-8")
    task = Task(
        assignment,
        Submission("ann", folder, path),
        7,
        load_limits(assignment.course),
        "isolated",
    )
    cells = grade_submission(task).result.cells
    return {name: cell.message for name, cell in cells.items() if cell.score < cell.max_score}


@pytest.mark.parametrize("what", ["settings", "stars"])
def test_a_setting_costs_a_right_answer_nothing(solved, tmp_path, what):
    """In a batch, under nbgrader with its hidden lines, and in the checks that students see."""
    assignment, built, submission = solved
    change = with_stars if what == "stars" else partial(with_setting, code=all_settings(assignment))
    assert graded(assignment, change(submission), tmp_path) == {}
    assert lost_in_kernel(assignment, change(built)) == {}
    assert lost_in_kernel(assignment, change(submission)) == {}
