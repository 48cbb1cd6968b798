"""The Chinese edition, as a reader meets it beside the English one."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import urljoin

import pytest
from bs4 import BeautifulSoup, Comment

from tests.book.test_book_pages import BUILT, NOT_WRITTEN, broken_links, settle
from tests.browser import ANY, NARROW, barriers, opened, overflow, served

pytestmark = pytest.mark.slow  # the pages have to be built
CHINESE = "zh_CN"
PAGES = sorted(page.name for page in BUILT.glob("*.html") if page.name != "404.html") or [
    "index.html"
]
WRITTEN = [name for name in PAGES if name not in NOT_WRITTEN]
KINDS = ("index.html", "pooling.html", "grading-safely.html", "glossary.html", "search.html")
# What stays as it is on a page in Chinese: code, formulas, and whom it cites.
SAME = "script, style, svg, pre, code, .math, .highlight, .bibtex-citation, [role=list], cite"
HAN = re.compile(r"[\u4e00-\u9fff]")
# Four words and more: a sentence, and no name of a menu, a paper or a network.
ENGLISH = re.compile(r"(?:\b[a-z]{2,}\b[ ,]+){4,}")
# The heading of a report in English, which the page quotes.
QUOTED = {"Something to look at, not a verdict"}


@cache
def page_of(name, edition=CHINESE):
    return BeautifulSoup((BUILT / edition / name).read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="module")
def book():
    """The address of the built book."""
    assert (BUILT / CHINESE / "index.html").exists(), "there is no Chinese book: run `make book`"
    with served(BUILT) as address:
        yield address


@pytest.mark.parametrize("name", PAGES)
def test_a_page_and_its_translation_lead_to_each_other(book, name):
    """One click from either to the same page in the other language, for search engines as well."""
    for here, there, tag in (("", CHINESE, "zh-CN"), (CHINESE, "", "en")):
        page, address = page_of(name, here), f"/{here}/{name}".replace("//", "/")
        (link,) = page.select("a:has(.fa-language)")
        (known,) = page.select(f"link[rel=alternate][hreflang={tag}]")
        for tag_there in (link, known):
            assert urljoin(address, tag_there["href"]) == f"/{there}/{name}".replace("//", "/")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_speaks_chinese(book, name):
    """It says so, and outside of code, formulas and citations no English sentence is left."""
    assert page_of(name).html["lang"] == "zh-CN"
    page = BeautifulSoup((BUILT / CHINESE / name).read_text(encoding="utf-8"), "html.parser")
    for part in page.select(SAME):
        part.decompose()
    texts = [*page.body.find_all(string=True)]
    named = page.body.find_all(True)
    texts += [tag[key] for tag in named for key in ("alt", "aria-label") if tag.get(key)]
    texts = [" ".join(text.split()) for text in texts if not isinstance(text, Comment)]
    assert [
        text
        for text in texts
        if ENGLISH.search(text) and not HAN.search(text) and text not in QUOTED
    ] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_resolves(book, name):
    """Each link, image and script leads to a file of the book, each anchor to a place in it."""
    assert broken_links(BUILT / CHINESE / name) == []


@pytest.mark.parametrize("name", WRITTEN)
def test_a_page_says_what_it_is(book, name):
    """Title and description are in Chinese."""
    page = page_of(name)
    (description,) = page.select("meta[name=description]")
    assert HAN.search(description["content"]) and HAN.search(page.title.get_text())
    assert HAN.search(page.find("h1").get_text())


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_a_page_works_on_a_phone_in_the_dark(browser, book, name):
    """No fault, no outside request, nothing that scrolls sideways, no barrier, each formula set.

    axe-core looks at a page of each kind, as the English pages have the same elements.
    """
    address = f"{book}/{CHINESE}/{name}"
    with opened(browser, address, theme="dark", viewport=NARROW) as (page, faults):
        settle(page)
        assert faults == []
        assert overflow(page) <= 0
        assert page.locator("mjx-container mjx-merror, [data-mml-node=merror]").count() == 0
        if name in KINDS:
            assert barriers(page, ANY, (".highlight pre",)) == []


@pytest.mark.browser
@pytest.mark.parametrize("name", ["layers", "pooling", "memory", "convolutional-layer"])
def test_a_live_figure_speaks_chinese(browser, book, name):
    """Its controls are labelled in Chinese."""
    with opened(browser, f"{book}/{CHINESE}/{name}.html") as (page, faults):
        settle(page)
        figures = page.evaluate("""
            [...document.querySelectorAll("article *")].filter((one) => one.shadowRoot)
                .map((one) => [...one.shadowRoot.querySelectorAll("label, button, legend")]
                    .map((part) => part.textContent).join(" "))
        """)
        assert figures and all(HAN.search(text) for text in figures)
        assert faults == []
