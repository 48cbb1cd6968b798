"""The toy course in Chinese: its catalogs, written without a release."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from autograder.course.folders import Course

TRANSLATIONS = {
    "Double and add": "加倍与求和",
    "Twice x.": "x 的两倍。",
    "double([1, 2]) is [2, 4]": "double([1, 2]) 应为 [2, 4]",
    "double() takes one axis": "double() 只接受一个轴",
    "The sum of twice x.": "x 的两倍之和。",
    "double_sum([1, 2]) is 6": "double_sum([1, 2]) 应为 6",
    "every value is doubled": "每个值都加倍",
    "multiply by two": "乘以二",
    "two axes are refused": "拒绝两个轴",
    "the doubled values are summed": "对加倍后的值求和",
}


def write_catalog(path: Path, translations: dict[str, str], fuzzy: tuple[str, ...] = ()) -> None:
    """Write a gettext file in which some translations may be marked fuzzy."""
    catalog = Catalog(locale="zh_CN")
    for message, translation in translations.items():
        catalog.add(message, translation, flags=["fuzzy"] * (message in fuzzy))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog)


def translate(course: Course, translations: dict[str, str] = TRANSLATIONS) -> None:
    """Give the toy course a Chinese catalog."""
    write_catalog(course.catalogs / "zh_CN" / "LC_MESSAGES" / "toy.po", translations)
