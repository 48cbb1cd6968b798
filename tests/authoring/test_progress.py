"""The last cell of a notebook says what its student has, and never more than that."""

from __future__ import annotations

import os
import re

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.authoring.building import build_notebook
from autograder.authoring.progress import CELL_ID, count_checks, first_line, progress_cell
from autograder.checks.loading import load_trusted
from tests.edits import edit
from tests.processes import LONG
from tests.small_class import DOUBLE, GOOD
from tests.toy_course import CHECKS, make_course

TRIPLE = "def double(x):\n    print('hello')\n    return 3 * x"
KEPT = """
mine = {name: id(value) for name, value in globals().items() if not name.startswith("_")}
for ours in ("In", "Out", "mine", "kept"):
    mine.pop(ours, None)
"""


def cells_of(course, name="toy"):
    """The cells of a released notebook by id."""
    nb = nbformat.read(course.assignment(name).release, as_version=4)
    return {cell.id: cell.source for cell in nb.cells}


def run(sources, env=None):
    """Run code cells in a kernel; what each printed, or the exception that it ended with."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in sources])
    client = NotebookClient(
        nb, kernel_name="python3", allow_errors=True, timeout=int(LONG), startup_timeout=int(LONG)
    )
    client.execute(env={**os.environ, **(env or {})})
    return [
        "".join(out.get("text", out.get("ename", "")) for out in cell.outputs) for cell in nb.cells
    ]


@pytest.fixture(scope="module")
def told(toy_course):
    """What the cell says at several times of one student's work, by what came before."""
    cells = cells_of(toy_course)
    tests = [cells[f"test_{what}"] for what in ("double_values", "double_refusal", "double_sum")]
    progress = cells[CELL_ID]
    steps = {
        "nothing": [cells["setup"]],
        "untouched": [cells["double"], cells["double_sum"], *tests],
        "no function": ["del double, double_sum"],
        "wrong": [TRIPLE, GOOD["double_sum"]],
        "right": [DOUBLE],
        "leaves": ["def double(x):\n    raise SystemExit"],
        "interrupted": ["def double(x):\n    raise KeyboardInterrupt"],
        "shows": [
            "from IPython.display import display\n"
            "def double(x):\n    display('seen')\n    raise ValueError"
        ],
        "library": ["import torch as t\ndef double(x):\n    return t.as_tensor(2 * x).numpy()"],
        "name": ["%%time\ndef double(x):\n    return x.repeat(1) * 2"],
        "import": ["import torch, scipy.signal\ndef double(x):\n    return 2 * x"],
        "kept": [KEPT, DOUBLE + "\nkept = dict(mine)"],
        "NumPy's names": ["from numpy import all, any, max, min, sum"],
        "VS Code": ["__vsc_ipynb_file__ = r'C:\\Users\\me\\toy (1).ipynb'"],
        "graded": [edit(tests[0], ("points\n", "points\n### BEGIN secret\n"))],
    }
    sources, ends = [], {}
    for name, before in steps.items():
        sources += [*before, progress]
        ends[name] = len(sources) - 1
    after = "print({name for name, at in mine.items() if id(globals().get(name)) != at})"
    said = run([*sources, after], env={"JPY_SESSION_NAME": "/home/me/draft.ipynb"})
    return {name: said[at] for name, at in ends.items()} | {"changed": said[-1]}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("when", "points", "says"),
    [
        pytest.param("nothing", 0, "all checks: not run yet", id="before any check"),
        pytest.param("nothing", 0, "No check has run in this kernel: choose Run All", id="hint"),
        pytest.param("untouched", 0, "all checks: not written yet", id="untouched"),
        pytest.param(
            "no function", 0, "test_double_sum: NameError: name 'double_sum' is not", id="deleted"
        ),
        pytest.param(
            "wrong", 0, "- test_double_values: double([1, 2]) is [2, 4]", id="wrong function"
        ),
        pytest.param(
            "right", 6, "double: 3 of 3 points (and 2 further checks", id="mended, no rerun"
        ),
        pytest.param("leaves", 0, "all checks: SystemExit", id="leaves Python"),
        pytest.param("interrupted", 0, "all checks: KeyboardInterrupt", id="stopped by hand"),
        pytest.param("shows", 1, "double: 1 of 3 points", id="shows things"),
        pytest.param("kept", 6, "double_sum: 3 of 3 points (and 1 further checks", id="right"),
        pytest.param("NumPy's names", 6, "double: 3 of 3 points", id="built-in names bound again"),
    ],
)
def test_it_says_what_is_won_what_fails_and_what_was_not_run(told, when, points, says):
    """Each time for the functions as they are now."""
    assert says in told[when]
    assert f"You have {points} of 6 points of the checks that you can see" in told[when]
    assert "4 points are given by a person" in told[when]


@pytest.mark.slow
def test_it_never_says_that_all_is_well(told):
    """What runs at grading is counted beside what was won, every time."""
    for name, said in told.items():
        if name in ("changed", "graded"):
            continue
        assert "3 further checks run at grading" in said
        assert re.search(r"passing what you see is needed,\s+and it is not yet full marks", said)
        assert not re.search(r"all\b.*\bpass", said, flags=re.IGNORECASE)


@pytest.mark.slow
@pytest.mark.parametrize(("when", "word"), [("library", "t"), ("name", "repeat"), ("import", None)])
def test_it_names_a_forbidden_route_before_the_notebook_is_handed_in(told, when, word):
    """By the word that the student wrote; an import that is never used is none."""
    says = "It uses {}, which this assignment rules out: it may earn nothing."
    assert (says.format(word) in told[when]) is (word is not None)
    assert ("rules out" in told[when]) is (word is not None)


@pytest.mark.slow
def test_it_shows_nothing_of_what_functions_print_and_display(told):
    """Only its own words."""
    for said in told.values():
        assert "hello" not in said and "seen" not in said


@pytest.mark.slow
def test_it_changes_nothing_of_the_student(told):
    """Every name that was there means the same afterwards."""
    assert told["changed"].strip() == "{'double'}"  # which the student wrote anew in between


@pytest.mark.slow
def test_a_renamed_notebook_is_told_its_name(told):
    """Where JupyterLab or VS Code says what it is called."""
    assert "This notebook is called draft.ipynb. Hand it in as toy.ipynb." in told["right"]
    assert "This notebook is called toy (1).ipynb. Hand it in as toy.ipynb." in told["VS Code"]


@pytest.mark.slow
def test_where_hidden_lines_are_it_runs_nothing_again(told):
    """Stock nbgrader runs it too, beside its own marks."""
    assert told["graded"] == (
        "This copy is being graded: what each check earned stands beside it.\n"
    )


@pytest.mark.slow
def test_nothing_is_said_of_a_name_that_is_right_or_unknown(toy_course):
    """Elsewhere nobody knows what the file is called."""
    source = cells_of(toy_course)[CELL_ID]
    said = run(
        [source, "__vsc_ipynb_file__ = '/home/me/toy.ipynb'", source], env={"JPY_SESSION_NAME": ""}
    )
    assert all("is called" not in one for one in said)


def test_outside_of_a_notebook_it_runs_all_the_same(toy_course, capsys):
    """As a script, where there is no history, no check has run."""
    exec(cells_of(toy_course)[CELL_ID], {})
    assert "You have 0 of 6 points" in capsys.readouterr().out


def test_checks_are_counted_as_a_right_solution_meets_them(tmp_path):
    """Those in a loop each time; one that fails, or a slow machine, changes no count."""
    first = '    with checking("every value is doubled", hint="multiply by two"):\n'
    loop = '    for _ in range(4):\n        with checking("x"):\n            agree(1, 2)\n'
    checks = edit(CHECKS, (first, f"{loop}{first}"))
    trusted = load_trusted(make_course(tmp_path, checks=checks).assignment("toy"))
    assert count_checks(trusted) == {"double": 6, "double_sum": 1}
    assert count_checks(trusted) == {"double": 6, "double_sum": 1}


def test_the_cell_is_last_locked_and_no_matter_of_grading(tmp_path):
    """Jupyter keeps it; nbgrader and the batch see a cell that earns nothing."""
    nb = build_notebook(make_course(tmp_path).assignment("toy"))
    cell = nb.cells[-1]
    assert cell.id == CELL_ID
    assert cell.metadata == {
        "deletable": False,
        "editable": False,
        "jupyter": {"source_hidden": True},
        "tags": ["demonstration"],
    }
    assert "autograder" not in cell.source and "HIDDEN TESTS" not in cell.source


def test_the_same_sources_give_the_same_cell(tmp_path):
    """Byte for byte, so that a release can be rebuilt."""
    assignment = make_course(tmp_path).assignment("toy")
    assert progress_cell(load_trusted(assignment)) == progress_cell(load_trusted(assignment))


@pytest.mark.parametrize(
    ("points", "line"),
    [
        pytest.param(1.0, "# Check test_x · 1 point", id="one"),
        pytest.param(2.0, "# Check test_x · 2 points", id="more"),
        pytest.param(0.5, "# Check test_x · 0.5 points", id="half"),
    ],
)
def test_a_check_is_titled_with_its_points(points, line):
    """So that a student finds the cell that the last one speaks of."""
    assert first_line("test_x", points) == line
