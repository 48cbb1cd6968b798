"""Feedback pages: for everybody, with the points and their reasons, and nothing that is hidden."""

import copy
import re
import shutil
from datetime import datetime
from itertools import pairwise

import nbformat
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import GenerateFeedback
from nbgrader.utils import notebook_hash

from autograder.batch import audit_log
from autograder.batch.history import read_history
from autograder.batch.run import grade_class
from autograder.cli.main import main
from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
from autograder.course.results import summarize
from autograder.feedback.publishing import make_feedback
from autograder.gradebook.nbgrader_adapter import run
from tests.small_class import GOOD, answer, copy_course, hand_in

pytestmark = pytest.mark.usefixtures("shared_worker")

SECRET = "0123456789abcdef" * 8
CLASS = {
    "good": GOOD,
    "half": GOOD | {"double": GOOD["double"] + " + (x.size > 2)"},
    "untouched": {},
    "forbidden": GOOD
    | {"double_sum": "def double_sum(x):\n    return float(np.repeat(x, 2).sum())"},
    "d'Arc, J. [2]": GOOD,
    "Żółć 李小龍": GOOD,
    "prints": GOOD
    | {"double": "def double(x):\n    print('got', x.tolist(), x.shape)\n    return x + x"},
}


@pytest.fixture(scope="module")
def graded(clean_course, tmp_path_factory):
    """The class, graded by the batch under a known seed; tests which change it take a copy."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("feedback"))
    work = {student: answer(course, sources) for student, sources in CLASS.items()}
    folder = hand_in(course, work | {"broken": work["good"][:-400]})
    (folder / "absent").mkdir()
    (folder / "good" / "toy" / "timestamp.txt").write_text("2026-03-02 14:05:00 UTC")
    (folder / "good" / "toy" / "submission_secret.txt").write_text(SECRET)
    assignment = course.assignment("toy")
    grade_class(assignment, folder, course.results / "toy.json", workers=1, seed=3)
    return course


@pytest.fixture(scope="module")
def feedback(graded):
    """What was made of the class."""
    return make_feedback(graded.assignment("toy"))


@pytest.fixture
def class_copy(graded, feedback, tmp_path):
    """A copy of the class and its pages."""
    return copy_course(graded, tmp_path / "course")


def page(course, student):
    """A student's page, read."""
    path = course.grading / "feedback" / student / "toy" / "toy.html"
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def words(part):
    """Its text, with single blanks."""
    return " ".join(part.get_text(" ").split())


@pytest.mark.slow
def test_everybody_gets_a_page(graded, feedback):
    """Also who handed in nothing or nothing that can be read, and whoever has an unusual name."""
    assert {one.student for one in feedback.outcomes} == {*CLASS, "broken", "absent"}
    assert feedback.failures == () and all(path.is_file() for path in feedback.pages)
    for student in CLASS:
        soup = page(graded, student)
        assert soup.html["lang"] == "en" and student in soup.title.text
        levels = [int(one.name[1]) for one in soup.find_all(re.compile("h[1-6]"))]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.slow
def test_a_page_says_points_property_and_hint_and_leads_to_the_place(graded, feedback):
    """The reason once, beside the code; the status is a word, there and in the table."""
    soup = page(graded, "half")
    assert "4 of 10 points so far" in words(soup.find(class_="score"))
    row = soup.find("a", href="#test_double_values").find_parent("tr")
    assert "✗ failed" in words(row) and "0 of 2" in words(row)
    box = soup.find(id="test_double_values")
    assert "every value is doubled: some values are wrong" in words(box)
    assert "Hint: multiply by two" in words(box)
    assert words(soup).count("every value is doubled") == 1
    assert "One check in this cell found something else" in words(box)
    assert "waits for a person – of 4 points" in words(soup.find(id="written_why"))
    assert all(soup.find(id=link["href"][1:]) for link in soup.find_all("a", href=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("student", "said"),
    [
        ("absent", "no toy.ipynb was handed in"),
        ("broken", "your file could not be read: the file is not JSON"),
        ("untouched", "0 of 3 checks passed"),
        ("forbidden", "Your code takes a way that this assignment rules out"),
        ("good", "Handed in 2026-03-02, 14:05 UTC"),
    ],
)
def test_what_happened_is_said_in_words(graded, feedback, student, said):
    """With what to do about it where something can be done."""
    text = words(page(graded, student))
    assert said in text
    assert ("instructor" in text) == (student in ("absent", "broken"))


@pytest.mark.slow
def test_work_that_was_refused_has_no_points(class_copy):
    """A dash, as nothing was graded; who handed in nothing has 0."""
    folder = class_copy.grading / "submitted" / "paper" / "toy"
    folder.mkdir(parents=True)
    (folder / "toy.pdf").write_bytes(b"%PDF-1.7")
    make_feedback(class_copy.assignment("toy"))
    assert words(page(class_copy, "paper").find(class_="score")) == "– of 10 points"
    assert words(page(class_copy, "absent").find(class_="score")) == "0 of 10 points"


@pytest.mark.slow
def test_nothing_hidden_is_on_a_page(graded, feedback):
    """No hidden line, no seed, and of what the function printed only what visible checks asked."""
    for path in feedback.pages:
        text = path.read_text(encoding="utf-8")
        for word in ("HIDDEN", "nbgrader_hooks", "isolate", "rng", "standard_normal"):
            assert word not in text, path
    printed = re.findall(r"got (\[.*?\]) (\(.*?\))", words(page(graded, "prints")))
    # The hidden checks take five numbers, or three times four.
    assert {shape for _, shape in printed} == {"(2,)", "(2, 2)"}


@pytest.mark.slow
def test_pages_that_are_as_they_should_be_are_left_alone(class_copy):
    """A changed grade, a page of nbgrader's and a page that is gone are made again, no others."""
    assignment = class_copy.assignment("toy")
    assert not any(one.changed for one in make_feedback(assignment).outcomes)
    with Gradebook(load_config(class_copy).CourseDirectory.db_url) as gradebook:
        grade = gradebook.find_grade("written_why", "toy", "toy", "half")
        grade.manual_score = 3
        gradebook.db.commit()
    pages = class_copy.grading / "feedback"
    (pages / "good" / "toy" / "toy.html").write_text("<html>nbgrader's</html>")
    (pages / "prints" / "toy" / "toy.html").unlink()
    changed = [one.student for one in make_feedback(assignment).outcomes if one.changed]
    assert changed == ["good", "half", "prints"]
    assert not list(pages.rglob(".*"))


@pytest.mark.slow
def test_what_people_gave_and_wrote_is_shown(class_copy):
    """Points by hand, instead of the machine's too, extra credit, a penalty and a comment."""
    with Gradebook(load_config(class_copy).CourseDirectory.db_url) as gradebook:
        gradebook.update_or_create_student("half", first_name="Ada", last_name="<b>Byron</b>")
        answered = gradebook.find_grade("written_why", "toy", "toy", "half")
        answered.manual_score, answered.extra_credit = 3, 0.5
        answered.needs_manual_grade = False
        gradebook.find_grade("test_double_values", "toy", "toy", "half").manual_score = 1
        comment = gradebook.find_comment("written_why", "toy", "toy", "half")
        comment.manual_comment = "**Good**, but *why* $2x$? <script>alert(1)</script>"
        work = gradebook.find_submission("toy", "half")
        work.timestamp = datetime(2026, 3, 4, 12)
        work.notebooks[0].late_submission_penalty = 1.25
        gradebook.find_assignment("toy").duedate = datetime(2026, 3, 3, 9)
        gradebook.db.commit()
    make_feedback(class_copy.assignment("toy"), ["half"])
    soup = page(class_copy, "half")
    result = words(soup.find(class_="summary"))
    assert "7.25 of 10 points" in result and "so far" not in result
    assert "By machine 4 By a person 4 Extra credit 0.5" in result
    assert "Taken off for being late −1.25" in result
    assert "2026-03-04, 12:00 UTC, 1 day 3 hours late" in result
    assert "Ada <b>Byron</b> ( half )" in words(soup.header)
    assert "A person gave 1 here; the machine had given 0." in words(
        soup.find(id="test_double_values")
    )
    comment = soup.find(class_="comment")
    assert comment.find("strong", string="Good") and comment.find("math")
    assert "<script>alert(1)</script>" in comment.text and not soup.find("script")


@pytest.mark.slow
def test_a_page_that_cannot_be_made_stops_no_other(class_copy):
    """It is named with the reason, and the command ends with 1."""
    place = class_copy.grading / "autograded"
    (place / "half" / "toy" / "toy.ipynb").write_text("{")
    (place / "prints" / "toy" / "toy.ipynb").unlink()
    shutil.rmtree(class_copy.grading / "feedback")
    (class_copy.grading / "feedback" / "good" / "toy" / "toy.html").mkdir(parents=True)
    done = CliRunner().invoke(main, ["--course", str(class_copy.root), "feedback", "toy"])
    assert done.exit_code == 1
    assert "6 pages" in done.output and "6 written" in done.output
    lines = " ".join(done.output.split())
    assert "toy.ipynb is damaged: grade it again with --fresh" in lines
    assert "toy.ipynb is missing: grade it again" in lines
    assert "toy.html is not an ordinary file" in lines


@pytest.mark.slow
def test_some_students_can_be_named(class_copy):
    """By login or name; only theirs are made. One that nobody knows is an error in a sentence."""
    shutil.rmtree(class_copy.grading / "feedback")
    roster = class_copy.grading / "roster.csv"
    roster.write_text("student,first_name,last_name\nabsent,Zoë,de la Cruz\n", encoding="utf-8")
    command = ["--course", str(class_copy.root), "feedback", "toy"]
    done = CliRunner().invoke(main, [*command, "d'Arc, J. [2]", "de la Cruz, Zoë"])
    assert done.exit_code == 0 and "2 pages" in done.output
    assert len(list(class_copy.grading.glob("feedback/*/toy/toy.html"))) == 2
    done = CliRunner().invoke(main, [*command, "d'Arc, J. 2"])
    assert done.exit_code == 1 and 'knows "d\'Arc, J. 2"' in " ".join(done.output.split())


@pytest.mark.slow
def test_a_link_in_the_place_of_a_page_is_replaced(class_copy, tmp_path):
    """Nothing is written through it."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    place = class_copy.grading / "feedback" / "good" / "toy"
    shutil.rmtree(place)
    place.symlink_to(elsewhere)
    make_feedback(class_copy.assignment("toy"), ["good"])
    assert not list(elsewhere.iterdir()) and (place / "toy.html").is_file()


@pytest.mark.slow
def test_a_fault_of_the_grader_is_no_zero(class_copy):
    """A student without a verdict is told so, and sees no points of an earlier run."""
    toy = class_copy.assignment("toy")
    fault = summarize("good", {}, verdict="grader_error", message="no jail")
    audit_log.graded(toy, read_history(toy).runs[-1].id, fault, seed=4, handed="")
    make_feedback(toy)
    text = words(page(class_copy, "good"))
    assert "the grader's fault, not yours" in text and "points" not in text


@pytest.mark.slow
def test_nbgraders_own_feedback_goes_on_working(class_copy):
    """`nbgrader generate_feedback` makes its page of what the batch wrote."""
    config = load_config(class_copy)
    config.CourseDirectory.assignment_id, config.CourseDirectory.student_id = "toy", "half"
    run(GenerateFeedback, config)
    text = (class_copy.grading / "feedback" / "half" / "toy" / "toy.html").read_text()
    assert "(Score: 4.0 / 10.0)" in text and "autograder-feedback" not in text
    assert [
        one.student for one in make_feedback(class_copy.assignment("toy")).outcomes if one.changed
    ] == ["half"]


@pytest.mark.slow
# nbgrader passes arguments on that nobody takes, and leaves files to be closed by Python.
@pytest.mark.filterwarnings(
    "ignore:Passing unrecognized arguments:DeprecationWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)
def test_nbgrader_hands_the_pages_out(class_copy, tmp_path):
    """`release_feedback` puts each where `fetch_feedback` looks; the missing stop it not."""
    config = load_config(class_copy)
    config.CourseDirectory.assignment_id = "toy"
    config.Exchange.root = str(tmp_path / "exchange")
    (tmp_path / "exchange").mkdir(mode=0o777)
    (tmp_path / "exchange").chmod(0o777)
    NbGraderAPI(config=config).release_feedback("toy")
    released = tmp_path / "exchange" / "convnets" / "feedback"
    assert len(list(released.iterdir())) == len(CLASS) + 2
    theirs = released / f"{notebook_hash(secret=SECRET, notebook_id='toy')}.html"
    ours = class_copy.grading / "feedback" / "good" / "toy" / "toy.html"
    assert theirs.read_bytes() == ours.read_bytes()
    assert ours.stat().st_mode & 0o777 == 0o644


@pytest.mark.slow
def test_a_notebook_that_nbgrader_graded_alone_shows_nothing_hidden(class_copy):
    """Its test cells hold hidden lines, and its outputs after them what checks have asked."""
    place = class_copy.grading / "autograded" / "good" / "toy" / "toy.ipynb"
    nb = nbformat.read(class_copy.assignment("toy").source, as_version=4)
    own = nbformat.v4.new_code_cell("y = 'a cell of my own'", id="mine")
    again = copy.deepcopy(nb.cells[3])
    again.id = "again"
    for cell in nb.cells:
        if cell.cell_type == "code":
            text = f"output of {cell.id}: 0.1257"
            cell.outputs = [nbformat.v4.new_output("stream", text=text)]
    nb.cells[2].source = GOOD["double"]
    nb.cells[3].outputs.append(
        nbformat.v4.new_output(
            "error", ename="CheckFailed", evalue="it is so. Hint: look", traceback=["HIDDEN"] * 3
        )
    )
    nb.cells[2:2] = [own]
    nb.cells.append(again)
    nbformat.write(nb, place)
    with Gradebook(load_config(class_copy).CourseDirectory.db_url) as gradebook:
        gradebook.find_grade("test_double_values", "toy", "toy", "good").auto_score = 0
        gradebook.db.commit()
    assert make_feedback(class_copy.assignment("toy"), ["good"]).failures == ()
    text = words(page(class_copy, "good"))
    assert "a cell of my own" in text and "output of double : 0.1257" not in text
    assert "output of double: 0.1257" in text
    assert "it is so Hint: look" in text
    assert "output of test_double_values" not in text and "output of double_sum" not in text
    assert "HIDDEN" not in text and "nbgrader_hooks" not in text


def test_nothing_graded_is_an_error_in_a_sentence(clean_course, tmp_path):
    """Nothing is made then, not even a gradebook."""
    course = copy_course(clean_course, tmp_path / "course")
    with pytest.raises(CourseError, match="nothing of toy has been graded"):
        make_feedback(course.assignment("toy"))
    assert not (course.grading / "feedback").exists()
