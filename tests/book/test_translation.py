"""The Chinese edition says what the English pages say, wherever its words stand."""

from pathlib import Path

import pytest
from notebooks import translated_cell

from tests.catalogs import faults

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "book" / "locale" / "zh_CN"
CATALOGS = sorted((LOCALE / "LC_MESSAGES").glob("*.po"))


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda path: path.stem)
def test_a_catalog_is_complete_and_agrees_with_its_messages(catalog):
    """Nothing is untranslated, fuzzy or obsolete; numbers, formulas, code, roles, links and terms
    are the message's."""
    assert not list(faults(catalog))


def test_the_notebook_of_a_page_is_translated():
    """Its paragraphs, titles, answers and alternative texts; directives and code are the same."""
    known = {
        "Two words.": "两个词。",
        "A title": "标题",
        "Yes": "对",
        "A cat": "一只猫",
        "why": "理由",
    }
    source = (
        ":::{note} A title\n:class: tip\nTwo\nwords.\n:::\n\n"
        "- [x] Yes\n\n  why\n\n```{glue:figure} cat\n:alt: A cat\n\nTwo words.\n```\n\nNew."
    )
    assert translated_cell(source, known) == (
        ":::{note} 标题\n:class: tip\n两个词。\n:::\n\n"
        "- [x] 对\n\n  理由\n\n```{glue:figure} cat\n:alt: 一只猫\n\n两个词。\n```\n\nNew."
    )


def test_every_page_has_a_catalog():
    """A new page of the book appears in Chinese, too."""
    pages = {path.stem for path in (ROOT / "book").glob("*.md")}
    assert pages <= {path.stem for path in CATALOGS}
