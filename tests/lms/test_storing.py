"""A newer notebook replaces an older one, and nothing that was there is lost."""

import json
from datetime import datetime

import pytest

from autograder.course.configuration import load_config
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.lms.storing import SubmissionFolder
from tests.lms.zips_of_systems import (
    BRANDT,
    OBRIEN,
    WANG,
    collect_zip,
    moodle_worksheet,
    replaced_notebooks,
    run_collect,
    submission_of,
)
from tests.zips import notebook

MOODLE_FILE = "Jürgen Brandt_2718281_assignsubmission_file/toy.ipynb"


def test_a_newer_file_replaces_an_older_one_does_not_and_nothing_is_lost(course, zipped):
    """What was there is kept, with its time and where it came from."""
    name = "b_40217_{}_toy{}.ipynb".format
    first = zipped({name(100, ""): notebook("first")}, "1.zip")
    second = zipped({name(200, "-1"): notebook("second")}, "2.zip")
    third = zipped({name(300, "-2"): notebook("third")}, "3.zip")
    assert collect_zip(course, first).works[0].outcome == "new"
    assert collect_zip(course, second).works[0].outcome == "replaced"
    before = submission_of(course, "jbrandt")
    assert collect_zip(course, first).works[0].outcome == "older"
    assert submission_of(course, "jbrandt") == before == (notebook("second"), before[1])
    assert collect_zip(course, third).works[0].outcome == "replaced"
    assert collect_zip(course, third).works[0].outcome == "unchanged"
    assert replaced_notebooks(course, "jbrandt") == [notebook("first"), notebook("second")]
    record = course.grading / "collected" / "toy" / "jbrandt" / "1" / "now.json"
    assert json.loads(record.read_text())["zip"] == "1.zip"


def test_an_upload_of_before_that_was_chosen_once_more_counts(course, zipped):
    """Canvas keeps its number; the zip that was packed later says what counts."""
    first, second = "b_40217_100_toy.ipynb", "b_40217_200_toy-1.ipynb"
    for day, (name, text) in enumerate([(first, "A"), (second, "B"), (first, "A")], 1):
        path = zipped({name: notebook(text)}, f"{day}.zip", packed=datetime(2026, 11, day))
        assert collect_zip(course, path).works[0].outcome == ("new" if day == 1 else "replaced")
    assert submission_of(course, "jbrandt")[0] == notebook("A")
    assert replaced_notebooks(course, "jbrandt") == [notebook("A"), notebook("B")]


@pytest.mark.parametrize("packing", [(4, 5), (5, 5), (6, 5)], ids=["before", "together", "after"])
@pytest.mark.parametrize("first", ["old", "new"])
def test_the_later_time_of_handing_in_wins_whichever_zip_was_packed_later(
    moodle_course, zipped, tmp_path, packing, first
):
    """In every order of zips and of packing; a worksheet can be younger than the zip beside it."""
    times = {"old": "3 November 2026, 09:00", "new": "5 November 2026, 10:00"}
    days = dict(zip(times, packing, strict=True))
    parts = {
        name: (
            zipped(
                {MOODLE_FILE: notebook(name)}, f"{name}.zip", packed=datetime(2026, 11, day, 9, 30)
            ),
            moodle_worksheet(tmp_path / f"{name}.csv", times[name]),
        )
        for name, day in days.items()
    }
    for name in (first, "new", "old", "new", "old"):
        (work,) = collect_zip(moodle_course, *parts[name]).works
        warned = any("after the zip was packed" in remark for remark in work.remarks)
        assert warned == (name == "new")
    assert work.outcome == "older"
    assert submission_of(moodle_course, "1001") == (notebook("new"), "2026-11-05 09:00:00 UTC")


@pytest.mark.parametrize("status", ["Draft (not submitted)", "Entwurf (nicht abgegeben)"])
def test_a_draft_is_known_as_one_until_it_is_submitted(moodle_course, zipped, tmp_path, status):
    """With the same notebook, or by another one that a person puts there."""
    path = zipped({MOODLE_FILE: notebook("mine")})
    place = SubmissionFolder(moodle_course.assignment("toy"), "1001")
    time = "2 November 2026, 09:00"
    assert not place.is_draft
    draft = moodle_worksheet(tmp_path / "draft.csv", time, status)
    collect_zip(moodle_course, path, draft)
    assert place.is_draft
    collect_zip(moodle_course, path, moodle_worksheet(tmp_path / "done.csv", time))
    assert not place.is_draft
    collect_zip(moodle_course, path, draft)
    place.notebook.write_bytes(notebook("another"))
    assert not place.is_draft


def test_a_replaced_notebook_has_a_row(moodle_course, zipped, tmp_path):
    """A count alone would not say whose it is."""
    for name, time in (("a", "2 November 2026, 09:00"), ("b", "3 November 2026, 09:00")):
        path = zipped({MOODLE_FILE: notebook(name)}, f"{name}.zip")
        sheet = moodle_worksheet(tmp_path / "w.csv", time).worksheet
        options = ("toy", "--worksheet", sheet, "--zone", "Europe/Berlin")
        text = run_collect(moodle_course, path, *options)[1]
    assert "1001 replaced by a newer one 2026-11-03 08:00:00 UTC" in text
    with open(moodle_course.root / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write('\nc.Autograder.zone = "Europe/Berlin"\n')
    text = run_collect(moodle_course, path, *options, "--dry-run")[1]
    assert "1001 unchanged 2026-11-03 09:00:00 CET" in text


def test_what_a_person_mended_stays_until_the_student_hands_in_again(course, zipped):
    """The notebook, and its time."""
    name = "b_40217_{}_toy{}.ipynb".format
    first = zipped({name(100, ""): notebook("first")}, "1.zip")
    collect_zip(course, first)
    folder = course.grading / "submitted" / "jbrandt" / "toy"
    (folder / "toy.ipynb").write_bytes(notebook("mended"))
    (folder / "timestamp.txt").write_text("2026-11-01 10:00:00 UTC")
    assert collect_zip(course, first).works[0].outcome == "unchanged"
    assert submission_of(course, "jbrandt") == (notebook("mended"), "2026-11-01 10:00:00 UTC")
    collect_zip(course, zipped({name(101, "-1"): notebook("new")}, "2.zip"))
    assert submission_of(course, "jbrandt")[0] == notebook("new")
    assert replaced_notebooks(course, "jbrandt") == [notebook("mended")]


def test_what_came_by_the_exchange_is_kept_beside(course, zipped):
    """nbgrader's exchange has its own files in the folder; they stay."""
    folder = course.grading / "submitted" / "jbrandt" / "toy"
    folder.mkdir(parents=True)
    (folder / "toy.ipynb").write_bytes(notebook("exchange"))
    (folder / "timestamp.txt").write_text("2026-11-02 10:00:00.250000 UTC")
    (folder / "notes.txt").write_text("mine")
    assert collect_zip(course, zipped({BRANDT: notebook("zip")})).works[0].outcome == "replaced"
    assert submission_of(course, "jbrandt")[0] == notebook("zip")
    assert replaced_notebooks(course, "jbrandt") == [notebook("exchange")]
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_zip_of_before_does_not_replace_what_came_by_the_exchange_later(course, zipped):
    """The times decide where files have no common numbers."""
    folder = course.grading / "submitted" / "jbrandt" / "toy"
    folder.mkdir(parents=True)
    (folder / "toy.ipynb").write_bytes(notebook("exchange"))
    (folder / "timestamp.txt").write_text("2026-11-02 10:00:00 UTC")
    old = zipped({BRANDT: notebook("zip")}, packed=datetime(2026, 11, 1))
    assert collect_zip(course, old).works[0].outcome == "older"
    assert submission_of(course, "jbrandt")[0] == notebook("exchange")


def test_a_renamed_notebook_by_hand_is_replaced_and_kept(course, zipped):
    """Two notebooks in one folder would be one too many."""
    folder = course.grading / "submitted" / "jbrandt" / "toy"
    folder.mkdir(parents=True)
    (folder / "Untitled.ipynb").write_bytes(notebook("by hand"))
    collect_zip(course, zipped({BRANDT: notebook("zip")}))
    assert [path.name for path in folder.glob("*.ipynb")] == ["toy.ipynb"]
    place = course.grading / "collected" / "toy" / "jbrandt" / "1" / "Untitled.ipynb"
    assert place.read_bytes() == notebook("by hand")


def test_links_in_the_course_are_not_followed(course, zipped, tmp_path):
    """A folder that is a link is nobody's; a notebook that is one is moved aside as it is."""
    submitted = course.grading / "submitted"
    (submitted / "jbrandt").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (submitted / "jbrandt" / "toy").symlink_to(tmp_path / "elsewhere")
    (submitted / "sobrien" / "toy").mkdir(parents=True)
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (submitted / "sobrien" / "toy" / "toy.ipynb").symlink_to(secret)
    done = collect_zip(course, zipped({BRANDT: notebook(""), OBRIEN: notebook("mine")}))
    assert "is a link" in done.unmatched[0].why and not list((tmp_path / "elsewhere").iterdir())
    assert (
        submission_of(course, "sobrien")[0] == notebook("mine") and secret.read_text() == "secret"
    )


def test_what_is_in_the_way_of_one_students_work_stops_nobody_elses(course, zipped):
    """A folder where the time belongs, a file where the student's folder does."""
    submitted = course.grading / "submitted"
    (submitted / "jbrandt" / "toy" / "timestamp.txt").mkdir(parents=True)
    (submitted / "sobrien").write_text("")
    done = collect_zip(course, zipped({one: notebook("mine") for one in (BRANDT, OBRIEN, WANG)}))
    assert submission_of(course, "xwang")[0] == notebook("mine")
    assert [one.student for one in done.unmatched] == ["jbrandt", "sobrien"]
    assert all("cannot be put" in one.why and one.remedy for one in done.unmatched)


def test_an_id_in_the_gradebook_that_is_no_folder_is_refused(course, zipped):
    """nbgrader takes any; no file is written outside of the folder of submissions."""
    with open_gradebook(load_config(course)) as book:
        book.add_student("../../x", lms_user_id="666")
        book.add_student("..", lms_user_id="667")
    files = {"x_666_1_toy.ipynb": notebook(""), "y_667_2_toy.ipynb": notebook("")}
    done = collect_zip(course, zipped(files))
    assert not done.works and ["cannot be a folder" in one.why for one in done.unmatched] == [
        True,
        True,
    ]
    assert not list(course.root.parent.rglob("*.ipynb"))
