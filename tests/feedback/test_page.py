"""Feedback pages in a browser: nothing of a student's runs or loads, and all can be read."""

import base64
import json
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product

import nbformat
import pytest

from autograder.course.files import write_atomically
from autograder.course.limits import Limits
from autograder.course.notebook_source import read_source
from autograder.course.results import CellResult, summarize
from autograder.feedback.boxes import GradedWork
from autograder.feedback.page import Pages
from autograder.gradebook.marks import CellMark, Mark
from autograder.grading.scorer import failure
from tests.browser import ANY, NARROW, PATIENCE, barriers, opened, overflow
from tests.feedback.payloads import PAYLOADS
from tests.toy_course import make_course

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def home():
    """A server that keeps what it was asked for; beside it, pages can be served from memory."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = pages.get(self.path)
            if body is None:
                hits.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            with suppress(OSError):  # whoever asked may be gone
                self.wfile.write(body or b"")

        do_POST = do_GET

        def log_message(self, *args):
            """Say nothing."""

    hits, pages = [], {}
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", hits, pages
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def assignment(tmp_path_factory):
    """The toy assignment with what a page needs of a release, and nothing proved."""
    made = make_course(tmp_path_factory.mktemp("course")).assignment("toy")
    write_atomically(made.release, nbformat.writes(read_source(made), version=4))
    return made


@pytest.fixture(scope="module")
def pages(assignment):
    """What makes pages for the toy course."""
    return Pages(assignment, Limits())


@pytest.fixture(scope="module")
def work(assignment):
    """A student's work: one check passed, one failed, one forbidden, an answer with a comment."""
    nb = json.loads(assignment.release.read_text(encoding="utf-8"))
    results = {
        "test_double_values": CellResult(2.0, 2.0, "passed", "all checks passed"),
        "test_double_refusal": CellResult(0.0, 1.0, "failed", "it refuses. Hint: look at ndim"),
        "test_double_sum": CellResult(0.0, 3.0, "forbidden", "uses repeat"),
    }
    cells = [
        CellMark(name, one.score, None, 0.0, one.max_score, "test", False)
        for name, one in results.items()
    ]
    cells.append(CellMark("written_why", None, 3.0, 0.5, 4.0, "answer", False))
    comments = (("written_why", "Good, but *why* $x^2$?"),)
    moment = datetime(2026, 3, 2, 14, 5)
    mark = Mark(
        "ann", "Ann", "Żółć", None, None, True, moment, 7_000, 1.0, 10.0, tuple(cells), comments
    )
    flags = ("edited cell: setup", "renamed notebook: toy (1).ipynb")
    return GradedWork("ann", "graded", mark, summarize("ann", results, flags=flags), nb)


def png() -> str:
    """A picture of one pixel."""
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (1, 1), "red").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def hostile(work, payload):
    """The work with a payload in every place that a student, or somebody else, writes."""
    nb = json.loads(json.dumps(work.notebook))
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": payload},
        {"output_type": "display_data", "data": {"text/html": payload, "text/plain": payload}},
        {"output_type": "display_data", "data": {"image/svg+xml": payload}},
        {"output_type": "display_data", "data": {"application/javascript": "fetch('HOME/js')"}},
        {"output_type": "display_data", "data": {"image/png": payload, "text/plain": payload}},
        {"output_type": "display_data", "data": {"image/png": png(), "text/plain": payload}},
        {"output_type": "error", "ename": payload, "evalue": payload, "traceback": [payload] * 2},
        failure("crashed", payload),
    ]
    for cell in nb["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = payload
            if cell["cell_type"] == "code":
                cell["source"] = f'"""{payload}"""\n# {payload}\nx = {payload!r}\n{payload}'
        cell["attachments"] = {payload: {"image/svg+xml": payload}}
        cell["metadata"]["name"] = payload
        if cell["cell_type"] == "code":
            cell["outputs"] = outputs
        assert name is None or "<" not in name
    cells = {
        name: replace(one, message=payload if one.status != "passed" else "all checks passed")
        for name, one in work.result.cells.items()
    }
    result = summarize(
        payload, cells, flags=(f"renamed notebook: {payload}", payload), message=payload
    )
    mark = replace(
        work.mark,
        student=payload,
        first_name=payload,
        last_name=payload,
        comments=(("written_why", payload), ("double", payload)),
    )
    return GradedWork(payload, "graded", mark, result, nb)


ALLOWED = set(
    """
    html head meta title style link body a header p h1 h2 h3 h4 h5 h6 bdi strong em main section
    meter dl div dt dd ul ol li table thead tbody tr th td code span article details summary pre
    img hr br blockquote s math mrow mi mn mo mtext mstyle mspace msub msup
    """.split()  # noqa: SIM905 (as a list it would fill a page)
)
LOOK = """() => {
    const all = [...document.querySelectorAll('*')];
    return {
        names: [...new Set(all.map(one => one.localName))],
        attributes: [...new Set(all.flatMap(one => one.getAttributeNames()))],
        ours: document.querySelectorAll('style, link').length,
        links: all.filter(one => one.hasAttribute('href') && one.localName !== 'link')
            .map(one => one.getAttribute('href')),
        sources: all.filter(one => one.hasAttribute('src')).map(one => one.getAttribute('src')),
        classes: [...new Set(all.flatMap(one => [...one.classList]))],
        inside: document.querySelectorAll('article .skip, article .score').length,
        seen: document.querySelector('.score').getBoundingClientRect().height,
    };
}"""


@pytest.mark.parametrize("way", ["file", "http"])
def test_nothing_of_a_students_runs_or_loads(browser, home, pages, work, tmp_path, way):
    """Opened from a disk with its policy; from a server without it, so that nothing hides behind.

    Every payload stands in code, comments, answers, outputs, errors, names, flags and comments.
    """
    address, hits, served = home
    context = browser.new_context()
    asked, wrong = [], []
    context.on("request", lambda request: asked.append(request.url))
    context.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on("console", lambda line: wrong.append(line.text))
    tab = context.new_page()
    for name, payload in PAYLOADS.items():
        text = pages.page(hostile(work, payload.replace("HOME", address)), "0" * 64)
        if way == "file":
            (tmp_path / "page.html").write_text(text, encoding="utf-8")
            url = (tmp_path / "page.html").as_uri()
        else:
            policy = text[text.index("<meta http-equiv") : text.index('<meta charset="utf-8">')]
            served["/page"], url = text.replace(policy, "").encode(), f"{address}/page"
        asked.clear()
        tab.goto(url, wait_until="load")
        tab.mouse.move(400, 300)
        found = tab.evaluate(LOOK)
        assert set(found["names"]) <= ALLOWED, name
        assert not [one for one in found["attributes"] if one.startswith("on")], name
        assert "style" not in found["attributes"] and found["ours"] == 2, name
        assert all(link.startswith(("#", "http://", "https://")) for link in found["links"]), name
        assert all(one.startswith("data:image/png;base64,") for one in found["sources"]), name
        assert found["inside"] == 0 and found["seen"] > 20, name
        # What the page itself has as pictures is all that was asked for.
        assert [one for one in asked if not one.startswith("data:")] == [url], name
    context.close()
    assert hits == [] and wrong == []


def test_the_same_payloads_do_run_on_a_careless_page(browser, home):
    """So that the test above can fail: most of the first get through where nobody takes care."""
    address, hits, served = home
    context = browser.new_context()
    context.on("dialog", lambda dialog: dialog.dismiss())
    context.set_default_timeout(PATIENCE)
    reached = set()
    # Some never do, and on a busy machine the others take longer.
    for patience, (name, payload) in product((100, 1000, 10_000), list(PAYLOADS.items())[:12]):
        if name in reached or len(reached) >= 8:
            continue
        served["/careless"] = b"<title>x</title><pre>" + payload.replace("HOME", address).encode()
        tab = context.new_page()
        tab.goto(f"{address}/careless", wait_until="commit")  # one of them leads away from it
        tab.wait_for_timeout(patience)
        if any(not hit.endswith("favicon.ico") for hit in hits):
            reached.add(name)
        hits.clear()
    context.close()
    hits.clear()
    assert len(reached) >= 8, reached


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_a_page_can_be_read_by_everybody(browser, pages, work, tmp_path, theme, width):
    """axe-core finds nothing, and nothing has to be scrolled sideways."""
    nb = json.loads(json.dumps(work.notebook))
    for cell in nb["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "written_why":
            cell["source"] = (
                "# Mine\n\n### So\n\n[a](https://x.org/" + "y" * 90 + ")\n\n|a|\n|-|\n|b|"
            )
        if cell["cell_type"] == "code":
            cell["outputs"] = [
                {"output_type": "stream", "name": "stdout", "text": "w" * 300},
                {"output_type": "display_data", "data": {"image/png": png(), "text/plain": "a"}},
                {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["a", "b"]},
            ]
    path = tmp_path / "page.html"
    path.write_text(pages.page(replace(work, notebook=nb), "0" * 64), encoding="utf-8")
    view = NARROW | {"width": width}
    with opened(browser, path.as_uri(), theme=theme, viewport=view) as (page, faults):
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert barriers(page, ANY) == []
        assert overflow(page) <= 0
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert faults == []


@pytest.mark.parametrize("verdict", ["unreadable", "grader_error"])
def test_a_page_without_a_notebook_can_be_read_too(browser, pages, work, tmp_path, verdict):
    """Of what could not be read, or could not be graded."""
    result = summarize("bo", {}, verdict=verdict, message="it is not JSON")
    path = tmp_path / "page.html"
    path.write_text(pages.page(GradedWork("bo", verdict, None, result), "0" * 64), encoding="utf-8")
    with opened(browser, path.as_uri(), viewport=NARROW) as (page, faults):
        assert barriers(page, ANY) == [] and overflow(page) <= 0 and faults == []
