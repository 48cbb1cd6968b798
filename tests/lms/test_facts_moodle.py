"""Moodle says in a path whose a file is, and in a worksheet when it was handed in."""

import csv
import shutil
from datetime import datetime, timedelta

import pytest

from autograder.course.errors import CourseError
from autograder.gradebook.deadlines import change_deadlines
from autograder.gradebook.extensions import Extension
from autograder.lms.facts import read_worksheet
from autograder.lms.path_patterns import path_pattern, read_upload
from autograder.lms.systems import MOODLE
from autograder.lms.zip_contents import Sources
from tests.edits import edit_file
from tests.lms.zips_of_systems import (
    BERLIN,
    DATA,
    collect_zip,
    moodle_files,
    moodle_worksheet,
    run_collect,
)
from tests.zips import notebook

PATTERNS = [path_pattern(text) for text in MOODLE.paths]


def upload(path):
    """The upload of a file, whoever is on the roster."""
    return read_upload(PATTERNS, path, lambda upload: False)


@pytest.mark.parametrize(
    ("path", "name", "owner", "kind", "original"),
    [
        ("Ann Ahn_17_assignsubmission_file/toy.ipynb", "Ann Ahn", "17", "file", "toy.ipynb"),
        ("Ann Ahn_17_assignsubmission_file_/toy.ipynb", "Ann Ahn", "17", "file", "toy.ipynb"),
        ("Ann Ahn_17_assignsubmission_file/a/b/toy.ipynb", "Ann Ahn", "17", "file", "toy.ipynb"),
        ("all/Ann_17_assignsubmission_file/toy.ipynb", "Ann", "17", "file", "toy.ipynb"),
        ("Ann Ahn_17_assignsubmission_file_my_toy.ipynb", "Ann Ahn", "17", "file", "my_toy.ipynb"),
        ("王小明_17_assignsubmission_file_/課題.ipynb", "王小明", "17", "file", "課題.ipynb"),
        ("Ann_17_assignsubmission_onlinetext_/onlinetext.html", *("Ann", "17", "text"), ""),
        ("Default group_assignsubmission_file/toy.ipynb", *("Default group", "", "file"), ""),
    ],
)
def test_moodle_says_in_a_path_whose_a_file_is(path, name, owner, kind, original):
    """In folders of old and of new versions, without folders, and in any script."""
    found = upload(path)
    assert (found.name, found.owner, found.kind) == (name, owner, kind)
    assert not original or found.original == original
    assert upload("Ann Ahn/toy.ipynb") is None


def test_a_worksheet_needs_the_zone_of_its_times(moodle_course, zipped):
    """And every row must be somebody's."""
    path = zipped(moodle_files())
    with pytest.raises(CourseError) as error:
        collect_zip(moodle_course, path, Sources(DATA / "moodle_worksheet.csv"))
    assert "--zone" in error.value.remedy
    assert not list((moodle_course.grading / "submitted").rglob("*.ipynb"))


@pytest.mark.parametrize("is_known", [True, False], ids=["German", "as of no language"])
def test_a_worksheet_in_another_language_is_read(moodle_course, zipped, tmp_path, is_known):
    """By its headings, or by what stands below them; its times and lateness too."""
    path = tmp_path / "bewertungen.csv"
    with open(DATA / "moodle_worksheet.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    rows[0] = ["ID", "Vollständiger Name", "ID-Nummer", "E-Mail-Adresse", "Status", "Bewertung"]
    rows[0] += ["Bestwertung", "Bewertung kann geändert werden", "Zuletzt geändert", "x", "y"]
    for row in rows[1:]:
        row[0] = row[0].replace("Participant ", "Teilnehmer/in")
        row[4] = "Zur Bewertung abgegeben - "
        row[8] = "Dienstag, 3. November 2026, 23:58"
    rows[1][4] += "1 Tag 2 Stunden zu spät -  - "
    rows[2][4] += "Verlängertes Abgabeende bis: Mittwoch, 4. November 2026, 23:59 -  - "
    rows[3][4] = "Entwurf (nicht abgegeben)"
    if not is_known:
        rows[0] = [f"Zutabea {index}" for index in range(len(rows[0]))]
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    result = collect_zip(moodle_course, zipped(moodle_files()), Sources(path, zone=BERLIN))
    assert len(result.works) == 6
    assert [one.student for one in result.unmatched] == ["1007"]  # a time, and no file
    assert {(work.told, work.time) for work in result.works} == {(True, "2026-11-03 22:58:00 UTC")}
    assert {work.student for work in result.works if work.late} == {"1001"}
    drafts = {work.student for work in result.works if "a draft in Moodle" in work.remarks}
    assert drafts == {"1003"}


def test_times_that_cannot_be_read_are_refused_with_their_number(moodle_course, zipped, tmp_path):
    """Nothing is collected, rather than everybody in time."""
    path = tmp_path / "w.csv"
    shutil.copy(DATA / "moodle_worksheet.csv", path)
    edit_file(path, ("November", "Zzz"), every=True)
    with pytest.raises(
        CourseError, match=r"\d+ of \d+ times of submission cannot be read"
    ) as caught:
        collect_zip(moodle_course, zipped(moodle_files()), Sources(path, zone=BERLIN))
    assert "--language" in caught.value.remedy
    assert not list((moodle_course.grading / "submitted").rglob("*.ipynb"))


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("Tuesday, 3 November 2026, 11:58 PM", datetime(2026, 11, 3, 22, 58)),
        ("Tuesday, 3 November 2026, 11:58\u202fPM", datetime(2026, 11, 3, 22, 58)),
        ("Tuesday, November 3, 2026, 11:58 PM", datetime(2026, 11, 3, 22, 58)),
        ("3 November 2026, 23:58", datetime(2026, 11, 3, 22, 58)),
        ("Wednesday, 1 July 2026, 12:05 AM", datetime(2026, 6, 30, 22, 5)),
        ("-", None),
        ("Dienstag, 3. November 2026, 23:58", datetime(2026, 11, 3, 22, 58)),
    ],
)
def test_times_of_moodle_are_read_in_their_zone(text, time, tmp_path):
    """With twelve hours or twenty-four."""
    path = tmp_path / "w.csv"
    path.write_text(
        "Identifier,Full name,Email address,Last modified (submission)\n"
        f'Participant 7,Ann,a@x.org,"{text}"\n',
        encoding="utf-8",
    )
    assert read_worksheet(path, BERLIN)["7"].time == time


def test_blind_marking_has_one_remedy_for_all(moodle_course, zipped):
    """Not one for each participant."""
    files = {
        f"Participant_{n}_assignsubmission_file/toy.ipynb": notebook(str(n)) for n in range(7, 15)
    }
    code, text = run_collect(moodle_course, zipped(files), "toy")
    assert code == 1 and text.count("marked blind") == 1 and text.count("unmatched:") == 8
    assert "Reveal the students' identities" in text


def test_the_work_of_a_group_reaches_those_whom_the_roster_has_in_it(moodle_course, zipped):
    """Moodle's zip has the group's name."""
    path = zipped({"Monday group_assignsubmission_file/toy.ipynb": notebook("ours")})
    result = collect_zip(moodle_course, path)
    assert {work.student for work in result.works} == {"1001", "1002", "1003"}
    assert not result.unmatched


def test_late_for_moodle_is_in_time_with_an_extension_of_the_course(
    moodle_course, zipped, tmp_path
):
    """Moodle knows its own deadline alone."""
    path = zipped({"Jürgen Brandt_2718281_assignsubmission_file/toy.ipynb": notebook("")})
    sheet = moodle_worksheet(
        tmp_path / "w.csv", "4 November 2026, 09:00", "Submitted for grading - 9 hours late"
    )
    assert collect_zip(moodle_course, path, sheet).works[0].late
    rows = [Extension("1001", "", "toy", timedelta(days=2))]
    change_deadlines(moodle_course.assignment("toy"), rows=rows)
    assert not collect_zip(moodle_course, path, sheet).works[0].late
