"""What a student answers in words is never lost, wherever it was written."""

import copy
import json
import re

import nbformat
import pytest

from autograder.course.cells import is_written
from autograder.course.folders import Course
from autograder.grading import written_answers as module
from autograder.grading.intake import clean_copy
from tests.growth import growth
from tests.toy_course import ROOT

NAMES = Course(ROOT).names
FIRST = "The filter is shared, so that it answers wherever the edge is; 3 * 3 * 4 weights."
SECOND = "A locally connected layer has one for each place, which costs H * W times as much."
BOTH = f"{FIRST}\n\n{SECOND}"


def released(name):
    return nbformat.read(Course(ROOT).assignment(name).release, as_version=4)


RELEASED = {name: released(name) for name in NAMES}


def text_cell(source, kind="markdown", **more):
    code = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": "9f3a", "metadata": {}, "source": source, **code, **more}


class Work:
    """A student's notebook as JSON, and the positions of the question and of its answer's cell."""

    def __init__(self, name):
        self.nb = json.loads(nbformat.writes(RELEASED[name]))
        self.cells = self.nb["cells"]
        self.at = next(index for index, cell in enumerate(self.cells) if is_written(cell))
        self.own, self.question = self.cells[self.at], self.cells[self.at - 1]
        self.name = self.own["metadata"]["nbgrader"]["grade_id"]

    def add(self, offset, source, kind="markdown"):
        self.cells.insert(self.at + offset, text_cell(source, kind))

    def drop(self, offset=0):
        del self.cells[self.at + offset]

    def source(self, cell):
        return "".join(cell["source"])


def new_cell_below(work):
    work.add(1, BOTH)


def new_cell_above(work):
    work.add(0, BOTH)


def two_new_cells(work):
    work.add(1, SECOND)
    work.add(1, FIRST)


def half_in_a_new_cell(work):
    work.own["source"] = FIRST
    work.add(1, SECOND)


def below_the_stub(work):
    work.own["source"] = [*work.own["source"], "\n\n", BOTH]


def end_of_the_question(work):
    work.question["source"] = [*work.question["source"], f"\n\n{BOTH}"]


def end_of_the_question_without_id(work):
    end_of_the_question(work)
    del work.question["id"]


def between_the_questions(work):
    lines = work.source(work.question).split("\n")
    lines[-1:-1] = [FIRST, ""]
    work.question["source"] = "\n".join([*lines, SECOND])


def behind_the_question(work):
    work.question["source"] = f"{work.source(work.question)} {BOTH}"


def next_given_cell(work):
    given = work.cells[work.at + 1]
    given["source"] = f"{BOTH}\n\n{work.source(given)}"


def retyped(work):
    work.drop()
    work.add(0, BOTH)


def question_and_cell_retyped(work):
    work.drop()
    work.drop(-1)
    work.add(-1, BOTH)


def merged_with_the_question(work):
    work.question["source"] = f"{work.source(work.question)}\n\n{BOTH}"
    work.drop()


def split_in_halves(work):
    work.own["source"] = FIRST
    half = copy.deepcopy(work.own) | {"id": "77aa", "source": SECOND}
    work.cells.insert(work.at + 1, half)


def split_without_metadata(work):
    work.own["source"] = FIRST
    work.add(1, SECOND)


def metadata_lost(work):
    work.own |= {"source": BOTH, "metadata": {}}


def metadata_and_id_lost(work):
    work.own |= {"source": BOTH, "metadata": {}, "id": "1c2d"}


def all_metadata_and_ids_lost(work):
    work.own["source"] = BOTH
    for number, cell in enumerate(work.cells):
        cell |= {"metadata": {}, "id": f"{number:08x}"}


def without_any_ids(work):
    new_cell_below(work)
    work.nb["nbformat_minor"] = 4
    for cell in work.cells:
        del cell["id"]


def text_in_its_cell_made_code(work):
    work.own |= text_cell(BOTH, "code", metadata=work.own["metadata"], id=work.own["id"])


def comments_in_its_cell_made_code(work):
    source = f"# {FIRST}\n# {SECOND}"
    work.own |= text_cell(source, "code", metadata=work.own["metadata"], id=work.own["id"])


def comments_in_a_new_code_cell(work):
    work.add(1, f"# {FIRST}\n# {SECOND}", "code")


def text_in_a_new_code_cell(work):
    work.add(1, BOTH, "code")


def string_in_a_new_code_cell(work):
    work.add(1, f'"""\n{BOTH}\n"""', "code")


def string_at_the_end(work):
    work.cells.append(text_cell(f'"""\n{BOTH}\n"""', "code"))


def printed(work):
    work.add(1, f'print("{FIRST}")\nprint("{SECOND}")', "code")


def raw_cell(work):
    work.add(1, BOTH, "raw")


def at_the_end(work):
    work.cells.append(text_cell(BOTH))


def at_the_beginning(work):
    work.cells.insert(0, text_cell(BOTH))


def with_other_ends_of_lines(work):
    work.own["source"] = BOTH.replace("\n", "\r\n")


def text_of_all_cells_gone(work):
    """Only code is left of the release, as after a conversion to Python and back."""
    work.nb["cells"] = work.cells = [cell for cell in work.cells if cell["cell_type"] == "code"]
    work.cells.insert(-1, text_cell(BOTH))


# Where it was written, and the kinds of the flags on it.
PLACES = {
    below_the_stub: [],
    with_other_ends_of_lines: [],
    new_cell_below: ["answer"],
    new_cell_above: ["answer"],
    two_new_cells: ["answer"],
    half_in_a_new_cell: ["answer"],
    end_of_the_question: ["answer"],
    end_of_the_question_without_id: ["answer"],
    between_the_questions: ["answer"],
    behind_the_question: ["answer"],
    next_given_cell: ["answer"],
    retyped: ["answer"],
    question_and_cell_retyped: ["answer"],
    merged_with_the_question: ["answer"],
    split_in_halves: ["duplicated"],
    split_without_metadata: ["answer"],
    metadata_lost: ["recovered"],
    metadata_and_id_lost: ["answer"],
    all_metadata_and_ids_lost: ["answer"],
    without_any_ids: ["answer"],
    text_in_its_cell_made_code: ["answer"],
    comments_in_its_cell_made_code: ["answer"],
    comments_in_a_new_code_cell: ["answer"],
    text_in_a_new_code_cell: ["answer"],
    string_in_a_new_code_cell: ["answer"],
    string_at_the_end: ["answer"],
    printed: ["answer"],
    raw_cell: ["answer"],
    at_the_end: ["answer"],
    at_the_beginning: ["answer"],
    text_of_all_cells_gone: ["answer"],
}


def answer_of(work, released):
    """The answer's cell of the clean copy, and the flags that name it."""
    clean = clean_copy(json.dumps(work.nb).encode(), released)
    (cell,) = [cell for cell in clean.nb.cells if is_written(cell)]
    assert clean.sources[work.name] == cell.source
    nbformat.validate(clean.nb)
    return cell, [flag for flag in clean.flags if work.name in flag]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_an_answer_is_found_wherever_it_was_written(name, place):
    """All of it, in the answer's cell, so that nbgrader asks a person for the points."""
    work = Work(name)
    place(work)
    cell, flags = answer_of(work, RELEASED[name])
    assert cell.cell_type == "markdown"
    assert FIRST in cell.source and SECOND in cell.source
    assert cell.source.count(FIRST) == 1
    assert cell.source.index(FIRST) < cell.source.index(SECOND)
    assert [flag.split()[0] for flag in flags] == PLACES[place]
    assert all("read it there" in flag for flag in flags if flag.startswith("answer"))


def untouched(work):
    """Nothing at all."""


def emptied(work):
    work.own["source"] = " \n"


def deleted(work):
    work.drop()


def stub_twice(work):
    work.cells.insert(work.at, copy.deepcopy(work.own))


def empty_cells(work):
    work.add(1, "")
    work.add(1, "\n", "code")
    work.add(0, "YOUR ANSWER HERE")


def name_in_the_title(work):
    work.cells[0]["source"] = [*work.cells[0]["source"], "\n\nAnn Ahn, 40217, group 3, winter"]


def name_above_the_title(work):
    work.cells.insert(0, text_cell("Ann Ahn, 40217, group 3"))


def scratch_at_the_end(work):
    work.cells.append(text_cell("import this\nprint(2 + 2)\n%timeit f()", "code"))


def note_in_another_section(work):
    work.cells.insert(6, text_cell("**remember the bias!**"))


def other_text_edited(work):
    work.cells[1]["source"] = "I deleted this."


@pytest.mark.parametrize(
    "change",
    [
        *(untouched, emptied, deleted, stub_twice, empty_cells, name_in_the_title),
        *(name_above_the_title, scratch_at_the_end, note_in_another_section, other_text_edited),
    ],
    ids=lambda change: change.__name__,
)
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
    sources = clean_copy(nbformat.writes(nb).encode(), given).sources
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
        clean_copy(json.dumps(work.nb).encode(), RELEASED["pooling"])

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
