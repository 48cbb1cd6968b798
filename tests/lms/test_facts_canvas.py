"""Canvas says in a file's name whose it is, and in its API when it was handed in."""

import json
from datetime import datetime

import pytest

from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
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


@pytest.fixture
def listed(tmp_path):
    """Writes what Canvas's API says of submissions, each a user, a time and a group."""

    def write(*rows, kind="online_upload"):
        path = tmp_path / "submissions.json"
        entries = [
            {"user_id": user, "submitted_at": time, "group": {"id": group}, "submission_type": kind}
            for user, time, group in rows
        ]
        path.write_text(json.dumps(entries))
        return Sources(times=(path,))

    return write


def test_the_work_of_a_group_reaches_every_member(course, zipped, listed):
    """Who has the same group and time; one of another group is named, and not missing."""
    time, other = "2026-11-03T10:00:00Z", "2026-11-03T11:00:00Z"
    sources = listed((40217, time, 5), (40218, time, 5), (40219, time, 6), (40220, other, 5))
    done = collect_zip(course, zipped({BRANDT: notebook("ours")}), sources)
    assert {work.student: work.time for work in done.works} == {
        name: "2026-11-03 10:00:00 UTC" for name in ("jbrandt", "mcruz@uni.example")
    }
    assert submission_of(course, "mcruz@uni.example")[0] == notebook("ours")
    assert [one.student for one in done.unmatched] == ["sobrien", "xwang"]
    assert all("there is no file of it" in one.why for one in done.unmatched)
    assert not {"sobrien", "xwang"} & set(done.missing)


def test_a_time_without_a_file_is_no_missing_work(course, zipped, listed):
    """Its kind is said, until there is a notebook."""
    sources = listed((40217, "2026-11-03T10:00:00Z", None), kind="media_recording")
    done = collect_zip(course, zipped({CRUZ: notebook("c")}), sources)
    (one,) = done.unmatched
    assert one.student == "jbrandt" and one.files == ("media recording",)
    path = zipped({BRANDT: notebook("b")}, "later.zip")
    assert not collect_zip(course, path, sources).unmatched


@pytest.mark.parametrize(
    "text",
    [
        '{"status": "unauthenticated", "errors": [{"message": "user authorization required"}]}',
        '[{"user_id": 1, "submitted_at": "2026-11-03T10:00:00"}]',
        '[{"user_id": 1',
        "<html>",
    ],
)
def test_what_is_no_list_of_canvas_is_refused(course, zipped, tmp_path, text):
    """With what Canvas answered and where to look."""
    path = tmp_path / "submissions.json"
    path.write_text(text)
    answered = "unauthenticated" in text
    says = "Canvas answered" if answered else "not Canvas's list of submissions"
    with pytest.raises(CourseError, match=says) as refused:
        collect_zip(course, zipped({BRANDT: notebook("b")}), Sources(times=(path,)))
    assert ("Log in to Canvas" if answered else "per_page=100") in refused.value.remedy
