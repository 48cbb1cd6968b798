"""The local server shows the book, the feedback, results and reports, and nothing else."""

import re
import threading
from http.client import HTTPConnection

import pytest

from autograder.reports.server import make_server
from tests.toy_course import make_course


@pytest.fixture
def get(tmp_path):
    """GET a path from a server over a course that has a page and a secret."""
    course = make_course(tmp_path)
    (tmp_path / "_build" / "html").mkdir(parents=True)
    (tmp_path / "_build" / "html" / "index.html").write_text("the book")
    (tmp_path / "_build" / "html" / "loop").symlink_to("loop")
    course.grading.mkdir()
    (course.grading / "gradebook.db").write_text("secret")
    (course.results / "toy").mkdir(parents=True)
    (course.results / "toy" / "ann.json").write_text("secret")
    (course.results / "toy.json").write_text("the results")
    (course.results / "link.json").symlink_to(course.grading / "gradebook.db")
    (course.results / ".toy.json.1234").write_text("secret, half written")
    page = course.grading / "feedback" / "ann & <b>ob" / "toy" / "toy.html"
    page.parent.mkdir(parents=True)
    page.write_text("feedback")
    (page.parent / "data.csv").write_text("secret")
    server = make_server(course, 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()

    def answer(path):
        connection = HTTPConnection(*server.server_address)
        connection.request("GET", f"/{server.secret}{path}")
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response.status, body

    yield answer
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_first_page_links_all_places(get):
    """What is not there yet is said."""
    status, body = get("/")
    assert status == 200
    assert '<a href="book/">' in body
    assert body.count("not there yet") == 1


def test_the_book_is_shown(get):
    """Pages come from _build/html."""
    assert get("/book/index.html") == (200, "the book")


def test_results_are_shown(get):
    """The class's file, and not what is kept of each student."""
    assert get("/results/toy.json") == (200, "the results")


def test_pages_are_listed_and_can_be_opened(get):
    """The list names the pages, whatever their students are called, and nothing else."""
    status, body = get("/feedback/")
    assert status == 200
    assert "secret" not in body and "data.csv" not in body and "<b>" not in body
    address = re.search(r'href="([^"]*)"', body).group(1)
    assert get(f"/feedback/{address}") == (200, "feedback")
    assert re.findall(r'href="([^"]*)"', get("/results/")[1]) == ["toy.json"]


@pytest.mark.parametrize(
    "path",
    [
        "/grading/gradebook.db",
        "/feedback/../gradebook.db",
        "/book/../../grading/gradebook.db",
        "/results/%2e%2e/gradebook.db",
        "/results/toy/ann.json",
        "/results/toy/",
        "/results/toy",
        "/results/link.json",
        "/results/.toy.json.1234",
        "/results/toy.json/",
        "/feedback/ann%20&%20%3Cb%3Eob/",
        "/feedback/ann%20&%20%3Cb%3Eob/toy/data.csv",
        "/feedback/ann%20&%20%3Cb%3Eob/toy",
        "/book/.buildinfo",
        "/book/%00",
        "/book/loop",
        "/book/" + "a" * 3_000,
        "/book/" + "%f0%9f%92%a9" * 200,
        "/book/%ff",
        "/book/%5c..%5c..%5cgrading%5cgradebook.db",
        "/book//grading/gradebook.db",
        "/book/..;/gradebook.db",
        "/results/toy.json%00.html",
        "/results/toy%2fann.json",
        "/reports/..%2fgradebook.db",
        "/solutions/toy/notebook.py",
        "//etc/passwd",
    ],
)
def test_nothing_else_is_shown(get, path):
    """Neither the gradebook nor a solution can be reached by any path."""
    status, body = get(path)
    assert status == 404
    assert "secret" not in body and "BEGIN SOLUTION" not in body
