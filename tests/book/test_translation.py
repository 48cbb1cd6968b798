"""The Chinese edition says what the English pages say, wherever its words stand."""

from pathlib import Path

import pytest

from tests.book.figure_words import places_in, words_in
from tests.catalogs import faults

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "book" / "locale" / "zh_CN"
CATALOGS = sorted((LOCALE / "LC_MESSAGES").glob("*.po"))
WORDS = sorted((ROOT / "book" / "assets").glob("*-words.*js"))


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda path: path.stem)
def test_a_catalog_is_complete_and_agrees_with_its_messages(catalog):
    """Nothing is untranslated, fuzzy or obsolete; numbers, formulas, code, roles, links and terms
    are the message's."""
    assert not list(faults(catalog))


def test_every_page_has_a_catalog():
    """A new page of the book appears in Chinese, too."""
    pages = {path.stem for path in (ROOT / "book").glob("*.md")}
    assert pages <= {path.stem for path in CATALOGS}


@pytest.mark.parametrize("english", WORDS, ids=lambda path: path.name)
def test_the_words_of_a_figure_are_translated(english):
    """Each has its Chinese, with the same {places}; a word that is gone is gone there, too."""
    words, chinese = words_in(english), words_in(LOCALE / "assets" / english.name)
    assert chinese.keys() == words.keys()
    for name, text in words.items():
        assert places_in(chinese[name]) == places_in(text), name
