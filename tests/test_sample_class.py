"""The sample class is graded as expected, by our batch and by nbgrader itself."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.batch.run import grade_class
from autograder.checks.loading import load_trusted
from autograder.checks.nbgrader_hooks import COURSE_VARIABLE
from autograder.course.folders import find_course
from autograder.course.results import Results, write_results
from tests.submissions.comparison import differences
from tests.submissions.sample_class import NAME, SAMPLES, write_class

ROOT = Path(__file__).parents[1]

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
    result, functions = results[sample.student], load_trusted(assignment).cells.functions
    assert differences(result, sample.expected, functions) == []
    assert result.max_score == 40


def check(*arguments):
    """The command that `make demo` ends with."""
    command = [sys.executable, "-m", "tests.submissions", "--check", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def results_file(folder, results, **changed):
    """A file with the class's results, some of them replaced."""
    submissions = tuple((results | changed).values())
    write_results(folder / "results.json", Results(NAME, (), submissions))
    return folder / "results.json"


def test_the_check_passes_for_the_class_as_it_was_graded(results, tmp_path):
    """Exit 0, and students who are not of the class are passed over."""
    other = replace(results["untouched"], student="zoe", verdict="crashed")
    done = check(results_file(tmp_path, results, zoe=other))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All 12 submissions" in done.stdout


def test_the_check_names_who_crashed_who_lost_points_and_who_is_missing(results, tmp_path):
    """Exit 1, and one sentence for each, with the reason that grading gave."""
    crashed = {
        test: replace(cell, score=0.0, status="crashed", message="its process died")
        for test, cell in results["perfect_loops"].cells.items()
    }
    loops = replace(results["perfect_loops"], verdict="crashed", score=0.0, cells=crashed)
    lucky = replace(results["untouched"], cells=results["perfect_einsum"].cells)
    flagged = replace(results["perfect_einsum"], flags=("deleted cell: setup",))
    changed = {one.student: one for one in (loops, lucky, flagged)}
    left = {name: one for name, one in results.items() if name != "syntax_error"}
    done = check(results_file(tmp_path, left, **changed))
    assert done.returncode == 1
    assert "4 of 12 submissions" in done.stdout
    sentences = {line.split(":")[0].strip(): line for line in done.stdout.splitlines()}
    assert "verdict is crashed (its process died), not graded" in sentences["perfect_loops"]
    assert "conv2d_forward earned 12 of 12 points, not none" in sentences["untouched"]
    assert "the flags are ['deleted cell'], not []" in sentences["perfect_einsum"]
    assert "no result is there" in sentences["syntax_error"]


def test_the_check_says_when_there_are_no_results(tmp_path):
    """Exit 1 and the file that is missing."""
    done = check(tmp_path / "nowhere.json")
    assert done.returncode == 1
    assert "there is no" in done.stderr and "Traceback" not in done.stderr


def test_stock_nbgrader_gives_honest_work_the_same_points(
    assignment, results, tmp_path, monkeypatch
):
    """`nbgrader autograde` on the same files agrees with the batch, cell by cell."""
    import copy

    from nbgrader.api import Gradebook
    from nbgrader.converters import Autograde

    from autograder.course.configuration import load_config
    from autograder.gradebook.nbgrader_adapter import run

    # All points, which warnings must not cost, and some of them.
    students = ("stride_ignored", "correct_but_warns")
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
