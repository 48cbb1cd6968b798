"""`autograder collect` takes the zips of Canvas and Moodle in, whatever students put into them."""

import os
import subprocess
import sys
from datetime import datetime

import pytest

from autograder.batch.history import read_history
from autograder.batch.state import alone
from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
from autograder.course.submissions import find_submissions
from autograder.gradebook.nbgrader_adapter import open_gradebook
from autograder.lms.roster import import_roster
from autograder.lms.zip_contents import Sources
from tests.lms.zips_of_systems import (
    BERLIN,
    BRANDT,
    CRUZ,
    DATA,
    OBRIEN,
    WANG,
    collect_zip,
    moodle_files,
    replaced_notebooks,
    run_collect,
    submission_of,
    tell_gradebook,
)
from tests.processes import LONG
from tests.toy_course import make_course
from tests.zips import PACKED, make_zip, notebook


def test_a_zip_of_canvas_is_put_where_nbgrader_looks(course, zipped):
    """By the user's id, names of all scripts, with nothing but a notebook and a time."""
    files = {name: notebook(name) for name in (BRANDT, CRUZ, OBRIEN, WANG)}
    done = collect_zip(course, zipped(files, unflagged=True))
    assert done.system == "canvas" and not done.unmatched
    assert {work.student: work.outcome for work in done.works} == {
        name: "new" for name in ("jbrandt", "mcruz@uni.example", "sobrien", "xwang")
    }
    assert submission_of(course, "xwang")[0] == notebook(WANG)
    folder = course.grading / "submitted" / "jbrandt" / "toy"
    assert sorted(path.name for path in folder.iterdir()) == ["timestamp.txt", "toy.ipynb"]
    found = find_submissions(course.grading / "submitted", "toy")
    assert len(found) == 4 and all(one.path and not one.flags for one in found)
    assert done.missing == ("S1008", "bsmith", "davni", "formula")


@pytest.mark.parametrize(
    ("packed", "name", "stamp"),
    [
        (datetime(2026, 11, 2, 9, 0), BRANDT, "2026-11-02 09:00:00 UTC"),
        (PACKED, BRANDT, "2026-11-03 23:00:00 UTC"),
        (PACKED, BRANDT.replace("_4", "_LATE_4"), "2026-11-09 14:30:02 UTC"),
    ],
    ids=["before the deadline", "in time, packed later", "late"],
)
def test_a_time_from_canvas_alone_is_the_latest_that_is_possible(
    course, zipped, packed, name, stamp
):
    """Packed days later, in time is still in time; late is late at the most until the packing."""
    (work,) = collect_zip(course, zipped({name: notebook("")}, packed=packed)).works
    assert submission_of(course, "jbrandt")[1] == work.time == stamp and not work.told
    assert work.late == ("LATE" in name)


def test_an_extension_moves_the_latest_time_that_is_possible(course, zipped):
    """As nbgrader's gradebook has it."""
    tell_gradebook(course, "jbrandt", None)
    with open_gradebook(load_config(course)) as book:
        book.grant_extension("toy", "jbrandt", hours=48)
    collect_zip(course, zipped({BRANDT: notebook(""), OBRIEN: notebook("")}))
    assert submission_of(course, "jbrandt")[1] == "2026-11-05 23:00:00 UTC"
    assert submission_of(course, "sobrien")[1] == "2026-11-03 23:00:00 UTC"


def test_files_that_name_nobody_are_listed_and_the_command_says_so(course, zipped):
    """Exit 1, each file by its name, with why and what can be done; the rest is collected."""
    stranger = "nobodyknows_55555_7_toy.ipynb"
    path = zipped({BRANDT: notebook(""), stranger: notebook(""), "readme\x1b[31m.txt": b"hi"})
    code, text = run_collect(course, path, "toy")
    assert code == 1
    assert f"unmatched: {stranger}" in text and "nobody on the roster has the Canvas id" in text
    assert "autograder roster FILE.csv" in text and "\x1b" not in text
    assert "1 submissions from Canvas: 1 new; 0 late, 7 missing" in text
    assert "no submission of: S1008, bsmith" in text and "the files of 2" in text
    assert submission_of(course, "jbrandt")[0] == notebook("")


def test_the_command_ends_with_0_when_all_is_matched(course, zipped):
    """And says that a zip does not tell when."""
    code, text = run_collect(course, zipped({BRANDT: notebook(""), CRUZ: notebook("")}), "toy")
    assert code == 0
    assert "A zip does not say when" in text
    assert "Of 2 submissions only the latest possible time is known, 1 of them late." in text
    code, text = run_collect(course, zipped({BRANDT: notebook(""), CRUZ: notebook("")}), "toy")
    assert code == 0 and "2 unchanged" in text


def test_a_dry_run_writes_nothing(course, zipped):
    """It says the same as the collect itself."""
    path = zipped({BRANDT: notebook(""), "b_1_2_toy.ipynb": notebook("")})
    before = {one: one.stat().st_mtime_ns for one in course.root.rglob("*") if one.is_file()}
    code, text = run_collect(course, path, "toy", "--dry-run")
    assert code == 1 and "nothing was written" in text and "jbrandt new" in text
    after = {one: one.stat().st_mtime_ns for one in course.root.rglob("*") if one.is_file()}
    assert after == before
    code, told = run_collect(course, path, "toy")
    assert "1 submissions from Canvas: 1 new" in text and "1 submissions from Canvas: 1 new" in told


@pytest.mark.parametrize(
    ("make", "said_of_it"),
    [
        (lambda path: path.write_bytes(b"PK\3\4 and then nothing"), "not a zip file"),
        (lambda path: path.mkdir(), "no file that is named"),
        (lambda path: make_zip(path, {"toy.ipynb": b"", "a/b.txt": b""}), "no file that is named"),
        (lambda path: make_zip(path, {}), "no file that is named"),
    ],
    ids=["cut off", "a folder", "other names", "empty"],
)
def test_what_is_no_zip_of_submissions_is_refused(course, tmp_path, make, said_of_it):
    """With a remedy."""
    path = tmp_path / "x.zip"
    make(path)
    with pytest.raises(CourseError) as refused:
        collect_zip(course, path)
    assert said_of_it in str(refused.value) and refused.value.remedy


def test_the_wrong_files_beside_a_zip_are_refused(course, moodle_course, zipped, tmp_path):
    """Worksheets are Moodle's, lists of submissions Canvas's; neither is anything else."""
    ours, theirs = zipped({BRANDT: b""}), zipped(moodle_files(), "moodle.zip")
    times = DATA / "canvas_submissions.json"
    worksheet = DATA / "moodle_worksheet.csv"
    for course_of, path, sources in (
        (course, ours, Sources(worksheet)),
        (moodle_course, theirs, Sources(times=(times,))),
        (moodle_course, theirs, Sources(DATA / "canvas_gradebook.csv", zone=BERLIN)),
        (course, ours, Sources(times=(worksheet,))),
    ):
        with pytest.raises(CourseError):
            collect_zip(course_of, path, sources)


def test_a_course_without_students_says_what_comes_first(tmp_path, zipped):
    """The roster."""
    with pytest.raises(CourseError) as refused:
        collect_zip(make_course(tmp_path / "new"), zipped({BRANDT: b""}))
    assert "autograder roster" in refused.value.remedy


def test_no_batch_grades_while_submissions_come_in(course, zipped):
    """It would find half of them."""
    with (
        alone(course.assignment("toy")),
        pytest.raises(CourseError, match="another batch is grading"),
    ):
        collect_zip(course, zipped({BRANDT: notebook("")}))


def test_every_collect_leaves_a_line_in_the_log(course, zipped):
    """Which zip, and whose work changed; nothing where nothing did."""
    path = zipped({BRANDT: notebook("")})
    collect_zip(course, path)
    collect_zip(course, path)
    (note,) = read_history(course.assignment("toy")).notes
    assert (note["event"], note["file"]) == ("collect", "submissions.zip")
    assert note["students"] == {"jbrandt": "new"} and len(note["sha256"]) == 64


def test_a_collect_that_was_interrupted_is_finished_by_the_next(course, zipped, monkeypatch):
    """Wherever it stopped, nothing is lost and the newer notebook is there in the end."""
    first = zipped({"b_40217_1_toy.ipynb": notebook("first")}, "1.zip")
    second = zipped({"b_40217_2_toy-1.ipynb": notebook("second")}, "2.zip")
    collect_zip(course, first)
    replace = os.replace
    for stop in range(1, 4):
        calls = iter(range(1, 100))

        def cut(*paths, stop=stop, calls=calls):
            if next(calls) == stop:
                raise KeyboardInterrupt
            return replace(*paths)

        monkeypatch.setattr(os, "replace", cut)
        with pytest.raises(KeyboardInterrupt):
            collect_zip(course, second)
        monkeypatch.setattr(os, "replace", replace)
        collect_zip(course, second)
        assert submission_of(course, "jbrandt")[0] == notebook("second")
        assert notebook("first") in replaced_notebooks(course, "jbrandt")
        copy = course.grading / "collected" / "toy" / "jbrandt"
        (copy / "now.json").unlink()
        (course.grading / "submitted" / "jbrandt" / "toy" / "toy.ipynb").write_bytes(
            notebook("first")
        )


def test_a_large_class_is_collected_whole(course, zipped):
    """From one zip, matched one by one."""
    listed = course.root / "many.csv"
    rows = "".join(f"s{n},F{n},L{n},{70000 + n}\n" for n in range(300))
    listed.write_text(f"student,first_name,last_name,lms_user_id\n{rows}")
    import_roster(course, listed)
    files = {f"l_{70000 + n}_{n}_toy.ipynb": notebook(str(n)) for n in range(300)}
    done = collect_zip(course, zipped(files))
    assert len(done.works) == 300 and not done.unmatched
    assert submission_of(course, "s299")[0] == notebook("299")


@pytest.mark.slow
def test_nbgrader_zip_collect_goes_on_working(course, tmp_path):
    """With the expression of the instructors' page, where folders are called by Canvas's ids."""
    with open(course.root / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write(ZIP_COLLECT)
    archive = course.grading / "downloaded" / "toy" / "archive"
    archive.mkdir(parents=True)
    files = {BRANDT.replace("toy", "toy-3"): notebook("mine"), CRUZ: notebook("late")}
    make_zip(archive / "submissions.zip", files)
    command = [sys.executable, "-m", "nbgrader", "zip_collect", "toy"]
    done = subprocess.run(
        command, cwd=course.root, capture_output=True, text=True, timeout=LONG, check=False
    )
    assert done.returncode == 0, done.stderr
    assert submission_of(course, "40217")[0] == notebook("mine")
    assert submission_of(course, "40218")[0] == notebook("late")
    found = find_submissions(course.grading / "submitted", "toy")
    assert [one.student for one in found] == ["40217", "40218"]


ZIP_COLLECT = r"""
c.ZipCollectApp.downloaded_directory = "grading/downloaded"
c.FileNameCollectorPlugin.named_regexp = (
    r".*/[^/]*?_(LATE_)?(?P<student_id>\d+)_\d+_(?P<file_id>[^/]+?)(-\d+)?(?=\.ipynb$)"
)
"""
