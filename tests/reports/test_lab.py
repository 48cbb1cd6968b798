"""JupyterLab and formgrader open on the course, show a graded class, and take marks by hand."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
from types import SimpleNamespace

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograder.cli.main import main
from autograder.course.folders import Course, find_course
from autograder.gradebook.marks import read_marks
from autograder.reports import formgrader
from autograder.reports.lab import lab_command, lab_environment
from tests.grading.test_outputs import png
from tests.processes import LONG, descendants, names, soon
from tests.small_class import answer, batch, class_of, copy_course, hand_in, run
from tests.toy_course import ROOT, make_course

PICTURE = png()
EVIL = "<script>window.harmed = 1</script><img src=x onerror='window.harmed = 1'>"
# What a kernel of stock `nbgrader autograde` leaves in a notebook is what the student wanted.
OUTPUTS = [
    new_output("display_data", {"text/html": EVIL, "text/plain": "a table"}),
    new_output("display_data", {"application/javascript": "window.harmed = 1"}),
    new_output("display_data", {"image/svg+xml": "<svg onload='window.harmed = 1'/>"}),
    new_output("display_data", {"text/markdown": EVIL, "text/latex": EVIL}),
    new_output(
        "display_data",
        {"image/png": PICTURE},
        metadata={"image/png": {"width": "1 onload=window.harmed=1"}},
    ),
    new_output("stream", text=EVIL),
    new_output("error", ename="E", evalue=EVIL, traceback=[EVIL]),
]


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def test_make_lab_is_the_command_that_is_tested_here():
    """The target's recipe is `autograder lab` and nothing besides."""
    made = run(["make", "-n", "--no-print-directory", "lab"])
    assert made.splitlines()[-1] == ".venv/bin/autograder lab"


def test_the_server_listens_on_this_machine_alone_and_serves_the_course(tmp_path):
    """The command names 127.0.0.1, the port and the course, and holds no password."""
    command = lab_command(Course(tmp_path), 8123)
    assert "--ServerApp.ip=127.0.0.1" in command
    assert "--ServerApp.port=8123" in command
    assert f"--ServerApp.root_dir={tmp_path}" in command
    assert not any("token" in word or "password" in word for word in command)


def test_everything_that_jupyter_writes_is_in_the_course(tmp_path, monkeypatch):
    """Settings, data, run files and histories go to _build/jupyter, whatever was set before."""
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", "/somewhere/else")
    course = make_course(tmp_path)
    found = lab_environment(course)
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        assert found[name].startswith(f"{tmp_path}/_build/jupyter/")
    written = json.loads((tmp_path / "_build/jupyter/config/nbgrader_config.json").read_text())
    assert written["CourseDirectory"]["course_id"] == "convnets"
    assert os.path.isdir(written["Exchange"]["root"])
    lab_environment(course)  # a second start is no different


def test_a_port_in_use_is_said_in_a_sentence(tmp_path):
    """The command ends with a remedy before it starts anything."""
    make_course(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = CliRunner().invoke(main, ["--course", str(tmp_path), "lab", "--port", port])
    assert said.exit_code == 1
    assert f"port {port} cannot be used" in said.output and "--port 8889" in said.output
    assert not (tmp_path / "_build").exists()


def test_a_course_whose_settings_do_not_run_is_said_in_a_sentence(tmp_path):
    """nbgrader_config.py is named, with what went wrong."""
    make_course(tmp_path)
    (tmp_path / "nbgrader_config.py").write_text("c = 1 / 0")
    port = str(free_port())
    said = CliRunner().invoke(main, ["--course", str(tmp_path), "lab", "--port", port])
    assert said.exit_code == 1
    assert "nbgrader_config.py, line 1: ZeroDivisionError" in said.output.replace("\n", "")


def test_what_formgrader_shows_of_a_notebook_is_text_and_pictures():
    """Every other form of an output goes, and with it widgets and the sizes of pictures."""
    nb = new_notebook(metadata={"widgets": {}}, cells=[new_code_cell("1", outputs=OUTPUTS)])
    shown, _ = formgrader.OnlyWhatShows().preprocess(nb, {})
    kinds = {kind for output in shown.cells[0].outputs for kind in output.get("data", {})}
    assert kinds == {"text/plain", "image/png"}
    assert all(not output.get("metadata") for output in shown.cells[0].outputs)
    assert "widgets" not in shown.metadata


def test_formgraders_markdown_draws_formulas_and_runs_nothing():
    """A formula becomes MathML and a tag becomes text."""
    made = formgrader.markdown({}, f"# Title\n\n$x^2$ {EVIL}")
    assert "<math" in made and "<h2>Title</h2>" in made
    assert "<script" not in made and "<img" not in made


@pytest.fixture(scope="module")
def course(clean_course, tmp_path_factory):
    """A course with a graded class of the toy assignment; the real five are there to be listed."""
    made = copy_course(clean_course, tmp_path_factory.mktemp("lab"))
    real = find_course(ROOT)
    for name in real.names:
        shutil.copytree(real.release / name, made.source / name)
    work = class_of(made, 2)
    work["evil"] = answer(made, {"written_why": f"$x^2$ {EVIL}"})
    hand_in(made, work)
    run(batch(made, "grade", "toy"))
    return made


@pytest.fixture(scope="module")
def lab(course, tmp_path_factory):
    """`autograder lab` on it, in a home that cannot be written to; its address and token."""
    home = tmp_path_factory.mktemp("home")
    home.chmod(0o500)
    environment = os.environ | {"HOME": str(home)}
    port = free_port()
    log = home.parent / "lab.log"
    with log.open("w") as said:
        server = subprocess.Popen(
            batch(course, "lab", "--port", port), env=environment, stdout=said, stderr=said
        )
    try:
        assert soon(lambda: "token=" in log.read_text() or server.poll() is not None, every=0.1)
        token = re.search(rf"http://127\.0\.0\.1:{port}/lab\?token=(\w+)", log.read_text())
        assert token, log.read_text()
        yield SimpleNamespace(
            address=f"http://127.0.0.1:{port}", token=token[1], home=home, log=log, server=server
        )
    finally:
        started = descendants(server.pid)
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(LONG)
        except subprocess.TimeoutExpired:
            server.kill()
            raise
        assert not started & descendants(), names(started)
    with socket.create_server(("127.0.0.1", port)):  # it can be had again
        pass
    assert list(home.iterdir()) == []
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture
def formgrader_page(lab, browser):
    """Opens a page of formgrader; at the end nothing may have gone wrong on it."""
    from tests.browser import opened

    with opened(browser, f"{lab.address}/formgrader?token={lab.token}") as (page, faults):

        def go(path: str):
            page.goto(f"{lab.address}/formgrader/{path}", wait_until="networkidle")
            return page

        yield go
        assert page.evaluate("window.harmed") is None
        assert faults == []


def grading_view(course: Course, go, student: str):
    """The page on which a person grades the student's notebook."""
    from autograder.course.configuration import load_config
    from autograder.gradebook.nbgrader_adapter import open_gradebook

    with open_gradebook(load_config(course)) as gradebook:
        found = gradebook.find_submission_notebook("toy", "toy", student).id
    page = go(f"submissions/{found}/")
    page.locator("#written_why").wait_for()
    return page


def mark_of(course: Course, student: str):
    """What the gradebook holds for the student."""
    return next(mark for mark in read_marks(course.assignment("toy")) if mark.student == student)


@pytest.mark.slow
@pytest.mark.browser
def test_formgrader_lists_all_assignments_and_the_graded_class(course, formgrader_page):
    """The first page names what can be released, the second has everybody's points."""
    page = formgrader_page("manage_assignments")
    page.get_by_role("link", name="toy").wait_for()
    for name in find_course(ROOT).names:
        assert page.get_by_text(name, exact=True).count() == 1, name
    page = formgrader_page("manage_submissions/toy")
    for mark in read_marks(course.assignment("toy")):
        row = page.get_by_role("row", name=mark.student)
        assert row.get_by_text(f"{mark.score:g} / 10").count() == 1
        assert row.get_by_text("needs manual grading").count() == bool(mark.ungraded)


@pytest.mark.slow
@pytest.mark.browser
def test_formgraders_generate_gives_what_the_release_gave(course, formgrader_page):
    """The button writes the students' notebook byte for byte as `autograder release` did."""
    released = course.assignment("toy").release
    before, made_at = released.read_bytes(), released.stat().st_mtime_ns
    page = formgrader_page("manage_assignments")
    page.get_by_role("row", name="toy").locator(".assign a").click()
    page.get_by_text("Successfully created").wait_for()
    assert released.stat().st_mtime_ns > made_at
    assert released.read_bytes() == before


@pytest.mark.slow
@pytest.mark.browser
def test_points_and_a_comment_by_hand_outlast_every_grading(course, formgrader_page):
    """They are in the gradebook at once, and still after grading anew while the page is open."""
    assert mark_of(course, "00_good").ungraded == ("written_why",)
    page = grading_view(course, formgrader_page, "00_good")
    with page.expect_response(lambda answer: "/api/grade/" in answer.url):
        page.locator("#written_why").fill("3.5")
        page.locator("#written_why").press("Tab")
    with page.expect_response(lambda answer: "/api/comment/" in answer.url):
        page.locator("#written_why-comment").fill("Say why, »Ümläut« 卷积")
        page.locator("#written_why-comment").press("Tab")
    page.reload(wait_until="networkidle")
    page.locator("#written_why").wait_for()
    assert page.locator("#written_why").input_value() == "3.5"
    assert page.locator("#written_why-comment").input_value() == "Say why, »Ümläut« 卷积"
    graded = mark_of(course, "00_good")
    assert (graded.score, graded.manual, graded.ungraded) == (9.5, 3.5, ())
    assert ("written_why", "Say why, »Ümläut« 卷积") in graded.comments
    for again in ("grade", "regrade"):
        run(batch(course, again, "toy"))
        now = mark_of(course, "00_good")
        assert (now.score, now.manual, now.comments) == (9.5, 3.5, graded.comments), again
    page.reload(wait_until="networkidle")
    assert page.locator("#written_why").input_value() == "3.5"


@pytest.mark.slow
@pytest.mark.browser
def test_no_script_of_a_students_runs_where_a_person_grades(course, formgrader_page):
    """Neither in a written answer nor in what stock autograde left; formulas are drawn."""
    path = course.grading / "autograded" / "evil" / "toy" / "toy.ipynb"
    nb = nbformat.read(path, as_version=4)
    next(cell for cell in nb.cells if cell.cell_type == "code").outputs = OUTPUTS
    nbformat.write(nb, path)
    page = grading_view(course, formgrader_page, "evil")
    page.wait_for_timeout(500)
    assert page.evaluate("window.harmed") is None
    assert page.locator("math").count() >= 1
    assert page.get_by_text("a table").count() == 1


@pytest.mark.slow
@pytest.mark.browser
def test_jupyterlab_opens_with_nbgraders_menu_and_formgrader_in_a_tab(lab, browser):
    """No other machine is asked, no message is in the way, and the console has no error."""
    from tests.browser import opened

    with opened(browser, f"{lab.address}/lab?token={lab.token}") as (page, faults):
        page.get_by_role("menuitem", name="Nbgrader").click()
        for entry in ("Assignment List", "Course List", "Formgrader", "Create assignment"):
            assert page.get_by_role("menuitem", name=entry).count() == 1, entry
        page.get_by_role("menuitem", name="Formgrader").click()
        inside = page.frame_locator("iframe")
        inside.get_by_role("link", name="toy").wait_for()
        assert page.get_by_text("Jupyter news").count() == 0
        assert faults == []
