"""What the page "Do the assignments" tells students to do works, as it is written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.authoring.progress import CELL_ID
from autograder.course.cells import describe
from autograder.course.folders import find_course
from autograder.course.notebook_source import read_source
from tests.edits import edit_bytes
from tests.fairness.edits import source_of
from tests.processes import LONG
from tests.small_class import GOOD, answer
from tests.submissions import mistakes

pytestmark = pytest.mark.slow

COURSE = find_course()
NAME = "naive_convolution"
PAGE = COURSE.root / "book" / "assignments.md"
BUILT = COURSE.root / "_build" / "html"
BIN = Path(sys.executable).parent
COMMANDS = [
    line
    for block in re.findall(r"```bash\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    for line in block.splitlines()
]
# One process for several of nbgrader's commands, which take seconds to start.
NBGRADER = """
import shlex, sys
from nbgrader.apps.nbgraderapp import NbGraderApp
for line in sys.argv[1:]:
    print("$", line, flush=True)
    NbGraderApp.clear_instance()
    try:
        NbGraderApp.launch_instance(shlex.split(line)[1:])
    except SystemExit as end:
        assert not end.code, line
"""


def half_done(nb):
    """The notebook with a right function, one that ignores the stride, and nothing else."""
    solved = {cell.id: cell.source for cell in read_source(COURSE.assignment(NAME)).cells}
    answers = {
        "conv_output_size": solved["conv_output_size"],
        "conv2d_forward": source_of(mistakes.stride_ignored__conv2d_forward, "conv2d_forward"),
    }
    for cell in nb.cells:
        cell.source = answers.get(cell.id, cell.source)
    return nb


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    """A student's folder with the half-done notebook, downloaded where the page's link leads."""
    folder = tmp_path_factory.mktemp("student")
    page = BUILT / PAGE.with_suffix(".html").name
    if page.is_file():
        link = re.search(rf'href="(\S+)"[^>]*>{NAME}<', page.read_text(encoding="utf-8"))
        got = page.parent / link[1]
    else:
        got = COURSE.assignment(NAME).release
    nb = nbformat.read(got, as_version=4)
    nbformat.write(half_done(nb), folder / f"{NAME}.ipynb")
    return folder


@pytest.fixture(scope="module")
def run_all(student):
    """That notebook after "Restart Kernel and Run All Cells"."""
    nb = nbformat.read(student / f"{NAME}.ipynb", as_version=4)
    # Not told to allow errors: the notebook itself says where to go on.
    patience = {"timeout": int(LONG), "startup_timeout": int(LONG)}
    client = NotebookClient(nb, **patience, resources={"metadata": {"path": str(student)}})
    client.execute(env={**os.environ, "JPY_SESSION_NAME": str(student / f"{NAME}.ipynb")})
    return nb


def said(nb):
    """What the last cell says."""
    assert nb.cells[-1].id == CELL_ID
    return "".join(output.text for output in nb.cells[-1].outputs)


def failed(nb):
    """The test cells that ended with an error."""
    tests = describe(nb).tests
    errors = {
        cell.id
        for cell in nb.cells
        if any(output.output_type == "error" for output in cell.get("outputs", ()))
    }
    return [test for test in tests if test in errors]


def test_run_all_comes_to_the_last_cell_though_checks_fail(run_all):
    """It says the points of what is right, half right and untouched."""
    text = said(run_all)
    assert "conv_output_size: 6 of 6 points" in text
    assert "conv2d_forward: 9 of 12 points" in text
    assert "  - test_conv2d_forward_stride: stride 2: window (i, j) starts at" in text
    assert re.search(r"conv2d_backward: 0 of 12.*\n  - all checks: not written yet", text)
    assert "You have 15 of 40 points of the checks that you can see." in text
    assert re.search(r"\d+ further checks run at grading", text)


def test_what_it_says_is_what_the_cells_show(run_all):
    """Every check that failed above is lost, and no other."""
    tests = describe(run_all).tests
    lost = sum(tests[test] for test in failed(run_all))
    assert f"You have {40 - lost:g} of 40 points" in said(run_all)


def nbgrader(*lines, place, **env):
    """Run command lines of the page in a folder; what they said."""
    ran = subprocess.run(
        [sys.executable, "-c", NBGRADER, *lines],
        cwd=place,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **env},
        capture_output=True,
        text=True,
        timeout=LONG,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


def test_validate_tells_what_the_page_says_and_exits_with_0(toy_course, tmp_path):
    """Of what fails, an answer in words that is missing; of success; of a changed check."""
    right = answer(toy_course, GOOD)
    work = {
        "right": right,
        "half": answer(toy_course, {"double": GOOD["double"]}),
        "changed": edit_bytes(right, ("double([1, 2]) is", "double is")),
    }
    for name, notebook in work.items():
        (tmp_path / f"{name}.ipynb").write_bytes(notebook)
    (line,) = [line for line in COMMANDS if line.startswith("nbgrader validate")]
    text = nbgrader(*(line.replace(NAME, name) for name in work), place=tmp_path)
    right, half, changed = text.split("$ nbgrader validate")[1:]
    assert "Success! Your notebook passes all the tests." in right
    assert "VALIDATION FAILED ON 2 CELL(S)!" in half and "did not provide a response" in half
    assert "THE CONTENTS OF 1 TEST CELL(S) HAVE CHANGED!" in changed


def test_the_exchange_gives_the_notebook_and_takes_it_back(tmp_path):
    """List, fetch and submit, as on a JupyterHub, in the order of the page."""
    exchange, course, desk = (tmp_path / name for name in ("exchange", "course", "student"))
    for folder in (exchange, desk, course / "assignments"):
        folder.mkdir(parents=True)
    exchange.chmod(0o777)
    shutil.copytree(COURSE.assignment(NAME).release.parent, course / "assignments" / NAME)
    (tmp_path / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.Exchange.root = {str(exchange)!r}\n"
        "c.CourseDirectory.course_id = 'convnets'\n"
        "c.CourseDirectory.release_directory = 'assignments'\n"
    )
    env = {"JUPYTER_CONFIG_DIR": str(tmp_path)}
    release = f"nbgrader release_assignment {NAME} --CourseDirectory.root={course}"
    lines = [line for line in COMMANDS if "--course convnets" in line and "feedback" not in line]
    text = nbgrader(release, *lines, place=desk, **env)
    assert [line.split()[1] for line in lines] == ["list", "fetch_assignment", "submit"]
    assert f"Submitted as: convnets {NAME}" in text
    (submitted,) = (exchange / "convnets" / "inbound").glob(f"*/{NAME}.ipynb")
    assert submitted.read_bytes() == COURSE.assignment(NAME).release.read_bytes()


def test_every_command_of_the_page_is_known_here():
    """What is not run above: an installation, JupyterLab, and feedback that is there later."""
    assert [
        "pip install jupyterlab matplotlib numpy torch",
        f"jupyter lab {NAME}.ipynb",
        "nbgrader list --course convnets",
        f"nbgrader fetch_assignment {NAME} --course convnets",
        f"nbgrader validate {NAME}.ipynb",
        f"nbgrader submit {NAME} --course convnets",
        f"nbgrader fetch_feedback {NAME} --course convnets",
    ] == COMMANDS


def test_the_page_has_all_assignments_with_their_points():
    """A row for each, with its notebook."""
    text = PAGE.read_text(encoding="utf-8")
    for name in COURSE.names:
        cells = describe(nbformat.read(COURSE.assignment(name).release, as_version=4))
        points = f"{cells.max_score:g} + {sum(cells.answers.values()):g}"
        link = re.escape(f"{{launch}}`assignments/{name}/{name}.ipynb`")
        assert re.search(rf"\| `{name}` \|[^|]+\| {re.escape(points)} \| {link} \|", text), name
