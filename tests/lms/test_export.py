"""Grades go to Canvas and Moodle whole and in place, and nothing is left out without a word."""

import csv
import hashlib
import os

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from autograder.batch import audit_log
from autograder.batch.history import read_history
from autograder.batch.run import grade_class
from autograder.cli.main import main
from autograder.course.results import summarize
from autograder.course.spreadsheet import sheet_text
from autograder.feedback.publishing import make_feedback
from autograder.gradebook.marks import read_marks
from autograder.lms.rejections import Rejection, store
from autograder.lms.storing import SubmissionFolder
from autograder.lms.totals import read_totals
from tests.edits import edit_file
from tests.small_class import GOOD, KINDS, answer, copy_course, hand_in

pytestmark = pytest.mark.usefixtures("shared_worker")


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
    output, code = export(course, "--format", "canvas")
    assert code == 1 and "blocks ann ungraded: waits for a person: written_why" in output
    assert "blocks bob ungraded" in output and not exports(course)
    output, code = export(course, "--format", "canvas", "--allow-ungraded")
    assert code == 0 and "note ann ungraded" in output
    lines = exports(course)[0].read_text().splitlines()
    assert lines[2:] == ['"Å, Ann",11,,ann,A,6.00', '"B, Bo",12,,bob,A,3.00']


@pytest.mark.slow
def test_what_cannot_be_graded_is_known_to_every_command(course):
    """`--missing zero` gives nothing for a PDF; report, feedback and explain name it."""
    store(
        course.assignment("toy"),
        [Rejection("zoe", ("z_13_5_homework.pdf",), ("homework.pdf",), "no notebook", "Ask.")],
    )
    gist = "handed in something that could not be graded: homework.pdf"
    output, code = export(course, "--format", "csv", "--missing", "zero", "--dry-run")
    assert code == 0 and f"zoe not gradable: {gist}" in output and "1 missing" not in output
    assert "zoe Z" not in output
    for command, wanted in (("explain", ["zoe", "toy"]), ("report", ["toy"])):
        done = CliRunner().invoke(main, ["--course", str(course.root), command, *wanted])
        words = " ".join(done.output.split())
        assert gist in words and "handed in: nothing" not in words, (command, words)
        assert "verdict: missing" not in words, words
    (page,) = make_feedback(course.assignment("toy"), ["zoe"]).pages
    assert f"you {gist}" in page.read_text(encoding="utf-8")
    store(course.assignment("toy"), [])
    make_feedback(course.assignment("toy"), ["zoe"])
    assert "homework.pdf" not in page.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["blank", "zero"])
def test_a_file_that_cannot_be_read_gets_no_points_and_never_a_0(course, missing):
    """Until a person gives some; in the total of the term it does not count either."""
    assignment, submitted = course.assignment("toy"), course.grading / "submitted"
    (submitted / "bob" / "toy" / "toy.ipynb").write_bytes(b'{"cells": [')
    results = course.results / "toy.json"
    grade_class(assignment, submitted, results, trusted=True, tier="unprotected")
    options = ("--format", "canvas", "--missing", missing)
    output, code = export(course, *options)
    assert code == 0 and "note bob not gradable" in output and "breaks off" in output, output
    assert "bob" not in "".join(path.read_text() for path in exports(course))
    (total,) = (one for one in read_totals(course) if one.person.student == "bob")
    assert total.total is None and "could not be read" in total.open["toy"]
    with gradebook(course) as book:
        answered = book.find_grade("written_why", "toy", "toy", "bob")
        answered.manual_score, answered.needs_manual_grade = 2.0, False
        book.db.commit()
    export(course, *options)
    assert '"B, Bo",12,,bob,A,2.00' in "".join(path.read_text() for path in exports(course))


@pytest.mark.slow
def test_an_export_is_kept_with_its_time_and_its_hash(course, tmp_path):
    """The file and its copy are the same, twice in one second as well."""
    target = tmp_path / "out" / "grades.csv"
    output, code = export(course, "--format", "csv", "--out", target)
    assert code == 0
    export(course, "--format", "csv", "--out", target)
    first, second = exports(course)
    assert first.read_bytes() == second.read_bytes() == target.read_bytes()
    assert hashlib.sha256(target.read_bytes()).hexdigest() in output
    assert "note zoe missing: no submission: no grade" in output


@pytest.mark.slow
def test_the_plain_file_has_the_columns_of_nbgrader(course):
    """The same students and scores as `nbgrader export`; nothing where that has 0 for nothing."""
    plugin, plain_file = CsvExportPlugin(), course.root / "nbgrader.csv"
    plugin.to, plugin.assignment = str(plain_file), ["toy"]
    with gradebook(course) as book:
        plugin.export(book)
    export(course, "--format", "csv")
    with open(plain_file) as one, open(exports(course)[0], newline="") as other:
        rows, own = list(csv.DictReader(one)), list(csv.DictReader(other))
    assert list(rows[0]) == list(own[0])
    for row, cells in zip(sorted(rows, key=lambda row: row["student_id"]), own, strict=True):
        assert row["student_id"] == cells["student_id"] and row["timestamp"] == cells["timestamp"]
        assert float(row["score"]) == float(cells["score"] or 0)
        assert float(row["max_score"]) == float(cells["max_score"])
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
    output, code = export(course, "--format", "canvas", "--into", path, "--dry-run")
    assert code == 0
    assert "ann Å, Ann – 9.50 bob B, Bo 5.00 3.00" in output
    assert "3 students: 2 changed, 1 unchanged" in output and "nothing was written" in output
    after = {one: one.read_bytes() for one in course.root.rglob("*") if one.is_file()}
    assert after == before


@pytest.mark.slow
def test_the_file_that_is_filled_is_not_written_over_unless_told(course):
    """Not by another name of it either; with --replace a link stays a link."""
    path = canvas_file(course)
    data, link = path.read_bytes(), course.root / "link.csv"
    link.symlink_to(path)
    for target in (path, link):
        output, code = export(course, "--format", "canvas", "--into", path, "--out", target)
        assert code == 1 and "is the file that is filled" in output
        assert path.read_bytes() == data and not exports(course)
    output, code = export(course, "--format", "canvas", "--into", path, "--out", link, "--replace")
    assert code == 0 and link.is_symlink()
    assert path.read_text().splitlines()[2] == '"Å, Ann",11,ann,A,9.50'


@pytest.mark.slow
def test_an_export_into_the_last_export_changes_nothing(course):
    """What Canvas would say after the import, and what is said again."""
    export(course, "--format", "canvas", "--into", canvas_file(course))
    (first,) = exports(course)
    output, code = export(course, "--format", "canvas", "--into", first)
    assert code == 0 and "3 students: 0 changed, 3 unchanged" in output
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
    output, code = export(course, "--format", "canvas", "--into", path)
    assert code == 1 and "blocks ann not graded: what is handed in is not what was graded" in output
    assert "blocks zoe not graded: handed in, but never graded" in output
    output, code = export(course, "--format", "canvas", "--into", path, "--allow-ungraded")
    assert code == 0
    lines = exports(course)[0].read_text().splitlines()
    assert [line.rpartition(",")[2] for line in lines[2:]] == ["", "3.00", ""]


@pytest.mark.slow
def test_a_fault_of_the_grader_is_no_grade(course):
    """The gradebook still has what an earlier batch gave; it does not go out."""
    toy = course.assignment("toy")
    fault = summarize("ann", {}, verdict="grader_error", message="the disk was full")
    audit_log.graded(toy, read_history(toy).runs[-1].id, fault, seed=4, handed="")
    output, code = export(course, "--format", "csv")
    assert code == 1 and "blocks ann not graded: the grader failed: the disk was full" in output


@pytest.mark.slow
def test_penalties_are_those_of_the_policy_now(course):
    """A deadline that was set after grading counts, in the file and then in the gradebook."""
    edit_file(course.root / "nbgrader_config.py", ("percent_per_day = 0", "percent_per_day = 10"))
    with gradebook(course) as book:
        book.update_or_create_assignment("toy", duedate="2026-11-02 12:00 UTC")
        book.update_or_create_submission("toy", "ann", timestamp="2026-11-03 12:00:01 UTC")
    output, code = export(course, "--format", "csv", "--dry-run")
    assert code == 0 and "ann 1 d 00:00:01 0 2" in output
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
    output, _ = export(course, "--format", "canvas", "--missing", "zero")
    assert "note zoe missing: no submission: 0 points" in output
    assert exports(course)[0].read_text().splitlines()[-1] == '"\'=1, Z",13,,zoe,B,0.00'


@pytest.mark.slow
def test_a_course_graded_elsewhere_is_exported_with_a_note(course, tmp_path):
    """Whether something was handed in since cannot be known without the batch's log."""
    audit_log.log_file(course.assignment("toy")).unlink()
    output, code = export(course, "--format", "csv")
    assert code == 0 and "not graded by a batch" in output
    output, code = export(course, "--format", "csv", "--submitted", tmp_path / "nowhere")
    assert code == 0 and "there is no nowhere/ to compare" in output


@pytest.mark.slow
def test_wrong_usage_is_one_sentence(course):
    """A format that has nothing to fill, and a file that is none of Canvas."""
    output, code = export(course, "--format", "csv", "--into", canvas_file(course))
    assert code == 1 and "nothing to fill in the format csv" in output
    output, code = export(
        course, "--format", "canvas", "--into", course.root / "nbgrader_config.py"
    )
    assert code == 1 and output.startswith("Error:") and "Remedy:" in output
    assert export(course, "--format", "gradescope")[1] == 2
    assert export(course)[1] == 2


@pytest.mark.slow
def test_a_full_disk_leaves_the_old_file(course, tmp_path, monkeypatch):
    """A file is there whole or not at all."""
    target = tmp_path / "grades.csv"
    target.write_text("old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    output, code = export(course, "--format", "csv", "--out", target)
    assert code == 1 and "cannot be written: No space left on device" in output
    assert target.read_text() == "old" and list(tmp_path.glob("*grades*")) == [target]


@pytest.mark.slow
def test_who_waits_is_left_out_by_choice(graded, tmp_path):
    """`--only-complete` writes the others and names who is left out."""
    course = copy_course(graded, tmp_path / "course")
    with gradebook(course) as book:
        answered = book.find_grade("written_why", "toy", "toy", "ann")
        answered.manual_score, answered.needs_manual_grade = 3.5, False
        book.db.commit()
    output, code = export(course, "--format", "canvas", "--only-complete")
    assert code == 0 and "note bob left out: waits for a person: written_why" in output
    assert exports(course)[0].read_text().splitlines()[2:] == ['"Å, Ann",11,,ann,A,9.50']


@pytest.mark.slow
def test_drafts_are_exported_or_left_out_by_choice(course, monkeypatch):
    """Work never submitted on its platform is named, and `--no-drafts` gives it nothing."""
    is_bob = property(lambda folder: folder.folder.parent.name == "bob")
    monkeypatch.setattr(SubmissionFolder, "is_draft", is_bob)
    output, code = export(course, "--format", "canvas")
    assert code == 0 and "note bob draft:" in output and "its points are exported" in output
    assert exports(course)[0].read_text().splitlines()[3].endswith(",3.00")
    first = set(exports(course))
    output, code = export(course, "--format", "canvas", "--no-drafts")
    assert code == 0 and "never submitted there: left out" in output
    (second,) = set(exports(course)) - first
    assert "3.00" not in second.read_text() and "9.50" in second.read_text()


@pytest.mark.slow
def test_who_has_withdrawn_is_not_exported_and_blocks_nothing(graded, tmp_path):
    """Although an answer waits; the report does not count the student among the missing."""
    course = copy_course(graded, tmp_path / "course")
    roster = course.grading / "roster.csv"
    head, *rows = roster.read_text().splitlines()
    rows = [f"{row},{'' if row.startswith('ann') else 'withdrawn'}" for row in rows]
    roster.write_text("\n".join([f"{head},status", *rows]))
    output, code = export(course, "--format", "csv", "--only-complete", "--missing", "zero")
    assert code == 0 and "bob withdrawn: left out" in output and "1 missing" not in output
    assert [row.split(",")[3] for row in exports(course)[0].read_text().splitlines()[1:]] == ["ann"]


@pytest.mark.slow
def test_a_worksheet_gets_comments_and_keeps_those_that_are_there(course, tmp_path):
    """What the points are made of, without markup; `--no-comments` leaves the column alone."""
    path = tmp_path / "worksheet.csv"
    path.write_text(
        "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Feedback comments\n"
        "Participant 1,Ann,ann@x.de,Submitted,,10.00,\n"
        "Participant 2,Bo,bob@x.de,Submitted,,10.00,mine\n"
    )
    output, code = export(course, "--format", "moodle", "--into", path)
    assert code == 0, output
    rows = list(csv.reader(exports(course)[0].read_text().splitlines()))
    assert rows[1][-1].startswith("9.5 of 10 points: 6 by tests, 3.5 by hand.")
    assert rows[2][-1] == "mine" and "<" not in rows[1][-1]
    target = tmp_path / "plain.csv"
    export(course, "--format", "moodle", "--into", path, "--no-comments", "--out", target)
    assert list(csv.reader(target.read_text().splitlines()))[1][-1] == ""
