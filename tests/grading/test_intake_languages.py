"""A notebook in another language is known by its cells, and graded by the English ones."""

from __future__ import annotations

import json

import nbformat
import pytest

from autograder.authoring.translated import STUB, translated_notebook
from autograder.course.cells import grade_id, is_solution
from autograder.course.files import write_atomically
from autograder.course.notebook_choice import choose_notebook, given_cells
from autograder.course.notebook_file import read_notebook
from autograder.course.notebook_language import language_of
from autograder.course.translation import Catalog
from autograder.grading import worker_state
from autograder.grading.intake import clean_copy
from tests.small_class import GOOD, copy_course
from tests.toy_translation import TRANSLATIONS, translate

EMPTY = "请在此作答"
WORDS = Catalog("zh_CN", TRANSLATIONS | {STUB: EMPTY})


@pytest.fixture(scope="module")
def released(clean_course):
    """The toy course's notebook as students get it in English."""
    return nbformat.read(clean_course.assignment("toy").release, as_version=4)


@pytest.fixture(scope="module")
def chinese(released):
    """The same in Chinese."""
    return translated_notebook(released, WORDS)


def handed_in(nb, sources=None, change=lambda nb: None):
    """A notebook with these sources in its cells, as bytes."""
    nb = json.loads(json.dumps(nb))
    for cell in nb["cells"]:
        cell["source"] = (sources or {}).get(grade_id(cell), cell["source"])
    change(nb)
    return json.dumps(nb).encode()


def take(data, released, chinese):
    """The clean copy of a submission to a course with both editions."""
    return clean_copy(read_notebook(data), released, translations=[chinese])


def lose_language(nb):
    """What a program does that keeps nothing of Jupyter's metadata but the cells'."""
    nb["metadata"] = {}


def lose_metadata(nb):
    """What a program does that knows cells by nothing but their text."""
    lose_language(nb)
    for number, cell in enumerate(nb["cells"]):
        cell["metadata"], cell["id"] = {}, f"n{number}"


@pytest.mark.parametrize("change", [lambda nb: None, lose_language, lose_metadata])
@pytest.mark.parametrize("sources", [{}, GOOD])
def test_both_editions_come_out_alike(released, chinese, sources, change):
    """Cell by cell, answered or not, with the same flags; what differs is the language noted."""
    english, other = (
        take(handed_in(nb, sources, change), released, chinese) for nb in (released, chinese)
    )
    assert [cell.source for cell in other.nb.cells] == [cell.source for cell in english.nb.cells]
    assert (other.sources, other.flags) == (english.sources, english.flags)
    assert (language_of(english.nb), language_of(other.nb)) == ("en", "zh_CN")


def test_an_untouched_answer_is_none(released, chinese):
    """The Chinese words in an empty cell are not taken for an answer."""
    assert EMPTY in json.dumps(chinese, ensure_ascii=False)
    clean = take(handed_in(chinese), released, chinese)
    assert clean.sources["written_why"] == STUB and not clean.flags
    assert EMPTY not in json.dumps(clean.nb, ensure_ascii=False)


def test_an_edited_cell_is_still_seen(released, chinese):
    """Of a test in Chinese, too."""

    def weaken(nb):
        for cell in nb["cells"]:
            if grade_id(cell) == "test_double_sum":
                cell["source"] = "assert True"

    clean = take(handed_in(chinese, GOOD, weaken), released, chinese)
    assert clean.flags == ("edited cell: test_double_sum",)


@pytest.mark.parametrize("claims", ["zh_CN", "en", "xx", 3, None])
def test_cells_count_for_more_than_what_a_file_claims(released, chinese, claims):
    """Its metadata is anybody's to write."""

    def claim(nb):
        nb["metadata"]["convnet_course"] = {"language": claims}

    for nb, language in ((released, "en"), (chinese, "zh_CN")):
        clean = take(handed_in(nb, GOOD, claim), released, chinese)
        assert language_of(clean.nb) == language and not clean.flags


def test_a_notebook_of_answers_alone_is_in_the_language_it_names(released, chinese):
    """Where no cell of the release is left in it."""

    def strip(nb):
        nb["cells"] = [cell for cell in nb["cells"] if is_solution(cell)]

    for nb, language in ((released, "en"), (chinese, "zh_CN")):
        clean = take(handed_in(nb, GOOD, strip), released, chinese)
        assert language_of(clean.nb) == language
        assert clean.sources["double"] == GOOD["double"]


def test_a_blank_notebook_is_known_in_every_language(released, chinese, tmp_path):
    """Of two files the one with answers is taken."""
    paths = []
    for number, nb in enumerate((released, chinese)):
        paths.append(tmp_path / f"{number}.ipynb")
        paths[-1].write_bytes(handed_in(nb))
    given = given_cells(*paths)
    assert given.count == len(released.cells)
    files = [handed_in(chinese), handed_in(chinese, GOOD)]
    choice = choose_notebook(["blank.ipynb", "done.ipynb"], files.__getitem__, given)
    assert choice.index == 1 and "blank notebook" in choice.flags[0]


def test_a_translation_of_another_release_is_left_out(clean_course, tmp_path):
    """Its cells stand at other places; so does a notebook in a folder that is no language."""
    course = copy_course(clean_course, tmp_path)
    toy = course.assignment("toy")
    translate(course)
    nb = nbformat.read(toy.release, as_version=4)
    for folder in ("zh_CN", "backup"):
        write_atomically(toy.translation(folder), nbformat.writes(nb, version=4))
    assert list(toy.translations) == ["zh_CN"]
    assert len(worker_state.read_translations(toy)) == 1
    nb.cells.insert(1, nbformat.v4.new_markdown_cell("another"))
    write_atomically(toy.translation("zh_CN"), nbformat.writes(nb, version=4))
    assert worker_state.read_translations(toy) == []
