"""What the gradebook holds of a class, read at once."""

from datetime import timedelta

import pytest
from nbgrader.api import Gradebook

from autograder.batch.run import grade_class
from autograder.course.errors import CourseError
from autograder.gradebook.marks import read_marks
from tests.small_class import GOOD, answer, copy_course, hand_in

pytestmark = pytest.mark.usefixtures("shared_worker")

DUE = "2026-11-02 12:00 UTC"


def gradebook(course):
    """The course's own gradebook, open."""
    return Gradebook(f"sqlite:///{course.grading / 'gradebook.db'}", "convnets")


@pytest.fixture(scope="module")
def course(clean_course, tmp_path_factory):
    """Ann is on time, bob an hour late, and zoe hands nothing in."""
    made = copy_course(clean_course, tmp_path_factory.mktemp("marks"))
    hand_in(made, {"ann": answer(made, GOOD), "bob": answer(made, GOOD)})
    for student, hour in (("ann", 11), ("bob", 13)):
        stamp = made.grading / "submitted" / student / "toy" / "timestamp.txt"
        stamp.write_text(f"2026-11-02 {hour}:00:00 UTC")
    with gradebook(made) as book:
        book.update_or_create_assignment("toy", duedate=DUE)
        book.add_student("zoe", first_name="Zoë", last_name="Ångström", lms_user_id="7")
    submitted, results = made.grading / "submitted", made.results / "toy.json"
    grade_class(made.assignment("toy"), submitted, results, trusted=True, tier="unprotected")
    return made


def marks(course):
    """The marks by student."""
    return {one.student: one for one in read_marks(course.assignment("toy"))}


@pytest.mark.slow
def test_every_student_of_the_gradebook_has_a_mark(course):
    """Who handed nothing in has one without cells; names and numbers of other systems are kept."""
    found = marks(course)
    assert list(found) == ["ann", "bob", "zoe"]
    zoe = found["zoe"]
    assert (zoe.submitted, zoe.score, zoe.cells, zoe.max_score) == (False, 0.0, (), 10.0)
    assert (zoe.first_name, zoe.last_name, zoe.lms_user_id) == ("Zoë", "Ångström", "7")


@pytest.mark.slow
def test_points_of_the_machine_and_what_waits_for_a_person_are_told_apart(course):
    """Six points are given, and the written answer waits."""
    ann = marks(course)["ann"]
    assert (ann.auto, ann.manual, ann.score, ann.ungraded) == (6.0, 0.0, 6.0, ("written_why",))
    kinds = {cell.name: cell.kind for cell in ann.cells}
    assert kinds["written_why"] == "answer" and kinds["test_double_sum"] == "test"


@pytest.mark.slow
def test_lateness_counts_from_the_deadline_and_its_extension(course):
    """An hour late, and not late once two hours more are given."""
    assert (marks(course)["ann"].seconds_late, marks(course)["bob"].seconds_late) == (0.0, 3600.0)
    with gradebook(course) as book:
        book.find_submission("toy", "bob").extension = timedelta(hours=2)
        book.db.commit()
    assert marks(course)["bob"].seconds_late == 0.0


@pytest.mark.slow
def test_what_a_person_gives_counts_instead(course):
    """Points by hand replace the machine's, extra credit adds, and a penalty takes away."""
    with gradebook(course) as book:
        for cell, points in (("written_why", 3.0), ("test_double_sum", 1.0)):
            grade = book.find_grade(cell, "toy", "toy", "ann")
            grade.manual_score, grade.needs_manual_grade = points, False
        grade.extra_credit = 0.5
        book.find_submission_notebook("toy", "toy", "ann").late_submission_penalty = 2.0
        book.find_comment("double", "toy", "toy", "ann").manual_comment = "Neat."
        book.db.commit()
    ann = marks(course)["ann"]
    assert (ann.auto, ann.manual, ann.extra_credit, ann.penalty) == (3.0, 4.0, 0.5, 2.0)
    assert (ann.score, ann.ungraded) == (5.5, ())
    assert ("double", "Neat.") in ann.comments
    with gradebook(course) as book:
        assert book.find_submission("toy", "ann").score - ann.penalty == ann.score


def test_an_assignment_that_was_never_released_is_an_error(tmp_path):
    """The sentence says how to release it."""
    from tests.toy_course import make_course

    course = make_course(tmp_path)
    course.grading.mkdir()
    with pytest.raises(CourseError, match="does not know toy") as caught:
        read_marks(course.assignment("toy"))
    assert "autograder release toy" in caught.value.remedy
