"""A report says what the results, the gradebook and the log say, and nothing else."""

import csv
import dataclasses
import io
import json
import math
import re
from datetime import datetime

import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook
from sqlalchemy.exc import OperationalError

from autograder.batch import audit_log
from autograder.batch.run import grade_class
from autograder.cli.main import main
from autograder.course.errors import CourseError
from autograder.course.results import CellResult, Results, summarize, write_results
from autograder.gradebook.marks import CellMark, Mark
from autograder.reports import report as report_module
from autograder.reports.failures import failed_property
from autograder.reports.files import cells_csv, students_csv, write_report
from autograder.reports.number_format import number, percent
from autograder.reports.page import page
from autograder.reports.report import make_report
from tests.small_class import GOOD, KINDS, answer, copy_course, hand_in
from tests.toy_course import make_course

TESTS = {"test_double_values": 2.0, "test_double_refusal": 1.0, "test_double_sum": 3.0}
HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "+49 170",
    "@SUM(A1)",
    "-2+3",
    'Müller, "Jo" O\'Neil',
    "[bold]Max[/bold]",
    "张伟",
    "אברהם",
    "\u202egnp.exe",
    "tab\tand;semicolon",
]


def result(student, *points, flags=(), verdict=None, seconds=1.0, message="it is so. Hint: think"):
    """A student with so many points in each test cell."""
    cells = {
        name: CellResult(
            float(got), most, "passed" if got == most else "failed", "" if got == most else message
        )
        for (name, most), got in zip(TESTS.items(), points, strict=True)
    }
    return summarize(student, cells, flags=flags, verdict=verdict, seconds=seconds)


def mark(student, *, auto=6.0, manual=None, late=0.0, penalty=0.0, first=None, last=None):
    """What the gradebook says of a student who handed in."""
    cells = [CellMark("test_double_values", auto, None, 0.0, 6.0, "test", False)]
    cells.append(CellMark("written_why", None, manual, 0.0, 4.0, "answer", manual is None))
    when = datetime(2026, 11, 2, 12)
    known = (student, first, last, None, None)
    return Mark(*known, True, when, late, penalty, 10.0, tuple(cells), ())


def release(assignment, functions, tests):
    """Write a release that has these cells and no text."""
    kinds = [(name, 0, {"solution": True, "grade": False}) for name in functions]
    kinds += [(name, most, {"solution": False, "grade": True}) for name, most in tests.items()]
    cells = [
        {
            "cell_type": "code",
            "source": "",
            "metadata": {"nbgrader": {"grade_id": name, "points": points} | kind},
        }
        for name, points, kind in kinds
    ]
    assignment.release.parent.mkdir(parents=True)
    assignment.release.write_text(json.dumps({"cells": cells}), encoding="utf-8")


@pytest.fixture
def toy(tmp_path):
    """A course with a release to read and nothing else."""
    assignment = make_course(tmp_path).assignment("toy")
    release(assignment, ("double", "double_sum"), TESTS)
    return assignment


@pytest.fixture
def of(toy, monkeypatch):
    """Make the report on these results, and on these marks instead of a gradebook's."""

    def made(*results, marks=(), similarity=False):
        monkeypatch.setattr(report_module, "read_marks", lambda assignment: tuple(marks))
        path = toy.course.results / "toy.json"
        write_results(path, Results("toy", ("network",), tuple(results)))
        return make_report(toy, similarity=similarity)

    return made


def groups(found):
    """What groups say, by their heading."""
    return {one.what: one.students for one in found}


def rows(text):
    """The rows of a CSV file, by the first column."""
    table = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    return {next(iter(row.values())): row for row in table}


def test_figures_are_about_those_who_were_graded(of):
    """Missing, unreadable and faulty submissions count among the verdicts and nowhere else."""
    found = of(
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


def test_a_function_is_the_sum_of_its_test_cells_in_the_notebooks_order(of):
    """Also where the results name the cells in another order."""
    ann, bob = result("ann", 2, 1, 0), result("bob", 1, 0, 3)
    ann = dataclasses.replace(ann, cells=dict(reversed(ann.cells.items())))
    found = of(ann, bob)
    assert [(one.name, one.points) for one in found.tasks] == [("double", 3), ("double_sum", 3)]
    assert [one.success for one in found.tasks] == pytest.approx([4 / 6, 1 / 2])
    assert [one.name for one in found.cells] == list(TESTS)


def test_failed_properties_are_counted_up_to_their_hint(of):
    """Students count once, whatever the hint; the cells are named; passed cells say nothing."""
    found = of(
        result("ann", 0, 0, 3, message="every value is doubled: some values are wrong. Hint: ha"),
        result("bob", 0, 1, 3, message="every value is doubled: some values are wrong. Hint: ho"),
        result("zoe", 2, 1, 0, message="a sum"),
    )
    assert [(one.what, one.students) for one in found.failing] == [
        ("every value is doubled: some values are wrong", ("ann", "bob")),
        ("a sum", ("zoe",)),
    ]
    assert found.failing[0].cells == ("test_double_values", "test_double_refusal")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("it holds: no. Hint: try", "it holds: no"),
        (
            "Not equal to tolerance rtol=1e-07, atol=0\nbias once\nMismatched elements: 4 / 4",
            "bias once",
        ),
        (
            "Arrays are not equal\n\n(shapes (2,), (3,) mismatch)\n ACTUAL: 1",
            "Arrays are not equal",
        ),
        ("\nArrays are not equal\nwrong corner\nMax absolute difference: 1", "wrong corner"),
        ("ValueError: x" + "y" * 900, "ValueError: x" + "y" * 186 + "…"),
        ("", "(no message)"),
    ],
)
def test_a_property_is_said_without_tables_of_numbers(message, said):
    """What an assignment's author wrote is kept; what NumPy put around it is not."""
    assert failed_property(message) == said


def test_flags_are_told_by_kind(of):
    """What was tampered with, forbidden ways and limits, with the cells concerned."""
    ann = result("ann", 0, 1, 3, flags=("edited cell: setup", "edited cell: double"))
    cells = ann.cells | {"test_double_values": CellResult(0.0, 2.0, "forbidden", "np.repeat")}
    found = of(
        dataclasses.replace(ann, cells=cells),
        result("bob", 2, 1, 3, flags=("deleted cell: setup",)),
    )
    assert groups(found.flags) == {
        "deleted cell": ("bob",),
        "edited cell": ("ann",),
        "forbidden": ("ann",),
    }
    assert {one.what: one.cells for one in found.flags}["edited cell"] == ("setup", "double")


def test_everybody_who_needs_a_look_is_named_with_the_reason(of):
    """Verdicts, flags, time, lateness, and what waits for a mark by hand."""
    found = of(
        result("ann", 2, 1, 3, flags=("edited cell: setup",), seconds=170.0),
        result("bob", 0, 0, 0, verdict="grader_error"),
        result("eve", 2, 1, 3),
        marks=[mark("ann", manual=3.0, late=60.0), mark("eve")],
    )
    assert groups(found.look) == {
        "grader_error": ("bob",),
        "edited cell": ("ann",),
        "near the time limit": ("ann",),
        "late": ("ann",),
        "waits for marks by hand": ("eve",),
    }
    (ann,) = (row for row in found.rows if row.student == "ann")
    assert ann.look == ("edited cell", "near the time limit", "late")


def test_results_and_gradebook_that_disagree_are_pointed_at(of):
    """Students in one of the two alone, and points that differ; who is missing has no entry."""
    found = of(
        result("ann", 2, 1, 3),
        result("bob", 2, 1, 3),
        result("kim", 0, 0, 0, verdict="missing"),
        marks=[
            mark("ann", auto=5.0, manual=1.0),
            mark("old", manual=1.0),
            dataclasses.replace(mark("zoe"), submitted=False, cells=()),
            dataclasses.replace(mark("kim"), submitted=False, cells=()),
        ],
    )
    assert groups(found.look) == {
        "missing": ("kim",),
        "not in the gradebook": ("bob",),
        "other points in the gradebook": ("ann",),
        "only in the gradebook": ("old",),
        "no submission": ("zoe",),
    }
    assert [row.student for row in found.rows] == ["ann", "bob", "kim", "old", "zoe"]
    assert rows(students_csv(found))["zoe"]["final"] == ""


def test_marks_by_hand_stand_beside_the_graders(of):
    """The final score is the gradebook's; its figures are about those with nothing left to mark."""
    found = of(
        result("ann", 2, 1, 3),
        result("bob", 2, 1, 3),
        marks=[mark("ann", manual=3.5, penalty=1.0, first="Ann", last="Lee"), mark("bob")],
    )
    assert (found.finals.count, found.finals.mean, found.final_max) == (1, 8.5, 10.0)
    ann = rows(students_csv(found))["ann"]
    assert (ann["graded"], ann["by_hand"], ann["penalty"], ann["final"]) == ("6", "3.5", "1", "8.5")
    assert (ann["first_name"], ann["last_name"]) == ("Ann", "Lee")
    assert rows(students_csv(found))["bob"]["waiting_cells"] == "written_why"


def test_a_test_cell_that_says_little_about_the_rest_is_marked(of):
    """One that those fail who can do the others is, and only that one."""
    text = page(of(result("ann", 2, 0, 3), result("bob", 0, 1, 0)))
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
def test_small_and_empty_classes_have_a_report(of, results):
    """Where there is nothing to compute there is a dash, and never NaN."""
    found = of(*results, similarity=True)
    text = page(found)
    assert "nan" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL).lower()
    assert len(rows(students_csv(found))) == len(results) and "nan" not in cells_csv(found)
    assert all(math.isnan(one.discrimination) for one in found.cells)
    assert "–" in text


def test_results_of_another_release_are_told(of, toy):
    """Other test cells, or other files than those that the log names."""
    assert of(result("ann", 2, 1, 3)).notes == ()
    old = summarize("ann", {"test_gone": CellResult(1.0, 2.0, "passed")})
    found = of(old)
    assert "another release" in found.notes[0] and [one.name for one in found.tasks] == [
        "test_gone"
    ]
    run = audit_log.begin(toy, hashes=audit_log.hashes(toy))
    audit_log.end(toy, run)
    assert of(result("ann", 2, 1, 3)).notes == ()
    toy.checks_source.write_text("# other checks")
    assert "have changed since" in of(result("ann", 2, 1, 3)).notes[0]


def test_without_a_release_or_checks_the_report_says_so(of, toy):
    """There is still all that the results say."""
    toy.checks_source.unlink()
    assert "have changed since" in of(result("ann", 2, 1, 3)).notes[0]
    toy.release.write_text("[]")
    found = of(result("ann", 2, 1, 3), similarity=True)
    assert "release cannot be read" in found.notes[0] and found.similarity is None
    assert [one.name for one in found.tasks] == list(TESTS) and "toy" in page(found)


def test_the_log_tells_who_graded_and_what_the_last_run_changed(of, toy):
    """Two runs; then one that was cut off, and a line that was changed by hand."""
    for points in (0, 2):
        run = audit_log.begin(toy, tier="isolated", hashes=audit_log.hashes(toy))
        audit_log.graded(toy, run, result("ann", points, 1, 3), seed=1, handed="")
        audit_log.end(toy, run)
    found = of(result("ann", 2, 1, 3))
    (change,) = found.changes
    assert (change.student, change.before, change.now) == ("ann", 4.0, 6.0)
    assert "test_double_values: 0 of 2 → 2 of 2" in page(found)
    assert found.run.facts["who"] in page(found)
    audit_log.begin(toy)
    assert "cut off" in of(result("ann", 2, 1, 3)).notes[0]
    log = audit_log.log_file(toy)
    log.write_text(log.read_text().replace('"score": 0.0', '"score": 9.0', 1))
    assert "changed by hand at line 3" in of(result("ann", 2, 1, 3)).notes[-1]


def test_without_results_there_is_a_sentence_and_a_remedy(toy):
    """On the command line too, and exit 1."""
    said = CliRunner().invoke(main, ["--course", str(toy.course.root), "report", "toy"])
    assert said.exit_code == 1
    assert "toy.json" in said.output and "autograder grade toy" in said.output


def test_points_that_are_no_numbers_are_a_sentence(of, toy):
    """JSON carries NaN, and hands carry text."""
    of(result("ann", 2, 1, 3))
    path = toy.course.results / "toy.json"
    good = path.read_text()
    for bad in ("NaN", '"six"', "Infinity"):
        path.write_text(good.replace('"score": 6.0', f'"score": {bad}'))
        with pytest.raises(CourseError, match="of ann are no numbers"):
            make_report(toy, similarity=False)


@pytest.mark.parametrize(
    "error",
    [CourseError("the gradebook does not know toy"), OperationalError("SELECT", {}, "is locked")],
    ids=["never released", "locked"],
)
def test_without_a_gradebook_the_rest_is_reported(of, toy, monkeypatch, error):
    """The report says what is not known, and leaves it empty."""

    def fails(assignment):
        raise error

    of(result("ann", 2, 1, 3))
    monkeypatch.setattr(report_module, "read_marks", fails)
    found = make_report(toy, similarity=False)
    assert "final scores are not known" in found.notes[0]
    assert ("does not know toy" in found.notes[0]) or ("locked" in found.notes[0])
    assert found.scores.mean == 6 and not found.look
    assert rows(students_csv(found))["ann"]["final"] == ""


def test_hostile_names_are_text_everywhere(of):
    """No tag, no formula, no bracket that rich reads, nothing that turns the text around."""
    results = [result(name, 0, 1, 3, message=name) for name in sorted(HOSTILE)]
    marks = [mark(name, first=name, last="=1+1") for name in sorted(HOSTILE)]
    found = of(*results, marks=marks)
    text = page(found)
    assert "<script" not in text and "&lt;script&gt;alert(1)" in text
    assert "\u202e" not in text and "<bdi>אברהם</bdi>" in text and "<bdi>张伟</bdi>" in text
    table = list(csv.reader(io.StringIO(students_csv(found).removeprefix("\ufeff"))))
    assert len(table) == len(HOSTILE) + 1 and {len(row) for row in table} == {len(table[0])}
    for cell in (cell for row in table for cell in row):
        assert not re.match(r"\s*[=+@-]", cell) or re.fullmatch(r"-?\d+(\.\d+)?", cell)
    names = [row[0] for row in table[1:]]
    assert "'=cmd|' /C calc'!A0" in names and 'Müller, "Jo" O\'Neil' in names


def test_half_a_character_in_a_name_stops_nothing(of, toy, tmp_path):
    """JSON may spell one, and no file can hold it."""
    of(result("ann", 2, 1, 3))
    path = toy.course.results / "toy.json"
    path.write_text(path.read_text().replace('"ann"', '"ann \\ud800"'))
    target, students, _ = write_report(make_report(toy, similarity=False), tmp_path / "r.html")
    assert "<bdi>ann ?</bdi>" in target.read_text() and "ann ?" in rows(students.read_text())


def test_similar_code_is_on_the_page_and_in_no_other_file(of, toy, tmp_path):
    """Nor in results, feedback or gradebook; it can be switched off."""
    source = "\n".join(
        f"    y{n} = x[{n}] + {n} * len(x) if x.any() else x.sum({n})" for n in range(40)
    )
    for student in ("ann", "bob"):
        place = toy.course.grading / "autograded" / student / "toy"
        place.mkdir(parents=True)
        nb = json.loads(toy.release.read_text())
        nb["cells"][0]["source"] = f"def double(x):\n{source}"
        (place / "toy.ipynb").write_text(json.dumps(nb))
    students = (result("ann", 2, 1, 3), result("bob", 2, 1, 3))
    marks = [mark("ann", manual=1.0), mark("bob", manual=1.0)]
    found = of(*students, marks=marks, similarity=True)
    assert found.similarity.count == 1 and groups(found.look)["similar code"] == ("ann", "bob")
    target, *tables = write_report(found, tmp_path / "out" / "page.html")
    assert [path.name for path in tables] == ["page.csv", "page-cells.csv"]
    assert "Something to look at, not a verdict" in target.read_text()
    assert "<mark>" in target.read_text()
    others = [*tables, *toy.course.results.rglob("*.json"), *toy.course.grading.rglob("*.jsonl")]
    assert not any("similar" in path.read_text() for path in others)
    found = of(*students, marks=marks)
    assert "not a verdict" not in page(found) and not found.look


def test_the_files_are_for_their_owner_alone(of, tmp_path):
    """They hold names and grades; where one cannot be written there is a sentence."""
    paths = write_report(of(result("ann", 2, 1, 3)), tmp_path / "r.html")
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match=r"x\.html cannot be written"):
        write_report(of(result("ann", 2, 1, 3)), tmp_path / "file" / "x.html")
    with pytest.raises(CourseError, match="where the CSV goes"):
        write_report(of(result("ann", 2, 1, 3)), tmp_path / "x.csv")


def test_numbers_are_written_as_people_read_them():
    """One decimal or two, a minus sign, no minus zero, a dash for what is not known."""
    assert [number(one) for one in (3.0, 2.25, -0.04, math.nan, None, 1200.0)] == [
        "3", "2.2", "0", "–", "–", "1200",
    ]  # fmt: skip
    assert (number(-0.5, 2), number(-0.001, 2), percent(0.125)) == ("−0.50", "0.00", "12 %")


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
    assert "forbidden" in students["forbidden"]["look"] and "1  missing" in said.output
    assert (graded.results / "toy.json").read_bytes() == before  # nothing changes a score


@pytest.mark.slow
def test_the_page_says_when_by_whom_and_how_it_was_graded(graded):
    """Out of the log that grading wrote."""
    found = make_report(graded.assignment("toy"))
    text = page(found)
    assert found.notes == () and found.run.facts["who"] in text
    assert f"nbgrader {found.run.facts['versions']['nbgrader']}" in text
    assert all(protection in text for protection in found.results.protections)
