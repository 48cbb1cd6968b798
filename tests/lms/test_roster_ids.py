"""A student has the id of the first import, and nothing that is no id becomes one."""

import pytest

from autograder.course.errors import CourseError
from autograder.lms.roster import import_roster
from tests.lms.roster_imports import refusal, students
from tests.lms.zips_of_systems import DATA


def test_a_student_keeps_the_id_of_the_first_import(new_course, listed):
    """A new login, or a list of another system, makes nobody anew."""
    head = "Student,ID,SIS User ID,SIS Login ID,Section\n"
    import_roster(new_course, listed(f'{head}"Ahn, Ann",17,S1,ann@x.org,A\n'))
    result = import_roster(new_course, listed(f'{head}"Berg, Ann",17,S1,ann.berg@x.org,A\n'))
    assert not result.added and [student for student, _ in result.changed] == ["ann@x.org"]
    moodle = "First name,Last name,Email address\nAnn,Berg,Ann.Berg@x.org\n"
    assert not import_roster(new_course, listed(moodle)).added
    assert set(students(new_course)) == {"ann@x.org"}


def test_an_id_column_that_would_double_students_is_refused(new_course, listed):
    """After folders were named by logins, numbers are other folders."""
    import_roster(new_course, DATA / "canvas_gradebook.csv")
    message = refusal(new_course, DATA / "canvas_gradebook.csv", id_column="ID")
    assert "line 4: '40217' is in the course as 'jbrandt'" in message


def test_ids_come_from_the_column_that_is_named(new_course):
    """Whatever its heading's case."""
    result = import_roster(new_course, DATA / "canvas_gradebook.csv", id_column="id")
    assert [row.student for row in result.added][:2] == ["40217", "40218"]
    assert "no column 'Number'" in refusal(
        new_course, DATA / "canvas_gradebook.csv", id_column="Number"
    )


def test_a_login_that_is_somebody_elses_by_now_is_refused(new_course, listed):
    """One login, two Canvas ids: one person's grades would become another's."""
    head = "Student,ID,SIS Login ID,Section\n"
    import_roster(new_course, listed(f'{head}"Ahn, Ann",17,ann,A\n'))
    assert "'ann' is somebody else" in refusal(new_course, listed(f'{head}"Bo, Ann",18,ann,A\n'))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("ann,1\nbob,2\nann,3\n", "line 4: the id 'ann' is in line 2 too"),
        ("ann,1\nAnn,2\n", "line 3: the id 'ann' is in line 2 too"),
        ("ann,1\nbob,1\n", "line 3: the Canvas id '1' is in line 2 too"),
        ("ann,1\n,2\n", "line 3: there is no id"),
    ],
    ids=["twice", "in another case", "two of one number", "none"],
)
def test_ids_that_are_no_ids_are_refused_with_their_lines(new_course, listed, rows, message):
    """And nothing is imported."""
    assert message in refusal(new_course, listed(f"student,lms_user_id\n{rows}")).replace(
        "Ann", "ann"
    )


@pytest.mark.parametrize(
    "student",
    ["../ann", "a/b", "a\\b", ".ann", "-rf", "=1+1", "a b", "a+b", "a*", "nul", "x" * 101, "ann."],
)
def test_ids_that_cannot_be_folders_are_refused(new_course, listed, student):
    """They would be files elsewhere, hidden, options, formulas or words of a shell."""
    assert "line 2" in refusal(new_course, listed(f"student\n{student}\n"))


@pytest.mark.parametrize("student", ["o'brien", "ann@x.org", "王小明", "a-b_c.d", "jürgen", "7"])
def test_ids_of_every_script_are_folders(new_course, listed, student):
    """As long as they begin with a letter or a digit."""
    import_roster(new_course, listed(f"student\n{student}\n"))
    assert set(students(new_course)) == {student}


@pytest.mark.parametrize("damaged", ["1.07E+13", "1,07E+13", "12345678.0", "345678"])
def test_ids_that_a_spreadsheet_damaged_are_refused(new_course, listed, damaged):
    """With their lines, unless they are said to be right."""
    rows = "".join(f"{10_000_000 + n},S{n}\n" for n in range(6))
    path = listed(f'student,first_name\n{rows}"{damaged}",Z\n')
    assert "line 8: the id" in refusal(new_course, path)
    with pytest.raises(CourseError) as error:
        import_roster(new_course, path)
    assert "--accept-ids" in error.value.remedy
    if damaged.isdecimal():
        assert len(import_roster(new_course, path, accept_ids=True).added) == 7


def test_zeros_that_were_there_before_are_missed(new_course, listed):
    """A list that had been opened in a spreadsheet makes nobody anew."""
    import_roster(new_course, listed("student,sis_user_id\nann,0012\nbob,0345\n"))
    message = refusal(new_course, listed("student,sis_user_id\nann,12\nbob,345\n"))
    assert "line 2: the id '12' was '0012' before" in message
