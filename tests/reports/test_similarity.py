"""Copies are found however they are disguised; independent solutions are not."""

import ast
import builtins
import itertools
import json
import re
import subprocess
import sys

import pytest

from autograder.course.errors import CourseError
from autograder.course.folders import find_course
from autograder.reports import similarity
from autograder.reports.fingerprints import MAX_CHARACTERS, fingerprints
from autograder.reports.similarity import compare, find_pairs, read_works
from tests.fairness.suite import collect
from tests.growth import growth
from tests.submissions.sample_class import NAME, write_class
from tests.toy_course import make_course

NAMES = ("naive_convolution", "im2col_convolution", "pooling", "fc_to_conv", "vgg_sizing")
FIXED = {*dir(builtins), "np", "torch", "nn"}  # what nobody renames


class Rename(ast.NodeTransformer):
    """Renames all that can be renamed, and drops docstrings."""

    def __init__(self):
        self.names = {}

    def _new(self, name):
        return name if name in FIXED else self.names.setdefault(name, f"thing{len(self.names)}")

    def visit_Name(self, node):
        node.id = self._new(node.id)
        return node

    def visit_arg(self, node):
        node.arg = self._new(node.arg)
        return node

    def visit_Expr(self, node):
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else self.generic_visit(node)


class Swap(ast.NodeTransformer):
    """Swaps assignments that follow one another, whether the code still works or not."""

    def visit(self, node):
        self.generic_visit(node)
        body = getattr(node, "body", None)
        place = 0
        while isinstance(body, list) and place + 1 < len(body):
            if all(isinstance(one, ast.Assign) for one in body[place : place + 2]):
                body[place : place + 2] = body[place + 1], body[place]
                place += 1
            place += 1
        return node


class Pad(ast.NodeTransformer):
    """Puts a print into each loop, and spells out +=."""

    def visit_For(self, node):
        self.generic_visit(node)
        node.body.insert(0, ast.parse("print('here')").body[0])
        return node

    def visit_AugAssign(self, node):
        left = ast.parse(ast.unparse(node.target), mode="eval").body
        return ast.Assign([node.target], ast.BinOp(left, node.op, node.value))


def changed(source, *transformers):
    """The code after the transformers, laid out anew and without comments by `ast`."""
    tree = ast.parse(source)
    for transformer in transformers:
        tree = transformer.visit(tree)
    return ast.unparse(ast.fix_missing_locations(tree))


def renamed(source):
    return changed(source, Rename())


def rewritten(source):
    return changed(source, Swap(), Pad(), Rename())


def commented(source):
    """A comment after every line that is no part of a longer text, and blank lines between."""
    lines = (f"{line}  # (line {number}: [x]" for number, line in enumerate(source.split("\n")))
    return "\n\n".join(lines) if '"""' not in source else renamed(source) + "\n# the end"


def honest_class(name):
    """Students who each wrote every function in a style of their own."""
    by_function = {}
    for one in collect(name):
        if one.kind == "wheat":
            by_function.setdefault(one.function, []).append(one.source)
    styles = min(map(len, by_function.values()))
    return {
        f"style {number}": {cell: wheats[number] for cell, wheats in by_function.items()}
        for number in range(styles)
    }


def known(name):
    """What the assignment itself has: the release and the reference solution."""
    return [find_course().assignment(name).notebook_source.read_text(encoding="utf-8")]


def with_copies(name, disguise):
    """The honest class, and a copy of each that went through `disguise`."""
    honest = honest_class(name)
    copies = {
        f"copy of {student}": {cell: disguise(source) for cell, source in cells.items()}
        for student, cells in honest.items()
    }
    return honest | copies


def shares(works, given=()):
    """The share of each pair that is listed, by the two names."""
    return {
        (pair.left, pair.right): pair.share for pair in compare(works, given, max_pairs=1000).pairs
    }


@pytest.mark.parametrize("name", NAMES)
def test_independent_solutions_are_not_listed(name):
    """Of right solutions in different styles no two are close, and none shares over 0.25."""
    found = compare(honest_class(name), known(name))
    assert (found.pairs, found.compared) == ((), len(honest_class(name)))


def test_the_limits_lie_in_the_gap_that_was_measured(monkeypatch):
    """Between what independent solutions share, and what copies keep under heavy disguise."""
    monkeypatch.setattr(similarity, "LIMIT", 0.0)
    honest, copied = [], []
    for name in NAMES:
        for (left, right), share in shares(with_copies(name, rewritten), known(name)).items():
            if left == f"copy of {right}" or right == f"copy of {left}":
                copied.append(share)
            elif "copy" not in left + right:
                honest.append(share)
    assert len(honest) >= 30 and len(copied) >= 20
    assert max(honest) <= 0.25 and min(copied) >= 0.55


@pytest.mark.parametrize("disguise", [renamed, commented], ids=["renamed", "commented"])
@pytest.mark.parametrize("name", NAMES)
def test_a_disguised_copy_is_listed_with_its_original_and_nothing_else_is(name, disguise):
    """All names, comments, texts and the layout are different, and 0.95 is still shared."""
    found = shares(with_copies(name, disguise), known(name))
    students = honest_class(name)
    assert set(found) == {(f"copy of {one}", one) for one in students}
    assert min(found.values()) >= 0.95


def test_reordered_functions_are_found():
    """The helpers of a cell in another order, all of them renamed."""
    wheats = list(honest_class("naive_convolution")["style 2"].values())
    other = [renamed(one) for one in reversed(wheats)]
    works = {"ann": {"all": "\n\n".join(wheats)}, "bob": {"all": "\n\n".join(other)}}
    assert shares(works)["ann", "bob"] >= 0.9


def test_one_copied_cell_of_five_is_found():
    """The rest is different; the share of the whole is low, that of the cell is high."""
    honest = honest_class("naive_convolution")
    works = {"ann": honest["style 1"], "bob": dict(honest["style 3"])}
    works["bob"]["conv2d_forward"] = renamed(works["ann"]["conv2d_forward"])
    (pair,) = compare(works, known("naive_convolution")).pairs
    assert pair.share < 0.5 and pair.cell_share >= 0.9
    assert "conv2d_forward" in [one.cell for one in pair.excerpts]


def test_code_of_the_release_and_the_reference_does_not_count():
    """Two who have the solved notebook's code are alike for a reason that is known."""
    solution = known("pooling")
    assert shares({"ann": {"all": solution[0]}, "bob": {"all": solution[0]}}, solution) == {}
    assert len(shares({"ann": {"all": solution[0]}, "bob": {"all": solution[0]}})) == 1


def test_what_most_of_the_class_has_does_not_count():
    """Seven of twenty have the lecture's code and are left alone; three others are three pairs."""
    honest = honest_class("naive_convolution")
    works = {f"lecture {number}": honest["style 0"] for number in range(7)}
    works |= {f"copied {number}": honest["style 1"] for number in range(3)}
    works |= {f"empty {number}": {"conv2d_forward": "pass"} for number in range(10)}
    found = shares(works)
    assert sorted(found) == list(itertools.combinations([f"copied {one}" for one in range(3)], 2))


@pytest.mark.parametrize(("lines", "count"), [(2, 0), (6, 0), (60, 1)])
def test_little_code_does_not_count(lines, count):
    """What can hardly be written in two ways is no copy; the same in abundance is."""
    body = (f"    y = x[{number}] + {number} * len(x)\n" for number in range(lines))
    source = "def f(x):\n" + "".join(body)
    found = compare({"ann": {"f": source}, "bob": {"f": source}})
    assert (found.count, found.compared) == (count, 2 * count)
    if lines == 6:  # enough for a cell to be looked at, and not for a submission
        assert similarity.LEAST_IN_CELL < len(fingerprints(source).hashes) < similarity.LEAST


def test_code_that_does_not_run_is_compared_too():
    """A bracket too many, a text that never ends and half a surrogate stop nothing."""
    source = honest_class("pooling")["style 0"]["max_pool_forward"]
    broken = {"ann": source + "\n)))", "bob": source + "\n'''never", "zoe": source + "\n'\ud800"}
    assert len(shares({student: {"f": text} for student, text in broken.items()})) == 3


def test_lines_in_common_are_marked_and_others_are_not():
    """Each side shows its own lines as they were written."""
    source = honest_class("pooling")["style 0"]["max_pool_forward"]
    own = "\nfor_myself = [one ** 2 - 3 * one for one in range(17) if one % 5]\n" * 3
    (pair,) = compare({"ann": {"f": own + source}, "bob": {"f": source + "\n# end"}}).pairs
    (excerpt,) = pair.excerpts
    assert "\n".join(text for text, _ in excerpt.left) == own + source
    marked = [text for text, both in excerpt.left if both]
    assert not any("for_myself" in text for text in marked)
    assert len(marked) > 0.8 * len(source.strip().split("\n")) - source.count('"""')
    assert not excerpt.right[-1][1]


def test_fingerprints_are_the_same_in_every_process():
    """Python's own hashes are not, so a list of pairs would differ from run to run."""
    code = "from autograder.reports.fingerprints import fingerprints as f; print(f({!r}).hashes)"
    source = known("pooling")[0][:3000]
    command = [sys.executable, "-c", code.format(source)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.strip() == str(fingerprints(source).hashes)


@pytest.mark.parametrize("text", ["'", '"\\', "(", "f'{", "a."])
def test_the_time_for_a_hostile_cell_grows_no_faster_than_its_length(text):
    """Quotes, brackets and backslashes without end: each is read once."""

    def read(size):
        fingerprints(text * (size // len(text)), max_characters=size)

    assert growth(read, 20_000) < 8


def test_a_cell_is_not_read_to_its_end():
    """What stands behind the first 20,000 characters makes no difference."""
    source = "".join(f"x{n} = {n} * y[{n}]\n" for n in range(2_000))
    assert len(source) > MAX_CHARACTERS
    assert fingerprints(source) == fingerprints(source[:MAX_CHARACTERS])
    assert len(fingerprints(source, max_characters=len(source)).hashes) > len(
        fingerprints(source).hashes
    )


def mixed_class(size):
    """Students who take each cell from one of five, and put a line of their own into it."""
    honest = list(honest_class("naive_convolution").values())
    works = {}
    for number in range(size):
        cells = {}
        for place, cell in enumerate(honest[0]):
            lines = honest[number // 5**place % 5][cell].split("\n")
            lines.insert(len(lines) // 2, f"    own = [{number}, {number * 7 % 97}, {place}]")
            cells[cell] = "\n".join(lines)
        works[f"student {number:04}"] = cells
    return works


@pytest.mark.slow
def test_hundreds_of_thousands_of_close_pairs_take_no_time_each():
    """A thousand works take about four times what 250 do, though their pairs are sixteen times."""
    classes = {size: mixed_class(size) for size in (250, 1000)}
    found = {}

    def look(size):
        found[size] = compare(classes[size], known("naive_convolution"))

    assert growth(look, 250) < 8
    assert found[1000].compared == 1000 and found[1000].count > 100_000
    assert len(found[1000].pairs) == 20 and all(pair.excerpts for pair in found[1000].pairs)


@pytest.mark.slow
def test_nobody_of_the_sample_class_is_listed(tmp_path):
    """Its members differ from the solved notebook in single functions."""
    assignment = find_course().assignment(NAME)
    works = {}
    for path in write_class(assignment, tmp_path):
        if path.parts[-3] != "not_json":
            works[path.parts[-3]] = similarity._solutions(path)
    given = [*similarity._solutions(assignment.release).values(), *known(NAME)]
    assert len(works) == 11 and compare(works, given).pairs == ()


def notebook(**sources):
    """A notebook with these solution cells, as bytes."""
    cells = [
        {
            "cell_type": "code",
            "metadata": {"nbgrader": {"grade_id": name, "solution": True}},
            "source": source.splitlines(keepends=True),
        }
        for name, source in sources.items()
    ]
    text = {"cell_type": "markdown", "metadata": {}, "source": "# A title"}
    return json.dumps({"cells": [text, *cells]}).encode()


def test_works_are_read_from_autograded_notebooks(tmp_path):
    """Who has none, or one that is no notebook, is left out."""
    assignment = make_course(tmp_path).assignment("toy")
    assignment.release.parent.mkdir(parents=True)
    assignment.release.write_bytes(notebook(double="def double(x):\n    ...", double_sum=""))
    source = honest_class("pooling")["style 0"]["max_pool_forward"]
    students = {"ann": notebook(double=source), "bob": b"{", "zoe": notebook(double=source)}
    for student, data in students.items():
        place = assignment.course.grading / "autograded" / student / "toy"
        place.mkdir(parents=True)
        (place / "toy.ipynb").write_bytes(data)
    students = [*students, "max"]
    assert read_works(assignment, students) == {one: {"double": source} for one in ("ann", "zoe")}
    found = find_pairs(assignment, students)
    assert (found.students, found.count, found.compared) == (("ann", "zoe"), 1, 2)
    assignment.release.write_bytes(notebook(double=source))
    assert find_pairs(assignment, students).count == 0  # now the code is given


def test_without_a_release_there_is_a_sentence(tmp_path):
    """What the release holds must be known, or it would count as copied."""
    with pytest.raises(CourseError, match=re.escape("toy.ipynb holds no solution cells")):
        find_pairs(make_course(tmp_path).assignment("toy"), [])
