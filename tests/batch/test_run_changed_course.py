"""What the course changes after a release is not held against students, and is said."""

import pytest
from click.testing import CliRunner

from autograder.authoring.release import release
from autograder.batch.run import grade_class
from autograder.cli.main import main
from autograder.cli.terminal import out
from autograder.feedback.publishing import make_feedback
from autograder.reports.report import make_report
from tests.edits import edit_bytes, edit_file
from tests.small_class import GOOD, answer, copy_course, hand_in

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shared_worker")]


@pytest.fixture(scope="module")
def course(clean_course, tmp_path_factory):
    """A class of two, graded."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("changed"))
    hand_in(course, {"ann": answer(course, GOOD), "bea": answer(course, {})})
    grade(course)
    return course


def grade(course):
    """Grade the class as it is; the results by student, and what was said of the batch."""
    sentences = []
    results = grade_class(
        course.assignment("toy"),
        course.grading / "submitted",
        course.results / "toy.json",
        say=sentences.append,
    )
    return {entry.student: entry for entry in results.submissions}, sentences


def listed(course):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(out, "width", 200)
        result = CliRunner().invoke(main, ["--course", str(course.root), "list"])
    assert result.exit_code == 0
    return " ".join(result.output.split())


def notes(course):
    return " ".join(make_report(course.assignment("toy"), similarity=False).notes)


def test_the_course_changes_step_by_step(course):
    """Points, a given cell, checks, lateness: each is named, and no notebook counts as edited."""
    toy = course.assignment("toy")
    assert grade(course)[1] == [] and notes(course) == ""

    edit_file(
        toy.notebook_source,
        ('"points": 3', '"points": 5'),
        ("import numpy as np\n", "import math\nimport numpy as np\n"),
    )
    assert "6 │ 4 │ 10 │ yes, before notebook.py changed to 8 and 4" in listed(course)
    assert "is not what was released" in notes(course)

    release(toy)
    assert "8 │ 4 │ 12 │ yes │" in listed(course)
    assert "of another release, with other points" in notes(course)
    assert make_feedback(toy).outdated == ("ann", "bea")

    hand_in(course, {"ann": (course.grading / "submitted/ann/toy/toy.ipynb").read_bytes()})
    results, (sentence,) = grade(course)
    assert sentence.startswith(
        "2 of 2 are graded: 2 again, because of changes in the solution and the release"
    )
    assert results["ann"].score == 8 and results["ann"].flags == results["bea"].flags == ()
    assert notes(course) == "" and make_feedback(toy).outdated == ()

    toy.checks_source.write_text(toy.checks_source.read_text() + "\n# A thought.\n")
    assert "Since then the checks changed. Grade again" in notes(course)
    hand_in(course, {"cyd": answer(course, {}), "bea": answer(course, GOOD)})
    _, (sentence,) = grade(course)
    assert sentence == (
        "3 of 3 are graded: 1 new, 1 handed in anew, 1 again, because of changes in the checks"
    )


def test_an_edit_of_the_students_is_still_an_edit(course):
    """A check that no release had."""
    nb = edit_bytes(answer(course, GOOD), ("double([1, 2]) is [2, 4]", "double([1, 2]) is [9, 9]"))
    hand_in(course, {"dan": nb})
    results, _ = grade(course)
    assert results["dan"].flags == ("edited cell: test_double_values",)


def test_a_new_policy_for_late_work_asks_for_late_alone(course):
    """No grading is due, and `autograder late` settles it."""
    grade(course)
    config = course.root / "nbgrader_config.py"
    set_deadline(course)
    edit_file(config, ("percent_per_day = 0", "percent_per_day = 10"))
    assert "autograder late toy" in notes(course) and "Grade again" not in notes(course)
    command = ["--course", str(course.root), "late", "toy"]
    assert CliRunner().invoke(main, command).exit_code == 0
    assert notes(course) == ""


def set_deadline(course):
    """A deadline long ago, and a time for ann that is after it."""
    (course.grading / "submitted/ann/toy/timestamp.txt").write_text("2020-01-03 12:00:00 UTC")
    grade(course)
    command = ["--course", str(course.root), "late", "toy", "--deadline", "2020-01-01 12:00 UTC"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
