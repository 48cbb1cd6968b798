"""`autograder roster` takes lists of students in, twice without harm, and loses nobody."""

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from nbgrader import api

from autograder.cli.main import main
from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.lms.people import (
    COLUMNS,
    Person,
    StudentFinder,
    read_people,
    read_roster,
    roster_file,
)
from autograder.lms.roster import import_roster
from tests.small_class import copy_course
from tests.toy_course import make_course

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """The toy course, which had no gradebook until its class was imported."""
    made = make_course(tmp_path_factory.mktemp("roster"))
    import_roster(made, DATA / "canvas_gradebook.csv", write=False)
    assert not made.grading.exists()
    import_roster(made, DATA / "canvas_gradebook.csv")
    return made


@pytest.fixture(scope="module")
def empty(imported, tmp_path_factory):
    """The same with a gradebook that knows no student."""
    made = copy_course(imported, tmp_path_factory.mktemp("empty"))
    roster_file(made).unlink()
    with open_gradebook(load_config(made)) as book:
        book.db.query(api.Student).delete()
        book.db.commit()
    assert not students(made)
    return made


@pytest.fixture
def course(empty, tmp_path):
    """A copy to write in."""
    return copy_course(empty, tmp_path / "course")


@pytest.fixture
def listed(tmp_path):
    """Writes a CSV file and gives its path."""

    def write(text, encoding="utf-8"):
        path = tmp_path / "list.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def students(course):
    """The students in nbgrader's gradebook."""
    with open_gradebook(load_config(course)) as book:
        return {one.id: one.to_dict() for one in book.students}


def refusal(course, path, **how):
    """Why a list is not taken in; nothing may have been written."""
    before = students(course)
    with pytest.raises(CourseError) as refused:
        import_roster(course, path, **how)
    assert students(course) == before
    assert refused.value.remedy
    return str(refused.value)


def test_a_gradebook_of_canvas_becomes_the_roster(course):
    """Without points possible, posting policies and the test student; logins are the ids."""
    done = import_roster(course, DATA / "canvas_gradebook.csv")
    assert done.system == "canvas"
    assert [one.student for one in done.added] == [
        *("jbrandt", "mcruz@uni.example", "sobrien", "xwang", "formula", "bsmith", "davni"),
        "S1008",
    ]
    people = read_roster(course)
    assert people["mcruz@uni.example"] == Person(
        *("mcruz@uni.example", "María José", "de la Cruz", "mcruz@uni.example"),
        *("40218", "S1002", "mcruz@uni.example", "CNN 101"),
    )
    assert people["bsmith"].last_name == "Smith"
    assert people["bsmith"].first_name == '"Bob" [aka x], Jr.'
    assert people["xwang"].first_name == "小明"
    known = students(course)
    assert set(known) == set(people)
    assert known["davni"]["first_name"] == "דנה"
    assert known["davni"]["lms_user_id"] == "40223"


def test_no_spreadsheet_runs_what_a_student_is_called(course):
    """A formula has an apostrophe in roster.csv, and none where it is read or in the gradebook."""
    import_roster(course, DATA / "canvas_gradebook.csv")
    name = '=HYPERLINK("https://evil.example","click")'
    with open(roster_file(course), encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert tuple(rows["formula"]) == COLUMNS
    cells = [cell for row in rows.values() for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    people = read_roster(course)["formula"]
    assert name in f"{people.last_name},{people.first_name}"
    assert not import_roster(course, DATA / "canvas_gradebook.csv").changed


@pytest.mark.parametrize("name", ["moodle_worksheet.csv", "moodle_participants.csv"])
def test_lists_of_moodle_become_the_roster(course, name):
    """By ID number, else by what is before the @, else by the whole address."""
    done = import_roster(course, DATA / name)
    assert done.system == "moodle"
    ids = ["1001", "1002", "1003", "xiaoming.wang", "kim@uni.example", "kim@other.example", "1007"]
    assert [one.student for one in done.added] == ids
    people = read_roster(course)
    brandt = people["1001"]
    assert (brandt.first_name, brandt.last_name) == ("Jürgen", "Brandt")
    assert (brandt.sis_user_id, brandt.email) == ("1001", "juergen.brandt@uni.example")
    assert people["1003"].last_name == "O'Brien"


def test_a_plain_list_is_read_as_nbgrader_reads_it(course, listed):
    """Its id, first_name, last_name, email and lms_user_id; other columns are left alone."""
    text = "id,first_name,last_name,email,lms_user_id,shoe\nann,Ann,Ahn,ann@x.org,17,38\nbob,,,,,\n"
    done = import_roster(course, listed(text))
    assert done.system == "csv"
    assert read_roster(course) == {
        "ann": Person("ann", "Ann", "Ahn", "ann@x.org", "17"),
        "bob": Person("bob"),
    }
    assert students(course)["bob"]["first_name"] is None


def test_the_roster_can_be_imported_itself(course, tmp_path):
    """After somebody has corrected it, say; nothing else changes."""
    import_roster(course, DATA / "canvas_gradebook.csv")
    before = roster_file(course).read_bytes()
    copy = tmp_path / "roster.csv"
    copy.write_bytes(before.replace("Jürgen".encode(), b"Juergen"))
    done = import_roster(course, copy)
    assert [student for student, _ in done.changed] == ["jbrandt"]
    assert "'Jürgen' → 'Juergen'" in done.changed[0][1]
    assert not done.added and not done.absent


def test_running_it_again_changes_nothing(course):
    """Not a byte of the roster, and nobody in the gradebook."""
    import_roster(course, DATA / "canvas_gradebook.csv")
    before, known = roster_file(course).read_bytes(), students(course)
    done = import_roster(course, DATA / "canvas_gradebook.csv")
    assert not done.added and not done.changed and not done.absent and len(done.unchanged) == 8
    assert roster_file(course).read_bytes() == before
    assert students(course) == known


def test_who_is_no_longer_listed_is_named_and_stays(course, listed):
    """On the roster and in the gradebook; who was only in the gradebook is named too."""
    with open_gradebook(load_config(course)) as book:
        book.add_student("zoe", first_name="Zoë")
    import_roster(course, listed("student,first_name\nann,Ann\nbob,Bob\n"))
    done = import_roster(course, listed("student,first_name\nann,Anna\n"))
    assert [one.student for one in done.absent] == ["bob", "zoe"]
    assert set(read_roster(course)) == {"ann", "bob"}
    assert set(read_people(course)) == set(students(course)) == {"ann", "bob", "zoe"}


def test_what_a_list_leaves_empty_stays_as_it_was(course, listed):
    """A second list adds what the first did not know."""
    import_roster(course, listed("student,first_name,email\nann,Ann,ann@x.org\n"))
    import_roster(course, listed("student,first_name,lms_user_id\nann,,17\n"))
    assert read_roster(course)["ann"] == Person("ann", "Ann", "", "ann@x.org", "17")


def test_a_student_keeps_the_id_of_the_first_import(course, listed):
    """A new login, or a list of another system, makes nobody anew."""
    head = "Student,ID,SIS User ID,SIS Login ID,Section\n"
    import_roster(course, listed(f'{head}"Ahn, Ann",17,S1,ann@x.org,A\n'))
    done = import_roster(course, listed(f'{head}"Berg, Ann",17,S1,ann.berg@x.org,A\n'))
    assert not done.added and [student for student, _ in done.changed] == ["ann@x.org"]
    moodle = "First name,Last name,Email address\nAnn,Berg,Ann.Berg@x.org\n"
    assert not import_roster(course, listed(moodle)).added
    assert set(students(course)) == {"ann@x.org"}


def test_an_id_column_that_would_double_students_is_refused(course, listed):
    """After folders were named by logins, numbers are other folders."""
    import_roster(course, DATA / "canvas_gradebook.csv")
    said = refusal(course, DATA / "canvas_gradebook.csv", id_column="ID")
    assert "line 4: '40217' is in the course as 'jbrandt'" in said


def test_ids_come_from_the_column_that_is_named(course):
    """Whatever its heading's case."""
    done = import_roster(course, DATA / "canvas_gradebook.csv", id_column="id")
    assert [one.student for one in done.added][:2] == ["40217", "40218"]
    assert "no column 'Number'" in refusal(
        course, DATA / "canvas_gradebook.csv", id_column="Number"
    )


def test_a_login_that_is_somebody_elses_by_now_is_refused(course, listed):
    """One login, two Canvas ids: one person's grades would become another's."""
    head = "Student,ID,SIS Login ID,Section\n"
    import_roster(course, listed(f'{head}"Ahn, Ann",17,ann,A\n'))
    assert "'ann' is somebody else" in refusal(course, listed(f'{head}"Bo, Ann",18,ann,A\n'))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("ann,1\nbob,2\nann,3\n", "line 4: the id 'ann' is in line 2 too"),
        ("ann,1\nAnn,2\n", "line 3: the id 'ann' is in line 2 too"),
        ("ann,1\nbob,1\n", "line 3: the Canvas id '1' is in line 2 too"),
        ("ann,1\n,2\n", "line 3: there is no id"),
    ],
    ids=["twice", "in another case", "two of one number", "none"],
)
def test_ids_that_are_no_ids_are_refused_with_their_lines(course, listed, rows, said):
    """And nothing is imported."""
    assert said in refusal(course, listed(f"student,lms_user_id\n{rows}")).replace("Ann", "ann")


@pytest.mark.parametrize(
    "student",
    ["../ann", "a/b", "a\\b", ".ann", "-rf", "=1+1", "a b", "a+b", "a*", "nul", "x" * 101, "ann."],
)
def test_ids_that_cannot_be_folders_are_refused(course, listed, student):
    """They would be files elsewhere, hidden, options, formulas or words of a shell."""
    assert "line 2" in refusal(course, listed(f"student\n{student}\n"))


@pytest.mark.parametrize("student", ["o'brien", "ann@x.org", "王小明", "a-b_c.d", "jürgen", "7"])
def test_ids_of_every_script_are_folders(course, listed, student):
    """As long as they begin with a letter or a digit."""
    import_roster(course, listed(f"student\n{student}\n"))
    assert set(students(course)) == {student}


@pytest.mark.parametrize("encoding", ["utf-16-le", "cp1252"])
def test_other_encodings_are_refused_with_a_sentence(course, listed, encoding):
    """Names would come out as something else; UTF-16 is known by its byte-order mark."""
    said = refusal(course, listed("student,first_name\nann,Zoë\n", encoding))
    assert "UTF-8" in said or "null" in said


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_tabs_and_a_byte_order_mark_are_read(course, listed, delimiter):
    """As spreadsheets write them in half of the world."""
    text = "student,last_name\nann,Ahn\n".replace(",", delimiter)
    import_roster(course, listed(text, "utf-8-sig"))
    assert read_roster(course)["ann"].last_name == "Ahn"


def test_a_file_that_lists_nobody_is_refused(course, listed):
    """Other columns, or no rows; the remedy is to say which column is which."""
    with pytest.raises(CourseError, match="its columns are a, b") as refused:
        import_roster(course, listed("a,b\n1,2\n"))
    assert "--columns" in refused.value.remedy
    assert "holds no student" in refusal(course, listed("student,email\n"))


def test_a_course_without_a_gradebook_gets_one(imported):
    """The first import is often the first command of all; trying it out makes none."""
    assert len(students(imported)) == len(read_roster(imported)) == 8


def test_names_hold_nothing_that_steers_a_terminal(course, listed):
    """Line ends and escapes become blanks; marks that names are written with stay."""
    import_roster(course, listed('student,first_name\nann,"A\x1b[31mnn\nB"\nmah,مه\u200cسا\n'))
    assert read_roster(course)["ann"].first_name == "A [31mnn B"
    assert read_roster(course)["mah"].first_name == "مه\u200cسا"


def test_a_dry_run_says_what_would_be_and_writes_nothing(course):
    """The same numbers as the import itself."""
    before = sorted(course.grading.rglob("*"))
    arguments = ["--course", str(course.root), "roster", str(DATA / "canvas_gradebook.csv")]
    dry = CliRunner().invoke(main, [*arguments, "--dry-run"])
    assert dry.exit_code == 0 and "8 added" in dry.output and "nothing was written" in dry.output
    assert sorted(course.grading.rglob("*")) == before and not students(course)
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0 and "8 added, 0 changed, 0 unchanged, 0 gone" in done.output
    assert len(students(course)) == 8


def test_a_thousand_students_are_imported_at_once(course, listed):
    """In one transaction, and each of them is there."""
    rows = "".join(f"s{n},First {n},Last {n},{n}\n" for n in range(1000))
    import_roster(course, listed(f"student,first_name,last_name,lms_user_id\n{rows}"))
    assert len(students(course)) == len(read_roster(course)) == 1000


def test_students_are_found_by_ids_addresses_and_names():
    """Addresses and names in any case, a name in either order, as Moodle's folders have it."""
    people = [
        Person("sb", "Siobhán", "O'Brien", "Sb@x.org", "17"),
        Person("k1", "Min-jun", "Kim"),
        Person("k2", "Min-jun", "Kim"),
        Person("xw", "小明", "王"),
    ]
    finder = StudentFinder(people)
    assert finder.by("email", "sb@X.ORG ") == {"sb"}
    assert finder.by("lms_user_id", "17") == {"sb"}
    assert finder.by("lms_user_id", "") == finder.by("section", "") == frozenset()
    assert finder.by_name("SIOBHÁN OBrien") == finder.by_name("O'Brien, Siobhán") == {"sb"}
    assert finder.by_name("Min-jun Kim") == {"k1", "k2"}
    assert finder.by_name("王 小明") == {"xw"}


def test_a_damaged_roster_is_named(course):
    """With its line, where a student is in it twice."""
    file = io.StringIO()
    csv.writer(file).writerows([COLUMNS, *[["ann", *[""] * (len(COLUMNS) - 1)]] * 2])
    roster_file(course).write_text(file.getvalue(), encoding="utf-8", newline="")
    with pytest.raises(CourseError, match="line 3: ann is there twice"):
        read_roster(course)


def test_any_list_is_read_by_the_columns_that_are_named(course, listed):
    """Other columns are named as unused; one that is not there is refused."""
    path = listed("Nr;Wer;Post;Schuhe\n0012;Ann Ahn;ann@x.org;38\n0013;Bo Bly;;40\n")
    columns = {"student": "nr", "full_name": "Wer", "email": "Post"}
    done = import_roster(course, path, columns=columns)
    assert done.unused == ("Schuhe",)
    assert read_roster(course)["0012"] == Person("0012", "Ann", "Ahn", "ann@x.org")
    assert "has no column 'Name'" in refusal(course, path, columns={"student": "Name"})
    assert "no 'shoe'" in refusal(course, path, columns={"shoe": "Schuhe"})
    arguments = ["--course", str(course.root), "roster", str(path), "--columns"]
    said = CliRunner().invoke(main, [*arguments, "student=Nr,full_name=Wer"])
    assert said.exit_code == 0 and "columns not used: Post, Schuhe" in said.output
    assert CliRunner().invoke(main, [*arguments, "student"]).exit_code == 2


@pytest.mark.parametrize(
    ("head", "row", "names"),
    [
        ("student,First Name,Last Name", "ann,Ann,Ahn", ("Ann", "Ahn")),
        ("Student ID,Name", "ann,Ann B. Ahn", ("Ann B.", "Ahn")),
    ],
)
def test_names_in_one_column_or_two_are_read(course, listed, head, row, names):
    """However the headings are spelled."""
    import_roster(course, listed(f"{head}\n{row}\n"))
    person = read_roster(course)["ann"]
    assert (person.first_name, person.last_name) == names


def test_who_teaches_is_no_student(course, listed):
    """By a column Role; of two roles one has to be a student's."""
    rows = 'ann,Student\nbea,Teacher\ncem,TA\ndee,"Student, TA"\neli,\n'
    done = import_roster(course, listed(f"student,Role\n{rows}"))
    assert [one.student for one in done.added] == ["ann", "dee", "eli"]
    assert done.teaching == ("Teacher", "TA")


@pytest.mark.parametrize(
    "row",
    [
        '"Student, Test",17,,c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00,A',
        '"Étudiant, Test",17,,0f3c,A',
        '"Irgendwer, Test",17,,c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00,A',
    ],
)
def test_canvass_test_student_is_none_under_any_name(course, listed, row):
    """Its login is a hash; a student called so has a SIS id."""
    head = "Student,ID,SIS User ID,SIS Login ID,Section\n"
    real = '"Student, Test",18,S1,tstudent,A\n'
    done = import_roster(course, listed(f"{head}{row}\n{real}"))
    assert [one.student for one in done.added] == ["tstudent"]


@pytest.mark.parametrize("damaged", ["1.07E+13", "1,07E+13", "12345678.0", "345678"])
def test_ids_that_a_spreadsheet_damaged_are_refused(course, listed, damaged):
    """With their lines, unless they are said to be right."""
    rows = "".join(f"{10_000_000 + n},S{n}\n" for n in range(6))
    path = listed(f'student,first_name\n{rows}"{damaged}",Z\n')
    assert "line 8: the id" in refusal(course, path)
    with pytest.raises(CourseError) as refused:
        import_roster(course, path)
    assert "--accept-ids" in refused.value.remedy
    if damaged.isdecimal():
        assert len(import_roster(course, path, accept_ids=True).added) == 7


def test_zeros_that_were_there_before_are_missed(course, listed):
    """A list that had been opened in a spreadsheet makes nobody anew."""
    import_roster(course, listed("student,sis_user_id\nann,0012\nbob,0345\n"))
    said = refusal(course, listed("student,sis_user_id\nann,12\nbob,345\n"))
    assert "line 2: the id '12' was '0012' before" in said


def test_who_has_left_is_withdrawn_by_choice_and_comes_back(course, listed):
    """And stays on the roster either way."""
    import_roster(course, listed("student\nann\nbob\n"))
    path = listed("student\nann\n")
    assert not import_roster(course, path).absent[0].withdrawn
    import_roster(course, path, withdraw_absent=True, write=False)
    assert not read_roster(course)["bob"].withdrawn
    done = import_roster(course, path, withdraw_absent=True)
    assert [one.student for one in done.absent] == ["bob"] and read_roster(course)["bob"].withdrawn
    import_roster(course, listed("student\nann\nbob\n"))
    assert not read_roster(course)["bob"].withdrawn
