"""What a student answers in words is never lost, wherever it was written."""

import copy
import json
import re

import nbformat
import pytest

from autograder.course.cells import is_written
from autograder.course.notebook_file import read_notebook
from autograder.grading import written_answers as module
from autograder.grading.intake import clean_copy
from tests.grading.answer_places import (
    BOTH,
    FIRST,
    FLAGS,
    NAMES,
    OTHER_CHANGES,
    PLACES,
    RELEASED,
    SECOND,
    Work,
    text_cell,
)
from tests.growth import growth


def answer_of(work, released):
    """The answer's cell of the clean copy, and the flags that name it."""
    clean = clean_copy(read_notebook(json.dumps(work.nb).encode()), released)
    (cell,) = [cell for cell in clean.nb.cells if is_written(cell)]
    assert clean.sources[work.name] == cell.source
    nbformat.validate(clean.nb)
    return cell, [flag for flag in clean.flags if work.name in flag]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", NAMES)
def test_an_answer_is_found_wherever_it_was_written(name, place):
    """All of it, in the answer's cell, so that nbgrader asks a person for the points."""
    work = Work(name)
    PLACES[place](work)
    cell, flags = answer_of(work, RELEASED[name])
    assert cell.cell_type == "markdown"
    assert FIRST in cell.source and SECOND in cell.source
    assert cell.source.count(FIRST) == 1
    assert cell.source.index(FIRST) < cell.source.index(SECOND)
    assert [flag.split()[0] for flag in flags] == FLAGS.get(place, ["answer"])
    assert all("read it there" in flag for flag in flags if flag.startswith("answer"))


@pytest.mark.parametrize("change", OTHER_CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_answer_stays_unanswered(name, change):
    """The cell is as it was released, by which nbgrader gives 0 and asks nobody."""
    work = Work(name)
    change(work)
    cell, flags = answer_of(work, RELEASED[name])
    (given,) = [cell for cell in RELEASED[name].cells if is_written(cell)]
    assert cell.source == given.source and "attachments" not in cell
    kinds = {"deleted": ["deleted"]}.get(change.__name__, [])
    assert [flag.split()[0] for flag in flags] == kinds


@pytest.mark.parametrize("name", NAMES)
def test_scratch_code_beside_an_answer_is_no_part_of_it(name):
    """Nor is it flagged; where there is no other answer, code below the question is one."""
    work = Work(name)
    work.add(1, "print(32 * 3 * 3)", "code")
    cell, flags = answer_of(work, RELEASED[name])
    assert "print(32 * 3 * 3)" in cell.source and len(flags) == 1
    work.own["source"] = BOTH
    assert answer_of(work, RELEASED[name])[1] == []


def test_answers_of_two_questions_are_not_mixed():
    """Each cell of the student's goes to the question above it."""
    nb = copy.deepcopy(RELEASED["pooling"])
    at = next(index for index, cell in enumerate(nb.cells) if is_written(cell))
    for number in (1, 2):
        question = nbformat.v4.new_markdown_cell(f"## More {number}\n\nWhy?", id=f"more-{number}")
        stub = copy.deepcopy(nb.cells[at])
        stub["id"] = stub.metadata.nbgrader.grade_id = f"written_{number}"
        nb.cells[at + 1 : at + 1] = [question, stub]
    given = copy.deepcopy(nb)
    for text, below in (("second", at + 4), ("third", at + 2), ("first", at)):
        nb.cells.insert(below + 1, nbformat.v4.new_markdown_cell(f"The {text} one."))
    sources = clean_copy(read_notebook(nbformat.writes(nb).encode()), given).sources
    texts = [
        re.findall(r"The (\w+) one", sources[name])
        for name in ("written_pool", "written_2", "written_1")
    ]
    assert texts == [["first"], ["third"], ["second"]]


def test_fences_in_an_answer_of_code_do_not_end_it():
    """What follows would be read as Markdown."""
    work = Work("pooling")
    comment_in_fences = "# ```\n# ````\n# so"
    work.add(1, comment_in_fences, "code")
    cell, _ = answer_of(work, RELEASED["pooling"])
    assert f"`````\n{comment_in_fences}\n`````" in cell.source


def test_a_very_long_answer_is_cut_and_it_is_said():
    """Its beginning is shown, and where the rest is."""
    work = Work("pooling")
    work.own["source"] = "why " * module.MAX_SOURCE
    cell, flags = answer_of(work, RELEASED["pooling"])
    assert cell.source.startswith("why why") and len(cell.source) == module.MAX_SOURCE
    assert flags[0].startswith("long answer: written_pool has more than 200,000 characters")


def test_an_answer_in_very_many_cells_is_cut_and_it_is_said():
    """So many are taken in their order."""
    work = Work("pooling")
    for number in range(module.MAX_CELLS + 1):
        work.cells.append(text_cell(f"Reason {number}."))
    cell, flags = answer_of(work, RELEASED["pooling"])
    assert cell.source.count("Reason") == module.MAX_CELLS
    assert any(flag.startswith("long answer: written_pool") for flag in flags)


@pytest.mark.parametrize(
    ("kind", "source"),
    [("markdown", "word " * 400), ("code", "x = 1\n" * 200), ("code", "(" * 2000), ("raw", "")],
)
def test_the_time_for_many_cells_grows_no_faster_than_their_number(kind, source):
    """Each is read once, and of code no more than so much."""

    def read(size):
        work = Work("pooling")
        for number in range(size):
            work.cells.append(text_cell(f"{source}{number}", kind))
        clean_copy(read_notebook(json.dumps(work.nb).encode()), RELEASED["pooling"])

    assert growth(read, 500) < 8


@pytest.mark.parametrize(
    "raw",
    [
        {"cell_type": "markdown", "source": ["a", 5, None], "attachments": [1]},
        {"cell_type": ["markdown"], "source": "text", "metadata": {"nbgrader": []}, "id": {}},
        {"cell_type": "markdown", "source": "half \ud83d", "attachments": {"a": 5, "b": {"c": 7}}},
        {"source": {"a": 1}},
        7,
    ],
)
def test_cells_of_any_shape_are_read(raw):
    """The answer beside them is found."""
    work = Work("pooling")
    work.own["source"] = FIRST
    work.cells.insert(work.at + 1, raw)
    cell, _ = answer_of(work, RELEASED["pooling"])
    assert FIRST in cell.source and cell.source.encode()
