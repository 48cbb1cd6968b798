"""Every folder of a class ends in the results, and what is not what it seems is flagged."""

import os
import unicodedata

import pytest
from nbgrader.api import Gradebook

from autograder.batch.run import grade_class
from autograder.course.submissions import find_submissions
from autograder.gradebook.sidecar import read_secret
from tests.small_class import GOOD, answer, copy_course, hand_in

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shared_worker")]
NFC, NFD = (unicodedata.normalize(form, "zoë") for form in ("NFC", "NFD"))
SECRET = "a" * 64


@pytest.fixture(scope="module")
def course(clean_course, tmp_path_factory):
    """Ann is honest; others have names like hers, or links in place of their work."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("identity"))
    good = answer(course, GOOD)
    folder = hand_in(course, {name: good for name in ("ann", "ann\u200b", "bob", NFC, NFD, "Kim")})
    (folder / "ann" / "toy" / "submission_secret.txt").write_text(SECRET)
    (folder / "eve").symlink_to(folder / "ann")
    (folder / "gone").symlink_to(folder / "nowhere")
    (folder / "max").mkdir()
    (folder / "max" / "toy").symlink_to(folder / "ann" / "toy")
    (folder / "tim" / "toy").mkdir(parents=True)
    (folder / "tim" / "toy" / "toy.ipynb").symlink_to(folder / "ann" / "toy" / "toy.ipynb")
    with Gradebook(f"sqlite:///{course.grading / 'gradebook.db'}") as book:
        book.add_student("kim")
    return course


@pytest.fixture(scope="module")
def results(course):
    """The results by student."""
    toy, folder = course.assignment("toy"), course.grading / "submitted"
    graded = grade_class(toy, folder, course.results / "toy.json", trusted=True, tier="unprotected")
    return {result.student: result for result in graded.submissions}


def test_no_folder_drops_out(results, course):
    """Links that lead nowhere count too."""
    assert set(results) == {path.name for path in (course.grading / "submitted").iterdir()}


def test_names_that_look_alike_are_flagged(results):
    """Two folders, or a folder and a student of the class list; nobody else."""
    twins = {
        name for name, result in results.items() if any("twin" in flag for flag in result.flags)
    }
    assert twins == {"ann", "ann\u200b", NFC, NFD, "Kim"}
    assert "twin: 'Kim' looks like 'kim', another student" in results["Kim"].flags
    assert results["bob"].flags == ()


@pytest.mark.parametrize("student", ["eve", "gone", "max", "tim"])
def test_a_link_is_flagged_and_earns_nothing(results, student):
    """Whichever part of the way to the notebook it is."""
    result = results[student]
    assert (result.verdict, result.score) == ("unreadable", 0.0)
    (flag,) = [flag for flag in result.flags if flag.startswith("link: ")]
    assert "leads elsewhere" in flag


@pytest.mark.parametrize("student", ["eve", "max"])
def test_through_a_link_no_other_students_secret_is_taken(results, course, student):
    """By it nbgrader's exchange would hand out feedback in Ann's name."""
    place = course.grading / "autograded"
    assert read_secret(place / "ann" / "toy" / "submission_secret.txt") == SECRET
    taken = place / student / "toy" / "submission_secret.txt"
    assert not taken.exists() or read_secret(taken) != SECRET


def test_no_folder_is_taken_for_another(tmp_path):
    """A name that is no text gets a hash; one that is spelled like it is another student's."""
    names = {os.fsdecode(b"caf\xe9")}
    for _ in range(3):
        for name in names:
            (tmp_path / name / "toy").mkdir(parents=True, exist_ok=True)
        students = [submission.student for submission in find_submissions(tmp_path, "toy")]
        assert len(set(students)) == len(names)
        names |= set(students)
    assert len(names) > 3
