"""What `autograder new` writes works as it stands: released, fair, graded."""

import ast
import importlib.util
import sys
from collections import Counter

import pytest
from click.testing import CliRunner

from autograder.authoring.new import FUNCTION, TEMPLATES
from autograder.checks.loading import load_trusted
from autograder.cli.main import main
from autograder.course.folders import CONFIG, find_course
from tests.fairness import suite
from tests.fairness.edits import solved_functions
from tests.toy_course import ROOT


def run(folder, *arguments):
    return CliRunner().invoke(main, ["--course", str(folder), *arguments])


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A course that was begun with `new` in an empty folder."""
    folder = tmp_path_factory.mktemp("programming")
    result = run(folder, "new", "first")
    assert result.exit_code == 0, result.output
    return find_course(folder)


@pytest.mark.slow
def test_what_is_begun_is_released_at_once(begun):
    """Every proof of a release holds, in a course that was begun just now."""
    result = run(begun.root, "release", "first")
    assert result.exit_code == 0, result.output
    assert "10 points and 2 by hand" in result.output


def test_its_checks_are_fair(begun):
    """Three right answers and eight wrong ones, each within its band."""
    path = TEMPLATES / "fairness.py.template"
    loader = importlib.machinery.SourceFileLoader("first_fairness", str(path))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("first_fairness", loader)
    )
    sys.modules["first_fairness"] = module
    loader.exec_module(module)
    assignment = begun.assignment("first")
    solution = solved_functions(assignment.notebook_source)[FUNCTION]
    variants = suite._variants(FUNCTION, module, solution)
    counts = Counter(variant.kind for variant in variants)
    assert counts["wheat"] >= 3 and counts["chaff"] >= 8
    trusted = load_trusted(assignment)
    for variant in variants:
        verdict = suite.judge(trusted, variant, range(2))
        assert verdict.fair, (variant.what, verdict.why)


def test_a_name_that_is_taken_or_none_is_refused(begun):
    """Nothing is written over, and nothing with another name."""
    before = begun.assignment("first").notebook_source.read_bytes()
    for name, says in (
        ("first", "is there already"),
        ("shared", "no name"),
        ("2nd one", "no name"),
    ):
        result = run(begun.root, "new", name)
        assert result.exit_code == 1 and says in " ".join(result.output.split())
    assert begun.assignment("first").notebook_source.read_bytes() == before


def test_the_book_and_the_tests_get_their_part(tmp_path):
    """A row below the last one of the table, and variants in a package of their own."""
    (tmp_path / "book").mkdir()
    (tmp_path / "tests" / "fairness").mkdir(parents=True)
    page = tmp_path / "book" / "assignments.md"
    page.write_text("| a | {launch}`assignments/a/a.ipynb` |\n\nEnd.\n")
    assert run(tmp_path, "new", "sixth").exit_code == 0
    lines = page.read_text().split("\n")
    assert lines[1].startswith("| `sixth` |") and lines[2:] == ["", "End.", ""]
    package = tmp_path / "tests" / "fairness" / "sixth"
    assert {path.name for path in package.iterdir()} == {"__init__.py", f"{FUNCTION}.py"}


def test_a_new_course_has_the_settings_of_this_one():
    """But for its name: what is mended in one is mended in both."""

    def settings(path):
        return [
            ast.unparse(node)
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if "course_id" not in ast.unparse(node)
        ]

    assert settings(TEMPLATES / f"{CONFIG}.template") == settings(ROOT / CONFIG)
