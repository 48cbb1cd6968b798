"""Feedback pages: for everybody, with the points and their reasons, and nothing that is hidden."""

import copy
import json
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

from autograder.batch.run import grade_class
from autograder.cli.main import main
from autograder.course.cells import describe
from autograder.course.configuration import load_config
from autograder.course.errors import CourseError
from autograder.course.folders import Course
from autograder.course.limits import Limits
from autograder.course.results import CellResult, summarize
from autograder.course.verdicts import Status, Verdict
from autograder.feedback import wording
from autograder.feedback.boxes import Work
from autograder.feedback.markup import code, markdown
from autograder.feedback.mathml import mathml
from autograder.feedback.page import Pages
from autograder.feedback.publishing import make_feedback
from autograder.feedback.wording import own_words
from autograder.gradebook.marks import CellMark, Mark
from autograder.gradebook.nbgrader_adapter import run
from tests.growth import ratio
from tests.small_class import GOOD, answer, copy_course, hand_in
from tests.toy_course import ROOT

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
def made(graded):
    """What was made of the class."""
    return make_feedback(graded.assignment("toy"))


@pytest.fixture
def mine(graded, made, tmp_path):
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
def test_everybody_gets_a_page(graded, made):
    """Also who handed in nothing or nothing that can be read, and whoever has an unusual name."""
    assert {one.student for one in made.made} == {*CLASS, "broken", "absent"}
    assert made.failures == () and all(path.is_file() for path in made.pages)
    for student in CLASS:
        soup = page(graded, student)
        assert soup.html["lang"] == "en" and student in soup.title.text
        levels = [int(one.name[1]) for one in soup.find_all(re.compile("h[1-6]"))]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.slow
def test_a_page_says_points_property_and_hint_and_leads_to_the_place(graded, made):
    """In the table and beside the cell; the status is a word."""
    soup = page(graded, "half")
    assert "4 of 10 points so far" in words(soup.find(class_="score"))
    row = soup.find("a", href="#test_double_values").find_parent("tr")
    assert "✗ failed" in words(row) and "0 of 2" in words(row)
    box = soup.find(id="test_double_values")
    for place in (row.find_next_sibling("tr"), box):
        assert "every value is doubled: some values are wrong" in words(place)
        assert "Hint: multiply by two" in words(place)
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
def test_what_happened_is_said_in_words(graded, made, student, said):
    """With what to do about it where something can be done."""
    text = words(page(graded, student))
    assert said in text
    assert ("instructor" in text) == (student in ("absent", "broken"))


@pytest.mark.slow
def test_nothing_hidden_is_on_a_page(graded, made):
    """No hidden line, no seed, and of what the function printed only what visible checks asked."""
    for path in made.pages:
        text = path.read_text(encoding="utf-8")
        for word in ("HIDDEN", "nbgrader_hooks", "isolate", "rng", "standard_normal"):
            assert word not in text, path
    printed = re.findall(r"got (\[.*?\]) (\(.*?\))", words(page(graded, "prints")))
    # The hidden checks take five numbers, or three times four.
    assert {shape for _, shape in printed} == {"(2,)", "(2, 2)"}


@pytest.mark.slow
def test_pages_that_are_as_they_should_be_are_left_alone(mine):
    """A changed grade, a page of nbgrader's and a page that is gone are made again, no others."""
    assignment = mine.assignment("toy")
    assert not any(one.changed for one in make_feedback(assignment).made)
    with Gradebook(load_config(mine).CourseDirectory.db_url) as gradebook:
        grade = gradebook.find_grade("written_why", "toy", "toy", "half")
        grade.manual_score = 3
        gradebook.db.commit()
    pages = mine.grading / "feedback"
    (pages / "good" / "toy" / "toy.html").write_text("<html>nbgrader's</html>")
    (pages / "prints" / "toy" / "toy.html").unlink()
    changed = [one.student for one in make_feedback(assignment).made if one.changed]
    assert changed == ["good", "half", "prints"]
    assert not list(pages.rglob(".*"))


@pytest.mark.slow
def test_what_people_gave_and_wrote_is_shown(mine):
    """Points by hand, instead of the machine's too, extra credit, a penalty and a comment."""
    with Gradebook(load_config(mine).CourseDirectory.db_url) as gradebook:
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
    make_feedback(mine.assignment("toy"), ["half"])
    soup = page(mine, "half")
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
def test_a_page_that_cannot_be_made_stops_no_other(mine):
    """It is named with the reason, and the command ends with 1."""
    place = mine.grading / "autograded"
    (place / "half" / "toy" / "toy.ipynb").write_text("{")
    (place / "prints" / "toy" / "toy.ipynb").unlink()
    shutil.rmtree(mine.grading / "feedback")
    (mine.grading / "feedback" / "good" / "toy" / "toy.html").mkdir(parents=True)
    done = CliRunner().invoke(main, ["--course", str(mine.root), "feedback", "toy"])
    assert done.exit_code == 1
    assert "6 pages" in done.output and "6 written" in done.output
    lines = " ".join(done.output.split())
    assert "half: JSONDecodeError" in lines
    assert "toy.ipynb is missing: grade it again" in lines
    assert "toy.html is not an ordinary file" in lines


@pytest.mark.slow
def test_some_students_can_be_named(mine):
    """Only theirs are made; one that nobody knows is an error in a sentence."""
    shutil.rmtree(mine.grading / "feedback")
    command = ["--course", str(mine.root), "feedback", "toy"]
    done = CliRunner().invoke(main, [*command, "d'Arc, J. [2]", "absent"])
    assert done.exit_code == 0 and "2 pages" in done.output
    assert len(list(mine.grading.glob("feedback/*/toy/toy.html"))) == 2
    done = CliRunner().invoke(main, [*command, "d'Arc, J. 2"])
    assert done.exit_code == 1 and 'knows "d\'Arc, J. 2"' in " ".join(done.output.split())


@pytest.mark.slow
def test_a_link_in_the_place_of_a_page_is_replaced(mine, tmp_path):
    """Nothing is written through it."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    place = mine.grading / "feedback" / "good" / "toy"
    shutil.rmtree(place)
    place.symlink_to(elsewhere)
    make_feedback(mine.assignment("toy"), ["good"])
    assert not list(elsewhere.iterdir()) and (place / "toy.html").is_file()


@pytest.mark.slow
def test_a_fault_of_the_grader_is_no_zero(mine):
    """A student without a verdict is told so, and sees no points of an earlier run."""
    kept = mine.results / "toy" / "good.json"
    kept.unlink()
    results = mine.results / "toy.json"
    told = json.loads(results.read_text())
    one = next(one for one in told["submissions"] if one["student"] == "good")
    one |= {"verdict": "grader_error", "score": None}
    results.write_text(json.dumps(told))
    make_feedback(mine.assignment("toy"))
    text = words(page(mine, "good"))
    assert "the grader's fault, not yours" in text and "points" not in text


@pytest.mark.slow
def test_nbgraders_own_feedback_goes_on_working(mine):
    """`nbgrader generate_feedback` makes its page of what the batch wrote."""
    config = load_config(mine)
    config.CourseDirectory.assignment_id, config.CourseDirectory.student_id = "toy", "half"
    run(GenerateFeedback, config)
    text = (mine.grading / "feedback" / "half" / "toy" / "toy.html").read_text()
    assert "(Score: 4.0 / 10.0)" in text and "autograder-feedback" not in text
    assert [one.student for one in make_feedback(mine.assignment("toy")).made if one.changed] == [
        "half"
    ]


@pytest.mark.slow
# nbgrader passes arguments on that nobody takes, and leaves files to be closed by Python.
@pytest.mark.filterwarnings(
    "ignore:Passing unrecognized arguments:DeprecationWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)
def test_nbgrader_hands_the_pages_out(mine, tmp_path):
    """`release_feedback` puts each where `fetch_feedback` looks; the missing stop it not."""
    config = load_config(mine)
    config.CourseDirectory.assignment_id = "toy"
    config.Exchange.root = str(tmp_path / "exchange")
    (tmp_path / "exchange").mkdir(mode=0o777)
    (tmp_path / "exchange").chmod(0o777)
    NbGraderAPI(config=config).release_feedback("toy")
    released = tmp_path / "exchange" / "convnets" / "feedback"
    assert len(list(released.iterdir())) == len(CLASS) + 2
    theirs = released / f"{notebook_hash(secret=SECRET, notebook_id='toy')}.html"
    ours = mine.grading / "feedback" / "good" / "toy" / "toy.html"
    assert theirs.read_bytes() == ours.read_bytes()
    assert ours.stat().st_mode & 0o777 == 0o644


@pytest.mark.slow
def test_a_notebook_that_nbgrader_graded_alone_shows_nothing_hidden(mine):
    """Its test cells hold hidden lines, and its outputs after them what checks have asked."""
    place = mine.grading / "autograded" / "good" / "toy" / "toy.ipynb"
    nb = nbformat.read(mine.assignment("toy").source, as_version=4)
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
    with Gradebook(load_config(mine).CourseDirectory.db_url) as gradebook:
        gradebook.find_grade("test_double_values", "toy", "toy", "good").auto_score = 0
        gradebook.db.commit()
    assert make_feedback(mine.assignment("toy"), ["good"]).failures == ()
    text = words(page(mine, "good"))
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


def solved_work(name, student="ann"):
    """A notebook with the reference's answers, and full marks, without any grading."""
    assignment = Course(ROOT).assignment(name)
    released = json.loads(assignment.release.read_text(encoding="utf-8"))
    cells = describe(released)
    for cell in released["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = ["# solved\n", *cell["source"]]
    results = {
        test: CellResult(most, most, "passed", "all checks passed")
        for test, most in cells.tests.items()
    }
    marks = tuple(
        CellMark(test, most, None, 0.0, most, "test", False) for test, most in cells.tests.items()
    )
    most = cells.max_score
    mark = Mark(student, None, None, None, None, True, None, 0.0, 0.0, most, marks, ())
    return assignment, Work(student, "graded", mark, summarize(student, results), released)


@pytest.mark.parametrize("name", Course(ROOT).names)
def test_every_formula_of_the_course_is_drawn(name):
    """None stays in TeX, and a page has less than 500 kB."""
    assignment, work = solved_work(name)
    text = Pages(assignment, Limits()).page(work, "0" * 64)
    assert re.findall('<code class="tex">.*?</code>', text) == []
    assert "<math" in text
    assert len(text.encode()) < 500_000


def test_the_released_parts_are_made_once_for_all_pages():
    """The second page takes a small part of the first one's time: 4 % for the longest notebook."""
    assignment, work = solved_work("naive_convolution")
    pages = Pages(assignment, Limits())
    pages.page(work, "")

    def first():
        Pages(assignment, Limits()).page(work, "")

    assert ratio(lambda: pages.page(work, ""), first, 0.25) < 0.25


def test_a_huge_answer_leaves_a_page_of_half_a_megabyte():
    """Code without end, outputs without end and pictures without end are cut, and it is said."""
    assignment, work = solved_work("naive_convolution")
    for cell in work.notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "&<" * 90_000}]
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = "a+<&'\"" * 30_000
    text = Pages(assignment, Limits()).page(work, "")
    assert len(text.encode()) < 500_000
    assert "the page has no room for the rest" in text and "characters more" in text


@pytest.mark.parametrize("found", Verdict)
def test_every_verdict_has_its_sentence(found):
    """And whatever went wrong has its remedy."""
    said, remedy = wording.verdict(found, "it is a picture", "toy.ipynb", Limits())
    assert said.endswith(".") and "_" not in said
    assert bool(remedy) == (found != "graded")


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_sign_a_word_and_a_meaning(status):
    """Passed needs no more than its word."""
    sign, word = wording.SIGNS[status]
    assert len(sign) == 1 and word and "_" not in word
    assert bool(wording.status(status, Limits())) == (status != "passed")


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("renamed notebook: toy (1).ipynb", "Your file was called “toy (1).ipynb”."),
        ("deleted cell: test_double", "“test_double” was not in your notebook"),
        ("edited cell: {0}", "You changed the given cell “{0}”"),
        ("handed in by pigeon", "handed in by pigeon"),
    ],
)
def test_flags_are_said_in_sentences(flag, said):
    """What is not known is said as it is."""
    assert said in wording.flag(flag)


@pytest.mark.parametrize(
    ("message", "gist"),
    [
        ("x is 2: some values are wrong", "x is 2: some values are wrong"),
        (
            "\nNot equal to tolerance rtol=1e-07\nadd the bias once\nMismatched elements: 4",
            "add the bias once",
        ),
        ("Arrays are not equal\n\n(shapes (2,), (3,) mismatch)", "Arrays are not equal"),
        ("", ""),
    ],
)
def test_a_failure_in_short_is_its_own_words(message, gist):
    """Without the numbers that NumPy writes around them."""
    assert own_words(message) == gist


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{position:fixed}{x}",
        r"\class{skip}{x}",
        r"\color{red}x",
        r"\rule{1000em}{1000em}",
        r"\hspace{-100em}x",
        r"\lower 9em x",
        r"x\mathllap{xxxx}",
        r"\phantom{x}",
        r"\unicode{x3c}script\unicode{x3e}",
        "\\text{&lt;img src=x onerror=alert(1)&gt;}",
        "\\text{&amp;lt;img&amp;gt;}",
    ],
)
def test_a_formula_does_nothing_but_stand_there(tex):
    """No HTML, no links, no styles, and nothing that leaves its line or cannot be seen."""
    made = mathml(tex)
    if made is None:
        return
    soup = BeautifulSoup(made, "html.parser")
    found = {one.name for one in soup.find_all(True)}
    assert found <= {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mstyle"}
    values = [one.attrs for one in soup.find_all(True) if one.name != "math"]
    assert all(
        not set(one) - {"stretchy", "mathvariant", "width", "height", "depth"} for one in values
    )
    assert "000em" not in made and "-100em" not in made


@pytest.mark.parametrize(
    "tex",
    [
        r"\newcommand{\a}{\b\b}\newcommand{\b}{\c\c}\a",
        "\\def\\a{\\a\\a}\\a",
        "{" * 900,
        "x" * 5_000,
        r"\nosuchcommand{x}",
        r"\frac{1}",
        r"\begin{matrix}" * 50,
        "\\",
    ],
)
def test_what_is_no_formula_stays_text(tex):
    """And takes hardly longer than a formula: bombs are not lit."""
    read = mathml.__wrapped__  # without its cache
    formula = r"\frac{a_{i}+b^2}{\sqrt{c}} + " * 30 + "1"
    assert read(formula) is not None and read(tex) is None
    assert ratio(lambda: read(tex), lambda: read(formula), 10) < 10
    assert BeautifulSoup(markdown(f"see ${tex}$ there"), "html.parser").find("math") is None


def test_code_that_deceives_the_eye_is_spelled():
    """Characters that turn text around, or cannot be seen, are named where they stand."""
    shown = code("a = '\u202eabc\u2066'\u200b  # x\x00")
    assert {f"⟨U+{number}⟩" for number in ("202E", "2066", "200B", "0000")} <= set(
        re.findall("⟨.*?⟩", BeautifulSoup(shown, "html.parser").text)
    )
    assert not set(shown) & set("\u202e\u2066\u200b\x00")


HOSTILE = {
    "blank lines": " \n" * 10_000,
    "blanks that are none": "\xa0\n" * 9_000,
    "brackets": "[" * 20_000,
    "quotes": "'" * 20_000,
    "f-strings": "f'{" * 6_000,
    "a wide table": "|" + "a|" * 2_000 + "\n|" + "-|" * 2_000 + "\n" + "|\n" * 5_000,
    "references": "[a]: b\n" * 2_800,
    "environments": "\\begin{align}\n" * 1_300,
    "fences": "```\n" * 5_000,
    "pictures": "![" * 10_000,
    "stars": "*a " * 6_000,
    "quotations": ">" * 20_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_text_that_was_made_to_take_long_does_not(text):
    """It takes about as long as ordinary code and prose of its length, four times that at most.

    Without the limits of `markup`, a table or references take more than fifty times as long.
    """
    size = 20_000
    ordinary_code = "y = x[3] + 3 * len(x)  # it is\n" * (size // 31)
    ordinary_text = "Some *words* of `code` and $x^2$ in a line.\n" * (size // 44)
    hostile = ratio(
        lambda: (code(text), markdown(text)),
        lambda: (code(ordinary_code), markdown(ordinary_text)),
        20,
    )
    assert hostile < 20
