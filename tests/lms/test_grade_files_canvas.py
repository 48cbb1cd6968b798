"""Grades go into the gradebook of Canvas in place, and what is not as it should be is said."""

import re

import pytest

from autograder.course.errors import CourseError
from tests.edits import edit
from tests.lms import class_grades
from tests.lms.class_grades import grade, kinds

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Notes,Naive Convolution (4711),"
    '"Pooling, part ""2"" (4712)",Assignments Current Score,Final Score\r\n'
    ",,,,,,Manual Posting,,,\r\n"
    "    Points Possible,,,,,,10.00,20.00,(read only),(read only)\r\n"
    '"Ångström, Zoë",1001,S1,zoe@uni.example,"Lab A and Lab B",,,15.00,75.0,75.0\r\n'
    '"O\'Neil, Bo",1002,S2,bo,Lab A,"late, ill",8.5,,,\r\n'
    '"=""=HYPERLINK(1)""",1003,S3,mal,Lab A,,3.00,,,\r\n'
    '"李, 雷",1004,,lei@uni.example,Lab B,,EX,,,\r\n'
    '"שרה, לוי",1005,,sara,Lab B,,N/A,,,\r\n'
    "@dee,1006,,dee,+Lab,,7.00,,,\r\n"
    '"Away, Guest",1099,,guest,Lab A,,4.00,,,\r\n'
    '"Student, Test",1100,,0a1b,Lab A,,,,,\r\n'
)
CLASS = (
    grade("zoe", 7.125, lms_user_id="1001"),
    grade("bo", 8.5, sis_user_id="S2"),
    grade("mal", 10),
    grade("lei", 9, email="Lei@Uni.Example"),
    grade("sara", 5, sis_login_id="SARA"),
    grade("dee", None, submitted=False),
)


@pytest.fixture
def canvas(tmp_path):
    """Fill a Canvas gradebook with grades."""
    return class_grades.filler("canvas", tmp_path / "gradebook.csv", CANVAS, CLASS)


def test_canvas_gets_one_column_and_every_other_byte_as_it_was(canvas):
    """Only what is needed, with EX and N/A, equal scores and the guest untouched."""
    assert canvas().text == (
        "Student,ID,SIS User ID,SIS Login ID,Section,Naive Convolution (4711)\r\n"
        ",,,,,Manual Posting\r\n"
        "    Points Possible,,,,,10.00\r\n"
        '"Ångström, Zoë",1001,S1,zoe@uni.example,"Lab A and Lab B",7.13\r\n'
        '"O\'Neil, Bo",1002,S2,bo,Lab A,8.5\r\n'
        '"\'=""=HYPERLINK(1)""",1003,S3,mal,Lab A,10.00\r\n'
        '"李, 雷",1004,,lei@uni.example,Lab B,EX\r\n'
        '"שרה, לוי",1005,,sara,Lab B,N/A\r\n'
        "'@dee,1006,,dee,'+Lab,7.00\r\n"
        '"Away, Guest",1099,,guest,Lab A,4.00\r\n'
        '"Student, Test",1100,,0a1b,Lab A,\r\n'
    )


def test_canvas_rows_that_stay_are_told_of(canvas):
    """The excused, those it is not assigned to, a grade without a submission, and a stranger."""
    assert kinds(canvas()) == {
        ("kept", "lei"),
        ("kept", "sara"),
        ("kept", "dee"),
        ("not in the gradebook", "Away, Guest"),
    }
    assert not kinds(canvas(), blocks=True)
    assert ("kept", "dee") not in kinds(canvas(edit(CANVAS, (",7.00,", ",-,"))))


def test_a_student_who_is_not_in_the_file_blocks(canvas):
    """A grade would be lost; who has none is only told of."""
    more = (*CLASS, grade("eva", 5), grade("fay", None, submitted=False))
    assert kinds(canvas(grades=more), blocks=True) == {("not in the file", "eva")}
    assert not kinds(canvas(grades=more, allow_unmatched=True), blocks=True)
    assert ("not in the file", "fay") in kinds(canvas(grades=more))


def test_zero_for_the_missing_takes_no_grade_away(canvas):
    """An empty cell becomes 0; a grade that a teacher gave in Canvas stays and is told of."""
    gone = [grade(student, 0, submitted=False) for student in ("zoe@uni.example", "bo")]
    filled = canvas(edit(CANVAS, (",,15.00", ",,")), gone, missing="zero")
    assert [line.now for line in filled.lines] == ["0.00", "8.5"]
    assert ("kept", "bo") in kinds(filled)


def test_other_points_in_canvas_are_refused_or_converted(canvas):
    """Half up after converting, from the exact score."""
    of_twenty = [grade("zoe", "6.67", 20.0, lms_user_id="1001")]
    with pytest.raises(CourseError, match=r"\(4711\)' in Canvas is out of 10 points.*out of 20"):
        canvas(grades=of_twenty)
    filled = canvas(grades=of_twenty, scale=True)
    assert [line.now for line in filled.lines] == ["3.34"]


def test_a_score_above_the_maximum_goes_to_canvas_or_is_capped(canvas):
    """Canvas takes extra credit."""
    filled = [canvas(grades=[grade("zoe", 11, lms_user_id="1001")], cap=cap) for cap in (0, 1)]
    assert [one.lines[0].now for one in filled] == ["11.00", "10.00"]


@pytest.mark.parametrize(
    "column", ['Pooling, part "2" (4712)', 'Pooling, part "2"', "pooling part 2", "Pooling Part 2"]
)
def test_another_column_is_named(canvas, column):
    """By its whole heading, or by its title however that is written."""
    filled = canvas(grades=[grade("zoe", 15, 20.0, lms_user_id="1001")], column=column)
    assert filled.lines[0].before == "15.00" and not filled.lines[0].changed


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Naive Convolution (4711)", "Something (4711)", "no column is called 'naive_convolution'"),
        ("Final Score", "Naive convolution (9)", "several columns are called"),
        ("    Points Possible", "Points", "no row of Points Possible"),
        (",10.00,20.00", ",,20.00", "has no points possible"),
        (",10.00,20.00", ",(read only),20.00", "Canvas calculates"),
        (",10.00,20.00", ",0.00,20.00", "is out of 0 points"),
        ("Student,ID", "Name,ID", "is not a gradebook that Canvas exported"),
        (",Section,", ",Group,", "is not a gradebook that Canvas exported"),
        (",1002,S2,", ",1001,S2,", "the row fits bo and zoe"),
        (",1002,S2,bo,", ",1001,,,", "zoe was in the file before, in gradebook.csv, line 4"),
    ],
)
def test_a_gradebook_that_is_not_clear_is_refused(canvas, old, new, said):
    """Nothing is guessed where a grade could end with somebody else."""
    with pytest.raises(CourseError, match=re.escape(said)) as caught:
        canvas(edit(CANVAS, (old, new)))
    assert caught.value.remedy


def test_nobody_is_found_by_name(canvas):
    """Two students may have one."""
    with pytest.raises(CourseError, match="no row is a student of the gradebook"):
        canvas(grades=[grade("x", 5, last_name="Ångström", first_name="Zoë")])


def test_an_id_that_contradicts_a_login_makes_it_somebody_else(canvas):
    """A login that was given away is left alone, and its former owner is missing in the file."""
    for owner in (
        grade("bo", 5, lms_user_id="77", sis_login_id="bo"),
        grade("bo", 5, sis_login_id="bo.new"),
    ):
        filled = canvas(grades=[owner, CLASS[0]])
        assert kinds(filled, blocks=True) == {("not in the file", "bo")}
        assert ("not in the gradebook", "O'Neil, Bo") in kinds(filled)


def test_first_and_last_names_and_semicolons_are_canvas_too(canvas):
    """Schools switch these on."""
    text = (
        "LastName;FirstName;ID;SIS Login ID;Section;naive_convolution (1)\n"
        "Points Possible;;;;;10,00\nÅngström;=Zoë;1001;zoe;A;6,50"
    )
    filled = canvas("\ufeff" + text, [grade("zoe", 7, lms_user_id="1001")])
    assert filled.text == "\ufeff" + edit(text, ("6,50", "7.00"), ("=Zoë", "'=Zoë"))


def test_a_new_canvas_file_has_the_columns_that_the_importer_asks_for(tmp_path):
    """Ids to go by, the maximum, and only who has a grade; nobody whose id would be run."""
    people = (
        grade("zoe", 7.125, lms_user_id="1001", last_name="=Å", first_name="Zoë", section="A,B"),
        grade("bo", 8.5, sis_login_id="bo"),
        grade("ill", None, lms_user_id="1003"),
        grade("nobody", 3),
        grade("mal", 4, sis_user_id="=1+1"),
    )
    filled = class_grades.new("canvas", people)
    assert filled.text == (
        "Student,ID,SIS User ID,SIS Login ID,Section,naive_convolution\r\n"
        "    Points Possible,,,,,10.00\r\n"
        '"\'=Å, Zoë",1001,,,"A,B",7.13\r\n'
        "bo,,,bo,,8.50\r\n"
    )
    assert kinds(filled, blocks=True) == {("not in the file", "nobody"), ("not in the file", "mal")}
    path = tmp_path / "new.csv"
    path.write_bytes(filled.text.encode())
    again = class_grades.fill("canvas", path, people[:2])
    assert not any(line.changed for line in again.lines)
