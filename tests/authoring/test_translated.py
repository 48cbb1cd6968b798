"""The notebook in another language: the same cells, the same program, other words."""

from __future__ import annotations

import copy
import json

import nbformat
import pytest
from nbclient import NotebookClient
from nbgrader.utils import compute_checksum

from autograder.authoring import release as releasing
from autograder.authoring.building import build_notebook
from autograder.authoring.progress import CELL_ID
from autograder.authoring.release import release
from autograder.authoring.translated import STUB, translated_notebook
from autograder.course.cells import describe, grade_id
from autograder.course.errors import ReleaseError
from autograder.course.notebook_language import language_of
from autograder.course.released_cells import released_cells
from autograder.course.translation import Catalog
from tests.edits import edit_file
from tests.processes import LONG
from tests.small_class import GOOD, copy_course
from tests.toy_course import make_course
from tests.toy_translation import TRANSLATIONS, translate

WORDS = Catalog(
    "zh_CN",
    TRANSLATIONS
    | {
        STUB: "请在此作答",
        "not run yet": "尚未运行",
        "Check {test} · {points} points": "检查 {test} · {points} 分",
        "Where you stand: run this cell whenever you like.": "你的进度：可随时运行。",
        "You have {won:g} of {total:g} points of the checks that you can see.": "可见检查共 "
        "{total:g} 分，你已得 {won:g} 分。",
    },
)


@pytest.fixture
def released(clean_course):
    """The toy course's released notebook."""
    return nbformat.read(clean_course.assignment("toy").release, as_version=4)


def test_a_translated_notebook_has_the_same_cells(released):
    """With the same names, points and tags; its language is noted, its checksums are its own."""
    there = translated_notebook(released, WORDS)
    assert describe(there) == describe(released)
    assert (language_of(there), language_of(released)) == ("zh_CN", "en")
    for one, other in zip(released.cells, there.cells, strict=True):
        assert (one.id, one.cell_type) == (other.id, other.cell_type)
        metadata = copy.deepcopy(other.metadata)
        if "checksum" in metadata.get("nbgrader", {}):
            assert metadata.nbgrader.checksum == compute_checksum(other)
            metadata.nbgrader.checksum = one.metadata.nbgrader.checksum
        assert metadata == one.metadata


def test_what_a_student_reads_is_translated(released):
    """Prose, docstrings, messages, the words in an empty answer, and the cell about progress."""
    sources = {cell.id: cell.source for cell in translated_notebook(released, WORDS).cells}
    assert sources["cell-000"] == "# 加倍与求和"
    assert '"""x 的两倍。"""' in sources["double"] and "# YOUR CODE HERE" in sources["double"]
    assert '"double() 只接受一个轴"' in sources["test_double_refusal"]
    assert sources["written_why"] == "请在此作答"
    assert sources["test_double_values"].startswith("# 检查 test_double_values · 2 分\n")
    assert sources["test_double_refusal"].startswith("# Check test_double_refusal · 1 point\n")
    assert sources[CELL_ID].startswith("# 你的进度：可随时运行。\n# It runs the checks")
    assert '"尚未运行"' in sources[CELL_ID] and '"not written yet"' in sources[CELL_ID]


@pytest.mark.slow
def test_the_cell_about_progress_works_in_every_language(released):
    """It knows the checks by their translated titles, and says the same points."""
    there = translated_notebook(released, WORDS)
    for cell in there.cells:
        cell.source = GOOD.get(cell.id, cell.source)
    client = NotebookClient(there, kernel_name="python3", allow_errors=True, timeout=int(LONG))
    client.execute()
    (said,) = there.cells[-1].outputs
    assert "可见检查共 6 分，你已得 6 分。" in said.text


def test_a_value_that_a_message_lacks_is_refused(released):
    """The error names the cell and the language."""
    message = "You have {won:g} of {total:g} points of the checks that you can see."
    words = Catalog("zh_CN", {message: "{exit()}"})
    with pytest.raises(ReleaseError, match=r"zh_CN.*other values"):
        translated_notebook(released, words)


@pytest.mark.slow
def test_a_release_comes_in_every_language(clean_course, tmp_path, monkeypatch):
    """Proved once more where it changed, and only then; its cells are noted as given."""
    course = copy_course(clean_course, tmp_path)
    toy = course.assignment("toy")
    runs = []
    prove = releasing._prove_solved
    monkeypatch.setattr(releasing, "_prove_solved", lambda *what: runs.append(prove(*what)))
    translate(course)
    assert release(toy).changed and len(runs) == 1
    assert toy.translations == {"zh_CN": toy.translation("zh_CN")}
    there = nbformat.read(toy.translation("zh_CN"), as_version=4)
    assert there.cells[0].source == "# 加倍与求和"
    known = released_cells(toy)
    assert all(len(known[grade_id(cell)]) == 2 for cell in there.cells if cell.id == "double")
    assert not release(toy).changed and len(runs) == 1
    edit_file(toy.course.catalogs / "zh_CN" / "LC_MESSAGES" / "toy.po", ("加倍与求和", "加倍"))
    assert release(toy).changed and len(runs) == 2


def test_a_catalog_without_translations_adds_no_notebook(clean_course, tmp_path):
    """Whoever begins a language has nothing to hand out yet."""
    course = copy_course(clean_course, tmp_path)
    translate(course, dict.fromkeys(TRANSLATIONS, ""))
    assert not release(course.assignment("toy")).changed
    assert not course.assignment("toy").translations


def test_the_solved_notebook_is_translated_with_its_hidden_lines(tmp_path):
    """So that it can be proved as the English one is."""
    toy = make_course(tmp_path).assignment("toy")
    built = build_notebook(toy)
    there = translated_notebook(built, WORDS)
    text = json.dumps(there)
    assert text.count("BEGIN HIDDEN TESTS") == json.dumps(built).count("BEGIN HIDDEN TESTS")
    assert text.count("BEGIN SOLUTION") == json.dumps(built).count("BEGIN SOLUTION")
