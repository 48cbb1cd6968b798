"""Markdown and code become HTML that shows and does nothing else, whatever is written in them."""

import re

import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from autograder.feedback import markup
from autograder.feedback.markup import code, markdown
from tests.feedback.payloads import PAYLOADS
from tests.growth import ratio

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
