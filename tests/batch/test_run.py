"""A class is graded whole: every submission ends in a verdict, and nothing is done twice."""

import json
import os
import sqlite3
import stat

import nbformat
import pytest

from autograder.batch.history import read_history
from autograder.batch.run import grade_class
from autograder.course.errors import CourseError
from autograder.feedback.publishing import make_feedback
from tests.edits import edit_file
from tests.package_copy import copy_package, touch
from tests.small_class import GOOD, KINDS, copy_course

pytestmark = pytest.mark.slow

CLASS = {
    "good": GOOD,
    "untouched": {},
    # double_sum calls double: its own marks must not suffer from a wrong double.
    "wrong_once": KINDS["triples"],
    "warns": GOOD
    | {
        "double_sum": "import sys, warnings\ndef double_sum(x):\n    warnings.warn('slow')\n"
        "    print('hm', file=sys.stderr)\n    return float(2 * x.sum())"
    },
    "hangs": GOOD | {"double": "def double(x):\n    while True:\n        pass"},
    "dies": KINDS["dies"],
    "leaves": GOOD | {"double_sum": "def double_sum(x):\n    raise SystemExit(0)"},
    "forbidden": KINDS["forbidden"],
    "d'Arc, J. [2]": GOOD,
    "leaks": GOOD
    | {"double": "def double(x):\n    raise ValueError(f'{x.ndim} axes, x is {x.tolist()}')"},
}
EXPECTED = {
    "good": ("graded", 6.0),
    "untouched": ("graded", 0.0),
    "wrong_once": ("graded", 3.0),
    "warns": ("graded", 6.0),
    "hangs": ("timed_out", 3.0),
    "dies": ("crashed", 3.0),
    "leaves": ("graded", 3.0),
    "forbidden": ("graded", 3.0),
    "leaks": ("graded", 4.0),
    "broken_off": ("unreadable", 0.0),
    "absent": ("missing", 0.0),
    "linked": ("unreadable", 0.0),
    "renamed": ("graded", 6.0),
    "d'Arc, J. [2]": ("graded", 6.0),
}


# How the first check goes on, below the values that it draws.
VALUES_CHECK = '    with checking("every value'


@pytest.fixture(scope="module")
def submitted(toy_answers, tmp_path_factory):
    """The class on disk, with files that no notebook editor wrote."""
    folder = tmp_path_factory.mktemp("submitted")

    def place(student, name="toy.ipynb"):
        path = folder / student / "toy" / name
        path.parent.mkdir(parents=True)
        return path

    for student, sources in CLASS.items():
        place(student).write_bytes(toy_answers(**sources))
    place("broken_off").write_bytes(toy_answers(**GOOD)[:-500])
    place("renamed", "toy (1).ipynb").write_bytes(toy_answers(**GOOD))
    place("linked").symlink_to(folder / "good" / "toy" / "toy.ipynb")
    (folder / "absent").mkdir()
    return folder


@pytest.fixture(scope="module")
def course(clean_course, tmp_path_factory):
    """A toy course with short limits, so that what hangs does not hang for long."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("batch"))
    edit_file(
        course.root / "nbgrader_config.py", ("c.Execute.timeout = 20", "c.Execute.timeout = 4")
    )
    return course


@pytest.fixture(scope="module")
def graded(course, submitted):
    """The class, graded once by two workers."""
    steps = []
    results = grade_class(
        course.assignment("toy"),
        submitted,
        course.results / "toy.json",
        workers=2,
        seed=1,
        tell=steps.append,
    )
    assert [entry.done for entry in steps] == list(range(1, len(EXPECTED) + 1))
    return results


def test_every_submission_gets_its_verdict_and_its_points(graded):
    """Bad neighbours cost nobody anything, and nothing ends without a verdict."""
    assert {entry.student: (entry.verdict, entry.score) for entry in graded.submissions} == EXPECTED


def test_statuses_and_messages_say_what_happened(graded):
    """A cell's message is a sentence about it, and never the text of a student's exception."""
    cells = {entry.student: entry.cells for entry in graded.submissions}
    assert cells["hangs"]["test_double_values"].status == "timed_out"
    assert cells["dies"]["test_double_sum"].status == "crashed"
    assert cells["forbidden"]["test_double_sum"].status == "forbidden"
    assert "uses repeat" in cells["forbidden"]["test_double_sum"].message
    assert "not written yet" in cells["untouched"]["test_double_sum"].message
    assert "[2, 4]" in cells["wrong_once"]["test_double_values"].message
    renamed = next(entry for entry in graded.submissions if entry.student == "renamed")
    assert renamed.flags == ("renamed notebook: toy (1).ipynb",)


def test_the_gradebook_says_the_same(graded, course):
    """nbgrader's own database holds every score, none of them NULL but what waits for a human."""
    with sqlite3.connect(course.grading / "gradebook.db") as database:
        rows = database.execute(
            """SELECT student.id, cell.name, grade.auto_score, grade.needs_manual_grade
               FROM grade
               JOIN base_cell AS cell ON cell.id = grade.cell_id
               JOIN submitted_notebook AS notebook ON notebook.id = grade.notebook_id
               JOIN submitted_assignment AS work ON work.id = notebook.assignment_id
               JOIN student ON student.id = work.student_id"""
        ).fetchall()
    database.close()
    scores = {}
    for student, cell, score, waits in rows:
        if cell == "written_why":
            assert waits == ((student in CLASS and student != "untouched") or student == "renamed")
        else:
            scores[student] = scores.get(student, 0) + score
    present = {student: score for student, (_, score) in EXPECTED.items() if student != "absent"}
    assert scores == present


def test_autograded_notebooks_show_what_ran(graded, course):
    """formgrader finds the executed notebook, with warnings kept as ordinary output."""
    path = course.grading / "autograded" / "warns" / "toy" / "toy.ipynb"
    nb = nbformat.read(path, as_version=4)
    outputs = [output for cell in nb.cells for output in cell.get("outputs", [])]
    assert any("slow" in output.get("text", "") for output in outputs)
    assert stat.S_IMODE(os.stat(path).st_mode) & 0o400


def test_what_is_done_is_not_done_again(graded, course, submitted):
    """A second run reuses every result; --fresh and a changed submission are graded."""
    path = submitted / "untouched" / "toy" / "toy.ipynb"
    before = path.read_bytes()
    path.write_bytes(before + b"\n")
    steps = []
    again = grade_class(
        course.assignment("toy"), submitted, course.results / "toy.json", tell=steps.append
    )
    path.write_bytes(before)
    assert [entry.latest.student for entry in steps if not entry.reused] == ["untouched"]
    assert {entry.student: entry.score for entry in again.submissions} == {
        entry.student: entry.score for entry in graded.submissions
    }


def test_a_fault_of_the_grader_is_no_zero(graded, course, submitted, tmp_path):
    """A check that breaks gives grader_error without a score, and the rest is graded.

    Here it does not break on the solved notebook, which proves the jail first, and then does.
    """
    own = copy_course(course, tmp_path / "course")
    checks = own.assignment("toy").checks_source
    breaks = "    CALLS.append(1)\n    len(CALLS) > 1 and rng.undefined\n"
    edit_file(checks, (VALUES_CHECK, breaks + VALUES_CHECK), ("ROUTES =", "CALLS = []\nROUTES ="))
    only = tmp_path / "submitted"
    only.mkdir()
    for student in ("good", "absent"):
        (only / student / "toy").mkdir(parents=True)
    handed_in = (submitted / "good" / "toy" / "toy.ipynb").read_bytes()
    (only / "good" / "toy" / "toy.ipynb").write_bytes(handed_in)
    results = grade_class(own.assignment("toy"), only, tmp_path / "results.json")
    verdicts = {entry.student: (entry.verdict, entry.score) for entry in results.submissions}
    assert verdicts["good"] == ("grader_error", None)
    assert verdicts["absent"] == ("missing", 0.0)
    assert [entry.student for entry in results.faults] == ["good"]
    cell = results.faults[0].cells["test_double_values"]
    assert cell.status == "grader_error" and "checks.py, line 11:" in cell.message
    written = json.loads((tmp_path / "results.json").read_text())
    scores = {entry["student"]: entry["score"] for entry in written["submissions"]}
    assert scores == {"good": None, "absent": 0.0}


def test_a_check_that_breaks_on_the_right_answer_stops_the_batch(course, submitted, tmp_path):
    """It is named with its line, and nobody is graded by it."""
    checks = course.assignment("toy").checks_source
    whole = checks.read_text()
    edit_file(checks, (VALUES_CHECK, f"    rng.undefined()\n{VALUES_CHECK}"))
    try:
        with pytest.raises(CourseError, match=r"checks.py, line 9: .* failed by itself") as caught:
            grade_class(course.assignment("toy"), submitted, tmp_path / "results.json", fresh=True)
    finally:
        checks.write_text(whole)
    assert "autograder release toy" in caught.value.remedy
    assert not (tmp_path / "results.json").exists()
    assert "failed by itself" in read_history(course.assignment("toy")).runs[-1].stopped


def test_feedback_is_a_page_for_each_student(graded, course):
    """Whatever the verdict and the name; the page says the points."""
    feedback = make_feedback(course.assignment("toy"))
    assert feedback.failures == ()
    assert {page.parts[-3] for page in feedback.pages} == set(EXPECTED)
    page = next(page for page in feedback.pages if page.parts[-3] == "good").read_text()
    assert "<strong>6</strong> of 10 points so far" in page


def test_a_mended_sanitizer_renews_the_pages(graded, course, tmp_path, monkeypatch):
    """Whatever package it lies in; without a change no page is written again."""
    assignment = course.assignment("toy")
    make_feedback(assignment)
    assert not any(outcome.changed for outcome in make_feedback(assignment).outcomes)
    package = copy_package(tmp_path, monkeypatch)
    for name in ("feedback/markup.py", "course/safe_text.py"):
        touch(package / name)
        assert all(outcome.changed for outcome in make_feedback(assignment).outcomes), name
    touch(package / "cli" / "feedback.py")
    assert not any(outcome.changed for outcome in make_feedback(assignment).outcomes)


def test_an_empty_class_is_an_error_in_a_sentence(course, tmp_path):
    """No folder and no students are two different mistakes, each with its remedy."""
    assignment = course.assignment("toy")
    with pytest.raises(CourseError, match="there is no folder"):
        grade_class(assignment, tmp_path / "nowhere", tmp_path / "results.json")
    with pytest.raises(CourseError, match="holds no student's folder"):
        grade_class(assignment, tmp_path, tmp_path / "results.json")
    assert list(tmp_path.iterdir()) == []
