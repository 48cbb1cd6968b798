"""A sentence is translated by its message, whatever values stand in it."""

from __future__ import annotations

import pytest

from autograder.course import translation
from autograder.course.translation import Catalog, split_values
from tests.growth import growth
from tests.toy_course import make_course
from tests.toy_translation import TRANSLATIONS, translate, write_catalog

WORDS = Catalog(
    "zh_CN",
    {
        "some values are wrong": "有些值不对",
        "every value is doubled": "每个值都加倍",
        "{asked}: expected {want}, yours is {got}": "{asked}：应为 {want}，你的是 {got}",
        "size {size}, stride {stride}": "大小 {size}，步长 {stride}",
        "{prop}: your function raised {kind}": "{prop}：你的函数抛出了 {kind}",
        "{err_msg}\nexpected shape {shapes[0]}, you returned {shapes[1]}": "{err_msg}\n"
        "应为形状 {shapes[0]}，你返回的是 {shapes[1]}",
        "{err_msg}\nat {at} expected {want}, you returned {got}": "{err_msg}\n"
        "在 {at} 处应为 {want}，你返回的是 {got}",
        "{said}\n{wrong} of {size} values differ": "{said}\n{size} 个值中有 {wrong} 个不同",
        "{names} and {last}": "{names}和{last}",
        "(line {line})": "（第 {line} 行）",
        "; grading does not have {name}": "；评分时没有 {name}",
        "a set {{1, 2}} of {count}": "集合 {{1, 2}}，共 {count} 个",
    },
)


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("some values are wrong", "有些值不对"),
        ("  some values are wrong\n", "  有些值不对\n"),
        ("every value is doubled: some values are wrong", "每个值都加倍：有些值不对"),
        ("every value is doubled: what nobody knows", "每个值都加倍：what nobody knows"),
        ("size 3, stride 2: expected 4, yours is 5", "大小 3，步长 2：应为 4，你的是 5"),
        ("every value is doubled: your function raised KeyError",
         "每个值都加倍：你的函数抛出了 KeyError"),
        ("size 3, stride 2\nexpected shape (1,), you returned (2,)",
         "大小 3，步长 2\n应为形状 (1,)，你返回的是 (2,)"),
        ("what nobody knows\nsome values are wrong", "what nobody knows\n有些值不对"),
        ("some values are wrong\nat [0] expected 2, you returned 3\n1 of 2 values differ",
         "有些值不对\n在 [0] 处应为 2，你返回的是 3\n2 个值中有 1 个不同"),
        ("some values are wrong\nat [0] expected 2, you returned 3\nexpected [2]\n"
         "1 of 2 values differ",
         "有些值不对\n在 [0] 处应为 2，你返回的是 3\nexpected [2]\n2 个值中有 1 个不同"),
        ("KeyError: 'k' (not this) (line 3); grading does not have gym",
         "KeyError: 'k' (not this)（第 3 行）；评分时没有 gym"),
        ("some values are wrong (line 3)", "有些值不对（第 3 行）"),
        ("a set {1, 2} of 2", "集合 {1, 2}，共 2 个"),
        ("one and two", "one and two"),  # too few words to know the message by
        ("nothing: of: all this", "nothing: of: all this"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_sentence_is_known_by_its_words(english, chinese):
    """Alone, before a colon, on a line of several, and as a value of another."""
    assert WORDS.translate(english) == chinese


def test_english_stays_as_it_is():
    """Without a catalog nothing changes."""
    assert translation.NONE.translate("some values are wrong: 3") == "some values are wrong: 3"


@pytest.mark.parametrize("text", ["size 1, stride 1: expected ", "a: b (c; d, \n", "x of y\n"])
def test_a_text_that_was_made_to_take_long_does_not(text):
    """A student chooses what an error says: four times as much takes about four times as long."""
    assert growth(lambda size: WORDS.translate(text * size), 2_400 // len(text)) < 8


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("{a} and {b!r:>{width}}", ["{a}", "{b!r:>{width}}"]),
        ("{', '.join('}' for x in y)}", ["{', '.join('}' for x in y)}"]),
        ("{{not one}} {one}", ["{one}"]),
        ("an open { brace", []),
    ],
)
def test_values_are_found_as_python_reads_them(text, values):
    """With formats, quotation marks and brackets inside, and doubled braces outside."""
    parts = list(split_values(text))
    assert [part for is_value, part in parts if is_value] == values
    assert "".join(part for _, part in parts) == text


def test_what_is_fuzzy_or_empty_stays_english(tmp_path):
    """Until somebody has looked at it."""
    course = make_course(tmp_path)
    assert translation.languages(course.assignment("toy")) == []
    folder = course.catalogs / "zh_CN" / "LC_MESSAGES"
    write_catalog(folder / "toy.po", {"a b": "甲", "c d": "", "e f": "乙"}, fuzzy=("e f",))
    write_catalog(folder / "shared.po", {"a b": "丙", "c d": "丁"})
    words = translation.catalog("zh_CN", course.assignment("toy"))
    assert [words.text(text) for text in ("a b", "c d", "e f")] == ["甲", "丁", "e f"]
    assert translation.languages(course.assignment("toy")) == ["zh_CN"]


def test_a_changed_catalog_is_read_again(tmp_path):
    """Although it is kept in memory."""
    course = make_course(tmp_path)
    translate(course)
    toy = course.assignment("toy")
    assert translation.catalog("zh_CN", toy).text("Twice x.") == TRANSLATIONS["Twice x."]
    translate(course, {"Twice x.": "二乘 x。"})
    assert translation.catalog("zh_CN", toy).text("Twice x.") == "二乘 x。"
