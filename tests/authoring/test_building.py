"""The source of an assignment is read strictly and built the same every time."""

import subprocess
import sys

import nbformat
import pytest

from autograder.authoring.building import build_notebook, notebook_bytes
from autograder.checks.loading import load_trusted
from autograder.course.cells import DEMONSTRATION, describe
from autograder.course.folders import find_course
from autograder.course.notebook_source import read_source
from autograder.sandbox.file_view import fonts
from tests.edits import edit
from tests.processes import LONG
from tests.toy_course import NOTEBOOK, make_course

COURSE = find_course()
TAGGED = edit(NOTEBOOK, ("# %%\nprint(", '# %% tags=["demonstration"]\nprint('))


def toy(folder, **texts):
    return make_course(folder, **texts).assignment("toy")


def demonstrations(nb):
    """The sources of the tagged cells."""
    return [cell.source for cell in nb.cells if DEMONSTRATION in cell.metadata.get("tags", [])]


def test_building_twice_gives_the_same_bytes(tmp_path):
    """Cell ids come from grade_ids, so nothing changes by itself."""
    assignment = toy(tmp_path)
    first = notebook_bytes(build_notebook(assignment))
    assert first == notebook_bytes(build_notebook(assignment))
    assert '"id": "test_double_values"' in first
    assert "jupytext" not in first


def test_cells_are_described_by_their_metadata(tmp_path):
    """Functions, tests with points and written answers, in the notebook's order."""
    cells = describe(read_source(toy(tmp_path)))
    assert cells.functions == ("double", "double_sum")
    assert cells.tests == {
        "test_double_values": 2.0,
        "test_double_refusal": 1.0,
        "test_double_sum": 3.0,
    }
    assert cells.answers == {"written_why": 4.0}
    assert cells.max_score == 6.0


def test_every_test_cell_gets_its_two_hidden_lines(tmp_path):
    """`isolate` stands below the cell's title and `check` last, each with the cell's own name."""
    for cell in build_notebook(toy(tmp_path)).cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            lines = cell.source.splitlines()
            name = cell.metadata.nbgrader.grade_id
            assert lines[0].startswith(f"# Check {name} · ")
            assert f"autograder.checks.nbgrader_hooks.isolate('toy', '{name}'" in lines[2]
            assert f"autograder.checks.nbgrader_hooks.check('toy', '{name}'" in lines[-2]


def test_the_tag_of_a_demonstration_is_kept_and_no_other_cell_has_it(tmp_path):
    """What is built says which cells only show something."""
    built = build_notebook(toy(tmp_path, notebook=TAGGED))
    assert demonstrations(built)[:-1] == ['print("twice:", double(np.ones(2)))']
    assert demonstrations(built)[-1] == built.cells[-1].source  # which shows progress


def test_run_all_goes_on_below_whatever_needs_a_student(tmp_path):
    """Checks and uses of a function may fail; what is given and what is asked for must not."""
    built = build_notebook(toy(tmp_path, notebook=TAGGED))
    stops = [
        cell.id for cell in built.cells if "raises-exception" not in cell.metadata.get("tags", ())
    ]
    assert stops == ["cell-000", "setup", "double", "double_sum", "written_why", "progress"]


def test_checks_are_folded_and_nothing_else_is(tmp_path):
    """A student sees a check's name and points, and its code on demand; stubs are always open."""
    built = build_notebook(toy(tmp_path, notebook=TAGGED))
    folded = [
        cell.id for cell in built.cells if cell.metadata.get("jupyter", {}).get("source_hidden")
    ]
    tests = [cell.id for cell in built.cells if cell.source.startswith("# Check ")]
    assert folded == [*tests, "progress"]
    assert tests


@pytest.mark.parametrize("name", COURSE.names)
def test_what_students_get_says_what_is_a_demonstration(name):
    """nbgrader keeps the tags when it makes the release."""
    assignment = COURSE.assignment(name)
    released = nbformat.read(assignment.release, as_version=4)
    assert demonstrations(released)[:-1] == demonstrations(read_source(assignment)) != []


@pytest.mark.slow
@pytest.mark.parametrize("name", COURSE.names)
def test_no_solved_notebook_needs_its_demonstrations(name, tmp_path):
    """Every other cell runs without them, so a batch may leave them out."""
    nb = read_source(COURSE.assignment(name))
    shown = demonstrations(nb)
    code = [cell.source for cell in nb.cells if cell.cell_type == "code"]
    needed = [source for source in code if source not in shown]
    assert len(needed) < len(code)
    script = tmp_path / "kept.py"
    script.write_text("\n\n".join(needed), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-I", str(script)],
        cwd=tmp_path,
        env={"MPLBACKEND": "Agg", "MPLCONFIGDIR": fonts(), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=LONG,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]


def test_the_reference_is_the_solved_notebook(tmp_path):
    """Its functions run, and neither its tests nor its demonstrations were."""
    trusted = load_trusted(toy(tmp_path, notebook=NOTEBOOK + "\n# %%\nraise SystemExit\n"))
    import numpy as np

    assert trusted.reference.double_sum(np.ones(3)) == 6.0
