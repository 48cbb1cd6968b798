"""Formgrader shows the pictures of a written answer, and nothing else of its attachments."""

from html.parser import HTMLParser

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbgrader.server_extensions.formgrader.handlers import template_path

from autograder.course.configuration import load_config
from autograder.course.folders import Course
from autograder.reports.lab import SHARED
from tests.grading.test_attachments import HTML, JPEG, PNG, SVG
from tests.toy_course import ROOT


@pytest.fixture(scope="module")
def page():
    """What formgrader makes of a notebook, by the course's own settings."""
    config = load_config(Course(ROOT))
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [
        template_path,
        str(SHARED / "nbconvert" / "templates"),
    ]
    exporter = HTMLExporter(config=config)
    names = ("assignment_id", "notebook_id", "submission_id", "base_url", "notebook_path")
    resources = dict.fromkeys((*names, "student", "last_name", "first_name"), "x")
    resources |= {"index": 0, "total": 1}

    def make(cell):
        nb = nbformat.v4.new_notebook(cells=[cell])
        return exporter.from_notebook_node(nb, resources=resources)[0]

    return make


def answer(source, **attachments):
    metadata = {"grade_id": "why", "grade": True, "solution": True, "points": 1, "task": False}
    return nbformat.v4.new_markdown_cell(
        source, metadata={"nbgrader": metadata}, attachments=attachments
    )


class Pictures(HTMLParser):
    """The attributes of every picture of a page, and the names of all attributes."""

    def __init__(self, html):
        super().__init__()
        self.pictures, self.attributes = [], set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.attributes |= {name for name, _ in attributes}
        if tag == "img":
            self.pictures.append(dict(attributes))


@pytest.mark.parametrize("picture", [("image/png", PNG), ("image/jpeg", JPEG)], ids=["png", "jpeg"])
def test_a_picture_of_an_answer_is_shown(page, picture):
    """Below the text, which names it."""
    kind, data = picture
    html = page(answer("See ![my plot](attachment:a.png).", **{"a.png": {kind: data}}))
    shown = {"src": f"data:{kind};base64,{data}", "alt": "a.png"}
    assert shown in Pictures(html).pictures
    assert "[picture: my plot; shown below]" in html


@pytest.mark.parametrize(
    ("kind", "data"),
    [("image/svg+xml", SVG), ("image/png", HTML), ("text/html", HTML), ("image/png", '" onload="')],
    ids=["svg", "no picture", "html", "attribute"],
)
def test_no_other_attachment_gets_onto_the_page(page, kind, data):
    """Stock nbgrader leaves them as the student made them; the page is made all the same."""
    name = 'a.png" onerror="alert(1)'
    attachments = {name: {kind: data}, f"b{name}": {"image/png": PNG}}
    html = Pictures(page(answer(f"See ![x](attachment:{name}).", **attachments)))
    added = [one for one in html.pictures if one["src"].startswith("data:")]
    assert added == [{"src": f"data:image/png;base64,{PNG}", "alt": f"b{name}"}]
    assert not {"onerror", "onload"} & html.attributes
