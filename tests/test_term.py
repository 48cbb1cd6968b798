"""A whole term: a class hands in on three platforms, is graded, corrected, regraded and exported.

The assignments take turns on Canvas, Brightspace and Moodle in German.

`make test-term` runs it with 60 students; without TERM_STUDENTS it takes a smaller class, which is
graded by a worker in this process.
"""

import csv
import json
import os
import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from nbgrader.api import Gradebook

from autograder.batch.history import read_history
from autograder.cli.main import main
from autograder.course.cells import describe
from autograder.course.folders import Course, find_course
from autograder.course.results import read_results
from autograder.gradebook.marks import read_marks
from autograder.reports.explanation import explain
from tests import term
from tests.term_platforms import PLATFORMS, HandedIn, Platform, hand_in

SMALL = 14
SIZE = int(os.environ.get("TERM_STUDENTS", str(SMALL)))
pytestmark = [pytest.mark.slow, *[pytest.mark.usefixtures("shared_worker")] * (SIZE == SMALL)]

CHANGED = "naive_convolution"
# What the instructors got wrong at first: NumPy's integers are as good as Python's.
WRONG_CHECK = """

_as_before = test_conv_output_size_values


def test_conv_output_size_values(student, reference, rng):
    _as_before(student, reference, rng)
    with checking("the number of places is a Python int"):
        if type(student.conv_output_size(7, 3)) is not int:
            raise CheckFailed("another kind of number came back")
"""
DEADLINE = "2026-11-05 10:00 UTC"
EXTENDED = "s0003"  # was ill all the term
POLICY = """
c.AssignLatePenalties.plugin_class = "autograder.gradebook.late.LatePolicy"
c.LatePolicy.percent_per_day = 10
"""


@dataclass
class Term:
    """The course, its class, and what the commands said."""

    course: Course
    people: list[term.Student]
    works: dict[str, list[term.Work]] = field(default_factory=dict)
    strangers: dict[str, set[str]] = field(default_factory=dict)
    said: dict[tuple[str, ...], tuple[int, str]] = field(default_factory=dict)
    platforms: dict[str, Platform] = field(default_factory=dict)
    handed: dict[str, HandedIn] = field(default_factory=dict)
    machine: dict[str, dict[str, float]] = field(default_factory=dict)
    hand: dict[tuple[str, str], float] = field(default_factory=dict)
    collected: dict[str, tuple[int, str]] = field(default_factory=dict)
    blocked: dict[str, tuple[int, str]] = field(default_factory=dict)

    def run(self, *arguments: object) -> tuple[int, str]:
        """Give a command; its exit code, and what it said on one line."""
        words = tuple(map(str, arguments))
        done = CliRunner().invoke(main, ["--course", str(self.course.root), *words])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        self.said[words] = done.exit_code, " ".join(done.output.split())
        return self.said[words]

    def marks(self, name: str) -> dict:
        """The marks of an assignment, by student."""
        return {mark.student: mark for mark in read_marks(self.course.assignment(name))}

    def work(self, name: str, login: str) -> term.Work:
        """What one student did."""
        return next(work for work in self.works[name] if work.student.login == login)


def copy_of_the_course(folder: Path) -> Course:
    """This checkout's course, released, with a gradebook that knows no student."""
    here = find_course()
    for part in ("solutions", "assignments", "grading/source"):
        shutil.copytree(here.root / part, folder / part)
    shutil.copy(here.root / "nbgrader_config.py", folder)
    made = Course(folder)
    with Gradebook(f"sqlite:///{here.grading / 'gradebook.db'}", "convnets") as book:
        known = {found.name for found in book.assignments}
    assert known >= set(made.names), "release the assignments first: make release"
    shutil.copy(here.grading / "gradebook.db", made.grading)
    with Gradebook(f"sqlite:///{made.grading / 'gradebook.db'}", "convnets") as book:
        for student in [one.id for one in book.students]:
            book.remove_student(student)
    return made


@pytest.fixture(scope="module")
def whole_term(tmp_path_factory):
    """The term, played once."""
    folder = tmp_path_factory.mktemp("term")
    course = copy_of_the_course(folder / "course")
    with open(course.root / "nbgrader_config.py", "a") as file:
        file.write(POLICY)
    checks = course.assignment(CHANGED).checks_source
    right = checks.read_text()
    checks.write_text(right + WRONG_CHECK)
    played = Term(course, term.students(SIZE))
    cells = {
        name: describe(json.loads(course.assignment(name).release.read_bytes()))
        for name in course.names
    }
    columns = {name: one.max_score + sum(one.answers.values()) for name, one in cells.items()}
    gradebooks = {}
    for platform in PLATFORMS:
        gradebooks[platform] = path = folder / f"{platform.name}-gradebook.csv"
        path.write_text(platform.gradebook(played.people, columns), encoding="utf-8", newline="")
        assert played.run("roster", path)[0] == 0, played.said
    late_comer = folder / "extensions.csv"
    late_comer.write_text(f"student,assignment,extension,reason\n{EXTENDED},all,3d,ill\n")
    rng = np.random.default_rng(2026)
    for turn, name in enumerate(course.names):
        assignment, platform = course.assignment(name), PLATFORMS[turn % len(PLATFORMS)]
        played.platforms[name], gradebook = platform, gradebooks[platform]
        played.works[name] = works = term.plan(assignment, played.people, rng, turn)
        if name == CHANGED:
            works[:] = [term.with_numpy_integers(work, index) for index, work in enumerate(works)]
        handed = hand_in(platform, folder, assignment, works, rng)
        played.strangers[name], played.handed[name] = handed.strangers, handed
        dry(played, "late", name, "--deadline", DEADLINE)
        dry(played, "late", name, "--from", late_comer)
        played.collected[name] = dry(played, "collect", handed.zip, name, *handed.options)
        assert played.run("grade", name)[0] == 0, played.said
        played.machine[name] = {m: mark.auto for m, mark in played.marks(name).items()}
        correct_by_hand(played, name, leave_one=True)
        into = ("export", name, "--format", platform.format, "--into", gradebook)
        played.blocked[name] = played.run(*into)
        correct_by_hand(played, name, leave_one=False)
    checks.write_text(right)
    assert played.run("regrade", CHANGED)[0] == 0, played.said
    for name in course.names:
        played.run("feedback", name)
        played.run("report", name)
        target = folder / f"{name}-grades.csv"
        platform = played.platforms[name]
        into = ("--into", gradebooks[platform], "--missing", "zero")
        dry(played, "export", name, "--format", platform.format, *into, "--out", target)
    return played


def dry(played: Term, *arguments: object) -> tuple[int, str]:
    """Give a command twice, first as a dry run: it must end alike and say the same numbers."""
    trial = played.run(*arguments, "--dry-run")
    real = played.run(*arguments)
    assert trial[0] == real[0], (arguments, trial, real)
    assert set(re.findall(r"\d+ [a-z]+", real[1])) <= set(re.findall(r"\d+ [a-z]+", trial[1]))
    return real


def correct_by_hand(played: Term, name: str, *, leave_one: bool) -> None:
    """Grade the written answers that wait, as in formgrader, and overrule the machine once."""
    waiting = [mark for mark in played.marks(name).values() if mark.ungraded]
    with Gradebook(f"sqlite:///{played.course.grading / 'gradebook.db'}", "convnets") as book:
        for index, mark in enumerate(waiting[1:] if leave_one else waiting):
            for cell in mark.ungraded:
                grade = book.find_grade(cell, name, name, mark.student)
                grade.manual_score, grade.needs_manual_grade = 2.0 + index % 4, False
                played.hand[name, mark.student] = grade.manual_score
        book.db.commit()


def rows_of(path: Path, platform: Platform) -> list[tuple[str, dict[str, str]]]:
    """The rows of an exported file, each with its student's login."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [(platform.login(row), row) for row in csv.DictReader(file)]
    return [(login, row) for login, row in rows if login]


def test_everybody_on_the_roster_is_in_the_gradebook_once(whole_term):
    """With the name and the number of the other system."""
    for name in whole_term.course.names:
        marks = whole_term.marks(name)
        assert list(marks) == sorted(one.login for one in whole_term.people)
        for one in whole_term.people:
            mark = marks[one.login]
            assert (mark.first_name, mark.last_name) == (one.first, one.last)
            assert mark.lms_user_id == str(one.canvas_id)


def test_files_that_fit_nobody_are_listed_and_everything_else_is_collected(whole_term):
    """A PDF and a stranger's notebook; whoever handed in nothing is named too."""
    for name in whole_term.course.names:
        code, said = whole_term.collected[name]
        assert code == 1
        for stranger in whole_term.strangers[name]:
            assert stranger.replace(" ", "") in said.replace(" ", ""), (stranger, said)
        there = {
            path.parents[1].name
            for path in (whole_term.course.grading / "submitted").glob(f"*/{name}/*.ipynb")
        }
        gone = ("missing", *term.UNMATCHED)
        assert there == {w.student.login for w in whole_term.works[name] if w.kind not in gone}


def test_everybody_gets_the_points_that_are_deserved(whole_term):
    """Full marks for right work however it came, none for a forgery, and some for half a work."""
    for name in whole_term.course.names:
        for work in whole_term.works[name]:
            got = whole_term.machine[name].get(work.student.login, 0.0)
            assert work.least <= got <= work.most, (name, work, got)


def test_faults_are_flagged_and_end_in_a_verdict(whole_term):
    """What is wrong with a file is said, and nobody's work is a grader's fault."""
    expected = {
        "not_json": "unreadable",
        "deleted_test": "graded",
        "no_metadata": "graded",
        "edited_setup": "graded",
        "missing": "missing",
    }
    for name in whole_term.course.names:
        results = read_results(whole_term.course.results / f"{name}.json")
        assert not results.faults
        for one in results.submissions:
            kind = whole_term.work(name, one.student).kind
            assert one.verdict == expected.get(kind, one.verdict), (name, one)
            if kind in ("deleted_test", "edited_setup"):
                assert one.flags, (name, one)


def test_an_export_waits_for_the_last_answer_by_hand(whole_term):
    """It names who is not graded yet, writes nothing and ends with 1."""
    for name, (code, said) in whole_term.blocked.items():
        assert code == 1 and "written" in said, (name, said)


def test_late_work_costs_what_the_policy_says(whole_term):
    """Ten percent of the maximum for the day that was begun, and nothing for who was in time."""
    for name in whole_term.course.names:
        marks = whole_term.marks(name)
        for work in whole_term.works[name]:
            mark = marks[work.student.login]
            if not mark.submitted:
                continue
            if work.student.login == EXTENDED:
                assert mark.seconds_late == mark.penalty == 0, (name, work, mark)
                continue
            assert (mark.seconds_late > 0) == work.late, (name, work, mark)
            assert (mark.penalty > 0) <= work.late, (name, work, mark)
            if work.late and mark.auto > 10:
                assert mark.penalty == pytest.approx(0.1 * mark.max_score), (name, work, mark)


def returns_numpy_integers(work: term.Work) -> bool:
    """Whether the student's sizes are NumPy's integers; a wrong function may return them too."""
    if work.variant is None or work.variant.function != "conv_output_size":
        return False
    namespace = {"np": np}
    exec(work.variant.source, namespace)
    return type(namespace["conv_output_size"](7, 3)) is not int


def test_the_mended_check_changes_exactly_whom_it_wronged(whole_term):
    """Who returned NumPy's integers gets the points back; grades by hand stay."""
    works = whole_term.works[CHANGED]
    changes = {work.student.login for work in works if returns_numpy_integers(work)}
    right = {work.student.login for work in works if work.kind == "numpy_integers"}
    assert right and right <= changes
    before, now = whole_term.machine[CHANGED], whole_term.marks(CHANGED)
    differ = {login for login, score in before.items() if now[login].auto != score}
    assert differ == changes
    assert all(now[login].auto == 40.0 for login in right)
    code, said = whole_term.said["regrade", CHANGED]
    assert code == 0 and f"{len(changes)} changed" in said
    for name in whole_term.course.names:
        marks = whole_term.marks(name)
        given = {
            login: points for (where, login), points in whole_term.hand.items() if where == name
        }
        assert {login: marks[login].manual for login in given} == given


def test_what_leaves_the_course_is_what_the_gradebook_says(whole_term):
    """Each student once in each file, the score to the second decimal; nobody is lost."""
    for name in whole_term.course.names:
        (path,) = {
            Path(words[words.index("--out") + 1])
            for words, (code, _) in whole_term.said.items()
            if words[:2] == ("export", name) and "--out" in words and code == 0
        }
        platform, marks = whole_term.platforms[name], whole_term.marks(name)
        listed = rows_of(path, platform)
        rows = dict(listed)
        assert len(rows) == len(listed), (name, Counter(login for login, _ in listed))
        logins = [one.login for one in whole_term.people]
        assert set(logins) <= set(rows)
        column = next(key for key in rows[logins[0]] if re.fullmatch(platform.cell(name), key))
        for login in logins:
            cell = rows[login][column].replace(",", ".")
            if whole_term.work(name, login).kind in (*term.UNMATCHED, "not_json"):
                assert cell == "", (name, login, cell)  # no silent zero
            else:
                assert float(cell) == pytest.approx(marks[login].score, abs=0.005)


def test_what_could_not_be_graded_is_named_wherever_somebody_looks(whole_term):
    """A PDF, typed text and two notebooks: on the report, the page, in the export and explained."""
    kinds = set()
    for name in whole_term.course.names:
        assignment = whole_term.course.assignment(name)
        said = next(
            v[1] for k, v in whole_term.said.items() if k[:2] == ("export", name) and "--out" in k
        )
        report = whole_term.course.grading / "reports" / f"{name}.html"
        for work in whole_term.works[name]:
            if work.kind not in term.UNMATCHED:
                continue
            kinds.add(work.kind)
            login = work.student.login
            rejection = explain(assignment, login).rejection
            gist = "could not be graded"
            assert rejection is not None and gist in rejection.sentence
            assert f"{login} not gradable" in said, said
            assert gist in report.read_text(encoding="utf-8")
            page = whole_term.course.grading / "feedback" / login / name / f"{name}.html"
            assert gist in page.read_text(encoding="utf-8")
    assert kinds == set(term.UNMATCHED)


def test_every_score_is_explained(whole_term):
    """The log, what is kept, the gradebook and the files agree about everybody."""
    for name in whole_term.course.names:
        assignment = whole_term.course.assignment(name)
        assert read_history(assignment).broken == ()
        for one in whole_term.people:
            told = explain(assignment, one.login)
            assert told.doubts == (), (name, one.login, told.doubts)
            assert (
                sum(line.score for line in told.lines) - told.mark.penalty
                == pytest.approx(told.mark.score)
                or told.mark.score == 0
            )


def test_grading_again_does_nothing(whole_term):
    """All is kept, no grade changes, and a second collect changes no file."""
    name = CHANGED
    before = whole_term.marks(name)
    assert whole_term.run("grade", name)[0] == 0
    assert read_history(whole_term.course.assignment(name)).runs[-1].entries == {}
    handed = whole_term.handed[name]
    whole_term.run("collect", handed.zip, name, *handed.options)
    assert whole_term.run("grade", name)[0] == 0
    assert read_history(whole_term.course.assignment(name)).runs[-1].entries == {}
    assert whole_term.marks(name) == before


def test_everybody_who_handed_in_gets_a_page_and_the_report_has_everybody(whole_term):
    """Feedback for each student, and a report with its tables for each assignment."""
    for name in whole_term.course.names:
        assert whole_term.said["feedback", name][0] == 0, whole_term.said["feedback", name]
        assert whole_term.said["report", name][0] == 0, whole_term.said["report", name]
        pages = whole_term.course.grading / "feedback"
        there = {path.parents[1].name for path in pages.glob(f"*/{name}/{name}.html")}
        marks = whole_term.marks(name)
        assert {login for login, mark in marks.items() if mark.submitted} <= there
        reports = whole_term.course.grading / "reports"
        text = (reports / f"{name}.html").read_text(encoding="utf-8")
        for login, mark in marks.items():
            assert login in text or not mark.submitted
