"""The search of the book, in each language, and its index, as a reader meets them."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import quote, urlsplit

import pytest
from bs4 import BeautifulSoup
from chinese_index import by_pinyin, heading, place, term

from tests.book.test_book_pages import BUILT, PAGES
from tests.browser import opened, served

CHINESE = "zh_CN/"
ENGLISH_TERMS = {
    "zero padding": "convolutional-layer",
    "im2col": "matrix-multiplication",
    "dilation": "matrix-multiplication",
    "max pooling": "pooling",
    "batch normalization": "normalization",
    "net surgery": "fully-connected",
    "residual": "case-studies",
    "receptive field": "patterns",
    "roofline": "performance",
    "gradient checkpointing": "memory",
    "vgg": "vgg",
    "dropout": "training",
    "learning rate": "training",
    "saliency": "seeing",
    "adversarial": "seeing",
    "glossary": "glossary",
}
CHINESE_TERMS = {
    "零填充": "convolutional-layer",
    "感受野": "patterns",
    "最大汇聚": "pooling",
    "池化": "pooling",
    "批归一化": "normalization",
    "全连接层": "fully-connected",
    "学习率": "training",
    "对抗样本": "seeing",
    "扩张卷积": "matrix-multiplication",
    "屋顶线": "performance",
    "梯度检查点": "memory",
    "术语表": "glossary",
    "im2col": "matrix-multiplication",
    "最大汇聚的步长": "pooling",
}
QUESTIONS = [
    *(("", words, name) for words, name in ENGLISH_TERMS.items()),
    *((CHINESE, words, name) for words, name in CHINESE_TERMS.items()),
]
FINISHED = "document.querySelector('.search-summary').innerText.trim() !== ''"
TEX = re.compile(r"\\|[{}]|\$")


@pytest.fixture(scope="module")
def book():
    """The address of the built book."""
    assert (BUILT / CHINESE / "index.html").exists(), "there is no Chinese book: run `make book`"
    with served(BUILT) as address:
        yield address


@pytest.fixture(scope="module")
def search_page(browser, book):
    """The page of the search, where nothing is asked."""
    with opened(browser, f"{book}/search.html") as (page, _):
        yield page


@pytest.mark.browser
@pytest.mark.parametrize(("edition", "words", "name"), QUESTIONS)
def test_the_search_finds(browser, book, edition, words, name):
    """Who types a term gets the page that explains it; in Chinese with blanks or without."""
    with opened(browser, f"{book}/{edition}search.html?q={quote(words)}") as (page, faults):
        page.wait_for_function(FINISHED)
        found = page.locator("ul.search li > a").evaluate_all("all => all.map(a => a.href)")
        pages = [urlsplit(one).path.split("/")[-1].removesuffix(".html") for one in found[:6]]
        assert name in pages
        assert faults == []


@pytest.mark.browser
@pytest.mark.parametrize(("edition", "words"), [("", "zero padding"), (CHINESE, "零填充")])
def test_an_excerpt_has_no_tex(browser, book, edition, words):
    """Each page that is found shows a sentence, with its formulas as plain text."""
    with opened(browser, f"{book}/{edition}search.html?q={quote(words)}") as (page, faults):
        page.wait_for_function(FINISHED)
        page.wait_for_load_state("networkidle")
        excerpts = page.locator("ul.search p.context").all_inner_texts()
        assert len(excerpts) >= 5
        # Braces also stand in code.
        assert [text for text in excerpts if re.search(r"\\[(a-z]", text)] == []
        assert faults == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("tex", "text"),
    {
        r"\(3 \times 3\)": "3 × 3",
        r"\(W_{out} = (W - F + 2P)/S + 1\)": "W_out = (W - F + 2P)/S + 1",
        r"\(\frac{W - F + 2P}{S} + 1\)": "(W - F + 2P)/S + 1",
        r"\(\frac{a}{\sqrt{x_{i}^2 + 1}}\)": "a/(√(x_i² + 1))",
        r"\(\text{dx}_j = \sum_i \text{dout}_i\,w_{j - iS}\)": "dx_j = ∑_i dout_i w_(j - iS)",
        r"\(2^{10} \cdot x^{2} \le \big(\tfrac12\big)\)": "2^10 · x² ≤ (12)",
        r"\(\{1, 2\}\)": "(1, 2)",
        r"\(\alpha": "α",
    }.items(),
)
def test_a_formula_becomes_a_line_of_text(search_page, tex, text):
    """As a reader would type it."""
    assert search_page.evaluate("tex => formulaText(tex)", tex) == text


@pytest.mark.browser
def test_no_formula_of_the_book_keeps_its_tex(search_page):
    """Whatever command a page uses is known, left out or its argument stays."""
    formulas = []
    for name in PAGES:
        text = (BUILT / name).read_text(encoding="utf-8")
        formulas += [one.get_text() for one in BeautifulSoup(text, "html.parser").select(".math")]
    assert len(formulas) > 500
    texts = search_page.evaluate("all => all.map(formulaText)", formulas)
    kept = [tex for tex, text in zip(formulas, texts, strict=True) if TEX.search(text) or not text]
    assert kept == []


def test_the_chinese_index_is_in_the_order_of_pinyin():
    """Latin names stand among the Chinese ones; what is no letter comes first."""
    names = ["1 × 1 卷积", "AlexNet", "步长", "残差块", "重叠汇聚", "dropout（随机失活）"]
    names += ["L2 汇聚", "losses", "零填充", "学习率", "中心差分", "最大汇聚"]
    assert sorted(reversed(names), key=place) == names
    letters = {"步": "B", "层": "C", "非": "F", "激": "J", "屋": "W", "1": "", "G": "G", "×": ""}
    assert {character: heading(character) for character in letters} == letters


def test_a_term_with_and_without_its_english_word_is_one_entry():
    """Both places are reached from it, the main one first, and so is what stands below either."""
    chapter = ("步长", ([("", "a.html#1")], [("合并", [("", "a.html#2")])], None))
    glossary = ("步长（stride）", ([("main", "glossary.html#3")], [], None))
    ((letter, (entry,)),) = by_pinyin([("步", [chapter, glossary])])
    targets = [("main", "glossary.html#3"), ("", "a.html#1")]
    assert letter == "B"
    assert entry == ("步长（stride）", (targets, [("合并", [("", "a.html#2")])], None))


@cache
def index_of_the_chinese_book():
    text = (BUILT / CHINESE / "genindex.html").read_text(encoding="utf-8")
    return BeautifulSoup(text, "html.parser")


def test_the_chinese_index_has_each_term_once_below_its_letter(book):
    """Sphinx's own would have a heading for each Chinese character."""
    page = index_of_the_chinese_book()
    headings = [one.find(string=True) for one in page.select("article h2")]
    assert headings[0] == "符号" and headings[1:] == sorted(headings[1:])
    assert all(re.fullmatch("[A-Z]", one) for one in headings[1:]) and len(headings) > 15
    names = [
        term(one.find(string=True).strip())
        for one in page.select(".genindextable > tr > td > ul > li")
    ]
    assert len(names) > 60 and len(set(names)) == len(names)
    assert "步长" in names
