"""The first page of the server says what is to be done, and finds any student."""

import shutil

import pytest

from autograder.batch import audit_log
from autograder.batch.history import read_history
from autograder.course.results import CellResult, summarize
from autograder.lms.people import Person, write_roster
from autograder.reports.front_page import front_page
from autograder.reports.written_questions import read_question
from tests.browser import ANY, barriers, opened, overflow
from tests.reports.toy_results import TESTS
from tests.reports.written_class import CELL, gradebook, hand_in_answers, serving
from tests.small_class import copy_course


@pytest.fixture(scope="module")
def course(clean_course, tmp_path_factory):
    """Three students, one of whom left the question blank, and a page for one of them."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("front"))
    answers = {"ann": "Because.", "b<b>ob": "Why?", "cleo": ""}
    hand_in_answers(course, answers, {"ann": "Müller", "cleo": "<script>alert(1)</script>"})
    page = course.grading / "feedback" / "ann" / "toy" / "toy.html"
    page.parent.mkdir(parents=True)
    page.write_text("page")
    return course


def text_of(course, search=""):
    return front_page(course, [("book", ""), ("results", "results/")], search)[0]


def test_what_waits_is_said_with_its_page(course):
    """The question by its title, and how many answers wait."""
    text = text_of(course)
    assert '<a href="mark/toy/written_why/">In writing</a>' in text
    assert "2 of 3 wait" in text and "book: not there yet" in text


def test_students_have_names_scores_states_and_links(course):
    """A link only to what is there."""
    text = text_of(course)
    assert "Kim Müller" in text and "6 of 10" in text and text.count("waits for a mark") == 2
    assert 'href="feedback/ann/toy/toy.html"' in text and text.count(">page</a>") == 1
    assert 'href="autograded/b%3Cb%3Eob/toy/toy.ipynb"' in text
    assert "<script>" not in text and "b&lt;b&gt;ob" in text


def test_who_withdrew_does_not_wait_for_a_mark(course, tmp_path):
    """They are marked as withdrawn, and their answers wait neither here nor for a marker."""
    course = copy_course(course, tmp_path / "course")
    write_roster(course, [Person("ann", status="withdrawn"), Person("cleo")])
    text = text_of(course)
    assert text.count(">withdrawn<") == 1 and text.count("waits for a mark") == 1
    assert "1 of 2 wait" in text
    answers = read_question(course.assignment("toy"), CELL, "secret").answers
    assert {answer.student for answer in answers} == {"b<b>ob", "cleo"}


def test_work_that_was_refused_is_not_shown_as_nothing(course, tmp_path):
    """A folder with a PDF and one of nobody differ."""
    course = copy_course(course, tmp_path / "course")
    with gradebook(course) as book:
        book.add_student("dora")
        book.add_student("emil")
    folder = course.grading / "submitted" / "dora" / "toy"
    folder.mkdir(parents=True)
    (folder / "toy.pdf").write_bytes(b"%PDF-1.7")
    text = text_of(course)
    assert text.count(">refused<") == 1 and text.count("<div>–</div>") == 1


def test_a_file_that_could_not_be_read_is_no_blank_answer(course, tmp_path):
    """It has no score, counts in no mean, and is not among the answers to mark."""
    course = copy_course(course, tmp_path / "course")
    toy = course.assignment("toy")
    cells = {name: CellResult(0.0, most, "failed") for name, most in TESTS.items()}
    run = audit_log.begin(toy)
    result = summarize("cleo", cells, verdict="unreadable", message="it is not JSON")
    audit_log.graded(toy, run, result, seed=1, handed="")
    audit_log.end(toy, run)
    text = text_of(course)
    assert text.count(">could not be read<") == 1 and "2 of 2 wait" in text
    assert text.count("6 of 10") == 3  # two students and the mean
    answers = read_question(toy, CELL, "secret").answers
    assert {answer.student for answer in answers} == {"ann", "b<b>ob"}


def test_what_is_not_released_is_said_once(course, tmp_path):
    """In a sentence that names all of it, and looks like no fault."""
    course = copy_course(course, tmp_path / "course")
    for name in ("more", "other"):
        shutil.copytree(course.solutions / "toy", course.solutions / name)
    text = text_of(course)
    assert "Not released here: more, other." in text and "Note." not in text


@pytest.mark.parametrize(
    ("search", "count"), [("", 3), ("müll", 1), ("KIM ann", 1), ("bob", 0), ("b>ob", 1), ("kim", 2)]
)
def test_a_search_finds_parts_of_names_and_logins(course, search, count):
    """All its words, in either case."""
    text = text_of(course, search)
    assert f"{count} student" in text if count else "Nobody is called so" in text


def test_no_seed_is_on_the_page(course):
    """Nor anything else of the log."""
    seeds = [str(entry.seed) for entry in read_history(course.assignment("toy")).entries.values()]
    assert not any(seed in text_of(course) for seed in seeds) and "seed" not in text_of(course)


def test_without_a_gradebook_the_page_says_so(clean_course, tmp_path):
    """It is shown all the same."""
    course = copy_course(clean_course, tmp_path / "course")
    (course.grading / "gradebook.db").write_bytes(b"no database at all" * 100)
    text = text_of(course)
    assert "Note." in text and "the gradebook is no database" in text


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_reads_well_everywhere(browser, course, theme, width):
    """axe-core finds nothing, nothing scrolls sideways, and a search works without a script."""
    with (
        serving(course) as home,
        opened(browser, home, theme=theme, viewport={"width": width, "height": 900}) as (
            tab,
            faults,
        ),
    ):
        assert barriers(tab, ANY) == [] and overflow(tab) == 0
        assert tab.locator("script").count() == 0
        for table in tab.locator(".wide").all():  # nothing is cut without a sign
            assert table.evaluate("one => one.scrollWidth - one.clientWidth") == 0
        tab.get_by_label("Name, login or address").fill("müller")
        tab.keyboard.press("Enter")
        tab.wait_for_url("**search=*")
        assert tab.locator("tbody tr").count() == 2  # an assignment, and one student
        assert [fault for fault in faults if "favicon" not in fault] == []
