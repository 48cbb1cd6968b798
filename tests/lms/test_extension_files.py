"""A file of extensions is read whole, or refused with its lines."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner

from autograder.cli.main import main
from autograder.course.errors import CourseError
from autograder.gradebook.deadlines import deadlines
from autograder.gradebook.extensions import Extension, read_extensions
from autograder.lms.extension_files import named_student, read_extension_file, withdraw
from autograder.lms.people import read_roster, write_roster
from tests.lms.zips_of_systems import BERLIN


@pytest.fixture
def listed(tmp_path):
    """Writes a CSV file and gives its path."""

    def write(text):
        path = tmp_path / "extensions.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_extensions_come_from_a_file(course, listed):
    """By id, address, name or section; hours, days or a date; of one assignment or all."""
    path = listed(
        "Student,Section,Assignment,Extension,Reason\n"
        "jbrandt,,toy,48,ill\n"
        "mcruz@uni.example,,all,2d,\n"
        'Siobhán O\'Brien,,,2026-11-05 23:59,"visa, again"\n'
        ",CNN 102,toy,1w,lab moved\n"
        "xwang,,,withdrawn,\n"
    )
    extensions = read_extension_file(course, path, "toy", BERLIN)
    assert extensions.withdrawn == ("xwang",)
    assert extensions.extensions == (
        Extension("jbrandt", "", "toy", timedelta(hours=48), "ill"),
        Extension("mcruz@uni.example", "", "all", timedelta(days=2)),
        Extension("sobrien", "", "toy", datetime(2026, 11, 5, 22, 59), "visa, again"),
        Extension("", "CNN 102", "toy", timedelta(weeks=1), "lab moved"),
    )


def test_a_file_with_errors_is_refused_with_all_of_them(course, listed):
    """And nothing is changed."""
    path = listed(
        "student,assignment,hours\nnobody,toy,4\njbrandt,foo,4\njbrandt,toy,many\n,toy,4\n"
        "jbrandt,toy,2026-11-05 23:59\n"
    )
    with pytest.raises(CourseError) as refused:
        read_extension_file(course, path, "toy")
    for line, why in enumerate(("is nobody", "no assignment", "no extension", "neither", "no "), 2):
        assert f"line {line}: " in str(refused.value) and why in str(refused.value)
    with pytest.raises(CourseError, match="not the columns of extensions"):
        read_extension_file(course, listed("a,b\n1,2\n"), "toy")


def test_who_has_withdrawn_stays_on_the_roster(course):
    """Nothing is deleted."""
    before = read_roster(course)
    withdraw(course, ("xwang",))
    after = read_roster(course)
    assert set(after) == set(before) and after["xwang"].withdrawn
    assert {name for name, person in after.items() if person.withdrawn} == {"xwang"}


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("jbrandt", "jbrandt"),
        ("Jürgen Brandt", "jbrandt"),
        ("brandt, jürgen", "jbrandt"),
        ("Nobody", "Nobody"),
    ],
)
def test_a_student_is_named_by_id_or_name(course, name, student):
    """What is nobody's name stays as it is, so that the error can show it."""
    assert named_student(course, name) == student


def test_who_has_withdrawn_counts_in_no_section(course):
    """The number of students that a section's deadline reaches is that of those who are there."""
    section = read_roster(course)["jbrandt"].section
    row = Extension("", section, "toy", timedelta(days=1))
    assert "jbrandt" in read_extensions(course).students(row)
    withdraw(course, ("jbrandt",))
    assert "jbrandt" not in read_extensions(course).students(row)


def test_the_command_says_whose_sections_have_several_deadlines(course, listed):
    """And that the latest counts for them; a file that a spreadsheet saved is read again."""
    people = read_roster(course)
    both = replace(people["jbrandt"], section="Lab A and Lab B")
    write_roster(course, [both, replace(people["xwang"], section="Lab A"), people["sobrien"]])
    late = ["--course", str(course.root), "late", "toy"]
    path = listed("section,extension\nLab A,24\nLab B,48\n")
    result = CliRunner().invoke(main, [*late, "--from", str(path)])
    assert result.exit_code == 0, result.output
    assert "in Lab A and Lab B, so that the latest deadline counts: jbrandt\n" in result.output
    file = course.grading / "extensions.csv"
    file.write_bytes(file.read_text().replace(",", ";").encode("cp1252"))
    other = ("--section", "Lab C", "--deadline", "2030-01-01 12:00 UTC")
    result = CliRunner().invoke(main, [*late, *other])
    assert result.exit_code == 1 and "nobody on the roster is in the section" in result.output
    moments = deadlines(course.assignment("toy"))
    hours = {who: (moment - moments[None]) / timedelta(hours=1) for who, moment in moments.items()}
    assert hours == {None: 0, "jbrandt": 48, "xwang": 24}
