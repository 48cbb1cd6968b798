"""A course that is not ours is released, graded, reported, fed back and exported.

It lies in a folder elsewhere: plain Python, NumPy, scikit-learn, and words alone. pandas would do
as well as the third; nothing here depends on it, so it is not installed.
"""

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from autograder.checks.loading import libraries_of
from autograder.cli.main import main
from autograder.course.folders import Course
from autograder.course.notebook_source import read_source

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("shared_worker")]

SOURCE = Path(__file__).parent / "foreign_course"
POINTS = {"words": 4.0, "smoothing": 4.0, "lines": 3.0, "essay": 0.0}  # by machine


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The course in its folder, released, with a student who is right and one who wrote nothing."""
    root = tmp_path_factory.mktemp("elsewhere") / "programming"
    shutil.copytree(SOURCE, root, ignore=shutil.ignore_patterns("__pycache__"))
    made = Course(root)
    run(made, "release")
    for name in made.names:
        assignment = made.assignment(name)
        released = nbformat.read(assignment.release, as_version=4)
        solved = {cell.id: cell.source for cell in read_source(assignment).cells}
        for student in ("right", "untouched"):
            for cell in released.cells:
                if student == "right" and cell.metadata.get("nbgrader", {}).get("solution"):
                    cell.source = solved[cell.id]
            place = made.grading / "submitted" / student / name
            place.mkdir(parents=True)
            nbformat.write(released, place / f"{name}.ipynb")
            released = nbformat.read(assignment.release, as_version=4)
    return made


def run(course, *arguments):
    """Run a command on the course; what it said."""
    result = CliRunner(env={"COLUMNS": "200"}).invoke(
        main, ["--course", str(course.root), *map(str, arguments)]
    )
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("name", POINTS)
def test_an_assignment_goes_its_whole_way(course, name):
    """Full marks for right work in the jail, none for none, and every page and file is there."""
    run(course, "grade", name, "--workers", "1")
    results = json.loads((course.results / f"{name}.json").read_text())["submissions"]
    scores = {one["student"]: (one["verdict"], one["score"], one["flags"]) for one in results}
    assert scores == {
        "right": ("graded", POINTS[name], []),
        "untouched": ("graded", 0.0, []),
    }, results
    assert "2 students: 2 graded" in run(course, "report", name)
    run(course, "feedback", name)
    for student in scores:
        page = course.grading / "feedback" / student / name / f"{name}.html"
        assert student in page.read_text() or page.stat().st_size
    exported = course.root / f"{name}.csv"
    run(course, "export", name, "--format", "csv", "--allow-ungraded", "--out", exported)
    text = exported.read_text()
    assert "right" in text and "untouched" in text


def test_the_files_of_an_assignment_reach_students(course):
    """Beside the notebook."""
    assert (course.release / "words" / "text.txt").read_text().startswith("the cat")


def test_a_jail_imports_what_the_assignment_does(course):
    """No PyTorch for plain Python; what takes long once, and not for each submission."""
    modules = {name: libraries_of(course.assignment(name)).modules for name in POINTS}
    assert not any(name.startswith("torch") for names in modules.values() for name in names)
    assert (
        "sklearn.linear_model" in modules["lines"]
        and "sklearn.linear_model" not in modules["words"]
    )


def test_a_line_of_the_configuration_adds_what_students_may_use(course, tmp_path):
    """Also where the notebook itself does not import it."""
    shutil.copytree(course.root, tmp_path / "copy")
    other = Course(tmp_path / "copy")
    with open(other.root / "nbgrader_config.py", "a") as file:
        file.write('\nc.Autograder.imports = ["sklearn.linear_model"]\n')
    assert "sklearn.linear_model" in libraries_of(other.assignment("words")).modules
