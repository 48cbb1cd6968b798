"""A report says what the results, the gradebook and the log say, and nothing else."""

import dataclasses
import json
import math
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook
from sqlalchemy.exc import OperationalError

from autograder.batch import audit_log
from autograder.batch.run import grade_class
from autograder.cli.main import main
from autograder.course.errors import CourseError, UnfitJailError
from autograder.course.folders import CONFIG
from autograder.course.results import CellResult, summarize
from autograder.lms.storing import Source, SubmissionFolder, hashed
from autograder.reports import report as report_module
from autograder.reports.files import cells_csv, students_csv
from autograder.reports.number_format import number, percent
from autograder.reports.page import page
from autograder.reports.report import make_report
from tests.edits import edit, edit_file
from tests.reports.toy_results import TESTS, groups, mark, result, rows
from tests.small_class import GOOD, KINDS, answer, copy_course, hand_in

pytestmark = pytest.mark.usefixtures("shared_worker")


def test_figures_are_about_those_who_were_graded(report_of):
    """Missing, unreadable and faulty submissions count among the verdicts and nowhere else."""
    found = report_of(
        result("ann", 2, 1, 3),
        result("bob", 0, 1, 0),
        result("eve", 0, 0, 0, verdict="timed_out"),
        result("kim", 0, 0, 0, verdict="missing"),
        result("max", 0, 0, 0, verdict="unreadable"),
        result("zoe", 0, 0, 0, verdict="grader_error"),
    )
    assert (found.scores.count, found.scores.mean) == (3, pytest.approx(7 / 3))
    assert [one.success for one in found.cells] == pytest.approx([1 / 3, 2 / 3, 1 / 3])
    assert len(found.verdicts) == 5 and groups(found.verdicts)["graded"] == ("ann", "bob")


def test_a_function_is_the_sum_of_its_test_cells_in_the_notebooks_order(report_of):
    """Also where the results name the cells in another order."""
    ann, bob = result("ann", 2, 1, 0), result("bob", 1, 0, 3)
    ann = dataclasses.replace(ann, cells=dict(reversed(ann.cells.items())))
    found = report_of(ann, bob)
    assert [(one.name, one.points) for one in found.tasks] == [("double", 3), ("double_sum", 3)]
    assert [one.success for one in found.tasks] == pytest.approx([4 / 6, 1 / 2])
    assert [one.name for one in found.cells] == list(TESTS)


def test_drafts_are_named_until_they_are_submitted_or_replaced(report_of, toy):
    """What Moodle packs and the student never submitted; not a notebook that came since."""
    for student, draft in {"ann": True, "bob": False, "cem": True}.items():
        data = student.encode()
        source = Source("moodle", "a.zip", "p", 0, False, "", False, "", hashed(data), draft=draft)
        SubmissionFolder(toy, student).put(data, source, "new")
    results = [result(student, 2, 1, 3) for student in ("ann", "bob", "cem")]
    note = "Drafts that were never submitted: {}."
    assert note.format("ann, cem") in report_of(*results).notes
    assert note.format("ann, cem") in page(report_of(*results), toy.course.root)
    SubmissionFolder(toy, "cem").notebook.write_bytes(b"by hand")
    assert note.format("ann") in report_of(*results).notes
    SubmissionFolder(toy, "ann").notebook.write_bytes(b"by hand")
    assert not [one for one in report_of(*results).notes if "Draft" in one]


def test_marks_by_hand_stand_beside_the_graders(report_of):
    """The final score is the gradebook's; its figures are about those with nothing left to mark."""
    found = report_of(
        result("ann", 2, 1, 3),
        result("bob", 2, 1, 3),
        marks=[mark("ann", manual=3.5, penalty=1.0, first="Ann", last="Lee"), mark("bob")],
    )
    assert (found.finals.count, found.finals.mean, found.final_max) == (1, 8.5, 10.0)
    ann = rows(students_csv(found))["ann"]
    assert (ann["graded"], ann["by_hand"], ann["penalty"], ann["final"]) == ("6", "3.5", "1", "8.5")
    assert (ann["first_name"], ann["last_name"]) == ("Ann", "Lee")
    assert rows(students_csv(found))["bob"]["waiting_cells"] == "written_why"


def test_a_test_cell_that_says_little_about_the_rest_is_marked(report_of):
    """One that those fail who can do the others is, and only that one."""
    text = page(report_of(result("ann", 2, 0, 3), result("bob", 0, 1, 0)), Path())
    assert re.findall("<mark>(.*?)</mark>", text) == ["−1.00"]
    assert "below 0.2 is marked" in text


@pytest.mark.parametrize(
    "results",
    [
        (),
        (result("ann", 2, 0, 3),),
        (result("ann", 0, 0, 0), result("bob", 0, 0, 0)),
        (result("ann", 0, 0, 0, verdict="missing"),),
    ],
    ids=["empty class", "one student", "all zero", "nobody handed in"],
)
def test_small_and_empty_classes_have_a_report(report_of, results):
    """Where there is nothing to compute there is a dash, and never NaN."""
    found = report_of(*results, similarity=True)
    text = page(found, Path())
    assert "nan" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL).lower()
    assert len(rows(students_csv(found))) == len(results) and "nan" not in cells_csv(found)
    assert all(math.isnan(one.discrimination) for one in found.cells)
    assert "–" in text


def test_results_of_another_release_are_told(report_of, toy):
    """Other test cells, or other files than those that the log names."""
    assert report_of(result("ann", 2, 1, 3)).notes == ()
    old = summarize("ann", {"test_gone": CellResult(1.0, 2.0, "passed")})
    found = report_of(old)
    assert "another release" in found.notes[0] and [one.name for one in found.tasks] == [
        "test_gone"
    ]
    run = audit_log.begin(toy, hashes=audit_log.hashes(toy))
    audit_log.end(toy, run)
    assert report_of(result("ann", 2, 1, 3)).notes == ()
    with open(toy.course.root / CONFIG, "a") as config:
        config.write("c.LatePolicy.percent_per_day = 10\n")  # costs points, and grades nobody anew
    assert report_of(result("ann", 2, 1, 3)).notes == ()
    toy.checks_source.write_text("# other checks")
    assert "Since then the checks changed" in report_of(result("ann", 2, 1, 3)).notes[0]


def test_without_a_release_or_checks_the_report_says_so(report_of, toy):
    """There is still all that the results say."""
    toy.checks_source.unlink()
    assert "a file that decides about scores changed" in report_of(result("ann", 2, 1, 3)).notes[0]
    toy.release.write_text("[]")
    found = report_of(result("ann", 2, 1, 3), similarity=True)
    assert "release cannot be read" in found.notes[0] and found.similarity is None
    assert [one.name for one in found.tasks] == list(TESTS) and "toy" in page(found, Path())


def test_the_log_tells_who_graded_and_what_the_last_run_changed(report_of, toy):
    """Two runs; then one that was cut off, and a line that was changed by hand."""
    for points in (0, 2):
        run = audit_log.begin(toy, tier="isolated", hashes=audit_log.hashes(toy))
        audit_log.graded(toy, run, result("ann", points, 1, 3), seed=1, handed="")
        audit_log.end(toy, run)
    found = report_of(result("ann", 2, 1, 3))
    (change,) = found.changes
    assert (change.student, change.before, change.now) == ("ann", 4.0, 6.0)
    assert "test_double_values: 0 of 2 → 2 of 2" in page(found, Path())
    assert found.run.facts["who"] in page(found, Path())
    audit_log.begin(toy)
    assert "cut off" in report_of(result("ann", 2, 1, 3)).notes[0]
    edit_file(audit_log.log_file(toy), ('"score": 0.0', '"score": 9.0'))
    assert "changed by hand at line 3" in report_of(result("ann", 2, 1, 3)).notes[-1]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UnfitJailError("checks.py earns 0 of 6.", "Mend the check."), "earns 0 of 6. Mend the"),
        (KeyboardInterrupt(), "Ctrl-C. Grade again"),
        (ZeroDivisionError("secret"), "ZeroDivisionError. Grade again"),
    ],
)
def test_a_run_that_stopped_says_why(report_of, toy, error, said):
    """It was not cut off, and the same sentence that the command ended with is there."""
    run = audit_log.begin(toy, hashes=audit_log.hashes(toy))
    with pytest.raises(type(error)), audit_log.noting_stops(toy, run):
        raise error
    (note,) = report_of(result("ann", 2, 1, 3)).notes
    assert said in note and "stopped" in note and "cut off" not in note
    assert "autograder grade toy" in note and "secret" not in note
    run = audit_log.begin(toy, hashes=audit_log.hashes(toy))
    with audit_log.noting_stops(toy, run):
        audit_log.end(toy, run)
    assert report_of(result("ann", 2, 1, 3)).notes == ()


def test_without_results_there_is_a_sentence_and_a_remedy(toy):
    """On the command line too, and exit 1."""
    said = CliRunner().invoke(main, ["--course", str(toy.course.root), "report", "toy"])
    assert said.exit_code == 1
    assert "toy.json" in said.output and "autograder grade toy" in said.output


def test_points_that_are_no_numbers_are_a_sentence(report_of, toy):
    """JSON carries NaN, and hands carry text."""
    report_of(result("ann", 2, 1, 3))
    path = toy.course.results / "toy.json"
    good = path.read_text()
    for bad in ("NaN", '"six"', "Infinity"):
        path.write_text(edit(good, ('"score": 6.0', f'"score": {bad}')))
        with pytest.raises(CourseError, match="of ann are no numbers"):
            make_report(toy, similarity=False)


@pytest.mark.parametrize(
    "error",
    [CourseError("the gradebook does not know toy"), OperationalError("SELECT", {}, "is locked")],
    ids=["never released", "locked"],
)
def test_without_a_gradebook_the_rest_is_reported(report_of, toy, monkeypatch, error):
    """The report says what is not known, and leaves it empty."""

    def fails(assignment):
        raise error

    report_of(result("ann", 2, 1, 3))
    monkeypatch.setattr(report_module, "read_marks", fails)
    found = make_report(toy, similarity=False)
    assert "final scores are not known" in found.notes[0]
    assert ("does not know toy" in found.notes[0]) or ("locked" in found.notes[0])
    assert found.scores.mean == 6 and not found.look
    assert rows(students_csv(found))["ann"]["final"] == ""


@pytest.fixture(scope="module")
def graded(clean_course, tmp_path_factory):
    """A class that was graded for real, with one mark by hand."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("report"))
    kinds = ("good", "untouched", "triples", "forbidden", "shows")
    hand_in(course, {f"{kind}": answer(course, KINDS[kind]) for kind in kinds})
    hand_in(course, {"good2": answer(course, GOOD)})
    (course.grading / "submitted" / "absent").mkdir()
    grade_class(course.assignment("toy"), course.grading / "submitted", course.results / "toy.json")
    with Gradebook(f"sqlite:///{course.grading / 'gradebook.db'}", "convnets") as book:
        grade = book.find_grade("written_why", "toy", "toy", "good")
        grade.manual_score, grade.needs_manual_grade = 3.5, False
        book.db.commit()
    return course


@pytest.mark.slow
def test_page_csv_and_command_line_give_the_same_figures(graded):
    """Each is checked against the results file."""
    before = (graded.results / "toy.json").read_bytes()
    said = CliRunner().invoke(main, ["--course", str(graded.root), "report", "toy"])
    assert said.exit_code == 0, said.output
    folder = graded.grading / "reports"
    assert sorted(path.name for path in folder.iterdir()) == [
        "toy-cells.csv", "toy.csv", "toy.html",
    ]  # fmt: skip
    scores = [
        one["score"] for one in json.loads(before)["submissions"] if one["verdict"] == "graded"
    ]
    mean = number(sum(scores) / len(scores))
    text = (folder / "toy.html").read_text(encoding="utf-8")
    students = rows((folder / "toy.csv").read_text(encoding="utf-8"))
    assert f"points of the 6 with a score to count: mean {mean} of 6" in said.output
    assert f"<dd>{mean}</dd>" in text
    counted = [float(row["graded"]) for row in students.values() if row["verdict"] == "graded"]
    assert number(sum(counted) / len(counted)) == mean
    for cell in rows((folder / "toy-cells.csv").read_text(encoding="utf-8")).values():
        assert percent(float(cell["success"])) in text
    assert students["good"]["by_hand"] == "3.5" and students["good"]["final"] == "9.5"
    assert "forbidden" in students["forbidden"]["look"] and "1  missing: absent" in said.output
    assert (graded.results / "toy.json").read_bytes() == before  # nothing changes a score


@pytest.mark.slow
def test_the_page_says_when_by_whom_and_how_it_was_graded(graded):
    """Out of the log that grading wrote."""
    found = make_report(graded.assignment("toy"))
    text = page(found, Path())
    assert found.notes == () and found.run.facts["who"] in text
    assert f"nbgrader {found.run.facts['versions']['nbgrader']}" in text
    assert all(protection in text for protection in found.results.protections)
