"""The sample class is graded as expected, by our batch and by nbgrader itself."""

import shutil

import pytest

from autograder.batch import grade_class
from autograder.course import find_course
from autograder.stock import COURSE_VARIABLE
from autograder.trusted import load_trusted
from tests.submissions.sample_class import NAME, SAMPLES, write_class

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def assignment():
    """naive_convolution, as released in this checkout."""
    return find_course().assignment(NAME)


@pytest.fixture(scope="module")
def results(assignment, tmp_path_factory):
    """The sample class, graded through the command's own path (reusing what is done already)."""
    folder = assignment.course.grading / "submitted"
    write_class(assignment, folder)
    out = tmp_path_factory.mktemp("results") / "results.json"
    graded = grade_class(assignment, folder, out, workers=2)
    return {one.student: one for one in graded.submissions}


def test_the_class_has_twelve_students():
    """The names are the ones that the course's documentation tells of."""
    assert len({sample.student for sample in SAMPLES}) == 12


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.student)
def test_a_sample_earns_what_it_should(sample, results, assignment):
    """Verdict, flags, and by function: all points, some or none."""
    result, expected = results[sample.student], sample.expected
    cells = load_trusted(assignment).cells
    assert result.verdict == expected.verdict
    assert result.max_score == 40
    for function in cells.functions:
        mine = [cell for test, cell in result.cells.items() if cells.owner(test) == function]
        score, most = sum(cell.score for cell in mine), sum(cell.max_score for cell in mine)
        if function in expected.nothing:
            assert score == 0, function
        elif function in expected.some:
            assert 0 < score < most, function
        else:
            assert score == most, (function, [cell.message for cell in mine])
    assert len(result.flags) == len(expected.flags)
    assert all(any(flag.startswith(one) for flag in result.flags) for one in expected.flags)


def test_stock_nbgrader_gives_honest_work_the_same_points(
    assignment, results, tmp_path, monkeypatch
):
    """`nbgrader autograde` on the same files agrees with the batch, cell by cell."""
    import copy

    from nbgrader.api import Gradebook
    from nbgrader.converters import Autograde

    from autograder.stocktools import load_config, run

    students = ("perfect_einsum", "stride_ignored", "correct_but_warns")
    course = assignment.course
    config = copy.deepcopy(load_config(course))
    config.CourseDirectory.submitted_directory = str(tmp_path / "submitted")
    config.CourseDirectory.autograded_directory = str(tmp_path / "autograded")
    # A gradebook of its own, which knows the release and nobody's grades.
    shutil.copy(course.grading / "gradebook.db", tmp_path)
    config.CourseDirectory.db_url = f"sqlite:///{tmp_path}/gradebook.db"
    config.CourseDirectory.assignment_id = NAME
    for student in students:
        shutil.copytree(course.grading / "submitted" / student, tmp_path / "submitted" / student)
    # The notebooks run outside the course's folder here, so the hidden lines must be told of it.
    monkeypatch.setenv(COURSE_VARIABLE, str(course.root))
    run(Autograde, config)
    with Gradebook(config.CourseDirectory.db_url, course_id="convnets") as gradebook:
        for student in students:
            grades = gradebook.find_submission_notebook(NAME, NAME, student).grades
            stock = {grade.name: grade.auto_score for grade in grades}
            for test, cell in results[student].cells.items():
                assert stock[test] == cell.score, (student, test)
