"""The files of each system of the table are read, and grades go back into those that take them.

tests/data/systems has an example of each, all with the same class of four and who teaches it.
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograder.course.errors import CourseError
from autograder.course.spreadsheet import read_sheet
from autograder.lms.people import read_people
from autograder.lms.roster import import_roster
from autograder.lms.student_lists import read_list
from autograder.lms.systems import SYSTEMS
from autograder.lms.zip_contents import Sources
from tests.edits import edit_file
from tests.lms import class_grades
from tests.lms.class_grades import grade, kinds
from tests.lms.zips_of_systems import BERLIN, DATA, collect_zip, run_collect, submission_of
from tests.small_class import copy_course
from tests.zips import notebook

SYSTEM_FILES = DATA / "systems"
NUMBERS = ["00101001", "00101002", "00101003", "00101004"]
LOGINS = ["jbrandt", "mcruz", "sobrien", "xwang"]
LISTS = {
    "brightspace_grades.csv": ("brightspace", LOGINS),
    "blackboard_grades.txt": ("blackboard", LOGINS),
    "gradescope_roster.csv": ("gradescope", NUMBERS),
    "github_roster.csv": ("github", NUMBERS),
    "ilias_members.csv": ("ilias", LOGINS),
    "studip_participants.csv": ("studip", LOGINS),
    "moodle_worksheet_de.csv": (
        "moodle",
        ["juergen.brandt", "mj.delacruz", "sobrien", "xiaoming.wang"],
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_each_system_is_read(name):
    """Its system, the ids of the students with their zeros, their names, and nobody who teaches."""
    system, ids = LISTS[name]
    student_list = read_list(read_sheet(SYSTEM_FILES / name))
    assert student_list.system.name == system
    assert [one.student for one in student_list.students] == ids
    brandt = student_list.students[0].about
    assert (brandt["first_name"], brandt["last_name"]) == ("Jürgen", "Brandt")
    assert brandt.get("sis_user_id", "00101001") == "00101001"
    assert brandt.get("email", "juergen.brandt@uni.example") == "juergen.brandt@uni.example"
    assert student_list.students[1].about["last_name"] in ("de la Cruz", "Cruz")


def test_every_system_that_lists_students_has_an_example():
    """A new row of the table needs its file; Canvas, Moodle and plain lists have tests besides."""
    listed = {system.name for system in SYSTEMS if system.people}
    assert {system for system, _ in LISTS.values()} | {"canvas", "csv"} == listed


@pytest.fixture
def course_of(empty_course, tmp_path):
    """A function that makes a course with the class of a list."""

    def make(name):
        course = copy_course(empty_course, tmp_path / "course")
        import_roster(course, SYSTEM_FILES / name)
        return course

    return make


FOLDERS = {
    "brightspace": (
        "brightspace_grades.csv",
        [
            "12345-67890 - Jürgen Brandt - Nov 2, 2026 915 AM/toy.ipynb",
            "12346-67890 - María José de la Cruz - Nov 4, 2026 101 AM/toy.ipynb",
            "index.html",
        ],
    ),
    "blackboard": (
        "blackboard_grades.txt",
        [
            "Naive20Convolution_jbrandt_attempt_2026-11-02-09-15-00_toy.ipynb",
            "Naive20Convolution_jbrandt_attempt_2026-11-02-09-15-00.txt",
            # A student can call a file like another's.
            "Naive20_mcruz_attempt_2026-11-04-01-01-00_x_jbrandt_attempt_2026-11-01-00-00-00_toy"
            ".ipynb",
        ],
    ),
    "ilias": (
        "ilias_members.csv",
        [
            "Exercise_1/Brandt_Jürgen_jbrandt_501/20261102091500_toy.ipynb",
            "Exercise_1/Team_7/de la Cruz_María José_mcruz_502/20261104010100_toy.ipynb",
            "Exercise_1/status.csv",
        ],
    ),
}


@pytest.mark.parametrize("system", FOLDERS)
def test_paths_of_each_system_say_whose_and_when(course_of, zipped, system):
    """In the zone that is named; without one nothing is collected."""
    name, paths = FOLDERS[system]
    course = course_of(name)
    path = zipped({one: notebook(one) for one in paths})
    with pytest.raises(CourseError, match="without a time zone"):
        collect_zip(course, path)
    result = collect_zip(course, path, Sources(zone=BERLIN))
    assert result.system == system and not result.unmatched
    assert {work.student: (work.time, work.late, work.told) for work in result.works} == {
        "jbrandt": ("2026-11-02 08:15:00 UTC", False, True),
        "mcruz": ("2026-11-04 00:01:00 UTC", True, True),
    }
    assert result.missing == ("sobrien", "xwang")


def test_a_login_with_an_underscore_is_found_behind_blackboards_own_text(course_of, zipped):
    """Unless two logins fit."""
    course = course_of("blackboard_grades.txt")
    roster = course.grading / "roster.csv"
    edit_file(roster, ("mcruz", "m_cruz"), ("xwang", "cruz"), every=True)
    name = "Home_work_1_{}_attempt_2026-11-02-09-15-00_toy.ipynb"
    path = zipped({name.format(login): notebook(login) for login in ("so_brien", "sobrien")})
    result = collect_zip(course, path, Sources(zone=BERLIN))
    assert [work.student for work in result.works] == ["sobrien"]
    assert [one.owner for one in result.unmatched] == ["work_1_so_brien"]
    doubtful = zipped({name.format("m_cruz"): notebook("m")}, "two.zip")
    (one,) = collect_zip(course, doubtful, Sources(zone=BERLIN)).unmatched
    assert "fits the ids cruz, m_cruz" in one.why and not one.student


def test_an_export_of_gradescope_reaches_every_member_of_a_group(course_of, zipped):
    """Whose a submission is, and when it came, is in its metadata."""
    course = course_of("gradescope_roster.csv")
    files = {f"assignment_9_export/submission_{n}/toy.ipynb": notebook(str(n)) for n in (501, 502)}
    metadata = (SYSTEM_FILES / "gradescope_metadata.yml").read_bytes()
    path = zipped({**files, "assignment_9_export/submission_metadata.yml": metadata})
    result = collect_zip(course, path)
    assert {work.student: work.time for work in result.works} == {
        "00101001": "2026-11-02 08:15:31 UTC",
        "00101002": "2026-11-04 00:01:07 UTC",
        "00101004": "2026-11-04 00:01:07 UTC",
    }
    assert not result.unmatched and result.missing == ("00101003",)


def test_clones_of_github_classroom_are_a_folder(course_of, tmp_path):
    """By the names on GitHub; what Git keeps is not looked into."""
    course = course_of("github_roster.csv")
    for login in ("jb-codes", "mjcruz", "stranger"):
        clone = tmp_path / "toy-submissions" / f"toy-{login}"
        (clone / ".git").mkdir(parents=True)
        (clone / ".git" / "config").write_text("x")
        (clone / "toy.ipynb").write_bytes(notebook(login))
    result = collect_zip(course, tmp_path / "toy-submissions")
    assert {work.student for work in result.works} == {"00101001", "00101002"}
    assert [one.owner for one in result.unmatched] == ["stranger"]
    assert submission_of(course, "00101001")[0] == notebook("jb-codes")


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("{student}/{file}", "mcruz/toy.ipynb"),
        ("{student}/{file}", "all of them/mcruz/hw/toy.ipynb"),
        ("{last}{first}_{id}_{file}", "delacruzmaríajosé_00101002_toy.ipynb"),
        ("{skip}_{email}_{file}", "Blatt 3_mj.delacruz@uni.example_toy.ipynb"),
        ("{last}, {first}/{file}", "de la Cruz, María José/toy.ipynb"),
        ("{login}.ipynb", "mcruz.ipynb"),
        ("{name}/{file}", "all of them/María José de la Cruz/hw/toy.ipynb"),
        ("{first} {last}/{file}", "shared/María José de la Cruz/toy.ipynb"),
    ],
)
def test_any_other_folder_is_read_by_a_pattern(course_of, zipped, pattern, path):
    """Of ids, logins, addresses or names, with folders around and within."""
    course = course_of("brightspace_grades.csv")
    result = collect_zip(course, zipped({path: notebook("m")}), Sources(pattern=pattern))
    assert [work.student for work in result.works] == ["mcruz"], result.unmatched


def test_a_pattern_makes_nobodys_work_somebody_elses(course_of, zipped):
    """A file's name that holds another's id makes the file nobody's."""
    course = course_of("brightspace_grades.csv")
    name = "x_mcruz_1_jbrandt_toy.ipynb"
    path = zipped({name: notebook("forged"), "brandtjürgen_jbrandt_toy.ipynb": notebook("mine")})
    result = collect_zip(course, path, Sources(pattern="{name}_{id}_{file}"))
    assert [one.paths for one in result.unmatched] == [(name,)]
    assert submission_of(course, "jbrandt")[0] == notebook("mine")


def test_a_folder_with_the_name_of_another_student_is_nobodys(course_of, zipped):
    """Within somebody's folder students choose the names."""
    course = course_of("brightspace_grades.csv")
    path = zipped({"María José de la Cruz/Jürgen Brandt/toy.ipynb": notebook("whose")})
    (one,) = collect_zip(course, path, Sources(pattern="{name}/{file}")).unmatched
    assert "fits" in one.why and submission_of(course, "jbrandt") == (None, None)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{shoe}/{file}", "no field {shoe}"),
        ("all/{file}", "names no student"),
        ("{student}/{file", "a bracket is open"),
        ("{student:[}/{file}", "is no pattern"),
        ("{id}/{id}/{file}", "there twice"),
    ],
)
def test_what_is_no_pattern_is_refused_with_the_fields(course_of, zipped, pattern, said):
    """And with an example."""
    course = course_of("brightspace_grades.csv")
    code, text = run_collect(course, zipped({"a/b": b""}), "toy", "--pattern", pattern)
    assert code == 1 and said in text and "{student}/{file}" in text


@pytest.mark.parametrize("known", [("mcruz", "jbrandt"), ()])
@pytest.mark.parametrize("around", ["", "all/", "all/of them/"])
def test_a_strangers_own_folder_is_named(course_of, tmp_path, known, around):
    """Not one around it, however deep the others lie; each stranger has a line of their own."""
    course = course_of("brightspace_grades.csv")
    for name in (*known, "zed", "yan"):
        file = tmp_path / "shared" / f"{around}{name}/hw/toy.ipynb"
        file.parent.mkdir(parents=True)
        file.write_bytes(notebook(name))
    sources = Sources(pattern="{student}/{file}")
    done = collect_zip(course, tmp_path / "shared", sources)
    assert {work.student for work in done.works} == set(known)
    assert {one.owner for one in done.unmatched} == {"zed", "yan"}
    for one in done.unmatched:
        assert one.why == f"nobody on the roster has the id {one.owner}"
        assert "folder" in one.remedy and "grading/roster.csv" in one.remedy


CLASS = (
    grade("jbrandt", 7.125, sis_user_id="00101001", sis_login_id="jbrandt"),
    grade("mcruz", 9, sis_user_id="00101002", sis_login_id="mcruz"),
    grade("sobrien", "3.5", sis_user_id="00101003", sis_login_id="sobrien"),
    grade("xwang", None, submitted=False, sis_user_id="00101004"),
)


def test_brightspace_gets_its_column_back_and_nothing_that_it_would_change():
    """Cut to the ids, the column and the end of each line."""
    filled = class_grades.fill("brightspace", SYSTEM_FILES / "brightspace_grades.csv", CLASS)
    column = "Naive Convolution Points Grade <Numeric MaxPoints:10 Weight:50 Category:Homework "
    assert filled.text.splitlines() == [
        f"OrgDefinedId,Username,Last Name,First Name,Email,{column}CategoryWeight:80>,"
        "End-of-Line Indicator",
        "#00101001,#jbrandt,Brandt,Jürgen,juergen.brandt@uni.example,7.13,#",
        "#00101002,#mcruz,de la Cruz,María José,mj.delacruz@uni.example,9.00,#",
        "#00101003,#sobrien,O'Brien,Siobhán,sobrien@uni.example,3.5,#",
        "#00101004,#xwang,王,小明,xiaoming.wang@uni.example,,#",
    ]
    assert not kinds(filled, blocks=True)


def test_blackboard_gets_utf_16_with_tabs():
    """Byte for byte as it was, besides the grades."""
    path = SYSTEM_FILES / "blackboard_grades.txt"
    filled = class_grades.fill("blackboard", path, CLASS)
    text = path.read_bytes().decode("utf-16-le")
    rows = [row.split("\t") for row in text.splitlines()]
    for row, cell in zip(rows[1:3], ("7.13", "9.00"), strict=True):
        row[-1] = cell
    kept = [[*row[:6], row[7]] for row in rows]  # without the total
    assert filled.data.decode("utf-16-le").splitlines() == ["\t".join(row) for row in kept]
    assert filled.data.startswith(b"\xff\xfe")


@pytest.mark.parametrize("system", ["brightspace", "blackboard"])
def test_a_new_file_can_be_read_again(system, tmp_path):
    """As a list of students and as a gradebook of the system."""
    filled = class_grades.new(system, CLASS[:3])
    path = tmp_path / "new.csv"
    path.write_bytes(filled.data)
    again = class_grades.fill(system, path, CLASS[:3])
    assert [line.changed for line in again.lines] == [False, False, False]


@pytest.mark.parametrize(
    ("system", "name", "edits", "said"),
    [
        ("brightspace", "brightspace_grades.csv", [("MaxPoints:10", "MaxPoints:20")], "out of 20"),
        ("brightspace", "brightspace_grades.csv", [("Naive", "Naiver")], "no column is called"),
        ("brightspace", "moodle_worksheet_de.csv", [], "is not a gradebook that Brightspace"),
        ("blackboard", "brightspace_grades.csv", [], "is not a gradebook that Blackboard"),
    ],
)
def test_a_file_that_is_not_clear_is_refused(tmp_path, system, name, edits, said):
    """With what to do."""
    path = Path(shutil.copy(SYSTEM_FILES / name, tmp_path))
    edit_file(path, *edits)
    with pytest.raises(CourseError, match=said) as caught:
        class_grades.fill(system, path, CLASS)
    assert caught.value.remedy


def test_any_other_file_is_filled_by_its_columns(tmp_path):
    """With the sign before decimals that it has."""
    path = tmp_path / "hispos.csv"
    path.write_text("mtknr;name;bewertung\n00101002;Cruz;\n00101001;Brandt;2,0\n9;Other;\n")
    columns = {"sis_user_id": "mtknr", "points": "bewertung"}
    filled = class_grades.fill("csv", path, CLASS[:2], columns)
    assert filled.text == (
        "mtknr;name;bewertung\n00101002;Cruz;9,00\n00101001;Brandt;7,13\n9;Other;\n"
    )
    assert kinds(filled) == {("maximum", ""), ("not in the gradebook", "Cruz")} - {
        ("not in the gradebook", "Cruz")
    } | {("not in the gradebook", "Other")}
    sheet = class_grades.new("csv", CLASS[:1], {"sis_user_id": "Nr", "points": "P", "name": "N"})
    assert sheet.text == "Nr,P,N\r\n00101001,7.13,jbrandt\r\n"
    for wrong in ({"points": "bewertung"}, {"student": "mtknr"}, {"shoe": "x", "points": "y"}):
        with pytest.raises(CourseError, match="--columns"):
            class_grades.fill("csv", path, CLASS, wrong)


def test_of_several_attempts_the_latest_counts(course_of, zipped):
    """By the times in the paths, wherever it stands in the zip; its time is the one that counts."""
    course = course_of("brightspace_grades.csv")
    folders = [f"1-2 - Jürgen Brandt - Nov {day}, 2026 1030 AM" for day in (1, 3, 2)]
    path = zipped({f"{folder}/toy.ipynb": notebook(folder) for folder in folders})
    (work,) = collect_zip(course, path, Sources(zone=BERLIN)).works
    assert submission_of(course, "jbrandt") == (notebook(folders[1]), "2026-11-03 09:30:00 UTC")
    assert work.remarks == ("2 earlier copies left out",)


def test_times_of_every_system_are_in_utc(course_of, zipped):
    """Also those in summer, whose zone has another offset."""
    course = course_of("brightspace_grades.csv")
    path = zipped({"1-2 - Jürgen Brandt - Jul 1, 2026 1205 AM/toy.ipynb": notebook("")})
    (work,) = collect_zip(course, path, Sources(zone=BERLIN)).works
    assert work.time == f"{datetime(2026, 6, 30, 22, 5, tzinfo=UTC):%Y-%m-%d %H:%M:%S} UTC"
    assert read_people(course)["jbrandt"].sis_user_id == "00101001"
