"""Feedback goes back in bulk, each page to its own student, and who is left out is named."""

import csv
import io
import zipfile

import pytest

from autograder.course.errors import CourseError
from autograder.feedback.delivery import mail_merge, moodle_numbers, pack
from autograder.lms.collect import collect
from autograder.lms.roster import import_roster
from autograder.lms.zip_contents import Sources
from tests.lms.zips_of_systems import BERLIN, BRANDT, CRUZ, DATA, moodle_files
from tests.small_class import copy_course
from tests.zips import make_zip, notebook


@pytest.fixture
def course_of(clean_course, tmp_path):
    """A function that makes a course of a list and a zip, with a page for everybody."""

    def make(listed, files, sources=None):
        course = copy_course(clean_course, tmp_path / "course")
        import_roster(course, DATA / listed)
        toy = course.assignment("toy")
        done = collect(toy, make_zip(tmp_path / "work.zip", files), sources)
        students = {work.student for work in done.works} | {*done.missing}
        pages = {}
        for student in students:
            pages[student] = tmp_path / f"{student}.html"
            pages[student].write_text(f"<p>for {student}")
        return toy, pages

    return make


def contents(path):
    """The files of a zip."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_moodle_gets_the_numbers_of_its_own_zip(course_of, tmp_path):
    """As its importer splits a name: name, number, kind, plugin and the file, between _."""
    sources = Sources(DATA / "moodle_worksheet.csv", zone=BERLIN)
    files = dict(list(moodle_files().items())[:2])
    toy, pages = course_of("moodle_participants.csv", files, sources)
    packed = pack(toy, pages, "moodle", tmp_path / "out.zip")
    assert contents(packed.path) == {
        f"{who}_assignsubmission_file_toy-feedback.html": f"<p>for {student}"
        for who, student in (
            ("Jürgen Brandt_2718281", "1001"),
            ("María José de la Cruz_2718282", "1002"),
        )
    }
    for name in contents(packed.path):
        parts = name.split("_", 4)
        assert (
            len(parts) == 5 and parts[1].isdecimal() and parts[2:4] == ["assignsubmission", "file"]
        )
    assert set(packed.left_out) == set(pages) - {"1001", "1002"}
    numbers = moodle_numbers(toy, DATA / "moodle_worksheet.csv")
    everybody = pack(toy, pages, "moodle", tmp_path / "all.zip", numbers)
    assert not everybody.left_out and everybody.count == len(pages)


def test_canvas_gets_the_names_of_its_own_zip(course_of, tmp_path):
    """With the user and the number of the file, LATE or not."""
    files = {BRANDT: notebook("a"), CRUZ: notebook("b")}
    toy, pages = course_of("canvas_gradebook.csv", files)
    packed = pack(toy, pages, "canvas", tmp_path / "out.zip")
    assert contents(packed.path) == {
        BRANDT.replace("toy.ipynb", "toy-feedback.html"): "<p>for jbrandt",
        CRUZ.replace("toy.ipynb", "toy-feedback.html"): "<p>for mcruz@uni.example",
    }
    with pytest.raises(CourseError, match="no student has a name"):
        pack(toy, pages, "moodle", tmp_path / "other.zip")


def test_a_mail_merge_has_a_row_and_a_page_for_every_address(course_of, tmp_path):
    """Who has none is named; a name that a spreadsheet would run is guarded."""
    toy, pages = course_of("canvas_gradebook.csv", {BRANDT: notebook("a"), CRUZ: notebook("b")})
    merged = mail_merge(toy, pages, tmp_path / "mail")
    text = merged.path.read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["email"] for row in rows] == ["mcruz@uni.example"]
    assert (merged.path.parent / rows[0]["file"]).read_text() == "<p>for mcruz@uni.example"
    assert set(merged.left_out) == set(pages) - {"mcruz@uni.example"}
