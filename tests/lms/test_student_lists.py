"""Lists of students are read in many forms, without those who teach."""

import pytest
from click.testing import CliRunner

from autograder.cli.main import main
from autograder.course.errors import CourseError
from autograder.lms.people import Person, read_roster
from autograder.lms.roster import import_roster
from tests.edits import edit
from tests.lms.roster_imports import refusal, students


def test_a_plain_list_is_read_as_nbgrader_reads_it(new_course, listed):
    """Its id, first_name, last_name, email and lms_user_id; other columns are left alone."""
    text = "id,first_name,last_name,email,lms_user_id,shoe\nann,Ann,Ahn,ann@x.org,17,38\nbob,,,,,\n"
    result = import_roster(new_course, listed(text))
    assert result.system == "csv"
    assert read_roster(new_course) == {
        "ann": Person("ann", "Ann", "Ahn", "ann@x.org", "17"),
        "bob": Person("bob"),
    }
    assert students(new_course)["bob"]["first_name"] is None


@pytest.mark.parametrize("encoding", ["utf-16-le", "cp1252"])
def test_other_encodings_are_refused_with_a_sentence(new_course, listed, encoding):
    """Names would come out as something else; UTF-16 is known by its byte-order mark."""
    message = refusal(new_course, listed("student,first_name\nann,Zoë\n", encoding))
    assert "UTF-8" in message or "null" in message


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_tabs_and_a_byte_order_mark_are_read(new_course, listed, delimiter):
    """As spreadsheets write them in half of the world."""
    text = "student,last_name\nann,Ahn\n".replace(",", delimiter)
    import_roster(new_course, listed(text, "utf-8-sig"))
    assert read_roster(new_course)["ann"].last_name == "Ahn"


def test_a_file_that_lists_nobody_is_refused(new_course, listed):
    """Other columns, or no rows; the remedy is to say which column is which."""
    with pytest.raises(CourseError, match="its columns are a, b") as error:
        import_roster(new_course, listed("a,b\n1,2\n"))
    assert "--columns" in error.value.remedy
    assert "holds no student" in refusal(new_course, listed("student,email\n"))


def test_names_hold_nothing_that_steers_a_terminal(new_course, listed):
    """Line ends and escapes become blanks; marks that names are written with stay."""
    import_roster(new_course, listed('student,first_name\nann,"A\x1b[31mnn\nB"\nmah,مه\u200cسا\n'))
    assert read_roster(new_course)["ann"].first_name == "A [31mnn B"
    assert read_roster(new_course)["mah"].first_name == "مه\u200cسا"


def test_any_list_is_read_by_the_columns_that_are_named(new_course, listed):
    """Other columns are named as unused; one that is not there is refused."""
    path = listed("Nr;Wer;Post;Schuhe\n0012;Ann Ahn;ann@x.org;38\n0013;Bo Bly;;40\n")
    columns = {"student": "nr", "full_name": "Wer", "email": "Post"}
    result = import_roster(new_course, path, columns=columns)
    assert result.unused == ("Schuhe",)
    assert read_roster(new_course)["0012"] == Person("0012", "Ann", "Ahn", "ann@x.org")
    assert "has no column 'Name'" in refusal(new_course, path, columns={"student": "Name"})
    blanks = listed(" Nr ; Wer;Post ;Schuhe;\n0014;Cy Coe;;40;\n")
    assert import_roster(new_course, blanks, columns=columns).unused == ("Schuhe",)
    said = refusal(new_course, blanks, columns={"student": "Name"})
    assert "has no column 'Name'" in said
    assert "no 'shoe'" in refusal(new_course, path, columns={"shoe": "Schuhe"})
    arguments = ["--course", str(new_course.root), "roster", str(path), "--columns"]
    message = CliRunner().invoke(main, [*arguments, "student=Nr,full_name=Wer"])
    assert message.exit_code == 0 and "columns not used: Post, Schuhe" in message.output
    assert CliRunner().invoke(main, [*arguments, "student"]).exit_code == 2


@pytest.mark.parametrize(
    ("head", "row", "names"),
    [
        ("student,First Name,Last Name", "ann,Ann,Ahn", ("Ann", "Ahn")),
        ("Student ID,Name", "ann,Ann B. Ahn", ("Ann B.", "Ahn")),
    ],
)
def test_names_in_one_column_or_two_are_read(new_course, listed, head, row, names):
    """However the headings are spelled."""
    import_roster(new_course, listed(f"{head}\n{row}\n"))
    person = read_roster(new_course)["ann"]
    assert (person.first_name, person.last_name) == names


def test_who_teaches_is_no_student(new_course, listed):
    """By a column Role; of two roles one has to be a student's."""
    rows = 'ann,Student\nbea,Teacher\ncem,TA\ndee,"Student, TA"\neli,\n'
    result = import_roster(new_course, listed(f"student,Role\n{rows}"))
    assert [one.student for one in result.added] == ["ann", "dee", "eli"]
    assert result.teaching == ("Teacher", "TA")


@pytest.mark.parametrize(
    "row",
    [
        '"Student, Test",17,,c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00,A',
        '"Étudiant, Test",17,,0f3c,A',
        '"Irgendwer, Test",17,,c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00,A',
    ],
)
def test_canvass_test_student_is_none_under_any_name(new_course, listed, row):
    """Its login is a hash; a student called so has a SIS id."""
    head = "Student,ID,SIS User ID,SIS Login ID,Section\n"
    real = '"Student, Test",18,S1,tstudent,A\n'
    result = import_roster(new_course, listed(f"{head}{row}\n{real}"))
    assert [one.student for one in result.added] == ["tstudent"]


def test_a_full_name_does_not_take_a_known_one_apart(new_course, listed):
    """Moodle's worksheet has one column of names; a list with two of them corrects a guess."""
    head = "First name,Last name,Email address\n"
    rows = "María José,de la Cruz,mj@x.org\n小明,王,xw@x.org\n"
    full = "Full name,Email address\nMaría José de la Cruz,mj@x.org\n王小明,xw@x.org\n"
    import_roster(new_course, listed(full))
    assert read_roster(new_course)["mj"].last_name == "Cruz"
    import_roster(new_course, listed(head + rows))
    before = read_roster(new_course)
    assert before["mj"].last_name == "de la Cruz"
    assert not import_roster(new_course, listed(full)).changed
    assert read_roster(new_course) == before
    renamed = edit(full, ("María José de la Cruz", "María Berg"))
    assert [student for student, _ in import_roster(new_course, listed(renamed)).changed] == ["mj"]
