"""Markdown and code become HTML that shows and does nothing else, whatever is written in them."""

import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from autograder.feedback import markup
from autograder.feedback.markup import markdown
from tests.feedback.payloads import PAYLOADS

ATTRIBUTES = {"a": {"href", "rel"}, "p": {"class"}, "span": {"class"}}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_html_that_a_reader_lets_through_is_cleaned(payload, monkeypatch):
    """Only harmless elements and attributes are left of tags, and links lead to the web alone."""
    careless = MarkdownIt("commonmark", {"html": True}).enable("table")
    monkeypatch.setattr(markup, "_reader", lambda: careless)
    links = "<a href='/here'>x</a><a href='//there' style=x>x</a><a href='vbscript:x'>x</a>"
    shown = markdown(payload.replace("HOME", "http://home.example") + f"\n\n{links}")
    for element in BeautifulSoup(shown, "html.parser").find_all(True):
        assert element.name in markup.TAGS
        assert set(element.attrs) <= ATTRIBUTES.get(element.name, set())
        assert element.get("href", "http://").startswith(("http://", "https://"))
        assert set(element.get("class", ())) <= {"heading", "picture"}


def test_what_is_written_in_good_faith_keeps_its_markup():
    """Lists, tables, quotations, code, emphasis, and links to the web."""
    text = (
        "**a** *b* ~~c~~ `d<e`\n\n- f\n\n> g\n\n|h|\n|-|\n|i|\n\n```\nj & k\n```\n\n---\n"
        "[l](https://x.org/?a=1&b=2)"
    )
    soup = BeautifulSoup(markdown(f"# m\n\n{text}", level=3), "html.parser")
    wanted = "h3 p strong em s code ul li blockquote table thead tbody tr th td pre hr a"
    assert {element.name for element in soup.find_all(True)} == set(wanted.split())
    assert soup.find("code").text == "d<e" and soup.find("pre").text == "j & k\n"
    assert soup.find("a").attrs == {
        "href": "https://x.org/?a=1&b=2",
        "rel": ["noopener", "noreferrer", "nofollow"],
    }
    assert BeautifulSoup(markdown("# m"), "html.parser").find("p")["class"] == ["heading"]
