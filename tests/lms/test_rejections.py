"""What was handed in and cannot be graded is kept, and every page and export knows of it."""

import pytest

from autograder.lms.collect import collect
from autograder.lms.rejections import read_rejections, stored
from tests.lms.zips_of_systems import BRANDT, OBRIEN, collect_zip, packed_zip, submission_of
from tests.zips import notebook

PDF = "brandtjürgen_40217_90201_homework.pdf"
STRANGER = "nobody_55555_7_toy.ipynb"


def rejections_of(course):
    """The rejections of the toy assignment, by student."""
    return read_rejections(course.assignment("toy"))


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({PDF: b"%PDF"}, "homework.pdf (no notebook)"),
        ({"brandtjürgen_40217_text.html": b"<p>my answer"}, "typed text, no file"),
        ({"brandtjürgen_40217_link.html": b"<a>"}, "an address, no file"),
        (
            {"b_40217_1_a.ipynb": notebook("a"), "b_40217_2_b.ipynb": notebook("b")},
            "a.ipynb, b.ipynb (several notebooks",
        ),
        ({"b_40217_1_x.rar": b"Rar"}, "x.rar (an archive"),
    ],
    ids=["PDF", "text", "link", "two notebooks", "archive"],
)
def test_what_cannot_be_taken_is_no_missing_work(course, zipped, files, what):
    """It is kept with its student, who is not among those that handed in nothing."""
    done = collect_zip(course, zipped(files))
    rejection = rejections_of(course).by_student["jbrandt"]
    assert "jbrandt" not in done.missing
    assert f"could not be graded: {what}" in rejection.sentence and rejection.remedy
    assert rejections_of(course).instead_of_work("jbrandt") == rejection


def test_a_zip_of_another_class_does_not_touch_what_is_kept(course, zipped):
    """Not even one of the same student where nothing of it is new."""
    first = zipped({OBRIEN: notebook("o")}, "1.zip")
    collect_zip(course, first)
    collect_zip(course, zipped({PDF: b"%PDF", STRANGER: notebook("")}, "2.zip"))
    collect_zip(course, first)
    kept = rejections_of(course)
    assert set(kept.by_student) == {"jbrandt"} and len(kept.unknown) == 1


def test_a_notebook_settles_what_was_rejected(course, zipped):
    """Whether it is collected, or put there by hand as the remedy says."""
    path = zipped({PDF: b"%PDF"}, "1.zip")
    collect_zip(course, path)
    collect_zip(course, zipped({BRANDT: notebook("mine")}, "2.zip"))
    assert not rejections_of(course).by_student and not stored(course.assignment("toy"))
    # The PDF came later: the notebook counts, and the PDF is named.
    collect_zip(course, path)
    rejection = rejections_of(course).by_student["jbrandt"]
    assert rejection.beside and "something else later" in rejection.sentence
    assert rejections_of(course).instead_of_work("jbrandt") is None
    place = course.grading / "submitted" / "jbrandt" / "toy" / "toy.ipynb"
    place.write_bytes(notebook("made from the PDF"))
    assert not rejections_of(course).by_student


def test_strangers_are_kept_until_the_roster_knows_them(course, zipped):
    """They are named once, however often the zip is collected."""
    path = zipped({STRANGER: notebook("")})
    collect_zip(course, path)
    collect_zip(course, path)
    (one,) = rejections_of(course).unknown
    assert one.owner == "55555" and one.paths == (STRANGER,)
    roster = course.grading / "roster.csv"
    roster.write_text(roster.read_text() + "late,Late,Comer,,55555,,,,,\n")
    collect_zip(course, path)
    assert rejections_of(course).unknown == () and submission_of(course, "late")[0]


def test_a_dry_run_keeps_nothing(course, zipped):
    """It names the same."""
    done = collect(course.assignment("toy"), zipped({PDF: b"%PDF"}), write=False)
    assert [one.student for one in done.unmatched] == ["jbrandt"]
    assert "jbrandt" not in done.missing and stored(course.assignment("toy")) == ()


def test_what_lies_in_the_folder_by_another_way_is_known(course):
    """nbgrader's exchange takes every file."""
    folder = course.grading / "submitted" / "jbrandt" / "toy"
    folder.mkdir(parents=True)
    (folder / "homework.pdf").write_bytes(b"%PDF")
    assert "homework.pdf" in rejections_of(course).by_student["jbrandt"].sentence


def test_a_zip_in_a_zip_is_opened_and_a_deeper_one_is_named(course, zipped):
    """Three in each other at most."""
    data = packed_zip({"hw/toy.ipynb": notebook("mine")})
    for _ in range(2):
        data = packed_zip({"hw/more.zip": data})
    collect_zip(course, zipped({"b_40217_5_homework.zip": data}))
    assert submission_of(course, "jbrandt")[0] == notebook("mine")
    done = collect_zip(course, zipped({"b_40219_5_deep.zip": packed_zip({"x.zip": data})}))
    assert "3 zips" in done.unmatched[0].why
