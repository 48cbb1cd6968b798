"""Every page's notebook and every assignment, in environments like those of Binder and Colab.

The environments are made by `make test-elsewhere`, which fetches gigabytes. Nothing here reaches
another host: what a page clones on Colab comes from a clone of this repository.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

from autograder.authoring.building import build_without_progress
from autograder.course.folders import Course
from tests.processes import LONG

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "book" / "_ext"))  # a folder of Sphinx's extensions, no package
from notebooks import fetching_cell  # noqa: E402

BINDER, COLAB = (ROOT / "_build" / name for name in ("binder", "colab"))
PAGES = [page for page in sorted((ROOT / "book").glob("*.md")) if "{code-cell}" in page.read_text()]
ASSIGNMENTS = sorted((ROOT / "assignments").glob("*/*.ipynb"))
RUN = """\
import sys, nbformat
from nbclient import NotebookClient
nb = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(nb, timeout=-1, resources={"metadata": {"path": sys.argv[2]}}).execute()
for cell in nb.cells:
    for output in cell.get("outputs", []):
        print(output.get("text", ""))
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all((place / ".ready").is_file() for place in (BINDER, COLAB)),
        reason="no such environments here: make test-elsewhere",
    ),
]


def run(environment, notebook, folder):
    """Run a notebook in another environment, as Jupyter does there; what its cells printed."""
    python = environment / "bin" / "python"
    command = [python, "-c", RUN, notebook, folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20 * LONG)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def notebook_of(page):
    """The page as Jupytext and the download button make a notebook of it."""
    nb = jupytext.read(page)
    nb.metadata.kernelspec = {"name": "python3", "display_name": "Python", "language": "python"}
    return nb


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The repository with its last commit, as a service clones it."""
    clone = tmp_path_factory.mktemp("published") / "course"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    subprocess.run(["git", "checkout", "--quiet", "-B", "main"], cwd=clone, check=True)
    return clone


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_runs_on_binder(page, tmp_path):
    """In the checkout that repo2docker built and `binder/postBuild` completed."""
    nbformat.write(notebook_of(page), tmp_path / "page.ipynb")
    run(BINDER, tmp_path / "page.ipynb", BINDER / "course" / "book")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_runs_on_colab(page, published, tmp_path):
    """Alone in an empty folder, with Colab's versions: its first cell says what it fetches."""
    nb = notebook_of(page)
    sources = [cell.source for cell in nb.cells if cell.cell_type == "code"]
    needs = re.search(r"notebooks_need: \[(.*)\]", (ROOT / "_config.yml").read_text())[1]
    fetch = fetching_cell(sources, ROOT / "book", needs.split(", "), published.as_uri(), "main")
    if fetch:
        nb.cells.insert(0, nbformat.v4.new_code_cell(fetch))
    nbformat.write(nb, tmp_path / "page.ipynb")
    run(COLAB, tmp_path / "page.ipynb", tmp_path)


@pytest.mark.parametrize("environment", [BINDER, COLAB], ids=lambda environment: environment.name)
@pytest.mark.parametrize("path", ASSIGNMENTS, ids=lambda path: path.stem)
def test_a_solved_assignment_earns_its_points(path, environment, tmp_path):
    """The solution runs alone in an empty folder, and its last cell counts full marks."""
    written = build_without_progress(Course(ROOT).assignment(path.stem))
    solved = {cell.id: cell.source for cell in written.cells}
    nb = nbformat.read(path, as_version=4)
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = solved[cell.id]
    nbformat.write(nb, tmp_path / path.name)
    printed = run(environment, tmp_path / path.name, tmp_path)
    earned = re.findall(r"(\S+) of (\S+) points", printed)
    assert earned and all(got == most for got, most in earned)


@pytest.mark.parametrize("environment", [BINDER, COLAB], ids=lambda environment: environment.name)
@pytest.mark.parametrize("path", ASSIGNMENTS, ids=lambda path: path.stem)
def test_an_assignment_as_released_finds_all_it_needs(path, environment, tmp_path):
    """Its first cell misses nothing there, and the last says where a student stands."""
    (tmp_path / path.name).write_bytes(path.read_bytes())
    printed = run(environment, tmp_path / path.name, tmp_path)
    assert "further checks run at grading" in printed
