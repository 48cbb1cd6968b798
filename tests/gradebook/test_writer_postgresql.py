"""nbgrader's own tools read what a batch wrote, on SQLite and on a real PostgreSQL server."""

import csv
import os
import re
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from autograder.authoring.release import release
from autograder.batch.run import grade_class
from autograder.course.configuration import load_config
from tests import postgres
from tests.small_class import (
    GOOD,
    KINDS,
    POINTS,
    answer,
    class_of,
    copy_course,
    expected,
    grades,
    hand_in,
    results,
    run,
)
from tests.toy_course import make_course

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shared_worker")]
SIZE = len(KINDS)


def url(course):
    """Where the course's gradebook is."""
    return load_config(course).CourseDirectory.db_url


def grade(course, **how):
    """Grade the course's class."""
    submitted, results_file = course.grading / "submitted", course.results / "toy.json"
    grade_class(course.assignment("toy"), submitted, results_file, seed=7, **how)


def present(course):
    """The points of all that handed something in, which are the students nbgrader hears of."""
    return {name: points for name, points in expected(course).items() if name != "99_missing"}


def nbgrader(course, *arguments):
    """Run nbgrader itself in the course's folder."""
    run([str(Path(sys.executable).with_name("nbgrader")), *arguments], place=course.root)


@pytest.fixture(scope="module")
def on_sqlite(clean_course, tmp_path_factory):
    """A class graded into nbgrader's usual gradebook, one student missing."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("sqlite"))
    (hand_in(course, class_of(course, SIZE)) / "99_missing").mkdir()
    grade(course)
    return course


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory):
    """The same class, the course being released and graded with a server for its gradebook."""
    with postgres.server() as address:
        course = make_course(tmp_path_factory.mktemp("postgresql"))
        config = course.root / "nbgrader_config.py"
        line = re.compile(r"^c\.CourseDirectory\.db_url = .*$", re.MULTILINE)
        text, count = line.subn(f"c.CourseDirectory.db_url = {address!r}", config.read_text())
        assert count == 1
        config.write_text(text)
        release(course.assignment("toy"))
        (hand_in(course, class_of(course, SIZE)) / "99_missing").mkdir()
        grade(course)
        assert not list(course.root.rglob("*.db")), "a gradebook was written to a file as well"
        yield course


@pytest.fixture(params=["sqlite", "postgresql"])
def course(request):
    """Each of the two in turn."""
    return request.getfixturevalue(f"on_{request.param}")


def test_the_database_holds_every_score(course):
    """Each cell's points are those of the results file; what waits for a human says so."""
    found = {}
    for student, cell, score, _, waits in grades(url(course)):
        if cell == "written_why":
            assert (score, waits) == ((0, 0) if "untouched" in student else (None, 1))
        else:
            found.setdefault(student, {})[cell] = score
    told = {
        one["student"]: {name: cell["score"] for name, cell in one["cells"].items()}
        for one in results(course.results / "toy.json")["submissions"]
    }
    assert told.pop("99_missing") == dict.fromkeys(told["00_good"], 0.0)
    assert found == told
    assert {student: sum(cells.values()) for student, cells in found.items()} == present(course)


def test_both_databases_hold_the_same(on_sqlite, on_postgresql):
    """Where the gradebook is makes no difference to what is in it."""
    assert grades(url(on_sqlite)) == grades(url(on_postgresql))
    one, other = (results(each.results / "toy.json") for each in (on_sqlite, on_postgresql))
    assert one == other


def test_nbgrader_makes_the_feedback(course):
    """`nbgrader generate_feedback` writes a page for each student, with the score in it."""
    nbgrader(course, "generate_feedback", "toy")
    pages = {path.parts[-3]: path for path in (course.grading / "feedback").rglob("toy.html")}
    assert len(pages) == SIZE
    for student, page in pages.items():
        points = float(POINTS[student.split("_", 1)[1]])
        assert f"(Score: {points} / 10.0)" in page.read_text(encoding="utf-8")


def exported(course, tmp_path):
    """The rows that `nbgrader export` writes, by student."""
    nbgrader(course, "export", f"--to={tmp_path / 'grades.csv'}")
    with open(tmp_path / "grades.csv", newline="", encoding="utf-8") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def test_nbgrader_exports_the_scores(course, tmp_path):
    """`nbgrader export` writes a line of CSV for each student."""
    rows = exported(course, tmp_path)
    points = {name: float(row["score"]) for name, row in rows.items()}
    assert points == present(course)
    assert {(row["assignment"], row["max_score"]) for row in rows.values()} == {("toy", "10.0")}


def formgrader(course):
    """What formgrader asks for everything that it shows."""
    config = load_config(course)
    return NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)


def test_formgrader_shows_the_class(course):
    """Its list of assignments, of submissions and of notebooks to be graded by hand."""
    api = formgrader(course)
    (assignment,) = api.get_assignments()
    assert assignment["num_submissions"] == SIZE
    assert assignment["average_score"] == pytest.approx(sum(present(course).values()) / SIZE)
    assert assignment["max_score"] == 10.0

    submissions = {one["student"]: one for one in api.get_submissions("toy")}
    assert submissions.keys() == present(course).keys()
    for student, score in present(course).items():
        one = submissions[student]
        assert one["autograded"] and one["score"] == score
        assert one["needs_manual_grade"] == ("untouched" not in student)
    for one in api.get_notebook_submissions("toy", "toy"):
        assert one["score"] == present(course)[one["student"]]
        assert one["failed_tests"] == (one["score"] < 6)


def test_points_given_by_hand_outlast_the_next_batch(course):
    """A written answer is graded as formgrader does it; grading again keeps that."""
    student = "00_good"
    with Gradebook(url(course), "convnets") as gradebook:
        grade_of = gradebook.find_grade("written_why", "toy", "toy", student)
        grade_of.manual_score, grade_of.needs_manual_grade = 3.0, False
        gradebook.db.commit()
    try:
        grade(course, fresh=True)
        with Gradebook(url(course), "convnets") as gradebook:
            assert gradebook.find_submission("toy", student).score == POINTS["good"] + 3
    finally:
        with Gradebook(url(course), "convnets") as gradebook:
            gradebook.find_grade("written_why", "toy", "toy", student).manual_score = None
            gradebook.db.commit()


# The two tests below add students to the gradebook, so they come last.
def test_others_may_write_at_the_same_time(course, tmp_path, monkeypatch):
    """A student whom another batch adds at the same moment is graded all the same."""
    only, student = tmp_path / "submitted", "yann"
    (only / student / "toy").mkdir(parents=True)
    (only / student / "toy" / "toy.ipynb").write_bytes(answer(course, GOOD))
    find, met = Gradebook.find_student, []

    def meanwhile(self, name):
        if name == student and not met:
            met.append(name)
            with Gradebook(url(course), "convnets") as other:
                other.add_student(name)
            raise MissingEntry("not there, when it was looked for")
        return find(self, name)

    monkeypatch.setattr(Gradebook, "find_student", meanwhile)
    graded = grade_class(course.assignment("toy"), only, tmp_path / "results.json", workers=1)
    assert [(one.verdict, one.score) for one in graded.submissions] == [("graded", 6.0)]
    assert met and student in {row[0] for row in grades(url(course))}


def test_what_the_server_refuses_is_a_fault_and_hurts_nobody(on_postgresql, tmp_path):
    """A name that is too long for its table gets grader_error; the next student is written."""
    course = on_postgresql
    long = "n" * 140
    only = tmp_path / "submitted"
    for student in (long, "zoe"):
        (only / student / "toy").mkdir(parents=True)
        (only / student / "toy" / "toy.ipynb").write_bytes(answer(course, GOOD))
    graded = grade_class(course.assignment("toy"), only, tmp_path / "results.json", workers=1)
    verdicts = {one.student: (one.verdict, one.score) for one in graded.submissions}
    assert verdicts == {long: ("grader_error", None), "zoe": ("graded", 6.0)}
    said = graded.faults[0].message
    assert "the gradebook could not be written" in said and "too long" in said
    assert "\n" not in said
    written = {row[0] for row in grades(url(course))}
    assert "zoe" in written and long not in written


def test_without_postgresql_the_debian_package_is_named(monkeypatch, tmp_path):
    """These tests are not left out where it is missing: they say what to install."""
    monkeypatch.setattr(postgres, "DEBIAN", tmp_path)
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    with pytest.raises(AssertionError, match="apt-get install postgresql"), postgres.server():
        pass
