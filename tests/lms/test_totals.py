"""A term's totals are what the rules say, and what is not settled is named and not counted."""

import csv
import io
from datetime import datetime

import pytest
from click.testing import CliRunner

from autograder.batch.run import grade_class
from autograder.cli.main import main
from autograder.course.errors import CourseError
from autograder.gradebook.deadlines import change_deadlines
from autograder.lms.rejections import Rejection, store
from autograder.lms.roster import import_roster
from autograder.lms.totals import TotalRules, cells_sheet, read_rules, read_totals, totals_sheet
from tests.lms.zips_of_systems import DUE
from tests.small_class import GOOD, KINDS, answer, copy_course, hand_in
from tests.small_class import gradebook as grades_of
from tests.toy_course import make_course

pytestmark = pytest.mark.usefixtures("shared_worker")


@pytest.mark.parametrize(
    ("rules", "shares", "total"),
    [
        (TotalRules({}), {"a": 1.0, "b": 0.5}, 75.0),
        (TotalRules({"a": 3}), {"a": 1.0, "b": 0.5}, 87.5),
        (TotalRules({"a": 0}), {"a": 1.0, "b": 0.5}, 50.0),
        (TotalRules({}, drop_lowest=1), {"a": 1.0, "b": 0.5, "c": 0.0}, 75.0),
        (TotalRules({}, drop_lowest=5), {"a": 0.2, "b": 0.5}, 50.0),
        (TotalRules({}, out_of=30), {"a": 0.5}, 15.0),
        (TotalRules({}), {}, None),
        (TotalRules({"a": 0}), {"a": 1.0}, None),
    ],
)
def test_a_total_is_the_weighted_mean_of_shares(rules, shares, total):
    """Without the lowest, of which at least one is left; what weighs nothing never counts."""
    assert rules.total(shares) == total


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("c.Totals.weights = {'nothing': 1}", "weights"),
        ("c.Totals.weights = {'toy': -1}", "weights"),
        ("c.Totals.drop_lowest = 1.5", "drop_lowest"),
        ("c.Totals.out_of = 0", "out_of"),
        ("c.Totals.drop = 1", "no setting c.Totals.drop"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_by_its_name(tmp_path, line, said):
    """With a remedy."""
    course = make_course(tmp_path / "course")
    with open(course.root / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    with pytest.raises(CourseError, match=said) as refused:
        read_rules(course)
    assert refused.value.remedy


@pytest.mark.slow
def test_the_term_of_a_class(clean_course, tmp_path):
    """Who waits, who handed in a PDF and who has time left are open; who missed it has 0."""
    course = copy_course(clean_course, tmp_path / "course")
    toy = course.assignment("toy")
    names = ("ann", "bob", "cem", "dee", "eve")
    (course.grading / "roster.csv").write_text(
        "student,first_name,status\n"
        + "".join(f"{name},=x,\n" for name in names[:4])
        + "eve,,withdrawn\n"
    )
    import_roster(course, course.grading / "roster.csv")
    change_deadlines(toy, due=DUE)
    hand_in(course, {"ann": answer(course, GOOD), "bob": answer(course, KINDS["untouched"])})
    grade_class(
        toy,
        course.grading / "submitted",
        course.results / "toy.json",
        trusted=True,
        tier="unprotected",
    )
    store(toy, [Rejection("cem", ("x.pdf",), ("x.pdf",), "no notebook", "Ask.")])
    terms = {term.person.student: term for term in read_totals(course)}
    assert set(terms) == {"ann", "bob", "cem", "dee"}
    assert {name: dict(term.open) for name, term in terms.items()} == {
        "ann": {"toy": "waits for a mark"},
        "bob": {},
        "cem": {"toy": "handed in, and not graded"},
        "dee": {},
    }
    assert [terms[name].total for name in ("ann", "bob", "cem", "dee")] == [None, 0.0, None, 0.0]
    early = {term.person.student: term for term in read_totals(course, datetime(2026, 11, 1))}
    assert early["dee"].open == {"toy": "not due yet"}
    rows = list(csv.DictReader(io.StringIO(totals_sheet(terms.values()).removeprefix("\ufeff"))))
    assert rows[0]["first_name"] == "'=x" and rows[3]["toy"] == "0.00"
    cells = list(csv.DictReader(io.StringIO(cells_sheet(toy).removeprefix("\ufeff"))))
    machine = {(row[0], row[1]): row[2] for row in grades_of(course)}
    for row in cells:
        for (student, cell), score in machine.items():
            if student == row["student"] and cell.startswith("test"):
                assert float(row[cell]) == score
    assert cells[0]["written_why"] == ""
    done = CliRunner().invoke(main, ["--course", str(course.root), "totals"])
    assert done.exit_code == 0 and "waits for a mark: 1 (ann)" in done.output, done.output
    assert (course.grading / "exports" / "totals" / "toy.csv").is_file()
