"""Grades go to Canvas and Moodle whole and in place, and nothing is left out without a word."""

import csv
import hashlib
import io
import os
import random
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from autograder.batch.history import read_history
from autograder.batch.run import grade_class
from autograder.cli.main import main
from autograder.course.errors import CourseError
from autograder.course.folders import Assignment, Course
from autograder.course.results import Results, read_results, summarize, write_results
from autograder.gradebook.marks import CellMark, Mark, read_marks
from autograder.lms import canvas_grades, moodle_grades
from autograder.lms.grades import Grade, How
from autograder.lms.spreadsheet import number, points, read_sheet, sheet_text
from tests.small_class import GOOD, KINDS, answer, copy_course, hand_in

ASSIGNMENT = Assignment(Course(Path("course")), "naive_convolution")


def grade(student, exact, most=10.0, *, submitted=True, **ids):
    """A student for an export, without a gradebook."""
    cell = CellMark("test", 0.0, None, 0.0, most, "test", False)
    mark = Mark(student, None, None, None, None, submitted, None, 0.0, 0.0, most, (cell,), ())
    given = None if exact is None else Decimal(str(exact))
    return Grade(mark, {"student": student, **ids}, given)


def kinds(filled, blocks=None):
    """The students of each kind of problem."""
    return {(one.kind, one.student) for one in filled.problems if blocks in (None, one.blocks)}


# --- cells and numbers


def test_cells_are_read_as_the_standard_library_reads_them(tmp_path):
    """Hundreds of random files: the same values, and the same bytes when nothing is changed."""
    rng = random.Random(6)
    for _ in range(300):
        delimiter, end = rng.choice(",;\t"), rng.choice(["\n", "\r\n"])
        rows = [
            ["".join(rng.choices('aé"\n,; \t=漢', k=rng.randrange(6))) for _ in range(3)]
            for _ in range(rng.randrange(1, 5))
        ]
        text = io.StringIO()
        rows[0] = ["Student", "ID", "Section"]
        how = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
        csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=how).writerows(rows)
        data = rng.choice([b"", b"\xef\xbb\xbf"]) + text.getvalue().encode()
        path = tmp_path / "file.csv"
        path.write_bytes(data)
        sheet = read_sheet(path)
        found = [list(row.values) for row in (sheet.head, *sheet.rows)]
        assert found == rows
        same = sheet.text([[cell.raw for cell in row.cells] for row in (sheet.head, *sheet.rows)])
        assert same.encode() == data


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "is empty"),
        (b"a,b\n1\n", r"line 2: 1 cells, but 2 columns"),
        (b'a,b\n"x\ny",2\n1,2,3\n', r"line 4: 3 cells, but 2 columns"),
        (b'a,b\n"open,2\n', r"line 2: a quotation mark"),
        (b'a,b\n"x"y,2\n', r"line 2: a quotation mark"),
        (b"a,b\nZo\xeb,2\n", r"line 2: this is not UTF-8"),
        ("a,b\n".encode("utf-16"), "this is not UTF-8|null characters"),
        (b"a\0,b\n", "null characters"),
    ],
)
def test_a_file_that_is_no_csv_is_refused_with_its_line(tmp_path, data, said):
    """One sentence and what to do."""
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    with pytest.raises(CourseError, match=said) as caught:
        read_sheet(path)
    assert str(path) in str(caught.value)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    """It is no gradebook."""
    path = tmp_path / "file.csv"
    with open(path, "wb") as file:
        file.truncate(60_000_000)
    with pytest.raises(CourseError, match="more than 50 MB"):
        read_sheet(path)


@pytest.mark.parametrize(
    ("score", "shown"),
    [(2.675, "2.68"), (1.005, "1.01"), (0.1 + 0.2, "0.30"), (7, "7.00"), (0.125, "0.13"),
     (sum([0.3] * 9) - 0.025, "2.68"), (1234.5, "1234.50"), (1e-12, "0.00")],
)  # fmt: skip
def test_scores_are_rounded_half_up_to_two_decimals(score, shown):
    """As people round, whatever floats made of the sum; no sign between thousands."""
    assert f"{points(score):f}" == shown


@pytest.mark.parametrize(
    ("text", "value"),
    [("10.00", "10"), ("10,5", "10.5"), (" 7 ", "7"), ("-1", "-1"), ("EX", None), ("", None),
     ("1e3", None), ("10%", None), ("1.234,5", None), ("nan", None), ("٣", None)],
)  # fmt: skip
def test_a_cell_is_a_number_with_a_point_or_a_comma(text, value):
    """Anything else is none, rather than a guess."""
    assert number(text) == (None if value is None else Decimal(value))


# --- Canvas

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

    def fill(text=CANVAS, grades=CLASS, **how):
        path = tmp_path / "gradebook.csv"
        path.write_bytes(text.encode())
        return canvas_grades.fill(ASSIGNMENT, read_sheet(path), grades, How(**how))

    return fill


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
    assert ("kept", "dee") not in kinds(canvas(CANVAS.replace(",7.00,", ",-,")))


def test_a_student_who_is_not_in_the_file_blocks(canvas):
    """A grade would be lost; who has none is only told of."""
    more = (*CLASS, grade("eva", 5), grade("fay", None, submitted=False))
    assert kinds(canvas(grades=more), blocks=True) == {("not in the file", "eva")}
    assert not kinds(canvas(grades=more, allow_unmatched=True), blocks=True)
    assert ("not in the file", "fay") in kinds(canvas(grades=more))


def test_zero_for_the_missing_takes_no_grade_away(canvas):
    """An empty cell becomes 0; a grade that a teacher gave in Canvas stays and is told of."""
    gone = [grade(student, 0, submitted=False) for student in ("zoe@uni.example", "bo")]
    filled = canvas(CANVAS.replace(",,15.00", ",,"), gone, missing="zero")
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
    assert old in CANVAS
    with pytest.raises(CourseError, match=said.replace("(", r"\(")) as caught:
        canvas(CANVAS.replace(old, new))
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
    assert filled.text == "\ufeff" + text.replace("6,50", "7.00").replace("=Zoë", "'=Zoë")


def test_a_new_canvas_file_has_the_columns_that_the_importer_asks_for(tmp_path):
    """Ids to go by, the maximum, and only who has a grade; nobody whose id would be run."""
    people = (
        grade("zoe", 7.125, lms_user_id="1001", last_name="=Å", first_name="Zoë", section="A,B"),
        grade("bo", 8.5, sis_login_id="bo"),
        grade("ill", None, lms_user_id="1003"),
        grade("nobody", 3),
        grade("mal", 4, sis_user_id="=1+1"),
    )
    filled = canvas_grades.new(ASSIGNMENT, people, How())
    assert filled.text == (
        "Student,ID,SIS User ID,SIS Login ID,Section,naive_convolution\r\n"
        "    Points Possible,,,,,10.00\r\n"
        '"\'=Å, Zoë",1001,,,"A,B",7.13\r\n'
        "bo,,,bo,,8.50\r\n"
    )
    assert kinds(filled, blocks=True) == {("not in the file", "nobody"), ("not in the file", "mal")}
    path = tmp_path / "new.csv"
    path.write_bytes(filled.text.encode())
    again = canvas_grades.fill(ASSIGNMENT, read_sheet(path), people[:2], How())
    assert not any(line.changed for line in again.lines)


# --- Moodle

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

    def fill(text=MOODLE, grades=ROOM, **how):
        path = tmp_path / "worksheet.csv"
        path.write_bytes(text.encode())
        return moodle_grades.fill(ASSIGNMENT, read_sheet(path), grades, How(**how))

    return fill


def test_moodle_gets_its_worksheet_back_with_grades(moodle):
    """Identifiers, feedback, dates and the mark of the file as they were; a name cannot be run."""
    expected = MOODLE.replace('grading",,10', 'grading",7.13,10').replace("8.50,10", "9.00,10")
    assert moodle().text == expected.replace(",=HYPER", ",'=HYPER")


def test_what_moodle_would_pass_over_without_a_word_is_told_of(moodle):
    """A locked grade stays; one above the maximum blocks unless it is capped."""
    assert kinds(moodle()) == {("kept", "lei"), ("not in the gradebook", "Guest")}
    more = [grade("zoe", "10.01", email="zoe@uni.example")]
    assert kinds(moodle(grades=more), blocks=True) == {("over the maximum", "zoe")}
    capped = moodle(grades=more, cap=True)
    assert capped.lines[0].now == "10.00" and not kinds(capped, blocks=True)


def test_a_german_worksheet_is_filled_in_german(moodle):
    """Its column is named, addresses and the maximum are found, and decimals get their comma."""
    text = (
        "ID;Vollständiger Name;E-Mail-Adresse;Status;Bewertung;Bestwertung;"
        "Bewertung kann geändert werden;Feedback als Kommentar\n"
        "Teilnehmer/in 501;Zoë;zoe@uni.example;Keine Abgabe;-;10,00;Ja;\n"
        "Teilnehmer/in 503;Lei;lei@uni.example;Keine Abgabe;;10,00;Ja;\n"
    )
    with pytest.raises(CourseError, match="no column is called 'Grade'") as caught:
        moodle(text)
    assert "Bewertung" in caught.value.remedy
    filled = moodle(text, ROOM[:1], column="Bewertung")
    assert filled.text == text.replace(";-;10,00", ";7,13;10,00")
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
        moodle(MOODLE.replace(old, new))
    assert caught.value.remedy


def test_without_a_worksheet_moodle_gets_addresses_and_grades():
    """For its grade import; who has no address blocks."""
    people = (*ROOM[:2], grade("x", 1), grade("y", 1, email="=1@x.de"))
    filled = moodle_grades.new(ASSIGNMENT, people, How(decimal=","))
    assert filled.text == (
        "\ufeffEmail address,naive_convolution\r\n"
        'Zoe@uni.example,"7,13"\r\nbo@uni.example,"9,00"\r\n'
    )
    assert {student for _, student in kinds(filled, blocks=True)} == {"x", "y"}


# --- the command, on a graded class


@pytest.fixture(scope="module")
def graded(clean_course, tmp_path_factory):
    """Ann and bob handed in, zoe did not; a written answer of each waits for a person."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("export"))
    hand_in(course, {"ann": answer(course, GOOD), "bob": answer(course, KINDS["triples"])})
    with gradebook(course) as book:
        for student, first, last in (("ann", "Ann", "Å"), ("bob", "Bo", "B"), ("zoe", "Z", "=1")):
            book.add_student(student, first_name=first, last_name=last, email=f"{student}@x.de")
    (course.grading / "roster.csv").write_text(
        sheet_text(
            [
                ("student", "first_name", "last_name", "lms_user_id", "sis_login_id", "section"),
                ("ann", "Ann", "Å", "11", "ann", "A"),
                ("bob", "Bo", "B", "12", "bob", "A"),
                ("zoe", "Z", "=1", "13", "zoe", "B"),
            ]
        )
    )
    submitted, results = course.grading / "submitted", course.results / "toy.json"
    grade_class(course.assignment("toy"), submitted, results, trusted=True, tier="unprotected")
    return course


@pytest.fixture
def course(graded, tmp_path):
    """A copy in which everything is graded by hand, too: ann has 9.5 points, bob 3."""
    course = copy_course(graded, tmp_path / "course")
    with gradebook(course) as book:
        for student, given in (("ann", 3.5), ("bob", 0.0)):
            answered = book.find_grade("written_why", "toy", "toy", student)
            answered.manual_score, answered.needs_manual_grade = given, False
        book.db.commit()
    return course


def gradebook(course):
    return Gradebook(f"sqlite:///{course.grading / 'gradebook.db'}", "convnets")


def export(course, *arguments):
    """What the command said, in one line, and how it ended."""
    every = ["--course", course.root, "export", "toy", *arguments]
    result = CliRunner().invoke(main, [str(one) for one in every], env={"COLUMNS": "300"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return " ".join(result.output.split()), result.exit_code


def exports(course):
    return sorted((course.grading / "exports").rglob("*.csv"))


@pytest.mark.slow
def test_cells_that_wait_for_a_person_block_an_export(graded, tmp_path):
    """Each student with the cells; nothing is written until it is allowed."""
    course = copy_course(graded, tmp_path / "course")
    said, code = export(course, "--format", "canvas")
    assert code == 1 and "blocks ann ungraded: waits for a person: written_why" in said
    assert "blocks bob ungraded" in said and not exports(course)
    said, code = export(course, "--format", "canvas", "--allow-ungraded")
    assert code == 0 and "note ann ungraded" in said
    lines = exports(course)[0].read_text().splitlines()
    assert lines[2:] == ['"Å, Ann",11,,ann,A,6.00', '"B, Bo",12,,bob,A,3.00']


@pytest.mark.slow
def test_an_export_is_kept_with_its_time_and_its_hash(course, tmp_path):
    """The file and its copy are the same, twice in one second as well."""
    target = tmp_path / "out" / "grades.csv"
    said, code = export(course, "--format", "csv", "--out", target)
    assert code == 0
    export(course, "--format", "csv", "--out", target)
    first, second = exports(course)
    assert first.read_bytes() == second.read_bytes() == target.read_bytes()
    assert hashlib.sha256(target.read_bytes()).hexdigest() in said
    assert "note zoe missing: no submission: nothing" in said


@pytest.mark.slow
def test_the_plain_file_has_the_columns_of_nbgrader(course):
    """The same students and scores as `nbgrader export`; nothing where that has 0 for nothing."""
    plugin, theirs = CsvExportPlugin(), course.root / "nbgrader.csv"
    plugin.to, plugin.assignment = str(theirs), ["toy"]
    with gradebook(course) as book:
        plugin.export(book)
    export(course, "--format", "csv")
    with open(theirs) as one, open(exports(course)[0], newline="") as other:
        rows, own = list(csv.DictReader(one)), list(csv.DictReader(other))
    assert list(rows[0]) == list(own[0])
    for row, mine in zip(sorted(rows, key=lambda row: row["student_id"]), own, strict=True):
        assert row["student_id"] == mine["student_id"] and row["timestamp"] == mine["timestamp"]
        assert float(row["score"]) == float(mine["score"] or 0)
        assert float(row["max_score"]) == float(mine["max_score"])
    assert own[2]["score"] == "" and own[2]["last_name"] == "'=1"


def canvas_file(course, ann="", bob="5.00"):
    """A gradebook of the class as Canvas exports it."""
    path = course.root / "canvas.csv"
    rows = [
        ("Student", "ID", "SIS Login ID", "Section", "Toy (9)", "Final Score"),
        ("    Points Possible", "", "", "", "10.00", "(read only)"),
        ("Å, Ann", "11", "ann", "A", ann, ""),
        ("B, Bo", "12", "bob", "A", bob, ""),
        ("Z", "13", "zoe", "B", "", ""),
    ]
    path.write_text(sheet_text(rows))
    return path


@pytest.mark.slow
def test_a_dry_run_shows_what_would_change_and_writes_nothing(course):
    """Neither files nor the gradebook."""
    path = canvas_file(course)
    before = {one: one.read_bytes() for one in course.root.rglob("*") if one.is_file()}
    said, code = export(course, "--format", "canvas", "--into", path, "--dry-run")
    assert code == 0
    assert "ann Å, Ann – 9.50 bob B, Bo 5.00 3.00" in said
    assert "3 students: 2 changed, 1 unchanged" in said and "nothing was written" in said
    after = {one: one.read_bytes() for one in course.root.rglob("*") if one.is_file()}
    assert after == before


@pytest.mark.slow
def test_the_file_that_is_filled_is_not_written_over_unless_told(course):
    """Not by another name of it either; with --replace a link stays a link."""
    path = canvas_file(course)
    data, link = path.read_bytes(), course.root / "link.csv"
    link.symlink_to(path)
    for target in (path, link):
        said, code = export(course, "--format", "canvas", "--into", path, "--out", target)
        assert code == 1 and "is the file that is filled" in said
        assert path.read_bytes() == data and not exports(course)
    said, code = export(course, "--format", "canvas", "--into", path, "--out", link, "--replace")
    assert code == 0 and link.is_symlink()
    assert path.read_text().splitlines()[2] == '"Å, Ann",11,ann,A,9.50'


@pytest.mark.slow
def test_an_export_into_the_last_export_changes_nothing(course):
    """What Canvas would say after the import, and what is said again."""
    export(course, "--format", "canvas", "--into", canvas_file(course))
    (first,) = exports(course)
    said, code = export(course, "--format", "canvas", "--into", first)
    assert code == 0 and "3 students: 0 changed, 3 unchanged" in said
    assert len({one.read_bytes() for one in exports(course)}) == 1


@pytest.mark.slow
def test_the_log_knows_which_scores_left_in_which_file(course):
    """A dry run and an export that is blocked leave no line."""
    path = canvas_file(course)
    export(course, "--format", "canvas", "--into", path, "--dry-run")
    export(course, "--format", "canvas", "--into", path)
    (note,) = read_history(course.assignment("toy")).notes
    assert note["scores"] == {"ann": "9.50", "bob": "3.00", "zoe": ""}
    (copy,) = exports(course)
    assert note["file"] == str(copy)
    assert note["sha256"] == hashlib.sha256(copy.read_bytes()).hexdigest()


@pytest.mark.slow
def test_work_that_came_after_grading_blocks(course):
    """A new version, and a student who was never graded; allowed, neither gets a grade."""
    hand_in(course, {"ann": answer(course, KINDS["triples"]), "zoe": answer(course, GOOD)})
    path = canvas_file(course)
    said, code = export(course, "--format", "canvas", "--into", path)
    assert code == 1 and "blocks ann not graded: what is handed in is not what was graded" in said
    assert "blocks zoe not graded: handed in, but never graded" in said
    said, code = export(course, "--format", "canvas", "--into", path, "--allow-ungraded")
    assert code == 0
    lines = exports(course)[0].read_text().splitlines()
    assert [line.rpartition(",")[2] for line in lines[2:]] == ["", "3.00", ""]


@pytest.mark.slow
def test_a_fault_of_the_grader_is_no_grade(course):
    """The gradebook still has what an earlier batch gave; it does not go out."""
    path = course.results / "toy.json"
    results = read_results(path)
    fault = summarize("ann", {}, verdict="grader_error", message="the disk was full")
    others = (one for one in results.submissions if one.student != "ann")
    write_results(path, Results("toy", results.protections, (fault, *others)))
    said, code = export(course, "--format", "csv")
    assert code == 1 and "blocks ann not graded: the grader failed: the disk was full" in said


@pytest.mark.slow
def test_penalties_are_those_of_the_policy_now(course):
    """A deadline that was set after grading counts, in the file and then in the gradebook."""
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("percent_per_day = 0", "percent_per_day = 10"))
    with gradebook(course) as book:
        book.update_or_create_assignment("toy", duedate="2026-11-02 12:00 UTC")
        book.update_or_create_submission("toy", "ann", timestamp="2026-11-03 12:00:01 UTC")
    said, code = export(course, "--format", "csv", "--dry-run")
    assert code == 0 and "ann 1 d 00:00:01 0 2" in said
    assert read_marks(course.assignment("toy"))[0].penalty == 0.0
    export(course, "--format", "csv")
    with open(exports(course)[0], newline="") as file:
        ann = next(csv.DictReader(file))
    assert (ann["raw_score"], ann["late_submission_penalty"], ann["score"]) == (
        "9.50",
        "2.00",
        "7.50",
    )
    assert read_marks(course.assignment("toy"))[0].penalty == 2.0


@pytest.mark.slow
def test_zero_for_the_missing_is_a_choice(course):
    """Printed either way."""
    said, _ = export(course, "--format", "canvas", "--missing", "zero")
    assert "note zoe missing: no submission: 0 points" in said
    assert exports(course)[0].read_text().splitlines()[-1] == '"\'=1, Z",13,,zoe,B,0.00'


@pytest.mark.slow
def test_a_course_graded_elsewhere_is_exported_with_a_note(course, tmp_path):
    """Whether something was handed in since cannot be known without the batch's results."""
    for path in [*(course.results / "toy").iterdir(), course.results / "toy.json"]:
        path.unlink()
    said, code = export(course, "--format", "csv")
    assert code == 0 and "not graded by a batch" in said
    said, code = export(course, "--format", "csv", "--submitted", tmp_path / "nowhere")
    assert code == 0 and "there is no nowhere/ to compare" in said


@pytest.mark.slow
def test_wrong_usage_is_one_sentence(course):
    """A format that has nothing to fill, and a file that is none of Canvas."""
    said, code = export(course, "--format", "csv", "--into", canvas_file(course))
    assert code == 1 and "nothing to fill in the format csv" in said
    said, code = export(course, "--format", "canvas", "--into", course.root / "nbgrader_config.py")
    assert code == 1 and said.startswith("Error:") and "Remedy:" in said
    assert export(course, "--format", "blackboard")[1] == 2
    assert export(course)[1] == 2


@pytest.mark.slow
def test_a_full_disk_leaves_the_old_file(course, tmp_path, monkeypatch):
    """A file is there whole or not at all."""
    target = tmp_path / "grades.csv"
    target.write_text("old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    said, code = export(course, "--format", "csv", "--out", target)
    assert code == 1 and "cannot be written: No space left on device" in said
    assert target.read_text() == "old" and list(tmp_path.glob("*grades*")) == [target]
