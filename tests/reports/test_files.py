"""The files of a report hold its figures, nothing that runs, and are their owner's alone."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from autograder.course.errors import CourseError
from autograder.reports.files import students_csv, write_report
from autograder.reports.page import page
from autograder.reports.report import make_report
from tests.edits import edit_file
from tests.reports.toy_results import HOSTILE, groups, mark, result, rows


def test_hostile_names_are_text_everywhere(report_of):
    """No tag, no formula, no bracket that rich reads, nothing that turns the text around."""
    results = [result(name, 0, 1, 3, message=name) for name in sorted(HOSTILE)]
    marks = [mark(name, first=name, last="=1+1") for name in sorted(HOSTILE)]
    report = report_of(*results, marks=marks)
    text = page(report, Path())
    assert "<script" not in text and "&lt;script&gt;alert(1)" in text
    assert "\u202e" not in text and "<bdi>אברהם</bdi>" in text and "<bdi>张伟</bdi>" in text
    table = list(csv.reader(io.StringIO(students_csv(report).removeprefix("\ufeff"))))
    assert len(table) == len(HOSTILE) + 1 and {len(row) for row in table} == {len(table[0])}
    for cell in (cell for row in table for cell in row):
        assert not re.match(r"\s*[=+@-]", cell) or re.fullmatch(r"-?\d+(\.\d+)?", cell)
    names = [row[0] for row in table[1:]]
    assert "'=cmd|' /C calc'!A0" in names and 'Müller, "Jo" O\'Neil' in names


def test_half_a_character_in_a_name_stops_nothing(report_of, toy, tmp_path):
    """JSON may spell one, and no file can hold it."""
    report_of(result("ann", 2, 1, 3))
    edit_file(toy.course.results / "toy.json", ('"ann"', '"ann \\ud800"'))
    target, students, _ = write_report(make_report(toy, similarity=False), tmp_path / "r.html")
    assert "<bdi>ann ?</bdi>" in target.read_text() and "ann ?" in rows(students.read_text())


def test_similar_code_is_on_the_page_and_in_no_other_file(report_of, toy, tmp_path):
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
    report = report_of(*students, marks=marks, similarity=True)
    assert report.similarity.count == 1 and groups(report.look)["similar code"] == ("ann", "bob")
    target, *tables = write_report(report, tmp_path / "out" / "page.html")
    assert [path.name for path in tables] == ["page.csv", "page-cells.csv"]
    assert "Something to look at, not a verdict" in target.read_text()
    assert "<mark>" in target.read_text()
    others = [*tables, *toy.course.results.rglob("*.json"), *toy.course.grading.rglob("*.jsonl")]
    assert not any("similar" in path.read_text() for path in others)
    report = report_of(*students, marks=marks)
    assert "not a verdict" not in page(report, Path()) and not report.look


def test_the_files_are_for_their_owner_alone(report_of, tmp_path):
    """They hold names and grades; where one cannot be written there is a sentence."""
    paths = write_report(report_of(result("ann", 2, 1, 3)), tmp_path / "r.html")
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match=r"x\.html cannot be written"):
        write_report(report_of(result("ann", 2, 1, 3)), tmp_path / "file" / "x.html")
    with pytest.raises(CourseError, match="where the CSV goes"):
        write_report(report_of(result("ann", 2, 1, 3)), tmp_path / "x.csv")
