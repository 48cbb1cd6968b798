"""An answer counts wherever the student put it, and the student's own cells stay in place."""

import copy
import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from autograder.course.notebook_file import read_notebook
from autograder.grading.intake import clean_copy
from autograder.grading.placement import MAX_OWN, NO_METADATA


def cell(name, source, *, grade=False, solution=False, tags=()):
    metadata = {"nbgrader": {"grade_id": name, "grade": grade, "solution": solution}}
    return new_code_cell(source, metadata={**metadata, "tags": list(tags)}, id=name)


STUB = "def {0}(x):\n    raise NotImplementedError()"
RELEASED = new_notebook(
    cells=[
        cell("setup", "import math\n\ndef given(x):\n    return x"),
        new_markdown_cell("Write f.", id="cell-001"),
        cell("f", STUB.format("f"), solution=True),
        cell("test_f", "assert f(1) == 2", grade=True),
        new_code_cell("print(f(2))", id="cell-004"),
        cell("g", STUB.format("g"), solution=True),
        cell("test_g", "assert g(1) == 3", grade=True),
        new_code_cell("show()", id="cell-007", metadata={"tags": ["demonstration"]}),
    ]
)
F, G = "def f(x):\n    return 2 * x", "def g(x):\n    return 3 * x"
HERE = {cell.id: index for index, cell in enumerate(RELEASED.cells)}


def handed_in(change, f=F, g=G):
    """The clean copy of a notebook with f and g answered, which `change` gets first."""
    nb = copy.deepcopy(RELEASED)
    nb.cells[HERE["f"]].source, nb.cells[HERE["g"]].source = f, g
    change(nb.cells)
    return clean_copy(read_notebook(json.dumps(nb).encode()), RELEASED)


def passes(clean):
    """The test cells that pass when the clean notebook runs from top to bottom, as in a kernel."""
    nbformat.validate(clean.nb)
    names, passed = {}, []
    for one in clean.nb.cells:
        if one.cell_type != "code":
            continue
        test = one.metadata.get("nbgrader", {}).get("grade")
        try:
            exec(one.source, names)
        except Exception:
            continue
        if test:
            passed.append(one.id)
    return passed


def _put(cells, at, sources):
    cells[at:at] = [new_code_cell(source) for source in sources]


def stubs_left(cells):
    for name in ("f", "g"):
        cells[HERE[name]].source = STUB.format(name)


def stubs_emptied(cells):
    for name in ("f", "g"):
        cells[HERE[name]].source = ""


def stubs_commented_out(cells):
    for name in ("f", "g"):
        cells[HERE[name]].source = "# " + STUB.format(name).replace("\n", "\n# ")


def stubs_deleted(cells):
    cells[:] = [one for one in cells if one.id not in ("f", "g")]


def below_each_stub(cells):
    cells.insert(HERE["f"] + 1, new_code_cell(F))
    cells.insert([one.id for one in cells].index("test_g"), new_code_cell(G))


def below_each_test(cells):
    cells.insert(HERE["test_f"] + 1, new_code_cell(F))
    cells.insert([one.id for one in cells].index("test_g") + 1, new_code_cell(G))


def merged_first(cells):
    cells.insert(0, new_code_cell(f"{F}\n\n\n{G}"))


def merged_last(cells):
    cells.append(new_code_cell(f"{F}\n\n\n{G}"))


def one_by_one_last(cells):
    cells += [new_code_cell(F), new_code_cell(G)]


def in_the_setup_cell(cells):
    cells[0].source += f"\n\n{F}\n\n{G}"


def in_a_test_cell(cells):
    for one in cells:
        if one.id == "test_f":
            one.source = f"{F}\n\n{G}\n\n{one.source}"


@pytest.mark.parametrize("stubs", [stubs_left, stubs_emptied, stubs_commented_out, stubs_deleted])
@pytest.mark.parametrize(
    "place",
    [
        below_each_stub,
        below_each_test,
        merged_first,
        merged_last,
        one_by_one_last,
        in_the_setup_cell,
        in_a_test_cell,
    ],
)
def test_an_answer_counts_wherever_it_stands(stubs, place):
    """Whatever became of the cells that asked for it; it is flagged."""

    def change(cells):
        place(cells)
        names = {one.id: index for index, one in enumerate(cells)}
        if stubs is stubs_deleted:
            stubs_deleted(cells)
        else:
            fresh = [copy.deepcopy(one) for one in RELEASED.cells]
            stubs(fresh)
            for name in ("f", "g"):
                cells[names[name]].source = fresh[HERE[name]].source

    clean = handed_in(change)
    assert passes(clean) == ["test_f", "test_g"]
    kinds = {flag for flag in clean.flags if flag.endswith((": f", ": g"))}
    kind = "recovered cell" if stubs is stubs_deleted else "answer in another cell"
    assert kinds == {f"{kind}: f", f"{kind}: g"}


@pytest.mark.parametrize("name", ["f", "g"])
def test_all_functions_may_stand_in_one_solution_cell(name):
    """In the first or the last; the stub of the other does not undo it."""

    def change(cells):
        for other in ("f", "g"):
            one = next(one for one in cells if one.id == other)
            one.source = f"{F}\n\n\n{G}" if other == name else STUB.format(other)

    clean = handed_in(change)
    assert passes(clean) == ["test_f", "test_g"]
    assert clean.flags == (f"answer in another cell: {'g' if name == 'f' else 'f'}",)


HELPED = "def f(x):\n    return next(itertools.islice(helper(x), 1, 2))"
HELPER = "import itertools\n\ndef helper(x):\n    yield x\n    yield 2 * x"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda cells: _put(cells, 0, [HELPER]), id="first"),
        pytest.param(lambda cells: _put(cells, HERE["f"], [HELPER]), id="above"),
        pytest.param(lambda cells: _put(cells, HERE["f"] + 1, [HELPER]), id="below"),
        pytest.param(
            lambda cells: cells[0].update(source=f"{HELPER}\n"), id="in place of the setup"
        ),
        pytest.param(
            lambda cells: cells[0].update(source=f"{cells[0].source}\n{HELPER}"), id="in the setup"
        ),
        pytest.param(
            lambda cells: (
                cells[HERE["cell-001"]].update(source="My notes") or _put(cells, 2, [HELPER])
            ),
            id="beside notes",
        ),
    ],
)
def test_helpers_and_imports_stay_where_the_student_has_them(change):
    """In a cell above or below, or added to a given cell, which is put right all the same."""
    clean = handed_in(change, f=HELPED)
    assert passes(clean) == ["test_f", "test_g"]
    assert RELEASED.cells[0].source in [one.source for one in clean.nb.cells]


def test_what_an_answer_needs_goes_along_with_it():
    """The function stands last, its helper just above: both come before the first check."""
    clean = handed_in(lambda cells: _put(cells, 8, [HELPER, HELPED]), f="")
    assert passes(clean) == ["test_f", "test_g"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("def f(x):\n    y = 2 * x", "    return y"),
        ("import operator", "def f(x):\n    return operator.mul(2, x)"),
        (F, "limit = 2"),
        ("def f(x):\n    return 7", F),
        ("def f(x", F),
        (F, F),
    ],
)
def test_the_halves_of_a_split_cell_are_one_answer(first, second):
    """Both halves carry the cell's name; of two whole answers the last counts."""

    def change(cells):
        half = copy.deepcopy(cells[HERE["f"]])
        half["id"] = "b4c1"
        cells[HERE["f"]].source, half.source = first, second
        cells.insert(HERE["f"] + 1, half)

    clean = handed_in(change)
    assert passes(clean) == ["test_f", "test_g"]
    assert clean.flags == ("duplicated cell: f",)


@pytest.mark.parametrize("make", [new_markdown_cell, new_raw_cell])
@pytest.mark.parametrize("text", [F, f"```python\n{F}\n```"])
def test_a_solution_that_became_text_is_code_again(make, text):
    """As when somebody presses M in the wrong place."""

    def change(cells):
        cells[HERE["f"]] = make(text, metadata=cells[HERE["f"]].metadata, id="f")

    clean = handed_in(change)
    assert passes(clean) == ["test_f", "test_g"]
    assert clean.flags == ("answer in a text cell: f",)


@pytest.mark.parametrize("ids", [True, False])
def test_a_notebook_without_metadata_has_one_flag(ids):
    """Its answers are found by what they define, and nothing is said to be deleted."""

    def change(cells):
        for number, one in enumerate(cells):
            one.metadata = {}
            if not ids:
                one["id"] = f"x{number}"

    clean = handed_in(change)
    assert passes(clean) == ["test_f", "test_g"]
    assert clean.flags[0] == NO_METADATA
    assert not [flag for flag in clean.flags if flag.startswith(("deleted", "recovered", "edited"))]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_ends_of_lines_are_no_change(end):
    """As on other systems: nothing is flagged as edited, and the code runs."""

    def change(cells):
        for one in cells:
            one.source = one.source.replace("\n", end)

    clean = handed_in(change)
    assert clean.flags == () and passes(clean) == ["test_f", "test_g"]


def test_a_changed_check_does_not_run_and_own_cells_without_end_neither():
    """Checks come from the release; of the student's own cells the first few hundred run."""

    def change(cells):
        cells[HERE["test_f"]].source = "assert True"
        cells += [new_code_cell(f"x = {number}") for number in range(MAX_OWN + 5)]

    clean = handed_in(change, f="def f(x):\n    return 7")
    assert passes(clean) == ["test_g"]
    assert "edited cell: test_f" in clean.flags
    assert f"too many cells: only {MAX_OWN} of the student's own are run" in clean.flags
    assert len(clean.nb.cells) == len(RELEASED.cells) + MAX_OWN


def test_a_function_that_is_nowhere_leaves_the_stub():
    """Nothing of another cell is taken for it."""
    clean = handed_in(lambda cells: cells.pop(HERE["f"]), g=G)
    assert clean.sources["f"] == STUB.format("f")
    assert clean.flags == ("deleted cell: f",)
    assert passes(clean) == ["test_g"]
