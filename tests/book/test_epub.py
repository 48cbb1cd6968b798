"""The EPUB holds every page of the book, and only what a reading system may meet."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import pytest
from fontTools.ttLib import TTFont

from book.epub import FONT, chapter, pack, read_book
from book.paper import MISSING, chinese_font

SITE = Path(__file__).parents[2] / "_build" / "html"
XHTML = "{http://www.w3.org/1999/xhtml}"
not_built = pytest.mark.skipif(not (SITE / "index.html").is_file(), reason="not built: make book")


@pytest.fixture(scope="module", params=["", "zh_CN"], ids=["English", "Chinese"])
def site(request):
    """The built pages in a language."""
    if not (folder := SITE / request.param).is_dir():
        pytest.skip("not built: make book")
    if request.param and chinese_font() is None:
        pytest.skip(MISSING)
    return folder


@pytest.fixture(scope="module")
def packed(site, tmp_path_factory):
    """The built book as an EPUB."""
    path = tmp_path_factory.mktemp("epub") / "book.epub"
    pack(site, path)
    return path


@pytest.mark.slow
@not_built
def test_every_page_is_there_and_every_link_leads_somewhere(packed, site):
    """Well-formed pages, each id once; links and pictures are in the book, or on the web."""
    with zipfile.ZipFile(packed) as archive:
        assert archive.infolist()[0].filename == "mimetype"
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        names = {
            PurePosixPath(name).relative_to("book").as_posix() for name in archive.namelist()[2:]
        }
        trees = {
            name: ElementTree.fromstring(archive.read(f"book/{name}"))
            for name in names
            if name.endswith(".xhtml")
        }
    assert {f"{name}.xhtml" for name in read_book(site).pages} < trees.keys()
    ids = {
        name: [one.get("id") for one in tree.iter() if one.get("id")]
        for name, tree in trees.items()
    }
    for name, tree in trees.items():
        assert len(ids[name]) == len(set(ids[name])), name
        assert not [one for one in tree.iter() if one.tag in (f"{XHTML}script", f"{XHTML}input")]
        for one in tree.iter():
            address = one.get("href") or one.get("src") or ""
            if address and not re.match("https?:|mailto:", address):
                target, _, fragment = address.partition("#")
                assert target in names
                assert not fragment or fragment in ids[target], f"{name}: {address}"


@pytest.mark.slow
@not_built
@pytest.mark.skipif(shutil.which("epubcheck") is None, reason="epubcheck is not on the PATH")
def test_epubcheck_finds_nothing(packed):
    """The checker of the format's own authors."""
    done = subprocess.run(["epubcheck", packed], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@not_built
def test_chinese_letters_come_with_the_book(packed, site):
    """The font within it has each of them, and each file says which language it is in."""
    language = read_book(site).language
    with zipfile.ZipFile(packed) as archive:
        pages = {n: archive.read(n).decode() for n in archive.namelist() if n.endswith(".xhtml")}
        assert all(f'xml:lang="{language}"' in text for text in pages.values())
        if language == "en":
            assert f"book/{FONT}" not in archive.namelist()
            return
        with archive.open(f"book/{FONT}") as file:
            letters = TTFont(io.BytesIO(file.read())).getBestCmap()
    used = set("".join(pages.values()))
    assert {letter for letter in used if "\u4e00" <= letter <= "\u9fff"} <= set(map(chr, letters))


def test_a_page_keeps_what_it_shows_and_formulas_become_mathml(tmp_path):
    """Folded answers stay, hidden code and live figures go, a paragraph within a line is none."""
    (tmp_path / "page.html").write_text(
        '<article class="bd-article"><h1>T<a class="headerlink" href="#t">#</a></h1>'
        '<span class="math">\\(\\frac{a}{b}\\)</span><span><p>caption</p></span>'
        '<details class="admonition hide"><pre>secret</pre></details><conv-demo></conv-demo>'
        '<details class="quiz-reasons"><summary>Answers</summary>why</details></article>'
    )
    one = chapter(tmp_path / "page.html")
    assert one.title == "T"
    body = one.body()
    assert "<mfrac>" in body and "why" in body and "<span>caption</span>" in body
    assert not re.search(r"secret|conv-demo|<details|headerlink|frac\{", body)


def test_a_book_that_is_not_built_is_refused(tmp_path):
    """The message says what to do first."""
    with pytest.raises(FileNotFoundError, match="make epub"):
        pack(tmp_path, tmp_path / "book.epub")
