"""The assignments in a student's browser: what JupyterLite is built from, and a student's way.

The student's way needs the site with its own Pyodide: make lite VENDORED=1.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from contextlib import closing
from pathlib import Path

import nbformat
import pytest

from autograder.course.folders import Course
from autograder.course.limits import load_limits
from autograder.course.records import Task
from autograder.course.submissions import Submission
from autograder.grading import worker_state
from autograder.grading.grade import grade_submission
from book.lite import pyodide
from book.lite.parts import PartError
from book.lite.site import ASSIGNMENTS, stage
from tests.browser import EXECUTABLE, OFFLINE, PATIENCE, QuietHandler, opened, served

ROOT = Path(__file__).parents[2]
COURSE = Course(ROOT)
ASSIGNMENT = COURSE.assignment("naive_convolution")
SITE = ROOT / "_build" / "lite" / "site"
SIZE = """\
def conv_output_size(size, kernel, *, stride=1, pad=0):
    room = size - kernel + 2 * pad
    if stride < 1 or kernel < 1 or pad < 0 or room < 0 or room % stride:
        raise ValueError(f"{size}, {kernel}, {stride} and {pad} do not fit")
    return room // stride + 1
"""


def core(path, packages):
    """An archive like npm's, with this list of packages."""
    with tarfile.open(path, "w:gz") as archive:
        for name in (*pyodide.CORE, pyodide.LOCK):
            data = json.dumps({"packages": packages}).encode() if name == pyodide.LOCK else b"core"
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def carrier(path, wheels):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in wheels.items():
            archive.writestr(f"carrier/assets/{name}", data)
    return path


@pytest.fixture
def parts(tmp_path):
    """A list of packages, and the wheels that belong to it; numpy needs prompt-toolkit."""
    names = (*pyodide.PACKAGES, "prompt_toolkit", "scipy")
    wheels = {f"{name}-1.whl": name.encode() for name in names}
    packages = {
        name: {
            "file_name": f"{name}-1.whl",
            "sha256": hashlib.sha256(name.encode()).hexdigest(),
            "depends": {"numpy": ["prompt-toolkit"], "ssl": ["openssl"]}.get(name, []),
        }
        for name in names
    }
    return core(tmp_path / "core.tgz", packages), wheels


def test_pyodide_is_its_core_and_what_the_notebooks_need(parts, tmp_path):
    """Nothing else is listed, so that a package that is not there fails at once."""
    archive, wheels = parts
    target = tmp_path / "pyodide"
    names = pyodide.assemble(archive, carrier(tmp_path / "carrier.whl", wheels), target)
    assert names == sorted((*pyodide.PACKAGES, "prompt_toolkit"))
    lock = json.loads((target / pyodide.LOCK).read_text())["packages"]
    assert sorted(lock) == names
    assert {path.name for path in target.iterdir()} == {
        *pyodide.CORE, pyodide.LOCK, *(package["file_name"] for package in lock.values())
    }  # fmt: skip
    assert lock["ssl"]["depends"] == []


@pytest.mark.parametrize("change", [{"numpy-1.whl": b"another"}, {"numpy-1.whl": None}])
def test_a_package_that_is_not_pyodides_own_is_refused(parts, tmp_path, change):
    """Another content under the right name, and none at all."""
    archive, wheels = parts
    wheels = {name: data for name, data in (wheels | change).items() if data is not None}
    with pytest.raises(PartError, match=r"numpy-1\.whl"):
        pyodide.assemble(archive, carrier(tmp_path / "carrier.whl", wheels), tmp_path / "pyodide")


def test_every_part_has_a_version_and_a_hash():
    """pip refuses what differs from it."""
    files = sorted((ROOT / "book" / "lite").glob("*.txt"))
    lines = [line for file in files for line in file.read_text().splitlines()]
    parts = [line for line in lines if line and not line.startswith("#")]
    assert len(parts) >= 6
    assert all("==" in part and " --hash=sha256:" in part for part in parts)


def test_the_notebooks_are_the_released_ones_for_the_browsers_kernel(tmp_path):
    """Every cell is as in the release; only the kernel has the name that JupyterLite knows."""
    stage(ROOT / "assignments", tmp_path)
    for name in ASSIGNMENTS:
        staged = nbformat.read(tmp_path / "contents" / f"{name}.ipynb", as_version=4)
        released = nbformat.read(ROOT / "assignments" / name / f"{name}.ipynb", as_version=4)
        assert staged.cells == released.cells
        chinese = nbformat.read(tmp_path / "contents" / "zh_CN" / f"{name}.ipynb", as_version=4)
        assert "你" in chinese.cells[0].source
        assert staged.metadata.kernelspec.name == "python"


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_no_notebook_for_the_browser_imports_more_than_it_has(name):
    """PyTorch appears in the last comparison alone, which says so where it is missing."""
    nb = nbformat.read(ROOT / "assignments" / name / f"{name}.ipynb", as_version=4)
    (source,) = [
        cell.source
        for cell in nb.cells
        if cell.cell_type == "code" and "import torch" in cell.source
    ]
    assert "not installed" in source


vendored = pytest.mark.skipif(
    not (SITE / "static" / "pyodide").is_dir(), reason="not built: make lite VENDORED=1"
)


@vendored
@pytest.mark.slow
@pytest.mark.browser
def test_a_second_visit_loads_no_file_of_python_again(browser, tmp_path):
    """The browser keeps Pyodide and its packages, and only asks whether they are the same."""
    sent: list[str] = []

    class Handler(QuietHandler):
        """Notes which of Pyodide's files go over the line."""

        def send_response(self, code, message=None):
            if code == 200 and "/pyodide/" in self.path:
                sent.append(self.path)
            super().send_response(code, message)

    def visit(page):
        """Open the notebook, run its first code cell, and return what was sent for that."""
        sent.clear()
        page.goto(f"{address}/lab/index.html?path=naive_convolution.ipynb")
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
        cell = page.locator(".jp-CodeCell").first
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        cell.get_by_text("[1]:").wait_for()
        return list(sent)

    # A context of its own has no cache on the disk, and no room for the large files.
    reader = browser.browser_type.launch_persistent_context(
        tmp_path, executable_path=EXECUTABLE, args=OFFLINE
    )
    reader.set_default_timeout(PATIENCE)
    with served(SITE, Handler) as address, closing(reader):
        first = visit(reader.new_page())
        assert any(path.endswith(".whl") for path in first)
        assert visit(reader.new_page()) == []


@vendored
@pytest.mark.slow
@pytest.mark.browser
def test_a_student_with_a_browser_alone_does_an_assignment(browser, tmp_path):
    """Without a network: open it, answer a function, run all, see a figure, download it."""
    with (
        served(SITE) as address,
        opened(browser, f"{address}/lab/index.html?path=naive_convolution.ipynb") as (page, faults),
    ):
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
        stub = page.locator(".jp-CodeCell", has_text="def conv_output_size").first
        stub.locator(".cm-content").click()
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(SIZE)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        # As on Colab, the first check of what is not written yet ends the run.
        outputs = page.locator(".jp-OutputArea-output")
        outputs.get_by_text("NotImplementedError").first.wait_for()
        assert outputs.locator("img").count() >= 1
        last = page.locator(".jp-CodeCell").last
        last.locator(".jp-Placeholder-content").click()  # the code is folded away
        page.keyboard.press("Control+Enter")
        place = last.locator(".jp-OutputArea-output")
        place.get_by_text("further checks run at grading").wait_for()
        assert "conv_output_size: 6 of 6 points" in place.inner_text()
        page.get_by_role("menuitem", name="File", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("menuitem", name="Download", exact=True).click()
        path = tmp_path / "naive_convolution.ipynb"
        download.value.save_as(path)
        assert [fault for fault in faults if fault.startswith("outside")] == []
    submission = Submission("ann", tmp_path, path)
    task = Task(ASSIGNMENT, submission, 1, load_limits(COURSE), "isolated")
    result = grade_submission(task).result
    worker_state.start_over()
    assert (result.verdict, result.score, result.flags) == ("graded", 6.0, ())
