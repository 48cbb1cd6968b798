"""Each file of a zip goes to its own student, and nobody can hand in for another."""

import pytest

from autograder.course.configuration import load_config
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.lms.zip_contents import Sources
from tests.lms.zips_of_systems import (
    BERLIN,
    DATA,
    WANG,
    collect_zip,
    moodle_files,
    refusal_of,
    submission_of,
)
from tests.zips import notebook


@pytest.mark.parametrize(
    "name",
    [
        "x_40220_7_40217_502_toy.ipynb",
        "x_1_40220_7_40217_502_toy.ipynb",
        "x_40220_7_LATE_40217_502_toy.ipynb",
        "x_40220_7_40217_text.html",
    ],
)
@pytest.mark.parametrize("has_handed_in", [True, False])
def test_no_student_hands_in_for_another_by_changing_a_name(course, zipped, name, has_handed_in):
    """A Canvas name that ends in somebody's id and a number makes a file nobody's."""
    files = {name: notebook("forged"), **({WANG: notebook("mine")} if has_handed_in else {})}
    done = collect_zip(course, zipped(files))
    assert submission_of(course, "xwang")[0] == (notebook("mine") if has_handed_in else None)
    (one,) = done.unmatched
    assert one.why == "its name fits the ids 40217, 40220" and "by hand" in one.remedy
    assert one.paths == (name,) and not one.student


def test_an_id_of_another_system_is_no_canvas_id(course, zipped):
    """A Canvas name that ends in what somebody is called here makes a file nobody's, too."""
    with open_gradebook(load_config(course)) as book:
        book.add_student("1001", lms_user_id="50001")
        book.add_student("50002")
    forged = "x_1001_7_40217_502_toy.ipynb"
    done = collect_zip(
        course, zipped({forged: notebook("forged"), "y_50002_8_toy.ipynb": notebook("")})
    )
    assert [one.student for one in done.works] == ["50002"]
    assert [one.paths for one in done.unmatched] == [(forged,)]


def test_a_stranger_of_such_a_name_replaces_nobodys_work(course, zipped):
    """Whose id is not on the roster; Canvas gives all files of one student the same name."""
    files = {WANG: notebook("mine"), "x_40220_99999_777_502_toy.ipynb": notebook("forged")}
    done = collect_zip(course, zipped(files))
    (one,) = done.unmatched
    assert not done.works and one.student == "xwang" and len(one.paths) == 2
    assert "2 people of the zip" in one.why and "in Canvas" in one.remedy


def test_an_anonymous_zip_of_canvas_is_refused_with_a_remedy(course, zipped):
    """It tells nobody's name."""
    one = refusal_of(course, {"anon_aB3xZ_5_toy.ipynb": notebook("")}, zipped)
    assert "anonymous" in one.why and "Turn off" in one.remedy


@pytest.mark.parametrize("folders", [True, False], ids=["folders", "flat"])
def test_a_zip_of_moodle_is_matched_by_its_worksheet(moodle_course, zipped, folders):
    """By the numbers of the folders, two students of one name included; with their times."""
    sources = Sources(DATA / "moodle_worksheet.csv", zone=BERLIN)
    done = collect_zip(moodle_course, zipped(moodle_files(folders=folders)), sources)
    assert done.system == "moodle" and not done.unmatched and done.missing == ("1007",)
    stamps = {work.student: submission_of(moodle_course, work.student) for work in done.works}
    assert stamps["1001"] == (notebook("Jürgen Brandt_2718281"), "2026-11-02 08:15:00 UTC")
    assert stamps["1002"][1] == "2026-11-04 00:01:00 UTC"
    assert stamps["1003"][1] == "2026-11-03 22:58:00 UTC"
    assert stamps["kim@uni.example"][0] == notebook("Min-jun Kim_2718285")
    assert stamps["kim@other.example"][0] == notebook("Min-jun Kim_2718286")
    assert [work.student for work in done.works if work.late] == ["1002"]
    remarks = {work.student: work.remarks for work in done.works if work.remarks}
    assert remarks == {
        "1003": ("renamed from Untitled.ipynb",),
        "xiaoming.wang": ("a draft in Moodle",),
    }


def test_without_a_worksheet_moodle_is_matched_by_names_that_are_unique(moodle_course, zipped):
    """Namesakes are listed. Nobody is made late by the time of a download."""
    done = collect_zip(moodle_course, zipped(moodle_files()))
    assert [work.student for work in done.works] == ["1001", "1002", "1003", "xiaoming.wang"]
    assert len(done.unmatched) == 2
    for one in done.unmatched:
        assert "kim@other.example and kim@uni.example" in one.why and "--worksheet" in one.remedy
    assert {work.time for work in done.works} == {""}
    assert submission_of(moodle_course, "1001") == (notebook("Jürgen Brandt_2718281"), None)


def test_two_people_who_call_themselves_the_same_are_both_listed(moodle_course, zipped):
    """Whoever has taken a student's name hands in nothing in it."""
    done = collect_zip(
        moodle_course,
        zipped(
            {
                "Jürgen Brandt_1_assignsubmission_file/toy.ipynb": notebook("mine"),
                "jürgen brandt_2_assignsubmission_file/toy.ipynb": notebook("forged"),
            }
        ),
    )
    assert not done.works and len(done.unmatched[0].paths) == 2
    assert submission_of(moodle_course, "1001") == (None, None)


def test_a_group_reaches_all_who_are_in_it_whatever_else_they_are_in(moodle_course, zipped):
    """The roster has one cell for all groups of a student; the worksheet has a row for each."""
    path = zipped({"Tutors_assignsubmission_file/toy.ipynb": notebook("ours")})
    (work,) = collect_zip(moodle_course, path).works
    assert (work.student, work.time) == ("1003", "")
    done = collect_zip(moodle_course, path, Sources(DATA / "moodle_worksheet.csv", zone=BERLIN))
    (work,) = done.works
    assert (work.student, work.time, work.told) == ("1003", "2026-11-03 22:58:00 UTC", True)


@pytest.mark.parametrize("worksheet", [True, False])
def test_a_group_that_is_called_like_a_student_hands_in_nothing_for_them(
    moodle_course, zipped, worksheet
):
    """By their name, or by their number; students choose the names of groups."""
    files = {
        f"{group}_assignsubmission_file/toy.ipynb": notebook("forged")
        for group in ("Siobhán OBrien", "2718281")
    }
    mine = {"Jürgen Brandt_2718281_assignsubmission_file/toy.ipynb": notebook("mine")}
    sources = Sources(DATA / "moodle_worksheet.csv", zone=BERLIN) if worksheet else None
    done = collect_zip(moodle_course, zipped({**files, **mine}), sources)
    assert submission_of(moodle_course, "1001")[0] == notebook("mine") and len(done.works) == 1
    groups = [one for one in done.unmatched if "a group" in one.why]
    assert len(groups) == 2 and not any(one.student for one in groups)
    # Moodle has a time for all others in the worksheet, so they did not hand in nothing.
    assert (done.missing == ("1007",)) == worksheet
