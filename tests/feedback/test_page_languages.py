"""A page is in the language of the notebook; points, names and code are the same in all."""

from __future__ import annotations

import json
import re

import nbformat
import pytest

from autograder.authoring.building import notebook_bytes
from autograder.authoring.translated import translated_notebook
from autograder.course import translation
from autograder.course.files import write_atomically
from autograder.course.limits import Limits
from autograder.course.notebook_language import set_language
from autograder.course.results import CellResult, summarize
from autograder.course.translation import Catalog, catalog
from autograder.feedback import wording
from autograder.feedback.boxes import GradedWork
from autograder.feedback.page import Pages
from autograder.gradebook.marks import CellMark, Mark
from autograder.grading.outputs import NOT_RUN
from autograder.grading.scorer import failure
from tests.small_class import DOUBLE, copy_course
from tests.toy_translation import translate, write_catalog

FURNITURE = {
    "Result": "结果",
    "Your notebook was read and all of it was graded.": "你的 notebook 已全部读取并评分。",
    "Your notebook": "你的 notebook",
    "<strong>{points}</strong> of {most} points": "<strong>{points}</strong> 分，满分 {most} 分",
    "failed": "未通过",
    NOT_RUN: "这个单元格只作演示。",
    "{passed} of {checks} checks passed.": "{checks} 项检查中通过了 {passed} 项。",
    "You changed the given cell {detail}. Grading used the original; what you added to given code "
    "ran as a cell of your own.": "你改动了给定的单元格 {detail}。",
    "some values are wrong": "有些值不对",
    "Your <code>{name}</code>": "你的 <code>{name}</code>",
    "for <bdi><strong>{who}</strong></bdi>": "<bdi><strong>{who}</strong></bdi>",
}
MESSAGE = "every value is doubled: some values are wrong. Hint: multiply by two"


@pytest.fixture(scope="module")
def course(clean_course, tmp_path_factory):
    """The toy course in two languages, released without a proof; the package's words are ours."""
    course = copy_course(clean_course, tmp_path_factory.mktemp("languages"))
    toy = course.assignment("toy")
    translate(course)
    package = course.root / "locale"
    write_catalog(package / "zh_CN" / "LC_MESSAGES" / "autograder.po", FURNITURE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(translation, "PACKAGE", package)
        released = nbformat.read(toy.release, as_version=4)
        there = translated_notebook(released, catalog("zh_CN", toy))
        write_atomically(toy.translation("zh_CN"), notebook_bytes(there))
        yield course


def page(course, language, *, student="ann", by_nbgrader=False):
    """The page of a student whose `double` is wrong, with a notebook in a language."""
    toy = course.assignment("toy")
    path = toy.translation(language) if by_nbgrader and language != "en" else toy.release
    nb = nbformat.read(path, as_version=4)
    set_language(nb, language)
    cells, marks = {}, []
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name == "double":
            cell.source = DOUBLE.replace("x + x", "x")
        if name.startswith("test_"):
            cells[name] = CellResult(0.0, 2.0, "failed", MESSAGE)
            marks.append(CellMark(name, 0.0, None, 0.0, 2.0, "test", False))
            cell.outputs = [failure("failed", MESSAGE)]
        if "demonstration" in cell.metadata.get("tags", ()):
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=NOT_RUN)]
    result = summarize(student, cells, flags=("edited cell: setup",))
    nobody = (None, None, None, None)
    mark = Mark(student, *nobody, True, None, 0.0, 0.0, 10.0, tuple(marks), ())
    work = GradedWork(student, "graded", mark, result, json.loads(json.dumps(nb)))
    return Pages(toy, Limits()).page(work, "0" * 64)


def test_a_page_is_in_the_language_of_the_notebook(course):
    """Its furniture, verdict, flags, check messages with their hints, prose and docstrings."""
    html = page(course, "zh_CN")
    assert '<html lang="zh-CN">' in html
    for text in (
        "<h1>加倍与求和</h1>",
        '<h2 id="result">结果</h2>',
        "<strong>0</strong> 分，满分 10 分",
        "3 项检查中通过了 0 项。",
        "你改动了给定的单元格 “setup”。",
        "每个值都加倍：有些值不对",
        "乘以二",
        "未通过",
        "你的 <code>double</code>",
        "这个单元格只作演示。",
    ):
        assert text in html
    for text in ("some values", "multiply by two", "Your notebook", "Double and add"):
        assert text not in html


def test_an_english_page_is_as_it_was(course):
    """Also where there are other languages, and where a notebook names one that there is not."""
    html = page(course, "en")
    assert '<html lang="en">' in html and "some values are wrong" in html
    assert not re.search("[\u4e00-\u9fff]", html)
    assert page(course, "xx") == html


def test_a_notebook_that_nbgrader_graded_alone_has_its_page(course):
    """Its prose is still in Chinese, and no cell of it is taken for the student's own."""
    html = page(course, "zh_CN", by_nbgrader=True)
    assert "加倍与求和" in html and "A cell of yours" not in html


def test_values_on_a_page_are_escaped(course):
    """A student chooses names and what errors say; the catalog's own tags stay."""
    html = page(course, "zh_CN", student="<img src=x>{0}")
    assert "<img src=x>" not in html and "&lt;img src=x&gt;{0}" in html


def test_several_flags_are_one_sentence_in_every_language():
    """Names in a list, and how many more there are."""
    words = Catalog(
        "zh_CN",
        {
            wording._SEVERAL["deleted cell"]: "缺少 {count} 个单元格：{cells}。",
            "{names} and {last}": "{names}和{last}",
            "{rest} more": "另外 {rest} 个",
            ", ": "、",
        },
    )
    flags = [f"deleted cell: c{number}" for number in range(8)]
    assert wording.flags(flags, words) == [
        "缺少 8 个单元格：“c0”、“c1”、“c2”、“c3”、“c4”、“c5”和另外 2 个。"
    ]


def test_durations_have_units_of_the_language():
    """The two largest of them."""
    words = Catalog("zh_CN", {"{count} days": "{count} 天", "1 hour": "1 小时"})
    assert wording.lasting(2 * 86400 + 3600, words) == "2 天 1 小时"
    assert wording.lasting(2 * 86400 + 3600) == "2 days 1 hour"
