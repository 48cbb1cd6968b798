"""The Chinese edition says what the English pages say, wherever its words stand."""

from pathlib import Path

import pytest

from tests.catalogs import faults

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "book" / "locale" / "zh_CN"
CATALOGS = sorted((LOCALE / "LC_MESSAGES").glob("*.po"))


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda path: path.stem)
def test_a_catalog_is_complete_and_agrees_with_its_messages(catalog):
    """Nothing is untranslated, fuzzy or obsolete; numbers, formulas, code, roles, links and terms
    are the message's."""
    assert not list(faults(catalog))


def test_every_page_has_a_catalog():
    """A new page of the book appears in Chinese, too."""
    pages = {path.stem for path in (ROOT / "book").glob("*.md")}
    assert pages <= {path.stem for path in CATALOGS}
