"""Grades go into the worksheet of Moodle in place, and what is not as it should be is said."""

import pytest

from autograder.course.errors import CourseError
from tests.edits import edit
from tests.lms import class_grades
from tests.lms.class_grades import grade, kinds

MOODLE = (
    '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade",'
    '"Grade can be changed","Last modified (submission)","Last modified (grade)",'
    '"Feedback comments"\n'
    '"Participant 501","Zoë Ångström",zoe@uni.example,"Submitted for grading",,10.00,Yes,'
    '"Monday, 2 November 2026, 9:00 PM",-,"=see <b>page</b>, ""1"""\n'
    '"Participant 502",=HYPERLINK(1),bo@uni.example,"No submission",8.50,10.00,Yes,-,-,\n'
    '"Participant 503","李 雷",lei@uni.example,"Submitted for grading",3.00,10.00,No,-,-,\n'
    '"Participant 504",Guest,guest@uni.example,"No submission",,10.00,Yes,-,-,\n'
)
ROOM = (
    grade("zoe", 7.125, email="Zoe@uni.example"),
    grade("bo", 9, email="bo@uni.example"),
    grade("lei", 4, email="lei@uni.example"),
)


@pytest.fixture
def moodle(tmp_path):
    """Fill a Moodle worksheet with grades."""
    return class_grades.filler("moodle", tmp_path / "worksheet.csv", MOODLE, ROOM)


def test_moodle_gets_its_worksheet_back_with_grades(moodle):
    """Identifiers, feedback, dates and the mark of the file as they were; a name cannot be run."""
    assert moodle().text == edit(
        MOODLE,
        ('grading",,10', 'grading",7.13,10'),
        ("8.50,10", "9.00,10"),
        (",=HYPER", ",'=HYPER"),
    )


def test_what_moodle_would_pass_over_without_a_word_is_told_of(moodle):
    """A locked grade stays; one above the maximum blocks unless it is capped."""
    assert kinds(moodle()) == {("kept", "lei"), ("not in the gradebook", "Guest")}
    more = [grade("zoe", "10.01", email="zoe@uni.example")]
    assert kinds(moodle(grades=more), blocks=True) == {("over the maximum", "zoe")}
    capped = moodle(grades=more, cap=True)
    assert capped.lines[0].now == "10.00" and not kinds(capped, blocks=True)


def test_a_german_worksheet_is_filled_in_german(moodle):
    """Its columns are known, and decimals get their comma."""
    text = (
        "ID;Vollständiger Name;E-Mail-Adresse;Status;Bewertung;Bestwertung;"
        "Bewertung kann geändert werden;Feedback als Kommentar\n"
        "Teilnehmer/in 501;Zoë;zoe@uni.example;Keine Abgabe;-;10,00;Ja;\n"
        "Teilnehmer/in 503;Lei;lei@uni.example;Keine Abgabe;;10,00;Nein;\n"
    )
    filled = moodle(text, (ROOM[0], ROOM[2]))
    assert filled.text == edit(text, (";-;10,00", ";7,13;10,00"))
    assert ("kept", "lei") in kinds(filled)
    basque = edit(text, ("Bewertung;Best", "Kalifikazioa;Best"), ("E-Mail-Adresse", "Posta"))
    with pytest.raises(CourseError, match="no column is called 'Grade'") as caught:
        moodle(basque)
    assert "Kalifikazioa" in caught.value.remedy
    assert moodle(basque, ROOM[:1], column="Kalifikazioa").lines[0].now == "7,13"
    nothing = [grade("zoe", None, submitted=False, email="zoe@uni.example")]
    assert ("kept", "zoe") not in kinds(moodle(text, nothing, column="Bewertung"))
    assert moodle(text, ROOM[:1], column="Bewertung", decimal=".").lines[0].now == "7.13"
    with pytest.raises(CourseError, match="'Bewertung' in Moodle is out of 10 points"):
        moodle(text, [grade("zoe", 5, 20.0, email="zoe@uni.example")], column="Bewertung")


def test_a_comma_before_decimals_is_quoted_between_commas(moodle):
    """Otherwise a grade would become two cells."""
    filled = moodle(decimal=",")
    assert 'grading",7,13,' not in filled.text and 'grading","7,13",10.00' in filled.text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Status,Grade", "Grade,Grade", "several columns are called 'Grade'"),
        ("Maximum Grade", "Scale", "graded by a scale"),
        ("@uni.example", "@else.example", "no row is a student of the gradebook"),
        ("bo@uni.example", "zoe@uni.example", "zoe was in the file before"),
    ],
)
def test_a_worksheet_that_is_not_clear_is_refused(moodle, old, new, said):
    """With a sentence and a remedy."""
    with pytest.raises(CourseError, match=said) as caught:
        moodle(edit(MOODLE, (old, new), every=True))
    assert caught.value.remedy


def test_without_a_worksheet_moodle_gets_addresses_and_grades():
    """For its grade import; who has no address blocks."""
    people = (*ROOM[:2], grade("x", 1), grade("y", 1, email="=1@x.de"))
    filled = class_grades.new("moodle", people, decimal=",")
    assert filled.text == (
        "\ufeffEmail address,naive_convolution\r\n"
        'Zoe@uni.example,"7,13"\r\nbo@uni.example,"9,00"\r\n'
    )
    assert {student for _, student in kinds(filled, blocks=True)} == {"x", "y"}
