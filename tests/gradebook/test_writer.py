"""What a batch writes into the gradebook leaves alone what people have done there."""

import json

import pytest

from autograder.batch.run import grade_class
from autograder.gradebook.marks import read_marks
from tests.gradebook.test_marks import gradebook
from tests.small_class import GOOD, KINDS, answer, copy_course, hand_in

pytestmark = pytest.mark.slow


def grade(course, **how):
    """Grade the class where nothing protects from it, which is quick."""
    submitted, results = course.grading / "submitted", course.results / "toy.json"
    toy = course.assignment("toy")
    grade_class(toy, submitted, results, trusted=True, tier="unprotected", **how)
    return {mark.student: mark for mark in read_marks(toy)}


@pytest.fixture(scope="module")
def graded(clean_course, tmp_path_factory):
    """Ann's written answer and one of her test cells have been graded by a person."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("gradebook"))
    hand_in(course, {"ann": answer(course, GOOD)})
    grade(course)
    with gradebook(course) as book:
        for cell, points in (("written_why", 3.5), ("test_double_values", 1.0)):
            one = book.find_grade(cell, "toy", "toy", "ann")
            one.manual_score, one.needs_manual_grade = points, False
        book.db.commit()
    return course


@pytest.fixture
def course(graded, tmp_path):
    return copy_course(graded, tmp_path)


def test_what_a_person_graded_waits_for_nobody_after_a_regrade(course):
    """The points stay and count, and an export is not held up."""
    ann = grade(course, fresh=True)["ann"]
    assert (ann.manual, ann.score, ann.ungraded) == (4.5, 8.5, ())


def test_a_changed_answer_waits_for_a_person_again(course):
    """The points of before stay until then; the tests' are as they were."""
    hand_in(course, {"ann": answer(course, GOOD | {"written_why": "I have thought again."})})
    ann = grade(course)["ann"]
    assert ann.ungraded == ("test_double_values", "written_why")
    assert ann.manual == 4.5


def test_other_points_by_machine_ask_for_a_person_again(course):
    """Who overruled them had other points to overrule."""
    hand_in(course, {"ann": answer(course, KINDS["triples"])})
    assert grade(course)["ann"].ungraded == ("test_double_values",)


def test_a_time_that_comes_after_grading_reaches_the_gradebook(course):
    """Nothing is graded again for it, and lateness follows."""
    with gradebook(course) as book:
        book.update_or_create_assignment("toy", duedate="2026-11-02 12:00 UTC")
    stamp = course.grading / "submitted" / "ann" / "toy" / "timestamp.txt"
    for hour, late in ((11, 0.0), (14, 7200.0)):
        stamp.write_text(f"2026-11-02 {hour}:00:00 UTC")
        ann = grade(course)["ann"]
        assert (ann.timestamp.hour, ann.seconds_late, ann.ungraded) == (hour, late, ())


def test_files_beside_a_notebook_stop_neither_the_batch_nor_nbgrader(course):
    """A stamp that is none is flagged and left out; for a secret that is none stands another."""
    place = course.grading / "submitted" / "ann" / "toy"
    (place / "timestamp.txt").write_text("2026-11-01 10:00:00 GMT,M3.2.0,M11.1.0")
    (place / "submission_secret.txt").write_bytes(b"\xff\xfe" * 20)
    hand_in(course, {"two\nlines": answer(course, GOOD)})
    marks = grade(course, fresh=True)
    assert list(marks) == ["ann"] and marks["ann"].timestamp is None
    graded = course.grading / "autograded"
    assert [path.name for path in graded.iterdir()] == ["ann"]
    assert not (graded / "ann" / "toy" / "timestamp.txt").exists()
    assert (graded / "ann" / "toy" / "submission_secret.txt").read_text().isalnum()
    ann, other = json.loads((course.results / "toy.json").read_text())["submissions"]
    assert ann["flags"][0].startswith("unreadable timestamp: ")
    assert other["verdict"] == "unreadable" and "rename the folder" in other["message"]
