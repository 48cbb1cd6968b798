"""Where students write what they answer in words, and what they change without an answer."""

import copy
import json

import nbformat

from autograder.course.cells import is_written
from autograder.course.folders import Course
from tests.toy_course import ROOT

NAMES = Course(ROOT).names
FIRST = "The filter is shared, so that it answers wherever the edge is; 3 * 3 * 4 weights."
SECOND = "A locally connected layer has one for each place, which costs H * W times as much."
BOTH = f"{FIRST}\n\n{SECOND}"
COMMENTS = f"# {FIRST}\n# {SECOND}"
STRING = f'"""\n{BOTH}\n"""'
RELEASED = {
    name: nbformat.read(Course(ROOT).assignment(name).release, as_version=4) for name in NAMES
}


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


def adding(*cells):
    """A change that adds cells: each the place counted from the answer's cell, source and kind."""

    def add(work):
        for cell in cells:
            work.add(*cell)

    return add


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


def metadata_lost(work):
    work.own |= {"source": BOTH, "metadata": {}}


def metadata_and_id_lost(work):
    work.own |= {"source": BOTH, "metadata": {}, "id": "1c2d"}


def all_metadata_and_ids_lost(work):
    work.own["source"] = BOTH
    for number, cell in enumerate(work.cells):
        cell |= {"metadata": {}, "id": f"{number:08x}"}


def without_any_ids(work):
    work.add(1, BOTH)
    work.nb["nbformat_minor"] = 4
    for cell in work.cells:
        del cell["id"]


def text_in_its_cell_made_code(work):
    work.own |= text_cell(BOTH, "code", metadata=work.own["metadata"], id=work.own["id"])


def comments_in_its_cell_made_code(work):
    work.own |= text_cell(COMMENTS, "code", metadata=work.own["metadata"], id=work.own["id"])


def string_at_the_end(work):
    work.cells.append(text_cell(STRING, "code"))


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


# Where an answer is written, by name.
PLACES = {
    "new_cell_below": adding((1, BOTH)),
    "new_cell_above": adding((0, BOTH)),
    "two_new_cells": adding((1, SECOND), (1, FIRST)),
    "comments_in_a_new_code_cell": adding((1, COMMENTS, "code")),
    "text_in_a_new_code_cell": adding((1, BOTH, "code")),
    "string_in_a_new_code_cell": adding((1, STRING, "code")),
    "printed": adding((1, f'print("{FIRST}")\nprint("{SECOND}")', "code")),
    "raw_cell": adding((1, BOTH, "raw")),
    **{
        place.__name__: place
        for place in (
            *(half_in_a_new_cell, below_the_stub, end_of_the_question),
            *(end_of_the_question_without_id, between_the_questions, behind_the_question),
            *(next_given_cell, retyped, question_and_cell_retyped, merged_with_the_question),
            *(split_in_halves, metadata_lost, metadata_and_id_lost),
            *(all_metadata_and_ids_lost, without_any_ids, text_in_its_cell_made_code),
            *(comments_in_its_cell_made_code, string_at_the_end, at_the_end),
            *(at_the_beginning, with_other_ends_of_lines, text_of_all_cells_gone),
        )
    },
}
# The kinds of the flags on it; elsewhere there is one, that the answer was found.
FLAGS = {
    "below_the_stub": [],
    "with_other_ends_of_lines": [],
    "split_in_halves": ["duplicated"],
    "metadata_lost": ["recovered"],
}


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


# What leaves the answer as it was released.
OTHER_CHANGES = (
    *(untouched, emptied, deleted, stub_twice, empty_cells, name_in_the_title),
    *(name_above_the_title, scratch_at_the_end, note_in_another_section, other_text_edited),
)
