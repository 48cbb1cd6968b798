"""Canvas says in a file's name whose it is, and in its API when it was handed in."""

from datetime import datetime

import pytest

from autograder.course.configuration import load_config
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.lms.path_patterns import path_pattern, read_upload
from autograder.lms.systems import CANVAS
from autograder.lms.zip_contents import Sources
from tests.lms.zips_of_systems import (
    BRANDT,
    CRUZ,
    DATA,
    WANG,
    collect_zip,
    submission_of,
    tell_gradebook,
)
from tests.zips import notebook

PATTERNS = [path_pattern(text) for text in CANVAS.paths]


def upload(path, known):
    """The upload of a file, where the roster has these Canvas ids."""
    return read_upload(PATTERNS, path, lambda upload: upload.owner in known)


@pytest.mark.parametrize(
    ("name", "owner", "number", "late", "original"),
    [
        ("ahnann_5_9_toy.ipynb", "5", 9, False, "toy.ipynb"),
        ("ahnann_LATE_5_9_toy-2.ipynb", "5", 9, True, "toy-2.ipynb"),
        ("ahnann_5_9_1_2_toy.ipynb", "5", 9, False, "1_2_toy.ipynb"),
        ("team_7_5_9_toy.ipynb", "5", 9, False, "toy.ipynb"),
        ("12345_5_9_toy.ipynb", "5", 9, False, "toy.ipynb"),
        ("_5_9_toy.ipynb", "5", 9, False, "toy.ipynb"),
        ("anon_5_9_toy.ipynb", "5", 9, False, "toy.ipynb"),
        ("anon_aB3xZ_9_toy.ipynb", "", 9, False, "toy.ipynb"),
        ("LATE_anon_aB3xZ_9_toy.ipynb", "", 9, True, "toy.ipynb"),
        ("ahnann_5_text.html", "5", 0, False, ""),
        ("ahnann_LATE_5_link.html", "5", 0, True, ""),
        ("ahnann_5_9_text.html", "5", 9, False, "text.html"),
        ("アン_5_9_課題 1.ipynb", "5", 9, False, "課題 1.ipynb"),
    ],
)
def test_canvas_says_in_a_name_whose_a_file_is(name, owner, number, late, original):
    """Names that end in digits, of groups and of students who are called Anon included."""
    found = upload(f"folder/{name}", {"5"})
    assert (found.owner, found.number, found.late, found.original) == (
        *(owner, number, late, original),
    )


def test_no_file_name_makes_work_somebody_elses(zipped):
    """A stranger who puts a student's id into the name of a file stays a stranger."""
    assert upload("x_77_9_5_12_toy.ipynb", {"5"}).owner == "77"
    assert upload("x_77_9_ann_5_12_toy.ipynb", {"5"}).owner == "77"
    assert upload("toy.ipynb", {"5"}) is None


def test_canvas_api_says_when_things_were_handed_in(course, zipped):
    """To the second; and a second collect with it corrects what a first one could not know."""
    path = zipped({BRANDT: notebook("1"), CRUZ: notebook("2"), WANG: notebook("3")})
    collect_zip(course, path)
    tell_gradebook(course, "jbrandt", datetime(2026, 11, 3, 23))
    done = collect_zip(course, path, Sources(times=(DATA / "canvas_submissions.json",)))
    assert {work.student: work.outcome for work in done.works} == {
        "jbrandt": "corrected",
        "mcruz@uni.example": "corrected",
        "xwang": "unchanged",
    }
    assert submission_of(course, "jbrandt") == (notebook("1"), "2026-11-02 08:15:31 UTC")
    assert submission_of(course, "mcruz@uni.example")[1] == "2026-11-04 00:01:07 UTC"
    with open_gradebook(load_config(course)) as book:
        found = book.find_submission("toy", "jbrandt")
        assert found.timestamp == datetime(2026, 11, 2, 8, 15, 31)
    again = collect_zip(course, path, Sources(times=(DATA / "canvas_submissions.json",)))
    assert {work.outcome for work in again.works} == {"unchanged"}
