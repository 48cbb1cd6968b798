"""`autograder roster` takes lists of students in, twice without harm, and loses nobody."""

import csv
import shutil
import unicodedata
from datetime import timedelta

import pytest
from click.testing import CliRunner

from autograder.cli.main import main
from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
from autograder.gradebook.extensions import Extension, read_extensions, with_rows
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.lms.people import COLUMNS, Person, read_people, read_roster, roster_file
from autograder.lms.roster import import_roster
from tests.edits import edit_file
from tests.lms.roster_imports import students
from tests.lms.zips_of_systems import DATA
from tests.toy_course import make_course


def test_a_gradebook_of_canvas_becomes_the_roster(new_course):
    """Without points possible, posting policies and the test student; logins are the ids."""
    result = import_roster(new_course, DATA / "canvas_gradebook.csv")
    assert result.system == "canvas"
    assert [one.student for one in result.added] == [
        *("jbrandt", "mcruz@uni.example", "sobrien", "xwang", "formula", "bsmith", "davni"),
        "S1008",
    ]
    people = read_roster(new_course)
    assert people["mcruz@uni.example"] == Person(
        *("mcruz@uni.example", "María José", "de la Cruz", "mcruz@uni.example"),
        *("40218", "S1002", "mcruz@uni.example", "CNN 101"),
    )
    assert people["bsmith"].last_name == "Smith"
    assert people["bsmith"].first_name == '"Bob" [aka x], Jr.'
    assert people["xwang"].first_name == "小明"
    known = students(new_course)
    assert set(known) == set(people)
    assert known["davni"]["first_name"] == "דנה"
    assert known["davni"]["lms_user_id"] == "40223"


def test_no_spreadsheet_runs_what_a_student_is_called(new_course):
    """A formula has an apostrophe in roster.csv, and none where it is read or in the gradebook."""
    import_roster(new_course, DATA / "canvas_gradebook.csv")
    name = '=HYPERLINK("https://evil.example","click")'
    with open(roster_file(new_course), encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert tuple(rows["formula"]) == COLUMNS
    cells = [cell for row in rows.values() for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    people = read_roster(new_course)["formula"]
    assert name in f"{people.last_name},{people.first_name}"
    assert not import_roster(new_course, DATA / "canvas_gradebook.csv").changed


@pytest.mark.parametrize(
    ("name", "encoding", "is_read"),
    [
        ("Jürgen Groß", "cp1252", True),
        ("José", "cp1252", True),
        ("Jürgen", "mac-roman", False),
        ("Петров", "cp1251", False),
        ("Łukasz", "cp1250", False),
    ],
)
def test_a_list_of_a_german_excel_is_read_where_its_letters_are_clear(
    new_course, listed, name, encoding, is_read
):
    """Of another alphabet, nobody can tell the encoding: a sentence says how to save it."""
    path = listed(f"student;first_name;last_name\nann;{name};Ahn\n", encoding)
    if is_read:
        import_roster(new_course, path)
        assert read_roster(new_course)["ann"].first_name == name
    else:
        with pytest.raises(CourseError, match="not UTF-8") as refused:
            import_roster(new_course, path)
        assert "CSV UTF-8" in refused.value.remedy


@pytest.mark.parametrize("first", ["NFC", "NFD"])
def test_a_list_that_a_mac_saved_changes_nobody(new_course, listed, first):
    """Accents may be letters of their own there; sections are found however they are written."""
    text = "student,first_name,last_name,section\nann,Ánn,Müller,Übungsgruppe A (Mo)\n"
    second = {"NFC": "NFD", "NFD": "NFC"}[first]
    import_roster(new_course, listed(unicodedata.normalize(first, text)))
    assert import_roster(new_course, listed(unicodedata.normalize(second, text))).unchanged
    assert read_roster(new_course)["ann"].section == "Übungsgruppe A (Mo)"
    for form in ("NFC", "NFD"):
        section = unicodedata.normalize(form, "Übungsgruppe A (Mo)")
        extensions = with_rows(
            read_extensions(new_course), [Extension("", section, "toy", timedelta(days=1))]
        )
        assert extensions.students(extensions.rows[0]) == ["ann"]
        assert extensions.of("ann", "toy", None) == timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "student"),
    [
        ("student,first_name,section\nann,Ann,{}\nbob,Bob,Lab A\nann,Ann,{}\nann,Ann,{}\n", "ann"),
        (
            "Vorname,E-Mail-Adresse,Gruppen\nAnn,ann@x.de,{}\nAnn,ann@x.de,{}\nAnn,ann@x.de,{}\n",
            "ann",
        ),
    ],
    ids=["CSV", "Moodle"],
)
def test_a_student_with_a_row_for_each_section_is_in_all_of_them(new_course, listed, text, student):
    """Once on the roster, by the same id as with one row; a row of another name is refused."""
    done = import_roster(new_course, listed(text.format("Lab A", "Lab B", "Lab A")))
    assert not done.changed
    assert read_roster(new_course)[student].section == "Lab A, Lab B"
    two = text.replace("Ann,", "Amy,", 1).format("Lab A", "Lab B", "Lab A")
    with pytest.raises(CourseError, match="line 2"):
        import_roster(new_course, listed(two))


@pytest.mark.parametrize("name", ["moodle_worksheet.csv", "moodle_participants.csv"])
def test_lists_of_moodle_become_the_roster(new_course, name):
    """By ID number, else by what is before the @, else by the whole address."""
    result = import_roster(new_course, DATA / name)
    assert result.system == "moodle"
    ids = ["1001", "1002", "1003", "xiaoming.wang", "kim@uni.example", "kim@other.example", "1007"]
    assert [one.student for one in result.added] == ids
    people = read_roster(new_course)
    brandt = people["1001"]
    assert (brandt.first_name, brandt.last_name) == ("Jürgen", "Brandt")
    assert (brandt.sis_user_id, brandt.email) == ("1001", "juergen.brandt@uni.example")
    assert people["1003"].last_name == "O'Brien"


def test_the_roster_can_be_imported_itself(new_course, tmp_path):
    """After somebody has corrected it, say; nothing else changes."""
    import_roster(new_course, DATA / "canvas_gradebook.csv")
    path = tmp_path / "roster.csv"
    shutil.copy(roster_file(new_course), path)
    edit_file(path, ("Jürgen", "Juergen"))
    result = import_roster(new_course, path)
    assert [student for student, _ in result.changed] == ["jbrandt"]
    assert "'Jürgen' → 'Juergen'" in result.changed[0][1]
    assert not result.added and not result.absent


def test_running_it_again_changes_nothing(new_course):
    """Not a byte of the roster, and nobody in the gradebook."""
    import_roster(new_course, DATA / "canvas_gradebook.csv")
    before, known = roster_file(new_course).read_bytes(), students(new_course)
    result = import_roster(new_course, DATA / "canvas_gradebook.csv")
    assert (
        not result.added and not result.changed and not result.absent and len(result.unchanged) == 8
    )
    assert roster_file(new_course).read_bytes() == before
    assert students(new_course) == known


def test_who_is_no_longer_listed_is_named_and_stays(new_course, listed):
    """On the roster and in the gradebook; who was only in the gradebook is named too."""
    with open_gradebook(load_config(new_course)) as book:
        book.add_student("zoe", first_name="Zoë")
    import_roster(new_course, listed("student,first_name\nann,Ann\nbob,Bob\n"))
    result = import_roster(new_course, listed("student,first_name\nann,Anna\n"))
    assert [one.student for one in result.absent] == ["bob", "zoe"]
    assert set(read_roster(new_course)) == {"ann", "bob"}
    assert set(read_people(new_course)) == set(students(new_course)) == {"ann", "bob", "zoe"}


def test_what_a_list_leaves_empty_stays_as_it_was(new_course, listed):
    """A second list adds what the first did not know."""
    import_roster(new_course, listed("student,first_name,email\nann,Ann,ann@x.org\n"))
    import_roster(new_course, listed("student,first_name,lms_user_id\nann,,17\n"))
    assert read_roster(new_course)["ann"] == Person("ann", "Ann", "", "ann@x.org", "17")


def test_a_course_without_a_gradebook_gets_one(tmp_path):
    """The first import is often the first command of all; trying it out makes none."""
    course = make_course(tmp_path)
    import_roster(course, DATA / "canvas_gradebook.csv", write=False)
    assert not course.grading.exists()
    import_roster(course, DATA / "canvas_gradebook.csv")
    assert len(students(course)) == len(read_roster(course)) == 8


def test_a_dry_run_says_what_would_be_and_writes_nothing(new_course):
    """The same numbers as the import itself."""
    before = sorted(new_course.grading.rglob("*"))
    arguments = ["--course", str(new_course.root), "roster", str(DATA / "canvas_gradebook.csv")]
    dry = CliRunner().invoke(main, [*arguments, "--dry-run"])
    assert dry.exit_code == 0 and "8 added" in dry.output and "nothing was written" in dry.output
    assert sorted(new_course.grading.rglob("*")) == before and not students(new_course)
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0 and "8 added, 0 changed, 0 unchanged, 0 gone" in result.output
    assert len(students(new_course)) == 8


def test_a_thousand_students_are_imported_at_once(new_course, listed):
    """In one transaction, and each of them is there."""
    rows = "".join(f"s{n},First {n},Last {n},{n}\n" for n in range(1000))
    import_roster(new_course, listed(f"student,first_name,last_name,lms_user_id\n{rows}"))
    assert len(students(new_course)) == len(read_roster(new_course)) == 1000


def test_who_has_left_is_withdrawn_by_choice_and_comes_back(new_course, listed):
    """And stays on the roster either way."""
    import_roster(new_course, listed("student\nann\nbob\n"))
    path = listed("student\nann\n")
    assert not import_roster(new_course, path).absent[0].withdrawn
    import_roster(new_course, path, withdraw_absent=True, write=False)
    assert not read_roster(new_course)["bob"].withdrawn
    result = import_roster(new_course, path, withdraw_absent=True)
    assert [one.student for one in result.absent] == ["bob"] and read_roster(new_course)[
        "bob"
    ].withdrawn
    import_roster(new_course, listed("student\nann\nbob\n"))
    assert not read_roster(new_course)["bob"].withdrawn
